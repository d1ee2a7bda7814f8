"""Why a household is left, in a sentence, and what can be done about it."""

from datetime import time, timedelta

import pytest
import time_machine
from django.urls import reverse

from communities.models import Contact
from notices.models import Delivery, Gateway, Notice, Rung
from notices.progress import remaining
from tests.factories import make_household

NOBODY = {"refused": ["ZALO", "SMS"]}


@pytest.fixture
def left(publish, villages, at):
    """`left(contact=…, delivery=…, gateway=…, later=…)`: the one household of a notice, explained."""

    def go(*, contact=None, delivery=None, gateway=None, notice=None, later=timedelta(0)):
        make_household(
            villages[0], head_name="Lê Thị Thúy", **({"phone": None} if contact is None else {"contact": contact})
        )
        published = publish()
        if delivery:
            Delivery.objects.update(**delivery)
        Gateway.objects.filter(channel="ZALO").update(**(gateway or {}))
        Notice.objects.update(**(notice or {}))
        published.refresh_from_db()
        (row,) = remaining.left(published, at=at + later)
        return row

    return go


def says(row) -> tuple[str, str, str | None]:
    return row.kind, row.reason, row.action.label if row.action else None


def test_without_a_number_one_can_be_added(left):
    row = left()

    assert says(row) == ("no_phone", "Chưa có số điện thoại.", "Thêm số điện thoại")
    assert row.action.address == reverse("contact_new", args=[row.household.pk])


@pytest.mark.parametrize(
    ("contact", "expected"),
    [
        ({"phone_kind": "LANDLINE"}, ("landline", "Chỉ có máy bàn, không nhận được tin nhắn.", "Thêm số di động")),
        (NOBODY, ("opted_out", "Gia đình đã ngừng nhận tin.", None)),
    ],
)
def test_numbers_that_take_no_message(left, contact, expected):
    assert says(left(contact=contact)) == expected


def test_no_zalo_and_no_sms_wanted(left, at):
    row = left(contact={"no_account": {"ZALO": at.isoformat()}, "refused": ["SMS"]})

    assert says(row) == (
        "opted_out", "Số này không có Zalo, và gia đình đã ngừng nhận SMS.", "Thêm số điện thoại",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("contact", "gone", "sentence"),
    [
        ({"refused": ["SMS"]}, "ZALO", "Gia đình đã ngừng nhận SMS, mà xã chưa có kênh Zalo."),
        ({"refused": ["ZALO"]}, "SMS", "Số này chỉ nhận được SMS, mà xã chưa có kênh SMS."),
    ],
)
def test_the_one_channel_left_is_not_connected(publish, villages, gateways, at, contact, gone, sentence):
    make_household(villages[0], contact=contact)
    Gateway.objects.filter(channel=gone).delete()

    (row,) = remaining.left(publish(), at=at)

    assert (row.kind, row.reason, row.action.address) == ("no_channel", sentence, "/kenh-gui/")


@pytest.mark.parametrize(
    ("delivery", "expected"),
    [
        ({}, ("waiting", "Đang chờ gửi qua Zalo.", None)),
        ({"status": "SENDING"}, ("waiting", "Đang chờ gửi qua Zalo.", None)),
        ({"status": "HELD"}, ("paused", "Xã tạm dừng gửi, tin Zalo chờ gửi tiếp.", None)),
        ({"status": "UNKNOWN"}, ("unknown", "Mạng đứt khi gửi Zalo, không rõ tin đã đi chưa.", None)),
        ({"status": "EXPIRED"}, ("expired", "Thông báo hết hiệu lực trước khi tin được gửi.", None)),
        (
            {"status": "SKIPPED", "error_code": "budget"},
            ("budget", "Hết ngân sách tin nhắn tháng này, tin chưa gửi.", "Xem kênh gửi"),
        ),
        (
            {"status": "SKIPPED", "error_code": "opted-out"},
            ("opted_out", "Gia đình đã ngừng nhận tin qua Zalo.", None),
        ),
        (
            {"status": "SKIPPED", "error_code": "no-contact"},
            ("no_phone", "Số điện thoại này đã được gỡ khỏi hộ.", "Thêm số điện thoại"),
        ),
        (
            {"status": "SKIPPED", "error_code": "account"},
            ("stopped", "Kênh Zalo phải dừng, tin này chuyển sang kênh khác.", "Xem kênh gửi"),
        ),
        (
            {"status": "FAILED", "error_code": "-118"},
            ("failed", "Số này không nhận được Zalo (số này không có Zalo).", "Sửa số điện thoại"),
        ),
        ({"status": "FAILED"}, ("failed", "Số này không nhận được Zalo.", "Sửa số điện thoại")),
    ],
)
def test_what_became_of_the_message(left, delivery, expected):
    assert says(left(contact={}, delivery=delivery)) == expected


