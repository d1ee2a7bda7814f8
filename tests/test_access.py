"""Which address may be used by whom, in the own and in another ward and village. A new URL without a row fails.

Answers: `200`, `403`, `404` and so on as they are; `in` to the sign-in page; `go` redirected; `no` redirected
with a sentence, and nothing changed. Whoever is refused, and whoever only looks, changes nothing.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.test import Client
from django.urls import URLPattern, get_resolver, reverse
from django.utils import timezone

from communities import cards, keeping
from communities.models import Contact, Household, HouseholdImport, HouseholdTag, Tag, User
from communities.views.import_parts import seen_as
from notices.models import (
    Budget,
    ConfirmedVia,
    Delivery,
    Gateway,
    GatewayDay,
    GatewayEvent,
    Notice,
    Receipt,
    Recipient,
    Rung,
    VillageTask,
    WardLadder,
)
from notices.publishing import fanning_out, lifecycle
from notices.residents import confirmations, links
from notices.sandbox.spare import SPARE
from tests import factories

PEOPLE = ("anonymous", "editor", "approver", "admin", "viewer", "head", "helper", "other_head", "outsider")

# fmt: off
TABLE = """
                         anonymous editor approver admin viewer head helper other_head outsider
GET  account_login             200     go       go    go     go   go     go         go       go
GET  account_logout            405    405      405   405    405  405    405        405      405
POST account_logout             go     go       go    go     go   go     go         go       go
GET  account_change_password    in    200      200   200    200  200    200        200      200
POST account_change_password    in    200      200   200    200  200    200        200      200
GET  account_inactive          200    200      200   200    200  200    200        200      200
GET  set_language              405    405      405   405    405  405    405        405      405
POST set_language               go     go       go    go     go   go     go         go       go
GET  healthz                   200    200      200   200    200  200    200        200      200
POST healthz                   405    405      405   405    405  405    405        405      405

GET  today                      in    200      200   200    200   go     go         go      200
GET  households                 in    200      200   200    200  200    200        200      200
GET  households_export         405    405      405   405    405  405    405        405      405
POST households_export          in    200      200   200    200  200    200        200      200
GET  household_cards            in    200      403   200    403  200    200        404      404
GET  household_card            200     go       go    go     go   go     go        200      200
GET  household_new              in    200      403   200    403  200    200        200      200
POST household_new              in     go      403    go    403   go     go        200      200
GET  household                  in    200      200   200    200  200    200        404      404
GET  household_notices          in    200      200   200    200  200    200        404      404
GET  household_phones          405    405      405   405    405  405    405        405      405
POST household_phones           in    200      200   200    403  200    200        404      404
GET  household_edit             in    200      403   200    403  200    200        404      404
POST household_edit             in     go      403    go    403   go     go        404      404
GET  household_move             in    200      403   200    403  200    403        404      404
POST household_move             in     go      403    go    403  200    403        404      404
GET  household_merge            in    200      403   200    403  200    403        404      404
POST household_merge            in     go      403    go    403   go    403        404      404
GET  household_leave            in    200      403   200    403  200    403        404      404
POST household_leave            in     go      403    go    403   go    403        404      404
GET  household_return          405    405      405   405    405  405    405        405      405
POST household_return           in     go      403    go    403   go    403        404      404
GET  household_tags             in    200      403   200    403  200    200        404      404
POST household_tags             in     go      403    go    403   go     go        404      404
GET  contact_new                in    200      403   200    403  200    200        404      404
POST contact_new                in     go      403    go    403   go     go        404      404
GET  contact_edit               in    200      403   200    403  200    200        404      404
POST contact_edit               in     go      403    go    403   go     go        404      404
GET  contact_remove            405    405      405   405    405  405    405        405      405
POST contact_remove             in     go      403    go    403   go     go        404      404
GET  contact_first             405    405      405   405    405  405    405        405      405
POST contact_first              in     go      403    go    403   go     go        404      404
GET  import_new                 in    200      403   200    403  200    200        200      200
POST import_new                 in     go      403    go    403   go     go        200      200
GET  import_detail              in    200      403   200    403  200    200        404      404
GET  import_apply              405    405      405   405    405  405    405        405      405
POST import_apply               in     go      403    go    403   go     go        404      404
GET  import_decide             405    405      405   405    405  405    405        405      405
POST import_decide              in     go      403    go    403   go     go        404      404
GET  import_undo               405    405      405   405    405  405    405        405      405
POST import_undo                in     go      403    go    403   go     no        404      404
GET  import_problems            in     go      403    go    403   go     go        404      404

