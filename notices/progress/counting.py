"""How far notices got with their households, in numbers: each one query."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import F, FilteredRelation, Q, QuerySet, Sum
from django.utils.translation import gettext as _

from communities.models import Membership, Village
from notices.models import Notice, Reach, ReachCount


@dataclass
class Counts:
    """Households by how far the notice got, each in one number."""

    none: int = 0
    sent: int = 0
    delivered: int = 0
    seen: int = 0
    confirmed: int = 0  # by the household itself
    in_person: int = 0  # recorded by staff

    @property
    def households(self) -> int:
        """The denominator: every household of the audience, phone or not."""
        return self.told + self.left

    @property
    def told(self) -> int:
        """Households that count as told: on the device, opened, confirmed, or told in person."""
        return self.delivered + self.seen + self.confirmed + self.in_person

    @property
    def left(self) -> int:
        """Households still to be told."""
        return self.none + self.sent

    @property
    def all_confirmed(self) -> int:
        """Confirmed in any way."""
        return self.confirmed + self.in_person

    def parts(self) -> list[tuple[str, int, str]]:
        """(key, households, words), best to worst, for bars, numbers and screen readers."""
        return [
            ("confirmed", self.confirmed, _("Đã xác nhận")),
            ("in_person", self.in_person, _("Đã báo trực tiếp")),
            ("seen", self.seen, _("Đã mở xem")),
            ("delivered", self.delivered, _("Đã đến máy")),
            ("sent", self.sent, _("Đã gửi")),
            ("none", self.none, _("Chưa liên hệ được")),
        ]

    def add(self, reach: int, is_by_staff: bool, households: int) -> None:
        """Count households at a reach."""
        key = "in_person" if is_by_staff else _KEYS[Reach(reach)]
        setattr(self, key, getattr(self, key) + households)


_KEYS = {
    Reach.NOT_REACHED: "none",
    Reach.SENT: "sent",
    Reach.DELIVERED: "delivered",
    Reach.SEEN: "seen",
    Reach.CONFIRMED: "confirmed",
}


@dataclass
class VillageProgress:
    """One village's part of a notice. `head` is the village head's name, or blank; so is their phone."""

    village: Village
    counts: Counts
    head: str = ""
    head_phone: str = ""

    @property
    def name(self) -> str:
        """The village's."""
        return self.village.name


@dataclass
class WardProgress:
    """One ward's part of a notice to several."""

    ward_id: int
    name: str
    counts: Counts


@dataclass
class Progress:
    """A notice's numbers: in all; by ward when it goes to several; by village, of all or of the ward looked at."""

    counts: Counts
    villages: list[VillageProgress] = field(default_factory=list)
    wards: list[WardProgress] = field(default_factory=list)


def for_notice(notice: Notice, villages: Collection[Village] | None = None) -> Progress:
    """Counts in all and by village, the village with most left first. Only the given villages, if any.

    Two queries: the counts beside the rows, and the villages with their heads.
    """
    kept = ReachCount.objects.filter(notice=notice)
    if villages is not None:
        kept = kept.filter(village__in=villages)
    return _by_village(kept)


def for_wards(notice: Notice, opened: int | None = None) -> Progress:
    """Counts in all and by ward, the ward with most left first, and by village in the one opened. One query, or
    three."""
    kept = ReachCount.objects.filter(notice=notice)
    by_ward, total = _counts_by(kept, "ward", "ward__name")
    rows = [WardProgress(pk, name, counts) for (pk, name), counts in by_ward.items()]
    rows.sort(key=lambda row: (-row.counts.left, row.name, row.ward_id))
    villages = _by_village(kept.filter(ward=opened)).villages if any(row.ward_id == opened for row in rows) else []
    return Progress(total, villages, rows)


def _by_village(kept: QuerySet[ReachCount]) -> Progress:
    by_key, total = _counts_by(kept, "village")
    by_village = {pk: counts for (pk,), counts in by_key.items()}
    named: QuerySet[Any] = Village.objects.filter(pk__in=by_village).annotate(
        head=FilteredRelation("memberships", condition=Q(memberships__role=Membership.Role.VILLAGE_HEAD)),
        head_name=F("head__user__full_name"),
        head_phone=F("head__user__phone"),
    )
    by_id = {village.pk: village for village in named}  # a village between two heads comes twice
    rows = [
        VillageProgress(village, by_village[village.pk], village.head_name or "", village.head_phone or "")
        for village in by_id.values()
    ]
    rows.sort(key=lambda row: (-row.counts.left, row.village.position, row.village.pk))
    return Progress(total, rows)


def for_notices(notices: Sequence[Notice], villages: Collection[Village] | None = None) -> dict[int, Counts]:
    """Counts of several notices at once, by notice id: one query for a whole list. Only the given villages, if any."""
    kept = ReachCount.objects.filter(notice__in=notices)
    if villages is not None:
        kept = kept.filter(village__in=villages)
    counts, _total = _counts_by(kept, "notice")
    return {notice.pk: counts.get((notice.pk,), Counts()) for notice in notices}


def _counts_by(kept: QuerySet[ReachCount], *what: str) -> tuple[dict[tuple[Any, ...], Counts], Counts]:
    """Counts by what is named, and of all. One query."""
    grouped = kept.order_by().values_list(*what, "reach", "is_by_staff").annotate(n=Sum("households"))
    counts: dict[tuple[Any, ...], Counts] = defaultdict(Counts)
    total = Counts()
    for *key, reach, by_staff, households in grouped.filter(n__gt=0):
        counts[tuple(key)].add(reach, by_staff, households)
        total.add(reach, by_staff, households)
    return counts, total


def may_still_change(notice: Notice, counts: Counts, at: datetime) -> bool:
    """Whether the numbers may still change by themselves; else a dashboard may stop asking."""
    return notice.is_open and (notice.fanned_out_at is None or counts.all_confirmed < counts.households)
