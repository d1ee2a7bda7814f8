"""The village head's phone: who still has to be told, call, tick off in two taps."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import groupby
from operator import attrgetter
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet
from django.http import Http404, HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from communities import access
from communities.models import User, Village
from communities.requests import StaffRequest
from notices.models import STAFF_WAYS, Channel, Notice, Reach, Recipient, Urgency, VillageTask
from notices.progress import counting, remaining
from notices.progress.counting import Counts
from notices.progress.remaining import Left
from notices.residents import confirmations
from notices.views.village import village_tasks
from notices.views.village.village_tasks import VISITORS

#: A mark of one's own stays in its place, with its undo, for this long; also when the page is loaded again.
UNDO_SHOWN_FOR = timedelta(minutes=10)
#: A message just handed over gets this long before somebody is asked to walk there.
PATIENCE = timedelta(minutes=15)
ROWS = 300
#: How far a message got by itself where the household has said nothing yet.
HAVE_IT = (Reach.DELIVERED, Reach.SEEN)


@dataclass
class Lane:
    """Cards of one lane, in walking order."""

    name: str
    rows: list[Left]


@dataclass
class Round:
    """One notice as the head walks it: whom to tell, who is still being messaged, who has it but said nothing.

    `counts` are of the villages as they were at publishing; whom to walk to goes by where households live now.
    `lanes`: households not told yet. `told`: those that have the message and were to confirm it, as far as there is
    room for cards; `is_unfolded`: their group stands open. `unconfirmed`: how many have it and have not confirmed.
    `is_theirs`: the notice itself may be opened.
    """

    notice: Notice
    counts: Counts
    lanes: list[Lane] = field(default_factory=list)
    on_their_way: list[Left] = field(default_factory=list)
    told: list[Lane] = field(default_factory=list)
    is_unfolded: bool = False
    unconfirmed: int = 0
    is_theirs: bool = True

    @property
    def without_card(self) -> int:
        """Of the unconfirmed, those there was no room for."""
        return max(0, self.unconfirmed - len(_open(self.told)))

    @property
    def is_worth_showing(self) -> bool:
        """Something is left to do or to take back."""
        return bool(self.lanes or self.on_their_way or self.told or self.unconfirmed)


@require_GET
@login_required
def today(request: StaffRequest) -> HttpResponse:
    """Households still to be told in the user's villages, by notice and lane; `xem` unfolds what is named."""
    user = _visitor(request)
    villages = list(Village.objects.for_user(user, VISITORS).in_order())
    at = timezone.now()
    opened = request.GET.get("xem", "")
    rounds = _rounds(user, villages, at, opened=opened)
    context = _numbers(rounds, villages) | {
        "own_villages": access.own_villages(user),
        "rounds": [r for r in rounds if r.is_worth_showing],
        "has_notices": bool(rounds),
        "shows_village": len(villages) > 1,
    }
    return render(request, "notices/visits/page.html", context | village_tasks.section(villages, at, opened=opened))


@require_POST
@login_required
def tick(request: StaffRequest, recipient_id: int) -> HttpResponse:
    """“Đã báo trực tiếp”: at home, by phone or at a meeting. A household that confirmed itself keeps that."""
    user = _visitor(request)
    recipient = _get_recipient(user, recipient_id)
    via = request.POST.get("via", "")
    if via not in STAFF_WAYS:
        return HttpResponseBadRequest(_("Hãy chọn cách báo: tại nhà, gọi điện hoặc cuộc họp."))
    is_new = confirmations.confirm(recipient_id=recipient.pk, via=via, at=timezone.now(), by=user)
    return _answer(
        request,
        user,
        recipient,
        "" if is_new else _("Không ghi thêm: nhà này đã xác nhận, hoặc thông báo đã kết thúc."),
    )


@require_POST
@login_required
def undo(request: StaffRequest, recipient_id: int) -> HttpResponse:
    """Take back one's own mark."""
    user = _visitor(request)
    recipient = _get_recipient(user, recipient_id)
    is_undone = confirmations.undo_staff_mark(recipient_id=recipient.pk, by=user, at=timezone.now())
    return _answer(request, user, recipient, "" if is_undone else _("Không hoàn tác được: không phải do ông/bà ghi."))


def _visitor(request: StaffRequest) -> User:
    """The person at work, who must be one of those who tell households in person."""
    user = request.user
    access.require(user, *VISITORS)
    return user


