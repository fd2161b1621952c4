"""Specifications that the forms begin with."""

import contextlib
from itertools import count
from pathlib import Path

from django.conf import settings
from django.utils.text import slugify

from apps.accounts.models import User
from apps.experiments.models import Run
from apps.experiments.specification import read_specification
from apps.jobs.models import Job
from apps.regions.models import Region
from apps.splits.models import Split
from workers.errors import InvalidInput

TRAINING_EXAMPLE = """\
# Everything about the run. Change the name, it must be new.
name: {name}
channels: [dem]   # or [s, s_10, s_20, s_50], or [aerialr, aerialg, aerialb]
split: {split}
network: mobilenetv4_conv_small  # or resnet18
input_size: 64    # tiles are averaged down to this side
loss:
  name: bce       # or focal
optimizer:
  name: adamw
  learning_rate: 0.002
epochs: 36
batch_size: 16
label_threshold: 0.01  # a class counts as present from one percent of the tile's area
early_stop:
  patience: 12
  after: 12
seed: 111
"""

REGION_EXAMPLE = """\
# Everything about the region. Change the slug, it must be new.
slug: {slug}
name: My quadrangle
area: My county      # the domain it belongs to
grid:
  crs: EPSG:3089
  pixel_size: 5.0    # in units of the CRS
dem:
  paths:             # one file or several
    - {dem}
  bands: [dem]
  unit: US survey foot   # or metre, foot: where the files do not say
#   nodata: -9999        # missing ground, if not declared
imagery:             # this and all below may be left out
  paths:
    - {imagery}
  bands: [aerialr, aerialg, aerialb, aerialnir]
#   range: [112, 3890]   # of 16 bits: become 1 and 255
streams:
  paths:
    - {streams}
# extras:            # channels that EarthScape lacks
#   hand: true       # height above the nearest stream
#   tpi: [5, 50]     # topographic position, radii in pixels
"""
DEMO = "demo/demo-west"
SOURCES_TO_NAME = {"dem": "dem.tif", "imagery": "imagery.tif", "streams": "streams.gpkg"}


def training_example(user: User) -> str:
    """A specification that runs as it stands, on a split of made data if the user may see one."""
    visible = Split.objects.visible_to(user).order_by("-dataset_version__made", "pk")
    split = visible.values_list("name", flat=True).first() or "name-of-a-split"
    return TRAINING_EXAMPLE.format(name=_new_run_name(user), split=split)


def region_example(user: User) -> str:
    """A specification that runs as it stands where the store has the demonstration's sources."""
    slug = new_region_slug(user, f"{user.get_username()[:40]}-quadrangle")
    return REGION_EXAMPLE.format(slug=slug, **_demo_sources() or SOURCES_TO_NAME)


def new_region_slug(user: User, name: str) -> str:
    """One after a name that no region has, nor one that the user already processes."""
    wanted = slugify(name)[:50].strip("-_").replace("_", "-") or "region"
    taken = set(Region.objects.filter(slug__startswith=wanted).values_list("slug", flat=True))
    jobs = Job.objects.unfinished().filter(kind="process-region", owner=user)
    taken.update(jobs.values_list("params__specification__slug", flat=True))
    return _new(wanted, taken)


def _demo_sources() -> dict[str, str]:
    """One sheet from the middle of the demonstration, with its streams; empty where it is not there."""
    root = Path(settings.EARTHSCAPE_STORE) / "sources"
    sheets = {name: sorted((root / DEMO / name).glob("*.tif")) for name in ("dem", "imagery")}
    streams = root / DEMO / "vectors/streams.gpkg"
    if not all(sheets.values()) or not streams.is_file():
        return {}
    found = {name: files[len(files) // 2] for name, files in sheets.items()} | {"streams": streams}
    return {name: path.relative_to(root).as_posix() for name, path in found.items()}


def _new_run_name(user: User) -> str:
    """One that no run has, nor one that the user already trains."""
    wanted = f"{user.get_username()}-dem"
    taken = set(Run.objects.filter(name__startswith=wanted).values_list("name", flat=True))
    jobs = Job.objects.unfinished().filter(kind="train", owner=user)
    for params in jobs.values_list("params", flat=True):
        with contextlib.suppress(InvalidInput):  # a job from before an upgrade need not read any more
            taken.add(read_specification(params.get("specification", "")).name)
    return _new(wanted, taken)


def _new(wanted: str, taken: set[str]) -> str:
    """The wanted name, or with the first number that makes it new."""
    names = (wanted if number == 1 else f"{wanted}-{number}" for number in count(1))
    return next(name for name in names if name not in taken)
