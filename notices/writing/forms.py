"""The forms of notices. They exist to be kind; integrity lives in the database and in publishing."""

import unicodedata
from datetime import datetime
from typing import Any

from django import forms
from django.db.models import Count, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from communities import names
from communities.models import Village, Ward
from notices.models import Notice, Urgency
from notices.writing import audience
from notices.writing.drafting import is_of_this_century
from notices.writing.fields import FIELDS, Kind, names_of


class MomentInput(forms.DateTimeInput):
    """The browser's own picker of day and clock."""

    input_type = "datetime-local"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%dT%H:%M")


class NoticeForm(forms.ModelForm):
    """A notice as its author writes it.

    A draft may be incomplete and needs a title only; `is_final` asks for everything a household must be told.
    """

    is_whole_ward = forms.BooleanField(required=False)
    urgency = forms.ChoiceField(choices=Urgency.choices, widget=forms.RadioSelect, initial=Urgency.NORMAL)
    villages = forms.ModelMultipleChoiceField(Village.objects.none(), required=False)
    body = forms.CharField(required=False, max_length=5000, strip=True)
    happens_at = forms.DateTimeField(required=False, widget=MomentInput())
    confirm_by = forms.DateTimeField(required=False, widget=MomentInput())
    valid_until = forms.DateTimeField(required=False, widget=MomentInput())

    class Meta:
        model = Notice
        fields = [field.name for field in FIELDS]

    def __init__(self, *args: Any, ward: Ward, is_final: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.ward = ward
        self.is_final = is_final
        active = Q(households__is_active=True)
        self.village_rows: list[Any] = list(
            Village.objects.filter(ward=ward).in_order().annotate(number=Count("households", filter=active))
        )
        self.fields["villages"].queryset = Village.objects.filter(ward=ward, is_active=True)  # type: ignore[attr-defined]
        self.fields["title"].error_messages["required"] = _("Thông báo cần có tiêu đề.")
        too_long = _("Dài quá %(limit_value)d ký tự (đang có %(show_value)d).")
        for name in names_of(Kind.LINE, Kind.TEXT):
            self.fields[name].error_messages["max_length"] = too_long
            for validator in self.fields[name].validators:
                if getattr(validator, "code", "") == "max_length":
                    validator.message = too_long  # type: ignore[attr-defined]
        for name in names_of(Kind.MOMENT):
            self.fields[name].error_messages["invalid"] = _("Ngày giờ chưa đúng. Chọn lại ngày và giờ.")
        self.fields["urgency"].error_messages["invalid_choice"] = _("Chọn một trong bốn độ khẩn.")

    @property
    def mistakes(self) -> list[tuple[str, Any]]:
        """(id of the field, its name) of everything that is wrong, in the order of the page."""
        return [(f"id_{field.name}", field.label) for field in FIELDS if field.label and field.name in self.errors]

    @property
    def all_households(self) -> int:
        """Households of the whole ward."""
        return sum(row.number for row in self.village_rows)

    @property
    def chosen_ids(self) -> set[int]:
        """Ids of the villages ticked now, whether typed, stored or given at the start."""
        if self.is_bound and self.data.get("is_whole_ward"):
            return {row.pk for row in self.village_rows}
        ticked = {str(getattr(item, "pk", item)) for item in self["villages"].value() or []}
        return {row.pk for row in self.village_rows if str(row.pk) in ticked}

    @property
    def is_all_chosen(self) -> bool:
        """Whether every village is ticked."""
        return bool(self.village_rows) and self.chosen_ids >= {row.pk for row in self.village_rows}

    def clean_happens_at(self) -> datetime | None:
        """A moment of this century. The calendar of the database is longer than that of what reads it."""
        return _of_this_century(self.cleaned_data["happens_at"])

    def clean_confirm_by(self) -> datetime | None:
        """A moment of this century."""
        return _of_this_century(self.cleaned_data["confirm_by"])

    def clean_valid_until(self) -> datetime | None:
        """A moment of this century."""
        return _of_this_century(self.cleaned_data["valid_until"])

    def clean_title(self) -> str:
        """One line, composed letters."""
        return names.clean(self.cleaned_data["title"])

    def clean_place(self) -> str:
        """One line, composed letters."""
        return names.clean(self.cleaned_data["place"])

    def clean_contact(self) -> str:
        """One line, composed letters."""
        return names.clean(self.cleaned_data["contact"])

    def clean_sms_text(self) -> str:
        """One line, composed letters."""
        return names.clean(self.cleaned_data["sms_text"])

    def clean_body(self) -> str:
        """Composed letters, paragraphs kept."""
        body = unicodedata.normalize("NFC", self.cleaned_data["body"]).replace("\r\n", "\n").strip()
        if self.is_final and not body:
            raise forms.ValidationError(_("Viết nội dung để bà con đọc."))
        return body

    def clean(self) -> dict[str, Any]:
        """The audience; a deadline and an end that have not passed; the evening for thường alone."""
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("is_whole_ward"):
            cleaned["villages"] = list(self.village_rows)
        if not cleaned.get("is_confirmation_wanted"):
            cleaned["confirm_by"] = None
        deadline = cleaned.get("confirm_by")
        if deadline and deadline <= timezone.now():
            self.add_error("confirm_by", _("Hạn xác nhận đã qua. Chọn ngày giờ sau lúc này."))
        if cleaned.get("urgency") != Urgency.NORMAL:
            cleaned["is_for_evening"] = False
        self._check_end(cleaned.get("valid_until"), cleaned.get("happens_at"))
        if self.is_final and "villages" not in self.errors:
            self._check_audience(cleaned["villages"])
        return cleaned

    def _check_end(self, ends_at: datetime | None, happens_at: datetime | None) -> None:
        if ends_at and ends_at <= timezone.now():
            self.add_error("valid_until", _("Lúc này đã qua. Chọn ngày giờ sau lúc này."))
        elif ends_at and happens_at and ends_at < happens_at:
            self.add_error("valid_until", _("Thông báo hết hiệu lực trước khi việc diễn ra. Chọn ngày giờ muộn hơn."))

    def _check_audience(self, villages: Any) -> None:
        if not villages:
            self.add_error("villages", _("Chưa chọn nơi nhận. Chọn ít nhất một thôn, hoặc cả xã."))
        elif not audience.count(ward=self.ward, village_ids=[row.pk for row in villages]).households:
            self.add_error(
                "villages", _("Các thôn đã chọn chưa có hộ nào. Nhập danh sách hộ trước, rồi trình thông báo.")
            )


def _of_this_century(moment: datetime | None) -> datetime | None:
    if moment is not None and not is_of_this_century(moment):
        raise forms.ValidationError(_("Ngày giờ chưa đúng. Chọn lại ngày và giờ."))
    return moment


class ReturnForm(forms.Form):
    """Why a notice goes back to its author."""

    reason = forms.CharField(
        max_length=500,
        error_messages={
            "required": _("Viết cần sửa gì, để người soạn biết."),
            "max_length": _("Dài quá %(limit_value)d ký tự. Viết ngắn hơn."),
        },
    )
