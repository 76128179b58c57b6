"""A recipe from the plain settings that a rule is told."""

from __future__ import annotations

from pydantic import TypeAdapter

from osteon.config.cohort import Outcome
from osteon.config.features import Robustness
from osteon.config.harmonisation import Harmonisation
from osteon.config.modelling import YOUDEN, Model, ThresholdRule
from osteon.config.selection import Chain
from osteon.modelling.models import Recipe
from osteon.modelling.task import Task


def recipe_of(name: str, settings: dict, outcome: dict, seed: int) -> Recipe:
    """The recipe of a model.

    Args:
        name: name of the model.
        settings: `ModelPlan.settings`: model, signatures, selections, harmonisation, robustness, missing_values;
            threshold where it is not the default.
        outcome: `ModelPlan.outcome`.
        seed: the study's seed.
    """
    chains = TypeAdapter(dict[str, Chain]).validate_python(settings["selections"])
    return Recipe(
        name,
        Model(**settings["model"]),
        settings["signatures"],
        chains,
        Harmonisation(**settings["harmonisation"]),
        seed,
        Task.of(Outcome(**outcome)),
        Robustness(**settings["robustness"]) if settings["robustness"] else None,
        settings["missing_values"],
        TypeAdapter(ThresholdRule).validate_python(settings.get("threshold", YOUDEN)),
    )
