"""Forms of one household: what stands on its page, its contacts, its tags, and where it goes."""

from datetime import date
from typing import Any, cast

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from communities import names, phones
from communities.channels import BY_KEY, TABLE
from communities.models import Contact, Household, Tag, Village
from communities.resources import OLDEST_YEAR

REQUIRED = _("Chưa điền mục này.")
TOO_LONG = _("Dài quá. Tối đa %(limit_value)d ký tự.")


def _attrs(**more: Any) -> dict[str, Any]:
    return {"class": "input", "autocomplete": "off", **more}


class LineField(forms.CharField):
    """One line of text, as it is kept: NFC, squeezed, without unseen characters."""

    def __init__(self, max_length: int, **kwargs: Any) -> None:
        kwargs.setdefault("widget", forms.TextInput(attrs=_attrs()))
        super().__init__(max_length=max_length, **kwargs)
        self.error_messages["required"] = REQUIRED
        for validator in self.validators:
            if getattr(validator, "code", "") == "max_length":
                validator.message = TOO_LONG  # type: ignore[attr-defined]

    def to_python(self, value: Any) -> str:
        """Cleaned before its length is looked at."""
        return names.clean(super().to_python(value) or "")


class PhonesField(forms.CharField):
    """Numbers as people write them: one or several, with whose they are in brackets. Cleans to a list of Phone."""

    def clean(self, value: Any) -> Any:
        """The numbers, or a ValidationError that names the first that cannot be read."""
        text = super().clean(value)
        found, problems = phones.parse(text, allow_demo=settings.DEMO)
        if problems:
            raise forms.ValidationError(
                _("Không đọc được số “%(text)s”. Ví dụ: %(example)s"),
                params={"text": problems[0].text, "example": "0510 200 001" if settings.DEMO else "0912 345 678"},
            )
        return found


