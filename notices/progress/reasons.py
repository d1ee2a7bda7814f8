"""Why a household is left, in words a neighbour would use, and what can be done about it.

Reads what it is given and asks nothing of the database: see remaining.explain, which fetches it for all at once.
"""

from collections.abc import Container, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from communities.channels import TABLE, MessageChannel, writable
from communities.models import Contact, Household
from notices import clock
from notices.gateways import error_words
from notices.models import ACCOUNT_STOPPED, NO_CONTACT, OPTED_OUT, OVER_BUDGET, Delivery, Gateway, Notice, Recipient
from notices.progress import waiting
from notices.progress.waiting import Cause, Wait

Status = Delivery.Status


@dataclass(frozen=True)
class Action:
    """What an official can do about it. `is_for_list`: it changes the household list, which not everybody may."""

    label: str
    address: str
    is_for_list: bool


@dataclass(frozen=True)
class Reason:
    """Why a household is left: a key to count by, a sentence, and what to do about it if anything can be done."""

    kind: str
    sentence: str
    action: Action | None = None


def why(
    recipient: Recipient,
    contacts: Sequence[Contact],
    deliveries: Sequence[Delivery],
    *,
    begins_at: datetime | None,
    at: datetime,
) -> Reason:
    """The reason for one household. `begins_at`: when its notice's first messages are due, while they are not yet
    written. `contacts` by rank, `deliveries` in the order they were written."""
    if not contacts:
        return Reason("no_phone", _("Chưa có số điện thoại."), _add_phone(recipient.household))
    if not deliveries:
        return _nothing_written(recipient, contacts, begins_at, at)
    reason = _of_deliveries(recipient, contacts, deliveries, at)
    shared = next((d.covered_by.recipient.household for d in reversed(deliveries) if d.covered_by is not None), None)
    if shared is None:
        return reason
    sentence = _("%(why)s Chung số với hộ %(name)s.") % {"why": reason.sentence, "name": shared.head_name}
    return Reason(reason.kind, sentence, reason.action)


def until(moment: datetime, at: datetime) -> str:
    """A moment soon to come as people say it: 09:17, or 06:00 25/11 when it is another day."""
    local, today = timezone.localtime(moment), timezone.localtime(at).date()
    return date_format(local, "H:i" if local.date() == today else "H:i d/m")


def _wait_words(wait: Wait, at: datetime) -> str:
    """Until when a message waits, and why, as a sentence."""
    words = {
        Cause.EVENING: _("Chờ đến %(time)s, khung giờ buổi tối."),
        Cause.QUIET_HOURS: _("Chờ đến %(time)s, giờ yên lặng."),
        Cause.SET: _("Chờ đến %(time)s."),
    }
    return words[wait.cause] % {"time": until(wait.until, at)}


def _nothing_written(
    recipient: Recipient, contacts: Sequence[Contact], begins_at: datetime | None, at: datetime
) -> Reason:
    notice = recipient.notice
    able = [contact for contact in contacts if contact.phone_kind in writable()]
    if not able:
        sentence = _("Chỉ có máy bàn, không nhận được tin nhắn.")
        return Reason("landline", sentence, _add_phone(recipient.household, _("Thêm số di động")))
    # What can write to such numbers at all.
    writing = [row for row in TABLE if any(contact.phone_kind in row.phone_kinds for contact in able)]
    if not any(row.is_wanted_by(contact) for row in writing for contact in able):
        return Reason("opted_out", _("Gia đình đã ngừng nhận tin."))
    reached = [row for row in writing if any(row.reaches(contact) for contact in able)]
    refused = _named([row for row in writing if not any(row.is_wanted_by(contact) for contact in able)])
    if not reached:
        missing = _named([row for row in writing if any(row.is_wanted_by(contact) for contact in able)])
        words = {"missing": missing, "refused": refused}
        sentence = _("Số này không có %(missing)s, và gia đình đã ngừng nhận %(refused)s.") % words
        return Reason("opted_out", sentence, _add_phone(recipient.household))
    if notice.expired_at is not None:
        return _too_late()
    if begins_at is not None and notice.paused_at is not None:
        return Reason("paused", _("Xã tạm dừng gửi, chưa gửi tin nào."))
    if begins_at is not None and notice.is_open:
        wait = waiting.of(notice, begins_at, at)
        return Reason("waiting", _wait_words(wait, at) if wait is not None else _("Đang chờ gửi."))
    channels = _named(reached)
    if len(reached) == len(writing):
        sentence = _("Xã chưa có kênh gửi tới số này.")
    elif refused and reached[0] is writing[0]:  # what comes after the first was refused
        words = {"refused": refused, "channels": channels}
        sentence = _("Gia đình đã ngừng nhận %(refused)s, mà xã chưa có kênh %(channels)s.") % words
    else:
        sentence = _("Số này chỉ nhận được %(channels)s, mà xã chưa có kênh %(channels)s.") % {"channels": channels}
    return Reason("no_channel", sentence, _look_at_gateways())


