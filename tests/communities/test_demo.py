"""The demo ward is invented, always the same, and ready for the list the head will bring."""

from django.db.models import Count

from communities import demo, names
from communities.models import Contact, Household, Village, Ward


def everything() -> list[tuple]:
    rows = Household.objects.order_by("ward__code", "village__position", "code")
    return list(rows.values_list("ward__code", "code", "head_name", "birth_year", "lane", "contacts__phone"))


def test_hoa_dong_has_five_villages_and_the_households_asked_for(db):
    (ward,) = demo.make_wards(wards=1, households=400)
    assert (ward.code, ward.name, ward.is_demo, ward.phone) == ("99001", "Xã Hoa Đồng", True, "0510 000 001")
    sizes = Village.objects.filter(ward=ward).annotate(n=Count("households")).order_by("position")
    assert [(village.name, village.n) for village in sizes] == [
        ("Thôn Đông Phú", 96),
        ("Thôn Tây Phú", 88),
        ("Thôn Hải Tiến", 104),
        ("Bản Suối Đá", 48),
        ("Tổ dân phố 3", 64),
    ]
    assert Household.objects.filter(ward=ward).count() == 400


def test_second_call_changes_nothing(db):
    demo.make_wards(wards=2, households=100)
    before = everything()
    demo.make_wards(wards=2, households=160)
    assert everything() == before
    assert Ward.objects.filter(is_demo=True).count() == 2


def test_same_seed_makes_the_same_people(db):
    demo.make_wards(wards=1, households=60, seed=7)
    first = everything()
    Contact.objects.all().delete()
    Household.objects.all().delete()
    demo.make_wards(wards=1, households=60, seed=7)
    assert everything() == first


def test_every_phone_is_a_demo_number_and_the_shares_are_right(db):
    demo.make_wards(wards=1, households=4000)
    assert not Contact.objects.exclude(phone__regex=r"^\+84510\d{6}$").exists()
    first = Contact.objects.filter(rank=1)
    mobile, landline = first.filter(phone_kind="MOBILE").count(), first.filter(phone_kind="LANDLINE").count()
    assert 3640 <= mobile <= 3720
    assert 90 <= landline <= 150
    assert 350 <= Contact.objects.filter(rank=2).count() <= 450
    assert Contact.objects.filter(relation="con gái").count() > 50


def test_keys_are_those_save_would_write(db):
    demo.make_wards(wards=1, households=30)
    for household in Household.objects.all():
        assert household.search_key == names.search_key(household.code, household.head_name, household.lane)
        assert household.sort_key == names.sort_key(household.head_name)


def test_list_of_the_head_shows_new_changed_and_unchanged_households(db, list_a, at):
    from communities import imports
    from communities.models import HouseholdImport, Membership, User

    (ward,) = demo.make_wards(wards=1, households=400)
    village = Village.objects.get(ward=ward, code="ĐP")
    head = User.objects.create(username="truong.thon")
    Membership.objects.create(user=head, role="VILLAGE_HEAD", village=village)
    row = HouseholdImport.objects.create(ward=ward, village=village, filename="a.xlsx", content=list_a, created_by=head)
    imports.read(import_id=row.pk, at=at)
    row.refresh_from_db()
    assert row.plan["counts"] == {
        "rows": 30,
        "new": 25,
        "changed": 4,
        "unchanged": 1,
        "missing": 91,
        "errors": 0,
        "warnings": 2,
    }
    assert [problem["kind"] for problem in row.plan["problems"]] == ["SAME_NAME", "SAME_NAME"]
    assert {change["head_name"]: [told["field"] for told in change["fields"]] for change in row.plan["changed"]} == {
        "Hoàng Trọng Tuấn": ["members"],
        "Đặng Đình Hiếu": ["lane"],
        "Tống Thị Trang": ["phone"],
        "Lê Thị Vân": ["phone"],
    }


def test_new_household_after_the_demo_gets_an_id_of_its_own(db, make_household):
    demo.make_wards(wards=1, households=20)
    make_household(Village.objects.get(code="ĐP"), code="ĐP-999")
    assert Household.objects.count() == 21
