"""Read a household list from the command line, as the import page does."""

import json
import os
from argparse import ArgumentParser
from collections import Counter
from pathlib import Path
from typing import Any

import pghistory
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from communities import imports, names
from communities.lists import plan, readings, telling, writing
from communities.lists.placing import village_word
from communities.models import HouseholdImport, Village, Ward
from communities.places import Places
from communities.resources import CHOOSABLE, Listed
from communities.spreadsheet import MAX_BYTES, Unreadable, key_of

#: Names of our own fields that are accepted beside those of the header table.
_FIELDS = {"code": "household_code", "members": "members_count", "lane": "hamlet", "birth_year": "birth"}


class Command(BaseCommand):
    """`manage.py import_households FILE --ward CODE`: what the list would change; with --commit it does.

    Exit code 2 and one sentence on stderr when the file or an option cannot be used, or when the file can be read in
    several ways and no option says which. Rows that cannot be taken are no such case: they are listed, and the good
    rows are written.
    """

    help = "Reads a household list into a ward; a dry run unless --commit."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The options of the command."""
        parser.add_argument("file")
        parser.add_argument("--ward", required=True, help="official code of the ward")
        parser.add_argument("--village", default="", help="village of the rows that name none")
        parser.add_argument("--create-villages", action="store_true", help="create villages the ward does not have")
        parser.add_argument("--sheet", default="", help="read this sheet only")
        parser.add_argument("--map", action="append", default=[], metavar="HEADER=FIELD", help="what a column holds")
        parser.add_argument(
            "--shape",
            choices=["row", "members", "person"],
            default="",
            help="a household a row, its members in rows below its head, or persons who name their head",
        )
        parser.add_argument("--tables", choices=["one", "several"], default="", help="lists on a sheet")
        parser.add_argument("--encoding", choices=["UNICODE", "TCVN3", "VNI"], default="", help="of old fonts")
        parser.add_argument("--accept-alarm", action="store_true", help="write although most households change")
        parser.add_argument("--commit", action="store_true", help="write the good rows")
        parser.add_argument("--json", action="store_true", help="print the whole outcome as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        """Read, tell, and write if asked to."""
        row = self._row(options)
        try:
            found = self._commit(row, options) if options["commit"] else self._plan(row, options)
        except Unreadable as error:
            raise _refused(str(telling.REFUSALS[error.kind]) % error.details) from error
        if options["json"]:
            self.stdout.write(json.dumps(_as_json(found), ensure_ascii=False, indent=1))
        else:
            self._tell(found, committed=options["commit"])

    def _row(self, options: dict[str, Any]) -> HouseholdImport:
        """The import, not saved yet."""
        ward = Ward.objects.current().filter(code=options["ward"]).select_related("province").first()
        if ward is None:
            raise _refused(_("Không có xã, phường nào mang mã “%(code)s”.") % {"code": options["ward"]})
        path = Path(options["file"])
        filename = os.fsencode(path.name).decode("utf-8", "replace")[-255:]
        try:
            with path.open("rb") as file:
                content = file.read(MAX_BYTES + 1)  # one more is refused as too large
        except (OSError, ValueError) as error:
            raise _refused(_("Không mở được tệp “%(name)s”.") % {"name": filename[:100]}) from error
        choices: dict[str, Any] = {"accepted": options["accept_alarm"]}
        self.mapped = {_mapped(pair)[0]: pair for pair in options["map"]}
        if fields := dict(_mapped(pair) for pair in options["map"]):
            choices["fields"] = fields
        if options["encoding"]:
            choices["encoding"] = options["encoding"]
        choices["answers"] = {
            kind: answer for kind, answer in (("SHAPE", options["shape"]), ("TABLES", options["tables"])) if answer
        }
        row = HouseholdImport(ward=ward, filename=filename, content=content, choices=choices)
        self.new_village = ""
        if name := names.clean(options["village"]):
            own = Village.objects.filter(ward=ward, is_active=True)
            found = Places(own.values_list("pk", "name")).find(name)
            row.village = own.get(pk=found) if found else None
            if row.village is None and not options["create_villages"]:
                raise _refused(
                    _("Xã không có thôn “%(name)s”. Thêm --create-villages nếu muốn tạo thôn này.") % {"name": name}
                )
            if row.village is None:
                self.new_village = names.village_title(name, village_word(ward))
        return row

    def _plan(self, row: HouseholdImport, options: dict[str, Any]) -> plan.Plan:
        """The plan, computed and thrown away: a village that is to be created exists only inside."""
        with transaction.atomic():
            self._create_village(row)
            found = plan.make(row, _Nobody(), only_sheet=options["sheet"], create_villages=options["create_villages"])
            transaction.set_rollback(True)
        self._check_mapped(found)
        if needs := [need for need in found.needs(row.choices) if need in ("QUESTION", "NAME_COLUMN")]:
            raise _refused(_needed(found, needs))
        return found

    def _commit(self, row: HouseholdImport, options: dict[str, Any]) -> plan.Plan:
        with transaction.atomic(), pghistory.context(command="import_households"):
            self._create_village(row)
            only, create = options["sheet"], options["create_villages"]
            found, needs = imports.bring_in(row, at=timezone.now(), only_sheet=only, create_villages=create)
            self._check_mapped(found)
            if needs:
                raise _refused(_needed(found, needs))
        return found

    def _check_mapped(self, found: plan.Plan) -> None:
        """A column named by --map that the file does not have is a mistake, not a wish."""
        keys = {column.key for sheet in found.book.sheets for column in sheet.columns}
        for key, pair in self.mapped.items():
            if key not in keys:
                header = pair.rpartition("=")[0]
                raise _refused(_("Tệp không có cột “%(header)s” của --map.") % {"header": header})

    def _create_village(self, row: HouseholdImport) -> None:
        if self.new_village:
            row.village = writing.create_village(row.ward_id, self.new_village)

    def _tell(self, found: plan.Plan, *, committed: bool) -> None:
        told = _as_json(found)
        counts = {key: told[key] for key in ("rows", "new", "changed", "unchanged", "missing")}
        self.stdout.write(
            _(
                "%(rows)s hộ trong tệp: %(new)s mới, %(changed)s thay đổi, %(unchanged)s không đổi; "
                "%(missing)s hộ không có trong tệp."
            )
            % counts
        )
        if told["ledger"]["rows"]:
            self.stdout.write(readings.sum_in_words(told["ledger"]))
        for title, problems in ((_("Không nhập được"), told["errors"]), (_("Cần xem lại"), told["warnings"])):
            if problems:
                self.stdout.write(f"{title} ({len(problems)}):")
            for one in problems:
                place = f"{one['sheet']} {one['column']}{one['row']}: “{one['value']}”. ".lstrip() if one["row"] else ""
                self.stdout.write(f"  {place}{one['message']}")
        self.stdout.write(_("Đã ghi.") if committed else _("Chưa ghi gì. Thêm --commit để ghi."))


class _Nobody:
    def step(self, done: int, total: int) -> None:
        """Nobody watches."""


def _refused(sentence: str) -> CommandError:
    return CommandError(sentence, returncode=2)


def _mapped(pair: str) -> tuple[str, str]:
    """“SĐT=phone” → (the column's key, the field). An empty field means that the column is not used."""
    header, _equals, name = pair.rpartition("=")
    chosen = _FIELDS.get(name.strip(), name.strip())
    if not header or (chosen and chosen not in CHOOSABLE):
        raise _refused(_("Không hiểu --map “%(pair)s”. Viết dạng “TIÊU ĐỀ=phone”.") % {"pair": pair})
    return key_of(header), chosen


def _needed(found: plan.Plan, needs: list[str]) -> str:
    if "QUESTION" in needs:
        return readings.asked_in_words(found.book.questions)
    if "NAME_COLUMN" in needs:
        return _("Chưa biết cột nào là họ tên chủ hộ. Chỉ ra bằng --map “TIÊU ĐỀ=head_name”.")
    alarm = found.alarm
    sentence = telling.explain(telling.alarm_as_problem(alarm)) if alarm else ""
    return sentence + " " + _("Chưa ghi gì. Nếu đúng là vậy, thêm --accept-alarm.")


def _as_json(found: plan.Plan) -> dict[str, Any]:
    """The outcome, whole: the counts add up, rows = new + changed + unchanged + rows with errors."""
    said = [*telling.remarks(found), *found.problems]
    households = sorted(
        [*found.new, *(change.row for change in found.changed), *(one for one, _own in found.unchanged)],
        key=lambda one: (_sheet_position(found, one.sheet), one.number),
    )
    return {
        "rows": found.rows,
        "new": len(found.new),
        "changed": len(found.changed),
        "unchanged": len(found.unchanged),
        "missing": len(found.missing),
        "ledger": _ledger(found),
        "errors": [_problem(one) for one in said if one["is_error"]],
        "warnings": [_problem(one) for one in said if not one["is_error"]],
        "households": [_household(found, one) for one in households],
    }


def _ledger(found: plan.Plan) -> dict[str, Any]:
    entries = [
        {"sheet": one.sheet, "row": one.number, "fate": one.fate, "text": one.text, "of": one.of}
        for one in found.ledger
    ]
    return {"rows": len(entries), "fates": dict(Counter(one.fate for one in found.ledger)), "entries": entries}


def _sheet_position(found: plan.Plan, name: str) -> int:
    return next(i for i, sheet in enumerate(found.book.sheets) if sheet.name == name)


def _problem(problem: dict[str, Any]) -> dict[str, Any]:
    told = {key: problem[key] for key in ("sheet", "row", "column", "value", "kind")}
    return {**told, "message": telling.explain(problem)}


def _household(found: plan.Plan, one: Listed) -> dict[str, Any]:
    return {
        "sheet": one.sheet,
        "row": one.number,
        "village": found.villages[one.village_id],
        "code": one.code,
        "head_name": one.head_name,
        "birth_year": one.birth_year,
        "phones": [phone.number for phone in one.phones if phone.kind == "MOBILE"],
        "landlines": [phone.number for phone in one.phones if phone.kind == "LANDLINE"],
        "members": one.members,
        "address": one.address_as_listed,
        "lane": one.lane,
        "note": one.note,
    }
