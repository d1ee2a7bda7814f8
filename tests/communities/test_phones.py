"""Phones as people write them into lists."""

import pytest

from communities.phone_texts import taken_out
from communities.phones import LANDLINE, MOBILE, Phone, Problem, parse


@pytest.mark.parametrize(
    ("written", "number", "repaired"),
    [
        (912345678, "+84912345678", "ZERO"),
        (912345678.0, "+84912345678", "ZERO"),
        ("912345678", "+84912345678", "ZERO"),
        ("510100037.0", "+84510100037", "ZERO"),
        ("0912345678", "+84912345678", ""),
        ("0912.345.678", "+84912345678", ""),
        ("0912 345 678", "+84912345678", ""),
        ("0912-345-678", "+84912345678", ""),
        ("\u00a00912345678\u00a0", "+84912345678", ""),
        ("+84912345678", "+84912345678", ""),
        ("84912345678", "+84912345678", ""),
        ("+84 (0)912 345 678", "+84912345678", ""),
        ("ĐT: 0912345678", "+84912345678", ""),
        ("01681234567", "+84381234567", "PREFIX"),
        (1681234567, "+84381234567", "PREFIX"),
        ("0123 456 7890", "+84834567890", "PREFIX"),
    ],
)
def test_one_mobile_however_it_is_written(written, number, repaired):
    assert parse(written, allow_demo=True) == ([Phone(number, MOBILE, "", repaired)], [])


@pytest.mark.parametrize(
    "written",
    [
        "0912, 000, 142", "0912/000/142", "0912 - 000 - 142", "0912\n000\n142", "0912;000;142", "0912,00,01,42",
        "091.200.0142", "091/2000142", "0912000,142", "912, 000, 142", "84,912,000,142", "+84/912/000/142",
        "0,9,1,2,0,0,0,1,4,2", "ĐT: 0912 – 000 – 142", "0912|000|142",
    ],
)  # fmt: skip
def test_digits_of_one_number_parted_by_what_parts_numbers(written):
    phones, problems = parse(written, allow_demo=False)
    assert ([phone.number for phone in phones], problems) == (["+84912000142"], [])


@pytest.mark.parametrize(
    ("written", "numbers"),
    [
        ("0912 000 157, 0912 000 158", ["+84912000157", "+84912000158"]),
        ("0912.000.157/0912.000.158", ["+84912000157", "+84912000158"]),
        ("0912/000/157; 0912,000,158", ["+84912000157", "+84912000158"]),
        ("0912\n000\n157\n0912\n000\n158", ["+84912000157", "+84912000158"]),
        ("0912, 000, 157, 0912, 000, 158, 0912, 000, 159", ["+84912000157", "+84912000158", "+84912000159"]),
        ("0912000157 / 0912, 000, 158 / 0237/3821234", ["+84912000157", "+84912000158", "+842373821234"]),
    ],
)
def test_numbers_in_groups_stay_two_or_three(written, numbers):
    phones, problems = parse(written, allow_demo=False)
    assert ([phone.number for phone in phones], problems) == (numbers, [])


@pytest.mark.parametrize("written", ["091234567/8", "0912345 67/78", "12/05/1962", "0912/000/14", "2021, 2022"])
def test_no_number_is_made_of_what_is_none(written):
    phones, problems = parse(written, allow_demo=False)
    assert (phones, {problem.kind for problem in problems}) == ([], {"TOO_SHORT"})


def test_second_ending_is_no_second_number():
    phones, problems = parse("0912000142/43", allow_demo=False)
    assert ([phone.number for phone in phones], problems) == (["+84912000142"], [Problem("TOO_SHORT", "43")])


@pytest.mark.parametrize("written", ["0237.3821.234", "(0237) 3821234", "02373821234", "(037) 3821234"])
def test_landline_of_thanh_hoa_also_with_the_code_of_before_2017(written):
    (phone,), problems = parse(written, allow_demo=False)
    assert (phone.number, phone.kind, problems) == ("+842373821234", LANDLINE, [])


@pytest.mark.parametrize(
    "written",
    [
        "0510100259 - 0510104403",
        "0510100259/0510104403",
        "0510100259; 0510104403",
        "0510100259, 510104403",
        "0510100259\n0510104403",
        "0510100259 0510104403",
        "0510.100.259 hoặc 0510.104.403",
        "0510100259 - 0510104403 / 0510100259",
    ],
)
def test_two_numbers_in_a_cell_each_once_and_in_order(written):
    phones, problems = parse(written, allow_demo=True)
    assert ([phone.number for phone in phones], problems) == (["+84510100259", "+84510104403"], [])


