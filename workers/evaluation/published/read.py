"""All published runs under a folder."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from workers.errors import BrokenFile, InvalidInput
from workers.evaluation.published.configs import find_configs, read_config
from workers.evaluation.published.folders import VERSION as FIRST_VERSION
from workers.evaluation.published.folders import find_run_folders, read_run_folder
from workers.evaluation.published.tables import VERSION as TABLE_VERSION
from workers.evaluation.published.tables import find_tables, read_tables
from workers.files import check_outside_files
from workers.records.codec import from_data, to_data
from workers.records.progress import Reporter
from workers.records.published import PublishedRun, ReadRuns, RunsResult

READ = (".csv", ".json", ".txt")
LARGEST_FILE = 64 * 2**20
LONGEST_NAME, LONGEST_PART, LONGEST_CHANNEL = 160, 80, 60


def read_runs(data: Mapping[str, Any], folder: Path, report: Reporter) -> RunsResult:
    """Read the run folders of v1.0 and the compiled tables and configurations of v1.1 under a folder.

    Raises:
        InvalidInput: there is none of them.
        UnsafeInput: a link leads out of the folder, or a file is larger than 64 MiB.
        BrokenFile: a file is wrong; the message names file, row and column.
    """
    spec = from_data(ReadRuns, data)
    root = Path(spec.folder)
    folders, tables, configs = find_run_folders(root), find_tables(root), find_configs(root)
    named = [file for folder in folders for file in folder.iterdir() if file.suffix in READ]
    check_outside_files([*named, *tables, *configs], root=root, largest=LARGEST_FILE)
    if not folders and not tables and not configs:
        raise InvalidInput(
            f"{root} holds no published run: neither run folders of v1.0 (metadata.json, label_metrics_tuned.csv) "
            "nor compiled tables (classification/*.csv) or configurations (configs/*.yml) of v1.1"
        )
    runs: list[PublishedRun] = []
    notes: list[str] = []
    for number, path in enumerate(folders):
        report("read", number / len(folders), path.name)
        run, found = read_run_folder(path, spec.facts.get(FIRST_VERSION, {}))
        runs.append(run)
        notes += found
    report("read", 0.9, f"{len(tables)} tables, {len(configs)} configurations")
    compiled, found = read_tables(tables, [read_config(path) for path in configs], spec.facts.get(TABLE_VERSION, {}))
    runs += compiled
    _check_storable(runs, root)
    return RunsResult(tuple(runs), tuple(notes + found))


def _check_storable(runs: list[PublishedRun], root: Path) -> None:
    """Refuse two runs of one name, and text that a database column or JSON cannot hold."""
    names = [run.name for run in runs]
    for run in runs:
        if names.count(run.name) > 1:
            raise BrokenFile(root, f"two runs are called {run.name}")
        if not 0 < len(run.name) <= LONGEST_NAME or len(run.network) > LONGEST_PART or not run.name.isprintable():
            raise BrokenFile(root, f"{run.name[:80]!r} is no name for a run, or its network's is too long")
        if any(len(channel) > LONGEST_CHANNEL for channel in run.channels):
            raise BrokenFile(root, f"{run.name} has a channel of more than {LONGEST_CHANNEL} characters")
        if not _is_text(json.dumps(to_data(run), ensure_ascii=False)):
            raise BrokenFile(root, f"{run.name} holds a null character or half of a character")


def _is_text(dumped: str) -> bool:
    """Tell whether PostgreSQL can hold some JSON: it refuses nulls and lone surrogates."""
    try:
        dumped.encode()
    except UnicodeEncodeError:
        return False
    return "\\u0000" not in dumped
