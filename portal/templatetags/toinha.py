"""What the pages draw with: icons, reach bars, badges, and numbers as people here write them."""

import re
from datetime import datetime
from functools import cache
from typing import Any

from django import template
from django.conf import settings
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from notices.gateways import error_words
from notices.models import Notice
from notices.writing import composing

register = template.Library()

ICON_FOLDER = settings.BASE_DIR / "static" / "vendor" / "tabler-icons"
REACH_ICONS = {
    "confirmed": "circle-check",
    "in_person": "user-check",
    "seen": "eye",
    "delivered": "device-mobile-check",
    "sent": "send",
    "none": "alert-circle",
}
URGENCY_ICONS = {"THUONG": "mail", "KHAN": "urgent", "THUONG_KHAN": "urgent", "HOA_TOC": "flame"}
STATUS_ICONS = {
    "DRAFT": "pencil",
    "SUBMITTED": "hourglass",
    "RETURNED": "arrow-back-up",
    "PUBLISHED": "send",
    "CLOSED": "check",
    "WITHDRAWN": "ban",
}
#: State of a gateway → icon, and the reach badge whose colours it takes.
GATEWAY_LOOKS = {
    "working": ("circle-check", "confirmed"),
    "tripped": ("alert-triangle", "seen"),
    "resting": ("player-pause", "delivered"),
    "stopped": ("alert-circle", "none"),
    "off": ("ban", "sent"),
}
#: Widths handed to the browser are shares of this; it is wider than any screen, so that segments always shrink.
BAR_WIDTH = 10_000


def css_key(key: str) -> str:
    """A key as the style sheet writes it: in_person → inperson, THUONG_KHAN → thuong-khan."""
    return "inperson" if key == "in_person" else key.lower().replace("_", "-")


@cache
def _icon_paths(name: str) -> str:
    """The shapes inside a vendored icon, without the invisible frame every one of them starts with."""
    if not re.fullmatch(r"[a-z0-9-]+", name):
        raise ValueError(f"not an icon name: {name!r}")
    text = (ICON_FOLDER / f"{name}.svg").read_text(encoding="utf-8")
    inner = text[text.index(">", text.index("<svg")) + 1 : text.rindex("</svg>")]
    inner = re.sub(r'<path stroke="none"[^>]*/>', "", inner)
    return re.sub(r"\s+", " ", inner).strip()


@register.simple_tag
def icon(name: str, extra: str = "") -> SafeString:
    """A Tabler outline icon, drawn inline in the colour of the text around it. Hidden from screen readers."""
    return format_html(
        '<svg class="ic{}" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-linecap="round"'
        ' stroke-linejoin="round" aria-hidden="true" focusable="false">{}</svg>',
        f" {extra}" if extra else "",
        mark_safe(_icon_paths(name)),  # noqa: S308 our own vendored file
    )


def _bar(segments: list[tuple[str, int]], size: str, words: str) -> SafeString:
    """A stacked bar. Each segment is an empty svg whose `width` attribute carries its share.

    The policy of the pages forbids style attributes; a presentational width that may shrink gives the same
    exact shares, and the sheet adds gaps, stripes and the three pixels every segment keeps.
    """
    total = sum(n for _key, n in segments) or 1
    drawn = format_html_join(
        "",
        '<svg class="f-{}" width="{}" height="1"></svg>',
        ((css_key(key), max(1, round(n * BAR_WIDTH / total))) for key, n in segments if n),
    )
    return format_html(
        '<div class="rb rb-{}" role="img" aria-label="{}">{}</div>',
        size,
        words,
        drawn or mark_safe('<svg class="f-waiting" width="10000" height="1"></svg>'),
    )


@register.simple_tag
def reach_bar(counts: Any, size: str = "m", waiting: bool = False) -> SafeString:
    """The bar of a `progress.Counts`, best to worst, with all counts in words for those who listen.

    `waiting` draws the households nothing was sent to in grey: their turn has not come yet.
    """
    segments, words = [], []
    for key, n, label in counts.parts():
        is_waiting = waiting and key == "none"
        segments.append(("waiting" if is_waiting else key, n))
        if n:
            words.append(f"{number(n)} {_('đang chờ gửi') if is_waiting else lower_first(str(label))}")
    return _bar(segments, size, ", ".join(words) or _("Chưa có hộ nào"))


