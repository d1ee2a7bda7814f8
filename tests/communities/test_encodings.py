"""Old letters become Unicode and back without loss; Unicode is never taken for old letters."""

import csv
import unicodedata

import pytest
from django.urls import reverse
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


@pytest.mark.parametrize("word", ["Loïc", "10 µm"])
def test_one_foreign_word_is_no_old_letters_however_often(word):
    """Each would be a syllable of Vietnamese in one of the old letters."""
    rows = [[n, "Le Thi Hoa", 1960, 4, "", "", f"{word} {n}" if n < 5 else "Hôtel"] for n in range(8)]
    assert spreadsheet.read(workbook(rows), "x.xlsx").encoding is None


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


# --- capitals without a tone ------------------------------------------------------------------------------------

CAPS = [
    ("L£ THÞ ÝCH LîI", "LÊ THỊ ÍCH LỢI"), ("TRÇN V¨N íT", "TRẦN VĂN ỚT"), ("®ç THÞ BÝCH NG©N", "ĐỖ THỊ BÍCH NGÂN"),
    ("ÊM", "ẤM"), ("Hå V¨n TÝ", "Hồ Văn Tí"), ("Hµ Lª", "Hà Lê"), ("Tæ 1", "Tổ 1"), ("hé «ng NGUYÔN V¡N Hµ", None),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new"), CAPS)
def test_caps_lock_in_tcvn3(old, new):
    """A letter with a tone has no capital there; a word of capitals with small ones in it is one of capitals."""
    assert encodings.decode(old, encodings.TCVN3) == (new or "hộ ông NGUYỄN VĂN Hà")


@pytest.mark.parametrize(("old", "new"), [("NGUYEãN", "NGUYỄN"), ("Nguyeãn AÙnh", "Nguyễn Ánh"), ("Aùnh", "Ánh")])
def test_marks_of_the_other_size_in_vni(old, new):
    assert encodings.decode(old, encodings.VNI) == new


def test_list_typed_in_capitals_without_fonts():
    rows = [[n, encode(name.upper(), encodings.TCVN3)] for n, name in enumerate(LISTED)]
    book = spreadsheet.read(workbook(rows), "x.xlsx")
    assert [row.cells[1] for row in book.sheets[0].rows] == [name.upper() for name in LISTED]


# --- UTF-8 that was read as something else ----------------------------------------------------------------------

READERS = ["cp1252", "cp1258", "mac_roman"]


def misread(text: str, reader: str) -> str:
    """The UTF-8 of a text in the letters of a reader; what it leaves free stands as a control."""
    return text.encode().decode(reader, "_as_latin")


@pytest.mark.parametrize("reader", READERS)
@given(text=st.one_of(NAMES, NAMES.map(str.upper)))
def test_what_was_misread_is_had_back(text, reader):
    assert encodings.reread(misread(text, reader), reader, is_sure=True) == text


@pytest.mark.parametrize("reader", READERS)
@given(text=st.one_of(NAMES, NAMES.map(str.upper)), how=st.sampled_from(["free places", "spaces", "spaces once"]))
def test_no_letter_is_invented_where_bytes_are_gone(text, reader, how):
    seen = misread(text, reader).replace("\xa0", "\xa0" if how == "free places" else " ")
    seen = text.encode().decode(reader, "ignore") if how == "free places" else seen
    seen = " ".join(seen.split(" ")) if how != "spaces once" else " ".join(seen.split())
    new = " ".join(encodings.reread(seen, reader, is_sure=True).split())
    assert new == text or "\ufffd" in new


@given(texts=st.lists(st.one_of(NAMES, NAMES.map(str.upper), st.sampled_from(MINORITY + FOREIGN + ["LÃ\xa0QUANG"]))))
def test_unicode_is_never_taken_for_misread_text(texts):
    assert encodings.misread(texts) == ""


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("times", [1, 2])
def test_list_that_was_misread(reader, times):
    def wrong(text: str) -> str:
        for _ in range(times):
            text = misread(text, reader)
        return text

    rows = [[n, wrong(name), 1960] for n, name in enumerate(LISTED)]
    book = spreadsheet.read(
        workbook(rows, header=[wrong("STT"), wrong("Họ và tên chủ hộ"), wrong("Năm sinh")]), "x.xlsx"
    )
    assert [row.cells[1] for row in book.sheets[0].rows] == LISTED
    assert (book.encoding.name, book.encoding.is_decided) == ("UTF-8", True)
    assert len(book.encoding.examples) == 5
    assert {new for _, new in book.encoding.examples} <= {*LISTED, "Họ và tên chủ hộ", "Năm sinh"}


def test_what_was_misread_stays_where_a_person_says_so():
    note = misread("hộ nghèo", "cp1252")
    rows = [[n, name, 1960, 4, "", "", note] for n, name in enumerate(LISTED)]
    notes = {
        decided: {row.cells[6] for row in book.sheets[0].rows}
        for decided in ("", "UNICODE")
        for book in [spreadsheet.read(workbook(rows), "x.xlsx", spreadsheet.Reading(encoding=decided))]
    }
    assert notes == {"": {"hộ nghèo"}, "UNICODE": {note}}


def test_that_a_file_was_misread_is_told_and_nobody_is_asked(read, client_for, head):
    row = read(workbook([[n, misread(name, "cp1252"), 1960] for n, name in enumerate(LISTED)]))
    assert (row.plan["counts"]["new"], row.plan["needs"]) == (len(LISTED), [])
    page = client_for(head).get(reverse("import_detail", args=[row.pk])).content.decode()
    assert "Chữ UTF-8 đã chuyển sang chữ thường dùng." in page


# --- letters that are gone --------------------------------------------------------------------------------------


def gone(text: str, mark: str) -> str:
    """What is left of a text in the letters of Western Windows."""
    return text.encode("cp1252", "replace").decode("cp1252").replace("?", mark)


@pytest.mark.parametrize("mark", ["?", "\ufffd"])
def test_list_whose_letters_are_gone_is_refused(mark):
    rows = [[n, gone(name, mark), 1960] for n, name in enumerate(LISTED)]
    with pytest.raises(spreadsheet.Unreadable) as caught:
        spreadsheet.read(workbook(rows), "x.xlsx")
    assert caught.value.kind == "LOST_LETTERS"


@pytest.mark.parametrize(
    "note",
    ["đã hỏi chưa?", "Zalo? không rõ", "?", "https://hoadong.example/a?b=1", "Có dùng Zalo không?", "an?hoa"],
)
def test_questions_are_no_lost_letters(note):
    notes = [note if note != "an?hoa" or not n else "" for n in range(len(LISTED))]
    rows = [[n, name, 1960, 4, "", "", notes[n]] for n, name in enumerate(LISTED)]
    header = ["STT", "Chủ hộ?", "Năm sinh?", "Số khẩu?", "SĐT?", "Địa chỉ?", "Có Zalo không?"]
    book = spreadsheet.read(workbook(rows, header=header), "x.xlsx")
    assert [row.cells[1] for row in book.sheets[0].rows] == LISTED


def test_relations_and_ditto_marks_have_words_of_their_own():
    assert [words.is_head(text) for text in ("Chủ hộ", "CH", "chủ  hộ", "Vợ", "con", "")] == [
        True, True, True, False, False, False
    ]  # fmt: skip
