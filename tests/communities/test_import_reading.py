"""What a file says row by row, and which of several ways to read it: on the page, and at the command line."""

import io
import json

import pytest
import xlsxwriter
from django.core.management import CommandError, call_command

from communities import imports
from communities.models import Household, ListLayout
from tests import markup
from tests.communities.conftest import workbook

NAMES = (
    "Lê Văn An", "Vi Thị Bình", "Hà Văn Cường", "Lò Thị Dung", "Cao Văn Em",
    "Đỗ Thị Giang", "Bùi Văn Hải", "Vũ Thị Khanh", "Phạm Văn Long", "Trịnh Thị Mơ",
)  # fmt: skip
CODED = ["STT", "Họ và tên", "Mã hộ", "Số điện thoại"]


def coded(number: int = 10) -> list[list]:
    """Numbered rows of which four have a household's code: each a household, or four with their members below."""
    return [
        [n + 1, name, f"H{n:02}" if n in (0, 3, 5, 8) else "", f"05101003{n * 7 % 10}{n * 3 % 10}"]
        for n, name in enumerate(NAMES[:number])
    ]


TWO_WAYS = workbook(coded(), header=CODED)
ROW, MEMBERS = "Mỗi dòng là một hộ: 10 hộ", "Nhiều dòng chung một hộ: 4 hộ, 10 người"
BESIDE = [["STT", "Người A", "Người B", "Liên A", "Liên B"]] + [
    [n + 1, name, NAMES[-1 - n], f"05101003{n * 7 % 10}{n * 3 % 10}", f"05101004{n * 3 % 10}{n * 7 % 10}"]
    for n, name in enumerate(NAMES)
]


def a_book() -> bytes:
    """A list of eight households below a title, with a row that names nobody, and a sheet of purchases beside it."""
    listed = [[n + 1, name, 1950 + n, f"05101003{n * 7 % 10}{n * 3 % 10}"] for n, name in enumerate(NAMES[:8])]
    rows = [
        ["DANH SÁCH HỘ THÔN ĐÔNG PHÚ"], [], ["STT", "Họ và tên chủ hộ", "Năm sinh", "Số điện thoại"],
        ["Xóm Đình"], *listed[:4], ["Xóm Chùa"], *listed[4:], [9, "", 1970, "0510100399"],
        ["Cộng", "", "", 9], [], ["", "", "", "Ngày 05 tháng 12 năm 2026"], ["", "", "", "TRƯỞNG THÔN"],
    ]  # fmt: skip
    bought = [["Nội dung", "Số lượng", "Đơn giá"], *[[f"Ghế nhựa loại {n}", n, 85_000] for n in range(1, 7)]]
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer) as book:
        for name, sheet_rows in (("Hộ", rows), ("Mua sắm", bought)):
            sheet = book.add_worksheet(name)
            for number, row in enumerate(sheet_rows):
                sheet.write_row(number, 0, row)
    return buffer.getvalue()


FIGURES = {
    "8 dòng hộ": 8,
    "2 dòng nhóm thôn": 2,
    "1 dòng cộng": 1,
    "2 dòng tiêu đề": 2,
    "2 dòng ký tên": 2,
    "1 dòng cần sửa": 1,
    "7 dòng không đọc": 7,
}
SUM = f"Tệp có 23 dòng: {', '.join(FIGURES)}."


def _readings(page: str) -> list[str]:
    return markup.read(page).texts(".reading b")


# --- questions ----------------------------------------------------------------------------------------


def test_a_file_with_two_readings_shows_both_and_nothing_is_written(talk, editor, read, at):
    it = talk(editor, read(TWO_WAYS))
    page = it.page()
    assert it.row.plan["needs"] == ["QUESTION"]
    assert _readings(page) == [ROW, MEMBERS]
    assert markup.read(page).texts(".sample") == [
        "Dòng 3 Vi Thị Bình",
        "Dòng 4 Hà Văn Cường",
        "Dòng 6 Cao Văn Em",
        "Dòng 2 Lê Văn An, 3 người",
        "Dòng 5 Lò Thị Dung, 2 người",
        "Dòng 7 Đỗ Thị Giang, 3 người",
    ]
    assert markup.read(page).texts(".tiles, #columns, .foot") == [], "nothing else before it is answered"
    assert imports.start(import_id=it.row.pk, at=at) is False
    it.send("ghi")
    assert (it.row.status, Household.objects.count()) == ("READY", 0)


