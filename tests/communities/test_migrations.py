"""The way back: a ward's rows go to the first schema and come forward again, and old imports still open."""

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.urls import reverse

from communities import keeping
from communities.models import Household, HouseholdImport, HouseholdTag, ListLayout, Tag, Village
from tests.communities.conftest import workbook

ROWS = [[1, "LÊ THỊ VÂN", 1962, 4, "0510101999", "Cụm 1", ""], [2, "Vi Văn Lý", 1959, 3, "0510102030", "", ""]]
#: A plan as the first version stored it.
OLD_PLAN = {
    "sheet": "Sheet1",
    "counts": {"rows": 2, "new": 1, "changed": 0, "unchanged": 0, "missing": 0, "problems": 1, "skipped": 1},
    "left_out": {"CCCD": True},
    "new": [{"row": 2, "village": "Thôn Đông Phú", "head_name": "Lê Thị Vân", "phones": [["+84510101999", "", ""]]}],
    "changed": [],
    "missing": [],
    "problems": [{"kind": "PHONE_TOO_SHORT", "row": 3, "column": "E", "value": "0510", "head": "Vi Văn Lý",
                  "skipped": False}],
}  # fmt: skip


def migrate(name: str) -> None:
    MigrationExecutor(connection).migrate([("communities", name)])


@pytest.mark.django_db(transaction=True)
def test_back_to_the_first_schema_and_forward_again(apply, upload, ward, villages, head, editor):
    row, waiting = apply(workbook(ROWS)), upload(workbook(ROWS))
    HouseholdImport.objects.filter(pk=waiting.pk).update(status="READY", plan=OLD_PLAN)
    van, ly = Household.objects.order_by("code")
    HouseholdTag.objects.create(household=van, tag=Tag.objects.create(ward=ward, name="Tổ 1"))
    keeping.merge(household_id=ly.pk, into_id=van.pk)
    HouseholdImport.objects.create(ward=ward, filename="may-chu.csv", content=b"x", created_by=None)
    layout = {"ward": ward, "saved_at": row.created_at}
    ListLayout.objects.create(**layout, signature="ward", saved_by=editor)
    ListLayout.objects.create(**layout, signature="head", saved_by=head)
    ListLayout.objects.create(**layout, signature="village", saved_by=head, village=villages[0])
    try:
        migrate("0010_one_i")
        migrate("0011_who_wrote_and_whose_columns")
        layouts = ListLayout.objects.order_by("signature").values_list("signature", "village")
        assert list(layouts) == [("head", villages[0].pk), ("ward", None)]
        migrate("0001_initial")
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*), count(*) FILTER (WHERE is_active) FROM communities_household")
            assert cursor.fetchone() == (2, 1)
            cursor.execute("SELECT name_key FROM communities_village WHERE id = %s", [villages[0].pk])
            assert cursor.fetchone() == ("dong phu",)
            cursor.execute("SELECT search_key FROM communities_household ORDER BY code")
            assert [key for (key,) in cursor] == ["dp 001 le thi van cum 1", "dp 002 vi van ly"]
    finally:  # with all that stands upon it: the next test finds this database
        everything = MigrationExecutor(connection)
        everything.migrate(everything.loader.graph.leaf_nodes())
    assert Village.objects.get(pk=villages[0].pk).name_key == "thon dong phu"
    assert list(Household.objects.order_by("code").values_list("search_key", flat=True)) == [
        "dp 001 le thi van cum 1",
        "dp 002 vi van li",
    ]
    kept = dict(HouseholdImport.objects.values_list("pk", "status"))
    assert kept == {row.pk: "APPLIED", waiting.pk: "READING"}, "one without an uploader does not fit the first schema"
    assert sorted(Household.objects.values_list("head_name", "is_active")) == [
        ("Lê Thị Vân", True),
        ("Vi Văn Lý", False),
    ]
    assert van.contacts.count() == 2


@pytest.mark.parametrize("status", ["READY", "APPLIED", "REFUSED", "APPLYING"])
@pytest.mark.parametrize("query", ["", "?xem=new", "?xem=problems", "?xem=changed", "?xem=missing"])
def test_import_of_the_first_version_still_opens(upload, client_for, head, status, query):
    row = upload(workbook(ROWS))
    HouseholdImport.objects.filter(pk=row.pk).update(status=status, plan=OLD_PLAN)
    page = client_for(head).get(reverse("import_detail", args=[row.pk]) + query)
    assert page.status_code == 200
    assert client_for(head).get(reverse("import_new")).status_code == 200
