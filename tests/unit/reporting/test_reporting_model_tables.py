"""Tables on how models came about: known cells, every reason in words, nothing said that is not so."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from helpers import outcome_study, report_study, report_tables
from osteon.modelling import leakage, logistic
from osteon.modelling.selection.fates import FATES
from osteon.modelling.selection.reproducibility import NoIndex
from osteon.reporting import audit_tables, harmonisation_tables, search_tables, selection_tables
from osteon.reporting.language import language

MODELS = report_study.MODELS
GROUPS = {"no": "No osteoporosis", "yes": "Osteoporosis"}
CENTERS = {"A": "Hospital A", "B": "Hospital B", "C": "Hospital C"}


def ridge(**values) -> pd.DataFrame:
    """Two rows of a logistic regression without standard errors."""
    table = {
        "model": "clinical",
        "term": ["age", "intercept"],
        "kind": ["clinical", "intercept"],
        "coefficient": [0.9, 0.1],
        "p": np.nan,
        "odds_ratio": [2.46, 1.1],
        "low": np.nan,
        "high": np.nan,
        "coefficient_per_unit": [0.0975, -6.178],
        "note": "outcomes separated: ridge",
    }
    return pd.DataFrame(table | values)


def selected(rows) -> pd.DataFrame:
    """A selection table of model, signature, feature, fate, weight."""
    table = pd.DataFrame(rows, columns=["model", "signature", "feature", "fate", "coefficient"])
    return table.assign(p=0.01, selected=3, resamples=5)


def test_every_row_is_as_long_as_the_headings(content):
    made = [
        harmonisation_tables.harmonisation_table(content.harmonisation),
        harmonisation_tables.signal_table(content.signal, {"age": "Age"}),
        harmonisation_tables.confounding_table(content.confounding, CENTERS, GROUPS),
        selection_tables.coefficients_table(content.coefficients, MODELS, {"age": "Age"}),
        selection_tables.selection_table(content.selection, MODELS),
        selection_tables.stability_table(content.stability, MODELS),
        selection_tables.feature_flow_table(content.feature_flow, MODELS),
        selection_tables.fates_table(content.selection, MODELS),
        selection_tables.missing_table(content.missing_inputs, CENTERS, {}, "median"),
        search_tables.search_table(content.search, MODELS, "AUC"),
        search_tables.null_table(content.null_run, MODELS, "AUC"),
        search_tables.repeats_table(report_tables.repeats(), MODELS, "AUC"),
        audit_tables.audit_table(content.audit, MODELS),
        audit_tables.audit_counts(content.audit),
    ]
    for table in made:
        assert table.rows
        assert all(len(row) == len(table.columns) for row in table.rows), table.key
        assert all(isinstance(cell, str) and cell for row in table.rows for cell in row), table.key
        assert not any("nan" in cell for row in table.rows for cell in row), table.key
    assert len({table.key for table in made}) == len(made)


def test_coefficients_of_a_ridge_say_so():
    shown = selection_tables.coefficients_table(ridge(), MODELS, {"age": "Age"})
    assert shown.columns == [
        "Model",
        "Term",
        "Coefficient per SD",
        "Odds ratio per SD (95% CI)",
        "Coefficient per unit",
    ]
    assert shown.rows[0] == ["Clinical", "Age", "0.900", "2.46", "0.09750"]
    assert "Clinical: outcomes separated: ridge." in shown.notes


def test_model_without_coefficients_has_one_row_that_says_why(content):
    shown = selection_tables.coefficients_table(content.coefficients, MODELS, {})
    assert shown.rows[-1][:3] == ["Combined", "2 terms; no coefficients: knn", "–"]
    alone = selection_tables.coefficients_table(content.coefficients.query("model == 'combined'"), MODELS, {})
    assert alone.columns == ["Model", "Term"]
    assert not any("logit" in note for note in alone.notes)


@pytest.mark.parametrize("kind", ["classes", "continuous"])
def test_only_a_binary_outcome_has_odds_ratios(kind):
    shown = selection_tables.coefficients_table(outcome_study.coefficients(kind), MODELS, {"age": "Age"}, kind)
    assert not [heading for heading in shown.columns if "dds" in heading]
    assert not any("logit" in note for note in shown.notes)
    if kind == "continuous":
        assert shown.rows[0] == ["Clinical", "Age", "−12.25", "−18.5 to −6.00", "0.001", "−1.500"]
    else:
        assert [row[:3] for row in shown.rows[::2]] == [
            ["Clinical", name, "Age"] for name in outcome_study.OUTCOMES[kind].classes
        ]


def test_terms_without_weight_and_small_ones_are_counted():
    many = pd.concat([ridge(term=[f"x{place}", "intercept"]).head(1) for place in range(60)])
    many["coefficient"] = [0.0] * 4 + list(np.linspace(1, 2, 56))
    shown = selection_tables.coefficients_table(many.reset_index(drop=True), MODELS, {})
    assert len(shown.rows) == selection_tables.SHOWN
    assert "Clinical: 4 terms have the coefficient 0 and are left out." in shown.notes
    assert "Clinical: 6 terms with smaller coefficients are in the file." in shown.notes
    assert "x4" not in [row[1] for row in shown.rows]


def test_models_that_share_a_score_show_it_once_with_the_largest_weight_first():
    parts = (("small", "kept", 0.1), ("large", "kept", -0.5), ("out", "lasso", np.nan))
    table = selected([(model, "T1", *part) for model in MODELS for part in parts])
    shown = selection_tables.selection_table(table, MODELS)
    assert [row[:2] for row in shown.rows] == [["T1", "large"], ["T1", "small"]]
    assert shown.rows[0][3] == "3 of 5"


def test_scores_that_differ_name_their_model():
    table = selected([("clinical", "T1", "a", "kept", 0.1), ("combined", "T1", "a", "kept", 0.2)])
    assert [row[0] for row in selection_tables.selection_table(table, MODELS).rows] == [
        "T1 (Clinical)",
        "T1 (Combined)",
    ]
    own = selected([(model, "columns", "a", "kept", np.nan) for model in MODELS])
    assert [row[0] for row in selection_tables.selection_table(own, MODELS).rows] == [
        "Features of Clinical",
        "Features of Combined",
    ]


def test_every_candidate_has_a_fate_in_words():
    table = selected([("clinical", "T1", f"x{place}", str(fate), np.nan) for place, fate in enumerate(FATES)])
    rows = selection_tables.fates_table(table, MODELS).rows
    assert [row[1] for row in rows] == list(FATES.values())
    assert {tuple(row[2:]) for row in rows} == {("1", f"{100 / len(FATES):.1f}%")}


def test_flow_of_candidate_features(content):
    shown = selection_tables.feature_flow_table(content.feature_flow, MODELS)
    assert shown.columns == ["Score", "Candidates", "Reliable", "Measured in all hospitals", "Varying", "Selected"]
    assert shown.rows == [["T1", "2", "2", "2", "2", "1"]]


@pytest.mark.parametrize("reason", list(NoIndex))
def test_no_stability_index_has_its_reason_in_words(content, reason):
    table = content.stability.assign(stability=np.nan, reason=str(reason))
    shown = selection_tables.stability_table(table, MODELS)
    assert shown.rows[0][-1] == "–"
    assert shown.notes[-1].startswith("–: ")
    assert str(reason) not in shown.notes[-1]


def test_missing_inputs_are_cut_and_counted(content):
    shown = selection_tables.missing_table(content.missing_inputs, CENTERS, {"age": "Age"}, "median")
    assert shown.rows[0] == ["Age", "12", "27.3%", "0.0%", "48.0% (Hospital A)"]
    assert len(shown.rows) == 10
    assert "2 more inputs lack values; they are in the file." in shown.notes
    assert "the study stops" in selection_tables.missing_table(content.missing_inputs, CENTERS, {}, "refuse").notes[0]


def test_search_counts_settings_and_same_choices(content):
    shown = search_tables.search_table(content.search, MODELS, "AUC")
    assert shown.rows == [["Combined", "wide + logistic_l2", "2 × 2", "48", "0.820 ± 0.060", "1 of 2"]]
    assert shown.notes[-1] == (
        "Combined: 1 of 4 candidates could not be fitted: wide + knn (an inner fold has one outcome only)."
    )


def test_null_run_names_the_smallest_p(content):
    shown = search_tables.null_table(content.null_run, MODELS, "AUC")
    assert shown.rows == [["Combined", "20", "0.497 (0.371–0.623)", "0.806", "0.048"]]
    assert "cannot be below 0.048" in shown.notes[0]


def test_repeats_show_the_range():
    shown = search_tables.repeats_table(report_tables.repeats(), MODELS, "AUC")
    assert shown.rows[0] == ["Clinical", "3", "0.710", "0.680", "0.740"]
    once = search_tables.repeats_table(report_tables.repeats().query("repeat == 1"), MODELS, "AUC")
    assert once.notes == ["One repeat does not show how much the folds change; write validation.repeats: 5 or more."]


def test_batches_have_names_flags_and_sizes(content):
    rows = harmonisation_tables.confounding_table(content.confounding, CENTERS, GROUPS).rows
    assert rows[0] == ["Hospital", "All", "bound to the outcome", "44", "20", "24", "Cramér's V 0.45", "0.003"]
    assert rows[1][:3] == ["Hospital", "Hospital A", "fewer than 30 patients"]
    assert rows[4][:3] == ["field", "1.5", "one outcome only; fewer than 20 patients"]


def test_stages_of_one_batch_stand_together(content):
    other = content.harmonisation.assign(batch="field", reason="one_batch", batch_auc=np.nan, features_tested=np.nan)
    mixed = pd.concat([content.harmonisation, other]).sort_values("stage", ascending=False)
    shown = harmonisation_tables.harmonisation_table(mixed)
    assert [row[:2] for row in shown.rows] == [
        ["Hospital", "Before ComBat"],
        ["Hospital", "After ComBat"],
        ["field", "Before ComBat"],
        ["field", "After ComBat"],
    ]
    assert shown.rows[2][4] == "–"
    assert "–: The training patients are of one batch." in shown.notes


def test_signal_has_a_column_for_each_stage(content):
    shown = harmonisation_tables.signal_table(content.signal, {"age": "Age"})
    assert shown.rows == [["Age", "R²", "42", "0.31", "0.29"], ["sex", "AUC", "42", "0.81", "0.79"]]
    before = harmonisation_tables.signal_table(content.signal.query("stage == 'before'"), {})
    assert before.columns[-1] == "Before ComBat"


def test_audit_names_the_first_leak(content):
    finding = "'b' was fitted on all patients"
    audit = content.audit.query("model == 'combined'").assign(verdict=["clean", "leak"], finding=["", finding])
    assert audit_tables.audit_table(audit, MODELS).rows == [["Combined", finding, "2", "49", "2", "1"]]


@pytest.mark.parametrize(
    ("scope", "kind"),
    [
        ("final", "All training patients"),
        ("fold 2", "Folds"),
        ("repeat 3 fold 1", "Repeated folds"),
        ("without NCC", "Left-out hospitals"),
        ("without NCC / fold 1", "Inner folds"),
        ("final / fold 1", "Inner folds"),
        ("adapt OU", "Adaptation"),
        ("somewhere", "Other"),
    ],
)
def test_kinds_of_scopes(scope, kind):
    assert audit_tables.scope_kinds()[audit_tables.scope_kind(scope)] == kind


def test_remarks_and_names_of_the_models_are_those_of_the_fits():
    assert audit_tables.ALL_MODELS == leakage.ALL_MODELS
    chinese = language("zh", strict=True)
    remarks = (logistic.SEPARATED, "constant: age, sex", "no coefficients: knn", "collinear terms: no standard errors")
    assert selection_tables.model_note("; ".join(remarks)) == "; ".join(remarks)
    for remark in remarks:
        assert selection_tables.model_note(remark, chinese) != remark
    assert selection_tables.model_note("constant: age, sex", chinese) == "常量：age, sex"
    assert selection_tables.model_note("a remark that is new", chinese) == "a remark that is new"


def test_audit_counts_by_object_and_scope(content):
    shown = audit_tables.audit_counts(content.audit)
    assert shown.columns == ["Object", "All training patients", "Folds", "Inner folds"]
    assert shown.rows == [["imputer", "1", "–", "–"], ["lasso", "–", "1", "48"]]
