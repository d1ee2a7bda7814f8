"""The operators' desk: for superusers only, and nothing half-applied comes in through it."""

import io
from zipfile import ZipFile

import pytest
from django.urls import NoReverseMatch, reverse

from communities.admin import operators
from communities.models import Contact, Disclosure, Household, HouseholdImport, User
from tests import factories


@pytest.fixture
def operator(db) -> User:
    return factories.UserFactory(username="van.hanh", is_superuser=True, is_staff=True)


def addresses() -> list[str]:
    """Every page of the operators' desk that needs no row."""
    found = [reverse("admin:index"), reverse("admin:app_list", args=["communities"])]
    for model in operators._registry:
        for action in ("changelist", "add", "export"):
            try:
                found.append(reverse(f"admin:communities_{model._meta.model_name}_{action}"))
            except NoReverseMatch:
                assert action == "export"
    return found


def test_only_operators_come_in(client_for, editor, approver, admin, viewer, head, helper, outsider):
    for address in addresses():
        stranger = client_for(None).get(address)
        assert (stranger.status_code, stranger.headers["Location"].split("?")[0]) == (302, reverse("account_login"))
        for person in (editor, approver, admin, viewer, head, helper, outsider):
            assert client_for(person).get(address).status_code == 404


def test_staff_flag_alone_opens_nothing(client_for, db):
    assert client_for(factories.UserFactory(is_staff=True)).get(reverse("admin:index")).status_code == 404


def test_every_page_answers_an_operator(client_for, operator, household, ward, villages, head, gateways):
    client = client_for(operator)
    HouseholdImport.objects.create(ward=ward, created_by=head, filename="ho.xlsx", content=b"-")
    looked_at_only = {"householdimport", "disclosure"}
    for address in addresses():
        refused = address.endswith("/add/") and any(f"/{name}/" in address for name in looked_at_only)
        assert client.get(address).status_code == (403 if refused else 200), address
    for model in operators._registry:
        row = model._default_manager.order_by("pk").first()
        if row is not None:
            page = client.get(reverse(f"admin:communities_{model._meta.model_name}_change", args=[row.pk]))
            assert page.status_code == 200, model


def test_household_is_found_without_accents_and_keeps_its_keys(client_for, operator, household):
    client = client_for(operator)
    page = client.get(reverse("admin:communities_household_changelist"), {"q": "le thi thuy"}).content.decode()
    assert household.head_name in page
    address = reverse("admin:communities_household_change", args=[household.pk])
    fields = {"village": household.village_id, "code": household.code, "head_name": "Lê Thị Ánh", "is_active": "on"}
    assert client.post(address, fields).status_code == 302
    household.refresh_from_db()
    assert household.head_name == "Lê Thị Ánh"
    assert "le thi anh" in household.search_key


def test_nothing_is_deleted_or_imported_here(client_for, operator, household):
    client = client_for(operator)
    assert client.post(reverse("admin:communities_household_delete", args=[household.pk])).status_code == 403
    assert Household.objects.filter(pk=household.pk).exists()
    with pytest.raises(NoReverseMatch):
        reverse("admin:communities_household_import")


def test_export_is_the_desk_s_own_and_recorded(client_for, operator, household):
    client, address = client_for(operator), reverse("admin:communities_household_export")
    page = client.get(f"{address}?q=thuy")
    assert page.headers["Content-Type"].startswith("text/html")
    assert "Lê Thị Thúy" not in page.content.decode()
    assert not Disclosure.objects.exists()
    answer = client.post(f"{address}?q=thuy", {"format": "0", "resource": "0"})
    with ZipFile(io.BytesIO(answer.content)) as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
    assert "Lê Thị Thúy" in sheet
    assert "<f>" not in sheet
    assert list(Disclosure.objects.values_list("household", "user", "via")) == [(household.pk, operator.pk, "EXPORT")]


def test_opening_a_contact_is_recorded_and_its_list_is_masked(client_for, operator, household):
    client = client_for(operator)
    page = client.get(reverse("admin:communities_contact_changelist")).content.decode()
    assert "510200001" not in page
    assert not Disclosure.objects.exists()
    client.get(reverse("admin:communities_contact_change", args=[Contact.objects.get().pk]))
    assert Disclosure.objects.get().household == household


def test_no_address_asks_for_a_masked_number_in_pieces(client_for, operator, household):
    client, page = client_for(operator), reverse("admin:communities_contact_changelist")
    for asked in ("phone__startswith=%2B8451", "phone__contains=0001", "phone__lt=%2B84510200002", "q=200001"):
        for start in ("", "e=1&"):
            answer = client.get(f"{page}?{start}{asked}")
            assert answer.status_code in {302, 400} or not answer.context["cl"].result_count
    assert client.get(f"{page}?q=%2B84510200001").context["cl"].result_count == 1


def test_a_new_account_can_sign_in(client_for, operator):
    client = client_for(operator)
    word = "mot-cau-dai-kho-doan"
    fields = {"username": "moi", "full_name": "Cao Thị Mới", "usable_password": "true"}
    inline = {"memberships-TOTAL_FORMS": "0", "memberships-INITIAL_FORMS": "0"}
    made = client.post(
        reverse("admin:communities_user_add"), {**fields, **inline, "password1": word, "password2": word}
    )
    assert made.status_code == 302
    assert client_for(None).login(username="moi", password=word)
