"""Household links."""

import pytest

from notices.residents import links


def test_a_token_opens_its_own_recipient_only():
    assert links.recipient_id_of(links.token(1204)) == 1204
    assert links.token(1204) != links.token(1205)
    assert len(links.token(1).split(".")[1]) == 12  # 72 bits


@pytest.mark.parametrize("change", range(12))
def test_one_letter_changed_opens_nothing(change):
    number, mac = links.token(7).split(".")
    letter = "A" if mac[change] != "A" else "B"
    assert links.recipient_id_of(f"{number}.{mac[:change]}{letter}{mac[change + 1 :]}") is None


@pytest.mark.parametrize(
    "text", ["", ".", "7", "7.", "x.y", "8.{mac}", "07.{mac}", "٧.{mac}", "7.{mac}x", "7" * 30 + ".{mac}"]
)
def test_anything_else_opens_nothing(text):
    assert links.recipient_id_of(text.format(mac=links.token(7).split(".")[1])) is None
