"""Regions through a whole extraction: mean, ring, two sides, moved masks, shuffled voxels."""

from __future__ import annotations

import numpy as np
import pytest
import SimpleITK as sitk

from osteon.config.features import Features, Roi
from osteon.features import extract
from osteon.features.extract import extract_case
from osteon.features.settings import pyradiomics_parameters

LABELS = {"L1": 1, "L2": 2}
BOTH = ["L1", "L2"]
PARAMETERS = pyradiomics_parameters(
    Features(
        bin_count=16,
        spacing=[2.0, 2.0, 2.0],
        image_types=["original", "log"],
        log_sigma=[2.0],
        classes=["shape", "firstorder", "glcm"],
        pad_distance=6,
    )
)


@pytest.fixture(scope="module")
def picture() -> sitk.Image:
    values = np.random.default_rng(7).normal(300, 60, (20, 40, 40)).astype(np.float32)
    image = sitk.GetImageFromArray(values)
    image.SetSpacing((1.0, 1.0, 2.0))
    return sitk.SmoothingRecursiveGaussian(image, 1.5) * 3


@pytest.fixture(scope="module")
def mask(picture) -> sitk.Image:
    labels = np.zeros((20, 40, 40), dtype=np.uint8)
    labels[5:9, 12:28, 12:28] = 1
    labels[9:14, 14:26, 14:26] = 2
    image = sitk.GetImageFromArray(labels)
    image.CopyInformation(picture)
    return image


def _values(result, roi: str):
    return result.features[result.features["roi"] == roi].set_index("feature")["value"]


def _extracted(picture, mask, rois, **more):
    return extract_case({"T1": picture}, mask, LABELS, rois, PARAMETERS, **more)


def test_mean_is_the_mean_of_the_labels_values_and_nothing_is_extracted_twice(picture, mask, monkeypatch):
    described = []
    original = extract._Work._describe

    def counted(self, region, *rest):
        described.append(region.base.name)
        original(self, region, *rest)

    monkeypatch.setattr(extract._Work, "_describe", counted)
    rois = {
        "every": Roi(scheme="each", labels=BOTH),
        "average": Roi(scheme="mean", labels=BOTH),
        "head": Roi(scheme="sides", left=["L1"], right=["L2"]),
    }
    result = _extracted(picture, mask, rois)
    assert described == ["L1", "L2"]
    first, second = _values(result, "L1"), _values(result, "L2")
    assert not np.allclose(first, second)
    np.testing.assert_array_equal(_values(result, "average"), (first + second) / 2)
    np.testing.assert_array_equal(_values(result, "headdifference"), first - second)
    assert {row["roi"] for row in result.grey_levels} == {"L1", "L2", "headleft", "headright"}


def test_mean_alone_counts_the_grey_levels_of_its_labels(picture, mask):
    result = _extracted(picture, mask, {"average": Roi(scheme="mean", labels=BOTH)})
    assert [row["roi"] for row in result.grey_levels] == ["L1", "L1", "L2", "L2"]


def test_mean_without_one_of_its_labels_says_why(picture, mask):
    only_first = sitk.Mask(mask, mask == 1)
    rois = {"average": Roi(scheme="mean", labels=BOTH), "L1": Roi(labels=["L1"])}
    rows = _extracted(picture, only_first, rois).features
    assert set(rows.loc[rows["roi"] == "average", "reason"]) == {"mask_empty"}
    assert rows.loc[rows["roi"] == "L1", "value"].notna().all()


def test_sides_are_told_apart_by_the_case(picture, mask):
    rois = {"head": Roi(scheme="sides", left=["L1"], right=["L2"], column="side")}
    left, right = (_extracted(picture, mask, rois, row={"side": side}) for side in ("left", "R"))
    np.testing.assert_array_equal(_values(left, "headindex"), _values(right, "headpartner"))
    np.testing.assert_array_equal(_values(left, "headdifference"), -_values(right, "headdifference"))
    unknown = _extracted(picture, mask, rois, row={"side": ""})
    assert unknown.reason == "side_unknown"
    assert [row["code"] for row in unknown.findings] == ["side_unknown"]
    assert unknown.features["value"].isna().all()


def test_grey_levels_are_not_those_of_a_side_that_is_not_known(picture, mask):
    rois = {"hip": Roi(scheme="sides", left=["L1"], right=["L2"], column="side"), "all": Roi(labels=["L1"])}
    result = _extracted(picture, mask, rois, row={"side": ""})
    assert {row["roi"] for row in result.grey_levels} == {"all"}


