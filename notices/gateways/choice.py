"""Which gateway carries a message, and which one stands in for it."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from django.db import connection
from django.db.models import QuerySet

from notices.models import Gateway

#: Workers that may send for one gateway at the same time.
SENDERS = 2
State = Gateway.State


def usable(gateway_id: int, at: datetime) -> Gateway | None:
    """The gateway as it is now, if messages may go through it; a tripped one only while it is being tried out."""
    gateway = Gateway.objects.filter(pk=gateway_id).first()
    if gateway is None:
        return None
    state = gateway.state(at)
    may_send = state == State.WORKING or (state == State.TRIPPED and gateway.is_on_trial(at))
    return gateway if may_send else None


@contextmanager
def sender_slot(gateway_id: int) -> Iterator[bool]:
    """Whether this worker has a place among a gateway's SENDERS, for the length of the block: an advisory lock.
    PostgreSQL frees it when a killed worker's connection dies."""
    with connection.cursor() as cursor:
        for slot in range(SENDERS):
            cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [gateway_id, slot])
            if cursor.fetchone()[0]:
                break
        else:
            yield False
            return
    try:
        yield True
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [gateway_id, slot])


def stand_in(gateway: Gateway, at: datetime) -> Gateway | None:
    """The gateway of the channel that takes over when this one does not work, if one does."""
    working = set(Gateway.objects.working(at).values_list("pk", flat=True))
    return next((row for row in others_of_channel(gateway) if row.pk in working), None)


def others_of_channel(gateway: Gateway) -> QuerySet[Gateway]:
    """Other gateways of the channel that the wards behind this one may use; in their order."""
    rows = Gateway.objects.filter(channel=gateway.channel).exclude(pk=gateway.pk)
    if gateway.ward_id is None:
        return rows.filter(ward__isnull=True).order_by("position", "pk")
    return rows.for_ward(gateway.ward_id)


def gateways_of(ward_id: int, at: datetime) -> dict[str, int]:
    """The gateway that carries each channel of a ward: working ones before those that rest, tripped or stopped."""
    chosen: dict[str, int] = {}
    rows = list(Gateway.objects.for_ward(ward_id).filter(is_active=True))
    likely = list(State)
    for gateway in sorted(rows, key=lambda row: likely.index(row.state(at))):  # stable: keeps the ward's order
        chosen.setdefault(gateway.channel, gateway.pk)
    return chosen


def working_of(ward_id: int, at: datetime) -> dict[str, Gateway]:
    """The channels over which the ward's messages can leave now, each with the gateway that carries it."""
    found: dict[str, Gateway] = {}
    for gateway in Gateway.objects.working(at).for_ward(ward_id):
        found.setdefault(gateway.channel, gateway)
    return found
