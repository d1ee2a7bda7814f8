"""The dashboard of a published notice: who has been told, who is left, what happens next. It moves by itself."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import cast
from urllib.parse import urlencode
from zlib import crc32

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from communities import access
from communities.models import User, Village, Ward
from communities.querysets import VillageQuerySet
from notices import progress as numbers
from notices import publishing
from notices.models import Channel, Notice
from notices.progress import ChannelLine, Left, Moment, Progress, VillageProgress

Role = access.Role
#: Messages and their receipts are coming in; until then the list of those left changes with every look.
SETTLING = timedelta(minutes=3)
FIRST_ROWS, REASON_ROWS, ALL_ROWS = 8, 100, 500
STOP_POLLING = 286  # htmx: swap, and ask no more
SORTS = {
    "con": lambda row: -row.counts.left,
    "bao": lambda row: -row.counts.told,
    "xac-nhan": lambda row: -row.counts.all_confirmed,
    "thon": lambda row: 0,
}


@dataclass
class Board:
    """Everything the page and its moving parts show."""

    notice: Notice
    progress: Progress
    channels: list[ChannelLine]
    villages: list[VillageProgress]
    left: list[Left]
    sort: str
    only_village: int | None
    is_official: bool
    is_all: bool
    at: datetime

    @property
    def waiting(self) -> int:
        """Messages still to be handed over."""
        return sum(line.waiting for line in self.channels)

    @property
    def is_sending(self) -> bool:
        """Messages are on their way out: a household without one is waiting, not missed."""
        return self.notice.is_open and (self.notice.fanned_out_at is None or bool(self.waiting))

    @property
    def is_settling(self) -> bool:
        """The first wave is under way: nobody is asked to act on its list yet."""
        if not self.notice.is_open or self.notice.published_at is None:
            return False
        is_young = self.at - self.notice.published_at < SETTLING
        is_moving = self.notice.fanned_out_at is None or any(line.moving for line in self.channels)
        return is_moving or (is_young and bool(self.progress.counts.left))

    @property
    def seconds(self) -> int | None:
        """When to look again, or None when nothing can change any more."""
        if not numbers.is_moving(self.notice, self.progress.counts, self.at):
            return None
        age = self.at - (self.notice.published_at or self.at)
        if self.is_settling:
            return 2 if age < timedelta(minutes=5) else 5
        return 5 if age < timedelta(hours=1) else 20

    @property
    def version(self) -> str:
        """Changes whenever a number on the page does; its first part is the sentence."""
        counts = self.progress.counts
        state = [self.channels, self.notice.status, self.is_sending, self.is_settling]
        every = [row.counts.parts() for row in self.villages] + state
        return f"{counts.told}-{counts.households}-{crc32(repr(every).encode()):08x}"

    @property
    def query(self) -> str:
        """What the next look has to know: what stands on the page."""
        return urlencode(self._asked | {"v": self.version, "d": int(self.is_settling)})

    @property
    def query_after_tick(self) -> str:
        """The look right after the user ticked a household: everything anew, but no word about the list."""
        return urlencode(self._asked | {"toi": 1})

    @property
    def _asked(self) -> dict[str, str | int]:
        asked = {"sort": self.sort, "thon": self.only_village, "con": "tat-ca" if self.is_all else None}
        return {key: value for key, value in asked.items() if value is not None}

    @property
    def kinds(self) -> list[tuple[int, str]]:
        """How many are left for which reason, in words; only when all of them were looked at."""
        if self.only_village is not None or len(self.left) < self.progress.counts.left:
            return []
        found: dict[str, int] = {}
        for row in self.left:
            found[row.kind] = found.get(row.kind, 0) + 1
        return sorted(((n, _kind_words(kind)) for kind, n in found.items()), key=lambda pair: -pair[0])

    @property
    def zalo(self) -> ChannelLine | None:
        """What Zalo carried."""
        return next((line for line in self.channels if line.channel == Channel.ZALO), None)

    @property
    def sms(self) -> ChannelLine | None:
        """What SMS carried."""
        return next((line for line in self.channels if line.channel == Channel.SMS), None)

    @property
    def price(self) -> int:
        """Đồng spent."""
        return sum(line.price for line in self.channels)

    @property
    def more(self) -> int:
        """Households left that the page does not list."""
        return max(0, self.left_here - len(self.shown))

    @property
    def shown(self) -> list[Left]:
        """The households left that the page lists: the first few, until all are asked for."""
        return self.left if self.is_all else self.left[:FIRST_ROWS]

    @cached_property
    def moments(self) -> list[Moment]:
        """How the numbers rose since publishing."""
        return numbers.timeline(self.notice, self.at)

    @property
    def few_moments(self) -> list[Moment]:
        """The same for a table: few enough to read, the last one being now."""
        return self.moments[:-1:8] + self.moments[-1:]

    @property
    def left_here(self) -> int:
        """Households left in the village the list is narrowed to, or in all."""
        if self.only_village is None:
            return self.progress.counts.left
        return sum(row.counts.left for row in self.villages if row.village.pk == self.only_village)

    @property
    def village_name(self) -> str:
        """The village the list is narrowed to."""
        return next((row.village.name for row in self.villages if row.village.pk == self.only_village), "")

    @property
    def heads(self) -> dict[int, VillageProgress]:
        """The line of each village, for its head's name and phone."""
        return {row.village.pk: row for row in self.villages}


