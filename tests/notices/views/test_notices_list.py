"""The list of notices and the page of the day: what is going on, what is left, what waits for whom."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from communities.models import HouseholdImport
from notices.models import ConfirmedVia, Notice, Reach, Recipient
from tests import factories

Status = Notice.Status


@pytest.fixture
def make_notice(ward, villages, editor):
    """`make_notice(status, …)`: a notice of Hoa Đồng to its first village."""

    def make(status=Status.DRAFT, **fields):
        now = timezone.now()
        if status in {Status.PUBLISHED, Status.CLOSED, Status.WITHDRAWN}:
            fields = {"published_at": now, "fanned_out_at": now, "submitted_at": now, **fields}
        if status == Status.SUBMITTED:
            fields = {"submitted_at": now, **fields}
        return factories.NoticeFactory(
            **{"ward": ward, "created_by": editor, "villages": villages[:1], "status": status, **fields}
        )

    return make


@pytest.fixture
def reached(make_household, villages):
    """`reached(notice, [Reach…])`: one household for each."""

    def make(notice, reaches, village=villages[0]):
        now = timezone.now()
        for reach in reaches:
            told = {"confirmed_at": now, "confirmed_via": ConfirmedVia.LINK} if reach == Reach.CONFIRMED else {}
            Recipient.objects.create(
                notice=notice,
                household=make_household(village),
                ward=notice.ward,
                village=village,
                reach=reach,
                **told,
            )

    return make


# --- the list -----------------------------------------------------------------------------------------


def test_the_list_says_told_of_all(client_for, viewer, make_notice, reached):
    reached(make_notice(Status.PUBLISHED), [Reach.CONFIRMED, Reach.SEEN, Reach.DELIVERED, Reach.SENT])

    page = client_for(viewer).get(reverse("notices")).content.decode()

    assert '<b class="figures">3 trên 4 hộ</b> đã được báo' in page
    assert "còn 1 hộ" in page
    assert 'aria-label="1 đã xác nhận, 1 đã mở xem, 1 đã đến máy, 1 đã gửi"' in page


def test_states_filter_the_list(client_for, editor, make_notice):
    for status in (Status.DRAFT, Status.SUBMITTED, Status.RETURNED, Status.PUBLISHED, Status.CLOSED, Status.WITHDRAWN):
        make_notice(status, title=f"Thông báo {status}")
    browser = client_for(editor)

    def shown(state):
        page = browser.get(reverse("notices"), {"trang-thai": state}).context
        return {notice.status for notice, _counts in page["rows"]}

    assert len(shown("")) == 6
    assert shown("dang-dien-ra") == {Status.PUBLISHED}
    assert shown("cho-duyet") == {Status.SUBMITTED}
    assert shown("da-xong") == {Status.CLOSED, Status.WITHDRAWN}
    assert len(shown("không-có")) == 6
    filters = browser.get(reverse("notices")).context["filters"]
    assert {f["key"]: f["number"] for f in filters} == {
        "": 6, "dang-dien-ra": 1, "cho-duyet": 1, "tra-lai": 1, "ban-nhap": 1, "da-xong": 2,
    }  # fmt: skip


def test_an_empty_list_teaches_the_next_step(client_for, editor, viewer):
    assert "Soạn thông báo đầu tiên" in client_for(editor).get(reverse("notices")).content.decode()
    assert "Soạn thông báo đầu tiên" not in client_for(viewer).get(reverse("notices")).content.decode()


def test_another_wards_notices_are_not_listed(client_for, outsider, make_notice):
    make_notice(Status.PUBLISHED)

    assert client_for(outsider).get(reverse("notices")).context["rows"] == []


def test_pages_hold_twenty(client_for, viewer, make_notice):
    for _n in range(21):
        make_notice()
    browser = client_for(viewer)

    assert len(browser.get(reverse("notices")).context["rows"]) == 20
    second = browser.get(reverse("notices"), {"page": 2, "trang-thai": "ban-nhap"})
    assert len(second.context["rows"]) == 1
    assert "?trang-thai=ban-nhap&amp;page=1" in second.content.decode()


def test_the_list_asks_few_questions_however_long(client_for, viewer, make_notice, reached, django_assert_num_queries):
    for _n in range(12):
        reached(make_notice(Status.PUBLISHED), [Reach.SENT])
    browser = client_for(viewer)

    with django_assert_num_queries(9):
        browser.get(reverse("notices"))


# --- the page of the day --------------------------------------------------------------------------------


def test_the_day_in_one_sentence(client_for, approver, make_notice, reached):
    reached(make_notice(Status.PUBLISHED), [Reach.CONFIRMED, Reach.NOT_REACHED, Reach.SENT])
    make_notice(Status.SUBMITTED)

    page = client_for(approver).get(reverse("today")).content.decode()

    assert "Đang diễn ra <b>1 thông báo</b>" in page
    assert "<b>1 việc</b> chờ ông/bà" in page
    assert "còn <b>2 hộ</b> phải báo" in page


def test_a_household_left_by_two_notices_counts_once(client_for, viewer, make_notice, household):
    for _n in range(2):
        notice = make_notice(Status.PUBLISHED)
        Recipient.objects.create(notice=notice, household=household, ward=notice.ward, village=household.village)

    assert client_for(viewer).get(reverse("today")).context["left"] == 1


def test_what_is_left_is_shown_for_the_most_urgent(client_for, viewer, make_notice, reached, villages):
    reached(make_notice(Status.PUBLISHED, urgency="THUONG"), [Reach.SENT, Reach.SENT, Reach.SENT])
    urgent = make_notice(Status.PUBLISHED, urgency="KHAN", published_at=timezone.now() - timedelta(days=1))
    reached(urgent, [Reach.SENT])
    reached(urgent, [Reach.DELIVERED], villages[1])
    reached(make_notice(Status.PUBLISHED, urgency="HOA_TOC"), [Reach.CONFIRMED])

    context = client_for(viewer).get(reverse("today")).context

    assert context["urgent"].notice == urgent
    assert [(row.village, row.counts.left) for row in context["places"]] == [(villages[0], 1)]


def test_each_person_meets_their_own_work(client_for, editor, approver, admin, viewer, make_notice, ward):
    waiting = make_notice(Status.SUBMITTED)
    own = make_notice(Status.SUBMITTED, created_by=admin)
    returned = make_notice(Status.RETURNED, returned_reason="Ghi rõ giờ.")
    upload = HouseholdImport.objects.create(
        ward=ward, filename="so ho.xlsx", content=b"", status="READY", created_by=editor
    )

    def todo(user):
        return client_for(user).get(reverse("today")).context["todo"]

    assert todo(editor) == {"approve": [], "correct": [returned], "imports": [upload]}
    assert todo(approver) == {"approve": [waiting, own], "correct": [], "imports": []}
    assert todo(admin) == {"approve": [waiting], "correct": [], "imports": [upload]}
    assert todo(viewer) == {"approve": [], "correct": [], "imports": []}


def test_a_stopped_channel_says_so_in_words(client_for, viewer, gateways):
    zalo, _sms = gateways
    zalo.stopped_at, zalo.stopped_reason = timezone.now(), "-115"
    zalo.save()

    page = client_for(viewer).get(reverse("today")).content.decode()

    assert "đang dừng" in page
    assert "Tài khoản Zalo hết tiền." in page
    assert page.count("chạy tốt") == 1


@pytest.mark.parametrize("who", ["head", "helper"])
def test_village_staff_go_to_their_round(client_for, who, request):
    browser = client_for(request.getfixturevalue(who))

    assert browser.get(reverse("today")).url == reverse("visits")
    assert browser.get(reverse("notices")).status_code == 403


def test_without_households_the_day_starts_with_the_list(client_for, editor):
    assert "Bắt đầu từ danh sách hộ" in client_for(editor).get(reverse("today")).content.decode()


def test_the_day_asks_few_questions_however_busy(
    client_for, admin, make_notice, reached, gateways, django_assert_num_queries
):
    for _n in range(8):
        reached(make_notice(Status.PUBLISHED), [Reach.SENT, Reach.CONFIRMED])
        make_notice(Status.SUBMITTED)
    browser = client_for(admin)

    with django_assert_num_queries(16):
        browser.get(reverse("today"))


def test_an_empty_ward_asks_for_its_list_only_those_who_may_bring_it(client_for, editor, viewer, villages):
    button = f'href="{reverse("import_new")}"'
    for user, may_import in ((editor, True), (viewer, False)):
        page = client_for(user).get(reverse("today")).content.decode()
        assert "Bắt đầu từ danh sách hộ" in page
        assert (button in page) is may_import
