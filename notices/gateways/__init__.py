"""The accounts that carry messages: which one is used, how fast, for how much, and what becomes of a failing one.

In comes the ward or the gateway that is asked about, and what became of a batch. Out goes the gateway to use, what it
may still send, and its health in words. Never talks to a provider itself (but to renew a token, in `credentials`), and
never decides whether a household gets a message.
"""