@require_GET
@login_required
def notice(request: HttpRequest, notice_id: int) -> HttpResponse:
    """The page of a notice: its dashboard once published, before that its state and next step."""
    found = _get_notice(request, notice_id)
    if found.published_at is None:
        from notices.views import notices

        return notices.render_state(request, found)
    return render(request, "notices/dashboard.html", _context(request, found))


@require_GET
@login_required
def progress(request: HttpRequest, notice_id: int) -> HttpResponse:
    """What has changed since the version the page shows; 286 when nothing can change any more."""
    found = _get_notice(request, notice_id)
    if found.published_at is None:
        raise Http404
    context = _context(request, found)
    board: Board = context["board"]
    known = request.GET.get("v", "")
    context["has_changed"] = known != board.version
    context["says_more"] = known.rpartition("-")[0] != board.version.rpartition("-")[0]
    # A list somebody may be reading stays as it is; one that is still filling does not.
    context["is_own"] = "toi" in request.GET
    context["renews_list"] = board.is_settling or request.GET.get("d") == "1"
    status = 200 if board.seconds else STOP_POLLING
    return render(request, "notices/dashboard.html#changes", context, status=status)


@require_POST
@login_required
def withdraw(request: HttpRequest, notice_id: int) -> HttpResponse:
    """Stop a running notice; what the page said before the button was pressed is what happens."""
    found = _get_notice(request, notice_id)
    if not found.may_withdraw:  # type: ignore[attr-defined]
        raise PermissionDenied
    try:
        stopped = publishing.withdraw(notice=found, by=cast(User, request.user), at=timezone.now())
    except publishing.Refused as refusal:
        messages.error(request, str(refusal))
    else:
        said = _("Đã thu hồi thông báo.")
        if stopped:
            said += " " + ngettext(
                "%(n)s tin chờ gửi đã dừng.", "%(n)s tin chờ gửi đã dừng.", stopped
            ) % {"n": stopped}  # fmt: skip
        messages.success(request, said)
    return redirect("notice", notice_id=found.pk)


def _get_notice(request: HttpRequest, notice_id: int) -> Notice:
    """The notice, if the user may see it, with what they may do on this page. One query."""
    user = cast(User, request.user)

    def works_here(*roles: str) -> Exists:
        return Exists(Ward.objects.for_user(user, roles).filter(pk=OuterRef("ward")))

    rows = (
        Notice.objects.visible_to(user)
        .select_related("ward", "created_by", "published_by")
        .annotate(
            is_official=works_here(*access.OFFICIALS),
            may_withdraw=works_here(*publishing.APPROVERS),
            may_tick=works_here(Role.WARD_ADMIN, Role.VILLAGE_HEAD, Role.HELPER),
        )
    )
    found = rows.filter(pk=notice_id).first()
    if found is None:
        raise Http404
    return found


def _context(request: HttpRequest, found: Notice) -> dict:
    """The board, and what the user may do with it. Village staff get their own village's part alone."""
    is_official: bool = found.is_official  # type: ignore[attr-defined]
    own: VillageQuerySet | None = None
    if not is_official:
        villages_of = Village.objects.for_user(cast(User, request.user), (Role.VILLAGE_HEAD, Role.HELPER))
        own = villages_of.filter(ward=found.ward_id)  # never fetched: each query takes it in as a subquery
    figures = numbers.for_notice(found, own)
    sort = request.GET.get("sort", "")
    sort = sort if sort in SORTS else "con"
    villages = sorted(
        figures.villages, key=lambda row: (SORTS[sort](row), row.village.position, row.village.name_key, row.village.pk)
    )
    asked = request.GET.get("thon", "")
    chosen = [row.village for row in villages if str(row.village.pk) == asked]
    is_all = request.GET.get("con") == "tat-ca"
    board = Board(
        notice=found,
        progress=figures,
        channels=numbers.channels(found),
        villages=villages,
        left=[],
        sort=sort,
        only_village=chosen[0].pk if chosen else None,
        is_official=is_official,
        is_all=is_all,
        at=timezone.now(),
    )
    if figures.counts.left and not board.is_settling:
        board.left = numbers.left(found, chosen if chosen else own, limit=ALL_ROWS if is_all else REASON_ROWS)
    return {
        "board": board,
        "notice": found,
        "counts": figures.counts,
        "may_tick": found.may_tick and found.is_open,  # type: ignore[attr-defined]
        "may_withdraw": found.may_withdraw and found.is_open,  # type: ignore[attr-defined]
    }


def _kind_words(kind: str) -> str:
    return {
        "no_phone": _("chưa có số"),
        "landline": _("chỉ có máy bàn"),
        "opted_out": _("ngừng nhận tin"),
        "no_channel": _("chưa có kênh gửi"),
        "silent": _("máy chưa báo nhận"),
        "stopped": _("kênh đang dừng"),
        "waiting": _("đang chờ gửi"),
        "unknown": _("không rõ đã gửi chưa"),
        "cancelled": _("tin đã dừng"),
        "failed": _("số không nhận được tin"),
    }.get(kind, _("lý do khác"))
