"""What a provider's code means, in words for people who run a commune office. Adapters keep the technical meaning."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as noop

#: Code → a sentence's middle, small first letter: “lỗi gần nhất 09:12: hết hạn mức trong ngày”. Zalo's codes are
#: negative (channels.md §1.8, §2.5), eSMS' positive (§7.1), those with letters are our own.
WORDS: dict[str, str] = {
    # Ours.
    "quota": noop("hết hạn mức trong ngày"),
    "budget": noop("hết ngân sách tin nhắn trong tháng"),
    "opted-out": noop("gia đình đã ngừng nhận tin qua kênh này"),
    "no-contact": noop("số điện thoại đã được gỡ khỏi hộ"),
    "lease": noop("máy gửi bị ngắt giữa chừng, không rõ tin đã đi chưa"),
    "timeout": noop("nhà mạng không trả lời kịp"),
    "connection": noop("không kết nối được tới nhà mạng"),
    "garbage": noop("nhà mạng trả lời không đọc được"),
    "no-token": noop("chưa kết nối tài khoản Zalo"),
    "no-key": noop("thiếu khóa hoặc tên thương hiệu SMS"),
    "token": noop("phiên kết nối Zalo hết hạn, cần kết nối lại"),
    "http-429": noop("gửi nhanh hơn mức cho phép"),
    # Zalo.
    "-32": noop("gửi nhanh hơn mức cho phép"),
    "-108": noop("số điện thoại không đúng"),
    "-110": noop("ứng dụng Zalo của người nhận quá cũ"),
    "-114": noop("máy người nhận không nhận được tin Zalo"),
    "-115": noop("tài khoản Zalo hết tiền"),
    "-118": noop("số này không có Zalo"),
    "-119": noop("tài khoản người nhận không nhận được tin Zalo này"),
    "-124": noop("phiên kết nối Zalo hết hạn, cần kết nối lại"),
    "-131": noop("mẫu tin Zalo chưa được duyệt"),
    "-133": noop("Zalo không cho gửi mẫu tin này từ 22:00 đến 06:00"),
    "-135": noop("tài khoản Zalo OA chưa được phép gửi tin"),
    "-136": noop("chưa liên kết ví trả tiền Zalo"),
    "-137": noop("Zalo không trừ được tiền trong ví"),
    "-139": noop("người nhận không muốn nhận loại tin này"),
    "-141": noop("người nhận từ chối tin từ tài khoản của xã"),
    "-144": noop("hết hạn mức trong ngày"),
    "-146": noop("Zalo đã tắt mẫu tin vì chất lượng thấp"),
    "-147": noop("mẫu tin hết hạn mức trong ngày"),
    "-211": noop("hết hạn mức"),
    "-216": noop("phiên kết nối Zalo hết hạn, cần kết nối lại"),
    "-220": noop("phiên kết nối Zalo hết hạn, cần kết nối lại"),
    "-224": noop("gói dịch vụ Zalo OA đã hết, cần mua thêm"),
    "-227": noop("tài khoản Zalo của người nhận lâu không dùng"),
    "-234": noop("Zalo không cho gửi ban đêm"),
    "-244": noop("người nhận hạn chế tin từ tài khoản của xã"),
    "-248": noop("Zalo chặn vì vi phạm chính sách"),
    "-321": noop("tài khoản Zalo hết tiền"),
    "-1351": noop("tài khoản Zalo OA bị khóa"),
    # eSMS.
    "99": noop("số bị chặn ở nhà mạng"),
    "101": noop("sai khóa kết nối SMS"),
    "102": noop("tài khoản SMS chưa có bảng giá"),
    "103": noop("tài khoản SMS hết tiền"),
    "104": noop("tên thương hiệu SMS không đúng"),
    "108": noop("số điện thoại không đúng"),
    "140": noop("máy chủ chưa được nhà mạng cho phép"),
    "146": noop("nội dung SMS không khớp mẫu đã đăng ký"),
    "160": noop("gửi nhanh hơn mức cho phép"),
    "177": noop("tên thương hiệu chưa đăng ký với mạng này"),
    "ABSENT_SUBSCRIBER": noop("máy tắt hoặc ngoài vùng phủ sóng"),
}
_HTTP = noop("máy chủ nhà mạng đang trục trặc")
_OTHER = noop("nhà mạng báo lỗi %(code)s")


def words(code: str) -> str:
    """The words of a code; of one nobody foresaw, that there was an error, with the code for the hotline."""
    if code in WORDS:
        return _(WORDS[code])
    if code.startswith("token"):
        return _(WORDS["token"])
    if code.startswith("http-5"):
        return _(_HTTP)
    return _(_OTHER) % {"code": code}
