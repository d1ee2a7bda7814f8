"""An applied list is taken back for thirty days, and what people have done since stays."""

from datetime import timedelta

import pghistory
import pytest
from django.db import transaction
from django.urls import reverse

from communities import imports
from communities.models import Contact, Household, HouseholdImport, Village
from notices.models import Notice, Recipient
from tests.communities.conftest import workbook
from tests.communities.test_imports import households

Status = HouseholdImport.Status

OLD = workbook(
    [
        [1, "Lê Thị Vân", 1948, 3, 510100999, "Cụm 1", "Hộ nghèo"],
        [2, "Vi Văn Tâm", 1955, 4, "", "", ""],
        [3, "Lò Thị Ỏm", 1961, 5, 510100777, "", ""],
    ]
)
NEW = workbook(
    [
        [1, "Lê Thị Vân", 1948, 4, "0510100111", "Ngõ 5", ""],
        [2, "Vi Văn Tâm", 1955, 4, "510102035 (con trai)", "", ""],
        [3, "Hà Thị Mai", 1970, 2, 510100222, "", ""],
    ]
)


def undo(row: HouseholdImport, by, at) -> dict:
    """Take it back, whole; what was told."""
    assert imports.start_undo(import_id=row.pk, by=by, at=at) is True
    assert imports.take_back(import_id=row.pk, at=at) is True
    row.refresh_from_db()
    assert (row.status, row.undone_by, row.undone_at) == (Status.UNDONE, by, at)
    return row.plan["undone"]


def state() -> list[tuple]:
    """Everything a list can change, but the time of it."""
    return [tuple(value for value in one if not hasattr(value, "tzinfo")) for one in households()]


def test_undo_gives_back_exactly_what_was_there(apply, head, at):
    apply(OLD)
    before = state()
    row = apply(NEW)
    assert state() != before
    told = undo(row, head, at + timedelta(days=29))
    assert told == {"deleted": 1, "restored": 2, "kept": 0, "kept_rows": []}
    assert state() == before
    assert Household.objects.search("ngo 5").count() == 0, "found as it is now"


def test_first_list_taken_back_leaves_nothing(apply, list_a, head, at):
    told = undo(apply(list_a), head, at)
    assert (told["deleted"], told["kept"]) == (30, 0)
    assert (Household.objects.count(), Contact.objects.count()) == (0, 0)


def test_undone_list_can_be_uploaded_again(apply, head, at):
    apply(OLD)
    undo(apply(NEW), head, at)
    row = apply(NEW)
    assert (row.plan["counts"]["new"], row.plan["counts"]["changed"]) == (1, 2)


def test_after_thirty_days_it_stays(apply, head, at):
    row = apply(OLD)
    assert imports.undo_until(row) == at + timedelta(days=30)
    assert imports.start_undo(import_id=row.pk, by=head, at=at + timedelta(days=30)) is False
    row.refresh_from_db()
    assert row.status == Status.APPLIED


def test_only_one_takes_it_back(apply, head, editor, at):
    row = apply(OLD)
    assert imports.start_undo(import_id=row.pk, by=head, at=at) is True
    assert imports.start_undo(import_id=row.pk, by=editor, at=at) is False
    assert imports.take_back(import_id=row.pk, at=at) is True
    assert imports.take_back(import_id=row.pk, at=at) is False


def edit(user, **fields) -> None:
    """A member of staff changes Hà Thị Mai on a page."""
    with transaction.atomic(), pghistory.context(user=user.pk, url="/ho-dan/1/sua/"):
        household = Household.objects.get(head_name="Hà Thị Mai")
        for name, value in fields.items():
            setattr(household, name, value)
        household.save()


def test_new_household_somebody_edited_stays_and_is_told(apply, head, at):
    apply(OLD)
    row = apply(NEW)
    edit(head, members=6)
    told = undo(row, head, at)
    assert told["deleted"] == 0
    assert told["kept_rows"] == [{"code": "ĐP-004", "head_name": "Hà Thị Mai", "why": "EDITED"}]
    assert Household.objects.get(head_name="Hà Thị Mai").members == 6


def test_new_household_with_a_phone_added_since_stays(apply, head, at):
    row = apply(NEW)
    mai = Household.objects.get(head_name="Hà Thị Mai")
    Contact.objects.create(
        household=mai, phone="+84510888888", rank=2, created_by=head, created_at=at + timedelta(hours=1)
    )
    told = undo(row, head, at + timedelta(hours=2))
    assert (told["deleted"], told["kept_rows"]) == (
        2,
        [{"code": "ĐP-003", "head_name": "Hà Thị Mai", "why": "EDITED"}],
    )


def test_what_the_system_found_out_by_itself_is_no_edit(apply, head, at):
    row = apply(NEW)
    Contact.objects.filter(household__head_name="Hà Thị Mai").update(no_account={"ZALO": at.isoformat()})
    assert undo(row, head, at)["deleted"] == 3


def test_household_a_notice_counts_is_put_aside_not_deleted(apply, ward, editor, head, at):
    row = apply(NEW)
    mai = Household.objects.get(head_name="Hà Thị Mai")
    notice = Notice.objects.create(ward=ward, title="Cắt điện", body="Sáng mai", created_by=editor)
    Recipient.objects.create(notice=notice, household=mai, ward=ward, village=mai.village)
    told = undo(row, head, at)
    assert (told["deleted"], told["kept_rows"]) == (
        2,
        [{"code": mai.code, "head_name": "Hà Thị Mai", "why": "NOTIFIED"}],
    )
    mai.refresh_from_db()
    assert (mai.is_active, mai.gone) == (False, Household.Gone.MISTAKE)


