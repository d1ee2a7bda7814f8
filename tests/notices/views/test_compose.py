"""An official writes a notice, sees what households will see, hands it on; a second person publishes it."""

from datetime import time, timedelta

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from notices.gateways import budget
from notices.ladder import rules
from notices.models import Delivery, Notice, Recipient
from notices.models.notice import NoticeQuerySet
from tests import factories
from tests.markup import read

Status = Notice.Status


@pytest.fixture
def people_at_home(villages, make_household):
    """Two households with a phone and one without in the first village, one with a phone in the second."""
    return [
        make_household(villages[0]),
        make_household(villages[0]),
        make_household(villages[0], phone=None),
        make_household(villages[1]),
    ]


def typed(villages=(), **changes):
    """What the browser sends for a finished notice."""
    return {
        "title": "Ngừng cấp điện để sửa đường dây",
        "body": "Điện lực ngừng cấp điện.\n\nBà con chủ động tích nước.",
        "urgency": "KHAN",
        "happens_at": "2027-01-05T07:00",
        "place": "Thôn Đông Phú",
        "contact": "Tổng đài điện lực, 0510 000 014",
        "villages": [village.pk for village in villages],
        "is_confirmation_wanted": "1",
        "confirm_by": "",
        "sms_text": "",
        **changes,
    }


@pytest.fixture
def submitted(ward, villages, editor, people_at_home):
    """A notice of the editor to the first village, waiting for approval."""
    return factories.NoticeFactory(
        ward=ward, created_by=editor, villages=[villages[0]], status=Status.SUBMITTED, submitted_at=timezone.now()
    )


# --- writing ------------------------------------------------------------------------------------------


def test_a_draft_needs_only_a_title(client_for, editor, ward, villages):
    response = client_for(editor).post(reverse("notice_new"), {"title": "Họp thôn", "urgency": "THUONG", "save": "1"})

    notice = Notice.objects.get()
    assert response.url == reverse("notice_edit", args=[notice.pk])
    assert (notice.ward, notice.created_by, notice.status) == (ward, editor, Status.DRAFT)
    assert notice.villages.count() == 0


def test_a_finished_notice_is_handed_to_the_approver(client_for, editor, villages, people_at_home):
    response = client_for(editor).post(reverse("notice_new"), typed(villages[:1], submit="1"))

    notice = Notice.objects.get()
    assert response.url == reverse("notice", args=[notice.pk])
    assert notice.status == Status.SUBMITTED
    assert notice.urgency == "KHAN"
    assert timezone.localtime(notice.happens_at).isoformat() == "2027-01-05T07:00:00+07:00"
    assert notice.body == "Điện lực ngừng cấp điện.\n\nBà con chủ động tích nước."
    assert list(notice.villages.all()) == villages[:1]
    assert Recipient.objects.count() == 0
    assert Delivery.objects.count() == 0


def test_the_whole_ward_is_every_village(client_for, editor, villages, other_village, people_at_home):
    client_for(editor).post(reverse("notice_new"), typed(is_whole_ward="1", submit="1"))

    assert set(Notice.objects.get().villages.all()) == set(villages)


def test_without_an_audience_nothing_changes_and_the_text_stays(client_for, editor, villages, people_at_home):
    response = client_for(editor).post(reverse("notice_new"), typed(submit="1"))

    assert Notice.objects.count() == 0
    assert "Chưa chọn nơi nhận. Chọn ít nhất một thôn, hoặc cả xã." in response.content.decode()
    assert "Bà con chủ động tích nước." in response.content.decode()
    assert response.context["form"].mistakes == [("id_villages", "nơi nhận")]


def test_villages_without_households_are_no_audience(client_for, editor, villages, people_at_home):
    response = client_for(editor).post(reverse("notice_new"), typed(villages[2:], submit="1"))

    assert Notice.objects.count() == 0
    assert "Các thôn đã chọn chưa có hộ nào." in response.content.decode()


def test_a_village_of_another_ward_is_refused(client_for, editor, villages, other_village):
    response = client_for(editor).post(reverse("notice_new"), typed([other_village], save="1"))

    assert Notice.objects.count() == 0
    assert "villages" in response.context["form"].errors


