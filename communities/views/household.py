"""One household: its page, its numbers, what is written of it, and where it goes."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db.models import Prefetch, Q
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from communities import access, history, keeping, masking, names
from communities.household_forms import HouseholdForm, LeaveForm, MoveForm, NewHouseholdForm
from communities.models import Contact, Disclosure, Household, User, Village
from communities.numbers import whole_number
from communities.requests import StaffRequest

CANDIDATES = 20
NEWEST = 8  # entries of the history in sight


@require_GET
@login_required
def household(request: StaffRequest, household_id: int) -> HttpResponse:
    """The household's page."""
    user = request.user
    return page(request, access.get_household(user, household_id))


def page(request: StaffRequest, row: Household, *, reveals: bool = False) -> HttpResponse:
    """The page of a household, with the numbers in full when they were just asked for."""
    user = request.user
    is_own = row.village_id in access.own_villages(user)
    shows = is_own or reveals
    keeps, decides, may_reveal = _rights(user, row)
    row = (
        Household.objects.filter(pk=row.pk)
        .select_related("village", "ward", "merged_into")
        .with_channel()
        .with_tags(user)
        .prefetch_related(Prefetch("contacts", Contact.objects.order_by("rank").select_related("created_by")))
        .get()
    )
    entries = history.of(row, user=user, phone_words=masking.full if shows else masking.masked)
    context = {
        "household": row,
        "contacts": row.contacts.all(),
        "merged": list(row.merged_households.order_by("code")),
        "shows_phones": shows,
        "is_revealed": reveals and not is_own,
        "may_reveal": may_reveal and not shows and bool(row.contacts.all()),
        "keeps": keeps,
        "decides": decides,
        "sees_circumstances": access.sees_circumstances(user, row),
        "history": entries[:NEWEST],
        "older": entries[NEWEST:],
    }
    return render(request, "communities/household/page.html", context)


@require_POST
@login_required
def household_phones(request: StaffRequest, household_id: int) -> HttpResponse:
    """The full numbers of one household, on a click that is recorded. In the list only their cell changes."""
    user = request.user
    row = access.get_household(user, household_id)
    if row.village_id not in access.own_villages(user):
        if not access.may(user, row, access.REVEALERS):
            raise PermissionDenied
        keeping.record_disclosure(
            households=Household.objects.filter(pk=row.pk), user=user, via=Disclosure.Via.SCREEN, at=timezone.now()
        )
    if request.htmx and request.htmx.target == f"so-{row.pk}":
        row = Household.objects.prefetch_related(Prefetch("contacts", Contact.objects.order_by("rank"))).get(pk=row.pk)
        context = {"row": row, "shows": True, "is_fresh": True}
        return render(request, "communities/households/page.html#revealed", context)
    return page(request, row, reveals=True)


# --- what is written of it ------------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
@login_required
def household_new(request: StaffRequest) -> HttpResponse:
    """A household by hand."""
    user = request.user
    access.require(user, *access.KEEPERS)
    villages = Village.objects.for_user(user, access.KEEPERS).in_order()
    form = NewHouseholdForm(request.POST or None, villages=villages, initial={"village": request.GET.get("thon")})
    if request.method == "POST" and form.is_valid():
        try:
            made = keeping.add(by=user, at=timezone.now(), **form.cleaned_data)
        except keeping.CodeTaken:
            _say_taken(form)
        else:
            messages.success(request, _("Đã thêm hộ %(name)s, mã %(code)s.") % _words(made))
            return redirect("household", made.pk)
    return render(request, "communities/household/form.html", {"form": form, "household": None})


@require_http_methods(["GET", "POST"])
@login_required
def household_edit(request: StaffRequest, household_id: int) -> HttpResponse:
    """Correct what is written. What somebody else changed meanwhile is shown, not overwritten."""
    user = request.user
    row = access.get_household_as(user, household_id, access.KEEPERS)
    initial = {name: getattr(row, name) for name in keeping.WRITTEN}
    form = HouseholdForm(request.POST or None, initial=initial)
    context: dict[str, Any] = {"form": form, "household": row, "at": row.updated_at.isoformat(), "now": []}
    if request.method == "POST":
        seen_at = _moment(request.POST.get("at", "")) or row.updated_at
        if not form.is_valid():
            context["at"] = seen_at.isoformat()
            return render(request, "communities/household/form.html", context)
        try:
            is_new = keeping.edit(household_id=row.pk, seen_at=seen_at, **form.cleaned_data)
        except keeping.CodeTaken:
            _say_taken(form)
        except keeping.Overtaken:
            context["now"] = [
                (history.FIELDS[name], value or "")
                for name, value in initial.items()
                if value != form.cleaned_data[name]
            ]
            context["is_overtaken"] = True
        else:
            messages.success(request, _("Đã lưu.") if is_new else _("Không có gì thay đổi."))
            return redirect("household", row.pk)
    return render(request, "communities/household/form.html", context)


