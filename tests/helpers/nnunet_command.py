"""nnU-Net's own command, as a user would run it, on a model of ours."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path


class Command:
    """nnUNetv2_predict with one installed model.

    Args:
        model: the exported model (zip).
        folder: takes the installed model and the command's input and output.
    """

    def __init__(self, model: Path, folder: Path):
        self.folder = folder
        with zipfile.ZipFile(model) as archive:
            archive.extractall(folder / "results")
        (plans,) = (folder / "results").glob("*/*/plans.json")
        self.dataset, name = plans.parts[-3:-1]
        self.trainer, self.plans, self.configuration = name.split("__")
        self.folds = sorted(path.name.removeprefix("fold_") for path in plans.parent.glob("fold_*"))

    def predict(self, images: list[Path], *options: str, device: str = "cpu") -> dict[str, Path]:
        """Predict image files in one call; the masks by the images' names without ending."""
        source, target = self.folder / "in", self.folder / "out"
        for place in (source, target):
            shutil.rmtree(place, ignore_errors=True)
            place.mkdir(parents=True)
        names = [path.name.removesuffix(".nii.gz") for path in images]
        for path, name in zip(images, names, strict=True):
            shutil.copyfile(path, source / f"{name}_0000.nii.gz")
        arguments = {
            "-i": source,
            "-o": target,
            "-d": self.dataset,
            "-tr": self.trainer,
            "-p": self.plans,
            "-c": self.configuration,
            "-device": device,
        }
        environment = os.environ | {
            f"nnUNet_{name}": str(self.folder / name) for name in ("raw", "preprocessed", "results")
        }
        done = subprocess.run(
            [
                str(Path(sys.executable).with_name("nnUNetv2_predict")),
                *(str(word) for pair in arguments.items() for word in pair),
                "-f",
                *self.folds,
                "--disable_progress_bar",
                *options,
            ],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(done.stdout[-4000:])
        self.masks = {name: target / f"{name}.nii.gz" for name in names}
        return self.masks
