"""A list is talked about until it is right: columns, letters, villages, cells, the alarm, and the way back."""

import io
from datetime import timedelta

import pytest
from django.utils import timezone
from python_calamine import CalamineWorkbook

from communities import imports
from communities.lists import errorbook
from communities.models import Household, HouseholdImport, ListLayout, Village
from tests import markup
from tests.communities.conftest import FILES, workbook
from tests.communities.forms import form_of

Status = HouseholdImport.Status
ODD = ["STT", "Họ và tên chủ hộ", "Năm sinh", "Gọi ai khi cần", "Số CCCD", "Dân tộc"]
ODD_ROWS = [
    [1, "Lê Thị Vân", 1948, "con gái 0510 100 001", "038048000001", "Kinh"],
    [2, "Vi Văn Tâm", 1950, "", "038050000002", "Thái"],
    [3, "Hà Văn Quý", 1962, "chưa hỏi", "038062000003", "Kinh"],
]
SOUND = [[n, f"Lê Văn Số {n}", 1950 + n, 3, f"05101002{n:02}", "", ""] for n in range(12)]


def _with(values: list[str], changes: dict[str, str]) -> list[str]:
    return [changes.get(value, value) for value in values]


# --- columns ------------------------------------------------------------------------------------------


def test_a_chosen_column_is_read_remembered_told_and_forgotten(talk, head, read, upload, at):
    it = talk(head, read(workbook(ODD_ROWS, header=ODD)))
    page = it.page("?mo=cot")
    assert "2 cột đã hiểu, 2 cột không dùng; không lưu: Số CCCD, Dân tộc" in page
    assert "038048000001" not in page
    form = form_of(page)
    assert len(form["column"]) == 4, "the ID number and the ethnicity have no select"
    page = it.send(field=_with(["", "head_name", "birth", "phone"], {}), at="columns")
    assert '<details class="card columns" id="columns" open>' in page
    assert it.row.plan["new"][0]["phones"] == [["+84510100001", "con gái", ""]]
    again = talk(head, read(workbook(ODD_ROWS, header=ODD)))
    assert again.row.plan["new"][0]["phones"] == [["+84510100001", "con gái", ""]]
    today = timezone.localdate().strftime("%d/%m/%Y")
    assert f"Dùng cách hiểu cột đã lưu ngày {today} (Nguyễn Văn Sơn)." in again.page()
    page = again.send(forget_layout="1")
    assert "Dùng cách hiểu cột đã lưu" not in page
    assert again.row.plan["new"][0]["phones"] == []
    assert ListLayout.objects.count() == 0


def test_what_is_never_stored_cannot_be_chosen(talk, head, read):
    it = talk(head, read(workbook(ODD_ROWS, header=ODD)))
    key = next(column["key"] for column in it.row.plan["columns"] if column["header"] == "Số CCCD")
    page = it.send(column=[key], field=["note"])
    assert "Chưa có chỗ nào được sửa." in page
    assert it.row.choices == {}


def test_officials_see_the_phones_of_a_column_masked(talk, head, editor, read):
    row = read(workbook(SOUND))
    assert "0510100207" not in talk(editor, row).page("?mo=cot")
    assert "<span>0510 *** 201</span>" in talk(editor, row).page("?mo=cot")
    assert "<span>0510100201</span>" in talk(head, row).page("?mo=cot")


def test_without_a_name_column_the_choice_of_columns_is_the_page(talk, head, read):
    rows = [[n, name, f"a{n}b"] for n, name in enumerate(["Tèo", "Tí", "Tủn", "Mơ", "Na", "Cu", "Bi", "Bống"])]
    it = talk(head, read(workbook(rows, header=["Cột một", "Cột hai", "Cột ba"])))
    page = it.page()
    assert it.row.plan["needs"] == ["NAME_COLUMN"]
    assert "Cột nào là họ tên chủ hộ?" in page
    assert "tiles" not in page
    page = it.send(field=["", "head_name", ""], at="columns")
    assert "Ghi 8 hộ" in page


# --- letters ------------------------------------------------------------------------------------------


