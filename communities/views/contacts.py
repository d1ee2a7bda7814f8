"""The contacts and the tags of one household."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from communities import access, keeping, masking
from communities.household_forms import ContactForm, TagsForm
from communities.models import Contact, Household, Tag
from communities.requests import StaffRequest


@require_http_methods(["GET", "POST"])
@login_required
def contact_new(request: StaffRequest, household_id: int) -> HttpResponse:
    """A further number."""
    user = request.user
    household = access.get_household_as(user, household_id, access.KEEPERS)
    form = ContactForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        if keeping.add_contact(household=household, by=user, at=timezone.now(), **form.written()):
            messages.success(request, _("Đã thêm số."))
            return redirect("household", household.pk)
        _say_known(form)
    return _form(request, form, household, None)


@require_http_methods(["GET", "POST"])
@login_required
def contact_edit(request: StaffRequest, contact_id: int) -> HttpResponse:
    """Correct a contact. Who sees the number masked may write another one, or leave it."""
    user = request.user
    contact = access.get_contact(user, contact_id)
    shows = contact.household.village_id in access.own_villages(user)
    form = ContactForm(request.POST or None, contact=contact, shows_phone=shows)
    if request.method == "POST" and form.is_valid():
        if keeping.edit_contact(contact=contact, **form.written()):
            messages.success(request, _("Đã lưu."))
            return redirect("household", contact.household_id)
        _say_known(form)
    return _form(request, form, contact.household, contact, shows=shows)


@require_POST
@login_required
def contact_remove(request: StaffRequest, contact_id: int) -> HttpResponse:
    """Take a number away."""
    contact = access.get_contact(request.user, contact_id)
    keeping.remove_contact(contact=contact)
    messages.success(request, _("Đã bỏ số %(phone)s.") % {"phone": masking.masked(contact.phone)})
    return redirect("household", contact.household_id)


@require_POST
@login_required
def contact_first(request: StaffRequest, contact_id: int) -> HttpResponse:
    """Make it the representative's number, the first to be written to."""
    contact = access.get_contact(request.user, contact_id)
    keeping.make_representative(contact=contact)
    messages.success(request, _("Đã đổi số đại diện."))
    return redirect("household", contact.household_id)


@require_http_methods(["GET", "POST"])
@login_required
def household_tags(request: StaffRequest, household_id: int) -> HttpResponse:
    """Which tags it carries. Circumstances only for those who were trusted with them."""
    user = request.user
    household = access.get_household_as(user, household_id, access.KEEPERS)
    is_trusted = access.sees_circumstances(user, household)
    tags = Tag.objects.filter(ward=household.ward_id).order_by("kind", "name_key", "pk")
    kinds = [(kind.value, kind.label) for kind in Tag.Kind]
    if not is_trusted:
        tags = tags.exclude(kind=Tag.Kind.CIRCUMSTANCE)
        kinds = [kind for kind in kinds if kind[0] != Tag.Kind.CIRCUMSTANCE]
    had = set(household.household_tags.values_list("tag", flat=True))
    form = TagsForm(request.POST or None, tags=tags, kinds=kinds, initial={"kind": Tag.Kind.OWN})
    if request.method == "POST" and form.is_valid() and _write_tags(form, household, tags):
        messages.success(request, _("Đã lưu nhãn."))
        return redirect("household", household.pk)
    chosen = {tag.pk for tag in form.cleaned_data.get("tags", [])} if form.is_bound else had
    groups = [
        {
            "kind": kind,
            "label": Tag.Kind(kind).label,
            "tags": [(tag, tag.pk in chosen) for tag in tags if tag.kind == kind],
        }
        for kind, _label in kinds
    ]
    return render(request, "communities/household/tags.html", {"form": form, "household": household, "groups": groups})


def _write_tags(form: TagsForm, household: Household, tags: Any) -> bool:
    wanted, among = {tag.pk for tag in form.cleaned_data["tags"]}, {tag.pk for tag in tags}
    if name := form.cleaned_data["name"]:
        kind = form.cleaned_data["kind"] or Tag.Kind.OWN
        tag = keeping.get_or_make_tag(ward_id=household.ward_id, name=name, kind=kind)
        if tag.kind == Tag.Kind.CIRCUMSTANCE and tag.pk not in among and kind != Tag.Kind.CIRCUMSTANCE:
            form.add_error("name", _("Tên này đã dùng cho một nhãn khác. Hãy chọn tên khác."))
            return False
        wanted, among = wanted | {tag.pk}, among | {tag.pk}
    keeping.set_tags(household=household, wanted=wanted, among=among)
    return True


def _form(
    request: StaffRequest, form: ContactForm, household: Household, contact: Contact | None, *, shows: bool = True
) -> HttpResponse:
    context = {"form": form, "household": household, "contact": contact, "shows_phone": shows}
    return render(request, "communities/household/contact.html", context)


def _say_known(form: ContactForm) -> None:
    form.add_error("phone", _("Hộ này đã có số này, không cần thêm."))
