"""Addresses of the staff: the desk's notices, the settings, and the village head's round."""

from django.urls import path

from notices.views.desk import dashboard, notices, running, today
from notices.views.settings import accounts, gateways, ladders
from notices.views.village import household, village_tasks, visits

urlpatterns = [
    path("", today.today, name="today"),
    path("thong-bao/", notices.notices, name="notices"),
    path("thong-bao/moi/", notices.notice_new, name="notice_new"),
    path("thong-bao/xem-truoc/", notices.notice_preview, name="notice_preview"),
    path("thong-bao/<int:notice_id>/", dashboard.notice, name="notice"),
    path("thong-bao/<int:notice_id>/sua/", notices.notice_edit, name="notice_edit"),
    path("thong-bao/<int:notice_id>/trinh/", notices.notice_submit, name="notice_submit"),
    path("thong-bao/<int:notice_id>/duyet/", notices.notice_approve, name="notice_approve"),
    path("thong-bao/<int:notice_id>/tra-lai/", notices.notice_return, name="notice_return"),
    path("thong-bao/<int:notice_id>/tien-do/", dashboard.progress, name="notice_progress"),
    path("thong-bao/<int:notice_id>/tam-dung/", running.pause, name="notice_pause"),
    path("thong-bao/<int:notice_id>/gui-tiep/", running.resume, name="notice_resume"),
    path("thong-bao/<int:notice_id>/gui-trong-dem/", running.wake, name="notice_wake"),
    path("thong-bao/<int:notice_id>/gui-lai/", running.resend, name="notice_resend"),
    path("thong-bao/<int:notice_id>/ket-thuc/", running.close, name="notice_close"),
    path("thong-bao/<int:notice_id>/thu-hoi/", running.withdraw, name="notice_withdraw"),
    path("ho-dan/<int:household_id>/thong-bao/", household.household_notices, name="household_notices"),
    path("kenh-gui/", gateways.gateways, name="gateways"),
    path("kenh-gui/moi/", accounts.gateway_new, name="gateway_new"),
    path("kenh-gui/moi/<slug:slug>/", accounts.gateway_connect, name="gateway_connect"),
    path("kenh-gui/<int:gateway_id>/", gateways.gateway, name="gateway"),
    path("kenh-gui/<int:gateway_id>/tai-khoan/", accounts.gateway_account, name="gateway_account"),
    path("kenh-gui/<int:gateway_id>/gui-thu/", gateways.gateway_test, name="gateway_test"),
    path("kenh-gui/<int:gateway_id>/mo-lai/", gateways.gateway_on, name="gateway_on"),
    path("kenh-gui/<int:gateway_id>/tat/", gateways.gateway_off, name="gateway_off"),
    path("cac-buoc-gui/", ladders.ladders, name="ladders"),
    path("cac-buoc-gui/<str:urgency>/", ladders.ladder_edit, name="ladder_edit"),
    path("viec-hom-nay/", visits.today, name="visits"),
    path("viec-hom-nay/<int:recipient_id>/da-bao/", visits.tick, name="visit_tick"),
    path("viec-hom-nay/<int:recipient_id>/hoan-tac/", visits.undo, name="visit_undo"),
    path("viec-hom-nay/viec/<int:task_id>/da-lam/", village_tasks.done, name="task_done"),
    path("viec-hom-nay/viec/<int:task_id>/hoan-tac/", village_tasks.undo, name="task_undo"),
]
