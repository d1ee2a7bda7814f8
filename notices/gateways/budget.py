"""What a ward may spend on messages in a month, counted before a message leaves.

The limit holds back thường notices only: a storm warning goes out, and is counted, whatever the limit says
(docs/decisions/0014). A ward without a Budget row has no limit.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.db.models import F, Q, Sum
from django.db.models.functions import Greatest

from communities.models import Ward
from notices import clock
from notices.models import Budget, Delivery

#: From this share of the limit on people are warned.
NEAR_PERCENT = 80


@dataclass(frozen=True)
class Standing:
    """A ward's month so far, in đồng. `limit` None: no limit is set."""

    spent: int
    limit: int | None

    @property
    def left(self) -> int:
        """What may still be spent; 0 once the limit is reached."""
        return max(0, (self.limit or 0) - self.spent)

    @property
    def percent(self) -> int:
        """Of the limit, rounded down; may be above 100, since urgent notices are never held back."""
        return self.spent * 100 // self.limit if self.limit else 0

    @property
    def is_reached(self) -> bool:
        """Nothing is left for thường notices."""
        return self.limit is not None and self.spent >= self.limit

    @property
    def is_near(self) -> bool:
        """At least NEAR_PERCENT are spent, and something is left."""
        return self.limit is not None and not self.is_reached and self.percent >= NEAR_PERCENT


def standing(ward: Ward, at: datetime) -> Standing:
    """How the month of `at` stands."""
    row = Budget.objects.filter(ward=ward).first()
    return Standing(_spent_in(ward.pk, month_of(at)), None) if row is None else _of(row, at)


def warning(ward: Ward, at: datetime) -> Standing | None:
    """How the month of `at` stands where its limit is near or reached; None otherwise. One small query: a ward
    without a limit has no sum to wait for."""
    row = Budget.objects.filter(ward=ward).first()
    found = None if row is None else _of(row, at)
    return found if found is not None and (found.is_near or found.is_reached) else None


def left(ward: Ward, at: datetime) -> int | None:
    """Đồng that thường notices may still cost in the month of `at`; None where no limit is set."""
    row = Budget.objects.filter(ward=ward).first()
    return None if row is None else _of(row, at).left


def _of(row: Budget, at: datetime) -> Standing:
    return Standing(row.spent if row.month == month_of(at) else 0, row.limit)


def set_limit(*, ward: Ward, limit: int | None, at: datetime) -> None:
    """Set the monthly limit, in đồng, or take it away. What this month has cost so far counts."""
    if limit is None:
        Budget.objects.filter(ward=ward).delete()
        return
    month = month_of(at)
    with transaction.atomic():
        row, is_new = Budget.objects.select_for_update().get_or_create(
            ward=ward, defaults={"limit": limit, "month": month, "spent": _spent_in(ward.pk, month)}
        )
        if not is_new:
            Budget.objects.filter(pk=row.pk).update(limit=limit)


def reserve(costs: Mapping[int, tuple[int, int, bool]], at: datetime) -> set[int]:
    """Count messages before they are sent. Takes key → (ward, đồng, may be held back); returns the keys that the
    budget holds back. A worker that dies before `correct` leaves its reservation standing: a hundred messages at
    most, and on the safe side."""
    wards = sorted({ward_id for ward_id, cost, _ in costs.values() if cost})
    refused: set[int] = set()
    if not wards:
        return refused
    with transaction.atomic():
        for row in Budget.objects.filter(ward__in=wards).select_for_update().order_by("ward"):
            spent = row.spent if row.month == month_of(at) else 0
            for key, (ward_id, cost, may_hold_back) in costs.items():
                if ward_id != row.ward_id:
                    continue
                if may_hold_back and spent + cost > row.limit:
                    refused.add(key)
                else:
                    spent += cost
            Budget.objects.filter(pk=row.pk).update(spent=spent, month=month_of(at))
    return refused


def correct(differences: Mapping[int, int], at: datetime) -> None:
    """Correct what was reserved by what it really cost: ward → đồng, negative to give back."""
    for ward_id, difference in sorted(differences.items()):
        if difference:
            rows = Budget.objects.filter(ward=ward_id, month=month_of(at))
            rows.update(spent=Greatest(F("spent") + difference, 0))


def month_of(at: datetime) -> date:
    """The first day of the month in Viet Nam."""
    return clock.day(at).replace(day=1)


def _spent_in(ward_id: int, month: date) -> int:
    after = (month.replace(day=28) + (date(2000, 1, 5) - date(2000, 1, 1))).replace(day=1)
    sent = Q(sent_at__date__gte=month, sent_at__date__lt=after)
    return int(Delivery.objects.filter(sent, notice__ward=ward_id).aggregate(n=Sum("price", default=0))["n"])
