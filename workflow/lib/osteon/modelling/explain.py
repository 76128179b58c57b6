"""What a frozen model's predictions rest on: SHAP values of its terms in training, test and external patients."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from osteon.modelling.attribution import Attribution, attribution
from osteon.modelling.bundle import Bundle
from osteon.modelling.explanation_codes import CLINICAL, RADIOMICS, NoInteractions
from osteon.modelling.models import PredictionModel
from osteon.modelling.patients import Patients
from osteon.statistics.correlation import correlations_with
from osteon.statistics.estimate import Undefined

BASE_COLUMNS = ["model", "method", "scale", "background", "base"]
VALUE_COLUMNS = ["model", "set", "subject", "term", "kind", "value", "shap"]
IMPORTANCE_COLUMNS = ["model", "set", "term", "kind", "patients", "mean_abs", "share", "rank", "reason"]
GROUP_COLUMNS = ["model", "set", "group", "terms", "mean_abs", "share", "reason"]
INTERACTION_COLUMNS = ["model", "set", "term", "other", "mean_abs", "reason"]
PER_SET = ("values", "importance", "groups", "interactions")
SETS = ("train", "test", "external", "external_adapted")
"""Sets of the validation that are explained; the rest of an adapted center is among 'external'."""


@dataclass(frozen=True)
class Explanation:
    """Tables of one model; where the outcome has several classes each has a column `class`, too."""

    base: pd.DataFrame
    """model, method, scale, background (training patients that stand for unknown terms), base (mean output there)."""
    values: pd.DataFrame
    """model, set, subject, term, kind (clinical, score, feature), value of the term in its unit, shap."""
    importance: pd.DataFrame
    """model, set, term, kind, patients, mean_abs (mean |shap|), share of the sum over the terms, rank (1 the largest),
    reason (why there is no share)."""
    groups: pd.DataFrame
    """model, set, group (clinical, radiomics), terms, mean_abs and share summed over its terms, reason."""
    interactions: pd.DataFrame
    """model, set, term, other, mean_abs (of a pair: of both its halves together; of a term with itself: its main
    effect), reason: why there are none, in a row without terms."""


def explain(model: PredictionModel, training: pd.DataFrame, sets: Mapping[str, pd.DataFrame], seed: int) -> Explanation:
    """SHAP values of a model's last step on its terms, with their sums.

    What comes before, from the image to the score, is not explained: the terms are what a reader can check. SHAP
    values describe the model, not causes, and correlated terms share what they say. See `attribution` for method and
    scale; that values and base add to the model's output is checked for every patient.

    Args:
        model: of a frozen bundle.
        training: (n, terms) terms of the training patients, `model.terms(patients)`, index subject.
        sets: by name of the set the terms of its patients, in the order of the tables; for a center that the
            harmonisation was adapted to, those of the adapted model.
        seed: see `attribution`.

    Raises:
        NotAdditive: the values do not add to the output.
    """
    with threadpool_limits(limits=1):
        found = attribution(model.predictor, model.task, _scaled(model, training), seed)
        parts = [_of_set(model, found, name, terms) for name, terms in sets.items()]
    classes = _classes(model)
    base = pd.DataFrame(
        {
            "model": model.name,
            "class": classes,
            "method": str(found.method),
            "scale": str(found.scale),
            "background": found.background,
            "base": found.base,
        }
    )
    names = ("base", "values", "importance", "groups", "interactions")
    columns = (BASE_COLUMNS, VALUE_COLUMNS, IMPORTANCE_COLUMNS, GROUP_COLUMNS, INTERACTION_COLUMNS)
    stacked = [base, *(pd.concat(tables, ignore_index=True) for tables in zip(*parts, strict=True))]
    return Explanation(
        **{
            name: table[_with_class(wanted) if model.task.kind == "classes" else wanted]
            for name, wanted, table in zip(names, columns, stacked, strict=True)
        }
    )


def _of_set(
    model: PredictionModel, found: Attribution, name: str, terms: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """values, importance, groups and interactions of one set, all with a column `class`."""
    columns, kinds, scaled = list(terms.columns), model.kinds, _scaled(model, terms)
    contributions = found.contributions(scaled) if len(terms) else np.zeros((0, len(columns), len(found.base)))
    values, importance, groups = [], [], []
    for place, one in enumerate(_classes(model)):
        shap = contributions[:, :, place]
        about = {"model": model.name, "set": name, "class": one}
        subjects = np.repeat(terms.index.astype(str), len(columns))
        cells = {"subject": subjects, "term": columns * len(terms), "kind": kinds * len(terms)}
        numbers = {"value": terms.to_numpy(dtype=float).ravel(), "shap": shap.ravel()}
        values.append(pd.DataFrame(about | cells | numbers))
        table = _importance(columns, kinds, shap).assign(**about)
        importance.append(table)
        groups.append(_groups(table).assign(**about))
    pairs = _interactions(model, found, name, columns, scaled)
    return (*(pd.concat(tables, ignore_index=True) for tables in (values, importance, groups)), pairs)


def _importance(terms: list[str], kinds: list[str], shap: np.ndarray) -> pd.DataFrame:
    mean_abs = np.abs(shap).mean(axis=0) if len(shap) else np.full(len(terms), np.nan)
    total = mean_abs.sum()
    reason = "" if total > 0 else str(Undefined.NO_VARIATION if len(shap) else Undefined.FEW_PATIENTS)
    table = pd.DataFrame({"term": terms, "kind": kinds, "patients": len(shap), "mean_abs": mean_abs})
    return table.assign(
        share=mean_abs / total if total > 0 else np.nan,
        rank=table["mean_abs"].rank(ascending=False, method="first").astype("Int64"),
        reason=reason,
    )


def _groups(importance: pd.DataFrame) -> pd.DataFrame:
    group = pd.Series(np.where(importance["kind"] == CLINICAL, CLINICAL, RADIOMICS), name="group")
    summed = importance[["mean_abs", "share"]].groupby(group.to_numpy())
    table = summed.sum(min_count=1).assign(terms=group.value_counts(), reason=importance["reason"].iloc[0])
    return table.rename_axis("group").reset_index()


def _interactions(
    model: PredictionModel, found: Attribution, name: str, terms: list[str], scaled: np.ndarray
) -> pd.DataFrame:
    reason = found.no_pairs or (None if len(scaled) else NoInteractions.NO_PATIENTS)
    about = {"model": model.name, "set": name}
    if reason:
        rows = [{"class": one, "term": "", "other": "", "reason": str(reason)} for one in _classes(model)]
        return pd.DataFrame(rows).assign(**about, mean_abs=np.nan)
    matrix = found.interactions(scaled)
    rows = []
    for place, one in enumerate(_classes(model)):
        # both halves of a pair
        sizes = np.abs(matrix[..., place] + matrix[..., place].swapaxes(1, 2)).mean(axis=0)
        for i, term in enumerate(terms):
            for j in range(i, len(terms)):
                size = sizes[i, j] / (2 if i == j else 1)
                rows.append({"class": one, "term": term, "other": terms[j], "mean_abs": size, "reason": ""})
    return pd.DataFrame(rows).assign(**about)


def _classes(model: PredictionModel) -> list[str]:
    return list(model.task.values) if model.task.kind == "classes" else [""]


def _with_class(columns: list[str]) -> list[str]:
    place = columns.index("set") + 1 if "set" in columns else 1
    return [*columns[:place], "class", *columns[place:]]


def _scaled(model: PredictionModel, terms: pd.DataFrame) -> np.ndarray:
    return model.scaler.transform(terms).to_numpy(dtype=float)


def explain_part(
    bundles: Sequence[Bundle],
    training: Patients,
    patients: Patients,
    predictions: pd.DataFrame,
    seed: int,
    adapted: Sequence[Bundle] = (),
) -> dict[str, pd.DataFrame]:
    """All frozen models in the patients of one part of the validation.

    Args:
        bundles: the models; those of shuffled features are left out, because their terms mean nothing.
        training: training patients.
        patients: of the part; outcomes are not looked at.
        predictions: of the part: set, subject, outcome; sets of the same patients ('external_rest') but one do not
            count.
        seed: see `attribution`.
        adapted: the same models with the harmonisation adapted to the center of the part, if there are any.

    Returns:
        The tables of `Explanation` by their names; `correlations`: model, set and columns of
        `statistics.correlation.correlations_with` of each term with the outcome; `selected`: subject, set, and the
        features that any of the models uses.
    """
    members = predictions.drop_duplicates(["set", "subject"])
    sets = {
        name: own.set_index("subject")["outcome"] for name, own in members.groupby("set", sort=False) if name in SETS
    }
    frames: dict[str, list[pd.DataFrame]] = {name: [] for name in ("base", *PER_SET, "correlations")}
    later = {bundle.model.name: bundle for bundle in adapted}
    own = [bundle for bundle in bundles if not bundle.shuffled]
    for bundle in own:
        model = bundle.model
        judged = later.get(model.name, bundle).model
        terms = {name: judged.terms(patients.take(list(outcome.index))) for name, outcome in sets.items()}
        found = explain(model, model.terms(training), terms, seed)
        for name in ("base", *PER_SET):
            frames[name].append(getattr(found, name))
        for name, outcome in sets.items():
            table = correlations_with(outcome.loc[terms[name].index], terms[name])
            table.insert(0, "model", model.name)
            table.insert(1, "set", name)
            frames["correlations"].append(table)
    used = sorted({column for bundle in own for column in bundle.model.feature_columns})
    of_set = pd.Series({subject: name for name, outcome in sets.items() for subject in outcome.index}, name="set")
    selected = patients.features.reindex(index=sorted(of_set.index), columns=used)
    selected.insert(0, "set", of_set)
    tables = {name: pd.concat(parts, ignore_index=True) for name, parts in frames.items()}
    return tables | {"selected": selected.rename_axis("subject").reset_index()}