GET  notices                    in    200      200   200    200  403    403        403      200
GET  notice_new                 in    200      200   200    403  403    403        403      200
POST notice_new                 in     go       go    go    403  403    403        403      200
GET  notice_preview            405    405      405   405    405  405    405        405      405
POST notice_preview             in    200      200   200    403  403    403        403      200
GET  notice_edit                in    200      200   200    403  403    403        403      404
POST notice_edit                in     go       go    go    403  403    403        403      404
GET  notice_submit             405    405      405   405    405  405    405        405      405
POST notice_submit              in     go       go    go     no  403    403        403      404
GET  notice_approve             in    200      200   200    200  403    403        403      404
POST notice_approve             in     no       go    go     no  403    403        403      404
GET  notice_return              in     go       go    go     go  403    403        403      404
POST notice_return              in     no       go    go     no  403    403        403      404
GET  notice                     in    200      200   200    200  200    200        404      404
GET  notice_progress            in    200      200   200    200  200    200        404      404
GET  notice_pause              405    405      405   405    405  405    405        405      405
POST notice_pause               in    403       go    go    403  403    403        404      404
GET  notice_resume             405    405      405   405    405  405    405        405      405
POST notice_resume              in    403       go    go    403  403    403        404      404
GET  notice_wake               405    405      405   405    405  405    405        405      405
POST notice_wake                in    403       go    go    403  403    403        404      404
GET  notice_resend             405    405      405   405    405  405    405        405      405
POST notice_resend              in    403       go    go    403  403    403        404      404
GET  notice_close              405    405      405   405    405  405    405        405      405
POST notice_close               in    403       go    go    403  403    403        404      404
GET  notice_withdraw           405    405      405   405    405  405    405        405      405
POST notice_withdraw            in    403       go    go    403  403    403        404      404

GET  gateways                   in    200      200   200    200  403    403        403      200
POST gateways                   in    403      403    go    403  403    403        403      403
GET  gateway_new                in    403      403   200    403  403    403        403      403
POST gateway_new               405    405      405   405    405  405    405        405      405
GET  gateway_connect            in    403      403   200    403  403    403        403      403
POST gateway_connect            in    403      403    go    403  403    403        403      403
GET  gateway_account            in    403      403   200    403  403    403        403      404
POST gateway_account            in    403      403    go    403  403    403        403      404
GET  gateway                    in    403      403   200    403  403    403        403      404
POST gateway                    in    403      403    go    403  403    403        403      404
GET  gateway_test               in    403      403   200    403  403    403        403      404
POST gateway_test               in    403      403   200    403  403    403        403      404
GET  gateway_on                405    405      405   405    405  405    405        405      405
POST gateway_on                 in    403      403    go    403  403    403        403      404
GET  gateway_off                in    403      403   200    403  403    403        403      404
POST gateway_off                in    403      403    go    403  403    403        403      404
GET  ladders                    in    200      200   200    200  403    403        403      200
GET  ladder_edit                in    403      403   200    403  403    403        403      403
POST ladder_edit                in    403      403    go    403  403    403        403      403

GET  visits                     in    403      403   200    403  200    200        200      403
GET  visit_tick                405    405      405   405    405  405    405        405      405
POST visit_tick                 in    403      403    go    403   go     go        404      403
GET  visit_undo                405    405      405   405    405  405    405        405      405
POST visit_undo                 in    403      403    no    403   go     no        404      403
GET  task_done                 405    405      405   405    405  405    405        405      405
POST task_done                  in    403      403    go    403   go     go        404      403
GET  task_undo                 405    405      405   405    405  405    405        405      405
POST task_undo                  in    403      403    no    403   go     no        404      403

