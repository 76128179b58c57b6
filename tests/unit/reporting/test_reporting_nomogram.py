"""Nomogram: the points that a reader takes from it give the model's probability; other models are refused."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

from helpers import bundles
from helpers.tables import recipe, split
from osteon.modelling.crossfit import fit_model
from osteon.modelling.patients import join_patients
from osteon.reporting.figures import save_figure
from osteon.reporting.nomogram import END, MAJOR, NoNomogram, Refusal, nomogram, nomogram_table, refusal_text
from osteon.reporting.nomogram_figure import ROW, nomogram_figure

EFFECTS = {"age": 0.097, "sex": -0.885, "T1": 2.4, "T2": 5.6, "flat": 0.3, "bmi": 0.0}
INTERCEPT = -9.2


def coefficients(effects=EFFECTS, intercept=INTERCEPT) -> pd.DataFrame:
    rows = [(term, "clinical", effect) for term, effect in effects.items()]
    return pd.DataFrame(
        [*rows, ("intercept", "intercept", intercept)], columns=["term", "kind", "coefficient_per_unit"]
    )


@pytest.fixture(scope="module")
def terms() -> pd.DataFrame:
    random = np.random.default_rng(0)
    return pd.DataFrame(
        {
            "age": random.normal(66, 9, 400),
            "sex": random.integers(0, 2, 400).astype(float),
            "T1": random.normal(0.55, 0.2, 400),
            "T2": random.normal(0.55, 0.15, 400),
            "flat": 2.0,
            "bmi": random.normal(24, 3, 400),
        }
    )


@pytest.fixture(scope="module")
def one(terms):
    return nomogram(coefficients(), terms)


def risks(values: pd.DataFrame) -> np.ndarray:
    """What the model itself says."""
    return expit(INTERCEPT + sum(effect * values[term] for term, effect in EFFECTS.items())).to_numpy()


def test_points_give_the_risk_of_the_model(one, terms):
    total = one.points(terms).sum(axis=1)
    assert np.allclose(one.risk(total), risks(terms), rtol=1e-12)
    assert np.allclose(one.total(risks(terms)), total)


def test_points_run_from_0_to_100_on_the_widest_axis(one):
    ends = pd.DataFrame({scale.term: [scale.low, scale.high] for scale in one.scales})
    points = one.points(ends)
    assert points.to_numpy().min() == 0
    assert points["age"].tolist() == pytest.approx([0, 88], abs=20)
    assert points.max().max() == pytest.approx(100)
    assert points["sex"].tolist() == [points["sex"].max(), 0]  # men have the lower risk
    assert one.most == pytest.approx(points.max().sum())


def test_axes_span_the_percentiles_or_all(one, terms):
    scales = {scale.term: scale for scale in one.scales}
    assert (scales["age"].low, scales["age"].high) == tuple(np.quantile(terms["age"], [0.01, 0.99]))
    assert (scales["sex"].low, scales["sex"].high, scales["sex"].binary) == (0, 1, True)
    whole = {scale.term: scale for scale in nomogram(coefficients(), terms, ranges="min_max").scales}
    assert (whole["age"].low, whole["age"].high) == (terms["age"].min(), terms["age"].max())
    assert (
        one.readable(terms).sum()
        < len(terms)
        == nomogram(coefficients(), terms, ranges="min_max").readable(terms).sum()
    )


def test_a_rare_value_keeps_its_place_on_the_axis(terms):
    rare = terms.assign(sex=(np.arange(400) == 7).astype(float))
    scale = next(scale for scale in nomogram(coefficients(), rare).scales if scale.term == "sex")
    assert (scale.low, scale.high) == (0, 1)
    few = terms.assign(sex=np.r_[1.0, 2.0, np.zeros(398)])
    scale = next(scale for scale in nomogram(coefficients(), few).scales if scale.term == "sex")
    assert (scale.low, scale.high, scale.binary) == (0, 2, False)


def test_terms_without_influence_are_left_out_and_constants_count(one):
    assert one.left_out == ("flat", "bmi")
    assert [scale.term for scale in one.scales] == ["age", "sex", "T1", "T2"]


@pytest.mark.parametrize(
    ("changes", "options", "reason"),
    [
        ({}, {"kind": "continuous"}, Refusal.NOT_BINARY),
        ({}, {"kind": "classes"}, Refusal.NOT_BINARY),
        ({}, {"calibrated": True}, Refusal.CALIBRATED),
        ({"coefficient_per_unit": np.nan}, {}, Refusal.NO_COEFFICIENTS),
        ({"coefficient_per_unit": 0.0}, {}, Refusal.NO_TERM),
    ],
)
def test_other_models_are_refused_with_a_sentence(terms, changes, options, reason):
    with pytest.raises(NoNomogram) as refused:
        nomogram(coefficients().assign(**changes), terms, **options)
    assert refused.value.reason == reason
    assert str(refused.value) == refusal_text(reason)
    assert str(refused.value).startswith("No nomogram: ")


def test_too_many_terms_are_refused():
    names = [f"f{number}" for number in range(16)]
    table = pd.DataFrame(np.random.default_rng(0).normal(size=(20, 16)), columns=names)
    with pytest.raises(NoNomogram, match="more than 15 terms"):
        nomogram(coefficients(dict.fromkeys(names, 1.0)), table)


def test_a_term_without_values_is_named(terms):
    with pytest.raises(ValueError, match="no training patient has a value of T2"):
        nomogram(coefficients(), terms.drop(columns="T2"))


def test_table_holds_places_that_the_formula_gives(one):
    table = nomogram_table(one)
    for scale in one.scales:
        own = table[table["term"] == scale.term]
        points = one.points(pd.DataFrame(dict.fromkeys((s.term for s in one.scales), own["value"])))[scale.term]
        assert np.allclose(own["points"], points)
        assert sorted(own.loc[own["mark"] == END, "points"]) == pytest.approx(
            [0, scale.effect / one.log_odds_per_point]
        )
        assert (own["mark"] == MAJOR).sum() >= 2
    for axis, turn in (("risk", one.risk), ("linear_predictor", one.linear_predictor)):
        own = table[table["axis"] == axis]
        assert np.allclose(own["value"], turn(own["points"]))
        assert own["points"].between(-1e-9, one.most + 1e-9).all()


def axes_read(figure) -> dict[str, tuple[list[float], list[str]]]:
    """Numbers and their places on the paper, by the name of the axis, as a reader sees them."""
    axes, read = figure.axes[0], {}
    names = [text for text in axes.texts if text.get_position()[0] == 0.1]
    for name in names:
        y = name.get_position()[1]
        numbers = [text for text in axes.texts if text not in names and abs(text.get_position()[1] - y) < ROW / 2]
        read[name.get_text()] = ([text.get_position()[0] for text in numbers], [text.get_text() for text in numbers])
    return read


def reading(axis: tuple[list[float], list[str]], *, value: float | None = None, place: float | None = None) -> float:
    """The place of a value, or the value of a place, by a ruler between the printed numbers."""
    places = np.array(axis[0])
    values = np.array([float(text.replace("−", "-").rstrip("%")) for text in axis[1]])
    slope, start = np.polyfit(values, places, 1)
    return start + slope * value if place is None else (place - start) / slope


def test_a_reader_with_a_ruler_finds_the_risk(one, terms):
    """Points are read to half a point, and added; the risk is taken from the log-odds below the sum."""
    read = axes_read(nomogram_figure(nomogram_table(one)))
    inside = terms[one.readable(terms)].head(40)
    totals = np.zeros(len(inside))
    for scale in one.scales:
        for position, value in enumerate(inside[scale.term]):
            points = reading(read["Points"], place=reading(read[scale.term], value=value))
            totals[position] += round(2 * points) / 2
    found = [reading(read["Log-odds"], place=reading(read["Total points"], value=total)) for total in totals]
    # four readings, each wrong by a quarter of a point at most
    slack = 4 * 0.25 * one.log_odds_per_point
    exact = np.log(risks(inside) / (1 - risks(inside)))
    assert np.abs(np.array(found) - exact).max() <= slack + 1e-6
    assert np.abs(expit(found) - risks(inside)).max() <= slack / 4 + 1e-6


def test_risk_stands_below_the_total_that_has_it(one):
    read = axes_read(nomogram_figure(nomogram_table(one)))
    for place, text in zip(*read["Predicted risk"], strict=True):
        total = reading(read["Total points"], place=place)
        assert one.risk(total) == pytest.approx(float(text.rstrip("%")) / 100, abs=1e-9)


def test_numbers_of_a_narrow_axis_tell_neighbours_apart(terms):
    far = terms.assign(age=1000 + terms["age"] / 100)
    read = axes_read(nomogram_figure(nomogram_table(nomogram(coefficients(EFFECTS | {"age": 9.7}), far))))
    assert len(read["age"][1]) == len(set(read["age"][1])) > 2


def test_a_short_axis_of_risks_has_numbers_too(terms):
    weak = {"age": 0.002, "sex": 0.05}
    read = axes_read(nomogram_figure(nomogram_table(nomogram(coefficients(weak, -0.8), terms))))
    assert len(read["Predicted risk"][1]) >= 2


def test_certain_risks_have_a_place_at_the_ends(terms):
    table = nomogram_table(nomogram(coefficients(EFFECTS | {"age": 90.0}), terms))
    assert np.isfinite(table[["value", "points"]].to_numpy(dtype=float)).all()


def test_names_levels_and_what_the_axes_are(one):
    levels = {"sex": {0.0: "female", 1.0: "male"}}
    figure = nomogram_figure(nomogram_table(one), {"age": "Age (years)", "bmi": "BMI"}, levels)
    read = axes_read(figure)
    assert list(read) == ["Points", "Age (years)", "sex", "T1", "T2", "Total points", "Log-odds", "Predicted risk"]
    assert sorted(read["sex"][1]) == ["female", "male"]
    note = figure.texts[0].get_text().replace("\n", " ")
    assert "from the 1st to the 99th percentile of the 400 training patients" in note
    assert "left out: flat, BMI." in note


@pytest.mark.slow
@pytest.mark.parametrize("effects", [EFFECTS, EFFECTS | {"age": 0.4, "T1": 0.8, "sex": 0.01}])
def test_numbers_do_not_touch(terms, effects):
    one = nomogram(coefficients(effects, -26.0), terms)
    figure = nomogram_figure(nomogram_table(one), {"T1": "Radiomics score of the fat-suppressed T2-weighted images"})
    renderer = figure.canvas.get_renderer()
    boxes = [text.get_window_extent(renderer) for text in figure.axes[0].texts]
    for position, box in enumerate(boxes):
        assert not any(box.overlaps(other) for other in boxes[position + 1 :])
        assert box.x0 >= 0
        assert box.x1 <= figure.bbox.width


@pytest.mark.slow
def test_same_table_same_bytes(one, tmp_path):
    for name in ("one", "two"):
        save_figure(nomogram_figure(nomogram_table(one)), tmp_path / name)
    for suffix in (".svg", ".png"):
        assert (tmp_path / f"one{suffix}").read_bytes() == (tmp_path / f"two{suffix}").read_bytes()


@pytest.mark.slow
def test_a_fitted_model_and_its_nomogram_agree():
    """Tables of a real fit: coefficients.tsv, and the terms of the training patients before scaling."""
    people, features = bundles.everyone()
    patients = join_patients(people, [features])
    fit = fit_model(recipe(), patients, split(people, 0.2, 2))
    model = fit.bundle.model
    terms = model.terms(patients)
    one = nomogram(fit.coefficients, terms, kind=model.task.kind, calibrated=model.calibrator is not None)
    total = one.points(terms).sum(axis=1)
    assert np.allclose(one.risk(total), model.predict(patients)["probability"], rtol=1e-9)
