"""What nnU-Net needs around it: its three folders, threads and a device, and its prints sent to the log."""

from __future__ import annotations

import fcntl
import logging
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from io import TextIOBase
from pathlib import Path


@dataclass(frozen=True)
class Folders:
    """nnU-Net's three folders."""

    raw: Path
    preprocessed: Path
    results: Path


def use_folders(folders: Folders) -> None:
    """Tell nnU-Net of its folders, which are made where they are absent.

    nnU-Net reads the environment when it is first imported. Raises RuntimeError if that has happened with
    other folders.
    """
    loaded = sys.modules.get("nnunetv2.paths")
    for name in ("raw", "preprocessed", "results"):
        path = getattr(folders, name).resolve()
        path.mkdir(parents=True, exist_ok=True)
        if loaded is not None and getattr(loaded, f"nnUNet_{name}") != str(path):
            raise RuntimeError(
                f"nnU-Net was imported with nnUNet_{name}={getattr(loaded, f'nnUNet_{name}')}, "
                f"but {path} is needed; train in a process of its own"
            )
        os.environ[f"nnUNet_{name}"] = str(path)


def limit_threads(threads: int) -> None:
    """Number of CPU threads for torch; call it before torch is imported for the first time.

    The threads sleep while they wait for each other. By default they spin, and where other jobs share the cores
    the prediction of one image then took 17 s instead of 0.6 s.
    """
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    import torch

    torch.set_num_threads(threads)


def claim_gpu(device: str) -> None:
    """Where several GPUs are visible, let this process see one that no other process has claimed, until it ends.

    Call it before torch is asked for a device. Nothing is changed for device cpu, where a scheduler gives each job
    its own GPU, and where all are claimed.
    """
    if device == "cpu":
        return
    import torch

    count = torch.cuda.device_count()
    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    names = visible.split(",") if visible else [str(index) for index in range(count)]
    for name in map(str.strip, names if count > 1 else []):
        place = Path(tempfile.gettempdir(), f"osteon-{os.getuid()}-gpu-{name}.lock")
        claim = os.open(place, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(claim, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(claim)
        else:
            os.environ["CUDA_VISIBLE_DEVICES"] = name
            return


def torch_device(name: str):
    """torch's device for auto, cpu or cuda. Raises ValueError if there is no GPU for cuda."""
    import torch

    if name == "cuda" and not torch.cuda.is_available():
        raise ValueError("'segmentation.device' is cuda, but this machine has no usable GPU; write auto or cpu")
    return torch.device("cuda" if name != "cpu" and torch.cuda.is_available() else "cpu")


class _LogWriter(TextIOBase):
    """A stream that logs every line written to it at level DEBUG."""

    def __init__(self, log: logging.Logger):
        self.log = log

    def write(self, text: str) -> int:
        for line in text.splitlines():
            if line.strip():
                self.log.debug("nnU-Net: %s", line.rstrip())
        return len(text)


@contextmanager
def quiet(log: logging.Logger) -> Iterator[None]:
    """Send what nnU-Net prints to `log`."""
    with redirect_stdout(_LogWriter(log)):
        yield
