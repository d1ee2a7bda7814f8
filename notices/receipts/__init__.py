"""What providers report: stored first, applied after, in any order and any number of times.

In comes a provider's call as it was received. Out go deliveries and households that moved forward. Never moves anything
back, and never trusts a call that has not been verified.
"""
