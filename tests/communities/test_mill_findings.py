"""What the mill of lists found wrong, each at its smallest: a list typed with “|” between cells, and its reading."""

import pytest

from communities.lists import plan
from communities.models import HouseholdImport
from tests.factories import VillageFactory

pytestmark = pytest.mark.django_db


class Nobody:
    """Told how far the reading is, and deaf."""

    def step(self, done: int, total: int) -> None: ...


def read(ward, text: str, *, chosen=None, name: str = "x.csv") -> plan.Plan:
    lines = [";".join(cell.strip() for cell in line.split("|")) for line in text.strip().splitlines()]
    return plan.make(
        HouseholdImport(ward=ward, filename=name, content="\n".join(lines).encode(), village=chosen), Nobody()
    )


def told(found: plan.Plan, *fields: str) -> list[tuple]:
    """The households with what is asked for, by row."""
    return [
        tuple(found.villages[one.village_id] if field == "village" else getattr(one, field) for field in fields)
        for one in sorted(found.new, key=lambda one: one.number)
    ]


@pytest.mark.parametrize("header", ["Số người trong độ tuổi lao động", "Số nhân khẩu tạm vắng", "Số khẩu nữ"])
def test_a_number_of_some_persons_is_no_number_of_members(ward, villages, header):
    found = read(ward, f"STT | Chủ hộ | {header}\n1 | Lê Văn An | 2\n2 | Hà Thị Ba | 1", chosen=villages[0])
    assert told(found, "head_name", "members") == [("Lê Văn An", None), ("Hà Thị Ba", None)]


@pytest.mark.parametrize(
    "header", ["Tổng số nhân khẩu trong hộ", "Số khẩu năm 2026", "Số người hiện ở", "Số khẩu (người)"]
)
def test_a_number_of_members_by_many_words(ward, villages, header):
    found = read(ward, f"STT | Chủ hộ | {header}\n1 | Lê Văn An | 2\n2 | Hà Thị Ba | 1", chosen=villages[0])
    assert told(found, "members") == [(2,), (1,)]


@pytest.mark.parametrize(
    "header",
    [
        "STT | Chủ hộ | SĐT | Thiếu hụt\n | | | Nhà ở",
        "STT | Chủ hộ | | SĐT\n | Họ và tên | |",
        "STT | Thông tin chủ hộ | | Số khẩu | | | Quỹ\n | Họ và tên | Năm sinh | Tổng số | Nam | Nữ | Khuyến học",
    ],
)
def test_second_row_of_a_header_without_merged_cells(ward, villages, header):
    rows = "\n1 | Lê Văn An | 1960 | 3 | 1 | 2 | 5000\n2 | Hà Thị Ba | 1970 | 4 | 2 | 2 | 5000"
    found = read(ward, header + rows, chosen=villages[0])
    assert told(found, "number", "head_name") == [(3, "Lê Văn An"), (4, "Hà Thị Ba")]
    assert not any(problem["is_error"] for problem in found.problems)


def test_first_header_of_two_pages_is_the_header(ward, villages):
    page = "STT | Chủ hộ | SĐT | Đất ở\n | | | Số thửa"
    rows = f"{page}\n1 | Lê Văn An | 0510301001 | 12\n2 | Hà Thị Ba | | 7\n{page}\n3 | Vi Văn Tư | | 9"
    assert told(read(ward, rows, chosen=villages[0]), "number") == [(3,), (4,), (7,)]


def test_a_label_below_the_header_is_no_header(ward, villages):
    rows = "STT | Chủ hộ | Năm sinh\n | Cụm 1 |\n1 | Lê Văn An | 1960\nCụm 2 | |\n2 | Hà Thị Ba | 1970"
    assert told(read(ward, rows, chosen=villages[0]), "number", "lane") == [(3, "Cụm 1"), (5, "Cụm 2")]


def test_one_in_each_row_numbers_no_household(ward, villages):
    rows = "STT | Họ và tên chủ hộ | Số hộ | SĐT\n" + "\n".join(
        f"{n} | Lê Văn {x} | 1 |" for n, x in enumerate("ABCD", 1)
    )
    assert len(read(ward, rows, chosen=villages[0]).new) == 4


