"""The sandbox keeps the promises tests and demos build on: it answers, signs, counts and calls back like the real."""

import json
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from notices import adapters
from notices.adapters.base import DeliveryEvent, Message, ResponseEvent, Sent
from notices.gateways import credentials
from notices.management.commands.sandbox import Command
from notices.models import Gateway
from notices.sandbox import people, state
from notices.sandbox.client import SandboxClient
from notices.sandbox.server import create_app, running
from notices.sandbox.spare import SPARE
from notices.sandbox.state import BadControl, Book, Faults, Options
from tests.notices.hooks import payload, send, serving

PATHS = ["notices.adapters.zalo", "notices.adapters.esms"]
ZALO = {"app_id": "43", "app_secret": "s", "oa_secret_key": "k", "access_token": "t", "template_id": "100001"}
ESMS = {"api_key": "a", "secret_key": "b", "brandname": "XA HOADONG"}
PARAMS = {
    "tieu_de": "Thông báo: Họp thôn",
    "ho": "Hộ bà Lê Thị Ngân",
    "ma": "K7M2QX",
    "duong_dan": "https://x.example/t/1",
}


@pytest.fixture
def hook():
    with serving() as hook:
        yield hook


@pytest.fixture
def box(hook):
    with running() as box:
        connect(box, hook)
        yield box


def connect(box: SandboxClient, hook, **fields) -> None:
    account = {key: ZALO[key] for key in ("app_id", "app_secret", "oa_secret_key", "access_token")}
    box.register_zalo_app(**account, webhook_url=f"{hook.url}/webhooks/zalo/", **fields)


def zalo(box):
    return adapters.build("zalo_templates", PATHS, box.base_urls)


def esms(box):
    return adapters.build("esms", PATHS, box.base_urls)


def card(number: int = 1, phone: str = "+84510000001", **params: str) -> Message:
    return Message(f"K7M2QX-{number}", phone, params=PARAMS | params)


def sms(number: int = 1, phone: str = "+84510000001") -> Message:
    return Message(f"K7M2QX-{number}", phone, text="XA HOA DONG: Hop thon")


def raw(box, body: dict, token: str = "t") -> dict:
    headers = {"access_token": token, "Content-Type": "application/json"}
    with urlopen(Request(f"{box.url}/zalo/message/template", json.dumps(body).encode(), headers), timeout=5) as answer:
        assert answer.status == 200
        return json.load(answer)


def body(**changes) -> dict:
    usual = {"phone": "84510000001", "template_id": "1", "template_data": {"ma": "K"}, "tracking_id": "r-1"}
    return usual | {"sending_mode": "1"} | changes


# --- Zalo ---------------------------------------------------------------------------------------------


def test_zalo_answers_in_the_recorded_shapes(box):
    accepted = raw(box, body())
    assert shape(accepted) == shape(payload("zalo/send_accepted.json"))
    assert raw(box, body(), token="x")["error"] == -124
    box.set_faults(zalo={"error_code": -118})
    assert raw(box, body()) == payload("zalo/send_no_account.json")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"phone": "0510000001"}, -108),
        ({"phone": "84123"}, -108),
        ({"phone": None}, -108),
        ({"template_id": ""}, -109),
        ({"template_data": {}}, -111),
        ({"template_data": {"ma": 1}}, -112),
        ({"template_data": {"ma": ""}}, -1122),
        ({"template_data": {"ma": "x" * 201}}, -1121),
        ({"tracking_id": ""}, -132),
        ({"tracking_id": "x" * 49}, -132),
        ({"sending_mode": "3"}, -161),
    ],
)
def test_zalo_refuses_what_it_documents(box, hook, changes, code):
    assert raw(box, body(**changes))["error"] == code
    assert box.counts() == {"received": 1, "refused": 1, "zalo_received": 1, "zalo_refused": 1, f"zalo:{code}": 1}


def test_a_templates_own_parameters_are_enforced(box, hook):
    connect(box, hook, template_ids=["100001"], params={"ma": 6, "ho": 30})
    assert raw(box, body())["error"] == -109
    assert raw(box, body(template_id="100001"))["error"] == -1122
    assert raw(box, body(template_id="100001", template_data={"ma": "K7M2QXX", "ho": "A"}))["error"] == -1121
    assert raw(box, body(template_id="100001", template_data={"ma": "K7M2QX", "ho": "A"}))["error"] == 0


