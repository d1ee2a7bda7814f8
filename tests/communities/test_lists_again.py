"""A list that comes again after the desk has worked on its households, and what undo does with that work."""

from contextlib import contextmanager
from datetime import timedelta

import pghistory
import pytest
from django.db import transaction
from django.urls import reverse

from communities import imports, keeping
from communities.lists import plan, undo
from communities.models import Contact, Household, HouseholdImport
from tests.communities.conftest import workbook

Status = HouseholdImport.Status
ROWS = [
    [1, "Lê Thị Vân", 1962, 4, "0510101999", "Cụm 1", ""],
    [2, "Vi Văn Tâm", 1959, 3, "0510102030", "", ""],
    [3, "Hà Thị Mai", 1970, 2, "0510100222", "", ""],
]
LIST = workbook(ROWS)
CODED = ["Mã hộ", "Họ và tên chủ hộ", "Năm sinh"]


@contextmanager
def at_the_desk(user):
    """Somebody works on a page."""
    with transaction.atomic(), pghistory.context(user=user.pk, url="/ho-dan/"):
        yield


def called(name: str) -> Household:
    return Household.objects.get(head_name=name)


def counts(row: HouseholdImport) -> tuple[int, ...]:
    told = row.plan["counts"]
    assert told["rows"] == told["new"] + told["changed"] + told["unchanged"] + told["errors"]
    return tuple(told[key] for key in ("new", "changed", "unchanged", "errors", "missing"))


def phones(household: Household) -> list[tuple[str, int]]:
    return list(household.contacts.order_by("rank").values_list("phone", "rank"))


# --- what the list has not heard of -------------------------------------------------------------------


def test_merged_household_is_not_written_again(apply, head):
    apply(LIST)
    with at_the_desk(head):
        keeping.merge(household_id=called("Vi Văn Tâm").pk, into_id=called("Lê Thị Vân").pk)
    row = apply(LIST)
    assert counts(row) == (0, 0, 2, 1, 0)
    problem = row.plan["problems"][0]
    assert (problem["kind"], problem["row"], problem["other"]) == ("MERGED", 3, "ĐP-001")
    assert Household.objects.count() == 3


def test_household_that_counts_for_a_merged_one_is_not_missing(apply, read, head):
    apply(LIST)
    with at_the_desk(head):
        keeping.merge(household_id=called("Vi Văn Tâm").pk, into_id=called("Hà Thị Mai").pk)
        keeping.merge(household_id=called("Hà Thị Mai").pk, into_id=called("Lê Thị Vân").pk)
    row = read(workbook(ROWS[1:2]))
    assert counts(row) == (0, 0, 0, 1, 0)
    assert row.plan["problems"][0]["other"] == "ĐP-001", "the one that counts now"


@pytest.mark.parametrize("reason", [Household.Gone.MOVED_AWAY, Household.Gone.MISTAKE])
def test_household_that_is_gone_comes_back_and_the_page_says_so(apply, read, head, at, client_for, reason):
    apply(LIST)
    tam = called("Vi Văn Tâm")
    with at_the_desk(head):
        keeping.leave(household_id=tam.pk, reason=reason)
    row = read(LIST)
    assert counts(row) == (0, 1, 2, 0, 0)
    page = client_for(head).get(reverse("import_detail", args=[row.pk])).content.decode()
    assert str(Household.Gone(reason).label) in page
    assert "trở lại danh sách" in page
    assert imports.apply(import_id=row.pk, at=at) is True
    tam.refresh_from_db()
    assert (tam.is_active, tam.gone) == (True, "")
    imports.start_undo(import_id=row.pk, by=head, at=at)
    imports.take_back(import_id=row.pk, at=at)
    tam.refresh_from_db()
    assert (tam.is_active, tam.gone) == (False, reason)


