"""Robustness of features: who counts, what is compared, what passes, and how the filter acts."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from helpers.tables import cohort, recipe
from osteon.config.features import Robustness
from osteon.modelling.crossfit import fit_model
from osteon.modelling.leakage import audit
from osteon.modelling.patients import join_patients
from osteon.modelling.robustness import (
    NothingToCompare,
    RobustFeatures,
    layouts,
    measure,
    read_values,
    robust_features,
    selected_agreement,
    training_values,
)
from osteon.modelling.splits import make_splits
from osteon.statistics.icc import absolute_agreement
from osteon.tables.files import write_table

PERTURBED = Robustness(cases=20, perturbations=["translate", "noise"])
VARIANTS = ["original", "translate", "noise"]


def values_of(subjects: int = 20, seed: int = 0, variants=VARIANTS, center: str = "A") -> dict[str, pd.DataFrame]:
    """A stable, a middling and a noisy feature, one that is constant, and one that is missing in half of the cases."""
    random = np.random.default_rng(seed)
    found = {}
    for number in range(subjects):
        base = random.normal(size=3)
        rows = base + random.normal(size=(len(variants), 3)) * [0.01, 0.35, 3.0]
        table = pd.DataFrame(rows, index=variants, columns=["T1_r_stable", "T1_r_middling", "T1_r_noisy"])
        table["T1_r_constant"] = 1.0
        table["T1_r_gap"] = np.nan if number % 2 else base[0]
        found[f"{center}{number:04d}"] = table
    return found


def splits_of(values, test=()):
    subjects = sorted(values)
    return pd.DataFrame(
        {
            "subject": subjects,
            "center": "A",
            "set": ["test" if subject in test else "train" for subject in subjects],
            "fold": [pd.NA if subject in test else number % 2 for number, subject in enumerate(subjects)],
        }
    ).astype({"fold": "Int64"})


def test_table_and_reasons():
    values = values_of()
    table, fits = measure(values, PERTURBED, splits_of(values))
    table = table.set_index("column")
    assert table["keep"].to_dict() == {
        "T1_r_stable": "yes",
        "T1_r_middling": "no",
        "T1_r_noisy": "no",
        "T1_r_constant": "no",
        "T1_r_gap": "no",
    }
    assert table["reason"].tolist() == [None, "below_threshold", "below_threshold", "constant", "missing_values"]
    assert set(table["kind"]) == {"perturbation"}
    assert table.loc["T1_r_stable", ["subjects", "variants"]].tolist() == [20, 3]
    array = np.array([one.to_numpy() for one in values.values()])
    assert table["icc"].to_numpy() == pytest.approx(absolute_agreement(array).icc, nan_ok=True)
    assert fits["object"].tolist() == ["robustness: perturbation"]


def test_value_or_lower_bound():
    values = values_of()
    lower, _ = measure(values, PERTURBED, None)
    value, _ = measure(values, PERTURBED.model_copy(update={"bound": "value"}), None)
    row = lower.set_index("column").loc["T1_r_middling"]
    assert row["low"] < 0.75 < row["icc"]
    assert value.set_index("column").loc["T1_r_middling", "keep"] == "yes"


def test_test_patients_and_patients_without_outcome_do_not_count():
    values = values_of()
    splits = splits_of(values, test=["A0003", "A0007"])
    without_outcome = values | {"A9999": values["A0000"] * 100}
    changed = {subject: table * 50 if subject in ("A0003", "A0007") else table for subject, table in values.items()}
    reference, fits = measure(values, PERTURBED, splits)
    for other in (without_outcome, changed):
        pd.testing.assert_frame_equal(measure(other, PERTURBED, splits)[0], reference)
    everyone, _ = measure(changed, PERTURBED, None)
    assert not everyone["icc"].equals(reference["icc"])
    assert reference["subjects"].iloc[0] == 18
    assert audit(fits, splits)["verdict"].tolist() == ["clean"]


def test_a_test_patient_in_the_icc_is_found_by_the_audit(monkeypatch):
    values = values_of()
    splits = splits_of(values, test=["A0003"])
    monkeypatch.setattr("osteon.modelling.robustness.training_values", lambda values, splits: values)
    _, fits = measure(values, PERTURBED, splits)
    assert audit(fits, splits)["verdict"].tolist() == ["leak"]


def readings(*names: str, subjects: int = 12, seed: int = 0) -> dict[str, pd.DataFrame]:
    return values_of(subjects, seed, ["original", *(f"reader-{name}" for name in names)])


def test_readers_and_repeats():
    settings = Robustness(readers=True)
    both = readings("R1-1", "R1-2", "R2-1", subjects=8)
    one = {f"B{number}": table for number, table in enumerate(readings("R1-1", "R2-1", subjects=5).values())}
    found = {layout.kind: layout.variants for layout in layouts(both | one, settings)}
    assert found == {"inter": ["reader-R1-1", "reader-R2-1"], "intra R1": ["reader-R1-1", "reader-R1-2"]}
    table, _ = measure(both | one, settings, None)
    assert table.groupby("kind")["subjects"].max().to_dict() == {"inter": 13, "intra R1": 8}


def test_the_readers_that_most_patients_share_are_compared():
    three = readings("R1-1", "R2-1", "R3-1", subjects=4)
    two = {f"B{number}": table for number, table in enumerate(readings("R1-1", "R2-1", subjects=9).values())}
    other = {f"C{number}": table for number, table in enumerate(readings("R4-1", "R5-1", subjects=10).values())}
    (layout,) = layouts(three | two | other, Robustness(readers=True))
    assert layout.variants == ["reader-R1-1", "reader-R2-1"]


def test_nothing_to_compare():
    with pytest.raises(NothingToCompare, match=r"robustness.readers: no training patient has masks of two readings"):
        measure(readings("R1-1"), Robustness(readers=True), None)
    with pytest.raises(NothingToCompare, match=r"robustness.cases: none of the perturbed patients"):
        measure(readings("R1-1", "R2-1"), PERTURBED, None)


def test_every_kind_must_pass():
    table = pd.DataFrame(
        {
            "column": ["a", "b", "c", "a", "b", "c"],
            "kind": ["perturbation"] * 3 + ["inter"] * 3,
            "icc": [0.9, 0.9, 0.9, 0.9, 0.2, np.nan],
            "keep": ["yes", "yes", "yes", "yes", "no", "no"],
        }
    )
    robust = robust_features(table, 0.75, "lower")
    assert robust.keep == {"a"}
    assert robust.fates(["a", "b", "c", "never_measured", "deep_T1_r_000"]) == {
        "b": "not_robust",
        "c": "no_icc",
        "never_measured": "no_icc",
    }
    assert robust.describe() == "lower 95 % limit of the ICC >= 0.75"


def fitted(robust):
    people, tables = cohort({"A": 60, "B": 50}, 6, signal=2.0)
    splits = make_splits(people, hold_out=0.2, folds=3, seed=0)
    settings = recipe(scores=("T1",))
    changed = type(settings)(**{**vars(settings), "robust": robust})
    return fit_model(changed, join_patients(people, tables), splits)


def test_the_filter_keeps_a_feature_out_of_the_score():
    columns = frozenset(f"T1_L1L3_f{number}" for number in range(6))
    free, filtered = fitted(None), fitted(RobustFeatures(columns - {"T1_L1L3_f0"}, columns, 0.8, "value"))
    before, after = (fit.selection.set_index("feature") for fit in (free, filtered))
    assert before.loc["T1_L1L3_f0", "fate"] == "kept"
    assert after.loc["T1_L1L3_f0", "fate"] == "not_robust"
    assert after.loc["T1_L1L3_f0", ["p", "coefficient"]].isna().all()
    assert after.loc["T1_L1L3_f0", "folds_selected"] == 0
    assert "T1_L1L3_f0" not in filtered.bundle.model.feature_columns
    assert filtered.bundle.origin["settings"]["robustness"] == {"threshold": 0.8, "bound": "value"}
    assert free.bundle.origin["settings"]["robustness"] is None


def test_a_signature_without_a_robust_feature_says_what_to_change():
    robust = RobustFeatures(frozenset(), frozenset({"T1_L1L3_f0"}), 0.75, "lower")
    message = (
        r"signature 'T1': none of its 6 features is robust \(lower 95 % limit of the ICC >= 0.75\): 1 have "
        r"a lower one, 5 have none; .* Lower robustness.threshold, .* 'filter: false'"
    )
    with pytest.raises(ValueError, match=message):
        fitted(robust)


def test_the_printed_numbers_are_pingouins():
    values = values_of()
    splits = splits_of(values, test=["A0002"])
    table, _ = measure(values, PERTURBED, splits)
    selection = pd.DataFrame(
        {
            "signature": "T1",
            "feature": ["T1_r_stable", "T1_r_noisy", "T1_r_constant", "deep_T1_r_000"],
            "fate": ["kept", "lasso", "least_p", "kept"],
        }
    )
    training = training_values(values, splits)
    found = selected_agreement(table, training, PERTURBED, {"m": selection})
    assert found["column"].tolist() == ["T1_r_stable", "T1_r_constant"]
    stable = table.set_index("column").loc["T1_r_stable"]
    assert found["icc"].iloc[0] == pytest.approx(stable["icc"], abs=1e-8)
    assert found["low"].iloc[0] == round(stable["low"], 2)
    assert found["reason"].tolist() == [None, "constant"]
    with pytest.raises(ArithmeticError, match="by pingouin"):
        selected_agreement(table.assign(icc=table["icc"] - 1e-6), training, PERTURBED, {"m": selection})


def test_tables_on_disk(tmp_path):
    """The unchanged features come from the case's own table; a case without variants is left out."""
    rows = pd.DataFrame({"sequence": "T1", "roi": "r", "feature": ["b", "a"], "value": [1.5, 2.5], "reason": None})
    write_table(rows, tmp_path / "own.tsv")
    write_table(pd.concat([rows.assign(variant="noise", value=[1.0, np.nan])]), tmp_path / "variants.tsv")
    write_table(rows.assign(variant="x").iloc[:0], tmp_path / "none.tsv")
    own, variants = [tmp_path / "own.tsv"] * 2, [tmp_path / "variants.tsv", tmp_path / "none.tsv"]
    values = read_values(own, variants, ["A1", "A2"])
    assert list(values) == ["A1"]
    assert list(values["A1"].columns) == ["T1_r_b", "T1_r_a"]
    assert values["A1"].loc["original"].tolist() == [1.5, 2.5]
    assert values["A1"].loc["noise", "T1_r_b"] == 1.0
    assert list(read_values(own, variants, ["A1", "A2"], {"T1_r_a"})["A1"].columns) == ["T1_r_a"]
