"""The numbers of every dashboard, each one query; and why a household is left, in words a neighbour would use."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import accumulate

from django.db.models import Case, Count, F, FilteredRelation, Max, Min, Prefetch, Q, Sum, Value, When
from django.db.models.functions import Least, TruncSecond
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from communities.models import Contact, Household, Membership, Village
from notices.models import STAFF_WAYS, Channel, Delivery, Notice, Reach, Recipient


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
    """A household still to be told: why, and the number to call if there is one."""

    recipient: Recipient
    household: Household
    kind: str
    reason: str
    phone: str


@dataclass(frozen=True)
class ChannelLine:
    """What one channel carried for a notice. `moving`: of those waiting, due now at a working gateway. `price` in
    đồng."""

    channel: str
    sent: int
    waiting: int
    moving: int
    failed: int
    price: int
    first_sent_at: datetime | None
    last_sent_at: datetime | None

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


def channels(notice: Notice) -> list[ChannelLine]:
    """What each channel carried, Zalo first. One query."""
    done = Q(status__in=("SENT", "DELIVERED", "SEEN"))
    rows = (
        notice.deliveries.order_by()
        .values("channel")
        .annotate(
            sent=Count("pk", filter=done),
            waiting=Count("pk", filter=Q(status__in=("PENDING", "SENDING"))),
            moving=Count("pk", filter=Delivery.objects.moving(timezone.now())),
            failed=Count("pk", filter=Q(status__in=("FAILED", "EXPIRED", "UNKNOWN"))),
            spent=Sum("price", filter=done, default=0),
            first_sent_at=Min("sent_at"),
            last_sent_at=Max("sent_at"),
        )
    )
    lines = [
        ChannelLine(
            row["channel"], row["sent"], row["waiting"], row["moving"], row["failed"], row["spent"],
            row["first_sent_at"], row["last_sent_at"],
        )
        for row in rows
    ]  # fmt: skip
    return sorted(lines, key=lambda line: line.channel != Channel.ZALO)


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


def left(notice: Notice, villages: Collection[Village] | None = None, limit: int = 50, offset: int = 0) -> list[Left]:
    """Households not told yet with the reason, by village, lane and name. Three queries, however many."""
    rows = notice.recipients.left() if villages is None else notice.recipients.left().filter(village__in=villages)
    return explain(
        rows.order_by("village__position", "village", "household__lane", "household__sort_key", "pk")[
            offset : offset + limit
        ]
    )


def explain(recipients) -> list[Left]:
    """Why each of the recipients is where it is, and how to call it."""
    rows = recipients.select_related("household", "household__village").prefetch_related(
        Prefetch("household__contacts", Contact.objects.order_by("rank")),
        Prefetch("deliveries", Delivery.objects.select_related("gateway").order_by("pk")),
    )
    explained = []
    for recipient in rows:
        contacts = list(recipient.household.contacts.all())
        kind, reason = _why(contacts, list(recipient.deliveries.all()))
        phone = contacts[0].phone if contacts else ""
        explained.append(Left(recipient, recipient.household, kind, reason, phone))
    return explained


def _why(contacts: list[Contact], deliveries: list[Delivery]) -> tuple[str, str]:
    """(kind, sentence) for one household."""
    if not contacts:
        return "no_phone", _("Chưa có số điện thoại.")
    if not deliveries:
        if all(contact.phone_kind == Contact.PhoneKind.LANDLINE for contact in contacts):
            return "landline", _("Chỉ có máy bàn, không nhận được tin nhắn.")
        if not any(contact.is_sms_allowed or contact.is_zalo_allowed for contact in contacts):
            return "opted_out", _("Gia đình đã ngừng nhận tin.")
        return "no_channel", _("Xã chưa có kênh gửi tới số này.")
    last = deliveries[-1]
    for delivery in deliveries:
        if delivery.status == Delivery.Status.SENT:
            return "silent", _("%(channel)s đã gửi lúc %(time)s, máy chưa báo nhận.") % {
                "channel": delivery.channel_name,
                "time": _clock(delivery.sent_at),
            }
    waiting = next((d for d in deliveries if d.status in ("PENDING", "SENDING")), None)
    if waiting is not None and (gateway := waiting.gateway) and (gateway.stopped_at or not gateway.is_active):
        return "stopped", _("Kênh %(channel)s đang dừng, tin chờ gửi.") % {"channel": waiting.channel_name}
    if waiting is not None:
        return "waiting", _("Đang chờ gửi qua %(channel)s.") % {"channel": waiting.channel_name}
    if last.status == Delivery.Status.UNKNOWN:
        return "unknown", _("Mạng đứt khi gửi %(channel)s, không rõ tin đã đi chưa.") % {"channel": last.channel_name}
    if last.status == Delivery.Status.CANCELLED:
        return "cancelled", _("Tin chưa gửi thì thông báo đã thu hồi.")
    tried = pgettext("hai kênh", " và ").join(dict.fromkeys(d.channel_name for d in deliveries))
    return "failed", _("Số này không nhận được %(channels)s.") % {"channels": tried}


def _clock(moment: datetime | None) -> str:
    if moment is None:
        return ""
    return date_format(timezone.localtime(moment), "H:i d/m")
