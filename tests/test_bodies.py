"""Bodies: how large they may be, from whom, and what one that does not come costs the others."""

import asyncio
import re
import threading
from types import SimpleNamespace

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from communities.models import HouseholdImport
from communities.spreadsheet import MAX_BYTES
from portal import bodies, server
from portal.server import Server

KB = 1024


def file_of(size: int) -> SimpleUploadedFile:
    return SimpleUploadedFile("danh-sach.csv", b"x" * size)


# --- as Django meets them -----------------------------------------------------------------------------


def test_a_stranger_s_file_is_refused_at_the_sign_in_page(client_for, db):
    answer = client_for(None).post(reverse("account_login"), {"login": "a", "password": "b", "tep": file_of(64 * KB)})

    assert answer.status_code == 413
    assert "Quá lớn, không nhận được" in answer.content.decode()
    assert "default-src" in answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize("address", ["/ho-dan/nhap/", "/ho-dan/them/", "/t/1.abc/", "/nowhere/"])
def test_a_stranger_sends_nothing_large_anywhere(client_for, db, address):
    assert client_for(None).post(address, {"tep": file_of(64 * KB)}).status_code == 413


def test_a_household_list_is_for_who_is_signed_in_and_for_its_page_alone(client_for, head, villages):
    browser = client_for(head)
    rows = "Họ và tên;Số người\n" + "Lê Văn Một;4\n" * 100_000

    file = SimpleUploadedFile("a.csv", rows.encode())
    taken = browser.post(reverse("import_new"), {"file": file, "village": villages[0].pk})
    assert taken.status_code == 302
    assert len(HouseholdImport.objects.get().content) == file.size > 1024 * KB
    assert browser.post(reverse("household_new"), {"tep": file_of(1024 * KB)}).status_code == 413


def test_a_list_that_is_too_large_by_a_little_is_told_so_on_its_page_and_by_much_is_not_read(client_for, head):
    browser = client_for(head)

    little = browser.post(reverse("import_new"), {"file": file_of(MAX_BYTES + 1)})
    assert "quá lớn. Tối đa 10 MB" in little.content.decode()
    assert browser.post(reverse("import_new"), {"file": file_of(MAX_BYTES + 64 * KB)}).status_code == 413
    assert not HouseholdImport.objects.exists()


def test_a_signed_in_person_s_long_form_is_read(client_for, editor):
    answer = client_for(editor).post(reverse("notice_new"), {"title": "Họp thôn", "body": "x" * 200 * KB})
    assert answer.status_code == 200  # the form says what is wrong with it


@pytest.mark.parametrize(
    "lie", [{"CONTENT_LENGTH": "abc"}, {"CONTENT_LENGTH": "-5"}, {"HTTP_TRANSFER_ENCODING": "chunked"}]
)
def test_a_body_that_does_not_say_its_length_is_refused(client_for, editor, lie):
    assert client_for(None).post(reverse("account_login"), {"login": "can.bo"}, **lie).status_code == 411


def test_a_length_of_five_thousand_digits_is_too_large(client_for, db):
    answer = client_for(None).post(reverse("account_login"), {"login": "can.bo"}, CONTENT_LENGTH="9" * 5_000)
    assert answer.status_code == 413


def test_the_proxy_of_the_compose_file_lets_through_what_the_portal_takes_and_little_more():
    text = (settings.BASE_DIR / "docker" / "nginx.conf").read_text()
    megabytes = re.findall(r"client_max_body_size (\d+)m;", text)
    anywhere, at_the_list = (int(number) * 1024 * KB for number in megabytes)

    assert f"location = {reverse('import_new')} {{" in text
    assert bodies.STAFF <= anywhere < 2 * bodies.STAFF
    assert bodies.UPLOAD <= at_the_list < bodies.UPLOAD + 1024 * KB


# --- as granian hands them over -----------------------------------------------------------------------


class Visit:
    """One request of granian's: `body` comes at once, or never if it is None. `answer` is what was sent back."""

    def __init__(self, path="/", body: bytes | None = b"", method="POST", client="192.0.2.7:4711", **headers) -> None:
        pairs = [(name.replace("_", "-"), value) for name, values in headers.items() for value in _list(values)]
        pairs.append(("content-length", str(100 if body is None else len(body))))
        self.body, self.answer, self.sent = body, None, []
        self.scope = SimpleNamespace(
            method=method, path=path, query_string="a=1", scheme="http", http_version="1.1", server="127.0.0.1:8000",
            client=client, headers=SimpleNamespace(items=lambda: pairs),
        )  # fmt: skip

    async def __call__(self) -> bytes:
        if self.body is None:
            await asyncio.Event().wait()
        return self.body

    def response_empty(self, status, headers) -> None:
        self.answer = (status, dict(headers), b"")

    def response_bytes(self, status, headers, body) -> None:
        self.answer = (status, dict(headers), body)

    def response_stream(self, status, headers):
        self.answer = (status, dict(headers), None)

        async def send_bytes(piece) -> None:
            self.sent.append(piece)

        return SimpleNamespace(send_bytes=send_bytes)


