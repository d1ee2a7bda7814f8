"""Where a person at work can go: the entries of the menus, and which of them the page shown stands under.

An entry knows the addresses below it, so a page belongs to its entry by its own address and is listed nowhere.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Entry:
    """One line of a menu. `page` is the name of the URL it leads to, `also` of others whose pages stand under it."""

    page: str
    label: Promise
    icon: str
    also: tuple[str, ...] = ()

    @property
    def address(self) -> str:
        """Where it leads to."""
        return reverse(self.page)

    def depth(self, path: str) -> int:
        """How much of an address this entry accounts for; zero when the page stands elsewhere."""
        roots = [reverse(name) for name in (self.page, *self.also)]
        # Every address begins with that of the first page, which has nothing below it.
        return max((len(root) for root in roots if path == root or (root != "/" and path.startswith(root))), default=0)


#: Menu → its entries. `work` is what an official does, `village` what the head of a village does.
MENUS: dict[str, tuple[Entry, ...]] = {
    "work": (
        Entry("today", _("Hôm nay"), "sun"),
        Entry("notices", _("Thông báo"), "speakerphone"),
        Entry("households", _("Hộ dân"), "users"),
        Entry("gateways", _("Cài đặt"), "settings", also=("ladders",)),
    ),
    "village": (
        Entry("visits", _("Việc hôm nay"), "clipboard-check", also=("today",)),
        Entry("households", _("Hộ dân"), "users"),
        Entry("import_new", _("Nhập Excel"), "file-import"),
    ),
    "settings": (
        Entry("gateways", _("Kênh gửi"), "send"),
        Entry("ladders", _("Các bước gửi"), "clock"),
    ),
}


def marked(entries: Iterable[Entry], request: HttpRequest) -> Iterator[tuple[Entry, bool]]:
    """Each entry, and whether the page asked for stands under it: the one that knows most of the address."""
    depths = {entry: entry.depth(request.path) for entry in entries}
    deepest = max(depths.values(), default=0)
    for entry, depth in depths.items():
        yield entry, 0 < depth == deepest
