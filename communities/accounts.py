"""How accounts come to be (an administrator makes them; nobody signs up), and how often a password may be tried.

Wrong passwords are counted three ways, each against another guesser:

- by address: ten a minute, whatever the names. Behind a proxy it is the visitor's own address
  (`TRUSTED_PROXIES` says how many entries of X-Forwarded-For are our proxies' and can be believed);
- by name and address: five in five minutes;
- by name anywhere: a hundred an hour, for guessing from many addresses. NIST SP 800-63B §5.2.2 asks for as much. One
  address alone never comes so far.

So that a stranger cannot keep an account's owner out, a browser in which the account was signed in before is known
by a cookie and counted by itself: five in five minutes there, and nothing that others try touches it (OWASP's device
cookies). The cookie opens nothing. The name is the one that was typed, whether there is such an account or not, and the
Host header counts nowhere.
"""

import ipaddress
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import wraps
from typing import Any
from unicodedata import normalize

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.crypto import get_random_string, salted_hmac
from django.utils.translation import gettext_lazy as _

from communities import names
from communities.models import Membership, PasswordTry, User


@dataclass(frozen=True)
class Limit:
    """So many tries in so long a time."""

    amount: int
    within: timedelta


BY_ADDRESS = Limit(10, timedelta(minutes=1))
BY_NAME = Limit(5, timedelta(minutes=5))  # at one address, or in one known browser
EVERYWHERE = Limit(100, timedelta(hours=1))
CHANGING = Limit(5, timedelta(minutes=1))  # guesses at the old password, by who is signed in
LONGEST = timedelta(hours=1)

#: Which account a browser was signed in with, and a number of the browser's own.
KNOWN = "known"
KNOWN_FOR = timedelta(days=180)


class TooManyTries(Exception):
    """A limit is reached; `bucket` is the one."""

    def __init__(self, bucket: str) -> None:
        super().__init__(bucket)
        self.bucket = bucket


def begin_try(limits: dict[str, Limit], at: datetime) -> list[int]:
    """Count a password that is about to be looked at; the rows to give to `take_back` if it was right.

    Raises TooManyTries, and then counts nothing: who keeps trying does not make the wait longer. Counting comes before
    looking, so that a hundred tries at once are no more than five.
    """
    PasswordTry.objects.filter(at__lte=at - LONGEST).delete()
    rows = PasswordTry.objects.bulk_create([PasswordTry(bucket=_hashed(bucket), at=at) for bucket in limits])
    made = [row.pk for row in rows]
    for bucket, limit in limits.items():
        if PasswordTry.objects.filter(bucket=_hashed(bucket), at__gt=at - limit.within).count() > limit.amount:
            take_back(made)
            raise TooManyTries(bucket)
    return made


def take_back(rows: list[int]) -> None:
    """It was the right password, or was never looked at."""
    PasswordTry.objects.filter(pk__in=rows).delete()


def _hashed(bucket: str) -> str:
    return salted_hmac("communities.accounts.tries", bucket, algorithm="sha256").hexdigest()


def limited(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A page where somebody signed in types the old password: answers 429 when they do so too often."""

    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.method == "POST" and request.user.is_authenticated:
            try:
                begin_try({f"changing {request.user.pk}": CHANGING}, timezone.now())
            except TooManyTries:
                return render(request, "429.html", status=429)
        return view(request, *args, **kwargs)

    return wrapped


def demo_accounts() -> QuerySet[User]:
    """The people of an invented ward: their password stands on the sign-in page of every demo."""
    places = Membership.objects.filter(Q(ward__is_demo=True) | Q(village__ward__is_demo=True))
    return User.objects.filter(pk__in=places.values("user"))


class ClosedAccounts(DefaultAccountAdapter):
    """Sign-in only. Accounts are made by a ward's administrator."""

    # allauth brings no Vietnamese; these are the sentences our pages can meet.
    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "account_inactive": _("Tài khoản này đang khóa. Gọi người quản trị của xã để mở lại."),
        "enter_current_password": _("Mật khẩu đang dùng chưa đúng."),
        "incorrect_password": _("Mật khẩu chưa đúng."),
        "invalid_login": _("Tên đăng nhập hoặc mật khẩu chưa đúng."),
        "username_password_mismatch": _("Tên đăng nhập hoặc mật khẩu chưa đúng. Kiểm tra phím Caps Lock và bộ gõ."),
        "too_many_login_attempts": _("Sai quá nhiều lần. Đợi 5 phút rồi thử lại."),
        "rate_limited": _("Thử quá nhiều lần. Đợi vài phút rồi thử lại."),
    }
    refusals = {
        "address": _("Từ địa chỉ mạng này vừa sai quá nhiều lần. Đợi một phút rồi thử lại."),
        "name": error_messages["too_many_login_attempts"],
        "anywhere": _(
            "Tài khoản này đang bị thử mật khẩu từ nhiều nơi. Đăng nhập bằng máy đã dùng trước đây, "
            "hoặc đợi một giờ rồi thử lại."
        ),
    }

    def clean_password(self, password: str, user: Any = None) -> str:
        """Refused as Django's validators say, of its letters: “ậ” is one, also where a keyboard sends three."""
        super().clean_password(names.seen(password), user)
        return password

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Never."""
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        """The visitor's address; who came past one of the proxies has only that of the last."""
        try:
            return str(super().get_client_ip(request))
        except ImproperlyConfigured:  # fewer entries than proxies
            return str(request.META["REMOTE_ADDR"])

    def authenticate(self, request: HttpRequest, **credentials: Any) -> AbstractBaseUser | None:
        """The account, or None for a wrong password, which counts. ValidationError with a sentence at a limit."""
        try:
            tried = begin_try(self._limits(request, str(credentials.get("username", ""))), timezone.now())
        except TooManyTries as reached:
            said = self.refusals[reached.bucket.split()[0]]
            raise ValidationError(said, code="too_many_login_attempts") from None
        user: AbstractBaseUser | None = super().authenticate(request, **credentials)
        if user is not None:
            take_back(tried)
            if not settings.DEMO and demo_accounts().filter(pk=user.pk).exists():
                user.is_active = False  # in this answer; the command demo_accounts writes it down
        return user

    def _limits(self, request: HttpRequest, name: str) -> dict[str, Limit]:
        account = _one_spelling(name)
        known_as, _dot, browser = str(request.get_signed_cookie(KNOWN, "", max_age=KNOWN_FOR)).partition(".")
        if known_as == _hashed(account):
            return {f"name {account} browser {browser}": BY_NAME}
        address = _network(self.get_client_ip(request))
        return {
            f"address {address}": BY_ADDRESS,
            f"name {account} address {address}": BY_NAME,
            f"anywhere {account}": EVERYWHERE,
        }

    def post_login(self, request: HttpRequest, user: AbstractBaseUser, **more: Any) -> HttpResponse:
        """To the day's page, in a browser that is known from now on."""
        response: HttpResponse = super().post_login(request, user, **more)
        response.set_signed_cookie(
            KNOWN, f"{_hashed(_one_spelling(user.get_username()))}.{get_random_string(12)}",
            max_age=KNOWN_FOR, secure=settings.SESSION_COOKIE_SECURE, httponly=True, samesite="Lax",
        )  # fmt: skip
        return response


def _one_spelling(name: str) -> str:
    return normalize("NFC", name).strip().lower()


def _network(address: str) -> str:
    """IPv6 is handed out by the /64: one visitor has all addresses of it."""
    if isinstance(ip := ipaddress.ip_address(address), ipaddress.IPv6Address):
        return str(ipaddress.IPv6Network((ip, 64), strict=False).network_address)
    return address
