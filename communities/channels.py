"""The channels over which a contact can be sent a message: one row each, in the order in which they are tried.

What each needs of a contact stands here, as a condition of Django's, as SQL, and for a row in hand. A channel that is
not in the table may send to nobody. A further one is a row, its name in notices.models.Channel, and an adapter.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from django.db.models import Q
from django.utils.translation import gettext_noop as _


class Addressee(Protocol):
    """A Contact, which stands above this module."""

    phone_kind: str
    refused: list[str]
    no_account: dict[str, str]


@dataclass(frozen=True)
class MessageChannel:
    """What a channel needs of a contact, and what it is called.

    `phone_kinds` are the numbers it can write to. `has_accounts`: a number may have no account there, which its
    provider tells us (Contact.no_account). `is_card`: it carries an approved template with fields, not a text.
    `is_in_parts`: a long text goes out, and is paid, in parts. `wanted` and `unwanted` are marked for translation;
    `look` is the colour it is drawn in (`k-sent` and its like in the styles).
    """

    key: str
    name: str
    wanted: str
    unwanted: str
    icon: str
    look: str
    phone_kinds: Sequence[str] = ("MOBILE",)
    has_accounts: bool = False
    is_card: bool = False
    is_in_parts: bool = False

    def reachable(self, contact: str = "") -> Q:
        """Contacts that can be sent to; of a relation named `contact__`, when given."""
        able = Q((f"{contact}phone_kind__in", self.phone_kinds)) & ~Q((f"{contact}refused__contains", [self.key]))
        return able & ~Q((f"{contact}no_account__has_key", self.key)) if self.has_accounts else able

    def reachable_sql(self, contact: str) -> str:
        """The same, of a row of communities_contact by its alias."""
        kinds = ", ".join(f"'{kind}'" for kind in self.phone_kinds)
        able = f"{contact}.phone_kind IN ({kinds}) AND NOT '{self.key}' = ANY({contact}.refused)"
        return f"{able} AND {contact}.no_account -> '{self.key}' IS NULL" if self.has_accounts else able

    def is_wanted_by(self, contact: Addressee) -> bool:
        """Whether the person wants messages there."""
        return self.key not in contact.refused

    def reaches(self, contact: Addressee) -> bool:
        """Whether this contact can be sent to."""
        has_account = not self.has_accounts or self.key not in contact.no_account
        return contact.phone_kind in self.phone_kinds and self.is_wanted_by(contact) and has_account


#: A number once refused as “no Zalo” goes to SMS.
TABLE = (
    MessageChannel(
        key="ZALO",
        name="Zalo",
        wanted=_("Nhận tin qua Zalo"),
        unwanted=_("ngừng nhận tin qua Zalo"),
        icon="message-circle",
        look="delivered",
        has_accounts=True,
        is_card=True,
    ),
    MessageChannel(
        key="SMS",
        name="SMS",
        wanted=_("Nhận tin nhắn SMS"),
        unwanted=_("ngừng nhận tin nhắn SMS"),
        icon="message",
        look="sent",
        is_in_parts=True,
    ),
)
BY_KEY: Mapping[str, MessageChannel] = {row.key: row for row in TABLE}


def position(key: str) -> int:
    """The place of a channel in the table, from 0."""
    return list(BY_KEY).index(key)


def writable() -> frozenset[str]:
    """Kinds of numbers that some channel can write to."""
    return frozenset(kind for row in TABLE for kind in row.phone_kinds)


def opted_out(contact: str = "") -> Q:
    """Contacts that want no messages over some channel; of a relation named `contact__`, when given."""
    return Q((f"{contact}phone_kind__in", sorted(writable()))) & Q((f"{contact}refused__overlap", list(BY_KEY)))


def consent_sql(channel: str, contact: str) -> str:
    """Whether a contact wants messages over the channel that the column `channel` names. Both are SQL of our own."""
    keys = ", ".join(f"'{key}'" for key in BY_KEY)
    return f"({channel} IN ({keys}) AND NOT {channel} = ANY({contact}.refused))"
