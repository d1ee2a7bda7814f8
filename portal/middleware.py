"""Middleware of the portal."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation

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
