"""What is sent: SMS parts, Zalo fields."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from communities.models import Household
from notices.models import Channel, Delivery
from notices.writing import composing, plain

LOCAL = ZoneInfo("Asia/Ho_Chi_Minh")


@pytest.mark.parametrize(
    ("text", "characters", "parts", "is_unicode"),
    [
        ("a" * 160, 160, 1, False),
        ("a" * 161, 161, 2, False),
        ("a" * 306, 306, 2, False),
        ("a" * 307, 307, 3, False),
        ("€" * 80, 160, 1, False),
        ("€" * 81, 162, 2, False),
        ("đ" * 70, 70, 1, True),
        ("đ" * 71, 71, 2, True),
        ("đ" * 134, 134, 2, True),
        ("đ" * 135, 135, 3, True),
        ("😀" * 35, 70, 1, True),
        ("😀" * 36, 72, 2, True),
        ("", 0, 1, False),
        # A character of two units is never cut by the network: it goes whole into the next part.
        ("a" * 152 + "€" + "b" * 152, 306, 3, False),
        ("a" * 151 + "[" + "b" * 153, 306, 2, False),
        ("a" * 152 + "[" + "b" * 151, 305, 2, False),
        ("a" * 158 + "€", 160, 1, False),
        ("đ" * 66 + "😀" + "đ" * 66, 134, 3, True),
        ("đ" * 65 + "😀" + "đ" * 67, 134, 2, True),
        ("đ" * 68 + "😀", 70, 1, True),
    ],
)
def test_parts_are_counted_as_the_network_counts_them(text, characters, parts, is_unicode):
    sms = composing.measure_sms(text)
    assert (sms.characters, sms.parts, sms.is_unicode) == (characters, parts, is_unicode)


def test_the_letters_that_cost_are_named_once_each():
    assert composing.measure_sms("Cắt điện 7h–15h, cắt cả thôn").costly == ["ắ", "đ", "ệ", "–", "ả", "ô"]


def test_unaccenting_keeps_every_word():
    assert plain.unaccent("Đỗ Thị Bưởi – “Quỹ Đền ơn” 50.000₫") == 'Do Thi Buoi - "Quy Den on" 50.000d'


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("Thu hồi 500 m² đất", "Thu hoi 500 m2 dat"),
        ("Nắng nóng trên 38°C", "Nang nong tren 38 do C"),
        ("Nắng nóng trên 38 ºC, có nơi 40℃", "Nang nong tren 38 do C, co noi 40 do C"),
        ("Họp\u2060 thôn", "Hop thon"),
        ("Họp\tthôn\u00a0Đoài\u200b\ufe0f", "Hop thon Doai"),
        ("Họp thôn → nhà văn hóa", "Hop thon -> nha van hoa"),
        ("● Mang theo thẻ \uf0b7 sổ", "- Mang theo the - so"),
        ("½ ngày, 1½ ngày", "1/2 ngay, 1 1/2 ngay"),
        ("cỡ 3×4, 10² m", "co 3x4, 10^2 m"),
        ("−5 độ, 5÷7 ngày, ≥ 3 hộ", "-5 do, 5-7 ngay, >= 3 ho"),
        ("Quyết định № 5, 20 €", "Quyet dinh No 5, 20 €"),
        ("Hộp thư 😀, chữ 中", "Hop thu 😀, chu 中"),  # nothing plain says the same
    ],
)
def test_what_has_a_plain_form_is_written_plainly_and_what_nobody_sees_is_dropped(text, written):
    assert plain.unaccent(text) == written


def test_own_words_keep_what_is_seen_and_lose_what_is_not(draft):
    draft.sms_text = "Hop\u200b thon\u00a0Doai 7h"
    sms = composing.sms_for(draft, "L")
    assert (sms.text, sms.costly) == ("XA HOA DONG: Hop thon Doai 7h. Xem: L", [])


def test_the_sms_says_who_what_until_when_and_where(draft):
    draft.title = "Gia hạn thẻ bảo hiểm y tế"
    draft.confirm_by = datetime(2026, 12, 20, 23, 59, tzinfo=LOCAL)
    sms = composing.sms_for(draft, "https://hoadong.example/t/1.abc/")
    assert sms.text == ("XA HOA DONG: Gia han the bao hiem y te. Han 20/12/2026. Xem: https://hoadong.example/t/1.abc/")
    assert sms.parts == 1


def test_own_words_are_kept_and_get_the_sender_once(draft):
    draft.sms_text = "Cat dien 7h-15h30 ngay 05/12."
    assert composing.sms_for(draft, "L").text == "XA HOA DONG: Cat dien 7h-15h30 ngay 05/12. Xem: L"
    draft.sms_text = "HOA TOC - XA HOA DONG: Bao so 12. Truc ban: 0510000099"
    assert composing.sms_for(draft, "L").text == "HOA TOC - XA HOA DONG: Bao so 12. Truc ban: 0510000099. Xem: L"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Nguyễn Văn Thiệp", "Hộ ông Nguyễn Văn Thiệp"),
        ("Lê Thị Ngân", "Hộ bà Lê Thị Ngân"),
        ("Trương Công Nguyễn Hoàng Phi Long", "Hộ ông/bà Trương Công Nguyễn Hoàng Phi Long"),
        ("Văn Thị", "Hộ ông/bà Văn Thị"),
    ],
)
def test_a_household_is_addressed_as_on_paper(name, expected):
    assert composing.addressee(Household(head_name=name)) == expected


def test_a_zalo_message_carries_fields_within_their_maxima(draft):
    draft.urgency = "KHAN"
    draft.happens_at = datetime(2026, 12, 5, 7, 0, tzinfo=LOCAL)
    draft.confirm_by = datetime(2026, 12, 4, 17, 0, tzinfo=LOCAL)
    delivery = Delivery(pk=41, channel=Channel.ZALO, address="+84510200001")
    message = composing.message_for(
        delivery, notice=draft, head_name="Trương Công Nguyễn Hoàng Phi Long", link="https://h/t/1.x/", template="9"
    )
    assert message.reference == f"{draft.code}-41"
    assert (message.template, message.address) == ("9", "+84510200001")
    assert message.params == {
        "tieu_de": "Thông báo khẩn: Họp nhân dân bàn việc làm đường nội thôn",
        "ho": "Hộ ông/bà Trương Công Nguyễn H",
        "thoi_gian": "07:00, 05/12/2026",
        "han": "04/12/2026",
        "ma": draft.code,
        "duong_dan": "https://h/t/1.x/",
    }


def test_an_ordinary_notice_needs_no_word_of_urgency(draft):
    card = composing.zalo_card(draft, "Hộ bà Lê Thị Ngân")
    assert card.title == "Thông báo: Họp nhân dân bàn việc làm đường nội thôn"
    assert card.rows == [
        ("Gửi tới", "Hộ bà Lê Thị Ngân"),
        ("Thời gian", "Xem nội dung"),
        ("Hạn chót", "Không có"),
        ("Mã", draft.code),
    ]
    assert card.confirm_label == "Tôi đã đọc"
