"""The page as data: first screen, then sections of text, tables and figures, in the order in which they are read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import pandas as pd

from osteon.reporting import feature_tables, mask_tables, model_sections, outcome_tables, tables
from osteon.reporting.blocks import PageFigure, Section
from osteon.reporting.contact_sheet import sheet_name
from osteon.reporting.content import ReportContent
from osteon.reporting.language import Say
from osteon.reporting.limits import PRIMARY, Limit, limits
from osteon.reporting.numbers import ABSENT, integer, interval, interval_in_words, is_absent, number
from osteon.reporting.performance import performance, resampling


@dataclass(frozen=True)
class Hospital:
    """A hospital on the first screen."""

    name: str
    role: str
    listed: str
    included: str
    page: str
    """Path of its own page, relative to this one."""


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
    say = content.say
    roles = {"development": say("development"), "external": say("external, never seen by the models")}
    return [
        Hospital(
            name,
            roles[content.study.centers[code].role],
            integer(first[code]),
            integer(last[code]),
            f"10_hospitals/center-{code}.html",
        )
        for code, name in content.centers.items()
    ]


def headline_rows(content: ReportContent) -> list[HeadlineRow]:
    """The headline measure in `headline_patients`: internal test first, then each hospital."""
    shown, say, rows = _headline_table(content)[0], content.say, []
    headline = outcome_tables.headline_of(content.kind, say)
    for name, own in shown.groupby("patients", sort=False) if len(shown) else ():
        by_model = own.set_index("model")
        count = integer(own["n"].iloc[0])
        size = say("{n} patients", n=count)
        if content.kind == "binary":
            events = integer(own["events"].iloc[0])
            size = say("{n} patients, {events} with {outcome}", n=count, events=events, outcome=content.outcome)
        rows.append(
            HeadlineRow(str(name), size, [_headline_cell(by_model, model, headline, say) for model in content.models])
        )
    return rows


def headline_patients(content: ReportContent) -> str:
    """Who the patients of the first screen are, for the middle of a sentence."""
    return _headline_table(content)[1]


def _headline_table(content: ReportContent) -> tuple[pd.DataFrame, str]:
    """Performance in patients that no model has learned from; where there are none, what comes nearest to that."""
    found, say = content.stacked("performance"), content.say
    if len(found):
        found = found[found["set"].isin(PRIMARY)]
    if len(found):
        return found, say("patients that no model has learned from")
    found = content.stacked("performance", content.resampling)
    if len(found):
        return found, say("training patients, each predicted by models of the procedure that had not seen this patient")
    return content.stacked("performance"), say("training patients, out of fold: nobody was held out")


def page_tables(content: ReportContent, made: list[Section]) -> list[tables.DisplayTable]:
    """All tables of the page, those of the first screen first: each number links to a cell of one of them.

    Args:
        content: what the page shows.
        made: from `sections`.
    """
    say = content.say
    headline = outcome_tables.headline_of(content.kind, say)
    first = [
        tables.DisplayTable(
            "auc",
            say(
                "{measure} with 95% interval in {patients}.",
                measure=headline.title,
                patients=headline_patients(content),
            ),
            [say("Patients"), say("Size"), *content.models_with_tried.values()],
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
            say("Cases that each hospital listed, and those that are in."),
            [say("Hospital"), say("Role"), say("Listed"), say("Included")],
            [[one.name, one.role, one.listed, one.included] for one in hospitals(content)],
            2,
            sources=content.sources.get("flow", []),
        ),
    ]
    return first + [block for section in made for block in section.blocks if isinstance(block, tables.DisplayTable)]


def sections(content: ReportContent, more: Sequence[Section] = ()) -> list[Section]:
    """All sections that the study has something for.

    Args:
        content: what the page shows.
        more: further sections on results, which stand behind those on models.
    """
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
        *more,
        _excluded(content),
        model_sections.audit(content),
        Section(
            "limits",
            content.say("Limits"),
            content.say("What these results cannot show."),
            limits=limits(content),
        ),
        _software(content),
    ]
    return [_in_words(section, content.say) for section in made if section]


def _in_words(section: Section, say: Say) -> Section:
    """The section with the intervals of its tables and limits in the reader's language."""
    blocks = [
        replace(block, rows=[[interval_in_words(cell, say) for cell in row] for row in block.rows])
        if isinstance(block, tables.DisplayTable)
        else block
        for block in section.blocks
    ]
    return replace(section, blocks=blocks, limits=_limits_in_words(section.limits, say))


def _limits_in_words(found: Sequence[Limit], say: Say) -> list[Limit]:
    return [replace(limit, text=interval_in_words(limit.text, say)) for limit in found]


def warnings(content: ReportContent) -> list[Limit]:
    """The limits of the first screen."""
    return _limits_in_words([limit for limit in limits(content) if limit.serious], content.say)


def _patients(content: ReportContent) -> Section:
    say = content.say
    figure = PageFigure("flow-figure", content.flow_figure, say("Cases from the list to their place in the study."))
    blocks: list = [[figure], tables.flow_table(content.flow, content.centers, content.sources.get("flow", []), say)]
    baseline = content.stacked("baseline")
    if not baseline.empty:
        sources = content.sources.get("baseline", [])
        blocks.append(tables.baseline_table(baseline, content.outcome, content.outcome_groups, sources, say))
    return Section("patients", say("Patients"), say("Who was listed, who left and why, and who stayed."), blocks)


