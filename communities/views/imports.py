"""Uploading a household list, talking about it until it is right, writing it, and taking it back."""

import re
from pathlib import Path
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.db.models import BooleanField, ExpressionWrapper, F, Q
from django.db.models.fields.json import KT
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_cache_control
from django.utils.http import content_disposition_header, urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from communities import access, imports, names, tasks
from communities.forms import ImportForm
from communities.lists import errorbook, rights
from communities.models import HouseholdImport, User
from communities.requests import StaffRequest
from communities.views import import_parts as parts
from communities.views.import_page import page_of

STOP_POLLING = 286  # htmx stops asking when it gets this
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MAX_CELL = 500  # characters of a corrected cell
Status = HouseholdImport.Status
Cells = dict[str, dict[str, dict[str, str]]]  # sheet → Excel row → letter → text


@require_http_methods(["GET", "POST"])
@login_required
def import_new(request: StaffRequest) -> HttpResponse:
    """Choose a file and its village. The file is kept first and read afterwards, so that nothing is lost."""
    user = _keeper(request)
    if request.method == "GET":
        return render(request, "communities/import/new.html", _new(ImportForm(user=user), user))
    form = ImportForm(request.POST, request.FILES, user=user)
    if not form.is_valid():
        return render(request, "communities/import/new.html", _new(form, user))
    file, village = form.cleaned_data["file"], form.cleaned_data["village"]
    row = HouseholdImport.objects.create(
        ward=village.ward if village else access.get_ward(user),
        village=village,
        filename=file.name,
        content=file.read(),
        created_by=user,
    )
    tasks.read_import.delay_on_commit(import_id=row.pk)
    return redirect("import_detail", row.pk)


@require_GET
@login_required
def import_detail(request: StaffRequest, import_id: int) -> HttpResponse:
    """Where the list stands: what has to be decided, what it would change or has changed, how far a worker is.

    A page that is being looked at asks with `seen` whether it still holds: 204, or a bar that says it does not.
    """
    user = _keeper(request)
    row = access.get_import(user, import_id)
    if request.htmx and (seen := request.GET.get("seen")):
        if seen == parts.seen_as(row):
            return HttpResponse(status=204)
        return render(request, "communities/import/_moved.html", {"import": row}, status=STOP_POLLING)
    page = page_of(row, user, parts.Asked.of(request.GET))
    context = page.context(row)
    if not request.htmx:
        return render(request, "communities/import/page.html", context)
    status = 200 if page.is_moving else STOP_POLLING
    answer = render(request, "communities/import/page.html#import", {**context, "is_fragment": True}, status=status)
    patch_cache_control(answer, no_store=True)  # going back to this address must find the page, not a part of it
    return answer


@require_POST
@login_required
def import_decide(request: StaffRequest, import_id: int) -> HttpResponse:
    """Take what a person decided on the page — how to read it, columns, letters, villages, cells — and read the file
    again."""
    user = _keeper(request)
    row = access.get_import(user, import_id)
    if "forget_layout" in request.POST or "start_over" in request.POST:
        imports.forget_layout(import_id=row.pk, by=user, at=timezone.now())
    decided = _decisions(request, row, user)
    gone = _moved_away(request.POST, row, user)
    if gone is not None:
        imports.mark_moved_away(import_id=row.pk, household_ids=gone)
    if decided:
        _decide(request, row, decided)
    elif "forget_layout" in request.POST:
        tasks.read_import.delay_on_commit(import_id=row.pk)
    elif gone is not None:
        said = (
            _("Đã nhớ %(n)s hộ chuyển đi. Sẽ đánh dấu khi ghi.") if gone else _("Không còn hộ nào đánh dấu chuyển đi.")
        )
        messages.success(request, said % {"n": len(gone)})
    elif "accept" not in request.POST:
        messages.info(request, _("Chưa có chỗ nào được sửa."))
    return _back(request, row)


