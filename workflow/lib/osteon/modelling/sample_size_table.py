"""How many patients the models would have needed, beside how many there are. Binary outcomes."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import pandas as pd

from osteon.config.analysis import SampleSize
from osteon.statistics.estimate import Undefined
from osteon.statistics.sample_size import (
    MODEST,
    development_size,
    expected_shrinkage,
    largest_r2,
    r2_of_c_statistic,
    validation_size,
)

DEVELOPMENT, VALIDATION = "development", "validation"
# No reason of a statistic: nobody said what to expect.
NOT_ASSUMED = "not_assumed"
SAMPLE_SIZE_COLUMNS = [
    *("purpose", "set", "model", "candidate_parameters", "prevalence", "c_statistic", "r2", "assumption"),
    *("criterion", "needed", "needed_events", "present", "present_events", "enough", "expected_shrinkage", "reason"),
]


def sample_size_table(
    candidates: Mapping[str, int],
    training: tuple[int, int],
    validation: Sequence[tuple[str, int, int]],
    settings: SampleSize,
) -> pd.DataFrame:
    """Patients needed and present.

    Args:
        candidates: of each model the number of candidate parameters: all clinical variables and all features that could
            have entered, selected or not; see `candidate_parameters`.
        training: training patients, and how many of them have the outcome.
        validation: sets of patients in which the models were validated: name, patients, and how many have the outcome.
        settings: the assumptions. Without any, R2 is 15 % of the largest one that the prevalence allows, and the AUC
            needed for the validation is unknown.

    Returns:
        `SAMPLE_SIZE_COLUMNS`. Development: four rows per model (criterion shrinkage, optimism, prevalence, all), with
        the shrinkage factor to be expected with the patients present (in row 'all'; 0 where the candidates explain by
        chance what there is). Validation: rows per set (c_statistic, observed_expected, slope, events, all).
        `assumption` says where R2 comes from: 'c_statistic', 'r2' or 'default'. `reason` 'out_of_range': the
        assumptions contradict each other; 'one_class': the training patients have one outcome;
        'not_assumed': no c_statistic was assumed.
    """
    prevalence = settings.prevalence if settings.prevalence is not None else training[1] / training[0]
    if not 0 < prevalence < 1:
        about = {"prevalence": prevalence, "reason": Undefined.ONE_CLASS}
        purposes = [(DEVELOPMENT, "", model) for model in candidates] + [
            (VALIDATION, name, "") for name, *_ in validation
        ]
        rows = [dict(zip(("purpose", "set", "model"), one, strict=True)) | about for one in purposes]
        return _table(rows)
    r2, assumption = _r2(settings, prevalence)
    about = {"prevalence": prevalence, "c_statistic": settings.c_statistic}
    rows = []
    for model, parameters in candidates.items():
        own = {"purpose": DEVELOPMENT, "model": model, "candidate_parameters": parameters}
        own |= about | {"r2": r2, "assumption": assumption}
        rows += [own | row for row in _development(parameters, prevalence, r2, training)]
    for name, *present in validation:
        own = {"purpose": VALIDATION, "set": name} | about
        rows += [own | row for row in _validation(settings.c_statistic, prevalence, present)]
    return _table(rows)


def candidate_parameters(flow: pd.DataFrame, clinical: Mapping[str, int]) -> dict[str, int]:
    """Candidate parameters of each model: its clinical variables, and all features that its selection began with.

    Args:
        flow: table of `selection.feature_flow.feature_flow`.
        clinical: of each model the number of its clinical variables; its keys are the models.
    """
    features = flow[(flow["step"] == "candidates") & (flow["kind"] == "in")].groupby("model")["n"].sum()
    return {model: count + int(features.get(model, 0)) for model, count in clinical.items()}


def set_sizes(predictions: pd.DataFrame) -> tuple[tuple[int, int], list[tuple[str, int, int]]]:
    """Patients, and those with the outcome, of the sets of the validation.

    Args:
        predictions: model, set, subject, center, outcome (0 or 1), of one or several parts.

    Returns:
        Of the training patients, and of every set for validation with its name: 'test', or an external center's code.
    """
    one = predictions[predictions["model"] == predictions["model"].iloc[0]]
    names = one["center"].where(one["set"] == "external", one["set"])
    counted = one["set"].isin(("train", "test", "external"))
    sizes = {name: (len(own), int(own.sum())) for name, own in one.loc[counted, "outcome"].groupby(names[counted])}
    return sizes.pop("train"), [(name, *size) for name, size in sizes.items()]


def _r2(settings: SampleSize, prevalence: float) -> tuple[float, str]:
    if settings.c_statistic is not None:
        return r2_of_c_statistic(settings.c_statistic, prevalence), "c_statistic"
    return (settings.r2, "r2") if settings.r2 is not None else (MODEST * largest_r2(prevalence), "default")


def _development(parameters: int, prevalence: float, r2: float, present: Sequence[int]) -> list[dict[str, object]]:
    try:
        size = development_size(parameters, prevalence, r2)
    except ValueError:
        return [_row("all", math.nan, prevalence, present) | {"reason": Undefined.OUT_OF_RANGE}]
    needed = {"shrinkage": size.shrinkage, "optimism": size.optimism, "prevalence": size.prevalence, "all": size.total}
    rows = [_row(name, count, prevalence, present) for name, count in needed.items()]
    rows[-1]["expected_shrinkage"] = expected_shrinkage(present[0], parameters, r2)
    return rows


def _validation(c_statistic: float | None, prevalence: float, present: Sequence[int]) -> list[dict[str, object]]:
    if c_statistic is None:
        return [_row("all", math.nan, prevalence, present) | {"reason": NOT_ASSUMED}]
    size = validation_size(c_statistic, prevalence)
    needed = {**vars(size), "all": size.total}
    return [_row(name, count, prevalence, present) for name, count in needed.items()]


def _row(criterion: str, needed: float, prevalence: float, present: Sequence[int]) -> dict[str, object]:
    known = not math.isnan(needed)
    return {
        "criterion": criterion,
        "needed": needed,
        "needed_events": math.ceil(needed * prevalence) if known else math.nan,
        "present": present[0],
        "present_events": present[1],
        "enough": ("yes" if present[0] >= needed else "no") if known else "",
    }


def _table(rows: list[dict[str, object]]) -> pd.DataFrame:
    whole = ("candidate_parameters", "needed", "needed_events", "present", "present_events")
    return pd.DataFrame(rows, columns=SAMPLE_SIZE_COLUMNS).astype(dict.fromkeys(whole, "Int64"))
