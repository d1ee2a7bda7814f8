"""Writing a notice, having it approved, and the list of all of them."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db import IntegrityError, transaction
from django.db.models import Count, Prefetch
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from communities import access
from communities.models import OFFICIALS, User, Village, Ward
from communities.requests import StaffRequest
from notices import tasks
from notices.access import get_notice
from notices.ladder import timetable
from notices.models import CODE_ALPHABET, Notice, Refused, Urgency, new_code
from notices.progress import counting, plans
from notices.publishing import lifecycle
from notices.views.desk.previews import preview_of, preview_of_form
from notices.writing import plain
from notices.writing.forms import NoticeForm, ReturnForm

PAGE_SIZE = 20
Status = Notice.Status
#: The filters of the list: key in the address, words, states.
STATES: dict[str, tuple[Any, tuple[str, ...]]] = {
    "": (gettext_lazy("Tất cả"), tuple(Status.values)),
    "dang-dien-ra": (gettext_lazy("Đang diễn ra"), (Status.PUBLISHED,)),
    "cho-duyet": (gettext_lazy("Chờ duyệt"), (Status.SUBMITTED,)),
    "tra-lai": (gettext_lazy("Trả lại để sửa"), (Status.RETURNED,)),
    "ban-nhap": (gettext_lazy("Bản nháp"), (Status.DRAFT,)),
    "da-xong": (gettext_lazy("Đã kết thúc, thu hồi"), (Status.CLOSED, Status.WITHDRAWN)),
}


# --- the list -----------------------------------------------------------------------------------------


@require_GET
@login_required
def notices(request: StaffRequest) -> HttpResponse:
    """All notices of the ward, newest first, by state."""
    user = _official(request)
    key = request.GET.get("trang-thai", "")
    key = key if key in STATES else ""
    visible = Notice.objects.visible_to(user)
    by_status = dict(visible.order_by().values_list("status").annotate(Count("pk")))
    chosen = (
        visible.filter(status__in=STATES[key][1])
        .select_related("created_by")
        .prefetch_related(Prefetch("villages", Village.objects.in_order()))
        .order_by("-updated_at", "-pk")
    )
    page = Paginator(chosen, PAGE_SIZE).get_page(request.GET.get("page"))
    counts = counting.for_notices([row for row in page if row.published_at])
    return render(
        request,
        "notices/list.html",
        {
            "page": page,
            "rows": [(row, counts.get(row.pk)) for row in page],
            "filters": [
                {"key": k, "label": label, "number": sum(by_status.get(s, 0) for s in states), "is_on": k == key}
                for k, (label, states) in STATES.items()
            ],
            "state": key,
            "query": urlencode({"trang-thai": key}) if key else "",
            "total": sum(by_status.values()),
        },
    )


# --- writing ------------------------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
@login_required
def notice_new(request: StaffRequest) -> HttpResponse:
    """Write a notice."""
    user = _official(request)
    notice = Notice(ward=_writing_ward(user), created_by=user)
    if _is_code(code := request.POST.get("code", "")):
        # The page carries the code its notice will have, so that a double click writes one notice.
        notice.code = code
        written = Notice.objects.visible_to(user).filter(code=code, created_by=user).first()
        if written is not None:
            return notice_edit(request, written.pk)
    return _compose(request, notice)


@require_http_methods(["GET", "POST"])
@login_required
def notice_edit(request: StaffRequest, notice_id: int) -> HttpResponse:
    """Change a draft, or one that came back."""
    notice = get_notice(_official(request), notice_id)
    if not lifecycle.may_write(request.user, notice.ward):
        raise PermissionDenied
    if not notice.is_editable:
        messages.warning(request, _("Thông báo này đã trình hoặc đã gửi nên không sửa được nữa."))
        return redirect("notice", notice.pk)
    return _compose(request, notice)


def _compose(request: StaffRequest, notice: Notice) -> HttpResponse:
    """The page of the text: shows it, saves it, or hands it to the approver."""
    ward = notice.ward
    if request.method == "GET":
        return _compose_page(request, notice, NoticeForm(instance=notice, ward=ward))
    if "unaccent" in request.POST:
        return _compose_page(request, notice, _without_marks(request, ward, notice))
    is_final = "submit" in request.POST
    form = NoticeForm(request.POST, instance=notice, ward=ward, is_final=is_final)
    if not form.is_valid():
        return _compose_page(request, notice, form)
    try:
        saved = _save(form, request.user)
    except IntegrityError:  # the other half of a double click was faster; or somebody else has this code
        notice.code = new_code()
        written = Notice.objects.filter(code=request.POST.get("code"), created_by=request.user).first()
        if written is not None:
            return redirect("notice", written.pk)
        saved = _save(form, request.user)
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return _compose_page(request, notice, form)
    if not is_final:
        messages.success(request, _("Đã lưu bản nháp. Chưa gửi cho hộ nào."))
        return redirect("notice_edit", saved.pk)
    return _submit(request, saved)


def _save(form: NoticeForm, by: User) -> Notice:
    """Write the form, unless somebody handed the notice on in the meantime. Raises Refused then.

    Who changes the words is their author from then on: nobody publishes what they wrote themselves.
    """
    with transaction.atomic():
        notice: Notice = form.save(commit=False)
        if notice.pk is None:
            notice.save()
        else:
            current = Notice.objects.select_for_update().get(pk=notice.pk)
            if not current.is_editable:
                raise Refused(
                    _("Người khác vừa trình thông báo này, nên phần ông/bà sửa chưa được ghi. Chép lại nếu cần.")
                )
            if form.has_changed():
                notice.created_by = by
            written = [name for name in form.Meta.fields if name != "villages"]
            notice.save(update_fields=[*written, "created_by", "updated_at"])
        form.save_m2m()
    return notice


def _submit(request: StaffRequest, notice: Notice) -> HttpResponse:
    try:
        lifecycle.submit(notice=notice, by=request.user, at=timezone.now())
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("notice_edit" if notice.is_editable else "notice", notice.pk)
    messages.success(request, _("Đã trình duyệt. Chưa gửi cho hộ nào, đến khi một người khác duyệt."))
    return redirect("notice", notice.pk)


def _is_code(text: str) -> bool:
    return len(text) == 6 and set(text) <= set(CODE_ALPHABET)


def _without_marks(request: StaffRequest, ward: Ward, notice: Notice) -> NoticeForm:
    """The form as typed, its SMS rewritten in the cheap alphabet. Nothing is saved or complained about."""
    data = request.POST.copy()
    data["sms_text"] = plain.unaccent(data.get("sms_text", ""))
    form = NoticeForm(data, instance=notice, ward=ward)
    form.errors.clear()
    return form


def _compose_page(request: StaffRequest, notice: Notice, form: NoticeForm) -> HttpResponse:
    context = {"form": form, "notice": notice, "urgencies": list(Urgency), "preview": preview_of_form(form, notice)}
    return render(request, "notices/writing/compose.html", context)


@require_POST
@login_required
def notice_preview(request: StaffRequest) -> HttpResponse:
    """What households would see of the text as typed so far, and how many they are. Saves nothing."""
    ward = _writing_ward(_official(request))
    notice = Notice(ward=ward, created_by=request.user)
    if _is_code(code := request.POST.get("code", "")):
        notice.code = code
    form = NoticeForm(request.POST, instance=notice, ward=ward)
    preview = preview_of_form(form, notice)
    is_news = request.POST.get("heard") != str(preview.audience.households)
    return render(request, "notices/writing/compose.html#live", {"preview": preview, "form": form, "is_news": is_news})


@require_POST
@login_required
def notice_submit(request: StaffRequest, notice_id: int) -> HttpResponse:
    """Hand a saved draft to the approver."""
    return _submit(request, get_notice(_official(request), notice_id))


# --- approving ----------------------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
@login_required
def notice_approve(request: StaffRequest, notice_id: int) -> HttpResponse:
    """Read it as households will, then publish it."""
    notice = get_notice(_official(request), notice_id)
    if request.method == "POST":
        return _publish(request, notice)
    if notice.status != Status.SUBMITTED:
        return redirect("notice", notice.pk)
    return _approve_page(request, notice, ReturnForm())


def _publish(request: StaffRequest, notice: Notice) -> HttpResponse:
    user = request.user
    if notice.published_by_id == user.pk:
        # The second half of a double click, or the page sent again.
        messages.info(request, _("Thông báo đã gửi từ lần bấm trước. Lần bấm này không gửi thêm."))
        return redirect("notice", notice.pk)
    try:
        as_read, at = request.POST.get("as_read", ""), timezone.now()
        lifecycle.publish(notice=notice, by=user, at=at, as_read=as_read)
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("notice_approve" if notice.status == Status.SUBMITTED else "notice", notice.pk)
    tasks.fan_out.delay_on_commit(notice_id=notice.pk)
    begins = plans.begins_words(notice, timetable.begins_at(notice, at), at)
    begins = begins or _("Tin đang được gửi đi, con số dưới đây tự tăng.")
    messages.success(request, _("Đã duyệt. %(begins)s") % {"begins": begins})
    return redirect("notice", notice.pk)


@require_http_methods(["GET", "POST"])
@login_required
def notice_return(request: StaffRequest, notice_id: int) -> HttpResponse:
    """Send it back to its author, with the reason. A reload after a missing reason shows the page again."""
    notice = get_notice(_official(request), notice_id)
    if request.method == "GET":
        return redirect("notice_approve", notice.pk)
    form = ReturnForm(request.POST)
    if not form.is_valid() and notice.status == Status.SUBMITTED and lifecycle.may_approve(request.user, notice):
        return _approve_page(request, notice, form)
    reason = form.cleaned_data.get("reason", "")
    try:
        lifecycle.send_back(notice=notice, by=request.user, reason=reason, at=timezone.now())
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("notice", notice.pk)
    messages.success(request, _("Đã trả lại. %(name)s sẽ đọc đúng câu ông/bà viết.") % {"name": notice.created_by})
    return redirect("notice", notice.pk)


def _approve_page(request: StaffRequest, notice: Notice, form: ReturnForm) -> HttpResponse:
    context = {"form": form, **_reading(request, notice)}
    return render(request, "notices/writing/approve.html", context)


# --- before it is published ---------------------------------------------------------------------------


def render_state(request: StaffRequest, notice: Notice) -> HttpResponse:
    """The page of a notice that is not published yet: where it stands, and the next step."""
    context = _reading(request, notice)
    if notice.status == Status.SUBMITTED:
        context["approvers"] = _approvers(notice)
    return render(request, "notices/writing/state.html", context)


def _reading(request: StaffRequest, notice: Notice) -> dict[str, Any]:
    """What a page that shows a whole unpublished notice needs."""
    user = request.user
    # Also a village that was closed since: its households are told, so they are counted and named.
    villages = list(notice.villages.order_by("position", "name_key", "pk"))
    return {
        "notice": notice,
        "villages": villages,
        "is_whole_ward": len(villages) > 1 and len(villages) == notice.ward.villages.filter(is_active=True).count(),
        "preview": preview_of(notice, [row.pk for row in villages]),
        "may_edit": lifecycle.may_edit(user, notice),
        "may_approve": lifecycle.may_approve(user, notice),
        "version": lifecycle.version(notice),
        "is_author": notice.created_by_id == user.pk,
    }


def _approvers(notice: Notice) -> list[str]:
    """Names of those who may publish it, for whoever waits."""
    rows = User.objects.filter(
        memberships__ward=notice.ward, memberships__role__in=lifecycle.APPROVERS, is_active=True
    ).exclude(pk=notice.created_by_id)
    return [str(row) for row in rows.distinct().order_by("full_name", "pk")[:5]]


# --- who is asking ------------------------------------------------------------------------------------


def _official(request: StaffRequest) -> User:
    """The official at work. Village heads have their own pages."""
    user = request.user
    access.require(user, *OFFICIALS)
    return user


def _writing_ward(user: User) -> Ward:
    """The ward the user writes for. PermissionDenied for readers."""
    ward = Ward.objects.for_user(user, lifecycle.WRITERS).order_by("name", "pk").first()
    if ward is None:
        raise PermissionDenied
    return ward
