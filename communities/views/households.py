"""The list of households."""

from typing import cast
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import Prefetch, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from communities import access, names
from communities.models import Contact, Household, User, Village

PAGE_SIZE = 50
#: How a household can be told: key in the address, words, condition.
CHANNELS = {
    "zalo": (_("Có Zalo"), Q(can_zalo=True)),
    "sms": (_("Chỉ SMS"), Q(can_zalo=False, can_sms=True)),
    "door": (_("Cần đến tận nhà"), Q(can_zalo=False, can_sms=False)),
}


@require_GET
@login_required
def households(request: HttpRequest) -> HttpResponse:
    """Households of the user's villages: found without accents, by village and by channel."""
    user = cast(User, request.user)
    access.require(user, *access.READERS)
    villages = list(Village.objects.for_user(user).in_order())
    asked = request.GET.get("thon", "")
    village = next((one for one in villages if str(one.pk) == asked), None)
    query = names.clean(request.GET.get("q", ""))[:100]
    channel = request.GET.get("kenh", "") if request.GET.get("kenh") in CHANNELS else ""

    mine = Household.objects.for_user(user).filter(is_active=True)
    counts = mine.count_by_channel()
    found = mine.filter(village=village) if village else mine
    found = found.search(query) if query else found
    here = found.count_by_channel() if village or query else counts
    rows = found.with_channel().in_order().select_related("village")
    rows = rows.prefetch_related(Prefetch("contacts", Contact.objects.order_by("rank")))
    if channel:
        rows = rows.filter(CHANNELS[channel][1])
    paginator = Paginator(rows, PAGE_SIZE)
    paginator.count = here[channel or "all"]  # counted already
    page = paginator.get_page(request.GET.get("page"))
    kept = {
        key: value for key, value in {"q": query, "thon": asked if village else "", "kenh": channel}.items() if value
    }
    without_channel = {key: value for key, value in kept.items() if key != "kenh"}
    context = {
        "page": page,
        "rows": [(row, names.marked(row.head_name, query)) for row in page],
        "counts": counts,
        "chips": [
            {
                "label": label,
                "number": here[key],
                "is_on": key == channel,
                "query": urlencode({**without_channel, "kenh": key}),
            }
            for key, (label, _condition) in CHANNELS.items()
        ],
        "all_number": here["all"],
        "all_query": urlencode(without_channel),
        "villages": villages,
        "village": village,
        "query": query,
        "channel": channel,
        "kept": urlencode(kept),
        "own_villages": own_villages(user),
        "may_import": access.has_role(user, *access.KEEPERS),
    }
    template = "communities/households.html"
    answer = render(request, f"{template}#list" if request.htmx else template, context)  # type: ignore[attr-defined]
    patch_vary_headers(answer, ["HX-Request"])  # one address, two answers: the browser must not mix them up
    return answer


def own_villages(user: User) -> set[int]:
    """Villages whose phones the user sees in full: those they head or help in. Officials see them masked."""
    roles = (access.Role.VILLAGE_HEAD, access.Role.HELPER)
    return set(Village.objects.for_user(user, roles).values_list("pk", flat=True))
