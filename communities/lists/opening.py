"""The file of an import, read as people decided: in this file, or before in another one of its layout."""

from dataclasses import replace

from django.db.models import F, Q

from communities import names, spreadsheet
from communities.models import HouseholdImport, ListLayout
from communities.spreadsheet import Book, Reading


def reading_of(row: HouseholdImport, layout: ListLayout | None) -> Reading:
    """How the file is to be read: what people decided, on top of a remembered layout. An answer somebody took back is
    empty, and asked for again."""
    choices = row.choices
    cells = {
        sheet: {int(number): dict(texts) for number, texts in rows.items()}
        for sheet, rows in choices.get("cells", {}).items()
    }
    fields, answers = (layout.fields, layout.answers) if layout else ({}, {})
    return Reading(
        {**fields, **choices.get("fields", {})},
        choices.get("encoding", ""),
        cells,
        {kind: answer for kind, answer in {**answers, **choices.get("answers", {})}.items() if answer},
    )


def book_of(row: HouseholdImport, only_sheet: str = "") -> tuple[Book, ListLayout | None]:
    """The file as it is read, and the layout that was remembered for it. Raises Unreadable."""
    grids = spreadsheet.load(bytes(row.content), row.filename)
    unanswered = replace(reading_of(row, None), answers={})
    book = spreadsheet.understand(grids, unanswered)
    signature = book.signature  # an answer may make other tables of the sheets: the layout is the same
    layout = None if row.choices.get("as_it_is") else _layout_for(row, signature)
    if (reading := reading_of(row, layout)) != unanswered:
        try:
            book = spreadsheet.understand(grids, reading)
        except spreadsheet.Unreadable:
            if layout is None:
                raise
            layout = None  # remembered wrongly: nothing can be read that way
            book = spreadsheet.understand(grids, reading_of(row, None))
        book.signature = signature
    if only_sheet:
        book.sheets = [sheet for sheet in book.sheets if names.fold(sheet.name) == names.fold(only_sheet)]
        if not book.sheets:
            raise spreadsheet.Unreadable("NO_SHEET", name=only_sheet)
        book.questions = [one for one in book.questions if names.fold(one.sheet) == names.fold(only_sheet)]
    return book, layout


def _layout_for(row: HouseholdImport, signature: str) -> ListLayout | None:
    """What was remembered for such a list: in its village, or else in the ward. None where that is nothing."""
    layouts = ListLayout.objects.filter(ward_id=row.ward_id, signature=signature).select_related("saved_by")
    layouts = layouts.filter(Q(village=row.village) | Q(village=None))
    layout = layouts.order_by(F("village").asc(nulls_last=True)).first()
    return layout if layout is not None and (layout.fields or layout.answers) else None
