"""Stored receipts applied once more by an operator."""

import json
from datetime import UTC, datetime
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from notices.adapters.base import WebhookRequest
from notices.models import Delivery, Reach, Receipt
from notices.receipts import applying, storing
from tests.notices.hooks import zalo_event

RECEIVED = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)


def _replay(*arguments: str) -> str:
    out = StringIO()
    call_command("replay_receipts", *arguments, stdout=out)
    return out.getvalue()


@pytest.fixture
def three(sent) -> list[Receipt]:
    """Applied (but the message was put back to SENT since, by a backup), about a message nobody knew at the time,
    unreadable: of three days."""
    applied = json.dumps(zalo_event(sent)).encode()
    for day, body in enumerate((applied, b"{nonsense")):
        request = WebhookRequest("POST", {}, {}, body)
        storing.store(gateway=sent.gateway, request=request, at=RECEIVED.replace(day=20 + 2 * day))
    Delivery.objects.filter(pk=sent.pk).update(gateway=None)
    early = json.dumps(zalo_event(sent, "user_click_response_button", data="Tôi đã đọc")).encode()
    storing.store(gateway=sent.gateway, request=WebhookRequest("POST", {}, {}, early), at=RECEIVED.replace(day=21))
    applying.apply_waiting(at=timezone.now())
    Delivery.objects.filter(pk=sent.pk).update(gateway=sent.gateway)
    Receipt.objects.filter(received_at=RECEIVED).update(outcome="APPLIED")
    return list(Receipt.objects.order_by("received_at"))


def test_an_unknown_reference_is_kept_and_has_its_effect_once_its_message_is_known(sent, three):
    assert [receipt.outcome for receipt in three] == ["APPLIED", "UNKNOWN_REFERENCE", "UNREADABLE"]
    printed = _replay("--outcome", "UNKNOWN_REFERENCE")
    assert printed == "1 applied, 0 about messages nobody knows, 0 unreadable.\n"
    sent.recipient.refresh_from_db()
    assert (sent.recipient.reach, sent.recipient.confirmed_via) == (Reach.CONFIRMED, "ZALO_BUTTON")
    assert Receipt.objects.get(pk=three[1].pk).outcome == "APPLIED"


def test_all_of_them_twice_changes_nothing_the_second_time(sent, three):
    after = []
    for _ in range(2):
        assert json.loads(_replay("--json")) == {"applied": 2, "unknown_reference": 0, "unreadable": 1}
        after.append((Delivery.objects.values().get(), sent.notice.recipients.values().get()))
    assert after[0] == after[1]
    assert (after[0][0]["status"], after[0][1]["reach"]) == ("SEEN", Reach.CONFIRMED)


def test_only_those_asked_for(sent, gateways, three):
    assert json.loads(_replay("--since", "2026-11-21", "--dry-run", "--json")) == {"chosen": 2}
    assert json.loads(_replay("--since", "2026-11-22T09:00:00+07:00", "--dry-run", "--json")) == {"chosen": 1}
    assert json.loads(_replay("--gateway", str(gateways[1].pk), "--dry-run", "--json")) == {"chosen": 0}
    assert _replay("--gateway", str(gateways[0].pk), "--dry-run") == "3 receipts would be applied again.\n"
    assert Delivery.objects.get(pk=sent.pk).status == "SENT"


def test_receipts_that_still_wait_are_applied_with_the_rest(sent, three):
    Receipt.objects.update(applied_at=None, outcome="")
    assert json.loads(_replay("--json")) == {"applied": 2, "unknown_reference": 0, "unreadable": 1}
    assert not Receipt.objects.waiting().exists()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--since", "hôm qua"], "--since must be a day or a moment like 2026-12-05T09:00, not hôm qua."),
        (["--since", "2026-13-45"], "--since must be a day or a moment like 2026-12-05T09:00, not 2026-13-45."),
        (["--gateway", "999999"], "There is no gateway 999999."),
        (["--gateway", "Zalo"], "There is no gateway Zalo."),
        (["--outcome", "LOST"], "--outcome must be one of APPLIED, UNKNOWN_REFERENCE, UNREADABLE, all, not LOST."),
    ],
)
def test_an_argument_that_makes_no_sense_is_one_sentence_and_changes_nothing(sent, three, arguments, sentence):
    with pytest.raises(CommandError) as refused:
        _replay(*arguments)
    assert (str(refused.value), refused.value.returncode) == (sentence, 2)
    assert Delivery.objects.get(pk=sent.pk).status == "SENT"
