"""Forms of the settings: a ward's budget, a gateway's place and price, a number to try it with."""

import re
from typing import Any

from django import forms
from django.conf import settings
from django.contrib.humanize.templatetags.humanize import intcomma
from django.utils.translation import gettext_lazy as _

from communities import names, phones
from communities.household_forms import REQUIRED, LineField
from notices.adapters.base import Credentials
from notices.adapters.provider import Provider
from notices.models import Gateway

#: What a column of đồng or messages holds, rounded down to what people say.
MOST = 2_000_000_000
#: Characters of the longest key or token; Zalo's have some hundreds.
MOST_OF_A_KEY = 2_000
_NUMBER = re.compile(r"\d+|\d{1,3}(?:[., ]\d{3})+")
_UNIT = re.compile(r"\s*(?:đồng|đ|vnđ|vnd|tin|tin/giây)$", re.IGNORECASE)


class NumberField(forms.CharField):
    """A whole number as people write it: 2000000, 2.000.000, 2.000.000 đồng. Cleans to int, or None if empty."""

    def __init__(self, example: str, *, most: int = MOST, least: int = 0, **kwargs: Any) -> None:
        kwargs.setdefault("widget", forms.TextInput(attrs={"class": "input input-small", "autocomplete": "off"}))
        super().__init__(**kwargs)
        self.error_messages["required"] = REQUIRED
        self.example, self.least, self.most = example, least, most

    def prepare_value(self, value: Any) -> Any:
        """A number with its thousands parted; what was typed stays as typed."""
        return intcomma(value) if isinstance(value, int) else value

    def clean(self, value: Any) -> Any:
        """The number, or a ValidationError with an example."""
        text = _UNIT.sub("", names.clean(super().clean(value) or ""))
        if not text:
            return None
        if not _NUMBER.fullmatch(text) or not text.isascii() or len(text) > 30:
            raise forms.ValidationError(_("Chỉ ghi số, ví dụ %(example)s."), params={"example": self.example})
        number = int(re.sub(r"\D", "", text))
        if not self.least <= number <= self.most:
            raise forms.ValidationError(
                _("Ghi số từ %(least)s đến %(most)s."),
                params={"least": intcomma(self.least), "most": intcomma(self.most)},
            )
        return number


class BudgetForm(forms.Form):
    """What a ward may spend in a month."""

    limit = NumberField(
        "2.000.000",
        label=_("Mỗi tháng chi nhiều nhất"),
        error_messages={"required": _("Chưa điền số tiền. Muốn bỏ giới hạn thì bấm “Bỏ giới hạn”.")},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["limit"].error_messages["required"] = _(
            "Chưa điền số tiền. Muốn bỏ giới hạn thì bấm “Bỏ giới hạn”."
        )


class GatewayForm(forms.ModelForm):
    """What a ward decides about a gateway. Its account and keys are the operator's."""

    name = LineField(100, label=_("Tên"))
    position = NumberField("1", label=_("Thứ tự"), least=1, most=99)
    price = NumberField("850", label=_("Giá"), most=1_000_000)
    rate = NumberField("10", label=_("Tốc độ"), most=10_000)
    daily_quota = NumberField("5.000", label=_("Hạn mức mỗi ngày"), most=100_000_000)

    class Meta:
        model = Gateway
        fields = ["name", "position", "price", "rate", "daily_quota"]


class AccountForm(forms.Form):
    """An account at a provider: the fields its folder asks for. Cleans to one text each, by the provider's names.

    `known` are stored credentials: what is no secret is shown, and a secret that is stored may be left blank.
    """

    def __init__(self, *args: Any, provider: Provider, known: Credentials | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = known or {}
        for asked in provider.credentials:
            is_kept = asked.is_secret and bool(known.get(asked.key))
            field = LineField(
                MOST_OF_A_KEY,
                label=_(asked.label),
                help_text=_("Đã lưu, không hiện lại. Để trống nếu không đổi.") if is_kept else _(asked.hint),
                required=asked.is_required and not is_kept,
                initial="" if asked.is_secret else known.get(asked.key, ""),
            )
            field.widget.attrs |= {"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}
            self.fields[asked.key] = field
        self.asked = [asked.key for asked in provider.credentials]

    @property
    def account_fields(self) -> list[forms.BoundField]:
        """The fields of the provider, to be drawn in order."""
        return [self[key] for key in self.asked]

    @property
    def account(self) -> dict[str, str]:
        """What was typed of the account, by the provider's names."""
        return {key: self.cleaned_data[key] for key in self.asked}


class ConnectForm(AccountForm):
    """A new account, with what the ward calls it and what a message costs there."""

    name = LineField(100, label=_("Tên"))
    price = NumberField("850", label=_("Giá"), most=1_000_000)


class SampleForm(forms.Form):
    """Where a sample goes: one mobile number. Cleans to E.164."""

    phone = forms.CharField(
        label=_("Số điện thoại nhận tin thử"),
        max_length=40,
        widget=forms.TextInput(attrs={"class": "input input-small", "inputmode": "tel", "autocomplete": "off"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["phone"].error_messages["required"] = REQUIRED

    def clean_phone(self) -> str:
        """Exactly one number that takes messages."""
        text = self.cleaned_data["phone"]
        found, problems = phones.parse(text, allow_demo=settings.DEMO)
        if problems or not found:
            raise forms.ValidationError(
                _("Không đọc được số “%(text)s”. Ví dụ: %(example)s"),
                params={"text": text, "example": "0510 200 001" if settings.DEMO else "0912 345 678"},
            )
        if len(found) > 1:
            raise forms.ValidationError(_("Chỉ ghi một số."))
        if found[0].kind != phones.MOBILE:
            raise forms.ValidationError(_("Đây là số máy bàn, không nhận được tin. Hãy ghi số di động."))
        return found[0].number
