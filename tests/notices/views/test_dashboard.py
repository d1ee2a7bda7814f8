"""A notice's dashboard: exact numbers in words, who is left and why, moving by itself until nothing can change."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.contrib.messages import get_messages
from django.urls import reverse

from notices.models import ConfirmedVia, Delivery, Notice, Reach, Recipient
from notices.publishing import lifecycle
from notices.residents import confirmations
from tests import factories
from tests.markup import read

HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def clock(at):
    """Half a day after publishing."""
    with time_machine.travel(at + timedelta(hours=12), tick=False) as traveller:
        yield traveller


@pytest.fixture
def notice(villages, publish, head, at) -> Notice:
    """Six households of the first village, one at each reach; two of the second, one without a phone."""
    first = [factories.make_household(villages[0]) for _ in range(6)]
    second = [
        factories.make_household(villages[1]),
        factories.make_household(villages[1], phone=None, head_name="Hà Y"),
    ]
    notice = publish(urgency="KHAN", confirm_by=at + timedelta(days=2))
    Delivery.objects.all().advance("SENDING")
    Delivery.objects.all().advance("SENT", sent_at=at, price=300)
    rows = [notice.recipients.get(household=household) for household in (*first, second[0])]
    for row, reach in zip(rows, (1, 2, 3, 3, 2, 0, 2), strict=True):
        for level in range(1, reach + 1):
            Recipient.objects.filter(pk=row.pk).raise_reach(level, at)
    confirmations.confirm(recipient_id=rows[3].pk, via=ConfirmedVia.LINK, at=at)
    confirmations.confirm(recipient_id=rows[4].pk, via=ConfirmedVia.MEETING, at=at, by=head)
    Delivery.objects.filter(recipient=rows[5]).update(status="FAILED")
    return notice


def page_for(client, notice, **query) -> str:
    response = client.get(reverse("notice", args=[notice.pk]), query)
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


def look(client, address):
    return client.get(address.replace("&amp;", "&"), headers=HTMX)


def next_look(text: str) -> str:
    """The address the page asks next."""
    return read(text).one("#hoi")["hx-get"]


def interval(text: str) -> str | None:
    found = re.search(r'hx-trigger="every (\d+)s"', text)
    return found and found[1]


# --- the page -----------------------------------------------------------------------------------------


def test_sentence_bar_and_six_numbers(client_for, viewer, notice):
    page = page_for(client_for(viewer), notice)

    assert '<span class="figures">5</span> trên <span class="figures">8</span> hộ đã được báo' in page
    keys = [key["class"].split()[-1].removeprefix("ink-") for key in read(page).all(".legend-key")]
    values = [re.match(r"\d+", value)[0] for value in read(page).texts(".legend-value")]
    assert list(zip(keys, values, strict=True)) == [
        ("confirmed", "1"), ("inperson", "1"), ("seen", "1"), ("delivered", "2"), ("sent", "1"), ("none", "2"),
    ]  # fmt: skip
    assert "1 đã xác nhận, 1 đã báo trực tiếp, 1 đã mở xem, 2 đã đến máy, 1 đã gửi, 2 chưa liên hệ được" in page
    assert "<b>Còn 3 hộ</b> chưa nhận được tin" in page


def test_header_says_when_until_when_and_by_whom(client_for, viewer, notice):
    page = page_for(client_for(viewer), notice)

    for words in (notice.code, "09:00, 05/12/2026", "07/12/2026", "Trịnh Thị Mai", "Lê Văn Quang", "Khẩn"):
        assert words in page


def test_those_left_stand_with_reason_and_masked_phone(client_for, editor, notice):
    page = page_for(client_for(editor), notice)

    assert "Hà Y" in page and "Chưa có số điện thoại." in page
    assert "Số này không nhận được Zalo." in page and "máy chưa báo nhận" in page
    assert not [
        phone for phone in Delivery.objects.values_list("address", flat=True) if phone.replace("+84", "0") in page
    ]
    assert reverse("visit_tick", args=[Recipient.objects.left().first().pk]) not in page


def test_villages_stand_by_what_is_left_and_sort(client_for, editor, notice):
    client = client_for(editor)

    assert village_order(page_for(client, notice)) == ["Thôn Đông Phú", "Thôn Hòa Bình"]
    assert village_order(page_for(client, notice, sort="thon")) == ["Thôn Đông Phú", "Thôn Hòa Bình"]
    Recipient.objects.filter(village__name="Thôn Đông Phú").raise_reach(Reach.DELIVERED, notice.published_at)
    assert village_order(page_for(client, notice)) == ["Thôn Hòa Bình", "Thôn Đông Phú"]
    assert village_order(page_for(client, notice, sort="bao")) == ["Thôn Đông Phú", "Thôn Hòa Bình"]
    assert village_order(page_for(client, notice, sort="'; drop")) == ["Thôn Hòa Bình", "Thôn Đông Phú"]


def village_order(page: str) -> list[str]:
    return re.findall(r'<a class="name"[^>]*>([^<]+)</a>', page)


def test_list_narrows_to_one_village(client_for, editor, notice, villages):
    page = page_for(client_for(editor), notice, thon=villages[1].pk)

    assert "Thôn Hòa Bình còn lại 1 hộ" in page
    assert page.count('<div class="left-row') == 1 and "Hà Y" in page


def test_cost_and_channels(client_for, editor, notice):
    page = page_for(client_for(editor), notice)

    assert "6 tin Zalo: 1.800 đồng" in page and "Zalo: gửi được 6 tin, 1 tin không đến được." in page


def test_head_sees_only_own_village(client_for, head, notice):
    page = page_for(client_for(head), notice)

    assert '<span class="figures">4</span> trên <span class="figures">6</span> hộ đã được báo' in page
    assert "Hà Y" not in page and "Thôn Hòa Bình" not in page
    assert "Chi phí" not in page and "Thu hồi" not in page
    assert page.count('name="via" value="IN_PERSON"') == 2


def test_head_cannot_look_into_another_village(client_for, head, notice, villages):
    page = page_for(client_for(head), notice, thon=villages[1].pk)

    assert "Hà Y" not in page


def test_notice_of_another_ward_does_not_exist(client_for, outsider, notice):
    client = client_for(outsider)

    assert client.get(reverse("notice", args=[notice.pk])).status_code == 404
    assert client.get(reverse("notice_progress", args=[notice.pk])).status_code == 404
    assert client.post(reverse("notice_withdraw", args=[notice.pk])).status_code == 404
    assert Notice.objects.get().is_open


def test_unpublished_notice_shows_its_state_and_has_no_numbers(client_for, editor, submitted):
    client = client_for(editor)

    assert client.get(reverse("notice", args=[submitted.pk])).templates[0].name == "notices/writing/state.html"
    assert client.get(reverse("notice_progress", args=[submitted.pk])).status_code == 404


def test_everyone_told_is_green(client_for, editor, notice, at):
    Recipient.objects.all().raise_reach(Reach.DELIVERED, at)

    page = page_for(client_for(editor), notice)

    assert '<span class="figures">8</span> trên <span class="figures">8</span>' in page
    assert page.count("Mọi hộ đã được báo") == 2


@pytest.mark.parametrize(("person", "queries"), [("editor", 12), ("head", 11)])
def test_queries_do_not_grow_with_households(
    request, client_for, notice, villages, person, queries, django_assert_num_queries
):
    client = client_for(request.getfixturevalue(person))
    for household in factories.make_households(30, villages[0], phone=None):
        factories.RecipientFactory(notice=notice, household=household)

    # Session, user and the frame's memberships are three of them.
    with django_assert_num_queries(queries):
        client.get(reverse("notice", args=[notice.pk]))


# --- moving -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("minutes", "seconds"), [(1, "2"), (30, "5"), (90, "20")])
def test_it_asks_less_often_with_time(client_for, editor, notice, clock, at, minutes, seconds):
    clock.move_to(at + timedelta(minutes=minutes))

    page = page_for(client_for(editor), notice)

    assert interval(page) == seconds


def test_a_look_that_finds_nothing_new_touches_nothing_but_the_clock(client_for, editor, notice, clock):
    client = client_for(editor)
    address = next_look(page_for(client, notice))
    clock.shift(timedelta(minutes=1))

    response = look(client, address)

    answer = response.content.decode().strip()
    assert response.status_code == 200
    assert read(answer).one("#hoi").text == "cập nhật lúc 21:01"
    assert "hx-swap-oob" not in answer


def test_a_look_brings_the_new_numbers_and_speaks_them_once(client_for, editor, notice):
    client = client_for(editor)
    address = next_look(page_for(client, notice))
    row = Recipient.objects.left().first()
    confirmations.confirm(recipient_id=row.pk, via=ConfirmedVia.LINK, at=notice.published_at)

    answer = look(client, address).content.decode()
    again = look(client, next_look(answer)).content.decode()

    assert '<span class="figures">6</span> trên <span class="figures">8</span>' in answer
    assert read(answer).one('[hx-swap-oob="innerHTML:#live"]').text == "6 trên 8 hộ đã được báo"
    assert read(answer).all("#theo-thon[hx-swap-oob=true]") and "Danh sách dưới đây đã có thay đổi." in answer
    assert 'class="left-row' not in answer
    assert "hx-swap-oob" not in again


def test_more_confirmations_of_told_households_are_not_spoken(client_for, editor, notice):
    client = client_for(editor)
    address = next_look(page_for(client, notice))
    row = Recipient.objects.filter(reach=Reach.DELIVERED).first()
    confirmations.confirm(recipient_id=row.pk, via=ConfirmedVia.LINK, at=notice.published_at)

    answer = look(client, address).content.decode()

    assert read(answer).all("#so-lieu[hx-swap-oob=true]") and "#live" not in answer


def test_list_comes_when_sending_is_over(client_for, editor, notice, clock, at):
    client = client_for(editor)
    clock.move_to(at + timedelta(minutes=1))
    page = page_for(client, notice)
    address = next_look(page)
    clock.move_to(at + timedelta(minutes=4))

    answer = look(client, address).content.decode()

    assert "Đang gửi. Gửi xong, hộ nào không nhận được sẽ hiện ở đây." in page and 'class="left-row' not in page
    assert answer.count('class="left-row') == 3


def test_asking_stops_when_everyone_confirmed(client_for, editor, notice):
    client = client_for(editor)
    address = next_look(page_for(client, notice))
    for row in Recipient.objects.filter(confirmed_at__isnull=True):
        confirmations.confirm(recipient_id=row.pk, via=ConfirmedVia.LINK, at=notice.published_at)

    response = look(client, address)

    assert response.status_code == 286
    assert "hx-get" not in response.content.decode() and "Mọi hộ đã xác nhận." in response.content.decode()


def test_asking_stops_when_the_notice_ended(client_for, editor, approver, notice, at):
    client = client_for(editor)
    address = next_look(page_for(client, notice))
    lifecycle.withdraw(notice=notice, by=approver, at=at)

    assert look(client, address).status_code == 286
    assert interval(page_for(client, notice)) is None


def test_nobody_is_sent_to_households_of_an_ended_notice(client_for, editor, approver, head, notice, at):
    running = page_for(client_for(editor), notice)
    lifecycle.close(notice=notice, by=approver, at=at)

    page = page_for(client_for(editor), notice)

    whom = f'<span class="small soft">Trưởng thôn {head.full_name}</span>'
    assert whom in running and whom not in page and "Còn lại 3 hộ" in page


# --- ticking from here --------------------------------------------------------------------------------


def test_tick_answers_the_row_and_wakes_the_numbers(client_for, admin, notice):
    client = client_for(admin)
    row = Recipient.objects.left().first()

    response = client.post(reverse("visit_tick", args=[row.pk]), {"via": "IN_PERSON", "from": "notice"}, headers=HTMX)

    assert response.headers["HX-Trigger"] == "told"
    assert response.content.decode().strip().startswith(f'<div class="left-row is-done" id="ho-{row.pk}">')
    after = re.search(r'<span hidden hx-get="([^"]+)"', page_for(client, notice))[1]
    answer = look(client, after).content.decode()
    assert "6 trên 8" in answer and "Danh sách dưới đây" not in answer


def test_tick_without_scripts_returns_to_the_notice(client_for, admin, notice):
    row = Recipient.objects.left().first()

    response = client_for(admin).post(reverse("visit_tick", args=[row.pk]), {"via": "IN_PERSON", "from": "notice"})

    assert response.url == f"{reverse('notice', args=[notice.pk])}#ho-{row.pk}"


# --- withdrawing --------------------------------------------------------------------------------------


def test_approver_withdraws_what_is_queued(client_for, approver, notice):
    row = Recipient.objects.left().filter(deliveries__isnull=False).first()
    Delivery.objects.filter(recipient=row).update(status="PENDING")
    client = client_for(approver)
    assert "Việc này không hoàn tác được." in page_for(client, notice)

    response = client.post(reverse("notice_withdraw", args=[notice.pk]))

    notice.refresh_from_db()
    assert (response.url, notice.status) == (reverse("notice", args=[notice.pk]), Notice.Status.WITHDRAWN)
    assert [str(m) for m in get_messages(response.wsgi_request)] == ["Đã thu hồi thông báo. 1 tin chờ gửi đã dừng."]
    assert Delivery.objects.filter(status="PENDING").count() == 0
    page = page_for(client, notice)
    assert "<b>Đã thu hồi lúc 21:00, 05/12/2026.</b>" in page and "Thu hồi thông báo này?" not in page


def test_second_withdrawal_says_it_is_over(client_for, approver, notice):
    client = client_for(approver)
    client.post(reverse("notice_withdraw", args=[notice.pk]))
    ended_at = Notice.objects.get().ended_at

    response = client.post(reverse("notice_withdraw", args=[notice.pk]))

    assert "Đã thu hồi" in [str(m) for m in get_messages(response.wsgi_request)][-1]
    assert Notice.objects.get().ended_at == ended_at


def test_nobody_else_withdraws(client_for, editor, viewer, head, notice):
    for person in (editor, viewer, head):
        assert client_for(person).post(reverse("notice_withdraw", args=[notice.pk])).status_code == 403
    assert Notice.objects.get().is_open


def test_head_waits_while_the_ward_is_still_sending(client_for, head, notice):
    Delivery.objects.filter(status="FAILED").update(status="PENDING")

    page = page_for(client_for(head), notice)

    assert "Đang gửi. Gửi xong, hộ nào không nhận được sẽ hiện ở đây." in page and "Đang chờ gửi" in page


# --- several wards ------------------------------------------------------------------------------------


@pytest.fixture
def wide(publish, villages, other_village, at) -> Notice:
    """Three households of a village with nobody told, sixty of another ward's with one told."""
    factories.make_households(3, villages[0])
    factories.make_households(60, other_village)
    notice = publish()
    Delivery.objects.update(status="FAILED")
    for household in other_village.households.all():
        factories.RecipientFactory(notice=notice, household=household)
    Recipient.objects.filter(pk=notice.recipients.filter(village=other_village).first().pk).raise_reach(2, at)
    return notice


