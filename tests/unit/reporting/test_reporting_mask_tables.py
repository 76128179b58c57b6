"""Tables on masks: cells, targets in words, what is not evaluated."""

from __future__ import annotations

from helpers import mask_study
from osteon.config.segmentation import Targets
from osteon.reporting import mask_tables
from osteon.segmentation.summary import agreement_summary

CENTERS = {"A": "Hospital A", "C": "Hospital C"}


def rows(table):
    """Rows by hospital and structure."""
    named = [dict(zip(table.columns, row, strict=True)) for row in table.rows]
    return {(row["Hospital"], row["Structure"]): row for row in named}


def made(cases, **targets):
    return mask_tables.agreement_table(agreement_summary(cases, Targets(**targets), seed=1), cases, CENTERS)


def test_means_with_intervals_and_targets():
    table = made(mask_study.cases())
    found = rows(table)
    assert list(found) == [
        (hospital, label) for hospital in ("Hospital A", "Hospital C", "All hospitals") for label in ("L1", "L2", "All")
    ]
    good = found["Hospital A", "L1"]
    assert table.caption == "Predicted against manual masks: not seen in training."
    assert (good["n"], good["Targets"]) == ("6", "All reached")
    assert good["Dice"].startswith("0.965 (0.962–")
    assert good["HD95 (mm)"].startswith("1.25 (1.1")
    assert good["Volume error (%)"].startswith("−1.2")
    assert found["Hospital C", "L1"]["Targets"] == "Dice not reached; HD95 limited by voxels"
    assert "Targets of the means: Dice at least 0.9, HD95 below 2 mm, absolute volume error below 10%." in table.notes
    assert any(note.startswith("Limited by voxels") for note in table.notes)
    assert any(note.startswith("Not evaluated, 1 case: The model learned from this case") for note in table.notes)


def test_targets_that_are_reached_have_no_note_on_voxels():
    table = made(mask_study.cases(), hd95_mm=5.0, dice=0.5)
    assert {row["Targets"] for row in rows(table).values()} == {"All reached"}
    assert not any("voxels" in note for note in table.notes)


def test_ways_of_prediction_stand_apart():
    cases = mask_study.cases()
    cases.loc[cases["center"] == "A", "how"] = "cross_validation"
    table = made(cases[cases["dice"].notna()])
    assert table.columns[0] == "Prediction"
    assert list(dict.fromkeys(row[0] for row in table.rows)) == ["Cross-validation", "Not seen in training"]


def test_missed_structures_are_counted_once():
    cases = mask_study.cases()
    missed = (cases["subject"] == "A1") & (cases["label"] == "L1")
    cases.loc[missed, ["dice", "volume_predicted_ml", "volume_error_percent"]] = [0.0, 0.0, -100.0]
    cases.loc[missed, ["hd95_mm", "asd_mm"]] = float("nan")
    cases.loc[missed, "reason"] = "label_not_predicted"
    table = made(cases)
    assert any(note.startswith("1 drawn structures were not predicted") for note in table.notes)


def test_the_case_with_the_lowest_dice_comes_first():
    cases = mask_study.cases()
    cases.loc[(cases["subject"] == "A3") & (cases["label"] == "L2"), "dice"] = 0.3
    table = mask_tables.agreement_cases_table(cases, CENTERS)
    assert table.columns == ["Case", "Hospital", "L1", "L2"]
    assert table.rows[0] == ["A3", "Hospital A", "0.964", "0.300"]
    assert "A9" not in {row[0] for row in table.rows}  # not evaluated
    assert len(table.rows) == 12


def test_readers():
    table = mask_tables.readers_table(mask_study.readers(), CENTERS)
    assert [row[0] for row in table.rows] == ["Two readers", "One reader twice"]
    first = dict(zip(table.columns, table.rows[0], strict=True))
    assert first["Dice"].startswith("0.938 (0.9")
    assert first["Volume difference (%)"] == "2.5 (2.5–2.5)"


def test_nothing_evaluated():
    table = made(mask_study.cases().query("how == 'trained_on'"))
    assert table.rows == []
    assert table.notes[-1].startswith("Not evaluated, 1 case")
