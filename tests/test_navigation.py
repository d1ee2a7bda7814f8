"""The menus: what each person is offered, and where the page shown stands."""

import re

import pytest
from django.test import Client
from django.urls import reverse

pytestmark = pytest.mark.django_db


def current(client: Client, address: str) -> list[str]:
    """Where the links lead that say of themselves that they stand for the page shown, each once."""
    page = client.get(address).content.decode()
    links = re.findall(r"<a\b[^>]*>", page)
    return sorted({re.search(r'href="([^"]*)"', link)[1] for link in links if 'aria-current="page"' in link})


@pytest.mark.parametrize(
    ("page", "entry"),
    [
        ("today", "today"),
        ("notices", "notices"),
        ("notice_new", "notices"),
        ("households", "households"),
        ("household_new", "households"),
        ("import_new", "households"),
    ],
)
def test_a_page_of_the_office_stands_under_its_entry(client: Client, editor, page: str, entry: str):
    client.force_login(editor)
    assert current(client, reverse(page)) == [reverse(entry)]


def test_both_pages_of_the_settings_stand_under_one_entry(client: Client, editor):
    client.force_login(editor)
    assert current(client, reverse("gateways")) == [reverse("gateways")]
    assert current(client, reverse("ladders")) == [reverse("ladders"), reverse("gateways")]


@pytest.mark.parametrize(
    ("page", "entry"),
    [("visits", "visits"), ("households", "households"), ("household_new", "households"), ("import_new", "import_new")],
)
def test_the_list_stands_apart_for_the_head_of_a_village(client: Client, head, page: str, entry: str):
    client.force_login(head)
    assert current(client, reverse(page)) == [reverse(entry)]


def test_a_page_outside_the_menus_stands_under_none(client: Client, editor):
    client.force_login(editor)
    assert current(client, reverse("account_change_password")) == []
