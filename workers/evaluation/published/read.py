"""All published runs under a folder."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from workers.errors import BrokenFile, InvalidInput
from workers.evaluation.published.configs import find_configs, read_config
from workers.evaluation.published.folders import VERSION as FIRST_VERSION
from workers.evaluation.published.folders import find_run_folders, read_run_folder
from workers.evaluation.published.tables import VERSION as TABLE_VERSION
from workers.evaluation.published.tables import find_tables, read_tables
from workers.files import check_inside
from workers.records.codec import from_data
from workers.records.progress import Reporter
from workers.records.published import PublishedRun, ReadRuns, RunsResult


def read_runs(data: Mapping[str, Any], folder: Path, report: Reporter) -> RunsResult:
    """Read the run folders of v1.0 and the compiled tables and configurations of v1.1 under a folder.

    Raises:
        InvalidInput: there is none of them.
        UnsafeInput: a link leads out of the folder.
        BrokenFile: a file is wrong; the message names file, row and column.
    """
    spec = from_data(ReadRuns, data)
    root = Path(spec.folder)
    folders, tables, configs = find_run_folders(root), find_tables(root), find_configs(root)
    check_inside([file for folder in folders for file in folder.iterdir()], root)
    check_inside([*tables, *configs], root)
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
    _check_names([*runs, *compiled], root)
    return RunsResult(tuple(runs + compiled), tuple(notes + found))


def _check_names(runs: list[PublishedRun], root: Path) -> None:
    names = [run.name for run in runs]
    if repeated := [name for name in names if names.count(name) > 1]:
        raise BrokenFile(root, f"two runs are called {repeated[0]}")
