"""What a careful person reads in a list: the households, what is wrong, and where."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

HOUSEHOLDS = Path(__file__).parent.parent / "households"
DONG_PHU, HOA_BINH, TAY_PHU, SUOI_VANG = "Thôn Đông Phú", "Thôn Hòa Bình", "Thôn Tây Phú", "Bản Suối Vàng"

Place = tuple[str, int, str]  # sheet, Excel row, letter of the column


@dataclass
class Case:
    """A file, how it is given to the command, and everything that must come out."""

    file: str
    what: str
    households: list[dict[str, Any]]
    name: str = ""  # of the expectation, when a file has several
    why: list[str] = field(default_factory=list)
    villages: Sequence[str] = (DONG_PHU,)  # of the ward, beforehand
    options: dict[str, Any] = field(default_factory=dict)
    errors: Sequence[Place] = ()  # rows that are not imported
    warnings: Sequence[Place] = ()
    may_warn: Sequence[Place] = ()  # the specification is silent; a word about it does no harm
    about_file: Sequence[str] = ()  # kinds of what is said of the file as a whole
    refused: bool = False  # one sentence and exit code 2 instead of an answer
    never: Sequence[str] = ()  # texts that must not appear anywhere in the answer

    def as_json(self) -> dict[str, Any]:
        """With the counts that follow: every row is new, or in an error."""
        refused = {(sheet, row) for sheet, row, _letter in self.errors}
        return {
            "file": self.file,
            "what": self.what,
            "why": self.why,
            "villages": list(self.villages),
            "options": self.options,
            "rows": len(self.households) + len(refused),
            "households": self.households,
            "errors": [list(place) for place in self.errors],
            "warnings": [list(place) for place in self.warnings],
            "may_warn": [list(place) for place in self.may_warn] + self._remarks(),
            "about_file": list(self.about_file),
            "refused": self.refused,
            "never": list(self.never),
        }

    def _remarks(self) -> list[list[Any]]:
        """Households that live on elsewhere or are new: whether somebody should be told is a matter of taste."""
        return [[one["sheet"], one["row"], "*"] for one in self.households if str(one.get("note", "")) in _MILD]


_MILD = ("Đi làm ăn xa", "Hộ mới tách", "Mới tách", "Hộ mới", "Ở nhờ", "XKLĐ Đài Loan", "Vắng")
CASES: list[Case] = []
CONTENTS: dict[str, bytes] = {}


def case(
    file: str,
    what: str,
    content: bytes | None,
    households: list[dict[str, Any]],
    *,
    village: str | None = DONG_PHU,
    sheet: str | None = None,
    **rest: Any,
) -> None:
    """Note a file and its expectation. `village` and `sheet` fill what the households leave out."""
    if content is not None:
        assert file not in CONTENTS, f"{file} is written twice"
        CONTENTS[file] = content
    single = "Sheet1" if sheet is None and not file.endswith(("csv", "tsv")) else sheet or ""
    filled = [{"village": village, "sheet": single} | household for household in households]
    CASES.append(Case(file, what, filled, **rest))


def home(
    row: int, head_name: Any, birth_year: Any = None, phones: str = "", members: Any = None, **rest: Any
) -> dict[str, Any]:
    """A household as a list names it. Numbers as people write them, parted by spaces; what is empty is left out."""
    landlines = rest.pop("landlines", "")
    part = str(rest.get("address", "")).split(",")[0]
    if part.startswith(("Cụm ", "Xóm ", "Ngõ ", "Đội ", "Đường ")):
        rest.setdefault("lane", either("", part))  # a part of the village may be told from its address, or not
    given = {
        "row": row, "head_name": head_name, "birth_year": birth_year, "members": members,
        "phones": [e164(number) for number in phones.split()],
        "landlines": [e164(number) for number in landlines.split()],
    } | rest  # fmt: skip
    return {key: value for key, value in given.items() if value not in ("", None, [])}


def either(*values: Any) -> dict[str, Any]:
    """A value where careful people differ: any of these is right."""
    return {"one_of": list(values)}


def e164(number: str) -> str:
    """`0510100037` → `+84510100037`."""
    assert number[0] == "0" and number.isdigit(), number
    return f"+84{number[1:]}"


def write() -> None:
    """All files and, beside each, its expectation."""
    for file, content in CONTENTS.items():
        assert len(content) <= 20_000, f"{file} has {len(content)} bytes"
        (HOUSEHOLDS / file).write_bytes(content)
    names = [one.name or Path(one.file).stem for one in CASES]
    assert len(names) == len(set(names)), sorted(name for name in names if names.count(name) > 1)
    for name, one in zip(names, CASES, strict=True):
        text = _compact(one.as_json())
        (HOUSEHOLDS / f"{name}.json").write_text(text, encoding="utf-8")


def _compact(told: dict[str, Any]) -> str:
    """JSON with one household to a line, so that a person can compare it with the list."""
    lines = []
    for key, value in told.items():
        if isinstance(value, list) and value and isinstance(value[0], (dict, list)):
            inside = ",\n".join(f"  {json.dumps(one, ensure_ascii=False)}" for one in value)
            lines.append(f"{json.dumps(key)}: [\n{inside}\n ]")
        else:
            lines.append(f"{json.dumps(key)}: {json.dumps(value, ensure_ascii=False)}")
    return "{\n " + ",\n ".join(lines) + "\n}\n"
