"""The demo ward's people, gateways and notices: invented, and true to how the product behaves.

Past notices are made by the product's own steps (fan-out, record, receipts, confirmations) with the clock set
back, so that a screen shows nothing the product could not have produced.
"""

import random
from datetime import datetime, timedelta
from pathlib import Path

import yaml
from django.contrib.auth.hashers import make_password

from communities.models import Membership, User, Village, Ward
from notices import clock
from notices.adapters.base import ErrorKind, SendError, Sent
from notices.gateways import credentials, providers
from notices.gateways.switching import record_batch
from notices.ladder import shared_phones, taking
from notices.models import Channel, ConfirmedVia, Delivery, Gateway, Notice, Reach, Recipient, Rung
from notices.progress import remaining
from notices.publishing import fanning_out, lifecycle
from notices.residents import confirmations
from notices.sandbox.people import has_zalo
from notices.sending import claims, outcomes
from notices.sending.outcomes import Result
from notices.writing import drafting

PASSWORD = "toinha-demo"  # noqa: S105 - printed on the sign-in page of every demo
#: As the sandbox beside the portal has it, so that past and future of the demo agree.
NO_ZALO_PERCENT = 8.0
Role = Membership.Role

STAFF = [
    ("can.bo", "Trịnh Văn Mạnh", Role.EDITOR),
    ("lanh.dao", "Lê Thị Thu Hà", Role.APPROVER),
    ("quan.tri", "Mai Xuân Lộc", Role.WARD_ADMIN),
    ("nguoi.xem", "Đỗ Thị Minh Nguyệt", Role.VIEWER),
]
HEADS = [
    ("truong.thon", "Nguyễn Hữu Thắng"),
    ("truong.thon.2", "Lê Thị Ngân"),
    ("truong.thon.3", "Phạm Văn Duyên"),
    ("truong.thon.4", "Hà Văn Khuyên"),
    ("truong.thon.5", "Trịnh Thị Thanh Huyền"),
]
#: Sample id, state, villages (None: all), hours since publishing, and of told households the shares that
#: opened and that confirmed.
NOTICES: list[tuple[str, str, list[str] | None, float, float, float]] = [
    ("bao-so-tan", "CLOSED", ["Hải Tiến"], 24 * 36, 0.1, 0.85),
    ("dai-doan-ket", "CLOSED", ["Tây Phú"], 24 * 33, 0.3, 0.5),
    ("ve-sinh", "WITHDRAWN", ["Đông Phú"], 24 * 6, 0.2, 0.2),
    ("lua-dao", "PUBLISHED", None, 24 * 5, 0.15, 0.78),
    ("dat-dai", "PUBLISHED", None, 24 * 2, 0.2, 0.55),
    ("hop-thon", "PUBLISHED", ["Đông Phú"], 26, 0.1, 0.7),
    ("bhyt-gia-han", "PUBLISHED", None, 22, 0.17, 0.62),
    ("tiem-dai", "PUBLISHED", ["Tây Phú", "Suối Đá"], 0.4, 0.2, 0.15),
    ("cap-nuoc", "SUBMITTED", ["Tây Phú", "Tổ dân phố 3"], 0, 0, 0),
    ("kham-nguoi-cao-tuoi", "SUBMITTED", None, 0, 0, 0),
    ("tiem-chung", "RETURNED", None, 0, 0, 0),
    ("cat-dien", "DRAFT", ["Đông Phú", "Tây Phú", "Tổ dân phố 3"], 0, 0, 0),
]


def make_staff(ward: Ward) -> dict[str, User]:
    """Staff of the demo ward by login name, all with the demo password; repeatable."""
    password = make_password(PASSWORD)
    people: dict[str, User] = {}
    places: list[tuple[str, str, str, Ward | None, Village | None]] = [
        (login, name, role, ward, None) for login, name, role in STAFF
    ]
    villages = Village.objects.filter(ward=ward).in_order()
    places += [(login, name, Role.VILLAGE_HEAD, None, v) for (login, name), v in zip(HEADS, villages, strict=False)]
    for login, name, role, of_ward, village in places:
        known = {"full_name": name, "password": password, "phone": f"0510 000 1{len(people):02}"}
        user, _ = User.objects.get_or_create(username=login, defaults=known)
        Membership.objects.get_or_create(user=user, role=role, ward=of_ward, village=village)
        people[login] = user
    return people


def make_gateways() -> dict[str, Gateway]:
    """The shared demo accounts at the sandbox's Zalo and eSMS, by channel; repeatable."""
    zalo, is_new = Gateway.objects.get_or_create(
        ward=None, channel=Channel.ZALO, adapter="zalo_templates", defaults={"name": "Zalo", "price": 200}
    )
    if is_new:
        credentials.write(
            zalo,
            {
                "app_id": "4300000000000000001",
                "app_secret": "demo-app-secret",
                "oa_secret_key": "demo-oa-secret-key",
                "access_token": "demo-access-token",
                "refresh_token": "demo-refresh-token",
                "expires_at": "",
                "template_id": "100001",
            },
        )
    sms, is_new = Gateway.objects.get_or_create(
        ward=None, channel=Channel.SMS, adapter="esms", defaults={"name": "SMS XA HOADONG", "price": 850}
    )
    if is_new:
        credentials.write(sms, {"api_key": "demo-api-key", "secret_key": "demo-secret-key", "brandname": "XA HOADONG"})
    return {Channel.ZALO: zalo, Channel.SMS: sms}


