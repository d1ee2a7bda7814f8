"""From the rows of a household list to rows of the database, and back: the steps that imports.py leads through.

matching, former (who is who) · placing (where) · alarms → plan → telling (words) · writing → undo · errorbook
"""
