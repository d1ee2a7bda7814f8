"""Providers' calls at the door: verified, stored before they are answered, applied after."""

import hashlib
import json
import threading
from collections import Counter, deque
from collections.abc import Callable

import psycopg
import pytest
from django.db import DataError, OperationalError, connection
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import timezone

from notices import tasks, webhooks
from notices.gateways import credentials
from notices.models import Delivery, Gateway, Receipt
from notices.receipts import applying, storing
from notices.receipts.group_commit import GroupCommit
from portal.wsgi import application
from tests.notices.hooks import APP_ID, OA_KEY, esms_call, zalo_call, zalo_event, zalo_signed


def test_a_forged_call_is_refused_and_changes_nothing(sent, run_tasks):
    with run_tasks():
        assert zalo_call(sent.gateway, zalo_event(sent), key="guessed").status_code == 403
    sent.refresh_from_db()
    assert (sent.status, Receipt.objects.count()) == ("SENT", 0)


def test_an_altered_body_is_refused(sent, run_tasks):
    event = zalo_event(sent)
    body = json.dumps(event).encode()
    mac = hashlib.sha256(APP_ID.encode() + body + f"{event['timestamp']}{OA_KEY}".encode()).hexdigest()
    with run_tasks():
        answer = Client().post(
            reverse("webhook", args=[sent.gateway.webhook_key]),
            body.replace(b"m1", b"m2"),
            content_type="application/json",
            headers={"X-ZEvent-Signature": f"mac={mac}"},
        )
    assert (answer.status_code, Receipt.objects.count()) == (403, 0)


def test_the_unsigned_probe_is_answered_and_not_kept(sent):
    for body in (b"", b"{}"):
        assert zalo_call(sent.gateway, body).status_code == 200
    assert Receipt.objects.count() == 0


def test_an_unknown_address_or_a_huge_body_is_refused(sent):
    assert Client().post("/webhooks/nobody-knows/", b"{}", content_type="application/json").status_code == 404
    assert zalo_call(sent.gateway, b'{"x": "' + b"a" * 10_000_000 + b'"}').status_code == 413
    assert Receipt.objects.count() == 0


def test_a_body_nobody_can_read_is_kept_and_answered_if_it_is_signed(sent, run_tasks):
    with run_tasks():
        assert zalo_call(sent.gateway, b"\xff\x00{nonsense").status_code == 200
    receipt = Receipt.objects.get()
    assert (receipt.outcome, receipt.payload["body"]) == ("UNREADABLE", "\ufffd{nonsense")


def test_calls_without_their_last_slash_and_other_ways_of_calling_store_nothing(sent):
    address = reverse("webhook", args=[sent.gateway.webhook_key])
    assert Client().post(f"/webhooks/{sent.gateway.webhook_key}", b"x", content_type="text/plain").status_code == 301
    assert Client().put(address, b"{}", content_type="application/json").status_code == 405
    assert Client().get("/webhooks/").status_code == 404
    assert Receipt.objects.count() == 0


# --- who is behind an address -------------------------------------------------------------------------


def test_a_switched_off_gateway_still_takes_receipts(sent, run_tasks):
    Gateway.objects.filter(pk=sent.gateway.pk).update(is_active=False, stopped_at=timezone.now())
    with run_tasks():
        assert zalo_call(sent.gateway, zalo_event(sent)).status_code == 200
    assert Delivery.objects.get(pk=sent.pk).status == "DELIVERED"


def test_a_replaced_key_opens_at_once_and_the_former_one_soon_no_more(sent, monkeypatch):
    monkeypatch.setattr(webhooks.doors, "kept", 3600.0)
    assert zalo_call(sent.gateway, zalo_event(sent)).status_code == 200
    credentials.write(sent.gateway, {"app_id": APP_ID, "oa_secret_key": "another"})
    assert zalo_call(sent.gateway, zalo_event(sent, msg_id="m2")).status_code == 200  # believed until it is read again
    assert zalo_call(sent.gateway, zalo_event(sent, msg_id="m3"), key="another").status_code == 200
    assert zalo_call(sent.gateway, zalo_event(sent, msg_id="m4")).status_code == 403
    assert Receipt.objects.count() == 3


def test_a_gateway_is_read_once_for_many_calls(sent, monkeypatch, django_assert_num_queries):
    monkeypatch.setattr(webhooks, "doors", webhooks.Doors(kept=3600.0))
    monkeypatch.setattr(webhooks, "apply_soon", webhooks.ApplySoon(every=3600.0, in_background=lambda work: work()))
    zalo_call(sent.gateway, zalo_event(sent))
    with django_assert_num_queries(1):  # the row
        assert zalo_call(sent.gateway, zalo_event(sent, msg_id="m2")).status_code == 200