def test_a_deadline_in_the_past_is_refused(client_for, editor, villages, people_at_home):
    past = timezone.localtime() - timedelta(minutes=1)
    response = client_for(editor).post(
        reverse("notice_new"), typed(villages[:1], confirm_by=past.strftime("%Y-%m-%dT%H:%M"), save="1")
    )

    assert Notice.objects.count() == 0
    assert "Hạn xác nhận đã qua. Chọn ngày giờ sau lúc này." in response.content.decode()
    assert past.strftime("%Y-%m-%dT%H:%M") in response.content.decode()


def test_a_title_that_is_too_long_says_how_long(client_for, editor, villages):
    response = client_for(editor).post(reverse("notice_new"), typed(villages, title="a" * 151, save="1"))

    assert Notice.objects.count() == 0
    assert "Dài quá 150 ký tự (đang có 151)." in response.content.decode()


def test_letters_are_stored_composed(client_for, editor, villages):
    client_for(editor).post(reverse("notice_new"), typed(villages, title="Ho\u0323p  tho\u0302n", save="1"))

    assert Notice.objects.get().title == "Họp thôn"


def test_a_returned_notice_is_changed_and_submitted_again(client_for, editor, ward, villages, people_at_home):
    notice = factories.NoticeFactory(
        ward=ward, created_by=editor, villages=villages[:1], status=Status.RETURNED, returned_reason="Ghi rõ giờ."
    )
    browser = client_for(editor)
    assert "Ghi rõ giờ." in browser.get(reverse("notice_edit", args=[notice.pk])).content.decode()

    browser.post(reverse("notice_edit", args=[notice.pk]), typed(villages[1:2], submit="1"))

    notice.refresh_from_db()
    assert (notice.status, notice.returned_reason) == (Status.SUBMITTED, "")
    assert list(notice.villages.all()) == villages[1:2]


def test_a_submitted_notice_does_not_change_under_the_approver(client_for, editor, submitted, villages):
    browser = client_for(editor)
    page = reverse("notice_edit", args=[submitted.pk])

    assert browser.get(page).url == reverse("notice", args=[submitted.pk])
    browser.post(page, typed(villages, title="Tiêu đề khác", save="1"))

    submitted.refresh_from_db()
    assert submitted.title == "Họp nhân dân bàn việc làm đường nội thôn"


def test_what_was_submitted_meanwhile_is_not_overwritten(client_for, editor, ward, villages, monkeypatch):
    notice = factories.NoticeFactory(ward=ward, created_by=editor, villages=villages[:1])
    from notices.writing import forms

    checked = forms.NoticeForm.clean

    def somebody_submits_now(form):
        Notice.objects.filter(pk=notice.pk).advance(Status.SUBMITTED)
        return checked(form)

    monkeypatch.setattr(forms.NoticeForm, "clean", somebody_submits_now)
    response = client_for(editor).post(
        reverse("notice_edit", args=[notice.pk]), typed(villages, title="Tiêu đề khác", save="1")
    )

    notice.refresh_from_db()
    assert (notice.title, notice.status) == ("Họp nhân dân bàn việc làm đường nội thôn", Status.SUBMITTED)
    assert list(notice.villages.all()) == villages[:1]
    assert "Người khác vừa trình thông báo này" in response.content.decode()
    assert "Tiêu đề khác" in response.content.decode()


@pytest.mark.parametrize("who", ["head", "helper", "viewer"])
def test_who_does_not_write_meets_a_closed_door(client_for, who, request, villages):
    browser = client_for(request.getfixturevalue(who))

    assert browser.get(reverse("notice_new")).status_code == 403
    assert browser.post(reverse("notice_new"), typed(villages, save="1")).status_code == 403
    assert browser.post(reverse("notice_preview"), typed(villages)).status_code == 403
    assert Notice.objects.count() == 0


def test_another_ward_does_not_see_it_exists(client_for, outsider, submitted):
    browser = client_for(outsider)

    for name in ("notice_edit", "notice_approve", "notice_return"):
        assert browser.get(reverse(name, args=[submitted.pk])).status_code == 404
    for name in ("notice_submit", "notice_approve", "notice_return"):
        assert browser.post(reverse(name, args=[submitted.pk])).status_code == 404
    submitted.refresh_from_db()
    assert submitted.status == Status.SUBMITTED


