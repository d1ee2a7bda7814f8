"""The household's page: read and confirm on a cheap phone; robots change nothing."""

import gzip
import re
from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from pghistory.models import Context

from notices.models import ConfirmedVia, Delivery, Notice, Reach, Recipient
from notices.publishing import lifecycle
from notices.residents import confirmations, links
from notices.residents.letter import Block, blocks_of, phone_in
from portal.env import ROOT
from tests import factories
from tests.markup import read

ROBOTS = ["facebookexternalhit/1.1", "Zalo/1.0 (preview)", "Mozilla/5.0 (compatible; Googlebot/2.1)", ""]


@pytest.fixture
def household_phone() -> Client:
    """The household's browser: nobody is signed in, CSRF is enforced, nothing is sent along."""
    return Client(enforce_csrf_checks=True)


@pytest.fixture(autouse=True)
def clock(at):
    """The morning after publishing."""
    with time_machine.travel(at + timedelta(hours=1), tick=False) as traveller:
        yield traveller


def page_of(recipient) -> str:
    return reverse("resident", args=[links.token(recipient.pk)])


@pytest.mark.parametrize(
    "copied",
    [
        "{}", "{}.", "{},", "{})", "{}%20", "{}/)", "{}/,", "{}/%22", "{}%E2%80%8B", "{}/%E2%80%8B", "{}&#39;/", "{}_",
        "{}-/", "%3C{}%3E", "{}/xem", "{}…/", "%20{} /", "{}?zarsrc=30", "{}/?fbclid=x",
        "{}%0A", "{}%0D%0A", "{}/%0A", "{}%0Abà%20con%20xem", "{}/index.html", "{}//", "{}]", "{}*", "{}»", "{}.%20/",
        "%E2%80%8B{}", "{}?/", "{}).?utm=1", "{}/https:/hoadong.example/t/{}/",
    ],
)  # fmt: skip
def test_a_link_opens_whatever_stands_behind_it(household_phone, recipient, copied):
    token = links.token(recipient.pk)
    answer = household_phone.get("/t/" + copied.format(token, token), follow=True)
    assert (answer.status_code, answer.context["recipient"]) == (200, recipient)


def test_unseen_characters_and_a_host_in_capitals_open_the_page(household_phone, recipient):
    token = links.token(recipient.pk)
    address = f"/t/{token[:9]}%C2%AD{token[9:]}%E2%81%A0/"
    answer = household_phone.get(address, follow=True, HTTP_HOST="LOCALHOST")
    assert (answer.status_code, answer.context["recipient"]) == (200, recipient)


@pytest.mark.parametrize("copied", ["{}", "{}.", "{}/)", "{}%0A", "{}%E2%80%8B"])
def test_a_wrong_letter_opens_nothing_whatever_stands_behind_it(household_phone, recipient, copied):
    token = links.token(recipient.pk)
    wrong = token[:-1] + ("A" if token[-1] != "A" else "B")
    assert household_phone.get("/t/" + copied.format(wrong), follow=True).status_code == 404


def confirm_of(recipient) -> str:
    return reverse("resident_confirm", args=[links.token(recipient.pk)])


def seen_of(recipient) -> str:
    return reverse("resident_seen", args=[links.token(recipient.pk)])


def everything() -> list:
    return [list(model.objects.order_by("pk").values()) for model in (Notice, Recipient, Delivery)]


# --- reading ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["get", "head"])
@pytest.mark.parametrize("robot", ROBOTS)
def test_opening_changes_nothing(household_phone, recipient, method, robot):
    before = everything()

    response = getattr(household_phone, method)(page_of(recipient), headers={"user-agent": robot})

    assert response.status_code == 200
    assert everything() == before


