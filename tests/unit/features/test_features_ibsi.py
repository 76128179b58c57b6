"""Comparing a table of features with the medians of IBSI's teams."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from osteon.cli import main
from osteon.config.features import Features
from osteon.features.dictionary import feature_dictionary
from osteon.features.ibsi import DERIVED, ComparisonError, absent, compare, tagged
from osteon.features.settings import pyradiomics_parameters
from osteon.tables.files import read_table, write_table

PARAMETERS = pyradiomics_parameters(Features(bin_width=10, image_types=["original"], value_range={"min": 0}))
DICTIONARY = feature_dictionary(["T1"], ["tumor"], PARAMETERS)


def _features(**changed: float) -> pd.DataFrame:
    """One patient, all values 2 but those given by column end."""
    values = {
        column: next((value for end, value in changed.items() if column.endswith(end)), 2.0)
        for column in DICTIONARY["column"]
    }
    return pd.DataFrame([{"subject": "P7", "center": "A"} | values])


def _medians(*rows: tuple) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["id", "tag", "median", "teams", "within_half_percent"])


def test_verdicts():
    medians = _medians(
        ("P_7", "stat_mean", 2.009, 9, 6),
        ("P_7", "stat_var", 2.011, 9, 6),
        ("P_7", "stat_max", 9.0, 9, 2),
        ("P_7", "dzm_sde_3D", 1.0, 5, 5),
        ("P_7", "stat_new", 1.0, 5, 5),
        ("P_7", "stat_min", 5.0, 5, 5),
        ("P_7", "loc_peak_glob", np.nan, 4, 0),
        ("another", "stat_mean", 2.0, 9, 6),
    )
    table = compare(_features(Minimum=np.nan), DICTIONARY, medians).set_index("tag")
    assert table["verdict"].to_dict() == {
        "stat_mean": "met",
        "stat_var": "missed",
        "stat_max": "no agreement",
        "dzm_sde_3D": "absent",
        "stat_new": "not computed",
        "stat_min": "not computed",
        "loc_peak_glob": "absent",
    }
    assert table.loc["stat_var", "difference"] == pytest.approx(-0.011 / 2.011)
    assert "distance zone" in table.loc["dzm_sde_3D", "reason"]


def test_what_follows_from_other_features():
    """A ball of radius 3 mm, and the formulas of the reference manual for it."""
    ball = {
        "MeshVolume": 36 * np.pi,
        "SurfaceArea": 36 * np.pi,
        "MajorAxisLength": 6.0,
        "MinorAxisLength": 6.0,
        "LeastAxisLength": 6.0,
        "Energy": 40.0,
        "RootMeanSquared": 2.0,
        "Kurtosis": 3.0,
        "Variance": 9.0,
        "firstorder_Mean": 2.0,
    }
    values = tagged(_features(**ball).iloc[0], DICTIONARY)
    assert set(DERIVED) <= set(values)
    assert values["morph_comp_2"] == pytest.approx(1)
    assert values["morph_comp_1"] == pytest.approx(1 / (6 * np.pi))
    assert values["morph_sph_dispr"] == pytest.approx(1)
    assert values["morph_asphericity"] == pytest.approx(0)
    assert values["morph_vol_dens_aee"] == pytest.approx(1)
    assert values["morph_integ_int"] == pytest.approx(72 * np.pi)
    assert values["stat_kurt"] == 0
    assert values["stat_cov"] == 1.5
    assert values["int_mask_vox_count_reseg_roi"] == pytest.approx(10)


def test_what_is_absent_has_a_reason_and_no_column():
    patterns = absent()
    assert (patterns["reason"].str.len() > 10).all()
    assert not set(DICTIONARY["ibsi_tag"]) & set(patterns["tag"])


def test_no_common_patient_says_which_there_are():
    with pytest.raises(ComparisonError, match=r"P7.*Q1"):
        compare(_features(), DICTIONARY, _medians(("Q1", "stat_mean", 2.0, 9, 6)))
    with pytest.raises(ComparisonError, match="median"):
        compare(_features(), DICTIONARY, pd.DataFrame({"id": ["P7"], "tag": ["stat_mean"]}))


def test_command(tmp_path, capsys):
    features = tmp_path / "04_features" / "center-A" / "features.tsv"
    write_table(_features(), features)
    write_table(DICTIONARY, tmp_path / "04_features" / "dictionary.tsv")
    medians = tmp_path / "medians.csv"
    _medians(("P7", "stat_mean", 2.0, 9, 6)).to_csv(medians, index=False)
    assert main(["ibsi", str(features), str(medians), "--output", str(tmp_path / "out.tsv")]) == 0
    assert "P7: 1 met" in capsys.readouterr().out
    assert read_table(tmp_path / "out.tsv")["verdict"].tolist() == ["met"]
    _medians(("P7", "stat_mean", 3.0, 9, 6)).to_csv(medians, index=False)
    assert main(["ibsi", str(features), str(medians)]) == 1
    assert main(["ibsi", str(features), str(tmp_path / "none.csv")]) == 1
    assert "no such file" in capsys.readouterr().out
