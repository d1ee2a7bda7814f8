"""How a ward's gateways do, for people: what works, what stands still and until when, what waits there, and what
happened so far. Only reads; `switching` changes them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.contrib.humanize.templatetags.humanize import intcomma
from django.db.models import Count, F, Q, Window
from django.db.models.functions import RowNumber
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from communities.models import Ward
from communities.templatetags.page import dong
from notices import clock
from notices.gateways import error_words, providers
from notices.models import Delivery, Gateway, GatewayDay, GatewayEvent, Urgency

#: Lines of history on the page; all that is asked for, up to so many.
FEW_EVENTS, MANY_EVENTS = 10, 200
Kind = GatewayEvent.Kind


@dataclass(frozen=True)
class Health:
    """One gateway at one moment, and what people read about it."""

    gateway: Gateway
    at: datetime
    sent: int  # today
    left: int | None  # of today's quota, where one is known
    waiting: int  # messages queued for it
    due: int  # of those, the ones whose time has come
    events: Sequence[GatewayEvent]
    has_more: bool  # events that are not listed

    @property
    def state(self) -> Gateway.State:
        """Gateway.state at this moment."""
        return self.gateway.state(self.at)

    @property
    def state_words(self) -> str:
        """The state, with when it will end by itself."""
        row = self.gateway
        if self.state == "resting" and row.rests_until:
            return _("đang nghỉ đến %(time)s") % {"time": time_words(row.rests_until, self.at)}
        if self.state == "tripped":
            if row.is_on_trial(self.at):
                return _("tạm ngừng vì lỗi nhiều, đang gửi dò thử")
            if row.probe_at and row.probe_at > self.at:
                time = time_words(row.probe_at, self.at)
                return _("tạm ngừng vì lỗi nhiều, sẽ gửi dò thử lúc %(time)s") % {"time": time}
            return _("tạm ngừng vì lỗi nhiều, sẽ gửi dò thử khi có tin")
        return str(self.state.label)

    @property
    def today_words(self) -> str:
        """“1.204 tin hôm nay, còn 3.796; lỗi gần nhất 09:12: hết hạn mức”. Says nothing it does not know."""
        said = ngettext("%(n)s tin hôm nay", "%(n)s tin hôm nay", self.sent) % {"n": intcomma(self.sent)}
        if self.left is not None:
            said += _(", còn %(n)s") % {"n": intcomma(self.left)}
        row = self.gateway
        if row.last_error_at and row.last_error_code:
            why = error_words.words(row.last_error_code, row)
            error = {"time": time_words(row.last_error_at, self.at), "error": why}
            said += _("; lỗi gần nhất %(time)s: %(error)s") % error
        return said

    @property
    def waiting_words(self) -> str:
        """What is queued for it, and how much of that could go now."""
        if not self.waiting:
            return _("Không có tin chờ.")
        said = ngettext("%(n)s tin đang chờ", "%(n)s tin đang chờ", self.waiting) % {"n": intcomma(self.waiting)}
        if not self.due:
            return _("%(waiting)s, chưa tin nào đến giờ gửi.") % {"waiting": said}
        if self.due == self.waiting:
            return _("%(waiting)s, tất cả đã đến giờ gửi.") % {"waiting": said}
        return _("%(waiting)s, %(due)s tin đã đến giờ gửi.") % {"waiting": said, "due": intcomma(self.due)}

    @property
    def stopped_words(self) -> str:
        """Since when and why it stands still."""
        row = self.gateway
        if self.state != "stopped" or row.stopped_at is None:
            return ""
        return _("Dừng từ %(time)s: %(why)s.") % {"time": time_words(row.stopped_at, self.at), "why": self.stopped_why}

    @property
    def stopped_why(self) -> str:
        """Why it stands still, in words."""
        return error_words.words(self.gateway.stopped_reason, self.gateway)

    @property
    def has_account(self) -> bool:
        """Whether its account can be entered: not that of a provider this installation does not have."""
        return providers.provider_of(self.gateway) is not None

    @property
    def price_words(self) -> str:
        """“850 đồng mỗi phần tin”; blank where no price is known."""
        return price_words(self.gateway)

    @property
    def advice(self) -> str:
        """What a person can do about a stopped gateway."""
        if self.state != "stopped":
            return ""
        return error_words.advice(self.gateway.stopped_reason, self.gateway)

    @property
    def history(self) -> list[str]:
        """The lines of its history, newest first."""
        return [event_words(event, self.gateway) for event in self.events]


def of_ward(ward: Ward, at: datetime, *, whole_history_of: int | None = None) -> list[Health]:
    """The gateways a ward's notices may use, its own before shared ones. Four queries, however many.

    `whole_history_of`: the gateway whose history is asked for beyond the last few lines.
    """
    rows = list(Gateway.objects.for_ward(ward))
    days = {day.gateway_id: day for day in GatewayDay.objects.filter(gateway__in=rows, day=clock.day(at))}
    queued = _queued(rows, at)
    events = _events(rows, whole_history_of)
    found = []
    for row in rows:
        day = days.get(row.pk)
        lines, limit = events.get(row.pk, []), MANY_EVENTS if row.pk == whole_history_of else FEW_EVENTS
        waiting, due = queued.get(row.pk, (0, 0))
        found.append(
            Health(
                gateway=row, at=at, sent=day.sent if day else 0, left=_left(row, day), waiting=waiting, due=due,
                events=lines[:limit], has_more=len(lines) > limit,
            )
        )  # fmt: skip
    return found


def states(ward: Ward, at: datetime) -> list[Health]:
    """The gateways in use, with their state and nothing else. One query."""
    rows = Gateway.objects.for_ward(ward).filter(is_active=True)
    return [Health(row, at, sent=0, left=None, waiting=0, due=0, events=(), has_more=False) for row in rows]


def waiting_at(gateway: Gateway) -> int:
    """Messages queued for one gateway."""
    return Delivery.objects.filter(gateway=gateway, status="PENDING").messages().count()


def event_words(event: GatewayEvent, gateway: Gateway) -> str:
    """“09:12 25/11: tạm ngừng vì lỗi nhiều (nhà mạng không trả lời kịp); 1.204 tin chờ chuyển sang SMS dự phòng”."""
    # A rest has other reasons than the quota, which its code tells.
    what = _("tạm nghỉ") if event.kind == Kind.RESTING else str(event.get_kind_display())
    if event.by:
        what = _("%(who)s %(what)s") % {"who": event.by, "what": what}
    if event.code:
        what = f"{what} ({error_words.words(event.code, gateway)})"
    if event.moved:
        moved = {"n": intcomma(event.moved), "to": event.moved_to or _("kênh khác")}
        what += "; " + ngettext(
            "%(n)s tin chờ chuyển sang %(to)s", "%(n)s tin chờ chuyển sang %(to)s", event.moved
        ) % moved  # fmt: skip
    return f"{date_format(timezone.localtime(event.at), 'H:i d/m')}: {what}"


def price_words(gateway: Gateway) -> str:
    """“850 đồng mỗi phần tin”; blank where no price is known."""
    if not gateway.price:
        return ""
    provider, price = providers.provider_of(gateway), {"price": dong(gateway.price)}
    is_by_part = provider is not None and provider.is_priced_by_part
    return (_("%(price)s mỗi phần tin") if is_by_part else _("%(price)s mỗi tin")) % price


def time_words(moment: datetime, at: datetime) -> str:
    """The clock, with the date if it is not today's."""
    return date_format(timezone.localtime(moment), "H:i" if clock.day(moment) == clock.day(at) else "H:i d/m")


