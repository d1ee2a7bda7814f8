"""What one household was told: a part of its page, which belongs to communities and asks for this by address."""

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_GET

from communities import access
from communities.requests import StaffRequest
from notices.models import Notice, Recipient
from notices.progress import remaining
from notices.views.village.village_tasks import VISITORS

SHOWN = 10


@require_GET
@login_required
def household_notices(request: StaffRequest, household_id: int) -> HttpResponse:
    """The last notices to a household and how far each got; who tells households in person ticks it off here."""
    user = request.user
    household = access.get_household(user, household_id)
    rows = Recipient.objects.filter(household=household.pk, notice__in=Notice.objects.visible_to(user).values("pk"))
    rows = rows.select_related("notice", "confirmed_by").order_by("-notice__published_at", "-pk")[:SHOWN]
    context = {
        "household": household,
        "rows": remaining.explain(rows, timezone.now()),
        "may_tick": access.may(user, household, VISITORS),
    }
    template = "notices/household.html"
    answer = render(request, f"{template}#notices" if request.htmx else template, context)
    patch_vary_headers(answer, ["HX-Request"])
    return answer
