"""Zalo template messages, over real HTTP: what is asked, what every answer means, tokens, webhooks."""

import json
import logging
from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from notices import adapters
from notices.adapters import http
from notices.adapters.base import (
    DeliveryEvent,
    ErrorKind,
    Message,
    RefreshFailed,
    ResponseEvent,
    SendError,
    Sent,
    WebhookRequest,
)
from notices.adapters.zalo import webhooks
from notices.adapters.zalo.adapter import ZaloTemplates
from notices.adapters.zalo.codes import CODES
from notices.sandbox.server import running
from notices.sandbox.state import Options
from tests.notices.hooks import closed_port_url, payload, refresh, send, serving

HANOI = ZoneInfo("Asia/Ho_Chi_Minh")
NOON = datetime(2026, 12, 1, 12, 0, tzinfo=HANOI)
PATHS = ["notices.adapters.zalo", "notices.adapters.esms"]
CREDENTIALS = {
    "app_id": "4300000000000000001",
    "app_secret": "app-secret",
    "oa_secret_key": "oa-secret-key",
    "access_token": "first-access",
    "refresh_token": "first-refresh",
    "expires_at": "",
    "template_id": "100001",
}
PARAMS = {
    "tieu_de": "Thông báo: Họp thôn",
    "ho": "Hộ bà Lê Thị Ngân",
    "ma": "K7M2QX",
    "duong_dan": "https://x.example/t/1",
}
MESSAGE = Message("K7M2QX-41", "+84510000001", params=PARAMS)


def zalo(base_urls, at=NOON) -> ZaloTemplates:
    return adapters.build("zalo_templates", PATHS, base_urls, clock=lambda: at)


def at_server(server, at=NOON) -> ZaloTemplates:
    return zalo({"zalo": server.url, "zalo_oauth": server.url}, at)


@pytest.fixture
def server():
    with serving() as server:
        yield server


@pytest.fixture
def box():
    with running() as box:
        registered = {key: CREDENTIALS[key] for key in ("app_id", "app_secret", "oa_secret_key")}
        tokens = {"access_token": "first-access", "refresh_token": "first-refresh", "expires_in": 90_000}
        box.register_zalo_app(**registered, **tokens)
        yield box


# --- what is asked ------------------------------------------------------------------------------------


def test_request_is_what_zalo_documents(server):
    server.body = json.dumps(payload("zalo/send_accepted.json")).encode()
    assert send(at_server(server), [MESSAGE], CREDENTIALS) == [Sent("6a1f0b2c3d4e5f60", left_today=19876)]
    path, request = server.next_with_path()
    assert (path, request.method) == ("/message/template", "POST")
    assert request.headers["access_token"] == "first-access"
    assert "authorization" not in request.headers
    assert json.loads(request.body) == {
        "phone": "84510000001",
        "template_id": "100001",
        "template_data": PARAMS,
        "tracking_id": "K7M2QX-41",
        "sending_mode": "1",
    }


def test_a_message_may_name_its_own_template(server):
    send(at_server(server), [replace(MESSAGE, template="200002")], CREDENTIALS)
    assert json.loads(server.next().body)["template_id"] == "200002"


def test_outcomes_keep_the_order_of_the_messages():
    with running(Options(no_zalo_percent=50, receipt_delay_ms=0)) as box:
        box.register_zalo_app(app_id="1", app_secret="s", oa_secret_key="k", access_token="first-access")
        messages = [Message(f"K7M2QX-{n}", f"+8451000{n:04d}", params=PARAMS) for n in range(200)]
        outcomes = send(zalo(box.base_urls), messages, CREDENTIALS)
        by_reference = {m["reference"]: m for m in box.messages()}
    assert len(outcomes) == len(by_reference) == 200
    for message, outcome in zip(messages, outcomes, strict=True):
        seen = by_reference[message.reference]
        assert seen["phone"] == message.address
        if isinstance(outcome, Sent):
            assert (seen["code"], seen["message_id"]) == ("0", outcome.external_id)
        else:
            assert (seen["code"], outcome.code) == ("-118", "-118")
    assert 60 < sum(isinstance(outcome, Sent) for outcome in outcomes) < 140


def test_an_account_just_entered_asks_for_its_first_token(server):
    [outcome] = send(at_server(server), [MESSAGE], {**CREDENTIALS, "access_token": ""})
    assert (outcome.code, outcome.kind) == ("no-token", ErrorKind.REFRESH_TOKEN)


