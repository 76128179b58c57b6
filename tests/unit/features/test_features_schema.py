"""Names, columns and dictionary, known without an image."""

from __future__ import annotations

import numpy as np
import pytest
import SimpleITK as sitk
from radiomics import imageoperations

from osteon.config.features import Features
from osteon.features.dictionary import definitions, feature_dictionary
from osteon.features.discretisation import discretised
from osteon.features.filters import filtered
from osteon.features.schema import feature_names, image_types
from osteon.features.settings import pyradiomics_parameters

DEFAULT = pyradiomics_parameters(Features(bin_count=32))


def test_default_has_386_features():
    names = feature_names(DEFAULT)
    assert len(names) == len(set(names)) == 386
    assert sum(name.startswith("original_") for name in names) == 107
    assert image_types(DEFAULT) == ["original", "log-sigma-1-0-mm-3D", "log-sigma-2-0-mm-3D", "log-sigma-3-0-mm-3D"]


def test_classes_limit_the_names():
    names = feature_names(pyradiomics_parameters(Features(bin_count=32, classes=["ngtdm", "shape"], log_sigma=[2])))
    assert names[0] == "original_shape_Elongation"
    assert len(names) == 14 + 5 + 5
    assert names[-1] == "log-sigma-2-0-mm-3D_ngtdm_Strength"


def test_unknown_image_type_is_refused():
    with pytest.raises(ValueError, match="LBP2D"):
        image_types({"imageType": {"Original": {}, "LBP2D": {}}, "setting": {}, "osteon": {}})


def test_names_are_those_of_the_images_in_their_order():
    types = ["original", "log", "wavelet", "square", "gradient", "lbp3d", "mean"]
    own = Features(bin_width=5, image_types=types, value_range={"min": 0})
    content = {
        "imageType": {"Logarithm": {}, "Exponential": {}, "SquareRoot": {}, "Wavelet": {"level": 2}, "LBP3D": {}},
        "setting": {"force2D": True},
    }
    sampled = Features(bin_count=8, image_types=types, log_kernel="sampled", filter_dimensions=2)
    for features in (own, sampled, Features(pyradiomics=content)):
        parameters = pyradiomics_parameters(features)
        mask = sitk.Image([8, 9, 7], sitk.sitkUInt8)
        mask[2:6, 2:6, 2:6] = 1
        box = sitk.AdditiveGaussianNoise(sitk.Image([8, 9, 7], sitk.sitkFloat32) + 50, seed=1)
        images = filtered(box, mask, parameters)
        assert [name for _, name, _ in images] == image_types(parameters)


def test_a_file_can_name_single_features():
    content = {"featureClass": {"glcm": ["Contrast", "Idm"], "shape": None}}
    names = feature_names(pyradiomics_parameters(Features(pyradiomics=content)))
    assert len(names) == 16
    assert names[-2:] == ["original_glcm_Contrast", "original_glcm_Idm"]


def test_columns_are_sequence_roi_feature():
    columns = feature_dictionary(["T1", "T2"], ["L1L3"], DEFAULT)["column"].tolist()
    assert len(columns) == len(set(columns)) == 772
    assert columns[0] == "T1_L1L3_original_shape_Elongation"
    assert columns[386].startswith("T2_L1L3_")


def test_dictionary_explains_every_column_in_order():
    table = feature_dictionary(["T1"], ["a", "b"], DEFAULT)
    names = feature_names(DEFAULT)
    assert table["column"].tolist() == [f"T1_{roi}_{name}" for roi in ("a", "b") for name in names]
    assert (table["meaning"].str.len() > 5).all()
    row = table.set_index("column").loc["T1_b_log-sigma-2-0-mm-3D_glcm_Contrast"]
    assert row[["image_type", "family", "name", "ibsi"]].tolist() == ["log-sigma-2-0-mm-3D", "glcm", "Contrast", "ACUI"]


@pytest.mark.parametrize(
    ("keys", "tag"),
    [({}, "cm_contrast_3D_comb"), ({"directions": "averaged"}, "cm_contrast_3D_avg")],
)
def test_ibsi_tags_follow_the_directions(keys, tag):
    table = feature_dictionary(["T1"], ["a"], pyradiomics_parameters(Features(bin_count=32, **keys)))
    tags = table.set_index("column")["ibsi_tag"]
    assert tags["T1_a_original_glcm_Contrast"] == tag
    assert tags["T1_a_original_firstorder_Mean"] == "stat_mean"
    assert tags["T1_a_log-sigma-2-0-mm-3D_glcm_Contrast"] == ""
    assert tags[tags != ""].is_unique


def test_weighted_distances_have_no_tag():
    table = feature_dictionary(
        ["T1"], ["a"], pyradiomics_parameters(Features(pyradiomics={"setting": {"weightingNorm": "euclidean"}}))
    )
    assert not table["ibsi_tag"].str.startswith("cm_").any()
    assert table["ibsi_tag"].str.startswith("szm_").any()


def test_definitions_name_each_feature_and_each_ibsi_code_once():
    table = definitions()
    assert len(table) == 107
    assert not table.duplicated(["family", "name"]).any()
    codes = table.loc[table["ibsi"] != "", "ibsi"]
    assert codes.is_unique
    assert codes.str.fullmatch("[0-9A-Z]{4}").all()
    assert table.loc[table["ibsi"] == "", "name"].tolist() == [
        "Maximum2DDiameterSlice",
        "Maximum2DDiameterColumn",
        "Maximum2DDiameterRow",
        "TotalEnergy",
        "MCC",
    ]


@pytest.mark.parametrize("setting", [{"binWidth": 25}, {"binWidth": 0.3}, {"binCount": 16}, {}])
@pytest.mark.parametrize("values", [[0.0, 1.0], [54.0, 166.0], [-30.0, -1.0, 80.0], [50.0, 75.0], [3.0, 3.0]])
def test_grey_levels_are_those_of_pyradiomics(setting, values):
    matrix = np.array(values)
    binned, _ = imageoperations.binImage(matrix, np.ones(matrix.shape, dtype=bool), **setting)
    assert discretised(matrix, setting)["levels"] == binned.max() - binned.min() + 1


def test_bin_width_25_on_a_0_1_image_leaves_one_level():
    image = sitk.GetArrayFromImage(sitk.RescaleIntensity(sitk.GaussianSource(sitk.sitkFloat32, [8, 8, 8]), 0, 1))
    assert discretised(image, {"binWidth": 25})["levels"] == 1


def test_known_numbers_of_levels():
    # the example of PyRadiomics' documentation: 54 to 166 with bin width 25 has the edges 50, 75, ..., 175
    assert discretised(np.array([54.0, 100.0, 166.0]), {"binWidth": 25})["levels"] == 5
    assert discretised(np.array([0.0, 0.5, 7.0]), {"binCount": 32})["levels"] == 32
    assert discretised(np.array([4.0, 4.0]), {"binCount": 32})["levels"] == 1
