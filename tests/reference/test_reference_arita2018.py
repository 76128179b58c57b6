"""A real table of four hospitals: two for development, two that the model never sees."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest

from helpers.tables import recipe, split
from osteon.config.modelling import Validation
from osteon.modelling.crossfit import fit_model
from osteon.modelling.evaluate import evaluate_predictions, predict
from osteon.modelling.leakage import audit
from osteon.modelling.patients import join_patients
from osteon.modelling.splits import subjects_of


@pytest.fixture(scope="module")
def hospitals(shared):
    return pd.read_csv(shared / "reference/arita2018/features.csv.gz", dtype={"subject": str})


def joined(table, *centers):
    people = table[["subject", "center"]].assign(outcome=table["idh_mutant"])
    chosen = people["center"].isin(centers)
    return people[chosen], join_patients(people[chosen], [table[chosen].drop(columns="idh_mutant")])


@pytest.mark.slow
def test_from_two_hospitals_to_two_others(hospitals):
    people, development = joined(hospitals, "NCC", "KNBTG")
    assert people.groupby("center")["outcome"].agg(["size", "sum"]).to_numpy().sum() == 134 + people["outcome"].sum()
    splits = split(people, 0.2, 3, seed=2026)
    plan = replace(recipe("radiomics", clinical=(), scores=("all",), seed=2026), signatures={"all": ["*"]})
    fit = fit_model(plan, development, splits)
    outside = joined(hospitals, "OU", "OTR")[1]
    assert (audit(fit.fits, splits, external=outside.subjects)["verdict"] == "clean").all()
    predictions = pd.concat(
        [
            predict([fit.bundle], development.take(subjects_of(splits, "test")), "test"),
            *(predict([fit.bundle], joined(hospitals, name)[1], name) for name in ("OU", "OTR")),
        ]
    )
    found = evaluate_predictions(
        predictions, ["test", "OU", "OTR"], {"radiomics": fit.bundle.threshold}, Validation(bootstrap=100), 0
    )["performance"].set_index("set")
    assert found["n"].to_dict() == {"test": 27, "OU": 24, "OTR": 10}
    assert (found["auc"] > 0.6).all()
    assert (found["auc_low"] < found["auc"]).all()
