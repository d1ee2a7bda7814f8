"""The dashboard of a published notice: who has been told, who is left, what happens next. It moves by itself."""

from dataclasses import dataclass
from typing import Any, Self

from django.contrib.auth.decorators import login_required
from django.db.models import Exists, OuterRef
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from communities import access
from communities.models import OFFICIALS, Village, VillageQuerySet, Ward
from communities.numbers import whole_number
from communities.requests import StaffRequest
from notices.models import Notice
from notices.progress import counting, remaining, traffic
from notices.progress.board import FIRST_ROWS, REASON_ROWS, ROWS_A_PAGE, Board
from notices.publishing import lifecycle

Role = access.Role
STOP_POLLING = 286  # htmx: swap, and ask no more
SORTS = {
    "con": lambda row: -row.counts.left,
    "bao": lambda row: -row.counts.told,
    "xac-nhan": lambda row: -row.counts.all_confirmed,
    "thon": lambda row: 0,
}


@dataclass(frozen=True)
class _Asked:
    """What the address asks the page for; whatever else it says is passed over."""

    sort: str
    village: int | None
    ward: int | None
    is_all: bool
    page: int
    ward_page: int

    @classmethod
    def of(cls, request: StaffRequest) -> Self:
        """Read it off the address."""
        query = request.GET
        return cls(
            sort=query["sort"] if query.get("sort") in SORTS else "con",
            village=whole_number(query.get("thon")),
            ward=whole_number(query.get("xa")),
            is_all=query.get("con") == "tat-ca",
            page=whole_number(query.get("page")) or 1,
            ward_page=whole_number(query.get("trang-xa")) or 1,
        )


@require_GET
@login_required
def notice(request: StaffRequest, notice_id: int) -> HttpResponse:
    """The page of a notice: its dashboard once published, before that its state and next step."""
    found = _get_notice(request, notice_id)
    if found.published_at is None:
        from notices.views.desk import notices

        return notices.render_state(request, found)
    context = _context(request, found)
    _list_left(context["board"])
    return render(request, "notices/dashboard/page.html", context)


@require_GET
@login_required
def progress(request: StaffRequest, notice_id: int) -> HttpResponse:
    """What has changed since the version the page shows; 286 when nothing can change any more."""
    found = _get_notice(request, notice_id)
    if found.published_at is None:
        raise Http404
    context = _context(request, found)
    board: Board = context["board"]
    known = request.GET.get("v", "")
    context["has_changed"] = known != board.version
    if context["has_changed"]:  # else only the moment of the look is sent
        _list_left(board)
    context["says_more"] = known.rpartition("-")[0] != board.version.rpartition("-")[0]
    # A list somebody may be reading stays as it is; one that is still filling does not.
    context["is_own"] = "toi" in request.GET
    context["has_settled"] = request.GET.get("d") == "1" and not board.is_settling
    context["renews_list"] = board.is_settling or request.GET.get("d") == "1"
    status = 200 if board.seconds else STOP_POLLING
    return render(request, "notices/dashboard/changes.html", context, status=status)


def _get_notice(request: StaffRequest, notice_id: int) -> Notice:
    """The notice, if the user may see it, with what they may do on this page. One query."""
    user = request.user

    def works_here(*roles: str) -> Exists:
        return Exists(Ward.objects.for_user(user, roles).filter(pk=OuterRef("ward")))

    rows = (
        Notice.objects.visible_to(user)
        .with_width()
        .select_related("ward", "created_by", "published_by", "paused_by")
        .annotate(
            is_official=works_here(*OFFICIALS),
            may_run=works_here(*lifecycle.APPROVERS),
            may_keep_list=works_here(*access.KEEPERS),
            may_tick=works_here(Role.WARD_ADMIN, Role.VILLAGE_HEAD, Role.HELPER),
        )
    )
    found = rows.filter(pk=notice_id).first()
    if found is None:
        raise Http404
    return found


def _context(request: StaffRequest, found: Notice) -> dict[str, Any]:
    """The board without its list, and what the user may do with it. Village staff get their own villages' part."""
    is_official: bool = found.is_official  # type: ignore[attr-defined]
    own: VillageQuerySet | None = None
    if not is_official:
        villages_of = Village.objects.for_user(request.user, (Role.VILLAGE_HEAD, Role.HELPER))
        own = villages_of.filter(ward=found.ward_id)  # never fetched: each query takes it in as a subquery
    asked = _Asked.of(request)
    if is_official and found.is_for_many_wards:  # type: ignore[attr-defined]
        figures = counting.for_wards(found, asked.ward)
    else:
        figures = counting.for_notice(found, own)
    order = SORTS[asked.sort]
    figures.wards.sort(key=lambda row: (order(row), row.name, row.ward_id))
    villages = sorted(
        figures.villages, key=lambda row: (order(row), row.village.position, row.village.name_key, row.village.pk)
    )
    board = Board(
        notice=found,
        progress=figures,
        sends=traffic.sends(found),
        rungs=list(found.rungs.order_by("due_at", "number")),
        villages=villages,
        left=[],
        sort=asked.sort,
        only_village=next((row.village.pk for row in villages if row.village.pk == asked.village), None),
        only_ward=next((row.ward_id for row in figures.wards if row.ward_id == asked.ward), None),
        is_official=is_official,
        is_all=asked.is_all,
        page=asked.page,
        ward_page=asked.ward_page,
        at=timezone.now(),
    )
    return {
        "board": board,
        "notice": found,
        "counts": figures.counts,
        "may_tick": found.may_tick and found.is_open,  # type: ignore[attr-defined]
        "may_run": found.may_run and found.is_open,  # type: ignore[attr-defined]
        "may_keep_list": found.may_keep_list,  # type: ignore[attr-defined]
    }


def _list_left(board: Board) -> None:
    """Put the households left on the page, with the reason for each. While messages go out nobody is asked to act."""
    if not board.left_here or board.is_settling:
        return
    if board.lists_wards:
        by, within = "ward", sorted((row.ward_id, row.counts.left) for row in board.progress.wards)
    else:
        narrowed = [row for row in board.progress.villages if board.only_village in (None, row.village.pk)]
        narrowed.sort(key=lambda row: (row.village.position, row.village.pk))
        by, within = "village", [(row.village.pk, row.counts.left) for row in narrowed]
    # How many are left for which reason is said only when all of them were looked at.
    few = REASON_ROWS if board.progress.counts.left <= REASON_ROWS else FIRST_ROWS
    limit = ROWS_A_PAGE if board.is_all else few
    offset = board.left_page.start_index() - 1 if board.is_all else 0
    board.left = remaining.left(board.notice, within, limit, offset, at=board.at, by=by)
