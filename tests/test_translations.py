"""Every text of the interface is found, and has an English one."""

from io import StringIO

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import write_po
from django.core.management import CommandError, call_command
from django.utils.translation import gettext, ngettext, override

from portal.management.commands import translations

PAGE = """{% load i18n %}{% translate "Hộ dân" %}
{% blocktranslate count n=n %}{{ n }} hộ{% plural %}{{ n }} hộ{% endblocktranslate %}
{% comment %}{% translate "không ai thấy" %}{% endcomment %}"""
MODULE = 'from x import gettext_lazy as _\nTITLE = _("Thông báo")\nkhong = "không dịch"\n'


@pytest.fixture
def project(tmp_path, settings):
    """A small project of one page and one module, with an empty locale folder."""
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "page.html").write_text(PAGE)
    (tmp_path / "portal").mkdir()
    (tmp_path / "portal" / "words.py").write_text(MODULE)
    settings.BASE_DIR = tmp_path
    settings.LOCALE_PATHS = [tmp_path / "locale"]
    return tmp_path


def run(**options) -> str:
    said = StringIO()
    call_command("translations", stdout=said, **options)
    return said.getvalue()


def test_english_is_complete():
    run(check=True)


def test_texts_of_pages_and_modules_are_found(project):
    found = {message.id: [path for path, _ in message.locations] for message in translations.sources() if message.id}
    assert found == {
        "Thông báo": ["portal/words.py"],
        "Hộ dân": ["templates/page.html"],
        ("%(n)s hộ", "%(n)s hộ"): ["templates/page.html"],
    }


def test_missing_untranslated_and_stale_texts_are_named(project):
    run()
    path = translations.catalogue_path("en")
    catalogue = translations.read(path)
    catalogue["Hộ dân"].string = "Households"
    catalogue.add("Cũ rồi", "Old")
    del catalogue["Thông báo"]
    save(catalogue, path)
    with pytest.raises(CommandError) as refused:
        run(check=True)
    assert str(refused.value).splitlines()[:-1] == [
        "missing:      'Thông báo' (portal/words.py)",
        "not in use:   'Cũ rồi'",
        "untranslated: ('%(n)s hộ', '%(n)s hộ') (templates/page.html)",
    ]


def test_an_update_keeps_what_is_translated_and_drops_what_is_gone(project):
    run()
    path = translations.catalogue_path("en")
    catalogue = translations.read(path)
    catalogue["Hộ dân"].string = "Households"
    catalogue.add("Cũ rồi", "Old")
    save(catalogue, path)
    run()
    kept = {message.id: message.string for message in translations.read(path) if message.id}
    assert kept["Hộ dân"] == "Households"
    assert "Cũ rồi" not in kept
    assert "Cũ rồi" not in path.read_text()


def test_a_lost_placeholder_counts_as_untranslated(project):
    run()
    path = translations.catalogue_path("en")
    catalogue = translations.read(path)
    catalogue["%(n)s hộ"].string = ("one household", "many households")
    save(catalogue, path)
    assert ("%(n)s hộ", "%(n)s hộ") in {message.id for message in translations.open_messages(path)}


def test_compiled_catalogues_speak_english():
    run(compile=True)
    with override("en"):
        assert gettext("Hộ dân") == "Households"
        assert ngettext("%(n)s hộ", "%(n)s hộ", 1) % {"n": 1} == "1 household"
    with override("vi"):
        assert gettext("Hộ dân") == "Hộ dân"


def save(catalogue: Catalog, path) -> None:
    with path.open("wb") as file:
        write_po(file, catalogue)


def test_libraries_speak_vietnamese_where_people_meet_them():
    run(compile=True)
    with override("vi"):
        assert gettext("You must type the same password each time.") == "Hai lần gõ mật khẩu mới chưa giống nhau."
        short = ngettext(
            "This password is too short. It must contain at least %d character.",
            "This password is too short. It must contain at least %d characters.",
            8,
        )
        assert short % 8 == "Mật khẩu này quá ngắn. Cần ít nhất 8 ký tự."
        assert gettext("This field is required.") == "Trường này là bắt buộc."