@require_POST
@login_required
def import_apply(request: StaffRequest, import_id: int) -> HttpResponse:
    """Write what the page showed, and only that. Pressing twice writes once; corrections still on it come first."""
    user = _keeper(request)
    row = access.get_import(user, import_id)
    if row.status == Status.READY and (decided := _decisions(request, row, user)):
        if _decide(request, row, decided):
            messages.info(request, _("Đã nhận các chỗ vừa sửa và đọc lại tệp. Hãy xem lại rồi ghi."))
        return _back(request, row)
    with transaction.atomic():
        held = HouseholdImport.objects.select_for_update().defer("content", "plan").get(pk=row.pk)
        is_as_seen = request.POST.get("seen") == parts.seen_as(held)
        if is_as_seen and (said := _beyond(row, user)):
            messages.error(request, said)
        elif is_as_seen:
            gone = _moved_away(request.POST, row, user)
            if gone is not None:
                imports.mark_moved_away(import_id=row.pk, household_ids=gone)
            if imports.start(import_id=row.pk, by=user, at=timezone.now()):
                tasks.apply_import.delay_on_commit(import_id=row.pk)
    if not is_as_seen and held.status in (Status.READING, Status.READY, Status.REFUSED):
        messages.warning(request, _("Chưa ghi gì: danh sách này vừa được đọc lại. Hãy xem rồi ghi."))
    return redirect("import_detail", row.pk)


@require_POST
@login_required
def import_undo(request: StaffRequest, import_id: int) -> HttpResponse:
    """Take back what an import wrote, except what people edited since."""
    user = _keeper(request)
    row = access.get_import(user, import_id)
    if imports.start_undo(import_id=row.pk, by=user, at=timezone.now()):
        tasks.undo_import.delay_on_commit(import_id=row.pk)
    elif row.status == Status.APPLIED and not rights.may_undo(row, user):
        messages.error(request, _("Chưa hoàn tác: việc này do trưởng thôn hoặc cán bộ xã phụ trách các hộ đó làm."))
    elif row.status == Status.APPLIED:
        messages.warning(request, _("Đã quá 30 ngày nên không hoàn tác được nữa. Hãy sửa từng hộ trong danh sách hộ."))
    return redirect("import_detail", row.pk)


@require_GET
@login_required
def import_problems(request: StaffRequest, import_id: int) -> HttpResponse:
    """The rows that need a hand as a workbook: the file's own rows, and a column that says what is wrong."""
    user = _keeper(request)
    row = access.get_import(user, import_id)
    if not row.plan.get("kinds"):
        messages.info(request, _("Tệp này không có dòng nào cần sửa."))
        return redirect("import_detail", row.pk)
    filename = _("%(file)s - dòng cần sửa.xlsx") % {"file": Path(row.filename).stem[:150]}
    disposition = content_disposition_header(as_attachment=True, filename=filename)
    answer = HttpResponse(errorbook.make(row, hides=row.created_by_id != user.pk), content_type=XLSX)
    answer.headers["Content-Disposition"] = disposition or "attachment"
    return answer


def _beyond(row: HouseholdImport, user: User) -> str:
    """Why the user may not write the list as others have decided it, "" when they may."""
    sentences = {
        "MARKS": _("Chưa ghi gì: có hộ được đánh dấu chuyển đi, nên trưởng thôn hoặc cán bộ xã phải bấm ghi."),
        "VILLAGES": _("Chưa ghi gì: danh sách này tạo thôn mới, nên người quản trị của xã phải bấm ghi."),
    }
    return sentences.get(rights.beyond(row, user), "")


# --- who and where ------------------------------------------------------------------------------------


def _keeper(request: StaffRequest) -> User:
    user = request.user
    access.require(user, *access.KEEPERS)
    return user


def _new(form: ImportForm, user: User) -> dict[str, Any]:
    return {"form": form, "recent": _recent(user), "now": timezone.now()}


