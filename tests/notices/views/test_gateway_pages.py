"""What officials read about their gateways and their budget, and what the ward's administrator does about them."""

import html
import re
from datetime import datetime, time, timedelta

import pytest
import time_machine
from django.urls import reverse

from notices.gateways import health as gateway_health
from notices.gateways import switching
from notices.models import Budget, Delivery, Gateway, GatewayDay, GatewayEvent, Notice
from tests.factories import make_household
from tests.markup import read


@pytest.fixture(autouse=True)
def clock(at):
    with time_machine.travel(at, tick=False) as traveller:
        yield traveller


@pytest.fixture
def zalo(gateways) -> Gateway:
    """The ward's Zalo account."""
    return gateways[0]


@pytest.fixture
def spare(ward) -> Gateway:
    """A second SMS account, shared with other wards."""
    return Gateway.objects.create(channel="SMS", adapter="esms", name="SMS dự phòng", price=850)


def _health(ward, gateway, at) -> gateway_health.Health:
    return next(row for row in gateway_health.of_ward(ward, at) if row.gateway.pk == gateway.pk)


def _words(response) -> str:
    text = re.sub(r"<[^>]+>", " ", response.content.decode())
    return re.sub(r"\s+", " ", html.unescape(text)).replace(" .", ".").replace(" ,", ",")


def _with_phones(village, number: int) -> None:
    for n in range(number):
        make_household(village, phone=f"+8451020{n:04}")


def _set(gateway, **fields) -> None:
    Gateway.objects.filter(pk=gateway.pk).update(**fields)


# --- health -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "state", "words"),
    [
        ({}, "working", "chạy tốt"),
        ({"tripped_at": 0, "probe_at": 13}, "tripped", "tạm ngừng vì lỗi nhiều, sẽ gửi dò thử lúc 09:13"),
        ({"tripped_at": 0, "probe_at": 1, "trial_until": 1}, "tripped", "tạm ngừng vì lỗi nhiều, đang gửi dò thử"),
        ({"tripped_at": -9, "probe_at": -1}, "tripped", "tạm ngừng vì lỗi nhiều, sẽ gửi dò thử khi có tin"),
        ({"rests_until": 120}, "resting", "đang nghỉ đến 11:00"),
        ({"rests_until": 21 * 60}, "resting", "đang nghỉ đến 06:00 06/12"),
        ({"rests_until": -1}, "working", "chạy tốt"),
        ({"stopped_at": -5, "rests_until": 120, "tripped_at": -9}, "stopped", "dừng, cần người xử lý"),
        ({"is_active": False, "stopped_at": -5}, "off", "đã tắt"),
    ],
)
def test_state_is_told_in_words(client_for, viewer, ward, zalo, at, fields, state, words):
    _set(zalo, **{k: v if k == "is_active" else at + timedelta(minutes=v) for k, v in fields.items()})
    health = _health(ward, zalo, at)
    assert (health.state, health.state_words) == (state, words)
    assert words in _words(client_for(viewer).get(reverse("gateways")))


@pytest.mark.parametrize(
    ("day", "fields", "words"),
    [
        (None, {}, "0 tin hôm nay"),
        ({"sent": 1204}, {}, "1.204 tin hôm nay"),
        ({"sent": 1204, "left": 3796}, {}, "1.204 tin hôm nay, còn 3.796"),
        ({"sent": 1204, "reserved": 1204}, {"daily_quota": 5000}, "1.204 tin hôm nay, còn 3.796"),
        ({"sent": 1204, "reserved": 1204, "left": 7}, {"daily_quota": 5000}, "1.204 tin hôm nay, còn 7"),
        ({"sent": 5, "reserved": 5}, {"daily_quota": 3}, "5 tin hôm nay, còn 0"),
        (None, {"daily_quota": 5000}, "0 tin hôm nay, còn 5.000"),
        (
            {"sent": 1204, "left": 3796},
            {"last_error_at": datetime.fromisoformat("2026-12-05T09:12:00+07:00"), "last_error_code": "-211"},
            "1.204 tin hôm nay, còn 3.796; lỗi gần nhất 09:12: hết hạn mức",
        ),
        (
            None,
            {"last_error_at": datetime.fromisoformat("2026-11-25T09:12:00+07:00"), "last_error_code": "http-503"},
            "0 tin hôm nay; lỗi gần nhất 09:12 25/11: máy chủ nhà mạng đang trục trặc",
        ),
    ],
)
def test_today_is_one_sentence(client_for, viewer, ward, zalo, at, day, fields, words):
    _set(zalo, **fields)
    if day:
        GatewayDay.objects.create(gateway=zalo, day=at.date(), **day)
    GatewayDay.objects.create(gateway=zalo, day=at.date() - timedelta(days=1), sent=9999, left=1)
    assert _health(ward, zalo, at).today_words == words
    assert f"{words}. Không có tin chờ." in _words(client_for(viewer).get(reverse("gateways")))


