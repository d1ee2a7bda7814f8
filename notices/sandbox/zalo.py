"""Zalo as seen from outside: template messages by phone, tokens, signed webhooks."""

import hashlib
import json
import secrets
from datetime import datetime, timedelta
from typing import Any

from aiohttp import web

from notices.sandbox import people, replies
from notices.sandbox.control import switch
from notices.sandbox.receipts import OUTBOX, Call
from notices.sandbox.state import SANDBOX, Received, Sandbox, ZaloApp, now

MAX_PARAM = 200  # the widest parameter type of a template
MAX_TRACKING_ID = 48

MESSAGES = {
    -108: "Phone number is invalid",
    -109: "Template ID is invalid",
    -111: "Template data is empty",
    -112: "Template data is invalid",
    -1121: "Template data is too long",
    -1122: "Template data is missing a parameter",
    -118: "Zalo account not existed",
    -122: "Body is not JSON",
    -124: "Access token is invalid",
    -132: "Parameter is invalid",
    -144: "OA has reached its daily quota",
    -161: "sending_mode is invalid",
}


async def send_template(request: web.Request) -> web.Response:
    """POST /message/template. Business errors come with HTTP 200, as Zalo's do."""
    sandbox = request.app[SANDBOX]
    try:
        body = json.loads(await request.read())
    except ValueError:
        body = None
    if not isinstance(body, dict):
        return _error(-122)
    app = sandbox.app_of(request.headers.get("access_token", ""))
    fault = sandbox.fault("zalo", app.app_id if app else "")
    await replies.before(sandbox, fault)
    code, status = _judge(sandbox, app, body), None
    if fault and fault.http_status:
        code, status = None, fault.http_status
    elif fault and fault.error_code is not None:
        code = fault.error_code
    received = _record(sandbox, app, body, code, status)
    if status:
        return web.Response(status=status, text="")
    if code or app is None:
        return await replies.after(request, fault, _error(code or -124))
    app.sent_today += 1
    if not received.is_off and app.webhook_url:
        request.app[OUTBOX].put(_delivered(sandbox, app, received), people.patience(received.phone))
    left = app.left_today()
    answer = {
        "error": 0,
        "message": "Success",
        "data": {
            "msg_id": received.message_id,
            "sent_time": str(_milliseconds(received.at)),
            "sending_mode": "1",
            "quota": {
                "dailyQuota": str(app.daily_quota or 1_000_000),
                "remainingQuota": str(left if left is not None else 1_000_000),
            },
        },
    }
    return await replies.after(request, fault, replies.as_json(answer))


async def access_token(request: web.Request) -> web.Response:
    """POST /v4/oa/access_token, by refresh token: each works once."""
    sandbox = request.app[SANDBOX]
    fault = sandbox.fault("zalo_oauth")
    await replies.before(sandbox, fault)
    if fault and fault.http_status:
        return web.Response(status=fault.http_status, text="")
    form = await request.post()
    app = sandbox.apps.get(str(form.get("app_id", "")))
    if app is None:
        return _oauth_error(-14002, "Invalid app id")
    if not secrets.compare_digest(app.app_secret.encode(), request.headers.get("secret_key", "").encode()):
        return _oauth_error(-14004, "Invalid secret key")
    if form.get("grant_type") != "refresh_token":
        return _oauth_error(-14001, "Invalid grant type")
    if not app.refresh_token or form.get("refresh_token") != app.refresh_token:
        return _oauth_error(-14020, "Invalid refresh token")
    app.access_token, app.refresh_token = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
    app.expires_at = now() + timedelta(seconds=app.token_seconds)
    sandbox.book.changed("tokens_refreshed")
    answer = {
        "access_token": app.access_token,
        "refresh_token": app.refresh_token,
        "expires_in": str(app.token_seconds),
    }
    return await replies.after(request, fault, replies.as_json(answer))


@switch
async def press(request: web.Request, given: dict[str, Any]) -> web.Response:
    """POST /phones/press, by id or reference: a household presses the answer button; Zalo calls the webhook."""
    sandbox = request.app[SANDBOX]
    received = sandbox.book.find(id=given.get("id"), reference=str(given.get("reference", "")))
    app = sandbox.apps.get(received.app_id) if received else None
    if received is None or app is None or not received.accepted:
        return replies.as_json({"ok": False, "reason": "unknown"}, 404)
    if not app.webhook_url:
        return replies.as_json({"ok": False, "reason": "no webhook"}, 409)
    at = now()
    event = {
        "event_name": "user_click_response_button",
        "message": {
            "submit_time": str(_milliseconds(at)),
            "button_type": "response",
            "data": app.response_label,
            "tracking_id": received.reference,
        },
        "msg_id": received.message_id,
        "app_id": app.app_id,
        "oa_id": app.oa_id,
        "timestamp": str(_milliseconds(at)),
    }
    error = await request.app[OUTBOX].call(_signed(sandbox, app, event))
    if error:
        return replies.as_json({"ok": False, "reason": error}, 502)
    if received.pressed_at is None:
        received.pressed_at = at
        sandbox.book.changed("pressed")
    return replies.as_json({"ok": True, "pressed_at": received.pressed_at.isoformat(timespec="milliseconds")})