def test_a_message_written_while_the_notice_was_paused_waits_for_it(left, at):
    row = left(contact={}, delivery={"status": "PENDING"}, notice={"paused_at": at})

    assert says(row) == ("paused", "Xã tạm dừng gửi, tin Zalo chờ gửi tiếp.", None)


def test_what_a_provider_could_not_deliver_in_time(left, at):
    row = left(contact={}, delivery={"status": "EXPIRED", "sent_at": at})

    assert says(row) == ("failed", "Zalo đã gửi, nhưng máy không nhận trong thời hạn.", None)


def test_a_retry_says_when_and_why(left, at):
    delivery = {"attempts": 2, "error_code": "timeout", "not_before": at + timedelta(minutes=17)}

    assert says(left(contact={}, delivery=delivery)) == (
        "retry", "Zalo chưa gửi được (nhà mạng không trả lời kịp), thử lại lúc 09:17.", None,
    )  # fmt: skip


def test_both_channels_failed_each_with_its_word(left, at):
    row = left(contact={}, delivery={"status": "FAILED", "error_code": "-118"})
    first = Delivery.objects.get()
    Delivery.objects.create(
        recipient=first.recipient, notice=first.notice, contact=first.contact, channel="SMS", address=first.address,
        status="FAILED", error_code="99", not_before=at, gateway=Gateway.objects.get(channel="SMS"),
    )  # fmt: skip

    (row,) = remaining.left(first.notice, at=at)

    assert row.reason == ("Số này không nhận được Zalo (số này không có Zalo) và SMS (số bị chặn ở nhà mạng).")
    assert row.action.address == reverse("contact_edit", args=[Contact.objects.get().pk])


def test_failed_where_the_other_channel_is_not_wanted(left):
    row = left(contact={"refused": ["SMS"]}, delivery={"status": "FAILED", "error_code": "-118"})

    assert row.reason == "Số này không nhận được Zalo (số này không có Zalo), và gia đình đã ngừng nhận SMS."


@pytest.mark.parametrize(
    ("gateway", "sentence"),
    [
        ({"is_active": False}, "Kênh Zalo đang tắt, tin chờ gửi."),
        ({"stopped_reason": "-115"}, "Kênh Zalo đang dừng (tài khoản Zalo hết tiền), tin chờ gửi."),
        (
            {"rests_until": 15, "last_error_code": "quota"},
            "Kênh Zalo nghỉ đến 00:00 06/12 (hết hạn mức trong ngày), tin chờ gửi.",
        ),
        ({"tripped_at": 0}, "Kênh Zalo đang lỗi nhiều nên tạm ngừng, máy tự dò thử rồi gửi tiếp."),
    ],
)
def test_a_gateway_that_does_not_work(left, at, gateway, sentence):
    if "stopped_reason" in gateway:
        gateway = {**gateway, "stopped_at": at}
    moments = {name: at + timedelta(hours=gateway[name]) for name in ("rests_until", "tripped_at") if name in gateway}

    row = left(contact={}, gateway={**gateway, **moments})

    assert says(row) == ("stopped", sentence, "Xem kênh gửi")
    assert row.action.address == "/kenh-gui/"


