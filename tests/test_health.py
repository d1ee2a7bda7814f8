"""/healthz says whether the portal does its work, to machines that act on it."""

from datetime import timedelta

import pytest
from django.utils import timezone

from notices.models import Channel, Delivery
from tests import factories


@pytest.fixture
def due(ward, villages, editor, household, gateways):
    """`due(minutes)`: a message due that long ago."""

    def make(minutes: int, **fields) -> Delivery:
        notice = factories.NoticeFactory(ward=ward, created_by=editor, villages=villages)
        return Delivery.objects.create(
            recipient=factories.RecipientFactory(notice=notice, household=household),
            notice=notice,
            contact=household.contacts.get(),
            channel=Channel.ZALO,
            address="+84510200001",
            gateway=gateways[0],
            not_before=timezone.now() - timedelta(minutes=minutes),
            **fields,
        )

    return make


def test_well(db, client):
    response = client.get("/healthz")
    assert response.status_code == 200
    assert response.json() == {"status": "ok", "database": True, "redis": True, "oldest_due_seconds": 0}


def test_a_message_waiting_a_moment_is_no_illness(due, client):
    due(minutes=4)
    assert client.get("/healthz").status_code == 200


def test_a_message_waiting_too_long_is(due, client):
    due(minutes=6)
    response = client.get("/healthz")
    assert response.status_code == 503
    assert response.json()["status"] == "unwell"
    assert 360 <= response.json()["oldest_due_seconds"] < 380


def test_what_waits_for_a_stopped_gateway_makes_nobody_late(due, client, gateways):
    due(minutes=6)
    type(gateways[0]).objects.update(stopped_at=timezone.now())
    assert client.get("/healthz").status_code == 200


def test_what_was_sent_is_not_late(due, client):
    due(minutes=6, status=Delivery.Status.SENT)
    assert client.get("/healthz").status_code == 200


def test_without_redis_it_is_unwell(db, client, settings, tmp_path):
    settings.REDIS_URL = f"unix://{tmp_path}/nobody.sock"
    response = client.get("/healthz")
    assert response.status_code == 503
    assert response.json() == {"status": "unwell", "database": True, "redis": False, "oldest_due_seconds": 0}


def test_without_the_database_it_is_unwell_and_says_so(db, client, monkeypatch):
    from django.db import OperationalError

    from portal import health

    def gone() -> int:
        raise OperationalError

    monkeypatch.setattr(health, "oldest_due_seconds", gone)
    monkeypatch.setattr(health.connection, "close", lambda: None)
    response = client.get("/healthz")
    assert response.status_code == 503
    assert response.json()["database"] is False
