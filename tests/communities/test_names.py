"""Vietnamese text as keys: found without accents, ordered by given name."""

import sys
import unicodedata

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from communities import names, nobody
from communities.places import Places


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("Đỗ Thị Bưởi ", "do thi buoi"),
        ("NGUYỄN\u00a0VĂN  HÒA", "nguyen van hoa"),
        (unicodedata.normalize("NFD", "Trịnh Thị Ước"), "trinh thi uoc"),
        ("Ðặng Văn Ðức", "dang van duc"),  # Ð is the Icelandic letter
        ("Số điện thoại (Zalo)", "so dien thoai zalo"),
        ("", ""),
    ],
)
def test_fold(text, key):
    assert names.fold(text) == key


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("  Lê\u00a0 Thị\tVân\n", "Lê Thị Vân"),
        ("\ufeffLê Thị\u200b Vân\x00", "Lê Thị Vân"),
        (unicodedata.normalize("NFD", "Lê Thị Vân"), "Lê Thị Vân"),
        ("Hoà", "Hoà"),  # nobody's name is corrected
        ("\u202aLê\u2060 Thị\u2066 V\u00adâ\u200en\ufe0f\ufffc\u3164\u202c", "Lê Thị Vân"),
        ("Phạm Bá Thu\u00adớc", "Phạm Bá Thước"), ("Thu\u00adở Qu\u00adớt Thu-ớc", "Thuở Quớt Thu-ớc"),
        ("Ｎｇõ　１２", "Ngõ 12"), ("٣\ud800𝟓", "35"), ("500 m²", "500 m²"), ("Ng\ufffdi", "Ng\ufffdi"),
    ],
)  # fmt: skip
def test_clean_drops_what_nobody_sees_and_changes_no_letter(text, cleaned):
    assert names.clean(text) == cleaned


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Lê Văn Quý", "Lê Văn Quí"), ("Sỹ", "Sĩ"), ("Lý", "LÍ"), ("Kỳ", "Kì"), ("Mỹ", "Mĩ"), ("Tỵ", "Tị"),
        ("Vỹ", "Vĩ"), ("Hy", "Hi"), ("Lý Lý Mỹ", "Lí Lí Mĩ"), ("Thôn Mỹ Lý", "Thôn Mĩ Lí"),
    ],
)  # fmt: skip
def test_i_and_y_are_one_where_the_vowel_stands_alone(one, other):
    assert names.name_key(one) == names.name_key(other)
    assert names.search_key("ĐP-1", one) == names.search_key("ĐP-1", other)
    assert names.village_name_key(one) == names.village_name_key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Thúy", "Thúi"),
        ("Tây", "Tâi"),
        ("Huy", "Hui"),
        ("Quyên", "Quiên"),
        ("Thy", "Thi"),
        ("Duy", "Dui"),
        ("Mây", "Mai"),
    ],
)
def test_i_and_y_are_two_elsewhere(one, other):
    assert names.name_key(one) != names.name_key(other)


def test_what_was_searched_for_is_marked_in_either_spelling():
    for name, query in (("Vũ Thị Lý", "li"), ("Vũ Thị Lí", "lý"), ("Lê Quý", "quí"), ("Lê Quí", "quy")):
        assert [text for text, is_hit in names.marked(name, query) if is_hit] == [name.split()[-1]]
    assert [text for text, is_hit in names.marked("Vũ Thị Linh", "ly") if is_hit] == []


def test_no_character_that_nobody_sees_stays_whatever_its_number():
    every = "".join(map(chr, range(sys.maxunicode + 1)))
    known = "".join(c for c in every if unicodedata.category(c) != "Cn")  # `regex` may know a later Unicode
    left = names.seen(known + "".join(regex.findall(r"\p{Default_Ignorable_Code_Point}", every)))
    unseen = r"[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]"
    assert set(regex.findall(unseen, left)) == {"\t", "\n", "\r"}
    assert set(regex.findall(r"\p{Nd}", left)) == set("0123456789")