def sign(app_id: str, body: bytes, timestamp: str, oa_secret_key: str) -> str:
    """The `mac` of a webhook: SHA-256 of the four joined, in hex."""
    return hashlib.sha256(b"".join([app_id.encode(), body, timestamp.encode(), oa_secret_key.encode()])).hexdigest()


def _judge(sandbox: Sandbox, app: ZaloApp | None, body: dict[str, Any]) -> int | None:
    """The error code Zalo would answer, None when it accepts."""
    if app is None:
        return -124
    phone, data, reference = body.get("phone"), body.get("template_data"), body.get("tracking_id")
    if not isinstance(phone, str) or phone.startswith("0") or people.e164(phone) is None:
        return -108
    template_id = body.get("template_id")
    if (
        not isinstance(template_id, str)
        or not template_id
        or (app.template_ids and template_id not in app.template_ids)
    ):
        return -109
    if not data:
        return -111
    if not isinstance(data, dict) or not all(isinstance(value, str) for value in data.values()):
        return -112
    if not all(data.values()) or not set(app.params) <= set(data):
        return -1122
    if any(len(value) > app.params.get(name, MAX_PARAM) for name, value in data.items()):
        return -1121
    if not isinstance(reference, str) or not 0 < len(reference) <= MAX_TRACKING_ID:
        return -132
    if body.get("sending_mode", "1") != "1":
        return -161
    if app.left_today() == 0:
        return -144
    if not people.has_zalo(phone, sandbox.options.no_zalo_percent):
        return -118
    return None


def _record(
    sandbox: Sandbox, app: ZaloApp | None, body: dict[str, Any], code: int | None, status: int | None
) -> Received:
    phone, data = str(body.get("phone", "")), body.get("template_data")
    accepted = code is None and status is None
    phone = people.e164(phone) or phone[:20]
    return sandbox.book.record(
        provider="zalo",
        phone=phone,
        reference=str(body.get("tracking_id", "")),
        code=f"http-{status}" if status else str(code or 0),
        accepted=accepted,
        message_id=sandbox.new_message_id() if accepted else "",
        sender=app.name if app else "",
        template_data={str(k): str(v) for k, v in data.items()} if isinstance(data, dict) else {},
        app_id=app.app_id if app else "",
        is_off=accepted and people.is_off(phone, sandbox.options.fail_percent),
    )


def _delivered(sandbox: Sandbox, app: ZaloApp, received: Received) -> Call:
    # The event is made when it is due: its times are those of the delivery, not of the request.
    def prepare() -> Call:
        at = str(_milliseconds(now()))
        event = {
            "sender": {"id": app.oa_id},
            "recipient": {"id": received.phone.removeprefix("+")},
            "event_name": "user_received_message",
            "message": {"delivery_time": at, "msg_id": received.message_id, "tracking_id": received.reference},
            "app_id": app.app_id,
            "timestamp": at,
        }
        return _signed(sandbox, app, event)

    return Call(prepare=prepare, received=received)


def _signed(sandbox: Sandbox, app: ZaloApp, event: dict[str, Any]) -> Call:
    body = json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode()
    mac = sign(app.app_id, body, event["timestamp"], app.oa_secret_key)
    if sandbox.receipt_faults.wrong_mac:
        mac = mac[::-1]
    headers = {
        "Content-Type": "application/json",
        "X-ZEvent-Signature": f"mac={mac}",
        "X-ZEvent-Timestamp": event["timestamp"],
        "X-ZEvent-Server": "ZNS",
    }
    return Call(method="POST", url=app.webhook_url, body=body, headers=headers)


def _milliseconds(at: datetime) -> int:
    return int(at.timestamp() * 1000)


def _error(code: int) -> web.Response:
    return replies.as_json({"error": code, "message": MESSAGES.get(code, "Error")})


def _oauth_error(code: int, description: str) -> web.Response:
    return replies.as_json({"error": code, "error_name": description, "error_description": description})
