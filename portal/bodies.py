"""How large the body of a request may be, and how long it may take to arrive: told before a byte of it is read.

A body that is parsed is in memory or on the disk by then, and whoever sends it need not have signed in. So most pages
take what a form weighs, more is for those who are signed in, and files for the one page that takes them.
"""

from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.http import HttpRequest, HttpResponse
from django.http.cookie import parse_cookie
from django.shortcuts import render
from django.urls import reverse

from communities.spreadsheet import MAX_BYTES

ANYBODY = 64 * 1024  # signing in, confirming, the call of a provider
STAFF = settings.DATA_UPLOAD_MAX_MEMORY_SIZE  # a notice, a page of decisions
UPLOAD = MAX_BYTES + 64 * 1024  # a household list and the form around it


def refusal(environ: Mapping[str, Any]) -> HTTPStatus | None:
    """Why a request's body is not taken: 411 if it does not say its length, 413 if it is too large; None if it is.

    Whether somebody is signed in is looked up only for what is larger than ANYBODY, in one query.
    """
    size = size_of(environ)
    if size is None:
        return HTTPStatus.LENGTH_REQUIRED
    allowed = UPLOAD if environ.get("PATH_INFO") == reverse("import_new") else STAFF
    if size <= ANYBODY or (size <= allowed and _is_signed_in(environ)):
        return None
    return HTTPStatus.REQUEST_ENTITY_TOO_LARGE


def size_of(environ: Mapping[str, Any]) -> int | None:
    """Bytes of the body, as announced; None for one in chunks, or that lies."""
    length = environ.get("CONTENT_LENGTH") or "0"
    if environ.get("HTTP_TRANSFER_ENCODING") or not (length.isascii() and length.isdecimal()):
        return None
    return int(length[-18:]) if len(length.lstrip("0")) <= 18 else 10**18


def seconds_for(length: int) -> float:
    """How long a body of so many bytes may take: 20 seconds, and on top what 20 KB a second need."""
    return 20 + length / 20_000


def _is_signed_in(environ: Mapping[str, Any]) -> bool:
    key = parse_cookie(environ.get("HTTP_COOKIE", "")).get(settings.SESSION_COOKIE_NAME)
    return bool(key) and SESSION_KEY in SessionStore(key).load()


def bounded(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: the page that says so, where the body is not to be read. It stands before all that may read one."""

    def middleware(request: HttpRequest) -> HttpResponse:
        why = refusal(request.META)
        if why is None:
            return get_response(request)
        return render(request, "413.html", {"limit": MAX_BYTES // 1024 // 1024}, status=why)

    return middleware
