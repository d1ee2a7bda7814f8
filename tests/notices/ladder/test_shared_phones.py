"""One phone, several households: one message, counted for all of them."""

from datetime import timedelta

import pytest

from notices.adapters.base import ErrorKind, SendError, WebhookRequest
from notices.gateways import providers as gateway_providers
from notices.models import ConfirmedVia, Delivery, Gateway, Reach
from notices.publishing import lifecycle
from notices.receipts import applying, storing
from notices.residents import confirmations
from notices.sending import claims, eligibility, outcomes
from tests.factories import make_household
from tests.notices.memory import providers, tick

SHARED, OTHER = "+84510400001", "+84510400002"


@pytest.fixture
def book(settings, gateways):
    with providers(settings, gateways) as book:
        yield book


@pytest.fixture
def together(villages):
    """A mother without a phone of her own, and her son next door: one number for both households."""
    return [make_household(village, phone=SHARED) for village in (villages[0], villages[1])]


def reaches(notice, households) -> list[int]:
    return [notice.recipients.get(household=household).reach for household in households]


def report(gateway, reference: str, kind: str, at) -> None:
    call = WebhookRequest("GET", {}, {"kind": kind, "reference": reference, "key": f"{kind}{reference}"}, b"")
    storing.store(gateway=gateway, request=call, at=at)
    applying.apply_waiting(at=at)


def test_one_message_raises_both_households(book, together, publish, gateways, at):
    notice = publish()
    assert notice.deliveries.count() == 2
    assert notice.deliveries.messages().count() == 1
    tick(at)
    assert book.told() == [("zalo", SHARED)]
    assert reaches(notice, together) == [Reach.SENT, Reach.SENT]
    report(gateways[0], book.given[0][2], "delivered", at)
    assert reaches(notice, together) == [Reach.DELIVERED, Reach.DELIVERED]
    assert set(notice.deliveries.values_list("status", flat=True)) == {"DELIVERED"}


def test_the_message_says_how_many_households_it_is_for(book, together, publish, at, settings):
    publish()
    said: list[str] = []

    def listen(slug, message):
        said.append(message.params["ho"])
        return SendError("-118", ErrorKind.NEXT_CHANNEL)

    book.answer = lambda slug, message: listen(slug, message) if message.params else SendError("99", ErrorKind.OUR_BUG)
    tick(at)
    assert len(said) == 1
    assert said[0].endswith(" và 1 hộ")
    assert len(said[0]) <= 30


def test_one_tap_confirms_for_all_who_share_the_phone(book, together, publish, at):
    notice = publish()
    tick(at)
    first, second = (notice.recipients.get(household=household).pk for household in together)
    assert confirmations.sharing_phone(second) == [first]
    assert confirmations.confirm_by_phone(recipient_id=second, via=ConfirmedVia.LINK, at=at) == 2
    assert confirmations.confirm_by_phone(recipient_id=first, via=ConfirmedVia.LINK, at=at) == 0
    assert reaches(notice, together) == [Reach.CONFIRMED, Reach.CONFIRMED]


def test_the_zalo_button_counts_for_all_who_share_the_phone(book, together, publish, gateways, at):
    notice = publish()
    tick(at)
    report(gateways[0], book.given[0][2], "pressed", at)
    assert reaches(notice, together) == [Reach.CONFIRMED, Reach.CONFIRMED]


def test_a_mark_for_one_household_still_sends_for_the_other(book, together, publish, head, at):
    notice = publish()
    first = notice.recipients.get(household=together[0])
    assert first.deliveries.get().covered_by is None
    confirmations.confirm(recipient_id=first.pk, via=ConfirmedVia.IN_PERSON, at=at, by=head)
    tick(at)
    assert book.told() == [("zalo", SHARED)]
    assert reaches(notice, together) == [Reach.CONFIRMED, Reach.SENT]


def test_a_mark_taken_back_joins_the_message_that_has_gone_out_meanwhile(book, together, publish, head, at):
    notice = publish()
    second = notice.recipients.get(household=together[1]).pk
    confirmations.confirm(recipient_id=second, via=ConfirmedVia.IN_PERSON, at=at, by=head)
    tick(at)
    assert confirmations.undo_staff_mark(recipient_id=second, by=head, at=at)
    assert reaches(notice, together) == [Reach.SENT, Reach.SENT]


def test_a_mark_taken_back_sends_when_the_carrier_was_given_up(book, together, publish, head, at):
    notice = publish()
    pks = [notice.recipients.get(household=household).pk for household in together]
    for pk in pks:
        confirmations.confirm(recipient_id=pk, via=ConfirmedVia.IN_PERSON, at=at, by=head)
    tick(at)
    assert confirmations.undo_staff_mark(recipient_id=pks[1], by=head, at=at)
    tick(at)
    assert book.told() == [("zalo", SHARED)]
    assert reaches(notice, together) == [Reach.CONFIRMED, Reach.SENT]