GET  resident                  200    200      200   200    200  200    200        200      200
GET  resident_confirm          405    405      405   405    405  405    405        405      405
GET  resident_copied            go     go       go    go     go   go     go         go       go
POST resident_confirm           go     go       go    go     go   go     go         go       go
GET  resident_seen             405    405      405   405    405  405    405        405      405
POST resident_seen             204    204      204   204    204  204    204        204      204
GET  webhook                   200    200      200   200    200  200    200        200      200
POST webhook                   403    403      403   403    403  403    403        403      403
"""
# fmt: on

#: Pages a household or a provider opens with a secret of its own: who is signed in does not matter.
BY_SECRET = {"household_card", "resident", "resident_copied", "resident_confirm", "resident_seen", "webhook"}
SECRETS = ("Lê Thị Thúy", "510200001", "510 200 001", "Cắt nước sạch", "Zalo OA Hoa Đồng")


def rows() -> Iterator[tuple[str, str, dict[str, str]]]:
    """(method, URL name, expected answer by person) of every line of the table."""
    header, *lines = [line.split() for line in TABLE.splitlines() if line.strip()]
    assert tuple(header) == PEOPLE
    for method, name, *answers in lines:
        yield method, name, dict(zip(PEOPLE, answers, strict=True))


def names_of_all_urls() -> set[str]:
    """Every name the portal resolves."""

    def walk(patterns) -> Iterator[str]:
        for pattern in patterns:
            if isinstance(pattern, URLPattern):
                yield pattern.name or str(pattern.pattern)
            elif pattern.namespace != "admin":  # tests/communities/test_operators.py
                yield from walk(pattern.url_patterns)

    return set(walk(get_resolver().url_patterns))


def test_every_url_has_a_row():
    assert {name for _, name, _ in rows()} == names_of_all_urls()


def test_whatever_takes_post_is_tried_with_it():
    posted = {name for method, name, _ in rows() if method == "POST"}
    assert {name for _, name, _ in rows()} - posted == ONLY_LOOKED_AT


#: Everything else is tried with POST, too. `account_login` has journeys of its own.
ONLY_LOOKED_AT = {
    "account_login", "account_inactive", "today", "households", "household", "household_notices", "household_cards",
    "household_card", "import_detail", "import_problems", "notices", "notice", "ladders",
    "notice_progress", "visits", "resident", "resident_copied",
}  # fmt: skip


# --- the world ----------------------------------------------------------------------------------------


@pytest.fixture
def people(request) -> dict[str, User]:
    """Those who sign in, by name."""
    return {person: request.getfixturevalue(person) for person in PEOPLE if person != "anonymous"}


@pytest.fixture
def world(ward, villages, editor, approver, head, gateways, household, at) -> SimpleNamespace:
    """A notice of Hoa Đồng in each state, by the editor, to the head's village; an import of that village."""

    def notice(**steps: bool) -> Notice:
        made = factories.NoticeFactory(ward=ward, created_by=editor, villages=villages[:1], title="Cắt nước sạch")
        if steps.get("submitted"):
            lifecycle.submit(notice=made, by=editor, at=at)
        if steps.get("published"):
            lifecycle.publish(notice=made, by=approver, at=at)
            fanning_out.fan_out(notice=made, at=at)
        made.refresh_from_db()
        return made

    published = notice(submitted=True, published=True)
    list_of_head = {
        "ward": ward, "village": villages[0], "created_by": head, "filename": "ho.xlsx", "content": b"-"
    }  # fmt: skip
    return SimpleNamespace(
        household=household,
        neighbour=factories.make_household(villages[0], head_name="Vũ Thị Nhà Bên"),
        other=factories.make_household(villages[1], head_name="Vũ Thị Thôn Khác"),
        draft=notice(),
        submitted=notice(submitted=True),
        published=published,
        recipient=published.recipients.get(),
        gateway=gateways[0],
        village=villages[0],
        head=head,
        approver=approver,
        at=at,
        upload=HouseholdImport.objects.create(**list_of_head, status="READY", plan={"needs": []}),
        applied=HouseholdImport.objects.create(
            **list_of_head, status="APPLIED", applied_at=timezone.now(), undo={"households": []}
        ),
    )