def _get_recipient(user: User, recipient_id: int) -> Recipient:
    mine = Village.objects.for_user(user, VISITORS).values("pk")
    rows = Recipient.objects.filter(Q(village__in=mine) | Q(household__village__in=mine))
    recipient = rows.select_related("notice").filter(pk=recipient_id).first()
    if recipient is None:
        raise Http404
    return recipient


def _answer(request: StaffRequest, user: User, recipient: Recipient, problem: str) -> HttpResponse:
    """The card as it is now, which says how things stand; without scripts the page at that card, and the problem."""
    from_notice = request.POST.get("from") == "notice"
    if not request.htmx:
        if problem:
            messages.warning(request, problem)
        if request.POST.get("from") == "household":
            return redirect("household", recipient.household_id)
        page = reverse("notice", args=[recipient.notice_id]) if from_notice else _page_of(recipient)
        return redirect(f"{page}#ho-{recipient.pk}")
    villages = list(Village.objects.for_user(user, VISITORS).in_order())
    row = _explain(Recipient.objects.filter(pk=recipient.pk), timezone.now(), villages)[0]
    context = {"row": row, "notice": recipient.notice, "is_fresh": True, "own_villages": access.own_villages(user)}
    if from_notice:
        response = render(request, "notices/dashboard/_row.html", context | {"may_tick": True})
        response["HX-Trigger"] = "told"  # the numbers above the list ask again at once
        return response
    rounds = _rounds(user, villages, timezone.now(), has_told=False)
    mine = next((r for r in rounds if r.notice.pk == recipient.notice_id), None)
    context |= _numbers(rounds, villages) | {"round": mine, "is_swap": True, "shows_village": len(villages) > 1}
    return render(request, "notices/visits/page.html#ticked", context)


def _page_of(recipient: Recipient) -> str:
    """The list, with the group unfolded in which the household stands."""
    is_in_group = recipient.notice.is_confirmation_wanted and (recipient.delivered_at or recipient.seen_at)
    return f"{reverse('visits')}?xem={recipient.notice_id}" if is_in_group else reverse("visits")


def _open(lanes: Sequence[Lane]) -> list[Left]:
    return [row for lane in lanes for row in lane.rows if row.recipient.confirmed_at is None]


def _numbers(rounds: Sequence[Round], villages: Sequence[Village]) -> dict[str, int | bool]:
    """What the heading says: households to be told now, and those that only have to confirm. One that waits for two
    notices is one walk."""
    asked = [one.notice for one in rounds if one.unconfirmed]
    unconfirmed = sum(one.unconfirmed for one in rounds)
    if len(asked) > 1:
        silent = Recipient.objects.filter(notice__in=asked, household__village__in=villages, reach__in=HAVE_IT)
        unconfirmed = silent.aggregate(n=Count("household", distinct=True))["n"]
    return {
        "left": len({row.household.pk for one in rounds for row in _open(one.lanes)}),
        "unconfirmed": unconfirmed,
        "is_watched": any(one.on_their_way for one in rounds),
    }


