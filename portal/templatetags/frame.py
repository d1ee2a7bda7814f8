"""The frame around a page: its menus."""

from typing import Any

from django import template

from portal import navigation

register = template.Library()


@register.inclusion_tag("_shared/_entries.html", takes_context=True)
def entries(context: template.Context, menu: str, look: str = "", icon: str = "") -> dict[str, Any]:
    """The links of a menu (`work` or `settings`), with `look` as their class and `icon` as their icons'."""
    chosen = navigation.MENUS["village" if menu == "work" and context["frame"].is_village else menu]
    return {"entries": navigation.marked(chosen, context["request"]), "look": look, "icon_look": icon}
