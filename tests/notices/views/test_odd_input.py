"""What nobody would type, in addresses, forms, files and webhooks: a clear answer, and nothing breaks."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client, RequestFactory, override_settings
from django.urls import reverse
from django.utils import timezone

from communities.models import Household, HouseholdImport
from notices.adapters.zalo.webhooks import mac
from notices.gateways import credentials
from notices.models import Notice, Receipt
from notices.models.notice import Refused
from notices.receipts import applying
from notices.writing import drafting
from portal.wsgi import calls_of_providers
from tests import factories

LONG = "9" * 5_000  # more digits than Python turns into a number


@pytest.mark.parametrize(
    "address",
    [
        "/thong-bao/99999999999999999999/", f"/thong-bao/{LONG}/", "/thong-bao/9223372036854775808/tien-do/",
        "/thong-bao/?page=abc&trang-thai=%00", f"/thong-bao/?page={LONG}", "/ho-dan/?page=-1&thon=%00&kenh=x",
        "/ho-dan/?q=%00%ff", "/ho-dan/?q=%25", "/ho-dan/?q=²²²²", "/ho-dan/nhap/99999999999999999999/",
        f"/viec-hom-nay/?xem={LONG}", "/viec-hom-nay/?xem=%00", "/t/%00/", "/t/٣.aaaaaaaaaaaa/", "/webhooks/a%00b/",
        f"/ho-dan/?thon={LONG}&nhan={LONG}&ngo={LONG}", f"/ho-dan/the/?ho={LONG}", "/ho-dan/?q=%ED%A0%80&thon=-1",
        f"/kenh-gui/?lich-su={LONG}", f"/kenh-gui/?v={LONG}", "/ho-dan/nhap/?thon=%00", "/ho-dan/?q[]=1&thon[]=1",
        "/ho-dan/9223372036854775808/", "/viec-hom-nay/0/da-bao/", "/ho-dan/0/",
    ],
)  # fmt: skip
def test_addresses(client_for, admin, recipient, address):
    assert client_for(admin).get(address).status_code in {200, 404, 405}


@pytest.mark.parametrize(
    "asked",
    ["vao={}", "q={}&vao={}", "page={}&vao=0", "vao[]={}"],
)
@pytest.mark.parametrize("value", [LONG, "0", "-1", str(2**63), "%00", "%ED%A0%80", "²"])
def test_the_other_household_of_a_merge(client_for, admin, household, asked, value):
    address = reverse("household_merge", args=[household.pk])
    assert client_for(admin).get(f"{address}?{asked.format(value, value)}").status_code == 200
    posted = client_for(admin).post(address, {"vao": value})
    assert posted.status_code == 302
    household.refresh_from_db()
    assert household.is_active


def test_more_parameters_than_a_page_has_are_no_fault_of_ours(client_for, admin):
    many = "&".join(f"a{number}=1" for number in range(2_000))
    browser = client_for(admin)
    assert browser.get(f"/ho-dan/?{many}").status_code == 400
    form = {"content_type": "application/x-www-form-urlencoded"}
    assert browser.post("/ho-dan/them/", many, **form).status_code == 400


def test_the_operators_desk_has_no_address_that_leads_nowhere(client_for, db):
    operator = factories.UserFactory(username="van.hanh", is_superuser=True, is_staff=True)
    browser = client_for(operator)
    assert browser.get("/van-hanh/r/1/1/").status_code == 404
    assert browser.get("/van-hanh/").status_code == 200
    for model in ("household", "contact", "user", "disclosure"):
        for value in (LONG, "0", "-1", str(2**63), "a%00b", "%ED%A0%80"):
            for asked in ("p={}", "o={}", "q={}", "id__exact={}", "_to_field={}", "is_active__exact={}"):
                page = f"/van-hanh/communities/{model}/?{asked.format(value)}"
                assert browser.get(page).status_code in {200, 302, 400}, page
            assert browser.get(f"/van-hanh/communities/{model}/{value}/change/").status_code in {302, 404}


@pytest.mark.parametrize("unseen", ["\u202e", "\u2060", "\u00ad", "\u200e", "\ufe0f", "\ufffc", "\0", "\u200d"])
def test_every_form_and_search_drops_what_nobody_sees(client_for, editor, approver, villages, household, unseen):
    browser = client_for(editor)
    fields = {"head_name": f"Cao Thị M{unseen}ới", "village": villages[0].pk, "phones": f"０９１２{unseen}000111"}
    with override_settings(DEMO=False):
        browser.post(reverse("household_new"), {**fields, "lane": f"Ngõ {unseen}１２", "members": f"{unseen}４"})
    made = Household.objects.get(head_name="Cao Thị Mới")
    assert (made.lane, made.members, made.contacts.get().phone) == ("Ngõ 12", 4, "+84912000111")
    found = browser.get("/ho-dan/", {"q": f"cao th{unseen}i mo{unseen}i", "ngo": f"Ngõ{unseen} 12"}).context
    assert [row.pk for row, _marked in found["rows"]] == [made.pk]
    body = f"Mời{unseen} bà con\r\nhọp {unseen}７h"
    sent = {"title": f"Họp{unseen} thôn", "body": body, "urgency": "THUONG", "villages": villages[0].pk}
    browser.post(reverse("notice_new"), sent)
    notice = Notice.objects.get()
    assert (notice.title, notice.body) == ("Họp thôn", "Mời bà con\nhọp 7h")
    notice = drafting.draft(
        drafting.parse(f"title: H{unseen.strip(chr(0))}ọp\nbody: |\n  Mời{unseen.strip(chr(0))}\n  bà con"),
        ward=villages[0].ward,
        by=editor,
    )
    assert (notice.title, notice.body) == ("Họp", "Mời\nbà con")


def test_the_name_of_a_file_shows_what_it_is(client_for, editor, villages):
    file = SimpleUploadedFile("ho\u202exslx.exe.xlsx", b"PK")
    client_for(editor).post(reverse("import_new"), {"file": file, "village": villages[0].pk})
    assert HouseholdImport.objects.get().filename == "hoxslx.exe.xlsx"


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


def test_more_parameters_than_an_event_has_are_refused(gateways):
    key = gateways[1].webhook_key
    many = "&".join(f"a{number}=1" for number in range(2_000))
    environ = RequestFactory().get(reverse("webhook", args=[key]), QUERY_STRING=many).environ
    said = []
    calls_of_providers(lambda environ, start: pytest.fail("not the site's"))(
        environ, lambda status, _: said.append(status)
    )
    assert said == ["413 Request Entity Too Large"]
    assert not Receipt.objects.exists()


def test_a_captured_call_makes_no_other_calls(post, gateways):
    """What is signed is joined without marks: its bytes moved from one part to the next give the same signature."""
    body, stamp = b'{"event_name":"user_received_message","timestamp":"1732766400000"}', "1732766400000"
    told = {"X-ZEvent-Signature": mac("43", body, stamp, "k")}
    joined = body + stamp.encode()
    made = [(joined[:cut], joined[cut:].decode()) for cut in range(1, len(joined) + 1)]
    answers = {
        cut: post(part, headers={**told, "X-ZEvent-Timestamp": rest}) for cut, (part, rest) in enumerate(made, 1)
    }
    assert {cut for cut, status in answers.items() if status == 200} == {len(body)}
    address = reverse("webhook", args=[gateways[0].webhook_key])
    whole = {"content_type": "application/json", "headers": {**told, "X-ZEvent-Timestamp": stamp}}
    assert Client().post(f"{address}?again=1", body, **whole).status_code == 403
    assert Client().generic("GET", address, body, **whole).status_code == 403
    assert Receipt.objects.count() == 1


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
