"""A notice from hand to hand, from a draft to its end, and the recipients it gets when it is published.

In comes a notice and the person who takes the step. Out goes its next state, or Refused with a sentence to show; and,
set-wise, one Recipient for each household with its first messages in the queue. Never composes a message, and never
waits for one to be sent.
"""
