"""The village head's round: who is left, tick in two taps, take it back; nobody else's village."""

from datetime import timedelta

import pytest
import time_machine
from django.contrib.messages import get_messages
from django.urls import reverse

from communities import keeping
from notices.models import ConfirmedVia, Delivery, Notice, Reach, Recipient, VillageTask
from notices.publishing import lifecycle
from notices.residents import confirmations
from notices.views.village import visits
from tests import factories
from tests.markup import read

HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def clock(at):
    """An hour after publishing."""
    with time_machine.travel(at + timedelta(hours=1), tick=False) as traveller:
        yield traveller


@pytest.fixture
def homes(villages):
    """Of the first village: one without a phone, one with; one of the second village."""
    return [
        factories.make_household(villages[0], head_name="Nguyễn Thị Lụa", phone=None, lane="Ngõ 1"),
        factories.make_household(villages[0], head_name="Lê Văn Chắt", lane="Ngõ 3", contact={"relation": "Con gái"}),
        factories.make_household(villages[1], head_name="Mai Xuân Thục", phone=None, lane="Ngõ 1"),
    ]


@pytest.fixture
def recipients(homes, publish, at) -> dict[str, Recipient]:
    """By the head's given name; Chắt's message was handed over at publishing and nothing came back."""
    notice = publish(urgency="KHAN")
    Delivery.objects.all().advance("SENDING")
    Delivery.objects.all().advance("SENT", sent_at=at)
    Recipient.objects.filter(household=homes[1]).raise_reach(Reach.SENT, at)
    return {row.household.head_name.split()[-1]: row for row in notice.recipients.select_related("household")}


@pytest.fixture
def second(recipients, homes, ward, editor, villages, at) -> Notice:
    """Another running notice, which one of the two households has opened without confirming."""
    moments = {"submitted_at": at, "published_at": at, "fanned_out_at": at}
    notice = factories.NoticeFactory(
        ward=ward, created_by=editor, villages=villages[:1], status=Notice.Status.PUBLISHED, **moments
    )
    factories.RecipientFactory(notice=notice, household=homes[0], reach=Reach.SEEN, seen_at=at)
    return notice


def tick_of(recipient) -> str:
    return reverse("visit_tick", args=[recipient.pk])


def undo_of(recipient) -> str:
    return reverse("visit_undo", args=[recipient.pk])


def page_for(client) -> str:
    response = client.get(reverse("visits"))
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


# --- the list -----------------------------------------------------------------------------------------


def test_head_sees_own_village_by_lane_with_reason_and_call(client_for, head, recipients, homes):
    page = page_for(client_for(head))

    assert "Còn 2 hộ chưa được báo" in page
    assert page.index("Ngõ 1") < page.index("Nguyễn Thị Lụa") < page.index("Ngõ 3") < page.index("Lê Văn Chắt")
    assert "Chưa có số điện thoại." in page and "máy chưa báo nhận" in page
    phone = homes[1].contacts.get().phone.replace("+84", "0")
    assert f'href="tel:{phone}"' in page and "Gọi con gái" in page
    assert "<b>0 trên 2 hộ</b> đã được báo" in page
    assert "Mai Xuân Thục" not in page


def test_administrator_sees_every_village_of_the_ward(client_for, admin, recipients):
    page = page_for(client_for(admin))

    assert "Còn 3 hộ chưa được báo" in page
    assert "Thôn Hòa Bình · Ngõ 1" in page and "Mai Xuân Thục" in page


def test_administrator_sees_numbers_masked_until_a_look_that_is_recorded(client_for, admin, recipients, homes):
    client = client_for(admin)
    phone = homes[1].contacts.get().phone
    page = page_for(client)

    assert "tel:" not in page and phone[-9:] not in page.replace("\N{NO-BREAK SPACE}", "")
    card = read(page).one(f"#ho-{recipients['Chắt'].pk}")
    assert f"*** {phone[-3:]}" in card.text
    look = reverse("household_phones", args=[homes[1].pk])
    assert card.one(f'form[action="{look}"]').text == "Xem số"
    assert not homes[1].disclosures.exists()
    assert f'href="tel:0{phone[3:]}"' in client.post(look).content.decode()
    assert list(homes[1].disclosures.values_list("user", "via")) == [(admin.pk, "SCREEN")]
    fresh = client.post(tick_of(recipients["Chắt"]), {"via": "MEETING"}, headers=HTMX).content.decode()
    assert "tel:" not in fresh
    assert "tel:" not in client.post(undo_of(recipients["Chắt"]), headers=HTMX).content.decode()


