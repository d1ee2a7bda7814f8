"""An administrator connects an account at a provider, tries it, and enters other keys."""

import pytest
import time_machine
from django.urls import reverse

from notices.gateways import credentials
from notices.models import Gateway, GatewayEvent
from notices.sandbox.server import running
from notices.sandbox.spare import SPARE

ESMS = {"name": "SMS dự phòng", "price": "850", **SPARE["esms"]}


@pytest.fixture(autouse=True)
def clock(at):
    with time_machine.travel(at, tick=False):
        yield


@pytest.fixture
def sandbox(settings):
    """A sandbox with the spare accounts and no other."""
    with running() as box:
        settings.PROVIDER_URLS = box.base_urls
        box.register_esms_account(**SPARE["esms"])
        kept = {key: value for key, value in SPARE["zalo_templates"].items() if key != "template_id"}
        box.register_zalo_app(**kept)
        yield box


def _connect(client, slug: str, typed: dict[str, str]) -> Gateway:
    answer = client.post(reverse("gateway_connect", args=[slug]), typed)
    row = Gateway.objects.latest("pk")
    assert (answer.status_code, answer.url) == (302, reverse("gateway_test", args=[row.pk]))
    return row


def _said(answer) -> str:
    return answer.content.decode().replace("\xa0", " ")


def _history(row: Gateway) -> list[str]:
    return list(GatewayEvent.objects.filter(gateway=row).order_by("pk").values_list("kind", flat=True))


def test_a_second_sms_account_is_connected_tried_and_switched_on(client_for, admin, ward, gateways, sandbox):
    client = client_for(admin)
    row = _connect(client, "esms", ESMS)
    assert (row.ward, row.channel, row.adapter, row.name, row.price) == (ward, "SMS", "esms", "SMS dự phòng", 850)
    assert (row.position, row.is_active) == (2, False)
    assert credentials.read(row) == dict(SPARE["esms"])

    tried = client.post(reverse("gateway_test", args=[row.pk]), {"phone": "0510 200 001"}, follow=True)
    assert "Đã gửi thử tới 0510 200 001" in _said(tried)
    assert [(m["phone"], m["accepted"]) for m in sandbox.messages()] == [("+84510200001", True)]

    switched_on = client.post(reverse("gateway_on", args=[row.pk]), follow=True)
    sentence = "Đã bật kênh SMS dự phòng. Hộ chưa được báo vì kênh này tắt cũng được gửi tin."
    assert sentence in _said(switched_on)
    row.refresh_from_db()
    assert row.is_active
    assert _history(row) == ["CONNECTED", "TESTED", "SWITCHED_ON"]


def test_a_double_click_connects_once(client_for, admin, ward):
    client = client_for(admin)
    first, again = _connect(client, "esms", ESMS), _connect(client, "esms", ESMS)
    assert first == again
    assert _history(first) == ["CONNECTED"]
    other = _connect(client, "esms", ESMS | {"api_key": "another"})
    assert (other == first, other.position) == (False, 2)


def test_a_zalo_account_gets_its_first_token_from_the_refresh_token(client_for, admin, ward, sandbox):
    client = client_for(admin)
    row = _connect(client, "zalo_templates", {"name": "Zalo xã", "price": "200", **SPARE["zalo_templates"]})
    tried = client.post(reverse("gateway_test", args=[row.pk]), {"phone": "0510 200 001"}, follow=True)
    assert "Đã gửi thử tới 0510 200 001" in _said(tried)
    kept = credentials.read(row.__class__.objects.get(pk=row.pk))
    assert kept["access_token"]
    assert kept["refresh_token"] != SPARE["zalo_templates"]["refresh_token"]


