"""Evaluation: every table, sets too small for a number, wrong tables."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from helpers.tables import cohort, recipe, split
from osteon.config.modelling import Validation
from osteon.modelling.crossfit import fit_model
from osteon.modelling.evaluate import (
    MEASURES,
    PERFORMANCE_COLUMNS,
    evaluate_predictions,
    predict,
    training_predictions,
)
from osteon.modelling.operating_table import POINT_COLUMNS
from osteon.modelling.patients import join_patients
from osteon.modelling.splits import subjects_of
from osteon.statistics.auc import auc, compare_auc
from osteon.statistics.operating_points import operating_points

SETTINGS = Validation(bootstrap=100, decision=(0.2, 0.6))
THRESHOLDS = {"good": 0.5, "bad": 0.4}


@pytest.fixture(scope="module")
def predictions():
    """A set of 60 from two centers, one of 6, one with one class."""
    random = np.random.default_rng(0)
    parts = []
    for name, outcome in (("test", np.arange(60) % 3 == 0), ("small", np.arange(6) % 2 == 0), ("single", np.ones(5))):
        n = len(outcome)
        for model, noise in (("good", 1.0), ("bad", 4.0)):
            score = outcome + noise * random.normal(size=n)
            parts.append(
                pd.DataFrame(
                    {
                        "model": model,
                        "set": name,
                        "subject": [f"{name}{i:02d}" for i in range(n)],
                        "center": np.where(np.arange(n) % 2, "A", "B"),
                        "outcome": np.asarray(outcome, dtype=int),
                        "probability": 1 / (1 + np.exp(-score)),
                        "imputed": np.arange(n) == 0,
                    }
                )
            )
    return pd.concat(parts, ignore_index=True).astype({"imputed": int})


@pytest.fixture(scope="module")
def tables(predictions):
    return evaluate_predictions(predictions, ["test", "small", "single", "nobody"], THRESHOLDS, SETTINGS, 1)


def row(tables, name, model):
    table = tables["performance"]
    return table[(table["set"] == name) & (table["model"] == model)].iloc[0]


@pytest.mark.slow
def test_performance(tables, predictions):
    assert list(tables["performance"].columns) == PERFORMANCE_COLUMNS
    assert tables["performance"]["model"].tolist() == ["good", "bad"] * 4
    found = row(tables, "test", "good")
    own = predictions[(predictions["set"] == "test") & (predictions["model"] == "good")]
    expected = auc(own["outcome"], own["probability"])
    assert (found["auc"], found["auc_low"], found["auc_high"]) == (expected.value, expected.low, expected.high)
    assert (found["n"], found["events"], found["imputed_patients"], found["threshold"]) == (60, 20, 1, 0.5)
    called = own["probability"] >= 0.5
    assert found["sensitivity"] == called[own["outcome"] == 1].mean()
    assert found["reason"] == ""
    assert found["caution"] == "ici: few_events"
    assert found[[f"{m}_low" for m in ("brier", "f1", "slope")]].notna().all()


def test_sets_without_a_number_have_reasons(tables):
    for name in ("single", "nobody"):
        found = row(tables, name, "good")
        assert np.isnan(found["auc"])
        assert found["reason"]
    assert row(tables, "nobody", "bad")["reason"] == "all: no_patients"
    single = row(tables, "single", "good")
    assert "auc: one_class" in single["reason"]
    assert np.isfinite(single["sensitivity"])


def test_every_missing_number_has_a_reason(tables):
    for _, found in tables["performance"].iterrows():
        listed = {part.split(": ")[0] for part in found["reason"].split("; ")}
        undefined = {
            measure
            for measure in MEASURES
            if found[[c for c in PERFORMANCE_COLUMNS if c in (measure, f"{measure}_low")]].isna().any()
        }
        assert listed == ({"all"} if found["n"] == 0 else undefined | ({""} if not undefined else set()))


def test_pairwise(tables, predictions):
    table = tables["pairwise"].set_index("set")
    own = predictions[predictions["set"] == "test"].pivot(index="subject", columns="model")
    expected = compare_auc(own["outcome"]["good"], own["probability"]["good"], own["probability"]["bad"])
    assert table.loc["test", "z"] == pytest.approx(expected.z)
    assert table.loc["test", "p_holm"] == table.loc["test", "p"]
    assert table.loc["single", "reason"] == "one_class"
    assert table.loc["nobody", "reason"] == "no_patients"


@pytest.mark.slow
def test_holm(predictions):
    third = predictions[predictions["model"] == "bad"].assign(
        model="third", probability=lambda t: np.random.default_rng(5).random(len(t))
    )
    tables = evaluate_predictions(pd.concat([predictions, third]), ["test"], THRESHOLDS | {"third": 0.5}, SETTINGS, 1)
    pairs = tables["pairwise"].sort_values("p")
    assert len(pairs) == 3
    first, second, third = pairs["p"]
    assert third < 1
    assert pairs["p_holm"].tolist() == pytest.approx([3 * first, 2 * second, max(third, 2 * second)])


def test_curves(tables):
    roc = tables["roc"].query("set == 'test' and model == 'good'")
    area = np.trapezoid(roc["true_positive_rate"], roc["false_positive_rate"])
    assert area == pytest.approx(row(tables, "test", "good")["auc"])
    decision = tables["decision"].query("set == 'test' and model == 'good'")
    assert decision["threshold"].tolist() == pytest.approx(np.arange(0.2, 0.605, 0.01))
    assert set(tables["decision"]["model"]) == {"good", "bad", "all", "none"}
    assert set(tables["calibration_curve"]["kind"]) == {"smooth", "group"}
    assert not {"single", "nobody"} & set(tables["roc"]["set"])


def test_operating_points(tables, predictions):
    table = tables["operating_points"]
    assert list(table.columns) == POINT_COLUMNS
    own = predictions[(predictions["set"] == "test") & (predictions["model"] == "good")]
    strata = own["center"] + "/" + own["outcome"].astype(str)
    expected = operating_points(own["outcome"], own["probability"], strata=strata, resamples=100, seed=1)
    found = table[(table["set"] == "test") & (table["model"] == "good")].reset_index(drop=True)
    assert list(zip(found["fixed"], found["target"], strict=True)) == [(one.fixed, one.target) for one in expected]
    for row, point in zip(found.itertuples(), expected, strict=True):
        assert (row.value, row.value_low, row.value_high) == (point.other.value, point.other.low, point.other.high)
        assert (row.ppv, row.npv_high) == (point.ppv.value, point.npv.high)
    assert found["other"].tolist() == ["specificity"] * 3 + ["sensitivity"] * 3
    assert (found["prevalence"] == 1 / 3).all()
    assert found[["stated_prevalence", "stated_ppv", "stated_npv_low"]].isna().all(axis=None)


def test_operating_points_have_a_value_or_a_reason(tables):
    for row in tables["operating_points"].itertuples():
        assert bool(row.reason) == np.isnan(row.value_low), row
    nobody = tables["operating_points"].query("set == 'nobody'")
    assert nobody["reason"].tolist() == ["all: no_patients"] * 2
    single = tables["operating_points"].query("set == 'single'")
    assert set(single["reason"]) == {"value: one_class; ppv: one_class; npv: one_class"}


@pytest.mark.slow
def test_predictive_values_at_a_stated_prevalence(predictions):
    settings = SETTINGS.model_copy(update={"prevalence": 0.1})
    table = evaluate_predictions(predictions, ["test", "single"], THRESHOLDS, settings, 1)["operating_points"]
    row = table[table["fixed"] == "sensitivity"].iloc[0]
    share = 0.8 * 0.1 / (0.8 * 0.1 + (1 - row["value"]) * 0.9)
    assert (row["stated_prevalence"], row["stated_ppv"]) == pytest.approx((0.1, share))
    assert row["stated_ppv_low"] < row["stated_ppv"] < row["ppv"]
    assert table.query("set == 'single'")["reason"].str.contains("stated_npv: one_class").all()


@pytest.mark.slow
def test_a_stated_risk_is_judged_and_was_not_chosen_here(predictions):
    settings = Validation(bootstrap=100, decision=(0.2, 0.6), threshold={"risk": 0.625})
    own = predictions[predictions["set"] == "test"].assign(set="train")
    found = evaluate_predictions(own, ["train"], {"good": 0.625, "bad": 0.625}, settings, 1)
    assert found["performance"]["caution"].tolist() == ["ici: few_events"] * 2
    chosen = evaluate_predictions(own, ["train"], THRESHOLDS, SETTINGS, 1)
    assert chosen["performance"]["caution"].str.contains("threshold_chosen_here").all()
    at = found["decision"].query("model == 'good' and threshold == 0.625").iloc[0]
    good = own[own["model"] == "good"]
    called = good["probability"] >= 0.625
    hits, alarms = (called & (good["outcome"] == 1)).sum(), (called & (good["outcome"] == 0)).sum()
    assert at["net_benefit"] == pytest.approx((hits - alarms * 5 / 3) / 60)
    assert at["low"] <= at["net_benefit"] <= at["high"]
    assert set(chosen["decision"]["threshold"]) == set(found["decision"]["threshold"]) - {0.625}


def test_thresholds_of_patients_take_the_place_of_the_models(predictions):
    own = predictions[predictions["set"] == "test"].reset_index(drop=True)
    each = np.where(own["subject"] < "test30", 0.3, 0.7)
    found = evaluate_predictions(
        own.assign(set="repeated_cv", threshold=each), ["repeated_cv"], dict.fromkeys(THRESHOLDS), SETTINGS, 1
    )
    good = own[own["model"] == "good"]
    called = good["probability"] >= each[good.index]
    first = found["performance"].iloc[0]
    assert first["sensitivity"] == called[good["outcome"] == 1].mean()
    assert first["ppv"] == good["outcome"][called].mean()
    assert first["threshold"] == pytest.approx(0.5)
    assert first["caution"] == "ici: few_events; threshold: threshold_varies"
    assert found["pairwise"].empty


@pytest.mark.slow
def test_without_a_threshold_nobody_is_called(predictions):
    own = predictions[predictions["set"] == "test"]
    found = evaluate_predictions(own, ["test"], {"good": np.nan, "bad": None}, SETTINGS, 1)["performance"]
    assert found[["sensitivity", "accuracy", "f1"]].isna().all(axis=None)
    for reason in found["reason"]:
        assert "sensitivity: no_threshold" in reason
    assert found["auc"].notna().all()


@pytest.mark.slow
def test_same_seed_same_bytes(predictions):
    def text():
        found = evaluate_predictions(predictions, ["test"], THRESHOLDS, SETTINGS, 3)
        return "".join(table.to_csv() for table in found.values())

    assert text() == text()


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda t: pd.concat([t, t.head(1)]), "subject 'test00' is there twice"),
        (
            lambda t: t.drop(index=t.index[(t["set"] == "test") & (t["model"] == "bad")][0]),
            "'bad' are of other patients",
        ),
        (
            lambda t: t.assign(model=t["model"].replace("bad", "worse")),
            "model 'worse' has predictions but no threshold",
        ),
    ],
)
def test_wrong_tables(predictions, spoil, message):
    with pytest.raises(ValueError, match=message):
        evaluate_predictions(spoil(predictions), ["test"], THRESHOLDS, SETTINGS, 1)


@pytest.mark.slow
def test_from_fit_to_tables():
    people, tables = cohort({"A": 60, "B": 40, "Z": 30}, 6, signal=2.0)
    development = people[people["center"] != "Z"]
    splits = split(development, hold_out=0.25, folds=2)
    patients = join_patients(development, tables[:2])
    fits = {
        name: fit_model(recipe(name, scores=scores), patients, splits)
        for name, scores in (("clinical", ()), ("combined", ("T1", "T2")))
    }
    bundles = [fit.bundle for fit in fits.values()]
    predictions = pd.concat(
        [
            training_predictions({name: fit.oof_predictions for name, fit in fits.items()}),
            predict(bundles, patients.take(subjects_of(splits, "test")), "test"),
            predict(bundles, join_patients(people, tables[2:]), "external"),
        ]
    )
    found = evaluate_predictions(
        predictions,
        ["train", "test", "external"],
        {bundle.model.name: bundle.threshold for bundle in bundles},
        SETTINGS,
        0,
    )
    performance = found["performance"].set_index(["set", "model"])
    assert performance["n"].tolist() == [75, 75, 25, 25, 30, 30]
    by_model = performance["auc"].unstack()
    assert (by_model["combined"] > by_model["clinical"]).all()
    assert "threshold: threshold_chosen_here" in performance.loc[("train", "clinical"), "caution"]
    assert set(found["pairwise"]["set"]) == {"test", "external"}