def test_a_text_of_several_lines_keeps_them():
    assert names.seen("Kính mời\u200b\r\n\tbà con,\u2028hẹn ７h\0") == "Kính mời\r\n\tbà con,\nhẹn 7h"


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("LÊ THỊ VÂN", "Lê Thị Vân"),
        (unicodedata.normalize("NFD", "NGUYỄN THỊ HUYỀN"), "Nguyễn Thị Huyền"),
        ("Lê thị Vân", "Lê thị Vân"),
    ],
)
def test_capitals_become_a_persons_way_of_writing(text, title):
    assert names.title(text) == title


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("B.Lê Thị Hạt", "Lê Thị Hạt"), ("B Lê Thị Hạt", "Lê Thị Hạt"), ("Ô Hoàng Đức Sửu", "Hoàng Đức Sửu"),
        ("Ô.Hoàng Đức Sửu", "Hoàng Đức Sửu"), ("C. Lê Thị Hoa", "Lê Thị Hoa"), ("ÔB Mai Đức Thìn", "Mai Đức Thìn"),
        ("Cụ bà Vũ Thị Na", "Vũ Thị Na"), ("Bà cụ Vũ Thị Na", "Vũ Thị Na"), ("Ông bà Mai Đức Thìn", "Mai Đức Thìn"),
        ("Ông (bà): Mai Đức Thìn", "Mai Đức Thìn"), ("Hộ ông/bà Mai Đức Thìn", "Mai Đức Thìn"),
        ("Gđ ông Đinh Đức Riềng", "Đinh Đức Riềng"), ("GĐ: Đinh Đức Riềng", "Đinh Đức Riềng"),
        ("Hộ: Bà Đinh Thị Nghệ", "Đinh Thị Nghệ"), ("HỘ GIA ĐÌNH ÔNG ĐINH ĐỨC TỎI", "Đinh Đức Tỏi"),
        ("Nhà ông Đinh Đức Tỏi", "Đinh Đức Tỏi"), ("Chủ hộ: Đinh Đức Tỏi", "Đinh Đức Tỏi"),
        ("Chú Lê Văn Tám", "Lê Văn Tám"), ("Cô Trần Thị Út", "Trần Thị Út"), ("Bác Lò Văn Hai", "Lò Văn Hai"),
        ("Anh Phạm Văn Ba", "Phạm Văn Ba"), ("anh Tuấn", "Tuấn"), ("Đ/c Lê Văn Hai", "Lê Văn Hai"),
        ("1. Ông Lê Văn Hai", "Lê Văn Hai"), ("Ông Văn Tiến Dũng", "Văn Tiến Dũng"), ("ông Văn Tám", "Văn Tám"),
        ("Hộ ông Ông Văn Tám", "Ông Văn Tám"),
    ],
)  # fmt: skip
def test_form_of_address_is_no_part_of_a_name_in_any_spelling(written, name):
    assert names.person(written) == (name, "")


@pytest.mark.parametrize(
    "name",
    [
        "Ông Văn Tám", "Ông Ích Khiêm", "Ông Thị Lan", "Anh Tuấn", "Chu Văn An", "Y Bih Niê", "A Lăng Trung",
        "H'Hen Niê", "K’Brếp", "Ksor", "Ka Să Hà Thương", "Kim Min-jun", "Cầm Bá Thước", "Bùi Thị Mất", "Bùi Văn Chết",
        "Trần Từ Trần", "Công Tằng Tôn Nữ Thị Mỹ Linh", "Khổng Có Tài", "Trương Thị Chưa", "Lê Văn Không", "Na", "Bá",
        "Vi Vi", "Lê Văn A", "Đình Văn Công",
    ],
)  # fmt: skip
def test_names_that_look_like_something_else_stay_names(name):
    assert (names.person(name), nobody.kind_of(name)) == ((name, ""), "")