def _left(row: Gateway, day: GatewayDay | None) -> int | None:
    """As the provider last said today, else of our own quota; None when neither is known."""
    if day is not None and day.left is not None:
        return day.left
    if not row.daily_quota:
        return None
    return max(0, row.daily_quota - (day.reserved if day else 0))


def _queued(rows: Sequence[Gateway], at: datetime) -> dict[int, tuple[int, int]]:
    """Gateway → (waiting, due). In quiet hours only hỏa tốc is due."""
    may_go = Q(not_before__lte=at)
    if clock.is_quiet(at):
        may_go &= Q(priority=Urgency.FLASH.rank)
    waiting = Delivery.objects.filter(gateway__in=rows, status="PENDING").messages().order_by().values("gateway")
    counted = waiting.annotate(waiting=Count("pk"), due=Count("pk", filter=may_go))
    return {row["gateway"]: (row["waiting"], row["due"]) for row in counted}


def _events(rows: Sequence[Gateway], whole_history_of: int | None) -> dict[int, list[GatewayEvent]]:
    """The last lines of each gateway, and one more that tells whether there are others."""
    newest_first = [F("at").desc(), F("pk").desc()]
    lines = GatewayEvent.objects.filter(gateway__in=rows).select_related("moved_to", "by")
    lines = lines.annotate(place=Window(RowNumber(), partition_by=F("gateway"), order_by=newest_first))
    asked = Q(gateway=whole_history_of, place__lte=MANY_EVENTS + 1) if whole_history_of else Q()
    found: dict[int, list[GatewayEvent]] = {}
    for event in lines.filter(Q(place__lte=FEW_EVENTS + 1) | asked).order_by("gateway", "place"):
        found.setdefault(event.gateway_id, []).append(event)
    return found
