"""What an author writes of a notice, once: the form, its mistakes and the notice in a file all read this table."""

from dataclasses import dataclass
from datetime import time
from enum import Enum, auto
from typing import Any

from django.utils.translation import gettext_lazy as _


class Kind(Enum):
    """How a field is read."""

    LINE = auto()
    TEXT = auto()  # of several paragraphs
    MOMENT = auto()
    FLAG = auto()
    CHOICE = auto()  # by rules of its own


@dataclass(frozen=True, slots=True)
class WrittenField:
    """A field of Notice and of its form; `key` is what a file calls it."""

    name: str
    key: str
    kind: Kind
    label: Any = ""  # what a mistake in it is called; blank where none can be made
    clock: time = time(0, 0)  # what a date alone means


_END_OF_DAY = time(23, 59)

#: In the order of the page.
FIELDS = (
    WrittenField("title", "title", Kind.LINE, _("tiêu đề")),
    WrittenField("body", "body", Kind.TEXT, _("nội dung")),
    WrittenField("happens_at", "when", Kind.MOMENT, _("thời gian")),
    WrittenField("place", "place", Kind.LINE, _("địa điểm")),
    WrittenField("contact", "contact", Kind.LINE, _("đầu mối liên hệ")),
    WrittenField("villages", "villages", Kind.CHOICE, _("nơi nhận")),
    WrittenField("urgency", "urgency", Kind.CHOICE, _("độ khẩn")),
    WrittenField("valid_until", "valid_until", Kind.MOMENT, _("có hiệu lực đến"), _END_OF_DAY),
    WrittenField("is_confirmation_wanted", "requires_ack", Kind.FLAG),
    WrittenField("confirm_by", "deadline", Kind.MOMENT, _("hạn xác nhận"), _END_OF_DAY),
    WrittenField("sms_text", "sms", Kind.LINE, _("lời SMS")),
    WrittenField("is_for_evening", "evening", Kind.FLAG),
)


def names_of(*kinds: Kind) -> list[str]:
    """The names of the fields of some kinds."""
    return [field.name for field in FIELDS if field.kind in kinds]
