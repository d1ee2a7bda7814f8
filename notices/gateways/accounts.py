"""Accounts at providers, as an administrator enters them: a new gateway, or other keys for one that is there."""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction
from django.db.models import Max

from communities.models import User, Ward
from notices.adapters.provider import Provider
from notices.gateways import credentials
from notices.models import Gateway, GatewayEvent

Kind = GatewayEvent.Kind


@transaction.atomic
def connect(
    *, ward: Ward, provider: Provider, name: str, price: int, account: Mapping[str, str], by: User, at: datetime
) -> Gateway:
    """A gateway of the ward for this account, after those it has. It is switched off: nothing goes over an account
    that nobody has tried. `account` holds the provider's credentials as typed; the same account a second time, as by
    a double click, is the gateway it made the first time."""
    Ward.objects.select_for_update(no_key=True).get(pk=ward.pk)  # two at once come one after the other
    own = Gateway.objects.filter(ward=ward, channel=provider.channel)
    for row in own.filter(adapter=provider.slug):
        if stored(row) == account:
            return row
    gateway = Gateway.objects.create(
        ward=ward, channel=provider.channel, adapter=provider.slug, name=name, price=price, is_active=False,
        position=(own.aggregate(last=Max("position"))["last"] or 0) + 1,
    )  # fmt: skip
    credentials.write(gateway, account)
    GatewayEvent.objects.create(gateway=gateway, at=at, kind=Kind.CONNECTED, by=by)
    return gateway


@transaction.atomic
def change(*, gateway: Gateway, provider: Provider, typed: Mapping[str, str], by: User, at: datetime) -> None:
    """Put what was typed in place of what is stored; what was left blank stays. What the provider had issued for the
    former account is forgotten, unless nothing of the account changed."""
    row = Gateway.objects.select_for_update(no_key=True).get(pk=gateway.pk)  # a worker may be replacing a token
    known = stored(row)
    account = known | {key: value for key, value in typed.items() if value}
    if account == known:
        return
    credentials.write(row, {key: value for key, value in account.items() if key not in provider.issued})
    GatewayEvent.objects.create(gateway=row, at=at, kind=Kind.ACCOUNT_CHANGED, by=by)


def stored(gateway: Gateway) -> dict[str, str]:
    """The credentials of a gateway; empty where they can be read no more and must all be entered again."""
    try:
        return credentials.read(gateway)
    except credentials.Unreadable:
        return {}
