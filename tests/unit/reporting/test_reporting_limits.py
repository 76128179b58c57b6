"""Limits are said from facts, and only where the facts are."""

from __future__ import annotations

from dataclasses import replace

import pytest

from helpers import report_study
from osteon.config.study import Study
from osteon.reporting.limits import limits


def _keys(content) -> list[str]:
    return [limit.key for limit in limits(content)]


def _text(content, key: str) -> str:
    return next(limit.text for limit in limits(content) if limit.key == key)


def test_simulated_comes_first_and_research_last(content):
    assert _keys(content)[0] == "limit-simulated"
    assert _keys(content)[-1] == "limit-research"
    assert "limit-simulated" not in _keys(replace(content, study=report_study.study(simulated=False)))


def test_few_patients_are_counted(content):
    assert "Internal test: 22 with and 18 without" in _text(content, "limit-few")
    large = [replace(part, performance=part.performance.assign(n=400, events=200)) for part in content.parts]
    assert "limit-few" not in _keys(replace(content, parts=large))


def test_interval_that_includes_chance(content):
    weak = content.parts[1].performance.assign(auc=0.55, auc_low=0.41, auc_high=0.69)
    changed = replace(content, parts=[content.parts[0], replace(content.parts[1], performance=weak)])
    assert "Combined, Hospital C & co: 0.41–0.69" in _text(changed, "limit-chance")
    strong = [replace(part, performance=part.performance.assign(auc_low=0.6)) for part in content.parts]
    assert "limit-chance" not in _keys(replace(content, parts=strong))


def test_training_patients_do_not_count_as_evidence(content):
    inside = content.parts[0]
    performance = inside.performance.copy()
    performance["auc_low"] = 0.6
    performance.loc[performance["set"] == "train", "auc_low"] = 0.4
    outside = replace(content.parts[1], performance=content.parts[1].performance.assign(auc_low=0.6))
    assert "limit-chance" not in _keys(replace(content, parts=[replace(inside, performance=performance), outside]))


def test_drop_in_a_new_hospital(content):
    inside = replace(content.parts[0], performance=content.parts[0].performance.assign(auc=0.85))
    outside = replace(content.parts[1], performance=content.parts[1].performance.assign(auc=0.7))
    text = _text(replace(content, parts=[inside, outside]), "limit-drop")
    assert "Clinical, Hospital C & co: 0.70 after 0.85" in text
    same = replace(content.parts[1], performance=content.parts[1].performance.assign(auc=0.8))
    assert "limit-drop" not in _keys(replace(content, parts=[inside, same]))


def test_outcome_and_batch_that_go_together_come_first(content):
    assert _keys(content)[1] == "limit-confounded"
    text = _text(content, "limit-confounded")
    assert text.startswith(
        "Hospital and osteoporosis go together (Cramér's V 0.45); all training patients of field 1.5"
    )
    assert "The AUC of all patients rewards guessing the batch; read the one within hospitals" in text
    assert "ComBat may have removed" in text
    free = content.confounding.assign(flag="")
    assert "limit-confounded" not in _keys(replace(content, confounding=free))


def test_within_hospitals_stands_beside_the_pooled_value(content):
    inside = content.parts[0].performance.assign(auc=0.85, auc_within_center=0.61)
    outside = content.parts[1].performance.assign(auc=0.7, auc_within_center=0.7)
    parts = [replace(part, performance=table) for part, table in zip(content.parts, (inside, outside), strict=False)]
    text = _text(replace(content, parts=parts), "limit-drop")
    assert "0.70 after 0.85, within hospitals 0.61" in text


def test_adapted_models_do_not_count_as_a_new_hospital(content):
    rest = content.parts[1].performance.assign(set="external_adapted", auc=0.2, auc_low=0.1)
    inside = content.parts[0].performance.assign(auc_low=0.6)
    parts = [replace(content.parts[0], performance=inside), replace(content.parts[1], performance=rest)]
    assert not {"limit-drop", "limit-chance"} & set(_keys(replace(content, parts=parts)))


def test_small_batches_are_named(content):
    assert "(Hospital A: 25; Hospital B: 19; 1.5: 5)" in _text(content, "limit-batches")
    none = content.study.harmonisation.model_copy(update={"method": "none"})
    study = content.study.model_copy(update={"harmonisation": none})
    assert "limit-batches" not in _keys(replace(content, study=study))


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ("youden", "chosen on training patients (Youden's index)"),
        ({"sensitivity": 0.9}, "chosen on training patients (sensitivity 0.9)"),
        ({"risk": 0.2}, "stated before the study (a predicted risk of 0.2)"),
    ],
)
def test_the_rule_of_the_threshold_is_named(content, rule, words):
    values = content.study.model_dump()
    study = Study.model_validate(values | {"validation": values["validation"] | {"threshold": rule}})
    assert words in _text(replace(content, study=study), "limit-threshold")


def test_no_external_hospital(content):
    assert "limit-internal" not in _keys(content)
    assert "limit-internal" in _keys(replace(content, parts=content.parts[:1]))


def test_combat_and_new_hospitals(content):
    assert "limit-combat" in _keys(content)
    assert "limit-combat" not in _keys(replace(content, parts=content.parts[:1]))


def test_inaccurate_masks(content):
    assert "(Hospital C & co, L1: 0.855; Hospital C & co, L2: 0.855)" in _text(content, "limit-masks")
    good = content.agreement.assign(mean=0.96)
    assert "limit-masks" not in _keys(replace(content, agreement=good))


def test_many_excluded(content):
    assert "limit-excluded" not in _keys(content)
    flow = content.flow.copy()
    flow.loc[(flow["center"] == "A") & (flow["reason"] == "slice_missing"), "n"] = 5
    assert "Hospital A: 6 of 30" in _text(replace(content, flow=flow), "limit-excluded")


def test_leak(content):
    audit = content.audit.assign(verdict=["clean", "clean", "leak"])
    assert "1 of 3 fitted objects" in _text(replace(content, audit=audit), "limit-leak")
    assert "limit-leak" not in _keys(content)


def test_study_without_models_has_no_limit_on_models(content):
    keys = _keys(replace(content, parts=[], audit=None, agreement=None))
    assert keys == ["limit-simulated", "limit-outcome", "limit-research"]
