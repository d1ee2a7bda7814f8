"""A list in Excel becomes households, and the same list again changes nothing."""

from datetime import timedelta

import pytest
from celery.exceptions import SoftTimeLimitExceeded
from django.db import connection

from communities import imports, spreadsheet
from communities.lists import plan, telling, writing
from communities.models import Contact, Household, HouseholdImport
from tests.communities.conftest import FILES, workbook
from tests.factories import VillageFactory

Status = HouseholdImport.Status


NONE = {"errors": 0, "warnings": 0}


def households() -> list[tuple]:
    """Everything a list can change, for “nothing changed”."""
    rows = Household.objects.order_by("pk").values_list(
        "code", "head_name", "birth_year", "members", "lane", "address", "note", "updated_at"
    )
    contacts = Contact.objects.order_by("household_id", "rank")
    return [*rows, *contacts.values_list("household_id", "phone", "relation", "rank")]


def test_village_list_shows_thirty_new_households_and_writes_none(read, list_a):
    row = read(list_a)
    assert row.status == Status.READY
    assert row.plan["counts"] == {"rows": 30, "new": 30, "changed": 0, "unchanged": 0, "missing": 0, **NONE}
    first = row.plan["new"][0]
    assert (first["row"], first["head_name"], first["birth_year"], first["members"], first["lane"]) == (
        8,
        "Hoàng Trọng Tuấn",
        1984,
        3,
        "Cụm 2",
    )
    assert first["phones"] == [["+84510100037", "", "ZERO"]]
    assert row.plan["problems"] == [], "a total is no household and no problem"
    assert Household.objects.count() == 0


def test_apply_writes_households_with_codes_keys_and_contacts(apply, list_a, ward, villages):
    row = apply(list_a)
    assert (row.status, row.done_rows, row.total_rows) == (Status.APPLIED, 30, 30)
    assert Household.objects.count() == 30
    assert Contact.objects.count() == 32
    van = Household.objects.get(head_name="Lê Thị Vân")
    assert (van.ward, van.village, van.code) == (ward, villages[0], "ĐP-016")
    assert (van.birth_year, van.members, van.lane, van.note) == (1948, 3, "Cụm 1", "Hộ nghèo")
    assert van.search_key == "dp 016 le thi van cum 1"
    assert Household.objects.search("le thi van").get() == van
    two = Household.objects.get(head_name="Phạm Đình Khải").contacts.order_by("rank")
    assert [(c.phone, c.rank, c.name) for c in two] == [
        ("+84510100259", 1, "Phạm Đình Khải"),
        ("+84510104403", 2, "Phạm Đình Khải"),
    ]
    son = Contact.objects.get(phone="+84510100444")
    assert (son.relation, son.name, son.rank) == ("con trai", "", 1)
    assert Household.objects.get(head_name="Đoàn Quang An").contacts.count() == 0


def test_same_file_again_changes_nothing(apply, list_a):
    apply(list_a)
    before = households()
    again = apply(list_a)
    assert again.plan["counts"] == {"rows": 30, "new": 0, "changed": 0, "unchanged": 30, "missing": 0, **NONE}
    assert again.status == Status.APPLIED
    assert households() == before


def test_pressing_twice_writes_once(read, list_a, at):
    row = read(list_a)
    assert imports.apply(import_id=row.pk, at=at) is True
    assert imports.apply(import_id=row.pk, at=at) is False
    assert Household.objects.count() == 30