def _notice_fields(world: SimpleNamespace) -> dict[str, object]:
    return {
        "title": "Tiêm phòng dại cho chó",
        "body": "Trạm thú y tiêm tại nhà văn hóa thôn.",
        "urgency": "THUONG",
        "villages": [world.village.pk],
    }


def _workbook(world: SimpleNamespace) -> dict[str, object]:
    return {"file": SimpleUploadedFile("ho.xlsx", b"PK"), "village": world.village.pk}


def _marked_by_head(world: SimpleNamespace) -> dict[str, object]:
    confirmations.confirm(recipient_id=world.recipient.pk, via=ConfirmedVia.IN_PERSON, at=world.at, by=world.head)
    return {}


def _second_contact(world: SimpleNamespace) -> dict[str, object]:
    return {"contact_id": Contact.objects.create(household=world.household, phone="+84510200002", rank=2).pk}


def _gone(world: SimpleNamespace) -> dict[str, object]:
    keeping.leave(household_id=world.household.pk, reason="MOVED_AWAY")
    return {"household_id": world.household.pk}


def _paused(world: SimpleNamespace) -> int:
    lifecycle.pause(notice=world.published, by=world.approver, at=world.at)
    return world.published.pk


def _handed_over(world: SimpleNamespace) -> int:
    """A notice whose first message went out, so that there is something to send again."""
    world.published.deliveries.advance("SENDING")
    world.published.deliveries.advance("SENT", sent_at=world.at)
    return world.published.pk


def _task(world: SimpleNamespace, **done: object) -> VillageTask:
    """The loudspeaker of the head's village."""
    return VillageTask.objects.create(
        rung=world.published.rungs.get(number=1), village=world.village, channel="LOUDSPEAKER", households=1,
        created_at=world.at, **done,
    )  # fmt: skip


Maker = Callable[[SimpleNamespace], dict[str, object]]
HOUSEHOLD = (
    "household", "household_notices", "household_phones", "household_edit", "household_move", "household_merge",
    "household_leave", "household_tags", "contact_new",
)  # fmt: skip
ARGUMENTS: dict[str, Maker] = {
    **dict.fromkeys(HOUSEHOLD, lambda world: {"household_id": world.household.pk}),
    "household_return": _gone,
    "household_card": lambda world: {"token": cards.token(world.household.pk)},
    "contact_edit": lambda world: {"contact_id": world.household.contacts.get().pk},
    "contact_remove": lambda world: {"contact_id": world.household.contacts.get().pk},
    "contact_first": _second_contact,
    "import_detail": lambda world: {"import_id": world.upload.pk},
    "import_apply": lambda world: {"import_id": world.upload.pk},
    "import_decide": lambda world: {"import_id": world.upload.pk},
    "import_undo": lambda world: {"import_id": world.applied.pk},
    "import_problems": lambda world: {"import_id": world.upload.pk},
    "notice_edit": lambda world: {"notice_id": world.draft.pk},
    "notice_submit": lambda world: {"notice_id": world.draft.pk},
    "notice_approve": lambda world: {"notice_id": world.submitted.pk},
    "notice_return": lambda world: {"notice_id": world.submitted.pk},
    "notice": lambda world: {"notice_id": world.published.pk},
    "notice_progress": lambda world: {"notice_id": world.published.pk},
    "notice_pause": lambda world: {"notice_id": world.published.pk},
    "notice_resume": lambda world: {"notice_id": _paused(world)},
    "notice_wake": lambda world: {"notice_id": world.published.pk},
    "notice_resend": lambda world: {"notice_id": _handed_over(world)},
    "notice_close": lambda world: {"notice_id": world.published.pk},
    "notice_withdraw": lambda world: {"notice_id": world.published.pk},
    **dict.fromkeys(
        ("gateway", "gateway_account", "gateway_test", "gateway_on", "gateway_off"),
        lambda world: {"gateway_id": world.gateway.pk},
    ),
    "gateway_connect": lambda world: {"slug": "esms"},
    "ladder_edit": lambda world: {"urgency": "thuong"},
    "task_done": lambda world: {"task_id": _task(world).pk},
    "task_undo": lambda world: {"task_id": _task(world, done_by=world.head, done_at=world.at).pk},
    "visit_tick": lambda world: {"recipient_id": world.recipient.pk},
    "visit_undo": lambda world: {"recipient_id": world.recipient.pk},
    "resident": lambda world: {"token": links.token(world.recipient.pk)},
    "resident_copied": lambda world: {"token": f"{links.token(world.recipient.pk)})."},
    "resident_confirm": lambda world: {"token": links.token(world.recipient.pk)},
    "resident_seen": lambda world: {"token": links.token(world.recipient.pk)},
    "webhook": lambda world: {"key": world.gateway.webhook_key},
}
BODIES: dict[str, Maker] = {
    "household_cards": lambda world: {"ho": world.household.pk},
    "household_new": lambda world: {"head_name": "Cao Thị Mới", "village": world.village.pk},
    "household_edit": lambda world: {"head_name": "Lê Thị Thùy", "code": world.household.code},
    "household_move": lambda world: {"village": world.other.village_id, "lane": "Ngõ 2"},
    "household_merge": lambda world: {"vao": world.neighbour.pk},
    "household_leave": lambda world: {"reason": "MOVED_AWAY"},
    "household_tags": lambda world: {"name": "Đi biển", "kind": "OWN"},
    "contact_new": lambda world: {"phone": "0510 200 003"},
    "contact_edit": lambda world: {"phone": "0510 200 004"},
    "set_language": lambda world: {"language": "en", "next": "/"},
    "import_new": _workbook,
    "import_apply": lambda world: {"seen": seen_as(world.upload)},
    "import_decide": lambda world: {"encoding": "UNICODE"},
    "notice_new": _notice_fields,
    "notice_preview": _notice_fields,
    "notice_edit": _notice_fields,
    "notice_return": lambda world: {"reason": "Thiếu giờ họp."},
    "gateways": lambda world: {"limit": "2.000.000"},
    "gateway": lambda world: {"name": "Zalo xã", "position": 2, "price": 300, "rate": 10, "daily_quota": 5000},
    "gateway_connect": lambda world: {"name": "SMS", "price": 850, **SPARE["esms"]},
    "gateway_account": lambda world: SPARE["zalo_templates"],
    "ladder_edit": lambda world: {"rows": 1, "1-channels": ["SMS"], "1-mode": "first"},
    "notice_resend": lambda world: {"after": max(world.published.rungs.values_list("number", flat=True))},
    "visit_tick": lambda world: {"via": "IN_PERSON"},
    "visit_undo": _marked_by_head,
    "webhook": lambda world: {"event_name": "user_received_message"},
}