# --- where it goes --------------------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
@login_required
def household_move(request: StaffRequest, household_id: int) -> HttpResponse:
    """Into another village the user decides for."""
    user = request.user
    row = access.get_household_as(user, household_id, access.DECIDERS)
    villages = Village.objects.for_user(user, access.DECIDERS).in_order().filter(ward=row.ward_id)
    form = MoveForm(request.POST or None, villages=villages.exclude(pk=row.village_id))
    if request.method == "POST" and form.is_valid():
        village = form.cleaned_data["village"]
        keeping.move(household_id=row.pk, village=village, lane=form.cleaned_data["lane"])
        messages.success(request, _("Đã chuyển hộ %(name)s đến %(village)s.") % {**_words(row), "village": village})
        return redirect("household", row.pk)
    return render(request, "communities/household/move.html", {"form": form, "household": row})


@require_http_methods(["GET", "POST"])
@login_required
def household_leave(request: StaffRequest, household_id: int) -> HttpResponse:
    """Mark as gone, with a reason."""
    user = request.user
    row = access.get_household_as(user, household_id, access.DECIDERS)
    form = LeaveForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        if keeping.leave(household_id=row.pk, reason=form.cleaned_data["reason"]):
            messages.success(request, _("Đã ngừng theo dõi hộ %(name)s. Bấm “Đưa trở lại” nếu nhầm.") % _words(row))
        return redirect("household", row.pk)
    return render(request, "communities/household/leave.html", {"form": form, "household": row})


@require_POST
@login_required
def household_return(request: StaffRequest, household_id: int) -> HttpResponse:
    """Bring back a household that was gone or merged."""
    row = access.get_household_as(request.user, household_id, access.DECIDERS)
    if keeping.bring_back(household_id=row.pk):
        messages.success(request, _("Hộ %(name)s đã trở lại danh sách.") % _words(row))
    return redirect("household", row.pk)


@require_http_methods(["GET", "POST"])
@login_required
def household_merge(request: StaffRequest, household_id: int) -> HttpResponse:
    """Look for the other one, see both side by side, merge this one into it."""
    user = request.user
    row = access.get_household_as(user, household_id, access.DECIDERS)
    own = Household.objects.for_user(user, access.DECIDERS).filter(ward=row.ward_id, is_active=True).exclude(pk=row.pk)
    given = request.POST if request.method == "POST" else request.GET
    chosen = whole_number(given.get("vao"))
    into = None if chosen is None else _with_everything(own, user).filter(pk=chosen).first()
    if request.method == "POST":
        if into is None or not keeping.merge(household_id=row.pk, into_id=into.pk):
            messages.warning(
                request, _("Không gộp được: một trong hai hộ không còn trong danh sách. Hãy tìm lại hộ cần gộp.")
            )
            return redirect("household_merge", row.pk)
        messages.success(
            request, _("Đã gộp hộ %(other)s vào hộ %(name)s. Mở hộ đã gộp và bấm “Đưa trở lại” nếu nhầm.")
            % {"other": row.code, "name": into.head_name},
        )  # fmt: skip
        return redirect("household", into.pk)
    query = names.clean(request.GET.get("q", ""))[:100]
    found = own.search(query, user=user) if query else _likely(own, row)
    context = {
        "household": _with_everything(Household.objects.all(), user).get(pk=row.pk),
        "into": into,
        "query": query,
        "found": _with_everything(found, user).in_order()[:CANDIDATES],
        "own_villages": access.own_villages(user),
    }
    template = "communities/household/merge.html"
    answer = render(request, f"{template}#found" if request.htmx else template, context)
    patch_vary_headers(answer, ["HX-Request"])
    return answer


def _likely(others: Any, row: Household) -> Any:
    """Households that may be the same one: the same name in its village, or one of its numbers."""
    key = names.name_key(row.head_name)
    same_name = Q(village=row.village_id, search_key__contains=key) if key else Q(pk=None)
    numbers = Contact.objects.filter(phone__in=row.contacts.values("phone")).values("household")
    return others.filter(same_name | Q(pk__in=numbers))


def _with_everything(rows: Any, user: User) -> Any:
    contacts = Prefetch("contacts", Contact.objects.order_by("rank"))
    return rows.select_related("village").with_channel().with_tags(user).prefetch_related(contacts)


def _rights(user: User, row: Household) -> tuple[bool, bool, bool]:
    """Whether the user keeps, decides and may reveal, in one query."""
    roles = set(
        user.memberships.filter(
            Q(village=row.village_id) | Q(ward=row.ward_id) | Q(province=row.ward.province_id)
        ).values_list("role", flat=True)
    )
    return (
        not roles.isdisjoint(access.KEEPERS),
        not roles.isdisjoint(access.DECIDERS),
        not roles.isdisjoint(access.REVEALERS),
    )


def _words(row: Household) -> dict[str, str]:
    return {"name": row.head_name, "code": row.code}


def _moment(text: str) -> datetime | None:
    try:
        found = parse_datetime(text)
    except ValueError:
        return None
    return found if found and timezone.is_aware(found) else None


def _say_taken(form: Any) -> None:
    form.add_error("code", _("Mã này đã có hộ khác dùng. Hãy chọn mã khác."))
