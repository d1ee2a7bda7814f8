"""Brand-name SMS through eSMS, over real HTTP: what is asked, what every answer means, callbacks."""

import json
from dataclasses import replace

import pytest

from notices import adapters
from notices.adapters.base import DeliveryEvent, ErrorKind, Message, SendError, Sent, WebhookRequest
from notices.adapters.esms.adapter import Esms
from notices.adapters.esms.codes import CODES
from notices.sandbox.server import running
from tests.notices.hooks import closed_port_url, payload, refresh, send, serving

PATHS = ["notices.adapters.esms"]
CREDENTIALS = {
    "api_key": "api-key",
    "secret_key": "secret-key",
    "brandname": "XA HOADONG",
    "callback_url": "https://toinha.example/webhooks/abc/",
}
TEXT = "XA HOA DONG: Hop thon toi nay. Xem: https://x.example/t/1"
MESSAGE = Message("K7M2QX-42", "+84510000002", text=TEXT)


def esms(url) -> Esms:
    return adapters.build("esms", PATHS, {"esms": url})


@pytest.fixture
def server():
    with serving() as server:
        yield server


@pytest.fixture
def box():
    with running() as box:
        box.register_esms_account(api_key="api-key", secret_key="secret-key", brandname="XA HOADONG")
        yield box


def without_callback() -> dict[str, str]:
    return {**CREDENTIALS, "callback_url": ""}


# --- what is asked ------------------------------------------------------------------------------------


def test_request_is_what_esms_documents(server):
    server.body = json.dumps(payload("esms/send_accepted.json")).encode()
    assert send(esms(server.url), [MESSAGE], CREDENTIALS) == [Sent("a1b2c3d4-0001", parts=1, price=None)]
    path, request = server.next_with_path()
    assert (path, request.method) == ("/MainService.svc/json/SendMultipleMessage_V4_post_json/", "POST")
    assert json.loads(request.body) == {
        "ApiKey": "api-key",
        "SecretKey": "secret-key",
        "Brandname": "XA HOADONG",
        "SmsType": "2",
        "CallbackUrl": "https://toinha.example/webhooks/abc/",
        "Phone": "0510000002",
        "Content": TEXT,
        "IsUnicode": "0",
        "RequestId": "K7M2QX-42",
    }


def test_no_callback_is_asked_for_without_an_address(server):
    send(esms(server.url), [MESSAGE], without_callback())
    assert "CallbackUrl" not in json.loads(server.next().body)


@pytest.mark.parametrize(
    ("text", "is_unicode"),
    [
        ("Hop thon luc 19:30 [nha van hoa] ~5 phut, 20% {a} ^ | \\ €", "0"),
        ("è é ì ò ù à", "0"),
        ("Họp thôn", "1"),
        ("Hop thon – toi nay", "1"),
        ("Hop thon “toi nay”", "1"),
        ("50.000 ₫", "1"),
        ("Hop thon 🙂", "1"),
    ],
)
def test_unicode_is_asked_for_only_when_needed(server, text, is_unicode):
    send(esms(server.url), [replace(MESSAGE, text=text)], CREDENTIALS)
    assert json.loads(server.next().body)["IsUnicode"] == is_unicode


@pytest.mark.parametrize("missing", ["api_key", "secret_key", "brandname"])
def test_incomplete_account_stops_the_gateway_and_asks_nobody(server, missing):
    [outcome] = send(esms(server.url), [MESSAGE], {**CREDENTIALS, missing: ""})
    assert (outcome.code, outcome.kind) == ("no-key", ErrorKind.STOP_GATEWAY)
    assert server.is_idle


# --- what answers mean --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        *[(code, ErrorKind.STOP_GATEWAY) for code in (101, 102, 103, 104, 140)],
        *[(code, ErrorKind.NEXT_CHANNEL) for code in (99, 108, 177)],
        *[(code, ErrorKind.OUR_BUG) for code in (118, 146, 210, 300)],
        *[(code, ErrorKind.RETRY_LATER) for code in (160, 199, 555)],
    ],
)
def test_code_result(box, code, kind):
    box.set_faults(esms={"error_code": code})
    [outcome] = send(esms(f"{box.url}/esms"), [MESSAGE], without_callback())
    assert (outcome.code, outcome.kind) == (str(code), kind)
    assert box.counts()["esms_refused"] == 1
    assert "accepted" not in box.counts()


def test_every_documented_code_has_a_meaning():
    documented = "99 101 102 103 104 105 106 107 108 110 115 118 120 140 146 160 177 171 199 204 210 300 301 687"
    numbers = {code for code in CODES if code.isdecimal()}
    assert numbers == {*documented.split(), "789", "790", "791", "799", "801", "802", "851"}


def test_the_same_reference_again_counts_as_sent_and_goes_out_once(box):
    adapter = esms(f"{box.url}/esms")
    [first] = send(adapter, [MESSAGE], without_callback())
    [again] = send(adapter, [MESSAGE], without_callback())
    assert isinstance(first, Sent)
    assert again == Sent("")
    assert [(m["code"], m["accepted"], m["duplicate"]) for m in box.messages()] == [
        ("100", True, False),
        ("124", False, True),
    ]


