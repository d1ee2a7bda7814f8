"""The application: Django, before it a short way for the calls of providers, and around both what granian calls."""

import logging
import os
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any

from django.core.handlers.wsgi import WSGIRequest
from django.core.wsgi import get_wsgi_application
from django.http import HttpResponse
from django.urls import Resolver404, ResolverMatch, resolve

from portal.server import Application, Server

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")

log = logging.getLogger(__name__)


def calls_of_providers(site: Application) -> Application:
    """Providers' calls go straight to their view, everything else to the site.

    Django's handler, its request signals and the middleware are there for people's pages, and cost such a call as
    much as all the rest of it (docs/decisions/0016). So the view itself sees to a lost database connection.
    """

    def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        if not path.startswith("/webhooks/"):
            return site(environ, start_response)
        try:
            found = _webhook_at(path)
        except Resolver404:
            return site(environ, start_response)
        try:
            response = found.func(WSGIRequest(environ), *found.args, **found.kwargs)
        except Exception as error:
            log.error("a provider's call broke off: %s", type(error).__name__)  # its words may name somebody
            response = HttpResponse(status=500)
        # Without its length, two letters are sent in chunks.
        headers = [*response.items(), ("Content-Length", str(len(response.content)))]
        start_response(f"{response.status_code} {response.reason_phrase}", headers)
        return [response.content]

    return application


@lru_cache(maxsize=100)  # a provider calls one address thousands of times
def _webhook_at(path: str) -> ResolverMatch:
    return resolve(path, "notices.public_urls")


application = Server(calls_of_providers(get_wsgi_application()))
