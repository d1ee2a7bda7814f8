"""What a person says about a file: columns, old letters, villages, corrected cells, and a look at what is odd."""

import io
from datetime import timedelta

import pytest
import python_calamine
from django.urls import reverse

from communities import imports
from communities.lists import errorbook
from communities.models import Household, HouseholdImport, ListLayout, Village
from tests.communities.conftest import FILES, HEADER, workbook

Status = HouseholdImport.Status
FAMILIES = ["Lê", "Nguyễn", "Trịnh", "Phạm", "Bùi", "Hoàng", "Vũ", "Đỗ", "Hà", "Vi", "Lò", "Cao"]


def village_list(number: int = 12, **other) -> list[list]:
    """Households of one village: no two names alike. `names`, `phones`, `years` put other values in."""
    names = other.get("names") or [f"{FAMILIES[n % 12]} Văn {chr(65 + n)}ng" for n in range(number)]
    phones = other.get("phones") or [510_100_000 + n for n in range(number)]
    years = other.get("years") or [1950 + n for n in range(number)]
    return [[n + 1, names[n], years[n], 3, phones[n], "", ""] for n in range(number)]


@pytest.fixture
def decide(at):
    """`decide(row, by=…, fields={…})`: say it and have the file read again."""

    def say(row: HouseholdImport, by=None, **choices) -> HouseholdImport:
        assert imports.decide(import_id=row.pk, choices=choices, at=at, by=by) is True
        imports.read(import_id=row.pk, at=at)
        row.refresh_from_db()
        return row

    return say


# --- columns ------------------------------------------------------------------------------------------


def test_column_a_person_names_is_read_and_remembered_for_the_next_list(read, decide, head, at):
    row = read(workbook([["Lê Thị Hoa", "cạnh đình"], ["Vi Văn Tâm", "cạnh chợ"]], header=["Chủ hộ", "Lối đi"]))
    assert [(one["key"], one["field"]) for one in row.plan["columns"]] == [("chu ho", "head_name"), ("loi di", "")]
    row = decide(row, by=head, fields={"loi di": "hamlet"})
    assert (row.plan["new"][0]["lane"], row.plan["columns"][1]["by"]) == ("cạnh đình", "CHOSEN")
    layout = ListLayout.objects.get()
    assert (layout.fields, layout.saved_by, layout.saved_at) == ({"loi di": "hamlet"}, head, at)

    following = read(workbook([["Hà Thị Mai", "sau trường"], ["Lò Văn An", "gần cầu"]], header=["Chủ hộ", "Lối đi"]))
    assert following.plan["new"][0]["lane"] == "sau trường"
    assert following.plan["layout"] == {
        "saved_by": str(head),
        "saved_at": ListLayout.objects.get().saved_at.isoformat(),
    }

    assert imports.forget_layout(import_id=following.pk, at=at) is True
    imports.read(import_id=following.pk, at=at)
    following.refresh_from_db()
    assert (following.plan["layout"], following.plan["new"][0]["lane"]) == (None, "")


def test_list_whose_name_column_nobody_knows_waits_for_a_person(read, decide, at):
    header = ["Cột 1", "Cột 2", "Cột 3"]
    row = read(workbook([["a1", "Tèo", "y"], ["a2", "Tí", "y"], ["a3", "Tủn", "q"]], header=header))
    assert (row.status, row.plan["needs"]) == (Status.READY, ["NAME_COLUMN"])
    assert imports.apply(import_id=row.pk, at=at) is False
    row = decide(row, fields={row.plan["columns"][1]["key"]: "head_name"})
    assert row.plan["needs"] == []
    assert [one["head_name"] for one in row.plan["new"]] == ["Tèo", "Tí", "Tủn"]


# --- old letters --------------------------------------------------------------------------------------


def test_old_letters_are_shown_and_written_only_after_a_yes(read, decide, at):
    row = read((FILES / "d_tcvn3_cu.xls").read_bytes(), filename="d.xls")
    assert row.plan["needs"] == ["ENCODING"]
    told = row.plan["encoding"]
    assert (told["name"], told["is_decided"], len(told["examples"])) == ("TCVN3", False, 5)
    assert ["ThiÒu V¨n HiÕu", "Thiều Văn Hiếu"] in told["examples"]
    assert imports.start(import_id=row.pk, at=at) is False
    row = decide(row, encoding="TCVN3")
    assert (row.plan["needs"], row.plan["new"][0]["head_name"]) == ([], "Thiều Văn Hiếu")
    assert imports.apply(import_id=row.pk, at=at) is True
    assert Household.objects.filter(head_name="Trương Thị Xuyến").count() == 1


