"""Tables on what models are made of: coefficients, selected features and their stability, inputs that lack values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from osteon.modelling.selection.fates import FATES, IN_USE
from osteon.modelling.selection.feature_flow import CANDIDATES, SELECTED
from osteon.modelling.selection.reproducibility import NO_INDEX
from osteon.reporting.language import Say, english, joined, sentence
from osteon.reporting.numbers import (
    ABSENT,
    estimated,
    integer,
    is_absent,
    number,
    p_value,
    percent,
    with_interval,
)
from osteon.reporting.result_tables import absent_notes
from osteon.reporting.tables import DisplayTable

SHOWN = 50
"""Rows of one model, or of one score, on the page."""
SHOWN_MISSING = 10
"""Inputs that lack values on the page."""
OWN_INPUTS = ("columns", "clinical")
"""Inputs that are no score, by their name in the column signature: each model has its own."""


def coefficients_table(
    coefficients: pd.DataFrame,
    models: Mapping[str, str],
    terms: Mapping[str, str],
    kind: str = "binary",
    sources: Sequence[str] = (),
    say: Say = english,
) -> DisplayTable:
    """What was fitted on the terms of each model; a model without coefficients has a row that says so.

    Args:
        coefficients: columns of `modelling.logistic.coefficient_table`, model, and class where there are several.
        models: name of each model.
        terms: name of each term.
        kind: kind of the outcome.
        sources: paths of the files.
        say: the reader's language.
    """
    formulas = {
        "binary": say("logit(risk) = intercept + sum of coefficient × term."),
        "classes": say(
            "A class's sum = intercept + sum of coefficient × term; its probability is exp(sum) as a share of those "
            "of all classes. No class is the reference, so that there are no odds ratios."
        ),
        "continuous": say("Predicted number = intercept + sum of coefficient × term."),
    }
    effects = {"binary": say("Odds ratio per SD (95% CI)"), "continuous": say("95% CI")}
    rows, notes = [], []
    for model, own in coefficients.groupby("model", sort=False):
        known = own[own["coefficient"].notna()]
        if known.empty:
            count = int((own["kind"] != "intercept").sum())
            what = say("1 term") if count == 1 else say("{n} terms", n=count)
            note = model_note(own["note"].iloc[0], say)
            rows.append([models[model], ABSENT, say("{terms}; {note}", terms=what, note=note), *[ABSENT] * 4])
            continue
        used = known[(known["coefficient"] != 0) | (known["kind"] == "intercept")]
        shown = used.loc[used["coefficient"].abs().nlargest(SHOWN).index.sort_values()]
        rows += [_coefficient(row, models[model], terms, kind, say) for _, row in shown.iterrows()]
        remarks = dict.fromkeys(note for note in known["note"] if not is_absent(note))
        name = models[model]
        notes += [say("{model}: {note}.", model=name, note=model_note(remark, say)) for remark in remarks]
        if len(known) > len(used):
            count = len(known) - len(used)
            notes.append(say("{model}: {n} terms have the coefficient 0 and are left out.", model=name, n=count))
        if len(used) > len(shown):
            count = len(used) - len(shown)
            notes.append(say("{model}: {n} terms with smaller coefficients are in the file.", model=name, n=count))
    columns = [
        *(say("Model"), say("Class"), say("Term"), say("Coefficient per SD"), effects.get(kind, "")),
        *(say("P"), say("Coefficient per unit")),
    ]
    caption = say("What was fitted: no model has coefficients.")
    if coefficients["coefficient"].notna().any():
        caption = say("What was fitted: coefficients of the terms.")
        formula = [formulas[kind]]
        if coefficients["p"].notna().any():
            formula.append(say("Intervals and P take no account of the selection that came before."))
        notes = [joined(formula, say), *notes]
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


def model_note(note: str, say: Say = english) -> str:
    """What the fit of a model remarks ('; ' between remarks), in the language of the reader.

    The remarks are those of `modelling.logistic` and `modelling.predictors`; a name may follow after ': '.
    """
    texts = {
        "outcomes separated or terms collinear: ridge, prior SD 2.5": say(
            "outcomes separated or terms collinear: ridge, prior SD 2.5"
        ),
        "collinear terms: no standard errors": say("collinear terms: no standard errors"),
        "constant": say("constant"),
        "no standard errors": say("no standard errors"),
        "no coefficients": say("no coefficients"),
    }
    said = []
    for remark in str(note).split("; "):
        what, _, names = remark.partition(": ")
        if remark in texts or what not in texts:
            said.append(texts.get(remark, remark))
        else:
            said.append(say("{what}: {why}", what=texts[what], why=names))
    return say("; ").join(said)


def _coefficient(row: pd.Series, model: str, terms: Mapping[str, str], kind: str, say: Say) -> list[str]:
    effect = ABSENT
    if row["kind"] != "intercept" and kind == "binary":
        effect = with_interval(row["odds_ratio"], row["low"], row["high"], 2)
    if kind == "continuous" and not is_absent(row["low"]):
        effect = say("{low} to {high}", low=estimated(row["low"]), high=estimated(row["high"]))
    return [
        model,
        ABSENT if is_absent(row.get("class")) else str(row["class"]),
        terms.get(row["term"], str(row["term"])),
        number(row["coefficient"], 3) if kind != "continuous" else estimated(row["coefficient"], 4),
        effect,
        p_value(row["p"]),
        estimated(row["coefficient_per_unit"], 4),
    ]


def scores(table: pd.DataFrame, models: Mapping[str, str], say: Say = english) -> list[tuple[str, pd.DataFrame]]:
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
        whose = say(", ").join(labels)
        name = signature
        if signature == "columns":
            name = say("Features of {models}", models=whose)
        elif signature == "clinical":
            name = say("Clinical variables of {models}", models=whose)
        elif several[signature] > 1:
            name = say("{score} ({models})", score=signature, models=whose)
        named.append((name, tables[signature, key]))
    return named


def selection_table(
    selection: pd.DataFrame, models: Mapping[str, str], sources: Sequence[str] = (), say: Say = english
) -> DisplayTable:
    """Features that the models use, the largest weight first; columns of `modelling.crossfit.ModelFit.selection`."""
    rows, notes = [], []
    for name, own in scores(selection, models, say):
        kept = own[own["fate"].isin(IN_USE)]
        kept = kept.assign(size=-kept["coefficient"].abs(), often=-kept["selected"])
        kept = kept.sort_values(["size", "often", "feature"], kind="stable")
        rows += [
            [
                name,
                str(row["feature"]),
                estimated(row["coefficient"]),
                say("{n} of {all}", n=integer(row["selected"]), all=integer(row["resamples"])),
                p_value(row["p"]),
            ]
            for _, row in kept.head(SHOWN).iterrows()
        ]
        if len(kept) > SHOWN:
            notes.append(say("{score}: {n} more are in the file.", score=name, n=len(kept) - SHOWN))
    columns = [
        *(say("Score"), say("Feature"), say("Weight per SD"), say("Selected in other fits"), say("P of the filter")),
    ]
    notes = [
        say(
            "Other fits: folds, repeats, left-out hospitals. A feature that is selected in few of them is not a stable "
            "finding. P values of the filter are no evidence: they are not corrected for the number of features."
        ),
        *notes,
    ]
    return DisplayTable("selection", say("Features that the models use."), columns, rows, 2, notes, sources)


def stability_table(
    stability: pd.DataFrame, models: Mapping[str, str], sources: Sequence[str] = (), say: Say = english
) -> DisplayTable:
    """How well the selections of the fits agree; columns of `modelling.resampling.STABILITY_COLUMNS` and model."""
    rows, codes = [], []
    for name, own in scores(stability, models, say):
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
        codes.append(row["reason"])
    words = {str(code): text for code, text in NO_INDEX.items()}
    columns = [
        *(say("Score"), say("Candidates"), say("Other fits"), say("Selected, mean"), say("Stability index")),
    ]
    notes = [
        say(
            "Stability index of Nogueira (2018): 1 if all fits select the same features, 0 if they agree no more than "
            "random choices would; below 0.4 is called poor, above 0.75 excellent."
        ),
        *absent_notes(codes, words, say),
    ]
    caption = say("Whether the fits select the same features.")
    return DisplayTable("stability", caption, columns, rows, 1, notes, sources)


def feature_flow_table(
    flow: pd.DataFrame, models: Mapping[str, str], sources: Sequence[str] = (), say: Say = english
) -> DisplayTable:
    """Candidate features left after each step; columns of `modelling.selection.feature_flow`."""
    steps = {
        CANDIDATES: say("Candidates"),
        "reliable": say("Reliable"),
        "measured": say("Measured in all hospitals"),
        "varying": say("Varying"),
        SELECTED: say("Selected"),
    }
    rows = []
    for name, own in scores(flow, models, say):
        left = own[own["kind"] == "in"].set_index("step")["n"]
        rows.append([name, *(integer(left[step]) for step in steps)])
    notes = [say("One row for each final fit; folds and repeats select anew. The files say why the others left.")]
    caption, columns = say("Candidate features left after each step."), [say("Score"), *steps.values()]
    return DisplayTable("feature-flow", caption, columns, rows, 1, notes, sources)


def fates_table(
    selection: pd.DataFrame, models: Mapping[str, str], sources: Sequence[str] = (), say: Say = english
) -> DisplayTable:
    """What became of all candidate features: none is dropped without a reason."""
    rows = []
    for name, own in scores(selection, models, say):
        counts = own["fate"].value_counts()
        rows += [
            [name, sentence(text, say), integer(counts[fate]), percent(counts[fate] / len(own))]
            for fate, text in FATES.items()
            if fate in counts
        ]
    columns = [say("Score"), say("What became of them"), say("Features"), say("Share")]
    caption = say("What became of the candidate features.")
    return DisplayTable("fates", caption, columns, rows, 2, [], sources)


def missing_table(
    missing: pd.DataFrame,
    centers: Mapping[str, str],
    terms: Mapping[str, str],
    treatment: str,
    sources: Sequence[str] = (),
    say: Say = english,
) -> DisplayTable:
    """Inputs of the training patients that lack values, most first; columns of `modelling.missing.MISSING_COLUMNS`.

    Args:
        missing: the table.
        centers: name of each center.
        terms: name of each clinical variable.
        treatment: what takes the place of a missing value (config key missing_values).
        sources: paths of the files.
        say: the reader's language.
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
    if treatment == "refuse":
        note = say(
            "No patient leaves for a missing value: the study stops where a model needs it ('missing_values: refuse')."
        )
    else:
        fillings = {"mean": say("mean"), "median": say("median")}
        note = say(
            "No patient leaves for a missing value: the {value} of the training patients of the fold takes its place, "
            "and predictions.tsv counts how often.",
            value=fillings.get(treatment, treatment),
        )
    notes = [note]
    if len(missing) > len(rows):
        notes.append(say("{n} more inputs lack values; they are in the file.", n=len(missing) - len(rows)))
    columns = [
        *(say("Input"), say("Missing"), say("Of all"), say("Least in a hospital"), say("Most in a hospital")),
    ]
    caption = say("Inputs of the training patients that lack values.")
    return DisplayTable("missing", caption, columns, rows, 1, notes, sources)
