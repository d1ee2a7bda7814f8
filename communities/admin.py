"""The operators' desk: Django's admin at an address of its own, for superusers alone.

It is for repairing what the pages have no form for. Lists go in by the pages or `manage.py import_households`,
never from here: an import is whole or not at all, shows what it would change, and can be undone, and
django-import-export's own cannot promise that. Out goes the same file as on the household desk.
"""

import tempfile
from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import AdminUserCreationForm, UserChangeForm
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from import_export.admin import ExportMixin
from import_export.formats import base_formats
from import_export.forms import ExportForm

from communities import export, keeping
from communities.masking import masked
from communities.models import (
    Contact,
    Disclosure,
    Household,
    HouseholdImport,
    Membership,
    Province,
    Tag,
    User,
    Village,
    Ward,
)
from communities.resources import HouseholdResource


class Operators(admin.AdminSite):
    """Superusers only. Strangers sign in on the portal's own page, which counts guesses; for staff it is not there."""

    site_header = site_title = "Tới Nhà · vận hành"
    enable_nav_sidebar = True

    def has_permission(self, request: HttpRequest) -> bool:
        """Roles of a ward open nothing here."""
        return bool(request.user.is_active and request.user.is_superuser)

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        """As Django's, with its own answer to whoever may not come in."""
        inner = super().admin_view(view, cacheable)

        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            if not self.has_permission(request):
                return self.login(request)
            return inner(request, *args, **kwargs)

        return guarded

    def get_urls(self) -> list[Any]:
        """As Django's, without the addresses that lead to an object's own page: no model here names one."""
        return [one for one in super().get_urls() if getattr(one, "name", "") != "view_on_site"]

    def login(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """To the portal's sign-in; 404 for who is signed in and no operator."""
        if request.user.is_authenticated and not self.has_permission(request):
            raise Http404
        return redirect_to_login(request.GET.get("next") or request.get_full_path())


operators = Operators(name="admin")


class Kept(admin.ModelAdmin):
    """Rows that are never deleted: other rows, and years, hang on them."""

    list_per_page = 50
    show_full_result_count = False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never."""
        return False


class Looked(Kept):
    """Rows that are only looked at."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never."""
        return False


@admin.register(Province, site=operators)
class ProvinceAdmin(Kept):
    """Provinces."""

    list_display = ("name", "code", "valid_from")
    search_fields = ("name", "code")
    ordering = ("name", "pk")


@admin.register(Ward, site=operators)
class WardAdmin(Kept):
    """Wards."""

    list_display = ("name", "code", "province", "valid_from", "phone")
    list_filter = ("kind", "province")
    list_select_related = ("province",)
    search_fields = ("name", "code")
    autocomplete_fields = ("province",)
    ordering = ("name", "pk")


@admin.register(Village, site=operators)
class VillageAdmin(Kept):
    """Villages."""

    list_display = ("name", "code", "ward", "position", "is_active")
    list_filter = ("is_active",)
    list_select_related = ("ward",)
    search_fields = ("name", "code", "ward__name")
    autocomplete_fields = ("ward", "merged_into")
    ordering = ("ward", "position", "pk")


class Workbook(base_formats.Format):
    """The file of the household desk, as a format of django-import-export."""

    def get_title(self) -> str:
        """As the list of formats names it."""
        return "xlsx"

    def get_extension(self) -> str:
        """Of the file's name."""
        return "xlsx"

    def get_content_type(self) -> str:
        """Excel's own."""
        return "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

    def is_binary(self) -> bool:
        """A zip."""
        return True

    def can_export(self) -> bool:
        """Only this way."""
        return True


@admin.register(Household, site=operators)
class HouseholdAdmin(ExportMixin, Kept):
    """Households, and the file of those that were filtered: a page that says so, and a button. An address alone, which
    another site can have a browser open, takes nothing along and records nobody as having looked."""

    resource_classes = [HouseholdResource]
    formats = [Workbook]
    export_form_class = ExportForm
    list_display = ("code", "head_name", "village", "ward", "lane", "is_active", "gone")
    list_filter = ("is_active", "gone")
    list_select_related = ("village", "ward")
    search_fields = ("search_key",)
    autocomplete_fields = ("village", "merged_into")
    readonly_fields = ("ward", "created_at", "updated_at")
    exclude = ("tags",)
    ordering = ("ward", "sort_key", "pk")

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        """Found as on the household desk: without accents, by code, lane or digits."""
        return (queryset.search(search_term, user=request.user) if search_term else queryset), False

    def save_model(self, request: HttpRequest, obj: Household, form: Any, change: bool) -> None:
        """A household's ward is its village's."""
        obj.ward_id = obj.village.ward_id
        super().save_model(request, obj, form, change)

    def get_export_data(self, file_format: Any, request: HttpRequest, queryset: Any, **kwargs: Any) -> bytes:
        """The desk's own writer, row by row; kept with whose numbers went along."""
        with tempfile.TemporaryFile() as file:
            export.write(queryset, file)
            keeping.record_disclosure(
                households=Household.objects.filter(pk__in=queryset.order_by().values("pk")),
                user=request.user,  # type: ignore[arg-type]
                via=Disclosure.Via.EXPORT,
                at=timezone.now(),
            )
            file.seek(0)
            return file.read()


@admin.register(Contact, site=operators)
class ContactAdmin(admin.ModelAdmin):
    """Contacts: masked in the list; opening one shows its number, and that is recorded."""

    actions = None  # their check boxes would spell out each number
    list_display = ("masked_phone", "name", "relation", "household", "rank", "phone_kind")
    list_filter = ("phone_kind",)
    list_select_related = ("household",)
    list_per_page = 50
    show_full_result_count = False
    search_fields = ("=phone", "household__code")
    autocomplete_fields = ("household",)
    readonly_fields = ("created_at", "created_by")
    ordering = ("household", "rank")

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Only the filters beside the list: an address with `phone__startswith` would tell a masked number."""
        return not lookup.startswith("phone") or lookup == "phone_kind__exact"

    @admin.display(description="phone")
    def masked_phone(self, contact: Contact) -> str:
        """0912 *** 678."""
        return masked(contact.phone)

    def change_view(self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any) -> HttpResponse:
        """As Django's, recorded."""
        answer = super().change_view(request, object_id, *args, **kwargs)
        if answer.status_code == 200:
            keeping.record_disclosure(
                households=Household.objects.filter(contacts=int(object_id)),
                user=request.user,  # type: ignore[arg-type]
                via=Disclosure.Via.SCREEN,
                at=timezone.now(),
            )
        return answer


@admin.register(Tag, site=operators)
class TagAdmin(admin.ModelAdmin):
    """Tags."""

    list_display = ("name", "kind", "ward")
    list_filter = ("kind",)
    list_select_related = ("ward",)
    search_fields = ("name", "name_key")
    autocomplete_fields = ("ward",)
    ordering = ("ward", "name_key")


@admin.register(Membership, site=operators)
class MembershipAdmin(admin.ModelAdmin):
    """Who may do what, and where."""

    list_display = ("user", "role", "province", "ward", "village", "sees_circumstances")
    list_filter = ("role", "sees_circumstances")
    list_select_related = ("user", "province", "ward", "village")
    search_fields = ("user__username", "user__full_name")
    autocomplete_fields = ("user", "province", "ward", "village")
    ordering = ("user", "pk")


class _NewUser(AdminUserCreationForm):
    class Meta:
        model = User
        fields = ("username", "full_name")


class _ChangedUser(UserChangeForm):
    class Meta:
        model = User
        fields = "__all__"  # the fieldsets say which


class _Memberships(admin.TabularInline):
    model = Membership
    extra = 0
    autocomplete_fields = ("province", "ward", "village")


@admin.register(User, site=operators)
class PeopleAdmin(UserAdmin):
    """Accounts. Nobody is deleted: what they did keeps their name."""

    form, add_form = _ChangedUser, _NewUser
    list_display = ("username", "full_name", "is_active", "is_superuser", "last_login")
    list_filter = ("is_active", "is_superuser")
    search_fields = ("username", "full_name")
    ordering = ("username",)
    filter_horizontal = ()
    inlines = [_Memberships]
    readonly_fields = ("last_login", "date_joined")
    fieldsets = (
        (None, {"fields": ("username", "password", "full_name", "phone", "email")}),
        (None, {"fields": ("is_active", "is_superuser", "last_login", "date_joined")}),
    )
    add_fieldsets = ((None, {"fields": ("username", "full_name", "usable_password", "password1", "password2")}),)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never."""
        return False


@admin.register(HouseholdImport, site=operators)
class HouseholdImportAdmin(Looked):
    """Uploaded lists, to look at."""

    list_display = ("filename", "ward", "village", "status", "created_by", "created_at", "applied_at")
    list_filter = ("status",)
    list_select_related = ("ward", "village", "created_by")
    search_fields = ("filename",)
    exclude = ("content", "plan")
    ordering = ("-created_at", "-pk")

    def get_queryset(self, request: HttpRequest) -> Any:
        """Without the files."""
        return super().get_queryset(request).defer("content", "plan", "undo")


@admin.register(Disclosure, site=operators)
class DisclosureAdmin(Looked):
    """Who saw whose numbers."""

    list_display = ("at", "user", "via", "household")
    list_filter = ("via",)
    list_select_related = ("user", "household")
    search_fields = ("user__username", "household__code")
    ordering = ("-at", "-pk")
