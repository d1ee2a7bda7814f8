"""What a page of a list must not let through: text a database cannot hold, private cells of others, and more than
each of those may do who had a hand in the list."""

import io
from xml.etree import ElementTree
from zipfile import ZipFile

import pytest
from django.urls import reverse

from communities import imports, keeping
from communities.lists import errorbook, plan
from communities.models import Household, HouseholdImport, Village
from communities.spreadsheet import Unreadable, load
from tests.communities.conftest import workbook
from tests.communities.forms import form_of

ROWS = [
    [1, "Lê Thị Vân", 1962, 4, "0510101999", "", ""],
    [2, "Vi Văn Tâm", 1959, 3, "0510102030", "", ""],
    [3, "Hà Thị Mai", 1970, 2, "0510100222", "", ""],
]


def test_corrected_cell_with_what_no_text_holds(read, client_for, head):
    row = read(workbook([[1, "Lê Thị Vân", "19xx", 4, "", "", ""], *ROWS[1:]]))
    client = client_for(head)
    form = form_of(client.get(reverse("import_detail", args=[row.pk])).content.decode())
    answer = client.post(reverse("import_decide", args=[row.pk]), {**form, "text": ["19\x0062"]})
    assert answer.status_code == 302
    row.refresh_from_db()
    assert row.choices["cells"] == {"Sheet1": {"2": {"C": "1962"}}}


@pytest.mark.parametrize(("who", "marked"), [("helper", False), ("head", True)])
def test_helper_does_not_decide_that_a_household_is_gone(apply, read, client_for, request, who, marked):
    apply(workbook(ROWS))
    user = request.getfixturevalue(who)
    row = read(workbook(ROWS[:2]), created_by=user)
    gone = str(row.plan["missing"][0]["id"])
    page = client_for(user).get(reverse("import_detail", args=[row.pk])).content.decode()
    assert ('name="gone"' in page) is marked
    for name in ("import_decide", "import_apply"):
        client_for(user).post(reverse(name, args=[row.pk]), {"shown": [gone], "gone": [gone], "seen": "x"})
    row.refresh_from_db()
    assert bool(row.choices.get("moved_away")) is marked


def texts(content: bytes) -> list[list[str]]:
    """All cells of all sheets, row by row."""
    return [[str(cell).removesuffix(".0") for cell in row] for grid in load(content, "a.xlsx") for row in grid.rows]


def test_only_the_uploader_gets_private_cells_back(read, client_for, head, admin):
    header = ["STT", "Họ và tên chủ hộ", "Năm sinh", "CCCD", "Số điện thoại", "Dân tộc"]
    row = read(workbook([[1, "Lê Thị Vân", "19xx", "038062001234", "0510101999", "Mường"]] * 2, header=header))
    address = reverse("import_problems", args=[row.pk])
    own, others = (str(texts(client_for(user).get(address).content)) for user in (head, admin))
    assert all(text in own for text in ("038062001234", "0510101999", "Mường", "Lê Thị Vân"))
    assert "Lê Thị Vân" in others
    assert not any(text in others for text in ("038062001234", "0510101999", "Mường"))


def test_nothing_in_the_error_workbook_becomes_a_formula(read):
    title, header, phone, note = "=1+1", "@SUM(A1)", "-2+3", "+84 x"
    lines = [
        [title],
        ["STT", "Họ và tên chủ hộ", "Năm sinh", "SĐT", "Ghi chú", header],
        [1, "Lê Thị Vân", "19xx", phone, note],
    ]
    content = "\n".join(";".join(map(str, line)) for line in lines).encode()
    book = ZipFile(io.BytesIO(errorbook.make(read(content, filename="ho.csv"))))
    styles, shared, sheet = (
        ElementTree.fromstring(book.read(f"xl/{part}.xml")) for part in ("styles", "sharedStrings", "worksheets/sheet1")
    )
    looks = [look.get("quotePrefix") == "1" for look in styles.find("{*}cellXfs")]
    texts_of = ["".join(one.itertext()) for one in shared]
    cells = [cell for cell in sheet.iterfind(".//{*}c") if cell.get("t") == "s"]
    quoted = {texts_of[int(cell.find("{*}v").text)] for cell in cells if looks[int(cell.get("s", 0))]}
    assert quoted == {title, header, phone, note}
    assert sheet.find(".//{*}f") is None


def test_error_workbook_of_two_tables_side_by_side(read):
    header = ["STT", "Họ và tên chủ hộ", "Năm sinh", "Số điện thoại"]
    rows = [
        [
            n,
            f"Lê Văn {'ABCDEF'[n]}n",
            1960 + n,
            f"051010010{n}",
            "",
            n,
            f"Hà Thị {'ABCDEF'[n]}o",
            1970 + n,
            f"051020010{n}",
        ]
        for n in range(6)
    ]
    rows[2][3], rows[2][8] = "123", "456"
    row = read(workbook(rows, header=[*header, "", *header]))
    assert row.status == HouseholdImport.Status.READY
    found = [line for line in texts(errorbook.make(row)) if "4" in line]
    assert [len([cell for cell in line if "thiếu số" in cell]) for line in found] == [1, 1]
    assert ["123" in found[0], "456" in found[1]] == [True, True]


