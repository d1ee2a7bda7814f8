"""What becomes of every row of a file once it is compared: the ledger of the reader, with what the plan refuses."""

from collections.abc import Collection, Iterable
from dataclasses import replace

from communities.spreadsheet import Entry

Place = tuple[str, int]  # sheet, row


def final(
    entries: Iterable[Entry], read: Collection[str], taken: Collection[Place], refused: dict[Place, str]
) -> list[Entry]:
    """Each row of the file with its one fate.

    `read` are the sheets that were, `taken` the rows that are households now, `refused` those that are none for a
    reason: a PROBLEM, or REPEATED where another row is the same; so are their members. Rows of sheets that were not
    asked for are UNREAD.
    """
    found = []
    for entry in entries:
        head = (entry.sheet, entry.of or entry.number)
        if entry.sheet not in read:
            is_said = entry.fate in {"UNREAD", "REPEATED"}
            found.append(entry if is_said else replace(entry, fate="UNREAD", of=0))
        elif entry.fate in {"HOUSEHOLD", "MEMBER"} and head not in taken and head in refused:
            fate = "REPEATED" if refused[head] == "SAME_ROW_TWICE" else "PROBLEM"
            found.append(replace(entry, fate=fate, of=0))
        else:
            found.append(entry)
    return found