def state() -> list[tuple[str, str]]:
    """Everything a visitor could change, down to the column: (table, row) of each row, asked for at once."""
    people = (Household, Contact, HouseholdTag, Tag, HouseholdImport)
    settings = (Gateway, GatewayDay, GatewayEvent, Budget, WardLadder)
    kept = (*people, Notice, Notice.villages.through, Recipient, Delivery, Receipt, Rung, VillageTask, *settings)
    tables = [model._meta.db_table for model in kept]
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(f"SELECT '{it}', {it}::text FROM {it}" for it in tables) + " ORDER BY 1, 2")
        return cursor.fetchall()


def part_of(name: str) -> str:
    """The part of the portal an address belongs to; its addresses are tried in one and the same world."""
    return name.split("_", maxsplit=1)[0].removesuffix("s")


@pytest.mark.parametrize("part", sorted({part_of(name) for _, name, _ in rows()}))
def test_addresses_answer_as_the_table_says(subtests, people, world, client_for, part):
    signed_in = {person: client_for(people.get(person)).cookies for person in PEOPLE}
    for method, name, answers in rows():
        for person, expected in answers.items() if part_of(name) == part else ():
            with subtests.test(address=f"{method} {name}", by=person), untouched():
                client = Client()
                client.cookies = deepcopy(signed_in[person])
                _ask(world, client, method, name, person, expected)


@contextmanager
def untouched() -> Iterator[None]:
    """The world as it was for whoever comes next: it is dear to make."""
    before = transaction.savepoint()
    try:
        yield
    finally:
        transaction.savepoint_rollback(before)