def test_old_letters_left_as_they_are_when_a_person_says_so(read, decide):
    row = decide(read((FILES / "d_tcvn3_cu.xls").read_bytes(), filename="d.xls"), encoding="UNICODE")
    assert (row.plan["needs"], row.plan["new"]) == (["NAME_COLUMN"], []), "its header is in old letters, too"
    assert row.plan["columns"][1]["header"] == "Hä vµ tªn chñ hé"


# --- villages -----------------------------------------------------------------------------------------

THREE = workbook(
    [["Lê Thị Hoa", "Thôn Mới"], ["Vi Văn Tâm", "thôn mới"], ["Hà Thị Mai", "Đông Phú"]],
    header=["Họ và tên chủ hộ", "Thôn"],
)


def test_unknown_village_is_named_with_its_rows(read, editor):
    row = read(THREE, created_by=editor, village=None)
    assert row.plan["villages"] == [
        {"key": "thon moi", "name": "Thôn Mới", "sheet": "Sheet1", "rows": 2, "decision": ""}
    ]
    assert (row.plan["counts"]["new"], row.plan["counts"]["errors"]) == (1, 2)


@pytest.mark.parametrize(("decision", "new", "errors"), [("NEW", 3, 0), ("SKIP", 1, 2), ("Thôn Hòa Bình", 3, 0)])
def test_unknown_village_goes_where_a_person_says(read, decide, editor, villages, at, decision, new, errors):
    choice = next((village.pk for village in villages if village.name == decision), decision)
    row = decide(read(THREE, created_by=editor, village=None), villages={"thon moi": choice})
    assert (row.plan["counts"]["new"], row.plan["counts"]["errors"]) == (new, errors)
    assert [(one["rows"], one["decision"]) for one in row.plan["villages"]] == [(2, choice)], "and can be changed"
    assert not Village.objects.filter(name="Thôn Mới").exists(), "nothing is created before it is written"
    assert imports.apply(import_id=row.pk, at=at) is True
    hoa = Household.objects.filter(head_name="Lê Thị Hoa").first()
    assert (hoa and hoa.village.name) == {"NEW": "Thôn Mới", "SKIP": None}.get(decision, decision)


def test_village_of_somebody_else_is_no_choice(read, decide, head, villages):
    content = workbook([["Lê Thị Hoa", "Thôn Mới"]], header=["Họ và tên chủ hộ", "Thôn"])
    row = decide(read(content, created_by=head, village=None), villages={"thon moi": villages[1].pk})
    assert row.plan["counts"]["new"] == 0


# --- cells --------------------------------------------------------------------------------------------


def test_corrected_cell_is_read_in_place_of_the_files_own(read, decide):
    row = read(workbook([[1, "Lê Thị Hoa", "19b2", 3, "9823", "", ""]]))
    assert [(one["row"], one["column"]) for one in row.plan["problems"]] == [(2, "C"), (2, "E")]
    row = decide(row, cells={"Sheet1": {"2": {"C": "1962", "E": "0510100001"}}})
    assert (row.plan["problems"], row.plan["new"][0]["birth_year"]) == ([], 1962)
    assert row.plan["new"][0]["phones"][0][0] == "+84510100001"


def test_decision_while_the_file_is_read_is_not_lost(upload, at, monkeypatch, head):
    row = upload(workbook([[1, "Lê Thị Hoa", 1960, 3, "", "", ""]]))
    make, said = imports.plan.make, []

    def decide_meanwhile(*args, **kwargs):
        if not said:
            said.append(imports.decide(import_id=row.pk, choices={"cells": {"Sheet1": {"2": {"C": "1970"}}}}, at=at))
        return make(*args, **kwargs)

    monkeypatch.setattr(imports.plan, "make", decide_meanwhile)
    imports.read(import_id=row.pk, at=at)
    row.refresh_from_db()
    assert (row.status, row.plan["new"][0]["birth_year"]) == (Status.READY, 1970)