def _recent(user: User) -> list[HouseholdImport]:
    """The last uploads, each with what it wrote and until when it may be taken back."""
    rows = HouseholdImport.objects.for_user(user, access.KEEPERS).defer("content", "plan", "undo", "choices")
    ours = Q(pk__in=HouseholdImport.objects.for_user(user, access.DECIDERS).values("pk"))
    ours |= Q(created_by=user, applied_by=user)
    rows = rows.annotate(
        new=KT("plan__counts__new"),
        changed=KT("plan__counts__changed"),
        is_undoable=ExpressionWrapper(Q(status=Status.APPLIED) & ~Q(undo={}) & ours, BooleanField()),
        until=F("applied_at") + imports.UNDO_TIME,
    )
    return list(rows.select_related("village", "created_by").order_by("-created_at", "-pk")[:8])


def _back(request: StaffRequest, row: HouseholdImport) -> HttpResponse:
    """The page again, at the place where the person was."""
    place = {key: request.POST[key] for key in ("xem", "loai", "page") if request.POST.get(key)}
    anchor = request.POST.get("at", "")
    anchor = anchor if re.fullmatch(r"[a-z][a-zA-Z_-]{0,40}", anchor) else ""
    if anchor == "columns":
        place = {"mo": "cot"}
    address = reverse("import_detail", args=[row.pk])
    return redirect(address + (f"?{urlencode(place)}" if place else "") + (f"#{anchor}" if anchor else ""))


# --- what a person decided ----------------------------------------------------------------------------


def _decide(request: StaffRequest, row: HouseholdImport, decided: dict[str, Any]) -> bool:
    """Store decisions beside those that stand (an empty dict drops them), and have the file read again."""
    with transaction.atomic():  # two people may decide at once: neither loses what the other said
        held = HouseholdImport.objects.select_for_update().defer("content", "undo").get(pk=row.pk)
        choices = dict(decided)
        if decided.get("fields") or decided.get("answers"):  # remembered together, as the layout of such a list
            chosen = {one["key"]: one["field"] for one in held.plan.get("columns", []) if one["by"] == "CHOSEN"}
            choices["fields"] = chosen | held.choices.get("fields", {}) | decided.get("fields", {})
            answered = held.plan.get("answers", {}) | held.choices.get("answers", {})
            choices["answers"] = answered | decided.get("answers", {})
        if decided.get("villages"):
            choices["villages"] = held.choices.get("villages", {}) | decided["villages"]
        if decided.get("cells"):
            choices["cells"] = _with_cells(held.choices.get("cells", {}), decided["cells"])
        if set(choices) == {"cells"} and held.choices.get("accepted"):
            choices["accepted"] = True  # a corrected cell moves no column: the number typed still stands
        by = request.user
        is_taken = imports.decide(import_id=row.pk, choices=choices, by=by, at=timezone.now())
    if is_taken:
        tasks.read_import.delay_on_commit(import_id=row.pk)
    else:
        messages.error(request, _("Chỗ vừa sửa không được nhận: danh sách này vừa được ghi ở nơi khác."))
    return is_taken


def _with_cells(before: Cells, corrected: Cells) -> Cells:
    cells = {sheet: {number: dict(texts) for number, texts in rows.items()} for sheet, rows in before.items()}
    for sheet, rows in corrected.items():
        for number, texts in rows.items():
            cells.setdefault(sheet, {}).setdefault(number, {}).update(texts)
    return cells