class HouseholdForm(forms.Form):
    """What is written of a household. `at` is when the page was drawn: see households.Overtaken."""

    head_name = LineField(100, label=_("Họ và tên chủ hộ"))
    code = LineField(30, label=_("Mã hộ"))
    birth_year = forms.IntegerField(
        label=_("Năm sinh chủ hộ"), required=False, widget=forms.TextInput(attrs=_attrs(inputmode="numeric"))
    )
    members = forms.IntegerField(
        label=_("Số khẩu"), required=False, widget=forms.TextInput(attrs=_attrs(inputmode="numeric"))
    )
    lane = LineField(100, label=_("Cụm, ngõ"), required=False)
    address = LineField(200, label=_("Địa chỉ"), required=False)
    note = LineField(300, label=_("Ghi chú"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("birth_year", "members"):
            self.fields[name].error_messages["invalid"] = _("Chỉ ghi số, ví dụ %(example)s.") % {
                "example": "1965" if name == "birth_year" else "4"
            }

    def clean_head_name(self) -> str:
        """A name has letters; ALL CAPS become a person's way of writing."""
        name = names.title(self.cleaned_data["head_name"])
        if not any(character.isalpha() for character in name):
            raise forms.ValidationError(_("Họ tên phải có chữ."))
        return name

    def clean_birth_year(self) -> int | None:
        """From 1900 to this year."""
        year = cast("int | None", self.cleaned_data["birth_year"])
        this_year = date.today().year  # noqa: DTZ011 - a year, anywhere
        if year is not None and not OLDEST_YEAR <= year <= this_year:
            raise forms.ValidationError(
                _("Năm sinh phải từ %(first)s đến %(last)s."), params={"first": OLDEST_YEAR, "last": this_year}
            )
        return year

    def clean_members(self) -> int | None:
        """1 to 50, as in a list."""
        number = cast("int | None", self.cleaned_data["members"])
        if number is not None and not 1 <= number <= 50:
            raise forms.ValidationError(_("Số khẩu phải từ 1 đến 50."))
        return number


class NewHouseholdForm(HouseholdForm):
    """A household written by hand: also its village, and numbers if there are any."""

    village = forms.ModelChoiceField(
        Village.objects.none(),
        label=_("Thôn, tổ dân phố"),
        empty_label=_("Chọn thôn"),
        error_messages={"required": _("Chưa chọn thôn."), "invalid_choice": _("Chọn một thôn trong danh sách.")},
        widget=forms.Select(attrs={"class": "input select"}),
    )
    phones = PhonesField(
        label=_("Số điện thoại"), required=False, max_length=200, widget=forms.TextInput(attrs=_attrs(inputmode="text"))
    )

    def __init__(self, *args: Any, villages: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].required = False
        choices = cast(forms.ModelChoiceField, self.fields["village"])
        choices.queryset = villages
        if len(villages) == 1:
            choices.empty_label, choices.initial = None, villages[0]


class ContactForm(forms.Form):
    """A person of a household and one number."""

    phone = PhonesField(
        label=_("Số điện thoại"), max_length=40, widget=forms.TextInput(attrs=_attrs(inputmode="tel", type="tel"))
    )
    name = LineField(100, label=_("Tên"), required=False)
    relation = LineField(50, label=_("Là số của"), required=False)
    channels = forms.MultipleChoiceField(
        choices=lambda: [(row.key, _(row.wanted)) for row in TABLE],
        required=False,
        initial=list(BY_KEY),
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, *args: Any, contact: Contact | None = None, shows_phone: bool = True, **kwargs: Any) -> None:
        if contact is not None:
            wanted = [row.key for row in TABLE if row.is_wanted_by(contact)]
            kwargs.setdefault("initial", {"name": contact.name, "relation": contact.relation, "channels": wanted})
            if shows_phone:
                kwargs["initial"]["phone"] = f"0{contact.phone[3:]}"
        super().__init__(*args, **kwargs)
        self.contact = contact
        self.fields["phone"].error_messages["required"] = REQUIRED
        if contact is not None and not shows_phone:  # masked for this reader: an empty field keeps the number
            self.fields["phone"].required = False

    def clean_phone(self) -> Any:
        """Exactly one number, or none where the old one is kept."""
        found = self.cleaned_data["phone"]
        if len(found) > 1:
            raise forms.ValidationError(_("Mỗi lần ghi một số. Thêm số khác ở lần sau."))
        if not found and self.fields["phone"].required:  # “không có”
            raise forms.ValidationError(REQUIRED)
        return found[0] if found else None

    def written(self) -> dict[str, Any]:
        """What to write on the contact."""
        data = dict(self.cleaned_data)
        phone, wanted = data.pop("phone"), data.pop("channels")
        data["refused"] = [key for key in BY_KEY if key not in wanted]
        if phone is not None:
            data |= {"phone": phone.number, "phone_kind": phone.kind, "relation": data["relation"] or phone.owner}
        elif self.contact is not None:
            data |= {"phone": self.contact.phone, "phone_kind": self.contact.phone_kind}
        return data


class MoveForm(forms.Form):
    """Into which village, and where there."""

    village = forms.ModelChoiceField(
        Village.objects.none(),
        label=_("Chuyển đến thôn, tổ dân phố"),
        empty_label=_("Chọn thôn"),
        error_messages={"required": _("Chưa chọn thôn."), "invalid_choice": _("Chọn một thôn trong danh sách.")},
        widget=forms.Select(attrs={"class": "input select"}),
    )
    lane = LineField(100, label=_("Cụm, ngõ ở nơi mới"), required=False)

    def __init__(self, *args: Any, villages: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cast(forms.ModelChoiceField, self.fields["village"]).queryset = villages


class LeaveForm(forms.Form):
    """Why a household is no longer active. Merging has a page of its own."""

    REASONS = (Household.Gone.MOVED_AWAY, Household.Gone.MISTAKE, Household.Gone.OTHER)
    reason = forms.ChoiceField(
        label=_("Lý do"),
        choices=[(reason.value, reason.label) for reason in REASONS],
        widget=forms.RadioSelect,
        error_messages={"required": _("Chưa chọn lý do."), "invalid_choice": _("Chưa chọn lý do.")},
    )


class TagsForm(forms.Form):
    """The tags of a household, and a new one made on the spot."""

    tags = forms.ModelMultipleChoiceField(
        Tag.objects.none(),
        required=False,
        error_messages={"invalid_choice": _("Nhãn này không còn nữa. Hãy tải lại trang rồi chọn lại.")},
    )
    name = LineField(50, label=_("Tên nhãn mới"), required=False)
    kind = forms.ChoiceField(label=_("Loại nhãn"), required=False, widget=forms.Select(attrs={"class": "input select"}))

    def __init__(self, *args: Any, tags: Any, kinds: list[tuple[str, Any]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cast(forms.ModelMultipleChoiceField, self.fields["tags"]).queryset = tags
        cast(forms.ChoiceField, self.fields["kind"]).choices = kinds

    def clean_name(self) -> str:
        """A name has a letter or a digit: its key must not be empty."""
        name = self.cleaned_data["name"]
        if name and not names.fold(name):
            raise forms.ValidationError(_("Tên nhãn phải có chữ."))
        return str(name)
