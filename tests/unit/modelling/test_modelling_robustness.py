"""Robustness of features: who counts, what is compared, what passes, and how the filter acts."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from helpers.tables import cohort, recipe, split
from osteon.config.features import Robustness
from osteon.modelling.crossfit import fit_model
from osteon.modelling.leakage import Ledger, audit
from osteon.modelling.patients import join_patients
from osteon.modelling.robustness import (
    NothingToCompare,
    fit_robust,
    layouts,
    measure,
    measure_training,
    robust_features,
    selected_agreement,
    training_values,
    values_of,
)
from osteon.modelling.robustness_values import collect_variants, joined, read_variants, write_variants
from osteon.modelling.splits import FINAL, scope_of
from osteon.statistics.icc import absolute_agreement
from osteon.tables.files import write_table

PERTURBED = Robustness(cases=20, perturbations=["translate", "noise"])
VARIANTS = ["original", "translate", "noise"]


def variants_of(subjects: int = 20, seed: int = 0, variants=VARIANTS, center: str = "A") -> pd.DataFrame:
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
    return joined(found)


def times(values, subjects, factor: float) -> pd.DataFrame:
    """The values of some subjects multiplied, and so no longer like those of others."""
    chosen = values.index.get_level_values("subject").isin(list(subjects))
    return values.mul(np.where(chosen, factor, 1.0), axis=0)


def splits_of(values, test=(), folds: int = 2):
    subjects = sorted(set(values.index.get_level_values("subject")))
    fold = [pd.NA if subject in test else number % folds for number, subject in enumerate(subjects)]
    sets = ["test" if subject in test else "train" for subject in subjects]
    table = pd.DataFrame({"subject": subjects, "center": "A", "person": subjects, "set": sets, "fold": fold})
    return table.astype({"fold": "Int64"})


def train_of(splits, fold: int | None = None) -> list[str]:
    """Training patients outside the fold, or all."""
    train = splits[splits["set"] == "train"]
    return train.loc[train["fold"] != fold if fold is not None else slice(None), "subject"].tolist()


def test_table_and_reasons():
    values = variants_of()
    table, fits = measure_training(values, PERTURBED, splits_of(values))
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
    array = values.to_numpy().reshape(20, 3, 5)
    assert table["icc"].to_numpy() == pytest.approx(absolute_agreement(array).icc, nan_ok=True)
    assert fits["object"].tolist() == ["robustness: perturbation"]


def test_value_or_lower_bound():
    values = variants_of()
    lower = measure(values, PERTURBED)
    value = measure(values, PERTURBED.model_copy(update={"bound": "value"}))
    row = lower.set_index("column").loc["T1_r_middling"]
    assert row["low"] < 0.75 < row["icc"]
    assert value.set_index("column").loc["T1_r_middling", "keep"] == "yes"


def test_test_patients_and_patients_without_outcome_do_not_count():
    values = variants_of()
    splits = splits_of(values, test=["A0003", "A0007"])
    without_outcome = pd.concat([values, variants_of(1, seed=5, center="X") * 100])
    changed = times(values, ["A0003", "A0007"], 50)
    reference, fits = measure_training(values, PERTURBED, splits)
    for other in (without_outcome, changed):
        pd.testing.assert_frame_equal(measure_training(other, PERTURBED, splits)[0], reference)
    everyone, _ = measure_training(changed, PERTURBED, None)
    assert not everyone["icc"].equals(reference["icc"])
    assert reference["subjects"].iloc[0] == 18
    assert audit(fits, splits)["verdict"].tolist() == ["clean"]


def test_a_test_patient_in_the_icc_is_found_by_the_audit(monkeypatch):
    values = variants_of()
    splits = splits_of(values, test=["A0003"])
    monkeypatch.setattr("osteon.modelling.robustness.training_values", lambda values, splits: values)
    _, fits = measure_training(values, PERTURBED, splits)
    assert audit(fits, splits)["verdict"].tolist() == ["leak"]


def test_the_final_filter_is_the_printed_table():
    values = variants_of(30)
    splits = splits_of(values, test=["A0003", "A0010"], folds=3)
    table, _ = measure_training(values, PERTURBED, splits)
    robust = fit_robust(values, PERTURBED, train_of(splits), Ledger(splits).recorder(FINAL))
    assert robust.keep == set(table.loc[table["keep"] == "yes", "column"]) == {"T1_r_stable"}
    assert robust.judged == {"T1_r_stable", "T1_r_middling", "T1_r_noisy"}


def test_a_fold_measures_its_own_patients_alone():
    """Held-out patients decide over nothing; a training patient does, and the audit knows who was seen."""
    values = variants_of(30)
    splits = splits_of(values, test=["A0003"], folds=3)
    train = train_of(splits, 0)
    held = sorted(set(splits["subject"]) - set(train))
    # spread by a factor, a patient's variants agree worse or better than those of the others
    spoilt = times(values, held, 1e3)
    spoilt.loc[(held, slice(None)), "T1_r_stable"] *= np.random.default_rng(1).normal(size=3 * len(held))
    ledgers = [Ledger(splits) for _ in range(3)]
    of_fold, again, of_final = (
        fit_robust(table, PERTURBED, members, ledger.recorder(scope))
        for table, members, ledger, scope in zip(
            (values, spoilt, spoilt),
            (train, train, train_of(splits)),
            ledgers,
            (scope_of(0), scope_of(0), FINAL),
            strict=True,
        )
    )
    assert of_fold == again
    assert of_fold.keep == {"T1_r_stable"}
    assert of_final.keep != of_fold.keep
    row = ledgers[0].table().iloc[0]
    assert (row["object"], row["scope"], row["rows"]) == ("robustness: perturbation", scope_of(0), len(train))
    assert audit(ledgers[0].table(), splits)["verdict"].tolist() == ["clean"]


def test_patients_without_variants_are_named_as_not_seen():
    values = variants_of(30)
    splits = splits_of(values, folds=3)
    measured = values_of(values, train_of(splits)[:9])
    ledger = Ledger(splits)
    fit_robust(measured, PERTURBED, train_of(splits), ledger.recorder(FINAL))
    row = ledger.table().iloc[0]
    assert row["rows"] == 9
    assert len(row["not_seen"].split()) == 21
    assert audit(ledger.table(), splits)["verdict"].tolist() == ["clean"]


def test_rows_in_another_order_change_nothing():
    values = variants_of()
    splits = splits_of(values)
    mixed = values.sample(frac=1, random_state=3)
    assert fit_robust(mixed, PERTURBED, train_of(splits), Ledger(splits).recorder(FINAL)) == fit_robust(
        values, PERTURBED, train_of(splits)[::-1], Ledger(splits).recorder(FINAL)
    )


def test_too_few_in_a_scope_says_which_and_what_to_change():
    values = variants_of(6)
    splits = splits_of(values, folds=3)
    record = Ledger(splits).recorder(scope_of(0))
    with pytest.raises(
        NothingToCompare,
        match=rf"^robustness of {scope_of(0)}: 2 of the training patients were perturbed, and an ICC needs 3; "
        "raise robustness.cases, or write 0$",
    ):
        fit_robust(values, PERTURBED, train_of(splits)[:2], record)
    with pytest.raises(NothingToCompare, match=rf"^robustness of {scope_of(0)}: robustness.cases: none of the pert"):
        fit_robust(values, PERTURBED, ["nobody"], record)
    read = readings("R1-1", "R2-1", subjects=6)
    with pytest.raises(NothingToCompare, match=r"1 of the training patients were read for 'inter'.*readers: false"):
        fit_robust(read, Robustness(readers=True), train_of(splits)[:1], record)


def readings(*names: str, subjects: int = 12, seed: int = 0) -> pd.DataFrame:
    return variants_of(subjects, seed, ["original", *(f"reader-{name}" for name in names)])


def named(values, letter: str) -> pd.DataFrame:
    """The same values of other subjects."""
    return values.rename(index=lambda subject: subject.replace("A", letter), level="subject")


def test_readers_and_repeats():
    settings = Robustness(readers=True)
    both = readings("R1-1", "R1-2", "R2-1", subjects=8)
    everyone = pd.concat([both, named(readings("R1-1", "R2-1", subjects=5), "B")])
    found = {layout.kind: layout.variants for layout in layouts(everyone, settings)}
    assert found == {"inter": ["reader-R1-1", "reader-R2-1"], "intra R1": ["reader-R1-1", "reader-R1-2"]}
    table = measure(everyone, settings)
    assert table.groupby("kind")["subjects"].max().to_dict() == {"inter": 13, "intra R1": 8}


def test_the_readers_that_most_patients_share_are_compared():
    three = readings("R1-1", "R2-1", "R3-1", subjects=4)
    two = named(readings("R1-1", "R2-1", subjects=9), "B")
    other = named(readings("R4-1", "R5-1", subjects=10), "C")
    (layout,) = layouts(pd.concat([three, two, other]), Robustness(readers=True))
    assert layout.variants == ["reader-R1-1", "reader-R2-1"]


def test_nothing_to_compare():
    with pytest.raises(NothingToCompare, match=r"robustness.readers: no training patient has masks of two readings"):
        measure(readings("R1-1"), Robustness(readers=True))
    with pytest.raises(NothingToCompare, match=r"robustness.cases: none of the perturbed patients"):
        measure(readings("R1-1", "R2-1"), PERTURBED)


def test_every_kind_must_pass():
    table = pd.DataFrame(
        {
            "column": ["a", "b", "c", "a", "b", "c"],
            "kind": ["perturbation"] * 3 + ["inter"] * 3,
            "icc": [0.9, 0.9, 0.9, 0.9, 0.2, np.nan],
            "keep": ["yes", "yes", "yes", "yes", "no", "no"],
        }
    )
    robust = robust_features(table, Robustness(cases=20, threshold=0.75, bound="lower"))
    assert robust.keep == {"a"}
    assert robust.fates(["a", "b", "c", "never_measured", "deep_T1_r_000"]) == {
        "b": "not_robust",
        "c": "no_icc",
        "never_measured": "no_icc",
    }
    assert robust.describe() == "lower 95 % limit of the ICC >= 0.75"


def test_the_printed_numbers_are_pingouins():
    values = variants_of()
    splits = splits_of(values, test=["A0002"])
    table, _ = measure_training(values, PERTURBED, splits)
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
    values = collect_variants(own, variants, ["A1", "A2"])
    assert set(values.index.get_level_values("subject")) == {"A1"}
    assert list(values.columns) == ["T1_r_b", "T1_r_a"]
    assert values.loc[("A1", "original")].tolist() == [1.5, 2.5]
    assert values.loc[("A1", "noise"), "T1_r_b"] == 1.0
    assert collect_variants(own[1:], variants[1:], ["A2"]).empty


def test_values_survive_their_file(tmp_path):
    """Ids keep their zeros, and the same values give the same bytes."""
    values = variants_of(3, center="00")
    for name in ("a", "b"):
        write_variants(values, tmp_path / f"{name}.tsv")
    assert (tmp_path / "a.tsv").read_bytes() == (tmp_path / "b.tsv").read_bytes()
    pd.testing.assert_frame_equal(read_variants(tmp_path / "a.tsv"), values, check_exact=True)
    write_variants(joined({}), tmp_path / "none.tsv")
    assert len(read_variants(tmp_path / "none.tsv")) == 0


def modelled(noisy: str, *, spoilt: str = "", seed: int = 0):
    """A model whose robust features are measured in each scope; the variants of one feature are noise."""
    people, tables = cohort({"A": 60, "B": 50}, 6, signal=2.0)
    splits = split(people)
    wide = pd.concat(tables).set_index("subject").drop(columns="center")
    random = np.random.default_rng(seed)
    variants = pd.concat(dict.fromkeys(VARIANTS, wide), names=["variant"]).swaplevel().sort_index()
    variants[noisy] = random.normal(size=len(variants))
    chosen = set(splits.loc[splits["set"] == spoilt, "subject"])
    variants = variants + np.where(variants.index.get_level_values(0).isin(chosen), 1, 0)[:, None] * random.normal(
        scale=1e3 * wide.std(), size=variants.shape
    )
    settings = replace(recipe(scores=("T1",)), robustness=PERTURBED)
    return fit_model(settings, join_patients(people, tables), splits, variants=variants)


@pytest.mark.slow
def test_the_filter_keeps_a_feature_out_of_the_score():
    free, filtered = modelled("T2_L1L3_f0"), modelled("T1_L1L3_f0")
    before, after = (fit.selection.set_index("feature") for fit in (free, filtered))
    assert before.loc["T1_L1L3_f0", "fate"] == "kept"
    assert after.loc["T1_L1L3_f0", "fate"] == "not_robust"
    assert after.loc["T1_L1L3_f0", ["p", "coefficient"]].isna().all()
    assert after.loc["T1_L1L3_f0", "selected"] == 0
    assert "T1_L1L3_f0" not in filtered.bundle.model.feature_columns
    seen = filtered.fits[filtered.fits["object"] == "robustness: perturbation"]
    assert seen["scope"].nunique() == len(seen) > 1


@pytest.mark.slow
def test_variants_of_test_patients_change_nothing():
    reference, spoilt = modelled("T1_L1L3_f0"), modelled("T1_L1L3_f0", spoilt="test")
    pd.testing.assert_frame_equal(spoilt.oof_predictions, reference.oof_predictions)
    pd.testing.assert_frame_equal(spoilt.selection, reference.selection)
    with pytest.raises(ValueError, match="none of its 6 features is robust"):
        modelled("T1_L1L3_f0", spoilt="train")