def test_decision_made_while_a_file_is_refused_is_not_lost(upload, at, monkeypatch):
    row = upload(workbook(ROWS, header=["A", "B", "C", "D", "E", "F", "G"]))
    real, asked = plan.make, []

    def make(*args):
        if not asked:
            asked.append(imports.decide(import_id=row.pk, choices={"encoding": "UNICODE"}, at=at))
            raise Unreadable("NO_HEADER")
        return real(*args)

    monkeypatch.setattr(plan, "make", make)
    assert imports.read(import_id=row.pk, at=at) is True
    row.refresh_from_db()
    assert (row.status, row.choices["encoding"]) == (HouseholdImport.Status.READY, "UNICODE")


# --- whoever had a hand in a list --------------------------------------------------------------------------

BY_CODE = ["Mã hộ", "Họ và tên chủ hộ", "Năm sinh", "Số điện thoại"]
Status = HouseholdImport.Status


@pytest.fixture
def far(villages, make_household) -> Household:
    """A household of Thôn Hòa Bình, which is not the head's."""
    return make_household(villages[1], code="HB-001", head_name="Vũ Thị Xa", phone="+84510200009")


@pytest.fixture
def press(client_for, run_tasks):
    """`press(user, row, "import_apply", …)`: a button of the page as it stands; the page it leads to."""

    def send(user, row: HouseholdImport, name: str, /, **told) -> str:
        client, page = client_for(user), reverse("import_detail", args=[row.pk])
        form = form_of(client.get(page).content.decode()) | told
        with run_tasks():
            client.post(reverse(name, args=[row.pk]), form)
        row.refresh_from_db()
        return client.get(page).content.decode()

    return send


def kinds(row: HouseholdImport) -> list[str]:
    return [one["kind"] for one in row.plan["problems"]]


def test_cell_corrected_by_a_head_moves_nobody_out_of_another_village(read, press, head, editor, far):
    row = read(workbook([["", "19xx", "19xx", ""]], header=BY_CODE), created_by=editor)
    cells = {"sheet": ["Sheet1"] * 2, "row": ["2"] * 2, "letter": ["A", "B"], "was": ["", "19xx"]}
    page = press(head, row, "import_decide", **cells, text=["HB-001", "Vũ Thị Xa"])
    assert ("ELSEWHERE" in kinds(row), row.plan["counts"]["changed"]) == (True, 0)
    assert "Hộ đang thuộc thôn khác" in page
    assert "510200009" not in page.replace(" ", "")
    press(head, row, "import_apply")
    assert Household.objects.get().village == far.village


def test_list_that_moves_a_household_is_written_by_who_may(read, press, client_for, head, editor, villages, far):
    row = read(workbook([["HB-001", "Vũ Thị Xa", "", "0510200010"]], header=BY_CODE), created_by=editor)
    page = client_for(head).get(reverse("import_detail", args=[row.pk])).content.decode()
    assert "Thôn Hòa Bình" in page
    assert "510200009" not in page.replace(" ", "")
    page = press(head, row, "import_apply")
    assert "Danh sách này có việc người vừa bấm ghi không được làm." in page
    assert (row.status, kinds(row)) == (Status.READY, ["ELSEWHERE"])
    press(editor, row, "import_apply")
    assert (row.status, kinds(row)) == (Status.READY, []), "what nobody had seen is shown first"
    press(editor, row, "import_apply")
    far.refresh_from_db()
    assert (row.status, row.applied_by, far.village) == (Status.APPLIED, editor, villages[0])
    page = press(head, row, "import_undo")
    assert "Chưa hoàn tác" in page
    assert row.status == Status.APPLIED
    press(editor, row, "import_undo")
    far.refresh_from_db()
    assert (row.status, far.village) == (Status.UNDONE, villages[1])


@pytest.mark.parametrize("uploader", ["helper", "head"])
def test_helper_brings_no_household_back_by_a_list(apply, read, press, request, helper, uploader):
    apply(workbook(ROWS))
    keeping.leave(household_id=Household.objects.get(head_name="Vi Văn Tâm").pk, reason="MOVED_AWAY")
    content = workbook([*ROWS[1:], [4, "Lê Thị Mới", 1980, 2, "", "", ""]])
    row = read(content, created_by=request.getfixturevalue(uploader))
    page = press(helper, row, "import_apply")
    if uploader == "head":
        assert "Danh sách này có việc người vừa bấm ghi không được làm." in page
        page = press(helper, row, "import_apply")
    assert (row.status, kinds(row)) == (Status.APPLIED, ["NOT_BACK"])
    assert Household.objects.filter(head_name="Lê Thị Mới").exists()
    assert not Household.objects.get(head_name="Vi Văn Tâm").is_active


