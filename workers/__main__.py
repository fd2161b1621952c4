"""`python -m workers KIND spec.json out/`: one compute job in a process of its own.

Progress goes to standard output, one JSON object a line; everything else goes to standard error. A known error is
written to `out/error.json` and ends the process with status 3; a result to `out/result.json`. SIGTERM asks to stop: the
next report raises `Cancelled`, status 4. The end of standard input means that the parent is gone, and ends the process
at once, with all that it has started.
"""

import importlib
import json
import os
import signal
import sys
import threading
import traceback
from collections.abc import Callable, Mapping
from pathlib import Path
from types import FrameType
from typing import Any

from workers.errors import Cancelled, EarthScapeError, LimitExceeded
from workers.files import write_text
from workers.records.codec import dumps

COMPUTE: dict[str, str] = {
    "process-region": "workers.rasters.build:process_region",
    "preview-region": "workers.rasters.preview:preview_region",
    "help-region": "workers.rasters.build:help_region",
    "import-dataset": "workers.tiles.importing:read_dataset",
    "import-tiles": "workers.tiles.rebuild:read_tiles",
    "export-dataset": "workers.tiles.export:export_dataset",
    "import-runs": "workers.evaluation.published:read_runs",
    "make-split": "workers.splits.assign:make_split",
    "measure-subset": "workers.splits.measure:measure_subset",
    "label-tiles": "workers.tiles.labelling:label_tiles",
    "train": "workers.learning.fit:train_run",
    "evaluate": "workers.evaluation.evaluate:evaluate_run",
}

STATUS_KNOWN_ERROR = 3
STATUS_CANCELLED = 4
STATUS_ORPHANED = 5


class PipeReporter:
    """Writes each report as a line of JSON; raises `Cancelled` once SIGTERM has come."""

    def __init__(self) -> None:
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._out = os.fdopen(os.dup(1), "w", encoding="utf-8")
        os.dup2(2, 1)  # what a library prints must not end up among the reports

    def ask_to_stop(self, signum: int, frame: FrameType | None) -> None:
        self._stop.set()

    def __call__(
        self, stage: str, fraction: float, message: str = "", *, measures: Mapping[str, float] | None = None
    ) -> None:
        line = {"stage": stage, "fraction": fraction, "message": message, "measures": dict(measures or {})}
        with self._lock:
            self._out.write(json.dumps(line) + "\n")
            self._out.flush()
        if self._stop.is_set():
            raise Cancelled(f"stopped at {stage}")


def known_computes() -> dict[str, str]:
    """Return the table with the operator's kinds, named in EARTHSCAPE_EXTRA_COMPUTE as kind=module:name,..."""
    pairs = (pair.partition("=") for pair in os.environ.get("EARTHSCAPE_EXTRA_COMPUTE", "").split(",") if pair)
    return {kind: dotted for kind, _, dotted in pairs} | COMPUTE


def load(dotted: str) -> Callable[..., Any]:
    """Return the function that `module:name` names."""
    module, _, name = dotted.partition(":")
    function: Callable[..., Any] = getattr(importlib.import_module(module), name)
    return function


def run(kind: str, spec_path: Path, folder: Path, report: PipeReporter) -> int:
    """Run one kind and return the process status."""
    try:
        result = load(known_computes()[kind])(json.loads(spec_path.read_text(encoding="utf-8")), folder, report)
    except Cancelled:
        return STATUS_CANCELLED
    except EarthScapeError as error:
        return _tell(error, folder)
    except MemoryError:
        traceback.print_exc()
        return _tell(LimitExceeded("The job needed more memory than its kind may use."), folder)
    write_text(folder / "result.json", dumps(result))
    return 0


def _tell(error: EarthScapeError, folder: Path) -> int:
    write_text(folder / "error.json", json.dumps({"type": type(error).__name__, "message": str(error)}))
    return STATUS_KNOWN_ERROR


def _end_with_parent() -> None:
    """Wait for the end of standard input, then end this process and the helpers in its group."""
    while os.read(0, 4096):
        continue
    if os.getpgrp() == os.getpid():
        os.killpg(os.getpid(), signal.SIGKILL)
    os._exit(STATUS_ORPHANED)


def main(arguments: list[str]) -> int:
    """Parse the three arguments, watch the parent, run."""
    if len(arguments) != 3 or arguments[0] not in known_computes():
        print(f"usage: python -m workers {{{','.join(known_computes())}}} spec.json out/", file=sys.stderr)
        return 2
    report = PipeReporter()
    signal.signal(signal.SIGTERM, report.ask_to_stop)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    return run(arguments[0], Path(arguments[1]), Path(arguments[2]), report)


if __name__ == "__main__":
    status = main(sys.argv[1:])
    sys.stderr.flush()
    os._exit(status)  # the orderly end of torch's threads takes seconds, which a cancel does not have
