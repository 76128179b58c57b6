"""Figures of a paper: ROC of subgroups, radar and dots, selection bars, correlations, band of the calibration."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from osteon.reporting.correlation_figure import cluster_figure
from osteon.reporting.feature_clusters import feature_clusters
from osteon.reporting.figures import calibration_figure, save_figure
from osteon.reporting.language import language
from osteon.reporting.lettering import COLUMN, PAGE
from osteon.reporting.radar_figure import dots_figure, radar_caption, radar_data, radar_figure
from osteon.reporting.selection_figure import selection_figure, selection_frequencies
from osteon.reporting.subgroup_roc_figure import subgroup_roc_figure

MEASURES = {"auc": "AUC", "sensitivity": "Sensitivity", "ppv": "Positive predictive value"}
SETS = {"test": "Internal test", "external": "Hospital B", "absent": "Hospital C"}
LONG = "T1_L1L3_log-sigma-1-0-mm-3D_glszm_GrayLevelNonUniformityNormalized"


@pytest.fixture
def performance():
    rows = [("test", 0.81, 0.79, 0.75), ("external", 0.74, 0.72, np.nan)]
    table = pd.DataFrame(rows, columns=["set", *MEASURES]).assign(model="combined")
    for measure in MEASURES:
        table[f"{measure}_low"], table[f"{measure}_high"] = table[measure] - 0.07, table[measure] + 0.06
    return table


@pytest.fixture
def subgroups():
    rows = [
        ("", "all", 60, 30, 0.8, 0.7, 0.9, ""),
        ("sex", "0", 40, 20, 0.781, 0.690, 0.872, ""),
        ("sex", "1", 20, 10, 0.823, 0.720, 0.926, ""),
        ("scanner", "Signa", 55, 25, 0.81, 0.75, 0.87, ""),
        ("scanner", "Avanto", np.nan, np.nan, np.nan, np.nan, np.nan, "small_cell"),
    ]
    return pd.DataFrame(rows, columns=["group", "level", "n", "events", "value", "low", "high", "reason"])


@pytest.fixture
def roc():
    parts = [("sex", "0"), ("sex", "1"), ("scanner", "Signa")]
    rates = {"false_positive_rate": [0, 0.2, 1], "true_positive_rate": [0, 0.7, 1]}
    return pd.concat([pd.DataFrame({"group": group, "level": level} | rates) for group, level in parts])


@pytest.fixture
def selection():
    rows = [
        ("combined", "T1", LONG, "kept", 0.4, 18),
        ("combined", "T1", "T1_b", "lasso", np.nan, 20),
        ("combined", "T1", "T1_c", "kept", -0.9, 18),
        ("combined", "T1", "T1_never", "p_value", np.nan, 0),
        ("combined", "T2", "T2_a", "least_p", np.nan, 0),
    ]
    table = pd.DataFrame(rows, columns=["model", "signature", "feature", "fate", "coefficient", "selected"])
    return table.assign(p=0.01, resamples=20)


def bars_of(axes) -> dict[int, tuple[float, bool]]:
    """Length of the bar of each row, and whether it is hatched."""
    bars = [(round(bar.get_y() + bar.get_height() / 2), bar) for bar in axes.patches]
    return {row: (bar.get_width(), bool(bar.get_hatch())) for row, bar in bars}


def bands_of(axes) -> list[np.ndarray]:
    """Corners of the bands."""
    paths = [path for one in axes.collections for path in one.get_paths()]
    return [path.vertices for path in paths if len(path.vertices) > 4]


def legend_texts(axes) -> list[str]:
    return [text.get_text() for text in axes.get_legend().get_texts()]


def test_subgroup_curves_have_a_panel_for_each_division(roc, subgroups):
    figure = subgroup_roc_figure(
        roc,
        subgroups,
        groups={"sex": "Sex"},
        levels={("sex", "0"): "Women", ("scanner", "1"): "Other"},
        reasons={"small_cell": "Hidden: too few patients"},
    )
    assert [axes.get_title("left") for axes in figure.axes] == ["Sex", "scanner"]
    assert legend_texts(figure.axes[0]) == ["Women  0.78 (0.69–0.87)  20 of 40", "1  0.82 (0.72–0.93)  10 of 20"]
    assert legend_texts(figure.axes[1])[1] == "Avanto – Hidden: too few patients"
    curves = [line for line in figure.axes[1].get_lines() if len(line.get_xdata()) > 2]
    assert [list(line.get_ydata()) for line in curves] == [[0, 0.7, 1]]
    lines = [line for line in figure.axes[0].get_lines() if len(line.get_xdata()) > 2]
    assert len({line.get_color() for line in lines}) == len({line.get_linestyle() for line in lines}) == 2


def test_subgroup_legends_are_under_the_panels_and_on_the_page(roc, subgroups):
    figure = subgroup_roc_figure(roc, subgroups.assign(level=subgroups["level"] + " in Hospital A of the university"))
    figure.draw_without_rendering()
    for axes in figure.axes:
        legend = axes.get_legend().get_window_extent()
        assert legend.y1 < axes.get_window_extent().y0
        assert legend.y0 >= 0
        assert legend.x1 <= figure.bbox.width
    assert subgroup_roc_figure(roc, subgroups.iloc[:1]).texts[0].get_text() == "Nothing to draw: no subgroups"
    hidden = subgroup_roc_figure(roc, subgroups.assign(value=np.nan))
    assert [text.get_text() for text in hidden.texts] == ["Nothing to draw: all subgroups are hidden"]


def test_radar_and_dots_show_the_same_numbers(performance):
    data = radar_data(performance, "combined", MEASURES)
    assert len(data) == 6
    radar, dots = radar_figure(data, MEASURES, SETS).axes
    test, external = [line.get_ydata() for line in radar.get_lines()]
    assert list(test) == [0.81, 0.79, 0.75, 0.81]  # closed
    assert np.isnan(external[2])
    assert not np.isnan(external[[0, 1, 3]]).any()
    points = {line.get_label(): line for line in dots.get_lines() if line.get_label() in SETS.values()}
    assert list(points) == ["Internal test", "Hospital B"]
    assert list(points["Internal test"].get_xdata()) == [0.81, 0.79, 0.75]
    assert [text.get_text() for text in dots.texts] == ["0.81", "0.79", "0.75", "0.74", "0.72", "–"]
    rows = dict(zip(points["Internal test"].get_ydata(), points["Internal test"].get_xdata(), strict=True))
    for text in dots.texts[:3]:
        assert text.get_text() == f"{rows[text.get_position()[1]]:.2f}"


def test_a_radar_says_that_its_area_means_nothing(performance):
    figure = radar_figure(radar_data(performance, "combined", MEASURES), MEASURES, SETS)
    assert figure.get_supxlabel().replace("\n", " ") == radar_caption()
    assert "area" in radar_caption()
    two = dict(list(MEASURES.items())[:2])
    figure = radar_figure(radar_data(performance, "combined", two), two, SETS)
    assert [axes.name for axes in figure.axes] == ["rectilinear"]


def test_dots_alone_are_as_wide_as_a_column(performance):
    figure = dots_figure(radar_data(performance, "combined", MEASURES), MEASURES, SETS)
    assert figure.get_figwidth() == COLUMN
    empty = dots_figure(radar_data(performance, "combined", MEASURES), MEASURES, {"absent": "Hospital C"})
    assert empty.texts[0].get_text() == "Nothing to draw: no set of patients"


def test_radar_refuses_what_it_cannot_show(performance):
    with pytest.raises(ValueError, match="'clinical' is not in the table of performances, which has combined"):
        radar_data(performance, "clinical", MEASURES)
    with pytest.raises(ValueError, match="no column mcc"):
        radar_data(performance, "combined", {"mcc": "MCC"})
    with pytest.raises(ValueError, match="auc: a radar shows values from 0 to 1 alone"):
        radar_data(performance.assign(auc=1.2), "combined", MEASURES)


def test_selection_bars_are_ordered_and_marked(selection):
    table = selection_frequencies(selection, {"combined": "Combined"})
    # of equal shares the larger weight comes first; what is in use stays
    assert list(table["feature"]) == ["T1_b", "T1_c", LONG, "T2_a"]
    assert list(table["in_use"]) == ["no", "yes", "yes", "yes"]
    figure = selection_figure(table, {"T1_b": "Entropy"})
    first, second = figure.axes
    assert [label.get_text() for label in first.get_yticklabels()][:2] == ["Entropy", "T1_c"]
    shown = [label.get_text() for label in first.get_yticklabels()][2]
    assert shown.startswith("T1_L1L3")
    assert shown.endswith("Normalized")
    assert bars_of(first) == {0: (1.0, True), 1: (0.9, False), 2: (0.9, False)}
    assert [text.get_text() for text in first.texts] == ["20 of 20", "18 of 20", "18 of 20"]
    assert (first.get_title("left"), second.get_title("left")) == ("T1", "T2")


def test_selection_shares_its_rows_among_the_scores(selection):
    many = pd.concat([selection.assign(feature=selection["feature"] + str(number)) for number in range(20)])
    table = selection_frequencies(many, {"combined": "Combined"}, most=30)
    assert table["score"].value_counts().to_dict() == {"T1": 15, "T2": 15}
    assert table.groupby("score")["more"].first().to_dict() == {"T1": 45, "T2": 5}
    assert selection_figure(table).axes[0].get_title("left") == "T1 (45 more in the file)"
    assert len(selection_frequencies(many, {"combined": "Combined"}, most=70).query("score == 'T2'")) == 20


def test_clinical_variables_that_were_selected_are_named_in_the_language_of_the_reader(selection):
    clinical = selection.assign(signature="clinical")
    assert set(selection_frequencies(clinical, {"combined": "联合"}, say=language("zh"))["score"]) == {"联合的临床变量"}


def test_selection_without_other_fits_says_so(selection):
    alone = selection.assign(resamples=0, selected=0)
    figure = selection_figure(selection_frequencies(alone, {"combined": "Combined"}))
    assert figure.texts[0].get_text() == "Nothing to draw: no feature was selected in other fits"


@pytest.fixture(scope="module")
def features():
    random = np.random.default_rng(1)
    common = random.normal(size=50)
    columns = {LONG: common, "T1_b": common + random.normal(0, 0.2, 50), "T2_c": -common + random.normal(0, 0.2, 50)}
    return pd.DataFrame(columns | {"T2_d": random.normal(size=50), "flat": 1.0})


def test_heatmap_names_places_and_numbers_agree_with_the_table(features):
    members, merges = feature_clusters(features)
    figure = cluster_figure(members, merges, {"T1_b": "Entropy"})
    tree, cells, key = figure.axes
    names = [label.get_text() for label in cells.get_yticklabels()]
    assert len(names) == 4
    for position, (name, feature) in enumerate(zip(names, members["feature"], strict=False), start=1):
        assert name.startswith(f"{position}  ")
        assert feature == LONG or name.endswith("Entropy" if feature == "T1_b" else feature)
    printed = {text.get_position(): text.get_text() for text in cells.texts}
    for row, column in np.ndindex(4, 4):
        value = members[members["feature"].iloc[column]].iloc[row]
        assert float(printed[column + 1, row + 1].replace("−", "-")) == pytest.approx(value, abs=0.005 + 1e-9)
    assert len([line for line in tree.get_lines() if len(line.get_xdata()) == 4]) == 3
    note = figure.texts[0].get_text().replace("\n", " ")
    assert note.startswith("4 features in 2 clusters")
    assert "1 with one value only" in note
    assert "hatched" in key.get_xlabel()


def test_strong_negative_correlations_are_hatched_cells(features):
    members, merges = feature_clusters(features)
    cells = cluster_figure(members, merges).axes[1]
    (hatched,) = [patch for patch in cells.patches if patch.get_hatch()]
    place = members.set_index("feature")["place"]
    x, y = float(place["T2_c"]), float(place["T1_b"])
    assert hatched.get_path().contains_point((x, y))
    assert hatched.get_path().contains_point((y, x))
    assert not hatched.get_path().contains_point((x, x))


@pytest.mark.slow
def test_many_features_have_no_names_and_few_no_figure(features):
    random = np.random.default_rng(2)
    many = pd.DataFrame(random.normal(size=(30, 60)), columns=[f"f{number:02d}" for number in range(60)])
    figure = cluster_figure(*feature_clusters(many))
    assert not figure.axes[1].get_yticklabels()
    assert "Names are in the table." in figure.texts[0].get_text()
    blank = cluster_figure(*feature_clusters(features[["T1_b", "flat"]]))
    assert blank.texts[0].get_text() == "Nothing to draw: fewer than two features with different values"


def test_calibration_band_is_drawn_where_there_is_one():
    predicted = np.linspace(0.1, 0.9, 5)
    curve = pd.DataFrame({"set": "test", "model": "m", "kind": "smooth", "predicted": predicted, "observed": predicted})
    curve = curve.assign(low=predicted - 0.1, high=predicted + 0.1)
    names = {"m": "Model"}, {"test": "Internal test"}
    (corners,) = bands_of(calibration_figure(curve, *names).axes[0])
    assert (corners[:, 1].min(), corners[:, 1].max()) == pytest.approx((0.0, 1.0))
    assert not bands_of(calibration_figure(curve.assign(low=np.nan, high=np.nan), *names).axes[0])


@pytest.mark.slow
def test_same_tables_same_bytes(roc, subgroups, performance, selection, features, tmp_path):
    data = radar_data(performance, "combined", MEASURES)
    draw = {
        "roc": lambda: subgroup_roc_figure(roc, subgroups),
        "radar": lambda: radar_figure(data, MEASURES, SETS),
        "selection": lambda: selection_figure(selection_frequencies(selection, {"combined": "Combined"})),
        "clusters": lambda: cluster_figure(*feature_clusters(features)),
    }
    for name, make in draw.items():
        for turn in ("one", "two"):
            save_figure(make(), tmp_path / f"{name}_{turn}")
        for suffix in (".svg", ".png"):
            files = [(tmp_path / f"{name}_{turn}{suffix}").read_bytes() for turn in ("one", "two")]
            assert files[0] == files[1]


@pytest.mark.slow
def test_figures_have_the_widths_that_journals_print(roc, subgroups, performance, selection, features):
    data = radar_data(performance, "combined", MEASURES)
    figures = [
        subgroup_roc_figure(roc, subgroups),
        radar_figure(data, MEASURES, SETS),
        selection_figure(selection_frequencies(selection, {"combined": "Combined"})),
        cluster_figure(*feature_clusters(features)),
    ]
    assert {figure.get_figwidth() for figure in figures} == {PAGE}
