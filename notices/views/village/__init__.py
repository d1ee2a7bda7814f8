"""The village head's pages: who is left to be told, and what the village announces.

In comes a request of a head or helper, often on a phone and tapped twice; out goes the list, or the one row that
changed. A mark can be taken back. Never shows a household of another village.
"""
