"""Middleware of the portal."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import Resolver404, resolve
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


def calls_of_providers(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Providers' calls go straight to their view: what stands below is for people, and costs such a call more than
    all the rest of it."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if not request.path_info.startswith("/webhooks/"):
            return get_response(request)
        try:
            found = resolve(request.path_info, "notices.public_urls")
        except Resolver404:
            return get_response(request)
        request.resolver_match = found
        response = found.func(request, *found.args, **found.kwargs)
        response.headers["Content-Length"] = str(len(response.content))  # else two letters are sent in chunks
        return response

    return middleware
