"""The words that mean one thing: channels, urgencies, how far a notice got and how a household confirmed."""

import secrets
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from communities import channels

#: Codes of Withheld. OVER_BUDGET ends there; after the others the household gets its next channel.
OPTED_OUT, NO_CONTACT, OVER_BUDGET, NOT_COMPOSED = "opted-out", "no-contact", "budget", "compose"
#: Of a message that went on over its next channel, since a person has to set its account going again.
ACCOUNT_STOPPED = "account"

#: The one button of a message that confirms, as the approved template has it; any other only says it was opened.
CONFIRM_LABEL = "Tôi đã đọc"

#: Letters and digits that cannot be mistaken for each other when read aloud or copied by hand.
CODE_ALPHABET = "ACDEFGHJKLMNPQRTUVWXY34679"


def new_code() -> str:
    """A notice code: six characters, printed on posters and read over the phone. Not a secret."""
    return "".join(secrets.choice(CODE_ALPHABET) for _ in range(6))


class Channel(models.TextChoices):
    """What the household sees. Messages go out by themselves; the others are carried by people."""

    ZALO = "ZALO", "Zalo"
    SMS = "SMS", "SMS"
    VISIT = "VISIT", _("Báo tận nhà")
    LOUDSPEAKER = "LOUDSPEAKER", _("Loa truyền thanh")
    GROUP = "GROUP", _("Nhóm Zalo của thôn")
    POSTER = "POSTER", _("Bảng tin")


#: Channels that gateways carry.
MESSAGES = tuple(Channel(row.key) for row in channels.TABLE)
#: Channels that people carry; a rung on them makes a VillageTask.
BY_PEOPLE = (Channel.VISIT, Channel.LOUDSPEAKER, Channel.GROUP, Channel.POSTER)


def message_choices() -> list[tuple[str, Any]]:
    """Choices of a column that holds a message's channel. Called by the models, so that a further channel is no change
    of the tables."""
    return [(channel.value, channel.label) for channel in MESSAGES]


def channel_choices() -> list[tuple[str, Any]]:
    """The same for any channel."""
    return list(Channel.choices)


class Urgency(models.TextChoices):
    """The state's own words (NĐ 30/2020/NĐ-CP Art. 8)."""

    NORMAL = "THUONG", _("Thường")
    URGENT = "KHAN", _("Khẩn")
    VERY_URGENT = "THUONG_KHAN", _("Thượng khẩn")
    FLASH = "HOA_TOC", _("Hỏa tốc")

    @property
    def rank(self) -> int:
        """0 for thường up to 3 for hỏa tốc."""
        return list(Urgency).index(self)


class Reach(models.IntegerChoices):
    """How far a notice got with one household. Only rises; see Recipient.

    Reaching the device ≠ opened ≠ confirmed. From DELIVERED up a household counts as told.
    """

    NOT_REACHED = 0, _("Chưa liên hệ được")
    SENT = 1, _("Đã gửi")
    DELIVERED = 2, _("Đã đến máy")
    SEEN = 3, _("Đã mở xem")
    CONFIRMED = 4, _("Đã xác nhận")


class ConfirmedVia(models.TextChoices):
    """How a household confirmed. The last three are recorded by staff and are counted apart."""

    LINK = "LINK", _("trên trang của hộ")
    ZALO_BUTTON = "ZALO_BUTTON", _("nút trên Zalo")
    IN_PERSON = "IN_PERSON", _("báo tại nhà")
    PHONE_CALL = "PHONE_CALL", _("gọi điện")
    MEETING = "MEETING", _("tại cuộc họp")


#: Ways a member of staff records; shown as “đã báo trực tiếp”.
STAFF_WAYS = (ConfirmedVia.IN_PERSON, ConfirmedVia.PHONE_CALL, ConfirmedVia.MEETING)
