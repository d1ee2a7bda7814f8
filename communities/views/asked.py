"""What part of the household list somebody asks for: the filters of the list, its export and its cards."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from communities import names
from communities.channels import TABLE
from communities.models import Household, HouseholdQuerySet, Tag, User, Village

#: Keys of HouseholdQuerySet.reached_by that may stand in an address.
CHANNELS = (*(row.key.lower() for row in TABLE), "door", "nophone", "optout", "gone")
ORDERS = ("ma", "ngo")
FEW = 500


@dataclass
class Asked:
    """The filters of one request, each checked against what the user may see: what is unknown is not asked."""

    user: User
    mine: HouseholdQuerySet
    villages: list[Village]
    tags: list[Tag]
    query: str = ""
    village: Village | None = None
    lane: str = ""
    tag: Tag | None = None
    channel: str = ""
    order: str = ""
    lanes: list[str] = field(default_factory=list)

    @classmethod
    def by(cls, user: User, given: Mapping[str, str]) -> "Asked":
        """Out of a query string or a form."""
        mine = Household.objects.for_list(user)
        villages = list(Village.objects.for_user(user).in_order())
        tags = list(Tag.objects.for_user(user).order_by("kind", "name_key", "pk"))
        village = next((one for one in villages if str(one.pk) == given.get("thon")), None)
        only = village or (villages[0] if len(villages) == 1 else None)
        lanes = _lanes(mine, only) if only else []
        return cls(
            user=user,
            mine=mine,
            villages=villages,
            tags=tags,
            query=names.clean(given.get("q", ""))[:100],
            village=village,
            lane=lane if (lane := given.get("ngo", "")) in lanes else "",
            lanes=lanes,
            tag=next((one for one in tags if str(one.pk) == given.get("nhan")), None),
            channel=given["kenh"] if given.get("kenh") in CHANNELS else "",
            order=given["sap"] if given.get("sap") in ORDERS else "",
        )

    @property
    def is_narrow(self) -> bool:
        """Something was asked that leaves households out."""
        return bool(self.query or self.village or self.lane or self.tag)

    def everyone(self) -> HouseholdQuerySet:
        """All households of the user's places, also those no longer active."""
        return self.mine

    def found(self, *, tagged: bool = True) -> HouseholdQuerySet:
        """What was asked, whatever the channel; `tagged=False`: whatever the tag, too."""
        rows = self._searched
        if self.village:
            rows = rows.filter(village=self.village)
        if self.lane:
            rows = rows.filter(lane=self.lane)
        return rows.tagged(self.tag, self.user) if self.tag and tagged else rows

    @cached_property
    def _searched(self) -> HouseholdQuerySet:
        """What the words match. A page asks three times over it, so a few matches are looked up once, by their ids."""
        if not self.query:
            return self.mine
        rows = self.mine.search(self.query, user=self.user)
        ids = list(rows.order_by().values_list("pk", flat=True)[: FEW + 1])
        return self.mine.filter(pk__in=ids) if len(ids) <= FEW else rows

    def households(self) -> HouseholdQuerySet:
        """Exactly what was asked, in the order asked for."""
        return self.found().reached_by(self.channel or "all").in_order(self.order)

    def pairs(self, **changed: Any) -> list[tuple[str, str]]:
        """The filters as pairs of a query string, with some of them changed; "" drops one."""
        pairs = {
            "q": self.query,
            "thon": str(self.village.pk) if self.village else "",
            "ngo": self.lane,
            "nhan": str(self.tag.pk) if self.tag else "",
            "kenh": self.channel,
            "sap": self.order,
        }
        return [(key, str(value)) for key, value in {**pairs, **changed}.items() if value]

    def address(self, **changed: Any) -> str:
        """`pairs`, urlencoded."""
        return urlencode(self.pairs(**changed))


def _lanes(mine: HouseholdQuerySet, village: Village) -> list[str]:
    """Lanes of a village, Ngõ 2 before Ngõ 10."""
    rows = mine.filter(village=village, is_active=True).exclude(lane="").order_by()
    lanes = rows.values_list("lane", flat=True).distinct()
    return sorted(lanes, key=lambda lane: [(int(n), "") if n.isdecimal() else (-1, n) for n in _PARTS.findall(lane)])


_PARTS = re.compile(r"\d{1,9}|\D+")
