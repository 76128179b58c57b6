"""In what two extractions differ, and what lies beside a table."""

from __future__ import annotations

import json

import pytest

from helpers.bundles import extraction
from osteon.config.beside import Beside, beside, column_units, files_beside
from osteon.config.extraction import differences, not_compared, remarks
from osteon.config.frozen import plain_unit

COLUMNS = ["T1_L1L3_original_shape_MeshVolume"]


def names(learned, given, columns=COLUMNS):
    return [name for name, *_ in differences(learned, given, columns)]


def changed(*path, value):
    """The settings with one of them changed."""
    content = json.loads(json.dumps(extraction()))
    section = content
    for key in path[:-1]:
        section = section[key]
    section[path[-1]] = value
    return content


def test_the_same_settings_do_not_differ():
    learned = extraction()
    assert differences(learned, json.loads(json.dumps(learned)), COLUMNS) == []
    assert remarks(learned, learned) == []
    assert not_compared(learned, learned) == []


@pytest.mark.parametrize(
    "path",
    [
        "preprocess.bias_correction.shrink",
        "preprocess.intensity.scale",
        "preprocess.registration.method",
        "segmentation.sequence",
        "features.preset",
        "features.interpolator",
        "features.one_level",
        "features.value_range",
        "rois.L1L3.scheme",
    ],
)
def test_every_setting_is_named(path):
    (section, *_, key) = path.split(".")
    given = changed(*path.split("."), value="ring" if key == "scheme" else 7)
    assert names(extraction(), given) == [path]
    assert section in extraction()


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("features.levels", [2, 3]),
        ("features.image_types", ["original", "log", "wavelet"]),
        ("features.classes", ["shape"]),
        ("features.log_sigma", [1.0]),
        ("deep.stage", 3),
        ("rois.L1L3.labels", ["L3", "L1"]),
        ("segmentation.method", "nnunet"),
        ("labels.L1", 20),
    ],
)
def test_what_changes_no_value_of_a_named_column_is_no_difference(path, value):
    """A column says in its name which image, family and sigma it is of."""
    assert names(extraction(), changed(*path.split("."), value=value)) == []


def test_method_labels_and_versions_are_remarked():
    given = changed("labels", "L1", value=20)
    given["segmentation"]["method"] = "nnunet"
    given["software"]["pyradiomics"] = "9"
    assert remarks(extraction(), given) == [
        ("segmentation.method", "masks", "nnunet"),
        ("labels.L1", 1, 20),
        ("software.pyradiomics", "3.1.0", "9"),
    ]


def test_deep_settings_and_the_network_count_for_deep_features():
    ours, theirs = changed("deep", "network", value="a"), changed("deep", "network", value="b")
    assert names(ours, theirs, ["deep_T1_L1L3_3"]) == ["deep.network"]
    assert names(ours, theirs) == []


def test_regions_that_a_model_does_not_use_do_not_count():
    rois = {"L1L3": extraction()["rois"]["L1L3"], "rim": {"scheme": "ring", "labels": ["L1"], "outer_mm": 3}}
    ours = changed("rois", value=rois)
    theirs = changed("rois", value=rois | {"rim": rois["rim"] | {"outer_mm": 4}})
    assert names(ours, theirs) == []
    assert names(ours, theirs, ["T1_rim_original_firstorder_Mean"]) == ["rois.rim.outer_mm"]


def test_a_file_of_pyradiomics_is_compared_by_its_content():
    own = {"setting": {"binWidth": 25}, "imageType": {"Original": {}, "Wavelet": {"wavelet": "haar"}}}
    given = {"setting": {"binWidth": 5}, "imageType": {"Original": {"binWidth": 3}, "LoG": {"sigma": [1]}}}
    ours, theirs = extraction(pyradiomics=own), extraction(pyradiomics=given)
    assert names(ours, theirs) == [
        "features.pyradiomics.setting.binWidth",
        "features.pyradiomics.imageType.Original.binWidth",
    ]


def test_where_only_one_has_a_file_the_parameters_are_compared():
    ours = extraction() | {"parameters": {"setting": {"binCount": 32}}}
    theirs = extraction(pyradiomics={"setting": {"binCount": 64}}) | {"parameters": {"setting": {"binCount": 64}}}
    assert "parameters.setting.binCount" in names(ours, theirs)


def test_sections_that_are_not_there_are_told():
    old = {"parameters": {"setting": {"binCount": 32}}}
    assert not_compared(extraction(), old) == ["preprocess", "segmentation", "rois", "features"]
    assert names(extraction(), old) == []


def test_units_in_other_words_are_the_same():
    assert plain_unit("mm³") == plain_unit("mm^3") == plain_unit("mm3") != plain_unit("cm3")


def test_files_beside_a_table(tmp_path):
    table = tmp_path / "center-A" / "features.tsv"
    table.parent.mkdir()
    assert beside(table) == Beside()
    assert files_beside(table) == []
    (tmp_path / "settings.json").write_text('{"features": {}}')
    (tmp_path / "dictionary.tsv").write_text("column\tunit\nx\tmm\ny\t\n")
    table.with_suffix(".json").write_text('{"x": {"Units": "cm"}, "y": {"Units": "kg"}, "z": "text"}')
    assert beside(table) == Beside({"features": {}}, {"x": "mm", "y": "kg"})
    assert len(files_beside(table)) == 3
    (table.parent / "settings.json").write_text('{"of": "another program"}')
    assert beside(table).extraction is None


def test_a_sidecar_that_is_no_json(tmp_path):
    (tmp_path / "participants.json").write_text("{")
    with pytest.raises(ValueError, match=r"participants\.json cannot be read as JSON"):
        column_units(tmp_path / "participants.tsv.gz")
