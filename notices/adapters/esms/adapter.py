"""The wire format of eSMS.vn: channels.md §7.1."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from aiohttp import ClientSession

from notices.adapters import http, sms
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
from notices.adapters.esms.codes import CODES


class Esms:
    """Sends customer-care SMS under a commune's brand name.

    Credentials: api_key, secret_key, brandname, callback_url (our webhook for this gateway; empty: no
    receipts). `RequestId` is our reference and is de-duplicated for 24 hours, so repeating is safe.
    """

    removes_duplicates = True

    def __init__(self, base_urls: Mapping[str, str], clock: Callable[[], datetime]) -> None:
        """Speaking to `base_urls["esms"]`. Nothing here waits for a clock."""
        self._send_url = f"{base_urls['esms']}/MainService.svc/json/SendMultipleMessage_V4_post_json/"

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
            missing = SendError("no-key", ErrorKind.STOP_GATEWAY)
            return [missing for _ in messages]
        if callback_url := credentials.get("callback_url"):
            account["CallbackUrl"] = callback_url

        async def send_one(message: Message) -> SendResult:
            body = {
                **account,
                "Phone": _national(message.address),
                "Content": message.text,
                "IsUnicode": "1" if sms.costly(message.text) else "0",
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
        if status == "5" and succeeded:
            return [DeliveryEvent(reference, is_delivered=True)]
        return [DeliveryEvent(reference, is_delivered=False, code=_short_code(query.get("error_info", ""), status))]


def _outcome(answer: Mapping[str, object]) -> SendResult:
    raw = answer.get("CodeResult")
    if not isinstance(raw, str | int) or isinstance(raw, bool) or not str(raw).isdecimal():
        return SendError("garbage", ErrorKind.AMBIGUOUS)  # no CodeResult
    code = str(raw)
    if code in {"100", "124"}:
        return Sent(external_id=http.text_of(answer.get("SMSID") or ""))
    return SendError(code, CODES[code].kind if code in CODES else ErrorKind.RETRY_LATER)


def _national(address: str) -> str:
    """+84912345678 → 0912345678."""
    return "0" + address.removeprefix("+84") if address.startswith("+84") else address


def _count(text: str | None) -> int:
    return http.whole_number_of(text, digits=6) or 0


def _short_code(error_info: str, status: str) -> str:
    """The provider's word for the failure if it is one word; never a sentence, which might quote the number."""
    return error_info if re.fullmatch(r"(?!\d{8,})[\w.-]{1,20}", error_info) else f"status-{status}"
