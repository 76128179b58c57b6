"""Center tables: fixed schema, gaps with reasons, tables that a center delivers itself."""

from __future__ import annotations

import gzip
import re

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
        (b"", "is empty."),
        (b"subject,f1\n", "has no row below"),
        (b"id,f1\n1,2\n", "no column 'subject'; it has id, f1."),
        (b"subject,center\ns1,A\n", "no feature column"),
        (b"subject,f1\ns1,1\ns-1,2\n", "row 3: subject 's1' is there twice, in row 2 too."),
        (b"subject,f1\n7,1\n7.0,2\ns1,0\n", None),
        (b"subject,f1,f1\ns1,1,2\n", "these columns are there twice: f1."),
        (b"subject,f1,\xef\xbc\xa6\xef\xbc\x91,F1\ns1,1,2,3\n", "these columns are there twice: F1."),
        (b"subject,f1\ns1,high\n", "has no column of numbers: f1 are text."),
        (b"subject,f1\ns1,high\ns2,1\n", "row 2: 'f1' is 'high', not a number."),
        (b"subject;f1\ns1;12,5\ns2;1\n", "row 2: 'f1' is '12,5', not a number. Write it with a point: 12.5"),
        (
            b"subject,f1,f2\ns1,<0.1,1\ns2,5,1\n",
            "row 2: 'f1' is '<0.1', not a number. Write a number, or leave it empty",
        ),
        (b"subject,center,f1\ns1,B,1\n", "row 2: subject 's1' is of center 'B' here and of 'A' in the table of cases."),
        (b"subject,f1\nx,1\n", "no row of any case of center 'A': ids here are x; its cases are s1, s2."),
        (b"subject,f1\n1.5E+17,1\ns1,2\n", "row 2: the id '1.5E+17' is a number of which a program has lost"),
        (b"subject,f1,\ns1,1,2\n", "column 3 has values (row 2) and no name."),
        (b"subject,f1\ns1,1,2\n", "row 2 has 3 cells, the first row 2."),
        (b"\x00\x01\x02\xff", "is neither UTF-8 nor GB18030 text."),
    ],
)
def test_a_wrong_table_is_refused_with_the_place(tmp_path, content, message):
    path = tmp_path / "table.csv"
    path.write_bytes(content)
    if message is None:  # doubled ids of nobody who is in the study
        assert len(read_feature_table(path, "A", ["s1", "s2"])[0]) == 2
        return
    with pytest.raises(FeatureTableError, match=re.escape(message)) as caught:
        read_feature_table(path, "A", ["s1", "s2"])
    assert str(caught.value).startswith(str(path))
    assert [file.name for file in tmp_path.iterdir()] == ["table.csv"]


ROWS = [["subject", "T1 面积 (mm2)", "all empty"], ["007", "0.5", ""], ["110101199003070012", "-1e3", "n/a"]]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_every_way_to_save_a_table_gives_the_same(tmp_path, encoding, delimiter, end):
    """A column without any value stays, so that it is counted and not silently dropped."""
    path = tmp_path / "table.csv"
    path.write_bytes("".join(delimiter.join(row) + end for row in ROWS).encode(encoding))
    wide, missing = read_feature_table(path, "A", ["007", "110101199003070012"])
    assert list(wide.columns) == ["subject", "center", *ROWS[0][1:]]
    assert wide["subject"].tolist() == ["007", "110101199003070012"]
    assert wide["T1 面积 (mm2)"].tolist() == [0.5, -1000]
    assert missing.to_numpy().tolist() == [[row[0], "all empty", "features_missing"] for row in ROWS[1:]]


@pytest.mark.parametrize("written", ["007", " 007 ", "0 07", "００７", "007.0", "0-07\u200b"])
def test_ids_are_compared_by_letters_and_digits(tmp_path, written):
    path = tmp_path / "table.csv"
    path.write_text(f"subject,f1\n{written},5\n")
    assert read_feature_table(path, "A", ["007"])[0]["f1"].tolist() == [5]


@pytest.mark.parametrize("value", ["inf", "-Infinity", "1e999", "-1.7976931348623157e+308"])
def test_values_that_no_computer_can_square_are_gaps_with_a_reason(tmp_path, value):
    path = tmp_path / "table.csv"
    path.write_text(f"subject,f1\ns1,{value}\ns2,1e99\n")
    wide, missing = read_feature_table(path, "A", ["s1", "s2"])
    assert wide["f1"].isna().tolist() == [True, False]
    assert missing.to_numpy().tolist() == [["s1", "f1", "value_undefined"]]


def test_columns_of_text_are_no_features(tmp_path, caplog):
    path = tmp_path / "table.csv"
    path.write_text("subject,version,f1,note\ns1,v3.0.1,1,\ns2,v3.0.1,2,ok\n")
    wide, missing = read_feature_table(path, "A", ["s1", "s2"])
    assert list(wide.columns) == ["subject", "center", "f1"]
    assert missing.empty
    assert "columns of text are no features: version, note" in caplog.text


def test_a_center_by_its_name_or_by_nothing(tmp_path):
    path = tmp_path / "table.csv"
    path.write_text("subject,center,f1\ns1,Spital\u3000,1\ns2,,2\ns3,B,3\n")
    wide, _ = read_feature_table(path, "A", ["s1", "s2"], name="Spital")
    assert wide["f1"].tolist() == [1, 2]


def test_real_table_of_four_hospitals(shared):
    path = shared / "reference" / "arita2018" / "features.csv.gz"
    rows = pd.read_csv(path, usecols=["subject", "center"])
    subjects = rows.loc[rows["center"] == "OTR", "subject"].str.replace("-", "").tolist()
    wide, missing = read_feature_table(path, "OTR", subjects, not_features=["idh_mutant"])
    assert wide.shape == (10, 685)
    assert "idh_mutant" not in wide
    assert set(missing["reason"]) <= {"features_missing"}
