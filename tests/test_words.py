"""Words and numbers as people here write them."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from communities.templatetags import page
from notices.templatetags import charts


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Gia hạn thẻ bảo hiểm y tế năm 2027", "Gia hạn thẻ bảo hiểm y_tế năm_2027"),
        ("Tổ dân phố 3, thôn 12", "Tổ dân phố_3, thôn_12"),
        ("Gọi 0510 000 034 trước 7 giờ 30", "Gọi 0510_000_034 trước 7_giờ_30"),
        ("Còn 28 hộ, 1.204 hộ", "Còn 28_hộ, 1.204_hộ"),
        ("Ý tế nhị, 2 tinh thần", "Ý tế nhị, 2 tinh thần"),
    ],
)
def test_words_that_belong_together_stay_on_one_line(text, expected):
    assert page.unbroken(text) == expected.replace("_", "\u00a0")


def test_a_day_is_said_in_the_ward_s_own_time():
    evening_in_london = datetime(2026, 12, 1, 18, 30, tzinfo=ZoneInfo("UTC"))
    assert page.long_day(evening_in_london) == "Thứ Tư, 02/12/2026"


@pytest.mark.parametrize(("minutes", "labels"), [(2, [0, 2]), (60, [0, 20, 40, 60])])
def test_labels_of_a_chart_never_repeat_a_minute(minutes, labels):
    from notices.progress.traffic import ReachAt

    start = datetime(2026, 12, 5, 8, tzinfo=ZoneInfo("Asia/Ho_Chi_Minh"))
    moments = [ReachAt(start + timedelta(minutes=minutes * part / 60), 0, 0) for part in range(61)]

    assert [(moment.at - start).total_seconds() / 60 for moment in charts.thirds(moments)] == labels
    assert charts.thirds([]) == []


def test_a_chart_says_its_numbers_in_words():
    from notices.progress.traffic import ReachAt

    hanoi = ZoneInfo("Asia/Ho_Chi_Minh")
    start, end = (datetime(2026, 12, 5, hour, tzinfo=hanoi) for hour in (8, 9))
    chart = charts.rise_chart([ReachAt(start, 0, 0), ReachAt(end, 900, 300)], 1200)
    assert 'aria-label="Từ 08:00 05/12 đến 09:00 05/12: 900 trên 1.200 hộ đã được báo, 300 hộ đã xác nhận"' in chart
    assert 'd="M0.0 200.0L600.0 50.0"' in chart
    assert 'd="M0.0 200.0L600.0 150.0"' in chart