def test_who_comes_to_a_message_just_found_needless_gets_it(book, publish, villages, gateways, head, at):
    """Between the last look and its record: one household confirmed, another one's Zalo fails."""
    zalo, sms = Gateway.objects.order_by("pk")
    first = make_household(villages[0], phone=SHARED, contact={"refused": ["ZALO"]})
    second = make_household(villages[0], phone=OTHER, contact={"refused": ["SMS"]})
    second.contacts.create(phone=SHARED, rank=2, refused=["ZALO"])
    notice = publish()
    by_sms, by_zalo = (claims.claim(gateway=gateway, at=at) for gateway in (sms, zalo))
    confirmed = notice.recipients.get(household=first).pk
    confirmations.confirm(recipient_id=confirmed, via=ConfirmedVia.IN_PERSON, at=at, by=head)
    messages, needless = eligibility.compose(sms, by_sms, {}, at)
    assert messages == {}
    failed = {by_zalo[0].pk: SendError("-118", ErrorKind.NEXT_CHANNEL)}
    for gateway, batch, results in ((zalo, by_zalo, failed), (sms, by_sms, needless)):
        adapter = gateway_providers.adapter_for(gateway)
        outcomes.record(gateway=gateway, adapter=adapter, batch=batch, outcomes=results, at=at)
    tick(at)
    assert book.told() == [("sms", SHARED)]
    assert reaches(notice, [first, second]) == [Reach.CONFIRMED, Reach.SENT]


def test_two_marks_taken_back_are_one_message_to_the_phone(book, together, publish, villages, head, at):
    together.append(make_household(villages[0], phone=SHARED))
    notice = publish()
    pks = [notice.recipients.get(household=household).pk for household in together]
    for pk in pks:
        confirmations.confirm(recipient_id=pk, via=ConfirmedVia.IN_PERSON, at=at, by=head)
    tick(at)
    assert confirmations.undo_staff_mark(recipient_id=pks[1], by=head, at=at)
    assert confirmations.undo_staff_mark(recipient_id=pks[2], by=head, at=at)
    tick(at)
    assert book.told() == [("zalo", SHARED)]
    assert reaches(notice, together) == [Reach.CONFIRMED, Reach.SENT, Reach.SENT]
    assert confirmations.undo_staff_mark(recipient_id=pks[0], by=head, at=at)
    tick(at)
    assert book.told() == [("zalo", SHARED)]
    assert reaches(notice, together) == [Reach.SENT, Reach.SENT, Reach.SENT]


def test_a_mark_taken_back_sends_when_the_channel_works_again(book, together, publish, head, gateways, at):
    notice = publish()
    pks = [notice.recipients.get(household=household).pk for household in together]
    for pk in pks:
        confirmations.confirm(recipient_id=pk, via=ConfirmedVia.IN_PERSON, at=at, by=head)
    tick(at)
    Gateway.objects.update(is_active=False)
    assert confirmations.undo_staff_mark(recipient_id=pks[1], by=head, at=at)
    tick(at)
    assert book.given == []
    Gateway.objects.update(is_active=True)
    tick(at)
    assert book.told() == [("zalo", SHARED)]
    assert reaches(notice, together) == [Reach.CONFIRMED, Reach.SENT]


def ends(notice, households) -> list[tuple[str, str]]:
    """(status, code) of each household's one delivery."""
    return [
        notice.deliveries.values_list("status", "error_code").get(recipient__household=house) for house in households
    ]


@pytest.mark.parametrize("first", [0, 1], ids=["the one that carries", "the one that follows"])
def test_who_gave_up_the_number_before_it_was_rung_was_not_told(book, together, publish, gateways, at, first):
    gone, stays = together[first], together[1 - first]
    notice = publish()
    gone.contacts.all().delete()
    tick(at)
    assert book.told() == [("zalo", SHARED)]
    assert ends(notice, [gone, stays]) == [("SKIPPED", "no-contact"), ("SENT", "")]
    report(gateways[0], book.given[0][2], "delivered", at)
    assert reaches(notice, [gone, stays]) == [Reach.NOT_REACHED, Reach.DELIVERED]
    tapped = notice.recipients.get(household=stays).pk
    assert confirmations.confirm_by_phone(recipient_id=tapped, via=ConfirmedVia.LINK, at=at) == 1
    assert reaches(notice, [gone, stays]) == [Reach.NOT_REACHED, Reach.CONFIRMED]


def test_who_wants_no_zalo_any_more_gets_an_sms_and_the_neighbour_the_zalo(book, together, publish, at):
    notice = publish()
    together[0].contacts.update(refused=["ZALO"])
    tick(at)
    assert sorted(book.told()) == [("sms", SHARED), ("zalo", SHARED)]
    assert reaches(notice, together) == [Reach.SENT, Reach.SENT]


