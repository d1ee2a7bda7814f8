"""The household list: found without accents, masked for officials, by village and by channel."""

from communities.models import Contact
from tests.markup import read

PAGE = "/ho-dan/"


def names_on(page: str) -> list[str]:
    return read(page).texts("td.household-name a b")


def test_households_stand_in_vietnamese_order_of_given_names(client_for, editor, villages, make_household):
    for name in ("Lê Thị Thụy", "Vũ Văn An", "Đỗ Thị Ân", "Cao Thị Thủy", "Hà Văn Đức", "Lò Thị Dung"):
        make_household(villages[0], head_name=name)
    page = client_for(editor).get(PAGE).content.decode()
    assert names_on(page) == ["Vũ Văn An", "Đỗ Thị Ân", "Lò Thị Dung", "Hà Văn Đức", "Cao Thị Thủy", "Lê Thị Thụy"]


def test_search_without_accents_marks_what_matched(client_for, editor, villages, make_household):
    make_household(villages[0], head_name="Nguyễn Thị Tỉnh", code="ĐP-012")
    make_household(villages[0], head_name="Lê Văn Hùng", code="ĐP-013")
    client = client_for(editor)
    page = client.get(PAGE, {"q": "nguyen thi"}).content.decode()
    assert names_on(page) == ["Nguyễn Thị Tỉnh"]
    assert read(page).texts("td.household-name mark") == ["Nguyễn Thị"]
    assert names_on(client.get(PAGE, {"q": "đp-013"}).content.decode()) == ["Lê Văn Hùng"]
    nobody = client.get(PAGE, {"q": "zzz"}).content.decode()
    assert "Không có hộ nào khớp" in nobody


def test_official_sees_masked_phones_and_head_the_whole_of_the_own_village(
    client_for, editor, head, villages, make_household
):
    make_household(villages[0], phone="+84510200733")
    official, own = (client_for(user).get(PAGE).content.decode() for user in (editor, head))
    assert "0510\u00a0***\u00a0733" in official
    assert "0510200733" not in official.replace("\u00a0", "")
    assert 'href="tel:0510200733"' in own


def test_counts_say_how_households_can_be_told(client_for, editor, villages, make_household):
    make_household(villages[0])
    make_household(villages[0], contact={"refused": ["ZALO"]})
    make_household(villages[0], phone=None)
    make_household(villages[1], contact={"phone_kind": Contact.PhoneKind.LANDLINE})
    client = client_for(editor)
    page = client.get(PAGE).content.decode()
    assert "4 hộ trong 3 thôn" in page
    assert "1 hộ có Zalo, 1 hộ chỉ có SMS, 2 hộ cần đến tận nhà" in page
    assert len(names_on(client.get(PAGE, {"kenh": "door"}).content.decode())) == 2
    assert len(names_on(client.get(PAGE, {"kenh": "door", "thon": villages[1].pk}).content.decode())) == 1
    assert "máy bàn" in page


def test_forty_a_page_and_a_fixed_number_of_queries(
    client_for, editor, villages, make_household, django_assert_num_queries
):
    for n in range(60):
        make_household(villages[n % 3], head_name=f"Lê Văn {chr(65 + n % 20)}")
    client = client_for(editor)
    first = client.get(PAGE).content.decode()
    assert len(names_on(first)) == 40
    assert len(names_on(client.get(PAGE, {"page": 2}).content.decode())) == 20
    with django_assert_num_queries(13):
        client.get(PAGE)


def test_ward_without_households_teaches_the_next_step(client_for, head, viewer):
    page = client_for(head).get(PAGE).content.decode()
    assert "Chưa có hộ nào" in page
    assert 'href="/ho-dan/nhap/"' in page.partition("<main")[2]
    assert 'href="/ho-dan/nhap/"' not in client_for(viewer).get(PAGE).content.decode().partition("<main")[2]


def test_others_households_are_not_there(client_for, household, outsider, other_head):
    for stranger in (outsider, other_head):
        page = client_for(stranger).get(PAGE, {"thon": household.village_id}).content.decode()
        assert household.head_name not in page
    assert client_for(None).get(PAGE).status_code == 302


def test_typing_swaps_the_list_only(client_for, editor, household):
    fragment = client_for(editor).get(PAGE, {"q": "thuy"}, headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in fragment
    assert names_on(fragment) == ["Lê Thị Thúy"]
