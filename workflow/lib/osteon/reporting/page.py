"""The page as data: first screen, then sections of text, tables and figures, in the order in which they are read."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from osteon.reporting import feature_tables, mask_tables, model_sections, outcome_tables, tables
from osteon.reporting.blocks import PageFigure, Section
from osteon.reporting.contact_sheet import sheet_name
from osteon.reporting.content import ReportContent
from osteon.reporting.limits import PRIMARY, limits
from osteon.reporting.numbers import ABSENT, integer, interval, is_absent, number
from osteon.reporting.performance import performance, resampling


@dataclass(frozen=True)
class Hospital:
    """A hospital on the first screen."""

    name: str
    role: str
    listed: str
    included: str


@dataclass(frozen=True)
class HeadlineCell:
    """The headline measure of a model; positions are percent of the axis, and None where there is no value."""

    value: str
    interval: str
    low: float | None
    middle: float | None
    high: float | None
    within: str = ""
    """The same within hospitals, in words, where the set has several."""


@dataclass(frozen=True)
class HeadlineRow:
    """The headline measure of all models in one set of patients."""

    name: str
    size: str
    cells: list[HeadlineCell]


def hospitals(content: ReportContent) -> list[Hospital]:
    """How many cases each hospital listed and how many are in."""
    inside = content.flow[content.flow["kind"] == "in"].groupby("center", sort=False)["n"]
    first, last = inside.first(), inside.last()
    roles = {"development": "development", "external": "external, never seen by the models"}
    return [
        Hospital(name, roles[content.study.centers[code].role], integer(first[code]), integer(last[code]))
        for code, name in content.centers.items()
    ]


def headline_rows(content: ReportContent) -> list[HeadlineRow]:
    """The headline measure in `headline_patients`: internal test first, then each hospital."""
    shown, headline = _headline_table(content)[0], outcome_tables.HEADLINES[content.kind]
    rows = []
    for name, own in shown.groupby("patients", sort=False) if len(shown) else ():
        by_model = own.set_index("model")
        size = f"{integer(own['n'].iloc[0])} patients"
        if content.kind == "binary":
            size += f", {integer(own['events'].iloc[0])} with {content.outcome}"
        rows.append(
            HeadlineRow(str(name), size, [_headline_cell(by_model, model, headline) for model in content.models])
        )
    return rows


def headline_patients(content: ReportContent) -> str:
    """Who the patients of the first screen are, for the middle of a sentence."""
    return _headline_table(content)[1]


def _headline_table(content: ReportContent) -> tuple[pd.DataFrame, str]:
    """Performance in patients that no model has learned from; where there are none, what comes nearest to that."""
    found = content.stacked("performance")
    if len(found):
        found = found[found["set"].isin(PRIMARY)]
    if len(found):
        return found, "patients that no model has learned from"
    found = content.stacked("performance", content.resampling)
    if len(found):
        return found, "training patients, each predicted by models of the procedure that had not seen this patient"
    return content.stacked("performance"), "training patients, out of fold: nobody was held out"


def page_tables(content: ReportContent, made: list[Section]) -> list[tables.DisplayTable]:
    """All tables of the page, those of the first screen first: each number links to a cell of one of them.

    Args:
        content: what the page shows.
        made: from `sections`.
    """
    headline = outcome_tables.HEADLINES[content.kind]
    first = [
        tables.DisplayTable(
            "auc",
            f"{headline.title} with 95% interval in {headline_patients(content)}.",
            ["Patients", "Size", *content.models_with_tried.values()],
            [
                [
                    row.name,
                    row.size,
                    *(f"{cell.value} ({cell.interval})" if cell.interval else cell.value for cell in row.cells),
                ]
                for row in headline_rows(content)
            ],
            2,
            sources=content.sources.get("performance", []),
        ),
        tables.DisplayTable(
            "hospitals",
            "Cases that each hospital listed, and those that are in.",
            ["Hospital", "Role", "Listed", "Included"],
            [[one.name, one.role, one.listed, one.included] for one in hospitals(content)],
            2,
            sources=content.sources.get("flow", []),
        ),
    ]
    return first + [block for section in made for block in section.blocks if isinstance(block, tables.DisplayTable)]


def sections(content: ReportContent) -> list[Section]:
    """All sections that the study has something for."""
    made = [
        _patients(content),
        _linkage(content),
        _images(content),
        _masks(content),
        _features(content),
        model_sections.harmonisation(content),
        model_sections.models(content),
        model_sections.search(content),
        performance(content),
        resampling(content),
        model_sections.null_run(content),
        _excluded(content),
        model_sections.audit(content),
        Section("limits", "Limits", "What these results cannot show.", limits=limits(content)),
        _software(content),
    ]
    return [section for section in made if section]


def _patients(content: ReportContent) -> Section:
    figure = PageFigure("flow-figure", content.flow_figure, "Cases from the list to their place in the study.")
    blocks: list = [[figure], tables.flow_table(content.flow, content.centers, content.sources.get("flow", []))]
    baseline = content.stacked("baseline")
    if not baseline.empty:
        sources = content.sources.get("baseline", [])
        blocks.append(tables.baseline_table(baseline, content.outcome, content.outcome_groups, sources))
    return Section("patients", "Patients", "Who was listed, who left and why, and who stayed.", blocks)


def _linkage(content: ReportContent) -> Section | None:
    if content.linkage is None or content.linkage.empty:
        return None
    table = tables.linkage_table(content.linkage, content.centers, content.sources.get("linkage", []))
    return Section("linkage", "Linkage", "What does not fit between the images and the participants table.", [table])


def _images(content: ReportContent) -> Section | None:
    if content.acquisition is None:
        return None
    sequences = {code: sequence.description for code, sequence in content.study.sequences.items()}
    table = tables.acquisition_display(
        content.acquisition, content.centers, sequences, content.sources.get("acquisition", [])
    )
    sheets = [
        (
            f"All images of {content.centers[code]} at a glance",
            [(sequence, f"02_images/contact/{sheet_name(code, sequence)}") for sequence in content.study.sequences],
        )
        for code in content.study.imaging
    ]
    return Section("images", "Images", "How each hospital acquired its images.", [table], links=sheets)


def _masks(content: ReportContent) -> Section | None:
    blocks: list = []
    if content.agreement is not None and len(content.agreement):
        sources = content.sources.get("agreement", [])
        table = mask_tables.agreement_table(content.agreement, content.agreement_cases, content.centers, sources)
        blocks.append(table)
    if content.agreement_cases is not None and len(content.agreement_cases):
        sources = content.sources.get("agreement_cases", [])
        blocks.append(mask_tables.agreement_cases_table(content.agreement_cases, content.centers, sources))
    if content.readers is not None and len(content.readers):
        sources = content.sources.get("readers", [])
        blocks.append(mask_tables.readers_table(content.readers, content.centers, sources))
    links = []
    if content.review is not None:
        count = len(content.review)
        words = f"{count} {'mask' if count == 1 else 'masks'} to look at, with pictures"
        links.append((words, [("masks to review", "03_segmentations/review.html")]))
    if not blocks and not links:
        return None
    return Section("masks", "Masks", "How good the masks are, and which of them to look at.", blocks, links=links)


def _features(content: ReportContent) -> Section | None:
    blocks: list = []
    if content.levels is not None and len(content.levels):
        sources = content.sources.get("levels", [])
        blocks.append(feature_tables.levels_table(content.levels, content.centers, sources))
    if content.robustness is not None and len(content.robustness):
        settings = content.study.robustness
        what = "the ICC" if settings.bound == "value" else "the lower limit of the ICC's 95% interval"
        rule = f"{what} is at least {settings.threshold:g}"
        sources = content.sources.get("robustness", [])
        blocks.append(feature_tables.robustness_table(content.robustness, rule, sources))
    if content.robustness_selected is not None and len(content.robustness_selected):
        sources = content.sources.get("robustness_selected", [])
        blocks.append(feature_tables.selected_table(content.robustness_selected, content.models, sources))
    if not blocks:
        return None
    return Section("features", "Features", "Whether the features mean something, and whether they last.", blocks)


def _excluded(content: ReportContent) -> Section:
    if content.excluded.empty:
        return Section("excluded", "Excluded cases", "No case was excluded.")
    table = tables.excluded_table(content.excluded, content.centers, content.sources.get("excluded", []))
    return Section("excluded", "Excluded cases", f"{len(content.excluded)} cases are not in the results.", [table])


def _software(content: ReportContent) -> Section:
    table = tables.software_table(content.software, content.sources.get("software", []))
    text = (
        "All settings of this run are in provenance/config_used.yaml, the hashes of its inputs in "
        "provenance/inputs.sha256."
    )
    return Section("software", "Software and settings", text, [table])


def _headline_cell(by_model: pd.DataFrame, model: str, headline: outcome_tables.Headline) -> HeadlineCell:
    measure, ends = headline.measure, (f"{headline.measure}_low", f"{headline.measure}_high")
    if model not in by_model.index or is_absent(by_model.loc[model, measure]):
        return HeadlineCell(ABSENT, "", None, None, None)
    row = by_model.loc[model]
    low, high = (None if is_absent(row[key]) else _position(row[key], headline.axis) for key in ends)
    between = interval(row[ends[0]], row[ends[1]], 2)
    middle = _position(row[measure], headline.axis)
    return HeadlineCell(number(row[measure], 2), between, low, middle, high, headline.beside(row))


def _position(value: float, axis: tuple[float, float]) -> float:
    low, high = axis
    return round(100 * (min(max(value, low), high) - low) / (high - low), 2)
