"""Zalo's error codes and what to do about each: channels.md §1.8, §2.5 and §2.6.

Zalo answers HTTP 200 for business errors; only `error` tells. Its own message is left out: it may quote the request.
A code nobody has documented yet is RETRY_LATER: it may be about anything, so it must neither strike the person off
the channel nor stop a whole ward, and the engine gives up after a bounded number of attempts.
"""

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.utils.translation import gettext_noop as _

from notices.adapters.base import ErrorKind, SendError
from notices.adapters.provider import Code, Remedy

#: Zalo never states a time zone for its night ban and daily quotas; its users live in this one.
ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
NIGHT_BEGINS, NIGHT_ENDS = time(22, 0), time(6, 0)
QUOTA_RENEWS = time(0, 5)  # five minutes after midnight: the provider's clock is not ours
#: Told at 06:00 by our clock that it is night, we ask again so soon: what waited for the morning all goes out then.
CLOCKS_DIFFER = timedelta(minutes=5)

LATER, NEXT, STOP, BUG, WAIT, REFRESH = (
    ErrorKind.RETRY_LATER,
    ErrorKind.NEXT_CHANNEL,
    ErrorKind.STOP_GATEWAY,
    ErrorKind.OUR_BUG,
    ErrorKind.WAIT_UNTIL,
    ErrorKind.REFRESH_TOKEN,
)
PAY, CONNECT = Remedy.PAY, Remedy.CONNECT

#: The number has no Zalo: not only this message, the next notices need not try either.
NO_ACCOUNT = "-118"
#: Not at night, from 22:00 until 06:00; the other codes that wait are daily quotas, until after midnight.
NIGHT = ("-133", "-234")

