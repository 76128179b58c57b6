"""Calibration: scikit-learn's sigmoid, monotone, several classes, chance, and its JSON."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit
from sklearn.calibration import _SigmoidCalibration

from osteon.modelling.calibrator import NO_BETTER, Calibrator, fit_calibrator
from osteon.modelling.task import Task

CLASSES = Task("classes", ("normal", "osteopenia", "osteoporosis"))


class Record:
    """What was written down."""

    def __init__(self):
        self.seen = []

    def saw(self, name, table, *others, note=""):
        self.seen.append((name, list(table.index), [list(other.index) for other in others], note))


def frame(values):
    values = np.asarray(values, dtype=float)
    columns = values.reshape(len(values), -1)
    return pd.DataFrame(columns, index=[f"S{position:03d}" for position in range(len(columns))])


def series(outcome):
    return pd.Series(outcome, index=frame(outcome).index)


@pytest.fixture
def drawn():
    """Decision values and outcomes whose log-odds are 2 x - 1."""
    values = np.random.default_rng(0).normal(size=4000)
    return values, (np.random.default_rng(1).random(4000) < expit(2 * values - 1)).astype(int)


def test_the_sigmoid_that_is_there(drawn):
    found = fit_calibrator(frame(drawn[0]), series(drawn[1]), Task(), Record())
    # standard errors of slope and intercept at this size are about .06 and .04
    assert found.slopes[0] == pytest.approx(2, abs=0.2)
    assert found.intercepts[0] == pytest.approx(-1, abs=0.15)
    assert found.note == ""


@pytest.mark.parametrize("n", [12, 60, 4000])
def test_same_as_scikit_learn(drawn, n):
    values, outcome = 7 + 30 * drawn[0][:n], drawn[1][:n]
    found = fit_calibrator(frame(values), series(outcome), Task(), Record()).transform(values[:, None])[:, 0]
    expected = _SigmoidCalibration().fit(values, outcome).predict(values)
    assert found == pytest.approx(expected, abs=1e-4)


def test_separated_outcomes_have_finite_probabilities():
    outcome = [0] * 10 + [1] * 10
    found = fit_calibrator(frame(outcome), series(outcome), Task(), Record())
    # two values of the output: the fit meets Platt's targets
    assert found.transform(np.array([[0.0], [1.0]]))[:, 0] == pytest.approx([1 / 12, 11 / 12], abs=1e-6)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("how", ["reversed", "constant"])
def test_chance_keeps_the_order(drawn, how):
    values, outcome = drawn[0][:300], drawn[1][:300]
    raw = -values if how == "reversed" else np.full(300, 0.25)
    record = Record()
    found = fit_calibrator(frame(raw), series(outcome), Task(), record)
    probability = found.transform(np.array([[-2.0], [0.0], [2.0]]))[:, 0]
    assert (np.diff(probability) > 0).all()
    assert probability == pytest.approx(np.full(3, outcome.mean()), abs=0.02)
    assert found.note == record.seen[0][-1] == NO_BETTER


def test_order_stays(drawn):
    found = fit_calibrator(frame(drawn[0][:200]), series(drawn[1][:200]), Task(), Record())
    assert (np.argsort(found.transform(drawn[0][:, None])[:, 0]) == np.argsort(drawn[0])).all()


def test_several_classes():
    rng = np.random.default_rng(2)
    codes = rng.integers(0, 3, 900)
    raw = rng.normal(size=(900, 3)) + 2 * np.eye(3)[codes]
    found = fit_calibrator(frame(raw), series(codes), CLASSES, Record())
    probability = found.transform(raw)
    assert probability.sum(axis=1) == pytest.approx(np.ones(900))
    assert (probability.argmax(axis=1) == codes).mean() > 0.75
    alone = fit_calibrator(frame(raw[:, 1]), series((codes == 1).astype(int)), Task(), Record())
    assert (found.slopes[1], found.intercepts[1]) == (alone.slopes[0], alone.intercepts[0])
    sigmoids = expit(raw * found.slopes + found.intercepts)
    assert probability == pytest.approx(sigmoids / sigmoids.sum(axis=1, keepdims=True))
    assert np.isfinite(found.transform(np.full((1, 3), -1e5))).all()


def test_numbers_stay_as_they_are():
    record = Record()
    found = fit_calibrator(frame([120.5, 80.0]), series([110.0, 90.0]), Task("continuous", ()), record)
    assert found.transform(np.array([[120.5], [80.0]])).tolist() == [[120.5], [80.0]]
    assert record.seen == []


def test_who_was_seen(drawn):
    record = Record()
    raw = frame(drawn[0][:50])
    fit_calibrator(raw, series(drawn[1][:50]), Task(), record)
    assert record.seen == [("calibrator", list(raw.index), [list(raw.index)], "")]


@pytest.mark.parametrize(
    ("raw", "outcome", "task", "sentence"),
    [
        ([0.1, 0.2], [0, 0], Task(), "none of the 2 patients has the outcome 'positive'"),
        ([0.1, 0.2], [1, 1], Task(), "none of the 2 patients has the outcome 'negative'"),
        (np.zeros((3, 3)), [0, 2, 2], CLASSES, "none of the 3 patients has the outcome 'osteopenia'"),
        ([0.1, np.nan], [0, 1], Task(), "not finite"),
    ],
    ids=["no positive", "no negative", "no osteopenia", "nan"],
)
def test_refused(raw, outcome, task, sentence):
    with pytest.raises(ValueError, match=sentence):
        fit_calibrator(frame(raw), series(outcome), task, Record())


def test_state_is_json(drawn):
    found = fit_calibrator(frame(drawn[0][:80]), series(drawn[1][:80]), Task(), Record())
    again = Calibrator.from_state(json.loads(json.dumps(found.get_state(), allow_nan=False)))
    assert (again.transform(drawn[0][:, None]) == found.transform(drawn[0][:, None])).all()
    assert Calibrator.from_state(Calibrator().get_state()) == Calibrator()


@pytest.mark.parametrize(
    "state",
    [
        {},
        {"method": "isotonic"},
        {"method": "sigmoid", "slopes": [], "intercepts": []},
        {"method": "sigmoid", "slopes": [1.0], "intercepts": [0.0, 1.0]},
        {"method": "sigmoid", "slopes": [-1.0], "intercepts": [0.0]},
        {"method": "sigmoid", "slopes": [float("nan")], "intercepts": [0.0]},
    ],
    ids=["empty", "unknown", "none", "lengths", "negative", "nan"],
)
def test_no_state(state):
    with pytest.raises(ValueError, match="calibration: needs method"):
        Calibrator.from_state(state)