def _list(value):
    return value if isinstance(value, list) else [value]


class Echo:
    """An application that answers with what it was given, and keeps it."""

    def __call__(self, environ, start_response) -> list[bytes]:
        start_response("201 Created", [("X-Path", environ["PATH_INFO"])])
        self.environ = environ
        return [environ["wsgi.input"].read(), b"!"]


@pytest.fixture
def echo() -> Echo:
    return Echo()


def serve(application, *visits, before_end=None) -> None:
    """All visits at once, as a worker process of granian has them."""

    async def work() -> None:
        served = Server(application)
        served.__rsgi_init__(asyncio.get_running_loop())
        tasks = [asyncio.create_task(served.__rsgi__(visit.scope, visit)) for visit in visits]
        if before_end:
            await before_end(tasks)
        ends = await asyncio.gather(*tasks, return_exceptions=True)
        served.__rsgi_del__(asyncio.get_running_loop())
        for error in ends:
            if error is not None:
                raise error

    asyncio.run(work())


def test_a_request_reaches_the_application_whole(echo):
    visit = Visit(
        "/hộ/", b"abc", cookie=["a=1", "b=2"], content_type="text/plain", x_forwarded_for=["192.0.2.1", "192.0.2.2"]
    )
    serve(echo, visit)

    assert visit.answer == (201, {"X-Path": "/hộ/".encode().decode("latin-1")}, b"abc!")
    got = echo.environ
    assert (got["REQUEST_METHOD"], got["QUERY_STRING"], got["REMOTE_ADDR"]) == ("POST", "a=1", "192.0.2.7")
    assert (got["CONTENT_TYPE"], got["CONTENT_LENGTH"]) == ("text/plain", "3")
    assert (got["HTTP_COOKIE"], got["HTTP_X_FORWARDED_FOR"]) == ("a=1; b=2", "192.0.2.1,192.0.2.2")


def test_a_header_with_an_underscore_passes_for_no_other(echo):
    visit = Visit(body=b"")
    visit.scope.headers = SimpleNamespace(items=lambda: [("x_forwarded_for", "192.0.2.1")])
    serve(echo, visit)

    assert "HTTP_X_FORWARDED_FOR" not in echo.environ


def test_bodies_that_do_not_come_hold_up_nobody_and_are_given_up(echo):
    """More of them than there are threads."""
    slow, quick = [Visit(body=None) for _ in range(100)], [Visit(body=b"x") for _ in range(20)]

    async def the_quick_first(tasks) -> None:
        await asyncio.gather(*tasks[len(slow) :])
        assert [visit.answer[2] for visit in quick] == [b"x!"] * 20
        assert not any(task.done() for task in tasks[: len(slow)])
        deadline.set()

    deadline = asyncio.Event()

    class Patient(Visit):
        async def __call__(self) -> bytes:
            await deadline.wait()
            raise TimeoutError  # as asyncio.timeout has it when time is up

    for visit in slow:
        visit.__class__ = Patient
    serve(echo, *slow, *quick, before_end=the_quick_first)
    assert {(visit.answer[0], visit.answer[1]["connection"]) for visit in slow} == {(408, "close")}


def test_the_time_a_body_has_grows_with_its_length(monkeypatch, echo):
    assert bodies.seconds_for(100) == pytest.approx(20, abs=0.1)
    assert bodies.seconds_for(10 * 1024 * 1024) == pytest.approx(20 + 524, abs=1)
    monkeypatch.setattr(bodies, "seconds_for", lambda _length: 0)
    visit = Visit(body=None)
    serve(echo, visit)
    assert visit.answer[0] == 408


def test_what_is_too_large_is_not_read(db, echo):
    visit = Visit("/tai-khoan/dang-nhap/", body=b"x" * (64 * KB + 1))
    serve(echo, visit)

    assert visit.answer[2] == b"!"  # the application refuses it, and has nothing to read


def test_what_breaks_off_is_raised_where_it_was_asked_for_and_the_next_is_answered(echo):
    """granian answers 500 to the one."""

    def application(environ, start_response):
        if environ["PATH_INFO"] == "/broken/":
            raise ValueError("broken")
        return echo(environ, start_response)

    broken, others = [[Visit(path, b"x") for _ in range(2 * server.PAGES)] for path in ("/broken/", "/")]
    with pytest.raises(ValueError, match="broken"):
        serve(application, *broken, *others)
    assert not any(visit.answer for visit in broken)
    assert [visit.answer[0] for visit in others] == [201] * (2 * server.PAGES)


def test_a_long_answer_goes_out_in_pieces_and_is_closed():
    closed = threading.Event()

    class Answer:
        def __iter__(self):
            yield from [b"a" * KB] * (2 * KB)
            yield b"end"

        def close(self) -> None:
            closed.set()

    def application(_environ, start_response):
        start_response("200 OK", [])
        return Answer()

    visit = Visit()
    serve(application, visit)
    assert [len(piece) for piece in visit.sent] == [server.PIECE, server.PIECE, 3]
    assert closed.is_set()
