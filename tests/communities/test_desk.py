"""The household desk: what each person finds, sees and may change, and what is kept of it."""

import re
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from django.urls import reverse

from communities import cards, keeping
from communities.models import Contact, Disclosure, Household, HouseholdTag, Membership, Tag
from tests.communities.test_household_pages import PAGE, names_on
from tests.factories import make_household
from tests.markup import read


def page_of(client, household) -> str:
    return re.sub(r"\s+", " ", client.get(reverse("household", args=[household.pk])).content.decode())


@pytest.fixture
def tags(ward) -> dict[str, Tag]:
    kinds = {"Đi biển": "OWN", "Hội Phụ nữ": "ASSOCIATION", "Sống một mình": "CIRCUMSTANCE"}
    return {name: Tag.objects.create(ward=ward, name=name, kind=kind) for name, kind in kinds.items()}


# --- the list -------------------------------------------------------------------------------------------


def test_filters_by_lane_tag_channel_and_gone(client_for, editor, villages, tags):
    one = make_household(villages[0], head_name="Lê Văn Một", lane="Ngõ 10")
    two = make_household(villages[0], head_name="Lê Văn Hai", lane="Ngõ 2", phone=None)
    three = make_household(villages[1], head_name="Lê Văn Ba", contact={"refused": ["SMS"]})
    gone = make_household(villages[1], head_name="Lê Văn Bốn")
    HouseholdTag.objects.create(household=one, tag=tags["Đi biển"])
    keeping.leave(household_id=gone.pk, reason="MOVED_AWAY")
    client = client_for(editor)

    def found(**asked) -> list[str]:
        return names_on(client.get(PAGE, asked).content.decode())

    assert found(thon=villages[0].pk, ngo="Ngõ 10") == [one.head_name]
    assert found(thon=villages[1].pk, ngo="Ngõ 10") == [three.head_name]  # no lane of that village
    assert found(nhan=tags["Đi biển"].pk) == [one.head_name]
    assert found(kenh="nophone") == [two.head_name]
    assert found(kenh="optout") == [three.head_name]
    assert found(kenh="gone") == [gone.head_name]
    assert found() == [three.head_name, two.head_name, one.head_name]
    assert found(thon=villages[0].pk, sap="ngo") == [two.head_name, one.head_name]  # Ngõ 2 before Ngõ 10
    assert found(sap="ma") == [row.head_name for row in Household.objects.filter(is_active=True).order_by("code")]
    assert found(nhan="x", thon="99999", kenh="x", sap="x", page="x") == found()


def test_the_last_digits_of_a_phone_find_its_household_for_who_sees_it_in_full(client_for, head, villages):
    make_household(villages[0], head_name="Lê Văn Một", phone="+84510733111")
    make_household(villages[0], head_name="Lê Văn Hai", phone="+84510222222")
    client = client_for(head)
    for digits in ("0510733111", "0510 733 111", "+84510733111", "3111"):
        assert names_on(client.get(PAGE, {"q": digits}).content.decode()) == ["Lê Văn Một"]


def test_who_sees_a_number_masked_cannot_ask_for_it_in_pieces(client_for, editor, viewer, villages):
    here = make_household(villages[0], head_name="Lê Văn Một", phone="+84510733111")
    make_household(villages[0], head_name="Lê Văn Hai", phone="+84510222222")
    merge = reverse("household_merge", args=[make_household(villages[1], phone=None).pk])
    for user in (editor, viewer):
        client = client_for(user)
        for whole in ("0510733111", "0510 733 111", "+84 510 733 111", "84510733111"):
            assert names_on(client.get(PAGE, {"q": whole}).content.decode()) == ["Lê Văn Một"]
        for piece in ("3111", "0510733", "051073311", "10733111", "0510*33111", "33111 "):
            answer = client.get(PAGE, {"q": piece})
            assert (names_on(answer.content.decode()), answer.context["all_number"]) == ([], 0)
    found = client_for(editor).get(merge, {"q": "0510733111"}).context["found"]
    assert [row.pk for row in found] == [here.pk]
    assert not client_for(editor).get(merge, {"q": "3111"}).context["found"]


def test_who_heads_a_village_asks_for_pieces_of_its_numbers_alone(client_for, head, ward, villages):
    Membership.objects.create(user=head, role="VIEWER", ward=ward)
    make_household(villages[0], head_name="Lê Văn Một", phone="+84510733111")
    make_household(villages[1], head_name="Lê Văn Hai", phone="+84510733112")
    assert names_on(client_for(head).get(PAGE, {"q": "510733"}).content.decode()) == ["Lê Văn Một"]


