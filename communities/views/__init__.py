"""The pages of households, contacts and imports.

In comes a request of somebody signed in, out goes a page or a part of one. A view reads what that user may see,
through access.py or `for_user`; it must never show rows of another ward.
"""
