"""The household's side: its secret link, what its page says, and its confirmation.

In comes a token, or a recipient who confirms. Out goes a letter to show, or a household that has confirmed. Never tells
one household about another, and never takes an opened page for a confirmation.
"""
