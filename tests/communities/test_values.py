"""Phones and names as promises that hold for any of them, however somebody wrote it."""

import unicodedata

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from communities import names
from communities.phones import LANDLINE, MOBILE, parse

# --- phones -------------------------------------------------------------------------------------------

PREFIXES = ("32", "33", "35", "37", "38", "39", "70", "77", "79", "81", "83", "85", "86", "88", "90", "91", "94", "96",
            "97", "98", "510")  # fmt: skip
OLD = {"0120": "070", "0122": "077", "0121": "079", "0123": "083", "0125": "085", "0162": "032", "0168": "038",
       "0169": "039", "0166": "036"}  # fmt: skip
OWNERS = ("con trai", "con gái", "cháu nội", "hàng xóm", "vợ", "chồng", "con dâu ở nhà")

mobiles = st.builds(
    lambda prefix, rest: (prefix + f"{rest:09}")[:9], st.sampled_from(PREFIXES), st.integers(0, 10**9 - 1)
)
spacing = st.sampled_from(["", ".", " ", "-", "\u00a0", "  "])
cuts = st.sampled_from([(4, 7), (3, 6), (2, 5, 7), (4, 6, 8), ()])


@st.composite
def written_mobiles(draw) -> tuple[str, str]:
    """(as somebody writes it, E.164)."""
    number = draw(mobiles)
    start = draw(st.sampled_from(["0", "+84", "84", "+84 ", "(+84) ", "+84 (0)", "0084", "'0"]))
    between, at = draw(spacing), draw(cuts)
    digits = "".join(between * (index in at) + digit for index, digit in enumerate("0" + number))[1:]
    label = draw(st.sampled_from(["", "", "ĐT: ", "SĐT ", "đt: ", "Zalo: "]))
    around = draw(st.sampled_from(["{}", " {} ", "\u00a0{}", "{}.", "{};", "{}\n", "\u200b{}"]))
    return around.format(f"{label}{start}{digits}"), f"+84{number}"


def _numbers(written: object) -> list[str]:
    return [phone.number for phone in parse(written, allow_demo=True)[0]]


@given(written_mobiles())
def test_mobile_is_the_same_however_it_is_written(pair):
    written, number = pair
    phones, problems = parse(written, allow_demo=True)
    assert ([(phone.number, phone.kind) for phone in phones], problems) == ([(number, MOBILE)], [])


@given(mobiles)
def test_lost_zero_is_restored_from_a_number_a_float_and_a_text(number):
    for written in (int(number), float(number), number, f"{number}.0"):
        assert _numbers(written) == [f"+84{number}"]


@given(st.sampled_from(sorted(OLD)), st.integers(1_000_000, 9_999_999), st.booleans())
def test_number_of_before_2018_moves_to_its_new_prefix(prefix, rest, keeps_zero):
    written = f"{prefix}{rest}" if keeps_zero else f"{prefix}{rest}"[1:]
    assert _numbers(written) == [f"+84{OLD[prefix][1:]}{rest}"]


@given(st.lists(written_mobiles(), min_size=2, max_size=4), st.sampled_from([" / ", "; ", ", ", "\n", " - ", " hoặc "]))
def test_several_in_a_cell_are_kept_once_and_in_order(pairs, between):
    cell = between.join(written.strip(" \n.;") for written, _number in pairs)
    assert _numbers(cell) == list(dict.fromkeys(number for _written, number in pairs))


@given(mobiles, st.sampled_from(OWNERS), st.sampled_from(["0{} ({})", "0{} {}", "{1}: 0{0}", "0{}({})", "{1} 0{0}"]))
def test_whose_phone_it_is_is_kept(number, owner, form):
    ((phone,), problems) = parse(form.format(number, owner), allow_demo=True)
    assert (phone.number, phone.owner, problems) == (f"+84{number}", owner, [])


@given(st.lists(st.tuples(mobiles, st.sampled_from(OWNERS)), min_size=2, max_size=3, unique_by=lambda pair: pair[0]))
def test_each_number_keeps_its_own_owner(pairs):
    cell = " / ".join(f"0{number} ({owner})" for number, owner in pairs)
    phones, _problems = parse(cell, allow_demo=True)
    assert [(phone.number, phone.owner) for phone in phones] == [(f"+84{number}", owner) for number, owner in pairs]


@given(st.sampled_from(["0237{}", "0237 {}", "(0237) {}", "0237.{}", "+84 237 {}"]), st.integers(3_200_000, 3_999_999))
def test_landline_stays_a_landline(form, rest):
    (phone,), problems = parse(form.format(rest), allow_demo=False)
    assert (phone.number, phone.kind, problems) == (f"+84237{rest}", LANDLINE, [])


