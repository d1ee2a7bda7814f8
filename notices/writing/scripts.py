"""What the people of a village read out, post and pin up about a notice: plain text made from it.

Always Vietnamese, whatever language the desk uses: it is said to the village. No household's link stands in any of
these texts, since whoever holds one speaks for that household.
"""

from datetime import datetime

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import override

from notices.models import Channel, Notice, Urgency
from notices.writing import composing


def text_for(channel: str, notice: Notice) -> str:
    """The text of a channel that people carry; blank for a visit, which needs none."""
    write = {Channel.LOUDSPEAKER: loudspeaker, Channel.GROUP: group, Channel.POSTER: poster}.get(Channel(channel))
    return write(notice) if write else ""


def loudspeaker(notice: Notice) -> str:
    """To be read aloud: hours as they are spoken, the contact twice, since nobody can look it up again."""
    ward = notice.ward
    said = [
        f"Loa truyền thanh {ward.name[:1].lower()}{ward.name[1:]}.",
        f"Kính thưa bà con! {ward.office_name} thông báo{_urgency(notice)}: {_bare(notice.title)}.",
    ]
    if notice.happens_at:
        said.append(f"Thời gian: {spoken(notice.happens_at, has_clock=notice.has_clock)}.")
    if notice.place:
        said.append(f"Địa điểm: {_bare(notice.place)}.")
    said.append(notice.body.strip())
    if notice.confirm_by:
        said.append(f"Hạn chót: {spoken(notice.confirm_by, has_clock=False)}.")
    if contact := _bare(notice.contact):
        said.append(f"Bà con cần hỏi, xin liên hệ {contact}. Xin nhắc lại: {contact}.")
    said.append("Đề nghị bà con báo cho hàng xóm cùng biết. Xin cảm ơn bà con!")
    return "\n\n".join(said)


def group(notice: Notice) -> str:
    """For the village's Zalo group: short, with the code by which people ask about it."""
    said = [_heading(notice), *_facts(notice), "", notice.body.strip(), ""]
    if notice.is_confirmation_wanted:
        said.append("Bà con bấm “Tôi đã đọc” trong tin riêng mà xã gửi tới từng hộ.")
    return "\n".join([*said, _whom_to_ask(notice)])


def poster(notice: Notice) -> str:
    """For the board at the village house."""
    said = [notice.ward.office_name.upper(), _heading(notice), "", *_facts(notice), "", notice.body.strip(), ""]
    return "\n".join([*said, _whom_to_ask(notice)])


def spoken(moment: datetime, *, has_clock: bool) -> str:
    """A moment as it is said: “7 giờ 30, ngày 5 tháng 12”."""
    local = timezone.localtime(moment)
    day = f"ngày {local.day} tháng {local.month}"
    if not has_clock:
        return day
    return f"{local.hour} giờ {local.minute}, {day}" if local.minute else f"{local.hour} giờ, {day}"


def _heading(notice: Notice) -> str:
    return f"THÔNG BÁO{_urgency(notice).upper()}: {_bare(notice.title)}"


def _facts(notice: Notice) -> list[str]:
    facts = [
        ("Thời gian", composing.moment(notice)),
        ("Địa điểm", notice.place),
        ("Hạn chót", date_format(timezone.localtime(notice.confirm_by), "d/m/Y") if notice.confirm_by else ""),
    ]
    return [f"{label}: {value}" for label, value in facts if value]


def _whom_to_ask(notice: Notice) -> str:
    return f"Hỏi lại: {_bare(notice.contact) or notice.ward.office_name}. Mã thông báo: {notice.code}."


def _urgency(notice: Notice) -> str:
    with override("vi"):
        return "" if notice.urgency == Urgency.NORMAL else f" {notice.get_urgency_display().lower()}"


def _bare(text: str) -> str:
    """Without the full stop at its end: the sentence around it has one."""
    return text.strip().rstrip(".")
