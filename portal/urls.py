"""URLs of the portal. Each app brings its own; here is what belongs to none."""

from allauth.account import views as account
from django.urls import URLPattern, URLResolver, include, path
from django.views.decorators.http import require_POST
from django.views.i18n import set_language

from communities.accounts import limited
from communities.admin import operators
from portal.health import healthz

# Of allauth's pages only those that staff need: accounts are made by an administrator, not by signing up.
urlpatterns: list[URLPattern | URLResolver] = [
    path("tai-khoan/dang-nhap/", account.login, name="account_login"),
    path("tai-khoan/dang-xuat/", require_POST(account.logout), name="account_logout"),
    path("tai-khoan/doi-mat-khau/", limited(account.password_change), name="account_change_password"),
    path("tai-khoan/tam-khoa/", account.account_inactive, name="account_inactive"),
    path("ngon-ngu/", require_POST(set_language), name="set_language"),
    path("van-hanh/", operators.urls),
    path("healthz", healthz, name="healthz"),
    path("", include("communities.urls")),
    path("", include("notices.urls")),
    path("", include("notices.public_urls")),
]
