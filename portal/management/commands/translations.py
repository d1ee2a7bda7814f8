"""Collects, checks and compiles the interface's texts, without a system gettext.

Message ids are Vietnamese (docs/decisions/0005). `locale/en` translates all of ours; `locale/vi` only
holds the few sentences of libraries that have no Vietnamese of their own, and grows by hand.
"""

import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation.template import templatize

ROOMS = ("portal", "communities", "notices", "templates")
KEYWORDS = {
    **DEFAULT_KEYWORDS,
    "gettext_noop": None,
    "gettext_lazy": None,
    "ngettext_lazy": (1, 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext_lazy": ((1, "c"), 2, 3),
}


HEADER = """\
# English for the interface of Tới Nhà. The ids are the Vietnamese texts.
msgid ""
msgstr ""
"Language: en\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\\n"

"""


class Command(BaseCommand):
    """Bring locale/en up to date with the sources and compile every catalogue."""

    help = __doc__
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Either only look, or only compile, or (with neither) update and compile."""
        modes = parser.add_mutually_exclusive_group()
        modes.add_argument("--check", action="store_true", help="change nothing; exit 1 naming what is not translated")
        modes.add_argument("--compile", action="store_true", help="only write the .mo files")

    def handle(self, *args: Any, **options: Any) -> None:
        """See `help`."""
        english = catalogue_path("en")
        if options["check"]:
            self.check_complete(english)
        elif options["compile"]:
            for path in settings.LOCALE_PATHS[0].glob("*/LC_MESSAGES/django.po"):
                compile_catalogue(path)
        else:
            update(english)
            for path in settings.LOCALE_PATHS[0].glob("*/LC_MESSAGES/django.po"):
                compile_catalogue(path)
            self.stdout.write(f"{english}: {len(open_messages(english))} still to translate")

    def check_complete(self, path: Path) -> None:
        """CommandError that names every text of the sources without an English one, and every stale one."""
        known = {key(message): message for message in read(path) if message.id}
        wanted = {key(message): message for message in sources() if message.id}
        problems = [f"missing:      {wanted[k].id!r} ({where(wanted[k])})" for k in wanted.keys() - known.keys()]
        problems += [f"not in use:   {known[k].id!r}" for k in known.keys() - wanted.keys()]
        problems += [f"untranslated: {message.id!r} ({where(message)})" for message in open_messages(path)]
        if problems:
            hint = "Run `manage.py translations`, then complete locale/en/LC_MESSAGES/django.po."
            raise CommandError("\n".join([*sorted(problems), hint]))


def catalogue_path(language: str) -> Path:
    """Where a language's catalogue is kept."""
    return settings.LOCALE_PATHS[0] / language / "LC_MESSAGES" / "django.po"


def key(message: Message) -> tuple[str | None, str]:
    """What gettext looks a message up by."""
    return message.context, message.id if isinstance(message.id, str) else message.id[0]


def where(message: Message) -> str:
    """The files a message stands in."""
    return ", ".join(dict.fromkeys(path for path, _line in message.locations))


def sources() -> Catalog:
    """Every translatable text of our Python files and templates."""
    found = Catalog(locale="en", charset="utf-8")
    for path, line, message, context in _texts():
        found.add(message, None, [(path, line)], context=context)
    return found


def _texts() -> Iterator[tuple[str, int, Any, str | None]]:
    root = settings.BASE_DIR
    files = [path for room in ROOMS for path in (root / room).rglob("*") if path.suffix in {".py", ".html", ".txt"}]
    for path in sorted(files):
        name = str(path.relative_to(root))
        text = path.read_text()
        if "migrations" in path.parts or ("templates" not in path.parts and path.suffix != ".py"):
            continue
        if path.suffix != ".py":
            # A template becomes the gettext calls it stands for; its indentation is none that Python understands.
            text = "\n".join(line.lstrip() for line in templatize(text, origin=name).splitlines())
        code = io.BytesIO(text.encode())
        for line, message, _comments, context in extract("python", code, KEYWORDS, options={"encoding": "utf-8"}):
            yield name, line, message, context


def read(path: Path) -> Catalog:
    """A catalogue, empty when there is none yet."""
    if not path.exists():
        return Catalog(locale=path.parent.parent.name)
    with path.open("rb") as file:
        return read_po(file, locale=path.parent.parent.name)


def open_messages(path: Path) -> list[Message]:
    """Messages without a complete, certain translation, or whose translation lost a placeholder."""
    return [message for message in read(path) if message.id and not is_done(message)]


def is_done(message: Message) -> bool:
    """Translated for certain, in every plural form, with the placeholders of the original (“one” needs no number)."""
    given = message.string if isinstance(message.string, (tuple, list)) else (message.string,)
    translated = [form or "" for form in given]
    original = message.id if isinstance(message.id, (tuple, list)) else (message.id,)
    if message.fuzzy or not all(translated):
        return False
    wanted = placeholders(original[-1])
    return placeholders(translated[-1]) == wanted and all(placeholders(form) <= wanted for form in translated)


def placeholders(text: str) -> set[str]:
    """What Python puts into a text: `%(name)s`, `{name}`."""
    return set(re.findall(r"%\(\w+\)[sd]|%[sd]|\{\w*\}", text))


def update(path: Path) -> None:
    """Add what the sources have, keep every translation, drop what the sources no longer have."""
    catalogue = Catalog(locale="en")
    translated = {key(message): message for message in read(path) if message.id}
    for message in sources():
        if message.id:
            old = translated.get(key(message))
            fits = old is not None and isinstance(old.id, str) == isinstance(message.id, str)
            string = old.string if old and fits else None
            catalogue.add(message.id, string, message.locations, message.flags, context=message.context)
    path.parent.mkdir(parents=True, exist_ok=True)
    text = io.BytesIO()
    write_po(text, catalogue, width=110, sort_by_file=True, include_lineno=False, omit_header=True)
    path.write_bytes(HEADER.encode() + text.getvalue())  # no dates: two runs of the same sources are the same


def compile_catalogue(path: Path) -> None:
    """Write the .mo beside a .po."""
    with path.with_suffix(".mo").open("wb") as file:
        write_mo(file, read(path))
