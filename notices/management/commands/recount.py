"""Compare the counts behind the dashboards with the recipients and messages, and put right what differs."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from notices.models import Notice
from notices.progress import folding


class Command(BaseCommand):
    """What the night's look does, at once: for one notice or for all. Safe while messages go out."""

    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        """Arguments of the command line."""
        parser.add_argument("notice", nargs="?", help="id or code; without it, every notice")

    def handle(self, *args: Any, **options: Any) -> None:
        """Prints how many counts differed."""
        if options["notice"] is None:
            found = folding.recount_all()
        else:
            notice = Notice.objects.all().named(options["notice"])
            if notice is None:
                raise CommandError(f"No notice {options['notice']}.")
            found = folding.recount(notice)
        self.stdout.write(", ".join(f"{what}: {number} differed" for what, number in found.items()))
