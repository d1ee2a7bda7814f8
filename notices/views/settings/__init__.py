"""The administrator's pages: accounts of providers, the month's budget, and the ward's own ladders.

In comes a request of a ward's administrator; out goes a page, and what a form changed is in force for the next
message. Never shows a secret that was entered: it can only be replaced.
"""