def test_old_letters_are_shown_before_and_after_and_never_converted_silently(talk, head, read):
    it = talk(head, read((FILES / "d_tcvn3_cu.xls").read_bytes(), filename="d_tcvn3_cu.xls"))
    page = it.page()
    assert page.count("<small>Sau khi chuyển</small>") == 5
    assert "Họ và tên chủ hộ" in page
    it.send("ghi")
    assert (it.row.status, Household.objects.count()) == (Status.READY, 0)
    page = it.send(encoding="TCVN3")
    assert "Chữ TCVN3 đã chuyển sang chữ thường dùng." in page
    assert "Ghi 10 hộ" in page
    page = it.send(encoding="ASK")
    assert "Đúng, chuyển sang chữ thường dùng" in page
    page = it.send(encoding="UNICODE")
    assert it.row.choices["encoding"] == "UNICODE"
    assert "Đúng, chuyển sang chữ thường dùng" not in page


# --- villages -----------------------------------------------------------------------------------------


@pytest.fixture
def of_ward(read):
    """`of_ward(user)`: a list of the whole ward, with one village it knows and two it does not."""
    names = ["Thôn Đông Phú"] * 2 + ["Thôn Xóm Mới"] * 3 + ["Thôn Đông Fú"] * 1
    rows = [[n, f"Lê Văn Số {n}", 1950 + n, name] for n, name in enumerate(names)]
    content = workbook(rows, header=["STT", "Họ và tên chủ hộ", "Năm sinh", "Thôn"])
    return lambda user: read(content, created_by=user, village=None)


def test_an_administrator_creates_a_village_and_names_another(talk, admin, of_ward, villages):
    it = talk(admin, of_ward(admin))
    page = it.page()
    assert "2 tên thôn chưa có trong xã" in page
    assert "Tạo thôn “Thôn Xóm Mới”" in page
    form = form_of(page)
    told = dict(zip(form["named"], ["NEW", str(villages[0].pk)], strict=True))
    page = it.send(village=list(told.values()), at="villages")
    assert "Ghi 6 hộ" in page
    assert Village.objects.count() == 3, "nothing is created by deciding"
    page = it.send("ghi", page=page)
    assert "Đã tạo 1 thôn mới." in page
    assert Household.objects.filter(village__name="Thôn Xóm Mới").count() == 3
    assert Household.objects.filter(village=villages[0]).count() == 3


def test_only_an_administrator_creates_a_village(talk, editor, of_ward, villages):
    it = talk(editor, of_ward(editor))
    page = it.page()
    assert "Tạo thôn “" not in page
    assert "Chỉ người quản trị của xã tạo được thôn mới." in page
    it.send(village=["NEW", "NEW"])
    assert it.row.choices.get("villages", {}) == {}
    page = it.send(village=["SKIP", "SKIP"])
    assert set(it.row.choices["villages"].values()) == {"SKIP"}
    assert "Ghi 2 hộ" in page


def test_nobody_puts_households_into_a_village_that_is_not_theirs(talk, editor, of_ward, other_village):
    it = talk(editor, of_ward(editor))
    it.send(village=[str(other_village.pk), "999999"])
    assert it.row.choices.get("villages", {}) == {}


# --- cells --------------------------------------------------------------------------------------------

FAULTY = [*SOUND, [13, "", 1971, 3, "0510100999", "", ""], [14, "Vi Văn Tâm", 1950, 3, "98234", "", ""]]


def test_cells_are_corrected_where_they_stand_and_the_rest_is_left(talk, head, read):
    it = talk(head, read(workbook(FAULTY)))
    page = it.page()
    assert "Để lại, không ghi: 1 dòng" in page
    assert "Ghi 13 hộ" in page
    assert "; 1 dòng bỏ qua" in page
    form = form_of(page)
    assert sorted(zip(form["row"], form["letter"], form["text"], strict=True)) == [
        ("14", "B", ""),
        ("15", "E", "98234"),
    ]
    page = it.send(text=_with(form["text"], {"": "Cao Thị Mận"}), at="problems")
    assert it.row.choices["cells"] == {"Sheet1": {"14": {"B": "Cao Thị Mận"}}}
    assert "Ghi 14 hộ" in page
    assert "Đã sửa 1 ô ở đây" in page
    page = it.send(drop_cells="1")
    assert it.row.choices["cells"] == {}
    assert "Ghi 13 hộ" in page


TWO_NUMBERS = [*SOUND, [13, "Cao Thị Mận", 1971, 3, "0510100999, 98234", "", ""]]


