"""Which cases the segmentation network learns from, and what may be wrong with that choice."""

from __future__ import annotations

from collections import Counter

from osteon.config.explain import Problem, did_you_mean
from osteon.config.sheets import Case
from osteon.config.study import Study

WHERE = "segmentation.train_on"
SHOWN = 5


def annotated_cases(study: Study, cases: list[Case]) -> list[Case]:
    """The cases that training learns from, in the order of cases.tsv; none where nothing is trained.

    With `train_on` those whose column holds the value, without it all. Only imaging cases of development centers:
    what an external center delivers stays locked away.
    """
    if not study.segmentation.train:
        return []
    locked = set(study.external)
    return [case for case in _chosen(study, cases) if case.center not in locked]


def annotated_problems(study: Study, cases: list[Case]) -> list[Problem]:
    """What is wrong with `train_on` and `train.folds` for these cases."""
    if not study.segmentation.train:
        return []
    chosen, train_on = _chosen(study, cases), study.segmentation.train_on
    if train_on and not chosen:
        return [_nobody(study, cases)]
    problems = []
    external = [case for case in chosen if case.center in study.external]
    if train_on and external:
        named = ", ".join(f"{case.center} {case.subject} (row {case.row})" for case in external[:SHOWN])
        more = f" and {len(external) - SHOWN} more" if len(external) > SHOWN else ""
        problems.append(
            Problem(
                WHERE,
                f"would train on cases of external centers, which are locked away until validation: {named}{more}.",
                f"Write another word than '{train_on.value}' in their column '{train_on.column}'; "
                f"their manual masks are used to evaluate the model",
            )
        )
    own, folds = len(annotated_cases(study, cases)), study.segmentation.train.folds
    if own < folds:
        problems.append(
            Problem(
                "segmentation.train.folds",
                f"is {folds}, but {own} cases of development centers are annotated.",
                "Annotate more" + (f", or write at most {own}" if own > 1 else ""),
            )
        )
    unmasked = sorted({case.center for case in chosen} - {code for code in study.centers if study.centers[code].masks})
    problems += [
        Problem(
            f"centers.{code}.masks",
            "is missing, but cases of this center are trained on.",
            "Write the pattern of the mask file inside a case's folder",
        )
        for code in unmasked
        if train_on and code not in study.external
    ]
    return problems


def _chosen(study: Study, cases: list[Case]) -> list[Case]:
    train_on, imaging = study.segmentation.train_on, set(study.imaging)
    return [
        case
        for case in cases
        if case.center in imaging and (train_on is None or _cells(case).get(train_on.column) == train_on.value)
    ]


def _nobody(study: Study, cases: list[Case]) -> Problem:
    """No case is annotated: the column is absent, or it holds other words."""
    train_on, imaging = study.segmentation.train_on, set(study.imaging)
    rows = [_cells(case) for case in cases if case.center in imaging]
    columns = sorted({name for row in rows for name in row})
    if train_on.column not in columns:
        hint = did_you_mean(train_on.column, columns)
        return Problem(f"{WHERE}.column", f"{study.cases} has no column '{train_on.column}'.", hint)
    found = Counter(row.get(train_on.column, "") for row in rows)
    words = [word for word, _ in found.most_common(SHOWN) if word]
    what = f"no case has '{train_on.value}' in column '{train_on.column}'" + (" (it is empty)." if not words else ".")
    return Problem(f"{WHERE}.value", what, did_you_mean(train_on.value, words))


def _cells(case: Case) -> dict[str, str]:
    return {"center": case.center, "batch": case.batch, **case.more}
