"""Middleware of the portal."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.utils import translation

from communities import names

LANGUAGES = dict(settings.LANGUAGES)


def language(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Vietnamese, unless this visitor chose another language with the language switch.

    Django's LocaleMiddleware would follow the browser, and many commune computers run an English Windows.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
        with translation.override(chosen if chosen in LANGUAGES else settings.LANGUAGE_CODE):
            request.LANGUAGE_CODE = translation.get_language()
            response = get_response(request)
            response.headers.setdefault("Content-Language", translation.get_language() or "")
            return response

    return middleware


class Entrance:
    """Every parameter of an address and every field of a form, cleaned and bounded before any view reads it.

    What nobody sees is dropped (names.seen), also NUL, which PostgreSQL refuses; passwords stay as typed. An id in an
    address that no row can have is 404, more than DATA_UPLOAD_MAX_NUMBER_FIELDS parameters are 400. Providers' calls
    do not pass here (portal.wsgi); notices.webhooks does the same for them.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """The parameters of the address."""
        request.GET = _cleaned(request.GET)  # type: ignore[assignment]
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: list[Any], kwargs: dict[str, Any]
    ) -> None:
        """Once it is known who is asked: the ids of the address, and the form."""
        if any(isinstance(value, int) and value > LARGEST_ID for value in kwargs.values()):
            raise Http404
        if request.method == "POST" and not getattr(view, "csrf_exempt", False):
            request.POST = _cleaned(request.POST)  # type: ignore[assignment]
            for _field, files in request.FILES.lists():
                for file in files:
                    file.name = names.clean(file.name or "")


LARGEST_ID = 2**63 - 1  # of PostgreSQL's bigint


def _cleaned(given: QueryDict) -> QueryDict:
    texts = [text for key, values in given.lists() for text in (key, *values)]
    if all(text.isascii() and text.isprintable() for text in texts):
        return given
    cleaned = QueryDict(mutable=True, encoding=given.encoding)
    for key, values in given.lists():
        for value in values:
            cleaned.appendlist(names.seen(key), value if "password" in key else names.seen(value))
    cleaned._mutable = False
    return cleaned


def private(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """What somebody sees who is signed in stays in no cache, of a browser or between: the next person at a computer
    of the office finds nothing by Back. Static files are answered before this (whitenoise)."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if getattr(request, "user", None) is not None and request.user.is_authenticated:
            response.headers["Cache-Control"] = "no-store, private"
        return response

    return middleware
