"""Pipelines that leak, each in one way, and what the audit must say of it.

The pipelines fit nothing: they hand each object the patients that such a pipeline would give it, through the same
recorder as the real ones. `write` puts what they leave behind where the rule audit_leakage reads it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from osteon.config.modelling import Validation
from osteon.modelling.leakage import Ledger, audit
from osteon.modelling.splits import TEST, TRAIN, Scope, inner_scopes, make_splits, outer_scopes, subjects_of
from osteon.modelling.task import Task
from osteon.tables.files import write_table

STEPS = ("imputer", "combat", "scaler", "selector", "model")


@dataclass(frozen=True)
class Study:
    """Who is studied: three development centers, and X, of which some patients are declared for adaptation."""

    splits: pd.DataFrame
    persons: pd.DataFrame
    external: list[str]
    adaptation: Mapping[str, list[str]]

    @property
    def development(self) -> list[str]:
        return sorted(self.splits["subject"])


@dataclass(frozen=True)
class Evidence:
    """What a run leaves behind for the audit."""

    study: Study
    fits: pd.DataFrame

    def audited(self) -> pd.DataFrame:
        study = self.study
        return audit(
            self.fits, study.splits, persons=study.persons, external=study.external, adaptation=study.adaptation
        )

    def write(self, results: Path, model: str) -> None:
        """The tables that the rule audit_leakage reads."""
        write_table(self.fits, results / f"06_models/{model}/fits.tsv")
        write_table(self.study.splits, results / "06_models/splits.tsv")
        write_table(self.study.persons, results / "01_cohort/persons.tsv")


@dataclass(frozen=True)
class Fitted:
    """One object that is being fitted."""

    step: str
    scope: Scope
    outer: Scope
    """The scope itself, or the one that it lies in."""


Rows = Callable[[Fitted, Study], list[str]]
"""The patients that a leaky pipeline gives to an object instead; nothing where it is honest."""


def study(rows_each: int = 1) -> Study:
    """30 persons in each of three centers, with as many rows each, and 12 patients of an external center."""
    rows = [
        (f"{center}{number:02d}" + (f"L{row}" if rows_each > 1 else ""), center, number % 2, f"{center}/{number:02d}")
        for center in "ABC"
        for number in range(30)
        for row in range(rows_each)
    ]
    people = pd.DataFrame(rows, columns=["subject", "center", "outcome", "person"])
    external = [f"X{number:02d}" for number in range(12)]
    away = pd.DataFrame({"subject": external, "center": "X", "person": [f"X/{subject}" for subject in external]})
    validation = Validation(hold_out=0.2, folds=3, repeats=1, leave_one_center_out=True)
    return Study(
        make_splits(people, validation, Task(), 0),
        pd.concat([people[["subject", "center", "person"]], away], ignore_index=True),
        external,
        {"X": external[:4]},
    )


def run(study: Study, leak: Rows = lambda fitted, study: []) -> Evidence:
    """Fit everything that a model has, in every scope, and once more within each for its tuning."""
    ledger = Ledger(study.splits, study.adaptation)

    def fit(step: str, scope: Scope, outer: Scope) -> None:
        rows = leak(Fitted(step, scope, outer), study) or scope.train
        ledger.recorder(scope.name).saw(step, pd.DataFrame(index=rows))

    for outer in outer_scopes(study.splits, leave_one_center_out=True):
        for step in (*STEPS, "calibrator", "threshold"):
            fit(step, outer, outer)
        for inner in inner_scopes(study.splits, outer):
            for step in (*STEPS, "model"):  # the model with two settings
                fit(step, inner, outer)
    adapted = Scope("adapt X", list(study.adaptation["X"]), [])
    fit("combat", adapted, adapted)
    return Evidence(study, ledger.table())


def _whole_table(step: str) -> Rows:
    return lambda fitted, study: study.development if fitted.step == step else []


def _threshold_from_test(fitted: Fitted, study: Study) -> list[str]:
    return subjects_of(study.splits, TEST) if fitted.step == "threshold" else []


def _selected_before_the_folds(fitted: Fitted, study: Study) -> list[str]:
    return subjects_of(study.splits, TRAIN) if fitted.step == "selector" else []


def _calibrated_on_the_held_fold(fitted: Fitted, study: Study) -> list[str]:
    return fitted.scope.held if fitted.step == "calibrator" else []


def _tuned_on_the_held_fold(fitted: Fitted, study: Study) -> list[str]:
    inside = fitted.step == "model" and fitted.scope is not fitted.outer and fitted.outer.name.startswith("fold")
    return [*fitted.scope.train, *fitted.outer.held] if inside else []


def _left_out_center_harmonised(fitted: Fitted, study: Study) -> list[str]:
    left_out = fitted.step == "combat" and fitted.scope.name.startswith("without")
    return [*fitted.scope.train, *fitted.scope.held] if left_out else []


def _external_harmonised(fitted: Fitted, study: Study) -> list[str]:
    return study.development + study.external if fitted.step == "combat" else []


def _adapted_on_everybody(fitted: Fitted, study: Study) -> list[str]:
    return study.external if fitted.scope.name.startswith("adapt") else []


def _rows_split_apart() -> Evidence:
    """Each row is split as if it were a person, and the splits admit it."""
    apart = study(rows_each=3)
    rows = apart.splits.assign(person=apart.splits["subject"], outcome=apart.splits["subject"].str[2].astype(int) % 2)
    alone = make_splits(rows, Validation(folds=3, repeats=1, leave_one_center_out=True), Task(), 0)
    return run(replace(apart, splits=alone.assign(person=apart.splits["person"])))


def _rows_called_persons() -> Evidence:
    """The same, and the splits call each row a person."""
    apart = _rows_split_apart().study
    return run(replace(apart, splits=apart.splits.assign(person=apart.splits["subject"])))


def _row_in_another_fold() -> Evidence:
    """One row of a person is in another fold of the repeat than the person's other rows."""
    apart = study(rows_each=3)
    splits = apart.splits.copy()
    first = splits.index[splits["repeat_1"] == 0][0]
    splits.loc[first, "repeat_1"] = 1
    return run(replace(apart, splits=splits))


