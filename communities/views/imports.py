"""Uploading a household list, seeing what it would change, and writing it."""

from typing import Any, cast

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models.fields.json import KT
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from communities import access, imports, plan, tasks
from communities.forms import ImportForm
from communities.models import HouseholdImport, User
from communities.views.households import own_villages

STOP_POLLING = 286  # htmx stops asking when it gets this
SHORT, LONG = 10, 50
SECTIONS = ("changed", "new", "problems", "missing")
Status = HouseholdImport.Status


@require_http_methods(["GET", "POST"])
@login_required
def import_new(request: HttpRequest) -> HttpResponse:
    """Choose a file and its village. The file is kept first and read afterwards, so that nothing is lost."""
    user = _keeper(request)
    if request.method == "GET":
        return render(request, "communities/import_new.html", {"form": ImportForm(user=user), "recent": _recent(user)})
    form = ImportForm(request.POST, request.FILES, user=user)
    if not form.is_valid():
        return render(request, "communities/import_new.html", {"form": form, "recent": _recent(user)})
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
def import_detail(request: HttpRequest, import_id: int) -> HttpResponse:
    """What the file would change, or has changed; while a worker has it, how far it is."""
    user = _keeper(request)
    row = access.get_import(user, import_id)
    chosen = request.GET.get("xem", "")
    chosen = chosen if chosen in SECTIONS else ""
    is_moving = row.status in (Status.READING, Status.APPLYING)
    counts = row.plan.get("counts", {})
    context: dict[str, Any] = {
        "import": row,
        "is_moving": is_moving,
        "refusal": plan.refusal_of(row) if row.status == Status.REFUSED else "",
        "counts": counts,
        "writes": counts.get("new", 0) + counts.get("changed", 0),
        "chosen": chosen,
        "is_empty": bool(chosen) and not counts.get(chosen),
        "sections": {} if is_moving else {name: _section(request, row, name, chosen) for name in SECTIONS},
        "by_field": [
            (words, n) for name, words in plan.FIELD_WORDS.items() if (n := row.plan.get("by_field", {}).get(name))
        ],
        "sensitive": [header for header, is_sensitive in row.plan.get("left_out", {}).items() if is_sensitive],
        "unused": [header for header, is_sensitive in row.plan.get("left_out", {}).items() if not is_sensitive],
        "shows_phones": row.village_id in own_villages(user),
    }
    if not request.htmx:  # type: ignore[attr-defined]
        return render(request, "communities/import.html", context)
    status = 200 if is_moving else STOP_POLLING
    return render(request, "communities/import.html#import", {**context, "is_fragment": True}, status=status)


@require_POST
@login_required
def import_apply(request: HttpRequest, import_id: int) -> HttpResponse:
    """Write what the preview showed. Pressing twice writes once."""
    row = access.get_import(_keeper(request), import_id)
    if imports.start(import_id=row.pk, at=timezone.now()):
        tasks.apply_import.delay_on_commit(import_id=row.pk)
    return redirect("import_detail", row.pk)


def _keeper(request: HttpRequest) -> User:
    user = cast(User, request.user)
    access.require(user, *access.KEEPERS)
    return user


def _recent(user: User) -> Any:
    rows = HouseholdImport.objects.for_user(user, access.KEEPERS).defer("content", "plan")
    rows = rows.annotate(new=KT("plan__counts__new"), changed=KT("plan__counts__changed"))
    return rows.select_related("village", "created_by").order_by("-created_at", "-pk")[:8]


def _section(request: HttpRequest, row: HouseholdImport, name: str, chosen: str) -> dict[str, Any]:
    """The rows of one kind: the first few, or a page of them when this kind was asked for."""
    rows = row.plan.get(name, [])
    if chosen and chosen != name:
        return {"rows": [], "more": 0}
    page = Paginator(rows, LONG if chosen else SHORT).get_page(request.GET.get("page") if chosen else 1)
    shown = list(page.object_list)
    if name == "changed":
        shown = [{**one, "fields": [_worded(told) for told in one["fields"]]} for one in shown]
    elif name == "problems":
        shown = [{**one, "why": plan.explain(one)} for one in shown]
    number = row.plan.get("counts", {}).get(name, 0)
    return {
        "rows": shown,
        "page": page if chosen else None,
        "more": 0 if chosen else number - len(shown),
        "untold": number - len(rows) if chosen and not page.has_next() else 0,
    }


def _worded(told: dict[str, Any]) -> dict[str, Any]:
    return {**told, "label": plan.FIELD_WORDS[told["field"]]}
