"""The numbers and the words of every dashboard: how far a notice got, who is left, and why.

In comes a notice, or the recipients that are asked about. Out go counts, lines and sentences. Reads the
counts beside the rows; writes nothing but those, in `folding`.
"""
