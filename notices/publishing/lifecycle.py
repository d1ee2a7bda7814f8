"""A notice's way from draft to household: submit, send back, publish, pause, end, withdraw.

Who may: an editor, approver or ward administrator writes and submits; an approver or ward administrator publishes what
somebody else wrote.
A step that cannot be taken raises Refused with the sentence to show, and changes nothing.
"""

from collections.abc import Collection
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models.functions import Greatest
from django.utils import timezone
from django.utils.translation import gettext as _

from communities.models import Membership, User, Ward
from notices import clock
from notices.ladder import rules, taking, timetable
from notices.models import Delivery, Notice, Rung, Urgency
from notices.models.notice import Refused
from notices.writing import audience

Role = Membership.Role
#: How long a notice stays open after its last date.
OPEN_FOR = timedelta(days=30)
WRITERS = (Role.WARD_ADMIN, Role.EDITOR, Role.APPROVER)
APPROVERS = (Role.WARD_ADMIN, Role.APPROVER)


def may_write(user: User, ward: Ward) -> bool:
    """Whether the user may write notices of the ward."""
    return Ward.objects.for_user(user, WRITERS).filter(pk=ward.pk).exists()


def may_edit(user: User, notice: Notice) -> bool:
    """Whether the user may change the notice now."""
    return notice.is_editable and may_write(user, notice.ward)


def may_approve(user: User, notice: Notice) -> bool:
    """Whether the user may publish or send back the notice now: another person than its author."""
    return (
        notice.status == Notice.Status.SUBMITTED
        and notice.created_by_id != user.pk
        and Ward.objects.for_user(user, APPROVERS).filter(pk=notice.ward_id).exists()
    )


def submit(*, notice: Notice, by: User, at: datetime) -> None:
    """Hand a finished draft to the approver."""
    if not may_write(by, notice.ward):
        raise Refused(_("Tài khoản của ông/bà không có quyền trình thông báo này."))
    _check_complete(notice, at)
    _advance(notice, Notice.Status.SUBMITTED, submitted_at=at, returned_reason="")


def send_back(*, notice: Notice, by: User, reason: str, at: datetime) -> None:
    """Return a submitted notice to its author, who reads the reason word for word."""
    _check_second_person(notice, by)
    if not reason.strip():
        raise Refused(_("Hãy viết cần sửa gì, để người soạn biết."))
    _advance(notice, Notice.Status.RETURNED, returned_reason=reason.strip()[:500])


def publish(*, notice: Notice, by: User, at: datetime, as_read: str = "", is_operator: bool = False) -> None:
    """Publish a submitted notice. Households are written by `fan_out`, which a task runs next.

    `as_read`: `version(notice)` of the words the approver had before their eyes; others are not published.
    `is_operator`: called from the command line, where the operator at the terminal is the second person.
    """
    if is_operator:
        _check_runner(notice, by, _("Tài khoản của ông/bà không có quyền duyệt thông báo của xã này."))
    else:
        _check_second_person(notice, by)
    if as_read and as_read != version(notice):
        raise Refused(_("Thông báo vừa được sửa và trình lại. Hãy đọc bản mới rồi duyệt."))
    _check_complete(notice, at)
    with transaction.atomic():
        _advance(
            notice, Notice.Status.PUBLISHED, published_by=by, published_at=at,
            ladder=rules.rungs_for(notice.urgency, notice.ward),
            stops_at=timetable.end_of_use(notice, timetable.begins_at(notice, at)),
        )  # fmt: skip
        timetable.write_rungs(notice=notice, at=at)


def version(notice: Notice) -> str:
    """Names the words as submitted: they change only through a return and a new submission."""
    return notice.submitted_at.isoformat() if notice.submitted_at else ""


