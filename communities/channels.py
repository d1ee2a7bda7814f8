"""The channels over which a contact can be sent a message: one row each, in the order in which they are tried.

What each needs of a contact stands here, as a condition of Django's, as SQL, and for a row in hand. A channel that is
not in the table may send to nobody. A further one needs, besides its row: a member of notices.models.Channel, its
column of consent with the forms that set it, its text in notices.writing.composing, and its place in what is counted
and shown before publishing (notices.writing.audience).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from django.db.models import Q


class HasNumber(Protocol):
    """A Contact, which stands above this module."""

    phone_kind: str


@dataclass(frozen=True)
class MessageChannel:
    """What a channel needs of a contact.

    `consent` is the column that is true while the person wants messages there. `no_account`, where a channel has one,
    holds since when a provider says that the number has no account. Landlines get no messages.
    """

    key: str
    consent: str
    no_account: str = ""
    is_card: bool = False  # carries an approved template with fields, not a text

    @property
    def reachable(self) -> Q:
        """Contacts that can be sent to."""
        able = Q(phone_kind="MOBILE") & Q(**{self.consent: True})
        return able & Q(**{f"{self.no_account}__isnull": True}) if self.no_account else able

    def reachable_sql(self, contact: str) -> str:
        """The same, of a row of communities_contact by its alias."""
        able = f"{contact}.phone_kind = 'MOBILE' AND {contact}.{self.consent}"
        return f"{able} AND {contact}.{self.no_account} IS NULL" if self.no_account else able

    def is_wanted_by(self, contact: HasNumber) -> bool:
        """Whether the person wants messages there."""
        return bool(getattr(contact, self.consent))

    def reaches(self, contact: HasNumber) -> bool:
        """Whether this contact can be sent to."""
        has_account = not self.no_account or getattr(contact, self.no_account) is None
        return contact.phone_kind == "MOBILE" and self.is_wanted_by(contact) and has_account


#: A number once refused as “no Zalo” goes to SMS.
TABLE = (
    MessageChannel(key="ZALO", consent="is_zalo_allowed", no_account="no_zalo_since", is_card=True),
    MessageChannel(key="SMS", consent="is_sms_allowed"),
)
BY_KEY: Mapping[str, MessageChannel] = {row.key: row for row in TABLE}


def position(key: str) -> int:
    """The place of a channel in the table, from 0."""
    return list(BY_KEY).index(key)


def opted_out() -> Q:
    """Contacts that want no messages over some channel."""
    refused = Q()
    for row in TABLE:
        refused |= Q(**{row.consent: False})
    return Q(phone_kind="MOBILE") & refused


def consent_sql(channel: str, contact: str) -> str:
    """Whether a contact wants messages over the channel that the column `channel` names. Both are SQL of our own."""
    cases = " ".join(f"WHEN '{row.key}' THEN {contact}.{row.consent}" for row in TABLE)
    return f"CASE {channel} {cases} ELSE false END"
