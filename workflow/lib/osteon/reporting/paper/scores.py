"""What the models are made of: selected features and score formulas, and the coefficients of the models."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from osteon.reporting.language import Say, english
from osteon.reporting.numbers import ABSENT, MINUS, estimated, integer, is_absent, p_value, with_interval
from osteon.reporting.paper.table import Column, PaperTable, Row
from osteon.reporting.selection_tables import OWN_INPUTS, scores

DIGITS = 4
"""Significant digits of coefficients, means and standard deviations: with these a score can be computed."""


def features_table(
    selection: pd.DataFrame, bundles: Mapping[str, Mapping], models: Mapping[str, str], say: Say = english
) -> PaperTable:
    """Features of each score with what is needed to compute it; 06_models/*/selection.tsv and */bundle/model.json.

    Args:
        selection: the models under each other, with a column model.
        bundles: model.json of each model, from `config.frozen.read_content`.
        models: name of each model.
        say: the reader's language.
    """
    rows, notes = [], []
    harmonised = False
    for name, own in scores(selection, models, say):
        signature, model = str(own["signature"].iloc[0]), str(own["model"].iloc[0])
        block = next((part for part in bundles[model]["signatures"] if part["name"] == signature), None)
        if block is None:  # clinical variables that a filter chose are terms of the model, in `coefficients_table`
            continue
        rows.append(Row((name,), heading=True))
        often = own.set_index("feature")
        features = block["features"]
        order = sorted(range(len(features)), key=lambda place: -_size(features[place]))
        rows += [_feature(features[place], often.loc[features[place]["feature"]]) for place in order]
        notes += _formula(name, block, [features[place] for place in order], say)
        harmonised = harmonised or block["combat"] is not None
    columns = [
        Column(say("Score and feature"), words=True),
        Column(say("Weight per SD")),
        Column(say("Mean")),
        Column(say("SD")),
        Column(say("Selected in other fits")),
        Column(say("P of the filter")),
    ]
    explained = [
        say("Mean and SD: of the training patients. z = (value − mean) / SD."),
        say(
            "Other fits: folds, repeats, left-out hospitals. P values of the filter are not corrected for the number "
            "of features, and are no evidence."
        ),
    ]
    if harmonised:
        explained.append(say("Values are those after harmonisation with ComBat; its parameters are in the model file."))
    return PaperTable("features", say("Features of the scores and their weights"), columns, rows, explained + notes)


def coefficients_table(
    coefficients: pd.DataFrame,
    models: Mapping[str, str],
    terms: Mapping[str, str],
    kind: str = "binary",
    say: Say = english,
) -> PaperTable:
    """Coefficients of the frozen models and their formulas; 06_models/*/coefficients.tsv.

    A term whose coefficient is 0, and a model without coefficients, is named in the notes.

    Args:
        coefficients: columns of `modelling.logistic.coefficient_table`, model, and class where there are several.
        models: name of each model.
        terms: name of each term.
        kind: kind of the outcome.
        say: the reader's language.
    """
    rows, notes = [], []
    names = {str(term): terms.get(term, str(term)) for term in coefficients["term"]} | {"intercept": say("Intercept")}
    for model, own in coefficients.groupby("model", sort=False):
        name = models[model]
        if own["coefficient"].isna().all():
            notes.append(say("{model}: a classifier that has no coefficients.", model=name))
            continue
        if unused := [names[term] for term in own.loc[own["coefficient"] == 0, "term"].unique() if term != "intercept"]:
            notes.append(say("{model}: coefficient 0, left out: {terms}.", model=name, terms="; ".join(unused)))
        for part, fitted in _parts(own, name, say):
            used = fitted[(fitted["coefficient"] != 0) | (fitted["kind"] == "intercept")]
            rows.append(Row((part,), heading=True))
            rows += [_coefficient(row, names, kind) for _, row in used.iterrows()]
            notes.append(_sum(part, used, names, kind, say))
    columns = [
        Column(say("Model and term"), words=True),
        Column(say("Coefficient per SD")),
        Column(say("Odds ratio per SD (95% CI)") if kind == "binary" else say("95% CI")),
        Column(say("P")),
        Column(say("Coefficient per unit")),
    ]
    if coefficients["p"].notna().any():
        notes.insert(0, say("Intervals and P take no account of the selection of features that came before."))
    return PaperTable("coefficients", say("Coefficients of the models"), columns, rows, notes)


def _parts(own: pd.DataFrame, name: str, say: Say) -> list[tuple[str, pd.DataFrame]]:
    """The equations of a model with their names: one, or one of each class."""
    if "class" not in own.columns or own["class"].map(is_absent).all():
        return [(name, own)]
    return [
        (say("{model}, class {group}", model=name, group=group), fitted)
        for group, fitted in own.groupby("class", sort=False)
    ]


def _coefficient(row: pd.Series, names: Mapping[str, str], kind: str) -> Row:
    effect = ABSENT
    if row["kind"] != "intercept" and kind == "binary":
        effect = with_interval(row["odds_ratio"], row["low"], row["high"], 2)
    elif kind == "continuous" and not is_absent(row["low"]):
        effect = f"{estimated(row['low'])} to {estimated(row['high'])}"
    cells = (
        names[row["term"]],
        estimated(row["coefficient"], DIGITS),
        effect,
        p_value(row["p"]),
        estimated(row["coefficient_per_unit"], DIGITS),
    )
    return Row(cells, level=1)


def _sum(part: str, used: pd.DataFrame, names: Mapping[str, str], kind: str, say: Say) -> str:
    """The equation in the units of the terms."""
    last = used["kind"] == "intercept"
    intercept = used.loc[last, "coefficient_per_unit"].iloc[0]
    terms = [(row["coefficient_per_unit"], names[row["term"]], False) for _, row in used[~last].iterrows()]
    formula = linear(intercept, terms)
    if kind == "binary":
        return say("{model}: logit(risk) = {formula}", model=part, formula=formula)
    if kind == "classes":
        return say(
            "{model}: sum = {formula}; its probability is exp(sum) as a share of those of all classes",
            model=part,
            formula=formula,
        )
    return say("{model}: predicted number = {formula}", model=part, formula=formula)


def linear(intercept: float, terms: Sequence[tuple[float, str, bool]]) -> str:
    """'−6.178 + 0.097 × Age − 0.885 × z(Sex)': an intercept, then coefficient, name and whether it is standardised."""
    text = estimated(intercept, DIGITS)
    for coefficient, name, standardised in terms:
        sign = MINUS if coefficient < 0 else "+"
        text += f" {sign} {estimated(abs(coefficient), DIGITS)} × {f'z({name})' if standardised else name}"
    return text


def _size(feature: Mapping) -> float:
    """By which features are ordered: the largest weight first; without weights the order of the model."""
    return abs(feature["weights"][0]) if feature["weights"] else 0.0


def _feature(feature: Mapping, often: pd.Series) -> Row:
    weights = feature["weights"]
    cells = (
        str(feature["feature"]),
        " / ".join(estimated(weight, DIGITS) for weight in weights) if weights else ABSENT,
        estimated(feature["mean"], DIGITS),
        estimated(feature["sd"], DIGITS),
        f"{integer(often['selected'])}/{integer(often['resamples'])}",
        p_value(often["p"]),
    )
    return Row(cells, level=1)


def _formula(name: str, block: Mapping, features: list[Mapping], say: Say) -> list[str]:
    """The equation of a score; one for each where a score has several; none for features that enter as they are."""
    if block["intercepts"] is None:
        if block["name"] in OWN_INPUTS or not features[0]["weights"]:
            return [say("{score}: the features enter the model themselves, as z.", score=name)]
        return [say("{score}: principal components; all their weights are in the model file.", score=name)]
    several = len(block["terms"]) > 1
    return [
        say(
            "{score} = {formula}",
            score=str(term) if several else name,
            formula=linear(
                block["intercepts"][place],
                [(feature["weights"][place], str(feature["feature"]), True) for feature in features],
            ),
        )
        for place, term in enumerate(block["terms"])
    ]
