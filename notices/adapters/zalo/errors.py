"""Zalo's error codes and what to do about each: channels.md §1.8, §2.5 and §2.6.

Zalo answers HTTP 200 for business errors; only `error` tells. A code nobody has documented yet is
RETRY_LATER: it may be about anything, so it must neither strike the person off the channel nor stop a
whole ward, and the engine gives up after a bounded number of attempts.
"""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from notices.adapters.base import ErrorKind, SendError

#: Zalo never states a time zone for its night ban and daily quotas; its users live in this one.
ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
NIGHT_BEGINS, NIGHT_ENDS = time(22, 0), time(6, 0)
QUOTA_RENEWS = time(0, 5)  # five minutes after midnight: the provider's clock is not ours
#: Told at 06:00 by our clock that it is night, we ask again so soon: what waited for the morning all goes out then.
CLOCKS_DIFFER = timedelta(minutes=5)

_LATER, _NEXT, _STOP, _BUG = (
    ErrorKind.RETRY_LATER,
    ErrorKind.NEXT_CHANNEL,
    ErrorKind.STOP_GATEWAY,
    ErrorKind.OUR_BUG,
)
_REFRESH = ErrorKind.REFRESH_TOKEN

#: The number has no Zalo: not only this message, the next notices need not try either.
NO_ACCOUNT = -118
#: Night ban, from 22:00 until 06:00.
NIGHT = {-133: "this template may not be sent at night", -234: "not allowed at night"}
#: Daily quotas, until after midnight.
QUOTA = {
    -144: "daily quota of the account is used up",
    -147: "daily limit of the template is used up",
    -211: "out of quota",
}