@pytest.mark.parametrize(
    ("due", "later", "words"),
    [
        (0, 0, "Không có tin chờ."),
        (2, 0, "2 tin đang chờ, tất cả đã đến giờ gửi."),
        (0, 3, "3 tin đang chờ, chưa tin nào đến giờ gửi."),
        (2, 1, "3 tin đang chờ, 2 tin đã đến giờ gửi."),
    ],
)
def test_waiting_messages_are_counted(publish, ward, zalo, villages, at, due, later, words):
    make_household(villages[0], phone=None)
    _with_phones(villages[0], due + later)
    publish()
    waiting = Delivery.objects.filter(gateway=zalo).order_by("pk")
    waiting.update(not_before=at)
    waiting.filter(pk__in=list(waiting.values_list("pk", flat=True))[:later]).update(not_before=at + timedelta(hours=1))
    health = _health(ward, zalo, at)
    assert (health.waiting, health.due, health.waiting_words) == (due + later, due, words)


def test_in_quiet_hours_only_flash_is_due(publish, ward, zalo, household, at, settings):
    settings.QUIET_HOURS = time(22), time(6)
    publish()
    Delivery.objects.update(not_before=at)
    night = at.replace(hour=23)
    assert _health(ward, zalo, night).due == 0
    Delivery.objects.update(priority=3)
    assert _health(ward, zalo, night).due == 1


def test_a_shared_phone_waits_as_one_message(publish, ward, zalo, villages, at):
    for _ in range(3):
        make_household(villages[0], phone="+84510200009")
    publish()
    assert Delivery.objects.count() == 3
    assert _health(ward, zalo, at).waiting == gateway_health.waiting_at(zalo) == 1


def test_a_stopped_gateway_says_why_and_what_to_do(client_for, admin, viewer, zalo, at):
    connect = "Kiểm tra và sửa thông tin ở “Tài khoản”, gửi thử, rồi bấm “Mở lại”."
    advice = {
        "-115": "tài khoản Zalo hết tiền. Nạp tiền vào tài khoản ở nhà cung cấp, rồi bấm “Mở lại”.",
        "token -124": f"phiên kết nối hết hạn, cần kết nối lại. {connect}",
        "-1351": "tài khoản Zalo OA bị khóa. Gọi nhà cung cấp để xử lý, rồi bấm “Mở lại”.",
        "No adapter is called 'fax'.": f"kênh gửi chưa được cài đặt xong. {connect}",
    }
    for code, words in advice.items():
        _set(zalo, stopped_at=None)
        switching.stop(zalo, code, at)
        said = _words(client_for(admin).get(reverse("gateways")))
        assert f"Dừng từ 09:00: {words} Tin đang chờ không mất." in said
    said = _words(client_for(viewer).get(reverse("gateways")))
    assert "Việc này do người vận hành hoặc quản trị xã làm." in said


# --- history ------------------------------------------------------------------------------------------


def test_history_is_told_in_plain_words(ward, gateways, admin, spare, at):
    sms, at = gateways[1], at.replace(month=11, day=25)
    events = [
        ({"kind": "TRIPPED", "code": "http-503", "moved": 1204, "moved_to": spare}, 12),
        ({"kind": "PROBE_FAILED", "code": "timeout"}, 14),
        ({"kind": "RECOVERED"}, 20),
        ({"kind": "RESTING", "code": "quota"}, 21),
        ({"kind": "STOPPED", "code": "103"}, 22),
        ({"kind": "SWITCHED_OFF", "by": admin}, 23),
        ({"kind": "SWITCHED_ON", "by": admin}, 24),
        ({"kind": "TESTED", "by": admin, "code": "103"}, 25),
    ]
    for fields, minute in events:
        GatewayEvent.objects.create(gateway=sms, at=at.replace(minute=minute), **fields)
    assert _health(ward, sms, at).history == [
        "09:25 25/11: Hà Thị Ngọc gửi thử (tài khoản SMS hết tiền)",
        "09:24 25/11: Hà Thị Ngọc bật lại",
        "09:23 25/11: Hà Thị Ngọc tắt",
        "09:22 25/11: dừng, chờ người xử lý (tài khoản SMS hết tiền)",
        "09:21 25/11: tạm nghỉ (hết hạn mức trong ngày)",
        "09:20 25/11: chạy lại bình thường",
        "09:14 25/11: gửi dò thử, vẫn lỗi (nhà mạng không trả lời kịp)",
        "09:12 25/11: tạm ngừng vì lỗi nhiều (máy chủ nhà mạng đang trục trặc); 1.204 tin chờ chuyển sang SMS dự phòng",
    ]


