"""A village head brings a list in on a phone: a column put right, the differences, the households, and back again."""

import json
import re

import pytest
import xlsxwriter

from tests.journeys.stack import Stack

PHONE = {"width": 360, "height": 740}
NAMES = (
    "Lương Thị Hoa Mơ", "Lương Văn Thông Reo", "Tạ Thị Bích Rừng", "Tạ Đình Suối Trong",
    "Mạc Thị Nắng Mai", "Mạc Văn Gió Đông", "Khúc Thị Mây Trắng",
)  # fmt: skip
#: What a head wrote below “Gọi ai khi cần”: too little of it is a number for the reader to know the column by.
CALLS = ("con gái Hà 0510 990 001", "", "không có", "510990004", "chưa hỏi", "", "0510.990.007")
COUNTS = """
import json
from communities.models import Contact, Household
mine = Household.objects.filter(village__name="Thôn Đông Phú", is_active=True)
listed = mine.filter(head_name__in=json.loads('''NAMES'''))
contacts = Contact.objects.filter(household__in=listed).order_by("phone")
print(json.dumps([mine.count(), listed.count(), list(contacts.values_list("phone", "relation"))]))
"""


@pytest.fixture
def head(chromium, product: Stack):
    """The head's own phone, signed in; a script error or a refused resource fails the journey."""
    context = chromium.new_context(viewport=PHONE, has_touch=True, locale="vi-VN", timezone_id="Asia/Ho_Chi_Minh")
    page = context.new_page()
    said: list[str] = []
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("console", lambda line: said.append(line.text) if line.type == "error" else None)
    page.goto(f"{product.url}/")
    page.get_by_label("Tên đăng nhập").fill("truong.thon")
    page.get_by_label("Mật khẩu", exact=True).fill("toinha-demo")
    page.get_by_role("button", name="Đăng nhập").click()
    page.locator(".shell").wait_for()
    yield page
    context.close()
    assert said == []


@pytest.fixture
def book(tmp_path):
    """`book(names)`: a list as the head keeps it, with a column no system knows by its name."""

    def make(names=NAMES, calls=CALLS):
        path = tmp_path / "So ho cua thon.xlsx"
        with xlsxwriter.Workbook(path) as workbook:
            sheet = workbook.add_worksheet("Hộ")
            sheet.write(0, 0, "DANH SÁCH HỘ THÔN ĐÔNG PHÚ")
            sheet.write_row(2, 0, ["STT", "Họ và tên chủ hộ", "Năm sinh", "Số khẩu", "Gọi ai khi cần", "Số CCCD"])
            for n, (name, call) in enumerate(zip(names, calls, strict=True)):
                sheet.write_row(3 + n, 0, [n + 1, name, 1950 + n, 2 + n % 4, call, f"03809900000{n}"])
        return path

    return make


def _counts(product: Stack) -> list:
    """Active households of the village, those of the list, and the list's phones, as the database has them."""
    return json.loads(product.shell(COUNTS.replace("NAMES", json.dumps(NAMES))))


def _upload(product: Stack, page, path, shows: str = ".tiles") -> None:
    page.goto(f"{product.url}/ho-dan/nhap/")
    page.locator("input[type=file]").set_input_files(path)
    page.get_by_role("button", name="Tải tệp lên và xem thử").click()
    page.locator(shows).first.wait_for(timeout=20_000)


def _tiles(page) -> dict[str, int]:
    """The numbers of the page: {"hộ mới": 7, …}."""
    tiles = [tile.split("\n") for tile in page.locator(".tiles > *").all_inner_texts()]
    return {" ".join(words): int(number.replace(".", "")) for number, *words in tiles}


