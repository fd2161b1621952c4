"""Administration: who may look at and change what follows the role alone, and every change leaves an audit row."""

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import Group
from django.db.models import Model, QuerySet
from django.http import HttpRequest

from apps.accounts.models import AuditEntry, Role, Token, User
from apps.accounts.services import change_role, record_audit, revoke_token

if TYPE_CHECKING:  # generic for the type checker alone
    ModelAdmin = admin.ModelAdmin[Any]
    PeopleAdmin = UserAdmin[User]
else:
    ModelAdmin, PeopleAdmin = admin.ModelAdmin, UserAdmin


class RoleAdmin(ModelAdmin):
    """Curators look, administrators change, unless a subclass says otherwise; only what the user may see is there."""

    view_role = Role.CURATOR
    change_role = Role.ADMIN
    may_add = True
    may_delete = True
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows = super().get_queryset(request)
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
