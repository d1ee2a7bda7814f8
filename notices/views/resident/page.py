"""The household's own page: read, confirm, and nothing else.

Whoever holds the link speaks for the household. The page knows no session and sets no cookie.
"""

from collections.abc import Callable
from datetime import timedelta
from functools import wraps

import pghistory
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone, translation
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from notices.models import ConfirmedVia, Notice, Reach, Recipient
from notices.residents import confirmations, links
from notices.residents.letter import greeting, letter, lower_first

LANGUAGES = dict(settings.LANGUAGES)


def _for_residents(view: Callable[[HttpRequest, str], HttpResponse]) -> Callable[..., HttpResponse]:
    """Language by `?lang=`, and headers that keep the secret address out of indexes, caches and other sites."""

    @wraps(view)
    def wrapped(request: HttpRequest, token: str) -> HttpResponse:
        chosen = request.GET.get("lang", "")
        with translation.override(chosen if chosen in LANGUAGES else translation.get_language()):
            response = view(request, token)
            response["Content-Language"] = translation.get_language() or ""
        response["Cache-Control"] = "private, no-store"
        response["Referrer-Policy"] = "no-referrer"
        response["X-Robots-Tag"] = "noindex, nofollow"
        return response

    return wrapped


@require_safe
@_for_residents
def resident(request: HttpRequest, token: str) -> HttpResponse:
    """The page. Writes nothing for anybody: preview robots and mail scanners open links, too."""
    recipient = _recipient(token)
    if recipient is None:
        is_whole = links.recipient_id_of(token) is not None  # of a household that is no more
        return _unknown(request) if is_whole else _as_sent(request, token)
    notice = recipient.notice
    context = letter(notice, recipient.household) | {"recipient": recipient, "token": token}
    # A household that moved away keeps the village it was told in.
    context["village_name"] = lower_first(recipient.village.name)
    if not notice.is_open:
        return render(request, "resident/ended.html", context, status=410)
    if notice.is_confirmation_wanted and recipient.confirmed_at is None:
        context["sharing"] = _sharing(recipient)
    now = timezone.now()
    context["is_late"] = bool(notice.confirm_by and notice.confirm_by < now)
    ends_at = notice.happens_at and notice.happens_at + timedelta(days=0 if notice.has_clock else 1)
    context["has_passed"] = bool(ends_at and ends_at < now)
    return render(request, "resident/page.html", context)


@require_safe
@_for_residents
def copied(request: HttpRequest, token: str) -> HttpResponse:
    """A link with what a phone, a chat or a hand put behind it leads to the page all the same."""
    return _as_sent(request, token)


@csrf_exempt
@require_POST
@_for_residents
def confirm(request: HttpRequest, token: str) -> HttpResponse:
    """“Tôi đã đọc”: confirm for the household and show the page again.

    Exempt from the CSRF check: that check protects what a browser carries by itself (a session cookie), and
    nothing of it counts here. The token in the address is the only authority; a foreign page that could forge
    this request already holds it. Under `Referrer-Policy: no-referrer` browsers also send `Origin: null`,
    which the check would refuse.
    """
    recipient_id = links.recipient_id_of(token)
    if recipient_id is None or not Recipient.objects.filter(pk=recipient_id).exists():
        return _unknown(request)
    # The audit log keeps the address of a change; this one is a key, so it keeps only its beginning.
    with pghistory.context(url="/t/"):
        # False means somebody of the house was quicker, or the notice has ended; the page says which.
        confirmations.confirm_by_phone(recipient_id=recipient_id, via=ConfirmedVia.LINK, at=timezone.now())
    return HttpResponseRedirect(reverse("resident", args=[token]) + _query(request), status=303)


@csrf_exempt
@require_POST
@_for_residents
def seen(request: HttpRequest, token: str) -> HttpResponse:
    """The page has stood before somebody's eyes for three seconds (a script's beacon; ADR 0002).

    Exempt from the CSRF check for the same reason as `confirm`.
    """
    recipient_id = links.recipient_id_of(token)
    if recipient_id is None:
        return HttpResponse(status=404)
    open_ones = Recipient.objects.filter(pk=recipient_id, notice__status=Notice.Status.PUBLISHED)
    open_ones.raise_reach(Reach.SEEN, timezone.now())
    return HttpResponse(status=204)


def _recipient(token: str) -> Recipient | None:
    recipient_id = links.recipient_id_of(token)
    if recipient_id is None:
        return None
    rows = Recipient.objects.select_related("notice__ward", "household__village", "village")
    return rows.filter(pk=recipient_id).first()


def _sharing(recipient: Recipient) -> list[str]:
    """All households that one tap on this page confirms for, this one first; none when the phone is its own."""
    others = confirmations.sharing_phone(recipient.pk)
    if not others:
        return []
    rows = Recipient.objects.filter(pk__in=others).select_related("household").order_by("pk")
    return [greeting(recipient.household), *(greeting(row.household) for row in rows)]


def _as_sent(request: HttpRequest, copied: str) -> HttpResponse:
    """To the address as we sent it, when it stands whole in the one that was opened."""
    token = links.token_in(copied)
    if token is None:
        return _unknown(request)
    return HttpResponseRedirect(reverse("resident", args=[token]) + _query(request))


def _unknown(request: HttpRequest) -> HttpResponse:
    """One page for every link we did not make, so that guessing learns nothing."""
    return render(request, "resident/unknown.html", status=404)


def _query(request: HttpRequest) -> str:
    return f"?lang={request.GET['lang']}" if request.GET.get("lang") in LANGUAGES else ""