def test_a_stranger_is_sent_to_sign_in(client_for):
    for name in ("today", "notices", "notice_new"):
        assert client_for(None).get(reverse(name)).url.startswith(reverse("account_login"))


def test_a_double_click_writes_one_notice(client_for, editor, villages, people_at_home):
    browser = client_for(editor)
    code = browser.get(reverse("notice_new")).context["notice"].code

    for _click in range(2):
        browser.post(reverse("notice_new"), typed(villages[:1], code=code, save="1"))
    for _click in range(2):
        browser.post(reverse("notice_new"), typed(villages[:1], code=code, submit="1"))

    notice = Notice.objects.get()
    assert (notice.code, notice.status) == (code, Status.SUBMITTED)


def test_two_clicks_at_once_write_one_notice(client_for, editor, villages, people_at_home, monkeypatch):
    browser = client_for(editor)
    first = browser.post(reverse("notice_new"), typed(villages[:1], code="ACDEFG", submit="1"))
    # The second click looks before the first one has written.
    monkeypatch.setattr(NoticeQuerySet, "visible_to", lambda rows, user: rows.none())
    second = browser.post(reverse("notice_new"), typed(villages[:1], code="ACDEFG", submit="1"))

    assert Notice.objects.count() == 1
    assert second.url == first.url


def test_a_code_somebody_else_has_is_replaced(client_for, editor, outsider, other_ward, villages, people_at_home):
    theirs = factories.NoticeFactory(ward=other_ward, created_by=outsider, code="ACDEFG")
    client_for(editor).post(reverse("notice_new"), typed(villages[:1], code="ACDEFG", save="1"))

    ours = Notice.objects.exclude(pk=theirs.pk).get()
    assert (ours.created_by, len(ours.code)) == (editor, 6)
    assert ours.code != "ACDEFG"


# --- previews -----------------------------------------------------------------------------------------


def test_the_preview_counts_households_by_channel(client_for, editor, villages, people_at_home, gateways):
    response = client_for(editor).post(reverse("notice_preview"), typed(villages[:1]))

    audience = response.context["preview"].audience
    assert (audience.households, audience.by_channel, audience.in_person) == (3, {"ZALO": 2, "SMS": 0}, 1)
    assert "Thông báo khẩn: Ngừng cấp điện để sửa đường dây" in response.content.decode()
    assert response.context["preview"].cost == 2 * 300
    assert Notice.objects.count() == 0


def test_the_preview_points_at_letters_that_cost(client_for, editor, villages, gateways):
    response = client_for(editor).post(reverse("notice_preview"), typed(villages, sms_text="Cat dien 7h–15h"))

    preview = response.context["preview"]
    assert preview.sms.costly == ["–"]
    assert ("–", True) in preview.pieces
    assert "".join(text for text, _is_costly in preview.pieces) == preview.sms.text
    assert (preview.sms.parts, preview.plain_sms.parts) == (2, 1)
    assert read(response).texts("mark") == ["–"]
    assert (preview.sms_parts_price, preview.plain_sms_price) == (1300, 650)


def test_a_flash_notice_is_priced_for_both_channels(client_for, editor, villages, people_at_home, gateways):
    response = client_for(editor).post(reverse("notice_preview"), typed(villages[:1], urgency="HOA_TOC"))

    assert response.context["preview"].cost == 2 * 300 + 2 * 650