def test_a_gateway_whose_credentials_cannot_be_read_asks_for_the_call_again(sent):
    Gateway.objects.filter(pk=sent.gateway.pk).update(credentials=b"of another installation")
    assert zalo_call(sent.gateway, zalo_event(sent)).status_code == 503
    assert Receipt.objects.count() == 0


# --- stored before it is answered ---------------------------------------------------------------------


def test_what_cannot_be_stored_is_not_answered_with_200(sent, monkeypatch, run_tasks):
    def away(rows):
        raise OperationalError("the database is away")

    with monkeypatch.context() as patch, run_tasks() as rung:
        patch.setattr(storing, "_calls", GroupCommit(away))
        assert zalo_call(sent.gateway, zalo_event(sent)).status_code == 503
    assert (rung, Receipt.objects.count()) == ([], 0)
    assert zalo_call(sent.gateway, zalo_event(sent)).status_code == 200
    assert Receipt.objects.count() == 1


def test_a_database_that_is_away_asks_for_the_call_again(sent, monkeypatch):
    def away(*args):
        raise OperationalError("the database is away")

    gateway, event = sent.gateway, zalo_event(sent)
    with monkeypatch.context() as patch:
        patch.setattr(connection, "cursor", away)
        assert zalo_call(gateway, event).status_code == 503
    assert Receipt.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_a_database_that_was_restarted_costs_no_call(sent, monkeypatch):
    """The connection this thread holds is cut, as by a restart; nothing tells the thread."""
    gateway, event = sent.gateway, zalo_event(sent)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (backend,) = cursor.fetchone()
    with psycopg.connect(**connection.get_connection_params(), autocommit=True) as other:
        assert other.execute("SELECT pg_terminate_backend(%s, 5000)", [backend]).fetchone() == (True,)
    assert _through_the_door(gateway, event)[0] == "200 OK"
    assert Receipt.objects.count() == 1


# --- the short way past Django's handler --------------------------------------------------------------


def _through_the_door(gateway, event):
    """Status line, headers and body as the web server gets them."""
    heads = []
    body, headers = zalo_signed(event)
    path = reverse("webhook", args=[gateway.webhook_key])
    request = RequestFactory().post(path, body, content_type="application/json", headers=headers)
    parts = application(request.environ, lambda status, headers: heads.append((status, dict(headers))))
    return (*heads[0], b"".join(parts))


def test_a_call_passes_by_what_is_for_people(sent):
    status, headers, body = _through_the_door(sent.gateway, zalo_event(sent))
    assert (status, body, Receipt.objects.count()) == ("200 OK", b"ok", 1)
    assert headers == {"Content-Type": "text/plain", "Content-Length": "2"}


def test_a_call_that_breaks_off_is_asked_for_again_and_logged_without_what_it_said(sent, monkeypatch, caplog):
    def broken(**_):
        raise RuntimeError("0510 123 456")

    monkeypatch.setattr(storing, "store", broken)
    status, headers, body = _through_the_door(sent.gateway, zalo_event(sent))
    assert (status, headers["Content-Length"], body) == ("500 Internal Server Error", "0", b"")
    assert "RuntimeError" in caplog.text
    assert "0510" not in caplog.text


def test_an_address_that_is_no_door_is_the_sites(sent):
    heads = []
    environ = RequestFactory().get("/webhooks/").environ
    application(environ, lambda status, headers, *_: heads.append(status))
    assert heads == ["404 Not Found"]


