"""The dashboard of a notice to a whole province, one ward of it, and the home page, as a browser gets them.

The baseline is the one query no dashboard could do without if it counted rows: the bare GROUP BY by village over
all recipients.
"""

from collections.abc import Iterator

from tests.bench import world

HOUSEHOLDS, WARDS, LOOKS = 1_000_000, 166, 40


def province() -> Iterator[dict]:
    """Three addresses, looked at again and again while nothing moves."""
    from django.contrib.auth import get_user_model
    from django.core.management import call_command
    from django.test import Client

    call_command("collectstatic", interactive=False, verbosity=0)
    notice = told()
    client = Client(SERVER_NAME="localhost")
    client.force_login(get_user_model().objects.get(username="can.bo"))
    baseline = world.percentile([_bare_count(notice) for _ in range(10)], 50)
    ward = notice.villages.order_by("ward").last().ward_id
    for name, address, target in (
        ("dashboard", f"/thong-bao/{notice.pk}/", 150),
        ("its change while it is open", f"/thong-bao/{notice.pk}/tien-do/?v=1-1-1", 150),
        ("one ward in it", f"/thong-bao/{notice.pk}/?xa={ward}", 30),
        ("home", "/", 100),
    ):
        times, size, queries = _looked_at(client, address)
        yield {
            "work": f"{name}, {HOUSEHOLDS:,} recipients in {WARDS} wards, p95 "
            f"({queries} queries, {size / 1024:.0f} KB)",
            "ours": world.percentile(times, 95),
            "baseline": baseline,
            "unit": "ms",
            "target": f"≤ {target} ms",
            "p50": world.percentile(times, 50),
        }


def told():
    """A notice of two days ago to every household of the province: most were told by message, some of them
    confirmed, some were told by staff, a tenth is left."""
    from datetime import timedelta

    from django.db import connection
    from django.utils import timezone

    from notices.models import Notice
    from notices.progress import folding
    from notices.publishing import fanning_out

    world.seeded(HOUSEHOLDS, wards=WARDS)
    notice = world.published(everywhere=True)
    fanning_out.fan_out(notice=notice, at=timezone.now())
    began = timezone.now() - timedelta(days=2)
    Notice.objects.filter(pk=notice.pk).update(published_at=began, fanned_out_at=began)
    notice.rungs.update(due_at=began, taken_at=began, status="TAKEN")
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE notices_delivery SET status = CASE WHEN id %% 10 = 0 THEN 'FAILED' ELSE 'DELIVERED' END, price = 200,
                parts = 1, sent_at = %(at)s + (id %% 1800) * interval '1 second', settled_at = %(at)s
            """,
            {"at": began},
        )
        cursor.execute(
            """
            UPDATE notices_recipient SET
                reach = CASE WHEN id %% 10 < 1 THEN 0 WHEN id %% 10 < 6 THEN 2 WHEN id %% 10 < 8 THEN 3 ELSE 4 END,
                sent_at = %(at)s,
                delivered_at = CASE WHEN id %% 10 >= 1 THEN %(at)s + (id %% 1800) * interval '1 second' END,
                seen_at = CASE WHEN id %% 10 >= 6 THEN %(at)s + (id %% 90000) * interval '1 second' END,
                confirmed_at = CASE WHEN id %% 10 >= 8 THEN %(at)s + (id %% 90000) * interval '1 second' END,
                confirmed_via = CASE WHEN id %% 10 = 8 THEN 'LINK' WHEN id %% 10 = 9 THEN 'IN_PERSON' ELSE '' END
            """,
            {"at": began},
        )
        folding.fold(at=timezone.now())  # as the sweep does every few seconds
        cursor.execute("VACUUM ANALYZE")
    return notice


def _bare_count(notice) -> float:
    from django.db import connection

    def count() -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT village_id, reach, confirmed_via, count(*) FROM notices_recipient WHERE notice_id = %s"
                " GROUP BY 1, 2, 3",
                [notice.pk],
            )
            cursor.fetchall()

    return world.timed(count) * 1000


def _looked_at(client, address: str) -> tuple[list[float], int, int]:
    """Milliseconds of each look after one that warms up, bytes of the page, and queries."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    def look():
        answer = client.get(address)
        assert answer.status_code in (200, 286), (address, answer.status_code)
        return answer

    look()
    with CaptureQueriesContext(connection) as asked:
        size, queries = len(look().content), len(asked)
    return [world.timed(look) * 1000 for _ in range(LOOKS)], size, queries