def test_a_cell_of_two_numbers_is_corrected_whole(talk, head, read):
    it = talk(head, read(workbook(TWO_NUMBERS)))
    form = form_of(it.page())
    assert form["text"] == ["0510100999, 98234"]
    it.send(text=["0510100999, 0510100234"])
    assert it.row.plan["problems"] == []
    assert [phone for phone, _owner, _how in it.row.plan["new"][-1]["phones"]] == ["+84510100999", "+84510100234"]


def test_a_number_beside_a_name_does_not_take_the_names_place(talk, head, read):
    it = talk(head, read(workbook([*SOUND, [13, "Cao Thị Mận SĐT: 051010099", 1971, 3, "", "", ""]])))
    assert form_of(it.page())["text"] == ["Cao Thị Mận SĐT: 051010099"]


def test_officials_see_no_number_in_what_is_said_of_a_cell(talk, editor, head, read):
    rows = [*TWO_NUMBERS, [14, "Vi Văn Tâm", 1950, 3, "", "", "ngõ sau, 0510 100 888"]]
    it = talk(editor, read(workbook(rows)))
    page = it.page("?xem=problems")
    assert "text" not in form_of(page), "nor is a cell with one theirs to correct here"
    assert "98234" in page
    assert not any(number in page.replace("\u00a0", "") for number in ("0510100999", "0510100888", "0510 100 888"))
    assert "ngõ sau, 0510 100 888" in talk(head, it.row).page("?xem=problems")
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(errorbook.make(it.row, hides=True))).get_sheet_by_index(0)
    assert not any("0510100" in str(cell) for line in sheet.to_python() for cell in line)


def test_two_people_correct_at_once_and_neither_loses_anything(talk, head, helper, read):
    row = read(workbook(FAULTY))
    one, other = talk(head, row), talk(helper, HouseholdImport.objects.get(pk=row.pk))
    first, second = one.page(), other.page()
    texts = form_of(first)["text"]
    one.send(page=first, text=_with(texts, {"": "Cao Thị Mận"}))
    other.send(page=second, text=_with(texts, {"98234": "0510100234"}))
    assert other.row.choices["cells"] == {"Sheet1": {"14": {"B": "Cao Thị Mận"}, "15": {"E": "0510100234"}}}
    assert other.row.plan["kinds"] == []


def test_only_cells_of_the_file_can_be_corrected(talk, head, read):
    it = talk(head, read(workbook(FAULTY)))
    for sheet, row, letter in (
        ("Sheet9", "14", "B"),
        ("Sheet1", "0", "B"),
        ("Sheet1", "14", "b"),
        ("Sheet1", "x", "B"),
    ):
        it.send(sheet=[sheet], row=[row], letter=[letter], was=[""], text=["Cao Thị Mận"])
    assert it.row.choices == {}


def test_writing_takes_the_corrections_on_the_page_first(talk, head, read):
    it = talk(head, read(workbook(FAULTY)))
    page = it.page()
    answer = it.send("ghi", page=page, text=_with(form_of(page)["text"], {"": "Cao Thị Mận"}))
    assert "Đã nhận các chỗ vừa sửa và đọc lại tệp. Hãy xem lại rồi ghi." in answer
    assert (it.row.status, Household.objects.count()) == (Status.READY, 0)
    it.send("ghi")
    assert Household.objects.count() == 14


def test_many_problems_are_grouped_and_read_page_by_page(talk, head, read):
    rows = [[n, f"Lê Văn Số {n}", 1950, 3, f"0912{n:03}", "", ""] for n in range(120)]
    it = talk(head, read(workbook(rows)))
    page = it.page()
    assert "120 chỗ cần kiểm tra" in page
    assert len(form_of(page)["text"]) == 5
    page = it.page("?xem=problems&loai=PHONE_TOO_SHORT&page=3")
    assert len(form_of(page)["text"]) == 20
    assert form_of(page)["text"][0] == "0912100"


