"""What Zalo calls our webhook with: signature (channels.md §6.2) and events (§6.3)."""

import hashlib
import hmac
import json
from datetime import UTC, datetime
from typing import Any

from notices.adapters import http
from notices.adapters.base import DeliveryEvent, Event, ResponseEvent, WebhookRequest


def is_probe(request: WebhookRequest) -> bool:
    """The unsigned call with which the console tries the address out; wants 200 and nothing else."""
    return request.body.strip() in {b"", b"{}"}


def is_signed(request: WebhookRequest, *, app_id: str, oa_secret_key: str) -> bool:
    """Whether `X-ZEvent-Signature` is SHA-256 over app id, raw body, timestamp and the OA secret key.

    Not an HMAC: that is how Zalo defines it. Sources differ on whether the timestamp is the body's or the
    header's, so both are tried, each in constant time.

    What is signed is joined without a mark between its parts. So that nobody who saw one call can make others of it, it
    comes apart in one way only: the timestamp is digits, the body ends with none; and what nothing signs is not there,
    a query or another method.
    """
    if not app_id or not oa_secret_key or request.method != "POST" or request.query:
        return False
    if request.body[-1:].isdigit():
        return False
    claimed = request.headers.get("x-zevent-signature", "").removeprefix("mac=").strip().lower().encode()

    def is_right(stamp: str) -> bool:
        is_moment = stamp.isascii() and stamp.isdecimal()
        return is_moment and hmac.compare_digest(mac(app_id, request.body, stamp, oa_secret_key).encode(), claimed)

    if is_right(request.headers.get("x-zevent-timestamp", "")):
        return True
    return is_right(_text(_object(request.body).get("timestamp")))


def mac(app_id: str, body: bytes, timestamp: str, oa_secret_key: str) -> str:
    """The signature of a body, in hex."""
    stamp = timestamp.encode(errors="replace")  # JSON can spell half a character
    return hashlib.sha256(app_id.encode() + body + stamp + oa_secret_key.encode()).hexdigest()


def parse_events(request: WebhookRequest) -> list[Event]:
    """Deliveries and pressed buttons of template messages; other events are known and mean nothing here.

    Raises ValueError for a body that is not a Zalo event.
    """
    body = _object(request.body)
    if not isinstance(body.get("event_name"), str):
        raise ValueError("not a Zalo event")
    name, message = body["event_name"], body.get("message")
    if name not in {"user_received_message", "user_click_response_button"}:
        return []
    if not isinstance(message, dict):
        raise ValueError("a Zalo event without its message")
    reference = _text(message.get("tracking_id"))
    if not reference:
        return []  # a chat message of the account, none of ours
    if name == "user_received_message":
        at = _moment(message.get("delivery_time")) or _moment(body.get("timestamp"))
        return [DeliveryEvent(reference, is_delivered=True, at=at)]
    at = _moment(message.get("submit_time") or body.get("timestamp"))
    return [ResponseEvent(reference, _text(message.get("data")), at=at)]


def _text(value: Any) -> str:
    """Zalo writes ids as strings, some copies of its documents as numbers."""
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""


def _moment(milliseconds: Any) -> datetime | None:
    number = http.whole_number_of(milliseconds, digits=14)
    return None if number is None else datetime.fromtimestamp(number / 1000, UTC)


def _object(body: bytes) -> dict[str, Any]:
    """The body as a JSON object; empty for anything else, however strange: it may come from anybody."""
    try:
        parsed = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return parsed if isinstance(parsed, dict) else {}
