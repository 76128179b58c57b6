"""Pipelines that a careless developer might write: each stops the study before it has written one number of it."""

from __future__ import annotations

import re
import shutil
from contextlib import ExitStack

import pytest

from helpers.table_study import FEATURES, STUDY, TableStudy

SPLITS = "results/tables/06_models/splits.tsv"
MODELLING = "workflow/lib/osteon/modelling"
WHOLE = f'pd.read_csv("{FEATURES}", index_col="subject")'
DEVELOPMENT = f"{WHOLE}.query(\"center != 'X'\")"
HARMONISER = 'fit_harmoniser({0}[usable], {0}[["center"]], {0}, harmonisation, record)'
SCALER = "scaler = fit_scaler(harmonised, record)"
COMBAT = "fit_harmoniser(complete[usable], patients.batches, patients.clinical, harmonisation, record)"
FITS = "    fitted = fit_scopes(recipe, train, splits, scopes, ledger, variants=variants, cores=cores)\n"
CHOSEN = """\
        threshold = _threshold(predictions, recipe)
        ledger.recorder(FINAL).saw("threshold", predictions.set_index("subject"))
"""
PERSONS = 'people["person"] = persons.loc[people["subject"]].to_numpy()'
ONLY = "but only the 60 training patients of final were allowed"

LEAKS = {
    "scaler of the whole table": (
        [(f"{MODELLING}/blocks.py", SCALER, f"scaler = fit_scaler({DEVELOPMENT}[kept], record)")],
        "'signature T1/scaler' of final was fitted on all development patients, " + ONLY,
    ),
    "scaling before anything else": (
        [
            (
                "workflow/scripts/fit_model.py",
                "fitted = fit_model(",
                "from osteon.modelling.leakage import Ledger\n"
                "from osteon.modelling.preprocessing import fit_scaler\n\n"
                "early = Ledger(read_table(inputs.splits))\n"
                'scaler = fit_scaler(patients.features, early.recorder("final"))\n'
                "patients = replace(patients, features=scaler.transform(patients.features))\n"
                "fitted = fit_model(",
            ),
            ("workflow/scripts/fit_model.py", '"fits": fitted.fits,', '"fits": fitted.fits._append(early.table()),'),
        ],
        "'scaler' of final was fitted on all development patients, " + ONLY,
    ),
    "ComBat of the whole table": (
        [(f"{MODELLING}/blocks.py", COMBAT, HARMONISER.format(WHOLE))],
        "'signature T1/combat' of final was fitted on 93 other patients, " + ONLY,
    ),
    "selection before the split": (
        [
            (
                f"{MODELLING}/crossfit.py",
                FITS,
                "    from dataclasses import replace\n"
                "    from osteon.config.selection import KBest\n"
                "    from osteon.modelling.selection.chain import fit_chain\n"
                "    task, record = recipe.task, ledger.recorder(FINAL)\n"
                "    best = fit_chain([KBest(k=3)], patients.features, patients.outcome, task, recipe.seed, record)\n"
                "    train = replace(train, features=train.features[best.columns])\n" + FITS,
            )
        ],
        "'k_best' of final was fitted on all development patients, " + ONLY,
    ),
    "threshold from the test": (
        [
            (
                f"{MODELLING}/crossfit.py",
                CHOSEN,
                "        from osteon.modelling.splits import subjects_of\n"
                "        tested = predictions_of(final.model.model, patients.take(subjects_of(splits, 'test')))\n"
                + CHOSEN.replace("predictions", "tested"),
            )
        ],
        "'threshold' of final was fitted on the test patients, " + ONLY,
    ),
    "rows split as if they were persons": (
        [("workflow/scripts/make_splits.py", PERSONS, 'people["person"] = people["subject"]')],
        "subject 'A0000' is person 'A0000' in the splits, but '[0-9a-f]{16}' in the table of persons",
    ),
}
"""By name: the changes of the code, and what the run must say."""


@pytest.fixture(scope="module")
def study(root, tmp_path_factory) -> TableStudy:
    """Two hospitals of 39 and 36 rows, three of each person, and an external one."""
    validation = STUDY["validation"] | {"person": "person"}
    sizes = {"A": 39, "B": 36, "X": 18}
    variables = STUDY["variables"] | {"fracture": {"type": "binary", "positive": "yes"}}
    sections = {"validation": validation, "variables": variables}
    study = TableStudy(root, tmp_path_factory.mktemp("leaks"), sizes, features=6, **sections)
    study.run(SPLITS, "results/tables/01_cohort/same_person.tsv")
    return study


def refused(study: TableStudy) -> str:
    """What a run says that must fail and leave no number."""
    folder = study.results / "07_validation"
    shutil.rmtree(folder, ignore_errors=True)
    done = study.snakemake("validation")
    assert done.returncode != 0, done.stdout[-3000:]
    assert not [path for path in folder.rglob("*") if path.is_file()]
    return done.stdout


def split_anew(study: TableStudy, name: str) -> None:
    """Forget the splits where the leak is in them."""
    if "make_splits" in str(LEAKS[name]):
        shutil.rmtree(study.results / "kept")
        (study.project.folder / SPLITS).unlink()


@pytest.mark.slow
@pytest.mark.parametrize("name", LEAKS)
def test_leaky_pipeline_fails_the_run(study, name):
    edits, message = LEAKS[name]
    split_anew(study, name)
    with ExitStack() as stack:
        for edit in edits:
            stack.enter_context(study.project.edit(*edit))
        said = refused(study)
    split_anew(study, name)
    assert re.search(message, said), said[-3000:]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("covariate", "message"),
    [
        ("fracture", "harmonisation.covariates"),
        ("near", "harmonisation.covariates: 'near' follows the outcome"),
    ],
)
def test_outcome_as_covariate_fails_the_run(study, covariate, message):
    """The outcome itself before anything is run, what follows it when the patients are known."""
    study.write(study.study | {"harmonisation": {"minimum": 5, "covariates": [covariate]}})
    said = refused(study)
    study.write(study.study)
    assert re.search(message, said), said[-3000:]
    assert ("Fitting model" in said) == (covariate == "near")


@pytest.mark.slow
def test_edited_splits_fail_the_run(study):
    """One row of a training person goes to the test."""
    study.run(SPLITS)
    path = study.project.folder / SPLITS
    text = path.read_text(encoding="utf-8")
    line = next(line for line in text.splitlines() if "\ttrain\t" in line)
    path.write_text(text.replace(line, re.sub(r"train\t\d+", "test\t", line)), encoding="utf-8")
    said = refused(study)
    path.unlink()
    person = line.split("\t")[2]
    assert f"person '{person}' is among the training patients and among the test patients" in said


@pytest.mark.slow
def test_honest_pipeline_passes(study):
    """The same study as it is; no person is on both sides of a line."""
    study.run("validation")
    splits = study.read("06_models/splits.tsv")
    assert splits.groupby("person").size().eq(3).all()
    assert splits.groupby("person")[["set", "fold"]].nunique(dropna=False).eq(1).all(axis=None)
    assert set(study.read("07_validation/leakage_audit.tsv")["verdict"]) == {"clean"}
    assert study.read("07_validation/internal/performance.tsv")["n"].sum() == 75