@pytest.mark.parametrize(
    ("written", "owner"),
    [
        ("0510100444 (con trai)", "con trai"),
        ("0510100444 con gái", "con gái"),
        ("Con gái: 0510100444", "con gái"),
        ("0510100444 (CHÁU NỘI)", "cháu nội"),
        ("0510100444 (con gái, ở Bình Dương)", "con gái, ở Bình Dương"),
        ("0510100444 (Zalo)", ""),
        ("0510100444 (chủ hộ)", ""),
        ("Gọi con gái 0510100444", "con gái"),
        ("Liên hệ cháu Lan: 0510100444", "cháu Lan"),
        ("vợ: 0510100444", "vợ"),
        ("Con trai, 0510100444", "con trai"),
        ("0510100444\n(con trai)", "con trai"),
        ("0510100444, con dâu", "con dâu"),
        ("0510100444 (Viettel)", ""),
        ("Vina: 0510100444", ""),
        ("0510100444 (trưởng thôn)", "trưởng thôn"),
    ],
)
def test_remark_says_whose_phone_it_is(written, owner):
    (phone,), _problems = parse(written, allow_demo=True)
    assert (phone.number, phone.owner) == ("+84510100444", owner)


def test_each_number_keeps_its_own_remark():
    phones, _problems = parse("0912345678 (con trai) / 0387654321 (hàng xóm) / 0987654321", allow_demo=False)
    assert [phone.owner for phone in phones] == ["con trai", "hàng xóm", ""]


@pytest.mark.parametrize(
    "written",
    [
        "Vợ 0912345678 chồng 0387654321",
        "0912345678 vợ 0387654321 chồng",
        "vợ: 0912345678, chồng: 0387654321",
        "0912345678 (vợ) 0387654321 (chồng)",
    ],
)
def test_two_owners_in_one_cell(written):
    phones, problems = parse(written, allow_demo=False)
    assert [(phone.number, phone.owner) for phone in phones] == [("+84912345678", "vợ"), ("+84387654321", "chồng")]
    assert problems == []


@pytest.mark.parametrize("written", ["0912345678 x", "0912345678 gọi", "ĐT bàn: 0912345678"])
def test_mark_beside_a_number_is_nobody(written):
    assert parse(written, allow_demo=False) == ([Phone("+84912345678", MOBILE)], [])


@pytest.mark.parametrize(
    "written", ["", None, "K có", "không", "Không có số", "ko", "0", 0, 0.0, "-", "x", "Chưa có", " \u00a0"]
)
def test_no_phone_is_no_problem(written):
    assert parse(written, allow_demo=True) == ([], [])


@pytest.mark.parametrize(
    ("written", "kind"),
    [
        ("98234", "TOO_SHORT"),
        ("091234567", "TOO_SHORT"),
        ("091234567890", "TOO_LONG"),
        ("0112345678", "UNKNOWN_PREFIX"),
        ("9.12E+08", "LOST_DIGITS"),
        ("hỏi hàng xóm", "NO_NUMBER"),
        ("hàng xóm", "NO_NUMBER"),
        ("113", "SERVICE"),
        ("18001091", "SERVICE"),
        ("1900 6789", "SERVICE"),
        ("1900561234", "SERVICE"),
        ("gọi trưởng thôn 0912000142", "OFFICIAL"),
        ("Trưởng thôn: 0912000142", "OFFICIAL"),
        ("số của công an xã 0912000142", "OFFICIAL"),
        ("số cũ 0912000142", "OLD"),
        ("0912000142 (không dùng nữa)", "OLD"),
    ],
)
def test_what_cannot_be_a_number_is_said(written, kind):
    assert parse(written, allow_demo=True) == ([], [Problem(kind, written)])


def test_good_number_beside_a_bad_one_is_kept():
    phones, problems = parse("0912345678 / 0387", allow_demo=False)
    assert [phone.number for phone in phones] == ["+84912345678"]
    assert problems == [Problem("TOO_SHORT", "0387")]