def _of_deliveries(
    recipient: Recipient, contacts: Sequence[Contact], deliveries: Sequence[Delivery], at: datetime
) -> Reason:
    last = deliveries[-1]
    channel = {"channel": last.channel_name}
    sent = next((delivery for delivery in deliveries if delivery.status == Status.SENT), None)
    if sent is not None:
        words = {"channel": sent.channel_name, "time": _day_and_clock(sent.sent_at)}
        return Reason("silent", _("%(channel)s đã gửi lúc %(time)s, máy chưa báo nhận.") % words)
    queued = next((delivery for delivery in deliveries if delivery.status in (Status.PENDING, Status.SENDING)), None)
    if queued is not None:
        return _of_queued(recipient.notice, queued, at)
    match last.status:
        case Status.HELD:
            return Reason("paused", _("Xã tạm dừng gửi, tin %(channel)s chờ gửi tiếp.") % channel)
        case Status.UNKNOWN:
            return Reason("unknown", _("Mạng đứt khi gửi %(channel)s, không rõ tin đã đi chưa.") % channel)
        case Status.CANCELLED if recipient.notice.status == Notice.Status.WITHDRAWN:
            return Reason("cancelled", _("Tin chưa gửi thì thông báo đã thu hồi."))
        case Status.CANCELLED:
            return Reason("cancelled", _("Tin chưa gửi thì thông báo đã kết thúc."))
        case Status.EXPIRED if last.sent_at is None:
            return _too_late()
        case Status.EXPIRED:
            return Reason("failed", _("%(channel)s đã gửi, nhưng máy không nhận trong thời hạn.") % channel)
        case Status.SKIPPED:
            return _of_skipped(recipient, last)
    return _of_failed(recipient, contacts, deliveries)


def _of_queued(notice: Notice, delivery: Delivery, at: datetime) -> Reason:
    """A message in the queue: what holds it, a pause before the gateway, and the gateway before the hour."""
    channel = {"channel": delivery.channel_name}
    if notice.paused_at is not None:  # written when the pause had begun: held when its turn comes
        return Reason("paused", _("Xã tạm dừng gửi, tin %(channel)s chờ gửi tiếp.") % channel)
    gateway = delivery.gateway if delivery.covered_by is None else delivery.covered_by.gateway
    if (
        delivery.status == Status.PENDING
        and gateway is not None
        and (trouble := _gateway_trouble(gateway, channel, at))
    ):
        return trouble
    is_asleep = clock.is_quiet(at) and not notice.may_wake(at)
    goes_at = max(delivery.not_before, clock.waking(at)) if is_asleep else delivery.not_before
    if delivery.status == Status.PENDING and delivery.attempts and goes_at > at:
        words = {**channel, "why": _error(delivery), "time": until(goes_at, at)}
        return Reason("retry", _("%(channel)s chưa gửi được (%(why)s), thử lại lúc %(time)s.") % words)
    if delivery.status == Status.PENDING and (wait := waiting.of(notice, goes_at, at)) is not None:
        return Reason("waiting", _wait_words(wait, at))
    return Reason("waiting", _("Đang chờ gửi qua %(channel)s.") % channel)


def _gateway_trouble(gateway: Gateway, channel: dict[str, str], at: datetime) -> Reason | None:
    """What is wrong with a gateway that holds a message; None for one that works."""
    code = gateway.stopped_reason or gateway.last_error_code
    known = {**channel, "why": error_words.words(code, gateway) if code else ""}
    state = gateway.state(at)
    if state == Gateway.State.OFF:
        return Reason("stopped", _("Kênh %(channel)s đang tắt, tin chờ gửi.") % channel, _look_at_gateways())
    if state == Gateway.State.STOPPED:
        sentence = (
            _("Kênh %(channel)s đang dừng (%(why)s), tin chờ gửi.")
            if code
            else _("Kênh %(channel)s đang dừng, tin chờ gửi.")
        )
        return Reason("stopped", sentence % known, _look_at_gateways())
    if state == Gateway.State.RESTING and gateway.rests_until is not None:
        words = {**known, "time": until(gateway.rests_until, at)}
        sentence = (
            _("Kênh %(channel)s nghỉ đến %(time)s (%(why)s), tin chờ gửi.")
            if code
            else _("Kênh %(channel)s nghỉ đến %(time)s, tin chờ gửi.")
        )
        return Reason("stopped", sentence % words, _look_at_gateways())
    if state == Gateway.State.TRIPPED:
        sentence = _("Kênh %(channel)s đang lỗi nhiều nên tạm ngừng, máy tự dò thử rồi gửi tiếp.")
        return Reason("stopped", sentence % channel, _look_at_gateways())
    return None


