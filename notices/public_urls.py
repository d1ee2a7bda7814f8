"""Addresses that need no sign-in: the household's page and the providers' calls."""

from django.urls import path

from notices import webhooks
from notices.views import public

urlpatterns = [
    path("t/<str:token>/", public.resident, name="resident"),
    path("t/<str:token>/xac-nhan/", public.confirm, name="resident_confirm"),
    path("t/<str:token>/da-xem/", public.seen, name="resident_seen"),
    path("webhooks/<str:key>/", webhooks.receive, name="webhook"),
]