def test_changes_are_shown_old_to_new_and_written_field_by_field(apply, read, at):
    apply(
        workbook([[1, "LÊ THỊ VÂN", 1948, 3, 510100999, "Cụm 1", "Hộ nghèo"], [2, "Vi Văn Tâm", 1955, 4, "", "", ""]])
    )
    row = read(
        workbook([[1, "Lê Thị Vân", 1948, 4, "0510100111", "Ngõ 5", ""], [2, "Vi Văn Tâm", 1955, 4, 510102035, "", ""]])
    )
    assert row.plan["counts"]["changed"] == 2
    van, tam = row.plan["changed"]
    assert (van["row"], van["code"], van["head_name"]) == (2, "ĐP-001", "Lê Thị Vân")
    assert [(told["field"], told["old"], told["new"]) for told in van["fields"]] == [
        ("members", 3, 4),
        ("lane", "Cụm 1", "Ngõ 5"),
        ("phone", "+84510100999", "+84510100111"),
    ]
    assert [(told["field"], told["old"], told["new"], told["repaired"]) for told in tam["fields"]] == [
        ("phone", "", "+84510102035", "ZERO")
    ]
    assert row.plan["by_field"] == {"members": 1, "lane": 1, "phone": 2}
    imports.apply(import_id=row.pk, at=at)
    van = Household.objects.get(code="ĐP-001")
    assert (van.members, van.lane, van.note) == (4, "Ngõ 5", "Hộ nghèo"), "an empty cell empties nothing"
    assert van.search_key == "dp 001 le thi van ngo 5"
    assert list(van.contacts.order_by("rank").values_list("phone", flat=True)) == ["+84510100111", "+84510100999"]


def test_phones_people_added_stay(apply, list_a, read):
    apply(list_a)
    van = Household.objects.get(head_name="Lê Thị Vân")
    Contact.objects.create(household=van, phone="+84510999999", relation="hàng xóm", rank=2)
    assert read(list_a).plan["counts"]["unchanged"] == 30
    apply(list_a)
    assert list(van.contacts.order_by("rank").values_list("phone", flat=True)) == ["+84510100999", "+84510999999"]


def test_households_missing_from_the_file_are_counted_and_kept(apply, list_a):
    apply(list_a)
    row = apply(workbook([[1, "Lê Thị Vân", 1948, 3, 510100999, "", ""]]))
    assert (row.plan["counts"]["unchanged"], row.plan["counts"]["missing"]) == (1, 29)
    assert row.plan["missing"][0] == {
        "id": Household.objects.get(code="ĐP-001").pk,
        "code": "ĐP-001",
        "head_name": "Hoàng Trọng Tuấn",
        "lane": "Cụm 2",
        "village": "Thôn Đông Phú",
    }
    assert Household.objects.filter(is_active=True).count() == 30


@pytest.mark.parametrize(
    "second",
    [
        [2, "Nguyễn Văn Hùng", 1990, 2, 510100222, "", ""],  # another year, another phone
        [2, "Nguyễn Văn Hùng", 1962, 2, 510100222, "", ""],  # born in the same year
        [2, "Nguyễn Văn Hùng", 1990, 2, 510100111, "", ""],  # father and son on one phone
    ],
)
def test_two_of_one_name_stay_two(apply, second):
    content = workbook([[1, "Nguyễn Văn Hùng", 1962, 5, 510100111, "", ""], second])
    apply(content)
    assert Household.objects.filter(head_name="Nguyễn Văn Hùng").count() == 2
    before = households()
    assert apply(content).plan["counts"]["unchanged"] == 2
    assert households() == before


def test_two_bare_rows_of_one_name_stay_two(apply):
    content = workbook([[1, "Lê Thị Hoa", "", "", "K có", "Cụm 1", ""], [2, "Lê Thị Hoa", "", "", "", "Cụm 2", ""]])
    apply(content)
    assert apply(content).plan["counts"] == {
        "rows": 2,
        "new": 0,
        "changed": 0,
        "unchanged": 2,
        "missing": 0,
        "errors": 0,
        "warnings": 1,  # two of one name
    }
    assert list(Household.objects.order_by("code").values_list("code", "lane")) == [
        ("ĐP-001", "Cụm 1"),
        ("ĐP-002", "Cụm 2"),
    ]


