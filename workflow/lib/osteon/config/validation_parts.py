"""The parts of a validation, and the sets of patients in each of them with their names."""

from __future__ import annotations

from osteon.config.model_plan import ModelPlan
from osteon.config.study import Study

INTERNAL, RESAMPLING = "internal", "resampling"
EXTERNAL = "external/"


def cohort_parts(study: Study) -> list[str]:
    """Parts that have a cohort of their own: the internal test, then each external center; their folders' names."""
    return [INTERNAL, *(f"{EXTERNAL}center-{code}" for code in study.external)] if study.models else []


def parts(study: Study) -> list[str]:
    """All parts; resampling of the training patients comes last."""
    resampled = study.models and ModelPlan(study, {}).resampled
    return [*cohort_parts(study), *([RESAMPLING] if resampled else [])]


def set_titles(study: Study, part: str, *, adapted: bool = True) -> dict[str, str]:
    """Names of the sets of patients in one part, in the order of tables and figures.

    Args:
        study: the checked configuration.
        part: one of `parts`.
        adapted: whether the external center of the part has patients for adaptation, and so a rest.
    """
    names = {code: center.name or code for code, center in study.centers.items()}
    validation = study.validation
    if part == INTERNAL:
        test = {} if validation.hold_out is None else {"test": "Internal test"}
        return {"train": "Training (out of fold)"} | test
    if part == RESAMPLING:
        repeats = validation.repeats
        mean = f"Cross-validation, mean of {repeats}" if repeats > 1 else "Cross-validation, repeated once"
        left_out = study.development if validation.leave_one_center_out else []
        return ({"repeated_cv": mean} if repeats else {}) | {
            f"without {code}": f"{names[code]}, left out" for code in left_out
        }
    name = names[part.removeprefix(f"{EXTERNAL}center-")]
    rest = {"external_rest": f"{name}, rest, frozen", "external_adapted": f"{name}, rest, adapted"}
    return {"external": name} | (rest if adapted and study.harmonisation.new_center == "reference" else {})
