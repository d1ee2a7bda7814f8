"""A step of a ladder in words: “Sau 24 giờ, hộ chưa xác nhận: vào việc hôm nay của trưởng thôn”.

Takes a rung as ladder.rules keeps it in JSON, so that the settings, the approver and the dashboard say the same.
"""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext

from notices import clock
from notices.ladder.rules import ALL
from notices.models import MESSAGES, Channel

HOUR, DAY = 60, 24 * 60
#: What people are asked to do; stands after “hộ chưa xác nhận:”.
_BY_PEOPLE: dict[str, str] = {
    Channel.VISIT: gettext_noop("vào việc hôm nay của trưởng thôn"),
    Channel.LOUDSPEAKER: gettext_noop("đọc trên loa truyền thanh"),
    Channel.GROUP: gettext_noop("nhắn vào nhóm Zalo của thôn"),
    Channel.POSTER: gettext_noop("dán bảng tin"),
}


def sentence(rung: Mapping[str, Any]) -> str:
    """When, for whom and how: “Ngay lúc gửi: Zalo; hộ không có Zalo thì SMS”."""
    how = channels_words(rung["channels"], rung["mode"])
    if is_first(rung):
        return _("%(when)s: %(how)s") % {"when": moment_words(rung), "how": how}
    if "before_deadline_minutes" in rung and set(rung["channels"]) <= set(MESSAGES):
        how = _("nhắc bằng %(channels)s") % {"channels": how}
    return _("%(when)s, hộ chưa xác nhận: %(how)s") % {"when": moment_words(rung), "how": how}


def moment_words(rung: Mapping[str, Any]) -> str:
    """When a rung is due: “Ngay lúc gửi”, “Sau 24 giờ”, “Trước hạn chót 4 giờ”, “Sau 30 phút, rồi cứ 30 phút”."""
    if is_first(rung):
        return _("Ngay lúc gửi")
    if "before_deadline_minutes" in rung:
        return _("Trước hạn chót %(time)s") % {"time": duration(rung["before_deadline_minutes"])}
    if "evening_after_days" in rung:
        return _evening(rung["evening_after_days"])
    after, every = rung["after_minutes"], rung.get("every_minutes", 0)
    if every:
        return _("Sau %(time)s, rồi cứ %(every)s một lần") % {"time": duration(after), "every": duration(every)}
    return _("Sau %(time)s") % {"time": duration(after)}


def channels_words(channels: Sequence[str], mode: str) -> str:
    """How a rung reaches a household. Work for people is always done, whatever the messages came to."""
    messages = [str(Channel(channel).label) for channel in channels if channel in MESSAGES]
    people = [_(_BY_PEOPLE[channel]) for channel in channels if channel in _BY_PEOPLE]
    if len(messages) < 2:
        said = "".join(messages)
    elif mode == ALL:
        *others, last = messages
        said = _("%(others)s và %(last)s cùng lúc") % {"others": ", ".join(others), "last": last}
    else:
        said = "; ".join([messages[0], *(_fallback(channel, following) for channel, following in pairwise(messages))])
    return "; ".join(([said] if said else []) + people)


def duration(minutes: int) -> str:
    """Minutes as people say them: 90 phút, 4 giờ, 24 giờ, 2 ngày."""
    if minutes and minutes % DAY == 0 and minutes > DAY:
        return ngettext("%(n)s ngày", "%(n)s ngày", minutes // DAY) % {"n": minutes // DAY}
    if minutes and minutes % HOUR == 0:
        return ngettext("%(n)s giờ", "%(n)s giờ", minutes // HOUR) % {"n": minutes // HOUR}
    return ngettext("%(n)s phút", "%(n)s phút", minutes) % {"n": minutes}


def is_first(rung: Mapping[str, Any]) -> bool:
    """The rung of the sending itself."""
    return rung.get("after_minutes") == 0 and not rung.get("every_minutes")


def _fallback(channel: str, following: str) -> str:
    return _("hộ không có %(channel)s thì %(next)s") % {"channel": channel, "next": following}


def _evening(days: int) -> str:
    hours = f"{clock.EVENING_BEGINS:%H:%M}–{clock.EVENING_ENDS:%H:%M}"
    if days == 0:
        return _("Khung tối cùng ngày (%(hours)s)") % {"hours": hours}
    if days == 1:
        return _("Khung tối hôm sau (%(hours)s)") % {"hours": hours}
    return _("Khung tối sau %(n)s ngày (%(hours)s)") % {"n": days, "hours": hours}
