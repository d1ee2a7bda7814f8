"""A head uploads a list in the browser, sees what it changes, and writes it."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from communities import imports
from communities.models import Household, HouseholdImport
from tests import markup
from tests.communities.conftest import workbook
from tests.communities.forms import form_of

NEW = "/ho-dan/nhap/"
Status = HouseholdImport.Status


def _file(content: bytes, name: str = "danh sach thon.xlsx") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


def test_head_uploads_previews_and_writes(client_for, head, villages, list_a, run_tasks):
    client = client_for(head)
    with run_tasks():
        answer = client.post(NEW, {"file": _file(list_a), "village": villages[0].pk})
    row = HouseholdImport.objects.get()
    assert (answer.status_code, answer.url) == (302, f"/ho-dan/nhap/{row.pk}/")
    assert (row.status, row.filename, row.created_by, row.village) == (
        Status.READY,
        "danh sach thon.xlsx",
        head,
        villages[0],
    )
    page = client.get(answer.url).content.decode()
    assert "Ghi 30 hộ" in page
    assert "Dòng 8<" in page, "as Excel numbers it"
    assert "cần kiểm tra</h2>" not in page
    assert "0510\u00a0100\u00a0037" in page, "a head sees the phones of the own village"
    assert Household.objects.count() == 0
    with run_tasks():
        answer = client.post(f"/ho-dan/nhap/{row.pk}/ghi/", form_of(page))
    assert (answer.status_code, answer.url) == (302, f"/ho-dan/nhap/{row.pk}/")
    assert Household.objects.count() == 30
    page = client.get(answer.url).content.decode()
    assert "Đã ghi 30 hộ." in page
    assert "Ghi 30 hộ</button>" not in page


def test_pressing_write_twice_writes_once(client_for, head, read, list_a, run_tasks):
    row = read(list_a)
    client = client_for(head)
    form = form_of(client.get(f"/ho-dan/nhap/{row.pk}/").content.decode())
    with run_tasks():
        client.post(f"/ho-dan/nhap/{row.pk}/ghi/", form)
        client.post(f"/ho-dan/nhap/{row.pk}/ghi/", form)
    assert Household.objects.count() == 30
    page = client.get(f"/ho-dan/nhap/{row.pk}/").content.decode()
    assert "vừa được đọc lại" not in page, "a double click is no quarrel"


def test_preview_shows_old_and_new_with_row_and_column(client_for, editor, apply, read):
    apply(workbook([[1, "Lê Thị Vân", 1948, 3, 510100999, "Cụm 1", ""]]))
    row = read(
        workbook([[1, "Lê Thị Vân", 1948, 4, 510100111, "Cụm 1", ""], [2, "Vi Văn Tâm", "", "", "98234", "", ""]])
    )
    page = client_for(editor).get(f"/ho-dan/nhap/{row.pk}/").content.decode()
    assert "3" in markup.read(page).texts("del") and "4" in markup.read(page).texts("ins")
    assert "0510\u00a0***\u00a0111" in page, "an official sees phones masked"
    assert "0510\u00a0100\u00a0111" not in page
    assert "Dòng 3" in page
    assert "cột E" in page
    assert "98234" in page
    assert "hãy hỏi lại hộ Vi Văn Tâm" in page
    assert "Ghi 2 hộ" in page


def test_sections_can_be_read_page_by_page(client_for, head, read):
    row = read(workbook([[n, f"Lê Văn Số{n:03}", "", "", "", "", ""] for n in range(120)]))
    client = client_for(head)
    assert client.get(f"/ho-dan/nhap/{row.pk}/").content.decode().count("<b>Lê Văn Số") == 10
    page = client.get(f"/ho-dan/nhap/{row.pk}/?xem=new&page=3").content.decode()
    assert page.count("<b>Lê Văn Số") == 20
    assert "Không có hộ nào trong mục này" in client.get(f"/ho-dan/nhap/{row.pk}/?xem=changed").content.decode()


def test_page_polls_while_a_worker_has_it_and_stops_with_286(client_for, head, upload, list_a, at):
    row = upload(list_a)
    client = client_for(head)
    address = f"/ho-dan/nhap/{row.pk}/"
    page = client.get(address).content.decode()
    assert 'hx-trigger="load delay:400ms, every 1s"' in page
    assert markup.read(page).one("noscript meta[http-equiv=refresh]")["content"] == f"2;url={address}"
    moving = client.get(address, headers={"HX-Request": "true"})
    assert "no-store" in moving["Cache-Control"], "going back must find the page, not this part of it"
    assert (moving.status_code, "<html" in moving.content.decode()) == (200, False)
    imports.read(import_id=row.pk, at=at)
    done = client.get(address, headers={"HX-Request": "true"})
    assert done.status_code == 286
    assert "every 1s" not in done.content.decode()
    assert "Đã đọc xong 30 hộ." in done.content.decode()


def test_progress_counts_are_shown_while_writing(client_for, head, read, list_a, at):
    row = read(list_a)
    imports.start(import_id=row.pk, at=at)
    HouseholdImport.objects.update(done_rows=12, total_rows=30)
    page = client_for(head).get(f"/ho-dan/nhap/{row.pk}/").content.decode()
    assert "12 trên 30 hộ" in page
    bar = markup.read(page).one("progress")
    assert (bar["max"], bar["value"]) == ("30", "12")


@pytest.mark.parametrize(
    ("content", "name", "words"),
    [
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 500, "anh.xlsx", "Tệp này là ảnh"),
        (workbook([], header=None), "rong.xlsx", "không có hộ nào"),
        (b"", "trong.xlsx", "không phải bảng tính"),
    ],
)
def test_refused_file_keeps_its_name_says_why_and_changes_nothing(
    client_for, head, villages, household, run_tasks, content, name, words
):
    client = client_for(head)
    with run_tasks():
        answer = client.post(NEW, {"file": _file(content, name), "village": villages[0].pk})
    page = client.get(answer.url).content.decode()
    assert name in page
    assert words in page
    assert "Chọn tệp khác" in page
    assert f"{answer.url}ghi/" not in page
    assert list(Household.objects.all()) == [household]


def test_nothing_chosen_is_said_beside_the_field(client_for, head, villages):
    answer = client_for(head).post(NEW, {"village": villages[0].pk})
    assert answer.status_code == 200
    assert "Chưa chọn tệp nào." in answer.content.decode()
    assert HouseholdImport.objects.count() == 0


def test_file_over_ten_megabytes_is_refused_before_it_is_kept(client_for, head, villages):
    answer = client_for(head).post(NEW, {"file": _file(b"0" * (10 * 1024 * 1024 + 1)), "village": villages[0].pk})
    assert "Tối đa 10 MB" in answer.content.decode()
    assert HouseholdImport.objects.count() == 0


def test_head_cannot_choose_another_village(client_for, head, villages, list_a):
    answer = client_for(head).post(NEW, {"file": _file(list_a), "village": villages[1].pk})
    assert "Chọn một thôn trong danh sách." in answer.content.decode()
    assert HouseholdImport.objects.count() == 0


def test_other_wards_and_other_villages_import_does_not_exist(client_for, read, list_a, outsider, other_head):
    row = read(list_a)
    for stranger in (outsider, other_head):
        client = client_for(stranger)
        assert client.get(f"/ho-dan/nhap/{row.pk}/").status_code == 404
        assert client.post(f"/ho-dan/nhap/{row.pk}/ghi/").status_code == 404
    row.refresh_from_db()
    assert (row.status, Household.objects.count()) == (Status.READY, 0)


def test_who_only_reads_may_not_import(client_for, viewer, approver, read, list_a):
    row = read(list_a)
    for reader in (viewer, approver):
        client = client_for(reader)
        assert client.get(NEW).status_code == 403
        assert client.post(f"/ho-dan/nhap/{row.pk}/ghi/").status_code == 403
    assert client_for(None).get(NEW).status_code == 302


def test_recent_files_are_listed_for_those_who_may_open_them(client_for, head, outsider, apply, list_a):
    apply(list_a, filename="Danh sach ho 2026.xlsx")
    page = client_for(head).get(NEW).content.decode()
    assert "Danh sach ho 2026.xlsx" in page
    assert "đã ghi 30 hộ mới, 0 hộ thay đổi" in page
    assert "Danh sach ho 2026.xlsx" not in client_for(outsider).get(NEW).content.decode()


def test_file_name_is_shown_as_text(client_for, head, upload, list_a):
    row = upload(list_a, filename='<img src=x onerror="alert(1)">.xlsx')
    page = client_for(head).get(f"/ho-dan/nhap/{row.pk}/").content.decode()
    assert "<img src=x" not in page


def test_number_of_queries_of_the_preview(client_for, head, read, list_a, django_assert_max_num_queries):
    row = read(list_a)
    client = client_for(head)
    with django_assert_max_num_queries(8):
        client.get(f"/ho-dan/nhap/{row.pk}/")
