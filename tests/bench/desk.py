"""The household desk over 10,000 households: pages as a browser gets them, through every middleware.

The baseline finds and sorts the way one would without stored keys on a server that has neither unaccent nor
ICU: all households of the ward in memory, folded and compared in Python. It draws no page.
"""

import random
import re
import time
from collections.abc import Callable, Iterator
from io import StringIO

HOUSEHOLDS, SEARCHES = 10_000, 200


def desk() -> Iterator[dict]:
    """The first page, and 200 different searches."""
    from django.contrib.auth import get_user_model
    from django.test import Client

    _ward_of(HOUSEHOLDS)
    typing, whole = Client(headers={"HX-Request": "true"}, SERVER_NAME="localhost"), Client(SERVER_NAME="localhost")
    for client in (typing, whole):
        client.force_login(get_user_model().objects.get(username="can.bo"))
    wanted = list(_searches())
    for name, times, slow in (
        ("first page", _timed_each(lambda _q: _ok(whole.get("/ho-dan/")), [""] * 50), _timed_each(_naive, [""] * 5)),
        (
            f"{SEARCHES} different searches",
            _timed_each(lambda q: _ok(typing.get("/ho-dan/", {"q": q})), wanted),
            _timed_each(_naive, wanted[:20]),
        ),
    ):
        times.sort()
        slow.sort()
        yield {
            "work": f"household desk, {name} of {HOUSEHOLDS:,}, p95",
            "ours": times[int(len(times) * 0.95) - 1],
            "baseline": slow[int(len(slow) * 0.95) - 1],
            "unit": "ms",
            "target": "≤ 100 ms",
            "p50": times[len(times) // 2],
        }


def _ward_of(households: int) -> None:
    """One demo ward of so many households, with tags as a ward has them."""
    from django.core.management import call_command
    from django.db import connection

    from communities.models import Household, HouseholdTag, Tag, Ward

    call_command("collectstatic", interactive=False, verbosity=0)
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE communities_province, communities_user, notices_gateway CASCADE")
    call_command("seed_demo", households=households, without_notices=True, verbosity=0, stdout=StringIO())
    ward = Ward.objects.get(is_demo=True)
    ids = list(Household.objects.order_by("pk").values_list("pk", flat=True))
    for step, (kind, name) in enumerate(
        [("OWN", "Đi biển"), ("ASSOCIATION", "Hội Phụ nữ"), ("ASSOCIATION", "Hội Cựu chiến binh")], start=3
    ):
        tag = Tag.objects.create(ward=ward, kind=kind, name=name)
        HouseholdTag.objects.bulk_create([HouseholdTag(household_id=pk, tag=tag) for pk in ids[::step]])
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def _searches() -> Iterator[str]:
    """As people type: a letter, parts of names with and without accents, codes, lanes, digits of phones, nonsense."""
    from communities import names
    from communities.models import Contact, Household

    chance = random.Random(1)
    rows = list(Household.objects.values_list("head_name", "code", "lane"))
    phones = list(Contact.objects.values_list("phone", flat=True))
    for n in range(SEARCHES):
        name, code, lane = chance.choice(rows)
        words = name.split()
        yield [
            names.fold(words[-1]),
            names.fold(words[-1])[:1],
            " ".join(words[:2]),
            names.fold(name),
            code,
            f"{lane} {names.fold(words[-1])}",
            chance.choice(phones)[-4:],
            f"0{chance.choice(phones)[3:]}",
            name[: chance.randint(2, len(name))],
            f"không ai {n}",
        ][n % 10]


def _naive(query: str) -> list:
    """The first fifty that match, found and sorted in Python."""
    from communities import names
    from communities.models import Household, Ward

    found = [
        household
        for household in Household.objects.filter(ward=Ward.objects.get(is_demo=True)).prefetch_related("contacts")
        if all(
            word in names.fold(f"{household.code} {household.head_name} {household.lane}")
            or any(word in contact.phone for contact in household.contacts.all())
            for word in re.findall(r"\w+", names.fold(query))
        )
    ]
    return sorted(found, key=lambda household: names.sort_key(household.head_name))[:50]


def _timed_each(call: Callable[[str], object], wanted: list[str]) -> list[float]:
    """Milliseconds of each call, after one that warms up."""
    call(wanted[0])
    times = []
    for one in wanted:
        started = time.perf_counter()
        call(one)
        times.append((time.perf_counter() - started) * 1000)
    return times


def _ok(answer) -> None:
    assert answer.status_code == 200