def test_a_household_that_moved_is_on_the_round_of_its_new_head_alone(
    client_for, head, other_head, recipients, homes, villages, second
):
    moved = homes[1]
    keeping.move(household_id=moved.pk, village=villages[1], lane="Ngõ 7")
    phone = moved.contacts.get().phone.replace("+84", "0")

    former, present = page_for(client_for(head)), page_for(client_for(other_head))

    assert "Lê Văn Chắt" not in former and phone not in former
    assert "Lê Văn Chắt" in present and f'href="tel:{phone}"' in present and "Ngõ 7" in present
    assert "Còn 1 hộ chưa được báo" in former and "Còn 2 hộ chưa được báo" in present
    # The former head may still say that they told it; the answer shows no number.
    answer = client_for(head).post(tick_of(recipients["Chắt"]), {"via": "MEETING"}, headers=HTMX).content.decode()
    assert "tel:" not in answer
    assert "tel:" not in client_for(head).post(undo_of(recipients["Chắt"]), headers=HTMX).content.decode()
    assert client_for(other_head).post(tick_of(recipients["Chắt"]), {"via": "IN_PERSON"}).status_code == 302
    assert Recipient.objects.get(pk=recipients["Chắt"].pk).confirmed_by == other_head


def test_a_household_that_moved_to_a_village_the_notice_does_not_name_still_has_a_card(
    client_for, head, other_head, recipients, homes, villages, second, at
):
    Notice.objects.exclude(pk=second.pk).delete()
    keeping.move(household_id=homes[0].pk, village=villages[1], lane="")

    page = read(page_for(client_for(other_head)))

    assert page.texts("article h3") == ["Nguyễn Thị Lụa"]
    assert page.one("#con-phai-bao").text.endswith("1 hộ đã nhận tin, chưa xác nhận")
    assert not page.all(f'a[href="{reverse("notice", args=[second.pk])}"]')  # not theirs to open
    assert "Nguyễn Thị Lụa" not in page_for(client_for(head))
    assert "chưa xác nhận" not in page_for(client_for(head))


def test_household_being_messaged_is_not_asked_for_yet(client_for, head, recipients, clock, at):
    clock.move_to(at + timedelta(minutes=5))

    page = page_for(client_for(head))

    assert "Còn 1 hộ chưa được báo" in page
    assert "<b>1 hộ đang được gửi tin.</b>" in page and "Lê Văn Chắt" not in page


def test_those_who_have_it_stand_folded_below_those_never_told(client_for, head, recipients, at):
    Recipient.objects.filter(pk=recipients["Chắt"].pk).raise_reach(Reach.DELIVERED, at)

    page = page_for(client_for(head))

    assert read(page).one("#con-phai-bao").text == "Còn 1 hộ chưa được báo 1 hộ đã nhận tin, chưa xác nhận"
    group = read(page).one(f"#da-nhan-{recipients['Chắt'].notice_id}")
    assert read(page).texts("article h3") == ["Nguyễn Thị Lụa", "Lê Văn Chắt"]
    assert "open" not in group and group.texts("article h3") == ["Lê Văn Chắt"]
    assert group.texts("summary")[0] == "Đã nhận tin, chưa xác nhận: 1 hộ" and group.texts("h2") == ["Ngõ 3 1 hộ"]
    assert "Đã đến máy, chưa xác nhận." in group.text and "Gọi con gái" in group.text
    assert group.all(f'form[action="{tick_of(recipients["Chắt"])}"]')


@pytest.mark.parametrize("is_visit_asked", [True, False])
def test_the_group_stands_open_where_a_visit_is_all_that_is_left(
    client_for, head, recipients, villages, at, is_visit_asked
):
    Recipient.objects.all().raise_reach(Reach.DELIVERED, at)
    notice = recipients["Lụa"].notice
    if is_visit_asked:
        rung = notice.rungs.order_by("number").last()
        VillageTask.objects.create(rung=rung, village=villages[0], channel="VISIT", households=2, created_at=at)

    page = page_for(client_for(head))

    assert read(page).one("#con-phai-bao").text == "Mọi hộ đã được báo 2 hộ đã nhận tin, chưa xác nhận"
    assert ("open" in read(page).one(f"#da-nhan-{notice.pk}")) is is_visit_asked


def test_a_household_silent_about_two_notices_is_counted_once(client_for, head, recipients, second, at):
    Recipient.objects.all().raise_reach(Reach.DELIVERED, at)

    page = page_for(client_for(head))

    assert read(page).texts("#con-phai-bao p") == ["2 hộ đã nhận tin, chưa xác nhận"]
    assert "Đã nhận tin, chưa xác nhận: 2 hộ" in page and "Đã nhận tin, chưa xác nhận: 1 hộ" in page


