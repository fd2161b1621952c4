from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.jobs.kinds import job_kinds
from apps.jobs.models import Job, JobState
from apps.jobs.services import cancel_job, retry_job, submit
from apps.pages.forms.base import JobForm
from apps.pages.forms.jobs import JOB_FORMS
from apps.pages.job_detail import log_text, measure_points, preview_facts, result_links
from apps.pages.paging import page_of
from apps.pages.people import signed_in
from apps.tiles.previewing import KIND as PREVIEW
from workers.errors import InvalidInput

PAGE_SIZE = 25
PROCESS = "process-region"


@require_safe
def job_list(request: HttpRequest) -> HttpResponse:
    state = request.GET.get("state", "")
    jobs = Job.objects.visible_to(request.user).select_related("owner").defer("params", "input_manifest")
    if state in JobState.values:
        jobs = jobs.filter(state=state)
    context = {
        "page": page_of(request, jobs, size=PAGE_SIZE),
        "kinds": [kind for name, kind in job_kinds().items() if name in JOB_FORMS],
        "states": JobState.choices,
        "state": state,
    }
    return render(request, "pages/jobs.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def job_new(request: HttpRequest, kind: str) -> HttpResponse:
    if kind not in JOB_FORMS:
        raise Http404
    form = JOB_FORMS[kind](request.POST or None, user=signed_in(request))
    row = job_kinds()[kind]
    if request.method == "POST" and form.is_valid() and (job := _submitted(request, form, kind)):
        return redirect("job", pk=job.pk)
    context = {"form": form, "kind": row, "allowed": signed_in(request).has_role(row.role)}
    return render(request, "pages/job_new.html", context, status=400 if form.errors else 200)


def _submitted(request: HttpRequest, form: JobForm, kind: str) -> Job | None:
    """The new job, or None with the reason on the form."""
    try:
        return submit(kind=kind, params=form.params(), owner=signed_in(request))[0]
    except InvalidInput as error:
        form.add_error(None, str(error))
        return None


@login_required
@require_safe
def job_detail(request: HttpRequest, pk: int) -> HttpResponse:
    job = _visible_job(request, pk)
    events = list(job.events.all())
    context: dict[str, Any] = {
        "job": job,
        "kind": job_kinds().get(job.kind),
        "log": log_text(events),
        "measures": measure_points(events),
        "links": result_links(job.result),
        "last_event": events[-1].pk if events else 0,
        **preview_facts(job),
        "may_retry": job.state in (JobState.FAILED, JobState.CANCELLED),
    }
    return render(request, "pages/job.html", context)


@login_required
@require_POST
def job_cancel(request: HttpRequest, pk: int) -> HttpResponse:
    cancel_job(job=_visible_job(request, pk), actor=signed_in(request))
    messages.info(request, "The job was asked to stop.")
    return redirect("job", pk=pk)


@login_required
@require_POST
def job_process(request: HttpRequest, pk: int) -> HttpResponse:
    """Process the region that a job has previewed, with exactly the same parameters."""
    previewed = _visible_job(request, pk)
    if previewed.kind != PREVIEW or previewed.state != JobState.SUCCEEDED:
        raise Http404
    try:
        job, _ = submit(kind=PROCESS, params=previewed.params, owner=signed_in(request))
    except InvalidInput as error:  # a host that was taken off the list since, an upload that was deleted
        messages.error(request, f"It cannot be processed. {error}")
        return redirect("job", pk=pk)
    return redirect("job", pk=job.pk)


@login_required
@require_POST
def job_retry(request: HttpRequest, pk: int) -> HttpResponse:
    retry_job(job=_visible_job(request, pk), actor=signed_in(request))
    messages.info(request, "The job is queued again.")
    return redirect("job", pk=pk)


def _visible_job(request: HttpRequest, pk: int) -> Job:
    return get_object_or_404(Job.objects.visible_to(request.user).select_related("owner"), pk=pk)
