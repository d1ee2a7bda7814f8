"""Notice + household + channel → what is sent: the SMS with its parts, the fields of the Zalo template.

Free text cannot be pushed through a Zalo template (parameters have approved maxima, channels.md §2.3), so
the message carries title, dates, code and link, and the household's page carries the text.
"""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import override

from communities.channels import BY_KEY
from communities.models import Household, Ward
from notices.adapters import sms
from notices.adapters.base import Message
from notices.models import CONFIRM_LABEL, Delivery, Notice, Urgency, reference
from notices.writing.plain import unaccent, visible

# Longest values Zalo accepts per kind of parameter (channels.md §2.3).
_MAX_NAME, _MAX_TITLE, _MAX_TIME = 30, 200, 20


@dataclass(frozen=True)
class Sms:
    """A text as the network counts it. `costly` are the characters that force the dear alphabet, each once."""

    text: str
    parts: int
    characters: int
    is_unicode: bool
    costly: list[str]


@dataclass(frozen=True)
class ZaloCard:
    """What the household sees in Zalo."""

    title: str
    rows: list[tuple[str, str]]
    confirm_label: str
    link_label: str


def measure_sms(text: str) -> Sms:
    """The text as the network counts it, in the cheapest alphabet that can carry it."""
    units, parts = sms.count(text)
    costly = sms.costly(text)
    return Sms(text, parts, units, bool(costly), costly)


def sms_for(notice: Notice, link: str) -> Sms:
    """The SMS of a notice: who speaks, what, until when, where to read it. Own words are kept as written, without
    what nobody sees."""
    sender = sender_line(notice.ward)
    if notice.sms_text:
        own = visible(notice.sms_text)
        said = own if sender in unaccent(own).upper() else f"{sender}: {own}"
    else:
        said = f"{sender}: {unaccent(notice.title)}."
        if notice.confirm_by:
            said += f" Han {_day(notice.confirm_by)}."
    end = "" if said.endswith((".", "!", "?")) else "."
    return measure_sms(f"{said}{end} Xem: {link}")


def moment(notice: Notice) -> str:
    """When it happens: `07:00, 05/12/2026`, a date alone without a clock, or blank."""
    if notice.happens_at is None:
        return ""
    return date_format(timezone.localtime(notice.happens_at), "H:i, d/m/Y" if notice.has_clock else "d/m/Y")


def addressee(household: Household) -> str:
    """Whom a message speaks to: “Hộ ông Nguyễn Văn Thiệp”. The register does not say who is a man."""
    words = household.head_name.split()
    middle = {word.casefold() for word in words[1:-1]}
    honorific = "bà" if "thị" in middle else "ông" if "văn" in middle else "ông/bà"
    return f"Hộ {honorific} {household.head_name}"


def zalo_card(notice: Notice, addressed_to: str) -> ZaloCard:
    """The Zalo card, as previews draw it. Households read Vietnamese whatever language the desk uses."""
    with override("vi"):
        rows = [
            (_("Gửi tới"), addressed_to),
            (_("Thời gian"), _when(notice)),
            (_("Hạn chót"), _until(notice)),
            (_("Mã"), notice.code),
        ]
        confirm = CONFIRM_LABEL if notice.is_confirmation_wanted else ""
        return ZaloCard(_zalo_title(notice), rows, confirm, _("Xem nội dung"))


def message_for(
    delivery: Delivery, *, notice: Notice, head_name: str, link: str, template: str, others: int = 0
) -> Message:
    """One delivery as its adapter takes it. `others`: further households that share the phone."""
    ours = reference(notice.code, delivery.pk)
    if not BY_KEY[delivery.channel].is_card:
        return Message(reference=ours, address=delivery.address, text=sms_for(notice, link).text)
    params = {
        "tieu_de": _zalo_title(notice),
        "ho": _shared(addressee(Household(head_name=head_name)), others),
        # An approved template wants every one of its parameters, also where a notice has nothing to say.
        "thoi_gian": _when(notice)[:_MAX_TIME],
        "han": _until(notice)[:_MAX_TIME],
        "ma": notice.code,
        "duong_dan": link,
    }
    return Message(reference=ours, address=delivery.address, template=template, params=params)


def test_message(channel: str, *, ward: Ward, address: str, template: str, at: datetime) -> Message:
    """A sample that says it is one, in the shape of a real message of the channel."""
    ours = f"TEST-{int(at.timestamp() * 1000)}"
    now = date_format(timezone.localtime(at), "H:i, d/m/Y")
    if not BY_KEY[channel].is_card:
        return Message(reference=ours, address=address, text=f"{sender_line(ward)}: Tin thu kenh SMS luc {now}.")
    params = {
        "tieu_de": "Tin thử kênh Zalo",
        "ho": ward.name[:_MAX_NAME],
        "thoi_gian": now[:_MAX_TIME],
        "han": "Không có",
        "ma": "THU",
        "duong_dan": settings.PUBLIC_BASE_URL,
    }
    return Message(reference=ours, address=address, template=template, params=params)


def _shared(addressed_to: str, others: int) -> str:
    """With how many more households the phone speaks for, whatever has to give way to it."""
    if not others:
        return addressed_to[:_MAX_NAME]
    more = f" và {others} hộ"
    return addressed_to[: _MAX_NAME - len(more)] + more


def sender_line(ward: Ward) -> str:
    """The fixed first words of every SMS of a ward: “XA HOA DONG”."""
    return unaccent(ward.name).upper()


def _zalo_title(notice: Notice) -> str:
    with override("vi"):
        word = "" if notice.urgency == Urgency.NORMAL else f" {notice.get_urgency_display().lower()}"
        return f"Thông báo{word}: {notice.title}"[:_MAX_TITLE]


def _when(notice: Notice) -> str:
    with override("vi"):
        return moment(notice) or _("Xem nội dung")


def _until(notice: Notice) -> str:
    with override("vi"):
        return _day(notice.confirm_by) if notice.confirm_by else _("Không có")


def _day(moment: datetime) -> str:
    return date_format(timezone.localtime(moment), "d/m/Y")