def _at_once(number: int, work: Callable[[int], None]) -> None:
    """`work(0)` … `work(number - 1)`, each in a thread of its own."""

    def go(n: int) -> None:
        try:
            work(n)
        finally:
            connection.close()

    threads = [threading.Thread(target=go, args=[n]) for n in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


@pytest.mark.django_db(transaction=True)
def test_of_many_calls_at_once_each_is_stored_once_and_each_200_is_stored(sent, monkeypatch):
    monkeypatch.setattr(webhooks.apply_soon, "every", 3600.0)
    answers = []

    def call(n: int) -> None:
        for number in range(10):  # two threads send the same ten
            message_id = f"{n // 2}-{number}"
            answers.append((message_id, zalo_call(sent.gateway, events[message_id]).status_code))

    events = {f"{n}-{number}": zalo_event(sent, msg_id=f"{n}-{number}") for n in range(8) for number in range(10)}
    _at_once(16, call)
    stored = [json.loads(payload["body"])["message"]["msg_id"] for (payload,) in Receipt.objects.values_list("payload")]
    assert Counter(answers) == {(message_id, 200): 2 for message_id in events}
    assert sorted(stored) == sorted(events)
    assert applying.apply_waiting(at=timezone.now()) == 80
    assert Delivery.objects.get(pk=sent.pk).status == "DELIVERED"


@pytest.mark.django_db(transaction=True)
def test_of_many_calls_at_once_none_is_acknowledged_whose_statement_failed(sent, monkeypatch):
    turns = []

    def every_other(rows) -> None:
        turns.append(len(rows))
        if len(turns) % 2:
            raise DataError("a value the table does not take")
        storing._insert(rows)

    monkeypatch.setattr(storing, "_calls", GroupCommit(every_other))
    monkeypatch.setattr(webhooks.apply_soon, "every", 3600.0)
    events = [zalo_event(sent, msg_id=f"m{n}") for n in range(40)]
    answers = {}

    def call(n: int) -> None:
        for number in range(n, 40, 8):
            answers[f"m{number}"] = zalo_call(sent.gateway, events[number]).status_code

    _at_once(8, call)
    stored = {json.loads(payload["body"])["message"]["msg_id"] for (payload,) in Receipt.objects.values_list("payload")}
    assert stored == {message_id for message_id, status in answers.items() if status == 200}
    assert set(answers.values()) == {200, 503}
    assert (len(answers), sum(turns)) == (40, 40)


class _Counted(deque):
    """Tells when a row has been left."""

    def __init__(self) -> None:
        super().__init__()
        self.left = threading.Semaphore(0)

    def append(self, row) -> None:
        super().append(row)
        self.left.release()


@pytest.mark.django_db(transaction=True)
def test_rows_that_come_while_one_is_written_are_written_together():
    is_writing, go_on, written = threading.Event(), threading.Event(), []

    def write(rows) -> None:
        is_writing.set()
        go_on.wait(5)
        written.append(sorted(rows))

    group = GroupCommit(write, limit=3)
    group._left = _Counted()
    first = threading.Thread(target=group.add, args=[0])
    first.start()
    is_writing.wait(5)
    others = [threading.Thread(target=group.add, args=[n]) for n in range(1, 6)]
    for thread in others:
        thread.start()
    for _ in range(6):
        assert group._left.left.acquire(timeout=5)
    go_on.set()
    for thread in [first, *others]:
        thread.join(5)
    assert [len(rows) for rows in written] == [1, 3, 2]
    assert sorted(row for rows in written for row in rows) == [0, 1, 2, 3, 4, 5]


# --- applied after ------------------------------------------------------------------------------------


def test_a_broker_that_is_away_fails_no_call_and_the_sweep_does_the_work(sent, monkeypatch, run_tasks):
    def away(*args, **kwargs):
        raise ConnectionError("no broker")

    with monkeypatch.context() as patch, run_tasks():
        patch.setattr(tasks.apply_receipts, "apply_async", away)
        assert zalo_call(sent.gateway, zalo_event(sent)).status_code == 200
    assert Delivery.objects.get(pk=sent.pk).status == "SENT"
    with run_tasks():
        tasks.sweep()
    assert Delivery.objects.get(pk=sent.pk).status == "DELIVERED"


def test_one_look_is_rung_for_however_many_calls_come(sent, monkeypatch, run_tasks):
    rung = []
    monkeypatch.setattr(tasks.apply_receipts, "apply_async", lambda **options: rung.append(options))
    monkeypatch.setattr(webhooks, "apply_soon", webhooks.ApplySoon(every=3600.0, in_background=lambda work: work()))
    for number in range(5):
        with run_tasks():
            assert zalo_call(sent.gateway, zalo_event(sent, msg_id=f"m{number}")).status_code == 200
    assert rung == [{"countdown": 3600.0, "retry": False}]  # so late that all five are covered
    assert applying.apply_waiting(at=timezone.now()) == 5


def test_a_call_does_not_wait_for_a_broker_that_is_slow_to_be_away(sent, monkeypatch, run_tasks):
    left = []
    monkeypatch.setattr(webhooks, "apply_soon", webhooks.ApplySoon(every=0.0, in_background=left.append))
    for number in range(2):  # the second finds somebody at the bell
        with run_tasks():
            assert zalo_call(sent.gateway, zalo_event(sent, msg_id=f"m{number}")).status_code == 200
    assert (len(left), Receipt.objects.waiting().count()) == (1, 2)
    left[0]()
    assert not Receipt.objects.waiting().exists()


def test_esms_calls_are_kept_with_their_query(gateways):
    assert esms_call(gateways[1], SMSID="x", SendStatus="1").status_code == 200
    assert Receipt.objects.get().payload == {"method": "GET", "query": {"SMSID": "x", "SendStatus": "1"}, "body": ""}