def test_who_decides_without_end_is_left_to_the_sweep(upload, at, monkeypatch):
    row = upload(workbook([[1, "Lê Thị Hoa", 1960, 3, "", "", ""]]))
    make, years = imports.plan.make, iter(range(1970, 2000))

    def decide_meanwhile(*args, **kwargs):
        corrected = {"cells": {"Sheet1": {"2": {"C": str(next(years))}}}}
        assert imports.decide(import_id=row.pk, choices=corrected, at=at) is True
        return make(*args, **kwargs)

    monkeypatch.setattr(imports.plan, "make", decide_meanwhile)
    assert imports.read(import_id=row.pk, at=at) is False
    row.refresh_from_db()
    assert (row.status, row.plan, next(years)) == (Status.READING, {}, 1973)
    HouseholdImport.objects.update(created_at=at)
    assert imports.waiting_for_reader(at + timedelta(seconds=61)) == [row.pk]


def test_nothing_is_decided_once_it_is_written(apply, list_a, at):
    row = apply(list_a)
    assert imports.decide(import_id=row.pk, choices={"fields": {}}, at=at) is False
    assert imports.mark_moved_away(import_id=row.pk, household_ids=[]) is False


# --- what looks wrong ---------------------------------------------------------------------------------


def shifted(values: list) -> list:
    return values[1:] + values[:1]


@pytest.mark.parametrize("what", ["names", "phones", "years"])
def test_shifted_column_stops_the_list(apply, read, decide, at, what):
    apply(workbook(village_list()))
    column = {"names": 1, "years": 2, "phones": 4}[what]
    values = shifted([row[column] for row in village_list()])
    row = read(workbook(village_list(**{what: values})))
    alarm = row.plan["alarm"]
    assert (alarm["kind"], alarm["changed"] > 6, len(alarm["examples"])) == ("SHIFTED", True, 3)
    assert row.plan["needs"] == ["ALARM"]
    assert imports.apply(import_id=row.pk, at=at) is False
    assert decide(row, accepted=True).plan["needs"] == []


def test_shifted_names_of_households_with_codes_say_how_many_of_how_many(apply, read):
    header = ["Mã hộ", *HEADER]
    rows = [[f"H{row[0]:02}", *row] for row in village_list()]
    apply(workbook(rows, header=header))
    names = shifted([row[2] for row in rows])
    row = read(workbook([[*one[:2], name, *one[3:]] for one, name in zip(rows, names, strict=True)], header=header))
    alarm = row.plan["alarm"]
    assert (alarm["field"], alarm["changed"], alarm["of"]) == ("head_name", 12, 12)
    assert alarm["examples"][0] == {
        "row": 2, "sheet": "Sheet1", "code": "H01", "old": "Lê Văn Ang", "new": "Nguyễn Văn Bng",
    }  # fmt: skip


def test_list_of_another_village_stops(apply, read):
    apply(workbook(village_list()))
    strangers = village_list(
        names=[f"Quách Thị {chr(65 + n)}a" for n in range(12)],
        phones=[510_900_000 + n for n in range(12)],
    )
    assert read(workbook(strangers)).plan["alarm"]["kind"] == "ALL_NEW"


def test_ordinary_month_raises_no_alarm(apply, read):
    apply(workbook(village_list(20)))
    rows = village_list(20)
    for row in rows[:4]:
        row[4] += 500
    rows[5][1] = "Hà Thị Mai"
    assert read(workbook([*rows, [21, "Lò Thị Ỏm", 1961, 5, 510_777_777, "", ""]])).plan["alarm"] is None


def test_accepted_once_is_asked_again_after_another_decision(apply, read, decide):
    apply(workbook(village_list()))
    row = read(workbook(village_list(phones=shifted([row[4] for row in village_list()]))))
    assert decide(row, accepted=True).plan["needs"] == []
    assert decide(row, cells={"Sheet1": {"2": {"D": "5"}}}).plan["needs"] == ["ALARM"]


# --- the workbook of what could not be read -----------------------------------------------------------


