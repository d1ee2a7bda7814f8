"""From the rows of a household list to rows of the database, and back: the steps that imports.py leads through.

In come the rows of a read list and what people decided about them. Out go a plan (what would be new, changed, missing,
wrong), the households it makes when somebody says so, and the way back. Never writes before a person has seen the plan,
never removes a household because a list does not name it, never overwrites what somebody changed by hand since.

placing (which village) → matching, former (which household it was) → plan, with alarms → telling (words), errorbook →
writing → undo
"""