@pytest.mark.parametrize(("answer", "words", "new"), [("row", ROW, 10), ("members", MEMBERS, 4)])
def test_one_tap_reads_the_file_the_way_it_says(talk, head, read, answer, words, new):
    it = talk(head, read(TWO_WAYS))
    page = it.send(answer=f"SHAPE:{answer}")
    assert (it.row.choices["answers"], it.row.plan["needs"]) == ({"SHAPE": answer}, [])
    assert f"Đã chọn: {words[0].lower()}{words[1:].partition(':')[0]}." in page
    assert (_readings(page), it.row.plan["counts"]["new"]) == ([], new)
    it.send("ghi")
    assert Household.objects.count() == new


def test_an_answer_is_remembered_taken_back_and_forgotten(talk, head, read):
    first = talk(head, read(TWO_WAYS))
    first.send(answer="SHAPE:members")
    again = talk(head, read(workbook(coded(9), header=CODED)))
    assert (again.row.plan["needs"], again.row.plan["counts"]["new"]) == ([], 4)
    assert "Như lần trước đã chọn: nhiều dòng chung một hộ." in again.page()
    page = again.send(ask="SHAPE")
    assert _readings(page) == ["Mỗi dòng là một hộ: 9 hộ", "Nhiều dòng chung một hộ: 4 hộ, 9 người"]
    assert "lần trước" not in page
    again.send(answer="SHAPE:row")
    village = first.row.village_id
    assert list(ListLayout.objects.values_list("village", "answers")) == [(village, {"SHAPE": "row"})]
    third = talk(head, read(TWO_WAYS, filename="lan ba.xlsx"))
    assert third.row.plan["answers"] == {"SHAPE": "row"}
    page = third.send(forget_layout="1")
    assert (_readings(page), ListLayout.objects.count()) == ([ROW, MEMBERS], 0)


def test_an_answer_of_the_ward_stands_beside_its_columns_and_a_heads_own_comes_first(talk, editor, head, read):
    content = workbook([[*row, "buổi tối"] for row in coded()], header=[*CODED, "Gọi lúc nào"])
    it = talk(editor, read(content))
    it.send(answer="SHAPE:row")
    it.send(column=["goi luc nao"], field=["note"])
    layout = ListLayout.objects.get()
    assert (layout.village_id, layout.answers, layout.fields) == (None, {"SHAPE": "row"}, {"goi luc nao": "note"})
    own = talk(head, read(content))
    assert own.row.plan["answers"] == {"SHAPE": "row"}
    own.send(ask="SHAPE")
    own.send(answer="SHAPE:members")
    layout = ListLayout.objects.get(village=own.row.village)
    assert (layout.answers, layout.fields) == ({"SHAPE": "members"}, {"goi luc nao": "note"})
    assert ListLayout.objects.get(village=None).answers == {"SHAPE": "row"}


def test_columns_are_asked_by_their_headers_and_phones_are_masked_for_officials(talk, editor, head, read):
    content = workbook(BESIDE[1:], header=BESIDE[0])
    it = talk(editor, read(content))
    page = it.page()
    assert _readings(page) == [f"Cột “{name}”: 10 hộ" for name in ("Người A", "Người B", "Liên A", "Liên B")]
    assert "Lê Văn An: 0510 *** 300" in page
    assert "0510100300" not in page
    assert "Lê Văn An: 0510100300" in talk(head, it.row).page()
    page = it.send(answer="HEADS:nguoi b")
    assert _readings(page) == ["Cột “Liên A”: 10 hộ", "Cột “Liên B”: 10 hộ"]
    page = it.send(answer="PHONES:lien a")
    assert markup.read(page).texts(".answers li > span") == ["Đã chọn: cột “Người B”.", "Đã chọn: cột “Liên A”."]
    first = it.row.plan["new"][0]
    assert (first["head_name"], first["phones"][0][0]) == ("Trịnh Thị Mơ", "+84510100300")


