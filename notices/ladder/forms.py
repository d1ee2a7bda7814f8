"""A ward's own ladder as a form: one small form per step, and steps that come and go without scripts."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from communities.numbers import whole_number
from notices.ladder import rules
from notices.ladder.wording import DAY, HOUR
from notices.models import Channel

#: When a step is due, as one choice that reads on from its number: “24 | giờ sau khi gửi”. Key of the rung, and
#: minutes (or days) to one of the unit.
WHEN: dict[str, tuple[str, int, Any]] = {
    "after-minutes": ("after_minutes", 1, _("phút sau khi gửi")),
    "after-hours": ("after_minutes", HOUR, _("giờ sau khi gửi")),
    "after-days": ("after_minutes", DAY, _("ngày sau khi gửi")),
    "evening": ("evening_after_days", 1, _("ngày sau, vào khung tối")),
    "before-minutes": ("before_deadline_minutes", 1, _("phút trước hạn chót")),
    "before-hours": ("before_deadline_minutes", HOUR, _("giờ trước hạn chót")),
    "before-days": ("before_deadline_minutes", DAY, _("ngày trước hạn chót")),
}
MODES = [
    (rules.FIRST, _("Kênh đầu tiên gửi được")),
    (rules.ALL, _("Mọi kênh cùng lúc")),
]
#: More than may be saved, so that what is one too many is told and not lost.
MOST_ROWS = 2 * rules.MAX_RUNGS


class RungForm(forms.Form):
    """One step. The first one is the sending itself: only its channels are chosen."""

    amount = forms.IntegerField(
        required=False,
        label=_("Bao lâu"),
        widget=forms.TextInput(attrs={"class": "input", "inputmode": "numeric", "autocomplete": "off"}),
    )
    when = forms.ChoiceField(
        required=False,
        label=_("Tính theo"),
        choices=[(key, words) for key, (_rule, _unit, words) in WHEN.items()],
        widget=forms.Select(attrs={"class": "input select"}),
    )
    every = forms.IntegerField(
        required=False,
        label=_("Nhắc lại mỗi"),
        widget=forms.TextInput(attrs={"class": "input", "inputmode": "numeric", "autocomplete": "off"}),
    )
    channels = forms.MultipleChoiceField(
        required=False, label=_("Kênh"), choices=Channel.choices, widget=forms.CheckboxSelectMultiple
    )
    mode = forms.ChoiceField(
        required=False,
        label=_("Nhiều kênh tin nhắn thì"),
        choices=MODES,
        widget=forms.Select(attrs={"class": "input select"}),
    )

    def __init__(self, *args: Any, number: int, **kwargs: Any) -> None:
        kwargs["prefix"] = str(number)
        super().__init__(*args, **kwargs)
        self.number = number  # from 1
        self.sentence = ""  # what rules.check has to say about this step
        for name in ("amount", "every"):
            self.fields[name].error_messages["invalid"] = _("Chỉ ghi số, ví dụ %(example)s.") % {"example": "30"}

    @property
    def is_first(self) -> bool:
        """The sending itself."""
        return self.number == 1

    def clean(self) -> dict[str, Any]:
        """A time is asked for of every step but the first; only steps counted from the sending repeat."""
        given = super().clean() or {}
        if self.is_first or self.errors:
            return given
        least = 0 if given["when"] == "evening" else 1
        if given.get("amount") is None or given["amount"] < least:
            self.add_error("amount", _("Ghi số từ %(n)s trở lên.") % {"n": least})
        every = given.get("every")
        if every is not None and every < 1:
            self.add_error("every", _("Ghi số từ %(n)s trở lên.") % {"n": 1})
        elif every and not str(given["when"]).startswith("after"):
            self.add_error("every", _("Chỉ bước tính từ lúc gửi mới nhắc lại được."))
        return given

    def rung(self) -> dict[str, Any]:
        """The step as ladder.rules keeps it. For a valid form."""
        given = self.cleaned_data
        how = {"channels": given["channels"], "mode": given["mode"] or rules.FIRST}
        if self.is_first:
            return {"after_minutes": 0, **how}
        rule, unit, _words = WHEN[given["when"]]
        every = {"every_minutes": given["every"]} if given["every"] else {}
        return {rule: given["amount"] * unit, **every, **how}


def rows_of(rungs: rules.Rungs) -> list[dict[str, Any]]:
    """Stored rungs as what the fields show."""
    return [_row(rung) for rung in rungs]


def rows_posted(data: QueryDict) -> list[dict[str, Any]]:
    """The rows as they were sent, whatever is wrong with them."""
    names = ("amount", "when", "every", "mode")
    return [
        {**{name: data.get(f"{n}-{name}", "") for name in names}, "channels": data.getlist(f"{n}-channels")}
        for n in range(1, number_of_rows(data) + 1)
    ]


def number_of_rows(data: Mapping[str, Any]) -> int:
    """How many rows the page had."""
    return min(max(whole_number(str(data.get("rows", "1")), digits=3) or 1, 1), MOST_ROWS)


def check(forms_of_steps: list[RungForm]) -> rules.Rungs | None:
    """The ladder of bound forms, or None with the sentence beside the step it is about."""
    if not all([form.is_valid() for form in forms_of_steps]):
        return None
    rungs = [form.rung() for form in forms_of_steps]
    try:
        rules.check(rungs)
    except rules.BadLadder as wrong:
        forms_of_steps[(wrong.step or len(forms_of_steps)) - 1].sentence = str(wrong)
        return None
    return rungs


def _row(rung: dict[str, Any]) -> dict[str, Any]:
    rule = next(name for name in ("after_minutes", "evening_after_days", "before_deadline_minutes") if name in rung)
    value = rung[rule]
    fitting = [(unit, key) for key, (name, unit, _words) in WHEN.items() if name == rule and value % unit == 0]
    # As ladder.wording says it: 24 giờ, and days from two on.
    unit, when = max((pair for pair in fitting if pair[0] != DAY or value > DAY), default=fitting[0])
    return {
        "amount": value // unit,
        "when": when,
        "every": rung.get("every_minutes") or "",
        "channels": rung["channels"],
        "mode": rung["mode"],
    }
