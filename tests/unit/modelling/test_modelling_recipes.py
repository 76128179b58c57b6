"""From the plain settings of a rule to a recipe."""

from __future__ import annotations

from types import SimpleNamespace

from osteon.config.harmonisation import BatchColumn, Harmonisation
from osteon.config.model_plan import ModelPlan
from osteon.config.modelling import Model, ThresholdTarget, Validation
from osteon.config.selection import PUBLISHED, Mrmr
from osteon.modelling.recipes import recipe_of

OUTCOME = {"column": "op", "type": "binary", "positive": "yes", "negative": "no"}


def plan(threshold="youden", **model):
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
        validation=Validation(threshold=threshold),
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


def test_the_rule_of_the_threshold_is_a_setting_where_it_is_not_the_default():
    default = plan(clinical=["age"]).settings("m")
    assert "threshold" not in default
    assert recipe_of("m", default, OUTCOME, 5).threshold == "youden"
    changed = plan({"sensitivity": 0.9}, clinical=["age"]).settings("m")
    assert changed == default | {"threshold": {"sensitivity": 0.9}}
    assert recipe_of("m", changed, OUTCOME, 5).threshold == ThresholdTarget(sensitivity=0.9)


def test_a_stated_risk_is_a_threshold_of_two_classes_only():
    settings = plan({"risk": 0.3}, clinical=["age"]).settings("m")
    two = recipe_of("m", settings, OUTCOME, 5)
    assert (two.stated_threshold, two.chooses_threshold) == (0.3, False)
    number = recipe_of("m", settings, {"column": "bmd", "type": "continuous"}, 5)
    assert (number.stated_threshold, number.chooses_threshold) == (None, False)