def test_row_that_repeats_another_whole_is_left_out_and_said(read):
    row = read(
        workbook([[1, "Lê Thị Hoa", 1960, 2, 510100111, "", ""], [2, "LÊ THỊ HOA", 1960, 2, "0510100111", "", ""]])
    )
    assert row.plan["counts"]["new"] == 1
    (problem,) = row.plan["problems"]
    assert (problem["kind"], problem["row"], problem["column"], problem["is_error"]) == ("SAME_ROW_TWICE", 3, "B", True)
    assert "dòng 2" in telling.explain(problem)


def test_code_in_the_file_is_the_household_whatever_else_changed(apply, list_a, read, at):
    apply(list_a)
    row = read(workbook([["ĐP-016", "Lê Thị Vân Anh", 1950]], header=["Mã hộ", "Họ và tên chủ hộ", "Năm sinh"]))
    assert [(t["field"], t["old"], t["new"]) for t in row.plan["changed"][0]["fields"]] == [
        ("head_name", "Lê Thị Vân", "Lê Thị Vân Anh"),
        ("birth_year", 1948, 1950),
    ]
    imports.apply(import_id=row.pk, at=at)
    assert Household.objects.get(code="ĐP-016").head_name == "Lê Thị Vân Anh"


def test_codes_go_on_after_the_highest_of_the_village(apply, villages, make_household):
    make_household(villages[0], code="ĐP-283", head_name="Lò Thị Ỏm")
    make_household(villages[1], code="HB-900", head_name="Cao Văn Phú")
    apply(workbook([[1, "Lê Thị Hoa", 1960, 2, "", "", ""]]))
    assert Household.objects.get(head_name="Lê Thị Hoa").code == "ĐP-284"


def test_same_name_with_other_year_and_phone_is_new_and_pointed_at(read, villages, make_household):
    make_household(villages[0], code="ĐP-012", head_name="Lê Thị Hoa", birth_year=1950, phone="+84510100001")
    row = read(workbook([[1, "Lê Thị Hoa", 1980, 2, 510100002, "", ""]]))
    assert (row.plan["counts"]["new"], row.plan["counts"]["missing"]) == (1, 1)
    assert [(p["kind"], p["other"]) for p in row.plan["problems"]] == [("SAME_NAME", "ĐP-012")]


def test_every_unreadable_cell_is_a_problem_with_its_place(read):
    row = read(
        workbook(
            [
                [1, "Lê Thị Hoa", "năm ngoái", "nhiều", "98234", "", ""],
                [2, "123", 1960, 2, "", "", ""],
                [3, "", 1960, 2, "", "", ""],
                [4, "Vũ Văn Tạo", 1960, 2, "hỏi con", "", ""],
            ]
        )
    )
    assert row.plan["counts"]["new"] == 2
    assert [(p["row"], p["column"], p["kind"], p["value"], p["is_error"]) for p in row.plan["problems"]] == [
        (3, "B", "NOT_A_NAME", "123", True),
        (4, "B", "NO_NAME", "3 · 1960 · 2", True),
        (2, "C", "BAD_YEAR", "năm ngoái", False),
        (2, "D", "BAD_COUNT", "nhiều", False),
        (2, "E", "PHONE_TOO_SHORT", "98234", False),
        (5, "E", "PHONE_NO_NUMBER", "hỏi con", False),
    ]
    assert "Lê Thị Hoa" in telling.explain(row.plan["problems"][4])


def test_id_numbers_ethnicity_and_religion_are_seen_and_not_kept(read, at):
    row = read(
        workbook(
            [["Lê Thị Hoa", 1960, "099160123456", "Mường", "Không"]],
            header=["Họ và tên chủ hộ", "Năm sinh", "Số CCCD", "Dân tộc", "Tôn giáo"],
        )
    )
    assert row.plan["left_out"] == {"Số CCCD": True, "Dân tộc": True, "Tôn giáo": True}
    assert "099160123456" not in str(row.plan)
    assert "Mường" not in str(row.plan)