def test_zalo_does_not_remove_duplicates(box):
    assert [type(o) for o in send(zalo(box), [card()], ZALO) + send(zalo(box), [card()], ZALO)] == [Sent, Sent]
    assert [(m["accepted"], m["duplicate"]) for m in box.messages()] == [(True, False), (True, True)]
    assert box.counts()["duplicates"] == 1


def test_daily_quota_ends(box, hook):
    connect(box, hook, daily_quota=2)
    answers = [raw(box, body(tracking_id=f"r-{n}")) for n in range(3)]
    assert [answer["error"] for answer in answers] == [0, 0, -144]
    assert [answer["data"]["quota"] for answer in answers[:2]] == [
        {"dailyQuota": "2", "remainingQuota": "1"},
        {"dailyQuota": "2", "remainingQuota": "0"},
    ]


def test_numbers_without_zalo_can_be_foretold():
    phones = [f"+8451{n:07d}" for n in range(2000)]
    without = [phone for phone in phones if not people.has_zalo(phone, 8)]
    assert 120 < len(without) < 200
    assert all(people.has_zalo(phone, 0) and not people.has_zalo(phone, 100) for phone in phones)
    assert set(without) <= {phone for phone in phones if not people.has_zalo(phone, 20)}
    with running(Options(no_zalo_percent=8)) as box, serving() as hook:
        connect(box, hook)
        messages = [card(n, phone) for n, phone in enumerate(phones[:300])]
        outcomes = send(zalo(box), messages, ZALO)
    assert [isinstance(outcome, Sent) for outcome in outcomes] == [people.has_zalo(m.address, 8) for m in messages]


# --- receipts -----------------------------------------------------------------------------------------


def test_delivery_is_reported_signed(box, hook):
    send(zalo(box), [card(41)], ZALO)
    path, request = hook.next_with_path()
    assert path == "/webhooks/zalo/"
    assert shape(json.loads(request.body)) == shape(payload("zalo/user_received_message.json"))
    assert request.headers["x-zevent-timestamp"] == json.loads(request.body)["timestamp"]
    assert zalo(box).verify(request, ZALO)
    assert not zalo(box).verify(request, {**ZALO, "oa_secret_key": "x"})
    [event] = zalo(box).parse_events(request)
    assert event == DeliveryEvent("K7M2QX-41", is_delivered=True, at=event.at)
    box.wait_for(delivered=1)
    assert box.messages()[0]["delivered_at"] is not None


def test_pressed_button_is_reported_signed(box, hook):
    send(zalo(box), [card(41)], ZALO)
    hook.next()
    assert box.press(reference="K7M2QX-41")
    request = hook.next()
    assert shape(json.loads(request.body)) == shape(payload("zalo/user_click_response_button.json"))
    assert zalo(box).verify(request, ZALO)
    [event] = zalo(box).parse_events(request)
    assert event == ResponseEvent("K7M2QX-41", "Tôi đã đọc", at=event.at)
    assert box.messages()[0]["pressed_at"] is not None
    assert box.counts()["pressed"] == 1


def test_press_tells_when_nobody_listened(box, hook):
    send(zalo(box), [card(41)], ZALO)
    hook.status = 403
    assert not box.press(reference="K7M2QX-41")
    assert not box.press(reference="K7M2QX-99")
    assert box.messages()[0]["pressed_at"] is None
    assert "pressed" not in box.counts()


def test_forged_and_repeated_receipts_on_demand(box, hook):
    box.set_faults(receipts={"wrong_mac": True, "duplicate": True})
    send(zalo(box), [card(41)], ZALO)
    first, second = hook.next(), hook.next()
    assert not zalo(box).verify(first, ZALO)
    assert json.loads(first.body)["message"]["msg_id"] == json.loads(second.body)["message"]["msg_id"]


def test_unanswered_receipt_comes_again(hook):
    hook.status = 500
    with running(Options(no_zalo_percent=0, receipt_delay_ms=0, speed=3000)) as box:  # +30 s becomes +10 ms
        connect(box, hook)
        send(zalo(box), [card(41)], ZALO)
        first, again = hook.next(), hook.next()
        assert "num_retry" not in first.headers
        assert (again.headers["num_retry"], again.body) == ("1", first.body)
        hook.status = 200
        box.wait_for(delivered=1)


