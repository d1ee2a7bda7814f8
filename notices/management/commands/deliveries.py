"""Print the state of the queue."""

import json
from argparse import ArgumentParser
from datetime import datetime, time
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db.models import Count, Min, Q, QuerySet
from django.utils import timezone
from django.utils.formats import date_format

from notices import clock
from notices.gateways import error_words
from notices.models import Delivery, Gateway, Notice, Receipt, Rung

HEALTH = {
    "working": "chạy tốt",
    "off": "tắt",
    "stopped": "dừng, chờ người xử lý",
    "tripped": "tạm ngừng vì lỗi nhiều",
    "resting": "nghỉ đến hết hạn mức",
}
WORDS = {
    "due": "tin đến giờ gửi",
    "later": "tin chờ đến giờ",
    "sending": "tin đang gửi",
    "overdue_leases": "tin quá hạn giữ chỗ",
    "held": "tin tạm dừng",
    "unknown": "tin không rõ đã gửi chưa",
    "failed_today": "tin gửi không thành công hôm nay",
    "oldest_due_seconds": "giây: tin đến giờ lâu nhất đã đợi",
    "receipts_waiting": "lời báo của nhà mạng chưa xử lý",
}


class Command(BaseCommand):
    """`deliveries [--notice ID] [--json]`: what waits, what moves, what stands still; for whoever runs the machine."""

    help = "Print what waits in the queue of messages, and the health of gateways."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The whole queue, or one notice's part of it."""
        parser.add_argument("--notice", help="id, or the six-character code")
        parser.add_argument("--json", action="store_true", dest="as_json")

    def handle(self, *, notice: str | None, as_json: bool, **options: Any) -> None:
        """One sentence and exit code 2 for a notice that does not exist."""
        at = timezone.now()
        found = _state(_notice(notice) if notice else None, at)
        if as_json:
            self.stdout.write(json.dumps(found, ensure_ascii=False))
            return
        for gateway in found["gateways"]:
            why = f" ({gateway['why']})" if gateway["why"] else ""
            self.stdout.write(f"{gateway['name']}: {HEALTH[gateway['health']]}{why}, {gateway['pending']} tin chờ.")
        for key, words in WORDS.items():
            self.stdout.write(f"{found[key]:>8}  {words}")
        for rung in found["next_rungs"]:
            due_at = date_format(timezone.localtime(datetime.fromisoformat(rung["due_at"])), "H:i d/m/Y")
            self.stdout.write(f"{rung['notice']}: bước {rung['number']} lúc {due_at}, {', '.join(rung['channels'])}.")
        for paused in found["paused"]:
            self.stdout.write(f"{paused['notice']}: tạm dừng, {paused['held']} tin.")


def _notice(name: str) -> Notice:
    row = Notice.objects.named(name)
    if row is None:
        raise CommandError(f"Không có thông báo {name}.", returncode=2)
    return row


def _state(notice: Notice | None, at: datetime) -> dict[str, Any]:
    """Everything the command says, ready for JSON. Messages are counted once, however many share a phone."""
    own = Q(notice=notice) if notice else Q()
    messages = Delivery.objects.filter(own).messages()
    today = timezone.make_aware(datetime.combine(clock.day(at), time(0)))
    counted = messages.filter(status__in=("PENDING", "SENDING", "HELD", "UNKNOWN")).aggregate(
        due=Count("pk", filter=Q(status="PENDING", not_before__lte=at)),
        later=Count("pk", filter=Q(status="PENDING", not_before__gt=at)),
        sending=Count("pk", filter=Q(status="SENDING")),
        overdue_leases=Count("pk", filter=Q(status="SENDING", lease_until__lt=at)),
        held=Count("pk", filter=Q(status="HELD")),
        unknown=Count("pk", filter=Q(status="UNKNOWN")),
        oldest_due_at=Min("not_before", filter=Q(status="PENDING", not_before__lte=at)),
    )
    oldest = counted.pop("oldest_due_at")
    waiting = Rung.objects.filter(own, status=Rung.Status.WAITING, notice__status="PUBLISHED").select_related("notice")
    paused: QuerySet[Any] = Notice.objects.filter(status="PUBLISHED", paused_at__isnull=False)
    if notice:
        paused = paused.filter(pk=notice.pk)
    held = Count("deliveries", filter=Q(deliveries__status="HELD", deliveries__covered_by__isnull=True))
    return {
        "gateways": _gateways(messages, at),
        **counted,
        "failed_today": messages.filter(status="FAILED", settled_at__gte=today).count(),
        "oldest_due_seconds": int((at - oldest).total_seconds()) if oldest else 0,
        "next_rungs": [
            {
                "notice": rung.notice.code,
                "number": rung.number,
                "channels": rung.channels,
                "due_at": timezone.localtime(rung.due_at).isoformat(),
            }
            for rung in waiting.order_by("due_at", "pk")[:10]
        ],
        "paused": [
            {"notice": row.code, "since": timezone.localtime(row.paused_at).isoformat(), "held": row.held}
            for row in paused.annotate(held=held).order_by("paused_at", "pk")
        ],
        "receipts_waiting": Receipt.objects.waiting().count(),
    }


def _gateways(messages: Any, at: datetime) -> list[dict[str, Any]]:
    pending = dict(messages.filter(status="PENDING").order_by().values_list("gateway").annotate(Count("pk")))
    return [
        {
            "id": row.pk,
            "name": row.name,
            "channel": row.channel,
            "health": health,
            "code": code,
            "why": error_words.words(code, row) if code else "",
            "pending": pending.get(row.pk, 0),
        }
        for row in Gateway.objects.order_by("pk")
        for health in [row.state(at).value]
        for code in [row.stopped_reason or row.last_error_code if health in ("stopped", "tripped", "resting") else ""]
    ]
