"""Zalo Official Account: templates by phone number, signatures, error codes."""
