"""Settings of the gateways' accounts: connect one at a provider, or enter other keys for one that is there."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from communities.requests import StaffRequest
from notices import access
from notices.gateways import accounts, providers
from notices.gateways.forms import AccountForm, ConnectForm
from notices.models import MESSAGES, Gateway
from notices.sandbox.spare import SPARE


@require_safe
@login_required
def gateway_new(request: StaffRequest) -> HttpResponse:
    """The providers to choose from, by channel."""
    access.get_office_to_change(request.user)
    found = providers.all_providers().values()
    channels = [(channel, [row for row in found if row.channel == channel]) for channel in MESSAGES]
    return render(request, "notices/gateways/new.html", {"channels": [row for row in channels if row[1]]})


@require_http_methods(["GET", "POST"])
@login_required
def gateway_connect(request: StaffRequest, slug: str) -> HttpResponse:
    """Enter an account at one provider. It is switched off until somebody has tried it."""
    ward = access.get_office_to_change(request.user)
    provider = providers.all_providers().get(slug)
    if provider is None:
        raise Http404
    sample = SPARE.get(slug, {}) if settings.DEMO else {}
    is_sample = bool(sample) and "mau" in request.GET
    initial = {"name": provider.name, "price": 0} | (dict(sample) if is_sample else {})
    form = ConnectForm(request.POST or None, provider=provider, initial=initial)
    if request.method == "POST" and form.is_valid():
        row = accounts.connect(
            ward=ward, provider=provider, name=form.cleaned_data["name"], price=form.cleaned_data["price"],
            account=form.account, by=request.user, at=timezone.now(),
        )  # fmt: skip
        said = _("Đã nối kênh %(name)s. Kênh còn tắt: gửi thử một tin rồi bật lên.") % {"name": row.name}
        messages.success(request, said)
        return redirect("gateway_test", row.pk)
    context = {"form": form, "provider": provider, "can_try": bool(sample) and not is_sample}
    return render(request, "notices/gateways/connect.html", context)


@require_http_methods(["GET", "POST"])
@login_required
def gateway_account(request: StaffRequest, gateway_id: int) -> HttpResponse:
    """The account behind a gateway: where its provider reports to, and other keys in place of the stored ones."""
    row = access.get_gateway_to_change(request.user, gateway_id)
    provider = providers.provider_of(row)
    if provider is None:
        raise Http404
    form = AccountForm(request.POST or None, provider=provider, known=accounts.stored(row))
    if request.method == "POST" and form.is_valid():
        accounts.change(gateway=row, provider=provider, typed=form.account, by=request.user, at=timezone.now())
        messages.success(request, _("Đã lưu tài khoản của kênh %(name)s.") % {"name": row.name})
        return redirect("gateway_test", row.pk)
    return render(request, "notices/gateways/account.html", _account(row) | {"form": form, "provider": provider})


def _account(row: Gateway) -> dict[str, object]:
    return {"gateway": row, "webhook_url": providers.webhook_url(row)}