@pytest.mark.parametrize(
    ("name", "typed", "is_found"),
    [
        ("Lê Văn Quý", "Lê Văn Quí", True), ("Trần Văn Sĩ", "Trần Văn Sỹ", True), ("Vũ Thị Lý", "vu thi li", True),
        ("Hồ Văn Kỳ", "Hồ Văn Kì", True), ("Mai Thị Thúy", "Mai Thị Thúi", False), ("Lê Thị Tây", "Lê Thị Tâi", False),
        ("Cao Thị Hoà", "Cao Thị Hòa", True), ("Phạm Bá Thước", "Phạm Bá Thu\u00adớc", True),
        ("Lê Thị Quyên", "quy", True), ("Lê Thị Liên", "ly", False), ("Lê Văn Quí", "Quy", True),
    ],
)  # fmt: skip
def test_a_name_is_found_in_its_other_spelling(client_for, editor, villages, name, typed, is_found):
    make_household(villages[0], head_name=name, lane="", code="ĐP-1")
    page = client_for(editor).get(PAGE, {"q": typed}).content.decode()
    assert names_on(page) == ([name] if is_found else [])


def test_more_matches_than_are_looked_up_by_id_are_still_all_found(client_for, editor, villages, monkeypatch):
    monkeypatch.setattr("communities.views.asked.FEW", 1)
    for name in ("Lê Văn Một", "Lê Văn Hai", "Đỗ Thị Ba"):
        make_household(villages[0], head_name=name)
    assert len(names_on(client_for(editor).get(PAGE, {"q": "le van"}).content.decode())) == 2


def test_circumstances_are_told_only_to_those_trusted_with_them(client_for, editor, head, household, tags):
    HouseholdTag.objects.create(household=household, tag=tags["Sống một mình"])
    head.memberships.update(sees_circumstances=True)
    tag = tags["Sống một mình"]
    for person, is_told in ((editor, False), (head, True)):
        client = client_for(person)
        for page in (client.get(PAGE).content.decode(), page_of(client, household)):
            assert (tag.name in page) == is_told
        number = len(names_on(client.get(PAGE, {"nhan": tag.pk}).content.decode()))
        assert number == 1  # by an unknown tag nothing is left out
        form = client.get(reverse("household_tags", args=[household.pk])).content.decode()
        assert (tag.name in form) == is_told
    client_for(editor).post(reverse("household_tags", args=[household.pk]), {"tags": [tag.pk]})
    client_for(editor).post(reverse("household_tags", args=[household.pk]), {"tags": []})
    assert set(household.tags.all()) == {tag}  # nor given nor taken by who does not see it


def test_trust_in_one_village_tells_nothing_of_another(client_for, head, villages, tags):
    from communities.models import Membership

    Membership.objects.create(user=head, role="HELPER", village=villages[1])
    head.memberships.filter(village=villages[0]).update(sees_circumstances=True)
    own, other = (make_household(village, lane="") for village in villages[:2])
    for row in (own, other):
        HouseholdTag.objects.create(household=row, tag=tags["Sống một mình"])
    client = client_for(head)
    assert names_on(client.get(PAGE, {"nhan": tags["Sống một mình"].pk}).content.decode()) == [own.head_name]
    assert "Sống một mình" not in page_of(client, other)


# --- numbers --------------------------------------------------------------------------------------------


def test_a_reveal_shows_the_numbers_once_and_is_kept(client_for, editor, household):
    client = client_for(editor)
    assert "0510\u00a0200\u00a0001" not in client.get(reverse("household", args=[household.pk])).content.decode()
    shown = client.post(reverse("household_phones", args=[household.pk])).content.decode()
    assert "0510\u00a0200\u00a0001" in shown
    assert list(Disclosure.objects.values_list("household", "user", "via")) == [(household.pk, editor.pk, "SCREEN")]
    again = client.get(reverse("household", args=[household.pk])).content.decode()
    assert "0510\u00a0200\u00a0001" not in again
    assert "Xem đủ số điện thoại." in again


def test_a_reveal_in_the_list_changes_its_cell_alone(client_for, editor, household):
    url, target = reverse("household_phones", args=[household.pk]), f"so-{household.pk}"
    answer = client_for(editor).post(url, headers={"HX-Request": "true", "HX-Target": target}).content.decode()
    assert "0510 200 001" in read(answer).one(f"td#{target}").text
    assert "<html" not in answer
    assert Disclosure.objects.count() == 1


def test_neighbours_look_unrecorded_and_viewers_not_at_all(client_for, head, viewer, household):
    assert "0510\u00a0200\u00a0001" in client_for(head).get(reverse("household", args=[household.pk])).content.decode()
    client_for(head).post(reverse("household_phones", args=[household.pk]))
    assert client_for(viewer).post(reverse("household_phones", args=[household.pk])).status_code == 403
    assert not Disclosure.objects.exists()