@given(st.one_of(st.text(max_size=60), st.integers(), st.floats(), st.none(), st.booleans(), st.dates()))
@example("84" * 20)
@example("+")
@example("²³")
@example("٠٩١٢٣٤٥٦٧٨")
def test_nothing_in_a_cell_makes_it_stumble(cell):
    phones, problems = parse(cell, allow_demo=True)
    assert all(phone.number.startswith("+84") and phone.number[1:].isdecimal() for phone in phones)
    assert all(problem.kind and len(problem.text) <= 1_000 for problem in problems)


@given(st.one_of(written_mobiles().map(lambda pair: pair[0]), st.text(alphabet="0123456789 .-+/()", max_size=40)))
def test_reading_what_was_read_changes_nothing(cell):
    numbers = _numbers(cell)
    assert [_numbers(number) for number in numbers] == [[number] for number in numbers]
    assert _numbers(" / ".join(numbers)) == numbers


@given(st.text(alphabet="0123456789", min_size=1, max_size=14))
def test_digits_are_a_number_or_a_problem_never_silently_nothing(digits):
    assume(digits.strip("0"))
    phones, problems = parse(digits, allow_demo=True)
    assert len(phones) + len(problems) == 1


# --- names --------------------------------------------------------------------------------------------

FAMILIES = ("Nguyễn", "Trần", "Lê", "Phạm", "Đỗ", "Vũ", "Trịnh", "Lò", "Giàng", "Hơ", "Quách", "Lý", "Đặng")
MIDDLES = ("Văn", "Thị", "Đình", "Hữu", "Xuân", "A", "Ngọc", "Bá", "Thị Kim", "Quốc")
GIVEN = (
    "An", "Anh", "Ánh", "Ân", "Bình", "Cúc", "Dung", "Dũng", "Đào", "Đức", "Ê", "Hòa", "Hoà", "Huyền", "Kỷ", "Lan",
    "Mơ", "Nở", "Ô", "Ơn", "Páo", "Quý", "Sửu", "Thúy", "Thuỷ", "Thủy", "Thụy", "Thùy", "Ư", "Ước", "Uyên", "Vân",
    "Xuyến", "Ý", "Yến",
)  # fmt: skip
people = st.builds(
    lambda *parts: " ".join(parts), st.sampled_from(FAMILIES), st.sampled_from(MIDDLES), st.sampled_from(GIVEN)
)
FORMS = ("NFC", "NFD")


@st.composite
def written_people(draw) -> tuple[str, str]:
    """(as a list has it, the name): in capitals, in small letters, decomposed, with spaces nobody sees."""
    name = draw(people)
    shown = draw(st.sampled_from([str, str.upper, str.lower]))(name)
    shown = unicodedata.normalize(draw(st.sampled_from(FORMS)), shown)
    shown = shown.replace(" ", draw(st.sampled_from([" ", "  ", "\u00a0", "\t", " \u200b", "\n"])))
    return draw(st.sampled_from(["{}", " {} ", "\ufeff{}", "{}\u00a0"])).format(shown), name


@given(written_people())
def test_name_is_the_same_however_it_is_written(pair):
    written, name = pair
    assert names.title(written) == name
    assert names.person(written) == (name, "")
    assert names.fold(written) == names.fold(name)


@given(
    written_people(),
    st.sampled_from(["Ông ", "Bà ", "ông ", "BÀ ", "Ô. ", "B. ", "Hộ ông ", "Hộ bà ", "Ông: ", "1. "]),
)
def test_title_of_address_is_no_part_of_a_name(pair, address):
    written, name = pair
    assert names.person(address + written.lstrip("\ufeff")) == (name, "")


@given(written_people(), people, st.sampled_from(["({})", "[{}]", " ({})", "( {} )", "({}"]))
def test_what_stands_in_brackets_is_kept_beside_the_name(pair, other, form):
    written, name = pair
    assert names.person(f"{written} {form.format(f'vợ ông {other}')}") == (name, f"vợ ông {other}")


@given(people, st.sampled_from(FORMS))
def test_a_name_in_two_cases_is_nobodys_business(name, form):
    odd = name.replace("Thị", "thị").replace("Văn", "văn")
    assert names.title(unicodedata.normalize(form, odd)) == odd


@given(st.text(max_size=80))
@example("İ")
@example("ﬃ")
@example("\u0301")
def test_cleaning_is_done_once_and_for_all(text):
    cleaned = names.clean(text)
    assert cleaned == names.clean(cleaned) == unicodedata.normalize("NFC", cleaned)
    assert cleaned == " ".join(cleaned.split())
    assert names.fold(cleaned) == names.fold(unicodedata.normalize("NFD", cleaned))


