"""Brand-name SMS through eSMS.vn: channels.md §7.1."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from aiohttp import ClientSession

from notices.adapters import http
from notices.adapters.base import (
    Credentials,
    DeliveryEvent,
    ErrorKind,
    Event,
    Message,
    SendError,
    SendResult,
    Sent,
    WebhookRequest,
)

# Every character an SMS of the cheap alphabet can carry (3GPP TS 23.038, basic table and extension).
_CHEAP = re.compile(
    "[@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,\\-./0-9:;<=>?¡A-ZÄÖÑÜ§¿a-zäöñüà^{}\\\\\\[~\\]|€\f]*"
)
_LATER, _NEXT, _STOP, _BUG = (
    ErrorKind.RETRY_LATER,
    ErrorKind.NEXT_CHANNEL,
    ErrorKind.STOP_GATEWAY,
    ErrorKind.OUR_BUG,
)

#: CodeResult → (kind, what it means). 100 is accepted, 124 is a RequestId of the last 24 hours again. A code
#: nobody has documented yet is RETRY_LATER: the RequestId makes repeating harmless, the engine bounds it.
CODES: dict[str, tuple[ErrorKind, str]] = {
    "99": (_NEXT, "the number is blocked at the provider"),
    "101": (_STOP, "key wrong"),
    "102": (_STOP, "no price list"),
    "103": (_STOP, "balance too low"),
    "104": (_STOP, "brand name does not exist"),
    "105": (_BUG, "message id not found"),
    "106": (_BUG, "recording does not exist"),
    "107": (_BUG, "at least 30 numbers needed"),
    "108": (_NEXT, "phone number invalid"),
    "110": (_BUG, "request data wrong"),
    "115": (_BUG, "hashed phone invalid"),
    "118": (_BUG, "message type unsupported"),
    "120": (_BUG, "too many numbers"),
    "140": (_STOP, "our address is not on the provider's list"),
    "146": (_BUG, "text fits no registered template"),
    "160": (_LATER, "request rate exceeded"),
    "171": (_BUG, "voucher code used"),
    "177": (_NEXT, "brand name not registered for this network"),
    "199": (_LATER, "the request is already being processed"),
    "204": (_STOP, "Zalo account not known to the provider"),
    "210": (_BUG, "payload does not fit"),
    "300": (_BUG, "message type missing"),
    "301": (_BUG, "service type unsupported"),
    "687": (_BUG, "more than 500 numbers"),
    "789": (_STOP, "template not set up for this account"),
    "790": (_BUG, "wrong template"),
    "791": (_BUG, "account or template id missing"),
    "799": (_STOP, "account inactive, wrong or not added"),
    "801": (_BUG, "mode 3 cannot be scheduled"),
    "802": (_STOP, "account may not use mode 3"),
    "851": (_BUG, "message id missing"),
}


class Esms:
    """Sends customer-care SMS under a commune's brand name.

    Credentials: api_key, secret_key, brandname, callback_url (our webhook for this gateway; empty: no
    receipts). `RequestId` is our reference and is de-duplicated for 24 hours, so repeating is safe.
    """

    slug = "esms"
    channel = "SMS"
    removes_duplicates = True

    def __init__(self, base_url: str) -> None:
        self._send_url = f"{base_url}/MainService.svc/json/SendMultipleMessage_V4_post_json/"

    @classmethod
    def from_settings(cls, base_urls: Mapping[str, str], clock: Callable[[], datetime]) -> Esms:
        """Speaking to `base_urls["esms"]`. Nothing here waits for a clock."""
        return cls(base_urls["esms"])

    async def send(
        self, session: ClientSession, messages: Sequence[Message], credentials: Credentials
    ) -> list[SendResult]:
        """Hand over all messages concurrently; one outcome per message, in order."""
        account = {
            "ApiKey": credentials.get("api_key", ""),
            "SecretKey": credentials.get("secret_key", ""),
            "Brandname": credentials.get("brandname", ""),
            "SmsType": "2",
        }
        if not all(account.values()):
            missing = SendError("no-key", ErrorKind.STOP_GATEWAY, "the gateway lacks its keys or brand name")
            return [missing for _ in messages]
        if callback_url := credentials.get("callback_url"):
            account["CallbackUrl"] = callback_url

        async def send_one(message: Message) -> SendResult:
            body = {
                **account,
                "Phone": _national(message.address),
                "Content": message.text,
                "IsUnicode": "0" if _CHEAP.fullmatch(message.text) else "1",
                "RequestId": message.reference,
            }
            return _outcome(await http.post_json(session, self._send_url, body))

        return await http.all_outcomes(messages, send_one)

    async def refresh(self, session: ClientSession, credentials: Credentials) -> Credentials:
        """The same: eSMS keys do not expire."""
        return credentials

    def is_probe(self, request: WebhookRequest) -> bool:
        """A call with nothing in it, for instance from a browser."""
        return not request.query

    def verify(self, request: WebhookRequest, credentials: Credentials) -> bool:
        """Always: eSMS signs nothing. What protects is the unguessable key in the webhook's path, which
        only eSMS has been told; whoever calls with it is taken for eSMS."""
        return True

    def parse_events(self, request: WebhookRequest) -> list[Event]:
        """The final state of one message, or nothing while it is under way. Raises ValueError otherwise."""
        query = request.query
        message_id, status = query.get("SMSID", ""), query.get("SendStatus", "")
        if not message_id or not status.isdecimal():
            raise ValueError("not an eSMS callback")
        reference = query.get("RequestId", "")
        succeeded, failed = _count(query.get("SendSuccess")), _count(query.get("SendFailed"))
        is_final = status == "4" or (status == "5" and (succeeded or failed))
        if not reference or not is_final:
            return []
        key = f"{message_id}:{status}:{succeeded}:{failed}"[:100]
        if status == "5" and succeeded:
            return [DeliveryEvent(key, reference, is_delivered=True)]
        return [
            DeliveryEvent(key, reference, is_delivered=False, code=_short_code(query.get("error_info", ""), status))
        ]


def _outcome(answer: Mapping[str, object]) -> SendResult:
    raw = answer.get("CodeResult")
    if not isinstance(raw, str | int) or isinstance(raw, bool) or not str(raw).isdecimal():
        return SendError("garbage", ErrorKind.AMBIGUOUS, "the answer has no CodeResult")
    code = str(raw)
    if code in {"100", "124"}:
        return Sent(external_id=http.text_of(answer.get("SMSID") or ""), is_repeat=code == "124")
    kind, meaning = CODES.get(code, (ErrorKind.RETRY_LATER, "code not documented"))
    return SendError(code, kind, meaning)


def _national(address: str) -> str:
    """+84912345678 → 0912345678."""
    return "0" + address.removeprefix("+84") if address.startswith("+84") else address


def _count(text: str | None) -> int:
    return http.whole_number_of(text, digits=6) or 0


def _short_code(error_info: str, status: str) -> str:
    """The provider's word for the failure if it is one word; never a sentence, which might quote the number."""
    return error_info if re.fullmatch(r"(?!\d{8,})[\w.-]{1,20}", error_info) else f"status-{status}"