def test_rows_to_correct_come_as_a_workbook(talk, head, read):
    it = talk(head, read(workbook(FAULTY), filename="ds thôn.xlsx"))
    answer = it.client.get(f"{it.address}dong-can-sua/")
    assert (
        "filename*=utf-8''ds%20th%C3%B4n%20-%20d%C3%B2ng%20c%E1%BA%A7n%20s%E1%BB%ADa.xlsx"
        in (answer.headers["Content-Disposition"])
    )
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(answer.content)).get_sheet_by_index(0)
    assert {row[7] for row in sheet.to_python()[1:]} == {14, 15}


def test_a_list_without_problems_has_no_such_workbook(talk, head, read):
    it = talk(head, read(workbook(SOUND)))
    answer = it.client.get(f"{it.address}dong-can-sua/")
    assert (answer.status_code, answer.url) == (302, it.address)


# --- the alarm ----------------------------------------------------------------------------------------


def test_the_alarm_stops_until_its_number_is_typed(talk, head, apply, read):
    header = ["Mã hộ", "Họ và tên chủ hộ", "Năm sinh"]
    rows = [[f"H-{n:02}", f"Lê Văn Số {'ABCDEFGHIKLM'[n]}", 1950 + n] for n in range(12)]
    apply(workbook(rows, header=header))
    turned = [[code, rows[-1 - n][1], year] for n, (code, _name, year) in enumerate(rows)]
    it = talk(head, read(workbook(turned, header=header)))
    page = it.page()
    assert "12 trên 12 họ tên chủ hộ sẽ thay đổi" in page
    assert page.index("Chọn lại cột") < page.index("gõ số 12 để đi tiếp"), "the repair comes first"
    assert "Ghi 12 hộ" not in page
    it.send("ghi")
    assert it.row.status == Status.READY
    page = it.send(accept="11")
    assert "Con số chưa đúng: cần gõ 12." in page
    assert it.row.plan["needs"] == ["ALARM"]
    page = it.send(accept=" 12 ")
    assert "Ghi 12 hộ" in page
    it.send("ghi")
    assert Household.objects.get(code="H-00").head_name == "Lê Văn Số M"


# --- not in the file ----------------------------------------------------------------------------------


def test_households_not_in_the_file_are_marked_and_leave_when_it_is_written(talk, head, apply, read):
    apply(workbook(SOUND))
    it = talk(head, read(workbook(SOUND[:9])))
    page = it.page()
    gone = form_of(page)["shown"]
    assert len(gone) == 3
    page = it.send(gone=gone[:2], at="missing")
    assert it.row.choices["moved_away"] == sorted(int(one) for one in gone[:2])
    assert "Đánh dấu 2 hộ chuyển đi" in page
    assert Household.objects.filter(is_active=True).count() == 12
    page = it.send("ghi")
    assert "Đã đánh dấu 2 hộ chuyển đi." in page
    left = Household.objects.filter(is_active=False)
    assert {(one.pk, one.gone) for one in left} == {(int(one), "MOVED_AWAY") for one in gone[:2]}


def test_marks_of_another_page_stay(talk, head, apply, read):
    apply(workbook([[n, f"Lê Văn Số {n}", 1900 + n, 3, "", "", ""] for n in range(70)]))
    it = talk(head, read(workbook([[0, "Lê Văn Số 0", 1900, 3, "", "", ""]])))
    if it.row.plan["needs"]:
        it.send(accept=str(it.row.plan["alarm"]["changed"]))
    first, second = it.page("?xem=missing"), it.page("?xem=missing&page=2")
    one, other = form_of(first)["shown"][0], form_of(second)["shown"][-1]
    it.send(page=first, gone=[one])
    it.send(page=second, gone=[other])
    assert it.row.choices["moved_away"] == sorted([int(one), int(other)])
    it.send(page=it.page("?xem=missing"), gone=[])
    assert it.row.choices["moved_away"] == [int(other)]


# --- somebody else, and later --------------------------------------------------------------------------


def test_what_nobody_saw_is_not_written(talk, head, helper, read):
    row = read(workbook(FAULTY))
    one, other = talk(head, row), talk(helper, HouseholdImport.objects.get(pk=row.pk))
    seen = one.page()
    other.send(text=_with(form_of(seen)["text"], {"": "Cao Thị Mận"}))
    page = one.send("ghi", page=seen)
    assert "Chưa ghi gì: danh sách này vừa được đọc lại. Hãy xem rồi ghi." in page
    assert (one.row.status, Household.objects.count()) == (Status.READY, 0)


