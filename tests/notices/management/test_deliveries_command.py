"""What `manage.py deliveries` tells the operator."""

import json
from datetime import timedelta
from io import StringIO

import pytest
import time_machine
from django.core.management import CommandError, call_command

from notices.models import Delivery, Gateway, Notice, Receipt
from notices.publishing import fanning_out, lifecycle
from tests import factories


@pytest.fixture(autouse=True)
def clock(at):
    """Five minutes after publishing."""
    with time_machine.travel(at + timedelta(minutes=5), tick=False) as traveller:
        yield traveller


@pytest.fixture
def notice(publish, villages, gateways, at) -> Notice:
    """Seven households; a message in each state an operator looks at, the last two on one phone."""
    for _ in range(6):
        factories.make_household(villages[0])
    factories.make_household(villages[0], phone=factories.new_phone())
    notice = publish(urgency="KHAN")
    shared = list(notice.deliveries.order_by("pk"))
    states = [
        {},
        {"not_before": at + timedelta(hours=1)},
        {"status": "SENDING", "lease_until": at},
        {"status": "SENDING", "lease_until": at + timedelta(hours=1)},
        {"status": "UNKNOWN"},
        {"status": "FAILED", "settled_at": at},
        {"covered_by": shared[0], "gateway": None},
    ]
    for row, state in zip(shared, states, strict=True):
        Delivery.objects.filter(pk=row.pk).update(**state)
    Receipt.objects.create(gateway=gateways[0], key="k", payload={}, received_at=at)
    return notice


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("deliveries", *arguments, stdout=out)
    return out.getvalue()


def test_the_queue_as_json(notice, gateways):
    zalo, sms = gateways
    Gateway.objects.filter(pk=sms.pk).update(stopped_at=notice.published_at, stopped_reason="103")

    assert json.loads(run("--json")) == {
        "gateways": [
            {
                "id": zalo.pk, "name": "Zalo OA Hoa Đồng", "channel": "ZALO", "health": "working", "code": "",
                "why": "", "pending": 2,
            },
            {
                "id": sms.pk, "name": "eSMS", "channel": "SMS", "health": "stopped", "code": "103",
                "why": "tài khoản SMS hết tiền", "pending": 0,
            },
        ],
        "due": 1,
        "later": 1,
        "sending": 2,
        "overdue_leases": 1,
        "held": 0,
        "unknown": 1,
        "oldest_due_seconds": 300,
        "failed_today": 1,
        "next_rungs": [
            {
                "notice": notice.code, "number": 1, "channels": ["SMS", "VISIT", "LOUDSPEAKER"],
                "due_at": "2026-12-05T09:30:00+07:00",
            },
            {"notice": notice.code, "number": 2, "channels": ["ZALO", "SMS"], "due_at": "2026-12-05T11:00:00+07:00"},
        ],
        "paused": [],
        "receipts_waiting": 1,
    }  # fmt: skip


def test_a_paused_notice_is_named_with_what_it_holds(notice, approver, at):
    lifecycle.pause(notice=notice, by=approver, at=at)

    found = json.loads(run("--json"))

    assert (found["due"], found["later"], found["held"]) == (0, 0, 2)
    assert found["paused"] == [{"notice": notice.code, "since": "2026-12-05T09:00:00+07:00", "held": 2}]


@pytest.mark.parametrize(
    ("change", "health"),
    [({"is_active": False}, "off"), ({"tripped_at": 0}, "tripped"), ({"rests_until": 1}, "resting"), ({}, "working")],
)
def test_health_in_one_word(gateways, at, change, health):
    moments = {key: at + timedelta(hours=n) for key, n in change.items() if key != "is_active"}
    Gateway.objects.filter(pk=gateways[0].pk).update(**{**change, **moments})

    assert json.loads(run("--json"))["gateways"][0]["health"] == health


def test_one_notice_alone(notice, draft, ward, villages, editor, approver, at):
    other = factories.NoticeFactory(ward=ward, created_by=editor, villages=villages[:1])
    lifecycle.submit(notice=other, by=editor, at=at)
    lifecycle.publish(notice=other, by=approver, at=at)
    fanning_out.fan_out(notice=other, at=at)

    found = json.loads(run("--json", "--notice", other.code.lower()))

    assert (found["due"], found["unknown"]) == (7, 0)
    assert {rung["notice"] for rung in found["next_rungs"]} == {other.code}


def test_for_people_it_is_sentences(notice, gateways):
    Gateway.objects.filter(pk=gateways[1].pk).update(stopped_at=notice.published_at, stopped_reason="103")

    printed = run()

    assert "Zalo OA Hoa Đồng: chạy tốt, 2 tin chờ." in printed
    assert "eSMS: dừng, chờ người xử lý (tài khoản SMS hết tiền), 0 tin chờ." in printed
    assert "       1  tin không rõ đã gửi chưa" in printed
    assert f"{notice.code}: bước 1 lúc 09:30 05/12/2026, SMS, VISIT, LOUDSPEAKER." in printed


def test_a_notice_that_does_not_exist_is_a_sentence(db):
    with pytest.raises(CommandError, match="Không có thông báo 12") as refused:
        run("--notice", "12")
    assert refused.value.returncode == 2