def test_rows_go_to_the_village_they_name(read, ward, editor, at):
    row = read(
        workbook(
            [
                ["Lê Thị Hoa", "T. Hoà Bình"],
                ["Vi Văn Tâm", "THÔN ĐÔNG PHÚ"],
                ["Hà Thị Mai", "Thôn Trường Sa"],
                ["Lò Văn An", ""],
            ],
            header=["Họ và tên chủ hộ", "Thôn"],
        ),
        created_by=editor,
        village=None,
    )
    assert [(new["head_name"], new["village"]) for new in row.plan["new"]] == [
        ("Lê Thị Hoa", "Thôn Hòa Bình"),
        ("Vi Văn Tâm", "Thôn Đông Phú"),
    ]
    assert [(p["row"], p["kind"]) for p in row.plan["problems"]] == [(4, "UNKNOWN_VILLAGE"), (5, "NO_VILLAGE")]


def test_head_cannot_write_into_another_village(apply):
    row = apply(workbook([["Lê Thị Hoa", "Thôn Hòa Bình"]], header=["Họ và tên chủ hộ", "Thôn"]))
    assert [(p["kind"], p["is_error"]) for p in row.plan["problems"]] == [("OTHER_VILLAGE", True)]
    assert Household.objects.count() == 0


def test_two_row_header_with_three_villages_in_one_sheet(apply, ward, editor):
    from tests.factories import VillageFactory

    VillageFactory(ward=ward, name="Thôn Tây Phú", code="TP")
    VillageFactory(ward=ward, name="Tổ dân phố 3", code="T3")
    row = apply((FILES / "c_tieu_de_hai_dong.xlsx").read_bytes(), created_by=editor, village=None)
    assert (row.plan["counts"]["rows"], row.plan["counts"]["new"]) == (24, 24)
    per_village = {
        name: Household.objects.filter(village__name=name).count()
        for name in ("Thôn Đông Phú", "Thôn Tây Phú", "Tổ dân phố 3")
    }
    assert per_village == {"Thôn Đông Phú": 8, "Thôn Tây Phú": 8, "Tổ dân phố 3": 8}
    phuong = Household.objects.get(head_name="Lê Thị Phương")
    assert (phuong.birth_year, phuong.address, phuong.contacts.get().phone) == (1957, "", "+84510101554")


def test_somebody_edits_between_preview_and_writing(read, apply, list_a, at):
    apply(list_a)
    row = read(workbook([[1, "Lê Thị Vân", 1948, 5, 510100999, "", ""]]))
    Household.objects.filter(head_name="Lê Thị Vân").update(members=9)
    assert imports.apply(import_id=row.pk, at=at) is False
    row.refresh_from_db()
    assert (row.status, row.plan["again"]) == (Status.READY, True)
    assert [(t["old"], t["new"]) for t in row.plan["changed"][0]["fields"]] == [(9, 5)]
    assert Household.objects.get(head_name="Lê Thị Vân").members == 9
    assert imports.apply(import_id=row.pk, at=at) is True
    assert Household.objects.get(head_name="Lê Thị Vân").members == 5


def test_error_while_writing_leaves_nothing_and_can_be_repeated(read, list_a, at, monkeypatch):
    row = read(list_a)

    def fail(*_args):
        raise RuntimeError("out of disk")

    with monkeypatch.context() as patch:
        patch.setattr(writing, "_update_contacts", fail)
        with pytest.raises(RuntimeError):
            imports.apply(import_id=row.pk, at=at)
    row.refresh_from_db()
    assert (row.status, row.plan["failed"], Household.objects.count()) == (Status.READY, True, 0)
    assert imports.apply(import_id=row.pk, at=at) is True
    assert Household.objects.count() == 30