def _linkage(content: ReportContent) -> Section | None:
    if content.linkage is None or content.linkage.empty:
        return None
    say = content.say
    table = tables.linkage_table(content.linkage, content.centers, content.sources.get("linkage", []), say)
    text = say("What does not fit between the images and the participants table.")
    return Section("linkage", say("Linkage"), text, [table])


def _images(content: ReportContent) -> Section | None:
    if content.acquisition is None:
        return None
    say = content.say
    sequences = {code: sequence.description for code, sequence in content.study.sequences.items()}
    table = tables.acquisition_display(
        content.acquisition, content.centers, sequences, content.sources.get("acquisition", []), say
    )
    sheets = [
        (
            say("All images of {hospital} at a glance", hospital=content.centers[code]),
            [(sequence, f"02_images/contact/{sheet_name(code, sequence)}") for sequence in content.study.sequences],
        )
        for code in content.study.imaging
    ]
    return Section("images", say("Images"), say("How each hospital acquired its images."), [table], links=sheets)


def _masks(content: ReportContent) -> Section | None:
    blocks: list = []
    say = content.say
    if content.agreement is not None and len(content.agreement):
        sources = content.sources.get("agreement", [])
        table = mask_tables.agreement_table(content.agreement, content.agreement_cases, content.centers, sources, say)
        blocks.append(table)
    if content.agreement_cases is not None and len(content.agreement_cases):
        sources = content.sources.get("agreement_cases", [])
        blocks.append(mask_tables.agreement_cases_table(content.agreement_cases, content.centers, sources, say))
    if content.readers is not None and len(content.readers):
        sources = content.sources.get("readers", [])
        blocks.append(mask_tables.readers_table(content.readers, content.centers, sources, say))
    links = []
    if content.review is not None:
        count = len(content.review)
        one = say("1 mask to look at, with pictures")
        words = one if count == 1 else say("{n} masks to look at, with pictures", n=count)
        links.append((words, [(say("masks to review"), "03_segmentations/review.html")]))
    if not blocks and not links:
        return None
    text = say("How good the masks are, and which of them to look at.")
    return Section("masks", say("Masks"), text, blocks, links=links)


def _features(content: ReportContent) -> Section | None:
    blocks: list = []
    say = content.say
    if content.levels is not None and len(content.levels):
        sources = content.sources.get("levels", [])
        blocks.append(feature_tables.levels_table(content.levels, content.centers, sources, say))
    if content.robustness is not None and len(content.robustness):
        settings = content.study.robustness
        least = f"{settings.threshold:g}"
        rule = (
            say("the ICC is at least {limit}", limit=least)
            if settings.bound == "value"
            else say("the lower limit of the ICC's 95% interval is at least {limit}", limit=least)
        )
        sources = content.sources.get("robustness", [])
        blocks.append(feature_tables.robustness_table(content.robustness, rule, sources, say))
    if content.robustness_selected is not None and len(content.robustness_selected):
        sources = content.sources.get("robustness_selected", [])
        blocks.append(feature_tables.selected_table(content.robustness_selected, content.models, sources, say))
    if not blocks:
        return None
    return Section(
        "features", say("Features"), say("Whether the features mean something, and whether they last."), blocks
    )


def _excluded(content: ReportContent) -> Section:
    say = content.say
    if content.excluded.empty:
        return Section("excluded", say("Excluded cases"), say("No case was excluded."))
    table = tables.excluded_table(content.excluded, content.centers, content.sources.get("excluded", []), say)
    text = say("{n} cases are not in the results.", n=len(content.excluded))
    return Section("excluded", say("Excluded cases"), text, [table])


def _software(content: ReportContent) -> Section:
    say = content.say
    table = tables.software_table(content.software, content.sources.get("software", []), say)
    text = say(
        "All settings of this run are in provenance/config_used.yaml, the hashes of its inputs in "
        "provenance/inputs.sha256."
    )
    return Section("software", say("Software and settings"), text, [table])


def _headline_cell(by_model: pd.DataFrame, model: str, headline: outcome_tables.Headline, say: Say) -> HeadlineCell:
    measure, ends = headline.measure, (f"{headline.measure}_low", f"{headline.measure}_high")
    if model not in by_model.index or is_absent(by_model.loc[model, measure]):
        return HeadlineCell(ABSENT, "", None, None, None)
    row = by_model.loc[model]
    low, high = (None if is_absent(row[key]) else _position(row[key], headline.axis) for key in ends)
    between = interval_in_words(interval(row[ends[0]], row[ends[1]], 2), say)
    middle = _position(row[measure], headline.axis)
    return HeadlineCell(
        number(row[measure], 2), between, low, middle, high, interval_in_words(headline.beside(row), say)
    )


def _position(value: float, axis: tuple[float, float]) -> float:
    low, high = axis
    return round(100 * (min(max(value, low), high) - low) / (high - low), 2)
