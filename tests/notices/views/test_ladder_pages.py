"""The steps after a notice is sent: shown in sentences, changed by the ward's administrator, refused with a reason."""

import html
import re
from datetime import time

import pytest
import time_machine
from django.urls import reverse

from notices.ladder import rules
from notices.models import Notice, Urgency, WardLadder

EDIT = reverse("ladder_edit", args=["thuong"])
#: Rows as the form sends them: the default of thường, and what it comes to.
FIRST = {"channels": ["ZALO", "SMS"], "mode": "first"}
VISIT = {"amount": "24", "when": "after-hours", "every": "", "channels": ["VISIT"], "mode": "first"}
REMIND = {"amount": "4", "when": "before-hours", "every": "", "channels": ["ZALO"], "mode": "first"}


@pytest.fixture(autouse=True)
def clock(at):
    with time_machine.travel(at, tick=False):
        yield


def _body(*rows: dict, **more) -> dict:
    fields = {f"{n}-{name}": value for n, row in enumerate(rows, start=1) for name, value in row.items()}
    return {"rows": len(rows), **fields, **more}


def _words(response) -> str:
    text = re.sub(r"<[^>]+>", " ", response.content.decode())
    return re.sub(r"\s+", " ", html.unescape(text)).replace(" .", ".").replace(" :", ":").replace(" ,", ",")


def _shown(response) -> list[dict]:
    """The rows of the form as the page shows them."""
    names = ("amount", "when", "every", "channels", "mode")
    rows = [{name: form[name].value() for name in names} for form in response.context["forms"]]
    return [{name: value for name, value in row.items() if value not in (None, "")} for row in rows]


# --- the page that explains ---------------------------------------------------------------------------


def test_every_urgency_is_explained_and_whose_steps_they_are(client_for, viewer, ward, admin):
    own = [{"after_minutes": 0, "channels": ["SMS"], "mode": "first"}]
    rules.set_own(ward=ward, urgency=Urgency.URGENT, rungs=own, by=admin)
    said = _words(client_for(viewer).get(reverse("ladders")))
    assert "Thường mặc định 1 Ngay lúc gửi Zalo; hộ không có Zalo thì SMS 2 Sau 24 giờ Hộ chưa xác nhận:" in said
    assert "Khẩn của xã 1 Ngay lúc gửi SMS Hà Thị Ngọc sửa lúc 09:00 05/12/2026." in said
    assert "Hỏa tốc mặc định 1 Ngay lúc gửi Zalo và SMS cùng lúc 2 Sau 10 phút" in said
    assert "3 Sau 30 phút, rồi cứ 30 phút một lần Hộ chưa xác nhận: Zalo và SMS cùng lúc" in said


def test_the_fixed_rules_stand_beside_them(client_for, viewer, settings):
    settings.QUIET_HOURS = time(22), time(6)
    client = client_for(viewer)
    said = _words(client.get(reverse("ladders")))
    assert "Hộ đã xác nhận không nhận thêm gì nữa." in said
    assert "Từ 22:00 đến 06:00 không gửi tin; việc đến lúc đó chờ hết giờ yên lặng." in said
    assert "Mỗi hộ nhận nhiều nhất 3 tin của một thông báo; hỏa tốc thì không giới hạn." in said
    assert "Thông báo đã gửi giữ các bước lúc duyệt." in said
    settings.QUIET_HOURS = None
    assert "Máy chủ này không đặt giờ yên lặng." in _words(client.get(reverse("ladders")))


def test_another_ward_s_steps_are_not_ours(client_for, viewer, other_ward, admin):
    rungs = [{"after_minutes": 0, "channels": ["SMS"], "mode": "first"}]
    rules.set_own(ward=other_ward, urgency=Urgency.NORMAL, rungs=rungs, by=admin)
    assert "của xã" not in _words(client_for(viewer).get(reverse("ladders")))


def test_only_the_administrator_is_led_to_the_form(client_for, admin, viewer):
    for person, number in ((admin, 4), (viewer, 0)):
        page = client_for(person).get(reverse("ladders")).content.decode()
        assert len(re.findall(r'href="/cac-buoc-gui/[a-z-]+/"', page)) == number


def test_the_page_asks_few_questions(client_for, admin, ward, django_assert_num_queries):
    for urgency in Urgency:
        rules.set_own(ward=ward, urgency=urgency, rungs=rules.DEFAULTS[urgency], by=admin)
    client = client_for(admin)
    with django_assert_num_queries(6):
        assert client.get(reverse("ladders")).status_code == 200
    with django_assert_num_queries(7):
        assert client.get(EDIT).status_code == 200


# --- the form -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("urgency", Urgency)
def test_what_the_form_shows_is_what_saving_it_keeps(client_for, admin, ward, urgency):
    client = client_for(admin)
    address = reverse("ladder_edit", args=[urgency.value.lower().replace("_", "-")])
    rows = _shown(client.get(address))
    assert client.post(address, _body(*rows, do="save")).status_code == 302
    kept = WardLadder.objects.get(ward=ward, urgency=urgency)
    assert (kept.rungs, kept.changed_by) == (rules.DEFAULTS[urgency], admin)


