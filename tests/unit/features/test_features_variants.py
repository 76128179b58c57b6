"""Features of variants: one table per case, as good as the extraction itself, and never done twice."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import SimpleITK as sitk

from osteon.config.features import Features, Roi
from osteon.features import variants
from osteon.features.extract import extract_case
from osteon.features.settings import pyradiomics_parameters
from osteon.features.variants import (
    VARIANT_COLUMNS,
    Pictures,
    VariantFiles,
    VariantSettings,
    extract_variants,
    kept_settings,
    perturbed_features,
    sampling_of,
)
from osteon.images.io import write_image
from osteon.images.perturb import VOLUME, sampled
from osteon.tables.files import file_sha256, read_table
from osteon.tables.kept import Kept
from osteon.tables.status import CaseStatus, excluded

PERTURBATIONS = ["translate", "rotate", "noise", "grow", "shrink", "randomise"]
PARAMETERS = pyradiomics_parameters(
    Features(bin_count=16, spacing=[1.0, 1.0, 1.0], image_types=["original"], classes=["shape", "firstorder"])
)
LABELS = {"L1": 1, "L2": 2}
ROIS = {"both": Roi(labels=["L1", "L2"]), "single": Roi(scheme="each", labels=["L1", "L2"])}
SETTINGS = VariantSettings(["T1", "T2"], LABELS, ROIS, PARAMETERS, PERTURBATIONS, 7)


def on_grid(array: np.ndarray, spacing=(1.0, 1.0, 3.0)) -> sitk.Image:
    image = sitk.GetImageFromArray(array)
    image.SetSpacing(spacing)
    return image


def blocks(shift: int = 0) -> sitk.Image:
    array = np.zeros((10, 30, 30), np.uint8)
    array[2:8, 4:14, 8 + shift : 22 + shift] = 1
    array[2:8, 16:26, 8 + shift : 22 + shift] = 2
    return on_grid(array)


def pictures(seed: int) -> dict[str, sitk.Image]:
    """Two sequences on grids of their own."""
    random = np.random.default_rng(seed)
    first = on_grid(random.normal(100, 20, (10, 30, 30)).astype(np.float32))
    second = on_grid(random.normal(50, 5, (15, 20, 20)).astype(np.float32), (1.5, 1.5, 2.0))
    return {"T1": sitk.SmoothingRecursiveGaussian(first, 1.5), "T2": sitk.SmoothingRecursiveGaussian(second, 1.5)}


def case(folder: Path, subject: str, seed: int = 0, **changes) -> VariantFiles:
    """A case on disk with two readers, of whom one drew twice."""
    folder = folder / subject
    folder.mkdir()
    shown, readings = {}, {}
    for name, image in pictures(seed).items():
        write_image(image, folder / f"{name}.nii.gz")
        shown[name] = {"path": f"{name}.nii.gz", "sha256": file_sha256(folder / f"{name}.nii.gz")}
    for number, key in enumerate(["manual", "manual-R1-2", "manual-R2-1"]):
        write_image(blocks(number), folder / f"{key}.nii.gz")
        readings[key] = {"path": f"{key}.nii.gz", "sha256": file_sha256(folder / f"{key}.nii.gz")}
    rows = [
        {"reader": reader, "reading": reading, "key": key, "found": True}
        for (reader, reading), key in zip([("R1", 1), ("R1", 2), ("R2", 1)], readings, strict=True)
    ]
    CaseStatus("A", subject, "ingest", files=readings, extra={"readings": rows}).write(folder / "i.json")
    CaseStatus("A", subject, "preprocess", files=shown).write(folder / "p.json")
    CaseStatus("A", subject, "segment", files={"mask": readings["manual"]}).write(folder / "s.json")
    paths = [folder / name for name in ("p.json", ".", "s.json", ".", "i.json", ".", "variants.tsv")]
    return replace(VariantFiles(*paths, perturbed=True, readers=False, row={}), **changes)


def run(cases: list[VariantFiles], folder: Path, settings: VariantSettings = SETTINGS) -> list[pd.DataFrame]:
    extract_variants(cases, settings, Kept(folder / "kept", kept_settings(settings, "code")))
    return [read_table(case.table, text=("variant", "sequence", "roi", "feature", "reason")) for case in cases]


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    folder = tmp_path_factory.mktemp("variants")
    (table,) = run([case(folder, "A1", readers=True)], folder)
    return table


@pytest.fixture(scope="module")
def original():
    return extract_case(pictures(0), blocks(), LABELS, ROIS, PARAMETERS).features


@pytest.mark.slow
def test_every_variant_has_the_rows_of_the_extraction(whole, original):
    assert whole.columns.tolist() == VARIANT_COLUMNS
    assert whole["variant"].unique().tolist() == [*PERTURBATIONS, "reader-R1-1", "reader-R1-2", "reader-R2-1"]
    keys = ["sequence", "roi", "feature"]
    for _, rows in whole.groupby("variant"):
        assert rows[keys].to_numpy().tolist() == original[keys].to_numpy().tolist()
        assert rows["value"].notna().all()


def value_of(table, roi="both", feature="original_shape_VoxelVolume", sequence="T1"):
    return table.set_index(["sequence", "roi", "feature"]).loc[(sequence, roi, feature), "value"]


def test_variants_differ_from_the_original_as_they_should(whole, original):
    volume = {name: value_of(rows) / value_of(original) for name, rows in whole.groupby("variant")}
    assert volume["grow"] == pytest.approx(1 + VOLUME, abs=0.03)
    assert volume["shrink"] == pytest.approx(1 - VOLUME, abs=0.03)
    assert volume["noise"] == 1
    assert all(0.93 < volume[name] < 1.07 for name in ("translate", "rotate", "randomise"))
    mean = "original_firstorder_Mean"
    for name in PERTURBATIONS:
        rows = whole[whole["variant"] == name]
        assert value_of(rows, feature=mean) != value_of(original, feature=mean)
        assert value_of(rows, feature=mean) == pytest.approx(value_of(original, feature=mean), rel=0.05)


def test_a_readers_variant_is_the_extraction_with_that_mask(whole):
    direct = extract_case(pictures(0), blocks(2), LABELS, ROIS, PARAMETERS).features
    rows = whole[whole["variant"] == "reader-R2-1"]
    np.testing.assert_array_equal(rows["value"], direct["value"])


@pytest.mark.slow
@pytest.mark.parametrize("grid", ["centers", "corners"])
def test_a_shift_of_zero_changes_nothing(original, monkeypatch, grid):
    """The grid that is moved is the grid of the features: what a perturbation changes is not the interpolation."""
    features = {"bin_count": 16, "spacing": [1.0, 1.0, 1.0], "image_types": ["original"]}
    parameters = pyradiomics_parameters(Features(**features, grid=grid, classes=["shape", "firstorder"]))

    def extract(shown: Pictures):
        return extract_case(shown.images, shown.mask, LABELS, ROIS, parameters, transforms=shown.transforms).features

    monkeypatch.setitem(
        variants.MOVED, "translate", lambda image, mask, sampling, random: sampled(image, mask, sampling)
    )
    shown = Pictures(pictures(0), blocks(), {})
    found = perturbed_features("translate", shown, sampling_of(parameters, ROIS), 0, "A1", extract)
    np.testing.assert_allclose(found["value"], extract(shown)["value"], rtol=1e-4, atol=1e-4)


@pytest.mark.slow
def test_a_case_does_not_depend_on_its_batch_and_is_done_once(tmp_path, monkeypatch):
    settings = replace(SETTINGS, perturbations=["noise", "randomise"])
    one, two = (case(tmp_path, name, seed) for seed, name in enumerate(["A1", "A2"]))
    first = run([one, two], tmp_path, settings)
    (alone,) = run([two], tmp_path / "elsewhere", settings)
    pd.testing.assert_frame_equal(first[1], alone)
    assert not first[0]["value"].equals(first[1]["value"])

    for files in (one, two):
        files.table.unlink()
    done = []
    monkeypatch.setattr(variants, "extract_case", lambda *args, **named: done.append(1) or extract_case(*args, **named))
    again = run([one, two], tmp_path, settings)
    assert not done
    pd.testing.assert_frame_equal(again[0], first[0])
    status = CaseStatus.read(two.mask_status)  # the second case's mask is another one now
    status.files["mask"] = CaseStatus.read(two.ingest_status).files["manual-R2-1"]
    status.write(two.mask_status)
    changed = run([one, two], tmp_path, settings)
    assert len(done) == len(settings.perturbations)
    assert not changed[1]["value"].equals(first[1]["value"])


def test_a_case_that_stopped_has_no_row(tmp_path):
    stopped = case(tmp_path, "A1")
    excluded("A", "A1", "segment", "mask_empty").write(stopped.mask_status)
    (table,) = run([stopped], tmp_path)
    assert table.empty
    assert table.columns.tolist() == VARIANT_COLUMNS


def test_what_a_perturbation_must_know_of_the_grid():
    ring = {"around": Roi(scheme="ring", labels=["L1"], outer_mm=8.0)}
    assert sampling_of(PARAMETERS, ROIS).margin == 17
    assert sampling_of(PARAMETERS, ROIS | ring).margin == 25
    native = pyradiomics_parameters(Features(bin_count=16, spacing=None))
    assert (sampling_of(native, ROIS).margin, sampling_of(native, ROIS).spacing) == (None, None)


@pytest.mark.slow
@pytest.mark.parametrize("kind", PERTURBATIONS)
def test_what_is_drawn_is_this_cases_own(kind):
    def drawn(seed, subject):
        shown = []
        perturbed_features(
            kind,
            Pictures(pictures(0), blocks(), {}),
            sampling_of(PARAMETERS, ROIS),
            seed,
            subject,
            lambda pictures: shown.append(pictures) or pd.DataFrame(),
        )
        images = [image for one in shown for image in one.images.values()]
        masks = [sitk.GetArrayFromImage(one.mask).tobytes() for one in shown]
        return [sitk.GetArrayFromImage(image).tobytes() for image in images] + masks

    assert drawn(1, "A1") == drawn(1, "A1")
    assert drawn(1, "A1") != drawn(1, "A2")
    assert drawn(1, "A1") != drawn(2, "A1")
