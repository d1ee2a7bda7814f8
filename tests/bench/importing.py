"""Importing a list: ours, a stock django-import-export resource on the same file, and the floor under both.

The baseline is the resource one writes on the first day: defaults, a ForeignKeyWidget for the village, the phone
saved after the household. It is given its rows ready, so the time to open the file is ours alone. The floor is what
no importer can beat: the file opened by the same library, its rows copied into the tables unlooked at.
"""

import io
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from typing import Any

HEADER = ["Mã hộ", "Thôn", "Họ và tên chủ hộ", "Năm sinh", "Số khẩu", "Số điện thoại", "Cụm", "Ghi chú"]


def importing() -> Iterator[dict]:
    """10,000 households new, the same again, and a tenth changed; and what 60,000 take in memory."""
    rows = _rows(10_000)
    changed = [[*row[:4], row[4] + (number % 10 == 0), *row[5:]] for number, row in enumerate(rows)]
    place = _fresh_ward()
    for work, lines in (("new", rows), ("again", rows), ("a tenth changed", changed)):
        content = _file(lines)
        samples = [_ours(content, place) for _ in range(3 if work == "again" else 1)]  # the others change the tables
        preview, commit = (median(steps) for steps in zip(*samples, strict=True))
        floors = _floor(content, place)
        place["ours"][work] = {"preview": preview, "commit": commit, "floor": floors}
    place = {**_fresh_ward(), "ours": place["ours"]}
    for work, lines in (("new", rows), ("again", rows), ("a tenth changed", changed)):
        preview, commit = _stock(lines, place)
        own = place["ours"][work]
        for step, stock, floor in (("preview", preview, own["floor"][0]), ("commit", commit, own["floor"][1])):
            yield {
                "work": f"import 10,000 households, {work}: {step}, {own[step]:.2f} s (floor {floor:.2f} s)",
                "ours": len(rows) / own[step],
                "baseline": len(rows) / stock,
                "unit": "/s",
                "target": "≤ 2 s, ≥ 20×",
                "seconds": {"ours": own[step], "stock": stock, "floor": floor},
            }
    yield _memory(60_000)


def _rows(number: int) -> list[list[Any]]:
    """Households of five villages; names repeat as they do in villages."""
    families, middles = ["Lê", "Nguyễn", "Trịnh", "Phạm", "Bùi"], ["Văn", "Thị", "Đình", "Ngọc"]
    given = ["An", "Bình", "Cường", "Dung", "Hoa", "Hùng", "Lan", "Mai", "Sơn", "Tâm", "Thúy", "Xuân"]
    return [
        [
            f"H{n:05}", f"Thôn {n % 5 + 1}",
            f"{families[n % 5]} {middles[n % 4]} {given[n % 12]}", 1940 + n % 60, 1 + n % 7, f"0510{n:06}",
            f"Cụm {n % 9 + 1}", "Hộ mới tách" if n % 50 == 0 else "",
        ]
        for n in range(number)
    ]  # fmt: skip


def _file(rows: list[list[Any]]) -> bytes:
    import xlsxwriter

    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer) as book:
        page = book.add_worksheet("DS hộ")
        for at, row in enumerate([HEADER, *rows]):
            page.write_row(at, 0, row)
    return buffer.getvalue()


def _fresh_ward() -> dict[str, Any]:
    from datetime import date

    from django.db import connection

    from communities.models import Membership, Province, User, Village, Ward

    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE communities_province, communities_user CASCADE")
    province = Province.objects.create(code="38", valid_from=date(2025, 7, 1), name="Thanh Hóa")
    ward = Ward.objects.create(
        province=province, code="99001", valid_from=date(2025, 7, 1), kind="COMMUNE", name="Xã Hoa Đồng"
    )
    for n in range(1, 6):
        Village.objects.create(ward=ward, name=f"Thôn {n}", code=f"T{n}", position=n)
    user = User.objects.create(username="can.bo")
    Membership.objects.create(user=user, role="EDITOR", ward=ward)
    return {"ward": ward, "user": user, "ours": {}}


def _ours(content: bytes, place: dict[str, Any]) -> tuple[float, float]:
    """Seconds for the preview and for the commit, which plans once more."""
    from django.utils import timezone

    from communities import imports
    from communities.models import HouseholdImport

    row = HouseholdImport.objects.create(
        ward=place["ward"], filename="ho.xlsx", content=content, created_by=place["user"]
    )
    preview = _timed(lambda: imports.read(import_id=row.pk, at=timezone.now()))
    commit = _timed(lambda: imports.apply(import_id=row.pk, at=timezone.now()))
    row.refresh_from_db()
    assert row.status == "APPLIED", row.plan
    return preview, commit


