"""Zalo template messages to a phone number (ZBS, formerly ZNS): channels.md §2, tokens §5."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from aiohttp import ClientSession

from notices.adapters import http
from notices.adapters.base import (
    Credentials,
    ErrorKind,
    Event,
    Message,
    RefreshFailed,
    SendError,
    SendResult,
    Sent,
    WebhookRequest,
)
from notices.adapters.zalo import codes, webhooks


class ZaloTemplates:
    """Sends approved templates by phone number.

    Credentials: app_id, app_secret, oa_secret_key (signs webhooks; not the app secret), access_token,
    refresh_token, expires_at (ISO 8601), template_id (for messages that name none). Zalo documents no
    duplicate guard: `tracking_id` only comes back in receipts, so a lost answer stays ambiguous.
    """

    removes_duplicates = False

    def __init__(self, base_urls: Mapping[str, str], clock: Callable[[], datetime]) -> None:
        """Speaking to `base_urls["zalo"]`, tokens from `base_urls["zalo_oauth"]`."""
        self._send_url = f"{base_urls['zalo']}/message/template"
        self._token_url = f"{base_urls['zalo_oauth']}/v4/oa/access_token"
        self._clock = clock

    async def send(
        self, session: ClientSession, messages: Sequence[Message], credentials: Credentials
    ) -> list[SendResult]:
        """Hand over all messages concurrently; one outcome per message, in order."""
        token = credentials.get("access_token", "")
        if not token:
            # An account just entered has no access token yet: its refresh token brings the first one.
            can_refresh = bool(credentials.get("refresh_token"))
            kind = ErrorKind.REFRESH_TOKEN if can_refresh else ErrorKind.STOP_GATEWAY
            return [SendError("no-token", kind) for _ in messages]

        async def send_one(message: Message) -> SendResult:
            body = {
                "phone": message.address.removeprefix("+"),
                "template_id": message.template or credentials.get("template_id", ""),
                "template_data": dict(message.params),
                "tracking_id": message.reference,
                "sending_mode": "1",
            }
            answer = await http.post_json(session, self._send_url, body, {"access_token": token})
            return self._outcome(answer)

        return await http.all_outcomes(messages, send_one)

    async def refresh(self, session: ClientSession, credentials: Credentials) -> Credentials:
        """Credentials with a new pair of tokens. The refresh token given is dead afterwards: store at once.

        Raises RefreshFailed: final when Zalo refuses, not final when nobody answered. After a lost answer
        the old refresh token may be spent; asking again shows it.
        """
        form = {
            "refresh_token": credentials.get("refresh_token", ""),
            "app_id": credentials.get("app_id", ""),
            "grant_type": "refresh_token",
        }
        headers = {"secret_key": credentials.get("app_secret", "")}
        try:
            answer = await http.post_form(session, self._token_url, form, headers)
        except http.Unanswered as unanswered:
            raise RefreshFailed(unanswered.outcome.code, is_final=False) from None
        access, following = answer.get("access_token"), answer.get("refresh_token")
        if not (isinstance(access, str) and access and isinstance(following, str) and following):
            code = answer.get("error")
            raise RefreshFailed(http.text_of(code) if isinstance(code, int | str) else "no-token", is_final=True)
        expires_at = self._clock().astimezone(UTC) + timedelta(seconds=_seconds(answer.get("expires_in")))
        return {
            **credentials,
            "access_token": access,
            "refresh_token": following,
            "expires_at": expires_at.isoformat(timespec="seconds"),
        }

    def is_probe(self, request: WebhookRequest) -> bool:
        """The console's unsigned call when the address is saved: answer 200, store nothing."""
        return webhooks.is_probe(request)

    def verify(self, request: WebhookRequest, credentials: Credentials) -> bool:
        """Whether the call carries Zalo's signature for this application, in constant time."""
        return webhooks.is_signed(
            request, app_id=credentials.get("app_id", ""), oa_secret_key=credentials.get("oa_secret_key", "")
        )

    def parse_events(self, request: WebhookRequest) -> list[Event]:
        """Deliveries and pressed buttons. Raises ValueError for a body that is not a Zalo event."""
        return webhooks.parse_events(request)

    def _outcome(self, answer: Mapping[str, object]) -> SendResult:
        code = answer.get("error")
        digits = "" if isinstance(code, bool) else str(code).removeprefix("-")
        if not (digits.isascii() and digits.isdecimal() and len(digits) <= 9):
            return SendError("garbage", ErrorKind.AMBIGUOUS)  # no error code
        if int(digits) != 0:
            return codes.send_error(str(int(str(code))), self._clock())
        data = answer.get("data")
        if not isinstance(data, dict):
            return Sent(external_id="")
        quota = data.get("quota")
        left = quota.get("remainingQuota") if isinstance(quota, dict) else None
        return Sent(
            external_id=http.text_of(data.get("msg_id") or ""),
            left_today=http.whole_number_of(left, digits=9),
        )


def _seconds(expires_in: object) -> int:
    """Zalo writes the life of a token as a string. Without a readable one: an hour, the shortest ever seen."""
    seconds = http.whole_number_of(expires_in, digits=9)
    return 3600 if seconds is None else seconds
