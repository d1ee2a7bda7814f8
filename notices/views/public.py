"""The household's own page: read, confirm, and nothing else.

Whoever holds the link speaks for the household. The page knows no session and sets no cookie.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
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

from communities.models import Household
from notices import composing, confirmations, links
from notices.models import ConfirmedVia, Notice, Reach, Recipient, Urgency

LANGUAGES = dict(settings.LANGUAGES)
_PHONE = re.compile(r"(?<!\d)(?:\+84|0)(?:[ .]?\d){8,10}(?!\d)")
_ITEM = re.compile(r"\s*(?:[-–•*+]|\d{1,2}[.)])\s+")


@dataclass(frozen=True)
class Phone:
    """A phone inside a line of text, which the page makes a link of."""

    before: str
    shown: str
    digits: str
    after: str


@dataclass(frozen=True)
class Block:
    """A paragraph, or a list: `kind` is "p", "ul" or "ol"."""

    kind: str
    lines: list[str]


def phone_in(text: str) -> Phone | None:
    """The first phone number of a text, with what stands around it. Its groups stay on one line."""
    found = _PHONE.search(text)
    if found is None:
        return None
    return Phone(text[: found.start()], _on_one_line(found), re.sub(r"[ .]", "", found.group()), text[found.end() :])


def _on_one_line(phone: re.Match[str]) -> str:
    return phone.group().replace(" ", "\N{NO-BREAK SPACE}")


def blocks_of(text: str) -> list[Block]:
    """A notice's plain text as paragraphs (parted by an empty line) and lists (every line starts with - or 1.)."""
    blocks = []
    for part in re.split(r"\n\s*\n", text.replace("\r\n", "\n").strip()):
        # A list may follow its introducing sentence without an empty line between them.
        run: list[str] = []
        kind = "p"
        for line in part.split("\n"):
            mark = _ITEM.match(line)
            now = "p" if mark is None else "ol" if mark.group().strip()[0].isdigit() else "ul"
            if now != kind and run:
                blocks.append(Block(kind, run))
                run = []
            kind = now
            run.append(_PHONE.sub(_on_one_line, line[mark.end() :] if mark else line).strip())
        blocks.append(Block(kind, run))
    return blocks


def lower_first(text: str) -> str:
    """With a small first letter, to stand inside a sentence: Thôn Đông Phú → thôn Đông Phú."""
    return text[:1].lower() + text[1:]


def letter(notice: Notice, household: Household) -> dict:
    """What the page needs to show a notice to a household; previews of a draft use it too."""
    return {
        "notice": notice,
        "ward": notice.ward,
        "addressee": greeting(household),
        "village_name": lower_first(household.village.name),
        "blocks": blocks_of(notice.body),
        "contact_phone": phone_in(notice.contact),
        "office_phone": phone_in(notice.ward.phone),
        "is_flash": notice.urgency == Urgency.FLASH,
    }


def greeting(household: Household) -> str:
    """Whom the letter is for, by given name only: “hộ bà Thúy”. The link may be passed on, also outside the house."""
    honorific = lower_first(composing.addressee(household).removesuffix(household.head_name).strip())
    return f"{honorific} {household.head_name.split()[-1]}"


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
        return _unknown(request)
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


def _unknown(request: HttpRequest) -> HttpResponse:
    """One page for every link we did not make, so that guessing learns nothing."""
    return render(request, "resident/unknown.html", status=404)


def _query(request: HttpRequest) -> str:
    return f"?lang={request.GET['lang']}" if request.GET.get("lang") in LANGUAGES else ""
