"""Repeated cross-validation, left-out centers, shuffled outcomes, adaptation to a new center."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from helpers.tables import cohort, recipe, split
from osteon.modelling.adaptation import adapted, unlabelled
from osteon.modelling.crossfit import fit_model
from osteon.modelling.leakage import Ledger, audit
from osteon.modelling.null_run import FoundInNoise, null_run, require_nothing, summarise_null
from osteon.modelling.patients import join_patients
from osteon.modelling.resampled import resampled_predictions, score_of_repeats
from osteon.modelling.splits import subjects_of
from osteon.modelling.task import BINARY
from osteon.statistics.auc import auc


@pytest.fixture(scope="module")
def study():
    people, tables = cohort({"A": 60, "B": 50, "C": 50}, 6, signal=1.5)
    return people, tables, split(people, folds=3, repeats=2)


@pytest.fixture(scope="module")
def fit(study):
    people, tables, splits = study
    return fit_model(recipe(folds=3), join_patients(people, tables), splits, leave_one_center_out=True)


@pytest.mark.slow
def test_every_training_patient_is_predicted_in_every_repeat_and_without_its_center(fit, study):
    _, _, splits = study
    train = subjects_of(splits, "train")
    scopes = fit.resampled.groupby("scope")["subject"].apply(sorted)
    assert set(scopes.index) == {f"repeat {r} fold {k}" for r in (1, 2) for k in range(3)} | {
        f"without {center}" for center in "ABC"
    }
    for repeat in (1, 2):
        held = fit.resampled.loc[fit.resampled["scope"].str.startswith(f"repeat {repeat} "), "subject"]
        assert sorted(held) == train
    for center in "ABC":
        assert scopes[f"without {center}"] == sorted(splits.query("set == 'train' and center == @center")["subject"])
    assert set(fit.resampled["subject"]) == set(train)


def test_thresholds_of_resampling_are_chosen_without_the_held_patients(fit):
    assert fit.resampled["threshold"].notna().all()
    assert fit.resampled.groupby("scope")["threshold"].nunique().eq(1).all()
    assert fit.resampled["threshold"].nunique() > 3
    thresholds = fit.fits[fit.fits["object"] == "threshold"]
    assert set(thresholds["scope"]) == {"final", *fit.resampled["scope"]}


def test_selection_counts_all_other_fits(fit):
    assert fit.selection["resamples"].eq(3 + 6 + 3).all()
    planted = fit.selection.set_index("feature").loc["T1_L1L3_f0"]
    assert planted["selected"] >= 11
    assert fit.stability["signature"].tolist() == ["T1", "T2"]
    assert fit.stability["stability"].between(-1, 1).all()


def test_sets_of_resampling(fit):
    tables = {"combined": fit.resampled}
    predictions = resampled_predictions(tables, BINARY)
    assert predictions["set"].unique().tolist() == ["repeated_cv", "without A", "without B", "without C"]
    repeated = predictions[predictions["set"] == "repeated_cv"]
    assert repeated["subject"].is_unique
    subject = repeated["subject"].iloc[0]
    own = fit.resampled[fit.resampled["subject"].eq(subject) & fit.resampled["scope"].str.startswith("repeat")]
    assert repeated["probability"].iloc[0] == pytest.approx(own["probability"].mean())
    scores = score_of_repeats(tables, BINARY)
    assert scores[["repeat", "n"]].to_numpy().tolist() == [[1, len(repeated)], [2, len(repeated)]]
    assert scores["score"].between(0.6, 1).all()


@pytest.mark.slow
def test_shuffled_outcomes_give_nothing():
    people, tables = cohort({"A": 50, "B": 50}, 30, signal=1.5)
    splits = split(people, folds=3)
    patients = join_patients(people, tables)
    settings = recipe(clinical=(), folds=3)
    fit = fit_model(settings, patients, splits)
    scores = null_run(settings, patients, splits, 12, 0)
    real = auc(fit.oof_predictions["outcome"], fit.oof_predictions["probability"]).value
    summary = summarise_null(scores, {"combined": real}, BINARY)
    assert summary["covers"].item() == "yes"
    assert summary["low"].item() < 0.5 < summary["high"].item()
    assert real > summary["high"].item()
    assert summary["p"].item() == pytest.approx(1 / 13)
    require_nothing(summary)
    assert null_run(settings, patients, splits, 4, 0, cores=2)["score"].tolist() == scores["score"].tolist()[:4]


def test_a_column_that_finds_its_way_round_the_shuffle_stops_the_study():
    scores = pd.DataFrame({"model": "leaky", "repeat": range(1, 11), "score": np.linspace(0.7, 0.8, 10)})
    summary = summarise_null(scores, {"leaky": 0.95}, BINARY)
    with pytest.raises(FoundInNoise, match=r"model 'leaky' scores 0\.699 to 0\.801"):
        require_nothing(summary)


@pytest.mark.slow
def test_a_new_center_is_adapted_from_features_alone(study):
    people, tables, splits = study
    inside = people["center"].isin(["A", "B"])
    splits = split(people[inside], folds=3)
    patients = join_patients(people, tables)
    bundle = fit_model(recipe(clinical=()), patients.take(people.loc[inside, "subject"]), splits).bundle
    new = patients.take(people.loc[~inside, "subject"])
    declared = list(new.subjects[:30])
    batches = people[["subject", "center"]]
    ledger = Ledger(splits, {"C": declared})
    members = unlabelled(tables[2], batches, declared)
    assert members.outcome.eq(0).all()
    changed = adapted(bundle, members, "C", 10, ledger.recorder("adapt C"))
    rest = new.take(new.subjects[30:])
    raw, harmonised = (
        bundle.model.blocks[0].harmonised(rest),
        changed.model.blocks[0].harmonised(rest),
    )
    # features of hospital C are shifted; adapted they lie where those of the training patients lie
    scaler = bundle.model.blocks[0].scaler
    assert ((raw - scaler.mean) / scaler.sd).mean().abs().max() > 0.9
    assert ((harmonised - scaler.mean) / scaler.sd).mean().abs().max() < 0.5
    known = patients.take(people.loc[inside, "subject"])
    assert changed.model.predict(known).equals(bundle.model.predict(known))
    assert changed.threshold == bundle.threshold
    assert audit(ledger.table(), splits, adaptation={"C": declared})["verdict"].eq("clean").all()
    evaluated = audit(ledger.table(), splits, adaptation={"C": declared[:10]})
    assert evaluated["verdict"].eq("leak").all()
    with pytest.raises(ValueError, match="5 patients for adaptation have features, fewer than"):
        adapted(bundle, unlabelled(tables[2], batches, declared[:5]), "C", 10, ledger.recorder("adapt C"))


def test_each_new_batch_needs_patients_to_adapt_to(study):
    people, tables, _ = study
    inside = people["center"].isin(["A", "B"])
    splits = split(people[inside], folds=3)
    field = pd.Series(np.where(np.arange(len(people)) % 2, "1.5", "3"), index=people.index)
    field[~inside] = np.where(np.arange((~inside).sum()) < 2, "0.5", "7")
    batches = people[["subject", "center"]].assign(field=field)
    settings = recipe(clinical=(), scores=("T1",))
    settings = replace(settings, harmonisation=settings.harmonisation.model_copy(update={"batch": ["field"]}))
    patients = join_patients(people, tables, batches=batches)
    bundle = fit_model(settings, patients.take(people.loc[inside, "subject"]), splits).bundle
    declared = list(people.loc[~inside, "subject"][:30])
    record = Ledger(splits, {"C": declared}).recorder("adapt C")
    with pytest.raises(ValueError, match=r"center 'C', field '0\.5': 2 patients for adaptation"):
        adapted(bundle, unlabelled(tables[2], batches, declared), "C", 10, record)
    enough = adapted(bundle, unlabelled(tables[2], batches, declared[2:]), "C", 10, record)
    assert "7" in enough.model.blocks[0].harmoniser.combat.steps["field"].state.batches