def test_ten_lines_and_the_rest_when_asked_for(client_for, viewer, gateways, at):
    zalo, sms = gateways
    for gateway in gateways:
        for n in range(13):
            GatewayEvent.objects.create(gateway=gateway, at=at - timedelta(minutes=n), kind="RECOVERED")
    client = client_for(viewer)
    page = client.get(reverse("gateways")).content.decode()
    assert (page.count("chạy lại bình thường"), page.count("Xem thêm")) == (20, 2)
    more = f"?lich-su={sms.pk}#g-{sms.pk}"
    assert f'href="{more}"' in page
    page = client.get(f"{reverse('gateways')}?lich-su={sms.pk}").content.decode()
    assert (page.count("chạy lại bình thường"), page.count("Xem thêm")) == (23, 1)
    for nonsense in ("x", "²", "9" * 30, f"{zalo.pk + 999}"):
        page = client.get(reverse("gateways"), {"lich-su": nonsense}).content.decode()
        assert page.count("chạy lại bình thường") == 20


# --- the page -----------------------------------------------------------------------------------------


def test_own_gateways_stand_before_shared_ones_and_others_are_not_there(
    client_for, viewer, gateways, spare, other_ward
):
    Gateway.objects.create(ward=other_ward, channel="SMS", adapter="esms", name="SMS Sao Mai")
    page = client_for(viewer).get(reverse("gateways")).content.decode()
    assert re.findall(r"<h3>(.*?)</h3>", page) == ["Zalo OA Hoa Đồng", "eSMS", "SMS dự phòng"]
    assert "Sao Mai" not in page


def test_a_ward_without_gateways_is_told_who_connects_them(client_for, viewer):
    said = _words(client_for(viewer).get(reverse("gateways")))
    assert "Chưa có kênh Zalo nào. Quản trị xã nối tài khoản của xã ở nút “Nối tài khoản”." in said
    assert "Chưa có kênh SMS nào." in said


def test_only_the_administrator_finds_the_buttons(client_for, admin, viewer, gateways):
    for person, is_there in ((admin, True), (viewer, False)):
        page = read(client_for(person).get(reverse("gateways"))).one("main")
        offered = {*page.texts("a"), *page.texts("button")}
        assert {"Gửi thử", "Tắt", "Sửa", "Lưu giới hạn"} & offered == (
            {"Gửi thử", "Tắt", "Sửa", "Lưu giới hạn"} if is_there else set()
        )


def test_keys_are_on_no_page(client_for, admin, zalo):
    from notices.gateways import credentials

    credentials.write(zalo, {"app_secret": "bi-mat-cua-xa"})
    client = client_for(admin)
    for name in ("gateways", "gateway", "gateway_test", "gateway_account"):
        page = client.get(reverse(name, args=[] if name == "gateways" else [zalo.pk])).content.decode()
        assert "bi-mat-cua-xa" not in page
        assert (zalo.webhook_key in page) is (name == "gateway_account")  # to be entered at Zalo


@pytest.mark.parametrize("number", [1, 6])
def test_the_page_asks_few_questions_however_many_gateways(
    client_for, viewer, ward, number, at, django_assert_num_queries
):
    for n in range(number):
        one = Gateway.objects.create(ward=ward, channel="SMS", adapter="esms", name=f"SMS {n}")
        GatewayDay.objects.create(gateway=one, day=at.date(), sent=n)
        GatewayEvent.objects.create(gateway=one, at=at, kind="TRIPPED", moved=1, moved_to=one, by=viewer)
    client = client_for(viewer)
    with django_assert_num_queries(12):
        assert client.get(reverse("gateways")).status_code == 200


