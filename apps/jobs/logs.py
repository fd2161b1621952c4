from collections.abc import Iterator

from apps.accounts.models import Role, User
from apps.jobs.folders import logs_of
from apps.jobs.models import Job, JobEvent

TAIL = 100_000


def log_of(job: Job, *, reader: User) -> Iterator[str]:
    """The log as text. What compute wrote to standard error names files of the site, so it is for administrators."""
    for event in job.events.order_by("pk").iterator():
        yield line_of(event)
    if not reader.has_role(Role.ADMIN):
        return
    for path in logs_of(job.pk):
        text = path.read_bytes()[-TAIL:].decode("utf-8", "replace")
        if text:
            yield f"\n--- standard error of attempt {path.stem}\n{text}\n"


def line_of(event: JobEvent) -> str:
    parts = [f"{event.at:%Y-%m-%d %H:%M:%S}", event.state, event.stage]
    if event.stage:
        parts.append(f"{event.fraction:.0%}")
    parts.append(event.message)
    measures = " ".join(f"{name}={value}" for name, value in event.measures.items())
    return " ".join(part for part in (*parts, measures) if part) + "\n"
