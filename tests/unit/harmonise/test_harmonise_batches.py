"""Which batch each patient belongs to."""

from __future__ import annotations

import logging

import pandas as pd
import pytest

from osteon.config.harmonisation import BatchColumn, Harmonisation
from osteon.harmonise.batches import batch_labels, batch_table, crossed, raw_values


def labels(values, development=None, **settings):
    series = pd.Series(values, name="x", dtype=object)
    counted = pd.Series(True, series.index) if development is None else pd.Series(development)
    return list(batch_labels(series, BatchColumn(column="x", **settings), counted))


@pytest.mark.parametrize(
    ("value", "label"),
    [
        ("1.50", "1.5"),
        ("1.5 T", "1.5"),
        ("１．５", "1.5"),
        ("3e0", "3"),
        ("120", "120"),
        ("-0.0", "0"),
        ("007", "007"),
        ("3D", "3D"),
        ("B30f", "B30f"),
        ("1.5 cm", "1.5 cm"),
        ("  SIGNA\t Architect ", "SIGNA Architect"),
        ("", "unknown"),
        ("n/a", "unknown"),
    ],
)
def test_one_value_has_one_label(value, label):
    assert labels([value]) == [label]


def test_long_numbers_stay_apart():
    """As with numbers of stations: no digit is rounded away."""
    assert labels(["12345678", "12345679"]) == ["12345678", "12345679"]


@pytest.mark.parametrize(
    ("value", "label"),
    [
        ("0.2", "below 2"),
        ("1.99999999999999999", "below 2"),
        ("2", "2 to below 2.9"),
        ("2.90", "2.9 or more"),
        ("7 T", "2.9 or more"),
        ("", "unknown"),
        ("high", "unknown"),
    ],
)
def test_numbers_are_cut_at_their_lower_limits(value, label):
    assert labels([value], cut=[2, 2.9]) == [label]


def test_names_are_merged_by_the_first_pattern_that_fits():
    merge = {"sharp": ["BONE*", "b[60]f"], "three": ["3.0"], "rest": ["B*"]}
    values = ["BONEPLUS", "Bone", "B[60]f", "B6f", "3", "3.00", "STANDARD", "NA"]
    expected = ["sharp", "sharp", "sharp", "rest", "3", "three", "STANDARD", "unknown"]
    assert labels(values, merge={**merge, "three": ["3.00"]}) == expected


def test_a_merged_number_is_found_however_it_is_written():
    assert labels(["3", "3.0", "3 T", "1.5"], merge={"high": ["3"]}) == ["high", "high", "high", "1.5"]


def test_what_is_unknown_is_said(caplog):
    with caplog.at_level(logging.WARNING):
        labels(["1", "", "x", "0"], cut=[1])
        labels(["0", "A"], merge={"unknown": ["0"], "sharp": ["B*"]})
    said = [record.getMessage() for record in caplog.records]
    assert said == [
        "x: these values are taken as unknown: x",
        "x: 2 of 4 patients have no value; they are the batch 'unknown'",
        "x: these values are taken as unknown: 0",
        "x: 1 of 2 patients have no value; they are the batch 'unknown'",
        "x: no patient has a value of sharp",
    ]


def test_rare_batches_are_one_and_only_development_patients_count():
    values = ["A", "A", "A", "B", "C", "", "D", "B", "C"]
    development = [True] * 6 + [False] * 3
    assert labels(values, development, smallest=2) == ["A"] * 3 + ["other"] * 3 + ["D", "other", "other"]


def test_an_external_patient_changes_no_other_label():
    values, development = ["1.50", "B", "B", "C"], [True] * 4
    alone = labels(values, development, smallest=2)
    for foreign in ("C", "1.5", "B", "text", ""):
        assert labels([*values, foreign], [*development, False], smallest=2)[:4] == alone


def test_every_combination_of_two():
    first, second = pd.Series(["A", "A", "B"]), pd.Series(["3", "1.5", "3"])
    assert list(crossed([first, second])) == ["A + 3", "A + 1.5", "B + 3"]
    assert list(crossed([first])) == ["A", "A", "B"]


CASES = pd.DataFrame(
    {"subject": ["S3", "S1", "S2", "S4"], "center": ["B", "A", "A", "C"], "卷积核": ["b30", "", "b30", "b50"]}
)
SETTINGS = Harmonisation(
    batch=["center", "kernel", "field+te"],
    batches={
        "kernel": {"column": "卷积核"},
        "field": {"header": "field_t", "sequence": "T1", "cut": [2]},
        "te": {"header": "echo_time_ms", "sequence": "T2", "cut": [15, 60]},
    },
)
FACTS = {
    "S1": {"T1": {"MagneticFieldStrength": 3.0, "EchoTime": 9.0}, "T2": {"EchoTime": 0.0601}},
    "S2": {"T1": {"MagneticFieldStrength": 1.494}, "T2": {"EchoTime": 0.015}},
    "S3": {"T1": {}},
}


def test_values_come_from_the_headers_of_their_sequence_and_from_cases():
    values = raw_values(CASES, SETTINGS.batches, FACTS)
    assert values.to_dict("list") == {
        "kernel": ["b30", "", "b30", "b50"],
        "field": ["", "3", "1.494", ""],
        "te": ["", "60.1", "15", ""],
    }


def test_one_column_for_each_entry_of_batch():
    development = CASES["center"] != "C"
    table = batch_table(CASES, raw_values(CASES, SETTINGS.batches, FACTS), development, SETTINGS)
    assert list(table.columns) == ["subject", "center", "kernel", "field+te"]
    assert table.to_numpy().tolist() == [
        ["S1", "A", "unknown", "2 or more + 60 or more"],
        ["S2", "A", "b30", "below 2 + 15 to below 60"],
        ["S3", "B", "b30", "unknown + unknown"],
        ["S4", "C", "b50", "unknown + unknown"],
    ]


def test_the_order_of_cases_changes_nothing():
    def table(cases):
        return batch_table(cases, raw_values(cases, SETTINGS.batches, FACTS), cases["center"] != "C", SETTINGS)

    pd.testing.assert_frame_equal(table(CASES), table(CASES.iloc[::-1]))


def test_the_default_is_the_center_alone():
    none = pd.DataFrame(index=CASES.index)
    table = batch_table(CASES, none, CASES["center"] != "C", Harmonisation())
    assert table.to_numpy().tolist() == [["S1", "A"], ["S2", "A"], ["S3", "B"], ["S4", "C"]]


def test_the_reference_needs_development_patients():
    """Of headers the labels are known only when the images were read."""
    cases = pd.DataFrame({"subject": ["A1", "A2", "X1"], "center": ["A", "A", "X"]})
    values = pd.DataFrame({"model": ["Prisma", "Skyra", "Aera"]}, dtype=object)
    development = pd.Series([True, True, False])

    def table(reference):
        batches = {"model": {"header": "model", "sequence": "T1"}}
        return batch_table(
            cases, values, development, Harmonisation(batch="model", batches=batches, reference=reference)
        )

    assert list(table("Skyra")["model"]) == ["Prisma", "Skyra", "Aera"]
    for reference in ("Aera", "Skyrra"):
        with pytest.raises(ValueError, match=f"no development patient is of the batch '{reference}' .of 'model'."):
            table(reference)
