"""Small untrained nnU-Nets as exported files, as `nnUNetv2_export_model_to_zip` would write them."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import torch
from nnunetv2.utilities.plans_handling.plans_handler import PlansManager

from helpers.tiny_network import random_network, tiny_plans

VALUES = {"L1": 20, "L3": 22}
"""The study's integers of the two labels, which are 1 and 2 in the network."""


def write_model(
    folder: Path,
    *,
    axes: int = 2,
    patch: list[int] | None = None,
    folds: int = 1,
    mirrored: tuple[int, ...] | None = None,
    reader: str = "SimpleITKIO",
) -> Path:
    """Write folder/model.zip with random weights from a fixed seed; `mirrored` are the axes its trainer mirrored."""
    plans = tiny_plans(axes, patch or [32] * axes, reader)
    configuration = PlansManager(plans).get_configuration("tiny")
    trainer = "nnUNetTrainer" if mirrored else "nnUNetTrainerNoMirroring"
    top = folder / "Dataset001_Test" / f"{trainer}__nnUNetPlans__tiny"
    top.mkdir(parents=True)
    (top / "plans.json").write_text(json.dumps(plans))
    dataset = {
        "channel_names": {"0": "MR"},
        "file_ending": ".nii.gz",
        "numTraining": 1,
        "labels": {"background": 0} | {name: number for number, name in enumerate(VALUES, start=1)},
        "mask_values": [0, *VALUES.values()],
    }
    (top / "dataset.json").write_text(json.dumps(dataset))
    with torch.random.fork_rng():
        torch.manual_seed(5)
        for fold in range(folds):
            network = random_network(configuration, heads=len(VALUES) + 1)
            (top / f"fold_{fold}").mkdir()
            torch.save(
                {
                    "network_weights": network.state_dict(),
                    "trainer_name": trainer,
                    "init_args": {"configuration": "tiny"},
                    "inference_allowed_mirroring_axes": mirrored,
                },
                top / f"fold_{fold}" / "checkpoint_final.pth",
            )
    with zipfile.ZipFile(folder / "model.zip", "w") as archive:
        for path in sorted(top.rglob("*.*")):
            if path.is_file():
                archive.write(path, path.relative_to(folder))
    return folder / "model.zip"