def _ask(world: SimpleNamespace, client: Client, method: str, name: str, person: str, expected: str) -> None:
    kwargs = ARGUMENTS.get(name, lambda world: {})(world)
    body = BODIES.get(name, lambda world: {})(world) if method == "POST" or name == "household_cards" else {}
    before = state()

    response = getattr(client, method.lower())(reverse(name, kwargs=kwargs), body)

    location = response.headers.get("Location", "")
    if expected == "in":
        assert (response.status_code, location.split("?")[0]) == (302, reverse("account_login"))
    elif expected in {"go", "no"}:
        assert response.status_code in {302, 303}
        assert name.startswith("account_") or not location.startswith(reverse("account_login"))
    else:
        assert response.status_code == int(expected)
    if method == "GET" or expected not in {"go", "204"}:
        assert state() == before
    elif name in CHANGES:
        assert state() != before
    if person in {"anonymous", "outsider"} and name not in BY_SECRET:
        said = "" if response.streaming else re.sub(r"\s+", " ", response.content.decode())  # an outsider's own list
        assert not [secret for secret in SECRETS if secret in said]


#: POSTs that leave a trace for those whom the table lets `go`.
CHANGES = {
    "household_new", "household_edit", "household_move", "household_merge", "household_leave", "household_return",
    "household_tags", "contact_new", "contact_edit", "contact_remove", "contact_first",
    "import_new", "import_apply", "import_decide", "import_undo",
    "notice_new", "notice_edit", "notice_submit", "notice_approve", "notice_return",
    "gateways", "gateway", "gateway_connect", "gateway_account", "gateway_on", "gateway_off", "ladder_edit",
    "notice_pause", "notice_resume", "notice_wake", "notice_resend", "notice_close", "notice_withdraw",
    "task_done", "task_undo", "visit_tick", "visit_undo", "resident_confirm", "resident_seen",
}  # fmt: skip


#: What nobody would ask with: in an address as it stands there, and in a form.
ODD = {"9" * 5_000: "9" * 5_000, str(2**63): str(2**63), "a%00b": "a\0b", "%C2%B2": "²"}
#: Every parameter some view reads.
ASKED = sorted(
    set(
        re.findall(
            r"(?:GET|POST|given|post|query)(?:\.get(?:list)?\(|\[)[\"']([\w-]+)",
            "".join(
                file.read_text() for app in ("communities", "notices", "portal") for file in Path(app).rglob("*.py")
            ),
        )
    )
)


@pytest.mark.parametrize("part", sorted({part_of(name) for _, name, _ in rows()}))
def test_no_address_breaks_whatever_it_is_asked(people, world, client_for, part):
    """Every parameter and every field of every address with each odd value, lists of them, and a thousand others."""
    many = "&".join(f"a{number}=1" for number in range(1_000))
    signed_in = {person: client_for(people[person]).cookies for person in ("admin", "head", "editor")}
    browser = Client(raise_request_exception=False)
    broken = []

    def ask(method: str, address: str, body: dict[str, object] | None) -> None:
        with untouched():
            send = browser.post if method == "POST" else browser.get
            status = send(address, body or None).status_code
            if status >= 500:
                broken.append((status, method, name, address[:200], str(body)[:200]))

    for method, name, answers in rows():
        person = next((one for one in signed_in if answers[one] in {"200", "go", "no", "204"}), None)
        if part_of(name) != part or person is None:
            continue
        browser.cookies = deepcopy(signed_in[person])
        with untouched():
            kwargs = ARGUMENTS.get(name, lambda world: {})(world)
            body = BODIES.get(name, lambda world: {})(world) if method == "POST" else {}
            address = reverse(name, kwargs=kwargs)
            for in_address, in_form in ODD.items():
                asked = "&".join(f"{key}={in_address}&{key}[]={in_address}" for key in ASKED)
                fields = {key: in_form for key in [*body, *ASKED]} if method == "POST" else None
                ask(method, f"{address}?{asked}", fields)
                for own in kwargs.values() if in_address.isdecimal() else ():
                    ask(method, address.replace(f"/{own}/", f"/{in_address}/"), body)
            ask(method, f"{address}?{many}&b=1", body)
            ask(method, address, {f"a{number}": "1" for number in range(1_001)} if method == "POST" else None)
    assert not broken
