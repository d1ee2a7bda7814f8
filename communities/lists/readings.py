"""How a file was read, in words and as JSON: what became of each row, and how else its rows may be read."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, ngettext_lazy

from communities.spreadsheet.book import Entry, Question
from communities.templatetags.page import households, number

SHOWN = 1_000  # rows of each fate kept for the page; the counts are always whole

#: Each fate of a row (spreadsheet.book.FATES) with its count, in the order of the sum.
FATES = {
    "HOUSEHOLD": ngettext_lazy("%(shown)s dòng hộ", "%(shown)s dòng hộ", "n"),
    "MEMBER": ngettext_lazy("%(shown)s dòng thành viên", "%(shown)s dòng thành viên", "n"),
    "GROUP": ngettext_lazy("%(shown)s dòng nhóm thôn", "%(shown)s dòng nhóm thôn", "n"),
    "TOTAL": ngettext_lazy("%(shown)s dòng cộng", "%(shown)s dòng cộng", "n"),
    "HEADING": ngettext_lazy("%(shown)s dòng tiêu đề", "%(shown)s dòng tiêu đề", "n"),
    "PAGE": ngettext_lazy("%(shown)s dòng tiêu đề nhắc lại", "%(shown)s dòng tiêu đề nhắc lại", "n"),
    "SIGNATURE": ngettext_lazy("%(shown)s dòng ký tên", "%(shown)s dòng ký tên", "n"),
    "NOTE": ngettext_lazy("%(shown)s dòng ghi chú", "%(shown)s dòng ghi chú", "n"),
    "PREPARED": ngettext_lazy("%(shown)s dòng chỉ có số thứ tự", "%(shown)s dòng chỉ có số thứ tự", "n"),
    "REPEATED": ngettext_lazy("%(shown)s dòng lặp lại", "%(shown)s dòng lặp lại", "n"),
    "PROBLEM": ngettext_lazy("%(shown)s dòng cần sửa", "%(shown)s dòng cần sửa", "n"),
    "UNREAD": ngettext_lazy("%(shown)s dòng không đọc", "%(shown)s dòng không đọc", "n"),
}

#: What is asked where a sheet can be read in several ways.
QUESTIONS = {
    "SHAPE": gettext_lazy("Mỗi dòng là một hộ, hay nhiều dòng chung một hộ?"),
    "TABLES": gettext_lazy("Trang tính này có một danh sách hay nhiều danh sách?"),
    "HEADS": gettext_lazy("Cột nào ghi họ tên chủ hộ?"),
    "PHONES": gettext_lazy("Cột nào ghi số điện thoại của hộ?"),
}
#: What may be answered, for those questions whose answers are not columns: in short, and what it means.
ANSWERS = {
    ("SHAPE", "row"): (gettext_lazy("Mỗi dòng là một hộ"), gettext_lazy("Mỗi tên là một chủ hộ")),
    ("SHAPE", "members"): (
        gettext_lazy("Nhiều dòng chung một hộ"),
        gettext_lazy("Chủ hộ, rồi đến những người cùng nhà ở các dòng dưới"),
    ),
    ("SHAPE", "person"): (
        gettext_lazy("Mỗi dòng là một người, có ghi tên chủ hộ"),
        gettext_lazy("Các dòng ghi cùng một chủ hộ gộp thành một hộ"),
    ),
    ("TABLES", "one"): (gettext_lazy("Một danh sách"), gettext_lazy("Mọi phần trên trang tính là một danh sách")),
    ("TABLES", "several"): (
        gettext_lazy("Nhiều danh sách"),
        gettext_lazy("Các phần cạnh nhau hay dưới nhau là danh sách riêng"),
    ),
}
#: How an answer is given at the command line.
_OPTIONS = {
    "SHAPE": "--shape %s",
    "TABLES": "--tables %s",
    "HEADS": "--map “%s=head_name”",
    "PHONES": "--map “%s=phone”",
}


# --- what became of each row --------------------------------------------------------------------------


def ledger_as_json(entries: Iterable[Entry]) -> dict[str, Any]:
    """The ledger as it is stored with an import: whole counts, and the first rows of each fate."""
    fates: Counter[str] = Counter()
    kept: defaultdict[str, list[list[Any]]] = defaultdict(list)
    for entry in entries:
        fates[entry.fate] += 1
        if fates[entry.fate] <= SHOWN:
            kept[entry.fate].append([entry.sheet, entry.number, entry.text, entry.of])
    return {"rows": fates.total(), "fates": dict(fates), "entries": dict(kept)}


def figures(fates: Mapping[str, int]) -> list[tuple[str, str]]:
    """Each fate that rows have, with their number in words, in the order of the sum."""
    return [(fate, str(words % counted(n))) for fate, words in FATES.items() if (n := fates.get(fate, 0))]


def counted(n: int) -> dict[str, Any]:
    """A number for texts that change with it, and as it is written."""
    return {"n": n, "shown": number(n)}


def rows_in_words(rows: int) -> str:
    """342 → 342 dòng."""
    return ngettext("%(shown)s dòng", "%(shown)s dòng", rows) % counted(rows)


def sum_in_words(ledger: Mapping[str, Any]) -> str:
    """“Tệp có 342 dòng: 283 dòng hộ, 41 dòng thành viên, …”, of a ledger as JSON."""
    parts = ", ".join(words for _fate, words in figures(ledger["fates"]))
    return _("Tệp có %(rows)s: %(parts)s.") % {"rows": rows_in_words(ledger["rows"]), "parts": parts}


# --- how else they may be read ------------------------------------------------------------------------


def questions_as_json(questions: Iterable[Question]) -> list[dict[str, Any]]:
    """The open questions as they are stored with an import."""
    return [
        {
            "kind": question.kind,
            "sheet": question.sheet,
            "options": [
                {
                    "answer": one.answer, "households": one.households, "members": one.members, "label": one.label,
                    "samples": [list(sample) for sample in one.samples],
                }
                for one in question.options
            ],
        }
        for question in questions
    ]  # fmt: skip


def answer_in_words(kind: str, answer: str, label: str = "") -> str:
    """What somebody answered, in short: “Mỗi dòng là một hộ”. `label` is the header of the column it names."""
    if (kind, answer) in ANSWERS:
        return str(ANSWERS[kind, answer][0])
    return _("Cột “%(label)s”") % {"label": label or answer.removeprefix("@")}


def meaning_of(kind: str, answer: str) -> str:
    """What an answer means, where that goes without a column: “Mỗi tên là một chủ hộ”."""
    return str(ANSWERS[kind, answer][1]) if (kind, answer) in ANSWERS else ""


def option_in_words(kind: str, option: Mapping[str, Any]) -> str:
    """A way to read a sheet with what it makes: “Nhiều dòng chung một hộ: 27 hộ, 84 người”."""
    made = households(option["households"])
    if option["members"]:
        persons = option["households"] + option["members"]
        made += ", " + ngettext("%(shown)s người", "%(shown)s người", persons) % counted(persons)
    words = answer_in_words(kind, option["answer"], option["label"])
    return _("%(reading)s: %(made)s") % {"reading": words, "made": made}


def asked_in_words(questions: Sequence[Question]) -> str:
    """The first of open questions as a sentence of the command line: the ways to read, and the option that chooses."""
    question = questions_as_json(questions[:1])[0]
    kind, options = question["kind"], question["options"]
    alternatives = f" {_('hoặc')} "
    said = {
        "sheet": question["sheet"],
        "readings": alternatives.join(f"“{option_in_words(kind, one)}”" for one in options),
        "options": alternatives.join(_OPTIONS[kind] % _named(kind, one) for one in options),
    }
    if said["sheet"]:
        return _("Trang tính “%(sheet)s” đọc được theo nhiều cách: %(readings)s. Hãy chọn bằng %(options)s.") % said
    return _("Tệp đọc được theo nhiều cách: %(readings)s. Hãy chọn bằng %(options)s.") % said


def _named(kind: str, option: Mapping[str, Any]) -> str:
    """An answer as an option of the command line takes it: a column by its header, as far as that is its own."""
    answer = str(option["answer"])
    is_own = kind in ("HEADS", "PHONES") and option["label"] and "#" not in answer
    return str(option["label"]) if is_own else answer
