"""Household lists of the tests: the five synthetic ones, and small ones made on the spot."""

import io
from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from pathlib import Path

import pytest
import xlsxwriter

from communities import imports, spreadsheet
from communities.models import HouseholdImport
from tests.communities.forms import form_of

FILES = Path(__file__).parent.parent / "files" / "households"
HEADER = ["STT", "Họ và tên chủ hộ", "Năm sinh", "Số khẩu", "Số điện thoại", "Địa chỉ", "Ghi chú"]


def workbook(rows: list[list], *, header: list[str] | None = HEADER, sheet: str = "Sheet1") -> bytes:
    """An .xlsx of one sheet: the header in row 1, `rows` below. The same rows make the same bytes."""
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer) as book:
        book.set_properties({"created": datetime(2026, 12, 5)})  # noqa: DTZ001 - which the format has without a zone
        page = book.add_worksheet(sheet)
        for number, row in enumerate(([header] if header else []) + rows):
            page.write_row(number, 0, row)
    return buffer.getvalue()


_opened_once = lru_cache(maxsize=64)(spreadsheet.load)


@pytest.fixture(autouse=True)
def opened_once(monkeypatch) -> None:
    """Each file is opened in its box once, not for every step of every test: a process costs a tenth of a second."""
    monkeypatch.setattr(spreadsheet, "load", _opened_once)


@pytest.fixture
def list_a() -> bytes:
    """Thirty households of Thôn Đông Phú, one row each, header in row 7."""
    return (FILES / "a_mot_dong_mot_ho.xlsx").read_bytes()


@pytest.fixture
def upload(ward, villages, head) -> Callable[..., HouseholdImport]:
    """`upload(content, …)`: a file that waits to be read, by the head of Thôn Đông Phú into that village."""

    def make(content: bytes, **fields) -> HouseholdImport:
        given = {"filename": "danh sach.xlsx", "village": villages[0], "created_by": head, **fields}
        return HouseholdImport.objects.create(ward=ward, content=content, **given)

    return make


@pytest.fixture
def read(upload, at) -> Callable[..., HouseholdImport]:
    """`read(content, …)`: the same, read into a plan."""

    def make(content: bytes, **fields) -> HouseholdImport:
        row = upload(content, **fields)
        imports.read(import_id=row.pk, at=at)
        row.refresh_from_db()
        return row

    return make


@pytest.fixture
def apply(read, at) -> Callable[..., HouseholdImport]:
    """`apply(content, …)`: the same, written."""

    def make(content: bytes, **fields) -> HouseholdImport:
        row = read(content, **fields)
        imports.apply(import_id=row.pk, at=at)
        row.refresh_from_db()
        return row

    return make


@pytest.fixture
def talk(client_for, run_tasks):
    """`talk(user, row)`: the page of an import in somebody's browser, which sends what the page's form holds."""

    class Talk:
        def __init__(self, user, row: HouseholdImport) -> None:
            self.client, self.row, self.address = client_for(user), row, f"/ho-dan/nhap/{row.pk}/"

        def page(self, query: str = "") -> str:
            return self.client.get(self.address + query).content.decode()

        def send(self, step: str = "chon", *, page: str | None = None, **changes) -> str:
            """Press a button of the page; returns the page it leads to."""
            form = form_of(self.page() if page is None else page)
            with run_tasks():
                answer = self.client.post(f"{self.address}{step}/", form | changes)
            assert answer.status_code == 302
            self.row.refresh_from_db()
            return self.client.get(answer.url).content.decode()

    return Talk
