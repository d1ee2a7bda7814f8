"""Official units are loaded whole, and again without change."""

import io

from django.core.management import call_command

from communities.models import Province, Ward


def test_thanh_hoa_and_all_provinces_are_loaded_twice_as_once(db):
    for _ in range(2):
        out = io.StringIO()
        call_command("load_units", stdout=out)
        assert out.getvalue() == "34 provinces and 166 wards are in place.\n"
        assert (Province.objects.count(), Ward.objects.count()) == (34, 166)
    ward = Ward.objects.get(code="14797")
    assert (ward.name, ward.kind, ward.province.name) == ("Phường Hạc Thành", "WARD", "Tỉnh Thanh Hóa")
    assert Ward.objects.filter(kind="COMMUNE").count() == 147


def test_whole_country_is_loaded_on_request_and_renamed_units_are_corrected(db):
    call_command("load_units", stdout=io.StringIO())
    Ward.objects.filter(code="14797").update(name="Phường Cũ")
    call_command("load_units", "--all", stdout=io.StringIO())
    assert Ward.objects.count() == 3321
    assert Ward.objects.get(code="14797").name == "Phường Hạc Thành"
