"""Staff sign in with a name and a password; whatever goes wrong is said in Vietnamese."""

import unicodedata
from datetime import timedelta
from io import StringIO

import pytest
import time_machine
from django.contrib.auth.hashers import make_password
from django.core.management import call_command
from django.test import Client, override_settings
from django.urls import reverse
from django.utils import timezone

from communities import accounts
from communities.models import PasswordTry, User

PASSWORD = "matkhau-thu-nghiem"


def sign_in(browser, login, password=PASSWORD, **headers):
    return browser.post(reverse("account_login"), {"login": login, "password": password}, **headers)


def is_signed_in(response) -> bool:
    return response.status_code == 302


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


# --- who is counted as one ----------------------------------------------------------------------------

HERE, ELSEWHERE = "203.0.113.7", "198.51.100.4"


@pytest.fixture
def behind_a_proxy(settings):
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1


def test_behind_a_proxy_wrong_tries_lock_their_own_address_only(client_for, editor, behind_a_proxy):
    for number in range(11):
        last = sign_in(client_for(None), f"nguoi.{number}", "sai", HTTP_X_FORWARDED_FOR=HERE)

    assert "Đợi một phút rồi thử lại." in last.content.decode()
    assert not is_signed_in(sign_in(client_for(None), "can.bo", HTTP_X_FORWARDED_FOR=HERE))
    assert is_signed_in(sign_in(client_for(None), "can.bo", HTTP_X_FORWARDED_FOR=ELSEWHERE))


@pytest.mark.parametrize("proxies", [0, 1])
def test_a_header_written_by_the_visitor_gives_no_further_tries(client_for, editor, settings, proxies):
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = proxies
    for number in range(10):
        forged = f"192.0.2.{number}" + f", {HERE}" * proxies
        sign_in(client_for(None), f"nguoi.{number}", "sai", HTTP_X_FORWARDED_FOR=forged)

    forged = "192.0.2.99" + f", {HERE}" * proxies
    assert not is_signed_in(sign_in(client_for(None), "can.bo", HTTP_X_FORWARDED_FOR=forged))


def test_a_visitor_past_the_proxies_is_counted_and_not_an_error(client_for, editor, settings):
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 2
    for number in range(10):
        sign_in(client_for(None), f"nguoi.{number}", "sai", HTTP_X_FORWARDED_FOR=f"192.0.2.{number}")

    assert not is_signed_in(sign_in(client_for(None), "can.bo", HTTP_X_FORWARDED_FOR=ELSEWHERE))


def test_addresses_of_one_ipv6_network_are_one(client_for, editor, behind_a_proxy):
    for number in range(10):
        sign_in(client_for(None), f"nguoi.{number}", "sai", HTTP_X_FORWARDED_FOR=f"2001:db8:1:2::{number}")

    assert not is_signed_in(sign_in(client_for(None), "can.bo", HTTP_X_FORWARDED_FOR="2001:db8:1:2:ffff::1"))
    assert is_signed_in(sign_in(client_for(None), "can.bo", HTTP_X_FORWARDED_FOR="2001:db8:1:3::1"))


def test_another_host_header_gives_no_further_tries(client_for, editor, settings):
    settings.ALLOWED_HOSTS = ["*"]
    for number in range(5):
        sign_in(client_for(None), "can.bo", "sai", HTTP_HOST=f"ten-{number}.example")

    assert not is_signed_in(sign_in(client_for(None), "can.bo", HTTP_HOST="ten-99.example"))


def test_the_name_in_another_spelling_gives_no_further_tries(client_for, editor):
    for name in ("can.bo", "CAN.BO", " can.bo", "Can.Bo", "can.bO "):
        sign_in(client_for(None), name, "sai")

    assert not is_signed_in(sign_in(client_for(None), "can.bo"))


def test_a_stranger_cannot_lock_out_the_owner(client_for, editor, behind_a_proxy, monkeypatch):
    """Not at another address, and in a browser the account was signed in with not even beside him."""
    monkeypatch.setattr(accounts, "EVERYWHERE", accounts.Limit(6, timedelta(hours=1)))
    own = client_for(None)
    assert is_signed_in(sign_in(own, "can.bo", HTTP_X_FORWARDED_FOR=HERE))
    own.post(reverse("account_logout"))

    for number in range(6):
        sign_in(client_for(None), "can.bo", f"sai {number}", HTTP_X_FORWARDED_FOR=HERE)
    assert not is_signed_in(sign_in(client_for(None), "can.bo", HTTP_X_FORWARDED_FOR=HERE))
    assert is_signed_in(sign_in(client_for(None), "can.bo", HTTP_X_FORWARDED_FOR=ELSEWHERE))
    assert is_signed_in(sign_in(own, "can.bo", HTTP_X_FORWARDED_FOR=HERE))


def test_guessing_from_many_addresses_ends_too_and_leaves_the_owner_a_way(
    client_for, editor, approver, behind_a_proxy, monkeypatch
):
    monkeypatch.setattr(accounts, "EVERYWHERE", accounts.Limit(6, timedelta(hours=1)))
    own, others = client_for(None), client_for(None)
    sign_in(own, "can.bo")
    own.post(reverse("account_logout"))
    sign_in(others, "lanh.dao")
    others.post(reverse("account_logout"))

    for number in range(6):
        sign_in(client_for(None), "can.bo", "sai", HTTP_X_FORWARDED_FOR=f"192.0.2.{number}")

    refused = sign_in(client_for(None), "can.bo", HTTP_X_FORWARDED_FOR=ELSEWHERE)
    assert "đang bị thử mật khẩu từ nhiều nơi" in refused.content.decode()
    assert not is_signed_in(sign_in(others, "can.bo", HTTP_X_FORWARDED_FOR=ELSEWHERE))  # known, but for another account
    assert is_signed_in(sign_in(own, "can.bo", HTTP_X_FORWARDED_FOR=ELSEWHERE))
    with time_machine.travel(timezone.now() + timedelta(hours=1)):
        assert is_signed_in(sign_in(client_for(None), "can.bo", HTTP_X_FORWARDED_FOR=ELSEWHERE))