def test_import_of_a_dead_worker_can_be_written_again(read, list_a, at):
    row = read(list_a)
    assert imports.start(import_id=row.pk, at=at) is True
    assert imports.release_stale(at + timedelta(seconds=60)) == 0
    assert imports.release_stale(at + timedelta(seconds=61)) == 1
    row.refresh_from_db()
    assert row.status == Status.READY
    assert imports.apply(import_id=row.pk, at=at) is True


def test_upload_nobody_read_is_read_again(upload, list_a, at):
    row = upload(list_a)
    HouseholdImport.objects.update(created_at=at)
    assert imports.waiting_for_reader(at + timedelta(seconds=30)) == []
    assert imports.waiting_for_reader(at + timedelta(seconds=61)) == [row.pk]


def test_file_that_ends_every_worker_is_given_up(upload, list_a, at, monkeypatch, client_for, head):
    row = upload(list_a)
    HouseholdImport.objects.update(created_at=at)

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(plan, "make", killed)
        for minute in range(3):
            assert imports.give_up(at + timedelta(minutes=2 * minute)) == 0
            with pytest.raises(KeyboardInterrupt):
                imports.read(import_id=row.pk, at=at + timedelta(minutes=2 * minute))
        later = at + timedelta(minutes=6)
        assert imports.waiting_for_reader(later) == []
        assert imports.read(import_id=row.pk, at=later) is False
    assert (imports.give_up(at + timedelta(minutes=4)), imports.give_up(later)) == (0, 1)
    row.refresh_from_db()
    assert row.status == Status.REFUSED
    page = client_for(head).get(f"/ho-dan/nhap/{row.pk}/").content.decode()
    assert "Hệ thống đã đọc tệp này 3 lần mà không xong, nên đã dừng lại." in page
    assert imports.decide(import_id=row.pk, choices={"cells": {}}, at=later) is True
    assert imports.read(import_id=row.pk, at=later) is True
    row.refresh_from_db()
    assert (row.status, row.plan["counts"]["new"]) == (Status.READY, 30)


def test_file_that_takes_too_long_is_refused_and_writing_that_does_writes_nothing(
    upload, read, list_a, at, monkeypatch
):
    def overdue(*_: object) -> None:
        raise SoftTimeLimitExceeded

    row, ready = upload(list_a), read(list_a)
    with monkeypatch.context() as patch:
        patch.setattr(plan, "make", overdue)
        assert imports.read(import_id=row.pk, at=at) is True
        with pytest.raises(SoftTimeLimitExceeded):
            imports.apply(import_id=ready.pk, at=at)
    row.refresh_from_db()
    ready.refresh_from_db()
    assert (row.status, row.plan["refusal"], row.refusal) == (
        Status.REFUSED,
        "TOO_HEAVY",
        "Tệp quá nặng, hệ thống không đọc được. Hãy chép riêng bảng danh sách hộ sang một tệp mới rồi tải lên lại.",
    )
    assert (ready.status, ready.plan["failed"], Household.objects.count()) == (Status.READY, True, 0)


def test_changes_are_in_the_audit_trail_with_who_and_which_file(apply, list_a, head):
    apply(list_a)
    row = apply(workbook([[1, "Lê Thị Vân", 1948, 5, 510100999, "", ""]]))
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT e.members, c.metadata->>'user', c.metadata->>'household_import' "
            "FROM communities_householdevent e JOIN pghistory_context c ON c.id = e.pgh_context_id"
        )
        assert cursor.fetchall() == [(3, str(head.pk), str(row.pk))]


def test_query_count_does_not_grow_with_the_rows(read, django_assert_num_queries, upload, at):
    def content(number):
        return workbook(
            [[n, f"Lê Văn {chr(65 + n % 26)}{n}", 1900 + n % 100, 3, 510200000 + n, "", ""] for n in range(number)]
        )

    few, many = upload(content(3)), upload(content(300))
    for row in (few, many):
        imports.read(import_id=row.pk, at=at)
    with django_assert_num_queries(27):
        assert imports.apply(import_id=few.pk, at=at)
    with django_assert_num_queries(27):
        assert imports.apply(import_id=many.pk, at=at)


