"""Checkpoints: what is exported, and what is refused before anything of it runs."""

from __future__ import annotations

import io
import json
import os
import zipfile
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from osteon.segmentation.archive import ModelRefused  # noqa: E402
from osteon.segmentation.package import export_fold, load_checkpoint  # noqa: E402

TOP = "Dataset001_Test/nnUNetTrainerNoMirroring__nnUNetPlans__2d"
GOOD = {
    "network_weights": {"a.weight": torch.arange(6.0)},
    "trainer_name": "nnUNetTrainerNoMirroring",
    "init_args": {"configuration": "2d", "device": torch.device("cpu"), "secret": "A-A001"},
    "inference_allowed_mirroring_axes": None,
}
LOGGED = [np.float64(0.1), np.float32(0.25), np.int64(3), np.bool_(True), np.float16(0.5)]


class RunsCode:
    """Unpickling this would create a folder."""

    def __init__(self, path: Path):
        self.path = path

    def __reduce__(self):
        return os.mkdir, (str(self.path),)


class Scalar:
    """Unpickling this calls NumPy's constructor of scalars with what it is given."""

    def __init__(self, *arguments):
        self.arguments = arguments

    def __reduce__(self):
        return np._core.multiarray.scalar, self.arguments


def saved(content, path, **more):
    torch.save(content, path, **more)
    return path


def repacked(path, target, kind=zipfile.ZIP_STORED, old=b"", new=b""):
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(target, "w", kind) as copy:
        for entry in source.infolist():
            copy.writestr(entry.filename, source.read(entry).replace(old, new) if old else source.read(entry))
    return target


def test_numbers_that_nnunet_logs_are_read_without_numpys_constructors(tmp_path):
    path = saved(GOOD | {"logging": {"lrs": LOGGED}, "_best_ema": np.float64(0.5)}, tmp_path / "c.pth")
    content = load_checkpoint(path)
    assert content["logging"]["lrs"] == [0.1, 0.25, 3, True, 0.5]
    assert {type(value) for value in content["logging"]["lrs"]} == {float, int, bool}


def test_checkpoint_of_numpy_1_is_read(tmp_path):
    """NumPy 2 moved its modules; most published models are older."""
    path = saved(GOOD | {"logging": {"lrs": LOGGED[:3]}}, tmp_path / "new.pth")
    old = repacked(path, tmp_path / "old.pth", old=b"numpy._core.multiarray\n", new=b"numpy.core.multiarray\n")
    assert old.read_bytes() != path.read_bytes()
    assert load_checkpoint(old)["logging"]["lrs"] == [0.1, 0.25, 3]


def test_checkpoint_that_would_run_code_is_refused(tmp_path):
    path = saved(GOOD | {"init_args": RunsCode(tmp_path / "ran")}, tmp_path / "c.pth")
    with pytest.raises(ModelRefused, match="holds more than weights"):
        load_checkpoint(path)
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("kind", ["O", "V8", "S4", "datetime64[s]"])
def test_numpy_scalars_other_than_numbers_are_refused(tmp_path, kind):
    path = saved(GOOD | {"logging": Scalar(np.dtype(kind), b"12345678")}, tmp_path / "c.pth")
    with pytest.raises(ModelRefused, match="holds more than weights"):
        load_checkpoint(path)


@pytest.mark.parametrize(
    ("weight", "message"),
    [
        (torch.zeros(1).expand(10**6, 10**6), "larger than what is stored"),
        (torch.tensor([1.0, float("nan")]), "not finite"),
        (torch.tensor([float("inf")]), "not finite"),
        (torch.eye(3).to_sparse(), "no plain tensor"),
        (torch.zeros(3, device="meta"), "no plain tensor"),
        (3.0, "no plain tensor"),
    ],
)
def test_weights_must_be_plain_tensors_of_finite_numbers(tmp_path, weight, message):
    path = saved(GOOD | {"network_weights": {"a": weight}}, tmp_path / "c.pth")
    with pytest.raises(ModelRefused, match=message):
        load_checkpoint(path)


def test_compressed_checkpoint_is_refused(tmp_path):
    """An archive inside the archive can be a bomb of its own."""
    bomb = GOOD | {"network_weights": {"a": torch.zeros(1_000_000)}}
    packed = repacked(saved(bomb, tmp_path / "c.pth"), tmp_path / "packed.pth", zipfile.ZIP_DEFLATED)
    assert packed.stat().st_size < 20_000
    with pytest.raises(ModelRefused, match="holds more than its size"):
        load_checkpoint(packed)


def test_old_format_of_torch_is_refused(tmp_path):
    path = saved(GOOD, tmp_path / "c.pth", _use_new_zipfile_serialization=False)
    with pytest.raises(ModelRefused, match="is no checkpoint of torch"):
        load_checkpoint(path)


@pytest.mark.parametrize(
    "content",
    [{"state_dict": {}}, [1, 2], torch.zeros(3), GOOD | {"network_weights": []}, GOOD | {"trainer_name": 5}],
)
def test_other_checkpoint_is_refused(tmp_path, content):
    with pytest.raises(ModelRefused, match="is no checkpoint of nnU-Net"):
        load_checkpoint(saved(content, tmp_path / "c.pth"))


def test_checkpoint_without_configuration_is_refused(tmp_path):
    with pytest.raises(ModelRefused, match="which configuration"):
        load_checkpoint(saved(GOOD | {"init_args": {}}, tmp_path / "c.pth"))


@pytest.fixture
def trained(tmp_path):
    """A result folder as nnU-Net leaves it: optimiser, NumPy numbers in the log, paths in the arguments."""
    folder = tmp_path / "results" / TOP
    (folder / "fold_0").mkdir(parents=True)
    for name in ("plans.json", "dataset.json", "dataset_fingerprint.json"):
        (folder / name).write_text(json.dumps({"name": name}))
    (folder / "fold_0" / "debug.json").write_text("host and paths")
    state = {"optimizer_state": {"m": torch.zeros(5000)}, "logging": {"lrs": LOGGED}, "current_epoch": 7}
    saved(GOOD | state, folder / "fold_0" / "checkpoint_final.pth")
    return folder


def test_export_keeps_weights_and_drops_the_rest(trained, tmp_path):
    export_fold(trained, 0, tmp_path / "model.zip")
    with zipfile.ZipFile(tmp_path / "model.zip") as archive:
        names = [f"{TOP}/{name}" for name in ("plans.json", "dataset.json", "fold_0/checkpoint_final.pth")]
        assert archive.namelist() == names
        content = archive.read(names[-1])
    assert len(content) < 5000
    kept = torch.load(io.BytesIO(content), weights_only=True)
    assert torch.equal(kept.pop("network_weights")["a.weight"], torch.arange(6.0))
    assert kept == {
        "trainer_name": "nnUNetTrainerNoMirroring",
        "init_args": {"configuration": "2d"},
        "inference_allowed_mirroring_axes": None,
    }


def test_same_weights_give_the_same_bytes(trained, tmp_path):
    export_fold(trained, 0, tmp_path / "first.zip")
    export_fold(trained, 0, tmp_path / "second.zip")
    assert (tmp_path / "first.zip").read_bytes() == (tmp_path / "second.zip").read_bytes()