def test_a_look_that_finds_nothing_new_answers_nothing(client_for, viewer, ward, zalo, at):
    client = client_for(viewer)
    version = client.get(reverse("gateways")).context["version"]
    htmx = {"HTTP_HX_REQUEST": "true"}
    assert client.get(reverse("gateways"), {"v": version}, **htmx).status_code == 204
    GatewayDay.objects.create(gateway=zalo, day=at.date(), sent=7)
    quiet = client.get(reverse("gateways"), {"v": version}, **htmx)
    page = quiet.content.decode()
    assert read(page).all("#suc-khoe") and "<main" not in page
    assert "7 tin hôm nay" in page
    assert "#live" not in page
    switching.stop(zalo, "-115", at)
    page = client.get(
        reverse("gateways"), {"v": re.search(r"v=([\w-]+)", quiet.content.decode())[1]}, **htmx
    ).content.decode()
    assert "Zalo OA Hoa Đồng: dừng, cần người xử lý." in re.sub(r"\s+", " ", page)
    assert 'hx-swap-oob="innerHTML:#live"' in page
    assert "csrfmiddlewaretoken" not in page  # a viewer's piece has no forms, and no budget being typed


# --- switches -----------------------------------------------------------------------------------------


def test_switched_on_by_a_person_it_sends_at_once(client_for, admin, zalo, at, run_tasks, monkeypatch):
    sent: list[int] = []
    monkeypatch.setattr("notices.sending.engine.send_due", lambda *, gateway_id, **_: sent.append(gateway_id))
    switching.stop(zalo, "-115", at)
    with run_tasks():
        response = client_for(admin).post(reverse("gateway_on", args=[zalo.pk]), follow=True)
    assert [str(m) for m in response.context["messages"]] == [
        "Đã mở lại kênh Zalo OA Hoa Đồng. Tin đang chờ được gửi ngay."
    ]
    zalo.refresh_from_db()
    assert (zalo.is_active, zalo.stopped_at, sent) == (True, None, [zalo.pk])
    assert list(GatewayEvent.objects.order_by("pk").values_list("kind", "by")) == [
        ("STOPPED", None), ("SWITCHED_ON", admin.pk),
    ]  # fmt: skip


def test_before_it_is_switched_off_the_page_says_what_becomes_of_the_messages(
    client_for, admin, publish, gateways, villages, spare
):
    zalo, sms = gateways
    _with_phones(villages[0], 3)
    publish()
    client = client_for(admin)
    said = _words(client.get(reverse("gateway_off", args=[zalo.pk])))
    assert "3 tin đang chờ ở kênh này. Không có kênh khác thay, nên tin nằm chờ đến khi mở lại." in said
    assert "Tắt, 3 tin đang chờ" in said
    Delivery.objects.update(gateway=sms, channel="SMS")
    said = _words(client.get(reverse("gateway_off", args=[sms.pk])))
    assert "3 tin đang chờ ở kênh này. Tắt xong, tin chờ chuyển sang SMS dự phòng." in said
    said = _words(client.get(reverse("gateway_off", args=[zalo.pk])))
    assert "Không có tin nào đang chờ ở kênh này." in said
    assert Gateway.objects.filter(is_active=True).count() == 3

    client.post(reverse("gateway_off", args=[sms.pk]))
    sms.refresh_from_db()
    assert not sms.is_active
    assert Delivery.objects.filter(gateway=spare).count() == 3
    event = GatewayEvent.objects.get()
    assert (event.kind, event.by, event.moved, event.moved_to) == ("SWITCHED_OFF", admin, 3, spare)


# --- its form -----------------------------------------------------------------------------------------

GIVEN = {"name": "Zalo xã", "position": "2", "price": "1.300", "rate": "10", "daily_quota": "5.000 tin"}


def test_name_place_price_and_pace_are_changed(client_for, admin, zalo):
    response = client_for(admin).post(reverse("gateway", args=[zalo.pk]), GIVEN, follow=True)
    assert [str(m) for m in response.context["messages"]] == ["Đã lưu kênh Zalo xã."]
    zalo.refresh_from_db()
    assert (zalo.name, zalo.position, zalo.price, zalo.rate, zalo.daily_quota) == ("Zalo xã", 2, 1300, 10, 5000)


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        ("name", "", "Chưa điền mục này."),
        ("name", "x" * 101, "Dài quá. Tối đa 100 ký tự."),
        ("position", "0", "Ghi số từ 1 đến 99."),
        ("position", "", "Chưa điền mục này."),
        ("price", "ba trăm", "Chỉ ghi số, ví dụ 850."),
        ("price", "1000001", "Ghi số từ 0 đến 1.000.000."),
        ("rate", "-1", "Chỉ ghi số, ví dụ 10."),
        ("rate", "2.5", "Chỉ ghi số, ví dụ 10."),
        ("daily_quota", "9" * 40, "Chỉ ghi số, ví dụ 5.000."),
    ],
)
def test_what_cannot_be_is_refused_and_stays_as_typed(client_for, admin, zalo, field, typed, said):
    before = Gateway.objects.values().get(pk=zalo.pk)
    response = client_for(admin).post(reverse("gateway", args=[zalo.pk]), {**GIVEN, field: typed})
    page = response.content.decode()
    assert response.context["form"].errors == {field: [said]}
    assert said in page
    assert f'value="{typed}"' in page or not typed
    assert "Sửa kênh Zalo OA Hoa Đồng" in page
    assert Gateway.objects.values().get(pk=zalo.pk) == before


