"""Notices in the states that tests of this folder start from."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone

from notices.gateways import credentials
from notices.models import Delivery, Notice, Reach, Recipient
from notices.publishing import fanning_out, lifecycle
from tests import factories
from tests.notices.hooks import APP_ID, OA_KEY


@pytest.fixture
def draft(ward, villages, editor) -> Notice:
    """A finished draft by the editor, to the first two villages."""
    return factories.NoticeFactory(ward=ward, created_by=editor, villages=villages[:2])


@pytest.fixture
def submitted(draft, editor, approver, household, at) -> Notice:
    """The draft, waiting for the approver; its audience has one household."""
    lifecycle.submit(notice=draft, by=editor, at=at)
    return draft


@pytest.fixture
def publish(draft, editor, approver, gateways, at) -> Callable[..., Notice]:
    """`publish(urgency=…)`: the draft submitted, published and fanned out to whatever households there are."""

    def go(**fields) -> Notice:
        Notice.objects.filter(pk=draft.pk).update(**fields)
        draft.refresh_from_db()
        lifecycle.submit(notice=draft, by=editor, at=at)
        lifecycle.publish(notice=draft, by=approver, at=at)
        fanning_out.fan_out(notice=draft, at=at)
        draft.refresh_from_db()
        return draft

    return go


@pytest.fixture
def recipient(publish, household) -> Recipient:
    """The one household of a published notice."""
    return publish().recipients.get()


@pytest.fixture
def sent(publish, villages, gateways) -> Delivery:
    """A delivery handed to Zalo, of a household that can fall back to SMS."""
    zalo, sms = gateways
    credentials.write(zalo, {"app_id": APP_ID, "app_secret": "s", "oa_secret_key": OA_KEY, "access_token": "a"})
    credentials.write(sms, {"api_key": "key", "secret_key": "secret", "brandname": "XA HOADONG"})
    factories.make_household(villages[0], phone="+84510000001")
    notice = publish()
    at = timezone.now() - timedelta(minutes=1)
    notice.deliveries.update(status="SENT", sent_at=at)
    notice.recipients.raise_reach(Reach.SENT, at)
    return notice.deliveries.select_related("notice", "recipient").get()