def test_no_token_stops_the_gateway_and_asks_nobody(server):
    outcomes = send(at_server(server), [MESSAGE, MESSAGE], {**CREDENTIALS, "access_token": "", "refresh_token": ""})
    assert [(o.code, o.kind) for o in outcomes] == [("no-token", ErrorKind.STOP_GATEWAY)] * 2
    assert server.is_idle


# --- what answers mean --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (-124, ErrorKind.REFRESH_TOKEN),
        (-216, ErrorKind.REFRESH_TOKEN),
        (-220, ErrorKind.REFRESH_TOKEN),
        *[(code, ErrorKind.STOP_GATEWAY) for code in (-101, -102, -103, -104, -105, -115, -135, -136, -137, -1351)],
        *[(code, ErrorKind.STOP_GATEWAY) for code in (-219, -223, -224, -320, -321, -117, -131, -146, -248)],
        *[(code, ErrorKind.RETRY_LATER) for code in (-32, -100, -200)],
        *[(code, ErrorKind.NEXT_CHANNEL) for code in (-108, -114, -118, -119, -139, -141)],
        *[(code, ErrorKind.NEXT_CHANNEL) for code in (-213, -227, -230, -244)],
        *[(code, ErrorKind.OUR_BUG) for code in (-111, -112, -1121, -1122, -122, -130, -132)],
        *[(code, ErrorKind.WAIT_UNTIL) for code in (-133, -144, -147, -234)],
        (-9999, ErrorKind.RETRY_LATER),
        (12345, ErrorKind.RETRY_LATER),
    ],
)
def test_error_code_with_http_200(box, code, kind):
    box.set_faults(zalo={"error_code": code})
    [outcome] = send(zalo(box.base_urls), [MESSAGE], CREDENTIALS)
    assert (outcome.code, outcome.kind) == (str(code), kind)
    assert outcome.has_no_account is (code == -118)
    assert box.counts()[f"zalo:{code}"] == 1
    assert "accepted" not in box.counts()


def test_every_documented_code_has_one_meaning():
    listed = [-100, *range(-105, -100), -106, -107, -108, -109, -1091, -110, -111, -112, -1121, -1122, -1123, -1124]
    listed += [-113, -1131, -114, -115, -116, -117, -118, -119, -120, -1201, -1202, -121, -122, -123, -124, -1241, -125]
    listed += [*range(-134, -125), -135, -1351, -136, -137, -138, -1381, *range(-143, -138), -144, -1441, -145, -146]
    listed += [-147, -1471, -1472, -148, -149, -150, -1491, -151, -152, -153, -158, -159, -160, -161, -162]
    assert {str(code) for code in listed} <= set(CODES)


@pytest.mark.parametrize(
    ("code", "asked", "until"),
    [
        (-133, datetime(2026, 12, 1, 22, 30, tzinfo=HANOI), datetime(2026, 12, 2, 6, 0, tzinfo=HANOI)),
        (-133, datetime(2026, 12, 2, 1, 0, tzinfo=HANOI), datetime(2026, 12, 2, 6, 0, tzinfo=HANOI)),
        # The provider's clock is behind ours: a day's wait would lose the whole morning, or the day's quota.
        (-133, datetime(2026, 12, 2, 6, 0, tzinfo=HANOI), datetime(2026, 12, 2, 6, 5, tzinfo=HANOI)),
        (-133, datetime(2026, 12, 1, 21, 59, tzinfo=HANOI), datetime(2026, 12, 1, 22, 4, tzinfo=HANOI)),
        (-234, datetime(2026, 12, 31, 16, 59, tzinfo=UTC), datetime(2027, 1, 1, 6, 0, tzinfo=HANOI)),
        (-144, datetime(2026, 12, 1, 9, 0, tzinfo=HANOI), datetime(2026, 12, 2, 0, 5, tzinfo=HANOI)),
        (-144, datetime(2026, 12, 1, 0, 2, tzinfo=HANOI), datetime(2026, 12, 1, 0, 5, tzinfo=HANOI)),
        (-144, datetime(2026, 12, 1, 0, 5, tzinfo=HANOI), datetime(2026, 12, 2, 0, 5, tzinfo=HANOI)),
        (-147, datetime(2026, 12, 1, 17, 30, tzinfo=UTC), datetime(2026, 12, 3, 0, 5, tzinfo=HANOI)),
    ],
)
def test_waits_end_by_the_clock_of_viet_nam(box, code, asked, until):
    box.set_faults(zalo={"error_code": code})
    [outcome] = send(zalo(box.base_urls, at=asked), [MESSAGE], CREDENTIALS)
    assert (outcome.kind, outcome.until) == (ErrorKind.WAIT_UNTIL, until)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (429, ErrorKind.RETRY_LATER),
        (500, ErrorKind.RETRY_LATER),
        (503, ErrorKind.RETRY_LATER),
        (502, ErrorKind.AMBIGUOUS),
        (504, ErrorKind.AMBIGUOUS),
        (301, ErrorKind.STOP_GATEWAY),
        (401, ErrorKind.STOP_GATEWAY),
        (403, ErrorKind.STOP_GATEWAY),
        (404, ErrorKind.STOP_GATEWAY),
        (400, ErrorKind.OUR_BUG),
    ],
)
def test_http_status_other_than_200(server, status, kind):
    server.status = status
    server.headers = {"Location": "https://elsewhere.example/"} if status == 301 else {}
    [outcome] = send(at_server(server), [MESSAGE], CREDENTIALS)
    assert (outcome.code, outcome.kind) == (f"http-{status}", kind)
    server.next()
    assert server.is_idle  # asked once: a redirect is not followed with the token


