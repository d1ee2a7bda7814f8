"""The list of households: found, filtered, taken along as Excel, and printed as cards."""

import re
import tempfile
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import Prefetch
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_POST

from communities import access, cards, export, keeping, names
from communities.access import own_villages
from communities.channels import TABLE
from communities.models import Contact, Disclosure, Household, Tag, User, Village
from communities.requests import StaffRequest
from communities.views.asked import Asked

PAGE_SIZE = 40
CARDS_A_PAGE = 8
SHEETS = 25  # of paper at a time: 200 codes are drawn in about a second
#: Chips above the list, in this order; the last two only when there is such a household.
OTHER_CHIPS = {
    "door": _("Cần đến tận nhà"),
    "nophone": _("Chưa có số"),
    "optout": _("Ngừng nhận tin"),
    "gone": _("Không còn theo dõi"),
}


@require_GET
@login_required
def households(request: StaffRequest) -> HttpResponse:
    """Households of the user's villages: found without accents, filtered, in the order asked for."""
    user = request.user
    access.require(user, *access.READERS)
    asked = Asked.by(user, request.GET.dict())
    here = asked.found().count_by_channel()
    is_part = bool(request.htmx)
    counts = asked.everyone().count_by_channel() if asked.is_narrow and not is_part else here
    rows = asked.households().with_channel().with_tags(user).select_related("village")
    rows = rows.prefetch_related(Prefetch("contacts", Contact.objects.order_by("rank")))
    paginator = Paginator(rows, PAGE_SIZE)
    paginator.count = here[asked.channel or "all"]  # counted already
    page = paginator.get_page(request.GET.get("page"))
    reveals = set(Village.objects.for_user(user, access.REVEALERS).values_list("pk", flat=True))
    context = {
        "asked": asked,
        "page": page,
        "rows": [(row, names.marked(row.head_name, asked.query)) for row in page],
        "counts": counts,
        "chips": _chips(asked, here),
        "tag_chips": _tag_chips(asked),
        "all_number": here["all"],
        "all_query": asked.address(kenh="", nhan=""),
        "lanes": [(lane, asked.address(ngo=lane)) for lane in asked.lanes],
        "without_lane": asked.address(ngo=""),
        "kept": asked.address(),
        "pairs": asked.pairs(),
        "orders": [(key, words, asked.address(sap=key)) for key, words in ORDERS],
        "own_villages": own_villages(user),
        "reveals": reveals,
        "may_import": access.has_role(user, *access.KEEPERS),
    }
    template = "communities/households/page.html"
    answer = render(request, f"{template}#list" if is_part else template, context)
    patch_vary_headers(answer, ["HX-Request"])  # one address, two answers: the browser must not mix them up
    return answer


ORDERS = (("", _("Theo tên")), ("ma", _("Theo mã hộ")), ("ngo", _("Theo ngõ")))


@require_POST
@login_required
def households_export(request: StaffRequest) -> HttpResponse | FileResponse:
    """The list as asked for, as an Excel file. Full numbers only for who may take them along; that is recorded."""
    user = request.user
    access.require(user, *access.READERS)
    asked = Asked.by(user, request.POST.dict())
    taken = set(Village.objects.for_user(user, access.DECIDERS).values_list("pk", flat=True))
    rows, now = asked.households(), timezone.now()
    file = tempfile.TemporaryFile()  # noqa: SIM115 - FileResponse closes it
    export.write(rows, file, hides=lambda household: household.village_id not in taken)
    keeping.record_disclosure(households=rows.filter(village__in=taken), user=user, via=Disclosure.Via.EXPORT, at=now)
    file.seek(0)
    place = names.fold(asked.village.name if asked.village else str(access.get_ward(user)))
    name = f"ho-dan-{place.replace(' ', '-')}-{timezone.localdate(now):%Y-%m-%d}.xlsx"
    return FileResponse(file, as_attachment=True, filename=name, content_type=XLSX)


XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@require_GET
@login_required
def household_cards(request: StaffRequest) -> HttpResponse:
    """Cards of the list as asked for, or of one household (`ho`), eight to a sheet of A4."""
    user = request.user
    access.require(user, *access.KEEPERS)
    asked = Asked.by(user, request.GET.dict())
    rows = asked.households().filter(pk__in=Household.objects.for_user(user, access.KEEPERS).values("pk"))
    one = request.GET.get("ho", "")
    if one:
        rows = rows.filter(pk=int(one)) if re.fullmatch(r"\d{1,18}", one) else rows.none()
        if not rows.exists():
            raise Http404
    page = Paginator(rows.select_related("village", "ward"), CARDS_A_PAGE * SHEETS).get_page(request.GET.get("page"))
    drawn = [(row, cards.qr(row.pk)) for row in page]
    context = {
        "asked": asked,
        "page": page,
        "sheets": [drawn[n : n + CARDS_A_PAGE] for n in range(0, len(drawn), CARDS_A_PAGE)],
        "kept": f"ho={one}" if one else asked.address(),
        "one": drawn[0][0] if one else None,
    }
    return render(request, "communities/households/cards.html", context)


@require_GET
def household_card(request: HttpRequest, token: str) -> HttpResponse:
    """What the QR of a card opens: the household's page for who may see it, for others only whose card it is."""
    household_id = cards.household_id_of(token)
    household = Household.objects.select_related("ward").filter(pk=household_id or 0).first()
    if household is None:
        raise Http404
    user = request.user
    if isinstance(user, User) and Household.objects.for_user(user).filter(pk=household.pk).exists():
        return redirect("household", household.merged_into_id or household.pk)
    return render(request, "communities/households/card.html", {"ward": household.ward, "next": request.path})


def _chips(asked: Asked, here: dict[str, int]) -> list[dict[str, Any]]:
    first, further = _("Có %(channel)s"), _("Chỉ %(channel)s")
    by_channel = {row.key.lower(): (first if row is TABLE[0] else further) % {"channel": row.name} for row in TABLE}
    return [
        {"label": label, "number": here[key], "is_on": key == asked.channel, "query": asked.address(kenh=key)}
        for key, label in (by_channel | OTHER_CHIPS).items()
    ]


def _tag_chips(asked: Asked) -> list[dict[str, Any]]:
    """Tags that some household of the list carries, those most carried first."""
    if not asked.tags:
        return []
    numbers = asked.found(tagged=False).count_by_tag(asked.tags, asked.user)
    chips = [
        {
            "label": tag.name,
            "is_locked": tag.kind == Tag.Kind.CIRCUMSTANCE,
            "number": numbers.get(tag.pk, 0),
            "is_on": tag == asked.tag,
            "query": asked.address(nhan="" if tag == asked.tag else tag.pk),
        }
        for tag in asked.tags
    ]
    return sorted((chip for chip in chips if chip["number"] or chip["is_on"]), key=lambda chip: -chip["number"])
