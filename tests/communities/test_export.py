"""A list taken along as Excel: no formulas, read back as unchanged, full numbers only for those who may."""

import io

import pytest
from python_calamine import CalamineWorkbook

from communities import export
from communities.models import Contact, Disclosure, Household
from tests.factories import make_household

URL = "/ho-dan/xuat/"


def exported(client, **asked) -> bytes:
    answer = client.post(URL, asked)
    assert answer.status_code == 200
    assert answer.headers["Content-Disposition"].startswith("attachment")
    return b"".join(answer.streaming_content)


def rows_of(content: bytes) -> list[list]:
    return CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()


@pytest.fixture
def ward_of_three(villages):
    first = make_household(
        villages[0], code="ĐP-001", head_name="Lê Thị Thúy", phone="+84510200001", birth_year=1960, members=4,
        lane="Ngõ 1", address="Sau nhà văn hóa", note="Đi biển",
    )  # fmt: skip
    Contact.objects.create(household=first, phone="+84510200002", relation="con trai", rank=2)
    make_household(villages[0], code="ĐP-002", head_name="Vũ Văn An", phone=None)
    make_household(villages[1], code="HB-001", head_name="Đỗ Thị Ân", phone="+84510200003")
    return villages


def test_rows_stand_as_on_the_desk_with_all_columns(client_for, editor, ward_of_three):
    header, *rows = rows_of(exported(client_for(editor)))
    assert header == [
        "Thôn", "Mã hộ", "Họ và tên chủ hộ", "Năm sinh", "Số khẩu", "Số điện thoại", "Cụm dân cư", "Địa chỉ", "Ghi chú",
    ]  # fmt: skip
    assert [row[2] for row in rows] == ["Vũ Văn An", "Đỗ Thị Ân", "Lê Thị Thúy"]
    assert rows[2] == [
        "Thôn Đông Phú", "ĐP-001", "Lê Thị Thúy", 1960.0, 4.0, "0510200001 - 0510200002 (con trai)", "Ngõ 1",
        "Sau nhà văn hóa", "Đi biển",
    ]  # fmt: skip


def test_what_is_exported_reads_back_as_unchanged(client_for, editor, ward_of_three, read):
    row = read(exported(client_for(editor)), village=None, created_by=editor)
    counts = row.plan["counts"]
    assert {key: counts[key] for key in ("rows", "new", "changed", "unchanged", "missing", "errors")} == {
        "rows": 3, "new": 0, "changed": 0, "unchanged": 3, "missing": 0, "errors": 0,
    }  # fmt: skip


@pytest.mark.parametrize("text", ['=HYPERLINK("http://x")', "+84 giả", "-1+1", "@SUM(A1)", "\t=1", "\r=1"])
def test_no_cell_becomes_a_formula(villages, text):
    from zipfile import ZipFile

    household = make_household(villages[0], note="x", phone=None)
    Household.objects.filter(pk=household.pk).update(note=text, head_name=text)
    file = io.BytesIO()
    assert export.write(Household.objects.all(), file) == 1
    with ZipFile(file) as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
        styles = book.read("xl/styles.xml").decode()
    assert "<f>" not in sheet
    assert 'quotePrefix="1"' in styles
    assert rows_of(file.getvalue())[1][2].strip() == text.strip()


def test_filters_hold_for_the_file(client_for, editor, ward_of_three):
    _header, *rows = rows_of(exported(client_for(editor), thon=ward_of_three[0].pk, kenh="nophone"))
    assert [row[1] for row in rows] == ["ĐP-002"]


def test_full_numbers_taken_along_are_recorded(client_for, editor, ward_of_three):
    exported(client_for(editor))
    taken = Disclosure.objects.values_list("household__code", "user", "via")
    assert sorted(taken) == [("HB-001", editor.pk, "EXPORT"), ("ĐP-001", editor.pk, "EXPORT")]


def test_those_who_only_read_get_masked_numbers_and_nothing_is_recorded(
    client_for, viewer, approver, helper, ward_of_three
):
    for person in (viewer, approver, helper):
        rows = rows_of(exported(client_for(person)))
        numbers = {row[5] for row in rows[1:]}
        assert "0510\u00a0***\u00a0001 - 0510\u00a0***\u00a0002" in numbers
        assert not [number for number in numbers if "510200" in number]
    assert not Disclosure.objects.exists()


def test_a_head_takes_the_own_village_alone(client_for, head, ward_of_three):
    _header, *rows = rows_of(exported(client_for(head)))
    assert [row[1] for row in rows] == ["ĐP-002", "ĐP-001"]
    assert rows[1][5] == "0510200001 - 0510200002 (con trai)"


def test_an_empty_list_is_an_empty_file(client_for, outsider):
    assert len(rows_of(exported(client_for(outsider)))) == 1