def test_error_workbook_holds_the_rows_and_what_to_do_and_can_be_uploaded_again(read, at):
    rows = [
        [1, "Lê Thị Hoa", 1960, 3, "", "", ""],
        [2, "", 1961, 2, "0510100002", "", ""],
        [3, "Vi Văn Tâm", 1962, 2, "98234", "", ""],
    ]
    content = errorbook.make(read(workbook(rows)))
    page = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()
    assert page[0] == [*HEADER, "Dòng trong tệp", "Cần sửa"]
    assert [line[7] for line in page[1:]] == [3, 4]
    assert page[2][1:5] == ["Vi Văn Tâm", 1962, 2, "98234"]
    assert page[2][8].startswith("E: Số điện thoại thiếu số.")
    again = read(content, filename="can sua.xlsx")
    assert [(one["head_name"], one["birth_year"]) for one in again.plan["new"]] == [("Vi Văn Tâm", 1962)]


def test_error_workbook_of_a_list_without_errors_says_so(read):
    content = errorbook.make(read(workbook([[1, "Lê Thị Hoa", 1960, 3, "", "", ""]])))
    assert python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(content)).sheet_names == ["Không có lỗi"]


# --- households that moved ----------------------------------------------------------------------------


def test_household_with_its_code_in_another_village_has_moved(read, at, editor, villages, make_household):
    own = make_household(villages[0], code="ĐP-007", head_name="Lê Thị Hoa")
    content = workbook([["ĐP-007", "Lê Thị Hoa", "Thôn Hòa Bình"]], header=["Mã hộ", "Họ và tên chủ hộ", "Thôn"])
    row = read(content, created_by=editor, village=None)
    assert row.plan["changed"][0]["fields"] == [{"field": "village_id", "old": "Thôn Đông Phú", "new": "Thôn Hòa Bình"}]
    assert imports.apply(import_id=row.pk, at=at + timedelta(minutes=1)) is True
    own.refresh_from_db()
    assert (own.village, own.code) == (villages[1], "ĐP-007")


def test_code_of_somebody_else_in_another_village_is_no_identity(read, at, editor, villages, make_household):
    make_household(villages[0], code="ĐP-007", head_name="Lê Thị Hoa")
    content = workbook([["ĐP-007", "Vi Văn Tâm", "Thôn Hòa Bình"]], header=["Mã hộ", "Họ và tên chủ hộ", "Thôn"])
    row = read(content, created_by=editor, village=None)
    assert (row.plan["counts"]["new"], [one["kind"] for one in row.plan["problems"]]) == (1, ["CODE_TAKEN"])


def test_title_of_another_village_stops_the_list(read, decide, head, at):
    rows = [["DANH SÁCH HỘ THÔN HÒA BÌNH"], [], HEADER, *village_list(4)]
    row = read(workbook(rows, header=None))
    alarm = row.plan["alarm"]
    assert (alarm["kind"], alarm["field"], alarm["changed"]) == ("OTHER_TITLE", "Thôn Hòa Bình", 4)
    assert row.plan["needs"] == ["ALARM"]
    assert imports.apply(import_id=row.pk, at=at) is False
    assert decide(row, accepted=True).plan["needs"] == []
    own = [["DANH SÁCH HỘ THÔN ĐÔNG PHÚ"], [], HEADER, *village_list(4)]
    assert read(workbook(own, header=None)).plan["alarm"] is None


def test_page_of_a_list_with_another_villages_title_says_both_villages(read, client_for, head):
    row = read(workbook([["DANH SÁCH HỘ THÔN HÒA BÌNH"], [], HEADER, *village_list(4)], header=None))
    page = client_for(head).get(reverse("import_detail", args=[row.pk])).content.decode()
    assert "Tiêu đề của tệp ghi “Thôn Hòa Bình”" in page
    assert "Tệp được tải lên cho Thôn Đông Phú, và 4 hộ trong tệp sẽ vào đó." in page


def test_row_without_a_name_can_be_corrected_in_the_error_workbook(read):
    rows = [[1, "Lê Thị Hoa", 1960, 3, "", "", ""], [2, "", 1961, 2, "0510100002", "", "hộ mới"]]
    content = errorbook.make(read(workbook(rows)))
    page = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()
    assert page[1][:8] == [2, "", 1961, 2, "0510100002", "", "hộ mới", 3]
