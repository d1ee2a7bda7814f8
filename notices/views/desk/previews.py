"""What households would see of a notice before it is published, how many they are, and what it would cost."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from communities.channels import BY_KEY, TABLE
from communities.models import Household
from notices.gateways import budget
from notices.gateways.budget import Standing
from notices.ladder import rules
from notices.models import Channel, Gateway, Notice, Urgency
from notices.progress import plans
from notices.writing import audience, composing, plain
from notices.writing.forms import NoticeForm

#: As long as a real one, so that an SMS is counted and priced truly before its households exist.
SAMPLE_TOKEN = "123456.abcdefghijkl"  # noqa: S105 - opens nothing
SAMPLE_HEAD = "Nguyễn Văn Thiệp"


@dataclass
class Preview:
    """What households would see of a notice, how many they are, when each step would come, and what it would cost."""

    notice: Notice
    audience: audience.Audience
    card: composing.ZaloCard
    sms: composing.Sms
    plain_sms: composing.Sms
    first: Mapping[str, Any]  # the step of the sending itself, as ladder.rules keeps it
    #: Of its messages to everybody, in đồng; a phone that households share is paid once, which makes it less.
    cost: int
    prices: dict[str, int] = field(default_factory=dict)  # channel → đồng per message, or per part
    steps: list[plans.Line] = field(default_factory=list)
    begins_words: str = ""
    budget: Standing = field(default_factory=lambda: Standing(0, None))

    @property
    def pieces(self) -> list[tuple[str, bool]]:
        """The SMS cut where a letter raises its price: (text, is costly)."""
        cut: list[tuple[str, bool]] = []
        costly = set(self.sms.costly)
        for character in self.sms.text:
            is_costly = character in costly
            if cut and cut[-1][1] == is_costly:
                cut[-1] = (cut[-1][0] + character, is_costly)
            else:
                cut.append((character, is_costly))
        return cut

    @property
    def channels(self) -> set[str]:
        """Channels some gateway carries for the ward."""
        return set(self.prices)

    @property
    def card_price(self) -> int:
        """Of one card, in đồng."""
        return max((self.prices.get(row.key, 0) for row in TABLE if row.is_card), default=0)

    @property
    def sms_price(self) -> int:
        """Of one part of an SMS, in đồng."""
        return self.prices.get(Channel.SMS, 0)

    @property
    def sms_parts_price(self) -> int:
        """Of one SMS, in đồng."""
        return self.sms.parts * self.sms_price

    @property
    def plain_sms_price(self) -> int:
        """Of the same SMS without marks, in đồng."""
        return self.plain_sms.parts * self.sms_price

    @property
    def is_beyond_budget(self) -> bool:
        """The month's money does not suffice for the first messages."""
        return self.budget.limit is not None and self.cost > self.budget.left

    @property
    def is_both(self) -> bool:
        """The first step goes over several channels at once."""
        return self.first["mode"] == rules.ALL and len(self.messages) > 1

    @property
    def messages(self) -> dict[str, int]:
        """Of the first step, by channel."""
        return _messages(self.first, self.audience)


def preview_of_form(form: NoticeForm, notice: Notice) -> Preview:
    """The preview of a text as typed: what is wrong in it is left out, not complained about."""
    shown = notice
    if form.is_bound:
        form.is_valid()
        typed = {name: form.cleaned_data.get(name) for name in form.Meta.fields if name != "villages"}
        shown = Notice(
            ward=notice.ward,
            code=notice.code,
            title=typed["title"] or str(form.data.get("title", "")).strip()[:150] or _("(tiêu đề)"),
            body=typed["body"] or "",
            urgency=typed["urgency"] or Urgency.NORMAL,
            happens_at=typed["happens_at"],
            place=typed["place"] or "",
            contact=typed["contact"] or "",
            is_confirmation_wanted=bool(typed["is_confirmation_wanted"]),
            confirm_by=typed["confirm_by"],
            sms_text=typed["sms_text"] or "",
            valid_until=typed["valid_until"],
            is_for_evening=bool(typed["is_for_evening"]),
        )
    elif notice.pk is None:
        shown = Notice(ward=notice.ward, code=notice.code, title=_("(tiêu đề)"))
    return preview_of(shown, sorted(form.chosen_ids & {row.pk for row in form.village_rows}))


def preview_of(notice: Notice, village_ids: list[int]) -> Preview:
    """The preview of a notice as it stands, to the households of these villages."""
    link = settings.PUBLIC_BASE_URL + reverse("resident", args=[SAMPLE_TOKEN])
    sms = composing.sms_for(notice, link)
    prices: dict[str, int] = {}
    for gateway in Gateway.objects.for_ward(notice.ward).filter(is_active=True):
        prices.setdefault(gateway.channel, gateway.price)
    at = timezone.now()
    rungs = rules.rungs_for(notice.urgency, notice.ward)
    heard = audience.count(ward=notice.ward, village_ids=village_ids, order=rules.messages_of(*rungs))

    def cost_of(rung: Mapping[str, Any]) -> int:
        messages = _messages(rung, heard).items()
        return sum(n * (sms.parts if BY_KEY[key].is_in_parts else 1) * prices.get(key, 0) for key, n in messages)

    begins_at, steps = plans.expected(notice, at, rungs, cost_of)
    return Preview(
        notice=notice,
        audience=heard,
        card=composing.zalo_card(notice, composing.addressee(Household(head_name=SAMPLE_HEAD))),
        sms=sms,
        plain_sms=composing.measure_sms(plain.unaccent(sms.text)),
        first=rungs[0],
        cost=cost_of(rungs[0]),
        prices=prices,
        steps=steps,
        begins_words=plans.begins_words(notice, begins_at, at),
        budget=budget.standing(notice.ward, at),
    )


def _messages(rung: Mapping[str, Any], heard: audience.Audience) -> dict[str, int]:
    """A step's messages to everybody, by channel."""
    return heard.messages(rules.messages_of(rung), is_all=rung["mode"] == rules.ALL)