@pytest.mark.parametrize("body", [b"", b"<html>Bad Gateway</html>", b"[]", b'{"message":"Success"}', b'{"error":true}'])
def test_unreadable_answer_is_ambiguous(server, body):
    server.body = body
    [outcome] = send(at_server(server), [MESSAGE], CREDENTIALS)
    assert (outcome.code, outcome.kind) == ("garbage", ErrorKind.AMBIGUOUS)


@pytest.mark.parametrize(
    ("written", "kept"), [('"a\\u0000b"', "ab"), ('"\\ud83d"', "?"), ("[1]", "[1]"), ("null", ""), ("7", "7")]
)
def test_an_odd_message_id_is_kept_as_a_database_can_hold_it(server, written, kept):
    server.body = b'{"error":0,"data":{"msg_id":%s}}' % written.encode()
    assert send(at_server(server), [MESSAGE], CREDENTIALS) == [Sent(external_id=kept)]


def test_lost_reply_is_ambiguous_and_the_message_went_out(box):
    box.set_faults(zalo={"drop_replies": True})
    [outcome] = send(zalo(box.base_urls), [MESSAGE], CREDENTIALS)
    assert (outcome.code, outcome.kind) == ("connection", ErrorKind.AMBIGUOUS)
    assert [(m["reference"], m["accepted"]) for m in box.messages()] == [("K7M2QX-41", True)]


def test_timeout_after_the_request_left_is_ambiguous_before_it_is_not(box, monkeypatch):
    monkeypatch.setattr(http, "TOTAL_SECONDS", 0.3)
    box.set_faults(zalo={"reply_latency_ms": 1500})
    second = replace(MESSAGE, reference="K7M2QX-42", address="+84510000002")
    # One connection: the second message waits for it until its time is up. On a busy machine it may get the one that
    # the first gave up in the same moment, and has left then.
    outcomes = send(zalo(box.base_urls), [MESSAGE, second], CREDENTIALS, connections=1)
    left = [m["reference"] for m in box.messages()]
    assert left in (["K7M2QX-41"], ["K7M2QX-41", "K7M2QX-42"])
    assert [(o.code, o.kind) for o in outcomes] == [
        ("timeout", ErrorKind.AMBIGUOUS),
        ("timeout", ErrorKind.RETRY_LATER if len(left) == 1 else ErrorKind.AMBIGUOUS),
    ]


def test_refused_connection_is_retried_later():
    url = closed_port_url()
    [outcome] = send(zalo({"zalo": url, "zalo_oauth": url}), [MESSAGE], CREDENTIALS)
    assert (outcome.code, outcome.kind) == ("connection", ErrorKind.RETRY_LATER)


def test_one_bad_message_does_not_touch_the_others(box):
    bad = replace(MESSAGE, params={**PARAMS, "ma": object()})
    outcomes = send(zalo(box.base_urls), [bad, MESSAGE], CREDENTIALS)
    assert isinstance(outcomes[0], SendError)
    assert isinstance(outcomes[1], Sent)


