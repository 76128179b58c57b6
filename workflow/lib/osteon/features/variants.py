"""Features of the same case under small changes and under other readers' masks: what robustness is measured on."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import SimpleITK as sitk

from osteon.config.features import Roi
from osteon.features.extract import COLUMNS, extract_case
from osteon.features.settings import sidecar
from osteon.images.io import read_image
from osteon.images.masks import to_grid
from osteon.images.perturb import VOLUME, Sampling, generator, noisy, redrawn, resized, rotated, translated
from osteon.images.registration import rigid_transform
from osteon.tables.files import write_table
from osteon.tables.kept import Kept
from osteon.tables.status import CaseStatus

log = logging.getLogger(__name__)

VARIANT_COLUMNS = ["variant", *COLUMNS]
MOVED = {"translate": translated, "rotate": rotated}
REDRAWN: dict[str, Callable] = {
    "grow": lambda mask, random: resized(mask, VOLUME, random),
    "shrink": lambda mask, random: resized(mask, -VOLUME, random),
    "randomise": redrawn,
}


@dataclass(frozen=True)
class Pictures:
    """What the features of a case are computed from."""

    images: Mapping[str, sitk.Image]
    """Image of each sequence."""
    mask: sitk.Image
    """Labels, on any grid."""
    transforms: Mapping[str, sitk.Transform | None]
    """Where a point of the mask lies in a sequence, if the patient moved between the two."""


Extract = Callable[[Pictures], pd.DataFrame]
"""The case's long table of features."""


@dataclass(frozen=True)
class VariantSettings:
    """What all cases share."""

    sequences: list[str]
    labels: dict[str, int]
    rois: dict[str, Roi]
    parameters: dict
    """From `settings.pyradiomics_parameters`."""
    perturbations: list[str]
    seed: int


@dataclass(frozen=True)
class VariantFiles:
    """Where one case's images and masks come from, what is done with it, and where its features go to."""

    image_status: Path
    images: Path
    mask_status: Path
    masks: Path
    ingest_status: Path
    native: Path
    table: Path
    perturbed: bool
    """Whether the case is one of those that are perturbed."""
    readers: bool
    """Whether the features of every reader's mask are wanted."""
    row: Mapping[str, str]
    """Columns of cases.tsv that regions need."""


def extract_variants(cases: Iterable[VariantFiles], settings: VariantSettings, kept: Kept) -> None:
    """Write the table of every case: variant, then the columns of a case's features.

    The variants are called by the perturbation, and 'reader-<reader>-<reading>'; the unchanged case is not among them.
    A case that was excluded before has no row.
    """
    cases = list(cases)
    for number, case in enumerate(cases, start=1):
        statuses = [CaseStatus.read(path) for path in (case.image_status, case.mask_status, case.ingest_status)]
        subject, name = statuses[0].subject, f"center-{statuses[0].center}/sub-{statuses[0].subject}"
        key = kept.key(_inputs(case, statuses, settings))
        if kept.restore(name, key, {"table": case.table}):
            log.info("%d of %d: %s kept from an earlier run", number, len(cases), subject)
            continue
        rows = list(_variants(case, statuses, settings))
        table = pd.concat(rows, ignore_index=True) if rows else pd.DataFrame(columns=VARIANT_COLUMNS)
        write_table(table[VARIANT_COLUMNS], case.table)
        kept.keep(name, key, {"table": case.table})
        log.info("%d of %d: %s, %d variants", number, len(cases), subject, len(rows))


def kept_settings(settings: VariantSettings, code: str) -> dict:
    """What a kept table depends on besides its case."""
    return {
        "sequences": settings.sequences,
        "labels": settings.labels,
        "rois": {name: roi.model_dump(mode="json") for name, roi in settings.rois.items()},
        "features": sidecar(settings.parameters),
        "perturbations": settings.perturbations,
        "seed": settings.seed,
        "code": code,
    }


def _inputs(case: VariantFiles, statuses: list[CaseStatus], settings: VariantSettings) -> dict:
    images, mask, ingested = statuses
    return {
        "ok": [status.ok for status in statuses],
        "images": {name: images.files.get(name, {}).get("sha256") for name in settings.sequences},
        "registration": images.extra.get("registration"),
        "mask": mask.files.get("mask", {}).get("sha256"),
        "readings": {name: ingested.files[key]["sha256"] for name, key in _readings(case, ingested).items()},
        "perturbed": case.perturbed,
        "row": dict(case.row),
    }


