"""The marks of a notice: bars of reach, badges of reach, urgency, state and gateways."""

from collections.abc import Mapping
from typing import Any

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from communities.channels import BY_KEY
from communities.templatetags.page import households, icon, lower_first, number
from notices.models import Notice
from notices.writing import composing
from notices.writing.audience import Audience

register = template.Library()

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


def _bar(segments: list[tuple[str, int]], size: str, words: str) -> SafeString:
    """A stacked bar. Each segment is an empty svg whose `width` attribute carries its share.

    The policy of the pages forbids style attributes; a presentational width that may shrink gives the same
    exact shares, and the sheet adds gaps, stripes and the three pixels every segment keeps.
    """
    total = sum(n for _key, n in segments) or 1
    drawn = format_html_join(
        "",
        '<svg class="fill-{}" width="{}" height="1"></svg>',
        ((css_key(key), max(1, round(n * BAR_WIDTH / total))) for key, n in segments if n),
    )
    return format_html(
        '<div class="reach-bar reach-bar-{}" role="img" aria-label="{}">{}</div>',
        size,
        words,
        drawn or mark_safe('<svg class="fill-waiting" width="10000" height="1"></svg>'),
    )


@register.simple_tag
def reach_bar(counts: Any, size: str = "medium", waiting: bool = False) -> SafeString:
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
def channel_bar(audience: Audience) -> SafeString:
    """The bar of an `audience.Audience`: households by the channel they can be reached over."""
    words: list[str] = []
    for row, n in audience.ways:
        said = {"n": number(n), "channel": row.name}
        words.append((_("%(n)s hộ chỉ %(channel)s") if words else _("%(n)s hộ qua %(channel)s")) % said)
    words.append(_("%(n)s hộ chỉ báo trực tiếp") % {"n": number(audience.in_person)})
    segments = [(row.key.lower(), n) for row, n in audience.ways]
    return _bar([*segments, ("in_person", audience.in_person)], "channels", ", ".join(words))


@register.filter
def households_by_channel(audience: Audience) -> str:
    """“1.204 hộ qua Zalo, 12 hộ qua SMS”."""
    words = _("%(households)s qua %(channel)s")
    return ", ".join(words % {"households": households(n), "channel": row.name} for row, n in audience.ways)


@register.filter
def messages_by_channel(messages: Mapping[str, int]) -> str:
    """“1.204 tin Zalo, 12 tin SMS”: the first messages."""
    words = _("%(n)s tin %(channel)s")
    return ", ".join(words % {"n": number(n), "channel": BY_KEY[key].name} for key, n in messages.items())


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
    return format_html('<span class="badge badge-{}">{}{}</span>', css_key(key), icon(REACH_ICONS[key]), label)


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
    return format_html('<span class="badge badge-wide badge-{}">{}{}</span>', colour, icon(name), health.state_words)


@register.filter
def moment(notice: Notice) -> str:
    """When what a notice announces happens: `07:00, 05/12/2026`, or a date alone."""
    return composing.moment(notice)
