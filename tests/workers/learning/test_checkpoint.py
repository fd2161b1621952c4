import pickle
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from workers.errors import BrokenFile, InvalidInput, UnsafeInput
from workers.files import sha256_of
from workers.learning.checkpoint import Description, load_checkpoint, put_into, save_checkpoint
from workers.records.learning import Normalisation, RunSpec

DESCRIPTION = Description(
    RunSpec("small", ("dem",), "made"), ("af1",), Normalisation((579.6,), (74.6,)), {"af1": 0.1 + 0.2}
)


def saved(folder: Path) -> Path:
    save_checkpoint(folder / "c.safetensors", torch.nn.Linear(2, 1).state_dict(), DESCRIPTION)
    return folder / "c.safetensors"


def test_weights_and_description_come_back_as_they_were(tmp_path: Path) -> None:
    network = torch.nn.Linear(2, 1)
    save_checkpoint(tmp_path / "c.safetensors", network.state_dict(), DESCRIPTION)
    state, description = load_checkpoint(tmp_path / "c.safetensors")
    assert description == DESCRIPTION
    assert torch.equal(state["weight"], network.weight)


class Trap:
    def __reduce__(self) -> tuple[object, tuple[Path]]:
        return (Path.touch, (Path("sprung"),))


@pytest.mark.parametrize("protocol", [0, 2, 4, 5])
def test_a_pickle_is_refused_and_never_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, protocol: int) -> None:
    monkeypatch.chdir(tmp_path)
    Path("c.safetensors").write_bytes(pickle.dumps(Trap(), protocol=protocol))
    with pytest.raises(UnsafeInput, match="not a safetensors file"):
        load_checkpoint(Path("c.safetensors"))
    assert not Path("sprung").exists()


def test_what_torch_saves_is_refused(tmp_path: Path) -> None:
    torch.save(torch.nn.Linear(2, 1).state_dict(), tmp_path / "c.pt")
    with pytest.raises(UnsafeInput, match="not a safetensors file"):
        load_checkpoint(tmp_path / "c.pt")


def test_a_file_that_was_changed_is_refused(tmp_path: Path) -> None:
    path = saved(tmp_path)
    checksum = sha256_of(path)
    load_checkpoint(path, sha256=checksum)
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    with pytest.raises(UnsafeInput, match="has changed since it was stored"):
        load_checkpoint(path, sha256=checksum)


def test_a_truncated_file_and_one_without_description_are_broken(tmp_path: Path) -> None:
    path = saved(tmp_path)
    path.write_bytes(path.read_bytes()[:-2])
    with pytest.raises(BrokenFile, match="not a checkpoint of this site"):
        load_checkpoint(path)
    save_file({"weight": torch.zeros(1)}, path)
    with pytest.raises(BrokenFile, match="not a checkpoint of this site"):
        load_checkpoint(path)


def test_weights_of_another_network_do_not_fit(tmp_path: Path) -> None:
    state, _ = load_checkpoint(saved(tmp_path))
    with pytest.raises(InvalidInput, match="does not fit the network with 3 channels"):
        put_into(torch.nn.Linear(3, 1), state, channels=("a", "b", "c"))