def _readings(case: VariantFiles, ingested: CaseStatus) -> dict[str, str]:
    """Key of each reading's mask by the name of its variant; none of a case with a single reading."""
    found = {
        f"reader-{reading['reader']}-{reading['reading']}": reading["key"]
        for reading in ingested.extra.get("readings", [])
        if reading["key"] in ingested.files
    }
    return found if case.readers and len(found) > 1 else {}


def _variants(case: VariantFiles, statuses: list[CaseStatus], settings: VariantSettings) -> Iterator[pd.DataFrame]:
    images, mask, ingested = statuses
    if not images.ok:
        return
    registration = images.extra.get("registration") or {}
    pictures = {name: read_image(case.images / images.files[name]["path"]) for name in settings.sequences}
    transforms = {name: rigid_transform(registration.get(name)) for name in settings.sequences}

    def extract(shown: Pictures) -> pd.DataFrame:
        return extract_case(
            dict(shown.images),
            shown.mask,
            settings.labels,
            settings.rois,
            settings.parameters,
            row=case.row,
            transforms=dict(shown.transforms),
        ).features

    if case.perturbed and mask.ok:
        original = Pictures(pictures, read_image(case.masks / mask.files["mask"]["path"]), transforms)
        sampling = sampling_of(settings.parameters, settings.rois)
        for kind in settings.perturbations:
            table = perturbed_features(kind, original, sampling, settings.seed, images.subject, extract)
            yield table.assign(variant=kind)
    for name, key in _readings(case, ingested).items():
        drawn = read_image(case.native / ingested.files[key]["path"])
        yield extract(Pictures(pictures, drawn, transforms)).assign(variant=name)


def perturbed_features(
    kind: str, original: Pictures, sampling: Sampling, seed: int, subject: str, extract: Extract
) -> pd.DataFrame:
    """The features of a case after one perturbation.

    Args:
        kind: translate, rotate, noise, grow, shrink or randomise.
        original: images and mask as they are.
        sampling: the features' grid.
        seed: of the study; with subject and kind it decides what is drawn.
        subject: the case.
        extract: computes the features.
    """
    names = ("perturbation", subject, kind)
    if kind in MOVED:
        return pd.concat(
            [extract(_moved(kind, name, original, sampling, generator(seed, *names))) for name in original.images],
            ignore_index=True,
        )
    if kind == "noise":
        noisier = {name: noisy(image, generator(seed, *names, name)) for name, image in original.images.items()}
        return extract(Pictures(noisier, original.mask, original.transforms))
    return extract(
        Pictures(original.images, REDRAWN[kind](original.mask, generator(seed, *names)), original.transforms)
    )


def _moved(kind: str, name: str, original: Pictures, sampling: Sampling, random) -> Pictures:
    """One sequence on its moved grid. The mask is taken to the image first, as the extraction does."""
    image = original.images[name]
    on_image = to_grid(original.mask, image, original.transforms.get(name))
    moved, mask = MOVED[kind](image, on_image, sampling, random)
    return Pictures({name: moved}, mask, {})


def sampling_of(parameters: dict, rois: Mapping[str, Roi]) -> Sampling:
    """The features' grid, as far as a perturbation must know it.

    Where PyRadiomics looks at the whole image (normalisation, no resampling), the whole image is perturbed.
    """
    setting, own = parameters["setting"], parameters["osteon"]
    spacing = setting.get("resampledPixelSpacing")
    interpolator = setting.get("interpolator", "sitkBSpline")
    margin = None
    if spacing and min(spacing) > 0 and not setting.get("normalize"):
        reach = max((roi.outer_mm for roi in rois.values() if roi.scheme == "ring"), default=0.0)
        margin = reach + (setting["padDistance"] + 2) * max(spacing)
    return Sampling(
        tuple(spacing) if spacing else None,
        getattr(sitk, interpolator) if isinstance(interpolator, str) else interpolator,
        own["mask_interpolator"] == "nearest",
        own["grid"] == "corners",
        margin,
    )