def test_sms_is_billed_by_parts_that_cut_no_character(box, hook):
    parts = {
        "a" * 160: 1,
        "a" * 158 + "€": 1,
        "a" * 159 + "€": 2,
        "a" * 152 + "€" + "b" * 152: 3,
        "a" * 151 + "[" + "b" * 153: 2,
        "đ" * 66 + "😀" + "đ" * 66: 3,
        "đ" * 68 + "😀": 1,
    }
    texts = [Message(f"K7M2QX-{n}", f"+8451000000{n}", text=text) for n, text in enumerate(parts)]
    send(esms(box), texts, ESMS | {"callback_url": f"{hook.url}/webhooks/abc/"})
    calls = [hook.next().query for _ in parts]
    prices = {call["RequestId"]: int(call["TotalPrice"]) for call in calls}
    assert prices == {f"K7M2QX-{n}": 850 * number for n, number in enumerate(parts.values())}


def test_sms_is_reported_by_query(box, hook):
    callback = {"callback_url": f"{hook.url}/webhooks/abc/"}
    send(esms(box), [sms(42)], ESMS | callback)
    path, request = hook.next_with_path()
    assert (path, request.method, request.body) == ("/webhooks/abc/", "GET", b"")
    assert set(request.query) == set(payload("esms/callback_delivered.json"))
    expected = DeliveryEvent("K7M2QX-42", is_delivered=True)
    assert esms(box).parse_events(request) == [expected]


def test_phones_that_are_off_fail(hook):
    with running(Options(no_zalo_percent=0, fail_percent=100, receipt_delay_ms=0)) as box:
        connect(box, hook)
        send(zalo(box), [card(41)], ZALO)
        send(esms(box), [sms(42)], ESMS | {"callback_url": hook.url})
        request = hook.next()
        assert request.query["SendSuccess"] == "0"
        assert esms(box).parse_events(request)[0].code == "ABSENT_SUBSCRIBER"
        box.wait_for(receipts=1)
        assert [(m["accepted"], m["is_off"], m["delivered_at"]) for m in box.messages()] == [(True, True, None)] * 2
    assert hook.is_idle  # Zalo reports no failures


# --- faults and memory --------------------------------------------------------------------------------


def test_a_share_of_requests_fails_evenly():
    faults = Faults(error_code=-100, share=0.25)
    assert [faults.strikes() for _ in range(8)] == [False, False, False, True] * 2
    faults = Faults(error_code=-100, times=2)
    assert [faults.strikes() for _ in range(4)] == [True, True, False, False]


def test_faults_end_with_the_next_switch(box):
    box.set_faults(zalo={"error_code": -200})
    assert raw(box, body())["error"] == -200
    box.set_faults()
    assert raw(box, body())["error"] == 0


@pytest.mark.parametrize(
    ("path", "given", "sentence"),
    [
        ("faults", {"zallo": {}}, "is not among"),
        ("faults", {"zalo": {"speed": 1}}, "'speed' is not one of"),
        ("faults", {"zalo": {"latency_ms": "1"}}, "'latency_ms' must be of the kind int"),
        ("faults", {"zalo": 1}, "the faults of a provider are an object"),
        ("zalo-apps", {"app_id": "1"}, "missing: app_secret, oa_secret_key"),
        ("esms-accounts", {"api_key": "1", "secret_key": "2", "x": 1}, "'x' is not one of"),
    ],
)
def test_wrong_switch_says_why(box, path, given, sentence):
    with pytest.raises(ValueError, match=sentence):
        box._post(f"/control/{path}", given)


def test_switches_take_json_only(box):
    with pytest.raises(HTTPError) as refused:
        urlopen(Request(f"{box.url}/control/reset", b"a=1"), timeout=5)
    assert (refused.value.code, json.load(refused.value)) == (400, {"ok": False, "reason": "send application/json"})


def test_wrong_account_at_the_start_is_refused():
    with pytest.raises(BadControl, match="expires_at has no time zone"):
        create_app(
            Options(), [{**{k: ZALO[k] for k in ("app_id", "app_secret", "oa_secret_key")}, "expires_at": "2026-12-01"}]
        )


def test_messages_can_be_picked(box):
    send(zalo(box), [card(1), card(2, "+84510000002")], ZALO)
    send(esms(box), [sms(3)], ESMS)
    assert sorted(m["reference"] for m in box.messages()) == ["K7M2QX-1", "K7M2QX-2", "K7M2QX-3"]
    assert [m["reference"] for m in box.messages(provider="esms")] == ["K7M2QX-3"]
    assert {m["reference"] for m in box.messages(phone="+84510000001")} == {"K7M2QX-1", "K7M2QX-3"}
    assert [m["content"] for m in box.messages(reference="K7M2QX-3")] == ["XA HOA DONG: Hop thon"]
    assert [m["template_data"] for m in box.messages(reference="K7M2QX-1")] == [PARAMS]
    last = max(m["id"] for m in box.messages())
    assert [m["id"] for m in box.messages(limit=1)] == [last]
    assert box.messages(after=last) == []


