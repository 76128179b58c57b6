"""The page of one hospital: its numbers, and its cases one by one; between START_HERE.html and the pages of cases."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from osteon.reporting.blocks import Section
from osteon.reporting.contact_sheet import page_name, sheet_name
from osteon.reporting.hospital_cases import CaseRow, case_rows
from osteon.reporting.hospital_content import HospitalContent, file_of_hospital
from osteon.reporting.hospital_warnings import filters, hospital_warnings
from osteon.reporting.language import Say, english
from osteon.reporting.numbers import interval_in_words
from osteon.reporting.palette import FLAGS
from osteon.reporting.paper.centers import centers_table
from osteon.reporting.paper.csv import first_row
from osteon.reporting.paper.masks import segmentation_table
from osteon.reporting.paper.patients import acquisition_table, exclusions_table
from osteon.reporting.paper.performance import calibration_table, performance_table
from osteon.reporting.paper.table import PaperTable, from_display
from osteon.reporting.paper_display import displayed
from osteon.reporting.set_names import banner_of, set_names
from osteon.reporting.tables import DisplayTable
from osteon.reporting.templating import as_json, file_text, render
from osteon.reporting.trace import trace_of

ROOT = "../"
"""What leads from the page to the folder of the results."""
LONG_TABLE = 25
CASES, STRUCTURES, TERMS, OUTSIDE = "cases", "structures", "contributions", "outside"


@dataclass(frozen=True)
class CaseTables:
    """The tables behind the list of cases, and where each case's rows begin in them.

    Attributes:
        tables: by key (CASES, STRUCTURES, TERMS, OUTSIDE); only those with rows.
        places: by key and case (of TERMS: case and model), row counted from 0.
    """

    tables: Mapping[str, DisplayTable]
    places: Mapping[str, Mapping[object, int]]


def case_tables(content: HospitalContent, cases: Sequence[CaseRow], say: Say = english) -> CaseTables:
    """The list of cases as tables, so that each of its numbers has a cell."""
    models, compared = content.models, len(content.table("agreement")) > 0
    rows: dict[str, list[list[str]]] = {CASES: [], STRUCTURES: [], TERMS: [], OUTSIDE: []}
    places: dict[str, dict[object, int]] = {key: {} for key in rows}
    for case in cases:
        calls = [case.calls[model].text if model in case.calls else "" for model in models]
        flags = " ".join(badge for _, badge in case.flags)
        mask = [case.mask, *([case.dice] if compared else [])]
        rows[CASES].append([case.subject, case.set, case.reason, case.outcome, flags, *mask, *calls])
        places[STRUCTURES][case.subject] = len(rows[STRUCTURES])
        rows[STRUCTURES] += [[case.subject, one.label, one.flags, one.dice, one.hd95] for one in case.labels]
        for model, terms in case.terms.items():
            places[TERMS][case.subject, model] = len(rows[TERMS])
            rows[TERMS] += [[case.subject, models[model], term.name, term.value, term.shap] for term in terms]
        places[OUTSIDE][case.subject] = len(rows[OUTSIDE])
        rows[OUTSIDE] += [[case.subject, *feature] for feature in case.outside]
    case_name = say("Case")
    outcome = content.study.outcome
    headings = [
        case_name,
        say("Patients"),
        say("Excluded because"),
        outcome.label or outcome.column if outcome else say("Outcome"),
    ]
    headings += [say("Flags"), say("Mask"), *([say("Mean Dice")] if compared else []), *models.values()]
    shown = {
        CASES: (
            say("Cases of {hospital}.", hospital=content.name),
            headings,
            6,
            ("included", "excluded", "predictions"),
        ),
        STRUCTURES: (
            say("Structures of the masks."),
            [case_name, say("Structure"), say("Odd"), say("Dice"), say("HD95 (mm)")],
            3,
            ("mask_quality", "agreement"),
        ),
        TERMS: (
            say("Largest terms of each prediction (SHAP values)."),
            [case_name, say("Model"), say("Term"), say("Value"), say("SHAP")],
            3,
            ("shap_values",),
        ),
        OUTSIDE: (
            say("Features outside the range of the training patients."),
            [case_name, say("Feature"), say("Value"), say("Least in training"), say("Greatest in training")],
            2,
            ("selected",),
        ),
    }
    tables = {
        key: DisplayTable(key, caption, columns, rows[key], leading, sources=_sources(content, *names))
        for key, (caption, columns, leading, names) in shown.items()
        if rows[key]
    }
    return CaseTables(tables, places)


def hospital_sections(content: HospitalContent, say: Say = english) -> list[Section]:
    """What there is to say of the hospital as a whole."""
    made = [
        Section("about-flow", say("Cases"), blocks=_blocks(content, say, ("flow",), _flow(content, say))),
        Section("about-performance", say("Performance"), blocks=_performance(content, say)),
        Section("about-masks", say("Masks"), blocks=_masks(content, say)),
        Section("about-images", say("Images"), blocks=_images(content, say)),
    ]
    return [section for section in made if section.blocks]


def page_tables(sections: Sequence[Section], cases: CaseTables) -> list[DisplayTable]:
    """All tables of the page; each number links to a cell of one of them."""
    blocks = [block for section in sections for block in section.blocks]
    return [block for block in blocks if isinstance(block, DisplayTable)] + list(cases.tables.values())


def render_hospital(
    content: HospitalContent, records: Mapping[str, dict] | None = None, say: Say = english
) -> tuple[str, list[DisplayTable]]:
    """The page as text, and its tables; same content, same bytes.

    Args:
        content: from `read_hospital`.
        records: from `trace.read_records`, with paths relative to the folder of the results.
        say: the reader's language.
    """
    cases, sections = case_rows(content, say), hospital_sections(content, say)
    behind = case_tables(content, cases, say)
    tables, info = page_tables(sections, behind), content.study.study
    banner = banner_of(content.study, say)
    traced = {
        f"{ROOT}{path}": record | {"record": f"{ROOT}{record['record']}"} for path, record in (records or {}).items()
    }
    text = render(
        "hospital.html.j2",
        ("style.css", "contact.css", "hospital.css"),
        say,
        root=ROOT,
        banner=banner,
        title=info.title or info.name,
        name=content.name,
        role=say("external, never seen by the models") if content.external else say("development"),
        sheets=[
            (code, f"{ROOT}02_images/contact/{sheet_name(content.center, code)}") for code in content.study.sequences
        ]
        if content.imaging
        else [],
        reviewed=len(content.table("mask_quality")) > 0,
        hospitals=[(name, file_of_hospital(code), code == content.center) for code, name in content.names.items()],
        center=content.center,
        cases=cases,
        listing=behind.tables.get(CASES),
        # the reason stands below the set of patients
        shown_columns=[name for place, name in enumerate(behind.tables[CASES].columns) if place != 2] if cases else [],
        places=behind.places,
        keys={"cases": CASES, "structures": STRUCTURES, "terms": TERMS, "outside": OUTSIDE},
        models=content.models,
        compared=len(content.table("agreement")) > 0,
        page_name=page_name if content.imaging else None,
        filters=filters(cases, say),
        warnings=hospital_warnings(content, cases, say),
        sections=sections,
        colors=FLAGS,
        long_table=LONG_TABLE,
        tables_folder=f"center-{content.center}",
        first_row=first_row(from_display(tables[0], banner)),
        trace=as_json(trace_of(tables, traced, say) | {"root": ROOT}),
        script=file_text("trace.js") + file_text("hospital.js"),
    )
    return text, tables


def _flow(content: HospitalContent, say: Say) -> PaperTable:
    """The flow of this hospital alone; the column of all hospitals would repeat it."""
    table = exclusions_table(content.table("flow").fillna({"reason": ""}), {content.center: content.name}, say)
    rows = [replace(row, cells=row.cells[:-1]) for row in table.rows]
    return replace(table, columns=table.columns[:-1], rows=rows)


def _performance(content: HospitalContent, say: Say) -> list[DisplayTable]:
    found, centers, outcome = content.table("performance"), content.table("centers"), content.outcome
    if outcome is None:
        return []
    if content.external and len(found):
        titles = set_names(content.study, content.part, say)
        named = found.assign(patients=[titles.get(name, name) for name in found["set"]])
        made = [performance_table(named, content.models, outcome.type, say)]
        if outcome.type != "classes":
            made.append(calibration_table(named, content.models, outcome.type, say))
        return [block for table in made for block in _blocks(content, say, ("performance",), table)]
    if not content.external and len(centers):
        sets = {"test": say("Internal test, by hospital"), "left_out": say("Hospitals, each left out once")}
        pooled = content.table("pooled").iloc[:0]
        table = centers_table(centers, pooled, content.names, content.models, sets, say)
        return _blocks(content, say, ("centers",), table)
    return []


def _masks(content: HospitalContent, say: Say) -> list[DisplayTable]:
    summary = content.table("agreement_summary")
    if summary.empty:
        return []
    return _blocks(content, say, ("agreement_summary",), segmentation_table(summary, content.names, say))


def _images(content: HospitalContent, say: Say) -> list[DisplayTable]:
    found = content.table("acquisition")
    if found.empty:
        return []
    sequences = {code: sequence.description for code, sequence in content.study.sequences.items()}
    return _blocks(content, say, ("acquisition",), acquisition_table(found, content.names, sequences, say))


def _blocks(content: HospitalContent, say: Say, names: Sequence[str], table: PaperTable) -> list[DisplayTable]:
    rows = [replace(row, cells=tuple(interval_in_words(cell, say) for cell in row.cells)) for row in table.rows]
    key = table.key.replace("_", "-")
    return [displayed(replace(table, rows=rows), key, say, sources=_sources(content, *names))]


def _sources(content: HospitalContent, *names: str) -> list[str]:
    return [path for name in names for path in content.sources.get(name, ())]