def test_page_says_who_what_when_where_and_whom_to_ask(household_phone, publish, household, at):
    notice = publish(happens_at=at + timedelta(days=1, hours=10.5), confirm_by=at + timedelta(days=3), urgency="KHAN")

    page = household_phone.get(page_of(notice.recipients.get())).content.decode()

    for words in ("UBND xã Hoa Đồng", notice.code, "Khẩn", notice.title, "Nhà văn hóa thôn", "Tôi đã đọc"):
        assert words in page
    assert "Kính gửi hộ bà Thúy, thôn Đông Phú" in page
    assert "19 giờ 30, Chủ nhật, 06/12/2026" in page
    assert 'href="tel:0510000001"' in page and "0510\N{NO-BREAK SPACE}000\N{NO-BREAK SPACE}001" in page
    assert "Xã không bao giờ hỏi mã xác thực (OTP), ảnh căn cước và không thu tiền qua đường dẫn." in page


def test_page_holds_no_more_of_the_household_than_its_given_name(household_phone, recipient, household):
    page = household_phone.get(page_of(recipient)).content.decode()

    for secret in (household.head_name, household.code, household.lane, "510200001", "0510 200 001"):
        assert secret not in page


def test_page_keeps_its_address_to_itself(household_phone, recipient):
    response = household_phone.get(page_of(recipient))

    assert response.headers["Cache-Control"] == "private, no-store"
    assert response.headers["Referrer-Policy"] == "no-referrer"
    assert response.headers["X-Robots-Tag"] == "noindex, nofollow"
    assert 'name="robots" content="noindex, nofollow"' in response.content.decode()
    assert not response.cookies


def test_first_visit_weighs_at_most_14_kb(household_phone, publish, household):
    notice = publish(body="Đề nghị bà con nộp tiền gia hạn đúng hạn để không bị gián đoạn khi đi khám. " * 60)
    page = household_phone.get(page_of(notice.recipients.get())).content
    loaded = [page, *((ROOT / path).read_bytes() for path in ("static/css/resident.css", "static/js/resident.js"))]

    assert re.findall(rb'(?:src|href)="/static/([^"]+)"', page) == [b"css/resident.css", b"js/resident.js"]
    assert sum(len(gzip.compress(part, mtime=0)) for part in loaded) <= 14 * 1024
    assert len(gzip.compress(loaded[2], mtime=0)) < 1024


def test_page_is_two_queries(household_phone, recipient, django_assert_num_queries):
    with django_assert_num_queries(2):  # the second asks who else the phone speaks for
        household_phone.get(page_of(recipient))


def test_a_phone_of_several_households_says_whom_one_tap_confirms_for(
    household_phone, publish, household, villages, django_assert_num_queries
):
    factories.make_household(villages[0], head_name="Nguyễn Văn Hòa", phone="+84510200001")
    factories.make_household(villages[1], head_name="Đỗ Thị Bưởi")
    notice = publish()
    notice.deliveries.update(status="SENT")  # the page is opened from a message
    by_name = {row.household.head_name: row for row in notice.recipients.select_related("household")}
    page = page_of(by_name["Nguyễn Văn Hòa"])

    with django_assert_num_queries(3):
        text = " ".join(household_phone.get(page).content.decode().split())

    assert "nhận tin cho 2 hộ: hộ ông Hòa, hộ bà Thúy. Bấm một lần là xác nhận cho tất cả." in text
    assert "Bấm một lần cho cả nhà" not in text
    assert "Bấm một lần cho cả nhà" in household_phone.get(page_of(by_name["Đỗ Thị Bưởi"])).content.decode()
    household_phone.post(page + "xac-nhan/")
    confirmed = notice.recipients.filter(confirmed_via="LINK").values_list("household__head_name", flat=True)
    assert sorted(confirmed) == ["Lê Thị Thúy", "Nguyễn Văn Hòa"]
    assert "Bấm một lần" not in household_phone.get(page).content.decode()


def test_text_is_shown_as_text(household_phone, publish, household):
    notice = publish(body="<script>alert(1)</script> & bà con", title="A <b>B</b>")

    page = household_phone.get(page_of(notice.recipients.get())).content.decode()

    assert "<script>alert" not in page and "&lt;script&gt;alert(1)&lt;/script&gt; &amp; bà con" in page
    assert "A &lt;b&gt;B&lt;/b&gt;" in page