#: Everything else: code → (kind, what it means).
CODES: dict[int, tuple[ErrorKind, str]] = {
    # The access token: refresh it once, send again.
    -124: (_REFRESH, "access token invalid"),
    -216: (_REFRESH, "access token invalid"),
    -220: (_REFRESH, "access token expired"),
    # Busy or unwell.
    -32: (_LATER, "request rate exceeded"),
    -100: (_LATER, "unknown error at the provider"),
    -129: (_LATER, "RSA key cannot be created now"),
    -200: (_LATER, "send failed"),
    -214: (_LATER, "still being processed"),
    # About this person: never over this channel.
    -108: (_NEXT, "phone number invalid"),
    -110: (_NEXT, "the person's Zalo is too old"),
    -114: (_NEXT, "the person's account did not receive it"),
    NO_ACCOUNT: (_NEXT, "the number has no Zalo account"),
    -119: (_NEXT, "the account cannot receive template messages"),
    -134: (_NEXT, "the person has not agreed to receive"),
    -139: (_NEXT, "the person refuses this kind of message"),
    -140: (_NEXT, "not entitled to message this person"),
    -141: (_NEXT, "the person refuses messages from this account"),
    -213: (_NEXT, "the person does not follow the account"),
    -217: (_NEXT, "the person blocked the account's invitations"),
    -218: (_NEXT, "quota for this person used up"),
    -227: (_NEXT, "the person's account is locked or long unused"),
    -230: (_NEXT, "no interaction in seven days"),
    -232: (_NEXT, "interaction window expired"),
    -244: (_NEXT, "the person restricts messages from accounts"),
    -249: (_NEXT, "template cannot be sent by user id"),
    -1471: (_NEXT, "monthly follow-up quota for this person used up"),
    -1472: (_NEXT, "daily promotion quota for this person used up"),
    # About the account, the application, the template or money: every message would fail the same way.
    -101: (_STOP, "application invalid"),
    -102: (_STOP, "application does not exist"),
    -103: (_STOP, "application not activated"),
    -104: (_STOP, "application secret wrong"),
    -105: (_STOP, "application not linked to an account"),
    -109: (_STOP, "template id invalid"),
    -115: (_STOP, "not enough balance"),
    -117: (_STOP, "no permission on this template"),
    -120: (_STOP, "function not allowed for this account"),
    -121: (_STOP, "template has no content"),
    -125: (_STOP, "account id invalid"),
    -126: (_STOP, "development wallet exhausted"),
    -127: (_STOP, "development mode sends to administrators only"),
    -131: (_STOP, "template not approved"),
    -135: (_STOP, "account may not send"),
    -136: (_STOP, "wallet not linked"),
    -137: (_STOP, "charging failed"),
    -138: (_STOP, "application may not use the function"),
    -145: (_STOP, "account may not send this kind of content"),
    -146: (_STOP, "template disabled for low quality"),
    -162: (_STOP, "sending mode 3 refused"),
    -204: (_STOP, "account disabled or deleted"),
    -205: (_STOP, "account does not exist"),
    -209: (_STOP, "application not activated"),
    -212: (_STOP, "API not registered"),
    -219: (_STOP, "application removed or disabled"),
    -221: (_STOP, "account must be verified"),
    -223: (_STOP, "account has not authorised the API, or its quota of the period is used up"),
    -224: (_STOP, "account must buy a package"),
    -235: (_STOP, "API does not support this type of account"),
    -242: (_STOP, "appsecret_proof wrong"),
    -248: (_STOP, "platform policy violated"),
    -320: (_STOP, "wallet not linked"),
    -321: (_STOP, "out of money"),
    -1201: (_STOP, "account may not make this kind of template"),
    -1202: (_STOP, "account may not use media resources"),
    -1241: (_STOP, "appsecret_proof invalid"),
    -1351: (_STOP, "account blocked"),
    -1381: (_STOP, "account has not opened its wallet to the application"),
    -1441: (_STOP, "monthly promotion quota used up: the template has the wrong kind"),
    # About the request we made.
    -106: (_BUG, "HTTP method not supported"),
    -107: (_BUG, "message id invalid"),
    -111: (_BUG, "template data empty"),
    -112: (_BUG, "template data invalid"),
    -113: (_BUG, "button invalid"),
    -116: (_BUG, "content invalid"),
    -122: (_BUG, "body is not JSON"),
    -123: (_BUG, "RSA decryption failed"),
    -128: (_BUG, "encoding key does not exist"),
    -130: (_BUG, "content too long"),
    -132: (_BUG, "parameter invalid"),
    -142: (_BUG, "RSA key missing"),
    -143: (_BUG, "RSA key exists"),
    -148: (_BUG, "journey token not found"),
    -149: (_BUG, "journey token invalid"),
    -150: (_BUG, "journey token expired"),
    -151: (_BUG, "not an end-to-end encrypted template"),
    -152: (_BUG, "end-to-end encryption key failed"),
    -153: (_BUG, "input breaks the rules"),
    -158: (_BUG, "file too big"),
    -159: (_BUG, "file format refused"),
    -160: (_BUG, "daily quota for templates and uploads used up"),
    -161: (_BUG, "sending mode wrong"),
    -201: (_BUG, "parameter invalid"),
    -210: (_BUG, "a size limit exceeded"),
    -233: (_BUG, "message type unsupported"),
    -240: (_BUG, "this API was retired"),
    -1091: (_BUG, "template cannot be edited"),
    -1121: (_BUG, "template parameter too long"),
    -1122: (_BUG, "template parameter missing"),
    -1123: (_BUG, "QR code cannot be made"),
    -1124: (_BUG, "template parameter has the wrong format"),
    -1131: (_BUG, "link of a button has the wrong format"),
    -1491: (_BUG, "journey token has the wrong type"),
}


def send_error(code: int, at: datetime) -> SendError:
    """The outcome of an error code answered at `at`. Zalo's own message is left out: it may quote the request."""
    if code in NIGHT:
        is_day = NIGHT_ENDS <= at.astimezone(ZONE).time() < NIGHT_BEGINS
        until = at + CLOCKS_DIFFER if is_day else _next(NIGHT_ENDS, at)
        return SendError(str(code), ErrorKind.WAIT_UNTIL, NIGHT[code], until)
    if code in QUOTA:
        return SendError(str(code), ErrorKind.WAIT_UNTIL, QUOTA[code], _next(QUOTA_RENEWS, at))
    kind, meaning = CODES.get(code, (ErrorKind.RETRY_LATER, "code not documented"))
    return SendError(str(code), kind, meaning, has_no_account=code == NO_ACCOUNT)


def _next(clock: time, at: datetime) -> datetime:
    """The next moment the clock in Viet Nam shows this."""
    local = at.astimezone(ZONE)
    moment = datetime.combine(local.date(), clock, ZONE)
    return moment if moment > local else moment + timedelta(days=1)