def _decisions(request: StaffRequest, row: HouseholdImport, user: User) -> dict[str, Any]:
    """What differs from what the page showed, as choices of the import."""
    post = request.POST
    if "start_over" in post:
        return {"fields": {}, "answers": {}, "cells": {}, "villages": {}, "encoding": "", "by": []}
    decided: dict[str, Any] = {"cells": {}} if "drop_cells" in post else {}
    if answers := _answers(post, row):
        decided["answers"] = answers
    if fields := _fields(post, row):
        decided["fields"] = fields
    if cells := _cells(post, row):
        decided["cells"] = cells
    if chosen := _villages(post, row, user):
        decided["villages"] = chosen
    if post.get("encoding") in {"UNICODE", "TCVN3", "VNI"}:
        decided["encoding"] = post["encoding"]
    elif post.get("encoding") == "ASK":
        decided["encoding"] = ""
    if "accept" in post and (alarm := row.plan.get("alarm")):
        if re.sub(r"\D", "", post["accept"]) == str(alarm["changed"]):
            decided["accepted"] = True
        else:
            messages.error(request, _("Con số chưa đúng: cần gõ %(n)s. Chưa ghi gì.") % {"n": alarm["changed"]})
    return decided


def _answers(post: QueryDict, row: HouseholdImport) -> dict[str, str]:
    """The answer to a question the file leaves open, or "" where somebody takes an earlier one back."""
    kind, _colon, answer = post.get("answer", "").partition(":")
    for asked in row.plan.get("questions", []):
        if asked["kind"] == kind and answer in {one["answer"] for one in asked["options"]}:
            return {kind: answer}
    again = post.get("ask", "")
    return {again: ""} if again in row.plan.get("answers", {}) else {}


def _fields(post: QueryDict, row: HouseholdImport) -> dict[str, str]:
    """Columns a person has said something else about. What is never stored cannot be chosen."""
    told = {column["key"]: column for column in parts.columns(row)["all"] if "shown" in column}
    asked = zip(post.getlist("column"), post.getlist("field"), strict=False)
    allowed = {*parts.FIELDS, *parts.HALVES}
    return {key: field for key, field in asked if key in told and field in allowed and field != told[key]["shown"]}


def _cells(post: QueryDict, row: HouseholdImport) -> Cells:
    """Cells whose text was changed."""
    sheets = {sheet["name"] for sheet in row.plan.get("sheets", [])}
    lists = [post.getlist(name) for name in ("sheet", "row", "letter", "was", "text")]
    cells: Cells = {}
    for sheet, number, letter, was, text in zip(*lists, strict=False):
        is_cell = sheet in sheets and re.fullmatch(r"[1-9]\d{0,6}", number) and re.fullmatch(r"[A-Z]{1,3}", letter)
        if is_cell and text.strip() != was.strip():
            cells.setdefault(sheet, {}).setdefault(number, {})[letter] = names.clean(text)[:MAX_CELL]
    return cells


def _villages(post: QueryDict, row: HouseholdImport, user: User) -> dict[str, Any]:
    """What is decided about the villages nobody knows. Only a ward's administrator may create one."""
    asked = dict(zip(post.getlist("named"), post.getlist("village"), strict=False))
    told = {one["key"]: str(one["decision"]) for one in row.plan.get("villages", [])}
    changed = {key: said for key, said in asked.items() if key in told and said != told[key]}
    if not changed:
        return {}
    known = {str(pk) for pk, _name in parts.village_options(row, user)}
    may_create = "NEW" in changed.values() and rights.may_create(row, user)
    decided: dict[str, Any] = {}
    for key, said in changed.items():
        if said in known:
            decided[key] = int(said)
        elif said in {"", "SKIP"} or (said == "NEW" and may_create):
            decided[key] = said
    return decided


def _moved_away(post: QueryDict, row: HouseholdImport, user: User) -> set[int] | None:
    """Households marked as moved away, with those of other pages. None: the page said nothing new about it, or the
    user may not decide that a household is gone."""
    if "shown" not in post or not rights.may_mark(row, user):
        return None
    missing = {str(one["id"]): one["id"] for one in row.plan.get("missing", [])}
    shown = {missing[one] for one in post.getlist("shown") if one in missing}
    checked = {missing[one] for one in post.getlist("gone") if one in missing}
    before = set(row.choices.get("moved_away", []))
    after = (before - shown) | (checked & shown)
    return after if after != before else None
