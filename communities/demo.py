"""Invented wards: xã Hoa Đồng and as many like it as wanted, to a million households.

Every person is made of parts of names, every phone starts with 0510, which no network uses, and the ward
codes 99001 … name no place. The same seed makes the same people. Rows stream through COPY, so a million
households take no more memory than a thousand.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from itertools import accumulate
from pathlib import Path
from random import Random
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from communities import names
from communities.models import Household, Province, Village, Ward
from communities.phones import LANDLINE, MOBILE

VALID_FROM = date(2025, 7, 1)
PHONE = "0510 000 001"
FIRST_CODE = 99001
#: Fictional villages: name, prefix of household codes, words for its parts, and how large it is beside the others.
VILLAGES = (
    ("Thôn Đông Phú", "ĐP", "Ngõ", 24),
    ("Thôn Tây Phú", "TP", "Ngõ", 22),
    ("Thôn Hải Tiến", "HT", "Xóm", 26),
    ("Bản Suối Đá", "SĐ", "Cụm", 12),
    ("Tổ dân phố 3", "T3", "Ngõ", 16),
)
_WARD_WORDS = ("Hoa", "Sao", "Nắng", "Lúa", "Sóng", "Mây", "Trúc", "Sen", "Tre", "Gió", "Suối", "Đồi", "Cau", "Dừa")
_WARD_ENDS = ("Đồng", "Mai", "Vàng", "Xanh", "Biếc", "Hồng", "Bạc", "Thơm", "Ngàn", "Rừng", "Sớm", "Lành")
_RELATIONS = ("con trai", "con gái", "con gái", "con dâu", "cháu nội", "hàng xóm")
_LANDMARKS = ("Sau nhà văn hóa", "Cạnh trạm bơm", "Đối diện trường mầm non", "Gần cổng làng", "Cuối đường bê tông")
_NOTES = ("Đi biển", "Đi làm ăn xa", "Hộ mới tách", "Nhà có người già yếu")

#: Households of Thôn Đông Phú that stand in the test list “a_mot_dong_mot_ho.xlsx” with something else:
#: row of the list → what the village's old list says. The preview of that list then has changes to show.
OLD_ROWS: tuple[tuple[str, int, int, str, str, str], ...] = (
    # head, year, members, lane, phone, note
    ("Hoàng Trọng Tuấn", 1984, 2, "Cụm 2", "+84510100037", ""),  # a child was born
    ("Đặng Đình Hiếu", 1976, 4, "Cụm 1", "+84510100148", ""),  # moved to Cụm 4
    ("Tống Thị Trang", 1962, 4, "Cụm 1", "", "Đi làm ăn xa"),  # no phone then; now her son's
    ("Lê Thị Vân", 1948, 3, "Cụm 1", "+84510100998", "Hộ nghèo"),  # another number
    ("Trịnh Sỹ Phú", 1970, 3, "Cụm 2", "+84510101665", ""),  # as it is
)


@dataclass(frozen=True)
class _Weighted:
    """Words to draw from, the common ones more often."""

    words: tuple[str, ...]
    weights: tuple[float, ...]

    def draw(self, random: Random) -> str:
        return random.choices(self.words, cum_weights=self.weights)[0]


def make_wards(*, wards: int, households: int, seed: int = 1, province: Province | None = None) -> list[Ward]:
    """Make `wards` demo wards with five villages each and so many households together; returns them.

    A ward that is there already keeps its villages and gets households only if it has none, so a second call
    changes nothing. The first is xã Hoa Đồng, code 99001.
    """
    province = (
        province
        or Province.objects.get_or_create(code="38", valid_from=VALID_FROM, defaults={"name": "Tỉnh Thanh Hóa"})[0]
    )
    made = []
    for number in range(wards):
        with transaction.atomic():
            ward = _ward(number, province)
            villages = _villages(ward)
            if not Household.objects.filter(ward=ward).exists():
                random = Random(f"{seed}/{ward.code}")  # noqa: S311 – invented people, not secrets
                share = households // wards + (number < households % wards)
                first_place = number * (households // wards + 1)
                _copy_households(ward, villages, share, random, first_place, with_old_rows=number == 0)
        made.append(ward)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE communities_household, communities_contact")
    return made


def _ward(number: int, province: Province) -> Ward:
    first, second = _WARD_WORDS[number % len(_WARD_WORDS)], _WARD_ENDS[number // len(_WARD_WORDS) % len(_WARD_ENDS)]
    return Ward.objects.get_or_create(
        code=f"{FIRST_CODE + number}",
        valid_from=VALID_FROM,
        defaults={
            "province": province,
            "kind": Ward.Kind.COMMUNE,
            "name": f"Xã {first} {second}",
            "phone": PHONE,
            "is_demo": True,
        },
    )[0]


def _villages(ward: Ward) -> list[Village]:
    Village.objects.bulk_create(
        [
            Village(ward=ward, name=name, name_key=names.village_name_key(name), code=code, position=position)
            for position, (name, code, _part, _size) in enumerate(VILLAGES, start=1)
        ],
        ignore_conflicts=True,
    )
    return list(Village.objects.filter(ward=ward).order_by("position"))


# --- households ---------------------------------------------------------------------------------------

_HOUSEHOLD = (
    "id, ward_id, village_id, code, head_name, birth_year, lane, address, members, note, is_active, "
    "search_key, sort_key, created_at, updated_at"
)
_CONTACT = "household_id, name, relation, phone, phone_kind, rank"


def _copy_households(
    ward: Ward, villages: list[Village], number: int, random: Random, first_place: int, *, with_old_rows: bool
) -> None:
    """Stream the households, then their contacts: the same random sequence is drawn twice rather than kept."""
    state = random.getstate()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT setval(seq, nextval(seq) + %s) - %s "
            "FROM pg_get_serial_sequence('communities_household', 'id') AS seq",
            [number, number],
        )
        first_id = cursor.fetchone()[0]
        now = timezone.now()
        with cursor.copy(f"COPY communities_household ({_HOUSEHOLD}) FROM STDIN") as copy:
            for place, line, _phones in _households(villages, number, random, first_place, with_old_rows):
                copy.write(_household_line(first_id + place - first_place, ward.pk, line, now))
        random.setstate(state)
        with cursor.copy(f"COPY communities_contact ({_CONTACT}) FROM STDIN") as copy:
            for place, _line, phones in _households(villages, number, random, first_place, with_old_rows):
                household_id = first_id + place - first_place
                for rank, (name, relation, phone, kind) in enumerate(phones, start=1):
                    copy.write(f"{household_id}\t{name}\t{relation}\t{phone}\t{kind}\t{rank}\n")


def _household_line(household_id: int, ward_id: int, line: tuple[Any, ...], now: datetime) -> str:
    village_id, code, head, year, lane, address, members, note = line
    search, sort = names.search_key(code, head, lane), names.sort_key(head)
    sort = sort.replace("\\", r"\\")  # the letter o in a sort key; no other part holds a tab or a backslash
    return (
        f"{household_id}\t{ward_id}\t{village_id}\t{code}\t{head}\t{year}\t{lane}\t{address}\t{members}\t{note}\tt\t"
        f"{search}\t{sort}\t{now.isoformat()}\t{now.isoformat()}\n"
    )


def _households(
    villages: list[Village], number: int, random: Random, first_place: int, with_old_rows: bool
) -> Iterator[tuple[int, tuple[Any, ...], list[tuple[str, str, str, str]]]]:
    """Place in the province, household and phones of each household, village after village."""
    place = first_place
    total = sum(size for *_rest, size in VILLAGES)
    sizes = [number * size // total for *_rest, size in VILLAGES]
    sizes[0] += number - sum(sizes)
    for village, (_name, prefix, part, _size), size in zip(villages, VILLAGES, sizes, strict=True):
        parts = max(3, min(12, size // 25))
        neighbour = ""
        for position in range(size):
            code = f"{prefix}-{position + 1:03}"
            if with_old_rows and village is villages[0] and position < min(len(OLD_ROWS), size):
                head, year, members, lane, phone, note = OLD_ROWS[position]
                household = (village.pk, code, head, year, lane, "", members, note)
                yield place, household, [(head, "", phone, MOBILE)] if phone else []
            else:
                head, year, is_old = _person(random)
                lane = f"{part} {random.randrange(parts) + 1}"
                chance = random.random()
                address = random.choice(_LANDMARKS) if chance < 0.12 else ""
                note = random.choice(_NOTES) if chance > 0.92 else ""
                members = 1 + int(random.random() * (2 if is_old else 5) + random.random() * 2)
                household = (village.pk, code, head, year, lane, address, members, note)
                phones = _phones(random, head, is_old, place, neighbour)
                if phones and phones[0][3] == MOBILE and not with_old_rows:
                    neighbour = phones[0][2]
                yield place, household, phones
            place += 1


def _person(random: Random) -> tuple[str, int, bool]:
    """Name and year of birth of a head of household, and whether they are old. Three in ten are women."""
    year = 1940 + int((random.random() + random.random()) / 2 * 58)
    cohort = "old" if year < 1966 else "mid" if year < 1985 else "young"
    gender = "F" if random.random() < 0.3 else "M"
    surnames, middles, givens = _parts(gender, cohort)
    name = f"{surnames.draw(random)} {middles.draw(random)} {givens.draw(random)}"
    return name, year, year < 1956


def _phones(random: Random, head: str, is_old: bool, place: int, neighbour: str) -> list[tuple[str, str, str, str]]:
    """Name, relation, number, kind: 92 % have a mobile, 3 % a landline only, 5 % nothing; 10 % have two.

    One in five of those reached through somebody else is reached on the phone of a household nearby, as when
    parents and children live door to door: about 3 % of all. Otherwise hardly a number stands in two places, and in
    the first ward, where people try things out, none does: there a message is a household.
    """
    chance = random.random()
    if chance < 0.05:
        return []
    of_whom = random.random()
    number = _number(2 * place)
    if chance < 0.08:
        return [(head, "", number, LANDLINE)]
    relation = random.choice(_RELATIONS) if chance < (0.30 if is_old else 0.12) else ""
    if relation and neighbour and of_whom < 0.2:
        number = neighbour
    phones = [("" if relation else head, relation, number, MOBILE)]
    if random.random() < 0.11:
        is_near = random.random() < 0.03 and neighbour not in {"", number}
        second = neighbour if is_near else _number(2 * place + 1)
        phones.append(("", random.choice(_RELATIONS), second, MOBILE))
    return phones


def _number(place: int) -> str:
    """The number at a place of a row that looks shuffled and has no number twice. It begins with 0510, and beyond
    440,000 households with 0511 and on: no network uses those either."""
    # The test lists use 0510100037 … 0510104477; nobody invented here may have a number of theirs.
    block, place = divmod(place, 889_999)
    return f"+8451{block % 10}{110_000 + place * 48_271 % 889_999}"


@cache
def _parts(gender: str, cohort: str) -> tuple[_Weighted, _Weighted, _Weighted]:
    """Surnames, middle and given names of men or women born before 1966, before 1985, or later."""
    surnames = [(row["surname"], float(row["w_demo"])) for row in _rows("surnames") if row["w_demo"]]
    middles = [
        (row["middle_name"], float(row["w_demo"]))
        for row in _rows("middle")
        if gender in row["gender"] and row["cohort"] in {cohort, "any"}
    ]
    given = []
    for row in _rows("given_female" if gender == "F" else "given_male"):
        share = float(row["pct_sample_born_1991_2002"] or 0)
        if row["cohort"] == "born_before_1970":
            share = {"old": 2.0, "mid": 0.4, "young": 0.0}[cohort]
        given.append((row["given_name"], share))
    return _weighted(surnames), _weighted(middles), _weighted(given)


def _weighted(pairs: list[tuple[str, float]]) -> _Weighted:
    kept = [(word, weight) for word, weight in pairs if weight > 0]
    return _Weighted(tuple(word for word, _ in kept), tuple(accumulate(weight for _, weight in kept)))


@cache
def _rows(name: str) -> list[dict[str, str]]:
    with open(Path(__file__).parent / "data" / f"names_{name}.csv", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