@pytest.mark.parametrize(
    ("channels", "mode", "said", "cost"),
    [
        (["ZALO", "SMS"], "all", "2 tin Zalo, 2 tin SMS", 2 * 300 + 2 * 650),
        (["SMS", "ZALO"], "first", "2 tin SMS, 0 tin Zalo", 2 * 650),
        (["SMS", "VISIT"], "all", "2 tin SMS", 2 * 650),
        (["ZALO"], "first", "2 tin Zalo", 2 * 300),
    ],
)
def test_the_price_is_that_of_the_wards_own_first_step(
    client_for, approver, submitted, ward, people_at_home, gateways, villages, channels, mode, said, cost
):
    rungs = [{"after_minutes": 0, "channels": channels, "mode": mode}]
    rules.set_own(ward=ward, urgency=submitted.urgency, rungs=rungs, by=approver)
    submitted.villages.set(villages[:1])
    submitted.villages.get().households.exclude(pk__in=[row.pk for row in people_at_home]).update(is_active=False)

    response = client_for(approver).get(reverse("notice_approve", args=[submitted.pk]))

    preview = response.context["preview"]
    assert preview.cost == cost
    assert f"{said}: " in read(response).text


def test_the_count_is_spoken_only_when_it_changed(client_for, editor, villages, people_at_home):
    browser = client_for(editor)
    news = browser.post(reverse("notice_preview"), typed(villages[:1], heard="0")).content.decode()
    same = browser.post(reverse("notice_preview"), typed(villages[:1], heard="3")).content.decode()

    assert read(news).one("#live[hx-swap-oob=innerHTML]").text == "3 hộ sẽ nhận"
    assert 'id="live"' not in same


def test_the_preview_takes_half_a_text(client_for, editor, villages):
    response = client_for(editor).post(reverse("notice_preview"), {"title": "", "confirm_by": "không phải ngày"})

    assert response.status_code == 200
    assert "(tiêu đề)" in response.content.decode()
    assert "0 hộ" in response.content.decode()


def test_what_is_typed_is_shown_and_never_run(client_for, editor, villages):
    response = client_for(editor).post(reverse("notice_preview"), typed(villages, title="<script>alert(1)</script>"))

    assert "<script>alert" not in response.content.decode()
    assert "&lt;script&gt;alert(1)" in response.content.decode()


def test_one_part_is_one_part_in_english_too(client_for, editor, villages, gateways):
    browser = client_for(editor)
    browser.cookies["language"] = "en"

    page = read(browser.post(reverse("notice_preview"), typed(villages, sms_text="Cat dien 7h–15h")))

    assert [line.split(" · ")[0] for line in page.texts(".cost > div > b")] == ["2 parts", "1 part"]


def test_marks_are_taken_from_the_sms_on_request(client_for, editor, villages):
    response = client_for(editor).post(
        reverse("notice_new"), typed(villages, title="", sms_text="Họp thôn – 19h", unaccent="1")
    )

    assert Notice.objects.count() == 0
    assert "Hop thon - 19h</textarea>" in response.content.decode()
    assert "Thông báo cần có tiêu đề." not in response.content.decode()


def test_letters_without_a_plain_form_are_named_to_the_author(client_for, editor, villages):
    notice = typed(villages, title="Họp thôn 😀 lúc 19h 中, 500 m²")
    page = read(client_for(editor).post(reverse("notice_preview"), notice))

    assert page.one(".sms-preview .bubble").text.startswith("XA HOA DONG: Hop thon 😀 luc 19h 中, 500 m2. Xem:")
    assert page.texts("mark") == ["😀", "中"]
    assert page.texts(".cost > div")[1:] == ["Không có cách viết thường cho 😀 中: bỏ hoặc thay đi thì tin rẻ hơn."]
    assert page.all("[name=unaccent]") == []  # it would change nothing


# --- approving ----------------------------------------------------------------------------------------


def test_the_approver_reads_the_consequence_in_numbers(client_for, approver, submitted, gateways):
    page = client_for(approver).get(reverse("notice_approve", args=[submitted.pk])).content.decode()

    assert "Khi duyệt, 3 hộ được báo: 2 hộ qua Zalo, 0 hộ qua SMS, 1 hộ do trưởng thôn báo trực tiếp." in page
    assert "Duyệt và gửi cho 3 hộ" in page


def test_a_channel_the_wards_steps_do_not_use_tells_nobody(
    client_for, approver, submitted, ward, people_at_home, make_household, villages, gateways, at
):
    make_household(villages[0], contact={"no_account": {"ZALO": at.isoformat()}})
    rungs = [{"after_minutes": 0, "channels": ["ZALO"], "mode": "first"}]
    rules.set_own(ward=ward, urgency=submitted.urgency, rungs=rungs, by=approver)

    page = read(client_for(approver).get(reverse("notice_approve", args=[submitted.pk])))

    said = "Khi duyệt, 4 hộ được báo: 2 hộ qua Zalo, 2 hộ do trưởng thôn báo trực tiếp."
    assert page.one(".approval-summary .big-words").text == said