def test_every_kind_of_step_is_kept_and_published_with(client_for, admin, ward, publish, household):
    rows = [
        FIRST,
        {"amount": "90", "when": "after-minutes", "channels": ["SMS"], "mode": "all"},
        {"amount": "0", "when": "evening", "channels": ["ZALO", "SMS"], "mode": "first"},
        {"amount": "2", "when": "after-days", "every": "120", "channels": ["ZALO"], "mode": "first"},
        {"amount": "1", "when": "before-days", "channels": ["VISIT", "LOUDSPEAKER", "GROUP", "POSTER"], "mode": "all"},
        {"amount": "30", "when": "before-minutes", "channels": ["SMS"], "mode": "first"},
    ]
    response = client_for(admin).post(EDIT, _body(*rows), follow=True)
    assert [str(m) for m in response.context["messages"]] == [
        "Đã lưu các bước của thông báo “Thường”. Thông báo đã gửi giữ các bước cũ."
    ]
    rungs = [
        {"after_minutes": 0, "channels": ["ZALO", "SMS"], "mode": "first"},
        {"after_minutes": 90, "channels": ["SMS"], "mode": "all"},
        {"evening_after_days": 0, "channels": ["ZALO", "SMS"], "mode": "first"},
        {"after_minutes": 2880, "every_minutes": 120, "channels": ["ZALO"], "mode": "first"},
        {"before_deadline_minutes": 1440, "channels": ["VISIT", "LOUDSPEAKER", "GROUP", "POSTER"], "mode": "all"},
        {"before_deadline_minutes": 30, "channels": ["SMS"], "mode": "first"},
    ]
    assert WardLadder.objects.get(ward=ward).rungs == rungs
    assert publish().ladder == rungs


def test_a_published_notice_keeps_its_steps(client_for, admin, publish, household):
    notice = publish()
    before = notice.ladder
    client_for(admin).post(EDIT, _body({"channels": ["SMS"], "mode": "first"}))
    assert Notice.objects.get(pk=notice.pk).ladder == before == rules.DEFAULTS[Urgency.NORMAL]


def test_steps_come_and_go_without_scripts_and_nothing_is_kept_yet(client_for, admin):
    client = client_for(admin)
    more = client.post(EDIT, _body(FIRST, {**VISIT, "amount": "mười"}, do="add"))
    added = {"when": "after-hours", "channels": [], "mode": "first"}
    typed = {"amount": "mười", "when": "after-hours", "channels": ["VISIT"], "mode": "first"}
    assert _shown(more) == [FIRST, typed, added]
    assert "Chỉ ghi số" not in _words(more)  # nobody has said that this is all
    fewer = client.post(EDIT, _body(FIRST, VISIT, REMIND, do="remove-2"))
    assert _shown(fewer) == [FIRST, {k: v for k, v in REMIND.items() if v}]
    assert "Bỏ bước 2" in _words(fewer)
    assert not WardLadder.objects.exists()


def test_the_first_step_stays_and_eight_are_the_most(client_for, admin):
    client = client_for(admin)
    assert len(_shown(client.post(EDIT, _body(FIRST, do="remove-1")))) == 1
    eight = [FIRST] + [VISIT] * 7
    page = client.post(EDIT, _body(*eight, do="add"))
    assert len(_shown(page)) == 8
    assert "Thêm bước" not in _words(page)
    refused = client.post(EDIT, _body(*eight, VISIT))
    assert "Nhiều nhất 8 bước." in _words(refused)
    assert len(_shown(refused)) == 9
    assert not WardLadder.objects.exists()


REFUSALS = [
    ([{"channels": [], "mode": "first"}], 1, "Bước đầu tiên cần có Zalo hoặc SMS."),
    ([{"channels": ["VISIT"], "mode": "first"}], 1, "Bước đầu tiên cần có Zalo hoặc SMS."),
    ([FIRST, {**VISIT, "channels": []}], 2, "Bước 2 chưa chọn kênh nào."),
    ([FIRST, {**VISIT, "channels": ["SMS"], "every": "5"}], 2,
     "Bước 2: nhắc lại cách nhau ít nhất 10 phút, nhiều nhất 30 ngày."),
    ([FIRST, VISIT, {**VISIT, "channels": ["SMS"], "every": "43201"}], 3,
     "Bước 3: nhắc lại cách nhau ít nhất 10 phút, nhiều nhất 30 ngày."),
    ([FIRST, {**VISIT, "every": "30"}], 2, "Bước 2: chỉ tin nhắn mới lặp lại được, việc của trưởng thôn thì không."),
    ([FIRST, {**VISIT, "amount": "31", "when": "after-days"}], 2, "Bước 2: nhiều nhất 30 ngày."),
    ([FIRST, {**VISIT, "amount": "31", "when": "evening"}], 2, "Bước 2: nhiều nhất 30 ngày."),
    ([FIRST, {**VISIT, "amount": "721", "when": "before-hours"}], 2, "Bước 2: nhiều nhất 30 ngày."),
    ([FIRST, {**VISIT, "amount": ""}], 2, "Ghi số từ 1 trở lên."),
    ([FIRST, {**VISIT, "amount": "0"}], 2, "Ghi số từ 1 trở lên."),
    ([FIRST, {**VISIT, "amount": "-1", "when": "evening"}], 2, "Ghi số từ 0 trở lên."),
    ([FIRST, {**VISIT, "amount": "1.5"}], 2, "Chỉ ghi số, ví dụ 30."),
    ([FIRST, {**VISIT, "amount": "9" * 5000}], 2, "Chỉ ghi số, ví dụ 30."),
    ([FIRST, {**REMIND, "every": "30"}], 2, "Chỉ bước tính từ lúc gửi mới nhắc lại được."),
    ([FIRST, {**VISIT, "channels": ["SMS"], "every": "0"}], 2, "Ghi số từ 1 trở lên."),
]  # fmt: skip


