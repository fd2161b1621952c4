"""Specifications that the forms begin with."""

from apps.accounts.models import User
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
  learning_rate: 0.001
epochs: 8
batch_size: 32
early_stop:
  patience: 5
  after: 4
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
    visible = Split.objects.visible_to(user).order_by("-dataset_version__made", "-pk")
    split = visible.values_list("name", flat=True).first() or "name-of-a-split"
    return TRAINING_EXAMPLE.format(name=f"{user.get_username()}-dem", split=split)
