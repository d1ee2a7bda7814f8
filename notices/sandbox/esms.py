"""eSMS as seen from outside: brand-name SMS, duplicates removed by RequestId, unsigned callbacks."""

import json
from typing import Any

from aiohttp import web

from notices.sandbox import people, replies
from notices.sandbox.receipts import OUTBOX, Call
from notices.sandbox.state import SANDBOX, EsmsAccount, Received, Sandbox

PRICE = 850  # đồng per part
DOUBLE = "\f^{}\\[~]|€"  # two units each in the cheap alphabet
TELCOS = {"3": "1", "8": "3", "7": "2", "5": "4", "9": "2"}  # by the digit after 0; only for show

MESSAGES = {
    "101": "Authorize Failed",
    "103": "Balance not enough",
    "104": "Brandname not exist or not active",
    "108": "Phone number invalid",
    "118": "Sms type is not valid",
    "124": "RequestId is duplicated",
    "210": "Data invalid",
}


async def send_sms(request: web.Request) -> web.Response:
    """POST SendMultipleMessage_V4_post_json/. 100 is accepted, everything else is not."""
    sandbox = request.app[SANDBOX]
    try:
        body = json.loads(await request.read())
    except ValueError:
        body = None
    if not isinstance(body, dict):
        return _error("210")
    fault = sandbox.fault("esms", str(body.get("ApiKey", "")))
    await replies.before(sandbox, fault)
    account = sandbox.accounts.get(str(body.get("ApiKey", "")))
    code, status = _judge(sandbox, account, body), None
    if fault and fault.http_status:
        code, status = f"http-{fault.http_status}", fault.http_status
    elif fault and fault.error_code is not None:
        code = str(fault.error_code)
    received = _record(sandbox, body, code)
    if status:
        return web.Response(status=status, text="")
    if code != "100":
        return await replies.after(request, fault, _error(code))
    if account and account.balance is not None:
        account.balance -= PRICE * parts(body)
    callback_url = body.get("CallbackUrl")
    if isinstance(callback_url, str) and callback_url.startswith(("http://", "https://")):
        call = Call(url=callback_url, query=_query(received, body), received=received)
        request.app[OUTBOX].put(call, people.patience(received.phone))
    answer = {"CodeResult": "100", "CountRegenerate": 0, "SMSID": received.message_id}
    return await replies.after(request, fault, replies.as_json(answer))


def parts(body: dict[str, Any]) -> int:
    """How many SMS the text takes, the way the provider bills.

    Counted apart from the portal's own count, as a real provider does: one that is wrong is found out by the other.
    """
    content, is_dear = str(body.get("Content", "")), body.get("IsUnicode") == "1"
    alone, joined = (70, 67) if is_dear else (160, 153)
    room, number = joined, 1
    for character in content:
        units = len(character.encode("utf-16-be", "replace")) // 2 if is_dear else 1 + (character in DOUBLE)
        alone -= units
        if units > room:  # a character goes whole into the next part
            room, number = joined, number + 1
        room -= units
    return 1 if alone >= 0 else number


def _judge(sandbox: Sandbox, account: EsmsAccount | None, body: dict[str, Any]) -> str:
    needed = ("ApiKey", "SecretKey", "Content", "Phone", "Brandname", "SmsType")
    if not all(isinstance(body.get(name), str) and body[name] for name in needed):
        return "101" if not body.get("ApiKey") or not body.get("SecretKey") else "210"
    # Before any account is registered, whoever has keys is let in.
    if sandbox.accounts and (account is None or account.secret_key != body["SecretKey"]):
        return "101"
    if account and account.brandname and account.brandname != body["Brandname"]:
        return "104"
    if body["SmsType"] != "2":
        return "118"
    if people.e164(body["Phone"]) is None:
        return "108"
    reference = body.get("RequestId", "")
    if not isinstance(reference, str) or len(reference) > 50:
        return "210"
    if reference and sandbox.book.earlier("esms", reference) is not None:
        return "124"
    if account and account.balance is not None and account.balance < PRICE * parts(body):
        return "103"
    return "100"


def _record(sandbox: Sandbox, body: dict[str, Any], code: str) -> Received:
    phone = str(body.get("Phone", ""))
    phone = people.e164(phone) or phone[:20]
    accepted = code == "100"
    return sandbox.book.record(
        provider="esms",
        phone=phone,
        reference=str(body.get("RequestId", "")),
        code=code,
        accepted=accepted,
        message_id=sandbox.new_message_id() if accepted else "",
        sender=str(body.get("Brandname", "")),
        content=str(body.get("Content", "")),
        is_off=accepted and people.is_off(phone, sandbox.options.fail_percent),
    )


def _query(received: Received, body: dict[str, Any]) -> dict[str, str]:
    is_delivered = not received.is_off
    return {
        "SMSID": received.message_id,
        "SendFailed": "0" if is_delivered else "1",
        "SendStatus": "5",
        "SendSuccess": "1" if is_delivered else "0",
        "TotalPrice": str(PRICE * parts(body) if is_delivered else 0),
        "TotalReceiver": "1",
        "TotalSent": "1",
        "RequestId": received.reference,
        "TypeId": "2",
        "telcoid": TELCOS.get(received.phone[3:4], "1"),
        "phonenumber": "0" + received.phone[3:],
        "partnerids": "",
        "error_info": "" if is_delivered else "ABSENT_SUBSCRIBER",
    }


def _error(code: str) -> web.Response:
    # A duplicate is refused without the first one's SMSID, as the documents show it.
    return replies.as_json({"CodeResult": code, "ErrorMessage": MESSAGES.get(code, "Error")})
