"""A household confirms once, by any way; staff may take back their own mark."""

from datetime import timedelta

import pytest
from django.apps import apps

from notices.models import ConfirmedVia, Reach, Recipient
from notices.residents import confirmations


def test_the_first_confirmation_keeps_its_way_and_moment(recipient, head, at):
    later = at + timedelta(minutes=5)
    assert confirmations.confirm(recipient_id=recipient.pk, via=ConfirmedVia.LINK, at=at)
    assert not confirmations.confirm(recipient_id=recipient.pk, via=ConfirmedVia.IN_PERSON, at=later, by=head)
    recipient.refresh_from_db()
    assert recipient.reach == Reach.CONFIRMED
    assert (recipient.confirmed_via, recipient.confirmed_at, recipient.confirmed_by) == ("LINK", at, None)
    assert recipient.seen_at == at


def test_a_confirmation_stops_what_is_queued_for_the_household(recipient, head, at):
    assert recipient.deliveries.get().status == "PENDING"
    confirmations.confirm(recipient_id=recipient.pk, via=ConfirmedVia.IN_PERSON, at=at, by=head)
    assert recipient.deliveries.get().status == "SKIPPED"
    recipient.refresh_from_db()
    assert (recipient.confirmed_by, recipient.seen_at) == (head, None)


def test_an_ended_notice_takes_no_confirmation(recipient, approver, at):
    from notices.publishing import lifecycle

    lifecycle.withdraw(notice=recipient.notice, by=approver, at=at)
    assert not confirmations.confirm(recipient_id=recipient.pk, via=ConfirmedVia.LINK, at=at)
    recipient.refresh_from_db()
    assert (recipient.reach, recipient.confirmed_at) == (Reach.NOT_REACHED, None)


@pytest.mark.parametrize(("proven", "expected"), [(None, 0), (Reach.SENT, 1), (Reach.DELIVERED, 2), (Reach.SEEN, 3)])
def test_undo_returns_to_what_the_other_moments_prove(recipient, head, at, proven, expected):
    confirmations.confirm(recipient_id=recipient.pk, via=ConfirmedVia.IN_PERSON, at=at, by=head)
    if proven:  # a receipt that came in between
        Recipient.objects.filter(pk=recipient.pk).raise_reach(proven, at)
    assert confirmations.undo_staff_mark(recipient_id=recipient.pk, by=head, at=at)
    recipient.refresh_from_db()
    assert (recipient.reach, recipient.confirmed_at, recipient.confirmed_via) == (expected, None, "")


def test_undo_queues_again_what_the_mark_had_stopped_and_is_kept_in_the_audit_log(recipient, head, at):
    confirmations.confirm(recipient_id=recipient.pk, via=ConfirmedVia.IN_PERSON, at=at, by=head)
    confirmations.undo_staff_mark(recipient_id=recipient.pk, by=head, at=at)
    assert recipient.deliveries.get().status == "PENDING"
    kept = apps.get_model("notices", "RecipientEvent").objects.filter(pgh_obj=recipient)
    history = kept.order_by("pgh_id").values_list("confirmed_via", "reach")
    assert list(history) == [("", 0), ("IN_PERSON", 4)]


def test_nobody_takes_back_what_the_household_or_somebody_else_confirmed(recipient, head, other_head, at):
    confirmations.confirm(recipient_id=recipient.pk, via=ConfirmedVia.IN_PERSON, at=at, by=head)
    assert not confirmations.undo_staff_mark(recipient_id=recipient.pk, by=other_head, at=at)
    Recipient.objects.filter(pk=recipient.pk).update(confirmed_via="LINK", confirmed_by=None)
    assert not confirmations.undo_staff_mark(recipient_id=recipient.pk, by=head, at=at)
    recipient.refresh_from_db()
    assert recipient.reach == Reach.CONFIRMED