def _rounds(
    user: User, villages: list[Village], at: datetime, *, opened: str = "", has_told: bool = True
) -> list[Round]:
    """Open notices for the villages, most urgent first, with their households; a handful of queries in all.

    Who was never told comes first, and is never crowded out by those who only have to confirm; these are left out
    altogether without `has_told`. Their group is unfolded where the village was asked to visit and nobody else is
    left, and for the notice whose id is `opened`.
    """
    mine = Notice.objects.visible_to(user).filter(villages__in=villages).values("pk")
    visits = VillageTask.objects.filter(rung__notice=OuterRef("pk"), village__in=villages, channel=Channel.VISIT)
    notices = list(
        Notice.objects.filter(Q(pk__in=mine) | Q(pk__in=_of_moved_in(villages)))
        .filter(status=Notice.Status.PUBLISHED, fanned_out_at__isnull=False)
        .annotate(is_visit_asked=Exists(visits), is_theirs=Q(pk__in=mine))
        .order_by("-published_at", "-pk")
    )
    notices.sort(key=lambda notice: -Urgency(notice.urgency).rank)
    counts = counting.for_notices(notices, villages)
    silent = _silent(notices, villages)
    rounds = {
        notice.pk: Round(
            notice,
            counts[notice.pk],
            unconfirmed=silent.get(notice.pk, 0),
            is_theirs=notice.is_theirs,  # type: ignore[attr-defined]
        )
        for notice in notices
    }
    recently_mine = Q(confirmed_by=user, confirmed_via__in=STAFF_WAYS, confirmed_at__gt=at - UNDO_SHOWN_FOR)
    to_show = Q(reach__lt=Reach.DELIVERED) | recently_mine
    if has_told:
        to_show |= Q(reach__in=HAVE_IT, notice__is_confirmation_wanted=True)
    walk = (
        F("household__village__position"),
        F("household__village"),
        F("household__lane"),
        F("household__sort_key"),
        F("pk"),
    )
    found = Recipient.objects.filter(to_show, notice__in=notices, household__village__in=villages)
    in_order = found.annotate(is_told=_was_told()).order_by("is_told", "notice", *walk)
    rows = _explain(in_order[:ROWS], at, villages)
    shows_village = len(villages) > 1
    key = attrgetter("recipient.is_told", "recipient.notice_id")
    for (is_told, notice_id), of_notice in groupby(rows, key=key):
        one = rounds[notice_id]
        still: list[Left] = []
        for row in of_notice:
            (one.on_their_way if _is_on_its_way(row, at) else still).append(row)
        lanes = [Lane(name, list(group)) for name, group in groupby(still, key=lambda row: _lane(row, shows_village))]
        if is_told:
            one.told = lanes
        else:
            one.lanes = lanes
    for one in rounds.values():
        is_asked: bool = one.notice.is_visit_asked  # type: ignore[attr-defined]
        is_told = not (_open(one.lanes) or one.on_their_way)
        one.is_unfolded = (is_asked and is_told) or str(one.notice.pk) == opened
    return list(rounds.values())


def _of_moved_in(villages: Sequence[Village]) -> QuerySet[Recipient, Any]:
    """Running notices to households that lived elsewhere in the ward then, and live in one of the villages now."""
    elsewhere = Village.objects.filter(ward__in={one.ward_id for one in villages}).exclude(
        pk__in=[one.pk for one in villages]
    )
    came = Recipient.objects.filter(village__in=elsewhere, household__village__in=villages)
    return came.filter(notice__status=Notice.Status.PUBLISHED).values("notice")


def _silent(notices: Sequence[Notice], villages: Sequence[Village]) -> dict[int, int]:
    """Households of the villages that have each notice and were to confirm it, by notice. One query, or none."""
    asked = [notice for notice in notices if notice.is_confirmation_wanted]
    rows = Recipient.objects.filter(notice__in=asked, household__village__in=villages, reach__in=HAVE_IT)
    return dict(rows.order_by().values_list("notice").annotate(n=Count("pk")))


def _was_told() -> Q:
    """Had the message and was to confirm it: also after one's own mark, so that the card stays in its place."""
    marked = Q(reach=Reach.CONFIRMED) & (Q(delivered_at__isnull=False) | Q(seen_at__isnull=False))
    return Q(notice__is_confirmation_wanted=True) & (Q(reach__in=HAVE_IT) | marked)


def _explain(recipients: QuerySet[Recipient], at: datetime, villages: Sequence[Village]) -> list[Left]:
    """Why each household still stands on the list; of one that has the message, how far it got.

    Without a number where the household has moved out of the villages: it is not theirs to know any more.
    """
    mine = {village.pk for village in villages}
    rows = [
        row if row.household.village_id in mine else replace(row, phone="") for row in remaining.explain(recipients, at)
    ]
    return [
        replace(row, kind="told", reason=_how_far(row.recipient), action=None)
        if row.recipient.reach in HAVE_IT
        else row
        for row in rows
    ]


def _how_far(recipient: Recipient) -> str:
    return _("%(reach)s, chưa xác nhận.") % {"reach": Reach(recipient.reach).label}


def _is_on_its_way(row: Left, at: datetime) -> bool:
    """A message is on its way or was handed over a moment ago: nobody needs to walk yet."""
    recipient = row.recipient
    if recipient.confirmed_at is not None:
        return False
    is_just_sent = recipient.sent_at is not None and recipient.sent_at > at - PATIENCE
    return row.kind in ("waiting", "retry") or (row.kind == "silent" and is_just_sent)


def _lane(row: Left, shows_village: bool) -> str:
    lane = row.household.lane or _("Không ghi ngõ, xóm")
    return f"{row.household.village.name} · {lane}" if shows_village else lane