def test_a_later_step_says_what_it_may_come_to(client_for, editor, villages, people_at_home, gateways):
    urgent, flash = (
        read(client_for(editor).post(reverse("notice_preview"), typed(villages[:1], urgency=urgency))).texts("#plan li")
        for urgency in ("KHAN", "HOA_TOC")
    )

    assert ["Nhiều nhất" in line for line in urgent] == [False, True, True, False]
    assert "Nhiều nhất 1.300 đồng" in urgent[1]
    assert "Nhiều nhất 600 đồng" in urgent[2]
    assert "Mỗi lần nhiều nhất 1.900 đồng" in flash[2]


def test_a_second_person_publishes_to_every_household(client_for, approver, submitted, gateways, run_tasks, sent_to):
    with run_tasks():
        response = client_for(approver).post(reverse("notice_approve", args=[submitted.pk]))

    submitted.refresh_from_db()
    assert response.url == reverse("notice", args=[submitted.pk])
    assert (submitted.status, submitted.published_by) == (Status.PUBLISHED, approver)
    assert sent_to == [submitted.pk]


def test_a_double_click_publishes_once(client_for, approver, submitted, gateways, run_tasks, sent_to):
    browser = client_for(approver)
    with run_tasks():
        browser.post(reverse("notice_approve", args=[submitted.pk]))
        second = browser.post(reverse("notice_approve", args=[submitted.pk]), follow=True)

    assert sent_to == [submitted.pk]
    assert "Lần bấm này không gửi thêm." in second.content.decode()


def test_two_approvers_publish_once(client_for, approver, admin, submitted, gateways, run_tasks, sent_to):
    with run_tasks():
        client_for(approver).post(reverse("notice_approve", args=[submitted.pk]))
        second = client_for(admin).post(reverse("notice_approve", args=[submitted.pk]), follow=True)

    submitted.refresh_from_db()
    assert (submitted.published_by, sent_to) == (approver, [submitted.pk])
    assert "Người khác vừa xử lý thông báo này." in second.content.decode()


def test_an_author_does_not_approve_their_own(client_for, admin, ward, villages, people_at_home, run_tasks, sent_to):
    notice = factories.NoticeFactory(
        ward=ward, created_by=admin, villages=villages[:1], status=Status.SUBMITTED, submitted_at=timezone.now()
    )
    browser = client_for(admin)
    page = browser.get(reverse("notice_approve", args=[notice.pk])).content.decode()
    assert "Thông báo do chính ông/bà soạn." in page
    assert "Duyệt và gửi" not in page

    with run_tasks():
        answer = browser.post(reverse("notice_approve", args=[notice.pk]), follow=True)

    notice.refresh_from_db()
    assert (notice.status, sent_to) == (Status.SUBMITTED, [])
    assert "Cần một người khác duyệt." in answer.content.decode()


@pytest.mark.parametrize("who", ["editor", "viewer"])
def test_who_may_not_approve_changes_nothing(client_for, who, request, submitted, run_tasks, sent_to):
    with run_tasks():
        client_for(request.getfixturevalue(who)).post(reverse("notice_approve", args=[submitted.pk]))
        client_for(request.getfixturevalue(who)).post(reverse("notice_return", args=[submitted.pk]), {"reason": "x"})

    submitted.refresh_from_db()
    assert (submitted.status, sent_to) == (Status.SUBMITTED, [])


def test_returning_needs_a_reason(client_for, approver, submitted):
    response = client_for(approver).post(reverse("notice_return", args=[submitted.pk]), {"reason": "   "})

    submitted.refresh_from_db()
    assert submitted.status == Status.SUBMITTED
    assert "Viết cần sửa gì, để người soạn biết." in response.content.decode()