def _stock(rows: list[list[Any]], place: dict[str, Any]) -> tuple[float, float]:
    """Seconds for the dry run and for the import of a resource with default settings."""
    import tablib
    from import_export import fields, resources, widgets

    from communities import phones
    from communities.models import Contact, Household, Village

    class StockResource(resources.ModelResource):
        code = fields.Field("code", "Mã hộ")
        village = fields.Field("village", "Thôn", widgets.ForeignKeyWidget(Village, "name"))
        head_name = fields.Field("head_name", "Họ và tên chủ hộ")
        birth_year = fields.Field("birth_year", "Năm sinh", widgets.IntegerWidget())
        members = fields.Field("members", "Số khẩu", widgets.IntegerWidget())
        lane = fields.Field("lane", "Cụm")
        note = fields.Field("note", "Ghi chú")

        class Meta:
            model = Household
            fields = ("code", "village", "head_name", "birth_year", "members", "lane", "note")
            import_id_fields = ("code",)
            skip_unchanged = True

        def before_save_instance(self, instance, row, **kwargs):
            instance.ward = place["ward"]

        def after_save_instance(self, instance, row, **kwargs):
            for phone in phones.parse(row["Số điện thoại"], allow_demo=True)[0]:
                Contact.objects.update_or_create(household=instance, phone=phone.number, defaults={"rank": 1})

    data = tablib.Dataset(*[tuple(row) for row in rows], headers=HEADER)
    preview = _timed(lambda: StockResource().import_data(data, dry_run=True))
    commit = _timed(lambda: StockResource().import_data(data, dry_run=False, raise_errors=True))
    assert Household.objects.count() == len(rows)
    return preview, commit


def _floor(content: bytes, place: dict[str, Any]) -> tuple[float, float]:
    """Seconds to open the file, and to open it and copy its rows into tables like ours, with their indexes."""
    import python_calamine
    from django.db import connection

    def opened() -> list[list[Any]]:
        book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(content))
        return book.get_sheet_by_index(0).to_python()[1:]

    def copied() -> None:
        with connection.cursor() as cursor:
            for table in ("household", "contact"):
                cursor.execute(
                    f"CREATE TEMP TABLE floor_{table} (LIKE communities_{table} INCLUDING INDEXES INCLUDING DEFAULTS)"
                )
            rows = opened()
            columns = (
                "id, ward_id, village_id, code, head_name, birth_year, lane, address, members, note, is_active, "
                "name_as_listed, gone, search_key, sort_key, created_at, updated_at"
            )
            with cursor.copy(f"COPY floor_household ({columns}) FROM STDIN") as copy:
                for n, row in enumerate(rows):
                    copy.write_row((n, 1, 1, row[0], row[2], int(row[3]), row[6], "", int(row[4]), row[7], True, "", "",
                                    row[2], row[2], "2026-01-01", "2026-01-01"))  # fmt: skip
            with cursor.copy("COPY floor_contact (id, household_id, name, relation, phone, phone_kind, rank, "
                             "created_at) FROM STDIN") as copy:  # fmt: skip
                for n, row in enumerate(rows):
                    copy.write_row((n, n, row[2], "", row[5], "MOBILE", 1, "2026-01-01"))
            cursor.execute("DROP TABLE floor_household, floor_contact")

    return _timed(opened), _timed(copied)


def _memory(number: int) -> dict[str, Any]:
    """The peak of a process that reads and writes a long list; beside it, the same process doing nothing."""
    place = _fresh_ward()
    path = Path(__file__).resolve().parents[2] / "var" / "bench" / "long.xlsx"
    path.write_bytes(_file(_rows(number)))
    idle, busy = (_peak(how, path, place) for how in ("idle", "busy"))
    path.unlink()
    return {
        "work": f"import {number:,} households: peak memory (read {busy['read']:.1f} s, write {busy['apply']:.1f} s)",
        "ours": busy["own"],
        "baseline": idle["own"],
        "unit": "MB",
        "target": "≤ 300 MB",
    }


def _peak(how: str, path: Path, place: dict[str, Any]) -> dict[str, float]:
    command = [
        sys.executable,
        "-m",
        "tests.bench.importing",
        how,
        str(path),
        str(place["ward"].pk),
        str(place["user"].pk),
    ]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def _measure(how: str, path: str, ward_id: str, user_id: str) -> None:
    """In a process of its own: read and write one file, print the peaks and the seconds."""
    import django

    django.setup()
    from django.utils import timezone

    from communities import imports
    from communities.models import HouseholdImport

    told = {"read": 0.0, "apply": 0.0}
    if how == "busy":
        content = Path(path).read_bytes()
        row = HouseholdImport.objects.create(
            ward_id=int(ward_id), filename="ho.xlsx", content=content, created_by_id=int(user_id)
        )
        del content
        told["read"] = _timed(lambda: imports.read(import_id=row.pk, at=timezone.now()))
        told["apply"] = _timed(lambda: imports.apply(import_id=row.pk, at=timezone.now()))
        row.refresh_from_db()
        assert row.status == "APPLIED", row.plan
    # Not getrusage: its peak is inherited from the process that started this one.
    status = Path("/proc/self/status").read_text()
    told["own"] = int(status.split("VmHWM:")[1].split()[0]) / 1024
    print(json.dumps(told))


def _timed(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


if __name__ == "__main__":
    _measure(*sys.argv[1:])