def test_in_the_night_a_message_waits_for_the_morning(left, settings):
    settings.QUIET_HOURS = (time(22), time(6))

    row = left(contact={}, later=timedelta(hours=14))

    assert says(row) == ("waiting", "Chờ đến 06:00 06/12, giờ yên lặng.", None)


@pytest.mark.parametrize(
    ("hour", "fields", "sentence"),
    [
        (23, {"urgency": "KHAN"}, "Chờ đến 06:00 06/12, giờ yên lặng."),
        (9, {"is_for_evening": True}, "Chờ đến 18:30, khung giờ buổi tối."),
    ],
)
def test_before_the_first_messages_are_due(
    draft, editor, approver, gateways, villages, settings, at, hour, fields, sentence
):
    from notices.publishing import fanning_out, lifecycle

    settings.QUIET_HOURS = (time(22), time(6))
    make_household(villages[0])
    now = at.replace(hour=hour)
    Notice.objects.update(**fields)
    draft.refresh_from_db()
    lifecycle.submit(notice=draft, by=editor, at=now)
    lifecycle.publish(notice=draft, by=approver, at=now)
    fanning_out.fan_out(notice=draft, at=now)

    (row,) = remaining.left(draft, at=now)

    assert says(row) == ("waiting", sentence, None)


def test_a_notice_that_ended_before_it_began(left, at):
    Notice.objects.update(valid_until=None)
    row = left(contact={})
    Delivery.objects.all().delete()
    Rung.objects.update(status="PASSED")
    Notice.objects.update(expired_at=at)

    (row,) = remaining.left(Notice.objects.get(), at=at)

    assert says(row) == ("expired", "Thông báo hết hiệu lực trước khi tin được gửi.", None)


@pytest.mark.parametrize(("status", "word"), [("WITHDRAWN", "thu hồi"), ("CLOSED", "kết thúc")])
def test_cancelled_says_what_became_of_the_notice(left, status, word):
    row = left(contact={}, delivery={"status": "CANCELLED"}, notice={"status": status})

    assert says(row) == ("cancelled", f"Tin chưa gửi thì thông báo đã {word}.", None)


def test_a_household_on_a_shared_phone_names_the_other(publish, villages, at, django_assert_num_queries):
    for name in ("Lê Thị Thúy", "Nguyễn Văn Hòa"):
        make_household(villages[0], head_name=name, phone="+84510200001")
    notice = publish()
    Delivery.objects.update(status="FAILED", error_code="-118")

    with django_assert_num_queries(3):
        reasons = {row.household.head_name: row.reason for row in remaining.left(notice, at=at)}

    plain = "Số này không nhận được Zalo (số này không có Zalo)."
    assert reasons == {"Lê Thị Thúy": plain, "Nguyễn Văn Hòa": f"{plain} Chung số với hộ Lê Thị Thúy."}


def test_a_follower_waits_at_its_carriers_gateway(publish, villages, at):
    for name in ("Lê Thị Thúy", "Nguyễn Văn Hòa"):
        make_household(villages[0], head_name=name, phone="+84510200001")
    notice = publish()
    Gateway.objects.update(is_active=False)

    assert {row.kind for row in remaining.left(notice, at=at)} == {"stopped"}


def test_only_who_may_change_the_list_is_offered_to(client_for, editor, approver, viewer, head, left, at):
    row = left()
    with time_machine.travel(at + timedelta(minutes=10), tick=False):
        pages = {
            person.username: client_for(person).get(reverse("notice", args=[row.recipient.notice_id])).content.decode()
            for person in (editor, approver, viewer, head)
        }

    offered = {name for name, page in pages.items() if row.action.address in page}
    assert offered == {editor.username, head.username}