def test_ring_surrounds_the_union_and_leaves_other_labels_out(picture, mask):
    rois = {
        "rim": Roi(scheme="ring", labels=["L1"], outer_mm=4),
        "far": Roi(scheme="ring", labels=["L1"], inner_mm=4, outer_mm=8),
        "both": Roi(scheme="ring", labels=BOTH, outer_mm=4),
        "L1": Roi(labels=["L1"]),
    }
    result = _extracted(picture, mask, rois)
    volumes = {roi: _values(result, roi)["original_shape_VoxelVolume"] for roi in rois}
    assert result.features["value"].notna().all()
    # a slab of 16 x 16 x 8 mm and 4 mm around it, round at edges and corners; L2 covers 12 x 12 mm of its one side
    shell = 2 * 16 * 16 * 4 + 4 * 16 * 8 * 4 + np.pi * 4**2 / 4 * (8 * 16 + 4 * 8) + 4 / 3 * np.pi * 4**3
    assert volumes["L1"] == pytest.approx(16 * 16 * 8, rel=0.05)
    alone = _values(_extracted(picture, sitk.Mask(mask, mask == 1), {"rim": rois["rim"]}), "rim")
    assert alone["original_shape_VoxelVolume"] == pytest.approx(shell, rel=0.1)
    assert alone["original_shape_VoxelVolume"] - volumes["rim"] == pytest.approx(12 * 12 * 4, rel=0.1)
    assert volumes["far"] > volumes["rim"]
    assert volumes["both"] > volumes["rim"]
    assert not result.findings
    mean = _values(result, "rim")["original_firstorder_Mean"]
    assert mean != _values(result, "L1")["original_firstorder_Mean"]


def test_ring_that_leaves_the_image_is_cut_and_found(picture, mask):
    rois = {"rim": Roi(scheme="ring", labels=["L1"], outer_mm=6)}
    cut = picture[:, :, 4:]
    result = _extracted(cut, mask[:, :, 4:], rois)
    assert result.features["value"].notna().all()
    (row,) = result.findings
    assert row["code"] == "ring_cut"
    assert row["severity"] == "review"
    assert 0.1 < row["value"] < 0.3
    whole = _values(_extracted(picture, mask, rois), "rim")["original_shape_VoxelVolume"]
    assert _values(result, "rim")["original_shape_VoxelVolume"] == pytest.approx(whole * (1 - row["value"]), rel=0.06)


def test_moved_patient_is_followed(picture, mask):
    transform = sitk.TranslationTransform(3, (3.0, -2.0, 2.0))
    moved = sitk.Resample(picture, picture, transform.GetInverse(), sitk.sitkLinear, 300.0)
    rois = {"L1": Roi(labels=["L1"])}
    here = _values(_extracted(picture, mask, rois), "L1")
    there = _values(_extracted(moved, mask, rois, transforms={"T1": transform}), "L1")
    stayed = _values(_extracted(moved, mask, rois), "L1")
    assert there["original_firstorder_Mean"] == pytest.approx(here["original_firstorder_Mean"], rel=1e-3)
    assert stayed["original_firstorder_Mean"] != pytest.approx(here["original_firstorder_Mean"], rel=1e-3)


@pytest.mark.slow
def test_shuffled_voxels_keep_shape_and_histogram_and_lose_texture(picture, mask):
    rois = {"L1": Roi(labels=["L1"]), "L2": Roi(labels=["L2"]), "both": Roi(labels=BOTH)}
    real = _extracted(picture, mask, rois)
    control = _extracted(picture, mask, rois, shuffle_seed=3)
    for roi in rois:
        one, other = _values(real, roi), _values(control, roi)
        same = [name for name in one.index if name.startswith(("original_shape", "original_firstorder"))]
        np.testing.assert_allclose(other[same], one[same], rtol=1e-5, atol=1e-6)
        correlation = "original_glcm_Correlation"
        assert abs(other[correlation]) < one[correlation] / 2
        assert other["log-sigma-2-0-mm-3D_firstorder_Variance"] != one["log-sigma-2-0-mm-3D_firstorder_Variance"]
    again = _extracted(picture, mask, rois, shuffle_seed=3)
    np.testing.assert_array_equal(control.features["value"], again.features["value"])
    another = _extracted(picture, mask, rois, shuffle_seed=4)
    assert not np.array_equal(control.features["value"], another.features["value"])
