"""One sheet a component for those who write them, one sheet a page for those who load them."""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import BaseFinder
from django.core.checks import CheckMessage
from django.core.files.storage import FileSystemStorage, Storage

#: Sheet → its components, from the ground up: where two rules weigh the same, the later one holds.
SHEETS = {
    "css/desk.css": (
        "tokens", "base", "text", "frame", "buttons", "cards", "marks", "bars", "tables", "forms", "notes", "changes",
        "dashboard", "writing", "plain", "phones", "round",
    ),
}  # fmt: skip


class Finder(BaseFinder):
    """Finds the sheets of SHEETS, put together from their components in the folder of the sheet's name."""

    def __init__(self, *_args: Any, **_more: Any) -> None:
        self.storage = FileSystemStorage(location=settings.STATIC_ROOT.with_name("sheets"))

    def check(self, **_more: Any) -> list[CheckMessage]:
        """Nothing can be set wrongly."""
        return []

    def find(self, path: str, find_all: bool = False, **_more: Any) -> Any:
        """Where a sheet is, made anew if a component changed."""
        found = str(self._made(path)) if path in SHEETS else ""
        return [found] if found and find_all else found or []

    def list(self, _ignored: Iterable[str] | None) -> Iterator[tuple[str, Storage]]:
        """Every sheet, for `collectstatic`."""
        for path in SHEETS:
            self._made(path)
            yield path, self.storage

    def _made(self, path: str) -> Path:
        folder = (settings.BASE_DIR / "static" / path).with_suffix("")
        text = "\n".join((folder / f"{name}.css").read_text(encoding="utf-8") for name in SHEETS[path])
        made = Path(self.storage.path(path))
        if not made.exists() or made.read_text(encoding="utf-8") != text:
            made.parent.mkdir(parents=True, exist_ok=True)
            beside = made.with_suffix(f".{os.getpid()}")
            beside.write_text(text, encoding="utf-8")
            beside.replace(made)  # nobody reads half a sheet
        return made