def names_of_places(page: str) -> list[str]:
    return [row.text for row in read(page).all("#theo-thon tbody .name")]


@pytest.mark.parametrize(("place", "names"), [("", ["own", "other"]), ("?xa={other}", ["village"])])
def test_a_notice_to_several_wards_shows_them_and_opens_one(
    client_for, editor, wide, ward, other_ward, other_village, place, names, django_assert_max_num_queries
):
    wide.villages.add(other_village)
    client = client_for(editor)
    known = {"own": ward.name, "other": other_ward.name, "village": other_village.name}

    with django_assert_max_num_queries(14):
        answer = client.get(reverse("notice", args=[wide.pk]) + place.format(other=other_ward.pk))

    page = " ".join(answer.content.decode().split())
    assert sorted(names_of_places(page)) == sorted(known[name] for name in names)
    assert '<span class="figures">1</span> trên <span class="figures">63</span>' in page
    assert (f", {ward.name}" in read(page).all(".left-row")[0].text) == (not place)
    left = read(page).one("#con-lai-dem").text
    assert left == (f"{other_ward.name} còn lại 59 hộ" if place else "Còn lại 62 hộ")


def test_those_left_are_listed_page_by_page(client_for, editor, wide, other_village):
    wide.villages.add(other_village)
    client = client_for(editor)
    pages = [read(page_for(client, wide, con="tat-ca", page=number)) for number in ("1", "2", "3")]
    listed = [row["id"] for page in pages for row in page.all(".left-row")]
    expected = wide.recipients.left().order_by("ward", "village", "household__lane", "household__sort_key", "pk")
    assert listed == [f"ho-{pk}" for pk in expected.values_list("pk", flat=True)]
    assert [len(page.all(".left-row")) for page in pages] == [25, 25, 12]
    assert pages[0].one("a[rel=next]")["href"] == "?sort=con&con=tat-ca&page=2#con-lai"
    # What is asked while the page is open keeps the page.
    assert "con=tat-ca&page=2" in next_look(page_for(client, wide, con="tat-ca", page="2"))