def test_number_of_an_office_or_of_before_is_left_beside_the_households():
    phones, problems = parse("0912000142 / 113", allow_demo=False)
    assert ([phone.number for phone in phones], problems) == (["+84912000142"], [Problem("SERVICE", "113")])
    phones, problems = parse("số cũ 0912000142, số mới 0912000143", allow_demo=False)
    assert [(phone.number, phone.owner) for phone in phones] == [("+84912000143", "")]
    assert problems == [Problem("OLD", "số cũ 0912000142")]


def test_demo_numbers_only_in_a_demo():
    assert parse("0510100037", allow_demo=False) == ([], [Problem("UNKNOWN_PREFIX", "0510100037")])
    assert parse("05101000371", allow_demo=True)[0] == [], "ten digits, no more"


def test_endless_cell_is_cut_and_quick():
    _phones, problems = parse("9" * 32_767, allow_demo=True)
    assert len(problems[0].text) == 1_000


@pytest.mark.parametrize(
    "written",
    [
        "Đào Thị Gió - 0912000393", "Đào Thị Gió (0912000393)", "Đào Thị Gió\n0912000393", "Đào Thị Gió 0912000393",
        "Đào Thị Gió ĐT 0912.000.393", "Đào Thị Gió, SĐT: 0912 000 393", "0912000393 Đào Thị Gió",
        "Đào Thị Gió 912000393", "Đào Thị Gió, 0912, 000, 393", "Đào Thị Gió Zalo:+84912000393",
    ],
)  # fmt: skip
def test_number_behind_a_name_is_no_part_of_it(written):
    taken = taken_out(written, allow_demo=False, of_name=True)
    assert (taken.rest, [phone.number for phone in taken.phones]) == ("Đào Thị Gió", ["+84912000393"])
    assert taken.problems == ()


def test_number_behind_a_name_may_be_somebody_elses_or_wrong():
    for written in ("Đào Thị Gió (con trai 0912000393)", "Đào Thị Gió - con trai: 0912000393"):
        taken = taken_out(written, allow_demo=False, of_name=True)
        assert (taken.rest, [phone.owner for phone in taken.phones]) == ("Đào Thị Gió", ["con trai"])
    taken = taken_out("Đào Thị Gió 038162001234", allow_demo=False, of_name=True)
    assert (taken.rest, taken.phones, taken.problems) == ("Đào Thị Gió", (), (Problem("TOO_LONG", "038162001234"),))
    assert taken_out("Đào Thị Gió (1962)", allow_demo=False, of_name=True).rest == "Đào Thị Gió (1962)"


@pytest.mark.parametrize(
    ("note", "rest", "numbers", "is_said"),
    [
        ("ĐT: 0912000394", "", [("+84912000394", "")], True),
        ("gọi con gái 0912000395", "", [("+84912000395", "con gái")], True),
        ("Hộ nghèo 2021; Zalo 0912.000.394", "Hộ nghèo 2021", [("+84912000394", "")], True),
        ("0912000394 (con dâu)", "", [("+84912000394", "con dâu")], False),
        ("TK: 0912000394; ĐT: 0912000395", "TK: 0912000394", [("+84912000395", "")], True),
        (
            "con trai Nam: 0912000394, con gái Lan 0912000395",
            "",
            [("+84912000394", "con trai Nam"), ("+84912000395", "con gái Lan")],
            True,
        ),
        ("Đi xa, gọi cháu Tú 0912000394 sau 18h", "Đi xa, sau 18h", [("+84912000394", "cháu Tú")], True),
        *[
            (text, text, [], False)
            for text in (
                "hộ mới tách", "CCCD 038162001234", "sổ hộ khẩu 0350100000", "hỗ trợ 1.500.000 đồng",
                "sinh 01/02/1962 đến 03/04/2021", "038 162 001 234", "HĐ số 0912000394", "từ năm 2020 - 2021",
            )
        ],
    ],
)  # fmt: skip
def test_numbers_in_a_note(note, rest, numbers, is_said):
    taken = taken_out(note, allow_demo=False)
    assert (taken.rest, [(phone.number, phone.owner) for phone in taken.phones]) == (rest, numbers)
    assert (taken.is_said, taken.problems) == (is_said, ())


def test_number_of_an_office_in_a_note_is_told():
    taken = taken_out("liên hệ trưởng thôn 0912000394", allow_demo=False)
    assert (taken.phones, [problem.kind for problem in taken.problems]) == ((), ["OFFICIAL"])


def test_endless_note_is_quick():
    assert taken_out("0 " * 500, allow_demo=True).phones == ()
    assert taken_out("0912, " * 160, allow_demo=True).phones == ()
