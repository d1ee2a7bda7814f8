"""Announcing, posting and pinning up: the cards on top of the village head's list, each ready to be read or copied."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from communities import access
from communities.models import User, Village
from communities.requests import StaffRequest
from notices.ladder import village_tasks
from notices.models import Notice, Urgency, VillageTask
from notices.writing import scripts

Role = access.Role
#: Who tells households in person, announces and posts, and records it.
VISITORS = (Role.WARD_ADMIN, Role.VILLAGE_HEAD, Role.HELPER)
#: What is done stays on the page so long, with who did it.
DONE_SHOWN_FOR = timedelta(hours=12)
#: So many stand on the first screen of a phone with a household below them; the rest is folded.
ROWS = 3
#: What the address says to unfold them.
UNFOLDED = "viec"


@dataclass(frozen=True)
class Card:
    """One task with its text."""

    task: VillageTask
    text: str

    @property
    def notice(self) -> Notice:
        """What it is about."""
        return self.task.rung.notice


def section(villages: Sequence[Village], at: datetime, *, opened: str = "") -> dict[str, Any]:
    """The section on top of the list: the first tasks, the folded ones, and how many are to do."""
    found = _cards(villages, at)
    return {
        "tasks_first": found[:ROWS],
        "tasks_more": found[ROWS:],
        "tasks_left": sum(card.task.done_at is None for card in found),
        "tasks_unfolded": opened == UNFOLDED,
    }


def _cards(villages: Sequence[Village], at: datetime) -> list[Card]:
    """What the people of these villages are asked to do now, the most urgent first, and what they did today. One
    query."""
    rows = VillageTask.objects.for_villages(villages).announcements()
    rows = rows.exclude(done_at__lt=at - DONE_SHOWN_FOR).select_related("rung__notice__ward", "village", "done_by")
    found = [Card(row, scripts.text_for(row.channel, row.rung.notice)) for row in rows.order_by("-created_at", "pk")]
    return sorted(found, key=lambda card: (card.task.done_at is not None, -Urgency(card.notice.urgency).rank))


@require_POST
@login_required
def done(request: StaffRequest, task_id: int) -> HttpResponse:
    """“Đã phát loa”: recorded once; the second person of the village reads who was quicker."""
    user, task = _get_task(request, task_id)
    is_new = village_tasks.done(task_id=task.pk, by=user, at=timezone.now())
    problem = _("Không ghi thêm: đã có người ghi, hoặc thông báo đã kết thúc.")
    return _answer(request, task, "" if is_new else problem)


@require_POST
@login_required
def undo(request: StaffRequest, task_id: int) -> HttpResponse:
    """Take back one's own mark."""
    user, task = _get_task(request, task_id)
    is_undone = village_tasks.undo(task_id=task.pk, by=user)
    return _answer(request, task, "" if is_undone else _("Không hoàn tác được: không phải do ông/bà ghi."))


def _get_task(request: StaffRequest, task_id: int) -> tuple[User, VillageTask]:
    user = request.user
    access.require(user, *VISITORS)
    own = Village.objects.for_user(user, VISITORS).values("pk")
    task = VillageTask.objects.filter(pk=task_id, village__in=own).announcements().first()
    if task is None:
        raise Http404
    return user, task


def _answer(request: StaffRequest, task: VillageTask, problem: str) -> HttpResponse:
    """The card as it is now; without scripts the page at that card, and the problem."""
    if not request.htmx:
        if problem:
            messages.warning(request, problem)
        return redirect(f"{reverse('visits')}?xem={UNFOLDED}#viec-{task.pk}")
    user = request.user
    villages = list(Village.objects.for_user(user, VISITORS))
    rows = VillageTask.objects.select_related("rung__notice__ward", "village", "done_by")
    current = rows.get(pk=task.pk)
    context = {
        "card": Card(current, scripts.text_for(current.channel, current.rung.notice)),
        "tasks_left": VillageTask.objects.for_villages(villages).announcements().filter(done_at__isnull=True).count(),
        "problem": problem,
        "is_fresh": True,
        "is_swap": True,
        "shows_village": len(villages) > 1,
    }
    return render(request, "notices/visits/_village_tasks.html#ticked", context)
