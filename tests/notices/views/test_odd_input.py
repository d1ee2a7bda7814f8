"""What nobody would type, in addresses, forms, files and webhooks: a clear answer, and nothing breaks."""

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from notices.gateways import credentials
from notices.models import Notice, Receipt
from notices.models.notice import Refused
from notices.receipts import applying
from notices.writing import drafting

LONG = "9" * 5_000  # more digits than Python turns into a number


@pytest.mark.parametrize(
    "address",
    [
        "/thong-bao/99999999999999999999/", f"/thong-bao/{LONG}/", "/thong-bao/9223372036854775808/tien-do/",
        "/thong-bao/?page=abc&trang-thai=%00", f"/thong-bao/?page={LONG}", "/ho-dan/?page=-1&thon=%00&kenh=x",
        "/ho-dan/?q=%00%ff", "/ho-dan/?q=%25", "/ho-dan/?q=²²²²", "/ho-dan/nhap/99999999999999999999/",
        f"/viec-hom-nay/?xem={LONG}", "/viec-hom-nay/?xem=%00", "/t/%00/", "/t/٣.aaaaaaaaaaaa/", "/webhooks/a%00b/",
    ],
)  # fmt: skip
def test_addresses(client_for, admin, recipient, address):
    assert client_for(admin).get(address).status_code in {200, 404}


@pytest.mark.parametrize("field", ["title", "body", "villages", "happens_at", "confirm_by", "sms_text", "urgency"])
@pytest.mark.parametrize(
    "value", ["a\0b", "x" * 100_000, "😀" * 200, "\u202e" * 50, "\u200b", LONG, "0001-01-01T00:00", "9999-12-31T23:59"]
)
def test_a_notice_of_odd_values_never_spoils_the_list(client_for, editor, villages, household, field, value):
    browser = client_for(editor)
    whole = {"title": "Họp thôn", "body": "Mời bà con", "urgency": "THUONG", "villages": villages[0].pk}
    for name in ("notice_preview", "notice_new"):
        sent = {**whole, "is_confirmation_wanted": "on", "submit": "1", field: value}
        assert browser.post(reverse(name), sent).status_code in {200, 302}
    assert browser.get(reverse("notices")).status_code == 200
    assert not Notice.objects.filter(title="").exists()


def test_a_date_out_of_this_century_is_refused_with_a_sentence(client_for, editor, villages):
    sent = {"title": "Họp thôn", "urgency": "THUONG", "happens_at": "0001-01-01T00:00"}
    response = client_for(editor).post(reverse("notice_new"), sent)
    assert response.context["form"].errors["happens_at"] == ["Ngày giờ chưa đúng. Chọn lại ngày và giờ."]
    assert not Notice.objects.exists()


def test_a_reason_nobody_can_store(client_for, approver, recipient):
    response = client_for(approver).post(reverse("notice_return", args=[recipient.notice_id]), {"reason": "a\0b"})
    assert response.status_code == 302


WHOLE = "title: Họp thôn\nbody: Mời bà con\n"


@pytest.mark.parametrize(
    "text",
    [
        WHOLE + "when: 2026-13-45", WHOLE + "when: 0001-01-01", WHOLE + "when: 9999-12-31T23:59:59-12:00",
        WHOLE + "when: [1]", WHOLE + "villages:\n", WHOLE + "villages: [[1]]", WHOLE + "urgency: {a: b}",
        "title: [a]\nbody: b", "title: &a [*a]\nbody: b", "title: a\nbody: {a: b}", f"title: {LONG}\nbody: b",
        "[" * 5_000, "- a", "", "title: !!python/object:os.system x",
    ],
)  # fmt: skip
def test_odd_yaml_is_refused_with_a_sentence(ward, villages, editor, text):
    with pytest.raises(Refused):
        drafting.draft(drafting.parse(text), ward=ward, by=editor)
    assert not Notice.objects.exists()


def test_yaml_that_is_json_with_halves_of_characters_is_read_whole(ward, villages, editor):
    data = drafting.parse('{"title": "Họp \\ud83d\\ude00", "body": "Mời\\u0000 bà con"}')
    notice = drafting.draft(data, ward=ward, by=editor)
    notice.refresh_from_db()
    assert (notice.title, notice.body) == ("Họp 😀", "Mời bà con")


@pytest.fixture
def post(gateways):
    """`post(body, …)` to the webhook of the Zalo account: its answer's status."""
    zalo, _ = gateways
    credentials.write(zalo, {"app_id": "43", "oa_secret_key": "k"})

    def go(body: bytes, **headers) -> int:
        address = reverse("webhook", args=[zalo.webhook_key])
        return Client().post(address, body, content_type="application/json", **headers).status_code

    return go


def test_webhook_calls_that_lie_about_their_length_are_refused(post):
    assert post(b'{"a":1}', CONTENT_LENGTH="abc") == 411
    assert post(b'{"a":1}', CONTENT_LENGTH="-5") == 411
    assert post(b'{"a":1}', CONTENT_LENGTH=LONG) == 413


def test_a_webhook_call_in_chunks_is_not_taken_for_the_empty_probe(post):
    assert post(b'{"a":1}', CONTENT_LENGTH="", HTTP_TRANSFER_ENCODING="chunked") == 411


def test_half_a_character_in_a_webhook_call_is_a_wrong_signature(post):
    assert post(b'{"timestamp":"\\ud800"}') == 403


def test_a_nul_in_a_webhook_address_is_stored_without_it(gateways):
    address = reverse("webhook", args=[gateways[1].webhook_key])
    assert Client().get(f"{address}?SMSID=1%00&SendStatus=5").status_code == 200
    assert Receipt.objects.get().payload["query"] == {"SMSID": "1", "SendStatus": "5"}


def test_a_gateway_nobody_can_speak_for_holds_up_no_receipts_but_its_own(post, gateways):
    for gateway in gateways:
        payload = {"method": "GET", "query": {"SMSID": "1", "SendStatus": "1"}, "body": ""}
        Receipt.objects.create(gateway=gateway, key="x", payload=payload, received_at=timezone.now())
    gateways[0].adapter = "gone"
    gateways[0].save()
    assert post(b'{"a":1}') == 503
    assert applying.apply_waiting(at=timezone.now()) == 2
    assert list(Receipt.objects.order_by("pk").values_list("outcome", flat=True)) == ["UNREADABLE", "APPLIED"]