@register.simple_tag
def channel_bar(audience: Any) -> SafeString:
    """The bar of an `audience.Audience`: households by the channel they can be reached over."""
    words = _("%(zalo)s hộ qua Zalo, %(sms)s hộ chỉ SMS, %(in_person)s hộ chỉ báo trực tiếp") % {
        "zalo": number(audience.by_zalo),
        "sms": number(audience.by_sms),
        "in_person": number(audience.in_person),
    }
    segments = [("zalo", audience.by_zalo), ("sms", audience.by_sms), ("in_person", audience.in_person)]
    return _bar(segments, "c", words)


@register.simple_tag
def reach_badge(recipient: Any) -> SafeString:
    """How far a notice got with one household: a pill with icon and word."""
    from notices.models import STAFF_WAYS, Reach

    reach = Reach(recipient.reach)
    if reach is Reach.CONFIRMED and recipient.confirmed_via in STAFF_WAYS:
        key, label = "in_person", _("Đã báo trực tiếp")
    else:
        key = {0: "none", 1: "sent", 2: "delivered", 3: "seen", 4: "confirmed"}[reach]
        label = str(reach.label)
    return reach_pill(key, label)


@register.simple_tag
def reach_pill(key: str, label: str) -> SafeString:
    """The pill of a reach key of `Counts.parts()`."""
    return format_html('<span class="st st-{}">{}{}</span>', css_key(key), icon(REACH_ICONS[key]), label)


@register.simple_tag
def reach_icon(key: str) -> SafeString:
    """The icon of a reach key of `Counts.parts()`."""
    return icon(REACH_ICONS[key])


@register.filter
def reach_class(key: str) -> str:
    """The end of the style sheet's classes for a reach key: k-…, f-…, st-…."""
    return css_key(key)


@register.simple_tag
def urgency_badge(notice: Any) -> SafeString:
    """The urgency of a notice: a plate with icon and word."""
    return format_html(
        '<span class="plate plate-{}">{}{}</span>',
        css_key(notice.urgency),
        icon(URGENCY_ICONS[notice.urgency]),
        notice.get_urgency_display(),
    )


@register.filter
def urgency_icon(urgency: str) -> str:
    """The name of the icon of an urgency."""
    return URGENCY_ICONS[urgency]


@register.simple_tag
def status_badge(notice: Any) -> SafeString:
    """Where a notice stands in its life: a quiet tag with icon and word."""
    return format_html(
        '<span class="state state-{}">{}{}</span>',
        css_key(notice.status),
        icon(STATUS_ICONS[notice.status]),
        notice.get_status_display(),
    )


@register.simple_tag
def gateway_badge(health: Any) -> SafeString:
    """The state of a gateway (`gateway_health.Health`): a pill with icon and words."""
    name, colour = GATEWAY_LOOKS[health.state]
    return format_html('<span class="st st-w st-{}">{}{}</span>', colour, icon(name), health.state_words)


@register.filter(name="error_words")
def error_words_filter(code: str) -> str:
    """A provider's code as people read it."""
    return error_words.words(code)


def number(n: int) -> str:
    """1204 → 1.204 in Vietnamese, 1,204 in English."""
    from django.contrib.humanize.templatetags.humanize import intcomma

    return str(intcomma(n))


def lower_first(text: str) -> str:
    """The text with a small first letter, to stand inside a sentence."""
    return text[:1].lower() + text[1:]


@register.filter(name="lower_first")
def lower_first_filter(text: Any) -> str:
    """As `lower_first`, for templates."""
    return lower_first(str(text))


def _national(phone: str | None) -> str:
    """+84912345678 → 0912345678; anything else only loses its spaces."""
    compact = re.sub(r"[^\d+]", "", phone or "")
    return "0" + compact[3:] if compact.startswith("+84") else compact


