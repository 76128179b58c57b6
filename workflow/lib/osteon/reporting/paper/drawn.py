"""A figure of the paper with its data and its caption, and what all figures are made of."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd
from matplotlib.figure import Figure

from osteon.reporting.content import ReportContent
from osteon.reporting.feature_names import feature_names
from osteon.reporting.language import Say
from osteon.reporting.numbers import integer, is_absent, number
from osteon.reporting.paper.study import Further, variable_names


@dataclass(frozen=True)
class Explained:
    """What figures need of the analysis of the models; empty where the study has nothing.

    Attributes:
        base, values, importance, interactions, correlations: of `modelling.explain.explain_part`, of all parts under
            each other, with patients (name of the set).
        selected: of the same, of the internal part.
        subgroup_roc: of `modelling.subgroup_tables`, likewise.
        lasso_path, lasso_cv: by model.
        calibrated: models whose probabilities were calibrated after the regression.
    """

    base: pd.DataFrame = field(default_factory=pd.DataFrame)
    values: pd.DataFrame = field(default_factory=pd.DataFrame)
    importance: pd.DataFrame = field(default_factory=pd.DataFrame)
    interactions: pd.DataFrame = field(default_factory=pd.DataFrame)
    correlations: pd.DataFrame = field(default_factory=pd.DataFrame)
    selected: pd.DataFrame = field(default_factory=pd.DataFrame)
    subgroup_roc: pd.DataFrame = field(default_factory=pd.DataFrame)
    lasso_path: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    lasso_cv: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    calibrated: Sequence[str] = ()


@dataclass(frozen=True)
class Material:
    """All that the figures of a study are drawn from; empty or None where the study has nothing.

    Attributes:
        content: of the report.
        further: what the tables of the paper need besides.
        explained: of the analysis of the models.
        curves: tables of `config.evaluation_files.TABLES` by name, of each part of the validation by its key.
        components: from `modelling.center_effect`: the training patients before and after harmonisation.
        null_scores: from `modelling.null_run`.
        overlays: from `segmentation.overlays.draw_overlays`.
        pictures: folder of its pictures.
    """

    content: ReportContent
    further: Further = field(default_factory=Further)
    explained: Explained = field(default_factory=Explained)
    curves: Mapping[str, Mapping[str, pd.DataFrame]] = field(default_factory=dict)
    components: pd.DataFrame | None = None
    null_scores: pd.DataFrame | None = None
    overlays: pd.DataFrame | None = None
    pictures: Path | None = None

    def features(self, columns: Iterable[str], say: Say) -> dict[str, str]:
        """Names of features; others are called by their columns."""
        return feature_names(columns, self.content.study, say)

    def terms(self, say: Say) -> dict[str, str]:
        """Names of the terms of models: clinical variables, scores, and features that enter a model themselves."""
        study, used = self.content.study, self.explained.selected
        scores = {name: say("Radiomics score {name}", name=name) for name in study.signatures}
        return self.features(used.columns, say) | scores | variable_names(self.content)

    @property
    def main_model(self) -> str:
        """The model that the study names last; the figures of the others belong to the supplement."""
        return list(self.content.models)[-1]


@dataclass(frozen=True)
class Drawn:
    """A figure of the paper.

    Attributes:
        name: of its files.
        figure: drawn.
        data: tables that it is drawn from, by the end of their files' names ('' for the only one).
        title: first words of the caption, without a full stop.
        caption: the sentences that follow.
        supplement: whether it belongs to the supplement.
    """

    name: str
    figure: Figure
    data: Mapping[str, pd.DataFrame]
    title: str
    caption: Sequence[str] = ()
    supplement: bool = False


Draw = Callable[[Material, Say], Iterator[Drawn]]


def patients_of(table: pd.DataFrame, titles: Mapping[str, str], say: Say) -> str:
    """How many patients each set has, and how many of them have the outcome where it is yes or no.

    Args:
        table: set, n and, of an outcome of two classes, events; one row a set counts.
        titles: name of each set, in their order; sets that are not in the table are left out.
        say: the reader's language.
    """
    rows = table.drop_duplicates("set").set_index("set")
    shown = [(title, rows.loc[name]) for name, title in titles.items() if name in rows.index]
    if not shown:
        return ""
    if "events" not in rows or rows["events"].isna().all():
        return say("Patients: {sets}.", sets="; ".join(f"{title} {integer(row['n'])}" for title, row in shown))
    sets = "; ".join(
        say("{name} {n} ({events})", name=title, n=integer(row["n"]), events=integer(row["events"]))
        for title, row in shown
    )
    return say("Patients (of these with the outcome): {sets}.", sets=sets)


def thresholds_of(performance: pd.DataFrame, labels: Mapping[str, str], say: Say) -> str:
    """The frozen threshold of each model."""
    frozen = performance.drop_duplicates("model").set_index("model")["threshold"]
    known = {label: frozen[model] for model, label in labels.items() if not is_absent(frozen.get(model))}
    values = "; ".join(f"{label} {number(value, 3)}" for label, value in known.items())
    return say("Frozen thresholds of the predicted risk: {values}.", values=values) if known else ""


def abbreviations(say: Say, *keys: str) -> str:
    """A sentence that spells out abbreviations, in alphabetical order."""
    words = {
        "AUC": say("area under the ROC curve"),
        "CI": say("confidence interval"),
        "CV": say("cross-validation"),
        "F1": say("harmonic mean of sensitivity and PPV"),
        "GLCM": say("gray level co-occurrence matrix"),
        "GLDM": say("gray level dependence matrix"),
        "GLRLM": say("gray level run length matrix"),
        "GLSZM": say("gray level size zone matrix"),
        "LASSO": say("least absolute shrinkage and selection operator"),
        "LoG": say("Laplacian of Gaussian"),
        "MAE": say("mean absolute error"),
        "NGTDM": say("neighboring gray tone difference matrix"),
        "PPV": say("positive predictive value"),
        "ROC": say("receiver operating characteristic"),
        "SHAP": say("Shapley additive explanations"),
    }
    return say("{list}.", list="; ".join(f"{key}, {words[key]}" for key in sorted(set(keys))))


def of_features(names: Iterable[str]) -> list[str]:
    """Abbreviations in names of features."""
    text = " ".join(names)
    return [key for key in ("GLCM", "GLDM", "GLRLM", "GLSZM", "LoG", "NGTDM") if key in text]
