"""From a folder in a published layout to one table of tiles, checked throughout."""

import csv
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from workers.errors import BrokenFile
from workers.files import check_outside_files, describe_file, sha256_of, written_whole
from workers.records.codec import from_data
from workers.records.datasets import PUBLISHED, DatasetResult, ReadDataset, RegionCounts, Terms
from workers.records.progress import Reporter
from workers.records.splits import SUBSETS
from workers.tiles.importing.footprints import Bounds, read_footprints
from workers.tiles.importing.layouts import Layout, find_layout
from workers.tiles.importing.manifest import read_manifest
from workers.tiles.importing.tables import Norm, PatchId, parse_patch_id, read_areas, read_labels, read_norms

_HEAD = ("patch_id", "region", "number", "left", "bottom", "right", "top", "subset")
LARGEST_FILE = 512 * 2**20
_SAME_PLACE_FT = 0.5


@dataclass
class Content:
    """What the files of a folder say, by patch id."""

    areas: dict[str, tuple[float, ...]] = field(default_factory=dict)
    labels: dict[str, tuple[int, ...]] = field(default_factory=dict)
    bounds: dict[str, Bounds | None] = field(default_factory=dict)
    subsets: dict[str, str] = field(default_factory=dict)
    norms: list[Norm] = field(default_factory=list)


def read_dataset(data: Mapping[str, Any], folder: Path, report: Reporter) -> DatasetResult:
    """Read a published dataset and leave its tables, checked and in one form, in `folder`.

    Raises:
        InvalidInput: the folder fits no layout.
        UnsafeInput: a link leads out of the folder, or a file is larger than 512 MiB.
        BrokenFile: a file is wrong, or not the one that the folder's checksums speak of; the message names file, row
            and column.
    """
    root = Path(from_data(ReadDataset, data).folder)
    layout = found_layout(root)
    report("read", 0.0, f"{root.name}: {layout.title}, {len(layout.files)} files")
    manifest = read_manifest(root)
    for path in layout.files:
        manifest.check(path, sha256_of(path))
    content = read_content(layout, report)
    footprints = sum(bounds is not None for bounds in content.bounds.values())
    report("write", 0.9, f"{len(content.areas)} tiles, {footprints} footprints")
    return write_dataset(layout, content, root=root, folder=folder)


def found_layout(root: Path, terms: Terms = PUBLISHED) -> Layout:
    """Return the layout of a folder whose files may be read."""
    layout = find_layout(root, terms.regions)
    check_outside_files(layout.files, root=root, largest=LARGEST_FILE)
    return layout


def write_dataset(
    layout: Layout, content: Content, *, root: Path, folder: Path, terms: Terms = PUBLISHED
) -> DatasetResult:
    """Write the two tables of what was read into `folder`, and return the record of the whole."""
    patches = in_order(content, terms)
    _write_tiles(folder / "tiles.csv", patches, content, terms)
    _write_norms(folder / "norms.csv", content.norms)
    return DatasetResult(
        version=layout.version,
        title=layout.title,
        layout=layout.name,
        classes=terms.classes,
        regions=tuple(_count(region.slug, patches, content, terms) for region in terms.regions),
        subsets={name: sum(s == name for s in content.subsets.values()) for name in SUBSETS if layout.subsets},
        tiles=describe_file(folder / "tiles.csv", root=folder),
        norms=describe_file(folder / "norms.csv", root=folder),
        label_checksum=_label_checksum(content),
        sources=tuple(describe_file(path, root=root) for path in layout.files),
        notes=(*layout.notes, *_without_split(layout), *_oddities(content)),
    )


def read_content(layout: Layout, report: Reporter, terms: Terms = PUBLISHED) -> Content:
    """Read every file of a layout and check that they agree with each other."""
    content = Content()
    for number, (areas, labels) in enumerate(zip(layout.areas, layout.labels, strict=True)):
        report("read", 0.5 * number / len(layout.areas), f"{areas.parent.name}/{areas.name}")
        _add_tables(content, areas, labels, terms)
    for path in layout.footprints:
        report("read", 0.5, path.name)
        _add_footprints(content, path, terms)
    for number, (subset, path) in enumerate(layout.subsets):
        report("read", 0.5 + 0.4 * number / len(layout.subsets), path.name)
        for patch in _add_footprints(content, path, terms):
            if content.subsets.setdefault(patch, subset) != subset:
                raise BrokenFile(path, f"{patch} is in {content.subsets[patch]} as well", column="patch_id")
    for slug, path in layout.norms:
        content.norms += read_norms(path, slug)
    return content