def close_ended(*, at: datetime) -> int:
    """Close notices that ended OPEN_FOR ago: their links die, their numbers stay. Returns how many.

    Counted from the latest of publishing, the deadline, the event and the end of validity, so that who was away can
    still confirm.
    """
    last = Greatest("published_at", "confirm_by", "happens_at", "valid_until")  # PostgreSQL's GREATEST passes over NULL
    ended = Notice.objects.annotate(last_at=last).filter(last_at__lt=at - OPEN_FOR)
    with transaction.atomic():
        ids = list(ended.filter(status=Notice.Status.PUBLISHED).values_list("pk", flat=True))
        closed = Notice.objects.filter(pk__in=ids).advance("CLOSED", ended_at=at) if ids else 0
        if closed:
            Delivery.objects.filter(notice__in=ids).advance("CANCELLED", settled_at=at)
            _pass_waiting_rungs(ids)
    return closed


def close(*, notice: Notice, by: User, at: datetime) -> int:
    """End a running notice before its time: nothing more is sent, its numbers stay. Returns messages stopped.

    As when it ends by itself, and unlike `withdraw`: what households read was right, it is over.
    """
    _check_runner(notice, by, _("Tài khoản của ông/bà không có quyền kết thúc thông báo này."))
    return _end(notice, Notice.Status.CLOSED, at)


def withdraw(*, notice: Notice, by: User, at: datetime) -> int:
    """Stop a running notice for good: what is queued is cancelled, links show that it ended. Returns messages stopped.

    What has been handed to a provider cannot be taken back.
    """
    _check_runner(notice, by, _("Tài khoản của ông/bà không có quyền thu hồi thông báo này."))
    return _end(notice, Notice.Status.WITHDRAWN, at)


def pause(*, notice: Notice, by: User, at: datetime) -> int:
    """Hold what is queued until `resume`; links and marks go on working. Returns messages held.

    What workers hold at this moment, a hundred each at most, still goes out.
    """
    _check_runner(notice, by, _("Tài khoản của ông/bà không có quyền dừng hoặc gửi lại thông báo này."))
    with transaction.atomic():
        running = Notice.objects.filter(pk=notice.pk, status=Notice.Status.PUBLISHED, paused_at__isnull=True)
        if not running.update(paused_at=at, paused_by=by):
            raise Refused(_("Thông báo này đang tạm dừng, hoặc đã kết thúc."))
        held = notice.deliveries.filter(status="PENDING").messages().count()
        notice.deliveries.filter(status="PENDING").advance("HELD")
    return held


def resume(*, notice: Notice, by: User, at: datetime) -> int:
    """Go on with a paused send where it stood. Returns messages queued again. Reminders keep their distance."""
    _check_runner(notice, by, _("Tài khoản của ông/bà không có quyền dừng hoặc gửi lại thông báo này."))
    with transaction.atomic():
        paused = Notice.objects.filter(pk=notice.pk, status=Notice.Status.PUBLISHED, paused_at__isnull=False)
        if not paused.update(paused_at=None, paused_by=None):
            raise Refused(_("Thông báo này không tạm dừng."))
        queued = notice.deliveries.filter(status="HELD").messages().count()
        notice.deliveries.filter(status="HELD").advance("PENDING")
    return queued


def wake(*, notice: Notice, by: User, at: datetime) -> None:
    """In a demo: send now what waits for the end of these quiet hours, and what follows from it until then.

    The steps to come keep their moments. An office has no such step: people sleep.
    """
    _check_runner(notice, by, _("Tài khoản của ông/bà không có quyền dừng hoặc gửi lại thông báo này."))
    morning = clock.waking(at)
    with transaction.atomic():
        running = Notice.objects.filter(pk=notice.pk, status=Notice.Status.PUBLISHED, paused_at__isnull=True)
        if not running.update(awake_until=morning):
            raise Refused(_("Thông báo này đang tạm dừng, hoặc đã kết thúc."))
        notice.deliveries.filter(status="PENDING").update(priority=Urgency.FLASH.rank)
        first = notice.rungs.filter(number=0, status=Rung.Status.WAITING)
        first.filter(due_at__gt=at, due_at__lte=morning).update(due_at=at)


