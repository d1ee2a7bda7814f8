"""One sample message over one gateway, to see with one's own eyes that it works."""

from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from communities import masking
from communities.models import User, Ward
from notices import adapters
from notices.adapters.base import ErrorKind, RefreshFailed, SendError, SendResult, Sent
from notices.gateways import credentials, error_words, providers, quota, switching
from notices.gateways.health import time_words
from notices.models import Gateway, GatewayEvent
from notices.sending.dispatcher import Dispatcher
from notices.writing import composing

#: A sample costs money: so many over one gateway in so long a time.
AT_MOST, WITHIN = 5, timedelta(minutes=10)


class SampleFailed(Exception):
    """No message left, or nobody knows; the message is the sentence to show."""


def send(*, gateway: Gateway, phone: str, by: User | None, at: datetime) -> str:
    """Send a sample to a number in E.164 and say where to look. It counts for the day's quota; the number is kept
    nowhere. Raises SampleFailed.

    A gateway that is switched off or stopped may be tried, since that is how one learns whether to open it again.
    """
    _refuse_too_many(gateway, at)
    if not quota.reserve(gateway, 1, at):
        raise SampleFailed(_("Chưa gửi: kênh này đã hết hạn mức hôm nay."))
    try:
        outcome = _hand_over(gateway, phone, at)
    except (adapters.BadAdapter, credentials.Unreadable) as error:
        quota.release(gateway, 1, at)
        raise SampleFailed(_("Chưa gửi: kênh này chưa được cài đặt xong. Hãy nhờ người vận hành.")) from error
    shown = {"phone": masking.full(phone), "time": time_words(at, at)}
    is_sent = isinstance(outcome, Sent)
    code = "" if isinstance(outcome, Sent) else outcome.code
    GatewayEvent.objects.create(gateway=gateway, at=at, kind=GatewayEvent.Kind.TESTED, code=code[:40], by=by)
    left = outcome.left_today if isinstance(outcome, Sent) else None
    is_of_number = isinstance(outcome, SendError) and outcome.kind == ErrorKind.NEXT_CHANNEL
    switching.record_batch(
        gateway=gateway, sent=int(is_sent), failed=0, refused=int(not is_sent), code="" if is_of_number else code,
        left=left, at=at,
    )  # fmt: skip
    if isinstance(outcome, Sent):
        return _("Đã gửi thử tới %(phone)s lúc %(time)s. Xem máy có nhận được không.") % shown
    why = {**shown, "why": error_words.words(code, gateway)}
    if outcome.kind == ErrorKind.AMBIGUOUS:
        raise SampleFailed(_("Không rõ tin tới %(phone)s đã đi chưa: %(why)s. Xem máy có nhận được không.") % why)
    quota.release(gateway, 1, at)
    raise SampleFailed(_("Chưa gửi được tới %(phone)s: %(why)s.") % why)


def _refuse_too_many(gateway: Gateway, at: datetime) -> None:
    asked = GatewayEvent.objects.filter(gateway=gateway, kind=GatewayEvent.Kind.TESTED, at__gt=at - WITHIN, at__lte=at)
    if asked.count() >= AT_MOST:
        raise SampleFailed(_("Kênh này đã gửi thử %(n)s lần trong 10 phút. Chờ ít phút rồi thử lại.") % {"n": AT_MOST})


def _hand_over(gateway: Gateway, address: str, at: datetime) -> SendResult:
    """Hand one sample to the provider, with a fresh token if the old one has died."""
    adapter, known = providers.adapter_for(gateway), credentials.read(gateway)
    ward = gateway.ward or Ward(name="Tới Nhà")
    message = composing.test_message(
        gateway.channel, ward=ward, address=address, template=known.get("template_id", ""), at=at
    )
    dispatcher = Dispatcher(adapter, 1)
    try:
        outcome = dispatcher.send_one(message, known)
        if isinstance(outcome, SendError) and outcome.kind == ErrorKind.REFRESH_TOKEN:
            try:
                known = credentials.refresh(
                    gateway, stale_token=known.get("access_token", ""), adapter=adapter, run=dispatcher.run,
                    session=dispatcher.session,
                )  # fmt: skip
                outcome = dispatcher.send_one(message, known)
            except RefreshFailed as error:
                outcome = SendError(f"token {error}", ErrorKind.STOP_GATEWAY)
    finally:
        dispatcher.close()
    return outcome