@register.filter
def phone(value: str | None) -> str:
    """+84912345678 → 0912 345 678, with spaces that do not break."""
    national = _national(value)
    return "\u00a0".join(part for part in (national[:4], national[4:7], national[7:]) if part)


@register.filter
def masked(value: str | None) -> str:
    """+84912345678 → 0912 *** 678."""
    national = _national(value)
    return f"{national[:4]}\u00a0***\u00a0{national[-3:]}" if len(national) >= 8 else "***"


@register.filter
def tel(value: str | None) -> str:
    """+84912345678 → 0912345678, for a tel: link."""
    return _national(value)


#: What stays on one line: the groups of a phone number, a number with its unit or its noun, y tế.
_TOGETHER = re.compile(
    r"(?<=\d) (?=\d{3}(?!\d))"
    r"|(?<=\d) (?=(?:hộ|giờ|phút|đồng|khẩu|người|tin|thôn|tháng|ngày|năm)\b)"
    r"|(?<=\bgiờ) (?=\d\d\b)"
    r"|(?<=\bthôn) (?=\d)|(?<=\bphố) (?=\d)|(?<=\bxóm) (?=\d)|(?<=\bngõ) (?=\d)|(?<=\bcụm) (?=\d)"
    r"|(?<=\bsố) (?=\d)|(?<=\bđợt) (?=\d)|(?<=\btháng) (?=\d)|(?<=\bnăm) (?=\d)|(?<=\bngày) (?=\d)"
    r"|(?<=\by) (?=tế\b)",
    re.IGNORECASE,
)


@register.filter
def unbroken(text: str) -> str:
    """The text with words that belong together on one line: 0510 000 034, Tổ dân phố 3, năm 2027, y tế."""
    return _TOGETHER.sub("\u00a0", str(text))


@register.filter
def dong(amount: int | None) -> str:
    """50000 → 50.000 đồng."""
    return _("%(amount)s đồng") % {"amount": number(amount or 0)}


@register.filter
def households(n: int | None) -> str:
    """1204 → 1.204 hộ."""
    return ngettext("%(n)s hộ", "%(n)s hộ", n or 0) % {"n": number(n or 0)}


@register.filter
def weekday(value: datetime) -> str:
    """The day of the week as it is said: Thứ Hai, Chủ nhật."""
    days = [_("Thứ Hai"), _("Thứ Ba"), _("Thứ Tư"), _("Thứ Năm"), _("Thứ Sáu"), _("Thứ Bảy"), _("Chủ nhật")]
    return days[_local(value).weekday()]


@register.filter
def long_day(value: datetime) -> str:
    """A day as a letter says it: Thứ Tư, 02/12/2026."""
    return f"{weekday(value)}, {date_format(_local(value), 'd/m/Y')}"


def _local(value: datetime) -> datetime:
    return timezone.localtime(value) if timezone.is_aware(value) else value


@register.filter
def datetime_local(value: Any) -> str:
    """A moment as <input type="datetime-local"> takes it; what was typed wrongly stays as typed."""
    if isinstance(value, datetime):
        return (timezone.localtime(value) if timezone.is_aware(value) else value).strftime("%Y-%m-%dT%H:%M")
    return str(value or "")


@register.filter
def initials(name: str) -> str:
    """The last two words' first letters: Trịnh Văn Mạnh → VM."""
    return "".join(word[0] for word in str(name).split()[-2:]).upper()


@register.simple_tag(takes_context=True)
def nav_current(context: template.Context, *names: str) -> SafeString:
    """`aria-current="page"` when the page shown is one of the named URLs."""
    match = getattr(context.get("request"), "resolver_match", None)
    return format_html(' aria-current="{}"', "page") if match and match.url_name in names else SafeString()


@register.filter
def moment(notice: Notice) -> str:
    """When what a notice announces happens: `07:00, 05/12/2026`, or a date alone."""
    return composing.moment(notice)
