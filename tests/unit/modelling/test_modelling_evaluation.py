"""Evaluation of classes and numbers: every table, sets too small for a number, wrong tables."""

from __future__ import annotations

from itertools import product

import numpy as np
import pandas as pd
import pytest
from sklearn import metrics

from osteon.config.evaluation_files import TABLES
from osteon.config.modelling import Validation
from osteon.modelling.evaluate_classes import CLASS_MEASURES, MEASURES, SMOOTHED
from osteon.modelling.evaluate_continuous import MEASURES as NUMBER_MEASURES
from osteon.modelling.evaluation import evaluate
from osteon.modelling.task import Task
from osteon.statistics.auc import auc

SETTINGS = Validation(bootstrap=100)
CLASSES = Task("classes", ("正常", "osteopenia", "0"))
NUMBER = Task("continuous", ())
MODELS = {"good": float("nan"), "bad": float("nan")}
SETS = ["train", "test", "small", "single", "nobody"]


def members(name: str) -> tuple[np.ndarray, pd.DataFrame]:
    """Codes of the classes, and who they are."""
    codes = {
        "train": np.arange(90) % 3,
        "test": np.arange(60) % 3,
        "small": np.array([0, 1, 0, 1]),
        "single": np.array([1]),
        "nobody": np.array([], dtype=int),
    }[name]
    places = np.arange(len(codes))
    people = {"subject": [f"{name}{place:02d}" for place in places], "center": np.where(places % 2, "A", "B")}
    return codes, pd.DataFrame(people).assign(set=name, imputed=(places == 0).astype(int))


def predictions(task: Task) -> pd.DataFrame:
    """Two models, one better than the other; rows in an order of their own."""
    random, parts = np.random.default_rng(0), []
    for name, (model, noise) in product(SETS, (("good", 0.3), ("bad", 3.0))):
        codes, people = members(name)
        if task.kind == "classes":
            risks = np.eye(3)[codes] + 8 * noise * random.dirichlet(np.ones(3), len(codes))
            guess = pd.DataFrame(risks / risks.sum(axis=1, keepdims=True), columns=task.columns)
            part = people.assign(outcome=codes, model=model).join(guess)
        else:
            outcome = 100 + 20.0 * codes
            part = people.assign(outcome=outcome, predicted=outcome + 20 * noise * random.normal(size=len(codes)))
            part = part.assign(model=model)
        parts.append(part)
    table = pd.concat(parts, ignore_index=True)
    return table.iloc[random.permutation(len(table))]


@pytest.fixture(scope="module")
def classes():
    return evaluate(CLASSES, predictions(CLASSES), SETS, MODELS, SETTINGS, 1)


@pytest.fixture(scope="module")
def numbers():
    return evaluate(NUMBER, predictions(NUMBER), SETS, MODELS, SETTINGS, 1)


def of(table, name, model="good"):
    return table[(table["set"] == name) & (table["model"] == model)]


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["binary", "classes", "continuous"])
def test_tables_are_those_of_the_rules(kind):
    if kind == "binary":
        table = predictions(NUMBER).assign(probability=0.5, outcome=lambda t: (t["outcome"] > 110).astype(int))
        found = evaluate(Task(), table, SETS, dict.fromkeys(MODELS, 0.5), SETTINGS, 1)
    else:
        task = CLASSES if kind == "classes" else NUMBER
        found = evaluate(task, predictions(task), SETS, MODELS, SETTINGS, 1)
    assert set(found) == set(TABLES[kind])
    assert found["performance"]["model"].tolist() == ["good", "bad"] * len(SETS)
    assert all(found[name].columns[0] == "set" for name in found)


@pytest.mark.slow
def test_classes_performance(classes):
    own = of(predictions(CLASSES), "test")
    row = of(classes["performance"], "test").iloc[0]
    expected = metrics.roc_auc_score(own["outcome"], own[CLASSES.columns], multi_class="ovo")
    assert row["hand_till"] == pytest.approx(expected, abs=1e-12)
    assert row["hand_till_low"] < expected < row["hand_till_high"]
    assert row[["n", "n_正常", "n_osteopenia", "n_0", "imputed_patients"]].tolist() == [60, 20, 20, 20, 1]
    assert row["reason"] == ""


def test_classes_one_by_one(classes):
    own = of(predictions(CLASSES), "test")
    table = of(classes["classes"], "test").set_index("class")
    assert table.index.tolist() == list(CLASSES.values)
    for code, value in enumerate(CLASSES.values):
        expected = auc(own["outcome"] == code, own[f"probability_{value}"])
        assert table.loc[value, ["auc", "auc_low", "auc_high"]].tolist() == pytest.approx(
            [expected.value, expected.low, expected.high]
        )
        points = of(classes["roc"], "test")
        points = points[points["class"] == value]
        area = np.trapezoid(points["true_positive_rate"], points["false_positive_rate"])
        assert area == pytest.approx(expected.value)
    assert table["caution"].tolist() == ["ici: few_events"] * 3


