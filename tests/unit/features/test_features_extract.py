"""Extraction of a case: agrees with PyRadiomics' execute, keeps its schema, never hides a failure."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import SimpleITK as sitk
from radiomics.featureextractor import RadiomicsFeatureExtractor

from osteon.config.features import Features
from osteon.features import extract
from osteon.features.extract import empty_case, extract_case
from osteon.features.schema import feature_names
from osteon.features.settings import pyradiomics_parameters

LABELS = {"L1": 1, "L2": 2}
ROIS = {"L1": ["L1"], "L2": ["L2"], "both": ["L1", "L2"]}


def _image(array: np.ndarray, spacing=(1.0, 1.0, 2.0), origin=(5.0, -8.0, 30.0)) -> sitk.Image:
    image = sitk.GetImageFromArray(array)
    image.SetSpacing(spacing)
    image.SetOrigin(origin)
    return image


@pytest.fixture(scope="module")
def picture() -> sitk.Image:
    values = np.random.default_rng(7).normal(300, 60, (24, 48, 48)).astype(np.float32)
    return sitk.SmoothingRecursiveGaussian(_image(values), 1.5) * 3


@pytest.fixture(scope="module")
def mask() -> sitk.Image:
    z, y, x = np.indices((24, 48, 48))
    labels = np.zeros((24, 48, 48), dtype=np.uint8)
    labels[((z - 7) / 5.0) ** 2 + ((y - 24) / 9.0) ** 2 + ((x - 24) / 9.0) ** 2 < 1] = 1
    labels[((z - 17) / 4.0) ** 2 + ((y - 24) / 8.0) ** 2 + ((x - 24) / 8.0) ** 2 < 1] = 2
    return _image(labels)


@pytest.fixture(scope="module")
def parameters() -> dict:
    return pyradiomics_parameters(Features(bin_count=16, spacing=[2.0, 2.0, 2.0], log_sigma=[2.0], pad_distance=8))


@pytest.fixture(scope="module")
def whole(picture, mask, parameters):
    return extract_case({"T1": picture}, mask, LABELS, ROIS, parameters)


def test_single_region_equals_execute_on_the_whole_image(picture, mask, parameters):
    rows = extract_case({"T1": picture}, mask, LABELS, {"L1": ["L1"]}, parameters).features
    direct = RadiomicsFeatureExtractor(parameters).execute(picture, mask)
    assert rows["feature"].tolist() == list(direct)
    np.testing.assert_array_equal(rows["value"], [float(value) for value in direct.values()])


def test_rows_are_sequence_region_feature_in_fixed_order(whole, parameters):
    names = feature_names(parameters)
    assert list(whole.features.columns) == ["sequence", "roi", "feature", "value", "reason"]
    assert whole.features["roi"].tolist() == [roi for roi in ROIS for _ in names]
    assert whole.features["feature"].tolist() == names * len(ROIS)
    assert whole.features["value"].notna().all()
    assert whole.features["reason"].isna().all()
    assert whole.reason is None


def test_union_region_has_the_volume_of_its_labels(whole):
    volumes = whole.features.query("feature == 'original_shape_VoxelVolume'").set_index("roi")["value"]
    assert volumes["both"] == pytest.approx(volumes["L1"] + volumes["L2"])


def test_same_input_same_rows(whole, picture, mask, parameters):
    again = extract_case({"T1": picture}, mask, LABELS, ROIS, parameters)
    pd.testing.assert_frame_equal(whole.features, again.features, check_exact=True)


def test_mask_on_a_finer_grid_is_taken_through_physical_space(picture, mask, parameters):
    fine = sitk.Resample(
        mask,
        [96, 96, 48],
        sitk.Transform(),
        sitk.sitkNearestNeighbor,
        (4.75, -8.25, 29.5),
        (0.5, 0.5, 1.0),
        mask.GetDirection(),
        0,
        mask.GetPixelID(),
    )
    rows = extract_case({"T1": picture}, fine, LABELS, {"L1": ["L1"]}, parameters).features
    direct = extract_case({"T1": picture}, mask, LABELS, {"L1": ["L1"]}, parameters).features
    np.testing.assert_allclose(rows["value"], direct["value"], rtol=1e-9)


def test_label_without_voxels_gives_reason_for_every_region_that_needs_it(picture, mask, parameters):
    only_first = sitk.Mask(mask, mask == 1)
    result = extract_case({"T1": picture}, only_first, LABELS, ROIS, parameters)
    reasons = result.features.groupby("roi")["reason"].agg(lambda column: column.unique().tolist())
    assert reasons["L2"] == reasons["both"] == ["mask_empty"]
    assert reasons["L1"] == [None]
    assert result.features.query("roi == 'L2'")["value"].isna().all()


def test_image_that_does_not_cover_the_region(picture, mask, parameters):
    result = extract_case({"T1": picture[:, :, :10]}, mask, LABELS, {"L2": ["L2"]}, parameters)
    assert set(result.features["reason"]) == {"mask_grid"}
    assert result.reason == "mask_grid"


def test_small_region(picture, parameters):
    few = np.zeros((24, 48, 48), dtype=np.uint8)
    few[10:12, 20:22, 20:22] = 1
    result = extract_case({"T1": picture}, _image(few), LABELS, {"L1": ["L1"]}, parameters)
    assert set(result.features["reason"]) == {"roi_too_small"}
    assert result.features["value"].isna().all()
    line = np.zeros((24, 48, 48), dtype=np.uint8)
    line[10, 20, 10:40] = 1
    result = extract_case({"T1": picture}, _image(line), LABELS, {"L1": ["L1"]}, parameters)
    assert set(result.features["reason"]) == {"roi_too_small"}


def test_values_that_are_not_finite_in_the_image(picture, mask, parameters):
    broken = sitk.Image(picture)
    broken[24, 24, 7] = float("nan")
    result = extract_case({"T1": broken, "T2": picture}, mask, LABELS, {"L1": ["L1"]}, parameters)
    by_sequence = result.features.groupby("sequence")["reason"].agg(lambda column: column.unique().tolist())
    assert by_sequence["T1"] == ["extraction_failed"]
    assert by_sequence["T2"] == [None]


def test_feature_without_a_finite_value_is_missing_with_a_reason(picture, mask, parameters, monkeypatch):
    original = extract.RadiomicsFeatureExtractor.computeShape

    def infinite(self, *args, **kwargs):
        return original(self, *args, **kwargs) | {"original_shape_Sphericity": np.inf}

    monkeypatch.setattr(extract.RadiomicsFeatureExtractor, "computeShape", infinite)
    rows = extract_case({"T1": picture}, mask, LABELS, {"L1": ["L1"]}, parameters).features
    gap = rows[rows["reason"].notna()]
    assert gap["feature"].tolist() == ["original_shape_Sphericity"]
    assert gap["reason"].tolist() == ["value_undefined"]
    assert gap["value"].isna().all()


def test_failure_of_pyradiomics_is_a_reason_but_lack_of_memory_is_not(picture, mask, parameters, monkeypatch):
    def fail(error):
        def compute(self, *args, **kwargs):
            raise error

        return compute

    monkeypatch.setattr(extract.RadiomicsFeatureExtractor, "computeFeatures", fail(IndexError("nothing")))
    result = extract_case({"T1": picture}, mask, LABELS, {"L1": ["L1"]}, parameters)
    assert set(result.features["reason"]) == {"extraction_failed"}
    monkeypatch.setattr(extract.RadiomicsFeatureExtractor, "computeFeatures", fail(MemoryError()))
    with pytest.raises(MemoryError):
        extract_case({"T1": picture}, mask, LABELS, {"L1": ["L1"]}, parameters)


def test_image_too_small_for_the_filter_leaves_gaps_not_fewer_rows(parameters):
    thin = np.random.default_rng(1).normal(300, 60, (3, 40, 40)).astype(np.float32)
    inside = np.zeros((3, 40, 40), dtype=np.uint8)
    inside[:, 10:30, 10:30] = 1
    result = extract_case({"T1": _image(thin)}, _image(inside), LABELS, {"L1": ["L1"]}, parameters)
    filtered = result.features["feature"].str.startswith("log-sigma")
    assert result.features["feature"].tolist() == feature_names(parameters)
    assert set(result.features.loc[filtered, "reason"]) == {"extraction_failed"}
    assert result.features.loc[~filtered, "value"].notna().all()


def test_one_grey_level_is_counted_and_warned_of(picture, mask, caplog):
    narrow = pyradiomics_parameters(Features(bin_width=25, spacing=[2.0, 2.0, 2.0], image_types=["original"]))
    scaled = sitk.RescaleIntensity(picture, 0, 1)
    result = extract_case({"T1": scaled}, mask, LABELS, {"L1": ["L1"]}, narrow)
    assert result.grey_levels.to_dict("records") == [
        {"sequence": "T1", "roi": "L1", "image_type": "original", "grey_levels": 1}
    ]
    assert "one grey level" in caplog.text
    assert "bin_width" in caplog.text


def test_empty_case_has_the_full_schema(parameters):
    rows = empty_case(["T1", "T2"], ["L1"], parameters, "slice_missing")
    assert rows["feature"].tolist() == feature_names(parameters) * 2
    assert rows["value"].isna().all()
    assert set(rows["reason"]) == {"slice_missing"}
