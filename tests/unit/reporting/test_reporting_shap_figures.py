"""Figures of what a model's predictions rest on: the numbers of the tables, the same bytes for the same table."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from matplotlib.collections import PathCollection, QuadMesh

from osteon.modelling.explanation_codes import NoInteractions, Scale
from osteon.reporting.beeswarm_figure import beeswarm_figure
from osteon.reporting.figures import save_figure
from osteon.reporting.interaction_figure import interaction_figure
from osteon.reporting.shap_figure import MOST, importance_figure, joint_figure, unit_of

TERMS = ["age", "sex", "T1", "T2"]
NAMES = {"age": "Age (years)", "sex": "性别", "T1": "T1WI score"}
TITLES = {"train": "Training", "external": "Second Hospital"}
SIDES = {"train": [0.2, 0.1, 0.3, 0.4], "external": [0.5, 0.0, 0.2, 0.3]}


def importance(sides=SIDES) -> pd.DataFrame:
    parts = [
        pd.DataFrame({"set": name, "term": TERMS, "kind": ["clinical"] * 2 + ["score"] * 2, "share": shares})
        for name, shares in sides.items()
    ]
    return pd.concat(parts, ignore_index=True)


def values(people: int = 60) -> pd.DataFrame:
    random = np.random.default_rng(1)
    table = pd.DataFrame({"age": random.normal(60, 9, people), "sex": np.arange(people) % 2, "T1": 0.0, "T2": 0.0})
    table[["T1", "T2"]] = random.normal(size=(people, 2))
    table.index = [f"S{i:03d}" for i in range(people)]
    effects = (table - table.mean()) * [0.05, -0.5, 0.3, 0.8]
    wide = {"value": table, "shap": effects}
    stacked = {name: part.stack().rename(name) for name, part in wide.items()}
    return pd.concat(stacked, axis=1).rename_axis(["subject", "term"]).reset_index()


def interactions(reason: str = "") -> pd.DataFrame:
    if reason:
        return pd.DataFrame([{"term": "", "other": "", "mean_abs": np.nan, "reason": reason}])
    rows = [("age", "age", 0.5), ("age", "sex", 0.02), ("age", "T1", 0.11), ("age", "T2", 0.06), ("sex", "sex", 0.3)]
    rows += [("sex", "T1", 0.0), ("sex", "T2", 0.04), ("T1", "T1", 0.2), ("T1", "T2", 0.03), ("T2", "T2", 0.4)]
    return pd.DataFrame(rows, columns=["term", "other", "mean_abs"]).assign(reason="")


def correlations() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "variable": TERMS,
            "r": [0.26, -0.34, 0.34, np.nan],
            "low": [0.1, -0.5, 0.2, np.nan],
            "high": [0.4, -0.2, 0.5, np.nan],
        }
    )


FIGURES = {
    "importance": lambda: importance_figure(importance(), TITLES, NAMES),
    "joint": lambda: joint_figure(importance().query("set == 'train'"), correlations(), NAMES),
    "beeswarm": lambda: beeswarm_figure(values(), "log_odds", NAMES, "Training"),
    "interactions": lambda: interaction_figure(interactions(), "probability", NAMES, "Training"),
}


def axes_of(figure, label: str):
    return next(axes for axes in figure.axes if axes.get_label() == label)


def texts_of(axes) -> list[str]:
    return [text.get_text() for text in axes.texts]


def rows_of(axes) -> list[str]:
    return [tick.get_text() for tick in axes.get_yticklabels()]


def test_bars_are_the_shares_in_the_order_of_the_first_set():
    figure = FIGURES["importance"]()
    first, second = axes_of(figure, "train"), axes_of(figure, "external")
    assert rows_of(first) == ["T2", "T1WI score", "Age (years)", "性别"]
    assert [bar.get_width() for bar in first.patches] == [0.4, 0.3, 0.2, 0.1]
    assert [bar.get_width() for bar in second.patches] == [0.3, 0.2, 0.5, 0.0]
    assert texts_of(first) == ["40.0%", "30.0%", "20.0%", "10.0%", "Radiomics 70.0%, clinical 30.0%"]
    assert [bool(bar.get_hatch()) for bar in first.patches] == [False, False, True, True]
    assert first.get_xlim() == second.get_xlim()


def test_small_terms_share_a_bar():
    names = [f"f{i:02d}" for i in range(MOST + 5)]
    shares = np.arange(len(names), 0, -1.0)
    table = pd.DataFrame({"set": "train", "term": names, "kind": "feature", "share": shares / shares.sum()})
    axes = axes_of(importance_figure(table, {"train": "Training"}), "train")
    assert rows_of(axes)[-1] == "6 other terms"
    assert len(axes.patches) == MOST
    assert axes.patches[-1].get_width() == pytest.approx(21 / shares.sum())
    assert sum(bar.get_width() for bar in axes.patches) == pytest.approx(1)


def test_a_set_without_shares_has_dashes():
    figure = importance_figure(importance(SIDES | {"external": [np.nan] * 4}), TITLES)
    assert texts_of(axes_of(figure, "external")) == ["–", "–", "–", "–", ""]
    nothing = importance_figure(importance({"train": [np.nan] * 4}), TITLES)
    assert "no term has an effect" in nothing.texts[0].get_text()


def test_joint_panel_has_shares_and_correlations_in_the_same_rows():
    figure = FIGURES["joint"]()
    shares, r = axes_of(figure, "shares"), axes_of(figure, "correlations")
    assert rows_of(shares) == ["T2", "T1WI score", "Age (years)", "性别"]
    assert texts_of(r)[:4] == ["–", "0.34 (0.20–0.50)", "0.26 (0.10–0.40)", "−0.34 (−0.50 to −0.20)"]
    points = {float(y): float(x) for line in r.lines[1:] for x, y in line.get_xydata()}
    assert {y: x for y, x in points.items() if not np.isnan(x)} == {1.0: 0.34, 2.0: 0.26, 3.0: -0.34}
    assert shares.get_ylim() == r.get_ylim()
    assert r.get_xlabel() == "Point-biserial correlation"
    number = joint_figure(importance().query("set == 'train'"), correlations(), point_biserial=False)
    assert axes_of(number, "correlations").get_xlabel() == "Correlation"


def test_every_patient_is_a_dot_of_each_term():
    figure = FIGURES["beeswarm"]()
    axes, table = axes_of(figure, "swarm"), values()
    swarms = [found for found in axes.collections if isinstance(found, PathCollection)]
    assert [len(one.get_offsets()) for one in swarms] == [60] * 4
    order = table.groupby("term")["shap"].apply(lambda part: part.abs().mean()).sort_values(ascending=False).index
    assert rows_of(axes) == [NAMES.get(term, term) for term in order]
    width = float(np.diff(axes.get_xlim())[0])
    for y, (term, swarm) in enumerate(zip(order, swarms, strict=True)):
        x, across = np.asarray(swarm.get_offsets()).T
        shown = table[table["term"] == term].sort_values("subject")["shap"].to_numpy()
        assert np.abs(x - shown).max() < 0.01 * width
        assert np.abs(across - y).max() < 0.5


def test_heatmap_has_pairs_below_and_main_effects_on_the_diagonal():
    axes = axes_of(FIGURES["interactions"](), "interactions")
    assert rows_of(axes) == ["Age (years)", "T2", "性别", "T1WI score"]
    cells = {text.get_position(): text.get_text() for text in axes.texts[:-1]}
    assert (cells[0, 0], cells[1, 1]) == ("0.50", "0.40")
    assert (cells[0, 1], cells[0, 3], cells[1, 2], cells[2, 3]) == ("0.06", "0.11", "0.04", "0.00")
    assert len(cells) == 10
    mesh = next(found for found in axes.collections if isinstance(found, QuadMesh))
    assert np.ma.getmaskarray(mesh.get_array()).sum() == 10


@pytest.mark.parametrize("reason", NoInteractions)
def test_no_interactions_say_why(reason):
    figure = interaction_figure(interactions(reason), "log_odds")
    assert figure.texts[0].get_text().startswith("No interactions: ")


def test_tables_that_were_read_again_give_the_same_figures():
    """Empty cells are missing values after a table was read."""
    read = interactions().assign(reason=np.nan)
    assert len(interaction_figure(read, "log_odds").axes) == 2
    none = interactions("additive").assign(term=np.nan, other=np.nan)
    assert interaction_figure(none, "log_odds").texts[0].get_text().startswith("No interactions: ")


@pytest.mark.parametrize("scale", Scale)
def test_every_scale_has_a_name(scale):
    assert unit_of(scale)


def test_no_effect_is_no_figure():
    still = values().assign(shap=0.0)
    assert "no term has an effect" in beeswarm_figure(still, "log_odds").texts[0].get_text()


@pytest.mark.slow
@pytest.mark.parametrize("name", FIGURES)
def test_same_table_same_bytes(name, tmp_path):
    for stem in ("one", "two"):
        save_figure(FIGURES[name](), tmp_path / stem)
    for ending in ("svg", "png"):
        assert (tmp_path / f"one.{ending}").read_bytes() == (tmp_path / f"two.{ending}").read_bytes()
