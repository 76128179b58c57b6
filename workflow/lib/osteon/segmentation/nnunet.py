"""What nnU-Net needs around it: its three folders, threads and a device, and its prints sent to the log."""

from __future__ import annotations

import logging
import os
import sys
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


def nnunet_folders(work: Path) -> Folders:
    """Make the three folders in `work` and tell nnU-Net of them.

    nnU-Net reads the environment when it is first imported. Raises RuntimeError if that has happened with
    other folders.
    """
    folders = Folders(work.resolve() / "raw", work.resolve() / "preprocessed", work.resolve() / "results")
    loaded = sys.modules.get("nnunetv2.paths")
    for name in ("raw", "preprocessed", "results"):
        path = getattr(folders, name)
        path.mkdir(parents=True, exist_ok=True)
        if loaded is not None and getattr(loaded, f"nnUNet_{name}") != str(path):
            raise RuntimeError(
                f"nnU-Net was imported with nnUNet_{name}={getattr(loaded, f'nnUNet_{name}')}, "
                f"but {path} is needed; train in a process of its own"
            )
        os.environ[f"nnUNet_{name}"] = str(path)
    return folders


def limit_threads(threads: int) -> None:
    """Number of CPU threads for torch; call it before torch is imported for the first time.

    The threads sleep while they wait for each other. By default they spin, and where other jobs share the cores
    the prediction of one image then took 17 s instead of 0.6 s.
    """
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    import torch

    torch.set_num_threads(threads)


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
