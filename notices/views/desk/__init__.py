"""The official's pages: notices, their approval, and their progress.

In comes a request of somebody signed in for a ward, with a form where something is to be done; out goes a page, a part
of it that is asked for again, or the way to another. Notices come through `visible_to`. Never writes a household's
answer, and never shows a notice of another ward: there it is 404.
"""
