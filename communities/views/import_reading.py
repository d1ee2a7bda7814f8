"""How a file was read, for its import's page: what is asked about it, what was answered, what became of each row."""

from typing import Any, TypedDict

from django.core.paginator import Page, Paginator

from communities.lists import readings, telling
from communities.masking import mask_numbers
from communities.models import HouseholdImport
from communities.views.import_parts import JSON, LONG, Asked

FEW = 3  # rows that are not read, on the page of all


class Question(TypedDict):
    """A question with the ways to read the file, each in words, with its samples."""

    kind: str
    title: str
    sheets: list[str]
    options: list[JSON]


class Answered(TypedDict):
    """What somebody answered before, and whether that was about another file."""

    kind: str
    words: str
    is_remembered: bool


class Ledger(TypedDict):
    """What became of each row: the sum, the rows of one fate when they are asked for, what is not read at all."""

    rows: str  # “342 dòng”
    figures: list[tuple[str, str]]  # fate, “283 dòng hộ”
    remarks: list[str]
    unread: str  # “7 dòng”, "" for none
    unread_rows: list[JSON]
    more_unread: int
    has_sheets: bool
    fate: str
    title: str
    listed: list[JSON]
    page: Page[list[Any]] | None
    query: str
    untold: int


# --- how the file is read -----------------------------------------------------------------------------


def questions(row: HouseholdImport, *, shows_phones: bool) -> list[Question]:
    """What a person has to say before the list means anything. One answer holds for all sheets that ask the same."""
    found: dict[str, Question] = {}
    for asked in row.plan.get("questions", []):
        kind = asked["kind"]
        if kind in found:
            found[kind]["sheets"].append(asked["sheet"])
            continue
        found[kind] = {
            "kind": kind,
            "title": str(readings.QUESTIONS[kind]),
            "sheets": [asked["sheet"]],
            "options": [_option(kind, one, shows_phones) for one in asked["options"]],
        }
    return list(found.values())


def _option(kind: str, option: JSON, shows_phones: bool) -> JSON:
    samples = option["samples"]
    if not shows_phones:
        samples = [(number, mask_numbers(head), persons) for number, head, persons in samples]
    return {
        "value": f"{kind}:{option['answer']}",
        "words": readings.option_in_words(kind, option),
        "meaning": readings.meaning_of(kind, option["answer"]),
        "samples": samples,
    }


def answers(row: HouseholdImport) -> list[Answered]:
    """What was answered about how to read the file, now or with another file of its layout."""
    headers = {one["key"]: one["header"] for one in row.plan.get("columns", [])}
    now = row.choices.get("answers", {})
    return [
        {
            "kind": kind,
            "words": readings.answer_in_words(kind, answer, headers.get(answer, "")),
            "is_remembered": not now.get(kind),
        }
        for kind, answer in row.plan.get("answers", {}).items()
    ]


# --- what became of each row --------------------------------------------------------------------------


def ledger(row: HouseholdImport, asked: Asked) -> Ledger | None:
    """The rows of the file as a sum; None beside another section, and for plans that knew no ledger."""
    told = row.plan.get("ledger")
    if not told or not told["rows"] or asked.section not in ("", "ledger"):
        return None
    figures = readings.figures(told["fates"])
    unread, entries = told["fates"].get("UNREAD", 0), told["entries"]
    words = dict(figures)
    fate = (asked.kind if asked.kind in words else next(iter(words))) if asked.section else ""
    page = Paginator(entries.get(fate, []), LONG).get_page(asked.page) if fate else None
    return {
        "rows": readings.rows_in_words(told["rows"]),
        "figures": figures,
        "remarks": [telling.explain(one) for one in row.plan.get("remarks", [])],
        "unread": readings.rows_in_words(unread) if unread else "",
        "unread_rows": [] if fate else [_entry(one) for one in entries.get("UNREAD", [])[:FEW]],
        "more_unread": 0 if fate else max(unread - FEW, 0),
        "has_sheets": len({one[0] for rows in entries.values() for one in rows}) > 1,
        "fate": fate,
        "title": words.get(fate, ""),
        "listed": [_entry(one) for one in page] if page else [],
        "page": page,
        "query": f"xem=ledger&loai={fate}",
        "untold": told["fates"][fate] - len(entries[fate]) if page and not page.has_next() else 0,
    }


def _entry(kept: list[Any]) -> JSON:
    sheet, number, text, of = kept
    return {"sheet": sheet, "row": number, "text": text, "of": of}