def test_an_official_edits_a_masked_contact_without_seeing_it(client_for, editor, household):
    contact = household.contacts.get()
    url = reverse("contact_edit", args=[contact.pk])
    client = client_for(editor)
    assert "510200001" not in client.get(url).content.decode().replace("\u00a0", "")
    client.post(url, {"phone": "", "name": "Bà Thúy", "channels": ["ZALO"]})
    contact.refresh_from_db()
    assert (contact.phone, contact.name, contact.refused) == ("+84510200001", "Bà Thúy", ["SMS"])


@pytest.mark.parametrize("typed", ["0510 200 001", "12345", "không biết", ""])
def test_a_number_that_cannot_be_added_is_said_and_kept_typed(client_for, head, household, typed):
    answer = client_for(head).post(reverse("contact_new", args=[household.pk]), {"phone": typed, "name": "Con gái"})
    page = answer.content.decode()
    assert 'class="field-error"' in page
    assert 'value="Con gái"' in page
    assert Contact.objects.count() == 1


# --- what is written of it --------------------------------------------------------------------------------


def test_history_says_who_changed_what_from_what_to_what(client_for, editor, head, household):
    at = household.updated_at.isoformat()
    url = reverse("household_edit", args=[household.pk])
    fields = {"head_name": "LÊ THỊ THÙY", "code": household.code, "members": "4", "lane": "Xóm Giữa", "at": at}
    assert client_for(editor).post(url, fields).status_code == 302
    client_for(head).post(reverse("contact_new", args=[household.pk]), {"phone": "0510 200 009 (con gái)"})
    page = page_of(client_for(head), household)
    names = [words for words in read(page).texts("b") if words in ("Nguyễn Văn Sơn", "Trịnh Thị Mai")]
    assert names.index("Nguyễn Văn Sơn") < names.index("Trịnh Thị Mai")  # the newest first
    assert (
        "Thêm số 0510\u00a0200\u00a0009."
        in client_for(head).get(reverse("household", args=[household.pk])).content.decode()
    )
    assert "Lê Thị Thúy" in read(page).texts("del") and "Lê Thị Thùy" in read(page).texts("ins")
    assert household.contacts.order_by("rank").first().name == "Lê Thị Thùy"
    assert "510200009" not in page_of(client_for(editor), household).replace("\u00a0", "")


def test_merge_and_its_undo_stand_in_both_histories(client_for, editor, household, villages):
    other = make_household(villages[0], code="ĐP-777", head_name="Vũ Văn An", phone="+84510200777")
    client = client_for(editor)
    client.post(reverse("household_merge", args=[other.pk]), {"vao": household.pk})
    assert "Nhận số 0510 *** 777 từ hộ ĐP-777." in page_of(client, household)
    assert f"Gộp vào hộ {household.code}." in page_of(client, other)
    client.post(reverse("household_return", args=[other.pk]))
    assert "Đưa trở lại danh sách." in page_of(client, other)


def test_two_people_at_one_household_do_not_overwrite_each_other(client_for, editor, head, household):
    url, at = reverse("household_edit", args=[household.pk]), household.updated_at.isoformat()
    fields = {"head_name": household.head_name, "code": household.code, "at": at}
    assert client_for(head).post(url, {**fields, "note": "Đi biển"}).status_code == 302
    answer = client_for(editor).post(url, {**fields, "note": "Đi làm xa"})
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "Người khác vừa sửa hộ này" in page
    assert "đang ghi là Đi biển" in page
    assert 'value="Đi làm xa"' in page
    household.refresh_from_db()
    assert household.note == "Đi biển"
    now = re.search(r'name="at" value="([^"]+)"', page)[1]
    assert client_for(editor).post(url, {**fields, "note": "Đi làm xa", "at": now}).status_code == 302


def test_a_household_by_hand_gets_a_code_and_its_numbers(client_for, head, villages):
    fields = {"head_name": "CAO THỊ MỚI", "village": villages[0].pk, "phones": "0510200001, 0510200002 (con trai)"}
    answer = client_for(head).post(reverse("household_new"), fields)
    made = Household.objects.get()
    assert answer.headers["Location"] == reverse("household", args=[made.pk])
    assert (made.code, made.head_name) == ("ĐP-001", "Cao Thị Mới")
    contacts = made.contacts.order_by("rank").values_list("phone", "name", "relation", "created_by")
    assert list(contacts) == [
        ("+84510200001", "Cao Thị Mới", "", head.pk),
        ("+84510200002", "", "con trai", head.pk),
    ]
    page = page_of(client_for(head), made)
    assert "Nguyễn Văn Sơn</b>" in page
    assert "Vào danh sách hộ." in page


def test_nobody_adds_a_household_to_another_village(client_for, head, villages):
    answer = client_for(head).post(reverse("household_new"), {"head_name": "Cao Thị Mới", "village": villages[1].pk})
    assert "Chọn một thôn trong danh sách." in answer.content.decode()
    assert not Household.objects.exists()


