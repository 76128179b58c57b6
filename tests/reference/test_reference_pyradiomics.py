"""A user's own PyRadiomics file, and the settings of published studies: the values of PyRadiomics' own `execute`."""

from __future__ import annotations

import logging
from copy import deepcopy

import numpy as np
import pytest
import SimpleITK as sitk
import yaml
from radiomics.featureextractor import RadiomicsFeatureExtractor

from osteon.config.features import Features, Roi
from osteon.config.imaging import Preprocess
from osteon.config.presets import with_preset
from osteon.config.pyradiomics import content_problems, parameter_file
from osteon.features.extract import extract_case
from osteon.features.settings import pyradiomics_parameters
from osteon.images.intensity import normalise

CLASSES = "featureClass: {shape: , firstorder: , glcm: , glrlm: , glszm: , gldm: , ngtdm: }"
FILES = {
    "all images, nothing resampled": """
        imageType: {Original: {}, LoG: {sigma: [2.0]}, Wavelet: {level: 2}, Square: {}, SquareRoot: {}, Logarithm: {},
          Exponential: {}, Gradient: {gradientUseSpacing: false}}
        featureClass: {shape: , firstorder: , glcm: [Contrast, Idm]}
        setting: {binWidth: 25, label: 1}""",
    "slices by themselves": f"""
        imageType: {{Original: {{}}, LoG: {{sigma: [1, 3.0]}}, Wavelet: {{}}}}
        {CLASSES}
        setting: {{normalize: true, normalizeScale: 100, preCrop: true, force2D: true, binWidth: 5,
          voxelArrayShift: 300, minimumROIDimensions: 2, label: 1}}""",
    "resampled, range in sigmas": f"""
        imageType: {{Original: {{}}, LoG: {{sigma: [1.0], binCount: 12}}}}
        {CLASSES}
        setting: {{resampledPixelSpacing: [2, 2, 2], interpolator: sitkBSpline, normalize: true, removeOutliers: 3,
          resegmentRange: [-1, 2], resegmentMode: sigma, resegmentShape: true, weightingNorm: euclidean, binCount: 24,
          padDistance: 8}}""",
    "resampled, absolute range": f"""
        {CLASSES}
        setting: {{resampledPixelSpacing: [1.5, 1.5, 0], resegmentRange: [200], binWidth: 10, distances: [1, 2],
          symmetricalGLCM: false, gldm_a: 1}}""",
}


@pytest.fixture(scope="module")
def brain(shared) -> tuple[sitk.Image, sitk.Image]:
    folder = shared / "reference" / "pyradiomics_baseline"
    return sitk.ReadImage(str(folder / "brain1_image.nrrd")), sitk.ReadImage(str(folder / "brain1_label.nrrd"))


def _execute(parameters: dict, image: sitk.Image, mask: sitk.Image) -> dict[str, float]:
    logging.getLogger("radiomics").setLevel(logging.ERROR)
    parameters = deepcopy(parameters)
    parameters["setting"]["additionalInfo"] = False
    return {name: float(value) for name, value in RadiomicsFeatureExtractor(parameters).execute(image, mask).items()}


def _ours(features: Features, image: sitk.Image, mask: sitk.Image) -> dict[str, float]:
    rows = extract_case({"S": image}, mask, {"R": 1}, {"R": Roi(labels=["R"])}, pyradiomics_parameters(features))
    return dict(zip(rows.features["feature"], rows.features["value"], strict=True))


def _assert_equal(ours: dict[str, float], theirs: dict[str, float]) -> None:
    assert set(ours) == set(theirs)
    names = list(theirs)
    assert np.array_equal([ours[name] for name in names], [theirs[name] for name in names], equal_nan=True)


@pytest.mark.slow
@pytest.mark.parametrize("name", list(FILES))
def test_a_file_of_one_s_own_gives_pyradiomics_values(brain, tmp_path, name):
    path = tmp_path / "own.yaml"
    path.write_text(FILES[name], encoding="utf-8")
    content = parameter_file(path)
    assert content_problems(content) == []
    features = Features(pyradiomics=content, one_level="report")
    _assert_equal(_ours(features, *brain), _execute(yaml.safe_load(FILES[name]), *brain))


@pytest.mark.slow
def test_as_published_gives_pyradiomics_values(brain):
    """0-1 scaling and bin width 25, as papers print them: one grey level, to the last digit."""
    preset = with_preset({"features": {"preset": "as_published"}})
    image, mask = brain
    image = normalise(sitk.Cast(image, sitk.sitkFloat32), Preprocess(**preset["preprocess"]).intensity)
    published = {
        "imageType": {"Original": {}, "LoG": {"sigma": [1.0, 2.0, 3.0]}},
        "setting": {"binWidth": 25, "resampledPixelSpacing": [1, 1, 1], "interpolator": "sitkBSpline"},
        "featureClass": dict.fromkeys(["shape", "firstorder", "glcm", "glrlm", "glszm", "gldm", "ngtdm"]),
    }
    ours = _ours(Features(**preset["features"]), image, mask)
    _assert_equal(ours, _execute(published, image, mask))
    assert ours["original_firstorder_Range"] < 1
    assert ours["original_firstorder_Entropy"] == pytest.approx(0, abs=1e-12)
    assert ours["original_glcm_Contrast"] == 0
