"""Settings as PyRadiomics takes them, and their fingerprint."""

from __future__ import annotations

import pytest
from radiomics.featureextractor import RadiomicsFeatureExtractor

from osteon.config.features import Features
from osteon.features.settings import pyradiomics_parameters, settings_hash, sidecar


def test_pyradiomics_accepts_the_parameters_and_holds_them():
    parameters = pyradiomics_parameters(Features(bin_width=10, log_sigma=[1, 2.5], pad_distance=12))
    extractor = RadiomicsFeatureExtractor(parameters)
    assert extractor.settings["binWidth"] == 10
    assert "binCount" not in extractor.settings
    assert extractor.settings["padDistance"] == 12
    assert extractor.settings["resampledPixelSpacing"] == [1.0, 1.0, 1.0]
    assert extractor.enabledImagetypes == {"Original": {}, "LoG": {"sigma": [1.0, 2.5]}}


def test_bin_count_and_no_filter():
    parameters = pyradiomics_parameters(Features(bin_count=32, image_types=["original"]))
    assert parameters["imageType"] == {"Original": {}}
    assert parameters["setting"]["binCount"] == 32
    assert "binWidth" not in parameters["setting"]


@pytest.mark.parametrize(
    "change",
    [
        {"bin_count": 33},
        {"spacing": [1.0, 1.0, 1.1]},
        {"log_sigma": [1.0]},
        {"pad_distance": 14},
        {"classes": ["shape"]},
        {"interpolator": "sitkLinear"},
        {"minimum_voxels": 65},
    ],
)
def test_every_setting_changes_the_hash(change):
    base = {"bin_count": 32}
    changed = settings_hash(pyradiomics_parameters(Features(**(base | change))))
    assert changed != settings_hash(pyradiomics_parameters(Features(**base)))


def test_hash_ignores_the_order_of_keys():
    parameters = pyradiomics_parameters(Features(bin_count=32))
    turned = {key: parameters[key] for key in reversed(parameters)}
    assert settings_hash(parameters) == settings_hash(turned)


def test_sidecar_names_the_versions():
    content = sidecar(pyradiomics_parameters(Features(bin_count=32)))
    assert content["software"]["pyradiomics"] == "3.0.1"
    assert len(content["settings_hash"]) == 16
