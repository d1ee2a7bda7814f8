"""Old letters become Unicode and back without loss; Unicode is never taken for old letters."""

import csv
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from communities import encodings, spreadsheet
from communities.spreadsheet import words
from tests.communities.conftest import workbook

DATA = encodings._DATA


def _column(file: str) -> list[str]:
    with open(DATA / file, encoding="utf-8", newline="") as rows:
        return [row[0] for row in csv.reader(rows)][1:]


SURNAMES = _column("names_surnames.csv")
MIDDLES = _column("names_middle.csv")
GIVEN = _column("names_given_male.csv") + _column("names_given_female.csv")
NAMES = st.builds(lambda *parts: " ".join(parts), *map(st.sampled_from, (SURNAMES, MIDDLES, GIVEN)))
FOREIGN = ["Müller", "José Muñoz", "Café Paris", "Zoë", "François", "Øystein", "Æthelred", "Þór", "Niño", "Ærø"]
MINORITY = [
    "Lò Văn Pọm", "Giàng A Páo", "Hơ Thị Và", "Vàng A Lử", "Thao A Chống", "Cứ A Dê", "Sùng Mí Và", "Y Bhăm Niê",
    "H'Hen Niê", "K'Brếp", "Rơ Châm Blớ", "Kpă Klơng", "Quách Công Ỏm", "Và Bá Chò", "Nông Đức Mạnh", "Lý Mí Pó",
    "Hà Lê", "Vò Ôn", "Bàn Phù Sính", "Chìu Tài Và", "Siô H'Yông",
]  # fmt: skip


def encode(text: str, name: str) -> str:
    """Vietnamese as it stands in a file of those years."""
    reverse = {new: old for old, new in encodings.table(name).items()}
    if name == encodings.TCVN3:  # a capital with a tone is drawn by a font of capitals from its small letter
        reverse |= {new.upper(): old for new, old in list(reverse.items()) if new.upper() not in reverse}
    return "".join(reverse.get(letter, letter) for letter in text)


@pytest.mark.parametrize("name", encodings.NAMES)
@settings(max_examples=300)
@given(text=st.lists(st.one_of(NAMES, st.sampled_from(["Thôn 1", "hộ nghèo", "0510100001", "(con gái)"])), min_size=1))
def test_what_is_encoded_is_decoded(name, text):
    whole = ", ".join(text)
    wanted = whole.lower() if name == encodings.TCVN3 else whole
    assert encodings.decode(encode(wanted, name), name) == wanted


@pytest.mark.parametrize("name", encodings.NAMES)
def test_every_letter_of_a_table_has_its_place(name):
    for old, new in encodings.table(name).items():
        assert encodings.decode(old, name) == new
        assert encode(new, name) == old
    assert len(encodings.table(name)) == {"TCVN3": 74, "VNI": 130}[name]


@given(texts=st.lists(st.one_of(NAMES, NAMES.map(str.upper), st.sampled_from(MINORITY + FOREIGN)), min_size=1))
def test_unicode_is_never_taken_for_old_letters(texts):
    assert encodings.guess(texts) == ""


@given(text=st.one_of(NAMES, st.sampled_from(MINORITY)), form=st.sampled_from(["NFC", "NFD"]))
def test_no_unicode_name_looks_old(text, form):
    assert {encodings.verdict(unicodedata.normalize(form, text), name) for name in encodings.NAMES}.isdisjoint({"OLD"})


@given(texts=st.lists(NAMES, min_size=8, unique=True))
@pytest.mark.parametrize("name", encodings.NAMES)
def test_a_list_in_old_letters_is_known_by_them(name, texts):
    old = [encode(text, name) for text in texts]
    if sum(not text.isascii() for text in old) >= 6:
        assert encodings.guess(old) == name


@given(NAMES)
def test_every_word_of_a_name_is_a_syllable(text):
    assert [word for word in text.split() if not encodings.is_syllable(word)] == []


@pytest.mark.parametrize("word", ["NguyÔn", "v¨n", "Hoaø", "Leâ", "tđ", "hóá", "cáp̀", "Kpă", "bờc", "ngt"])
def test_what_cannot_be_a_syllable(word):
    assert not encodings.is_syllable(word)


@pytest.mark.parametrize(
    ("font", "letters"),
    [
        (".VnTime", "TCVN3"), (".VnTimeH", "TCVN3H"), (".VnArial Narrow", "TCVN3"), (".VNARIALH", "TCVN3H"),
        ("VNI-Times", "VNI"), ("VNI-Helve", "VNI"), ("Times New Roman", ""), ("Calibri", ""), ("", ""),
    ],
)  # fmt: skip
def test_fonts_tell_the_letters(font, letters):
    assert encodings.of_font(font) == letters


# --- in a list ------------------------------------------------------------------------------------------------

LISTED = ["Nguyễn Văn Hùng", "Trương Thị Xuyến", "Lê Thị Hà", "Vũ Đình Mạnh", "Lò Văn Hồng", "Đỗ Thị Bưởi"]


@pytest.mark.parametrize("name", encodings.NAMES)
def test_list_in_old_letters_without_fonts(name):
    header = [encode(text, name) for text in ("STT", "Họ và tên chủ hộ", "Năm sinh")]
    rows = [[n, encode(text, name), 1960] for n, text in enumerate(LISTED)]
    book = spreadsheet.read(workbook(rows, header=header), "x.xlsx")
    assert (book.encoding.name, book.encoding.by, book.encoding.is_decided) == (name, "LETTERS", False)
    assert [row.cells[1] for row in book.sheets[0].rows] == LISTED


@pytest.mark.parametrize("name", encodings.NAMES)
def test_rows_copied_from_an_old_file_into_a_new_one(name):
    texts = [encode(text, name) if n % 2 else text for n, text in enumerate(LISTED * 3)]
    book = spreadsheet.read(workbook([[n, text] for n, text in enumerate(texts)]), "x.xlsx")
    converted = [row.cells[1] for row in book.sheets[0].rows]
    assert [one for one, wanted in zip(converted[::2], (LISTED * 3)[::2], strict=True) if one != wanted] == []
    assert book.encoding.name == name
    assert sum(one == wanted for one, wanted in zip(converted, LISTED * 3, strict=True)) >= len(texts) - 3


@pytest.mark.parametrize("name", encodings.NAMES)
def test_bytes_of_a_text_file_of_those_years(name):
    lines = ["STT;Họ và tên chủ hộ;Ghi chú", *(f"{n};{text};hộ nghèo" for n, text in enumerate(LISTED, start=1))]
    content = encode("\n".join(lines), name).encode("cp1252")
    book = spreadsheet.read(content, "x.csv")
    assert [row.cells[1] for row in book.sheets[0].rows] == LISTED
    assert book.encoding.name == name


def test_relations_and_ditto_marks_have_words_of_their_own():
    assert [words.is_head(text) for text in ("Chủ hộ", "CH", "chủ  hộ", "Vợ", "con", "")] == [
        True, True, True, False, False, False
    ]  # fmt: skip
