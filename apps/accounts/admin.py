"""Administration: who may look at and change what follows the role alone, and every change leaves an audit row."""

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import Group
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from simple_history.admin import SimpleHistoryAdmin

from apps.accounts.models import AuditEntry, Role, Token, User
from apps.accounts.services import change_role, record_audit, revoke_token

if TYPE_CHECKING:  # generic for the type checker alone
    ModelAdmin = admin.ModelAdmin[Any]
    PeopleAdmin = UserAdmin[User]
else:
    ModelAdmin, PeopleAdmin = admin.ModelAdmin, UserAdmin


class RoleAdmin(ModelAdmin):
    """Curators look, administrators change, unless a subclass says otherwise; only what the user may see is there.

    A row whose own table does not say who may see it is seen with what the fields `seen_with` lead to.
    """

    seen_with: tuple[str, ...] = ()
    view_role = Role.CURATOR
    change_role = Role.ADMIN
    may_add = True
    may_delete = True
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows = super().get_queryset(request)
        for name in self.seen_with:
            rows = rows.filter(**{f"{name}__in": rows_seen(self.model._meta.get_field(name).related_model, request)})
        return rows.visible_to(request.user) if hasattr(rows, "visible_to") else rows

    def has_module_permission(self, request: HttpRequest) -> bool:
        return _has(request, self.view_role)

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return _has(request, self.view_role)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return _has(request, self.change_role)

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self.may_add and _has(request, self.change_role)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self.may_delete and _has(request, self.change_role)

    def log_addition(self, request: HttpRequest, obj: Model, message: Any) -> Any:
        self._record(request, "added", obj)
        return super().log_addition(request, obj, message)

    def log_change(self, request: HttpRequest, obj: Model, message: Any) -> Any:
        self._record(request, "changed", obj, {"what": message})
        return super().log_change(request, obj, message)

    def log_deletions(self, request: HttpRequest, queryset: Any) -> Any:
        for obj in queryset:
            self._record(request, "deleted", obj)
        return super().log_deletions(request, queryset)

    def _record(self, request: HttpRequest, verb: str, obj: Model, detail: dict[str, Any] | None = None) -> None:
        action = f"{obj._meta.model_name}.{verb}-in-admin"
        record_audit(
            actor=acting(request), action=action, target=obj, detail={"name": str(obj)[:200], **(detail or {})}
        )


class ReadOnlyAdmin(RoleAdmin):
    """Rows that only jobs and services write."""

    may_add = False
    may_delete = False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class HistoryAdmin(RoleAdmin, SimpleHistoryAdmin):  # type: ignore[misc]  # an untyped base
    """The history of what the user may see: by itself, the package shows that of any row that it finds in none."""

    object_history_list_template = "admin/history_list.html"  # the package's has an inline style

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Saving what is as it was leaves no trace; the first edit of a row that came in bulk keeps what it was."""
        if change and not form.changed_data:
            return
        if change and not obj.history.exists():
            before = type(obj)._default_manager.get(pk=obj.pk)
            before._history_user = None
            type(obj).history.bulk_history_create([before])
        super().save_model(request, obj, form, change)

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        self._check_seen(request, object_id)
        return super().history_view(request, object_id, extra_context)

    def history_form_view(
        self, request: HttpRequest, object_id: str, version_id: str, extra_context: Any = None
    ) -> HttpResponse:
        self._check_seen(request, object_id)
        if not version_id.isdecimal():
            raise Http404
        answer: HttpResponse = super().history_form_view(request, object_id, version_id, extra_context)
        return answer

    def _check_seen(self, request: HttpRequest, object_id: str) -> None:
        if self.get_object(request, unquote(object_id)) is None:
            raise Http404


class SeenFilter(admin.RelatedFieldListFilter):
    """Filters by a relation, and names of it only what the user may see."""

    def field_choices(self, field: Any, request: HttpRequest, model_admin: Any) -> Any:
        ordering = self.field_admin_ordering(field, request, model_admin)
        seen = {"pk__in": rows_seen(field.related_model, request).values("pk")}
        return field.get_choices(include_blank=False, ordering=ordering, limit_choices_to=seen)


def rows_seen(model: Any, request: HttpRequest) -> QuerySet[Any]:
    """Return the rows that the administration of a model shows the user."""
    return admin.site.get_model_admin(model).get_queryset(request)


def _has(request: HttpRequest, role: Role) -> bool:
    return isinstance(request.user, User) and request.user.has_role(role)


def acting(request: HttpRequest) -> User:
    assert isinstance(request.user, User)  # the administration lets nobody else in
    return request.user


@admin.register(User)
class PersonAdmin(RoleAdmin, PeopleAdmin):
    """People. Nobody becomes a superuser or staff here: staff follows the role, superusers are made in the shell."""

    view_role = Role.ADMIN
    may_delete = False
    list_display = ["username", "role", "email", "is_active", "last_login"]
    list_filter = ["role", "is_active"]
    readonly_fields = ["is_superuser", "is_staff", "last_login", "date_joined"]
    fieldsets = [
        (None, {"fields": ["username", "password"]}),
        ("Person", {"fields": ["first_name", "last_name", "email"]}),
        ("May", {"fields": ["role", "is_active", "is_staff", "is_superuser"]}),
        ("Dates", {"fields": ["last_login", "date_joined"]}),
    ]
    add_fieldsets = [(None, {"fields": ["username", "usable_password", "password1", "password2"]})]
    filter_horizontal = ()

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """A superuser's account is changed by superusers alone, also by way of a new password."""
        above = isinstance(obj, User) and obj.is_superuser and not request.user.is_superuser
        return super().has_change_permission(request, obj) and not above

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        if change and "role" in form.changed_data:
            role, obj.role = Role(obj.role), form.initial["role"]
            change_role(user=obj, role=role, actor=acting(request))
        super().save_model(request, obj, form, change)


@admin.register(Token)
class TokenAdmin(ReadOnlyAdmin):
    view_role = Role.ADMIN
    list_display = ["prefix", "user", "name", "created_at", "expires_at", "last_used_at", "revoked_at"]
    list_filter = ["revoked_at", "expires_at"]
    list_select_related = ["user"]
    search_fields = ["prefix", "name", "user__username"]
    exclude = ["digest"]
    actions = ["revoke"]

    @admin.action(description="Revoke the chosen tokens", permissions=["view"])
    def revoke(self, request: HttpRequest, queryset: QuerySet[Token]) -> None:
        for token in queryset:
            revoke_token(token=token, actor=acting(request))
        self.message_user(request, "The chosen tokens no longer work.")


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnlyAdmin):
    view_role = Role.ADMIN
    list_display = ["at", "actor", "action", "target_type", "target_id"]
    list_filter = ["target_type", "action"]
    list_select_related = ["actor"]
    search_fields = ["=target_id", "actor__username", "action"]


admin.site.unregister(Group)  # permission follows the role, not groups
