"""What an error means, in words for people who run a commune office.

A provider's codes are explained in its folder (`Provider.codes`), so each is looked up with the gateway that met it.
What stands here is ours, and the same over every gateway.
"""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from notices.adapters.provider import Code, Remedy
from notices.gateways.providers import provider_of
from notices.models import Gateway

#: Code → a sentence's middle, small first letter: “lỗi gần nhất 09:12: hết hạn mức trong ngày”.
WORDS: dict[str, str] = {
    "quota": gettext_noop("hết hạn mức trong ngày"),
    "budget": gettext_noop("hết ngân sách tin nhắn trong tháng"),
    "opted-out": gettext_noop("gia đình đã ngừng nhận tin qua kênh này"),
    "no-contact": gettext_noop("số điện thoại đã được gỡ khỏi hộ"),
    "compose": gettext_noop("tin không soạn được, cần người vận hành xem lại"),
    "lease": gettext_noop("máy gửi bị ngắt giữa chừng, không rõ tin đã đi chưa"),
    "timeout": gettext_noop("nhà mạng không trả lời kịp"),
    "connection": gettext_noop("không kết nối được tới nhà mạng"),
    "garbage": gettext_noop("nhà mạng trả lời không đọc được"),
    "token": gettext_noop("phiên kết nối hết hạn, cần kết nối lại"),
    "http-429": gettext_noop("gửi nhanh hơn mức cho phép"),
}
_HTTP = gettext_noop("máy chủ nhà mạng đang trục trặc")
_OTHER = gettext_noop("nhà mạng báo lỗi %(code)s")
_SET_UP = gettext_noop("kênh gửi chưa được cài đặt xong")
#: Who must do what before a stopped gateway works again.
_ADVICE = {
    Remedy.PAY: gettext_noop("Nạp tiền vào tài khoản ở nhà cung cấp, rồi bấm “Mở lại”."),
    Remedy.CONNECT: gettext_noop("Kiểm tra và sửa thông tin ở “Tài khoản”, gửi thử, rồi bấm “Mở lại”."),
    Remedy.CALL: gettext_noop("Gọi nhà cung cấp để xử lý, rồi bấm “Mở lại”."),
}


def words(code: str, gateway: Gateway | None) -> str:
    """The words of a code that a gateway met, None: no gateway was asked. Of a code nobody foresaw, that there was an
    error, with the code for the hotline."""
    known = _code(code, gateway)
    if known is not None and known.words:
        return _(known.words)
    if ours := WORDS.get("token" if code.startswith("token") else code):
        return _(ours)
    if code.startswith("http-5"):
        return _(_HTTP)
    if _is_for_operators(code):
        return _(_SET_UP)
    return _(_OTHER) % {"code": code}


def advice(code: str, gateway: Gateway) -> str:
    """What a person can do about a gateway that stopped for this code."""
    known = _code(code, gateway)
    if code.startswith("token") or _is_for_operators(code):
        return _(_ADVICE[Remedy.CONNECT])
    return _(_ADVICE[known.remedy if known is not None else Remedy.CALL])


def _code(code: str, gateway: Gateway | None) -> Code | None:
    provider = provider_of(gateway) if gateway is not None else None
    return provider.codes.get(code) if provider is not None else None


def _is_for_operators(code: str) -> bool:
    """Whether it is no provider's code but what we say to operators: no adapter, unreadable credentials."""
    return " " in code