def test_a_reason_that_is_too_long_is_kept(client_for, approver, submitted):
    reason = "Ghi rõ giờ. " * 50
    response = client_for(approver).post(reverse("notice_return", args=[submitted.pk]), {"reason": reason})

    submitted.refresh_from_db()
    assert submitted.status == Status.SUBMITTED
    assert reason.strip() in response.content.decode()


def test_the_author_reads_the_reason_word_for_word(client_for, editor, approver, submitted):
    client_for(approver).post(reverse("notice_return", args=[submitted.pk]), {"reason": "Ghi rõ giờ của từng thôn"})

    submitted.refresh_from_db()
    assert (submitted.status, submitted.returned_reason) == (Status.RETURNED, "Ghi rõ giờ của từng thôn")
    assert "Ghi rõ giờ của từng thôn" in client_for(editor).get(reverse("today")).content.decode()
    assert "Ghi rõ giờ của từng thôn" in client_for(editor).get(reverse("notice", args=[submitted.pk])).content.decode()


def test_a_waiting_author_reads_who_can_approve(client_for, editor, approver, admin, submitted):
    page = client_for(editor).get(reverse("notice", args=[submitted.pk])).content.decode()

    assert "Người duyệt được: Hà Thị Ngọc, Lê Văn Quang." in page


@pytest.fixture
def sent_to(monkeypatch):
    """Ids of notices whose households were to be written, in order; the carrying out is tested elsewhere."""
    from notices.publishing import fanning_out

    ids = []
    monkeypatch.setattr(fanning_out, "fan_out", lambda *, notice, at: ids.append(notice.pk))
    return ids


# --- how long, and when ---------------------------------------------------------------------------------


@pytest.fixture
def morning(at, settings):
    """09:00 on 5 December 2026, with quiet hours as delivered."""
    settings.QUIET_HOURS = (time(22), time(6))
    with time_machine.travel(at, tick=False) as traveller:
        yield traveller


def page_of(response) -> str:
    return " ".join(response.content.decode().split())


def test_end_and_evening_are_kept(client_for, editor, villages, people_at_home, morning):
    client_for(editor).post(
        reverse("notice_new"),
        typed(villages[:1], submit="1", urgency="THUONG", valid_until="2027-01-06T17:00", is_for_evening="1"),
    )

    notice = Notice.objects.get()
    assert timezone.localtime(notice.valid_until).isoformat() == "2027-01-06T17:00:00+07:00"
    assert notice.is_for_evening


@pytest.mark.parametrize("urgency", ["KHAN", "THUONG_KHAN", "HOA_TOC"])
def test_what_is_urgent_does_not_wait_for_the_evening(client_for, editor, villages, morning, urgency):
    client_for(editor).post(reverse("notice_new"), typed(villages[:1], save="1", urgency=urgency, is_for_evening="1"))

    assert not Notice.objects.get().is_for_evening


@pytest.mark.parametrize(
    ("end", "sentence"),
    [
        ("2026-12-05T09:00", "Lúc này đã qua. Chọn ngày giờ sau lúc này."),
        ("2027-01-05T06:59", "Thông báo hết hiệu lực trước khi việc diễn ra. Chọn ngày giờ muộn hơn."),
        ("1026-12-05T09:00", "Ngày giờ chưa đúng. Chọn lại ngày và giờ."),
    ],
)
def test_an_end_that_makes_no_sense_is_refused(client_for, editor, villages, people_at_home, morning, end, sentence):
    response = client_for(editor).post(reverse("notice_new"), typed(villages[:1], submit="1", valid_until=end))

    assert Notice.objects.count() == 0
    assert sentence in response.content.decode()
    assert response.context["form"].mistakes == [("id_valid_until", "có hiệu lực đến")]


def test_flash_notices_are_said_to_repeat_until_their_end(client_for, editor, morning):
    page = page_of(client_for(editor).get(reverse("notice_new")))

    assert "Hỏa tốc nhắc lại 30 phút một lần đến lúc này (không ghi thì 24 giờ)" in page


def test_a_notice_whose_validity_ended_while_it_waited_is_not_published(client_for, approver, submitted):
    Notice.objects.update(valid_until=timezone.now() - timedelta(minutes=1))

    client_for(approver).post(reverse("notice_approve", args=[submitted.pk]))

    assert Notice.objects.get().status == Status.SUBMITTED
    assert Recipient.objects.count() == 0


