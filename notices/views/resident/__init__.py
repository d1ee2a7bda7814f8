"""The household's page, behind its secret link.

In comes the link of a message, and at most a tap; out goes the notice as that household reads it. No session, no
cookie before a tap, nothing that says who else got it. Never changes anything on GET: phones and their shops open
links by themselves.
"""