def resend(*, notice: Notice, by: User, at: datetime, after: int) -> int:
    """Send once more to the households not told yet; see taking.resend. Returns messages queued."""
    _check_runner(notice, by, _("Tài khoản của ông/bà không có quyền dừng hoặc gửi lại thông báo này."))
    written = taking.resend(notice=notice, by=by, at=at, after=after)
    if written is None:
        raise Refused(_("Chưa gửi lại: vừa có lần gửi khác, thông báo đang tạm dừng, hoặc đã quá hạn."))
    return written


def drop_expired(*, at: datetime) -> int:
    """Drop what is still queued for notices whose last useful moment has passed. Returns messages dropped."""
    late = Notice.objects.filter(status=Notice.Status.PUBLISHED, stops_at__lte=at, expired_at__isnull=True)
    dropped = 0
    for notice_id in list(late.values_list("pk", flat=True)):
        with transaction.atomic():
            dropped += Delivery.objects.filter(notice=notice_id, status__in=("PENDING", "HELD")).advance(
                "EXPIRED", settled_at=at
            )
            _pass_waiting_rungs([notice_id])
            Notice.objects.filter(pk=notice_id).update(expired_at=at)
    return dropped


def _end(notice: Notice, to: str, at: datetime) -> int:
    with transaction.atomic():
        _advance(notice, to, ended_at=at)
        stopped = notice.deliveries.filter(status__in=("PENDING", "HELD")).messages().count()
        notice.deliveries.advance("CANCELLED", settled_at=at)
        _pass_waiting_rungs([notice.pk])
    return stopped


def _pass_waiting_rungs(notice_ids: Collection[int]) -> None:
    Rung.objects.filter(notice__in=notice_ids, status=Rung.Status.WAITING).update(status=Rung.Status.PASSED)


def _check_runner(notice: Notice, by: User, else_say: str) -> None:
    if not Ward.objects.for_user(by, APPROVERS).filter(pk=notice.ward_id).exists():
        raise Refused(else_say)


def _check_second_person(notice: Notice, by: User) -> None:
    if notice.created_by_id == by.pk:
        raise Refused(_("Thông báo do chính ông/bà soạn. Cần một người khác duyệt."))
    _check_runner(notice, by, _("Tài khoản của ông/bà không có quyền duyệt thông báo này."))


def _check_complete(notice: Notice, at: datetime) -> None:
    if not notice.title.strip() or not notice.body.strip():
        raise Refused(_("Thông báo chưa có tiêu đề hoặc nội dung."))
    villages = list(notice.villages.values_list("pk", flat=True))
    if not villages:
        raise Refused(_("Chưa chọn thôn nào nhận thông báo."))
    if not audience.count(ward=notice.ward, village_ids=villages).households:
        raise Refused(_("Các thôn đã chọn chưa có hộ nào trong danh sách. Hãy nhập danh sách hộ trước."))
    if notice.confirm_by and notice.confirm_by <= at:
        raise Refused(_("Hạn chót đã qua. Hãy chọn ngày khác."))
    if notice.valid_until and notice.valid_until <= at:
        raise Refused(_("Thông báo đã hết hiệu lực. Hãy chọn ngày khác."))
    begins_at = timetable.begins_at(notice, at)
    if notice.valid_until and notice.valid_until <= begins_at:  # it would run, and tell nobody
        raise Refused(
            _("Tin chỉ bắt đầu gửi lúc %(time)s, khi thông báo đã hết hiệu lực. Hãy chọn lúc hết hiệu lực muộn hơn.")
            % {"time": timezone.localtime(begins_at).strftime("%H:%M %d/%m")}
        )


def _advance(notice: Notice, to: str, **fields: object) -> None:
    # As it was read: a notice returned, changed and submitted again in between is another one.
    as_read = Notice.objects.filter(pk=notice.pk, submitted_at=notice.submitted_at)
    if not as_read.advance(to, **fields):
        notice.refresh_from_db(fields=["status"])
        raise Refused(
            _("Người khác vừa xử lý thông báo này. Trạng thái bây giờ: %(status)s.")
            % {"status": notice.get_status_display()}
        )
    notice.refresh_from_db()
