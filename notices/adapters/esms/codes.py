"""eSMS' codes: channels.md §7.1. Answers carry numbers, receipts a word of the network."""

from collections.abc import Mapping

from django.utils.translation import gettext_noop as _

from notices.adapters.base import ErrorKind
from notices.adapters.provider import Code, Remedy

LATER, NEXT, STOP, BUG = (
    ErrorKind.RETRY_LATER,
    ErrorKind.NEXT_CHANNEL,
    ErrorKind.STOP_GATEWAY,
    ErrorKind.OUR_BUG,
)
PAY, CONNECT = Remedy.PAY, Remedy.CONNECT

#: CodeResult → what to do. 100 is accepted, 124 is a RequestId of the last 24 hours again. A code nobody has
#: documented yet is RETRY_LATER: the RequestId makes repeating harmless, the engine bounds it.
CODES: Mapping[str, Code] = {
    "99": Code(NEXT, _("số bị chặn ở nhà mạng")),
    "101": Code(STOP, _("sai khóa kết nối SMS"), CONNECT),
    "102": Code(STOP, _("tài khoản SMS chưa có bảng giá")),
    "103": Code(STOP, _("tài khoản SMS hết tiền"), PAY),
    "104": Code(STOP, _("tên thương hiệu SMS không đúng"), CONNECT),
    "105": Code(BUG),  # message id not found
    "106": Code(BUG),  # recording does not exist
    "107": Code(BUG),  # at least 30 numbers needed
    "108": Code(NEXT, _("số điện thoại không đúng")),
    "110": Code(BUG),  # request data wrong
    "115": Code(BUG),  # hashed phone invalid
    "118": Code(BUG),  # message type unsupported
    "120": Code(BUG),  # too many numbers
    "140": Code(STOP, _("máy chủ chưa được nhà mạng cho phép")),
    "146": Code(BUG, _("nội dung SMS không khớp mẫu đã đăng ký")),
    "160": Code(LATER, _("gửi nhanh hơn mức cho phép")),
    "171": Code(BUG),  # voucher code used
    "177": Code(NEXT, _("tên thương hiệu chưa đăng ký với mạng này")),
    "199": Code(LATER),  # the request is already being processed
    "204": Code(STOP),  # Zalo account not known to the provider
    "210": Code(BUG),  # payload does not fit
    "300": Code(BUG),  # message type missing
    "301": Code(BUG),  # service type unsupported
    "687": Code(BUG),  # more than 500 numbers
    "789": Code(STOP),  # template not set up for this account
    "790": Code(BUG),  # wrong template
    "791": Code(BUG),  # account or template id missing
    "799": Code(STOP),  # account inactive, wrong or not added
    "801": Code(BUG),  # mode 3 cannot be scheduled
    "802": Code(STOP),  # account may not use mode 3
    "851": Code(BUG),  # message id missing
    # Ours, for an account that lacks something.
    "no-key": Code(STOP, _("thiếu khóa hoặc tên thương hiệu SMS"), CONNECT),
    # In receipts.
    "ABSENT_SUBSCRIBER": Code(NEXT, _("máy tắt hoặc ngoài vùng phủ sóng")),
}