def make_notices(*, ward: Ward, people: dict[str, User], gateways: dict[str, Gateway], at: datetime) -> int:
    """Twelve sample notices in the states a working week has. Returns how many."""
    samples = {row["id"]: row for row in yaml.safe_load(_SAMPLES.read_text(encoding="utf-8"))["notices"]}
    chance = random.Random(20261122)  # noqa: S311 - a demo that looks the same every time
    for name, state, villages, hours, seen, confirmed in NOTICES:
        sample = samples[name]
        notice = drafting.draft(sample, ward=ward, by=people["can.bo"], villages=villages)
        published_at = clock.before_quiet(at - timedelta(hours=hours))
        if state == "CLOSED":
            notice.happens_at = (published_at + timedelta(hours=4)).replace(minute=0, second=0, microsecond=0)
        if notice.confirm_by and notice.confirm_by <= at and state in ("PUBLISHED", "SUBMITTED"):
            notice.confirm_by = at.replace(hour=10, minute=0, second=0, microsecond=0) + timedelta(days=4)
        elif notice.confirm_by and notice.confirm_by <= published_at:
            notice.confirm_by = None
        notice.save(update_fields=["confirm_by", "happens_at"])
        Notice.objects.filter(pk=notice.pk).update(created_at=published_at - timedelta(hours=1))
        _take_to(notice, state, people, gateways, published_at, (seen, confirmed), chance, now=at)
    return len(NOTICES)


def _take_to(
    notice: Notice,
    state: str,
    people: dict[str, User],
    gateways: dict[str, Gateway],
    at: datetime,
    shares: tuple[float, float],
    chance: random.Random,
    now: datetime,
) -> None:
    if state == "DRAFT":
        return
    lifecycle.submit(notice=notice, by=people["can.bo"], at=at - timedelta(minutes=40))
    if state == "RETURNED":
        reason = "Ghi rõ giờ của từng thôn, để bà con đỡ phải chờ."
        lifecycle.send_back(notice=notice, by=people["lanh.dao"], reason=reason, at=at)
    if state in ("SUBMITTED", "RETURNED"):
        return
    lifecycle.publish(notice=notice, by=people["lanh.dao"], at=at)
    fanning_out.fan_out(notice=notice, at=at)
    for gateway in gateways.values():
        _carry(gateway, at + timedelta(minutes=1), chance)
    _answer(notice, at, shares, people, chance)
    while rung := Rung.objects.due(now).filter(notice=notice).first():
        taking.take(rung_id=rung.pk, at=rung.due_at)
        for gateway in gateways.values():
            _carry(gateway, rung.due_at + timedelta(minutes=1), chance)
    if state == "WITHDRAWN":
        lifecycle.withdraw(notice=notice, by=people["lanh.dao"], at=at + timedelta(hours=3))
    elif state == "CLOSED":
        lifecycle.close_ended(at=at + lifecycle.OPEN_FOR + timedelta(days=1))


def _carry(gateway: Gateway, at: datetime, chance: random.Random) -> None:
    """Let a gateway have carried what is due, as the sandbox would have answered."""
    adapter = providers.adapter_for(gateway)
    while batch := claims.claim(gateway=gateway, at=at, limit=500):
        answers: dict[int, Result] = {}
        for row in batch:
            row.parts = 1
            if gateway.channel == Channel.ZALO and not has_zalo(row.address, NO_ZALO_PERCENT):
                answers[row.pk] = SendError("-118", ErrorKind.NEXT_CHANNEL, has_no_account=True)
            else:
                answers[row.pk] = Sent(f"demo{row.pk}")
        outcomes.record(gateway=gateway, adapter=adapter, batch=batch, outcomes=answers, at=at)
        sent = sum(isinstance(answer, Sent) for answer in answers.values())
        record_batch(gateway=gateway, sent=sent, failed=0, refused=len(answers) - sent, code="", left=None, at=at)
        arrived = [row.pk for row in batch if chance.random() < 0.96]
        rows = Delivery.objects.filter(pk__in=arrived, status="SENT")
        recipients = list(rows.values_list("recipient", flat=True))
        rows.advance("DELIVERED", settled_at=at + timedelta(seconds=20))
        Recipient.objects.filter(pk__in=recipients).raise_reach(Reach.DELIVERED, at + timedelta(seconds=20))
        shared_phones.update_covered(arrived, at)


def _answer(
    notice: Notice, at: datetime, shares: tuple[float, float], people: dict[str, User], chance: random.Random
) -> None:
    """Let households open and confirm, and the heads tell some of those who were left."""
    opened, confirmed = shares
    told = list(notice.recipients.filter(reach=Reach.DELIVERED).order_by("pk").values_list("pk", flat=True))
    chance.shuffle(told)
    for place, pk in enumerate(told):
        moment = at + timedelta(minutes=2 + place * chance.uniform(0.5, 1.5) * 0.2)
        if place < len(told) * confirmed:
            via = ConfirmedVia.ZALO_BUTTON if chance.random() < 0.6 else ConfirmedVia.LINK
            confirmations.confirm(recipient_id=pk, via=via, at=moment)
        elif place < len(told) * (confirmed + opened):
            Recipient.objects.filter(pk=pk).raise_reach(Reach.SEEN, moment)
    heads = dict(
        Membership.objects.filter(village__ward=notice.ward, role=Role.VILLAGE_HEAD).values_list("village", "user")
    )
    users = {user.pk: user for user in people.values()}
    for left in remaining.left(notice, limit=10_000, at=at):
        head = users.get(heads.get(left.household.village_id, 0))
        if head is not None and confirmed > 0.2 and chance.random() < 0.6:
            via = ConfirmedVia.IN_PERSON if chance.random() < 0.8 else ConfirmedVia.PHONE_CALL
            when = at + timedelta(hours=chance.uniform(2, 12))
            confirmations.confirm(recipient_id=left.recipient.pk, via=via, at=when, by=head)


_SAMPLES = Path(__file__).parent / "data" / "sample_notices.yaml"
