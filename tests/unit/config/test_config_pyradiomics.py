"""A user's own PyRadiomics file: what is wrong with it, said before anything runs."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from osteon.config.features import Features
from osteon.config.plan import Plan
from osteon.config.presets import with_preset
from osteon.config.pyradiomics import content_problems, parameter_file, parameter_problems
from osteon.config.study import Study

GOOD = """
imageType:
  Original: {}
  LoG: {sigma: [1.0, 3.0, 5.0]}
  Wavelet:
featureClass:
  shape:
  glcm: [Contrast, Idm]
setting:
  normalize: true
  normalizeScale: 100
  preCrop: true
  force2D: true
  binWidth: 5
  correctMask: true
  geometryTolerance: 0.0001
  minimumROIDimensions: 2
  label: 1
"""


def _file(tmp_path, text: str) -> str:
    path = tmp_path / "own.yaml"
    path.write_text(text, encoding="utf-8")
    return str(path)


def _study(pyradiomics: object) -> Study:
    return Study.model_validate(
        {
            "study": {"name": "s", "title": "t", "question": "q"},
            "cases": "cases.tsv",
            "centers": {"A": {"name": "A", "role": "development", "source": "dicom"}},
            "features": {"pyradiomics": pyradiomics},
        }
    )


def test_a_good_file_has_no_problem_and_keeps_its_values(tmp_path):
    path = _file(tmp_path, GOOD)
    assert parameter_problems(path) == []
    content = parameter_file(path)
    assert content["setting"]["binWidth"] == 5
    assert not {"label", "minimumROIDimensions"} & set(content["setting"])
    assert content["imageType"]["Wavelet"] is None
    Features(pyradiomics=content)


@pytest.mark.parametrize(
    ("text", "where", "words"),
    [
        ("setting: {binwidth: 5}", "setting.binwidth", "Did you mean 'binWidth'"),
        ("setting: {binWidth: -5}", "setting.binWidth", "greater than 0"),
        ("setting: {resampledPixelSpacing: [1, 1]}", "setting.resampledPixelSpacing", "3 items"),
        ("setting: {label: 2}", "setting", "'labels' and 'rois'"),
        ("setting: {label_channel: 1}", "setting", "one channel"),
        ("setting: {minimumROIDimensions: 3}", "setting", "two dimensions"),
        ("setting: {resegmentMode: relativ}", "setting.resegmentMode", "'absolute', 'relative' or 'sigma'"),
        ("voxelSetting: {kernelRadius: 2}", "the file", "feature maps"),
        ("imageType: {Wavelets: {}}", "imageType.Wavelets", "Did you mean 'Wavelet'"),
        ("imageType: {LBP2D: {}}", "imageType", "LBP3D"),
        ("imageType: {LoG: {}}", "the file", "sigma: [1.0, 3.0]"),
        ("featureClass: {shape2D: }", "featureClass", "one slice"),
        ("featureClass: {GLCM: }", "featureClass.GLCM", "glcm"),
        ("featureClass: {glcm: Contrast}", "featureClass.glcm", "list"),
        ("settings: {binWidth: 5}", "settings", "Did you mean 'setting'"),
        ("setting: {binWidth: 5", "", "not valid YAML"),
        ("just text", "", "has no keys"),
    ],
)
def test_each_mistake_is_named_with_its_place_and_the_remedy(tmp_path, text, where, words):
    path = _file(tmp_path, text)
    problems = parameter_problems(path)
    assert len(problems) == 1
    assert problems[0].where.startswith(path)
    assert where in problems[0].where
    assert words in f"{problems[0].what} {problems[0].write}"


def test_a_file_that_is_absent(tmp_path):
    (problem,) = parameter_problems(tmp_path / "none.yaml")
    assert "does not exist" in problem.what


def test_sigma_may_stand_among_the_settings(tmp_path):
    assert parameter_problems(_file(tmp_path, "{imageType: {LoG: {}}, setting: {sigma: [2]}}")) == []


def test_the_content_and_not_the_name_reaches_the_rules(tmp_path):
    path = _file(tmp_path, GOOD)
    plan = Plan(_study(path), [])
    first = plan.settings("features")["features"]
    assert set(first) == {"preset", "one_level", "levels", "pyradiomics"}
    assert first["pyradiomics"]["setting"]["binWidth"] == 5
    Features(**first)  # as a rule's script reads it
    _file(tmp_path, GOOD.replace("binWidth: 5", "binWidth: 6"))
    assert plan.settings("features")["features"] != first
    assert path in plan.input_files


def test_content_may_stand_in_the_study_itself():
    study = _study({"setting": {"binWidth": 7}})
    assert Plan(study, []).settings("features")["features"]["pyradiomics"] == {"setting": {"binWidth": 7}}
    with pytest.raises(ValidationError, match="Did you mean 'binWidth'"):
        _study({"setting": {"binwidth": 7}})


def test_a_file_stands_alone():
    with pytest.raises(ValidationError, match="remove bin_width"):
        Features(pyradiomics="own.yaml", bin_width=5)


@pytest.mark.parametrize("name", ["recommended", "as_published", "ibsi"])
def test_presets_are_valid_and_give_way_to_what_is_written(name):
    features = Features(**with_preset({"features": {"preset": name}})["features"])
    assert (features.bin_width is None) != (features.bin_count is None)
    written = with_preset({"features": {"preset": name, "bin_count": 64}})["features"]
    assert Features(**written).bin_width is None


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ({"mean_size": 4}, "odd"),
        ({"filter_dimensions": 2, "log_kernel": "recursive"}, "log_kernel: sampled"),
        ({"wavelet": "mexh"}, "pattern"),
        ({"spacing": [1, 1, -1]}, "greater than or equal"),
        ({"log_sigma": [0]}, "greater than 0"),
    ],
)
def test_filters_that_cannot_be(keys, words):
    with pytest.raises(ValidationError, match=words):
        Features(bin_count=32, **keys)


def test_null_is_written_too():
    """`value_range: null` says that no voxel is left out, whatever the preset; an empty section says nothing."""
    study = with_preset({"features": {"preset": "ibsi", "value_range": None}, "preprocess": {"intensity": None}})
    assert Features(**study["features"]).value_range is None
    assert study["preprocess"]["intensity"] == {"method": "none"}


def test_a_preset_that_is_no_word_is_left_to_the_check():
    assert with_preset({"features": {"preset": ["ibsi"]}}) == {"features": {"preset": ["ibsi"]}}


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"log_sigma": [1, 2, 1.0]}, "'log_sigma' names 1.0 twice"),
        ({"classes": []}, "'classes' is empty"),
        ({"image_types": []}, "'image_types' is empty"),
        ({"levels": (128, 16)}, "'levels: \\[128, 16\\]'"),
        ({"value_range": {"min": 5, "max": 1}}, "'value_range'"),
    ],
)
def test_keys_without_sense(keys, message):
    with pytest.raises(ValueError, match=message):
        Features(bin_count=32, **keys)


def test_an_empty_file_is_refused(tmp_path):
    path = tmp_path / "own.yaml"
    path.write_text("# nothing yet\n", encoding="utf-8")
    (problem,) = parameter_problems(path)
    assert "is empty" in problem.what
    with pytest.raises(ValidationError, match="is empty"):
        Features(bin_count=32, pyradiomics={})


def test_a_file_with_one_width_twice():
    (problem,) = content_problems({"imageType": {"LoG": {"sigma": [1, 3, 1.0]}}})
    assert "names 1.0 twice" in problem.what
