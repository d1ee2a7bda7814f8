"""What an approver does with a running notice: hold it, let it go on, send again, end it, withdraw it.

Each step is a button with its own question; what the page said before it was pressed is what happens.
"""

from collections.abc import Callable

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.humanize.templatetags.humanize import intcomma
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from communities.models import User, Ward
from communities.numbers import whole_number
from communities.requests import StaffRequest
from notices import tasks
from notices.access import get_notice
from notices.models import Notice, Refused
from notices.publishing import lifecycle


@require_POST
@login_required
def pause(request: StaffRequest, notice_id: int) -> HttpResponse:
    """Hold what is queued."""

    def step(notice: Notice, user: User) -> str:
        held = lifecycle.pause(notice=notice, by=user, at=timezone.now())
        return _("Đã tạm dừng.") + _counted(
            held, ngettext("%(n)s tin chờ đến khi gửi tiếp.", "%(n)s tin chờ đến khi gửi tiếp.", held)
        )

    return _take(request, notice_id, step)


@require_POST
@login_required
def resume(request: StaffRequest, notice_id: int) -> HttpResponse:
    """Go on where it was held."""

    def step(notice: Notice, user: User) -> str:
        queued = lifecycle.resume(notice=notice, by=user, at=timezone.now())
        tasks.sweep.delay_on_commit()
        return _("Đã gửi tiếp.") + _counted(queued, ngettext("%(n)s tin đang đi.", "%(n)s tin đang đi.", queued))

    return _take(request, notice_id, step)


@require_POST
@login_required
def wake(request: StaffRequest, notice_id: int) -> HttpResponse:
    """In a demo, whoever tries it at night need not wait for the morning. An office has no such address."""
    if not settings.DEMO:
        raise Http404

    def step(notice: Notice, user: User) -> str:
        lifecycle.wake(notice=notice, by=user, at=timezone.now())
        tasks.sweep.delay_on_commit()
        return _("Đang gửi ngay, không chờ hết giờ yên lặng. Chỉ bản chạy thử làm được vậy.")

    return _take(request, notice_id, step)


@require_POST
@login_required
def resend(request: StaffRequest, notice_id: int) -> HttpResponse:
    """Once more to households not told yet. A page that did not know of the latest sending sends nothing."""
    known = whole_number(request.POST.get("after"), digits=5)
    after = -1 if known is None else known

    def step(notice: Notice, user: User) -> str:
        written = lifecycle.resend(notice=notice, by=user, at=timezone.now(), after=after)
        tasks.sweep.delay_on_commit()
        if not written:
            return _("Không có tin nào để gửi lại: hộ còn lại không có số nhận được tin, hoặc đã đủ số tin cho phép.")
        words = ngettext("Đang gửi lại %(n)s tin.", "Đang gửi lại %(n)s tin.", written)
        return words % {"n": intcomma(written)}

    return _take(request, notice_id, step)


@require_POST
@login_required
def close(request: StaffRequest, notice_id: int) -> HttpResponse:
    """End it now; its numbers stay."""

    def step(notice: Notice, user: User) -> str:
        stopped = lifecycle.close(notice=notice, by=user, at=timezone.now())
        return _("Đã kết thúc thông báo.") + _stopped(stopped)

    return _take(request, notice_id, step)


@require_POST
@login_required
def withdraw(request: StaffRequest, notice_id: int) -> HttpResponse:
    """Take it back: what was said does not hold any more."""

    def step(notice: Notice, user: User) -> str:
        stopped = lifecycle.withdraw(notice=notice, by=user, at=timezone.now())
        return _("Đã thu hồi thông báo.") + _stopped(stopped)

    return _take(request, notice_id, step)


def _take(request: StaffRequest, notice_id: int, step: Callable[[Notice, User], str]) -> HttpResponse:
    """Take the step, and say what came of it on the notice's page. Only for who may publish in this ward."""
    user = request.user
    notice = get_notice(user, notice_id)
    if not Ward.objects.for_user(user, lifecycle.APPROVERS).filter(pk=notice.ward_id).exists():
        raise PermissionDenied
    try:
        said = step(notice, user)
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, said)
    return redirect("notice", notice_id=notice.pk)


def _stopped(n: int) -> str:
    return _counted(n, ngettext("%(n)s tin chờ gửi đã dừng.", "%(n)s tin chờ gửi đã dừng.", n))


def _counted(n: int, words: str) -> str:
    """A further sentence about so many messages, or nothing when there were none."""
    return f" {words % {'n': intcomma(n)}}" if n else ""