@pytest.mark.parametrize(
    ("fields", "steps"),
    [
        (
            {"urgency": "KHAN"},
            [
                "Ngay lúc duyệt: Zalo; hộ không có Zalo thì SMS",
                "Lúc 09:30: SMS; vào việc hôm nay của trưởng thôn; đọc trên loa truyền thanh",
                "Lúc 11:00: Zalo; hộ không có Zalo thì SMS",
            ],
        ),
        (
            {"urgency": "THUONG", "is_for_evening": True},
            [
                "Lúc 18:30: Zalo; hộ không có Zalo thì SMS",
                "Lúc 18:30 06/12: vào việc hôm nay của trưởng thôn",
            ],
        ),
        (
            {"urgency": "HOA_TOC"},
            [
                "Ngay lúc duyệt: Zalo và SMS cùng lúc",
                "Lúc 09:10: vào việc hôm nay của trưởng thôn; đọc trên loa truyền thanh",
                "Lúc 09:30: Zalo và SMS cùng lúc",
            ],
        ),
    ],
)
def test_the_approver_reads_every_step_with_its_moment(
    client_for, approver, submitted, gateways, morning, fields, steps
):
    Notice.objects.update(**fields)

    response = client_for(approver).get(reverse("notice_approve", args=[submitted.pk]))

    assert [step.title for step in response.context["preview"].steps] == steps


def test_a_reminder_that_comes_too_late_is_said_to_be_left_out(client_for, approver, submitted, morning, at):
    Notice.objects.update(confirm_by=at + timedelta(hours=2))

    steps = client_for(approver).get(reverse("notice_approve", args=[submitted.pk])).context["preview"].steps

    left_out = [(step.title, list(step.details)) for step in steps if step.state == "passed"]
    assert left_out == [
        ("Bỏ qua: Zalo", ["Quá sát lần gửi đầu (dưới 30 phút)"]),
        ("Bỏ qua: vào việc hôm nay của trưởng thôn", ["Lúc đó thông báo đã hết hiệu lực"]),
    ]


def test_in_the_night_the_approver_reads_when_messages_begin(client_for, approver, submitted, morning, at):
    morning.move_to(at.replace(hour=23))

    page = page_of(client_for(approver).get(reverse("notice_approve", args=[submitted.pk])))

    assert "Tin bắt đầu gửi lúc 06:00 06/12 (giờ yên lặng 22:00–06:00)." in page


@pytest.mark.parametrize(
    ("hour", "words"),
    [
        (10, "Đã duyệt. Tin đang được gửi đi, con số dưới đây tự tăng."),
        (23, "Đã duyệt. Tin bắt đầu gửi lúc 06:00 06/12 (giờ yên lặng 22:00–06:00)."),
    ],
)
def test_whoever_approved_reads_when_messages_begin(
    client_for, approver, submitted, gateways, morning, sent_to, at, hour, words
):
    morning.move_to(at.replace(hour=hour))

    response = client_for(approver).post(reverse("notice_approve", args=[submitted.pk]), follow=True)

    assert words in page_of(response)


@pytest.mark.parametrize(
    ("limit", "urgency", "sentence"),
    [
        (1_200_000, "THUONG", "Ngân sách tháng còn 1.200.000 đồng; lần gửi này khoảng 600 đồng."),
        (500, "THUONG", "Hết tiền thì dừng; hộ chưa được gửi vào việc hôm nay của trưởng thôn."),
        (500, "KHAN", "Thông báo khẩn vẫn gửi hết, dù vượt ngân sách."),
        (None, "THUONG", None),
    ],
)
def test_the_approver_reads_whether_the_money_suffices(
    client_for, approver, submitted, gateways, ward, morning, at, limit, urgency, sentence
):
    budget.set_limit(ward=ward, limit=limit, at=at)
    Notice.objects.update(urgency=urgency)

    page = page_of(client_for(approver).get(reverse("notice_approve", args=[submitted.pk])))

    assert sentence in page if sentence else "Ngân sách tháng" not in page
