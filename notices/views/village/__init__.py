"""The village head's pages: who is left, and what the village announces."""
