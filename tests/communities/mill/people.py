"""The truth: villages, and households with their persons. Everybody is invented, phones are 0510…"""

import csv
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from random import Random

from communities import names
from tests.communities.mill.dice import Dice

_DATA = Path(__file__).parents[3] / "communities" / "data"

VILLAGES = (
    ("Thôn Đông Phú", "Thôn Hòa Bình", "Bản Suối Vàng", "Thôn Tây Phú"),
    ("Thôn 1", "Thôn 2", "Thôn 3", "Thôn 10"),
    ("Tổ dân phố 1", "Tổ dân phố 2", "Tổ dân phố 3", "Tổ dân phố 4"),
    ("Khu phố Quang Trung", "Khu phố Lê Lợi", "Khu phố 5", "Khu phố Bắc Sơn"),
    ("Thôn Phú Thọ 1", "Thôn Phú Thọ 2", "Thôn Thượng", "Thôn Hạ"),
    ("Bản Na Sài", "Bản Pha", "Bản Lè", "Bản Khằm 2"),
    ("Ấp 1", "Ấp Chợ", "Ấp Bình Hòa", "Ấp Tân Thủy"),
)
LANES = (
    ("Xóm Đình", "Xóm Chùa", "Xóm Bến", "Xóm Trại"),
    ("Cụm 1", "Cụm 2", "Cụm 3", "Cụm 4"),
    ("Ngõ 12", "Ngõ 3", "Ngõ Giếng Làng", "Ngõ 45"),
    ("Tổ liên gia 1", "Tổ liên gia 2", "Tổ liên gia 3", "Tổ liên gia 4"),
    ("Đội 1", "Đội 2", "Đội 3", "Đội 7"),
)
NOTES = (
    "Đi làm ăn xa", "Hộ mới tách", "Gia đình liệt sĩ", "Ở với con gái", "Nhà cuối xóm", "XKLĐ Đài Loan",
    "Người có công", "Hay đi vắng, gọi buổi tối", "Neo đơn", "Có cửa hàng tạp hóa", "Mới xây nhà năm 2024",
    "Vợ làm giáo viên",
)  # fmt: skip
GONE = ("Đã chết 2023", "Chuyển đi Hà Nội", "Đã mất", "Chuyển khẩu vào Nam")  # a person should know of these
STREETS = ("Số nhà 12", "Số 7", "Nhà số 45", "Khu chợ", "Đường 47", "Gần nhà văn hóa", "Số 3 đường Lê Lai")


@dataclass
class Person:
    """Somebody of a household. `relation` is "" for the head."""

    name: str
    year: int
    month: int
    day: int
    is_male: bool
    relation: str = ""
    mobiles: list[str] = field(default_factory=list)


@dataclass
class Home:
    """A household as it is."""

    village: str
    lane: str
    street: str
    code: str
    people: list[Person]
    note: str
    owner: str  # whose the second number of the head's row is
    landline: str = ""

    @property
    def head(self) -> Person:
        """Whose household it is."""
        return self.people[0]


@cache
def _column(file: str) -> tuple[tuple[str, ...], ...]:
    with (_DATA / file).open(encoding="utf-8", newline="") as rows:
        return tuple(tuple(row.values()) for row in csv.DictReader(rows))


def _name(chance: Random, is_male: bool, year: int, surname: str = "") -> str:
    """A name of its time: Văn and Thị for the old."""
    cohort = "old" if year < 1975 else "mid" if year < 1995 else "young"
    middles = [
        (row[0], float(row[3]))
        for row in _column("names_middle.csv")
        if row[1] == ("M" if is_male else "F") and row[2] in (cohort, "any")
    ]
    middle = chance.choices([one for one, _ in middles], [weight for _, weight in middles])[0]
    surnames = _column("names_surnames.csv")
    own = surname or chance.choices([row[0] for row in surnames], [float(row[-1] or 1) for row in surnames])[0]
    given = chance.choice(_column(f"names_given_{'male' if is_male else 'female'}.csv"))[0]
    return f"{own} {middle} {given}"


def settle(dice: Dice) -> tuple[list[str], list[Home]]:
    """The villages of the ward and the households of the list, village by village and lane by lane."""
    places = list(dice.pick("villages", *VILLAGES))
    count = dice.pick("village count", 1, 2, 3)
    lanes = dice.pick("lanes", *LANES)
    chance = dice.of("people")
    households = dice.pick("size", 3, 5, 8, 13, 21)
    taken: set[str] = set()
    homes = []
    for village in places[:count]:
        for lane in lanes[: chance.randint(1, 3)]:
            for _ in range(max(1, households // 3)):
                homes.append(_home(chance, village, lane, len(homes), taken))
    return places, homes


def _home(chance: Random, village: str, lane: str, number: int, taken: set[str]) -> Home:
    while True:
        is_male, year = chance.random() < 0.7, chance.randint(1935, 1998)
        head = Person(_name(chance, is_male, year), year, chance.randint(1, 12), chance.randint(1, 28), is_male)
        if names.fold(head.name) not in taken:
            taken.add(names.fold(head.name))
            break
    people = [head]
    if chance.random() < 0.8:
        born = min(year + chance.randint(-4, 6), 2000)
        spouse = Person(
            _name(chance, not is_male, born), born, chance.randint(1, 12), chance.randint(1, 28), not is_male
        )
        spouse.relation = "Vợ" if is_male else "Chồng"
        people.append(spouse)
        for _ in range(chance.randint(0, 4)):
            son, born = chance.random() < 0.5, min(year + chance.randint(20, 32), 2024)
            child = Person(_name(chance, son, born, head.name.split()[0]), born, chance.randint(1, 12), 15, son)
            child.relation = chance.choice(("Con", "Con đẻ", "Con trai" if son else "Con gái"))
            people.append(child)
    if chance.random() < 0.1:
        old = Person(_name(chance, False, year - 25), year - 25, 1, 1, False, "Mẹ")
        people.append(old)
    kept = [one for one in people if one is head or names.fold(one.name) not in taken]
    for one in kept:
        taken.add(names.fold(one.name))
    numbers = iter(f"0510{n:06}" for n in chance.sample(range(100_000, 999_999), 8))
    head.mobiles = [next(numbers) for _ in range(chance.choice((0, 1, 1, 1, 1, 1, 2)))]
    for one in kept[1:]:
        if chance.random() < 0.25 and one.year < 2008:
            one.mobiles = [next(numbers)]
    return Home(
        village, lane, chance.choice(STREETS), f"{chance.randint(10**9, 10**10 - 1)}", kept,
        chance.choice(("", "", *NOTES)) if chance.random() > 0.05 else chance.choice(GONE),
        chance.choice(("", "con trai", "con gái", "vợ")),
        f"02373822{chance.randint(100, 999)}" if chance.random() < 0.08 and not head.mobiles else "",
    )  # fmt: skip
