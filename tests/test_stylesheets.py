"""A page loads one sheet that is put together from all components, in their order."""

from pathlib import Path

import pytest
from django.contrib.staticfiles import finders

from portal import stylesheets

FOLDER = Path(__file__).parents[1] / "static" / "css"


@pytest.mark.parametrize("sheet", stylesheets.SHEETS)
def test_every_component_is_in_its_sheet_in_order(sheet: str):
    text = Path(finders.find(sheet)).read_text()
    parts = [(FOLDER.parent / sheet).with_suffix("") / f"{name}.css" for name in stylesheets.SHEETS[sheet]]
    assert text == "\n".join(part.read_text() for part in parts)
    assert set(parts) == set((FOLDER.parent / sheet).with_suffix("").glob("*.css"))


def test_a_changed_component_is_in_the_sheet_at_once(settings, tmp_path, monkeypatch):
    settings.BASE_DIR, settings.STATIC_ROOT = tmp_path, tmp_path / "collected"
    monkeypatch.setattr(stylesheets, "SHEETS", {"css/desk.css": ("first", "second")})
    folder = tmp_path / "static" / "css" / "desk"
    folder.mkdir(parents=True)
    for name in ("first", "second"):
        (folder / f"{name}.css").write_text(f"/* {name} */\n")
    finder = stylesheets.Finder()
    assert Path(finder.find("css/desk.css")).read_text() == "/* first */\n\n/* second */\n"
    (folder / "second.css").write_text("/* changed */\n")
    assert Path(finder.find("css/desk.css")).read_text() == "/* first */\n\n/* changed */\n"
    assert finder.find("css/other.css") == []
