"""A sample message goes out for real, is told in words, cannot be spent by clicking, and leaves no number behind."""

from datetime import timedelta
from io import StringIO

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.urls import reverse

from communities.models import Membership, User
from notices.gateways import credentials, switching
from notices.models import Gateway, GatewayDay, GatewayEvent
from notices.sandbox.people import has_zalo
from notices.sandbox.server import running
from notices.sandbox.state import Options

ZALO = next(f"+84510{n:06}" for n in range(1000) if has_zalo(f"+84510{n:06}", 50))
NO_ZALO = next(f"+84510{n:06}" for n in range(1000) if not has_zalo(f"+84510{n:06}", 50))
PHONE = "0510 200 001"
SENT = "Đã gửi thử tới 0510\xa0200\xa0001 lúc 09:00. Xem máy có nhận được không."


@pytest.fixture(autouse=True)
def clock(at):
    with time_machine.travel(at, tick=False) as traveller:
        yield traveller


@pytest.fixture
def sandbox(settings, ward_gateways):
    """Both providers; half of all numbers have no Zalo."""
    with running(Options(no_zalo_percent=50, receipt_delay_ms=0)) as client:
        settings.PROVIDER_URLS = client.base_urls
        client.register_zalo_app(**APP, refresh_token="r1")
        client.register_esms_account(api_key="key", secret_key="secret", brandname="XA HOADONG")
        client.set_faults(receipts={"drop": True})
        yield client


@pytest.fixture
def ward_gateways(gateways) -> tuple[Gateway, Gateway]:
    """Zalo and SMS of the ward, with their keys."""
    zalo, sms = gateways
    credentials.write(zalo, {**APP, "refresh_token": "r1", "template_id": "100001"})
    credentials.write(sms, {"api_key": "key", "secret_key": "secret", "brandname": "XA HOADONG"})
    return zalo, sms


APP = {"app_id": "43", "app_secret": "s", "oa_secret_key": "k", "access_token": "a1"}


def _ask(client, gateway, phone=PHONE, **more):
    return client.post(reverse("gateway_test", args=[gateway.pk]), {"phone": phone}, **more)


def _said(response) -> list[str]:
    return [str(message) for message in response.context["messages"]]


def _error(response) -> list[str]:
    return response.context["form"].errors["phone"]


def test_a_sample_arrives_is_told_and_is_counted(sandbox, ward_gateways, client_for, admin, at):
    _, sms = ward_gateways
    response = _ask(client_for(admin), sms, follow=True)
    assert response.redirect_chain == [(reverse("gateway_test", args=[sms.pk]), 302)]
    assert _said(response) == [SENT]
    assert [(m["provider"], m["phone"], m["content"]) for m in sandbox.messages(accepted=1)] == [
        ("esms", "+84510200001", "XA HOA DONG: Tin thu kenh SMS luc 09:00, 05/12/2026.")
    ]
    event = GatewayEvent.objects.get()
    assert (event.gateway, event.kind, event.code, event.by, event.at) == (sms, "TESTED", "", admin, at)
    day = GatewayDay.objects.get()
    assert (day.gateway, day.reserved, day.sent, day.failed) == (sms, 1, 1, 0)


def test_the_number_is_kept_nowhere(sandbox, ward_gateways, client_for, admin):
    _ask(client_for(admin), ward_gateways[1])
    for model in (Gateway, GatewayDay, GatewayEvent):
        assert "510200001" not in repr(list(model.objects.values()))


def test_a_refusal_is_told_in_words_and_what_was_typed_stays(sandbox, ward_gateways, client_for, admin):
    zalo, _ = ward_gateways
    shown = f"0{NO_ZALO[3:]}"
    response = _ask(client_for(admin), zalo, shown)
    parts = f"{shown[:4]}\xa0{shown[4:7]}\xa0{shown[7:]}"
    assert _error(response) == [f"Chưa gửi được tới {parts}: số này không có Zalo."]
    assert f'value="{shown}"' in response.content.decode()
    assert GatewayEvent.objects.get().code == "-118"
    day = GatewayDay.objects.get()
    assert (day.reserved, day.sent, day.failed) == (0, 0, 1)
    zalo.refresh_from_db()
    assert (zalo.last_error_code, zalo.tripped_at, zalo.stopped_at) == ("", None, None)


def test_a_stopped_gateway_may_be_tried(sandbox, ward_gateways, client_for, admin, at):
    zalo, _ = ward_gateways
    switching.stop(zalo, "-115", at)
    response = _ask(client_for(admin), zalo, f"0{ZALO[3:]}", follow=True)
    assert len(sandbox.messages(accepted=1)) == 1
    assert _said(response)[0].startswith("Đã gửi thử tới ")
    zalo.refresh_from_db()
    assert zalo.stopped_at == at


