"""Center tables: fixed schema, gaps with reasons, tables that a center delivers itself."""

from __future__ import annotations

import gzip

import numpy as np
import pandas as pd
import pytest

from osteon.features.table import FeatureTableError, center_table, read_case, read_feature_table
from osteon.tables.files import write_table


def _case(values, reasons=None) -> pd.DataFrame:
    return pd.DataFrame(
        {"sequence": "T1", "roi": "R", "feature": ["a", "b", "c"], "value": values, "reason": reasons or [None] * 3},
        columns=["sequence", "roi", "feature", "value", "reason"],
    )


def test_wide_table_and_gaps():
    wide, missing = center_table(
        "A",
        {
            "s2": _case([1.0, 2.0, 3.0]),
            "s1": _case([4.0, np.nan, 6.0], [None, "value_undefined", None]),
            "s3": _case([np.nan] * 3, ["slice_missing"] * 3),
        },
    )
    assert list(wide.columns) == ["subject", "center", "T1_R_a", "T1_R_b", "T1_R_c"]
    assert wide["subject"].tolist() == ["s2", "s1", "s3"]
    assert wide.loc[0, "T1_R_c"] == 3.0
    assert np.isnan(wide.loc[1, "T1_R_b"])
    assert missing.to_dict("records")[0] == {"subject": "s1", "column": "T1_R_b", "reason": "value_undefined"}
    assert len(missing) == 4


def test_cases_of_different_settings_are_refused():
    other = _case([1.0, 2.0, 3.0]).assign(feature=["a", "c", "d"])
    with pytest.raises(FeatureTableError, match="s2"):
        center_table("A", {"s1": _case([1.0, 2.0, 3.0]), "s2": other})


def test_a_feature_that_is_there_twice_is_refused():
    other = _case([1.0, 2.0, 3.0]).assign(feature=["a", "c", "c"])
    with pytest.raises(FeatureTableError, match="s2"):
        center_table("A", {"s1": _case([1.0, 2.0, 3.0]), "s2": other})


def test_rows_in_another_order_are_placed_by_their_names():
    other = _case([3.0, np.nan, 1.0], [None, "value_undefined", None]).assign(feature=["c", "b", "a"])
    wide, missing = center_table("A", {"s1": _case([1.0, 2.0, 3.0]), "s2": other})
    assert wide.loc[1, ["T1_R_a", "T1_R_c"]].tolist() == [1.0, 3.0]
    assert missing.to_numpy().tolist() == [["s2", "T1_R_b", "value_undefined"]]


def test_no_case_gives_empty_tables():
    wide, missing = center_table("A", {})
    assert wide.empty
    assert missing.empty


def test_a_case_survives_its_file(tmp_path):
    case = _case([0.1 + 0.2, np.nan, 3.0], [None, "value_undefined", None])
    write_table(case, tmp_path / "case.tsv")
    again = read_case(tmp_path / "case.tsv")
    assert again["value"].iloc[0] == case["value"].iloc[0]
    wide, missing = center_table("A", {"s1": again})
    assert missing["reason"].tolist() == ["value_undefined"]
    assert wide.shape == (1, 5)


def test_own_table_of_a_center(tmp_path):
    path = tmp_path / "features.csv.gz"
    path.write_bytes(gzip.compress(b"subject,center,outcome,f1,f2\nA-1,A,1,0.5,\nA-2,A,0,inf,7\nB-1,B,1,9,9\n"))
    wide, missing = read_feature_table(path, "A", ["A2", "A1", "A3"], not_features=["outcome"])
    assert list(wide.columns) == ["subject", "center", "f1", "f2"]
    assert wide["subject"].tolist() == ["A2", "A1", "A3"]
    assert set(wide["center"]) == {"A"}
    assert wide["f2"].tolist()[0] == 7
    assert wide[["f1", "f2"]].isna().sum().sum() == 4
    assert sorted(missing.itertuples(index=False, name=None)) == [
        ("A1", "f2", "features_missing"),
        ("A2", "f1", "value_undefined"),
        ("A3", "f1", "features_missing"),
        ("A3", "f2", "features_missing"),
    ]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("id,f1\n1,2\n", "no column 'subject'"),
        ("subject,center\ns1,A\n", "no feature column"),
        ("subject,f1\ns1,1\ns-1,2\n", "there twice"),
        ("subject,f1,f1\ns1,1,2\n", "f1"),
        ("subject,f1\ns1,high\n", "f1 = 'high'"),
    ],
)
def test_a_wrong_table_is_refused_with_the_place(tmp_path, content, message):
    path = tmp_path / "table.csv"
    path.write_text(content)
    with pytest.raises(FeatureTableError, match=message) as caught:
        read_feature_table(path, "A", ["s1"])
    assert str(path) in str(caught.value)


def test_real_table_of_four_hospitals(shared):
    path = shared / "reference" / "arita2018" / "features.csv.gz"
    rows = pd.read_csv(path, usecols=["subject", "center"])
    subjects = rows.loc[rows["center"] == "OTR", "subject"].str.replace("-", "").tolist()
    wide, missing = read_feature_table(path, "OTR", subjects, not_features=["idh_mutant"])
    assert wide.shape == (10, 685)
    assert "idh_mutant" not in wide
    assert set(missing["reason"]) <= {"features_missing"}
