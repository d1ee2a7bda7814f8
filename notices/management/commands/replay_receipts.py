"""Apply stored receipts once more."""

import json
from argparse import ArgumentParser
from datetime import datetime, time
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime

from communities.numbers import whole_number
from notices.models import Gateway, Receipt
from notices.receipts import applying

OUTCOMES = (*Receipt.Outcome.values, "all")


class Command(BaseCommand):
    """`replay_receipts [--since ISO] [--gateway ID] [--outcome …] [--dry-run] [--json]`: repeating changes nothing."""

    help = "Apply the providers' receipts again as they were stored; what has its effect already stays as it is."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which of them; all if nothing is said."""
        parser.add_argument("--since", help="received from this day or moment on (ISO 8601; without zone: local time)")
        parser.add_argument("--gateway", help="id of the gateway they came from")
        parser.add_argument("--outcome", default="all", help=f"how they ended before: {', '.join(OUTCOMES)}")
        parser.add_argument("--dry-run", action="store_true", help="only say how many there are")
        parser.add_argument("--json", action="store_true", dest="as_json")

    def handle(self, *, dry_run: bool, as_json: bool, **options: Any) -> None:
        """One sentence and exit code 2 for an argument that makes no sense."""
        chosen = _chosen(options["since"], options["gateway"], options["outcome"])
        if dry_run:
            count = chosen.count()
            self.stdout.write(json.dumps({"chosen": count}) if as_json else f"{count} receipts would be applied again.")
            return
        ends = applying.replay(chosen, at=timezone.now())
        counts = {outcome.lower(): ends[outcome] for outcome in Receipt.Outcome.values}
        if as_json:
            self.stdout.write(json.dumps(counts))
            return
        self.stdout.write(
            f"{counts['applied']} applied, {counts['unknown_reference']} about messages nobody knows, "
            f"{counts['unreadable']} unreadable."
        )


def _chosen(since: str | None, gateway: str | None, outcome: str) -> QuerySet[Receipt]:
    """The receipts the arguments speak of. Raises CommandError."""
    chosen = Receipt.objects.all()
    if outcome not in OUTCOMES:
        raise CommandError(f"--outcome must be one of {', '.join(OUTCOMES)}, not {outcome}.", returncode=2)
    if outcome != "all":
        chosen = chosen.filter(outcome=outcome)
    if gateway is not None:
        row = Gateway.objects.filter(pk=whole_number(gateway) or 0).first()
        if row is None:
            raise CommandError(f"There is no gateway {gateway}.", returncode=2)
        chosen = chosen.filter(gateway=row)
    if since is not None:
        chosen = chosen.filter(received_at__gte=_moment(since))
    return chosen


def _moment(text: str) -> datetime:
    try:
        day = parse_date(text)
        moment = datetime.combine(day, time.min) if day else parse_datetime(text)
        if moment is None:
            raise ValueError
        return moment if timezone.is_aware(moment) else timezone.make_aware(moment)
    except (ValueError, OverflowError):
        raise CommandError(
            f"--since must be a day or a moment like 2026-12-05T09:00, not {text}.", returncode=2
        ) from None
