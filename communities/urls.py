"""Addresses of households and their lists."""

from django.urls import path

from communities.views import households, imports

urlpatterns = [
    path("ho-dan/", households.households, name="households"),
    path("ho-dan/nhap/", imports.import_new, name="import_new"),
    path("ho-dan/nhap/<int:import_id>/", imports.import_detail, name="import_detail"),
    path("ho-dan/nhap/<int:import_id>/ghi/", imports.import_apply, name="import_apply"),
]