def test_confusion_and_pairs(classes):
    own = of(predictions(CLASSES), "test", "bad")
    matrix = metrics.confusion_matrix(own["outcome"], own[CLASSES.columns].to_numpy().argmax(axis=1))
    table = of(classes["confusion"], "test", "bad")
    assert table["n"].tolist() == matrix.ravel().tolist()
    assert table["true_class"].tolist() == np.repeat(CLASSES.values, 3).tolist()
    pairs = of(classes["class_pairs"], "test", "bad")
    assert pairs[["class_1", "class_2"]].to_numpy().tolist() == [
        ["正常", "osteopenia"],
        ["正常", "0"],
        ["osteopenia", "0"],
    ]
    assert pairs["auc"].tolist() == pytest.approx(((pairs["first"] + pairs["second"]) / 2).tolist())
    both = own[own["outcome"] != 1]
    assert pairs["second"].iloc[1] == pytest.approx(auc(both["outcome"] == 2, both["probability_0"]).value)


@pytest.mark.slow
def test_numbers_performance(numbers):
    own = of(predictions(NUMBER), "test")
    row = of(numbers["performance"], "test").iloc[0]
    assert row["r2"] == pytest.approx(metrics.r2_score(own["outcome"], own["predicted"]), abs=1e-12)
    assert (row["n"], row["outcome_mean"], row["imputed_patients"]) == (60, 120, 1)
    assert row["outcome_sd"] == pytest.approx(own["outcome"].std())
    assert row["reason"] == ""
    points = of(numbers["agreement"], "test")
    assert len(points) == 60
    assert row["bias"] == pytest.approx(points["difference"].mean())
    assert (points["predicted"] - points["outcome"]).tolist() == points["difference"].tolist()


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["classes", "numbers"])
def test_every_missing_number_has_a_reason(kind, request):
    tables = request.getfixturevalue(kind)
    measured = {"performance": MEASURES if kind == "classes" else NUMBER_MEASURES, "classes": CLASS_MEASURES}
    seen = set()
    for name in ("performance", "classes") if kind == "classes" else ("performance",):
        for _, row in tables[name].iterrows():
            listed = {part.split(": ")[0] for part in row["reason"].split("; ")} - {""}
            absent = {
                measure
                for measure in measured[name]
                if row[[measure] if measure in SMOOTHED else [measure, f"{measure}_low"]].isna().any()
            }
            seen |= listed
            assert listed == ({"all"} if row["n"] == 0 and name == "performance" else absent)
    assert "all" in seen
    assert len(seen) > 4


@pytest.mark.parametrize(("kind", "measure"), [("classes", "hand_till"), ("numbers", "r2")])
def test_pairwise(kind, measure, request):
    tables = request.getfixturevalue(kind)
    table = tables["pairwise"].set_index("set")
    assert "train" not in table.index
    performance = tables["performance"].set_index(["set", "model"])[measure]
    row = table.loc["test"]
    assert row["difference"] == pytest.approx(performance["test", "good"] - performance["test", "bad"])
    assert row["low"] < row["difference"] < row["high"]
    assert row["p"] == row["p_holm"] == pytest.approx(2 / 101)
    assert (row["measure"], table.loc["nobody", "reason"]) == (measure, "no_patients")
    assert table.loc["single", "reason"] == ("absent_class" if kind == "classes" else "few_patients")
    assert table.loc[["single", "nobody"], "p"].isna().all()


@pytest.mark.slow
@pytest.mark.parametrize("task", [CLASSES, NUMBER], ids=["classes", "numbers"])
def test_holm_and_equal_models(task):
    table = predictions(task)
    twin = table[table["model"] == "good"].assign(model="twin")
    found = evaluate(task, pd.concat([table, twin]), ["test"], MODELS | {"twin": 0.5}, SETTINGS, 1)["pairwise"]
    equal = found[(found["model_1"] == "good") & (found["model_2"] == "twin")].iloc[0]
    assert (equal["difference"], equal["reason"]) == (0, "same_predictions")
    assert np.isnan(equal["p_holm"])
    tested = found[found["p"].notna()]
    assert tested["p_holm"].tolist() == pytest.approx([4 / 101] * 2)


@pytest.mark.slow
@pytest.mark.parametrize("task", [CLASSES, NUMBER], ids=["classes", "numbers"])
def test_same_bytes_whatever_the_order_of_rows(task):
    table = predictions(task)
    texts = [
        "".join(found.to_csv() for found in evaluate(task, given, SETS, MODELS, SETTINGS, 3).values())
        for given in (table, table.iloc[::-1])
    ]
    assert texts[0] == texts[1]


@pytest.mark.parametrize("task", [CLASSES, NUMBER], ids=["classes", "numbers"])
@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda t: pd.concat([t, t[(t["set"] == "test") & (t["model"] == "good")].head(1)]), "is there twice"),
        (lambda t: t[(t["subject"] != "test07") | (t["model"] == "good")], "'bad' are of other patients"),
        (lambda t: t.assign(model=t["model"].replace("bad", "worse")), "model 'worse' has predictions but no"),
    ],
    ids=["twice", "other", "unknown"],
)
def test_wrong_tables(task, spoil, message):
    with pytest.raises(ValueError, match=message):
        evaluate(task, spoil(predictions(task)), ["test"], MODELS, SETTINGS, 1)