def test_no_secret_phone_or_text_in_logs_and_errors(box, server, caplog):
    caplog.set_level(logging.DEBUG)
    outcomes = []
    for faults in ({"error_code": -118}, {"http_status": 500}, {"drop_replies": True}, {"garbage": True}):
        box.set_faults(zalo=faults)
        outcomes += send(zalo(box.base_urls), [MESSAGE], CREDENTIALS)
    with pytest.raises(RefreshFailed) as failed:
        refresh(zalo(box.base_urls), {**CREDENTIALS, "refresh_token": "spent-refresh"})
    said = caplog.text + repr(outcomes) + repr(failed.value)
    for secret in ("510000001", "first-access", "spent-refresh", "app-secret", "Lê Thị Ngân", "Họp thôn"):
        assert secret not in said


# --- tokens -------------------------------------------------------------------------------------------


def test_refresh_request_is_what_zalo_documents(server):
    server.body = json.dumps(payload("zalo/token.json")).encode()
    new = refresh(at_server(server), CREDENTIALS)
    path, request = server.next_with_path()
    assert path == "/v4/oa/access_token"
    assert request.headers["content-type"] == "application/x-www-form-urlencoded"
    assert request.headers["secret_key"] == "app-secret"
    assert request.body == b"refresh_token=first-refresh&app_id=4300000000000000001&grant_type=refresh_token"
    # 90,000 s after noon in Viet Nam
    assert new == {
        **CREDENTIALS,
        "access_token": "new-access",
        "refresh_token": "new-refresh",
        "expires_at": "2026-12-02T06:00:00+00:00",
    }


def test_expired_token_is_refreshed_and_the_message_goes(box):
    registered = {key: CREDENTIALS[key] for key in ("app_id", "app_secret", "oa_secret_key")}
    box.register_zalo_app(**registered, access_token="first-access", refresh_token="first-refresh", expires_in=0)
    adapter = zalo(box.base_urls)
    [outcome] = send(adapter, [MESSAGE], CREDENTIALS)
    assert (outcome.code, outcome.kind) == ("-124", ErrorKind.REFRESH_TOKEN)
    new = refresh(adapter, CREDENTIALS)
    assert new["access_token"] != "first-access"
    assert isinstance(send(adapter, [MESSAGE], new)[0], Sent)
    assert [(m["code"], m["accepted"]) for m in box.messages()] == [("-124", False), ("0", True)]


def test_refresh_token_works_once(box):
    adapter = zalo(box.base_urls)
    new = refresh(adapter, CREDENTIALS)
    with pytest.raises(RefreshFailed) as failed:
        refresh(adapter, CREDENTIALS)
    assert (failed.value.code, failed.value.is_final) == ("-14020", True)
    assert refresh(adapter, new)["refresh_token"] not in {"first-refresh", new["refresh_token"]}


@pytest.mark.parametrize(("wrong", "code"), [({"app_secret": "x"}, "-14004"), ({"app_id": "9"}, "-14002")])
def test_wrong_application_is_final(box, wrong, code):
    with pytest.raises(RefreshFailed) as failed:
        refresh(zalo(box.base_urls), {**CREDENTIALS, **wrong})
    assert (failed.value.code, failed.value.is_final) == (code, True)


def test_an_odd_refusal_is_kept_as_a_database_can_hold_it(server):
    server.body = b'{"error":"no\\u0000pe"}'
    with pytest.raises(RefreshFailed) as failed:
        refresh(at_server(server), CREDENTIALS)
    assert (failed.value.code, failed.value.is_final) == ("nope", True)


def test_unanswered_refresh_is_not_final(box):
    box.set_faults(zalo_oauth={"http_status": 503})
    with pytest.raises(RefreshFailed) as failed:
        refresh(zalo(box.base_urls), CREDENTIALS)
    assert (failed.value.code, failed.value.is_final) == ("http-503", False)
    box.set_faults()
    assert refresh(zalo(box.base_urls), CREDENTIALS)["refresh_token"] != "first-refresh"


def test_a_life_of_unbelievable_length_loses_no_token(server):
    server.body = json.dumps({**payload("zalo/token.json"), "expires_in": "9" * 20}).encode()
    new = refresh(at_server(server), CREDENTIALS)
    assert (new["refresh_token"], new["expires_at"]) == ("new-refresh", "2026-12-01T06:00:00+00:00")


# --- webhooks -----------------------------------------------------------------------------------------

ADAPTER = zalo({"zalo": "http://z.example", "zalo_oauth": "http://o.example"})
EVENT = payload("zalo/user_received_message.json")


def signed(event, *, stamp=None, header_stamp="", key="oa-secret-key", app_id="4300000000000000001") -> WebhookRequest:
    body = json.dumps(event).encode()
    mac = webhooks.mac(app_id, body, stamp or event.get("timestamp", ""), key)
    return WebhookRequest("POST", {"x-zevent-signature": f"mac={mac}", "x-zevent-timestamp": header_stamp}, {}, body)


