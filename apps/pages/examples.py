"""Specifications that the forms begin with."""

from itertools import count

from apps.accounts.models import User
from apps.experiments.models import Run
from apps.splits.models import Split

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
slug: my-quadrangle
name: My quadrangle
area: My county
grid:
  crs: EPSG:3089
  pixel_size: 5.0
dem:
  paths: [dem.tif]
  bands: [dem]
"""


def training_example(user: User) -> str:
    """A specification that runs as it stands, on a split of made data if the user may see one."""
    visible = Split.objects.visible_to(user).order_by("-dataset_version__made", "pk")
    split = visible.values_list("name", flat=True).first() or "name-of-a-split"
    return TRAINING_EXAMPLE.format(name=new_run_name(f"{user.get_username()}-dem"), split=split)


def new_run_name(wanted: str) -> str:
    """The wanted name, or with the first number that makes it new."""
    taken = set(Run.objects.filter(name__startswith=wanted).values_list("name", flat=True))
    names = (wanted if number == 1 else f"{wanted}-{number}" for number in count(1))
    return next(name for name in names if name not in taken)