# --- budget -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("spent", "words"),
    [
        (0, "Đã dùng 0 trên 2.000.000 đồng (0 %). Còn 2.000.000 đồng đến hết tháng."),
        (1_599_999, "Đã dùng 1.599.999 trên 2.000.000 đồng (79 %). Còn 400.001 đồng đến hết tháng."),
        (1_600_000, "Đã dùng 80 %, còn 400.000 đồng. Khi hết, thông báo thường không gửi tin tốn tiền nữa;"),
        (1_640_000, "Đã dùng 82 %, còn 360.000 đồng. Khi hết, thông báo thường không gửi tin tốn tiền nữa;"),
        (1_999_999, "Đã dùng 99 %, còn 1 đồng. Khi hết,"),
        (2_000_000, "Đã hết. Thông báo thường không gửi tin tốn tiền nữa; thông báo khẩn vẫn gửi."),
        (2_400_000, "Đã dùng 2.400.000 trên 2.000.000 đồng (120 %)."),
    ],
)
def test_budget_warns_from_eighty_percent_and_says_when_it_is_used_up(client_for, viewer, ward, at, spent, words):
    Budget.objects.create(ward=ward, limit=2_000_000, month=at.date().replace(day=1), spent=spent)
    page = client_for(viewer).get(reverse("gateways"))
    said = _words(page)
    assert words in said
    assert "Ngân sách tin nhắn tháng 12" in said
    assert ("note-warning" in page.content.decode(), "note-error" in page.content.decode()) == (
        1_600_000 <= spent < 2_000_000, spent >= 2_000_000,
    )  # fmt: skip


def test_without_a_limit_the_page_says_what_was_spent(client_for, viewer, publish, household, at):
    publish()
    Delivery.objects.update(sent_at=at, price=650)
    said = _words(client_for(viewer).get(reverse("gateways")))
    assert "Đã dùng 650 đồng. Chưa đặt giới hạn." in said
    assert Notice.objects.count() == 1


@pytest.mark.parametrize("typed", ["2.000.000", "2000000", "2 000 000", "2.000.000 đồng", " 2,000,000đ "])
def test_a_limit_is_set_as_people_write_it_and_taken_away(client_for, admin, ward, typed):
    client = client_for(admin)
    said = client.post(reverse("gateways"), {"limit": typed}, follow=True)
    assert [str(m) for m in said.context["messages"]] == ["Đã lưu giới hạn chi mỗi tháng."]
    assert Budget.objects.get(ward=ward).limit == 2_000_000
    assert 'value="2.000.000"' in said.content.decode()
    said = client.post(reverse("gateways"), {"limit": "x", "remove": "1"}, follow=True)
    assert [str(m) for m in said.context["messages"]] == ["Đã bỏ giới hạn chi mỗi tháng."]
    assert not Budget.objects.exists()


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("", "Chưa điền số tiền. Muốn bỏ giới hạn thì bấm “Bỏ giới hạn”."),
        ("hai triệu", "Chỉ ghi số, ví dụ 2.000.000."),
        ("2.5", "Chỉ ghi số, ví dụ 2.000.000."),
        ("-5", "Chỉ ghi số, ví dụ 2.000.000."),
        ("2000²", "Chỉ ghi số, ví dụ 2.000.000."),
        ("2.000.000.001", "Ghi số từ 0 đến 2.000.000.000."),
    ],
)
def test_what_is_no_amount_is_refused_and_stays_as_typed(client_for, admin, typed, said):
    page = client_for(admin).post(reverse("gateways"), {"limit": typed})
    assert page.context["form"].errors == {"limit": [said]}
    assert f'value="{typed}"' in page.content.decode() or not typed
    assert not Budget.objects.exists()