def test_another_number_of_tables_is_the_same_layout(talk, head, read):
    rows = [[*row[:2], row[3], row[2], row[4]] for row in BESIDE[1:]]
    content = workbook(rows, header=["STT", "Họ tên", "SĐT", "Họ tên", "SĐT"])
    it = talk(head, read(content))
    assert _readings(it.page()) == ["Một danh sách: 10 hộ", "Nhiều danh sách: 20 hộ"]
    it.send(answer="TABLES:several")
    assert it.row.plan["counts"]["new"] == 20
    it.send(ask="TABLES")
    it.send(answer="TABLES:one")
    assert [layout.answers for layout in ListLayout.objects.all()] == [{"TABLES": "one"}]


@pytest.mark.parametrize("said", [{"answer": "SHAPE:person"}, {"answer": "HEADS:x"}, {"answer": ""}, {"ask": "SHAPE"}])
def test_only_what_is_asked_can_be_answered(talk, head, read, said):
    it = talk(head, read(TWO_WAYS))
    assert "Chưa có chỗ nào được sửa." in it.send(**said)
    assert it.row.choices == {}


def test_questions_speak_english(talk, head, read):
    it = talk(head, read(TWO_WAYS))
    it.client.cookies["language"] = "en"
    page = it.page()
    assert "Is each row a household, or do several rows make one household?" in page
    readings = ["Each row is a household: 10 households", "Several rows make one household: 4 households, 10 people"]
    assert _readings(page) == readings


# --- what became of each row --------------------------------------------------------------------------


def test_the_sum_of_rows_adds_up_and_each_figure_opens_its_rows(talk, head, read):
    it = talk(head, read(a_book()))
    page = markup.read(it.page())
    assert page.texts(".row-sum") == [SUM]
    assert page.texts("#ledger .note b") == ["7 dòng không được đọc, vì nằm ngoài danh sách hộ."]
    assert page.texts(".unread li")[1] == "Dòng 2 Mua sắm Ghế nhựa loại 1 · 1 · 85000"
    assert page.texts("#ledger .note p") == ["Trang tính “Mua sắm” không phải danh sách hộ nên không đọc (7 dòng)."]
    opened = {}
    for link in page.all(".row-sum a"):
        section = markup.read(it.page(link["href"].partition("#")[0]))
        opened[section.texts("#ledger h3")[0]] = section.texts(".entries li")
    assert {figure: len(rows) for figure, rows in opened.items()} == FIGURES
    assert opened["2 dòng nhóm thôn"] == ["Dòng 4 Hộ Xóm Đình", "Dòng 9 Hộ Xóm Chùa"]


def test_members_say_whose_they_are(talk, head, read):
    it = talk(head, read(TWO_WAYS))
    it.send(answer="SHAPE:members")
    rows = markup.read(it.page("?xem=ledger&loai=MEMBER")).texts(".entries li")
    assert rows[:3] == [
        f"Dòng {n} {name} hộ ở dòng {of}" for n, name, of in ((3, NAMES[1], 2), (4, NAMES[2], 2), (6, NAMES[4], 5))
    ]


def test_rows_beyond_those_kept_are_counted(talk, head, read, monkeypatch):
    monkeypatch.setattr("communities.lists.readings.SHOWN", 6)
    it = talk(head, read(a_book()))
    assert it.row.plan["ledger"]["fates"]["HOUSEHOLD"] == 8
    page = it.page("?xem=ledger&loai=HOUSEHOLD")
    assert "Còn 2 dòng nữa, không hiện hết ở đây; trong tổng vẫn tính đủ." in page


# --- the command line ---------------------------------------------------------------------------------


