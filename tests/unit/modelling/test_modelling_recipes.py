"""From the plain settings of a rule to a recipe."""

from __future__ import annotations

from types import SimpleNamespace

from osteon.config.harmonisation import BatchColumn, Harmonisation
from osteon.config.model_plan import ModelPlan
from osteon.config.modelling import Model
from osteon.config.selection import PUBLISHED, Mrmr
from osteon.modelling.recipes import recipe_of

OUTCOME = {"column": "op", "type": "binary", "positive": "yes", "negative": "no"}


def plan(**model):
    harmonisation = Harmonisation(
        batch=["center", "field"],
        batches={"field": BatchColumn(header="field_t", cut=[2.0])},
        new_center="reference",
        adaptation="adapt",
    )
    study = SimpleNamespace(
        models={"m": Model(**model)},
        signatures={"T1": ["T1_*"], "T2": ["T2_*"]},
        selection=PUBLISHED,
        selections={"few": [Mrmr(k=3)]},
        harmonisation=harmonisation,
        missing_values="mean",
    )
    return ModelPlan(study, {})


def test_settings_come_back_as_the_recipe():
    settings = plan(scores=["T1"], selection="all").settings("m")
    recipe = recipe_of("m", settings, OUTCOME, 5)
    assert recipe.harmonisation.batch == ["center", "field"]
    assert recipe.harmonisation.batches["field"].cut == [2.0]
    assert recipe.signatures == {"T1": ["T1_*"]}
    assert recipe.chains == {"few": [Mrmr(k=3)]}
    assert (recipe.missing, recipe.seed, recipe.task.values) == ("mean", 5, ("no", "yes"))


def test_the_policy_for_new_centers_refits_nothing():
    assert not {"new_center", "adaptation"} & set(plan(scores=["T1"]).settings("m")["harmonisation"])


def test_a_model_without_features_depends_on_no_setting_of_features():
    settings = plan(clinical=["age"]).settings("m")
    assert settings["harmonisation"] == {}
    assert recipe_of("m", settings, OUTCOME, 5).blocks == {}
