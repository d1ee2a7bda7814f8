"""What a notice does about households that are left: its steps, when each is due, and the work each makes.

In comes a published notice and the time. Out go Delivery rows that wait for a gateway, and tasks for village heads.
Every step asks again who is left, in the statement that writes. Never talks to a provider, and never sends.
"""
