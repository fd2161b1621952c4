"""Every kind of job, in one table: what checks, prepares, computes and records it, and within which limits.

- `parameters`: a serializer class; gets the user in its context; its validated data must be JSON.
- `prepare(job, folder) -> dict`: runs in the worker before the child starts, reads the database, writes input files
  into `folder` and returns the specification that the child gets.
- `compute(spec, folder, report) -> record`: runs in a child process, `python -m workers KIND spec.json out/`.
- `record(job, folder, result) -> dict`: runs in the transaction that finishes the job; stores the result and returns
  what the job's page shows.
"""

from apps.jobs.kinds import JobKind

__all__ = ["JOB_KINDS", "JobKind"]

_ROWS = (
    JobKind(
        name="process-region",
        title="Process a region from its sources",
        parameters="apps.tiles.processing:ProcessRegionParameters",
        prepare="apps.tiles.processing:prepare_region",
        compute="workers.rasters.build:process_region",
        record="apps.tiles.processing:record_region",
        queue="long",
        wall_seconds=4 * 3600,
        memory_mib=16_384,
    ),
    JobKind(
        name="preview-region",
        title="Preview a region",
        parameters="apps.tiles.previewing:PreviewRegionParameters",
        prepare="apps.tiles.previewing:prepare_preview",
        compute="workers.rasters.preview:preview_region",
        record="apps.tiles.previewing:record_preview",
        queue="short",
        wall_seconds=1800,
        memory_mib=4096,
    ),
    JobKind(
        name="help-region",
        title="Help to process a region",
        parameters="apps.tiles.helping:HelpRegionParameters",
        prepare="apps.tiles.helping:prepare_help",
        compute="workers.rasters.build:help_region",
        record="apps.tiles.helping:record_help",
        queue="long",
        wall_seconds=4 * 3600,
        memory_mib=16_384,
    ),
    JobKind(
        name="import-dataset",
        title="Import a published dataset",
        parameters="apps.splits.importing:ImportDatasetParameters",
        prepare="apps.splits.importing:prepare_dataset",
        compute="workers.tiles.importing:read_dataset",
        record="apps.splits.importing:record_dataset",
        queue="short",
        wall_seconds=1800,
        memory_mib=4096,
    ),
    JobKind(
        name="import-tiles",
        title="Import a folder of tile files",
        parameters="apps.splits.tile_folders:ImportTilesParameters",
        prepare="apps.splits.tile_folders:prepare_tiles",
        compute="workers.tiles.rebuild:read_tiles",
        record="apps.splits.tile_folders:record_tiles",
        queue="long",
        wall_seconds=24 * 3600,
        memory_mib=16_384,
    ),
    JobKind(
        name="export-dataset",
        title="Export tile files",
        parameters="apps.splits.exporting:ExportDatasetParameters",
        prepare="apps.splits.exporting:prepare_export",
        compute="workers.tiles.export:export_dataset",
        record="apps.splits.exporting:record_export",
        queue="long",
        wall_seconds=24 * 3600,
        memory_mib=4096,
    ),
    JobKind(
        name="import-runs",
        title="Import published runs",
        parameters="apps.experiments.importing:ImportRunsParameters",
        prepare="apps.experiments.importing:prepare_runs",
        compute="workers.evaluation.published:read_runs",
        record="apps.experiments.importing:record_runs",
        queue="short",
        wall_seconds=1800,
        memory_mib=4096,
    ),
    JobKind(
        name="make-split",
        title="Make a split",
        parameters="apps.splits.making:MakeSplitParameters",
        prepare="apps.splits.making:prepare_split",
        compute="workers.splits.assign:make_split",
        record="apps.splits.making:record_split",
        queue="short",
        wall_seconds=1800,
        memory_mib=4096,
    ),
    JobKind(
        name="measure-subset",
        title="Measure a subset",
        parameters="apps.splits.measuring:MeasureSubsetParameters",
        prepare="apps.splits.measuring:prepare_subset",
        compute="workers.splits.measure:measure_subset",
        record="apps.splits.measuring:record_subset",
        queue="long",
        wall_seconds=4 * 3600,
        memory_mib=4096,
    ),
    JobKind(
        name="label-tiles",
        title="Label tiles at a threshold",
        parameters="apps.tiles.labelling:LabelTilesParameters",
        prepare="apps.tiles.labelling:prepare_labels",
        compute="workers.tiles.labelling:label_tiles",
        record="apps.tiles.labelling:record_labels",
        queue="short",
        wall_seconds=1800,
        memory_mib=4096,
    ),
    JobKind(
        name="train",
        title="Train a network",
        parameters="apps.experiments.training:TrainParameters",
        prepare="apps.experiments.training:prepare_training",
        compute="workers.learning.fit:train_run",
        record="apps.experiments.training:record_training",
        queue="long",
        wall_seconds=24 * 3600,
        memory_mib=65_536,
    ),
    JobKind(
        name="evaluate",
        title="Evaluate a run",
        parameters="apps.experiments.evaluating:EvaluateParameters",
        prepare="apps.experiments.evaluating:prepare_evaluation",
        compute="workers.evaluation.evaluate:evaluate_run",
        record="apps.experiments.evaluating:record_evaluation",
        queue="long",
        wall_seconds=4 * 3600,
        memory_mib=65_536,
    ),
)

JOB_KINDS: dict[str, JobKind] = {row.name: row for row in _ROWS}
