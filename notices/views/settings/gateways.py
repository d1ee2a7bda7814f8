"""Settings, first page: how the gateways do, what may be spent, and the switches of a gateway."""

from typing import Any
from zlib import crc32

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from communities.models import Ward
from communities.numbers import whole_number
from communities.requests import StaffRequest
from notices import access, tasks
from notices.gateways import budget, choice, health, providers, switching
from notices.gateways.forms import BudgetForm, GatewayForm, SampleForm
from notices.gateways.health import Health
from notices.models import MESSAGES, Gateway
from notices.sending import sample


@require_http_methods(["GET", "POST"])
@login_required
def gateways(request: StaffRequest) -> HttpResponse:
    """Gateways of the ward with their health, which refreshes itself; and the month's budget, set by POST."""
    user = request.user
    if request.method == "POST":
        return _set_budget(request, access.get_office_to_change(user))
    ward = access.get_office(user)
    if not request.htmx:
        return _page(request, ward)
    context = _health(request, ward)
    known = request.GET.get("v", "")
    if known == context["version"]:
        return HttpResponse(status=204)  # nothing moved: leave the page, its focus and its reader alone
    # Numbers come and go in silence; who listens is told when a gateway's state changes.
    context["speaks"] = known.rpartition("-")[0] != context["version"].rpartition("-")[0]
    answer = render(request, "notices/gateways/page.html#health", context)
    patch_vary_headers(answer, ["HX-Request"])
    return answer


@require_http_methods(["GET", "POST"])
@login_required
def gateway(request: StaffRequest, gateway_id: int) -> HttpResponse:
    """What the ward decides about one gateway: its name, place, price and pace."""
    row = access.get_gateway_to_change(request.user, gateway_id)
    form = GatewayForm(request.POST or None, instance=row)
    if request.method == "POST" and form.is_valid():
        # These columns alone: the engine writes tokens and health into the same row meanwhile.
        form.save(commit=False).save(update_fields=form.Meta.fields)
        messages.success(request, _("Đã lưu kênh %(name)s.") % {"name": row.name})
        return redirect("gateways")
    name = form.initial["name"]  # the form writes what was typed into the row
    provider = providers.provider_of(row)
    is_by_part = provider is not None and provider.is_priced_by_part
    context = {"form": form, "gateway": row, "name": name, "is_priced_by_part": is_by_part}
    return render(request, "notices/gateways/edit.html", context)


@require_http_methods(["GET", "POST"])
@login_required
def gateway_test(request: StaffRequest, gateway_id: int) -> HttpResponse:
    """Send a sample to a number that is asked for and forgotten."""
    user = request.user
    row = access.get_gateway_to_change(user, gateway_id)
    form = SampleForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            said = sample.send(gateway=row, phone=form.cleaned_data["phone"], by=user, at=timezone.now())
        except sample.SampleFailed as error:
            form.add_error("phone", str(error))
        else:
            messages.success(request, said)
            return redirect("gateway_test", row.pk)
    return render(request, "notices/gateways/test.html", {"form": form, "gateway": row})


@require_POST
@login_required
def gateway_on(request: StaffRequest, gateway_id: int) -> HttpResponse:
    """A person says that it works again; what waits there goes at once."""
    user = request.user
    row = access.get_gateway_to_change(user, gateway_id)
    switching.switch_on(gateway=row, by=user, at=timezone.now())
    tasks.send_due.delay_on_commit(gateway_id=row.pk)
    said = _("Đã mở lại kênh %(name)s. Tin đang chờ được gửi ngay.")
    if not row.is_active:
        tasks.sweep.delay_on_commit()
        said = _("Đã bật kênh %(name)s. Hộ chưa được báo vì kênh này tắt cũng được gửi tin.")
    messages.success(request, said % {"name": row.name})
    return redirect("gateways")


@require_http_methods(["GET", "POST"])
@login_required
def gateway_off(request: StaffRequest, gateway_id: int) -> HttpResponse:
    """Take it out of service, after saying how many messages wait there and where they go."""
    user, at = request.user, timezone.now()
    row = access.get_gateway_to_change(user, gateway_id)
    if request.method == "POST":
        switching.switch_off(gateway=row, by=user, at=at)
        messages.success(request, _("Đã tắt kênh %(name)s. Bấm “Mở lại” khi cần.") % {"name": row.name})
        return redirect("gateways")
    context = {
        "gateway": row,
        "waiting": health.waiting_at(row),
        "stand_in": choice.stand_in(row, at),
    }
    return render(request, "notices/gateways/off.html", context)


def _set_budget(request: StaffRequest, ward: Ward) -> HttpResponse:
    at = timezone.now()
    if "remove" in request.POST:
        budget.set_limit(ward=ward, limit=None, at=at)
        messages.success(request, _("Đã bỏ giới hạn chi mỗi tháng."))
        return redirect("gateways")
    form = BudgetForm(request.POST)
    if not form.is_valid():
        return _page(request, ward, form)
    budget.set_limit(ward=ward, limit=form.cleaned_data["limit"], at=at)
    messages.success(request, _("Đã lưu giới hạn chi mỗi tháng."))
    return redirect("gateways")


def _page(request: StaffRequest, ward: Ward, form: BudgetForm | None = None) -> HttpResponse:
    at = timezone.now()
    standing = budget.standing(ward, at)
    context = _health(request, ward) | {
        "form": form or BudgetForm(initial={"limit": standing.limit}),
        "is_administrator": access.is_administrator(request.user, ward),
        "standing": standing,
        "month": budget.month_of(at),
    }
    answer = render(request, "notices/gateways/page.html", context)
    patch_vary_headers(answer, ["HX-Request"])
    return answer


def _health(request: StaffRequest, ward: Ward) -> dict[str, Any]:
    """What moves on the page: the gateways by channel."""
    at = timezone.now()
    whole = whole_number(request.GET.get("lich-su"))
    rows = health.of_ward(ward, at, whole_history_of=whole)
    mine = Gateway.objects.changeable_by(request.user)
    states = crc32(repr([(row.gateway.pk, row.state) for row in rows]).encode())
    everything = crc32(repr([(*_lines(row), row.gateway.name) for row in rows]).encode())
    return {
        "channels": [(channel, [row for row in rows if row.gateway.channel == channel]) for channel in MESSAGES],
        "rows": rows,
        "whole": whole,
        "changeable": set(mine.values_list("pk", flat=True)),
        "version": f"{states:08x}-{everything:08x}",
    }


def _lines(row: Health) -> tuple[Any, ...]:
    """What the page says about a gateway."""
    return row.state_words, row.today_words, row.waiting_words, row.history
