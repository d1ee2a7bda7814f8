"""How cells are written: names, phones, dates and places as people type them."""

import unicodedata
from collections.abc import Callable
from datetime import date
from random import Random
from typing import Any

from tests.communities.mill.dice import Dice
from tests.communities.mill.people import Home, Person

_PHONES = (
    "{0}", "{int}", "{1} {2} {3}", "{1}.{2}.{3}", "{1}-{2}-{3}", "+84{4}", "84{4}", "+84 {4}", "({1}) {2} {3}", "{4}",
    " {0} ", "ĐT: {0}", "{1}.{5}", "{1} {5}", "{0}.", "0 {4}", "(+84){4}", "{0}\u00a0",
)  # fmt: skip
_NONE = ("", "", "không", "K có", "0", "-", "không có", "Chưa có", "Ko", "KĐT", "x")
_TWO = (" - ", "/", "; ", ", ", "\n", " / ", " hoặc ")
_BIRTHS = (
    "{y}", "{int}", "{date}", "{d:02}/{m:02}/{y}", "{d}/{m}/{y}", "{d}-{m}-{y}", "{d:02}.{m:02}.{y}", "00/00/{y}",
    "{m:02}/{y}", "Tháng {m}/{y}", "{y}-{m:02}-{d:02}", "{d}/{m}/{short:02}", "{y} ", "??/??/{y}", "{serial}",
)  # fmt: skip
_DITTO = ("nt", "-nt-", '"', "//", "〃", "như trên", "nt.", "''", "”")
_PLAIN_VILLAGE = ("{0}", "{upper}", "{plain}", "{short}", "{bare}", "{0} ", "{old}", "{lower}")


class Pen:
    """One office's way of writing; some lists have many ways, most have one."""

    def __init__(self, dice: Dice, villages: list[str]) -> None:
        self.dice = dice
        # “Ấp 1” and then a bare “Chợ”: nobody writes so.
        self.may_be_bare = all(len(name.split()) > 2 and not name[-1].isdigit() for name in villages)
        self.is_mixed = dice.odd("many ways of writing", 0.3)
        self.phone_form = dice.pick("phones as", *_PHONES)
        self.birth_form = dice.pick("births as", *_BIRTHS)
        self.village_form = dice.pick("villages as", *_PLAIN_VILLAGE, odds=0.4)
        self.name_form = dice.pick("names as", "plain", "caps", "nfd", "spaces", "nbsp", "polite", odds=0.4)
        self.ditto = dice.pick("ditto", "", *_DITTO, odds=0.12)
        self.called: Callable[[str], str] | None = None  # a village, where it is called otherwise
        self._above: list[Any] = []
        self._cells: dict[str, Random] = {}

    def _chance(self, name: str) -> Random:
        return self._cells.setdefault(name, self.dice.of(f"cells of {name}"))

    def forget(self) -> None:
        """A group or a sheet begins: nothing stands above."""
        self._above = []

    def name(self, person: Person) -> str:
        """A name, always the same way for the same person."""
        chance = Random(f"{self.dice.seed}/{person.name}")
        form = chance.choice(("plain", self.name_form)) if self.is_mixed else self.name_form
        name = person.name
        if form == "caps":
            return name.upper()
        if form == "nfd":
            return unicodedata.normalize("NFD", name)
        if form == "spaces":
            return f" {name.replace(' ', '  ', 1)} "
        if form == "nbsp":
            return name.replace(" ", "\u00a0")
        if form == "polite":
            return f"{chance.choice(('Ông', 'Ô.')) if person.is_male else chance.choice(('Bà', 'B.'))} {name}"
        return name

    def code(self, home: Home) -> Any:
        """A code of ten digits, as text or as a number."""
        return int(home.code) if self.dice.odd("codes as numbers", 0.3) else home.code

    def birth(self, person: Person) -> Any:
        """The year of birth, or the day."""
        form = self._chance("birth").choice(_BIRTHS[:7]) if self.is_mixed else self.birth_form
        day = date(person.year, person.month, person.day)
        if form == "{int}":
            return person.year
        if form == "{date}":
            return day
        if form == "{serial}":
            return (day - date(1899, 12, 30)).days
        if form == "{d}/{m}/{short:02}" and not 1916 <= person.year < 2000:
            form = "{d}/{m}/{y}"
        return form.format(y=person.year, m=person.month, d=person.day, short=person.year % 100)

    def members(self, home: Home) -> Any:
        """How many persons."""
        count = len(home.people)
        form = self.dice.pick("members as", "int", "text", "unit", "zero", odds=0.25)
        return {"int": count, "text": str(count), "unit": f"{count} khẩu", "zero": f"{count:02}"}[form]

    def _phone(self, number: str) -> Any:
        form = self._chance("phone").choice(_PHONES) if self.is_mixed else self.phone_form
        if form == "{int}":
            return int(number)
        return form.format(number, number[:4], number[4:7], number[7:], number[1:], number[4:])

    def phones(self, home: Home, person: Person) -> Any:
        """What stands in the phone cell of a row."""
        numbers: list[Any] = [self._phone(number) for number in person.mobiles]
        if person is home.head and home.landline:
            numbers.append(f"{home.landline[:4]}.{home.landline[4:]}")
        if not numbers:
            if person is not home.head:
                return ""
            return self._chance("none").choice(_NONE) if self.dice.odd("words for no phone", 0.2) else ""
        if len(numbers) == 1:
            number = numbers[0]
            if home.owner and person is home.head and self.dice.odd("whose phone", 0.15) and not home.landline:
                written = self._chance("owner").choice(("{0} ({1})", "{0} - {1}", "{0} {1}", "{1} {0}", "{0}({1})"))
                return written.format(str(number), home.owner)
            return number
        between = self.dice.pick("two phones", *_TWO)
        return between.join(str(number).strip() for number in numbers)

    def village(self, name: str) -> str:
        """A village as this list calls it."""
        if self.called is not None:
            return self.called(name)
        word, own = name.split(" ", 1)
        if name.startswith(("Tổ dân phố", "Khu phố")):
            word, own = (
                " ".join(name.split()[: 3 if name[0] == "T" else 2]),
                name.split(" ", 3 if name[0] == "T" else 2)[-1],
            )
        initials = {"Thôn": "T.", "Tổ dân phố": "TDP", "Khu phố": "KP", "Bản": "Bản", "Ấp": "Ấp"}[word]
        bare = own if self.may_be_bare else name
        old = name.replace("òa", "oà").replace("ủy", "uỷ")
        plain = "".join(c for c in unicodedata.normalize("NFD", name) if not unicodedata.combining(c))
        plain = plain.replace("Đ", "D").replace("đ", "d")
        return self.village_form.strip().format(
            name, upper=name.upper(), plain=plain, short=f"{initials} {own}", bare=bare, old=old, lower=name.lower()
        )

    def place(self, lane: str) -> str:
        """A lane as it is."""
        return lane

    def dittoed(self, fields: list[str], row: list[Any]) -> list[Any]:
        """The row with marks where a place is the one above."""
        written = list(row)
        if self.ditto and self._above:
            for i, name in enumerate(fields):
                if name in {"village", "hamlet", "address"} and row[i] != "" and row[i] == self._above[i]:
                    written[i] = self.ditto
        self._above = row
        return written