def test_field_changed_since_keeps_the_newer_value(apply, head, at):
    apply(OLD)
    row = apply(NEW)
    with transaction.atomic(), pghistory.context(user=head.pk):
        van = Household.objects.get(head_name="Lê Thị Vân")
        van.members = 9
        van.save()
    told = undo(row, head, at)
    van.refresh_from_db()
    assert (van.members, van.lane) == (9, "Cụm 1"), "the edit stays, the rest goes back"
    assert told["kept_rows"] == [{"code": "ĐP-001", "head_name": "Lê Thị Vân", "why": "CHANGED"}]


def test_later_list_is_not_undone_by_an_earlier_one(apply, head, at):
    first = apply(OLD)
    apply(NEW)
    told = undo(first, head, at)
    assert sorted(Household.objects.values_list("head_name", flat=True)) == ["Hà Thị Mai", "Lê Thị Vân", "Vi Văn Tâm"]
    assert (told["deleted"], told["kept"]) == (1, 2)


def test_moved_away_comes_back(apply, read, head, at):
    apply(OLD)
    row = read(NEW)
    gone = row.plan["missing"]
    assert [one["head_name"] for one in gone] == ["Lò Thị Ỏm"]
    assert imports.mark_moved_away(import_id=row.pk, household_ids=[gone[0]["id"], 999_999]) is True
    imports.apply(import_id=row.pk, at=at)
    om = Household.objects.get(head_name="Lò Thị Ỏm")
    assert (om.is_active, om.gone) == (False, Household.Gone.MOVED_AWAY)
    row.refresh_from_db()
    assert row.plan["moved_away"] == 1
    undo(row, head, at)
    om.refresh_from_db()
    assert (om.is_active, om.gone) == (True, "")


def test_village_the_list_created_goes_with_it(read, admin, at):
    content = workbook([["Lê Thị Hoa", "Thôn Mới"]], header=["Họ và tên chủ hộ", "Thôn"])
    row = read(content, created_by=admin, village=None)
    key = row.plan["villages"][0]["key"]
    imports.decide(import_id=row.pk, choices={"villages": {key: "NEW"}}, at=at)
    imports.read(import_id=row.pk, at=at)
    assert imports.apply(import_id=row.pk, at=at) is True
    assert Village.objects.filter(name="Thôn Mới").exists()
    row.refresh_from_db()
    undo(row, admin, at)
    assert not Village.objects.filter(name="Thôn Mới").exists()


def test_worker_killed_while_taking_back_changes_nothing(apply, head, at, monkeypatch):
    apply(OLD)
    row = apply(NEW)
    before = state()
    assert imports.start_undo(import_id=row.pk, by=head, at=at)
    with monkeypatch.context() as patch:
        patch.setattr("communities.lists.undo._restore_fields", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            imports.take_back(import_id=row.pk, at=at)
    assert state() == before
    row.refresh_from_db()
    assert row.status == Status.APPLIED, "it can be pressed again"
    assert undo(row, head, at)["deleted"] == 1


def test_undoing_of_a_dead_worker_can_be_pressed_again(apply, head, at):
    row = apply(OLD)
    imports.start_undo(import_id=row.pk, by=head, at=at)
    assert imports.release_stale(at + timedelta(seconds=61)) == 1
    row.refresh_from_db()
    assert row.status == Status.APPLIED


# --- what is thrown away ------------------------------------------------------------------------------


def age(row: HouseholdImport, at, days: int) -> None:
    moment = at - timedelta(days=days)
    HouseholdImport.objects.filter(pk=row.pk).update(created_at=moment, applied_at=row.applied_at and moment)
    row.refresh_from_db()


def test_files_are_thrown_away_when_undo_has_ended(apply, read, head, at, client_for):
    done, waiting, young = apply(OLD), read(NEW), read(NEW)
    for row, days in ((done, 31), (waiting, 31), (young, 29)):
        age(row, at, days)
    assert imports.forget_files(at) == 2
    assert imports.forget_files(at) == 0
    for row in (done, waiting, young):
        row.refresh_from_db()
    assert [row.status for row in (done, waiting, young)] == [Status.APPLIED, Status.REFUSED, Status.READY]
    assert (bytes(done.content), done.undo, done.plan["counts"]["new"]) == (b"", {}, 3)
    assert "Lê Thị Vân" not in str(done.plan)
    assert bytes(young.content) == NEW
    assert (imports.undo_until(done), imports.start_undo(import_id=done.pk, by=head, at=at)) == (None, False)
    page = client_for(head).get(reverse("import_detail", args=[waiting.pk]))
    assert "sau 30 ngày" in page.content.decode()
    assert client_for(head).get(reverse("import_detail", args=[done.pk])).status_code == 200


def test_history_of_a_household_says_that_a_list_was_taken_back(apply, head, at, client_for):
    apply(OLD)
    undo(apply(NEW, filename="thang 12.xlsx"), head, at)
    van = Household.objects.get(head_name="Lê Thị Vân")
    page = client_for(head).get(reverse("household", args=[van.pk])).content.decode()
    assert "hoàn tác tệp thang 12.xlsx" in page
    assert "từ tệp thang 12.xlsx" in page