def test_hoa_toc_leads_with_the_time_and_offers_help(household_phone, publish, household, at):
    notice = publish(urgency="HOA_TOC", happens_at=at + timedelta(hours=6))

    page = " ".join(household_phone.get(page_of(notice.recipients.get())).content.decode().split())

    assert '<body class="flash">' in page
    assert "15 giờ 00 hôm nay" in read(page).texts("b")
    assert re.search(r'href="tel:0510000001">.*Tôi cần giúp, gọi ngay', page)


def test_notice_without_confirmation_has_no_button(household_phone, publish, household):
    notice = publish(is_confirmation_wanted=False)

    assert "Tôi đã đọc" not in household_phone.get(page_of(notice.recipients.get())).content.decode()


def test_english_keeps_the_official_text_and_says_so(household_phone, recipient):
    response = household_phone.get(page_of(recipient) + "?lang=en")
    page = response.content.decode()

    assert response.headers["Content-Language"] == "en"
    assert '<html lang="en">' in page and f'<h1 lang="vi">{recipient.notice.title}</h1>' in page
    assert f'action="{confirm_of(recipient)}?lang=en"' in page and 'href="?lang=vi"' in page


# --- confirming ---------------------------------------------------------------------------------------


def test_tap_confirms_without_cookie_or_script(household_phone, recipient, at):
    response = household_phone.post(confirm_of(recipient))

    assert (response.status_code, response.url) == (303, page_of(recipient))
    recipient.refresh_from_db()
    assert (recipient.reach, recipient.confirmed_via, recipient.confirmed_by) == (Reach.CONFIRMED, "LINK", None)
    assert recipient.confirmed_at == at + timedelta(hours=1)
    page = household_phone.get(response.url).content.decode()
    assert "Nhà mình đã xác nhận" in page and "Ghi lúc 10:00, 05/12/2026, trên trang của hộ." in page
    assert "<form" not in page


def test_audit_log_of_a_tap_does_not_keep_the_key(household_phone, recipient):
    household_phone.post(confirm_of(recipient))

    kept = [context.metadata for context in Context.objects.all()]
    assert [metadata["url"] for metadata in kept] == ["/t/"]


def test_second_tap_of_the_house_keeps_the_first(household_phone, recipient, clock, at):
    household_phone.post(confirm_of(recipient))
    clock.shift(timedelta(hours=2))

    response = Client().post(confirm_of(recipient))

    assert response.status_code == 303
    recipient.refresh_from_db()
    assert recipient.confirmed_at == at + timedelta(hours=1)
    assert "Ghi lúc 10:00, 05/12/2026" in household_phone.get(page_of(recipient)).content.decode()


def test_household_told_in_person_sees_that(household_phone, recipient, head, at):
    confirmations.confirm(recipient_id=recipient.pk, via=ConfirmedVia.IN_PERSON, at=at, by=head)

    page = household_phone.get(page_of(recipient)).content.decode()

    assert "Nhà mình đã được báo" in page and "Ghi lúc 09:00, 05/12/2026, báo tại nhà." in page
    assert head.full_name not in page


def test_after_the_deadline_the_page_says_so_and_still_takes_the_tap(household_phone, publish, household, clock, at):
    recipient = publish(confirm_by=at + timedelta(hours=3)).recipients.get()
    clock.move_to(at + timedelta(hours=4))

    assert "Đã quá hạn chót." in household_phone.get(page_of(recipient)).content.decode()
    household_phone.post(confirm_of(recipient))

    assert Recipient.objects.get().reach == Reach.CONFIRMED


