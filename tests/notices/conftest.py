"""Notices in the states that tests of this folder start from."""

from collections.abc import Callable

import pytest

from notices import publishing
from notices.models import Notice, Recipient
from tests import factories


@pytest.fixture
def draft(ward, villages, editor) -> Notice:
    """A finished draft by the editor, to the first two villages."""
    return factories.NoticeFactory(ward=ward, created_by=editor, villages=villages[:2])


@pytest.fixture
def submitted(draft, editor, approver, household, at) -> Notice:
    """The draft, waiting for the approver; its audience has one household."""
    publishing.submit(notice=draft, by=editor, at=at)
    return draft


@pytest.fixture
def publish(draft, editor, approver, gateways, at) -> Callable[..., Notice]:
    """`publish(urgency=…)`: the draft submitted, published and fanned out to whatever households there are."""

    def go(**fields) -> Notice:
        Notice.objects.filter(pk=draft.pk).update(**fields)
        draft.refresh_from_db()
        publishing.submit(notice=draft, by=editor, at=at)
        publishing.publish(notice=draft, by=approver, at=at)
        publishing.fan_out(notice=draft, at=at)
        draft.refresh_from_db()
        return draft

    return go


@pytest.fixture
def recipient(publish, household) -> Recipient:
    """The one household of a published notice."""
    return publish().recipients.get()
