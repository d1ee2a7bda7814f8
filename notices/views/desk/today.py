"""The first page of the day: what is going on, what is left, what waits for me."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth.decorators import login_required
from django.db.models import Count, OuterRef, Subquery
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET

from communities import access
from communities.models import OFFICIALS, Household, HouseholdImport, User
from communities.requests import StaffRequest
from notices import clock
from notices.gateways import budget, health
from notices.models import Notice, NoticeQuerySet, Recipient, Rung, Urgency
from notices.progress import counting, plans, traffic
from notices.publishing import lifecycle

SHOWN = 6  # open notices on the page; the list has the rest
PLACES = 12  # villages or wards of the most urgent one; its own page has the rest
#: Up to so many households left in all are told apart, since one may be left in several notices.
TOLD_APART = 20_000
Status = Notice.Status


@dataclass
class Running:
    """An open notice with its numbers. `waiting`: messages about to be handed over; `held`: its first ones that
    are still queued. `begins_at`: when the first are due, while none is written."""

    notice: Notice
    counts: counting.Counts
    waiting: int
    held: int
    begins_at: datetime | None
    at: datetime

    @property
    def is_paused(self) -> bool:
        """Nothing goes out until somebody says so."""
        return self.notice.paused_at is not None

    @property
    def begins_words(self) -> str:
        """When the first messages go out and why not at once; blank if nothing but a pause holds them."""
        return "" if self.is_paused else plans.begins_words(self.notice, self.begins_at, self.at)

    @property
    def is_sending(self) -> bool:
        """Messages are on their way out just now."""
        if self.is_paused or self.begins_words:
            return False
        return self.waiting > 0 or self.notice.fanned_out_at is None or self.begins_at is not None

    @property
    def is_to_come(self) -> bool:
        """A household without a message is waiting, not missed."""
        return self.is_sending or bool(self.begins_words) or self.is_held

    @property
    def is_held(self) -> bool:
        """First messages wait for the end of the quiet hours. A gateway that stands still is not waited for."""
        is_quiet = clock.is_quiet(self.at) and not self.notice.may_wake(self.at)
        return is_quiet and self.held > 0 and not self.is_paused and not self.is_sending


@require_GET
@login_required
def today(request: StaffRequest) -> HttpResponse:
    """The desk's home. Village staff have their own list of the day."""
    user = request.user
    assert isinstance(user, User)  # noqa: S101 - behind login_required
    if not access.has_role(user, *OFFICIALS) and access.has_role(user, access.Role.VILLAGE_HEAD, access.Role.HELPER):
        return redirect("visits")
    ward = access.get_ward(user)
    visible = Notice.objects.visible_to(user)
    at = timezone.now()
    running = _running(visible.filter(status=Status.PUBLISHED).order_by("-published_at", "-pk"), at)
    urgent = max(
        (row for row in running if row.counts.left and not row.is_to_come),
        key=lambda row: (Urgency(row.notice.urgency).rank, row.counts.left),
        default=None,
    )
    left, is_at_least = _left(running)
    todo = _todo(user)
    return render(
        request,
        "today.html",
        {
            "now": timezone.localtime(at),
            "running": running[:SHOWN],
            "running_number": len(running),
            "more": max(0, len(running) - SHOWN),
            "budget": budget.warning(ward, at),
            "sending": sum(row.is_sending for row in running),
            "left": left,
            "is_at_least": is_at_least,
            "urgent": urgent,
            "places": _places(urgent.notice) if urgent else [],
            "is_by_ward": urgent is not None and _is_wide(urgent.notice),
            "todo": todo,
            "todo_number": sum(len(rows) for rows in todo.values()),
            "gateways": health.states(ward, at),
            "has_households": bool(running) or Household.objects.for_user(user).exists(),
            "may_import": access.has_role(user, *access.KEEPERS),
            "may_write": access.has_role(user, *lifecycle.WRITERS),
        },
    )


def _is_wide(notice: Notice) -> bool:
    return bool(notice.is_for_many_wards)  # type: ignore[attr-defined]


def _places(notice: Notice) -> list[counting.VillageProgress] | list[counting.WardProgress]:
    """Where households are left, the place with most first: villages, or wards where there are several."""
    if _is_wide(notice):
        return [row for row in counting.for_wards(notice).wards if row.counts.left][:PLACES]
    return [row for row in counting.for_notice(notice).villages if row.counts.left][:PLACES]


def _left(running: Sequence[Running]) -> tuple[int, bool]:
    """Households left in any open notice, and whether there may be more. At most one query."""
    left = [row.counts.left for row in running if row.counts.left]
    if len(left) < 2 or sum(left) > TOLD_APART:
        return max(left, default=0), len(left) > 1
    open_ids = [row.notice.pk for row in running]
    recipients = Recipient.objects.filter(notice__in=open_ids).left()
    return recipients.aggregate(n=Count("household", distinct=True))["n"], False


def _running(rows: NoticeQuerySet, at: datetime) -> list[Running]:
    """Open notices with their numbers: four queries, however many."""
    first = Rung.objects.filter(notice=OuterRef("pk"), number=0, status=Rung.Status.WAITING)
    notices = list(rows.with_width().annotate(begins_at=Subquery(first.values("due_at"))))
    counts = counting.for_notices(notices)
    queues = traffic.queues(notices)
    moving = traffic.going_out({pk: queue.in_hand for pk, queue in queues.items()}, at)
    found = []
    for notice in notices:
        queue = queues.get(notice.pk, traffic.Queue(0, 0, 0))
        waiting = queue.messages if notice.pk in moving else 0
        found.append(Running(notice, counts[notice.pk], waiting, queue.first, notice.begins_at, at))  # type: ignore[attr-defined]
    return found


def _todo(user: User) -> dict[str, list[Any]]:
    """What waits for this person: to approve, to correct, to write into the list."""
    notices = Notice.objects.visible_to(user).select_related("created_by").order_by("submitted_at", "pk")
    approve = correct = imports = []
    if access.has_role(user, *lifecycle.APPROVERS):
        submitted = notices.filter(status=Status.SUBMITTED).exclude(created_by=user)
        approve = list(submitted.annotate(villages_number=Count("villages"))[:SHOWN])
    if access.has_role(user, *lifecycle.WRITERS):
        correct = list(notices.filter(status=Status.RETURNED, created_by=user)[:SHOWN])
    if access.has_role(user, *access.KEEPERS):
        ready = HouseholdImport.objects.for_user(user, access.KEEPERS).filter(status=HouseholdImport.Status.READY)
        imports = list(ready.select_related("village").defer("content", "plan").order_by("-created_at", "-pk")[:SHOWN])
    return {"approve": approve, "correct": correct, "imports": imports}
