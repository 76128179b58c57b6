"""The cases that a network learns from, divided and written as nnU-Net's raw dataset."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import SimpleITK as sitk

from osteon.images.io import read_image, write_image
from osteon.images.masks import to_grid
from osteon.tables.files import write_json

DATASET = "Dataset001_Osteon"


@dataclass(frozen=True)
class TrainingCase:
    """One image with its manual mask."""

    center: str
    subject: str
    image: Path
    mask: Path
    image_sha256: str = ""
    mask_sha256: str = ""
    person: str = ""
    """The patient, if the images say so; examinations of one patient stay in one part of the cases."""

    @property
    def name(self) -> str:
        """The case's pseudonym, also inside nnU-Net."""
        return f"{self.center}-{self.subject}"

    @property
    def mask_name(self) -> str:
        """File name of a mask that was predicted for the case."""
        return f"{self.name}_dseg.nii.gz"


def split_by_center(cases: Sequence[TrainingCase], parts: int, seed: int) -> list[list[TrainingCase]]:
    """Divide the cases into `parts`, each center evenly, independent of the order of the list.

    Cases of one center and `person` are in one part. Raises ValueError if a part is empty.
    """
    result: list[list[TrainingCase]] = [[] for _ in range(parts)]
    generator = np.random.default_rng(seed)
    position = 0
    for center in sorted({case.center for case in cases}):
        people: dict[str, list[TrainingCase]] = {}
        for case in sorted((case for case in cases if case.center == center), key=lambda case: case.subject):
            people.setdefault(case.person or case.name, []).append(case)
        own = list(people.values())
        for index in generator.permutation(len(own)):
            result[position % parts].extend(own[index])
            position += 1
    if not all(result):
        raise ValueError(
            f"{len(cases)} training cases cannot be divided into {parts} parts; "
            f"give more cases or write a smaller 'segmentation.train.folds'"
        )
    return [sorted(part, key=lambda case: case.name) for part in result]


def write_dataset(cases: Sequence[TrainingCase], labels: dict[str, int], folder: Path) -> None:
    """Write nnU-Net's raw dataset: images as they are, masks on the image's grid with labels 1, 2, 3, ...

    dataset.json keeps under `mask_values` which integer of the study each label stands for.

    Raises ValueError if a label is in no mask.
    """
    seen: set[int] = set()
    for name in ("imagesTr", "labelsTr"):
        (folder / name).mkdir(parents=True)
    for case in cases:
        image = read_image(case.image)
        values = sitk.GetArrayFromImage(to_grid(read_image(case.mask), image))
        seen.update(np.unique(values).tolist())
        target = np.zeros(values.shape, np.uint8)
        for index, value in enumerate(labels.values(), start=1):
            target[values == value] = index
        mask = sitk.GetImageFromArray(target)
        mask.CopyInformation(image)
        write_image(image, folder / "imagesTr" / f"{case.name}_0000.nii.gz")
        write_image(mask, folder / "labelsTr" / f"{case.name}.nii.gz")
    unseen = [name for name, value in labels.items() if value not in seen]
    if unseen:
        raise ValueError(f"no manual mask has the label of {', '.join(unseen)}; correct 'labels' or annotate it")
    write_json(
        {
            "channel_names": {"0": "MR"},
            "file_ending": ".nii.gz",
            "numTraining": len(cases),
            "labels": {"background": 0} | {name: index for index, name in enumerate(labels, start=1)},
            "mask_values": [0, *labels.values()],
            "overwrite_image_reader_writer": "SimpleITKIO",
        },
        folder / "dataset.json",
    )
