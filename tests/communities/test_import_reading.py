"""What a file says row by row, and which of several ways to read it: on the page, and at the command line."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from communities import imports, spreadsheet
from communities.lists import plan
from communities.models import Household, ListLayout
from communities.spreadsheet.book import Entry, Option, Question
from tests import markup
from tests.communities.conftest import HEADER, workbook

ROWS = [[n + 1, f"Lê Văn {'ABCDEFGH'[n]}n", 1950 + n, 3, f"05101003{n:02}", "", ""] for n in range(4)]
ROW, MEMBERS = "Mỗi dòng là một hộ: 4 hộ", "Nhiều dòng chung một hộ: 1 hộ, 4 người"
LEDGER = [
    Entry("Sheet1", 1, "HEADING", "STT · Họ và tên chủ hộ"),
    *(Entry("Sheet1", 2 + n, "HOUSEHOLD", ROWS[n][1]) for n in range(2)),
    Entry("Sheet1", 4, "MEMBER", ROWS[2][1], of=3),
    Entry("Sheet1", 5, "PROBLEM", ROWS[3][1]),
    *(Entry("Sheet1", 7 + n, "UNREAD", f"Tổ {n}") for n in range(7)),
]


@pytest.fixture
def two_ways(monkeypatch) -> None:
    """Every file may be read in two ways until somebody answers."""
    understand = spreadsheet.understand

    def ask(grids, reading):
        book = understand(grids, reading)
        if not reading.answers.get("SHAPE"):
            row = Option("row", 4, samples=((2, "Lê Văn An", 1), (3, "Lê Văn Bn 0510100301", 1)))
            book.questions = [Question("SHAPE", "Sheet1", (row, Option("members", 1, 3, ((2, "Lê Văn An", 4),))))]
        return book

    monkeypatch.setattr(spreadsheet, "understand", ask)


@pytest.fixture
def ledger(monkeypatch) -> None:
    """Every file has the rows of LEDGER."""
    make = plan.make

    def with_ledger(*args, **options):
        made = make(*args, **options)
        made.ledger = LEDGER
        return made

    monkeypatch.setattr(plan, "make", with_ledger)


def _readings(page: str) -> list[str]:
    return markup.read(page).texts(".reading b")


# --- questions ----------------------------------------------------------------------------------------


@pytest.mark.usefixtures("two_ways")
def test_a_file_with_two_readings_shows_both_and_nothing_is_written(talk, editor, read, at):
    it = talk(editor, read(workbook(ROWS)))
    page = it.page()
    assert it.row.plan["needs"] == ["QUESTION"]
    assert _readings(page) == [ROW, MEMBERS]
    assert markup.read(page).texts(".sample") == [
        "Dòng 2 Lê Văn An",
        "Dòng 3 Lê Văn Bn 0510 *** 301",
        "Dòng 2 Lê Văn An, 4 người",
    ]
    assert markup.read(page).texts(".tiles, #columns, .foot") == [], "nothing else before it is answered"
    assert imports.start(import_id=it.row.pk, at=at) is False
    it.send("ghi")
    assert (it.row.status, Household.objects.count()) == ("READY", 0)


@pytest.mark.usefixtures("two_ways")
def test_an_answer_is_told_remembered_and_taken_back(talk, head, read, at):
    it = talk(head, read(workbook(ROWS)))
    page = it.send(answer="SHAPE:members")
    assert (it.row.choices["answers"], it.row.plan["needs"]) == ({"SHAPE": "members"}, [])
    assert "Đã chọn: nhiều dòng chung một hộ." in page
    assert _readings(page) == []
    again = talk(head, read(workbook(ROWS[:3])))
    assert again.row.plan["needs"] == []
    assert "Như lần trước đã chọn: nhiều dòng chung một hộ." in again.page()
    page = again.send(ask="SHAPE")
    assert _readings(page) == [ROW, MEMBERS]
    assert "nhiều dòng chung một hộ." not in page
    again.send(answer="SHAPE:row")
    assert [(one.village_id, one.answers) for one in ListLayout.objects.all()] == [
        (it.row.village_id, {"SHAPE": "row"})
    ]
    third = talk(head, read(workbook(ROWS[:2])))
    assert third.row.plan["answers"] == {"SHAPE": "row"}
    page = third.send(forget_layout="1")
    assert (_readings(page), ListLayout.objects.count()) == ([ROW, MEMBERS], 0)


@pytest.mark.usefixtures("two_ways")
def test_an_answer_of_the_ward_keeps_its_columns_and_a_heads_own_comes_first(talk, editor, head, read):
    rows, header = [[*row, "gọi buổi tối"] for row in ROWS], [*HEADER, "Gọi lúc nào"]
    it = talk(editor, read(workbook(rows, header=header)))
    it.send(answer="SHAPE:row")
    it.send(column=["goi luc nao"], field=["note"])
    layout = ListLayout.objects.get()
    assert (layout.village_id, layout.answers, layout.fields) == (None, {"SHAPE": "row"}, {"goi luc nao": "note"})
    own = talk(head, read(workbook(rows, header=header)))
    assert own.row.plan["answers"] == {"SHAPE": "row"}
    own.send(ask="SHAPE")
    own.send(answer="SHAPE:members")
    layout = ListLayout.objects.get(village=own.row.village)
    assert (layout.answers, layout.fields) == ({"SHAPE": "members"}, {"goi luc nao": "note"})
    assert ListLayout.objects.get(village=None).answers == {"SHAPE": "row"}


@pytest.mark.usefixtures("two_ways")
@pytest.mark.parametrize("said", [{"answer": "SHAPE:person"}, {"answer": "HEADS:x"}, {"answer": ""}, {"ask": "SHAPE"}])
def test_only_what_is_asked_can_be_answered(talk, head, read, said):
    it = talk(head, read(workbook(ROWS)))
    assert "Chưa có chỗ nào được sửa." in it.send(**said)
    assert it.row.choices == {}


@pytest.mark.usefixtures("two_ways")
def test_questions_speak_english(talk, head, read):
    it = talk(head, read(workbook(ROWS)))
    it.client.cookies["language"] = "en"
    page = it.page()
    assert "Is each row a household, or do several rows make one household?" in page
    assert _readings(page) == [
        "Each row is a household: 4 households",
        "Several rows make one household: 1 household, 4 people",
    ]


# --- what became of each row --------------------------------------------------------------------------


@pytest.mark.usefixtures("ledger")
def test_the_sum_of_rows_adds_up_and_each_figure_opens_its_rows(talk, head, read):
    it = talk(head, read(workbook(ROWS)))
    page = markup.read(it.page())
    figures = ["2 dòng hộ", "1 dòng thành viên", "1 dòng tiêu đề", "1 dòng cần sửa", "7 dòng không đọc"]
    assert page.texts(".row-sum") == [f"Tệp có 12 dòng: {', '.join(figures)}."]
    assert page.texts("#ledger .note b") == ["7 dòng không được đọc, vì nằm ngoài danh sách hộ."]
    assert len(page.texts(".unread li")) == 5
    opened = {}
    for link in page.all(".row-sum a"):
        section = markup.read(it.page(link["href"].partition("#")[0]))
        opened[section.texts("#ledger h3")[0]] = section.texts(".entries li")
    assert list(opened) == figures
    assert opened[figures[1]] == ["Dòng 4 Lê Văn Cn hộ ở dòng 3"]
    assert [len(rows) for rows in opened.values()] == [2, 1, 1, 1, 7]


@pytest.mark.usefixtures("ledger")
def test_rows_beyond_those_kept_are_counted(talk, head, read, monkeypatch):
    monkeypatch.setattr("communities.lists.readings.SHOWN", 6)
    it = talk(head, read(workbook(ROWS)))
    page = it.page("?xem=ledger&loai=UNREAD")
    assert it.row.plan["ledger"]["fates"]["UNREAD"] == 7
    assert "Còn 1 dòng nữa, không hiện hết ở đây; trong tổng vẫn tính đủ." in page


# --- the command line ---------------------------------------------------------------------------------


@pytest.fixture
def run(tmp_path, villages):
    """`run(*options)`: what the command prints about ROWS."""
    path = tmp_path / "list.xlsx"
    path.write_bytes(workbook(ROWS))

    def call(*options: str) -> str:
        out = StringIO()
        call_command("import_households", str(path), *options, ward="99001", village="Thôn Đông Phú", stdout=out)
        return out.getvalue()

    return call


@pytest.mark.usefixtures("two_ways")
@pytest.mark.parametrize("commit", [(), ("--commit",)])
def test_the_command_refuses_an_open_question_and_names_its_option(run, commit):
    with pytest.raises(CommandError) as refusal:
        run(*commit)
    assert refusal.value.returncode == 2
    assert str(refusal.value) == (
        f"Trang tính “Sheet1” đọc được theo nhiều cách: “{ROW}” hoặc “{MEMBERS}”. "
        "Hãy chọn bằng --shape row hoặc --shape members."
    )
    assert Household.objects.count() == 0
    assert "4 hộ trong tệp" in run("--shape", "row", *commit)
    assert Household.objects.count() == (4 if commit else 0)


def test_the_command_says_that_no_name_column_is_known_in_a_dry_run_as_well(tmp_path, villages):
    path = tmp_path / "list.xlsx"
    path.write_bytes(workbook([[n, f"x{n}", f"a{n}b"] for n in range(8)], header=["Cột một", "Cột hai", "Cột ba"]))
    with pytest.raises(CommandError, match="Chưa biết cột nào là họ tên chủ hộ") as refusal:
        call_command("import_households", str(path), ward="99001", stdout=StringIO())
    assert refusal.value.returncode == 2


@pytest.mark.usefixtures("ledger")
def test_the_command_prints_the_sum_and_every_row_as_json(run):
    assert "Tệp có 12 dòng: 2 dòng hộ, 1 dòng thành viên, 1 dòng tiêu đề, 1 dòng cần sửa, 7 dòng không đọc." in run()
    told = json.loads(run("--json"))["ledger"]
    assert (told["rows"], sum(told["fates"].values()), len(told["entries"])) == (12, 12, 12)
    assert told["entries"][3] == {"sheet": "Sheet1", "row": 4, "fate": "MEMBER", "text": "Lê Văn Cn", "of": 3}