def test_of_three_on_a_phone_the_next_carries_when_the_first_gave_it_up(book, together, publish, villages, at):
    together.append(make_household(villages[0], phone=SHARED))
    notice = publish()
    together[0].contacts.all().delete()
    tick(at)
    assert book.told() == [("zalo", SHARED)]
    assert ends(notice, together) == [("SKIPPED", "no-contact"), ("SENT", ""), ("SENT", "")]
    covered, sent = notice.deliveries.filter(status="SENT").order_by("covered_by")
    assert (covered.covered_by, sent.covered_by) == (sent, None)


def test_nothing_is_sent_once_all_have_been_told_in_person(book, together, publish, head, at):
    notice = publish()
    for household in together:
        pk = notice.recipients.get(household=household).pk
        confirmations.confirm(recipient_id=pk, via=ConfirmedVia.IN_PERSON, at=at, by=head)
    tick(at)
    assert book.given == []
    assert set(notice.deliveries.values_list("status", flat=True)) == {"SKIPPED"}


def test_a_failure_takes_both_to_the_next_channel_together(book, together, publish, at):
    notice = publish()
    book.answers.append(SendError("-118", ErrorKind.NEXT_CHANNEL, has_no_account=True))
    tick(at)
    assert book.told() == [("zalo", SHARED), ("sms", SHARED)]
    assert reaches(notice, together) == [Reach.SENT, Reach.SENT]
    assert sorted(notice.deliveries.values_list("channel", "status")) == [
        ("SMS", "SENT"), ("SMS", "SENT"), ("ZALO", "FAILED"), ("ZALO", "FAILED"),
    ]  # fmt: skip


def test_who_comes_later_to_a_phone_that_has_the_message_is_counted_and_gets_none(book, publish, villages, at):
    """Two households, each with a Zalo of its own that fails at different times, and one number for SMS."""
    early, late = (
        make_household(villages[0], phone=phone, contact={"refused": ["SMS"]})
        for phone in ("+84510400011", "+84510400012")
    )
    for household in (early, late):
        household.contacts.create(phone=SHARED, rank=2, refused=["ZALO"])
    notice = publish()
    book.answer = lambda slug, message: (
        SendError("-118", ErrorKind.NEXT_CHANNEL)
        if message.address.endswith("11")
        else SendError("-32", ErrorKind.RETRY_LATER)
        if slug == "memory_zalo"
        else _sent()
    )
    tick(at)
    assert book.told("sms") == [("sms", SHARED)]
    assert reaches(notice, [early, late]) == [Reach.SENT, Reach.NOT_REACHED]
    book.answer = lambda slug, message: SendError("-118", ErrorKind.NEXT_CHANNEL)
    tick(at + timedelta(minutes=2))
    assert book.told("sms") == [("sms", SHARED)]
    assert reaches(notice, [early, late]) == [Reach.SENT, Reach.SENT]
    covered = Delivery.objects.get(recipient__household=late, channel="SMS")
    assert covered.covered_by == Delivery.objects.get(recipient__household=early, channel="SMS")


def test_pause_withdrawal_and_a_lost_answer_hold_for_both(book, together, publish, approver, at):
    notice = publish()
    assert lifecycle.pause(notice=notice, by=approver, at=at) == 1
    assert set(notice.deliveries.values_list("status", flat=True)) == {"HELD"}
    notice.refresh_from_db()
    assert lifecycle.resume(notice=notice, by=approver, at=at) == 1
    book.answers.append(SendError("timeout", ErrorKind.AMBIGUOUS))
    tick(at)
    assert sorted(notice.deliveries.values_list("channel", "status")) == [("ZALO", "UNKNOWN"), ("ZALO", "UNKNOWN")]
    tick(at + timedelta(minutes=2))
    assert book.told() == [("zalo", SHARED), ("sms", SHARED)]
    assert lifecycle.withdraw(notice=notice, by=approver, at=at + timedelta(minutes=3)) == 0


def test_two_phones_of_two_households_are_two_messages(book, publish, villages, at):
    for phone in (SHARED, OTHER):
        make_household(villages[0], phone=phone)
    publish()
    tick(at)
    assert sorted(book.told()) == [("zalo", SHARED), ("zalo", OTHER)]


def test_recording_twice_changes_nothing(book, together, publish, gateways, at):
    from notices.adapters.base import Sent

    notice = publish()
    batch = claims.claim(gateway=gateways[0], at=at)
    adapter = gateway_providers.adapter_for(gateways[0].__class__.objects.get(pk=gateways[0].pk))
    results = {row.pk: Sent("m1") for row in batch}
    for _ in range(2):
        outcomes.record(gateway=gateways[0], adapter=adapter, batch=batch, outcomes=results, at=at)
    assert list(notice.deliveries.values_list("status", "attempts").order_by("pk")) == [("SENT", 1), ("SENT", 0)]


def _sent():
    from notices.adapters.base import Sent

    return Sent("x")
