"""A notice written as a file (YAML), turned into a draft: for the command line and the demo's samples."""

from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Any

import yaml
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from communities import names
from communities.models import User, Village, Ward
from communities.places import Places
from notices.models import Notice, Urgency
from notices.models.notice import Refused
from notices.writing.fields import FIELDS, Kind, WrittenField

#: Known to the sample notices and kept for people; nothing is done with them.
_FOR_PEOPLE = {"id", "category", "issuer", "audience", "channels", "publish_item", "note", "corrects"}
_KEYS = {field.key for field in FIELDS} | _FOR_PEOPLE
_ALL = object()
_BAD_DATE = gettext_lazy("Ngày “%(value)s” chưa đúng. Viết như 2026-12-20 hoặc 2026-12-20T17:00.")


def parse(text: str) -> dict[str, Any]:
    """The one notice a YAML text holds. Raises Refused with a sentence for anything else."""
    try:
        data = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, RecursionError) as error:  # ValueError: the 45th of a month
        mark = getattr(error, "problem_mark", None)
        where = _(" (dòng %(line)s)") % {"line": mark.line + 1} if mark else ""
        raise Refused(_("Tệp không đúng dạng YAML%(where)s.") % {"where": where}) from error
    if not isinstance(data, dict):
        raise Refused(_("Tệp phải có các mục như title, body, urgency."))
    if unknown := sorted(str(key) for key in data.keys() - _KEYS):
        raise Refused(_("Tệp có mục không rõ: %(fields)s.") % {"fields": ", ".join(unknown)})
    return data


def draft(data: Mapping[str, Any], *, ward: Ward, by: User, villages: list[str] | None = None) -> Notice:
    """A saved draft of the ward. Names the villages by `villages` or the data's own list; without either, all.

    Raises Refused for a missing title or body, an unknown urgency or village, a date nobody can read, an end before
    the event.
    """
    urgency = (_text(data, "urgency") or Urgency.NORMAL).strip().upper()
    if urgency not in Urgency.values:
        known = ", ".join(value.lower() for value in Urgency.values)
        raise Refused(
            _("Độ khẩn “%(value)s” không có. Viết một trong: %(known)s.") % {"value": urgency, "known": known}
        )
    # Named but empty is a list somebody forgot to write, and must not become the whole ward.
    wanted = villages if villages is not None else data.get("villages", _ALL)
    notice = Notice(ward=ward, created_by=by, urgency=urgency)
    for one in FIELDS:
        if one.kind is not Kind.CHOICE:
            setattr(notice, one.name, _read(data, one, default=getattr(notice, one.name)))
    notice.is_for_evening = notice.is_for_evening and urgency == Urgency.NORMAL
    if notice.valid_until and notice.happens_at and notice.valid_until < notice.happens_at:
        raise Refused(_("Mục valid_until: thông báo hết hiệu lực trước khi việc diễn ra."))
    try:
        notice.clean_fields()
    except ValidationError as error:
        field, messages = next(iter(error.message_dict.items()))
        raise Refused(_("Mục %(field)s: %(problem)s") % {"field": field, "problem": messages[0]}) from error
    with transaction.atomic():
        notice.save()
        notice.villages.set(_villages(ward, wanted))
    return notice


def _villages(ward: Ward, wanted: Any) -> list[Village]:
    known = list(Village.objects.filter(ward=ward).in_order())
    if wanted is _ALL:
        return known
    if not isinstance(wanted, list):
        raise Refused(_("Mục villages phải là danh sách tên thôn."))
    by_id = {village.pk: village for village in known}
    places = Places((village.pk, village.name) for village in known)
    chosen = []
    for name in wanted:
        found = places.find(name) if isinstance(name, str) else None
        if found is None:
            raise Refused(_("Xã không có thôn “%(name)s”.") % {"name": name if isinstance(name, str | int) else "…"})
        chosen.append(by_id[found])
    return chosen


def _read(data: Mapping[str, Any], field: WrittenField, *, default: Any) -> Any:
    """What a file says of a field."""
    if field.kind is Kind.MOMENT:
        return _moment(data.get(field.key), field.clock)
    if field.kind is Kind.FLAG:
        return bool(data.get(field.key, default))
    text = _text(data, field.key)
    return names.clean(text) if field.kind is Kind.LINE else names.seen(text).strip()


def _text(data: Mapping[str, Any], name: str) -> str:
    """What stands in a field, without what PostgreSQL's text cannot hold. Raises Refused for a list or mapping."""
    value = data.get(name)
    if isinstance(value, list | dict | set | tuple):
        raise Refused(_("Mục %(field)s phải là chữ.") % {"field": name})
    whole = "" if value is None else str(value)
    # JSON is YAML, too, and spells a character of the upper planes as two halves.
    return whole.replace("\0", "").encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def is_of_this_century(moment: datetime) -> bool:
    """Whether a notice can be about this moment; beyond, calendars of database and Python part ways."""
    return 2000 <= moment.year < 2100


def _moment(value: Any, at: time) -> datetime | None:
    """A moment in Vietnam: a date alone gets the given clock."""
    if value is None or value == "":
        return None
    if isinstance(value, list | dict | set | tuple):
        raise Refused(_BAD_DATE % {"value": "…"})
    try:
        if isinstance(value, datetime):
            moment = value
        elif isinstance(value, date):
            moment = datetime.combine(value, at)
        else:
            text = str(value).strip()
            moment = datetime.fromisoformat(text)
            if len(text) == len("2026-12-20"):
                moment = datetime.combine(moment, at)
    except ValueError as error:
        raise Refused(_BAD_DATE % {"value": str(value)[:50]}) from error
    if not is_of_this_century(moment):
        raise Refused(_BAD_DATE % {"value": str(value)[:50]})
    return moment if timezone.is_aware(moment) else timezone.make_aware(moment)