@pytest.mark.parametrize(
    ("written", "name", "aside"),
    [
        ("Trần Đức Mão - đã mất", "Trần Đức Mão", "đã mất"), ("Lưu Đức Tuất, đã chết", "Lưu Đức Tuất", "đã chết"),
        ("Lưu Đức Tuất đã mất", "Lưu Đức Tuất", "đã mất"), ("Lưu Đức Tuất (mất 2021)", "Lưu Đức Tuất", "mất 2021"),
        ("Lưu Đức Tuất mất 2021", "Lưu Đức Tuất", "mất 2021"), ("Lưu Đức Tuất - Chết", "Lưu Đức Tuất", "Chết"),
        ("† Lưu Đức Tuất", "Lưu Đức Tuất", "†"), ("Lưu Đức Tuất †", "Lưu Đức Tuất", "†"),
        ("LƯU ĐỨC TUẤT - ĐÃ TỪ TRẦN", "Lưu Đức Tuất", "ĐÃ TỪ TRẦN"), ("Tran Duc Mao da mat", "Tran Duc Mao", "da mat"),
        ("Cụ Lưu Đức Tuất-đã mất năm 2020", "Lưu Đức Tuất", "đã mất năm 2020"),
        ("Lưu Đức Tuất, quá cố", "Lưu Đức Tuất", "quá cố"),
    ],
)  # fmt: skip
def test_name_of_somebody_who_died_is_the_name_alone(written, name, aside):
    assert names.person(written) == (name, aside)
    assert names.says_dead(aside)


@pytest.mark.parametrize("aside", ["", "chồng đã mất", "mất sức", "mất đất", "hộ nghèo", "ông Mất"])
def test_what_stands_beside_a_name_may_be_of_another(aside):
    assert not names.says_dead(aside)


@pytest.mark.parametrize(
    ("written", "kind"),
    [
        *[
            (text, nobody.NOT_A_NAME)
            for text in (
                "=SUM(B2:B5)", "https://vidu.invalid/nhom", "to.hoi@vidu.invalid", "www.vidu.vn", "Nhà vắng chủ",
                "Không có ai ở", "KHONG CO AI O", "Đi làm ăn xa", "Đất trống", "???", "...", "12345", "A", "Y", "xxx",
                "abc", "VD", "Nguyễn Văn A", "N/A", "chưa rõ", "trống", "<script>x</script>", "#REF!", "Họ và tên",
                "${name}", "Đang cập nhật", "Nhà cho thuê",
            )
        ],
        *[(text, nobody.LOST_LETTERS) for text in ("Tr?nh V?n L??ng", "Lê Th? Nhàn", "Hoàng Qu?c Tr?", "Ng\ufffdi")],
        *[
            (text, nobody.ODD_NAME)
            for text in ("Trần Thị B", "Công ty TNHH Hoa Đồng", "Chùa Linh Quang", "Căn 12", "Nguyễn Văn Hòa?")
        ],
    ],
)  # fmt: skip
def test_what_names_nobody_is_known(written, kind):
    assert nobody.kind_of(written) == kind


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        ("<b>Lê Thị An</b>", "Lê Thị An"),
        ("Nguy&#7877;n V&#259;n An", "Nguyễn Văn An"),
        ("<p>Lê <i>Thị</i><br/>An</p>", "Lê Thị An"),
        ("Lê Thị An", "Lê Thị An"),
    ],
)
def test_letters_written_for_a_web_page_are_had_back(written, plain):
    assert nobody.in_plain(written) == plain


def test_people_stand_by_given_name_in_dictionary_order():
    people = [
        "Vũ Văn An", "Lê Thị Anh", "Đỗ Thị Ân", "Lò Thị Dung", "Hà Văn Đức", "Bùi Văn Hòa", "Cao Thị Thủy",
        "Lê Thị Thúy", "Trịnh Thị Thụy", "Lê Văn Thúy", "Phạm Thị Uyên", "Mai Thị Ước",
    ]  # fmt: skip
    # As ICU does for Vietnamese: all letters first (thuy thi trinh < thuy van le), then the tones.
    assert sorted(reversed(people), key=names.sort_key) == people


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("T. Hoà Bình", "Thôn Hòa Bình"),
        ("THÔN ĐÔNG PHÚ", "Đông Phú"),
        ("TDP 3", "Tổ dân phố 3"),
        ("Bản Suối Đá", "bản suối đá"),
    ],
)
def test_two_spellings_of_one_village_share_a_key(first, second):
    assert names.village_key(first) == names.village_key(second)


