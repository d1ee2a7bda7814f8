"""Addresses that need no sign-in: the household's page and the providers' calls."""

from django.urls import path, re_path

from notices import webhooks
from notices.views.resident import page

urlpatterns = [
    path("t/<str:token>/", page.resident, name="resident"),
    path("t/<str:token>/xac-nhan/", page.confirm, name="resident_confirm"),
    path("t/<str:token>/da-xem/", page.seen, name="resident_seen"),
    re_path(r"^t/(?P<token>(?s:.+))$", page.copied, name="resident_copied"),  # line breaks too
    path("webhooks/<str:key>/", webhooks.receive, name="webhook"),
]