@pytest.mark.parametrize(("first", "second"), [("T. Đông Phú", "T. Hòa Bình"), ("Đông Phú", "Hòa Bình")])
def test_lanes_below_villages_without_their_word(ward, villages, first, second):
    rows = f"""
        STT | Chủ hộ | SĐT
        {first} | |
        Xóm Đình | |
        1 | Lê Văn An |
        Xóm Chùa | |
        2 | Hà Thị Ba |
        {second} | |
        Xóm Đình | |
        3 | Vi Văn Tư |"""
    assert told(read(ward, rows), "village", "lane") == [
        ("Thôn Đông Phú", "Xóm Đình"), ("Thôn Đông Phú", "Xóm Chùa"), ("Thôn Hòa Bình", "Xóm Đình"),
    ]  # fmt: skip


def test_a_part_of_a_village_is_not_another_village_of_its_name(ward, villages):
    VillageFactory(ward=ward, name="Thôn 1")
    rows = "STT | Chủ hộ | SĐT\nTHÔN ĐÔNG PHÚ | |\nXóm 1 | |\n1 | Lê Văn An |\nThôn 1 | |\n2 | Hà Thị Ba |"
    assert told(read(ward, rows), "village", "lane") == [("Thôn Đông Phú", "Xóm 1"), ("Thôn 1", "")]


def test_a_place_in_an_address_is_no_village_of_like_name(ward):
    VillageFactory(ward=ward, name="Ấp 1"), VillageFactory(ward=ward, name="Ấp Chợ")
    rows = "STT | Chủ hộ | Địa chỉ\n1 | Lê Văn An | Khu chợ, Ấp 1\n2 | Hà Thị Ba | Số 2, ấp Chợ"
    assert told(read(ward, rows), "village", "address_as_listed") == [
        ("Ấp 1", "Khu chợ, Ấp 1"),
        ("Ấp Chợ", "Số 2, ấp Chợ"),
    ]


@pytest.mark.parametrize("more", ["QUÝ III/2026", "ĐỢT 2", "NHẬN GẠO TẾT", "năm 2026"])
def test_a_village_in_a_title_that_goes_on(ward, villages, more):
    rows = f"DANH SÁCH HỘ THÔN ĐÔNG PHÚ {more}\nSTT | Chủ hộ | SĐT\n1 | Lê Văn An |\n2 | Hà Thị Ba |"
    assert told(read(ward, rows), "village") == [("Thôn Đông Phú",)] * 2


def test_a_lane_of_three_words_keeps_its_small_letters(ward, villages):
    rows = "STT | Chủ hộ | SĐT\nTổ liên gia 1 | |\n1 | Lê Văn An |\nTỔ LIÊN GIA 2 | |\n2 | Hà Thị Ba |"
    assert told(read(ward, rows, chosen=villages[0]), "lane") == [("Tổ liên gia 1",), ("Tổ liên gia 2",)]


def test_a_total_in_the_column_of_heads(ward, villages):
    rows = "Số tiền | Họ và tên chủ hộ | Họ và tên | Mã hộ\n5 | Lê Văn An | Lê Văn An | 7\n5 | Tổng cộng | |"
    found = read(ward, rows, chosen=villages[0])
    assert (told(found, "head_name"), found.problems) == ([("Lê Văn An",)], [])


def test_a_sheet_of_one_household_of_persons(ward, villages):
    rows = "STT hộ | STT | Họ và tên | Năm sinh\n1 | 1 | Lê Văn An | 1960\n | 2 | Hà Thị Ba | 1962"
    assert told(read(ward, rows, chosen=villages[0]), "head_name", "members") == [("Lê Văn An", 2)]


def test_sums_without_a_word(ward, villages):
    rows = "Chủ hộ | Số khẩu | Số tiền\nLê Văn An | 3 | 5000\nHà Thị Ba | 2 | 5000\n | 5 | 10.000"
    found = read(ward, rows, chosen=villages[0])
    assert (told(found, "members"), found.problems) == ([(3,), (2,)], [])


def test_numbers_that_begin_again_with_each_village(ward, villages):
    rows = """
        STT | Họ và tên | Quan hệ với chủ hộ
        Thôn Đông Phú
        1 | Lê Văn An | Chủ hộ
        2 | Hà Thị Ba | Vợ
        3 | Vi Văn Tư | Chủ hộ
        4 | Vi Thị Na | Con
        Thôn Hòa Bình
        1 | Cao Văn Năm | Chủ hộ
        2 | Mai Thị Sáu | Vợ"""
    assert told(read(ward, rows), "head_name", "members") == [("Lê Văn An", 2), ("Vi Văn Tư", 2), ("Cao Văn Năm", 2)]


