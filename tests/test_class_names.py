"""Classes of the staff's pages are words, and each is drawn somewhere."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SHEETS = [path for path in (ROOT / "static" / "css").rglob("*.css") if path.name != "resident.css"]
#: Words that are short by themselves.
SHORT = {"bar", "box", "how", "new", "old", "own", "tag", "who", "why"}


def named_in(path: Path) -> set[str]:
    """The classes that the selectors of a sheet name."""
    text = re.sub(r"/\*.*?\*/|url\(.*?\)|\"[^\"]*\"", "", path.read_text(), flags=re.DOTALL)
    return {name for selector in re.findall(r"([^{};]*)\{", text) for name in re.findall(r"\.([a-z][\w-]*)", selector)}


@pytest.mark.parametrize("path", SHEETS, ids=lambda path: path.stem)
def test_a_class_is_a_word(path: Path):
    assert {name for name in named_in(path) if len(name) < 4} <= SHORT


def test_a_class_of_a_template_is_in_a_sheet():
    drawn = {name for path in SHEETS for name in named_in(path)} | {"desk"}  # the body of an official's page
    lost = {}
    for path in (ROOT / "templates").rglob("*.html"):
        if "resident" in str(path):
            continue
        text = path.read_text()
        values = re.findall(r'class="((?:\{%.*?%\}|\{\{.*?\}\}|[^"])*)"', text)
        for value in [*values, *re.findall(r"\{% block width %\}(.*?)\{% endblock %\}", text)]:
            whole = re.sub(r"\S*-(?:\{%.*%\}|\{\{.*?\}\})", " ", value)  # put together with a key
            for name in re.sub(r"\{%.*?%\}|\{\{.*?\}\}", " ", whole).split():
                if name not in drawn:
                    lost[name] = path.name
    assert lost == {}
