"""The page as data: first screen, then sections of text, tables and figures, in the order in which they are read."""

from __future__ import annotations

from dataclasses import dataclass, field

import pandas as pd

from osteon.reporting import feature_tables, mask_tables, result_tables, tables
from osteon.reporting.contact_sheet import sheet_name
from osteon.reporting.content import ReportContent
from osteon.reporting.limits import Limit, limits
from osteon.reporting.numbers import ABSENT, integer, interval, is_absent, number
from osteon.reporting.svg import width_range
from osteon.reporting.tables import DisplayTable

# Ends of the axis on which the first screen draws AUCs.
AXIS = (0.3, 1.0)
FIGURE_NAMES = {"roc": "ROC curves", "calibration": "Calibration", "decision": "Decision curves"}


@dataclass(frozen=True)
class PageFigure:
    """A figure of the page: id, SVG text, caption."""

    key: str
    svg: str
    caption: str

    @property
    def widths(self) -> tuple[int, int]:
        """Least and largest width on the page, CSS pixels; figures in a row share its width in this proportion."""
        return width_range(self.svg)


@dataclass(frozen=True)
class Section:
    """A section of the page."""

    key: str
    title: str
    text: str = ""
    blocks: list[DisplayTable | list[PageFigure]] = field(default_factory=list)
    limits: list[Limit] = field(default_factory=list)
    links: list[tuple[str, list[tuple[str, str]]]] = field(default_factory=list)
    """Other pages: what they are of, then name and path of each."""


@dataclass(frozen=True)
class Hospital:
    """A hospital on the first screen."""

    name: str
    role: str
    listed: str
    included: str


@dataclass(frozen=True)
class AucCell:
    """An AUC on the first screen; positions are percent of the axis, and None where there is no value."""

    value: str
    interval: str
    low: float | None
    middle: float | None
    high: float | None


@dataclass(frozen=True)
class AucRow:
    """The AUCs of all models in one set of patients."""

    name: str
    size: str
    cells: list[AucCell]


def hospitals(content: ReportContent) -> list[Hospital]:
    """How many cases each hospital listed and how many are in."""
    inside = content.flow[content.flow["kind"] == "in"].groupby("center", sort=False)["n"]
    first, last = inside.first(), inside.last()
    roles = {"development": "development", "external": "external, never seen by the models"}
    return [
        Hospital(name, roles[content.study.centers[code].role], integer(first[code]), integer(last[code]))
        for code, name in content.centers.items()
    ]


def auc_rows(content: ReportContent) -> list[AucRow]:
    """AUCs in patients that no model has learned from: internal test first, then each external hospital."""
    performance = content.stacked("performance")
    if performance.empty:
        return []
    rows = []
    for name, own in performance[performance["set"] != "train"].groupby("patients", sort=False):
        by_model = own.set_index("model")
        size = f"{integer(own['n'].iloc[0])} patients, {integer(own['events'].iloc[0])} with {content.outcome}"
        rows.append(AucRow(str(name), size, [_auc_cell(by_model, model) for model in content.models]))
    return rows


def sections(content: ReportContent) -> list[Section]:
    """All sections that the study has something for."""
    made = [
        _patients(content),
        _linkage(content),
        _images(content),
        _masks(content),
        _features(content),
        _models(content),
        _performance(content),
        _excluded(content),
        _audit(content),
        Section("limits", "Limits", "What these results cannot show.", limits=limits(content)),
        _software(content),
    ]
    return [section for section in made if section]


def _patients(content: ReportContent) -> Section:
    figure = PageFigure("flow-figure", content.flow_figure, "Cases from the list to their place in the study.")
    blocks: list = [[figure], tables.flow_table(content.flow, content.centers, content.sources.get("flow", []))]
    baseline = content.stacked("baseline")
    if not baseline.empty:
        blocks.append(tables.baseline_table(baseline, content.outcome, content.sources.get("baseline", [])))
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


def _models(content: ReportContent) -> Section | None:
    if content.coefficients is None:
        return None
    terms = {name: variable.label or name for name, variable in content.study.variables.items()}
    terms |= {name: f"Radiomics score {name}" for name in content.study.signatures} | {"intercept": "Intercept"}
    blocks: list = []
    if content.harmonisation is not None:
        blocks.append(
            result_tables.harmonisation_table(content.harmonisation, content.sources.get("harmonisation", []))
        )
    blocks.append(
        result_tables.coefficients_table(
            content.coefficients, content.models, terms, content.sources.get("coefficients", [])
        )
    )
    if content.selection is not None and content.selection["fate"].isin(["kept", "least_p"]).any():
        blocks.append(result_tables.selection_table(content.selection, content.sources.get("selection", [])))
    return Section("models", "Models", "What was fitted on the training patients, and on nobody else.", blocks)


def _performance(content: ReportContent) -> Section | None:
    if not content.parts:
        return None
    performance, sources = content.stacked("performance"), content.sources.get("performance", [])
    figures = {
        kind: [PageFigure(f"{kind}-{part.key}", part.figures[kind], f"{name}: {part.name}.") for part in content.parts]
        for kind, name in FIGURE_NAMES.items()
    }
    blocks: list = [result_tables.discrimination_table(performance, content.models, sources), figures["roc"]]
    pairwise = content.stacked("pairwise")
    if not pairwise.empty:
        blocks.append(result_tables.pairwise_table(pairwise, content.models, content.sources.get("pairwise", [])))
    blocks += [
        result_tables.classification_table(performance, content.models, sources),
        result_tables.calibration_table(performance, content.models, sources),
        figures["calibration"],
        figures["decision"],
    ]
    return Section("performance", "Performance", "How well the frozen models work in each set of patients.", blocks)


def _excluded(content: ReportContent) -> Section:
    if content.excluded.empty:
        return Section("excluded", "Excluded cases", "No case was excluded.")
    table = tables.excluded_table(content.excluded, content.centers, content.sources.get("excluded", []))
    return Section("excluded", "Excluded cases", f"{len(content.excluded)} cases are not in the results.", [table])


def _audit(content: ReportContent) -> Section | None:
    if content.audit is None:
        return None
    table = result_tables.audit_table(content.audit, content.models, content.sources.get("audit", []))
    return Section("audit", "Leakage audit", "Whether the models can have known the answers.", [table])


def _software(content: ReportContent) -> Section:
    table = tables.software_table(content.software, content.sources.get("software", []))
    text = (
        "All settings of this run are in provenance/config_used.yaml, the hashes of its inputs in "
        "provenance/inputs.sha256."
    )
    return Section("software", "Software and settings", text, [table])


def _auc_cell(by_model: pd.DataFrame, model: str) -> AucCell:
    if model not in by_model.index or is_absent(by_model.loc[model, "auc"]):
        return AucCell(ABSENT, "", None, None, None)
    row = by_model.loc[model]
    ends = [None if is_absent(row[key]) else _position(row[key]) for key in ("auc_low", "auc_high")]
    return AucCell(
        number(row["auc"], 2), interval(row["auc_low"], row["auc_high"], 2), ends[0], _position(row["auc"]), ends[1]
    )


def _position(value: float) -> float:
    low, high = AXIS
    return round(100 * (min(max(value, low), high) - low) / (high - low), 2)