_latin = st.characters(categories=["Lu", "Ll", "Nd", "Zs", "Po"], max_codepoint=0x24F)
_vietnamese = st.characters(categories=["Lu", "Ll"], min_codepoint=0x1EA0, max_codepoint=0x1EF9)


@given(st.text(alphabet=_latin | _vietnamese, max_size=40))
def test_title_and_person_never_stumble_and_settle(text):
    shown = names.title(text)
    assert names.clean(shown) == shown
    name, _aside = names.person(text)
    assert names.clean(name) == name


ALPHABET = "aăâbcdđeêghiklmnoôơpqrstuưvxy"
TONES = ("\u0300", "\u0309", "\u0303", "\u0301", "\u0323")  # huyền, hỏi, ngã, sắc, nặng


def _dictionary(syllable: str) -> tuple[list[int], int]:
    """Its place in a Vietnamese dictionary, told letter by letter: letters first, then the tone."""
    apart = unicodedata.normalize("NFD", syllable.lower())
    tone = next((TONES.index(mark) + 1 for mark in apart if mark in TONES), 0)
    letters = unicodedata.normalize("NFC", "".join(mark for mark in apart if mark not in TONES))
    return [ALPHABET.index(letter) for letter in letters], tone


@given(st.lists(st.sampled_from(GIVEN), min_size=2, max_size=12))
def test_people_of_one_family_stand_as_in_a_dictionary(given_names):
    family = [f"Lê Văn {name}" for name in given_names]
    assert [_dictionary(name.split()[-1]) for name in sorted(family, key=names.sort_key)] == sorted(
        _dictionary(name) for name in given_names
    )


@given(people, people)
def test_given_name_comes_before_all_others(first, second):
    mine, other = (_dictionary(name.split()[-1])[0] for name in (first, second))
    assume(mine != other)
    assert (names.sort_key(first) < names.sort_key(second)) == (mine < other)


@given(written_people())
def test_place_in_a_list_does_not_depend_on_how_a_name_is_written(pair):
    written, name = pair
    assert names.sort_key(written) == names.sort_key(name)


# --- villages -----------------------------------------------------------------------------------------

OWN_NAMES = ("Đông Phú", "Hòa Bình", "Thủy Sơn", "Quý Lộc", "Xuân Lập 2", "Tây Phú")
OTHER_TONES = {"Hòa": "Hoà", "Thủy": "Thuỷ", "Quý": "Qúy"}


@st.composite
def written_villages(draw) -> tuple[str, str]:
    """(as a list has it, the village's own name)."""
    own = draw(st.sampled_from(OWN_NAMES))
    shown = own
    if draw(st.booleans()):
        for usual, other in OTHER_TONES.items():
            shown = shown.replace(usual, other)
    shown = draw(st.sampled_from(["Thôn ", "thôn ", "T. ", "T.", "", "Thôn  "])) + shown
    if draw(st.booleans()):
        shown = shown.upper()
    shown = unicodedata.normalize(draw(st.sampled_from(FORMS)), shown)
    if draw(st.booleans()):
        shown = "".join(mark for mark in unicodedata.normalize("NFD", shown) if not unicodedata.combining(mark))
        shown = shown.replace("Đ", "D").replace("đ", "d")
    return draw(st.sampled_from(["{}", " {} ", "{}\u00a0", "{}."])).format(shown), own


@given(written_villages())
def test_village_is_found_however_it_is_written(pair):
    written, own = pair
    assert names.village_key(written) == names.village_key(own) == names.village_key(f"Thôn {own}")


@given(st.integers(1, 40))
def test_number_alone_does_not_make_two_villages_one(number):
    street = {names.village_name_key(f"{word} {number}") for word in ("Tổ dân phố", "TDP", "tdp", "TỔ DÂN PHỐ")}
    village = {names.village_name_key(f"{word} {number}") for word in ("Thôn", "THÔN", "T.", "thon")}
    assert len(street) == len(village) == 1
    assert street != village
    assert names.village_name_key(f"Khu phố {number}") == names.village_name_key(f"KP {number}") not in street | village


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("Thôn Đông Phú", "Thôn Đông Phúc"),
        ("Thôn 1", "Thôn 11"),
        ("Thôn Tây Phú 1", "Thôn Tây Phú 2"),
        ("Thôn 3", "3A"),
    ],
)
def test_villages_of_almost_one_name_stay_two(first, second):
    assert names.village_key(first) != names.village_key(second)