REFUSED = {
    "PNG renamed .xlsx": (b"\x89PNG\r\n\x1a\n" + b"\0" * 200, "anh.xlsx", "Tệp này là ảnh"),
    "empty workbook": (workbook([], header=None), "rong.xlsx", "không có hộ nào"),
    "header without rows": (workbook([]), "mau.xlsx", "không có hộ nào"),
    "no header": (workbook([["a", "b"], ["c", "d"]], header=None), "x.xlsx", "dòng tiêu đề"),
    "persons without households": (
        workbook([["Lê Thị Hoa", "1960", "Nữ"], ["Vi Văn Tâm", "1955", "Nam"]], header=["Họ và tên", "Năm sinh", "GT"]),
        "cu tri.xlsx",
        "từng người",
    ),
    "nothing at all": (b"", "x.xlsx", "không phải bảng tính"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused_file_says_why_and_changes_nothing(case, read, household):
    content, filename, words = REFUSED[case]
    before = households()
    row = read(content, filename=filename)
    assert row.status == Status.REFUSED
    assert words in row.refusal
    assert words in telling.refusal_of(row)
    assert households() == before


def test_refused_file_cannot_be_written(read, at):
    row = read(b"\x89PNG", filename="anh.xlsx")
    assert imports.apply(import_id=row.pk, at=at) is False
    assert Household.objects.count() == 0


def test_fault_of_ours_refuses_the_file_and_is_logged(read, monkeypatch, caplog, list_a):
    monkeypatch.setattr(spreadsheet, "load", lambda *_: 1 / 0)
    row = read(list_a)
    assert (row.status, row.plan["refusal"]) == (Status.REFUSED, "BROKEN")
    assert "could not be read" in caplog.text


def test_exported_list_is_read_back_as_unchanged(apply, list_a, read, ward):
    from communities.resources import HouseholdResource

    apply(list_a)
    data = HouseholdResource().export(Household.objects.filter(ward=ward).order_by("code"))
    assert data.headers == [
        "Thôn", "Mã hộ", "Họ và tên chủ hộ", "Năm sinh", "Số khẩu", "Số điện thoại", "Cụm dân cư", "Địa chỉ", "Ghi chú"
    ]  # fmt: skip
    assert data[7][5] == "0510100444 (con trai)"
    row = read(workbook([list(line) for line in data], header=list(data.headers)))
    assert row.plan["counts"] == {"rows": 30, "new": 0, "changed": 0, "unchanged": 30, "missing": 0, **NONE}


def _told(row: HouseholdImport) -> list[tuple]:
    return [(one["row"], one["column"], one["kind"], one["is_error"], one["value"]) for one in row.plan["problems"]]


def test_numbers_in_the_cells_of_names_and_notes_are_read_or_told(apply):
    header = ["STT", "Họ và tên chủ hộ", "Số khẩu", "SĐT", "Ghi chú"]
    rows = [
        [1, "Lê Thị Nắng - 0912000391", 3, "", ""],
        [2, "Ngô Đức Mưa", 3, "", "0912000392"],
        [3, "Vương Đức Mây", 3, "0912000393", "ĐT con gái: 0912000394"],
        [4, "Chu Thị Sương", 3, "0912000395", "sửa 2021, 0912000396"],
        [5, "Kiều Đức Nguyên (038162001234)", 3, "", "CCCD 038162001235"],
        [6, "Lưu Đức Tuất", 3, "", "liên hệ trưởng thôn 0912000397"],
        [7, "Đào Thị Gió", 3, "113", ""],
    ]
    row = apply(workbook(rows, header=header))
    assert _told(row) == [
        (3, "E", "NUMBER_FROM_NOTE", False, "0912000392"),
        (5, "E", "NUMBER_IN_NOTE", False, "sửa 2021, 0912000396"),
        (6, "B", "NUMBER_IN_NAME", False, "Kiều Đức Nguyên (038162001234)"),
        (7, "E", "NUMBER_IN_NOTE", False, "liên hệ trưởng thôn 0912000397"),
        (8, "D", "PHONE_SERVICE", False, "113"),
    ]
    contacts = Contact.objects.order_by("household_id", "rank")
    assert list(contacts.values_list("household__head_name", "phone", "relation")) == [
        ("Lê Thị Nắng", "+84912000391", ""),
        ("Ngô Đức Mưa", "+84912000392", ""),
        ("Vương Đức Mây", "+84912000393", ""),
        ("Vương Đức Mây", "+84912000394", "con gái"),
        ("Chu Thị Sương", "+84912000395", ""),
    ]
    names = Household.objects.order_by("pk").values_list("head_name", "name_as_listed")
    assert ("Kiều Đức Nguyên", "") in names
    again = apply(workbook(rows, header=header))
    assert (again.plan["counts"]["unchanged"], again.plan["counts"]["rows"]) == (7, 7)


def test_member_with_a_number_in_the_cell_of_the_name_keeps_it(apply):
    rows = [[1, "Lê Văn Hai", "Chủ hộ"], ["", "Lê Thị Ba - 0912000398", "Con"], [2, "Vi Văn Tư", "Chủ hộ"],
            ["", "Vi Thị Năm", "Vợ"]]  # fmt: skip
    apply(workbook(rows, header=["STT", "Họ và tên", "Quan hệ với chủ hộ"]))
    (contact,) = Contact.objects.all()
    assert (contact.household.head_name, contact.phone) == ("Lê Văn Hai", "+84912000398")
    assert (contact.relation, contact.name) == ("con", "Lê Thị Ba")


def test_row_whose_head_is_nobody_or_dead_or_lost_its_letters_is_told(apply):
    heads = ["Lê Thị Rạng", "to.hoi@vidu.invalid", "Nhà vắng chủ", "Tr?nh V?n L??ng", "Công ty TNHH Hoa Đồng",
             "Trần Đức Mão - đã mất", "<b>Nguy&#7877;n</b> Th&#7883; An"]  # fmt: skip
    row = apply(workbook([[number, head, "", 3, "", "", ""] for number, head in enumerate(heads, 1)]))
    assert _told(row) == [
        (3, "B", "NOT_A_NAME", True, "to.hoi@vidu.invalid"),
        (4, "B", "NOT_A_NAME", True, "Nhà vắng chủ"),
        (5, "B", "LOST_LETTERS", True, "Tr?nh V?n L??ng"),
        (6, "B", "ODD_NAME", False, "Công ty TNHH Hoa Đồng"),
        (7, "B", "HEAD_DEAD", False, "Trần Đức Mão - đã mất"),
    ]
    assert list(Household.objects.order_by("pk").values_list("head_name", "note")) == [
        ("Lê Thị Rạng", ""),
        ("Công ty TNHH Hoa Đồng", ""),
        ("Trần Đức Mão", "đã mất"),
        ("Nguyễn Thị An", ""),
    ]


def test_number_of_several_households_is_said_once_with_their_names(apply, read):
    phones = [510100201, 510100200, 510100200, 510100202, 510100200, 510100200, 510100200]
    names = ["Đặng Thị Thơ", "Đặng Văn Nhạc", "Lý Thị Vũ", "Hà Thị Họa", "Lý Văn Kịch", "Tô Văn Phim", "Ngô Thị Ký"]
    rows = [[n, name, 1950 + n, 3, phone, "", ""] for n, (name, phone) in enumerate(zip(names, phones, strict=True))]
    others = "Đặng Văn Nhạc, Lý Văn Kịch, Tô Văn Phim (+1)"
    row = apply(workbook(rows))
    assert [(*one, told["other"]) for one, told in zip(_told(row), row.plan["problems"], strict=True)] == [
        (4, "E", "SHARED_PHONE", False, "0510100200", others)
    ]
    assert telling.explain(row.plan["problems"][0]) == (
        f"Số điện thoại này cũng là của hộ {others}. Vẫn ghi cho hộ Lý Thị Vũ; nếu không dùng chung, hãy sửa trong tệp."
    )
    assert Contact.objects.filter(phone="+84510100200").count() == 5
    again = read(workbook(rows))
    assert (again.plan["counts"]["unchanged"], again.plan["counts"]["changed"]) == (7, 0)
    assert [problem["kind"] for problem in again.plan["problems"]] == ["SHARED_PHONE"]


def test_number_of_a_household_of_the_village_is_said(apply, read):
    apply(workbook([[1, "Lê Thị Vân", 1948, 3, 510100999, "", ""], [2, "Vi Văn Tâm", 1955, 4, 510100998, "", ""]]))
    row = read(workbook([[1, "Vi Văn Tâm", 1955, 4, 510100997, "", ""], [2, "Lò Thị Én", 1960, 2, 510100998, "", ""],
                         [3, "Hà Văn Sáo", 1961, 2, 510100999, "", ""]]))  # fmt: skip
    assert [(one["row"], one["kind"], one["value"], one["other"]) for one in row.plan["problems"]] == [
        (3, "SHARED_PHONE", "0510100998", "Vi Văn Tâm (ĐP-002)"),
        (4, "SHARED_PHONE", "0510100999", "Lê Thị Vân (ĐP-001)"),
    ]


def test_lanes_named_without_their_word_are_lanes_of_the_lists_village(read, apply, admin):
    header = ["STT", "Họ và tên chủ hộ", "Xóm", "SĐT"]
    lanes = {"Én": "Ngoài Đê", "Sáo": "Xóm Mới", "Cò": "3", "Vạc": "Hòa Bình"}
    rows = [[n, f"Lò Thị {name}", lane, f"051010030{n}"] for n, (name, lane) in enumerate(lanes.items())]
    content = workbook(rows, header=header)
    row = read(content)
    told = [(one["row"], one["kind"]) for one in row.plan["problems"]]
    assert told == [(5, "OTHER_VILLAGE")], "a village of the ward stays that village"
    row = apply(content, village=None, created_by=admin, filename="Thôn Đông Phú.xlsx")
    assert list(Household.objects.order_by("pk").values_list("village__name", "lane")) == [
        ("Thôn Đông Phú", "Ngoài Đê"),
        ("Thôn Đông Phú", "Xóm Mới"),
        ("Thôn Đông Phú", "3"),
        ("Thôn Hòa Bình", ""),
    ]


def test_column_headed_like_the_wards_own_villages_names_villages(read, ward):
    VillageFactory(ward=ward, name="Xóm Ngoài", position=9)
    row = read(workbook([[1, "Lò Thị Én", "Ngoài Đê", "0510100301"]], header=["STT", "Họ và tên chủ hộ", "Xóm", "SĐT"]))
    assert [(one["row"], one["kind"]) for one in row.plan["problems"]] == [(2, "UNKNOWN_VILLAGE")]


def test_number_of_members_in_figures_and_words(read):
    written = {"04": 4, "4 khẩu": 4, "05 người": 5, "4 (2 nữ)": 4, "SK: 6": 6, "3 + 1": 4, "bốn": 4, "Năm khẩu": 5}
    wrong = ("2-3", "năm 2", "nhiều", "60", "4 +")
    row = read(workbook([[n, f"Vi Thị {n}", "", count, "", "", ""] for n, count in enumerate([*written, *wrong], 1)]))
    assert [one["members"] for one in row.plan["new"]] == [*written.values(), *[None] * len(wrong)]
    assert [(one["kind"], one["value"]) for one in row.plan["problems"]] == [("BAD_COUNT", text) for text in wrong]
