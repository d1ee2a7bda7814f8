"""What a page of a list must not let through: text a database cannot hold, decisions and private cells of others."""

import pytest
from django.urls import reverse

from communities import imports
from communities.lists import errorbook, plan
from communities.models import HouseholdImport
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
