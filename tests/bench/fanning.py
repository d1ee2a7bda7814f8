"""Fan-out: recipients and first deliveries of one notice, against bulk_create of one object each."""

import resource
from collections.abc import Iterator
from threading import Thread

from tests.bench import world


def fan_out(households: int, wards: int) -> Iterator[dict]:
    """Our statements over everybody; the baseline over the first tenth of the wards when there are many, since it
    keeps every row in memory. Both write the same rows."""
    from django.utils import timezone

    from communities.models import Ward
    from notices.models import Delivery, Recipient
    from notices.publishing import fanning_out

    world.seeded(households, wards=wards)
    notice, now = world.published(everywhere=True), timezone.now()
    before = _peak_mb()
    seconds = world.timed(lambda: _by_two_workers(notice) if wards > 1 else fanning_out.fan_out(notice=notice, at=now))
    grown = _peak_mb() - before
    made = Recipient.objects.count(), Delivery.objects.count()
    few = list(Ward.objects.filter(is_demo=True).order_by("pk").values_list("pk", flat=True)[: max(1, wards // 10)])
    expected = (
        Recipient.objects.filter(ward__in=few).count(),
        Delivery.objects.filter(recipient__ward__in=few).count(),
    )
    Delivery.objects.all()._raw_delete("default")
    Recipient.objects.all()._raw_delete("default")
    baseline = world.timed(lambda: _bulk_create(notice, few))
    assert expected == (Recipient.objects.count(), Delivery.objects.count()), "both must write the same rows"
    yield {
        "work": f"fan-out, {made[0]:,} recipients, {made[1]:,} deliveries, {wards} wards "
        f"({seconds:.0f} s, this process grew {grown:.0f} MB)",
        "ours": made[0] / seconds,
        "baseline": expected[0] / baseline,
        "unit": "/s",
        "target": "≥ 10,000/s",
    }


def _by_two_workers(notice) -> None:
    """As tasks.fan_out does it: a second worker comes from the end. The work is PostgreSQL's, so threads do."""
    from django.db import connection
    from django.utils import timezone

    from notices.publishing import fanning_out

    def work(is_second: bool) -> None:
        fanning_out.fan_out(notice=notice, at=timezone.now(), is_second=is_second)
        connection.close()

    workers = [Thread(target=work, args=[is_second]) for is_second in (False, True)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()


def _bulk_create(notice, wards: list[int]) -> None:
    """Fan-out as one would write it first: objects in memory, bulk_create in batches of 2,000."""
    from django.utils import timezone

    from communities.models import Household
    from notices.models import Delivery, Gateway, Recipient

    gateways = {gateway.channel: gateway for gateway in Gateway.objects.all()}
    households = Household.objects.filter(village__in=notice.villages.all(), ward__in=wards, is_active=True)
    households = list(households.prefetch_related("contacts"))
    recipients = Recipient.objects.bulk_create(
        [Recipient(notice=notice, household=h, ward_id=h.ward_id, village_id=h.village_id) for h in households],
        batch_size=2000,
    )
    firsts: dict[tuple[str, str], Delivery] = {}
    covered = []
    for recipient, household in zip(recipients, households, strict=True):
        mobile = [c for c in sorted(household.contacts.all(), key=lambda c: c.rank) if c.phone_kind == "MOBILE"]
        zalo = next((c for c in mobile if "ZALO" not in c.refused and "ZALO" not in c.no_account), None)
        contact, channel = (
            (zalo, "ZALO") if zalo else (next((c for c in mobile if "SMS" not in c.refused), None), "SMS")
        )
        if contact:
            row = Delivery(
                recipient=recipient,
                notice=notice,
                contact=contact,
                channel=channel,
                address=contact.phone,
                gateway=gateways[channel],
                not_before=timezone.now(),
            )
            if firsts.setdefault((channel, contact.phone), row) is not row:
                row.gateway = None
                covered.append(row)
    Delivery.objects.bulk_create(firsts.values(), batch_size=2000)
    for row in covered:
        row.covered_by = firsts[row.channel, row.address]
    Delivery.objects.bulk_create(covered, batch_size=2000)


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
