"""What became of one household, in plain words: who changed what, when, from what to what.

Read out of the rows as they were before each change (pghistory). What one person did at once, in one request
or by one list, is one entry.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any, NamedTuple

from django.apps import apps
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from communities.channels import TABLE
from communities.models import Contact, Disclosure, Household, HouseholdImport, HouseholdTag, Tag, User, Village

FIELDS = {
    "head_name": gettext_lazy("Chủ hộ"),
    "code": gettext_lazy("Mã hộ"),
    "birth_year": gettext_lazy("Năm sinh"),
    "members": gettext_lazy("Số khẩu"),
    "lane": gettext_lazy("Cụm, ngõ"),
    "address": gettext_lazy("Địa chỉ"),
    "note": gettext_lazy("Ghi chú"),
}
CONTACT_FIELDS = {"name": gettext_lazy("Tên"), "relation": gettext_lazy("Là số của")}


@dataclass
class Entry:
    """What happened at once. `changes`: label, old, new. `said`: whole sentences. `who` is empty for the portal."""

    at: datetime
    who: str = ""
    file: str = ""
    is_undo: bool = False  # of that list
    deciders: str = ""  # who corrected or chose something before the list was written, where others than `who`
    said: list[str] = field(default_factory=list)
    changes: list[tuple[str, str, str]] = field(default_factory=list)
    is_look: bool = False

    @property
    def is_empty(self) -> bool:
        """Nothing in it that a person would want to know."""
        return not (self.said or self.changes)


@dataclass(frozen=True)
class _Step:
    """One fact before it is put with others: `key` says with which, `by` who did it if the row itself knows."""

    at: datetime
    key: tuple[Any, ...]
    by: int | None = None
    metadata: dict[str, Any] = field(default_factory=dict)
    said: str = ""
    change: tuple[str, str, str] | None = None
    is_look: bool = False


def of(household: Household, *, user: User, phone_words: Callable[[str], str]) -> list[Entry]:
    """Everything that happened to the household and that the user may know, the newest first.

    `phone_words` writes a number as this reader may see it: in full or masked.
    """
    steps = [
        *_of_household(household),
        *_of_contacts(household, phone_words),
        *_of_tags(household, user),
        *_of_looks(household),
    ]
    together: dict[tuple[Any, ...], list[_Step]] = defaultdict(list)
    for step in steps:
        together[step.key].append(step)
    lists = _lists_of(steps, household)
    names = _names_of(steps, lists.values())
    entries = []
    for group in together.values():
        undone = {step.metadata.get("household_import_undone") for step in group} - {None}
        told = undone or {step.metadata.get("household_import") for step in group} - {None}
        at = max(step.at for step in group)
        written = lists.get(next(iter(told)) if told else at)
        by = next((by for step in group if (by := step.by or step.metadata.get("user"))), 0)
        by = by or (written.by if written and not undone else 0)
        entry = Entry(at, names.get(by, ""), written.filename if written else "", bool(undone))
        entry.is_look = all(step.is_look for step in group)
        if written and not undone:
            entry.deciders = ", ".join(names[one] for one in written.deciders if one != by and one in names)
        entry.said = list(dict.fromkeys(step.said for step in group if step.said))
        entry.changes = [step.change for step in group if step.change]
        entries.append(entry)
    return sorted((entry for entry in entries if not entry.is_empty), key=lambda entry: entry.at, reverse=True)


# --- the household itself -----------------------------------------------------------------------------


def _of_household(household: Household) -> Iterator[_Step]:
    events = list(_events_of(Household).objects.filter(pgh_obj=household.pk).order_by("pgh_id"))
    events = _with_context(events)
    changed = [event for event in events if event.pgh_label == "changed"]
    after = [*changed[1:], household][: len(changed)]
    villages = dict(
        Village.objects.filter(pk__in={row.village_id for row in [*changed, household]}).values_list("pk", "name")
    )
    codes = _codes_of({row.merged_into_id for row in [*changed, household]})
    added = next((event for event in events if event.pgh_label == "added"), None)
    yield _Step(
        household.created_at,
        _key(added) if added else ("made", household.created_at),
        metadata=_metadata(added) if added else {},
        said=_("Vào danh sách hộ."),
    )
    for old, new in zip(changed, after, strict=True):
        at, key, metadata = old.pgh_created_at, _key(old), _metadata(old)
        for name, label in FIELDS.items():
            before, now = getattr(old, name), getattr(new, name)
            if before != now:
                yield _Step(at, key, metadata=metadata, change=(str(label), _text(before), _text(now)))
        if old.village_id != new.village_id:
            change = (_("Thôn"), villages.get(old.village_id, ""), villages.get(new.village_id, ""))
            yield _Step(at, key, metadata=metadata, change=change)
        if old.is_active and not new.is_active:
            yield _Step(at, key, metadata=metadata, said=_left(new, codes))
        elif new.is_active and not old.is_active:
            yield _Step(at, key, metadata=metadata, said=_("Đưa trở lại danh sách."))


def _left(household: Any, codes: dict[int, str]) -> str:
    if household.merged_into_id:
        return _("Gộp vào hộ %(code)s.") % {"code": codes.get(household.merged_into_id, "")}
    reason = Household.Gone(household.gone).label if household.gone else _("không có trong danh sách mới")
    return _("Ngừng theo dõi: %(reason)s.") % {"reason": reason}


def _codes_of(ids: Iterable[int | None]) -> dict[int, str]:
    return dict(Household.objects.filter(pk__in={one for one in ids if one}).values_list("pk", "code"))


# --- contacts -----------------------------------------------------------------------------------------


def _of_contacts(household: Household, phone_words: Callable[[str], str]) -> Iterator[_Step]:
    model = _events_of(Contact)
    present = {contact.pk: contact for contact in household.contacts.all()}
    ours = model.objects.filter(Q(household=household.pk) | Q(pgh_obj__in=list(present))).values("pgh_obj_id")
    chains: defaultdict[int, list[Any]] = defaultdict(list)
    for event in _with_context(model.objects.filter(pgh_obj__in=ours).order_by("pgh_id")):
        chains[event.pgh_obj_id].append(event)
    elsewhere = Contact.objects.in_bulk([pk for pk in chains if pk not in present])
    versions = {pk: [*chains[pk], present.get(pk) or elsewhere.get(pk)] for pk in {*chains, *present}}
    codes = _codes_of({row.household_id for rows in versions.values() for row in rows if row} - {household.pk})
    for rows in versions.values():
        first = rows[0]
        age = first.created_at - household.created_at
        came_with_it = first.created_by_id is None and abs(age) < timedelta(minutes=1)
        if first.household_id == household.pk and not came_with_it:
            said = _("Thêm số %(phone)s.") % {"phone": phone_words(first.phone)}
            yield _Step(first.created_at, ("made", first.created_at), first.created_by_id, said=said)
        for old, new in pairwise(rows):
            if household.pk in {old.household_id, new.household_id if new else old.household_id}:
                yield from _of_contact(household, old, new, phone_words, codes)


def _of_contact(
    household: Household, old: Any, new: Any, phone_words: Callable[[str], str], codes: dict[int, str]
) -> Iterator[_Step]:
    at, key, metadata = old.pgh_created_at, _key(old), _metadata(old)
    phone = phone_words(old.phone)

    def said(text: str, **words: str) -> _Step:
        return _Step(at, key, metadata=metadata, said=text % {"phone": phone, **words})

    def changed(label: str, before: str, now: str) -> _Step:
        return _Step(at, key, metadata=metadata, change=(label, before, now))

    if new is None:
        yield said(_("Bỏ số %(phone)s."))
        return
    if old.household_id != new.household_id:
        if new.household_id == household.pk:
            yield said(_("Nhận số %(phone)s từ hộ %(code)s."), code=codes.get(old.household_id, ""))
        else:
            yield said(_("Chuyển số %(phone)s sang hộ %(code)s."), code=codes.get(new.household_id, ""))
        return
    if old.phone != new.phone:
        yield changed(_("Số điện thoại"), phone, phone_words(new.phone))
    for name, label in CONTACT_FIELDS.items():
        if getattr(old, name) != getattr(new, name):
            yield changed(f"{label} ({phone})", _text(getattr(old, name)), _text(getattr(new, name)))
    for channel in TABLE:
        if channel.is_wanted_by(old) != channel.is_wanted_by(new):
            yes, no = _("nhận tin"), _("không nhận tin")
            yield changed(f"{channel.name} ({phone})", *((yes, no) if channel.is_wanted_by(old) else (no, yes)))
        if channel.key in new.no_account and channel.key not in old.no_account:
            yield said(_("%(channel)s báo số %(phone)s không có %(channel)s."), channel=channel.name)
    if new.rank == 1 and old.rank == 0:
        yield said(_("Số %(phone)s thành số đại diện."))


# --- tags, and who saw the numbers ----------------------------------------------------------------------


def _of_tags(household: Household, user: User) -> Iterator[_Step]:
    events = _with_context(_events_of(HouseholdTag).objects.filter(household=household.pk).order_by("pgh_id"))
    if not events:
        return
    tags = Tag.objects.filter(pk__in={event.tag_id for event in events})
    if not Household.objects.for_circumstances(user).filter(pk=household.pk).exists():
        tags = tags.exclude(kind=Tag.Kind.CIRCUMSTANCE)
    known = dict(tags.values_list("pk", "name"))
    for event in events:
        if name := known.get(event.tag_id):
            text = _("Gắn nhãn “%(tag)s”.") if event.pgh_label == "added" else _("Bỏ nhãn “%(tag)s”.")
            yield _Step(event.pgh_created_at, _key(event), metadata=_metadata(event), said=text % {"tag": name})


def _of_looks(household: Household) -> Iterator[_Step]:
    texts = {
        Disclosure.Via.SCREEN: _("Xem đủ số điện thoại."),
        Disclosure.Via.EXPORT: _("Xuất danh sách có đủ số điện thoại ra Excel."),
    }
    for row in household.disclosures.order_by("-at", "-pk")[:50]:
        yield _Step(row.at, ("look", row.pk), row.user_id, said=texts[Disclosure.Via(row.via)], is_look=True)


# --- who, and with which list ---------------------------------------------------------------------------


def _with_context(events: Iterable[Any]) -> list[Any]:
    """Events with their contexts. The link has no constraint in the database, so a context may be missing."""
    from pghistory.models import Context

    rows = list(events)
    contexts = Context.objects.in_bulk({row.pgh_context_id for row in rows if row.pgh_context_id})
    for row in rows:
        row.told = contexts[row.pgh_context_id].metadata if row.pgh_context_id in contexts else {}
    return rows


def _events_of(model: Any) -> Any:
    """The model that keeps what rows of `model` were, which pghistory makes."""
    return apps.get_model("communities", f"{model.__name__}Event")


def _metadata(event: Any) -> dict[str, Any]:
    return dict(event.told)


def _key(event: Any) -> tuple[Any, ...]:
    return ("context", event.pgh_context_id) if event.pgh_context_id else ("event", event.pgh_created_at)


def _names_of(steps: Iterable[_Step], lists: Iterable["_List"]) -> dict[int, str]:
    ids = {one for step in steps for one in (step.by, step.metadata.get("user")) if one}
    ids |= {one for written in lists for one in (written.by, *written.deciders) if one}
    return {user.pk: str(user) for user in User.objects.filter(pk__in=ids)}


class _List(NamedTuple):
    """A list that was written: its file, who pressed (0: an operator, or not known), and who decided something."""

    filename: str
    by: int
    deciders: list[int]


def _lists_of(steps: Iterable[_Step], household: Household) -> dict[Any, _List]:
    """Lists by their id, and by the moment they were written: what a list adds knows only that."""
    keys = ("household_import", "household_import_undone")
    told = {step.metadata.get(key) for step in steps for key in keys} - {None}
    deciders = {step.metadata.get(keys[0]): step.metadata.get("decided_by", []) for step in steps}
    moments = {step.at for step in steps if step.key[0] == "made"}
    rows = HouseholdImport.objects.filter(Q(pk__in=told) | Q(ward=household.ward_id, applied_at__in=moments))
    found: dict[Any, _List] = {}
    for row in rows.only("applied_at", "filename", "applied_by", "choices"):
        hands = deciders.get(row.pk) or row.choices.get("by", [])
        found[row.pk] = found[row.applied_at] = _List(row.filename, row.applied_by_id or 0, hands)
    return found


def _text(value: Any) -> str:
    return "" if value is None else str(value)
