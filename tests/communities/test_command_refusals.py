"""The command for operators: whatever is wrong with what it is given is one sentence and exit code 2."""

import os
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from communities.models import HouseholdImport
from tests.communities.conftest import workbook

LIST = workbook([[1, "Lê Thị Vân", 1962, 4, "0510101999", "Cụm 1", ""], [2, "Vi Văn Tâm", 1959, 3, "", "", ""]])
pytestmark = pytest.mark.usefixtures("villages")


def run(*arguments: str) -> None:
    call_command("import_households", *arguments, "--ward", "99001", stdout=StringIO())


@pytest.mark.parametrize(
    ("file", "options", "told"),
    [
        ("", [], "Không mở được tệp"),
        ("không có.xlsx", [], "Không mở được tệp"),
        (".", [], "Không mở được tệp"),
        ("a\0b.xlsx", [], "Không mở được tệp"),
        ("/dev/null", [], "không phải bảng tính"),
        ("/dev/zero", [], "Tệp quá lớn"),
        ("list.xlsx", ["--sheet", "Thôn khác"], "không có trang tính “Thôn khác”"),
        ("list.xlsx", ["--village", "Thôn Khác"], "Xã không có thôn “Thôn Khác”"),
        ("list.xlsx", ["--map", "phone"], "Không hiểu --map"),
        ("list.xlsx", ["--map", "Ghi chú=national_id"], "Không hiểu --map"),
        ("list.xlsx", ["--map", "SĐT con trai=phone"], "không có cột “SĐT con trai”"),
        ("list.xlsx", ["--map", "SĐT con trai=phone", "--commit"], "không có cột “SĐT con trai”"),
    ],
)
def test_what_cannot_be_used_is_one_sentence(tmp_path, file, options, told):
    (tmp_path / "list.xlsx").write_bytes(LIST)
    with pytest.raises(CommandError) as refusal:
        run(os.path.join(tmp_path, file) if file else "", *options)
    assert refusal.value.returncode == 2
    sentence = str(refusal.value)
    assert told in sentence
    assert "\n" not in sentence
    assert HouseholdImport.objects.count() == 0


def test_file_whose_name_is_no_text(tmp_path):
    path = os.fsencode(tmp_path) + b"/\xff\xfe.xlsx"
    with open(path, "wb") as file:
        file.write(LIST)
    run(os.fsdecode(path), "--village", "Thôn Đông Phú", "--commit")
    assert HouseholdImport.objects.get().filename == "\ufffd\ufffd.xlsx"