def test_upload_fix_a_column_apply_see_and_undo(product: Stack, head, book):
    before, of_list, _phones = _counts(product)
    assert of_list == 0
    _upload(product, head, book())
    address = head.url

    summary = head.locator("#columns summary")
    assert "3 cột đã hiểu, 2 cột không dùng; không lưu: Số CCCD" in summary.inner_text()
    summary.click()
    column = head.get_by_label("Cột E “Gọi ai khi cần” là")
    assert column.input_value() == ""
    assert head.get_by_label(re.compile("Cột F")).count() == 0, "an ID number cannot be chosen for anything"
    column.select_option(label="Số điện thoại")
    assert "Đã sửa 1 chỗ, chưa đọc lại." in head.locator("#foot").inner_text()
    head.get_by_role("button", name="Đọc lại với các cột này").click()

    # the page again at its place, with the column understood
    head.locator("#columns[open]").wait_for(timeout=20_000)
    assert head.get_by_label("Cột E “Gọi ai khi cần” là").input_value() == "phone"
    assert "4 cột đã hiểu, 1 cột không dùng; không lưu: Số CCCD" in head.locator("#columns summary").inner_text()
    tiles = _tiles(head)
    assert (tiles["hộ mới"], tiles["hộ có thay đổi"], tiles["hộ không đổi"]) == (7, 0, 0)
    assert tiles["không còn trong tệp"] == before
    new = head.get_by_role("region", name="7 hộ mới")
    assert new.locator("li").count() == 7
    assert "0510\u00a0990\u00a0001 (con gái Hà)" in new.inner_text()
    assert _counts(product) == [before, 0, []], "looking has changed nothing"

    # a closed browser loses nothing
    head.goto(f"{product.url}/ho-dan/")
    head.goto(address)
    head.get_by_role("button", name="Ghi 7 hộ").click()
    head.get_by_role("heading", name="Đã ghi 7 hộ.").wait_for(timeout=20_000)
    phones = [["+84510990001", "con gái Hà"], ["+84510990004", ""], ["+84510990007", ""]]
    assert _counts(product) == [before + 7, 7, phones]
    head.goto(f"{product.url}/ho-dan/?q=luong+thi+hoa+mo")
    assert head.get_by_text("Lương Thị Hoa Mơ").first.is_visible()

    head.goto(address)
    head.locator("#undo summary").click()
    assert "7 hộ mới sẽ bị xóa." in head.locator("#undo").inner_text()
    head.get_by_role("button", name="Hoàn tác 7 hộ").click()
    head.get_by_role("heading", name="Đã hoàn tác").wait_for(timeout=20_000)
    assert "7 hộ mới đã xóa." in head.locator("main").inner_text()
    assert _counts(product) == [before, 0, []]
    head.goto(f"{product.url}/ho-dan/?q=luong+thi+hoa+mo")
    assert head.get_by_text("Lương Thị Hoa Mơ").count() == 0