@pytest.fixture
def run(tmp_path, villages):
    """`run(content, *options)`: what the command prints about a file."""

    def call(content: bytes, *options: str) -> str:
        path, out = tmp_path / "list.xlsx", io.StringIO()
        path.write_bytes(content)
        call_command("import_households", str(path), *options, ward="99001", village="Thôn Đông Phú", stdout=out)
        return out.getvalue()

    return call


@pytest.mark.parametrize("commit", [(), ("--commit",)])
def test_the_command_refuses_an_open_question_and_names_its_option(run, commit):
    with pytest.raises(CommandError) as refusal:
        run(TWO_WAYS, *commit)
    assert refusal.value.returncode == 2
    assert str(refusal.value) == (
        f"Trang tính “Sheet1” đọc được theo nhiều cách: “{ROW}” hoặc “{MEMBERS}”. "
        "Hãy chọn bằng --shape row hoặc --shape members."
    )
    assert Household.objects.count() == 0
    assert "4 hộ trong tệp" in run(TWO_WAYS, "--shape", "members", *commit)
    assert Household.objects.count() == (4 if commit else 0)


def test_columns_in_question_are_chosen_by_map(run):
    content = workbook(BESIDE[1:], header=BESIDE[0])
    with pytest.raises(CommandError, match="--map “Người A=head_name” hoặc --map “Người B=head_name”"):
        run(content)
    with pytest.raises(CommandError, match="--map “Liên A=phone” hoặc --map “Liên B=phone”"):
        run(content, "--map", "Người B=head_name")
    told = json.loads(run(content, "--map", "Người B=head_name", "--map", "Liên B=phone", "--json"))
    first = told["households"][0]
    assert (first["head_name"], first["phones"]) == ("Trịnh Thị Mơ", ["+84510100400"])


@pytest.mark.parametrize("commit", [(), ("--commit",)])
def test_a_file_whose_names_nobody_knows_is_refused_in_a_dry_run_as_well(run, commit):
    rows = [[n, name, f"a{n}b"] for n, name in enumerate(["Tèo", "Tí", "Tủn", "Mơ", "Na", "Cu", "Bi", "Bống"])]
    with pytest.raises(CommandError, match="Chưa biết cột nào là họ tên chủ hộ") as refusal:
        run(workbook(rows, header=["Cột một", "Cột hai", "Cột ba"]), *commit)
    assert refusal.value.returncode == 2


def test_the_command_prints_the_sum_and_every_row_as_json(run):
    assert SUM in run(a_book())
    told = json.loads(run(a_book(), "--json"))["ledger"]
    assert (told["rows"], sum(told["fates"].values()), len(told["entries"])) == (23, 23, 23)
    assert told["entries"][3] == {"sheet": "Hộ", "row": 5, "fate": "HOUSEHOLD", "text": "Lê Văn An", "of": 0}


# --- files that are no list ---------------------------------------------------------------------------

NO_LISTS = {
    "thành viên nhóm Zalo": [
        ["STT", "Tên Zalo", "UID", "Vai trò"],
        *[[n + 1, name, f"82347{n}9912{n}", "Thành viên"] for n, name in enumerate(NAMES)],
    ],
    "danh sách cán bộ": [
        ["STT", "Họ và tên", "Chức vụ"],
        *[[n + 1, name, ("Bí thư", "Trưởng thôn", "Chi hội trưởng phụ nữ")[n % 3]] for n, name in enumerate(NAMES)],
    ],
    "không phải danh sách hộ": [
        ["TT", "Nội dung", "Đơn vị", "Số lượng", "Thành tiền"],
        *[[n + 1, f"Mua vật tư loại {n}", "cái", n, 1_000 * n] for n in range(9)],
    ],
}


@pytest.mark.parametrize("words", NO_LISTS)
def test_a_file_that_is_no_list_is_told_what_it_is(talk, head, read, run, words):
    content = workbook(NO_LISTS[words], header=None)
    it = talk(head, read(content))
    assert it.row.status == "REFUSED"
    assert words in markup.read(it.page()).one(".note-error").text
    with pytest.raises(CommandError, match=words) as refusal:
        run(content)
    assert (refusal.value.returncode, Household.objects.count()) == (2, 0)