def test_reset_forgets_messages_and_faults_but_not_accounts(box):
    send(zalo(box), [card(1)], ZALO)
    box.wait_for(receipts=1)  # one still on its way would be counted after the reset
    box.set_faults(zalo={"error_code": -200})
    box.reset()
    assert (box.messages(), box.counts()) == ([], {})
    assert isinstance(send(zalo(box), [card(1)], ZALO)[0], Sent)
    assert [m["duplicate"] for m in box.messages()] == [False]


def test_memory_is_bounded_and_counts_stay_exact(monkeypatch):
    monkeypatch.setattr(state, "KEPT_MESSAGES", 10)
    book = Book()
    for n in range(25):
        book.record(provider="esms", reference=f"r-{n}", code="100", accepted=True, phone=f"+8451{n:07d}")
    assert [message.reference for message in book.messages.values()] == [f"r-{n}" for n in range(15, 25)]
    assert len(book.phones) == 10
    assert (book.counts["received"], book.counts["esms:100"]) == (25, 25)


# --- the command --------------------------------------------------------------------------------------


def test_command_knows_the_gateways_of_the_database(gateways, settings, capsys):
    settings.PUBLIC_BASE_URL = "https://toinha.example"
    of_zalo, of_sms = gateways
    credentials.write(of_zalo, ZALO | {"refresh_token": "r", "expires_at": "2026-12-01T00:00:00+00:00"})
    credentials.write(of_sms, ESMS)
    forgotten = Gateway.objects.create(channel="ZALO", adapter="zalo_templates", name="Khóa cũ", credentials=b"x")
    zalo_apps, esms_accounts = Command().accounts()
    assert [app["app_id"] for app in zalo_apps] == [SPARE["zalo_templates"]["app_id"], "43"]
    assert zalo_apps[1:] == [
        {
            "app_id": "43",
            "app_secret": "s",
            "oa_secret_key": "k",
            "access_token": "t",
            "refresh_token": "r",
            "expires_at": "2026-12-01T00:00:00+00:00",
            "webhook_url": f"https://toinha.example/webhooks/{of_zalo.webhook_key}/",
            "name": "UBND xã Hoa Đồng",
        }
    ]
    assert esms_accounts == [SPARE["esms"], ESMS]
    assert forgotten.name in capsys.readouterr().err
    create_app(Options(), zalo_apps, esms_accounts)


# --- the wall -----------------------------------------------------------------------------------------


def wall(box, query: str = "") -> dict:
    with urlopen(f"{box.url}/wall.json?{query}", timeout=5) as answer:
        return json.load(answer)


def test_wall_shows_the_newest_phones_first(box):
    for n in (1, 2, 3):
        send(zalo(box), [card(n, f"+8451000000{n}")], ZALO)
    send(esms(box), [sms(4, "+84510000001")], ESMS)
    shown = wall(box)["phones"]
    assert [phone["phone"] for phone in shown] == ["+84510000001", "+84510000003", "+84510000002"]
    assert [message["provider"] for message in shown[0]["messages"]] == ["zalo", "esms"]


def test_wall_is_searched_by_digits(box):
    for n in range(20):
        send(zalo(box), [card(n, f"+845100000{n:02d}")], ZALO)
    assert len(wall(box)["phones"]) == 12
    assert [phone["phone"] for phone in wall(box, "q=0510%20000%20007")["phones"]] == ["+84510000007"]
    assert wall(box, "q=0999")["phones"] == []


def test_wall_answers_204_while_nothing_changes(box):
    version = wall(box)["version"]
    with urlopen(f"{box.url}/wall.json?version={version}", timeout=5) as answer:
        assert answer.status == 204
    send(zalo(box), [card()], ZALO)
    assert wall(box, f"version={version}")["version"] != version


def test_wall_page_is_strict_and_whole(box):
    with urlopen(box.url, timeout=5) as answer:
        assert "default-src 'self'" in answer.headers["Content-Security-Policy"]
        page = answer.read().decode()
    assert "Chạy thử, không tin nào ra ngoài" in page
    assert "<style" not in page
    assert "style=" not in page
    for name in ("wall.css", "wall.js", "wall.svg"):
        assert f"/static/{name}" in page
        with urlopen(f"{box.url}/static/{name}", timeout=5) as answer:
            assert answer.status == 200


def shape(value):
    """Keys and kinds of a JSON value, without its values."""
    if isinstance(value, dict):
        return {key: shape(part) for key, part in value.items()}
    return type(value).__name__
