"""Two at once: the first goes on when the second waits for it."""

import time

from django.db import connection

WAITING = """
SELECT count(*) FROM pg_locks WHERE NOT granted AND pid IN (
    SELECT locks.pid FROM pg_locks AS locks JOIN pg_database ON pg_database.oid = locks.database
    WHERE datname = current_database())
"""


def until_somebody_waits(seconds: float = 30) -> None:
    """Until another connection to this database waits for a lock. Raises TimeoutError."""
    deadline = time.monotonic() + seconds
    with connection.cursor() as cursor:
        while time.monotonic() < deadline:
            cursor.execute(WAITING)
            if cursor.fetchone()[0]:
                return
            time.sleep(0.01)
    raise TimeoutError("nobody waits")
