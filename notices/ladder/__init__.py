"""What a notice does about households that are left: its steps, when each is due, and the work each makes.

In comes a published notice and the time. Out go Delivery rows that wait for a gateway, and tasks for village heads.
Every step asks again who is left, in the statement that writes. The next channel after one that failed, a resend, and
the one message for a phone that several households share are written here too. Never talks to a provider, and never
sends.
"""