def test_mac_is_plain_sha256_of_the_four_joined():
    # sha256("1{}23") by coreutils' sha256sum
    assert webhooks.mac("1", b"{}", "2", "3") == "f35c28a8f0cddcabe54a0c718f4c0c7b23c3a39a26906c2c92aea5d599568f10"


def test_right_signature_is_taken():
    assert ADAPTER.verify(signed(EVENT), CREDENTIALS)
    assert ADAPTER.verify(signed(EVENT, stamp="1796000009999", header_stamp="1796000009999"), CREDENTIALS)


def test_wrong_signature_is_not():
    right = signed(EVENT)
    assert not ADAPTER.verify(signed(EVENT, key="app-secret"), CREDENTIALS)
    assert not ADAPTER.verify(signed(EVENT, app_id="1"), CREDENTIALS)
    assert not ADAPTER.verify(signed(EVENT, stamp="1796000009999", header_stamp="1"), CREDENTIALS)
    assert not ADAPTER.verify(replace(right, body=right.body.replace(b"K7M2QX-41", b"K7M2QX-42")), CREDENTIALS)
    assert not ADAPTER.verify(replace(right, headers={}), CREDENTIALS)
    assert not ADAPTER.verify(replace(right, headers={"x-zevent-signature": "mac=đ"}), CREDENTIALS)
    assert not ADAPTER.verify(right, {})
    assert not ADAPTER.verify(replace(right, body=b"[" * 100_000), CREDENTIALS)


def test_probe_is_empty():
    for body, is_probe in ((b"", True), (b"{}", True), (b" {}\n", True), (b'{"a":1}', False)):
        assert ADAPTER.is_probe(WebhookRequest("POST", {}, {}, body)) is is_probe


def test_received_message_is_a_delivery():
    [event] = ADAPTER.parse_events(signed(EVENT))
    at = datetime.fromtimestamp(1796000001.5, UTC)
    assert event == DeliveryEvent("K7M2QX-41", is_delivered=True, at=at)


def test_pressed_button_is_a_response():
    [event] = ADAPTER.parse_events(signed(payload("zalo/user_click_response_button.json")))
    at = datetime.fromtimestamp(1796000060, UTC)
    assert event == ResponseEvent("K7M2QX-41", "Tôi đã đọc", at=at)


@pytest.mark.parametrize("name", ["follow", "user_received_message_chat"])
def test_other_events_mean_nothing_here(name):
    assert ADAPTER.parse_events(signed(payload(f"zalo/{name}.json"))) == []


@pytest.mark.parametrize(
    "body", [b"x", b"[]", b"\xff", b'{"event_name":1}', b'{"event_name":"user_received_message"}', b"[" * 100_000]
)
def test_what_is_no_event_is_a_value_error(body):
    with pytest.raises(ValueError, match="Zalo event"):
        ADAPTER.parse_events(WebhookRequest("POST", {}, {}, body))


def test_strange_ids_and_times_are_bounded():
    event = {**EVENT, "message": {**EVENT["message"], "msg_id": "9" * 500, "delivery_time": "9" * 30}, "timestamp": "x"}
    [found] = ADAPTER.parse_events(signed(event))
    assert found.at is None


# --- registry -----------------------------------------------------------------------------------------


def test_adapters_are_found_by_slug():
    found = adapters.load(PATHS)
    assert {slug: provider.channel for slug, provider in found.items()} == {"zalo_templates": "ZALO", "esms": "SMS"}
    built = adapters.build("zalo_templates", PATHS, {"zalo": "", "zalo_oauth": ""})
    assert isinstance(built, ZaloTemplates)
    assert not built.removes_duplicates


@pytest.mark.parametrize(
    ("paths", "sentence"),
    [
        ([PATHS[0], PATHS[0]], "Two adapters are called 'zalo_templates'"),
        (["notices.adapters.nowhere"], "There is no provider at 'notices.adapters.nowhere'"),
        (["notices.adapters.http"], "There is no provider at"),
        (["esms"], "There is no provider at"),
    ],
)
def test_wrong_list_of_adapters_is_refused(paths, sentence):
    with pytest.raises(adapters.BadAdapter, match=sentence):
        adapters.load(paths)


def test_unknown_slug_is_refused():
    with pytest.raises(adapters.BadAdapter, match="No adapter is called 'pigeon'"):
        adapters.build("pigeon", PATHS, {})
