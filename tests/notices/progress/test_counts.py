"""The counts beside the rows say what the rows say: after every change, folded or not, and whoever writes at once."""

import random
from datetime import timedelta
from threading import Thread

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.db.models import Sum

from notices.models import ConfirmedVia, Delivery, MessageCount, Reach, ReachCount, ReachMoment, Recipient
from notices.progress import counting, folding, traffic
from notices.progress.counting import Counts
from notices.residents import confirmations
from tests.factories import make_households

NOTHING = {"households": 0, "moments": 0, "messages": 0}


@pytest.fixture
def notice(publish, villages, at):
    make_households(4, villages[0])
    return publish()


def test_every_change_is_counted_and_folding_changes_no_number(notice, head, at):
    first, second, third, fourth = notice.recipients.order_by("pk").values_list("pk", flat=True)
    Recipient.objects.filter(pk=first).raise_reach(Reach.DELIVERED, at)
    confirmations.confirm(recipient_id=second, via=ConfirmedVia.LINK, at=at + timedelta(minutes=3))
    confirmations.confirm(recipient_id=third, via=ConfirmedVia.MEETING, at=at, by=head)
    confirmations.undo_staff_mark(recipient_id=third, by=head, at=at + timedelta(seconds=5))
    Delivery.objects.filter(recipient=first).advance("SENDING")
    Delivery.objects.filter(recipient=first).advance("SENT", sent_at=at, price=300)
    Recipient.objects.filter(pk=fourth).delete()
    expected = Counts(none=1, delivered=1, confirmed=1)
    for _ in ("appended", "folded"):
        assert counting.for_notice(notice).counts == expected
        moments = traffic.timeline(notice, at + timedelta(minutes=3), steps=3)
        assert [(moment.told, moment.confirmed) for moment in moments] == [(1, 0), (1, 0), (1, 0), (2, 1)]
        (zalo,) = traffic.sends(notice)
        assert (zalo.sent, zalo.waiting, zalo.price, zalo.first_sent_at) == (1, 1, 300, at)
        assert folding.recount(notice) == NOTHING
        folding.fold(at=at + timedelta(minutes=4))
    assert not ReachCount.objects.filter(is_sum=False).exists()
    assert not MessageCount.objects.filter(is_sum=False).exists()


def test_moments_older_than_an_hour_are_kept_by_the_minute(notice, at):
    for seconds, recipient in enumerate(notice.recipients.order_by("pk")):
        Recipient.objects.filter(pk=recipient.pk).raise_reach(Reach.SEEN, at + timedelta(seconds=20 * seconds))
    folding.fold(at=at + timedelta(minutes=2))
    assert ReachMoment.objects.filter(seconds=1).count() == 4
    folding.fold(at=at + timedelta(hours=2))
    kept = ReachMoment.objects.order_by("at").values_list("at", "seconds", "told")
    assert list(kept) == [(at, 60, 3), (at + timedelta(minutes=1), 60, 1)]
    assert folding.recount(notice) == NOTHING


def test_what_was_written_behind_the_triggers_is_put_right_at_night(notice, at, caplog, capsys):
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")  # as a careless restore does
        notice.recipients.all()[:1].get().deliveries.update(status="CANCELLED")
        Recipient.objects.filter(pk=notice.recipients.first().pk).update(reach=Reach.SEEN, seen_at=at)
        cursor.execute("SET LOCAL session_replication_role = DEFAULT")
    assert counting.for_notice(notice).counts == Counts(none=4)
    call_command("recount", notice.code)
    assert capsys.readouterr().out == "households: 2 differed, moments: 1 differed, messages: 2 differed\n"
    assert f"counts of notice {notice.code} differed" in caplog.text
    assert counting.for_notice(notice).counts == Counts(none=3, seen=1)
    assert folding.recount_all() == NOTHING


@pytest.mark.django_db(transaction=True)
def test_ten_writers_a_folder_and_a_night_at_once_lose_no_household(notice, head, at):
    """Each writes to households of its own, so that every write succeeds; half of the transactions are given up."""
    make_households(20, notice.villages.first())
    Recipient.objects.bulk_create(
        Recipient(notice=notice, household=household, ward=household.ward, village=household.village)
        for household in notice.villages.first().households.filter(receptions__isnull=True)
    )
    ids = list(notice.recipients.order_by("pk").values_list("pk", flat=True))

    def write(number: int) -> None:
        chance = random.Random(number)
        for step in range(12):
            mine = Recipient.objects.filter(pk__in=[pk for pk in ids if pk % 10 == number])
            try:
                with transaction.atomic():
                    mine.raise_reach(chance.choice([Reach.SENT, Reach.DELIVERED, Reach.SEEN]), at)
                    pk = chance.choice(list(mine.values_list("pk", flat=True)))
                    if chance.random() < 0.5:
                        confirmations.confirm(recipient_id=pk, via=ConfirmedVia.IN_PERSON, at=at, by=head)
                    else:
                        confirmations.undo_staff_mark(recipient_id=pk, by=head, at=at)
                    if chance.random() < 0.5:
                        raise InterruptedError
            except InterruptedError:
                pass
            if number == 0:
                folding.fold(at=at + timedelta(hours=step))
                assert folding.recount(notice) == NOTHING
        connection.close()

    writers = [Thread(target=write, args=[number]) for number in range(10)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert folding.recount(notice) == NOTHING
    folding.fold(at=at)
    assert ReachCount.objects.aggregate(all=Sum("households"))["all"] == len(ids) == 24
