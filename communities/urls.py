"""Addresses of households and their lists."""

from django.urls import path

from communities.views import contacts, household, households, imports

urlpatterns = [
    path("ho-dan/", households.households, name="households"),
    path("ho-dan/xuat/", households.households_export, name="households_export"),
    path("ho-dan/the/", households.household_cards, name="household_cards"),
    path("h/<str:token>/", households.household_card, name="household_card"),
    path("ho-dan/them/", household.household_new, name="household_new"),
    path("ho-dan/<int:household_id>/", household.household, name="household"),
    path("ho-dan/<int:household_id>/so/", household.household_phones, name="household_phones"),
    path("ho-dan/<int:household_id>/sua/", household.household_edit, name="household_edit"),
    path("ho-dan/<int:household_id>/chuyen-thon/", household.household_move, name="household_move"),
    path("ho-dan/<int:household_id>/gop/", household.household_merge, name="household_merge"),
    path("ho-dan/<int:household_id>/ngung/", household.household_leave, name="household_leave"),
    path("ho-dan/<int:household_id>/tro-lai/", household.household_return, name="household_return"),
    path("ho-dan/<int:household_id>/nhan/", contacts.household_tags, name="household_tags"),
    path("ho-dan/<int:household_id>/so-moi/", contacts.contact_new, name="contact_new"),
    path("ho-dan/lien-he/<int:contact_id>/", contacts.contact_edit, name="contact_edit"),
    path("ho-dan/lien-he/<int:contact_id>/bo/", contacts.contact_remove, name="contact_remove"),
    path("ho-dan/lien-he/<int:contact_id>/dai-dien/", contacts.contact_first, name="contact_first"),
    path("ho-dan/nhap/", imports.import_new, name="import_new"),
    path("ho-dan/nhap/<int:import_id>/", imports.import_detail, name="import_detail"),
    path("ho-dan/nhap/<int:import_id>/chon/", imports.import_decide, name="import_decide"),
    path("ho-dan/nhap/<int:import_id>/ghi/", imports.import_apply, name="import_apply"),
    path("ho-dan/nhap/<int:import_id>/hoan-tac/", imports.import_undo, name="import_undo"),
    path("ho-dan/nhap/<int:import_id>/dong-can-sua/", imports.import_problems, name="import_problems"),
]
