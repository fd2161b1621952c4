from collections.abc import Iterator

from django.db.models import Count
from django.db.models.functions import Now
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from apps.jobs.heartbeats import ALIVE
from apps.jobs.kinds import job_kinds
from apps.jobs.models import Job, JobState, Worker


class JobCollector(Collector):
    """Counts rows when asked: every process of the site then says the same."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        jobs = GaugeMetricFamily("earthscape_jobs", "Jobs by kind and state.", labels=["kind", "state"])
        for (kind, state), count in job_counts().items():
            jobs.add_metric([kind, state], count)
        yield jobs
        alive = Worker.objects.filter(seen_at__gt=Now() - ALIVE).count()
        yield GaugeMetricFamily("earthscape_workers", "Workers that have said lately that they live.", value=alive)
        expired = Job.objects.expired().count()
        yield GaugeMetricFamily("earthscape_expired_leases", "Running jobs whose worker is silent.", value=expired)


def job_counts() -> dict[tuple[str, str], int]:
    """Zero for what there is none of, so that a rate or an alarm has something to look at."""
    counts = {(kind, state): 0 for kind in job_kinds() for state in JobState.values}
    rows = Job.objects.order_by().values_list("kind", "state").annotate(count=Count("pk"))
    return counts | {(kind, state): count for kind, state, count in rows}


@require_safe
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    registry = CollectorRegistry()
    registry.register(JobCollector())
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)
