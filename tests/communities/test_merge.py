"""Households that move, merge, go and come back, each as one step, with nothing lost."""

import pghistory
import pytest

from communities import keeping
from communities.models import Contact, Household, HouseholdTag, Tag
from tests.factories import make_household


def phones_of(household) -> list[str]:
    return list(household.contacts.order_by("rank").values_list("phone", flat=True))


def tags_of(household) -> set[str]:
    return set(household.tags.values_list("name", flat=True))


@pytest.fixture
def twice(ward, villages):
    """One house written down twice: a shared number, a number and a tag of its own each."""
    one = make_household(villages[0], code="ĐP-001", head_name="Lê Thị Thúy", phone="+84510200001")
    other = make_household(villages[0], code="ĐP-002", head_name="Lê Thị Thuý", phone="+84510200001")
    Contact.objects.create(household=one, phone="+84510200002", rank=2)
    Contact.objects.create(household=other, phone="+84510200003", rank=2)
    sea, women = (Tag.objects.create(ward=ward, name=name) for name in ("Đi biển", "Hội Phụ nữ"))
    HouseholdTag.objects.create(household=one, tag=sea)
    HouseholdTag.objects.create(household=other, tag=sea)
    HouseholdTag.objects.create(household=other, tag=women)
    return one, other


def test_contacts_and_tags_move_over_and_the_other_is_gone(twice):
    one, other = twice
    assert keeping.merge(household_id=other.pk, into_id=one.pk)
    other.refresh_from_db()
    assert (other.is_active, other.gone, other.merged_into) == (False, "MERGED", one)
    assert phones_of(one) == ["+84510200001", "+84510200002", "+84510200003"]
    assert list(one.contacts.order_by("rank").values_list("rank", flat=True)) == [1, 2, 3]
    assert phones_of(other) == ["+84510200001"]
    assert tags_of(one) == {"Đi biển", "Hội Phụ nữ"}


def test_a_merge_can_be_taken_back_whole(twice):
    one, other = twice
    before = [(phones_of(row), tags_of(row)) for row in twice]
    keeping.merge(household_id=other.pk, into_id=one.pk)
    assert keeping.bring_back(household_id=other.pk)
    other.refresh_from_db()
    assert (other.is_active, other.gone, other.merged_into) == (True, "", None)
    assert [(phones_of(row), tags_of(row)) for row in twice] == before


def test_what_was_removed_since_does_not_come_back(twice):
    one, other = twice
    keeping.merge(household_id=other.pk, into_id=one.pk)
    keeping.remove_contact(contact=Contact.objects.get(phone="+84510200003"))
    keeping.bring_back(household_id=other.pk)
    assert phones_of(other) == ["+84510200001"]
    assert phones_of(one) == ["+84510200001", "+84510200002"]


def test_the_second_press_merges_nothing(twice):
    one, other = twice
    keeping.merge(household_id=other.pk, into_id=one.pk)
    assert not keeping.merge(household_id=other.pk, into_id=one.pk)
    assert not keeping.merge(household_id=one.pk, into_id=other.pk)
    with pytest.raises(ValueError, match="into itself"):
        keeping.merge(household_id=one.pk, into_id=one.pk)


def test_another_ward_s_household_is_never_merged_or_moved(client_for, editor, household, other_village):
    strange = make_household(other_village)
    for call in (
        lambda: keeping.merge(household_id=household.pk, into_id=strange.pk),
        lambda: keeping.move(household_id=household.pk, village=other_village, lane=""),
    ):
        with pytest.raises(ValueError, match="another ward"):
            call()
    client_for(editor).post(f"/ho-dan/{household.pk}/gop/", {"vao": strange.pk})
    household.refresh_from_db()
    assert household.is_active


def test_moving_keeps_the_code_and_takes_a_lane_of_the_new_village(villages, household):
    code = household.code
    assert keeping.move(household_id=household.pk, village=villages[1], lane="Ngõ 2")
    assert not keeping.move(household_id=household.pk, village=villages[1], lane="Ngõ 9")
    household.refresh_from_db()
    assert (household.village, household.code, household.lane) == (villages[1], code, "Ngõ 2")
    assert "ngo 2" in household.search_key


def test_gone_and_back(household):
    assert keeping.leave(household_id=household.pk, reason="MOVED_AWAY")
    assert not keeping.leave(household_id=household.pk, reason="OTHER")
    household.refresh_from_db()
    assert (household.is_active, household.gone) == (False, "MOVED_AWAY")
    assert keeping.bring_back(household_id=household.pk)
    assert not keeping.bring_back(household_id=household.pk)
    household.refresh_from_db()
    assert (household.is_active, household.gone) == (True, "")


def test_ranks_stay_one_two_three(household, editor, at):
    for n in (2, 3):
        keeping.add_contact(household=household, by=editor, at=at, phone=f"+8451020000{n}")
    keeping.make_representative(contact=household.contacts.get(phone="+84510200003"))
    assert phones_of(household) == ["+84510200003", "+84510200001", "+84510200002"]
    keeping.remove_contact(contact=household.contacts.get(phone="+84510200001"))
    assert list(household.contacts.order_by("rank").values_list("rank", "phone")) == [
        (1, "+84510200003"),
        (2, "+84510200002"),
    ]


def test_another_number_starts_without_the_old_one_s_word_on_zalo(household, at):
    household.contacts.update(no_account={"ZALO": at.isoformat()})
    contact = household.contacts.get()
    kept = {"phone": contact.phone, "name": "Bà Thúy"}
    keeping.edit_contact(contact=contact, **kept)
    contact.refresh_from_db()
    assert contact.no_account_since("ZALO") == at
    keeping.edit_contact(contact=contact, **kept | {"phone": "+84510200009"})
    contact.refresh_from_db()
    assert contact.no_account_since("ZALO") is None


def test_new_codes_follow_the_highest_of_the_village(villages, editor, at, make_household):
    make_household(villages[0], code="ĐP-041")
    make_household(villages[0], code="ĐP-CŨ")
    with pghistory.context(user=editor.pk):
        made = [keeping.add(village=villages[0], by=editor, at=at, head_name="Cao Văn Mới") for _ in range(2)]
    assert [one.code for one in made] == ["ĐP-042", "ĐP-043"]
    with pytest.raises(keeping.CodeTaken):
        keeping.add(village=villages[1], by=editor, at=at, head_name="Cao Văn Mới", code="ĐP-042")
    assert Household.objects.count() == 4