def test_an_open_page_is_told_when_the_list_goes_on_without_it(talk, head, helper, read, at):
    row = read(workbook(SOUND))
    it = talk(head, row)
    seen = form_of(it.page())["seen"][0]
    asked = f"{it.address}?seen={seen}"
    assert it.client.get(asked, headers={"HX-Request": "true"}).status_code == 204
    imports.start(import_id=row.pk, at=at)
    answer = it.client.get(asked, headers={"HX-Request": "true"})
    assert answer.status_code == 286
    assert "Danh sách này đang được ghi ở nơi khác." in answer.content.decode()
    imports.apply(import_id=row.pk, at=at)
    assert "đã được ghi" in it.client.get(asked, headers={"HX-Request": "true"}).content.decode()


def test_corrections_of_a_list_that_was_written_meanwhile_are_refused(talk, head, read, at):
    row = read(workbook(FAULTY))
    it = talk(head, row)
    seen = it.page()
    imports.apply(import_id=row.pk, at=at)
    page = it.send(page=seen, text=_with(form_of(seen)["text"], {"": "Cao Thị Mận"}))
    assert "Chỗ vừa sửa không được nhận: danh sách này vừa được ghi ở nơi khác." in page
    assert Household.objects.count() == 13


def test_undo_says_what_it_will_do_and_what_stayed_and_why(talk, head, apply):
    row = apply(workbook(SOUND[:3]))
    HouseholdImport.objects.filter(pk=row.pk).update(applied_at=timezone.now())
    it = talk(head, row)
    page = it.page()
    until = timezone.localtime(timezone.now() + timedelta(days=30)).strftime("%d/%m/%Y")
    assert any(words.endswith(until) for words in markup.read(page).texts("summary"))
    assert "3 hộ mới sẽ bị xóa." in page
    edited = Household.objects.get(head_name="Lê Văn Số 1")
    _edit(it.client, edited)
    page = it.send("hoan-tac")
    assert it.row.status == Status.UNDONE
    assert "2 hộ mới đã xóa." in page
    assert "1 hộ có chỗ giữ nguyên, vì có người sửa sau khi ghi" in page
    assert "Có người đã sửa hộ này sau khi ghi; giữ chỗ người đó sửa." in page
    assert list(Household.objects.all()) == [edited]
    assert "Hoàn tác 3 hộ" not in page


def _edit(client, household: Household) -> None:
    import pghistory

    with pghistory.context(user=1, url="/"):
        household.note = "Đã hỏi lại"
        household.save()


def test_after_thirty_days_nothing_is_taken_back(talk, head, apply):
    row = apply(workbook(SOUND))
    HouseholdImport.objects.filter(pk=row.pk).update(applied_at=timezone.now() - timedelta(days=31))
    it = talk(head, row)
    assert "Đã quá 30 ngày, không hoàn tác được nữa." in it.page()
    page = it.send("hoan-tac")
    assert "Đã quá 30 ngày nên không hoàn tác được nữa. Hãy sửa từng hộ trong danh sách hộ." in page
    assert Household.objects.count() == 12


def test_a_refused_list_can_be_started_over_without_what_was_chosen(talk, head, read):
    it = talk(head, read(workbook(SOUND)))
    HouseholdImport.objects.update(
        status=Status.REFUSED, choices={"fields": {"x": "phone"}}, plan={"refusal": "NO_HEADER", "details": {}}
    )
    assert "Bỏ các chỗ đã chọn, đọc lại từ đầu" in it.page()
    page = it.send(start_over="1")
    assert it.row.status == Status.READY
    assert "Ghi 12 hộ" in page


def test_after_the_file_is_thrown_away_the_numbers_stay(talk, head, apply):
    row = apply(workbook(FAULTY))
    long_ago = timezone.now() - timedelta(days=31)
    HouseholdImport.objects.filter(pk=row.pk).update(applied_at=long_ago)
    assert imports.forget_files(timezone.now()) == 1
    it = talk(head, HouseholdImport.objects.get(pk=row.pk))
    page = it.page()
    assert "Đã ghi 13 hộ." in page
    assert "đã được xóa sau 30 ngày" in page
    assert "Vi Văn Tâm" not in page
    assert it.client.get(f"{it.address}dong-can-sua/").status_code == 302
