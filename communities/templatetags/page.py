"""What every page writes with: icons, and numbers, phones and days as people here write them."""

import re
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import Any

from django import template
from django.conf import settings
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from communities import masking
from communities.channels import BY_KEY, TABLE

register = template.Library()

ICON_FOLDER = settings.BASE_DIR / "static" / "vendor" / "tabler-icons"


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
        '<svg class="icon{}" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-linecap="round"'
        ' stroke-linejoin="round" aria-hidden="true" focusable="false">{}</svg>',
        f" {extra}" if extra else "",
        mark_safe(_icon_paths(name)),  # noqa: S308 our own vendored file
    )


@register.simple_tag
def channel_mark(key: str, nobody: str) -> SafeString:
    """How a household is reached: the first channel that can, by its key; `nobody` says it where none can."""
    row = BY_KEY.get(key)
    if row is None:
        return format_html('<span class="channel ink-none">{}{}</span>', icon("walk"), nobody)
    name = row.name if row is TABLE[0] else _("Chỉ %(channel)s") % {"channel": row.name}
    return format_html('<span class="channel ink-{}">{}{}</span>', row.look, icon(row.icon), name)


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


register.filter("phone", masking.full)
register.filter("masked", masking.masked)
register.filter("tel", masking.national)


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
def by_channel(counts: Mapping[str, int]) -> str:
    """“1.204 hộ có Zalo, 12 hộ chỉ có SMS, 3 hộ cần đến tận nhà”, of HouseholdQuerySet.count_by_channel."""
    said = []
    for row in TABLE:
        words = {"households": households(counts[row.key.lower()]), "channel": row.name}
        first = row is TABLE[0]
        said.append((_("%(households)s có %(channel)s") if first else _("%(households)s chỉ có %(channel)s")) % words)
    return ", ".join([*said, _("%(households)s cần đến tận nhà") % {"households": households(counts["door"])}])


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
