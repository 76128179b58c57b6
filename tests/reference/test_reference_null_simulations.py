"""Null simulations: nothing is there to be found, and only a leak finds it.

What leaks give was measured in simulations of the same form before this package was written (in brackets); where they
were published: Demircioglu, Insights Imaging 2021;12:172 (selection before cross-validation). The tolerances are three
standard errors of the mean over the seeds, where the AUC of 40 against 40 patients has a standard error of 0.065.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from helpers.tables import cohort, recipe, split
from osteon.config.modelling import Validation
from osteon.config.selection import KBest
from osteon.modelling.crossfit import ModelFit, fit_model
from osteon.modelling.leakage import Ledger
from osteon.modelling.patients import join_patients
from osteon.modelling.selection.chain import fit_chain
from osteon.modelling.splits import FINAL, make_splits
from osteon.modelling.task import BINARY
from osteon.statistics.auc import auc, auc_within
from osteon.statistics.thresholds import youden

pytestmark = pytest.mark.slow
SEEDS = range(4)
STANDARD_ERROR = 0.065


def found(fit: ModelFit) -> tuple[float, float]:
    """AUC of all patients, and within centers, of predictions of patients that were not seen."""
    table = fit.oof_predictions
    pooled = auc(table["outcome"], table["probability"])
    return pooled.value, auc_within(table["outcome"], table["probability"], table["center"]).value


def near_half(values: list[float], standard_error: float = STANDARD_ERROR) -> bool:
    return abs(np.mean(values) - 0.5) < 3 * standard_error / np.sqrt(len(values))


def test_features_chosen_before_the_folds():
    """80 patients, 1158 features of noise, the ten best taken: on all rows (.91), or in the folds (.53).

    New patients are predicted at chance. Out of fold it may be a little less, because what is by chance high in the
    training folds is by chance low in the one that is held back; it is never more.
    """
    plan = recipe(
        clinical=(),
        scores=(),
        columns=["T1_*"],
        classifier=["logistic_l2"],
        method="none",
        chains={"best": [KBest(k=10)]},
    )
    honest, leaky, new = [], [], []
    for seed in SEEDS:
        people, tables = cohort({"A": 40, "B": 40, "X": 200}, 1158, signal=0, shift=0, seed=seed, sequences=("T1",))
        everybody, own = join_patients(people, tables), people[people["center"] != "X"]
        splits, patients = split(own, None, 5), everybody.take(own["subject"])
        fit = fit_model(plan, patients, splits)
        honest.append(found(fit)[0])
        outside = everybody.take(people.loc[people["center"] == "X", "subject"])
        new.append(auc(outside.outcome, fit.bundle.model.predict(outside)["probability"]).value)
        record = Ledger(splits).recorder(FINAL)
        best = fit_chain(plan.chains["best"], patients.features, patients.outcome, BINARY, 0, record).columns
        chosen = replace(patients, features=patients.features[best])
        leaky.append(found(fit_model(plan, chosen, splits))[0])
    assert near_half(new, 0.041)
    assert 0.35 < np.mean(honest) < 0.5 + 3 * STANDARD_ERROR / np.sqrt(len(honest))
    assert min(leaky) > 0.8
    assert np.mean(leaky) == pytest.approx(0.91, abs=0.05)


def test_three_vertebrae_of_each_patient():
    """Rows of a patient resemble each other: divided row by row (.95), or patient by patient (.43)."""
    plan = recipe(
        clinical=(),
        scores=(),
        columns=["T1_*"],
        classifier=["logistic_l2"],
        method="none",
        chains={"best": [KBest(k=50)]},
    )
    found_by = {"subject": [], "person": []}
    for seed in SEEDS:
        random = np.random.default_rng(seed)
        values = np.repeat(random.normal(size=(60, 100)), 3, axis=0) + 0.3 * random.normal(size=(180, 100))
        rows = [(f"P{patient:02d}L{level}", f"P{patient:02d}") for patient in range(60) for level in range(3)]
        people = pd.DataFrame(rows, columns=["subject", "person"]).assign(center="A")
        people["outcome"] = np.repeat(random.permutation(np.arange(60) % 2), 3)
        table = people[["subject", "center"]].join(pd.DataFrame(values).add_prefix("T1_"))
        patients = join_patients(people.drop(columns="person"), [table])
        for unit, areas in found_by.items():
            told = people.assign(person=people[unit])
            splits = make_splits(told, Validation(hold_out=None, folds=5), BINARY, seed)
            areas.append(found(fit_model(plan, patients, splits))[0])
    assert min(found_by["subject"]) > 0.85
    assert np.mean(found_by["subject"]) == pytest.approx(0.95, abs=0.05)
    # 30 against 30 patients
    assert near_half(found_by["person"], 0.075)


def test_centers_of_different_prevalence():
    """Prevalence .2, .5, .8: raw features tell the center (.73, within centers .47), harmonised ones do not (.50)."""
    areas = {"none": [], "combat": []}
    for seed in SEEDS:
        random = np.random.default_rng(seed)
        people, tables = cohort({"A": 80, "B": 80, "C": 80}, 20, signal=0, shift=1, seed=seed, sequences=("T1",))
        people["outcome"] = (random.random(240) < people["center"].map({"A": 0.2, "B": 0.5, "C": 0.8})).astype(int)
        splits, patients = split(people, None, 5), join_patients(people, tables)
        for method, values in areas.items():
            values.append(found(fit_model(recipe(clinical=(), scores=("T1",), method=method), patients, splits)))
    pooled, within = zip(*areas["none"], strict=True)
    assert min(pooled) > 0.65
    assert np.mean(pooled) == pytest.approx(0.733, abs=0.06)
    assert near_half(list(within), 0.05)
    for values in zip(*areas["combat"], strict=True):
        assert near_half(list(values), 0.05)


def test_threshold_chosen_on_the_patients_that_it_is_judged_on():
    """30 against 30 test patients: their own best Youden index (.41), or that of the training's threshold (.30)."""
    random = np.random.default_rng(1)

    def sample(patients):
        outcome = np.arange(2 * patients) % 2
        return outcome, 1 / (1 + np.exp(-random.normal(0.85 * outcome)))

    own, frozen = [], []
    for _ in range(400):
        training, (outcome, probability) = sample(60), sample(30)
        for kept, known in ((own, (outcome, probability)), (frozen, training)):
            positive = probability >= youden(*known).value
            kept.append(positive[outcome == 1].mean() - positive[outcome == 0].mean())
    assert np.mean(own) == pytest.approx(0.409, abs=0.03)
    assert np.mean(frozen) == pytest.approx(0.295, abs=0.03)
