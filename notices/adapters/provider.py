"""What a provider's folder says of itself: what settings, forms and people need besides the adapter."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from notices.adapters.base import ErrorKind


class Remedy(StrEnum):
    """Who must do what before a stopped gateway works again."""

    PAY = "PAY"  # put money into the account at the provider
    CONNECT = "CONNECT"  # enter the account again, in the portal
    CALL = "CALL"  # settle it with the provider


@dataclass(frozen=True, slots=True)
class Code:
    """One of a provider's codes: what the engine does about it, how people read it, and who can mend it.

    `words` are the middle of a sentence, small first letter, marked for translation: “lỗi gần nhất 09:12: hết hạn
    mức”. Blank for codes a commune can do nothing with: people read the code itself, for the provider's hotline.
    """

    kind: ErrorKind
    words: str = ""
    remedy: Remedy = Remedy.CALL


@dataclass(frozen=True, slots=True)
class Credential:
    """One field of an account, as a person types it. Label and hint are marked for translation.

    A secret is never shown again after it was typed. Three keys mean something to the engine: `access_token` (replaced
    by `refresh` when the provider refuses it), `template_id` (of the messages that name no template), `callback_url`
    (our webhook, which is added when sending).
    """

    key: str
    label: str
    hint: str = ""
    is_secret: bool = False
    is_required: bool = True


@dataclass(frozen=True, slots=True)
class Provider:
    """One way to send: an account at a company, over one channel.

    `slug` is stored in Gateway.adapter. `adapter` is the class, by dotted path, so that a process which sends nothing
    does not load what sending needs. `addresses` are the hosts it speaks to, by a name that also names the setting
    which replaces one (`esms`: ESMS_BASE_URL) and the place in the sandbox (/esms). `codes` are the provider's own,
    from answers and receipts. `issued` are credentials that the provider hands out and `refresh` replaces; what a
    person types takes their place. `webhook_help` says where at the provider our webhook's address is entered; blank
    where it goes along with every message.
    """

    slug: str
    name: str
    about: str
    channel: str
    adapter: str
    addresses: Mapping[str, str]
    credentials: tuple[Credential, ...]
    codes: Mapping[str, Code]
    issued: tuple[str, ...] = field(default=())
    is_priced_by_part: bool = False
    webhook_help: str = ""
