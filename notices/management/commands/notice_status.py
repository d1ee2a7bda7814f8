"""Print how far a notice got."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db.models import Count

from notices.models import Notice
from notices.progress import counting


class Command(BaseCommand):
    """`notice_status ID [--json]`: the same numbers as the dashboard."""

    help = "Print the reach counts of a notice."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The notice, by id or by code."""
        parser.add_argument("notice", help="id, or the six-character code")
        parser.add_argument("--json", action="store_true", dest="as_json")

    def handle(self, *, notice: str, as_json: bool, **options: Any) -> None:
        """One sentence and exit code 2 for a notice that does not exist."""
        row = Notice.objects.named(notice)
        if row is None:
            raise CommandError(f"Không có thông báo {notice}.", returncode=2)
        counts = counting.for_notice(row).counts
        confirmed = row.recipients.exclude(confirmed_via="").values_list("confirmed_via").annotate(Count("pk"))
        deliveries = row.deliveries.values_list("channel", "status").annotate(Count("pk"))
        by_channel: dict[str, dict[str, int]] = {}
        for channel, status, count in deliveries.order_by("channel", "status"):
            by_channel.setdefault(channel, {})[status] = count
        status = {
            "id": row.pk,
            "code": row.code,
            "status": row.status,
            "is_fanned_out": row.fanned_out_at is not None,
            "households": counts.households,
            "reach": {
                "NOT_REACHED": counts.none,
                "SENT": counts.sent,
                "DELIVERED": counts.delivered,
                "SEEN": counts.seen,
                "CONFIRMED": counts.all_confirmed,
            },
            "told": counts.told,
            "left": counts.left,
            "confirmed_via": dict(confirmed.order_by("confirmed_via")),
            "deliveries": by_channel,
        }
        if as_json:
            self.stdout.write(json.dumps(status, ensure_ascii=False))
            return
        self.stdout.write(f"{row.code} · {row.title} · {row.get_status_display()}")
        self.stdout.write(f"{counts.told} trên {counts.households} hộ đã được báo, còn {counts.left} hộ.")
        for _key, households, words in counts.parts():
            self.stdout.write(f"{households:>8}  {words}")
