"""How compute tells where it stands."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True)
class Progress:
    """One report: stage name, fraction of the job done (0-1), a sentence for the log, and measures such as a loss."""

    stage: str
    fraction: float
    message: str = ""
    measures: Mapping[str, float] = field(default_factory=dict)


class Reporter(Protocol):
    """Called by compute as often as it likes; the caller thins the reports out.

    Raises `workers.errors.Cancelled` when the job is asked to stop, so compute calls it at every point where stopping
    is safe.
    """

    def __call__(
        self, stage: str, fraction: float, message: str = "", *, measures: Mapping[str, float] | None = None
    ) -> None: ...


def ignore_progress(
    stage: str, fraction: float, message: str = "", *, measures: Mapping[str, float] | None = None
) -> None:
    """Take a report and do nothing, for calls that nobody watches."""