@pytest.mark.parametrize(("rows", "step", "sentence"), REFUSALS)
def test_what_makes_no_sense_is_told_beside_its_step(client_for, admin, rows, step, sentence):
    response = client_for(admin).post(EDIT, _body(*rows))
    page = response.content.decode()
    _, *steps = re.split(r'<fieldset class="step" id="buoc-(\d+)">', page)
    said = {int(n): html.unescape(words) for n, words in zip(steps[::2], steps[1::2], strict=True)}
    assert [n for n, words in said.items() if sentence in words] == [step]
    summary = " ".join(page.split("<fieldset", 1)[0].split())
    assert "Chưa lưu được." in summary and f'href="#buoc-{step}">bước {step}</a>' in summary
    shown = _shown(response)
    assert [row.get("amount", "") for row in shown] == [row.get("amount", "") for row in rows]
    assert [row["channels"] for row in shown] == [row["channels"] for row in rows]
    assert not WardLadder.objects.exists()


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"rows": "x"},
        {"rows": "²"},
        {"rows": "-3"},
        {"rows": "999999999999"},
        {"rows": 2, "1-channels": ["FAX"], "2-when": "never", "2-mode": "none"},
        {"do": "remove-x", "rows": 2},
        {"do": "dance"},
    ],
)
def test_nonsense_is_answered_with_the_form(client_for, admin, body):
    assert client_for(admin).post(EDIT, body).status_code == 200
    assert not WardLadder.objects.exists()


def test_back_to_the_default(client_for, admin, ward):
    client = client_for(admin)
    assert "Về mặc định" not in _words(client.get(EDIT))
    client.post(EDIT, _body({"channels": ["SMS"], "mode": "first"}))
    said = _words(client.get(EDIT))
    assert "Các bước mặc định Ngay lúc gửi: Zalo; hộ không có Zalo thì SMS Sau 24 giờ, hộ chưa xác nhận:" in said
    response = client.post(EDIT, {"do": "default"}, follow=True)
    assert [str(m) for m in response.context["messages"]] == ["Thông báo “Thường” đã về các bước mặc định."]
    assert rules.rungs_for(Urgency.NORMAL, ward) == rules.DEFAULTS[Urgency.NORMAL]
    assert not WardLadder.objects.exists()


def test_an_urgency_that_does_not_exist_is_no_page(client_for, admin):
    assert client_for(admin).get(reverse("ladder_edit", args=["rat-khan"])).status_code == 404


# --- the preview --------------------------------------------------------------------------------------


def test_the_preview_says_when_each_step_comes(client_for, admin):
    said = _words(client_for(admin).get(EDIT))
    assert (
        "Nếu gửi lúc 09:00 hôm nay, hạn chót ngày mai 17:00: "
        "09:00 05/12 Zalo; hộ không có Zalo thì SMS "
        "09:00 06/12 Vào việc hôm nay của trưởng thôn "
        "13:00 06/12 Zalo"
    ) in said


def test_the_preview_follows_what_is_typed_and_keeps_nothing(client_for, admin):
    rows = [FIRST, {**VISIT, "amount": "3", "when": "after-days"}, {**VISIT, "channels": ["SMS"], "every": "60"}]
    client = client_for(admin)
    piece = client.post(EDIT, _body(*rows, do="preview"), HTTP_HX_REQUEST="true")
    said = _words(piece)
    assert piece.content.decode().lstrip().startswith('<h2 id="h-xem-thu">')
    assert "09:00 08/12 Bỏ qua: quá hạn chót, hoặc quá sát lúc gửi." in said
    assert ", rồi cứ 1 giờ một lần SMS" in said
    whole = client.post(EDIT, _body(*rows, do="preview"))
    assert len(_shown(whole)) == 3
    wrong = _words(client.post(EDIT, _body(FIRST, {**VISIT, "amount": ""}, do="preview"), HTTP_HX_REQUEST="true"))
    assert "Chưa xem được, còn chỗ phải sửa: bước 2." in wrong
    assert not WardLadder.objects.exists()
