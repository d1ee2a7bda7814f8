"""How offices call their columns, and what stands above and below a list."""

HEADERS: dict[str, tuple[str, ...]] = {
    "row_no": ("STT", "TT", "Số TT", "Số thứ tự", "Stt", "S TT"),
    "household_no": ("STT hộ", "Số TT hộ", "TT hộ", "Hộ số", "Số thứ tự hộ"),
    "code": ("Mã hộ", "Mã số hộ", "Mã hộ gia đình", "Mã HGĐ", "Mã hộ GĐ"),
    "head_name": (
        "Họ và tên chủ hộ", "Họ tên chủ hộ", "Tên chủ hộ", "Chủ hộ", "Họ và tên người đại diện hộ", "Đại diện hộ",
        "Họ và tên đại diện hộ", "Họ, tên chủ hộ", "Hộ gia đình", "Họ và tên chủ hộ gia đình", "Chủ hộ (họ và tên)",
        "Họ và tên (chủ hộ)", "Tên hộ", "Họ và tên ông/bà chủ hộ", "Hộ gia đình ông (bà)", "Họ, chữ đệm và tên chủ hộ",
    ),
    "full_name": (
        "Họ và tên", "Họ tên", "Họ, chữ đệm và tên", "Họ và tên thành viên", "Họ và tên nhân khẩu",
        "Họ và tên khai sinh", "Họ & tên", "Họ và tên thành viên trong hộ",
    ),
    "birth": (
        "Năm sinh", "Ngày sinh", "Ngày, tháng, năm sinh", "NS", "Sinh năm", "Ngày tháng năm sinh",
        "Ngày/tháng/năm sinh", "Năm sinh (dương lịch)", "N. sinh",
    ),
    "phone": (
        "Số điện thoại", "Điện thoại", "SĐT", "Số ĐT", "ĐT", "Điện thoại liên hệ", "Số điện thoại liên hệ", "Di động",
        "ĐTDĐ", "Số điện thoại chủ hộ", "Số ĐT liên lạc", "Điện thoại di động", "SĐT liên lạc", "Điện thoại (Zalo)",
        "SĐT/Zalo", "Số máy điện thoại", "Đt liên hệ", "Số di động",
    ),
    "members": (
        "Số khẩu", "Số nhân khẩu", "Nhân khẩu", "Tổng số khẩu", "Tổng nhân khẩu", "Số người", "Số thành viên", "Khẩu",
        "Số nhân khẩu trong hộ", "Tổng số nhân khẩu", "Số người trong hộ",
    ),
    "village": (
        "Thôn", "Thôn/bản", "Thôn, bản, TDP", "Thôn/TDP", "Địa bàn", "Tên thôn", "Thôn (bản)", "Tổ dân phố/Thôn",
    ),
    "hamlet": ("Cụm dân cư", "Cụm", "Tổ liên gia", "Ngõ", "Cụm/ngõ", "Tổ tự quản"),
    "address": (
        "Địa chỉ", "Nơi ở", "Nơi ở hiện tại", "Địa chỉ thường trú", "Nơi thường trú", "Chỗ ở hiện nay", "Nơi cư trú",
        "Địa chỉ nhà", "Hộ khẩu thường trú", "Địa chỉ cư trú", "Nơi ĐKTT",
    ),
    "note": ("Ghi chú", "GC", "Chú thích", "Ghi chú thêm", "Ghi chú (nếu có)"),
    "relation": (
        "Quan hệ với chủ hộ", "Quan hệ", "Quan hệ chủ hộ", "QH với chủ hộ", "Mối quan hệ với chủ hộ", "Quan hệ với CH",
    ),
    "gender": ("Giới tính", "GT", "Phái", "Nam/Nữ", "Giới tính (Nam/Nữ)"),
    "zalo": ("Zalo", "Số Zalo"),
}  # fmt: skip