def test_household_that_is_gone_stays_so_when_the_list_says_it_too(apply, head):
    apply(LIST)
    with at_the_desk(head):
        keeping.leave(household_id=called("Vi Văn Tâm").pk, reason=Household.Gone.MOVED_AWAY)
    row = apply(workbook([ROWS[0], [*ROWS[1][:6], "đã chuyển đi Bình Dương"], ROWS[2]]))
    assert counts(row) == (0, 0, 3, 0, 0)
    assert not called("Vi Văn Tâm").is_active


def test_household_moved_at_the_desk_is_not_written_again_in_its_old_village(apply, head, villages):
    apply(LIST)
    with at_the_desk(head):
        keeping.move(household_id=called("Lê Thị Vân").pk, village=villages[1], lane="")
    row = apply(LIST)
    assert counts(row) == (0, 0, 2, 1, 0)
    assert (row.plan["problems"][0]["kind"], row.plan["problems"][0]["other"]) == ("MOVED", villages[1].name)
    assert called("Lê Thị Vân").village == villages[1]


def test_household_renamed_at_the_desk_is_known_by_its_old_name(apply, read, head):
    apply(LIST)
    van = called("Lê Thị Vân")
    with at_the_desk(head):
        keeping.edit(household_id=van.pk, seen_at=van.updated_at, head_name="Lê Thị Vân Anh")
    row = read(LIST)
    assert counts(row) == (0, 1, 2, 0, 0)
    told = row.plan["changed"][0]
    assert told["fields"] == [{"field": "head_name", "old": "Lê Thị Vân Anh", "new": "Lê Thị Vân"}]


@pytest.mark.parametrize("how", ["removed", "replaced"])
def test_number_people_took_away_does_not_come_back(apply, head, at, how, client_for, editor):
    apply(LIST)
    van = called("Lê Thị Vân")
    with at_the_desk(head):
        if how == "removed":
            keeping.remove_contact(contact=van.contacts.get())
        else:
            keeping.edit_contact(contact=van.contacts.get(), phone="+84510777777")
    before = phones(van)
    row = apply(LIST)
    assert counts(row) == (0, 0, 3, 0, 0)
    problem = row.plan["problems"][0]
    assert (problem["kind"], problem["is_error"], problem["value"]) == ("DROPPED_PHONE", False, "0510101999")
    assert phones(van) == before
    page = client_for(editor).get(reverse("import_detail", args=[row.pk])).content.decode()
    assert "0510 *** 999" in page
    assert "0510101999" not in page


def test_number_an_undone_list_took_along_comes_back_with_it(apply, head, at):
    apply(workbook([[1, "Lê Thị Vân", 1962, 4, "", "Cụm 1", ""]]))
    row = apply(workbook(ROWS[:1]))
    imports.start_undo(import_id=row.pk, by=head, at=at)
    imports.take_back(import_id=row.pk, at=at)
    assert counts(apply(workbook(ROWS[:1]))) == (0, 1, 0, 0, 0)
    assert phones(called("Lê Thị Vân")) == [("+84510101999", 1)]


def test_codes_that_differ_in_case_alone_are_one_code(apply):
    apply(workbook([["ĐP-001", "Lê Thị Vân", 1962]], header=CODED))
    row = apply(workbook([["ĐP-001", "Lê Thị Vân", 1962], ["đp-001", "Hà Thị Mai", 1970]], header=CODED))
    assert counts(row) == (1, 0, 1, 0, 0)
    assert [problem["kind"] for problem in row.plan["problems"]] == ["CODE_TAKEN"]
    assert called("Hà Thị Mai").code == "ĐP-002"


# --- undo, after people worked on ----------------------------------------------------------------------


def taken_back(row: HouseholdImport, by, at) -> dict:
    assert imports.start_undo(import_id=row.pk, by=by, at=at) is True
    assert imports.take_back(import_id=row.pk, at=at) is True
    row.refresh_from_db()
    return row.plan["undone"]


