"""The shape the project promises: who imports whom, sizes, pages without inline code, queues with workers."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

from portal.celery import app
from portal.env import ROOT

ROOMS = ("portal", "communities", "notices")
SOURCES = sorted(path for room in ROOMS for path in (ROOT / room).rglob("*.py") if "migrations" not in path.parts)
TEMPLATES = sorted([*(ROOT / "templates").rglob("*.html"), *(ROOT / "notices").rglob("*.html")])
PURE = ("names", "numbers", "phones", "spreadsheet", "encodings")


def imports_of(path: Path) -> set[str]:
    """Every module a file imports, also inside functions."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def names(paths: list[Path]) -> list[str]:
    return [str(path.relative_to(ROOT)) for path in paths]


def test_imports_point_down():
    checked = subprocess.run([Path(sys.executable).parent / "lint-imports"], cwd=ROOT, capture_output=True, text=True)
    assert checked.returncode == 0, checked.stdout


@pytest.mark.parametrize("path", [p for p in SOURCES if p.parts[-1].removesuffix(".py") in PURE], ids=str)
def test_text_and_spreadsheets_are_pure_python(path):
    assert not {module for module in imports_of(path) if module.split(".")[0] in {"django", "celery", "notices"}}


@pytest.mark.parametrize("path", [p for p in SOURCES if "adapters" in p.parts], ids=lambda path: path.stem)
def test_adapters_know_nothing_of_ours(path):
    ours = {module for module in imports_of(path) if module.split(".")[0] in ROOMS}
    assert {module for module in ours if not module.startswith("notices.adapters")} <= (
        {"notices"} if path.name == "__init__.py" else set()
    )
    # Words are marked for translation where they stand; nothing else of Django is known.
    django = {module for module in imports_of(path) if module.split(".")[0] == "django"}
    assert django <= {"django.utils.translation", "django.utils.translation.gettext_noop"}


def test_no_module_is_longer_than_400_lines():
    assert names([path for path in SOURCES if len(path.read_text().splitlines()) > 400]) == []


def test_nothing_is_called_services_utils_or_helpers():
    vague = {"services", "utils", "helpers", "core", "common"}
    assert names([path for path in SOURCES if vague & {path.stem, *path.parent.relative_to(ROOT).parts}]) == []


def test_pages_hold_no_inline_code():
    """The Content-Security-Policy would silently drop it."""
    inline = re.compile(
        r"<style|\sstyle\s*=|<script(?![^>]*\bsrc=)(?![^>]*application/(?:ld\+)?json)|\son[a-z]+\s*=\s*[\"']"
        r"|\shx-on|javascript:",
        re.IGNORECASE,
    )
    comments = re.compile(r"{% comment.*?endcomment %}|{#.*?#}", re.DOTALL)
    found = {path: inline.findall(comments.sub("", path.read_text())) for path in TEMPLATES}
    assert {str(path.relative_to(ROOT)): hits for path, hits in found.items() if hits} == {}


def test_pages_load_nothing_from_elsewhere():
    foreign = re.compile(r"(?:src|href)=[\"'](?:https?:)?//[^\"'{]", re.IGNORECASE)
    found = [path for path in TEMPLATES if foreign.search(path.read_text())]
    assert names(found) == []


def test_every_queue_has_a_worker():
    started = (ROOT / "Procfile").read_text(), (ROOT / "docker" / "compose.yml").read_text()
    queues = {queue.name for queue in app.conf.task_queues}
    for text in started:
        consumed = {name for found in re.findall(r"--queues[ =\",]+([\w,]+)", text) for name in found.split(",")}
        assert consumed == queues


def test_no_message_waits_behind_a_list():
    for text in ((ROOT / "Procfile").read_text(), (ROOT / "docker" / "compose.yml").read_text()):
        workers = [set(found.split(",")) for found in re.findall(r"--queues[ =\",]+([\w,]+)", text)]
        assert [queues for queues in workers if "imports" in queues] == [{"imports"}]
    app.loader.import_default_modules()
    of_lists = {name for name in app.tasks if name.startswith("communities.") and name.endswith("_import")}
    assert {name for name, route in app.conf.task_routes.items() if route == {"queue": "imports"}} == of_lists
    for name in of_lists:
        assert 0 < app.tasks[name].soft_time_limit < app.tasks[name].time_limit


def test_every_task_goes_to_a_queue_that_exists():
    app.loader.import_default_modules()
    queues = {queue.name for queue in app.conf.task_queues}
    ours = {name: task for name, task in app.tasks.items() if name.split(".")[0] in ROOMS}
    assert ours
    chosen = {name: vars(type(task)).get("queue") or "default" for name, task in ours.items()}
    assert {name: queue for name, queue in chosen.items() if queue not in queues} == {}


def test_every_beat_entry_names_a_task():
    app.loader.import_default_modules()
    assert {entry["task"] for entry in app.conf.beat_schedule.values()} <= set(app.tasks)


def test_text_is_in_composed_form():
    """NFC everywhere: two spellings of one letter would be two msgids, and would not be found by a search."""
    import unicodedata

    files = [*SOURCES, *TEMPLATES, *(ROOT / "locale").rglob("*.po")]
    assert names([path for path in files if not unicodedata.is_normalized("NFC", path.read_text())]) == []