def test_a_known_browser_has_five_tries_of_its_own(client_for, editor):
    own = client_for(None)
    sign_in(own, "can.bo")
    own.post(reverse("account_logout"))

    for _ in range(5):
        sign_in(own, "can.bo", "sai")
    assert not is_signed_in(sign_in(own, "can.bo"))


def test_the_right_password_uses_no_try_up(client_for, editor):
    for _ in range(12):
        assert is_signed_in(sign_in(client_for(None), "can.bo"))
    assert not PasswordTry.objects.exists()


def test_tries_are_forgotten_when_nothing_counts_them_any_more(client_for, editor):
    sign_in(client_for(None), "can.bo", "sai")
    with time_machine.travel(timezone.now() + timedelta(hours=1)):
        sign_in(client_for(None), "lanh.dao", "sai")

    assert PasswordTry.objects.count() == 3  # of the second: its address, its name there, its name anywhere


def test_a_try_is_kept_without_name_and_address(client_for, editor):
    sign_in(client_for(None), "can.bo", "sai", REMOTE_ADDR=HERE)

    assert {len(bucket) for bucket in PasswordTry.objects.values_list("bucket", flat=True)} == {64}


def test_with_redis_away_people_sign_in_and_guesses_are_counted(client_for, editor, settings, tmp_path):
    nowhere = {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": f"unix://{tmp_path}/nobody.sock"}
    settings.CACHES = {"default": nowhere}

    assert is_signed_in(sign_in(client_for(None), "can.bo"))
    for _ in range(5):
        sign_in(client_for(None), "can.bo", "sai")
    assert not is_signed_in(sign_in(client_for(None), "can.bo"))


@pytest.mark.parametrize(("kept", "typed"), [("NFC", "NFD"), ("NFD", "NFC"), ("NFKD", "NFC"), ("NFC", "NFKD")])
def test_a_password_opens_in_every_unicode_form(client_for, editor, kept, typed):
    word = "Đồng Phú mùa lúa 2026"
    editor.set_password(unicodedata.normalize(kept, word))
    editor.save()
    # What was kept before, in the form it was typed in, opens as well.
    for old in (editor.password, make_password(unicodedata.normalize(kept, word))):
        User.objects.filter(pk=editor.pk).update(password=old)
        PasswordTry.objects.all().delete()
        assert sign_in(client_for(None), "can.bo", unicodedata.normalize(typed, word)).status_code == 302
        assert (
            sign_in(client_for(None), "can.bo", unicodedata.normalize(typed, "Đồng Phú mua lúa 2026")).status_code
            == 200
        )


def test_a_password_of_before_opens_with_what_the_entrances_drop_now(client_for, editor):
    word = "mùa\u200dlúa\u00ad２０２６"
    User.objects.filter(pk=editor.pk).update(password=make_password(word))
    assert sign_in(client_for(None), "can.bo", word).status_code == 302


def test_a_password_is_changed_in_one_form_and_opens_in_the_other(client_for, editor):
    old, new = (unicodedata.normalize("NFD", word) for word in ("Đồng Phú mùa lúa", "Hòa Bình mùa gặt"))
    editor.set_password("Đồng Phú mùa lúa")
    editor.save()
    browser = client_for(editor)
    page = reverse("account_change_password")
    short = browser.post(page, {"oldpassword": old, "password1": unicodedata.normalize("NFD", "ổậẵ"), "password2": "x"})
    assert short.status_code == 200 and short.context["form"].errors["password1"]
    assert browser.post(page, {"oldpassword": old, "password1": new, "password2": new}).status_code == 302
    assert sign_in(client_for(None), "can.bo", "Hòa Bình mùa gặt").status_code == 302


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


def test_outside_a_demo_its_accounts_open_nothing(client_for, editor, head, outsider, ward, other_ward, settings):
    """Neither at the door nor for who is inside; other people's stay as they are, and so does one that was closed."""
    type(other_ward).objects.filter(pk=other_ward.pk).update(is_demo=False)
    inside, settings.DEMO = client_for(head), False

    answer = client_for(None).post(reverse("account_login"), {"login": "can.bo", "password": PASSWORD}, follow=True)
    assert "Tài khoản này đang khóa" in answer.content.decode()
    call_command("demo_accounts", stdout=(said := StringIO()))

    assert said.getvalue() == "2 accounts of the demo are closed.\n"
    assert inside.get(reverse("today")).url.startswith(reverse("account_login"))
    assert is_signed_in(sign_in(client_for(None), "nguoi.ngoai"))
    settings.DEMO = True
    call_command("demo_accounts", stdout=StringIO())
    assert is_signed_in(sign_in(client_for(None), "can.bo"))


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


def test_whoever_found_a_desk_open_cannot_guess_the_password_at_the_page_that_changes_it(client_for, editor):
    browser, page = client_for(editor), reverse("account_change_password")
    new = {"password1": "mot-cau-dai-de-nho", "password2": "mot-cau-dai-de-nho"}

    answers = [browser.post(page, {"oldpassword": f"sai {n}", **new}).status_code for n in range(5)]
    refused = browser.post(page, {"oldpassword": PASSWORD, **new})

    assert answers == [200] * 5
    assert refused.status_code == 429
    assert "Thử quá nhiều lần" in refused.content.decode()
    editor.refresh_from_db()
    assert editor.check_password(PASSWORD)


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