def test_a_file_of_two_readings_is_answered_by_a_tap_written_and_undone(product: Stack, head, tmp_path):
    before, of_list, _phones = _counts(product)
    assert of_list == 0
    path = tmp_path / "So ho co ma.xlsx"
    with xlsxwriter.Workbook(path) as workbook:
        sheet = workbook.add_worksheet()
        sheet.write_row(0, 0, ["STT", "Họ và tên", "Mã hộ", "Số điện thoại"])
        for n, name in enumerate(NAMES):
            code = f"H{n:02}" if n in (0, 3, 5) else ""
            sheet.write_row(1 + n, 0, [n + 1, name, code, f"05109901{n * 7 % 10}{n * 3 % 10}"])
    _upload(product, head, path, shows=".reading")
    readings = head.locator(".reading")
    assert [one.split("\n")[0] for one in readings.all_inner_texts()] == [
        "Mỗi dòng là một hộ: 7\u00a0hộ",
        "Nhiều dòng chung một hộ: 3\u00a0hộ, 7\u00a0người",
    ]
    assert all(one.bounding_box()["height"] >= 48 for one in readings.all())
    assert head.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    assert head.get_by_role("button", name=re.compile("^Ghi")).count() == 0
    head.get_by_role("button", name="Nhiều dòng chung một hộ: 3 hộ, 7 người").tap()

    head.locator(".tiles").wait_for(timeout=20_000)
    assert "Đã chọn: nhiều dòng chung một hộ." in head.locator(".answers").inner_text()
    assert head.locator(".row-sum").inner_text() == "Tệp có 8 dòng: 3 dòng hộ, 4 dòng thành viên, 1 dòng tiêu đề."
    head.get_by_role("link", name="4 dòng thành viên").tap()
    head.locator(".entries").wait_for()
    assert "Lương Văn Thông Reo hộ ở dòng 2" in head.locator(".entries li").first.inner_text()
    assert _counts(product) == [before, 0, []], "looking has changed nothing"
    head.get_by_role("button", name="Ghi 3 hộ").tap()
    head.get_by_role("heading", name="Đã ghi 3 hộ.").wait_for(timeout=20_000)
    assert _counts(product)[:2] == [before + 3, 3]

    head.locator("#undo summary").tap()
    head.get_by_role("button", name="Hoàn tác 3 hộ").tap()
    head.get_by_role("heading", name="Đã hoàn tác").wait_for(timeout=20_000)
    assert _counts(product) == [before, 0, []]


def test_the_same_file_again_changes_nothing(product: Stack, head, book):
    before, of_list, _phones = _counts(product)
    assert of_list == 0
    _upload(product, head, book(calls=("",) * len(NAMES)))
    head.get_by_role("button", name="Ghi 7 hộ").click()
    head.get_by_role("heading", name="Đã ghi 7 hộ.").wait_for(timeout=20_000)
    written = head.url
    _upload(product, head, book(calls=("",) * len(NAMES)))
    tiles = _tiles(head)
    assert (tiles["hộ mới"], tiles["hộ có thay đổi"], tiles["hộ không đổi"]) == (0, 0, 7)
    assert "Không có gì để ghi: danh sách trong hệ thống đã giống tệp." in head.locator("#foot").inner_text()
    assert head.get_by_role("button", name=re.compile("^Ghi")).count() == 0
    assert _counts(product) == [before + 7, 7, []]

    head.goto(written)
    head.locator("#undo summary").click()
    head.get_by_role("button", name="Hoàn tác 7 hộ").click()
    head.get_by_role("heading", name="Đã hoàn tác").wait_for(timeout=20_000)
    assert _counts(product) == [before, 0, []]


def test_impatience_and_the_way_back(product: Stack, head, book):
    """Tapping three times sends one file; the browser's back button finds whole pages, as they stand now."""
    head.goto(f"{product.url}/ho-dan/nhap/")
    sent = head.locator(".todo").count()
    head.locator("input[type=file]").set_input_files(book(calls=("",) * len(NAMES)))
    head.get_by_role("button", name="Tải tệp lên và xem thử").evaluate("it => { it.click(); it.click(); it.click() }")
    head.locator(".tiles").wait_for(timeout=20_000)
    head.go_back()
    assert head.get_by_role("button", name="Tải tệp lên và xem thử").is_enabled()
    head.reload()
    assert head.locator(".todo").count() == sent + 1

    head.go_forward()
    head.get_by_role("button", name="Ghi 7 hộ").evaluate("it => { it.click(); it.click() }")
    head.get_by_role("heading", name="Đã ghi 7 hộ.").wait_for(timeout=20_000)
    written = head.url
    head.go_back()
    head.locator(".shell").wait_for()
    assert head.get_by_role("heading", name="Đã ghi 7 hộ.").is_visible() or head.url != written

    head.goto(written)
    head.locator("#undo summary").click()
    head.get_by_role("button", name="Hoàn tác 7 hộ").click()
    head.get_by_role("heading", name="Đã hoàn tác").wait_for(timeout=20_000)
    head.go_back()
    head.locator(".shell").wait_for()
