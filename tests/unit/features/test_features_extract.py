"""Extraction of a case: agrees with PyRadiomics' execute, keeps its schema, never hides a failure."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import SimpleITK as sitk

from osteon.config.features import Features, Roi
from osteon.features import extract
from osteon.features.extract import empty_case, extract_case
from osteon.features.schema import feature_names
from osteon.features.settings import extractor, pyradiomics_parameters

LABELS = {"L1": 1, "L2": 2}
ROIS = {"L1": Roi(labels=["L1"]), "L2": Roi(labels=["L2"]), "both": Roi(labels=["L1", "L2"])}
FIRST = {"L1": Roi(labels=["L1"])}
# what PyRadiomics itself does
THEIRS = {"grid": "corners", "mask_interpolator": "nearest", "directions": "averaged", "log_kernel": "recursive"}


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
    return pyradiomics_parameters(
        Features(bin_count=16, spacing=[2.0, 2.0, 2.0], log_sigma=[2.0], pad_distance=8, **THEIRS)
    )


@pytest.fixture(scope="module")
def whole(picture, mask, parameters):
    return extract_case({"T1": picture}, mask, LABELS, ROIS, parameters)


def test_single_region_equals_execute_on_the_whole_image(picture, mask, parameters):
    rows = extract_case({"T1": picture}, mask, LABELS, FIRST, parameters).features
    direct = extractor(parameters).execute(picture, mask)
    assert rows["feature"].tolist() == list(direct)
    np.testing.assert_array_equal(rows["value"], [float(value) for value in direct.values()])


@pytest.mark.slow
@pytest.mark.parametrize(
    "discretisation", [{"bin_width": 20.0}, {"bin_count": 8}, {"bin_width": 20.0, "directions": "merged"}], ids=str
)
def test_families_that_share_their_grey_levels_have_the_values_of_each_by_itself(picture, mask, discretisation):
    chosen = {**THEIRS, "spacing": [2.0, 2.0, 2.0], "image_types": ["original", "wavelet"], **discretisation}
    parameters = pyradiomics_parameters(Features(pad_distance=8, **chosen))
    rows = extract_case({"T1": picture}, mask, LABELS, FIRST, parameters).features
    direct = extractor(parameters).execute(picture, mask)
    np.testing.assert_array_equal(rows["value"], [float(direct[name]) for name in rows["feature"]])


@pytest.mark.slow
def test_each_of_several_regions_has_the_values_of_execute(picture, mask):
    """At spacings where many new voxels lie half way between old ones; filters, whose box is larger, are left out."""
    picture, mask = sitk.Image(picture), sitk.Image(mask)
    for image in (picture, mask):
        image.SetSpacing((1.75, 1.75, 4.5))
        image.SetDirection((0.0, 0.28, 0.96, 1.0, 0.0, 0.0, 0.0, 0.96, -0.28))
        image.SetOrigin((23.249553089791622, -120.73711788389211, 151.6005622779909))
    mask.SetOrigin([place + 3e-7 for place in picture.GetOrigin()])  # files keep positions in 32 bits
    parameters = pyradiomics_parameters(Features(bin_count=16, image_types=["original"], pad_distance=5, **THEIRS))
    rows = extract_case({"T1": picture}, mask, LABELS, ROIS, parameters).features
    for roi, region in (("L1", mask == 1), ("L2", mask == 2), ("both", mask != 0)):
        direct = extractor(parameters).execute(picture, region)
        ours = rows[rows["roi"] == roi].set_index("feature")["value"]
        np.testing.assert_allclose(ours, [float(direct[name]) for name in ours.index], rtol=1e-6)


def test_sequences_on_one_grid_share_the_shape_and_others_do_not(picture, mask, parameters):
    moved = sitk.Resample(picture, [60, 60, 26], sitk.Transform(), sitk.sitkLinear, (5.7, -7.5, 30.3), (0.7, 0.7, 1.7))
    rows = extract_case({"T1": picture, "T2": picture * 2, "T3": moved}, mask, LABELS, FIRST, parameters).features
    wide = rows[rows["feature"].str.contains("_shape_")].pivot(index="feature", columns="sequence", values="value")
    np.testing.assert_array_equal(wide["T1"], wide["T2"])
    assert (wide["T1"] != wide["T3"]).any()
    alone = extract_case({"T3": moved}, mask, LABELS, FIRST, parameters).features
    np.testing.assert_array_equal(rows[rows["sequence"] == "T3"]["value"], alone["value"])


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


def test_mask_on_a_moved_grid_is_taken_through_physical_space(picture, mask, parameters):
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
    rows = extract_case({"T1": picture}, fine, LABELS, FIRST, parameters).features
    direct = extract_case({"T1": picture}, mask, LABELS, FIRST, parameters).features
    np.testing.assert_allclose(rows["value"], direct["value"], rtol=1e-9)


def test_label_without_voxels_gives_reason_for_every_region_that_needs_it(picture, mask, parameters):
    only_first = sitk.Mask(mask, mask == 1)
    result = extract_case({"T1": picture}, only_first, LABELS, ROIS, parameters)
    reasons = result.features.groupby("roi")["reason"].agg(lambda column: column.unique().tolist())
    assert reasons["L2"] == reasons["both"] == ["mask_empty"]
    assert reasons["L1"] == [None]
    assert result.features.query("roi == 'L2'")["value"].isna().all()


def test_image_that_does_not_cover_the_region(picture, mask, parameters):
    result = extract_case({"T1": picture[:, :, :10]}, mask, LABELS, {"L2": Roi(labels=["L2"])}, parameters)
    assert set(result.features["reason"]) == {"mask_grid"}
    assert result.reason == "mask_grid"


def test_small_region(picture, parameters):
    few = np.zeros((24, 48, 48), dtype=np.uint8)
    few[10:12, 20:22, 20:22] = 1
    result = extract_case({"T1": picture}, _image(few), LABELS, FIRST, parameters)
    assert set(result.features["reason"]) == {"roi_too_small"}
    assert result.features["value"].isna().all()
    line = np.zeros((24, 48, 48), dtype=np.uint8)
    line[10, 20, 10:40] = 1
    result = extract_case({"T1": picture}, _image(line), LABELS, FIRST, parameters)
    assert set(result.features["reason"]) == {"roi_too_small"}


def test_values_that_are_not_finite_in_the_image(picture, mask, parameters):
    broken = sitk.Image(picture)
    broken[24, 24, 7] = float("nan")
    result = extract_case({"T1": broken, "T2": picture}, mask, LABELS, FIRST, parameters)
    by_sequence = result.features.groupby("sequence")["reason"].agg(lambda column: column.unique().tolist())
    assert by_sequence["T1"] == ["extraction_failed"]
    assert by_sequence["T2"] == [None]


def test_feature_without_a_finite_value_is_missing_with_a_reason(picture, mask, parameters, monkeypatch):
    original = extract.family_values
    name = "original_firstorder_Kurtosis"
    monkeypatch.setattr(extract, "family_values", lambda *args: original(*args) | {name: np.inf})
    rows = extract_case({"T1": picture}, mask, LABELS, FIRST, parameters).features
    gap = rows[rows["reason"].notna()]
    assert gap["feature"].tolist() == [name]
    assert gap["reason"].tolist() == ["value_undefined"]
    assert gap["value"].isna().all()


def test_failure_of_pyradiomics_is_a_reason_but_lack_of_memory_is_not(picture, mask, parameters, monkeypatch):
    def fail(error):
        def compute(*args):
            raise error

        return compute

    monkeypatch.setattr(extract, "family_values", fail(IndexError("nothing")))
    result = extract_case({"T1": picture}, mask, LABELS, FIRST, parameters)
    assert set(result.features["reason"]) == {"extraction_failed"}
    monkeypatch.setattr(extract, "family_values", fail(MemoryError()))
    with pytest.raises(MemoryError):
        extract_case({"T1": picture}, mask, LABELS, FIRST, parameters)


def test_image_too_small_for_the_filter_leaves_gaps_not_fewer_rows(parameters):
    thin = np.random.default_rng(1).normal(300, 60, (3, 40, 40)).astype(np.float32)
    inside = np.zeros((3, 40, 40), dtype=np.uint8)
    inside[:, 10:30, 10:30] = 1
    result = extract_case({"T1": _image(thin)}, _image(inside), LABELS, FIRST, parameters)
    filtered = result.features["feature"].str.startswith("log-sigma")
    assert result.features["feature"].tolist() == feature_names(parameters)
    assert set(result.features.loc[filtered, "reason"]) == {"extraction_failed"}
    assert result.features.loc[~filtered, "value"].notna().all()


@pytest.mark.parametrize("one_level", ["refuse", "report"])
def test_one_grey_level_withholds_textures_or_reports_them(picture, mask, one_level):
    narrow = Features(bin_width=25, spacing=[2.0, 2.0, 2.0], image_types=["original"], one_level=one_level)
    scaled = sitk.RescaleIntensity(picture, 0, 1)
    result = extract_case({"T1": scaled}, mask, LABELS, FIRST, pyradiomics_parameters(narrow))
    assert [(row["sequence"], row["roi"], row["image_type"], row["levels"]) for row in result.grey_levels] == [
        ("T1", "L1", "original", 1)
    ]
    rows = result.features.set_index("feature")
    constants = ["original_firstorder_Entropy", "original_glcm_Contrast", "original_ngtdm_Busyness"]
    if one_level == "refuse":
        assert set(rows.loc[constants, "reason"]) == {"one_grey_level"}
        assert rows.loc[constants, "value"].isna().all()
    else:
        assert rows.loc[constants, "value"].notna().all()
    kept = rows.loc[["original_shape_Sphericity", "original_firstorder_Mean"]]
    assert kept["value"].notna().all()
    assert kept["reason"].isna().all()


def test_empty_case_has_the_full_schema(parameters):
    rows = empty_case(["T1", "T2"], FIRST, parameters, "slice_missing")
    assert rows["feature"].tolist() == feature_names(parameters) * 2
    assert rows["value"].isna().all()
    assert set(rows["reason"]) == {"slice_missing"}
