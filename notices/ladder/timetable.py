"""The moments of a notice's steps."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from notices import clock
from notices.ladder.rules import ALL, Rungs
from notices.models import Notice, Rung, Urgency

#: A reminder nearer to the first message than this reminds nobody of anything.
TOO_NEAR = timedelta(minutes=30)
#: How long a hỏa tốc notice without an end of validity goes on reminding.
FLASH_LASTS = timedelta(hours=24)


@dataclass(frozen=True)
class Step:
    """A rung with its moment. `is_passed`: it comes too late, or too soon after the first, to be taken."""

    rung: dict[str, Any]
    due_at: datetime
    gap_minutes: int
    is_passed: bool


def begins_at(notice: Notice, at: datetime) -> datetime:
    """When the first messages of a notice published at `at` may go out."""
    if notice.urgency == Urgency.FLASH:
        return at
    return clock.waking(clock.evening(at) if notice.is_for_evening else at)


def end_of_use(notice: Notice, start: datetime) -> datetime | None:
    """From when on messages of a notice that begins to go out at `start` are of no use; None if it names no end.

    A date that has passed by then does not silence a notice somebody publishes nevertheless. A hỏa tốc notice
    outlasts the moment it warns of, and stops after FLASH_LASTS, since nobody may remember to end it.
    """
    if notice.valid_until:
        return notice.valid_until
    moment = notice.last_useful_moment
    if notice.urgency == Urgency.FLASH:
        return max(moment or start, start + FLASH_LASTS)
    return moment if moment and moment > start else None


def plan(notice: Notice, at: datetime, rungs: Rungs | None = None) -> list[Step]:
    """The notice's rungs as moments, if it is published at `at`; in the order they come.

    Below hỏa tốc nothing falls into the quiet hours: what would is done when they end, and what follows keeps its
    distance, so that no household finds two messages at six in the morning.
    """
    is_flash = notice.urgency == Urgency.FLASH
    awake = (lambda moment: moment) if is_flash else clock.waking
    start = begins_at(notice, at)
    ends_at = end_of_use(notice, start)
    steps: list[Step] = []
    asked, due = start, start  # of the last rung that counts from the first message
    for rung in notice.ladder if rungs is None else rungs:
        gap = 0
        if "before_deadline_minutes" in rung:
            if notice.confirm_by is None:
                continue
            wanted = notice.confirm_by - timedelta(minutes=rung["before_deadline_minutes"])
            moment = awake(wanted) if awake(wanted) < notice.confirm_by else clock.before_quiet(wanted)
            is_passed = moment < start + TOO_NEAR
        else:
            if "evening_after_days" in rung:
                wanted = clock.evening(start, rung["evening_after_days"])
            else:
                wanted = start + timedelta(minutes=rung["after_minutes"])
            distance = wanted - asked
            moment = awake(max(wanted, due + distance))
            gap = max(0, round(distance.total_seconds() / 60))
            is_passed = False
            asked, due = wanted, moment
        is_passed = is_passed or (ends_at is not None and moment >= ends_at)
        steps.append(Step(rung, moment, gap, is_passed))
    # The first step stays number 0, whatever moment before it a reminder would have had.
    return steps[:1] + sorted(steps[1:], key=lambda step: step.due_at)


def write_rungs(*, notice: Notice, at: datetime) -> None:
    """Keep the rungs of a notice published at `at`, each with its moment. For lifecycle.publish."""
    Rung.objects.bulk_create(
        Rung(
            notice=notice,
            number=number,
            channels=step.rung["channels"],
            is_all=step.rung["mode"] == ALL,
            gap_minutes=step.gap_minutes,
            every_minutes=step.rung.get("every_minutes", 0),
            due_at=step.due_at,
            status=Rung.Status.PASSED if step.is_passed else Rung.Status.WAITING,
        )
        for number, step in enumerate(plan(notice, at))
    )
