"""Nothing personal reaches a log."""

import logging
import sys

import pytest
from django.db import IntegrityError

from portal.logs import LineFormatter, without_people
from tests.factories import make_household


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("sent to +84510200001 now", "sent to (phone) now"),
        ("sent to 84510200001 now", "sent to (phone) now"),
        ("sent to 0510 200 001, 0510.200.002", "sent to (phone), (phone)"),
        ("GET /t/17.AbC-_9xYz012/ 500", "GET /t/…/ 500"),
        ("delivery 1204 of notice 33, 5.000 left", "delivery 1204 of notice 33, 5.000 left"),
        ("2026-11-22 09:00:00,123 gateway 1", "2026-11-22 09:00:00,123 gateway 1"),
    ],
)
def test_numbers_and_links_are_left_out_and_ids_stay(text, kept):
    assert without_people(text) == kept


def test_a_row_quoted_by_the_database_is_left_out_of_the_traceback(villages):
    make_household(villages[0], code="ĐP-001", head_name="Lê Thị Thúy", phone="+84510200001")
    try:
        make_household(villages[0], code="ĐP-001", head_name="Lê Thị Thúy")
    except IntegrityError:
        record = logging.LogRecord(
            "portal", logging.ERROR, __file__, 1, "failed for %s", ("0510200001",), sys.exc_info()
        )
    line = LineFormatter("%(message)s").format(record)
    assert "IntegrityError" in line
    assert "Key (" not in line
    assert "0510200001" not in line


def test_what_the_portal_logs_goes_through_it(settings):
    assert settings.LOGGING["formatters"]["line"]["()"] == "portal.logs.LineFormatter"
    assert settings.LOGGING["root"]["handlers"] == ["console"]