def test_never_told_is_never_crowded_out(client_for, head, recipients, homes, monkeypatch, at):
    monkeypatch.setattr(visits, "ROWS", 2)
    Recipient.objects.filter(pk=recipients["Chắt"].pk).raise_reach(Reach.DELIVERED, at)
    for household in factories.make_households(3, homes[0].village):
        row = factories.RecipientFactory(notice=recipients["Lụa"].notice, household=household)
        Recipient.objects.filter(pk=row.pk).raise_reach(Reach.SEEN, at)

    page = page_for(client_for(head))

    assert "Nguyễn Thị Lụa" in page and page.count('<article class="household') == 2
    assert read(page).texts("#con-phai-bao p") == ["4 hộ đã nhận tin, chưa xác nhận"]
    assert "Còn 3 hộ nữa, hiện ra khi ông/bà ghi xong các hộ trên và mở lại trang." in page


def test_nothing_is_asked_while_messages_are_under_way(client_for, head, recipients, clock, at):
    Recipient.objects.filter(pk=recipients["Lụa"].pk).raise_reach(Reach.DELIVERED, at)
    clock.move_to(at + timedelta(minutes=5))

    page = page_for(client_for(head))

    assert read(page).one("#con-phai-bao").text == "Chưa phải báo hộ nào 1 hộ đã nhận tin, chưa xác nhận"


def test_everyone_told_is_green(client_for, head, recipients, at):
    notice = recipients["Lụa"].notice
    Notice.objects.filter(pk=notice.pk).update(is_confirmation_wanted=False)
    Recipient.objects.all().raise_reach(Reach.DELIVERED, at)

    page = page_for(client_for(head))

    assert page.count("Mọi hộ đã được báo") == 2 and 'class="empty good"' in page


def test_ended_notice_leaves_the_list(client_for, head, approver, recipients, at):
    lifecycle.withdraw(notice=recipients["Lụa"].notice, by=approver, at=at)

    assert "Nguyễn Thị Lụa" not in page_for(client_for(head))


def test_queries_do_not_grow_with_households(
    client_for, head, recipients, publish, villages, django_assert_num_queries
):
    client = client_for(head)
    for household in factories.make_households(20, villages[0], phone=None):
        factories.RecipientFactory(notice=recipients["Lụa"].notice, household=household)
    for household in factories.make_households(20, villages[0]):
        factories.RecipientFactory(notice=recipients["Lụa"].notice, household=household, reach=Reach.SEEN)

    with django_assert_num_queries(13):
        client.get(reverse("visits"))


def test_a_second_silent_notice_costs_one_query_more(client_for, head, second, at, django_assert_num_queries):
    Recipient.objects.all().raise_reach(Reach.DELIVERED, at)
    client = client_for(head)

    with django_assert_num_queries(14):
        client.get(reverse("visits"))


# --- ticking ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("via", ["IN_PERSON", "PHONE_CALL", "MEETING"])
def test_tick_counts_once_and_stops_what_is_queued(client_for, head, recipients, homes, at, via):
    Delivery.objects.update(status="PENDING")

    response = client_for(head).post(tick_of(recipients["Chắt"]), {"via": via})

    assert response.url == f"{reverse('visits')}#ho-{recipients['Chắt'].pk}"
    row = Recipient.objects.get(pk=recipients["Chắt"].pk)
    assert (row.reach, row.confirmed_via, row.confirmed_by) == (Reach.CONFIRMED, via, head)
    assert row.confirmed_at == at + timedelta(hours=1)
    assert list(row.deliveries.values_list("status", flat=True)) == ["SKIPPED"]


def test_without_scripts_the_ticked_card_stays_with_its_undo(client_for, head, recipients, clock):
    client = client_for(head)
    client.post(tick_of(recipients["Lụa"]), {"via": "IN_PERSON"})

    soon = page_for(client)
    clock.shift(timedelta(minutes=11))
    later = page_for(client)

    assert "Đã báo tại nhà, 10:00" in soon and undo_of(recipients["Lụa"]) in soon and "Còn 1 hộ chưa được báo" in soon
    assert "Nguyễn Thị Lụa" not in later


def test_with_scripts_the_card_and_the_numbers_are_answered(client_for, head, recipients):
    response = client_for(head).post(tick_of(recipients["Lụa"]), {"via": "PHONE_CALL"}, headers=HTMX)

    answer = " ".join(response.content.decode().split())
    assert response.status_code == 200
    assert answer.startswith(f'<article class="household is-done" id="ho-{recipients["Lụa"].pk}">')
    assert "Đã gọi điện báo, 10:00" in answer and undo_of(recipients["Lụa"]) in answer
    assert read(answer).one("#con-phai-bao[hx-swap-oob=true]").text == "Còn 1 hộ chưa được báo"
    assert "<b>1 trên 2 hộ</b>" in answer and "<html" not in answer


