"""Tables on what models are made of: coefficients, selected features and their stability, inputs that lack values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from osteon.modelling.selection.fates import FATES, IN_USE
from osteon.modelling.selection.feature_flow import CANDIDATES, SELECTED
from osteon.modelling.selection.reproducibility import NO_INDEX
from osteon.reporting.numbers import ABSENT, integer, is_absent, number, p_value, percent, significant, with_interval
from osteon.reporting.tables import DisplayTable

SHOWN = 50
"""Rows of one model, or of one score, on the page."""
SHOWN_MISSING = 10
"""Inputs that lack values on the page."""
# Inputs that are no score, by their name in the column signature: each model has its own.
OWN_INPUTS = {"columns": "Features of", "clinical": "Clinical variables of"}
STEPS = {
    CANDIDATES: "Candidates",
    "reliable": "Reliable",
    "measured": "Measured in all hospitals",
    "varying": "Varying",
    SELECTED: "Selected",
}
FORMULAS = {
    "binary": "logit(risk) = intercept + sum of coefficient × term.",
    "classes": "A class's sum = intercept + sum of coefficient × term; its probability is exp(sum) as a share of those "
    "of all classes. No class is the reference, so that there are no odds ratios.",
    "continuous": "Predicted number = intercept + sum of coefficient × term.",
}
EFFECTS = {"binary": "Odds ratio per SD (95% CI)", "continuous": "95% CI"}


def coefficients_table(
    coefficients: pd.DataFrame,
    models: Mapping[str, str],
    terms: Mapping[str, str],
    kind: str = "binary",
    sources: Sequence[str] = (),
) -> DisplayTable:
    """What was fitted on the terms of each model; a model without coefficients has a row that says so.

    Args:
        coefficients: columns of `modelling.logistic.coefficient_table`, model, and class where there are several.
        models: name of each model.
        terms: name of each term.
        kind: kind of the outcome.
        sources: paths of the files.
    """
    rows, notes = [], []
    for model, own in coefficients.groupby("model", sort=False):
        known = own[own["coefficient"].notna()]
        if known.empty:
            count = int((own["kind"] != "intercept").sum())
            what = "1 term" if count == 1 else f"{count} terms"
            rows.append([models[model], ABSENT, f"{what}; {own['note'].iloc[0]}", *[ABSENT] * 4])
            continue
        used = known[(known["coefficient"] != 0) | (known["kind"] == "intercept")]
        shown = used.loc[used["coefficient"].abs().nlargest(SHOWN).index.sort_values()]
        rows += [_coefficient(row, models[model], terms, kind) for _, row in shown.iterrows()]
        remarks = dict.fromkeys(note for note in known["note"] if not is_absent(note))
        notes += [f"{models[model]}: {remark}." for remark in remarks]
        if len(known) > len(used):
            notes.append(f"{models[model]}: {len(known) - len(used)} terms have the coefficient 0 and are left out.")
        if len(used) > len(shown):
            notes.append(f"{models[model]}: {len(used) - len(shown)} terms with smaller coefficients are in the file.")
    columns = ["Model", "Class", "Term", "Coefficient per SD", EFFECTS.get(kind, ""), "P", "Coefficient per unit"]
    caption = "What was fitted: no model has coefficients."
    if coefficients["coefficient"].notna().any():
        caption = "What was fitted: coefficients of the terms."
        formula = FORMULAS[kind]
        if coefficients["p"].notna().any():
            formula += " Intervals and P take no account of the selection that came before."
        notes = [formula, *notes]
    # columns that no model fills are left out
    filled = [
        position
        for position in range(len(columns))
        if position in (0, 2) or any(row[position] != ABSENT for row in rows)
    ]
    return DisplayTable(
        "coefficients",
        caption,
        [columns[position] for position in filled],
        [[row[position] for position in filled] for row in rows],
        3 if 1 in filled else 2,
        notes,
        sources,
    )


def _coefficient(row: pd.Series, model: str, terms: Mapping[str, str], kind: str) -> list[str]:
    effect = ABSENT
    if row["kind"] != "intercept" and kind == "binary":
        effect = with_interval(row["odds_ratio"], row["low"], row["high"], 2)
    if kind == "continuous" and not is_absent(row["low"]):
        effect = f"{significant(row['low'])} to {significant(row['high'])}"
    return [
        model,
        ABSENT if is_absent(row.get("class")) else str(row["class"]),
        terms.get(row["term"], str(row["term"])),
        number(row["coefficient"], 3) if kind != "continuous" else significant(row["coefficient"], 4),
        effect,
        p_value(row["p"]),
        significant(row["coefficient_per_unit"], 4),
    ]


def scores(table: pd.DataFrame, models: Mapping[str, str]) -> list[tuple[str, pd.DataFrame]]:
    """Each score once, with its name: models that share one fit it on the same patients and have the same rows.

    Where models made other selections for the same score, the name says whose it is.
    """
    groups: dict[tuple[str, str], list[str]] = {}
    tables: dict[tuple[str, str], pd.DataFrame] = {}
    for (model, signature), own in table.groupby(["model", "signature"], sort=False):
        key = (str(signature), str(model) if signature in OWN_INPUTS else own.drop(columns="model").to_csv(index=False))
        groups.setdefault(key, []).append(models[model])
        tables.setdefault(key, own)
    several = pd.Series([signature for signature, _ in groups]).value_counts()
    named = []
    for (signature, key), labels in groups.items():
        whose = ", ".join(labels)
        name = f"{OWN_INPUTS[signature]} {whose}" if signature in OWN_INPUTS else signature
        named.append(
            (f"{name} ({whose})" if name == signature and several[signature] > 1 else name, tables[signature, key])
        )
    return named


def selection_table(selection: pd.DataFrame, models: Mapping[str, str], sources: Sequence[str] = ()) -> DisplayTable:
    """Features that the models use, the largest weight first; columns of `modelling.crossfit.ModelFit.selection`."""
    rows, notes = [], []
    for name, own in scores(selection, models):
        kept = own[own["fate"].isin(IN_USE)]
        kept = kept.assign(size=-kept["coefficient"].abs(), often=-kept["selected"])
        kept = kept.sort_values(["size", "often", "feature"], kind="stable")
        rows += [
            [
                name,
                str(row["feature"]),
                significant(row["coefficient"]),
                f"{integer(row['selected'])} of {integer(row['resamples'])}",
                p_value(row["p"]),
            ]
            for _, row in kept.head(SHOWN).iterrows()
        ]
        if len(kept) > SHOWN:
            notes.append(f"{name}: {len(kept) - SHOWN} more are in the file.")
    columns = ["Score", "Feature", "Weight per SD", "Selected in other fits", "P of the filter"]
    notes = [
        "Other fits: folds, repeats, left-out hospitals. A feature that is selected in few of them is not a stable "
        "finding. P values of the filter are no evidence: they are not corrected for the number of features.",
        *notes,
    ]
    return DisplayTable("selection", "Features that the models use.", columns, rows, 2, notes, sources)


def stability_table(stability: pd.DataFrame, models: Mapping[str, str], sources: Sequence[str] = ()) -> DisplayTable:
    """How well the selections of the fits agree; columns of `modelling.resampling.STABILITY_COLUMNS` and model."""
    rows, codes = [], {}
    for name, own in scores(stability, models):
        row = own.iloc[0]
        rows.append(
            [
                name,
                integer(row["features"]),
                integer(row["resamples"]),
                number(row["selected_mean"], 1),
                number(row["stability"], 2),
            ]
        )
        if not is_absent(row["reason"]):
            codes[str(row["reason"])] = None
    words = {str(code): sentence for code, sentence in NO_INDEX.items()}
    columns = ["Score", "Candidates", "Other fits", "Selected, mean", "Stability index"]
    notes = [
        "Stability index of Nogueira (2018): 1 if all fits select the same features, 0 if they agree no more than "
        "random choices would; below 0.4 is called poor, above 0.75 excellent.",
        *(f"{ABSENT}: {words.get(code, code)}" for code in codes),
    ]
    return DisplayTable("stability", "Whether the fits select the same features.", columns, rows, 1, notes, sources)


def feature_flow_table(flow: pd.DataFrame, models: Mapping[str, str], sources: Sequence[str] = ()) -> DisplayTable:
    """Candidate features left after each step; columns of `modelling.selection.feature_flow`."""
    rows = []
    for name, own in scores(flow, models):
        left = own[own["kind"] == "in"].set_index("step")["n"]
        rows.append([name, *(integer(left[step]) for step in STEPS)])
    notes = ["One row for each final fit; folds and repeats select anew. The files say why the others left."]
    return DisplayTable(
        "feature-flow", "Candidate features left after each step.", ["Score", *STEPS.values()], rows, 1, notes, sources
    )


def fates_table(selection: pd.DataFrame, models: Mapping[str, str], sources: Sequence[str] = ()) -> DisplayTable:
    """What became of all candidate features: none is dropped without a reason."""
    rows = []
    for name, own in scores(selection, models):
        counts = own["fate"].value_counts()
        rows += [
            [name, sentence, integer(counts[fate]), percent(counts[fate] / len(own))]
            for fate, sentence in FATES.items()
            if fate in counts
        ]
    columns = ["Score", "What became of them", "Features", "Share"]
    return DisplayTable("fates", "What became of the candidate features.", columns, rows, 2, [], sources)


def missing_table(
    missing: pd.DataFrame,
    centers: Mapping[str, str],
    terms: Mapping[str, str],
    treatment: str,
    sources: Sequence[str] = (),
) -> DisplayTable:
    """Inputs of the training patients that lack values, most first; columns of `modelling.missing.MISSING_COLUMNS`.

    Args:
        missing: the table.
        centers: name of each center.
        terms: name of each clinical variable.
        treatment: what takes the place of a missing value (config key missing_values).
        sources: paths of the files.
    """
    rows = [
        [
            terms.get(row["column"], str(row["column"])),
            integer(row["missing"]),
            percent(row["share"]),
            percent(row["share_least"]),
            f"{percent(row['share_most'])} ({centers.get(row['center_most'], row['center_most'])})",
        ]
        for _, row in missing.head(SHOWN_MISSING).iterrows()
    ]
    what = f"the {treatment} of the training patients of the fold takes its place, and predictions.tsv counts how often"
    notes = [
        "No patient leaves for a missing value: "
        + (what if treatment != "refuse" else "the study stops where a model needs it ('missing_values: refuse')")
        + "."
    ]
    if len(missing) > len(rows):
        notes.append(f"{len(missing) - len(rows)} more inputs lack values; they are in the file.")
    columns = ["Input", "Missing", "Of all", "Least in a hospital", "Most in a hospital"]
    return DisplayTable(
        "missing", "Inputs of the training patients that lack values.", columns, rows, 1, notes, sources
    )