CODES: Mapping[str, Code] = {
    # Night and quotas.
    "-133": Code(WAIT, _("Zalo không cho gửi mẫu tin này từ 22:00 đến 06:00")),
    "-234": Code(WAIT, _("Zalo không cho gửi ban đêm")),
    "-144": Code(WAIT, _("hết hạn mức trong ngày")),
    "-147": Code(WAIT, _("mẫu tin hết hạn mức trong ngày")),
    "-211": Code(WAIT, _("hết hạn mức")),
    # The access token: refresh it once, send again.
    "-124": Code(REFRESH, _("phiên kết nối Zalo hết hạn, cần kết nối lại"), CONNECT),
    "-216": Code(REFRESH, _("phiên kết nối Zalo hết hạn, cần kết nối lại"), CONNECT),
    "-220": Code(REFRESH, _("phiên kết nối Zalo hết hạn, cần kết nối lại"), CONNECT),
    # Busy or unwell.
    "-32": Code(LATER, _("gửi nhanh hơn mức cho phép")),
    "-100": Code(LATER),  # unknown error at the provider
    "-129": Code(LATER),  # RSA key cannot be created now
    "-200": Code(LATER),  # send failed
    "-214": Code(LATER),  # still being processed
    # About this person: never over this channel.
    "-108": Code(NEXT, _("số điện thoại không đúng")),
    "-110": Code(NEXT, _("ứng dụng Zalo của người nhận quá cũ")),
    "-114": Code(NEXT, _("máy người nhận không nhận được tin Zalo")),
    "-118": Code(NEXT, _("số này không có Zalo")),
    "-119": Code(NEXT, _("tài khoản người nhận không nhận được tin Zalo này")),
    "-134": Code(NEXT),  # the person has not agreed to receive
    "-139": Code(NEXT, _("người nhận không muốn nhận loại tin này")),
    "-140": Code(NEXT),  # not entitled to message this person
    "-141": Code(NEXT, _("người nhận từ chối tin từ tài khoản của xã")),
    "-213": Code(NEXT),  # the person does not follow the account
    "-217": Code(NEXT),  # the person blocked the account's invitations
    "-218": Code(NEXT),  # quota for this person used up
    "-227": Code(NEXT, _("tài khoản Zalo của người nhận lâu không dùng")),
    "-230": Code(NEXT),  # no interaction in seven days
    "-232": Code(NEXT),  # interaction window expired
    "-244": Code(NEXT, _("người nhận hạn chế tin từ tài khoản của xã")),
    "-249": Code(NEXT),  # template cannot be sent by user id
    "-1471": Code(NEXT),  # monthly follow-up quota for this person used up
    "-1472": Code(NEXT),  # daily promotion quota for this person used up
    # About the account, the application, the template or money: every message would fail the same way.
    "-101": Code(STOP, _("ứng dụng Zalo không đúng"), CONNECT),
    "-102": Code(STOP, _("ứng dụng Zalo không đúng"), CONNECT),
    "-103": Code(STOP),  # application not activated
    "-104": Code(STOP, _("khóa bí mật của ứng dụng Zalo không đúng"), CONNECT),
    "-105": Code(STOP, _("ứng dụng Zalo chưa gắn với tài khoản OA"), CONNECT),
    "-109": Code(STOP, _("mã mẫu tin Zalo không đúng"), CONNECT),
    "-115": Code(STOP, _("tài khoản Zalo hết tiền"), PAY),
    "-117": Code(STOP),  # no permission on this template
    "-120": Code(STOP),  # function not allowed for this account
    "-121": Code(STOP),  # template has no content
    "-125": Code(STOP),  # account id invalid
    "-126": Code(STOP),  # development wallet exhausted
    "-127": Code(STOP),  # development mode sends to administrators only
    "-131": Code(STOP, _("mẫu tin Zalo chưa được duyệt")),
    "-135": Code(STOP, _("tài khoản Zalo OA chưa được phép gửi tin")),
    "-136": Code(STOP, _("chưa liên kết ví trả tiền Zalo"), PAY),
    "-137": Code(STOP, _("Zalo không trừ được tiền trong ví"), PAY),
    "-138": Code(STOP),  # application may not use the function
    "-145": Code(STOP),  # account may not send this kind of content
    "-146": Code(STOP, _("Zalo đã tắt mẫu tin vì chất lượng thấp")),
    "-162": Code(STOP),  # sending mode 3 refused
    "-204": Code(STOP),  # account disabled or deleted
    "-205": Code(STOP),  # account does not exist
    "-209": Code(STOP),  # application not activated
    "-212": Code(STOP),  # API not registered
    "-219": Code(STOP),  # application removed or disabled
    "-221": Code(STOP),  # account must be verified
    "-223": Code(STOP),  # account has not authorised the API, or its quota of the period is used up
    "-224": Code(STOP, _("gói dịch vụ Zalo OA đã hết, cần mua thêm"), PAY),
    "-235": Code(STOP),  # API does not support this type of account
    "-242": Code(STOP),  # appsecret_proof wrong
    "-248": Code(STOP, _("Zalo chặn vì vi phạm chính sách")),
    "-320": Code(STOP),  # wallet not linked
    "-321": Code(STOP, _("tài khoản Zalo hết tiền"), PAY),
    "-1201": Code(STOP),  # account may not make this kind of template
    "-1202": Code(STOP),  # account may not use media resources
    "-1241": Code(STOP),  # appsecret_proof invalid
    "-1351": Code(STOP, _("tài khoản Zalo OA bị khóa")),
    "-1381": Code(STOP),  # account has not opened its wallet to the application
    "-1441": Code(STOP),  # monthly promotion quota used up: the template has the wrong kind
    # About the request we made.
    "-106": Code(BUG),  # HTTP method not supported
    "-107": Code(BUG),  # message id invalid
    "-111": Code(BUG),  # template data empty
    "-112": Code(BUG),  # template data invalid
    "-113": Code(BUG),  # button invalid
    "-116": Code(BUG),  # content invalid
    "-122": Code(BUG),  # body is not JSON
    "-123": Code(BUG),  # RSA decryption failed
    "-128": Code(BUG),  # encoding key does not exist
    "-130": Code(BUG),  # content too long
    "-132": Code(BUG),  # parameter invalid
    "-142": Code(BUG),  # RSA key missing
    "-143": Code(BUG),  # RSA key exists
    "-148": Code(BUG),  # journey token not found
    "-149": Code(BUG),  # journey token invalid
    "-150": Code(BUG),  # journey token expired
    "-151": Code(BUG),  # not an end-to-end encrypted template
    "-152": Code(BUG),  # end-to-end encryption key failed
    "-153": Code(BUG),  # input breaks the rules
    "-158": Code(BUG),  # file too big
    "-159": Code(BUG),  # file format refused
    "-160": Code(BUG),  # daily quota for templates and uploads used up
    "-161": Code(BUG),  # sending mode wrong
    "-201": Code(BUG),  # parameter invalid
    "-210": Code(BUG),  # a size limit exceeded
    "-233": Code(BUG),  # message type unsupported
    "-240": Code(BUG),  # this API was retired
    "-1091": Code(BUG),  # template cannot be edited
    "-1121": Code(BUG),  # template parameter too long
    "-1122": Code(BUG),  # template parameter missing
    "-1123": Code(BUG),  # QR code cannot be made
    "-1124": Code(BUG),  # template parameter has the wrong format
    "-1131": Code(BUG),  # link of a button has the wrong format
    "-1491": Code(BUG),  # journey token has the wrong type
    # Ours, for an account that lacks something.
    "no-token": Code(STOP, _("chưa kết nối tài khoản Zalo"), CONNECT),
}


def send_error(code: str, at: datetime) -> SendError:
    """The outcome of an error code answered at `at`."""
    if code in NIGHT:
        is_day = NIGHT_ENDS <= at.astimezone(ZONE).time() < NIGHT_BEGINS
        return SendError(code, WAIT, until=at + CLOCKS_DIFFER if is_day else _next(NIGHT_ENDS, at))
    kind = CODES[code].kind if code in CODES else LATER
    until = _next(QUOTA_RENEWS, at) if kind == WAIT else None
    return SendError(code, kind, until=until, has_no_account=code == NO_ACCOUNT)


def _next(clock: time, at: datetime) -> datetime:
    """The next moment the clock in Viet Nam shows this."""
    local = at.astimezone(ZONE)
    moment = datetime.combine(local.date(), clock, ZONE)
    return moment if moment > local else moment + timedelta(days=1)