def _add_tables(content: Content, areas_path: Path, labels_path: Path, terms: Terms) -> None:
    areas, labels = read_areas(areas_path, terms), read_labels(labels_path, terms)
    for patch in areas:
        if patch in content.areas:
            raise BrokenFile(areas_path, f"{patch} stands in another file as well", column="patch_id")
        if patch not in labels:
            raise BrokenFile(labels_path, f"{patch} of {areas_path.name} is missing", column="patch_id")
    for patch in labels:
        if patch not in areas:
            raise BrokenFile(areas_path, f"{patch} of {labels_path.name} is missing", column="patch_id")
    content.areas |= areas
    content.labels |= labels


def _add_footprints(content: Content, path: Path, terms: Terms) -> list[str]:
    """Add the footprints of one file and return its ids. One that is known already must be where it was."""
    footprints = read_footprints(path, terms)
    for row, (patch, bounds) in enumerate(footprints.items(), start=1):
        if patch not in content.areas:
            raise BrokenFile(path, f"{patch} has no areas and labels", row=row, column="patch_id")
        known = content.bounds.get(patch)
        if known and bounds and max(abs(a - b) for a, b in zip(known, bounds, strict=True)) > _SAME_PLACE_FT:
            raise BrokenFile(path, f"{patch} lies elsewhere in another file", row=row, column="geometry")
        content.bounds[patch] = known or bounds
    return list(footprints)


def in_order(content: Content, terms: Terms = PUBLISHED) -> list[PatchId]:
    """Return the ids by region and number, so that neighbours are stored together."""
    order = {region.slug: position for position, region in enumerate(terms.regions)}
    patches = [parse_patch_id(patch, Path("tables"), 0, terms) for patch in content.areas]
    return sorted(patches, key=lambda patch: (order[patch.region.slug], patch.number))


def _write_tiles(path: Path, patches: list[PatchId], content: Content, terms: Terms) -> None:
    with written_whole(path) as temporary, temporary.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        columns = [f"{kind}_{symbol}" for kind in ("area", "label") for symbol in terms.classes]
        writer.writerow((*_HEAD, *columns))
        for patch in patches:
            key = patch.text
            place = content.bounds.get(key) or ("", "", "", "")
            head = (key, patch.region.slug, patch.number, *place, content.subsets.get(key, ""))
            writer.writerow((*head, *content.areas[key], *content.labels[key]))


def _write_norms(path: Path, norms: list[Norm]) -> None:
    with written_whole(path) as temporary, temporary.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(("region", "channel", "mean", "std"))
        writer.writerows((norm.region, norm.channel, norm.mean, norm.std) for norm in norms)


def _count(slug: str, patches: list[PatchId], content: Content, terms: Terms) -> RegionCounts:
    ids = [patch.text for patch in patches if patch.region.slug == slug]
    columns = zip(*(content.labels[patch] for patch in ids), strict=True) if ids else ((0,) for _ in terms.classes)
    per_class = {symbol: sum(column) for symbol, column in zip(terms.classes, columns, strict=True)}
    return RegionCounts(slug, len(ids), sum(bool(content.bounds.get(patch)) for patch in ids), per_class)


def _label_checksum(content: Content) -> str:
    digest = hashlib.sha256()
    for patch in sorted(content.areas):
        digest.update(f"{patch}:{content.areas[patch]}:{content.labels[patch]}\n".encode())
    return digest.hexdigest()


def _without_split(layout: Layout) -> list[str]:
    expected = layout.name in ("v1.0", "v1.1")
    return [] if layout.subsets or not expected else ["no files of the split were found: no split is stored"]


def _oddities(content: Content) -> list[str]:
    """Say what is stored as given although it looks wrong."""
    contrary = sum(
        any((area > 0) != bool(label) for area, label in zip(areas, content.labels[patch], strict=True))
        for patch, areas in content.areas.items()
    )
    uneven = sum(abs(sum(areas) - 1) > 1e-3 for areas in content.areas.values())
    without = sum(not content.bounds.get(patch) for patch in content.areas)
    notes = [
        (without, "tiles have no geometry: kept without footprint and window"),
        (contrary, "tiles have a label that their areas contradict: kept as given"),
        (uneven, "tiles have areas that do not add up to 1 within 0.001: kept as given"),
    ]
    return [f"{count} {text}" for count, text in notes if count]
