"""The frame around a page: where in the navigation it stands."""

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()


@register.simple_tag(takes_context=True)
def nav_current(context: template.Context, *names: str) -> SafeString:
    """`aria-current="page"` when the page shown is one of the named URLs."""
    match = getattr(context.get("request"), "resolver_match", None)
    return format_html(' aria-current="{}"', "page") if match and match.url_name in names else SafeString()
