"""Grey levels: what is counted, what is judged wrong, what the remedy is, and when the study stops."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import SimpleITK as sitk
from radiomics.featureextractor import RadiomicsFeatureExtractor

from osteon.features.discretisation import discretised, needs_levels, withheld
from osteon.features.levels import (
    CONSTANTS,
    JUDGED_COLUMNS,
    LevelsRefused,
    compare_centers,
    extracted_levels,
    judge_delivered,
    judge_extracted,
    refuse,
    wide_levels,
)
from osteon.tables.status import CaseStatus, excluded


def rows(center, levels, span=1.0, image_type="original", **setting):
    return pd.DataFrame(
        {
            "subject": [f"{center}{number}" for number in range(len(levels))],
            "center": center,
            "sequence": "T1",
            "region": "L1L3",
            "image_type": image_type,
            "levels": levels,
            "range": span,
            "bin_width": setting.get("bin_width"),
            "bin_count": setting.get("bin_count"),
        }
    )


@pytest.mark.parametrize(
    ("ends", "setting", "levels"),
    [
        ((0.02, 0.98), {"binWidth": 25}, 1),
        ((-0.1, 0.1), {"binWidth": 25}, 2),  # zero is an edge of every bin width
        ((0, 100), {"binWidth": 25}, 5),
        ((10, 99), {"binWidth": 25}, 4),
        ((10, 99), {"binCount": 32}, 32),
        ((7, 7), {"binCount": 32}, 1),
    ],
)
def test_levels_are_counted_by_the_bin_edges(ends, setting, levels):
    found = discretised(np.array([ends[0], np.mean(ends), ends[1]]), setting)
    assert (found["levels"], found["range"]) == (levels, pytest.approx(ends[1] - ends[0]))


def test_only_what_needs_levels_is_withheld():
    assert needs_levels("log-sigma-1-0-mm-3D_glszm_ZoneEntropy")
    assert needs_levels("original_firstorder_Entropy")
    assert not needs_levels("original_firstorder_Mean")
    assert withheld("original_glcm_Contrast", 1, "refuse")
    assert not withheld("original_glcm_Contrast", 2, "refuse")
    assert not withheld("original_glcm_Contrast", 1, "report")


def test_rows_of_cases_become_one_line_per_subject(tmp_path):
    entry = {"sequence": "T1", "roi": "L1L3", "image_type": "original", "levels": 40, "range": 9.0, "bin_width": 0.25}
    other = {**entry, "sequence": "T2", "levels": 9}
    cases = [
        CaseStatus("A", "A01", "features", extra={"grey_levels": [entry, other]}),
        CaseStatus("A", "A02", "features", extra={"grey_levels": [entry]}),
        excluded("A", "A03", "ingest", "no_files"),
    ]
    for case in cases:
        case.write(tmp_path / case.subject)
    wide = wide_levels(extracted_levels([tmp_path / case.subject for case in cases]))
    assert list(wide.columns) == ["subject", "center", "T1_L1L3_original", "T2_L1L3_original"]
    assert wide["T1_L1L3_original"].tolist() == [40, 40]
    assert wide["T2_L1L3_original"].tolist() == [9, pd.NA]
    assert list(wide_levels(extracted_levels([])).columns) == ["subject", "center"]


def test_cases_that_the_single_level_itself_excluded_still_stop_the_study(tmp_path):
    """With textures alone such a case has no value at all."""
    entry = {"sequence": "T1", "roi": "L1L3", "image_type": "original", "levels": 1, "range": 0.6, "bin_width": 25.0}
    case = excluded("A", "A01", "features", "one_grey_level")
    case.extra = {"grey_levels": [entry]}
    case.write(tmp_path / "A01")
    with pytest.raises(LevelsRefused, match="1 of 1 cases"):
        refuse(judge_extracted(extracted_levels([tmp_path / "A01"]), (16, 128)))


def test_one_level_names_setting_and_remedy():
    judged = judge_extracted(rows("A", [1, 1, 1, 2], span=0.64, bin_width=25.0), (16, 128))
    assert list(judged.columns) == JUDGED_COLUMNS
    row = judged.iloc[0]
    assert (row["verdict"], row["one_level_share"], row["cases"]) == ("error", 0.75, 4)
    assert "3 of 4 cases" in row["message"]
    assert "'bin_width: 25'" in row["message"]
    assert "'bin_width: 0.02'" in row["message"]  # 0.64 / 32
    assert "'bin_count: 32'" in row["message"]


def test_remedy_gives_the_levels_that_it_promises():
    values = np.random.default_rng(0).random(500)
    message = judge_extracted(rows("A", [1], span=float(np.ptp(values)), bin_width=25.0), (16, 128))["message"][0]
    width = float(message.split("Write 'bin_width: ")[1].split("'")[0])
    assert 28 <= discretised(values, {"binWidth": width})["levels"] <= 36


def test_constant_region_is_not_mended_by_a_bin_width():
    message = judge_extracted(rows("A", [1], span=0.0, bin_count=32), (16, 128))["message"][0]
    assert "look at the image and the mask" in message
    assert "Write" not in message


@pytest.mark.parametrize(
    ("levels", "verdict"), [([15], "warning"), ([16], "ok"), ([128], "ok"), ([129], "warning"), ([2, 40, 40], "ok")]
)
def test_median_outside_the_limits_is_warned_of(levels, verdict):
    assert judge_extracted(rows("A", levels, bin_width=1.0), (16, 128))["verdict"].tolist() == [verdict]


def test_fourfold_difference_between_centers_is_warned_of():
    tables = [
        judge_extracted(rows(*part, bin_width=1.0), (16, 128)) for part in (("A", [20]), ("B", [80]), ("C", [40]))
    ]
    compared = compare_centers(tables)
    assert compared["verdict"].tolist() == ["warning"] * 3
    assert "Center B has 80 grey levels and center A 20" in compared["message"][0]
    near = [judge_extracted(rows(*part, bin_width=1.0), (16, 128)) for part in (("A", [21]), ("B", [80]))]
    assert compare_centers(near)["verdict"].tolist() == ["ok", "ok"]


def test_an_error_stays_an_error_beside_another_center():
    tables = [judge_extracted(rows(*part, bin_width=1.0), (16, 128)) for part in (("A", [1]), ("B", [80]))]
    assert compare_centers(tables)["verdict"].tolist() == ["error", "warning"]


def test_study_stops_when_most_cases_have_one_level():
    with pytest.raises(
        LevelsRefused, match=r"Center A.*\n.*T1 L1L3 original: 3 of 5.*bin_count: 32(.|\n)*one_level: report"
    ):
        refuse(judge_extracted(rows("A", [1, 1, 1, 9, 9], bin_width=25.0), (16, 128)))
    refuse(judge_extracted(rows("A", [1, 1, 9, 9], bin_width=25.0), (16, 128)))


@pytest.fixture(scope="module")
def of_one_level():
    """Features of a region whose intensities all fall into one bin."""
    values = np.random.default_rng(0).random((6, 14, 12)).astype(np.float32)
    mask = np.zeros(values.shape, np.uint8)
    mask[1:5, 3:11, 2:9] = 1
    families = {family for family, _ in CONSTANTS}
    extractor = RadiomicsFeatureExtractor(
        {
            "setting": {"binWidth": 25, "additionalInfo": False},
            "imageType": {"Original": {}},
            "featureClass": {family: [] for family in families},
        }
    )
    return extractor.execute(sitk.GetImageFromArray(values), sitk.GetImageFromArray(mask))


def test_constants_are_what_pyradiomics_writes_for_one_level(of_one_level):
    for (family, name), value in CONSTANTS.items():
        assert of_one_level[f"original_{family}_{name}"] == pytest.approx(value, abs=1e-6), name


@pytest.mark.parametrize(("constant", "verdict"), [(0, "ok"), (1, "ok"), (2, "error")])
def test_delivered_table_tells_constant_textures(of_one_level, constant, verdict):
    """More than 5 % of 20 rows: one is not, two are."""
    generator = np.random.default_rng(1)
    names = list(of_one_level)
    table = pd.DataFrame(generator.random((20, len(names))) + 2, columns=[f"T1_L1L3_{name}" for name in names])
    for row in range(constant):
        table.loc[row] = [float(of_one_level[name]) for name in names]
    table.insert(0, "center", "X")
    table.insert(0, "subject", [f"X{number}" for number in range(20)])
    judged = judge_delivered(table)
    assert judged[["sequence", "region", "image_type", "source"]].values.tolist() == [
        ["T1", "L1L3", "original", "delivered"]
    ]
    assert (judged["verdict"][0], judged["one_level_share"][0]) == (verdict, constant / 20)


@pytest.mark.parametrize("image_type", ["wavelet2-LLH", "wavelet-HLL", "mean-3-3D", "log-sigma-1-0-mm-2D", "lbp-3D-k"])
def test_delivered_table_tells_constant_textures_of_every_filter(image_type):
    table = pd.DataFrame({"subject": ["X1"], "center": ["X"], f"T1_L1L3_{image_type}_glcm_JointEntropy": [0.0]})
    judged = judge_delivered(table)
    assert judged[["region", "image_type", "verdict"]].values.tolist() == [["L1L3", image_type, "error"]]


def test_delivered_table_without_telling_columns_is_not_judged():
    table = pd.DataFrame({"subject": ["X1"], "center": ["X"], "volume": [3.0], "original_shape_Sphericity": [0.5]})
    assert judge_delivered(table).empty
