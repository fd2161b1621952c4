"""A job's log, its measures for the live chart, and links to what it made."""

from collections.abc import Iterable
from typing import Any

from django.urls import reverse

from apps.jobs.models import Job, JobEvent
from workers.records.codec import from_data
from workers.records.previews import RegionPreview
from workers.records.regions import ROLE_WORDS

RESULT_PAGES = {"run": "run", "run_id": "run", "split": "split", "split_id": "split"}


def log_text(events: Iterable[JobEvent]) -> str:
    return "\n".join(line_of(event) for event in events)


def line_of(event: JobEvent) -> str:
    parts = [f"{event.at:%H:%M:%S}", f"{100 * event.fraction:3.0f} %", event.stage, event.message]
    return "  ".join(part for part in parts if part)


def measure_points(events: Iterable[JobEvent]) -> list[dict[str, Any]]:
    """The measures of each report in their order; a report without any is left out."""
    return [{"id": event.pk, **event.measures} for event in events if event.measures]


def preview_facts(job: Job) -> dict[str, Any]:
    """What a finished preview found, source by source and in all: bytes, those that are here already, and of how many
    files nobody says the size; empty for other jobs.
    """
    data = job.result.get("preview") if isinstance(job.result, dict) else None
    if not isinstance(data, dict):
        return {}
    preview = from_data(RegionPreview, data)  # one from before `kept` was counted has none
    known, kept, unknown = (
        sum(getattr(source, name) for source in preview.sources) for name in ("size", "kept", "unknown")
    )
    sources = [(ROLE_WORDS.get(source.role, source.role), source) for source in preview.sources]
    facts = {"preview": preview, "sources": sources, "known": known, "kept": kept, "unknown": unknown}
    return facts | {"region_name": job.params["specification"].get("name", "")}


def result_links(result: Any) -> list[tuple[str, str]]:
    """Links to the pages of what a finished job names by its row: a run, a split, the region on the map."""
    if not isinstance(result, dict):
        return []
    links = [
        (f"Open the {page}", reverse(page, args=[result[key]]))
        for key, page in RESULT_PAGES.items()
        if isinstance(result.get(key), int)
    ]
    region = result.get("region")
    if isinstance(region, str):
        links += [("See the region on the map", f"{reverse('map')}?region={region}")]
        links += [("Look at its channels", reverse("region", args=[region]))]
    return links
