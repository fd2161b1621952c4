from pathlib import Path

import pytest

from apps.experiments.specification import read_specification
from apps.regions.models import Channel
from tests.apps.worlds import make_catalogue
from workers.errors import InvalidInput
from workers.records.codec import to_data
from workers.records.learning import LossSpec, RunSpec

DEMO_RUNS = Path(__file__).parents[3] / "workers/demo/runs"
WHOLE = """\
name: slope at all scales
channels: [s, s_10]
split: mine
label_revision: mine-2
network: resnet18
loss:
  name: focal
  gamma: 3
  alpha: [0.25, 0.5]
optimizer:
  learning_rate: 3e-4
  weight_decay: .01
epochs: 20
seed: 7
"""


@pytest.fixture(autouse=True)
def catalogue(db: None) -> None:
    make_catalogue()


def test_what_is_written_is_read_and_the_rest_has_defaults() -> None:
    run = read_specification(WHOLE)
    assert run.loss == LossSpec("focal", gamma=3.0, alpha=(0.25, 0.5))
    assert (run.optimizer.learning_rate, run.optimizer.weight_decay, run.optimizer.warmup_epochs) == (3e-4, 0.01, 1.0)
    assert (run.network, run.epochs, run.batch_size, run.seed) == ("resnet18", 20, 64, 7)


def test_the_shortest_specification_has_three_lines() -> None:
    assert read_specification("name: a\nchannels: [dem]\nsplit: b\n") == RunSpec("a", ("dem",), "b")


def test_the_example_of_the_manual_is_what_a_user_can_send() -> None:
    manual = (Path(__file__).parents[3] / "docs/specification.md").read_text(encoding="utf-8")
    run = read_specification(manual.split("```yaml")[1].split("```")[0])
    assert (run.name, run.loss.name, run.optimizer.learning_rate) == ("slope at all scales", "focal", 3e-4)
    assert to_data(run).keys() == to_data(read_specification(WHOLE)).keys()


@pytest.mark.parametrize("path", sorted(DEMO_RUNS.glob("*.yml")), ids=lambda path: path.stem)
def test_the_runs_of_the_demo_are_such_specifications(path: Path) -> None:
    assert read_specification(path.read_text(encoding="utf-8")).name == path.stem


def test_the_published_names_of_channels_are_understood() -> None:
    assert read_specification("name: a\nchannels: [slope_50, procurv]\nsplit: b\n").channels == ("s_50", "prc")


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("gamma: 3", "gama: 3", "loss.gama: unknown field; known are name, gamma, alpha"),
        ("split: mine\n", "", "split: missing"),
        ("epochs: 20", "epochs: many", "epochs: expected a whole number, got 'many'"),
        ("resnet18", "vgg", "network: 'vgg' is not one of mobilenetv4_conv_small, resnet18"),
        ("s_10]", "s_11]", "channels: there is no channel s_11; did you mean s_10"),
        ("s_10]", "s]", "channels: s is given twice"),
        ("[s, s_10]", "[]", "channels: give at least one"),
        ("[s, s_10]", "[s, 10]", r"channels\[1\]: expected text, got 10; put it in quotes"),
        ("name: slope at all scales", "name: ''", "name: 1 to 160 printable characters"),
        ("name: slope at all scales", "name: '12'", "name: it must not be a bare number or hold a comma"),
        ("name: slope at all scales", "name: a,b", "name: it must not be a bare number or hold a comma"),
        ("epochs: 20", "epochs: 100_000_000", "epochs: 100000000 is not from 1 to 10000"),
        ("epochs: 20", "batch_size: 1_000_000", "batch_size: 1000000 is not from 1 to 4096"),
        ("seed: 7", f"seed: {2**63}", "seed: 9223372036854775808 is not from 0 to 9223372036854775807"),
        ("seed: 7", "seed: 7\nseed: 8", "seed is given twice"),
        ("seed: 7", "seed: [7", "line 15: not YAML"),
        ("seed: 7", "seed: &a 7\nepochs: *a", "aliases"),
        ("seed: 7", "seed: !!python/object/apply:os.getpid []", "not YAML: could not determine a constructor"),
        (WHOLE, "just words", "not a list of `key: value` lines"),
        (WHOLE, "a: b\n" * 20_000, "longer than 65536 characters"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(old: str, new: str, told: str) -> None:
    with pytest.raises(InvalidInput, match=told):
        read_specification(WHOLE.replace(old, new))


def test_a_channel_beside_the_catalogue_is_not_given_away() -> None:
    Channel.objects.create(name="gold_5", modality="gold", title="gold", kind="continuous")
    with pytest.raises(InvalidInput, match=r"channels: there is no channel gold_6$"):
        read_specification(WHOLE.replace("s_10]", "gold_6]"))
