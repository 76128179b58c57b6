"""One GPU for each job that runs beside others."""

from __future__ import annotations

import fcntl
import os
import tempfile

import pytest

torch = pytest.importorskip("torch")

from osteon.segmentation.nnunet import claim_gpu  # noqa: E402


@pytest.fixture
def machine(monkeypatch, tmp_path):
    """A machine with three GPUs, of which others may hold some."""
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 3)
    monkeypatch.setattr(tempfile, "gettempdir", lambda: str(tmp_path))
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    held = []

    def hold(name):
        held.append(os.open(tmp_path / f"osteon-{os.getuid()}-gpu-{name}.lock", os.O_CREAT | os.O_RDWR))
        fcntl.flock(held[-1], fcntl.LOCK_EX | fcntl.LOCK_NB)

    yield hold
    for file in held:
        os.close(file)


def seen(device="auto"):
    claim_gpu(device)
    return os.environ["CUDA_VISIBLE_DEVICES"]


def test_first_gpu_that_is_free(machine):
    machine("0")
    assert seen() == "1"


def test_gpus_that_a_scheduler_gave(machine, monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "4, GPU-ab")
    machine("4")
    assert seen("cuda") == "GPU-ab"


def test_nothing_is_changed_where_all_are_taken_or_one_is_visible_or_none_is_wanted(machine, monkeypatch):
    assert seen("cpu") == ""
    for name in "012":
        machine(name)
    assert seen() == ""
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    assert seen() == ""
