"""A notice goes out to the providers and comes back as receipts and a confirmation, all over real HTTP."""

from collections.abc import Iterator

import pytest
import time_machine
from django.utils import timezone

from notices.gateways import credentials, providers
from notices.models import Delivery, Reach, Receipt, Recipient
from notices.receipts import applying
from notices.sandbox.server import running
from notices.sandbox.state import Options
from notices.sending import engine


@pytest.fixture(autouse=True)
def morning(at) -> Iterator[None]:
    """Nine in the morning, with clocks that go on: servers wait for each other here."""
    with time_machine.travel(at, tick=True):
        yield


@pytest.fixture
def portal(live_server, settings):
    """The portal where the providers' webhooks reach it."""
    settings.PUBLIC_BASE_URL = live_server.url
    return live_server


def connect(box, settings, gateways) -> None:
    """Both gateways hold accounts at the sandbox."""
    settings.PROVIDER_URLS = box.base_urls
    of_zalo, of_sms = gateways
    keys = {"app_id": "43", "app_secret": "s", "oa_secret_key": "k", "access_token": "t", "refresh_token": "r"}
    credentials.write(of_zalo, keys | {"template_id": "100001", "expires_at": ""})
    credentials.write(of_sms, {"api_key": "a", "secret_key": "b", "brandname": "XA HOADONG"})
    box.register_zalo_app(**keys, webhook_url=providers.webhook_url(of_zalo))


@pytest.mark.django_db(transaction=True)
def test_zalo_is_delivered_and_the_button_confirms(portal, settings, household, gateways, publish):
    with running() as box:
        connect(box, settings, gateways)
        recipient = publish().recipients.get()
        assert engine.send_due(gateway_id=gateways[0].pk) == 1
        box.wait_for(delivered=1)
        applying.apply_waiting(at=timezone.now())
        recipient.refresh_from_db()
        assert recipient.reach == Reach.DELIVERED
        [message] = box.messages()
        assert message["template_data"]["ma"] == recipient.notice.code
        assert message["template_data"]["duong_dan"].startswith(f"{portal.url}/t/")
        assert box.press(reference=message["reference"])
    applying.apply_waiting(at=timezone.now())
    recipient.refresh_from_db()
    assert (recipient.reach, recipient.confirmed_via) == (Reach.CONFIRMED, "ZALO_BUTTON")
    assert Receipt.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_number_without_zalo_gets_an_sms(portal, settings, household, gateways, publish):
    with running(Options(no_zalo_percent=100, receipt_delay_ms=0)) as box:
        connect(box, settings, gateways)
        publish()
        for gateway in gateways:
            engine.send_due(gateway_id=gateway.pk)
        box.wait_for(delivered=1)
        assert [(m["provider"], m["code"]) for m in box.messages()] == [("zalo", "-118"), ("esms", "100")]
    applying.apply_waiting(at=timezone.now())
    assert Recipient.objects.get().reach == Reach.DELIVERED
    assert set(Delivery.objects.values_list("channel", "status")) == {("ZALO", "FAILED"), ("SMS", "DELIVERED")}


@pytest.mark.django_db(transaction=True)
def test_expired_token_is_refreshed_on_the_way(portal, settings, household, gateways, publish):
    with running() as box:
        connect(box, settings, gateways)
        keys = {"app_id": "43", "app_secret": "s", "oa_secret_key": "k", "access_token": "t", "refresh_token": "r"}
        box.register_zalo_app(**keys, expires_in=0)
        publish()
        assert engine.send_due(gateway_id=gateways[0].pk) == 1
        assert [(m["code"], m["accepted"]) for m in box.messages()] == [("-124", False), ("0", True)]
        assert box.counts()["tokens_refreshed"] == 1
    assert Delivery.objects.get(channel="ZALO").status == "SENT"


@pytest.mark.django_db(transaction=True)
def test_forged_receipt_changes_nothing(portal, settings, household, gateways, publish):
    with running() as box:
        connect(box, settings, gateways)
        box.set_faults(receipts={"wrong_mac": True})
        publish()
        engine.send_due(gateway_id=gateways[0].pk)
        box.wait_for(receipts_failed=1)
    assert Receipt.objects.count() == 0
    assert Recipient.objects.get().reach == Reach.SENT