def test_household_of_the_list_that_took_another_one_in_stays(apply, head, at):
    apply(LIST)
    row = apply(workbook([*ROWS, [4, "Lò Thị Ỏm", 1950, 2, "0510444444", "", ""]]))
    om, van = called("Lò Thị Ỏm"), called("Lê Thị Vân")
    with at_the_desk(head):
        keeping.merge(household_id=van.pk, into_id=om.pk)
    told = taken_back(row, head, at)
    assert (told["deleted"], [one["head_name"] for one in told["kept_rows"]]) == (0, ["Lò Thị Ỏm"])
    assert phones(om) == [("+84510444444", 1), ("+84510101999", 2)]


def test_number_people_chose_over_the_old_one_stays(apply, head, at):
    apply(LIST)
    row = apply(workbook([[1, "Lê Thị Vân", 1962, 4, "0510555555", "Cụm 1", ""], *ROWS[1:]]))
    van = called("Lê Thị Vân")
    with at_the_desk(head):
        keeping.remove_contact(contact=van.contacts.get(phone="+84510101999"))
    assert taken_back(row, head, at)["kept"] == 1
    assert phones(van) == [("+84510555555", 1)]


def test_some_number_leads_after_undo(apply, head, at):
    apply(workbook([[1, "Lê Thị Vân", 1962, 4, "", "Cụm 1", ""]]))
    row = apply(workbook(ROWS[:1]))
    van = called("Lê Thị Vân")
    with at_the_desk(head):
        keeping.add_contact(household=van, by=head, at=at + timedelta(hours=1), phone="+84510333333")
    taken_back(row, head, at + timedelta(hours=2))
    assert phones(van) == [("+84510333333", 1)]


def test_undo_whose_claim_was_lost_changes_nothing(apply, head, at, monkeypatch):
    row = apply(LIST)
    imports.start_undo(import_id=row.pk, by=head, at=at)
    real = undo.take_back

    def slow(*args):
        told = real(*args)
        HouseholdImport.objects.filter(pk=row.pk).update(status=Status.APPLIED)  # taken for dead meanwhile
        return told

    with monkeypatch.context() as patch:
        patch.setattr(undo, "take_back", slow)
        assert imports.take_back(import_id=row.pk, at=at) is False
    assert (Household.objects.count(), Contact.objects.count()) == (3, 3)


# --- the desk while a list is written --------------------------------------------------------------------


def test_what_the_desk_changed_after_the_plan_is_not_overwritten(apply, read, head, at, monkeypatch):
    apply(LIST)
    row = read(workbook([[1, "Lê Thị Vân", 1962, 7, "0510101999", "Cụm 1", ""], *ROWS[1:]]))
    real, edited = plan.make, []

    def make(*args):
        found = real(*args)
        if not edited:
            edited.append(Household.objects.filter(head_name="Lê Thị Vân").update(members=5))
        return found

    monkeypatch.setattr(plan, "make", make)
    assert imports.apply(import_id=row.pk, at=at) is False
    row.refresh_from_db()
    assert (row.status, row.plan["again"]) == (Status.READY, True)
    assert row.plan["changed"][0]["fields"] == [{"field": "members", "old": 5, "new": 7}]
    assert called("Lê Thị Vân").members == 5
    assert imports.apply(import_id=row.pk, at=at) is True


def test_a_name_in_its_other_spelling_is_the_same_household(apply, read):
    header = ["Họ và tên chủ hộ", "Số điện thoại"]
    apply(workbook([["Lê Văn Quý", ""], ["Vũ Thị Lí", "0510300001"]], header=header))
    again = read(workbook([["Lê Văn Quí", ""], ["Vũ Thị Lý", "0510300001"], ["Mai Thị Lý", ""]], header=header))
    counts = {name: again.plan["counts"][name] for name in ("new", "changed", "missing")}
    assert counts == {"new": 1, "changed": 2, "missing": 0}
