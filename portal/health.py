"""One address that says whether the portal does its work: for containers, load balancers and people on call."""

from datetime import timedelta

from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from redis import Redis
from redis.exceptions import RedisError

from notices.sending import lateness

#: A message that could go and has not after this long, where nothing moves, means that no worker is working.
LATE = timedelta(minutes=5)


@require_safe
@never_cache
def healthz(request: HttpRequest) -> JsonResponse:
    """200 when database and Redis answer and no message that could go waits longer than LATE, else 503.

    Quiet hours, a used-up quota, a stopped account and a pause keep messages waiting, and are no trouble of the
    portal's. Names no one.
    """
    report: dict[str, bool | int] = {"database": False, "redis": False, "oldest_due_seconds": 0}
    try:
        report["oldest_due_seconds"] = int(lateness.longest_wait(timezone.now()).total_seconds())
        report["database"] = True
    except DatabaseError:
        connection.close()  # the next request opens a new one
    try:
        with Redis.from_url(settings.REDIS_URL, socket_timeout=2, socket_connect_timeout=2) as client:
            report["redis"] = bool(client.ping())
    except RedisError:
        pass
    is_well = report["database"] and report["redis"] and report["oldest_due_seconds"] <= LATE.total_seconds()
    return JsonResponse({"status": "ok" if is_well else "unwell", **report}, status=200 if is_well else 503)