def test_withdrawn_notice_is_gone_and_takes_no_tap(household_phone, recipient, approver, at):
    lifecycle.withdraw(notice=recipient.notice, by=approver, at=at + timedelta(minutes=30))
    before = everything()

    response = household_phone.get(page_of(recipient))
    tapped = household_phone.post(confirm_of(recipient))
    beacon = household_phone.post(seen_of(recipient))

    assert response.status_code == 410
    page = response.content.decode()
    assert "Thông báo này đã được thu hồi" in page and "09:30, 05/12/2026" in page and "<form" not in page
    assert recipient.notice.body not in page
    assert (tapped.status_code, beacon.status_code) == (303, 204)
    assert everything() == before


def test_closed_notice_is_gone(household_phone, recipient, at):
    Notice.objects.filter(pk=recipient.notice_id).advance("CLOSED", ended_at=at)

    response = household_phone.get(page_of(recipient))

    assert response.status_code == 410
    assert "Thông báo này đã kết thúc" in response.content.decode()


@pytest.mark.parametrize("where", ["resident", "resident_confirm", "resident_seen"])
@pytest.mark.parametrize("spoil", ["letter", "number", "short", "words", "empty mac"])
def test_altered_link_opens_and_changes_nothing(household_phone, recipient, where, spoil):
    number, mac = links.token(recipient.pk).split(".")
    token = {
        "letter": f"{number}.{'B' if mac[0] == 'A' else 'A'}{mac[1:]}",
        "number": f"{int(number) + 1}.{mac}",
        "short": f"{number}.{mac[:-1]}",
        "words": "không-phải",
        "empty mac": f"{number}.",
    }[spoil]
    before = everything()

    call = household_phone.get if where == "resident" else household_phone.post
    response = call(reverse(where, args=[token]))

    assert response.status_code == 404
    assert where == "resident_seen" or "Đường dẫn này không đúng" in response.content.decode()
    assert recipient.notice.title not in response.content.decode()
    assert everything() == before


def test_confirm_address_cannot_be_opened(household_phone, recipient):
    before = everything()

    assert household_phone.get(confirm_of(recipient)).status_code == 405
    assert everything() == before


# --- seen ---------------------------------------------------------------------------------------------


def test_beacon_raises_to_seen_once(household_phone, recipient, clock, at):
    assert f'data-seen="{seen_of(recipient)}"' in household_phone.get(page_of(recipient)).content.decode()

    assert household_phone.post(seen_of(recipient)).status_code == 204
    clock.shift(timedelta(hours=1))
    household_phone.post(seen_of(recipient))

    recipient.refresh_from_db()
    assert (recipient.reach, recipient.seen_at) == (Reach.SEEN, at + timedelta(hours=1))
    assert "data-seen" not in household_phone.get(page_of(recipient)).content.decode()


def test_beacon_does_not_lower_a_confirmation(household_phone, recipient):
    household_phone.post(confirm_of(recipient))

    household_phone.post(seen_of(recipient))

    recipient.refresh_from_db()
    assert recipient.reach == Reach.CONFIRMED


# --- text ---------------------------------------------------------------------------------------------


def test_paragraphs_and_lists_of_a_plain_text():
    text = "Bà con chú ý:\n1. Ngắt điện\n2) Mang nước\n\nXin cảm ơn.\r\nUBND xã\n\n- một\n- hai"

    assert blocks_of(text) == [
        Block("p", ["Bà con chú ý:"]),
        Block("ol", ["Ngắt điện", "Mang nước"]),
        Block("p", ["Xin cảm ơn.", "UBND xã"]),
        Block("ul", ["một", "hai"]),
    ]


def test_a_date_at_the_start_of_a_line_is_no_list():
    assert blocks_of("20/12/2026 là hạn chót")[0].kind == "p"


@pytest.mark.parametrize(
    ("text", "digits"),
    [
        ("Chị Hòa, 0510 000 012", "0510000012"),
        ("0510.000.012 (giờ hành chính)", "0510000012"),
        ("+84510000012", "+84510000012"),
        ("Số 12 ngày 20/12/2026", None),
        ("", None),
    ],
)
def test_phone_found_in_a_contact(text, digits):
    found = phone_in(text)

    assert (found.digits if found else None) == digits