def test_helper_takes_back_only_what_is_theirs_alone(read, press, client_for, helper, head):
    def made(name: str, by) -> HouseholdImport:
        return read(workbook([[1, f"Lê Văn {name}", 1970, "x1", "", "", ""]]), created_by=by)

    of_head, mixed, own = made("An", head), made("Bé", helper), made("Cả", helper)
    press(head, of_head, "import_apply")
    press(head, mixed, "import_decide", text=["4"])
    press(helper, mixed, "import_apply")
    press(helper, own, "import_apply")
    for row in (of_head, mixed):
        page = press(helper, row, "import_undo")
        assert "Chưa hoàn tác: việc này do trưởng thôn hoặc cán bộ xã phụ trách các hộ đó làm." in page
        assert "Trưởng thôn hoặc cán bộ xã phụ trách các hộ này hoàn tác được đến" in page
        assert row.status == Status.APPLIED
    uploads = client_for(helper).get(reverse("import_new")).content.decode()
    assert uploads.count("hoàn tác được đến") == 2, "its own and the one it brought in"
    press(helper, own, "import_undo")
    assert own.status == Status.UNDONE
    assert sorted(Household.objects.values_list("head_name", flat=True)) == ["Lê Văn An", "Lê Văn Bé"]


def test_columns_a_helper_chose_hold_in_their_village_alone(read, press, helper, editor, villages):
    header, rows = ["Chủ hộ", "Lối đi"], [["Lê Thị Hoa", "cạnh đình"], ["Vi Văn Tâm", "cạnh chợ"]]

    def chosen(row: HouseholdImport) -> str:
        return next(one["field"] for one in row.plan["columns"] if one["key"] == "loi di")

    def chosen_by_village() -> list[str]:
        made = [read(workbook(rows, header=header), created_by=editor, village=one) for one in (*villages[:2], None)]
        return [chosen(row) for row in made]

    first = read(workbook(rows, header=header), created_by=helper)
    press(helper, first, "import_decide", column=["loi di"], field=["note"])
    assert chosen_by_village() == ["note", "", ""]
    of_ward = read(workbook(rows, header=header), created_by=editor, village=villages[1])
    press(editor, of_ward, "import_decide", column=["loi di"], field=["hamlet"])
    assert chosen_by_village() == ["note", "hamlet", "hamlet"]
    press(helper, first, "import_decide", forget_layout="1")
    assert chosen(first) == ""
    assert chosen_by_village() == ["hamlet"] * 3


def test_marks_and_villages_are_written_by_who_may_decide_them(apply, read, press, helper, head, editor, admin):
    apply(workbook(ROWS))
    row = read(workbook(ROWS[:2]), created_by=helper)
    gone = [str(one["id"]) for one in row.plan["missing"]]
    press(head, row, "import_decide", shown=gone, gone=gone)
    assert "nên trưởng thôn hoặc cán bộ xã phải bấm ghi." in press(helper, row, "import_apply")
    assert (row.status, Household.objects.filter(is_active=True).count()) == (Status.READY, 3)
    assert imports.start(import_id=row.pk, at=row.created_at, by=helper) is False

    header = ["Họ và tên chủ hộ", "Năm sinh", "Thôn"]
    row = read(workbook([["Lê Thị Hoa", 1960, "Thôn Xóm Mới"]], header=header), created_by=editor, village=None)
    press(admin, row, "import_decide", village=["NEW"])
    assert "nên người quản trị của xã phải bấm ghi." in press(editor, row, "import_apply")
    assert (row.status, Village.objects.count()) == (Status.READY, 3)
    press(admin, row, "import_apply")
    assert (row.status, Village.objects.count()) == (Status.APPLIED, 4)


def test_history_names_who_wrote_a_list_and_who_corrected_it(apply, read, press, client_for, helper, head, editor):
    apply(workbook(ROWS[:1]))
    changed = [1, "Lê Thị Vân", 1962, 5, "0510101999", "", ""]
    row = read(workbook([changed, [2, "Vi Văn Tâm", 1959, "x1", "", "", ""]]), created_by=editor)
    press(helper, row, "import_decide", text=["3"])
    press(head, row, "import_apply")
    assert (row.status, row.applied_by) == (Status.APPLIED, head)
    for household in Household.objects.all():
        page = client_for(editor).get(reverse("household", args=[household.pk])).content.decode()
        told = page.partition("Lịch sử")[2].partition("Thông tin hộ")[0]
        assert ("Nguyễn Văn Sơn" in told, "Bùi Thị Lan sửa trước khi ghi" in told) == (True, True)
        assert "Trịnh Thị Mai" not in told