def test_lost_reply_is_ambiguous_and_repeating_it_is_harmless(box):
    adapter = esms(f"{box.url}/esms")
    box.set_faults(esms={"drop_replies": True, "times": 1})
    [lost] = send(adapter, [MESSAGE], without_callback())
    assert (lost.code, lost.kind) == ("connection", ErrorKind.AMBIGUOUS)
    assert adapter.removes_duplicates
    [again] = send(adapter, [MESSAGE], without_callback())
    assert isinstance(again, Sent)
    assert box.counts()["esms_accepted"] == 1


@pytest.mark.parametrize(("status", "kind"), [(429, ErrorKind.RETRY_LATER), (504, ErrorKind.AMBIGUOUS)])
def test_http_status_other_than_200(box, status, kind):
    box.set_faults(esms={"http_status": status})
    [outcome] = send(esms(f"{box.url}/esms"), [MESSAGE], without_callback())
    assert (outcome.code, outcome.kind) == (f"http-{status}", kind)


def test_an_odd_message_id_is_kept_as_a_database_can_hold_it(server):
    server.body = b'{"CodeResult":"100","SMSID":"a\\u0000b\\ud83d"}'
    assert send(esms(server.url), [MESSAGE], CREDENTIALS) == [Sent("ab?")]


@pytest.mark.parametrize("body", [b"", b"<html>", b"{}", b'{"CodeResult":null}', b'{"CodeResult":"Error"}'])
def test_unreadable_answer_is_ambiguous(server, body):
    server.body = body
    [outcome] = send(esms(server.url), [MESSAGE], CREDENTIALS)
    assert (outcome.code, outcome.kind) == ("garbage", ErrorKind.AMBIGUOUS)


def test_refused_connection_is_retried_later():
    [outcome] = send(esms(closed_port_url()), [MESSAGE], CREDENTIALS)
    assert (outcome.code, outcome.kind) == ("connection", ErrorKind.RETRY_LATER)


def test_wrong_key_and_wrong_brand_name_stop_the_gateway(box):
    adapter = esms(f"{box.url}/esms")
    wrong = [{"api_key": "x"}, {"secret_key": "x"}, {"brandname": "XA KHAC"}]
    outcomes = [send(adapter, [MESSAGE], without_callback() | change)[0] for change in wrong]
    assert [(o.code, o.kind) for o in outcomes if isinstance(o, SendError)] == [
        ("101", ErrorKind.STOP_GATEWAY),
        ("101", ErrorKind.STOP_GATEWAY),
        ("104", ErrorKind.STOP_GATEWAY),
    ]


def test_empty_purse_stops_the_gateway(box):
    box.register_esms_account(api_key="api-key", secret_key="secret-key", balance=2 * 850)
    adapter, dear = esms(f"{box.url}/esms"), "Họp thôn " * 10  # 90 characters of the dear alphabet: two parts
    second = replace(MESSAGE, reference="K7M2QX-43", text=dear)
    assert isinstance(send(adapter, [second], without_callback())[0], Sent)
    [outcome] = send(adapter, [MESSAGE], without_callback())
    assert (outcome.code, outcome.kind) == ("103", ErrorKind.STOP_GATEWAY)


def test_keys_do_not_expire():
    assert refresh(esms("http://e.example"), CREDENTIALS) == CREDENTIALS


# --- callbacks ----------------------------------------------------------------------------------------

ADAPTER = esms("http://e.example")


def call(**changes: str) -> WebhookRequest:
    return WebhookRequest("GET", {}, payload("esms/callback_delivered.json") | changes, b"")


def test_success_is_a_delivery():
    assert ADAPTER.verify(call(), CREDENTIALS)
    assert ADAPTER.parse_events(call()) == [DeliveryEvent("K7M2QX-42", is_delivered=True)]


def test_failure_says_why_in_one_word():
    failed = WebhookRequest("GET", {}, payload("esms/callback_failed.json"), b"")
    expected = DeliveryEvent("K7M2QX-42", is_delivered=False, code="ABSENT_SUBSCRIBER")
    assert ADAPTER.parse_events(failed) == [expected]
    quoting = replace(failed, query={**failed.query, "error_info": "0510000002 khong lien lac duoc"})
    assert ADAPTER.parse_events(quoting)[0].code == "status-5"
    assert (
        ADAPTER.parse_events(replace(failed, query={**failed.query, "error_info": "0510000002"}))[0].code == "status-5"
    )


def test_rejected_is_a_failure():
    [event] = ADAPTER.parse_events(call(SendStatus="4", SendSuccess="0", SendFailed="0"))
    assert (event.is_delivered, event.code) == (False, "status-4")


@pytest.mark.parametrize("status", ["1", "2", "7"])
def test_under_way_is_no_event(status):
    assert ADAPTER.parse_events(call(SendStatus=status, SendSuccess="0")) == []


def test_a_stranger_without_reference_is_no_event():
    assert ADAPTER.parse_events(call(RequestId="")) == []


@pytest.mark.parametrize("query", [{}, {"SMSID": "1"}, {"SendStatus": "5"}, {"SMSID": "1", "SendStatus": "x"}])
def test_what_is_no_callback_is_a_value_error(query):
    with pytest.raises(ValueError, match="eSMS callback"):
        ADAPTER.parse_events(WebhookRequest("GET", {}, query, b""))


def test_a_call_with_nothing_is_a_probe():
    assert ADAPTER.is_probe(WebhookRequest("GET", {}, {}, b""))
    assert not ADAPTER.is_probe(call())
