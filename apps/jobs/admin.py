from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from apps.accounts.admin import ReadOnlyAdmin, acting
from apps.accounts.models import Role
from apps.jobs.models import UNFINISHED, Job, JobEvent, JobState, Worker
from apps.jobs.services import cancel_job, retry_job


@admin.register(Job)
class JobAdmin(ReadOnlyAdmin):
    view_role = Role.ADMIN
    list_display = ["id", "kind", "owner", "state", "stage", "fraction", "attempts", "created_at", "finished_at"]
    list_filter = ["state", "kind", "queue"]
    list_select_related = ["owner"]
    search_fields = ["=id", "owner__username"]
    actions = ["cancel", "retry"]

    @admin.action(description="Cancel the chosen jobs that are not finished", permissions=["view"])
    def cancel(self, request: HttpRequest, queryset: QuerySet[Job]) -> None:
        for job in queryset.filter(state__in=UNFINISHED):
            cancel_job(job=job, actor=acting(request))
        self.message_user(request, "The chosen jobs were asked to stop.")

    @admin.action(description="Try the chosen failed or cancelled jobs again", permissions=["view"])
    def retry(self, request: HttpRequest, queryset: QuerySet[Job]) -> None:
        for job in queryset.filter(state__in=(JobState.FAILED, JobState.CANCELLED)):
            retry_job(job=job, actor=acting(request))
        self.message_user(request, "The chosen jobs are queued again.")


@admin.register(JobEvent)
class JobEventAdmin(ReadOnlyAdmin):
    view_role = Role.ADMIN
    list_display = ["id", "job", "at", "state", "stage", "fraction", "message"]
    list_select_related = ["job"]
    search_fields = ["=job__id"]
    raw_id_fields = ["job"]


@admin.register(Worker)
class WorkerAdmin(ReadOnlyAdmin):
    view_role = Role.ADMIN
    list_display = ["name", "queues", "started_at", "seen_at"]
