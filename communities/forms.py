"""Forms of households and lists."""

from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from communities.access import KEEPERS
from communities.models import OFFICIALS, User, Village
from communities.spreadsheet import MAX_BYTES


class ImportForm(forms.Form):
    """A household list: the file, and the village of the rows that name none."""

    file = forms.FileField(
        label=_("Tệp danh sách"),
        allow_empty_file=True,  # refused by the reader, with its own sentence
        max_length=200,
        error_messages={
            "required": _("Chưa chọn tệp nào."),
            "max_length": _("Tên tệp quá dài. Hãy đặt tên ngắn hơn."),
        },
        widget=forms.FileInput(attrs={"class": "drop", "accept": ".xlsx,.xlsm,.xls,.ods,.csv,.tsv,.txt"}),
    )
    village = forms.ModelChoiceField(
        Village.objects.none(),
        label=_("Danh sách của thôn nào"),
        error_messages={"required": _("Chưa chọn thôn."), "invalid_choice": _("Chọn một thôn trong danh sách.")},
        widget=forms.Select(attrs={"class": "input select"}),
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        village = cast(forms.ModelChoiceField, self.fields["village"])
        own = Village.objects.for_user(user, KEEPERS).in_order()
        village.queryset = own
        if Village.objects.for_user(user, tuple(set(KEEPERS) & set(OFFICIALS))).exists():
            village.required = False
            village.empty_label = _("Nhiều thôn: theo cột thôn, dòng tên thôn hoặc tên trang tính")
        elif len(own) == 1:
            village.empty_label = None
            village.initial = own[0]
        else:
            village.empty_label = _("Chọn thôn")

    def clean_file(self) -> Any:
        """No more than a household list can weigh."""
        file = self.cleaned_data["file"]
        if file.size > MAX_BYTES:
            limit = MAX_BYTES // 1024 // 1024
            raise forms.ValidationError(
                _("Tệp “%(name)s” quá lớn. Tối đa %(limit)s MB. Hãy tách danh sách thành nhiều tệp nhỏ hơn."),
                params={"name": file.name, "limit": limit},
            )
        return file
