"""Model files: what is exported, and what is refused before anything of it is written or run."""

from __future__ import annotations

import io
import json
import os
import stat
import zipfile
from pathlib import Path

import pytest

from osteon.segmentation.package import ModelRefused, export_model, load_checkpoint, unpack_model

TOP = "Dataset001_Test/nnUNetTrainerNoMirroring__nnUNetPlans__2d"


def write_zip(path, members):
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def good_members():
    return {f"{TOP}/plans.json": "{}", f"{TOP}/dataset.json": "{}", f"{TOP}/fold_0/checkpoint_final.pth": b"x"}


def test_good_file_is_unpacked(tmp_path):
    folder = unpack_model(write_zip(tmp_path / "model.zip", good_members()), tmp_path / "target")
    assert folder == tmp_path / "target" / TOP
    assert (folder / "fold_0" / "checkpoint_final.pth").read_bytes() == b"x"


@pytest.mark.parametrize(
    "name", ["../outside.txt", "a/../../outside.txt", "/outside.txt", "..\\outside.txt", "C:/outside.txt"]
)
def test_path_that_leaves_the_folder_is_refused_and_nothing_written(tmp_path, name):
    path = write_zip(tmp_path / "model.zip", good_members() | {name: "evil"})
    with pytest.raises(ModelRefused, match="outside the folder"):
        unpack_model(path, tmp_path / "target")
    assert [entry.name for entry in tmp_path.iterdir()] == ["model.zip"]


def test_link_is_refused(tmp_path):
    link = zipfile.ZipInfo(f"{TOP}/link")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(tmp_path / "model.zip", "w") as archive:
        archive.writestr(link, "/etc/hostname")
    with pytest.raises(ModelRefused, match="is a link"):
        unpack_model(tmp_path / "model.zip", tmp_path / "target")


def test_too_large_is_refused_before_it_is_unpacked(tmp_path):
    path = tmp_path / "model.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"{TOP}/plans.json", b"\0" * 2_000_000)
    assert path.stat().st_size < 10_000
    with pytest.raises(ModelRefused, match="2000000 bytes; at most 1000000"):
        unpack_model(path, tmp_path / "target", largest=1_000_000)
    assert not (tmp_path / "target").exists()


def test_member_longer_than_its_header_says_is_refused(tmp_path):
    path = write_zip(tmp_path / "model.zip", {f"{TOP}/plans.json": b"a" * 5000})
    content = bytearray(path.read_bytes())
    place = content.find(b"PK\x01\x02") + 24  # uncompressed size in the central directory
    content[place : place + 4] = (10).to_bytes(4, "little")
    path.write_bytes(content)
    with pytest.raises(ModelRefused):
        unpack_model(path, tmp_path / "target")


@pytest.mark.parametrize(
    "change",
    [
        lambda members: {},
        lambda members: {name: text for name, text in members.items() if "checkpoint" not in name},
        lambda members: {name: text for name, text in members.items() if "dataset" not in name},
        lambda members: members | {"Dataset002_Other/plans.json": "{}"},
    ],
)
def test_file_without_exactly_one_model_is_refused(tmp_path, change):
    with pytest.raises(ModelRefused, match="needs one folder"):
        unpack_model(write_zip(tmp_path / "model.zip", change(good_members())), tmp_path / "target")


def test_no_zip_and_no_file_are_named(tmp_path):
    (tmp_path / "model.zip").write_text("text")
    with pytest.raises(ModelRefused, match=r"model\.zip: cannot be read as a zip"):
        unpack_model(tmp_path / "model.zip", tmp_path / "target")
    with pytest.raises(ModelRefused, match=r"none\.zip"):
        unpack_model(tmp_path / "none.zip", tmp_path / "target")


class RunsCode:
    """Unpickling this would create a file."""

    def __init__(self, path: Path):
        self.path = path

    def __reduce__(self):
        return os.mkdir, (str(self.path),)


def test_checkpoint_that_would_run_code_is_refused(tmp_path):
    torch = pytest.importorskip("torch")
    torch.save(
        {"network_weights": {}, "trainer_name": "x", "init_args": RunsCode(tmp_path / "ran")},
        tmp_path / "checkpoint_final.pth",
    )
    with pytest.raises(ModelRefused, match="holds more than weights"):
        load_checkpoint(tmp_path / "checkpoint_final.pth")
    assert not (tmp_path / "ran").exists()


def test_other_checkpoint_is_refused(tmp_path):
    torch = pytest.importorskip("torch")
    torch.save({"state_dict": {}}, tmp_path / "checkpoint_final.pth")
    with pytest.raises(ModelRefused, match="network_weights"):
        load_checkpoint(tmp_path / "checkpoint_final.pth")


@pytest.fixture
def trained(tmp_path):
    """A result folder as nnU-Net leaves it: optimiser, NumPy scalars in the log, paths in the arguments."""
    torch = pytest.importorskip("torch")
    np = pytest.importorskip("numpy")
    folder = tmp_path / "results" / TOP
    (folder / "fold_0").mkdir(parents=True)
    for name in ("plans.json", "dataset.json", "dataset_fingerprint.json"):
        (folder / name).write_text(json.dumps({"name": name}))
    (folder / "fold_0" / "debug.json").write_text("host and paths")
    torch.save(
        {
            "network_weights": {"a.weight": torch.arange(6.0)},
            "optimizer_state": {"m": torch.zeros(5000)},
            "grad_scaler_state": None,
            "logging": {"lrs": [np.float64(0.1), np.float32(0.2), np.int64(3)]},
            "_best_ema": np.float64(0.5),
            "current_epoch": 7,
            "trainer_name": "nnUNetTrainerNoMirroring",
            "init_args": {"configuration": "2d", "device": torch.device("cpu"), "secret": "A-A001"},
            "inference_allowed_mirroring_axes": None,
        },
        folder / "fold_0" / "checkpoint_final.pth",
    )
    return folder


def test_export_keeps_weights_and_drops_the_rest(trained, tmp_path):
    torch = pytest.importorskip("torch")
    export_model(trained, tmp_path / "model.zip")
    with zipfile.ZipFile(tmp_path / "model.zip") as archive:
        assert sorted(archive.namelist()) == sorted(good_members())
        content = archive.read(f"{TOP}/fold_0/checkpoint_final.pth")
    assert len(content) < 5000
    kept = torch.load(io.BytesIO(content), weights_only=True)
    assert torch.equal(kept.pop("network_weights")["a.weight"], torch.arange(6.0))
    assert kept == {
        "trainer_name": "nnUNetTrainerNoMirroring",
        "init_args": {"configuration": "2d"},
        "inference_allowed_mirroring_axes": None,
    }


def test_same_weights_give_the_same_bytes(trained, tmp_path):
    export_model(trained, tmp_path / "first.zip")
    export_model(trained, tmp_path / "second.zip")
    assert (tmp_path / "first.zip").read_bytes() == (tmp_path / "second.zip").read_bytes()
    with zipfile.ZipFile(tmp_path / "first.zip") as archive:  # no clock in it, so tomorrow's are the same too
        assert {member.date_time for member in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