def test_matches_are_marked_in_the_text_as_it_is_written():
    assert names.marked("Nguyễn Thị Tỉnh", "nguyen thi") == [("Nguyễn Thị", True), (" Tỉnh", False)]
    assert names.marked("Đỗ Văn Đức", "đuc") == [("Đỗ Văn ", False), ("Đức", True)]
    assert names.marked("Lê Thị Vân", "") == [("Lê Thị Vân", False)]


@given(st.text(max_size=60), st.text(max_size=20))
def test_marking_never_changes_the_text(text, query):
    assert "".join(piece for piece, _is_hit in names.marked(text, query)) == unicodedata.normalize("NFC", text)


@given(st.text(max_size=200))
def test_keys_fit_their_columns_and_hold_no_mark(text):
    assert names.fold(names.fold(text)) == names.fold(text)
    assert len(names.sort_key(text)) <= 150
    assert "\x00" not in names.clean(text)


VILLAGES = (
    "Khu phố 2", "Tổ dân phố 6", "Thôn 7", "Thôn Ngọc Lâm", "Xóm Đình", "Bản Khẹo", "Khu dân cư 3", "Tiểu khu 4",
    "Thôn 9", "Tổ 9", "Khối 5", "Khu 5", "Khóm 8", "Ấp Chợ", "Thôn Hòa Bình 1",
)  # fmt: skip


@pytest.mark.parametrize(
    ("village", "spellings"),
    [
        ("Khu phố 2", "KP2 Khu_phố2 K.phố_2 K.P_2 kp.2 KP-2 KP_02 Khu_P2 Kphố_2"),
        ("Tổ dân phố 6", "TDP6 Tổ_DP_6 Tổ_DP6 T.dân_phố_6 T.DP_6 T.D.P._6 Tổ_dân_phố_thứ_6 TDP_số_6 tdp06 to_dan_pho6"),
        ("Thôn 7", "Thôn7 THÔN7 thon_7 T7 T.7 Th.7 Thôn_số_7"),
        ("Thôn Ngọc Lâm", "Th._Ngọc_Lâm Th.Ngọc_Lâm ThônNgọc_Lâm THÔNNGỌC_LÂM thonngoclam Thôn_NgọcLâm NgọcLâm"),
        ("Xóm Đình", "X._Đình X.Đình xómĐình"),
        ("Bản Khẹo", "B._Khẹo BảnKhẹo BAN_KHEO"),
        ("Khu dân cư 3", "KDC_3 KDC3 Khu_DC_3"),
        ("Tiểu khu 4", "TK4 TK_4"),
        ("Khóm 8", "K8 K.8"),
        ("Ấp Chợ", "A._Chợ ẤpChợ"),
        ("Thôn Hòa Bình 1", "Thôn_Hoà_Bình1 T._Hoà_Bình_1"),
    ],
)
def test_village_is_found_with_its_word_shortened_or_run_together(village, spellings):
    places = Places(enumerate(VILLAGES))
    found = {text: places.find(text.replace("_", " ")) for text in spellings.split()}
    assert found == dict.fromkeys(spellings.split(), VILLAGES.index(village))


@pytest.mark.parametrize(
    "text", ["T9", "K5", "T11", "KP20", "Thôn 70", "thôn 7 7", "KP", "Tổ", "Kpă", "Hòa Bình 11", "X. Đồi"]
)
def test_village_that_two_may_be_or_none_is_unknown(text):
    assert Places(enumerate(VILLAGES)).find(text) is None
