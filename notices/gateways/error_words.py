"""What a provider's code means, in words for people who run a commune office. Adapters keep the technical meaning."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

#: Code → a sentence's middle, small first letter: “lỗi gần nhất 09:12: hết hạn mức trong ngày”. Zalo's codes are
#: negative (channels.md §1.8, §2.5), eSMS' positive (§7.1), those with letters are our own.
WORDS: dict[str, str] = {
    # Ours.
    "quota": gettext_noop("hết hạn mức trong ngày"),
    "budget": gettext_noop("hết ngân sách tin nhắn trong tháng"),
    "opted-out": gettext_noop("gia đình đã ngừng nhận tin qua kênh này"),
    "no-contact": gettext_noop("số điện thoại đã được gỡ khỏi hộ"),
    "compose": gettext_noop("tin không soạn được, cần người vận hành xem lại"),
    "lease": gettext_noop("máy gửi bị ngắt giữa chừng, không rõ tin đã đi chưa"),
    "timeout": gettext_noop("nhà mạng không trả lời kịp"),
    "connection": gettext_noop("không kết nối được tới nhà mạng"),
    "garbage": gettext_noop("nhà mạng trả lời không đọc được"),
    "no-token": gettext_noop("chưa kết nối tài khoản Zalo"),
    "no-key": gettext_noop("thiếu khóa hoặc tên thương hiệu SMS"),
    "token": gettext_noop("phiên kết nối Zalo hết hạn, cần kết nối lại"),
    "http-429": gettext_noop("gửi nhanh hơn mức cho phép"),
    # Zalo.
    "-32": gettext_noop("gửi nhanh hơn mức cho phép"),
    "-108": gettext_noop("số điện thoại không đúng"),
    "-110": gettext_noop("ứng dụng Zalo của người nhận quá cũ"),
    "-114": gettext_noop("máy người nhận không nhận được tin Zalo"),
    "-115": gettext_noop("tài khoản Zalo hết tiền"),
    "-118": gettext_noop("số này không có Zalo"),
    "-119": gettext_noop("tài khoản người nhận không nhận được tin Zalo này"),
    "-124": gettext_noop("phiên kết nối Zalo hết hạn, cần kết nối lại"),
    "-131": gettext_noop("mẫu tin Zalo chưa được duyệt"),
    "-133": gettext_noop("Zalo không cho gửi mẫu tin này từ 22:00 đến 06:00"),
    "-135": gettext_noop("tài khoản Zalo OA chưa được phép gửi tin"),
    "-136": gettext_noop("chưa liên kết ví trả tiền Zalo"),
    "-137": gettext_noop("Zalo không trừ được tiền trong ví"),
    "-139": gettext_noop("người nhận không muốn nhận loại tin này"),
    "-141": gettext_noop("người nhận từ chối tin từ tài khoản của xã"),
    "-144": gettext_noop("hết hạn mức trong ngày"),
    "-146": gettext_noop("Zalo đã tắt mẫu tin vì chất lượng thấp"),
    "-147": gettext_noop("mẫu tin hết hạn mức trong ngày"),
    "-211": gettext_noop("hết hạn mức"),
    "-216": gettext_noop("phiên kết nối Zalo hết hạn, cần kết nối lại"),
    "-220": gettext_noop("phiên kết nối Zalo hết hạn, cần kết nối lại"),
    "-224": gettext_noop("gói dịch vụ Zalo OA đã hết, cần mua thêm"),
    "-227": gettext_noop("tài khoản Zalo của người nhận lâu không dùng"),
    "-234": gettext_noop("Zalo không cho gửi ban đêm"),
    "-244": gettext_noop("người nhận hạn chế tin từ tài khoản của xã"),
    "-248": gettext_noop("Zalo chặn vì vi phạm chính sách"),
    "-321": gettext_noop("tài khoản Zalo hết tiền"),
    "-1351": gettext_noop("tài khoản Zalo OA bị khóa"),
    # eSMS.
    "99": gettext_noop("số bị chặn ở nhà mạng"),
    "101": gettext_noop("sai khóa kết nối SMS"),
    "102": gettext_noop("tài khoản SMS chưa có bảng giá"),
    "103": gettext_noop("tài khoản SMS hết tiền"),
    "104": gettext_noop("tên thương hiệu SMS không đúng"),
    "108": gettext_noop("số điện thoại không đúng"),
    "140": gettext_noop("máy chủ chưa được nhà mạng cho phép"),
    "146": gettext_noop("nội dung SMS không khớp mẫu đã đăng ký"),
    "160": gettext_noop("gửi nhanh hơn mức cho phép"),
    "177": gettext_noop("tên thương hiệu chưa đăng ký với mạng này"),
    "ABSENT_SUBSCRIBER": gettext_noop("máy tắt hoặc ngoài vùng phủ sóng"),
}
_HTTP = gettext_noop("máy chủ nhà mạng đang trục trặc")
_OTHER = gettext_noop("nhà mạng báo lỗi %(code)s")
_SET_UP = gettext_noop("kênh gửi chưa được cài đặt xong")


def words(code: str) -> str:
    """The words of a code; of one nobody foresaw, that there was an error, with the code for the hotline."""
    known = WORDS.get("token" if code.startswith("token") else code)
    if known:
        return _(known)
    if code.startswith("http-5"):
        return _(_HTTP)
    if is_our_own(code):
        return _(_SET_UP)
    return _(_OTHER) % {"code": code}


def is_our_own(code: str) -> bool:
    """Whether it is no provider's code but what we say to operators: no adapter, unreadable credentials."""
    return " " in code
