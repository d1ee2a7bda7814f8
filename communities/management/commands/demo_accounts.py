"""Open the accounts of the demo's ward in a demo, and close them anywhere else."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from communities.accounts import demo_accounts


class Command(BaseCommand):
    """`demo_accounts`: part of every start. Whoever is signed in with a closed account is signed out."""

    help = __doc__

    def handle(self, *args: Any, **options: Any) -> None:
        """Says how many were changed, if any."""
        changed = demo_accounts().exclude(is_active=settings.DEMO).update(is_active=settings.DEMO)
        if changed:
            self.stdout.write(f"{changed} accounts of the demo are {'open' if settings.DEMO else 'closed'}.")
