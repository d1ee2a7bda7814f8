"""Every row that holds anything has exactly one fate, whatever a table is; and no named row is lost among them."""

import csv
import io
import os
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook, SheetVisibleEnum

from communities import spreadsheet
from communities.spreadsheet import Unreadable
from communities.spreadsheet.book import FATES, Grid
from tests.communities.opening import in_this_process

FILES = Path(__file__).parent.parent / "files"
#: The same tables on every run; LEDGER_EXAMPLES=5000 looks at more of them.
tried = settings(max_examples=int(os.environ.get("LEDGER_EXAMPLES", "100")), derandomize=True)

surnames = st.sampled_from(
    ["Lê", "Trần", "Phạm", "Bùi", "Đỗ", "Vi", "Hà", "Đinh", "Khổng", "Lò", "Nguyễn", "Hồ", "Mai"]
)
middles = st.sampled_from(["Văn", "Thị", "Đức", "Thị Mai", "Bá", "Xuân", "Công"])
given_names = st.sampled_from(
    ["An", "Bình", "Cúc", "Dậu", "Khoai", "Năm", "Sáu", "Tổ", "Ngõ", "Đội", "Trưởng", "Nam", "Nữ"]
)
people = st.builds(
    "{} {} {}".format, st.one_of(surnames, surnames, surnames, st.sampled_from(["Tổng", "Cộng"])), middles, given_names
)
words = st.sampled_from([
    "STT", "Họ và tên chủ hộ", "Họ và tên", "Chủ hộ", "Quan hệ", "SĐT", "Số khẩu", "Ghi chú", "Mã hộ", "Thôn",
    "Năm sinh", "Tổng cộng", "Cộng", "Cộng thôn 1", "Mang sang", "Trong đó", "THÔN ĐÔNG PHÚ", "Xóm Đình", "I",
    "A", "(1)", "Hộ số 2", "Người lập", "Trưởng thôn", "Ngày 5 tháng 3 năm 2026", "DANH SÁCH HỘ", "nt", '"', "x",
    "Con", "Vợ", "CH", "Có", "K01", "0510301001", "0510301002, 0510301003", "1962", "4", "12/3/1970", "-", "...",
    "Lưu ý: gọi buổi tối",
])  # fmt: skip
cells = st.one_of(st.just(""), st.just(""), words, people, st.integers(0, 3000), st.text(max_size=6).map(str.strip))
tables = st.lists(st.lists(cells, min_size=0, max_size=6), min_size=0, max_size=14)


def fates(*rows: list[object]) -> dict[int, spreadsheet.Entry] | None:
    """What becomes of the rows, by the number Excel shows; None where there is no list."""
    grid = Grid("Sheet1", rows=[list(row) for row in rows])
    try:
        book = spreadsheet.understand([grid])
    except Unreadable:
        return None
    if not any(sheet.rows for sheet in book.sheets):
        return None
    found = {entry.number: entry for entry in book.ledger}
    assert len(found) == len(book.ledger)
    assert {entry.fate for entry in book.ledger} <= set(FATES)
    return found


@tried
@given(tables)
def test_fates_sum_to_the_rows_of_any_table(rows):
    told = fates(*rows)
    assert told is None or list(told) == [
        number for number, row in enumerate(rows, start=1) if any(cell != "" for cell in row)
    ]


@st.composite
def lists(draw):
    """A header that says where numbers and heads are, with rows; and which of them are numbered and named."""
    others = draw(st.lists(words.filter(lambda word: word[0] not in "(0123456789"), max_size=3, unique=True))
    others = [word for word in others if word not in {"Chủ hộ", "Họ và tên", "Họ và tên chủ hộ"}]  # nobody else is
    name = draw(st.sampled_from(["Họ và tên chủ hộ", "Chủ hộ", "Tên chủ hộ", "Họ tên chủ hộ"]))
    header = ["STT", name, *(word for word in others if word not in {"STT", name})]
    rows, named, number = [header], [], 0
    for is_named in draw(st.lists(st.booleans(), min_size=2, max_size=12)):
        rest = draw(st.lists(cells, min_size=len(header) - 2, max_size=len(header) - 2))
        if is_named:
            number += 1
            rows.append([number, draw(people), *rest])
            named.append(len(rows))
        else:
            rows.append(["", draw(cells), *rest])
    return rows, named


@tried
@given(lists())
@example(([["STT", "Chủ hộ", "Quan hệ"], [1, "Lê Văn An", "Con"], [2, "Vi Thị Ba", "Vợ"]], [2, 3]))
@example(([["STT", "Chủ hộ", "Mã hộ"], [1, "Lê Văn An", "A1"], [2, "Vi Thị Ba", "A1"], [3, "Đỗ Tư", ""]], [2, 3, 4]))
@example(([["STT", "Chủ hộ"], [1, "Cộng Thị Năm"], [2, "Tổng Văn An"]], [2, 3]))
def test_a_numbered_row_with_a_name_is_never_lost(made):
    rows, named = made
    told = fates(*rows)
    for number in named if told is not None else ():
        entry = told[number]
        assert entry.fate in {"HOUSEHOLD", "MEMBER", "REPEATED", "PROBLEM"}, (number, entry)
        if entry.fate == "MEMBER":
            assert entry.of != number
            assert rows[entry.of - 1][1] != rows[number - 1][1], "its own name's member"


@pytest.mark.parametrize("folder", ["households", "list_faults"])
def test_fates_sum_to_the_rows_of_every_file(folder, monkeypatch):
    in_this_process(monkeypatch)
    told = []
    for path in sorted((FILES / folder).iterdir()):
        if path.suffix == ".json":
            continue
        try:
            book = spreadsheet.read(path.read_bytes(), path.name)
        except Unreadable:
            continue
        places = [(entry.sheet, entry.number) for entry in book.ledger]
        if len(places) != len(set(places)):
            told.append(f"{path.name}: a row has two fates")
        filled = filled_rows(path)
        if filled is not None and sorted(places) != filled:
            told.append(f"{path.name}: {sorted(set(places) ^ set(filled))}")
    assert "\n".join(told) == ""


def filled_rows(path: Path) -> list[tuple[str, int]] | None:
    """The sheet and number of every row that holds anything, by readers that are not ours; None where they cannot."""
    if path.suffix == ".csv":
        text = decoded(path.read_bytes())
        if text.startswith("sep="):  # for Excel, which does not show it
            text = text.partition("\n")[2]
        sheets = {"": list(csv.reader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=text.count)))}
    else:
        try:
            book = CalamineWorkbook.from_path(str(path))
        except Exception:  # not of this format, whatever its name
            return None
        shown = [one.name for one in book.sheets_metadata if one.visible == SheetVisibleEnum.Visible]
        sheets = {name: book.get_sheet_by_name(name).to_python(skip_empty_area=False) for name in shown}
    return sorted(
        (name, number)
        for name, rows in sheets.items()
        for number, row in enumerate(rows, start=1)
        if any(str(cell).strip() for cell in row)
    )


def decoded(content: bytes) -> str:
    """The text of a file, as far as its lines go."""
    if b"\0" in content:
        return content.decode("utf-16-be" if content.index(b"\0") == 0 or content[:2] == b"\xfe\xff" else "utf-16-le")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("latin-1")
