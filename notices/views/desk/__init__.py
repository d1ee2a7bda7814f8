"""The official's pages: notices, their approval, and their progress."""