def _of_skipped(recipient: Recipient, delivery: Delivery) -> Reason:
    channel = {"channel": delivery.channel_name}
    if delivery.error_code == OVER_BUDGET:
        return Reason("budget", _("Hết ngân sách tin nhắn tháng này, tin chưa gửi."), _look_at_gateways())
    if delivery.error_code == OPTED_OUT:
        return Reason("opted_out", _("Gia đình đã ngừng nhận tin qua %(channel)s.") % channel)
    if delivery.error_code == NO_CONTACT:
        return Reason("no_phone", _("Số điện thoại này đã được gỡ khỏi hộ."), _add_phone(recipient.household))
    if delivery.error_code == ACCOUNT_STOPPED:
        sentence = _("Kênh %(channel)s phải dừng, tin này chuyển sang kênh khác.") % channel
        return Reason("stopped", sentence, _look_at_gateways())
    return _too_late()  # stopped by a mark that was taken back when nothing was sent any more


def _of_failed(recipient: Recipient, contacts: Sequence[Contact], deliveries: Sequence[Delivery]) -> Reason:
    """Every channel that was tried, each with the provider's word for it if it gave one; and the one left out
    because the household wants nothing there."""
    tried: dict[str, str] = {}
    for delivery in deliveries:
        if delivery.status in (Status.FAILED, Status.UNKNOWN, Status.EXPIRED):
            tried[delivery.channel_name] = _error(delivery) if delivery.error_code else ""
    named = [f"{channel} ({words})" if words else channel for channel, words in tried.items()]
    channels = pgettext("hai kênh", " và ").join(named)
    refused = _refused_by(contacts, tried)
    if refused:
        words = {"channels": channels, "refused": refused}
        sentence = _("Số này không nhận được %(channels)s, và gia đình đã ngừng nhận %(refused)s.") % words
    else:
        sentence = _("Số này không nhận được %(channels)s.") % {"channels": channels}
    contact_id = deliveries[-1].contact_id
    if contact_id is None:
        return Reason("failed", sentence, _add_phone(recipient.household))
    change = Action(_("Sửa số điện thoại"), reverse("contact_edit", args=[contact_id]), is_for_list=True)
    return Reason("failed", sentence, change)


def _error(delivery: Delivery) -> str:
    """The words of what went wrong with a message, at the gateway that was given it."""
    message = delivery if delivery.covered_by is None else delivery.covered_by
    return error_words.words(delivery.error_code, message.gateway)


def _refused_by(contacts: Sequence[Contact], tried: Container[str]) -> str:
    """The channel that was not tried because nobody of the household wants messages there; or blank."""
    for row in reversed(TABLE):
        if row.name not in tried and not any(row.is_wanted_by(contact) for contact in contacts):
            return row.name
    return ""


def _named(rows: Sequence[MessageChannel]) -> str:
    """Channels in a sentence: “Zalo”, “Zalo và SMS”."""
    return pgettext("hai kênh", " và ").join(row.name for row in rows)


def _too_late() -> Reason:
    return Reason("expired", _("Thông báo hết hiệu lực trước khi tin được gửi."))


def _add_phone(household: Household, label: str = "") -> Action:
    address = reverse("contact_new", args=[household.pk])
    return Action(label or _("Thêm số điện thoại"), address, is_for_list=True)


def _look_at_gateways() -> Action:
    return Action(_("Xem kênh gửi"), reverse("gateways"), is_for_list=False)


def _day_and_clock(moment: datetime | None) -> str:
    return date_format(timezone.localtime(moment), "H:i d/m") if moment else ""


def kind_words(kind: str) -> str:
    """A reason's key in a few words, to stand after a number."""
    return {
        "no_phone": _("chưa có số"),
        "landline": _("chỉ có máy bàn"),
        "opted_out": _("ngừng nhận tin"),
        "no_channel": _("chưa có kênh gửi"),
        "silent": _("máy chưa báo nhận"),
        "stopped": _("kênh đang dừng"),
        "waiting": _("đang chờ gửi"),
        "retry": _("sẽ gửi thử lại"),
        "paused": _("tạm dừng gửi"),
        "budget": _("hết ngân sách"),
        "expired": _("hết hạn trước khi gửi"),
        "unknown": _("không rõ đã gửi chưa"),
        "cancelled": _("tin đã dừng"),
        "failed": _("số không nhận được tin"),
    }.get(kind, _("lý do khác"))