ASIDES = {
    "phone": (" (nếu có)", " (ghi đủ 10 số)"), "head_name": (" (chữ in hoa)", " (ghi đầy đủ)"),
    "members": (" (người)",),
    "birth": (" (ghi rõ ngày, tháng, năm)",), "address": (" (số nhà, đường, thôn, xóm)", " (ghi cụ thể)"),
    "village": (" (ghi rõ)",), "note": (" (nếu có)",), "full_name": (" (viết chữ in hoa)",),
}  # fmt: skip

# Columns a portal does not need; what stands in them is made from a number.
EXTRAS: tuple[tuple[tuple[str, ...], tuple[object, ...]], ...] = (
    (("Số CCCD",), ("099062000123", 99085001234, "099170004567", "")),
    (("Số định danh cá nhân/CCCD",), ("099062000123", "099085001234")),
    (("Dân tộc",), ("Kinh", "Mường", "Thái", "Kinh")),
    (("Tôn giáo",), ("Không", "Không", "Công giáo", "")),
    (("Ký nhận",), ("",)),
    (("Ký tên",), ("",)),
    (("Số tiền (đồng)",), (50_000, 120_000, 75_000)),
    (("Mức đóng/khẩu",), (50_000,)),
    (("Đã nộp",), ("x", "", "x")),
    (("Còn nợ",), ("", 200_000, "")),
    (("Nghề nghiệp",), ("Làm ruộng", "Công nhân", "Buôn bán", "Hưu trí", "")),
    (("Diện hộ",), ("", "Hộ nghèo", "Cận nghèo", "")),
    (("Hộ nghèo",), ("", "", "x")),
    (("Quê quán",), ("Nga Sơn", "Thọ Xuân, Thanh Hóa", "Hoằng Hóa")),
    (("Diện tích đất (m2)",), (120, 85.5, 300)),
    (("Số con",), (1, 2, 3)),
    (("Số lao động",), (1, 2, 4)),
    (("Trẻ em dưới 6 tuổi",), ("", 1, 2)),
    (("Số người trong độ tuổi lao động",), (1, 2, 3)),
    (("Số nhân khẩu tạm vắng",), ("", 1, "")),
    (("Số hộ",), (1,)),
    (("Loại nhà",), ("Cấp 4", "Nhà tầng", "Nhà sàn")),
    (("Nhà vệ sinh",), ("x", "", "x")),
    (("Họ và tên vợ (chồng)",), ("Lê Thị Hoa", "Trần Văn Bình", "Phạm Thị Lan", "")),
    (("Năm sinh vợ/chồng",), (1960, 1971, 1985, "")),
    (("Người nộp tiền",), ("Lê Thị Hoa", "", "Trần Văn Bình")),
    (("Ngày đăng ký",), ("12/03/2019", "05/11/2021", "")),
    (("Số thẻ BHYT",), ("GD4380000000001", "", "HT2380000000002")),
    (("Trình độ",), ("12/12", "9/12", "7/10")),
    (("Số thửa",), (12, 145, 7)),
    (("Tờ bản đồ số",), (3, 4, 12)),
    (("Tiền điện thoại",), (50_000, "", 20_000)),
    (("Khoảng cách đến nhà văn hóa (km)",), (0.5, 1, 2.3)),
    (("Năm xây nhà",), (2001, 2015, 1998)),
    (("Nơi sinh",), ("Thanh Hóa", "Hà Nội", "")),
    (("Tình trạng hôn nhân",), ("Có vợ", "Góa", "")),
    (("Số công tơ điện",), ("PA05001", "PA05002", "PA05003")),
    (("Xe máy",), (1, 2, "")),
    (("Đất ở", "Số thửa"), (12, 145, 7)),
    (("Đóng góp năm 2026", "Quỹ phòng chống thiên tai"), (20_000, 10_000)),
    (("Đóng góp năm 2026", "Quỹ khuyến học"), (30_000, "")),
    (("Bầu cử", "HĐND xã"), ("x", "", "x")),
    (("Thiếu hụt", "Nhà ở"), ("x", "", "")),
)

TOTALS = ("Tổng cộng", "Cộng", "TỔNG CỘNG", "Tổng", "Tổng số")
PARTIAL = ("Cộng {0}", "Cộng", "Tổng {0}", "CỘNG {1}")
