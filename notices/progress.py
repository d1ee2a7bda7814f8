"""The numbers of every dashboard, each one query; and those who are left, each with the reason."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import accumulate

from django.db.models import (
    Case,
    Count,
    Exists,
    F,
    FilteredRelation,
    Min,
    OuterRef,
    Prefetch,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
    When,
)  # fmt: skip
from django.db.models.functions import Least, TruncSecond
from django.utils.translation import gettext as _

from communities.models import Contact, Household, Membership, Village
from notices import clock, reasons
from notices.models import STAFF_WAYS, Channel, Delivery, Notice, Reach, Recipient, Rung, Urgency


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


@dataclass
class Progress:
    """A notice's numbers, in all and by village."""

    counts: Counts
    villages: list[VillageProgress] = field(default_factory=list)


@dataclass(frozen=True)
class Left:
    """A household still to be told: why, what can be done about it, and the number to call if there is one."""

    recipient: Recipient
    household: Household
    kind: str
    reason: str
    phone: str
    action: reasons.Action | None = None


@dataclass(frozen=True)
class ChannelLine:
    """What one channel carried for a notice, or for one rung of it: messages, of which a shared phone gets one.

    `moving`: of those waiting, due now at a working gateway. `held`: waiting for a paused notice to go on.
    `over_budget`: left unsent because the month's money is spent. `price` in đồng.
    """

    channel: str
    rung: int
    sent: int
    waiting: int
    moving: int
    held: int
    failed: int
    over_budget: int
    price: int
    first_sent_at: datetime | None

    @property
    def channel_name(self) -> str:
        """The channel as people call it."""
        return str(Channel(self.channel).label)


@dataclass(frozen=True)
class Moment:
    """How many households were told, and had confirmed, by then."""

    at: datetime
    told: int
    confirmed: int


