"""Headers, cookies and limits every page has, whoever wrote it."""

import os
import subprocess
import sys

import pytest

from portal.env import ROOT


@pytest.fixture
def sign_in_page(db, client):
    return client.get("/tai-khoan/dang-nhap/")


def test_only_our_own_files_run(sign_in_page):
    policy = dict(part.strip().split(" ", 1) for part in sign_in_page.headers["Content-Security-Policy"].split(";"))
    assert policy["default-src"] == "'self'"
    assert policy["object-src"] == policy["base-uri"] == policy["frame-ancestors"] == "'none'"
    assert "unsafe" not in sign_in_page.headers["Content-Security-Policy"]


def test_no_page_can_be_framed_or_sniffed(sign_in_page):
    assert sign_in_page.headers["X-Frame-Options"] == "DENY"
    assert sign_in_page.headers["X-Content-Type-Options"] == "nosniff"
    assert sign_in_page.headers["Referrer-Policy"] == "same-origin"


def test_what_staff_see_stays_in_no_cache(client_for, editor, head, household, client):
    for user, pages in (
        (editor, ("/", "/ho-dan/", "/thong-bao/", f"/ho-dan/{household.pk}/", "/x/")),
        (head, ("/viec-hom-nay/",)),
    ):
        for page in pages:
            assert client_for(user).get(page).headers["Cache-Control"] == "no-store, private", page
    taken = client_for(editor).post("/ho-dan/xuat/")
    assert (taken.status_code, taken.headers["Cache-Control"]) == (200, "no-store, private")
    assert "no-store" not in client.get("/static/css/tokens.css").headers.get("Cache-Control", "")


def test_nobody_signs_up(db, client):
    assert client.get("/tai-khoan/dang-ky/").status_code == 404
    assert client.get("/accounts/signup/").status_code == 404


def test_guessing_a_password_ends_soon(editor, client):
    wrong = {"login": editor.username, "password": "sai"}
    answers = [client.post("/tai-khoan/dang-nhap/", wrong) for _ in range(6)]
    assert [answer.status_code for answer in answers[:5]] == [200] * 5
    right = client.post("/tai-khoan/dang-nhap/", {"login": editor.username, "password": "matkhau-thu-nghiem"})
    assert right.status_code != 302
    assert "_auth_user_id" not in client.session


def test_the_right_password_signs_in(editor, client):
    answer = client.post(
        "/tai-khoan/dang-nhap/", {"login": editor.username, "password": "matkhau-thu-nghiem"}, follow=True
    )
    assert answer.redirect_chain == [("/", 302)]
    assert client.session["_auth_user_id"] == str(editor.pk)


def test_passwords_are_kept_with_argon2():
    """Of the settings as they are; the tests themselves hash cheaply."""
    asked = "from django.conf import settings as s; print(s.PASSWORD_HASHERS[0].rpartition('.')[2], s.DEBUG)"
    assert in_production(asked) == "Argon2PasswordHasher False"


def test_under_https_cookies_are_secure_and_browsers_remember():
    asked = (
        "from django.conf import settings as s; print(s.SESSION_COOKIE_SECURE, s.CSRF_COOKIE_SECURE,"
        " s.LANGUAGE_COOKIE_SECURE, s.SECURE_SSL_REDIRECT, s.SECURE_HSTS_SECONDS, s.ALLOWED_HOSTS)"
    )
    assert in_production(asked) == (
        "True True True True 31536000 ['localhost', '127.0.0.1', '[::1]', 'hoadong.example']"
    )


def in_production(code: str) -> str:
    """What a process says that reads the settings of a real installation."""
    environment = {
        **os.environ,
        "DEMO": "0",
        "PUBLIC_BASE_URL": "https://hoadong.example",
        "DJANGO_SETTINGS_MODULE": "portal.settings",
    }
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()
