"""What a rung asks the people of a village to do: announce, post, pin up. Somebody of the village says it is done.

It never raises a household's reach: who heard a loudspeaker has confirmed nothing (product §4).
"""

from datetime import datetime

from communities.models import User
from notices.models import Notice, VillageTask


def done(*, task_id: int, by: User, at: datetime) -> bool:
    """Record that a task is done, once. False when somebody was quicker, or the notice has ended."""
    waiting = VillageTask.objects.filter(pk=task_id, done_at__isnull=True, rung__notice__status=Notice.Status.PUBLISHED)
    return bool(waiting.update(done_at=at, done_by=by))


def undo(*, task_id: int, by: User) -> bool:
    """Take back what this person recorded. False for marks of others, and when the notice has ended."""
    mine = VillageTask.objects.filter(pk=task_id, done_by=by, rung__notice__status=Notice.Status.PUBLISHED)
    return bool(mine.update(done_at=None, done_by=None))