def _edited(change: Callable[[pd.DataFrame], None]) -> Evidence:
    """The splits are edited after the models were fitted."""
    evidence = run(study())
    splits = evidence.study.splits.copy()
    change(splits)
    return replace(evidence, study=replace(evidence.study, splits=splits))


def _first_to_test(splits: pd.DataFrame) -> None:
    first = splits.index[splits["set"] == TRAIN][0]
    splits.loc[first, "set"] = TEST
    splits.loc[first, ["fold", "repeat_1"]] = pd.NA


def _first_to_training(splits: pd.DataFrame) -> None:
    first = splits.index[splits["set"] == TEST][0]
    splits.loc[first, ["set", "fold", "repeat_1"]] = [TRAIN, 0, 0]


def _two_change_folds(splits: pd.DataFrame) -> None:
    one, other = (splits.index[splits["fold"] == fold][0] for fold in (0, 1))
    splits.loc[[one, other], "fold"] = splits.loc[[other, one], "fold"].to_numpy()


def _with_persons(**person_of: str) -> Evidence:
    """Some external patients are persons who are there already."""
    evidence = run(study())
    persons = evidence.study.persons.copy()
    for subject, person in person_of.items():
        persons.loc[persons["subject"] == subject, "person"] = person
    return replace(evidence, study=replace(evidence.study, persons=persons))


def _external_in_the_splits() -> Evidence:
    evidence = run(study())
    return replace(evidence, study=replace(evidence.study, external=[*evidence.study.external, "A03"]))


def _pipeline(leak: Rows) -> Callable[[], Evidence]:
    return lambda: run(study(), leak)


LEAKS: dict[str, tuple[Callable[[], Evidence], str]] = {
    "imputer of the whole table": (
        _pipeline(_whole_table("imputer")),
        "'imputer' of final .* all development patients",
    ),
    "scaler of the whole table": (_pipeline(_whole_table("scaler")), "'scaler' of final .* all development patients"),
    "ComBat of the whole table": (_pipeline(_whole_table("combat")), "'combat' of final .* all development patients"),
    "selection before the split": (_pipeline(_whole_table("selector")), "'selector' of final .* all development"),
    "selection before the folds": (
        _pipeline(_selected_before_the_folds),
        "'selector' of final / fold 0 .* all training",
    ),
    "threshold from test patients": (_pipeline(_threshold_from_test), "'threshold' of final .* the test patients"),
    "calibrator of the held fold": (_pipeline(_calibrated_on_the_held_fold), "'calibrator' of fold 0 .* only the"),
    "tuning on the held fold": (_pipeline(_tuned_on_the_held_fold), "'model' of fold 0 / fold 1 .* only the"),
    "ComBat with the left-out center": (
        _pipeline(_left_out_center_harmonised),
        "'combat' of without A .* all training",
    ),
    "ComBat with external patients": (_pipeline(_external_harmonised), "'combat' of final .* external ones included"),
    "adaptation on everybody": (_pipeline(_adapted_on_everybody), "'combat' of adapt X .* only the 4 declared"),
    "rows of a person on both sides": (_rows_split_apart, "person 'A/00' is among the training .* test patients"),
    "rows of a person in two folds": (_row_in_another_fold, r"person 'A/\d+' is in several folds \(column repeat_1"),
    "rows called persons": (_rows_called_persons, "'A00L0' is person 'A00L0' in the splits, but 'A/00' in the table"),
    "training patient moved to the test": (lambda: _edited(_first_to_test), "'imputer' of final was fitted on"),
    "test patient moved to training": (lambda: _edited(_first_to_training), "'imputer' of final was fitted on"),
    "two patients change folds": (lambda: _edited(_two_change_folds), "'imputer' of final / fold 0 was fitted on"),
    "external patient in the splits": (_external_in_the_splits, "external patient 'A03' is among the development"),
    "one patient in two centers": (
        lambda: _with_persons(X05="B/07"),
        "external patient 'X05' and development patient 'B07' are the same person 'B/07'",
    ),
    "adapted person evaluated": (
        lambda: _with_persons(X02="X/X07"),
        "patient 'X07' will be evaluated, but patient 'X02', who is the same person",
    ),
}
"""By name: what leaves the evidence, and what the refusal must match."""
