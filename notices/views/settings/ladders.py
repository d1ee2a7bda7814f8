"""Settings, second page: what happens after a notice is sent, for each urgency, and a ward's own way of it."""

from datetime import datetime, time, timedelta
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from communities.requests import StaffRequest
from notices import access
from notices.ladder import forms as ladder_forms
from notices.ladder import next_messages, rules, timetable, wording
from notices.ladder.forms import RungForm
from notices.models import Notice, Urgency, WardLadder

#: The preview's notice: published in the morning, to be confirmed by the next afternoon.
SENT_AT, DEADLINE = time(9), time(17)


@require_GET
@login_required
def ladders(request: StaffRequest) -> HttpResponse:
    """The steps of every urgency in sentences, and the rules no ladder changes."""
    user = request.user
    ward = access.get_office(user)
    own = {row.urgency: row for row in WardLadder.objects.filter(ward=ward).select_related("changed_by")}
    found = [
        {
            "urgency": urgency,
            "slug": _slug(urgency),
            "own": own.get(urgency),
            "steps": _steps(own[urgency].rungs if urgency in own else rules.DEFAULTS[urgency]),
        }
        for urgency in Urgency
    ]
    quiet = dict(zip(("begins", "ends"), settings.QUIET_HOURS, strict=True)) if settings.QUIET_HOURS else None
    context = {
        "ladders": found,
        "is_administrator": access.is_administrator(user, ward),
        "quiet": quiet,
        "cap": next_messages.CAP,
    }
    return render(request, "notices/ladders/page.html", context)


@require_http_methods(["GET", "POST"])
@login_required
def ladder_edit(request: StaffRequest, urgency: str) -> HttpResponse:
    """Change a ward's steps. Rows come and go by buttons of the form; nothing is kept before “Lưu”."""
    user = request.user
    ward = access.get_office_to_change(user)
    of = next((one for one in Urgency if _slug(one) == urgency), None)
    if of is None:
        raise Http404
    do, rungs = request.POST.get("do", "save"), None
    if request.method == "GET":
        rungs = rules.rungs_for(of, ward)
        forms = _unbound(ladder_forms.rows_of(rungs))
    elif do == "default":
        rules.return_to_default(ward=ward, urgency=of)
        messages.success(request, _("Thông báo “%(urgency)s” đã về các bước mặc định.") % {"urgency": of.label})
        return redirect("ladders")
    elif do == "add" or do.startswith("remove-"):
        rows = ladder_forms.rows_posted(request.POST)
        forms = _unbound(_with_one_more(rows) if do == "add" else _without(rows, do.removeprefix("remove-")))
    else:
        number = ladder_forms.number_of_rows(request.POST)
        forms = [RungForm(request.POST, number=n) for n in range(1, number + 1)]
        rungs = ladder_forms.check(forms)
        if rungs is not None and do == "save":
            rules.set_own(ward=ward, urgency=of, rungs=rungs, by=user)
            messages.success(
                request, _("Đã lưu các bước của thông báo “%(urgency)s”. Thông báo đã gửi giữ các bước cũ.")
                % {"urgency": of.label},
            )  # fmt: skip
            return redirect("ladders")
    is_part = do == "preview" and request.htmx
    context = {
        "urgency": of,
        "slug": urgency,
        "forms": forms,
        "may_add": len(forms) < rules.MAX_RUNGS,
        "wrong": [form.number for form in forms if form.is_bound and (form.errors or form.sentence)],
        "is_refused": do == "save",
        "preview": _preview(of, rungs, timezone.localtime()) if rungs else None,
        "has_own": WardLadder.objects.filter(ward=ward, urgency=of).exists(),
        "defaults": [wording.sentence(rung) for rung in rules.DEFAULTS[of]],
    }
    return render(request, "notices/ladders/edit.html#preview" if is_part else "notices/ladders/edit.html", context)


def _slug(urgency: Urgency) -> str:
    return urgency.value.lower().replace("_", "-")


def _steps(rungs: rules.Rungs) -> list[dict[str, str]]:
    """When each step is due, and the rest of its sentence."""
    found = []
    for rung in rungs:
        when = wording.moment_words(rung)
        found.append({"when": when, "what": wording.sentence(rung).removeprefix(when).lstrip(":, ")})
    return found


def _unbound(rows: list[dict[str, Any]]) -> list[RungForm]:
    return [RungForm(initial=row, number=number) for number, row in enumerate(rows, start=1)]


def _with_one_more(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    if len(rows) >= rules.MAX_RUNGS:
        return rows
    return [*rows, {"amount": "", "when": "after-hours", "every": "", "channels": [], "mode": rules.FIRST}]


def _without(rows: list[dict[str, Any]], number: str) -> list[dict[str, Any]]:
    """The rows without one of them. The first stays: it is the sending itself."""
    return [row for n, row in enumerate(rows, start=1) if str(n) != number or n == 1]


def _preview(urgency: Urgency, rungs: rules.Rungs, now: datetime) -> dict[str, Any]:
    """The moments of these steps for a notice of this morning, to be confirmed by tomorrow afternoon."""
    at = datetime.combine(now.date(), SENT_AT, now.tzinfo)
    deadline = datetime.combine(now.date() + timedelta(days=1), DEADLINE, now.tzinfo)
    notice = Notice(urgency=urgency, confirm_by=deadline)
    return {"at": at, "deadline": deadline, "steps": [
        {"at": step.due_at, "is_passed": step.is_passed, "words": _what(step.rung), "every": _every(step.rung)}
        for step in timetable.plan(notice, at, rungs)
    ]}  # fmt: skip


def _what(rung: dict[str, Any]) -> str:
    return wording.channels_words(rung["channels"], rung["mode"])


def _every(rung: dict[str, Any]) -> str:
    every = rung.get("every_minutes", 0)
    return wording.duration(every) if every else ""
