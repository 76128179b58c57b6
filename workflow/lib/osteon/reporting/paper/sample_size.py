"""How many patients the models would have needed, beside how many there are."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from osteon.config.analysis import SampleSize
from osteon.reporting.language import Say, english
from osteon.reporting.numbers import ABSENT, integer, number, percent
from osteon.reporting.paper.table import Column, PaperTable, Row
from osteon.reporting.paper.words import reason_notes

DEVELOPMENT = "development"
NOT_ASSUMED = "not_assumed"
WHOLE = ("candidate_parameters", "needed", "needed_events", "present", "present_events")


def sample_size_table(
    sizes: pd.DataFrame, models: Mapping[str, str], sets: Mapping[str, str], settings: SampleSize, say: Say = english
) -> PaperTable:
    """Patients needed for each criterion and patients present; 07_validation/sample_size.tsv.

    Args:
        sizes: `modelling.sample_size_table.SAMPLE_SIZE_COLUMNS`.
        models: name of each model.
        sets: name of each set of the validation: 'test', and the external centers by their codes.
        settings: the assumptions of the study.
        say: the reader's language.
    """
    # from a file or not, whole numbers with gaps are read alike
    sizes, rows, found = sizes.assign(**{name: sizes[name].astype(float) for name in WHOLE}), [], []
    for (purpose, one), own in _by_model_or_set(sizes):
        development = purpose == DEVELOPMENT
        name = models[one] if development else sets.get(one, one)
        rows.append(
            Row((_heading(name, own, say) if development else say("Validation: {patients}", patients=name),), True)
        )
        criteria = _criteria(development, say)
        rows += [
            Row((criteria.get(str(row["criterion"]), say("All criteria")), *_counts(row, say)), level=1)
            for _, row in own.iterrows()
        ]
        found += [(name, code) for code in own["reason"]]
    columns = [
        Column(say("Purpose and criterion"), words=True),
        Column(say("Patients"), say("Needed")),
        Column(say("With the outcome"), say("Needed")),
        Column(say("Patients"), say("Present")),
        Column(say("With the outcome"), say("Present")),
        Column(say("Enough")),
    ]
    notes = _notes(sizes, settings, say)
    if unknown := "; ".join(name for name, code in found if code == NOT_ASSUMED):
        notes.append(say("{what}: no AUC was assumed in the configuration, so the size is not known.", what=unknown))
    notes += reason_notes([one for one in found if one[1] != NOT_ASSUMED], say)
    return PaperTable("sample_size", say("Sample size: patients needed and present"), columns, rows, notes)


def _by_model_or_set(sizes: pd.DataFrame) -> list[tuple[tuple[str, str], pd.DataFrame]]:
    keys = sizes["model"].where(sizes["purpose"] == DEVELOPMENT, sizes["set"]).astype(str)
    return list(sizes.groupby([sizes["purpose"], keys], sort=False))


def _heading(model: str, own: pd.DataFrame, say: Say) -> str:
    """The number of candidates, and what overfitting is to be expected of it."""
    candidates, shrinkage = integer(own["candidate_parameters"].iloc[0]), own["expected_shrinkage"].dropna()
    if candidates == ABSENT:
        return say("Development of {model}", model=model)
    if shrinkage.empty:
        return say("Development of {model}: {n} candidate parameters", model=model, n=candidates)
    return say(
        "Development of {model}: {n} candidate parameters, expected shrinkage factor {shrinkage}",
        model=model,
        n=candidates,
        shrinkage=number(shrinkage.iloc[0], 2),
    )


def _criteria(development: bool, say: Say) -> dict[str, str]:
    if development:
        return {
            "shrinkage": say("Shrinkage factor of 0.9 or more"),
            "optimism": say("Optimism of R² of 0.05 or less"),
            "prevalence": say("Share with the outcome within 0.05"),
        }
    return {
        "c_statistic": say("AUC: 95% interval 0.1 wide"),
        "observed_expected": say("Observed / expected: 95% interval 0.2 wide"),
        "slope": say("Calibration slope: 95% interval 0.2 wide"),
        "events": say("100 with and 100 without the outcome"),
    }


def _counts(row: pd.Series, say: Say) -> tuple[str, ...]:
    numbers = (integer(row[key]) for key in WHOLE[1:])
    enough = {"yes": say("yes"), "no": say("no")}.get(str(row["enough"]), ABSENT)
    return (*numbers, enough)


def _notes(sizes: pd.DataFrame, settings: SampleSize, say: Say) -> list[str]:
    """What was counted and what was assumed."""
    notes = [
        say(
            "Candidate parameters: all clinical variables and all features that could have entered the model, selected "
            "or not. A shrinkage factor below 0.9 means that overfitting is to be expected; 0: the candidates explain "
            "by chance alone as much as is assumed to be there."
        )
    ]
    share = percent(sizes["prevalence"].iloc[0])
    notes.append(
        say("Assumed share with the outcome: {share}, that of the training patients.", share=share)
        if settings.prevalence is None
        else say("Assumed share with the outcome: {share}, as stated in the configuration.", share=share)
    )
    r2 = sizes["r2"].dropna()
    if len(r2):
        notes.append(_assumed(str(sizes.loc[r2.index[0], "assumption"]), float(r2.iloc[0]), settings, say))
    notes.append(
        say("Development: Riley et al. 2019. Validation: Riley et al. 2021; Newcombe 2006 for the AUC.")
        if (sizes["purpose"] != DEVELOPMENT).any()
        else say("Development: Riley et al. 2019.")
    )
    return notes


def _assumed(assumption: str, r2: float, settings: SampleSize, say: Say) -> str:
    value = number(r2, 3)
    if assumption == "c_statistic":
        auc = number(settings.c_statistic, 2)
        return say(
            "Assumed R² (Cox and Snell): {value}, which follows from the assumed AUC of {auc}.", value=value, auc=auc
        )
    if assumption == "r2":
        return say("Assumed R² (Cox and Snell): {value}, as stated in the configuration.", value=value)
    return say(
        "Assumed R² (Cox and Snell): {value}, 15% of the largest that the share allows, because nothing was stated.",
        value=value,
    )