def test_a_household_above_the_header_of_the_next_page_is_no_header(ward, villages):
    page = "STT | Chủ hộ | Số khẩu | | | SĐT\n | | Tổng số | Nam | Nữ |"
    rows = f"{page}\n1 | Lê Văn An | 3 | 1 | 2 | 0510301001\n{page}\n2 | Hà Thị Ba | 2 | 1 | 1 | 0510301002"
    assert told(read(ward, rows, chosen=villages[0]), "number", "members") == [(3, 3), (6, 2)]


def test_a_list_of_names_alone(ward, villages):
    rows = "DANH SÁCH HỘ\nHọ và tên chủ hộ\nLê Văn An\nHà Thị Ba"
    assert told(read(ward, rows, chosen=villages[0]), "number", "head_name") == [(3, "Lê Văn An"), (4, "Hà Thị Ba")]


def test_answers_of_a_form(ward, villages):
    rows = """
        Dấu thời gian | Họ và tên chủ hộ gia đình ông/bà là gì? | Số điện thoại Zalo mà gia đình hay dùng \
        | Gia đình ông/bà có bao nhiêu nhân khẩu đang sinh sống? | Ông/bà ở thôn nào?
        12/10/2026 08:12:33 | Lê Văn An | 0510301001 | 4 | Thôn Đông Phú
        12/10/2026 09:12:33 | hà thị ba | 0510301002 | 3 | hoà bình"""
    assert told(read(ward, rows), "head_name", "members", "village") == [
        ("Lê Văn An", 4, "Thôn Đông Phú"), ("Hà Thị Ba", 3, "Thôn Hòa Bình"),
    ]  # fmt: skip


def test_of_a_couple_he_is_the_head_and_she_where_he_is_not(ward, villages):
    header = "STT | Họ và tên chồng | Họ và tên vợ | SĐT"
    rows = f"{header}\n1 | Lê Văn An | Hà Thị Ba | 0510301001\n2 | | Cao Thị Na |\n3 | Vi Văn Tư | Hà Thị Tư |"
    names = [("Lê Văn An",), ("Cao Thị Na",), ("Vi Văn Tư",)]
    assert told(read(ward, rows, chosen=villages[0]), "head_name") == names


def test_a_family_without_a_number_is_no_sum_of_those_above(ward, villages):
    rows = "STT | Chủ hộ | Số khẩu\n1 | Lê Văn An | 1\n2 | Hà Thị Ba | 2\n | Ksor H'Lan | 3\n | Cả thôn có | 6"
    found = read(ward, rows, chosen=villages[0])
    assert found.problems == []
    assert told(found, "head_name", "members") == [("Lê Văn An", 1), ("Hà Thị Ba", 2), ("Ksor H'Lan", 3)]
    assert [(entry.number, entry.fate) for entry in found.ledger[3:]] == [(4, "HOUSEHOLD"), (5, "TOTAL")]


def test_a_name_of_its_own_below_the_list_is_no_signer(ward, villages):
    rows = "Chủ hộ | Số khẩu | SĐT\nLê Văn An | 1 | 0510301001\nHà Thị Ba | 2 | 0510301002\n\nKsor H'Lan | |"
    found = read(ward, rows, chosen=villages[0])
    assert told(found, "head_name") == [("Lê Văn An",), ("Hà Thị Ba",), ("Ksor H'Lan",)]


def test_contacts_of_a_group(ward, villages):
    rows = "STT | Tên Zalo | SĐT\n1 | Lê Văn An | 0510301001\n2 | Mẹ Bống | 0510301002"
    assert told(read(ward, rows, chosen=villages[0]), "head_name") == [("Lê Văn An",), ("Mẹ Bống",)]


def test_the_first_person_of_a_list_without_header_is_no_header(ward, villages):
    rows = "1 | Lê Văn An | Nam | Chủ hộ | 0510301001\n2 | Hà Thị Ba | Nữ | Chủ hộ | 0510301002"
    assert told(read(ward, rows, chosen=villages[0]), "number", "head_name") == [(1, "Lê Văn An"), (2, "Hà Thị Ba")]


def test_days_as_excel_counts_them_below_nam_and_nu(ward, villages):
    rows = "STT | Chủ hộ | Năm sinh |\n | | Nam | Nữ\n1 | Lê Văn An | 16497 |\n2 | Hà Thị Ba | | 31357"
    assert told(read(ward, rows, chosen=villages[0]), "birth_year") == [(1945,), (1985,)]


def test_a_bare_household_above_the_header_of_the_next_page(ward, villages):
    rows = "STT | Chủ hộ | SĐT\n1 | Lê Văn An |\nSTT | Chủ hộ | SĐT\n2 | Hà Thị Ba |"
    assert told(read(ward, rows, chosen=villages[0]), "number") == [(2,), (4,)]
