"""Wiring of the portal: settings, URLs, Celery, the embedded servers. No domain logic."""

from portal.celery import app as celery_app

__all__ = ["celery_app"]