def test_a_tick_in_the_group_counts_there_and_stays_in_its_place(client_for, head, recipients, at):
    Recipient.objects.all().raise_reach(Reach.DELIVERED, at)
    row, client = recipients["Chắt"], client_for(head)

    answer = " ".join(client.post(tick_of(row), {"via": "IN_PERSON"}, headers=HTMX).content.decode().split())
    group = page_for(client).split('<details class="told"')[1]

    assert read(answer).one("#con-phai-bao").text == "Mọi hộ đã được báo 1 hộ đã nhận tin, chưa xác nhận"
    swapped = read(answer).one(f"#chua-xac-nhan-{row.notice_id}[hx-swap-oob=true]")
    assert swapped.text == "Đã nhận tin, chưa xác nhận: 1 hộ"
    assert "Đã báo tại nhà, 10:00" in group and undo_of(row) in group


def test_without_scripts_the_group_is_open_again_after_a_tick(client_for, head, recipients, at):
    row, client = recipients["Chắt"], client_for(head)
    Recipient.objects.filter(pk=row.pk).raise_reach(Reach.DELIVERED, at)

    response = client.post(tick_of(row), {"via": "IN_PERSON"})

    assert response.url == f"{reverse('visits')}?xem={row.notice_id}#ho-{row.pk}"
    assert f'id="da-nhan-{row.notice_id}" open>' in client.get(response.url).content.decode()


def test_tick_needs_a_way_that_staff_record(client_for, head, recipients):
    client = client_for(head)

    for via in ("", "LINK", "ZALO_BUTTON", "PAPER"):
        assert client.post(tick_of(recipients["Lụa"]), {"via": via}).status_code == 400
    assert Recipient.objects.filter(confirmed_at__isnull=False).count() == 0


def test_household_that_confirmed_itself_keeps_that(client_for, head, recipients, at):
    row = recipients["Chắt"]
    confirmations.confirm(recipient_id=row.pk, via=ConfirmedVia.LINK, at=at)

    response = client_for(head).post(tick_of(row), {"via": "IN_PERSON"}, headers=HTMX)

    row.refresh_from_db()
    assert (row.confirmed_via, row.confirmed_by) == ("LINK", None)
    answer = response.content.decode()
    assert "Nhà này đã tự xác nhận, 09:00" in answer and undo_of(row) not in answer


def test_ended_notice_takes_no_tick(client_for, head, approver, recipients, at):
    lifecycle.withdraw(notice=recipients["Lụa"].notice, by=approver, at=at)

    response = client_for(head).post(tick_of(recipients["Lụa"]), {"via": "IN_PERSON"}, headers=HTMX)

    assert "Thông báo đã kết thúc" in response.content.decode()
    assert Recipient.objects.filter(confirmed_at__isnull=False).count() == 0


# --- taking back --------------------------------------------------------------------------------------


def test_undo_returns_to_what_the_messages_prove(client_for, head, recipients):
    client = client_for(head)
    client.post(tick_of(recipients["Chắt"]), {"via": "IN_PERSON"})

    response = client.post(undo_of(recipients["Chắt"]), headers=HTMX)

    row = Recipient.objects.get(pk=recipients["Chắt"].pk)
    assert (row.reach, row.confirmed_at, row.confirmed_via, row.confirmed_by) == (Reach.SENT, None, "", None)
    answer = response.content.decode()
    assert tick_of(row) in answer and "Còn 2 hộ chưa được báo" in answer


def test_mark_of_somebody_else_is_not_taken_back(client_for, head, helper, recipients):
    client_for(head).post(tick_of(recipients["Lụa"]), {"via": "IN_PERSON"})

    response = client_for(helper).post(undo_of(recipients["Lụa"]))

    assert Recipient.objects.get(pk=recipients["Lụa"].pk).confirmed_by == head
    said = [str(message) for message in get_messages(response.wsgi_request)]
    assert said == ["Không hoàn tác được: không phải do ông/bà ghi."]


# --- other people -------------------------------------------------------------------------------------


@pytest.mark.parametrize("step", ["tick", "undo"])
def test_other_village_does_not_exist(client_for, head, recipients, step):
    address = {"tick": tick_of, "undo": undo_of}[step](recipients["Thục"])

    assert client_for(head).post(address, {"via": "IN_PERSON"}).status_code == 404
    assert Recipient.objects.filter(confirmed_at__isnull=False).count() == 0


def test_officials_do_not_tick(client_for, editor, approver, viewer, recipients):
    for person in (editor, approver, viewer):
        client = client_for(person)
        assert client.get(reverse("visits")).status_code == 403
        assert client.post(tick_of(recipients["Lụa"]), {"via": "IN_PERSON"}).status_code == 403
    assert Recipient.objects.filter(confirmed_at__isnull=False).count() == 0


def test_a_day_without_notices_does_not_say_that_everybody_was_told(client_for, head):
    page = client_for(head).get(reverse("visits")).content.decode()
    assert "Hôm nay chưa có việc" in page
    assert "Mọi hộ đã được báo" not in page
