"""Charts as plain SVG. Words and numbers stand around them as text, so that they never shrink with the picture."""

from datetime import timedelta
from typing import Any

from django import template
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from communities.templatetags.page import number

register = template.Library()

WIDTH, HEIGHT = 600, 200


@register.simple_tag
def rise_chart(moments: list[Any], households: int) -> SafeString:
    """Told and confirmed over time, from `progress.timeline`, up to all households. Stretches to its frame."""
    first, last = moments[0], moments[-1]
    words = _("Từ %(start)s đến %(end)s: %(told)s trên %(all)s hộ đã được báo, %(confirmed)s hộ đã xác nhận") % {
        "start": date_format(timezone.localtime(first.at), "H:i d/m"),
        "end": date_format(timezone.localtime(last.at), "H:i d/m"),
        "told": number(last.told),
        "all": number(households),
        "confirmed": number(last.confirmed),
    }
    told = _line([moment.told for moment in moments], households)
    confirmed = _line([moment.confirmed for moment in moments], households)
    return format_html(
        '<svg class="rise" viewBox="0 0 {} {}" preserveAspectRatio="none" role="img" aria-label="{}">'
        '<path class="grid-line" d="M0 0H{}M0 {}H{}"/>'
        '<path class="area-told" d="{}V{}H0Z"/><path class="area-confirmed" d="{}V{}H0Z"/>'
        '<path class="line-told" d="{}"/><path class="line-confirmed" d="{}"/></svg>',
        WIDTH, HEIGHT, words, WIDTH, HEIGHT // 2, WIDTH, told, HEIGHT, confirmed, HEIGHT, told, confirmed,
    )  # fmt: skip


def _line(values: list[int], top: int) -> str:
    """The `d` of a line through values at equal distances; the frame is `top` high."""
    step = WIDTH / max(1, len(values) - 1)
    points = (f"{index * step:.1f} {HEIGHT - value * HEIGHT / max(1, top):.1f}" for index, value in enumerate(values))
    return "M" + "L".join(points)


@register.filter
def thirds(moments: list[Any]) -> list[Any]:
    """The moments at the start, at each third and at the end, for the labels below a chart; of a rise within a few
    minutes the first and the last alone, since labels of minutes would repeat themselves."""
    if not moments:
        return []
    last = len(moments) - 1
    parts = 3 if moments[-1].at - moments[0].at >= timedelta(minutes=3) else 1
    return [moments[round(last * part / parts)] for part in range(parts + 1)]
