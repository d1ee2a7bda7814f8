"""A step of a ladder is said so that a village head understands it."""

import pytest

from notices.ladder import rules, wording
from notices.ladder.wording import duration, sentence
from notices.models import Urgency


@pytest.mark.parametrize(
    ("urgency", "said"),
    [
        (
            Urgency.NORMAL,
            [
                "Ngay lúc gửi: Zalo; hộ không có Zalo thì SMS",
                "Sau 24 giờ, hộ chưa xác nhận: vào việc hôm nay của trưởng thôn",
                "Trước hạn chót 4 giờ, hộ chưa xác nhận: nhắc bằng Zalo",
            ],
        ),
        (
            Urgency.URGENT,
            [
                "Ngay lúc gửi: Zalo; hộ không có Zalo thì SMS",
                "Sau 30 phút, hộ chưa xác nhận: SMS; vào việc hôm nay của trưởng thôn; đọc trên loa truyền thanh",
                "Sau 2 giờ, hộ chưa xác nhận: Zalo; hộ không có Zalo thì SMS",
            ],
        ),
        (
            Urgency.FLASH,
            [
                "Ngay lúc gửi: Zalo và SMS cùng lúc",
                "Sau 10 phút, hộ chưa xác nhận: vào việc hôm nay của trưởng thôn; đọc trên loa truyền thanh",
                "Sau 30 phút, rồi cứ 30 phút một lần, hộ chưa xác nhận: Zalo và SMS cùng lúc",
            ],
        ),
    ],
)
def test_default_steps_are_sentences(urgency, said):
    assert [sentence(rung) for rung in rules.DEFAULTS[urgency]] == said


@pytest.mark.parametrize(
    ("rung", "said"),
    [
        (
            {"evening_after_days": 0, "channels": ["GROUP", "POSTER"], "mode": "all"},
            "Khung tối cùng ngày (18:30–21:00), hộ chưa xác nhận: nhắn vào nhóm Zalo của thôn; dán bảng tin",
        ),
        (
            {"evening_after_days": 1, "channels": ["SMS", "ZALO"], "mode": "first"},
            "Khung tối hôm sau (18:30–21:00), hộ chưa xác nhận: SMS; hộ không có SMS thì Zalo",
        ),
        (
            {"evening_after_days": 3, "channels": ["SMS"], "mode": "first"},
            "Khung tối sau 3 ngày (18:30–21:00), hộ chưa xác nhận: SMS",
        ),
        (
            {"before_deadline_minutes": 90, "channels": ["ZALO", "VISIT"], "mode": "first"},
            "Trước hạn chót 90 phút, hộ chưa xác nhận: Zalo; vào việc hôm nay của trưởng thôn",
        ),
        ({"after_minutes": 0, "channels": [], "mode": "first"}, "Ngay lúc gửi: "),
    ],
)
def test_other_steps_are_sentences(rung, said):
    assert sentence(rung) == said


def test_times_are_said_in_their_largest_whole_unit():
    assert [duration(n) for n in (0, 1, 59, 60, 61, 120, 1440, 1500, 2880, 43_200)] == [
        "0 phút", "1 phút", "59 phút", "1 giờ", "61 phút", "2 giờ", "24 giờ", "25 giờ", "2 ngày", "30 ngày",
    ]  # fmt: skip


def test_moment_and_channels_stand_alone():
    rung = rules.DEFAULTS[Urgency.NORMAL][1]
    assert wording.moment_words(rung) == "Sau 24 giờ"
    assert wording.channels_words(rung["channels"], rung["mode"]) == "vào việc hôm nay của trưởng thôn"