def test_wrong_keys_are_said_and_can_be_corrected(client_for, admin, ward, sandbox):
    client = client_for(admin)
    row = _connect(client, "esms", ESMS | {"secret_key": "nham"})
    refused = client.post(reverse("gateway_test", args=[row.pk]), {"phone": "0510 200 001"})
    assert "Chưa gửi được tới 0510 200 001: sai khóa kết nối SMS." in _said(refused)

    typed = {"api_key": "", "secret_key": SPARE["esms"]["secret_key"], "brandname": SPARE["esms"]["brandname"]}
    assert client.post(reverse("gateway_account", args=[row.pk]), typed).status_code == 302
    row.refresh_from_db()
    assert credentials.read(row) == dict(SPARE["esms"])
    tried = client.post(reverse("gateway_test", args=[row.pk]), {"phone": "0510 200 001"}, follow=True)
    assert "Đã gửi thử tới 0510 200 001" in _said(tried)
    assert _history(row) == ["CONNECTED", "TESTED", "ACCOUNT_CHANGED", "TESTED"]


def test_what_is_missing_is_named_and_what_was_typed_stays(client_for, admin, ward):
    answer = client_for(admin).post(reverse("gateway_connect", args=["esms"]), ESMS | {"secret_key": "", "price": "x"})
    page = answer.content.decode()
    assert answer.context["form"].errors == {
        "secret_key": ["Chưa điền mục này."],
        "price": ["Chỉ ghi số, ví dụ 850."],
    }
    assert 'value="demo-spare-api-key"' in page
    assert not Gateway.objects.exists()


def test_secrets_are_not_shown_again_and_the_rest_is(client_for, admin, gateways):
    zalo, _ = gateways
    credentials.write(zalo, dict(SPARE["zalo_templates"]) | {"access_token": "cho-vao"})
    page = client_for(admin).get(reverse("gateway_account", args=[zalo.pk])).content.decode()
    assert 'value="4300000000000000002"' in page
    assert [secret for secret in ("demo-spare", "cho-vao") if secret in page] == []


def test_other_keys_forget_the_tokens_of_the_former_account(client_for, admin, gateways):
    zalo, _ = gateways
    known = dict(SPARE["zalo_templates"]) | {"access_token": "cu", "expires_at": "2026-12-06T00:00:00+00:00"}
    credentials.write(zalo, known)
    client = client_for(admin)
    shown = {"app_id": known["app_id"], "template_id": known["template_id"]}
    client.post(reverse("gateway_account", args=[zalo.pk]), shown)
    zalo.refresh_from_db()
    assert (credentials.read(zalo), _history(zalo)) == (known, [])  # nothing changed

    client.post(reverse("gateway_account", args=[zalo.pk]), shown | {"refresh_token": "moi"})
    zalo.refresh_from_db()
    assert credentials.read(zalo) == dict(SPARE["zalo_templates"]) | {"refresh_token": "moi"}
    assert _history(zalo) == ["ACCOUNT_CHANGED"]


def test_credentials_of_another_installation_must_all_be_entered_again(client_for, admin, gateways):
    _, sms = gateways
    Gateway.objects.filter(pk=sms.pk).update(credentials=b"of another key")
    client = client_for(admin)
    answer = client.post(reverse("gateway_account", args=[sms.pk]), {"brandname": "XA HOADONG"})
    assert set(answer.context["form"].errors) == {"api_key", "secret_key"}
    client.post(reverse("gateway_account", args=[sms.pk]), dict(SPARE["esms"]))
    sms.refresh_from_db()
    assert credentials.read(sms) == dict(SPARE["esms"])


@pytest.mark.parametrize("slug", ["fax", "x" * 300])
def test_a_provider_nobody_has_is_not_found(client_for, admin, ward, slug):
    assert client_for(admin).get(reverse("gateway_connect", args=[slug])).status_code == 404


def test_sample_accounts_are_for_demos_alone(client_for, admin, ward, settings):
    address = reverse("gateway_connect", args=["esms"])
    client = client_for(admin)
    assert "Điền tài khoản mẫu" in client.get(address).content.decode()
    assert 'value="demo-spare-api-key"' in client.get(address, {"mau": 1}).content.decode()
    settings.DEMO = False
    for query in ({}, {"mau": 1}):
        page = client.get(address, query).content.decode()
        assert "Điền tài khoản mẫu" not in page
        assert "demo-spare" not in page
