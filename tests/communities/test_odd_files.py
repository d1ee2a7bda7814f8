"""Files somebody made to hurt, and cells nobody foresaw: a sentence, never a crash or a worker that hangs."""

import io
import zipfile

import pytest
from django.urls import reverse

from communities import imports, spreadsheet
from communities import workbook as files
from communities.models import HouseholdImport
from tests.communities.conftest import HEADER, workbook

PARTS = ["STT", "Họ đệm", "Tên", "Năm sinh", "Số điện thoại", "Địa chỉ", "Ghi chú"]
OTHER = [2, "Lê Thị Cúc", "Cúc", "", "", "", ""]


@pytest.mark.parametrize(
    ("header", "row"),
    [
        pytest.param(HEADER, [1, "Lê Văn An", "²²²²²", "²", "", "", ""], id="superscript digits"),
        pytest.param(HEADER, [1, "Lê Văn An", "", "", "", "cụm " + "a" * 190, ""], id="a lane longer than lanes are"),
        pytest.param(PARTS, [1, "Lê " * 100, "An", "", "", "", ""], id="a name in parts that is too long"),
        pytest.param(PARTS, [1, "123", "456", "", "", "", ""], id="a name in parts without a letter"),
        pytest.param(HEADER, [1, "ﬃ" * 100, "", "", "", "ﬃ" * 100, ""], id="letters that fold into three"),
        pytest.param(HEADER, [1, "İ" * 100, "", "", "", "", ""], id="letters that become two"),
    ],
)
def test_odd_cells_never_stop_a_list(read, at, client_for, head, header, row):
    upload = read(workbook([row, OTHER], header=header))
    assert upload.status == HouseholdImport.Status.READY
    assert client_for(head).get(reverse("import_detail", args=[upload.pk])).status_code == 200
    assert imports.apply(import_id=upload.pk, at=at) is True


def _archive(sheet: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
        archive.writestr("xl/worksheets/sheet1.xml", sheet)
    return buffer.getvalue()


@pytest.mark.parametrize("bit", [b"<c ", b"<row ", b"<c r=A", b"<c a ", b'<c r="A1" '])
def test_a_sheet_of_unfinished_tags_is_looked_through_at_once(bit):
    files.check(_archive(bit * 200_000), "ho.xlsx")  # if every tag looked on to the end of the file: hours


def test_a_small_file_whose_cells_share_one_huge_text_is_refused():
    rows = [["Lê Văn An", 1970, "x" * 30_000]] * 5_000
    content = workbook(rows, header=["Họ và tên chủ hộ", "Năm sinh", "Ghi chú"])
    assert len(content) < 1_000_000
    with pytest.raises(files.Unreadable) as refused:
        spreadsheet.read(content, "ho.xlsx")
    assert refused.value.kind == "TOO_LARGE"


def test_one_long_note_in_a_long_list_is_no_bomb(monkeypatch):
    monkeypatch.setattr(files, "MAX_TEXT_BYTES", 400_000)
    rows = [[f"Lê Văn {n}", 1970, "x" * 10_000 if n == 7 else "Hộ mới tách"] for n in range(2_000)]
    content = workbook(rows, header=["Họ và tên chủ hộ", "Năm sinh", "Ghi chú"])
    assert len(spreadsheet.read(content, "ho.xlsx")[0].rows) == 2_000
