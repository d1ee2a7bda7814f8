"""Pieces of a page that are drawn again without the page: what each says of itself to htmx."""

from django import template
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()


@register.simple_tag(takes_context=True)
def fragment(context: template.Context, name: str) -> SafeString:
    """The id of a piece. In an answer that brings it beside something else (`is_swap`), it finds its place by that."""
    return format_html('id="{}"{}', name, format_html(' hx-swap-oob="{}"', "true") if context.get("is_swap") else "")


@register.simple_tag
def sends(name: str, row_id: int, into: str) -> SafeString:
    """Where a form goes, by the name of the URL: without scripts to a page, with them `into` the piece around it, in
    whose place the answer comes."""
    address = reverse(name, args=[row_id])
    return format_html(
        'method="post" action="{}" hx-post="{}" hx-target="{}" hx-swap="outerHTML"', address, address, into
    )