def test_a_code_in_use_is_said(client_for, editor, household, villages):
    other = make_household(villages[1])
    fields = {"head_name": "Lê Thị Thúy", "code": other.code, "at": household.updated_at.isoformat()}
    answer = client_for(editor).post(reverse("household_edit", args=[household.pk]), fields)
    assert "Mã này đã có hộ khác dùng." in answer.content.decode()


@pytest.mark.django_db(transaction=True)
def test_of_eight_who_give_the_same_code_at_once_one_gets_it_and_seven_are_told(client_for, editor, villages):
    households = [make_household(villages[0]) for _ in range(8)]
    browsers, together = [client_for(editor) for _ in households], threading.Barrier(8)

    def edit(browser, household) -> tuple[int, bool]:
        fields = {"head_name": household.head_name, "code": "ĐP-900", "at": household.updated_at.isoformat()}
        browser.raise_request_exception = False
        together.wait(30)
        try:
            answer = browser.post(reverse("household_edit", args=[household.pk]), fields)
        finally:
            connection.close()
        return answer.status_code, "Mã này đã có hộ khác dùng." in answer.content.decode()

    with ThreadPoolExecutor(8) as pool:
        answers = sorted(pool.map(edit, browsers, households))
    assert answers == [(200, True)] * 7 + [(302, False)]
    assert Household.objects.filter(code="ĐP-900").count() == 1


def test_a_tag_made_on_the_spot_is_the_ward_s(client_for, head, household, villages):
    url = reverse("household_tags", args=[household.pk])
    client_for(head).post(url, {"name": "Đi biển", "kind": "OWN"})
    client_for(head).post(url, {"tags": [Tag.objects.get().pk], "name": "đi  BIỂN", "kind": "ASSOCIATION"})
    assert list(Tag.objects.values_list("name", "kind", "ward")) == [("Đi biển", "OWN", household.ward_id)]
    assert HouseholdTag.objects.count() == 1


def test_likely_twins_are_offered_before_anything_is_typed(client_for, editor, household, villages):
    same_name = make_household(villages[0], head_name="LÊ THỊ THUÝ".title(), code="ĐP-801")
    same_phone = make_household(villages[1], head_name="Vũ Văn An", phone="+84510200001", code="HB-802")
    make_household(villages[0], head_name="Cao Văn Khác", code="ĐP-803")
    page = client_for(editor).get(reverse("household_merge", args=[household.pk])).content.decode()
    assert same_name.code in page
    assert same_phone.code in page
    assert "ĐP-803" not in page


# --- cards ------------------------------------------------------------------------------------------------


def test_cards_stand_eight_to_a_sheet(client_for, head, villages):
    for _ in range(9):
        make_household(villages[0])
    make_household(villages[1], head_name="Vũ Văn Thôn Khác")
    page = client_for(head).get(reverse("household_cards")).content.decode()
    assert [len(sheet.all("article")) for sheet in read(page).all("section.sheet")] == [8, 1]
    assert len(read(page).all("section.sheet article svg.qr-code")) == 9
    assert "Thôn Khác" not in page


def test_a_card_opens_the_page_for_its_people_and_tells_a_stranger_nothing(client_for, head, outsider, household):
    url = reverse("household_card", args=[cards.token(household.pk)])
    assert client_for(head).get(url).headers["Location"] == reverse("household", args=[household.pk])
    for stranger in (None, outsider):
        page = client_for(stranger).get(url).content.decode()
        assert "Thẻ hộ của UBND xã Hoa Đồng" in page
        assert household.head_name not in page
        assert household.code not in page


@pytest.mark.parametrize("token", ["1.aaaaaaaaaaaa", "x", "1", "01.aaaaaaaaaaaa", "9999999999999999999999.a"])
def test_a_guessed_card_opens_nothing(client_for, head, household, token):
    assert client_for(head).get(reverse("household_card", args=[token])).status_code == 404


def test_a_card_of_a_merged_household_opens_the_one_that_stayed(client_for, head, household, villages):
    other = make_household(villages[0])
    keeping.merge(household_id=other.pk, into_id=household.pk)
    url = reverse("household_card", args=[cards.token(other.pk)])
    assert client_for(head).get(url).headers["Location"] == reverse("household", args=[household.pk])


def test_a_household_s_page_asks_a_fixed_number_of_questions(
    client_for, editor, household, villages, django_assert_num_queries
):
    client = client_for(editor)
    for n in range(3):
        Contact.objects.create(household=household, phone=f"+8451030000{n}", rank=n + 2)
        client.post(reverse("household_phones", args=[household.pk]))
    with django_assert_num_queries(18):
        client.get(reverse("household", args=[household.pk]))
