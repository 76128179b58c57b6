"""Settings as PyRadiomics takes them, and their fingerprint."""

from __future__ import annotations

import json

import pytest

from osteon.config.features import Features
from osteon.config.presets import with_preset
from osteon.features.settings import SettingsError, extractor, pyradiomics_parameters, settings_hash, sidecar


def _parameters(**keys) -> dict:
    return pyradiomics_parameters(Features(**({"bin_count": 32} | keys)))


def _preset(name: str, **written) -> dict:
    return pyradiomics_parameters(Features(**with_preset({"features": {"preset": name, **written}})["features"]))


def test_pyradiomics_accepts_the_parameters_and_holds_them():
    parameters = pyradiomics_parameters(Features(bin_width=10, log_sigma=[1, 2.5], pad_distance=12))
    theirs = extractor(parameters)
    assert theirs.settings["binWidth"] == 10
    assert "binCount" not in theirs.settings
    assert theirs.settings["padDistance"] == 12
    assert theirs.settings["resampledPixelSpacing"] == [1.0, 1.0, 1.0]
    assert theirs.settings["weightingNorm"] == "no_weighting"
    assert theirs.enabledImagetypes == {"Original": {}, "LoG": {"sigma": [1.0, 2.5]}}


def test_all_image_types():
    types = ["mean", "lbp3d", "gradient", "square", "wavelet", "log", "original"]
    parameters = _parameters(image_types=types, wavelet="db2", mean_size=5)
    assert list(parameters["imageType"]) == ["Original", "LoG", "Wavelet", "Square", "Gradient", "LBP3D"]
    assert parameters["imageType"]["Wavelet"] == {"wavelet": "db2"}
    assert parameters["osteon"]["mean_size"] == 5
    extractor(parameters)


def test_averaged_directions_are_pyradiomics_default():
    assert "weightingNorm" not in _parameters(directions="averaged")["setting"]


@pytest.mark.parametrize(
    ("written", "setting", "first"),
    [
        ({"min": 0}, [0], 0),
        ({"min": -50, "max": 200}, [-50, 200], -50),
        ({"max": 200}, [-3e38, 200], None),
        ({}, None, None),
    ],
)
def test_range_of_values(written, setting, first):
    parameters = pyradiomics_parameters(Features(bin_width=10, value_range=written))
    assert parameters["setting"].get("resegmentRange") == setting
    assert parameters["osteon"].get("first_level_from") == first


def test_a_bin_count_has_no_first_level():
    assert "first_level_from" not in _parameters(value_range={"min": 0})["osteon"]


def test_without_spacing_the_voxels_stay():
    parameters = _parameters(spacing=None)
    assert parameters["osteon"]["grid"] == "native"
    assert "resampledPixelSpacing" not in parameters["setting"]
    # as PyRadiomics does, which without resampling filters the whole image
    assert _preset("as_published", spacing=None)["osteon"]["grid"] == "whole"


def test_as_published_is_pyradiomics_own():
    parameters = _preset("as_published")
    setting = parameters["setting"]
    assert parameters["osteon"]["grid"] == "corners"
    assert parameters["osteon"]["mask_interpolator"] == "nearest"
    assert (setting["binWidth"], setting["padDistance"]) == (25.0, 5)
    assert not {"weightingNorm", "resegmentRange", "binCount"} & set(setting)
    assert setting["minimumROISize"] == 1  # PyRadiomics refuses no region for being small


def test_ibsi_and_recommended():
    ibsi, recommended = _preset("ibsi"), _preset("recommended")
    assert ibsi["osteon"]["first_level_from"] == 0.0
    assert ibsi["osteon"]["grid"] == recommended["osteon"]["grid"] == "centers"
    assert ibsi["imageType"] == {"Original": {}}
    assert recommended["setting"]["binCount"] == 32
    kernels = [_preset(name)["osteon"]["log_kernel"] for name in ("recommended", "as_published", "ibsi")]
    assert kernels == ["sampled", "recursive", "ibsi"]
    assert recommended["setting"]["padDistance"] == 15


@pytest.mark.slow
@pytest.mark.parametrize(
    "change",
    [
        {"bin_count": 33},
        {"spacing": [1.0, 1.0, 1.1]},
        {"spacing": None},
        {"log_sigma": [1.0]},
        {"log_kernel": "recursive"},
        {"log_kernel": "ibsi"},
        {"pad_distance": 14},
        {"classes": ["shape"]},
        {"interpolator": "sitkLinear"},
        {"minimum_voxels": 65},
        {"grid": "corners"},
        {"mask_interpolator": "nearest"},
        {"directions": "averaged"},
        {"value_range": {"min": 0.0}},
        {"image_types": ["original", "log", "mean"]},
        {"one_level": "report"},
    ],
)
def test_every_setting_changes_the_hash(change):
    assert settings_hash(_parameters(**change)) != settings_hash(_parameters())


def test_hash_ignores_the_order_of_keys():
    parameters = _parameters()
    turned = {key: parameters[key] for key in reversed(parameters)}
    assert settings_hash(parameters) == settings_hash(turned)


def test_sidecar_names_the_versions_and_is_json():
    content = sidecar(_parameters(value_range={"max": 5.0}))
    assert content["software"]["pyradiomics"] == "3.0.1"
    assert len(content["settings_hash"]) == 16
    json.dumps(content, allow_nan=False)


def test_a_file_keeps_its_values():
    content = {
        "imageType": {"Original": None, "LoG": {"sigma": [3], "binWidth": 4}},
        "featureClass": {"shape": None, "glcm": ["Contrast"]},
        "setting": {"resampledPixelSpacing": [2, 2, 2], "binWidth": 5, "gldm_a": 1, "additionalInfo": True},
    }
    parameters = pyradiomics_parameters(Features(pyradiomics=content))
    assert parameters["imageType"] == {"Original": {}, "LoG": {"sigma": [3], "binWidth": 4}}
    assert parameters["featureClass"] == {"shape": [], "glcm": ["Contrast"]}
    expected = {"resampledPixelSpacing": [2, 2, 2], "binWidth": 5, "gldm_a": 1, "additionalInfo": False}
    assert parameters["setting"] == expected | {"padDistance": 5}
    assert parameters["osteon"] == {"grid": "corners", "mask_interpolator": "nearest", "one_level": "refuse"}


@pytest.mark.parametrize(
    ("setting", "grid"),
    [
        ({}, "whole"),
        ({"preCrop": True}, "native"),
        ({"resampledPixelSpacing": None}, "whole"),
        ({"resampledPixelSpacing": [1, 1, 1], "interpolator": None}, "whole"),
    ],
)
def test_a_file_without_resampling(setting, grid):
    parameters = pyradiomics_parameters(Features(pyradiomics={"setting": setting}))
    assert parameters["osteon"]["grid"] == grid
    assert next(iter(parameters["featureClass"])) == "shape"
    assert "shape2D" not in parameters["featureClass"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ({"featureClass": {"glcm": ["Kontrast"]}}, "Kontrast"),
        ({"featureClass": {"glcm": ["SumVariance"]}}, "deprecated"),
        ({"imageType": {"Wavelet": {"wavelet": "coif99"}}}, "coif99"),
        ({"setting": {"interpolator": "sitkSpline"}}, "sitkSpline"),
    ],
)
def test_what_only_pyradiomics_can_refuse(content, words):
    with pytest.raises(SettingsError, match=words):
        pyradiomics_parameters(Features(pyradiomics=content))
