"""The text of a notice as a household reads it."""

import re
from dataclasses import dataclass
from typing import Any

from communities.models import Household
from notices.models import Notice, Urgency
from notices.writing import composing

_PHONE = re.compile(r"(?<!\d)(?:\+84|0)(?:[ .]?\d){8,10}(?!\d)")
_ITEM = re.compile(r"\s*(?:[-–•*+]|\d{1,2}[.)])\s+")


@dataclass(frozen=True)
class Phone:
    """A phone inside a line of text, which the page makes a link of."""

    before: str
    shown: str
    digits: str
    after: str


@dataclass(frozen=True)
class Block:
    """A paragraph, or a list: `kind` is "p", "ul" or "ol"."""

    kind: str
    lines: list[str]


def phone_in(text: str) -> Phone | None:
    """The first phone number of a text, with what stands around it. Its groups stay on one line."""
    found = _PHONE.search(text)
    if found is None:
        return None
    return Phone(text[: found.start()], _on_one_line(found), re.sub(r"[ .]", "", found.group()), text[found.end() :])


def _on_one_line(phone: re.Match[str]) -> str:
    return phone.group().replace(" ", "\N{NO-BREAK SPACE}")


def blocks_of(text: str) -> list[Block]:
    """A notice's plain text as paragraphs (parted by an empty line) and lists (every line starts with - or 1.)."""
    blocks = []
    for part in re.split(r"\n\s*\n", text.replace("\r\n", "\n").strip()):
        # A list may follow its introducing sentence without an empty line between them.
        run: list[str] = []
        kind = "p"
        for line in part.split("\n"):
            mark = _ITEM.match(line)
            now = "p" if mark is None else "ol" if mark.group().strip()[0].isdigit() else "ul"
            if now != kind and run:
                blocks.append(Block(kind, run))
                run = []
            kind = now
            run.append(_PHONE.sub(_on_one_line, line[mark.end() :] if mark else line).strip())
        blocks.append(Block(kind, run))
    return blocks


def lower_first(text: str) -> str:
    """With a small first letter, to stand inside a sentence: Thôn Đông Phú → thôn Đông Phú."""
    return text[:1].lower() + text[1:]


def letter(notice: Notice, household: Household) -> dict[str, Any]:
    """What the page needs to show a notice to a household; previews of a draft use it too."""
    return {
        "notice": notice,
        "ward": notice.ward,
        "addressee": greeting(household),
        "village_name": lower_first(household.village.name),
        "blocks": blocks_of(notice.body),
        "contact_phone": phone_in(notice.contact),
        "office_phone": phone_in(notice.ward.phone),
        "is_flash": notice.urgency == Urgency.FLASH,
    }


def greeting(household: Household) -> str:
    """Whom the letter is for, by given name only: “hộ bà Thúy”. The link may be passed on, also outside the house."""
    honorific = lower_first(composing.addressee(household).removesuffix(household.head_name).strip())
    return f"{honorific} {household.head_name.split()[-1]}"
