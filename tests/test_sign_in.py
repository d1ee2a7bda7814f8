"""Staff sign in with a name and a password; whatever goes wrong is said in Vietnamese."""

import pytest
from django.test import Client, override_settings
from django.urls import reverse

PASSWORD = "matkhau-thu-nghiem"


def sign_in(browser, login, password=PASSWORD):
    return browser.post(reverse("account_login"), {"login": login, "password": password})


def test_an_official_lands_on_the_day(client_for, editor):
    browser = client_for(None)

    assert sign_in(browser, "can.bo").url == reverse("today")
    page = browser.get(reverse("today")).content.decode()
    assert "Trịnh Thị Mai" in page
    assert "Người soạn" in page
    assert "Successfully" not in page


def test_a_wrong_password_is_said_kindly_and_keeps_the_name(client_for, editor):
    page = sign_in(client_for(None), "can.bo", "sai").content.decode()

    assert "Tên đăng nhập hoặc mật khẩu chưa đúng." in page
    assert 'value="can.bo"' in page


def test_guessing_is_stopped_in_words(client_for, editor):
    browser = client_for(None)
    pages = [sign_in(browser, "can.bo", f"sai {n}").content.decode() for n in range(7)]

    assert "Sai quá nhiều lần. Đợi 5 phút rồi thử lại." in pages[-1]
    assert sign_in(browser, "can.bo").status_code == 200  # the right one waits, too


def test_a_locked_account_is_told_whom_to_call(client_for, editor):
    editor.is_active = False
    editor.save()
    response = client_for(None).post(reverse("account_login"), {"login": "can.bo", "password": PASSWORD}, follow=True)

    assert "Tài khoản này đang khóa" in response.content.decode()


def test_demo_logins_are_shown_in_a_demo_only(client_for, db):
    with override_settings(DEMO=True):
        assert "toinha-demo" in client_for(None).get(reverse("account_login")).content.decode()
    with override_settings(DEMO=False):
        page = client_for(None).get(reverse("account_login")).content.decode()
    assert "toinha-demo" not in page
    assert "Bản chạy thử" not in page


def test_signing_out_takes_a_post(client_for, editor):
    browser = client_for(editor)

    assert browser.get(reverse("account_logout")).status_code == 405
    assert browser.post(reverse("account_logout")).url == reverse("account_login")
    assert browser.get(reverse("today")).status_code == 302


def test_a_password_is_changed_by_who_knows_the_old_one(client_for, editor):
    browser, page = client_for(editor), reverse("account_change_password")
    new = {"password1": "mot-cau-dai-de-nho", "password2": "mot-cau-dai-de-nho"}

    wrong = browser.post(page, {"oldpassword": "sai", **new}).content.decode()
    assert "Mật khẩu đang dùng chưa đúng." in wrong
    browser.post(page, {"oldpassword": PASSWORD, **new})

    editor.refresh_from_db()
    assert editor.check_password("mot-cau-dai-de-nho")


def test_an_account_without_a_place_can_leave(client_for, db):
    from tests.factories import UserFactory

    response = client_for(UserFactory()).get(reverse("today"))

    assert response.status_code == 403
    assert "chưa được giao nơi làm việc" in response.content.decode()
    assert reverse("account_logout") in response.content.decode()


def test_an_old_page_is_refused_with_what_to_do(db):
    response = Client(enforce_csrf_checks=True).post(reverse("account_login"), {"login": "can.bo"})

    assert response.status_code == 403
    assert "Trang mở đã lâu, cần tải lại" in response.content.decode()


@pytest.mark.parametrize(
    ("template", "words"), [("400", "không hiểu"), ("404", "Không có trang này"), ("500", "trục trặc")]
)
def test_error_pages_need_nothing_to_be_drawn(template, words):
    from django.template.loader import get_template

    assert words in get_template(f"{template}.html").render()
