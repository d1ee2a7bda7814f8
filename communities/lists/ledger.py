"""What becomes of every row of a file once it is compared: the ledger of the reader, with what the plan refuses."""

from dataclasses import replace
from typing import TYPE_CHECKING

from communities.spreadsheet import Entry

if TYPE_CHECKING:
    from communities.lists.plan import Plan


def final(plan: "Plan") -> list[Entry]:
    """Each row of the file with its one fate.

    A household that is left out is a PROBLEM, or REPEATED where another row is the same; so are its members. Rows of
    sheets that were not asked for are UNREAD.
    """
    rows = [*plan.new, *(change.row for change in plan.changed), *(row for row, _own in plan.unchanged)]
    taken = {(row.sheet, row.number) for row in rows}
    refused = {(said["sheet"], said["row"]): said["kind"] for said in plan.problems if said["is_error"]}
    read = {sheet.name for sheet in plan.book.sheets}
    found = []
    for entry in plan.book.ledger:
        if entry.sheet not in read:
            found.append(entry if entry.fate == "UNREAD" else replace(entry, fate="UNREAD", of=0))
            continue
        head = (entry.sheet, entry.of or entry.number)
        if entry.fate in {"HOUSEHOLD", "MEMBER"} and head not in taken and head in refused:
            fate = "REPEATED" if refused[head] == "SAME_ROW_TWICE" else "PROBLEM"
            entry = replace(entry, fate=fate, of=0)
        found.append(entry)
    return found
