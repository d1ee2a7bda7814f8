"""A notice as it is written: what was typed, whom it is for, and how it reads on each channel.

In comes a form or a file. Out goes a draft, the number of households it would reach, and the messages and scripts it
would become. Never publishes and never sends.
"""