def for_notice(notice: Notice, villages: Collection[Village] | None = None) -> Progress:
    """Counts in all and by village, the village with most left first. Only the given villages, if any.

    One GROUP BY over the covering index, and one query for the villages with their heads.
    """
    recipients = notice.recipients.all() if villages is None else notice.recipients.filter(village__in=villages)
    is_by_staff = Case(When(confirmed_via__in=STAFF_WAYS, then=Value(True)), default=Value(False))
    grouped = recipients.order_by().values_list("village", "reach", is_by_staff).annotate(households=Count("pk"))
    by_village: dict[int, Counts] = defaultdict(Counts)
    total = Counts()
    for village_id, reach, by_staff, households in grouped:
        by_village[village_id].add(reach, by_staff, households)
        total.add(reach, by_staff, households)
    named = Village.objects.filter(pk__in=by_village).annotate(
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
    is_by_staff = Case(When(confirmed_via__in=STAFF_WAYS, then=Value(True)), default=Value(False))
    grouped = (
        Recipient.objects.filter(notice__in=notices, **({} if villages is None else {"village__in": villages}))
        .order_by()
        .values_list("notice", "reach", is_by_staff)
        .annotate(households=Count("pk"))
    )
    counts: dict[int, Counts] = defaultdict(Counts)
    for notice_id, reach, by_staff, households in grouped:
        counts[notice_id].add(reach, by_staff, households)
    return {notice.pk: counts[notice.pk] for notice in notices}


def moving(at: datetime) -> Q:
    """Deliveries on their way out just now: in quiet hours only those of hỏa tốc notices, and what had begun."""
    due = Delivery.objects.moving(at)
    return due & (Q(status="SENDING") | Q(notice__urgency=Urgency.FLASH)) if clock.is_quiet(at) else due


def sends(notice: Notice, at: datetime) -> list[ChannelLine]:
    """What each rung sent over each channel, in their order, Zalo first. One query."""
    done = Q(status__in=("SENT", "DELIVERED", "SEEN"))
    rows = (
        notice.deliveries.messages()
        .order_by()
        .values("rung", "channel")
        .annotate(
            sent=Count("pk", filter=done),
            waiting=Count("pk", filter=Q(status__in=("PENDING", "SENDING"))),
            moving=Count("pk", filter=moving(at)),
            held=Count("pk", filter=Q(status="HELD")),
            failed=Count("pk", filter=Q(status__in=("FAILED", "UNKNOWN")) | Q(status="EXPIRED", sent_at__isnull=False)),
            over_budget=Count("pk", filter=Q(status="SKIPPED", error_code="budget")),
            spent=Sum("price", filter=done, default=0),
            first_sent_at=Min("sent_at"),
        )
    )
    lines = [ChannelLine(price=row.pop("spent"), **row) for row in rows]
    return sorted(lines, key=lambda line: (line.rung, line.channel != Channel.ZALO))


def channels(lines: Iterable[ChannelLine]) -> list[ChannelLine]:
    """The lines of `sends` added up by channel, Zalo first; `rung` is the first that used it."""
    added: dict[str, ChannelLine] = {}
    for line in lines:
        before = added.get(line.channel)
        added[line.channel] = line if before is None else _sum(before, line)
    return sorted(added.values(), key=lambda line: line.channel != Channel.ZALO)


def _sum(one: ChannelLine, other: ChannelLine) -> ChannelLine:
    numbers = ("sent", "waiting", "moving", "held", "failed", "over_budget", "price")
    moments = [line.first_sent_at for line in (one, other) if line.first_sent_at is not None]
    total = {name: getattr(one, name) + getattr(other, name) for name in numbers}
    return replace(one, **total, first_sent_at=min(moments, default=None))


def timeline(notice: Notice, at: datetime, steps: int = 60) -> list[Moment]:
    """How the numbers rose, in equal steps from publishing to a little past the last change, or until `at`.

    To the second; the last moment holds all. Empty while nobody has been told. One query.
    """
    first_told = Least("delivered_at", "seen_at", "confirmed_at")  # PostgreSQL's passes over what is empty
    reached = Recipient.objects.filter(notice=notice, reach__gte=Reach.DELIVERED).order_by()
    rows = list(reached.values_list(TruncSecond(first_told), TruncSecond("confirmed_at")).annotate(n=Count("pk")))
    if not rows:
        return []
    told = _rising((moment, n) for moment, _confirmed_at, n in rows)
    confirmed = _rising((moment, n) for _told_at, moment, n in rows if moment)
    start = min(notice.published_at or at, told[0][0])
    last = max([told[-1][0], *(moment for moment, _n in confirmed[-1:])]) + timedelta(seconds=1)
    last = max(last, start + timedelta(minutes=1))
    end = max(last, min(at, last + (last - start) / 12))
    moments = (start + (end - start) * number / steps for number in range(steps + 1))
    return [Moment(moment, _by(told, moment), _by(confirmed, moment)) for moment in moments]


def _rising(rises: Iterable[tuple[datetime, int]]) -> list[tuple[datetime, int]]:
    """(moment, households until then), by time."""
    ordered = sorted(rises)
    return list(zip((moment for moment, _n in ordered), accumulate(n for _moment, n in ordered), strict=True))


def _by(rising: list[tuple[datetime, int]], moment: datetime) -> int:
    passed = bisect_right(rising, moment, key=lambda rise: rise[0])
    return rising[passed - 1][1] if passed else 0


def is_moving(notice: Notice, counts: Counts, at: datetime) -> bool:
    """Whether the numbers may still change by themselves; else a dashboard may stop asking."""
    return notice.is_open and (notice.fanned_out_at is None or counts.all_confirmed < counts.households)


def left(
    notice: Notice, villages: Collection[Village] | None = None, limit: int = 50, offset: int = 0, *, at: datetime
) -> list[Left]:
    """Households not told yet with the reason, by village, lane and name. Three queries, however many."""
    rows = notice.recipients.left() if villages is None else notice.recipients.left().filter(village__in=villages)
    return explain(
        rows.order_by("village__position", "village", "household__lane", "household__sort_key", "pk")[
            offset : offset + limit
        ],
        at,
    )


def reachable(notice: Notice, channels: Collection[str]) -> int:
    """Households not told yet that have a number for one of the channels. One query."""
    mobiles = Contact.objects.filter(household=OuterRef("household"), phone_kind=Contact.PhoneKind.MOBILE)
    ways = Q(pk__in=[])
    if Channel.ZALO in channels:
        ways |= Q(is_zalo_allowed=True, no_zalo_since__isnull=True)
    if Channel.SMS in channels:
        ways |= Q(is_sms_allowed=True)
    return notice.recipients.left().filter(Exists(mobiles.filter(ways))).count()


def explain(recipients: QuerySet[Recipient], at: datetime) -> list[Left]:
    """Why each of the recipients is where it is, what can be done about it, and how to call it. Three queries."""
    first = Rung.objects.filter(notice=OuterRef("notice"), number=0, status=Rung.Status.WAITING)
    carriers = Delivery.objects.select_related("gateway", "carrier__gateway", "carrier__recipient__household")
    rows = (
        recipients.annotate(begins_at=Subquery(first.values("due_at")))
        .select_related("notice", "household", "household__village")
        .prefetch_related(
            Prefetch("household__contacts", Contact.objects.order_by("rank")),
            Prefetch("deliveries", carriers.order_by("pk")),
        )
    )
    explained = []
    for recipient in rows:
        contacts = list(recipient.household.contacts.all())
        reason = reasons.why(
            recipient, contacts, list(recipient.deliveries.all()), begins_at=recipient.begins_at, at=at
        )
        phone = contacts[0].phone if contacts else ""
        explained.append(
            Left(recipient, recipient.household, reason.kind, reason.sentence, phone, action=reason.action)
        )
    return explained