def test_five_samples_in_ten_minutes_and_no_more(sandbox, ward_gateways, client_for, admin, clock, at):
    client, sms = client_for(admin), ward_gateways[1]
    for _ in range(5):
        clock.shift(1)
        assert _ask(client, sms).status_code == 302
    refused = _ask(client, sms)
    assert _error(refused) == ["Kênh này đã gửi thử 5 lần trong 10 phút. Chờ ít phút rồi thử lại."]
    assert f'value="{PHONE}"' in refused.content.decode()
    assert len(sandbox.messages(accepted=1)) == GatewayEvent.objects.count() == 5
    clock.move_to(at + timedelta(minutes=10, seconds=2))
    assert _ask(client, sms).status_code == 302


def test_a_used_up_quota_is_not_overdrawn(sandbox, ward_gateways, client_for, admin):
    sms = ward_gateways[1]
    Gateway.objects.filter(pk=sms.pk).update(daily_quota=1)
    client = client_for(admin)
    assert _ask(client, sms).status_code == 302
    assert _error(_ask(client, sms)) == ["Chưa gửi: kênh này đã hết hạn mức hôm nay."]
    assert len(sandbox.messages(accepted=1)) == 1


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("", "Chưa điền mục này."),
        ("abc", "Không đọc được số “abc”. Ví dụ: 0510 200 001"),
        ("không có", "Không đọc được số “không có”. Ví dụ: 0510 200 001"),
        ("0510 200 001, 0510 200 002", "Chỉ ghi một số."),
        ("0237 385 2345", "Đây là số máy bàn, không nhận được tin. Hãy ghi số di động."),
    ],
)
def test_what_is_no_mobile_number_sends_nothing(sandbox, ward_gateways, client_for, admin, typed, said):
    assert _error(_ask(client_for(admin), ward_gateways[1], typed)) == [said]
    assert (sandbox.messages(), GatewayEvent.objects.count(), GatewayDay.objects.count()) == ([], 0, 0)


def test_a_gateway_that_was_never_set_up_says_so(client_for, admin, gateways):
    sms = gateways[1]
    Gateway.objects.filter(pk=sms.pk).update(adapter="fax")
    said = ["Chưa gửi: kênh này chưa được cài đặt xong. Hãy nhờ người vận hành."]
    assert _error(_ask(client_for(admin), sms)) == said
    assert (GatewayEvent.objects.count(), GatewayDay.objects.get().reserved) == (0, 0)


def test_shared_gateways_are_for_the_administrator_of_the_only_ward(
    sandbox, ward_gateways, client_for, admin, other_ward
):
    sms = ward_gateways[1]
    Gateway.objects.filter(pk=sms.pk).update(ward=None)
    client = client_for(admin)
    assert _ask(client, sms).status_code == 302
    neighbour = User.objects.create(username="lang.gieng")
    Membership.objects.create(user=neighbour, role="VIEWER", ward=other_ward)
    assert _ask(client, sms).status_code == 403
    assert client.post(reverse("gateway_off", args=[sms.pk])).status_code == 403
    assert len(sandbox.messages(accepted=1)) == 1
    assert Gateway.objects.get(pk=sms.pk).is_active


# --- at the terminal ------------------------------------------------------------------------------------


def _command(*args) -> str:
    out = StringIO()
    call_command("send_test", *args, stdout=out)
    return out.getvalue()


def test_the_command_does_the_same(sandbox, ward_gateways):
    assert _command(str(ward_gateways[1].pk), PHONE) == f"{SENT}\n"
    assert len(sandbox.messages(accepted=1)) == 1
    assert GatewayEvent.objects.get().by is None


def test_the_command_says_what_cannot_work(sandbox, ward_gateways):
    zalo, sms = ward_gateways
    refusals = {
        ("99999", PHONE): f"Không có kênh gửi số 99999. Đang có: {zalo.pk} (Zalo OA Hoa Đồng), {sms.pk} (eSMS).",
        (str(sms.pk), "12"): "“12” không phải một số di động.",
        (str(sms.pk), "0237 385 2345"): "“0237 385 2345” không phải một số di động.",
    }
    for args, sentence in refusals.items():
        with pytest.raises(CommandError) as refused:
            _command(*args)
        assert (str(refused.value), refused.value.returncode) == (sentence, 2)
    assert sandbox.messages() == []
    with pytest.raises(CommandError) as refused:
        _command(str(zalo.pk), NO_ZALO)
    assert refused.value.returncode == 2
    assert str(refused.value).endswith(": số này không có Zalo.")
