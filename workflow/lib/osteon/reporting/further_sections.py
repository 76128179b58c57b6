"""Sections of the page on what was measured besides performance, and on the files for the manuscript."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from osteon.config.study import Study
from osteon.reporting.blocks import Block, PageFigure, Section
from osteon.reporting.content import ReportContent
from osteon.reporting.language import Say, english
from osteon.reporting.numbers import integer
from osteon.reporting.paper.table import PaperTable
from osteon.reporting.paper_display import displayed
from osteon.reporting.tables import DisplayTable
from osteon.tables.files import read_table

MOST_ROWS = 40
"""Rows of a table on the page; the table of the manuscript has all."""
PAPER = "09_paper"


@dataclass(frozen=True)
class PaperFigures:
    """What lies in the folder of the manuscript's figures.

    Attributes:
        svg: text of each figure, by the name of its file.
        captions: caption of each, likewise; a figure may have none.
    """

    svg: Mapping[str, str] = field(default_factory=dict)
    captions: Mapping[str, str] = field(default_factory=dict)


def read_figures(folder: str | Path, models: Sequence[str]) -> PaperFigures:
    """Read the figures that the page shows.

    Args:
        folder: with <name>.svg, <name>.tsv and captions.tsv (key, title, caption).
        models: of the study; the figures of the last one are read, which is the one that papers are about.
    """
    folder, captions = Path(folder), {}
    if (folder / "captions.tsv").exists():
        table = read_table(folder / "captions.tsv", ("key", "title", "caption"))
        captions = {row.key: f"{row.title}. {row.caption}" for row in table.itertuples()}
    model = list(models)[-1] if models else ""
    names = [*(f"centers_{name}_{model}" for name in ("test", "external", "left_out"))]
    names += [f"shap_importance_{model}", f"nomogram_{model}"]
    svg = {name: path.read_text(encoding="utf-8") for name in names if (path := folder / f"{name}.svg").exists()}
    refused = folder / f"nomogram_{model}.tsv"
    if refused.exists() and list(read_table(refused).columns) == ["reason"]:
        svg.pop(f"nomogram_{model}", None)
    return PaperFigures(svg, captions)


def further_sections(
    content: ReportContent,
    tables: Mapping[str, PaperTable],
    figures: PaperFigures | None = None,
    verdicts: Mapping[str, int] | None = None,
) -> list[Section]:
    """The sections that the study has something for, in the order of reading.

    Args:
        content: of the page.
        tables: those of the manuscript, by key.
        figures: from `read_figures`.
        verdicts: how often the check of the study's own tables came to each verdict (`printed.findings.Verdict`).
    """
    say, shown = content.say, figures or PaperFigures()
    made = [
        Section(
            "by-hospital",
            say("Hospital by hospital"),
            say("Each model in each hospital, their mean, and where a new hospital is expected."),
            [
                *_figures(shown, "centers_test", say("AUC in each development hospital, internal test.")),
                *_figures(shown, "centers_external", say("AUC in each external hospital.")),
                *_figures(shown, "centers_left_out", say("AUC in each hospital, left out once.")),
                *_tables(tables, ("centers", "recalibration"), say),
            ],
            links=_links(tables, ("centers", "recalibration")),
        ),
        Section(
            "groups",
            say("Groups of patients"),
            say("The models in groups of patients, and whether the groups differ more than chance lets them."),
            _tables(tables, ("subgroups",), say),
            links=_links(tables, ("subgroups",)),
        ),
        Section(
            "operating",
            say("Operating points"),
            say("What the ranking of each model allows at fixed sensitivity or specificity."),
            _tables(tables, ("operating_points",), say),
            links=_links(tables, ("operating_points",)),
        ),
        Section(
            "explanation",
            say("What the predictions rest on"),
            say("The terms of the models; what a model uses need not be a cause."),
            [
                *_figures(shown, "shap_importance", say("Mean size of the SHAP values of each term.")),
                *_figures(shown, "nomogram", say("Nomogram of the frozen model.")),
                *_tables(tables, ("logistic",), say),
            ],
            links=_links(tables, ("logistic",)),
        ),
        Section(
            "size",
            say("Sample size"),
            say("How many patients the development and the validation would need, and how many there are."),
            _tables(tables, ("sample_size",), say),
            links=_links(tables, ("sample_size",)),
        ),
    ]
    return [*(section for section in made if section.blocks), manuscript(content.study, verdicts or {}, say)]


def _tables(tables: Mapping[str, PaperTable], keys: Sequence[str], say: Say) -> list[Block]:
    return [
        displayed(tables[key], f"further-{key.replace('_', '-')}", say, most=MOST_ROWS) for key in keys if key in tables
    ]


def _figures(figures: PaperFigures, start: str, caption: str) -> list[Block]:
    """The figures whose names begin so, each in a row of its own, with their captions or this one."""
    return [
        [PageFigure(f"figure-{name.replace('_', '-')}", svg, figures.captions.get(name, caption))]
        for name, svg in figures.svg.items()
        if name.startswith(f"{start}_")
    ]


def _links(tables: Mapping[str, PaperTable], keys: Sequence[str]) -> list[tuple[str, list[tuple[str, str]]]]:
    """The files of the whole tables."""
    ends = ("html", "csv", "docx")
    return [
        (tables[key].title, [(end.upper(), f"{PAPER}/tables/{key}.{end}") for end in ends])
        for key in keys
        if key in tables
    ]


def manuscript(study: Study, verdicts: Mapping[str, int], say: Say = english) -> Section:
    """Where the files for the manuscript are, and what the check of their numbers found.

    Args:
        study: the configuration.
        verdicts: see `further_sections`.
        say: the reader's language.
    """
    tables, lists = f"{PAPER}/tables", f"{PAPER}/checklists"
    links = [
        (
            say("Tables"),
            [
                (say("page"), f"{tables}/all_tables.html"),
                ("Word", f"{tables}/all_tables.docx"),
                ("Excel", f"{tables}/all_tables.xlsx"),
            ],
        ),
        (say("Figures"), [(say("page"), f"{PAPER}/figures/index.html")]),
        (say("Methods"), [("methods.md", f"{PAPER}/methods.md"), ("references.bib", f"{PAPER}/references.bib")]),
        (
            say("Checklists"),
            [(say("page"), f"{lists}/index.html")]
            + [
                (name, f"{lists}/{key}.tsv")
                for key, name in (
                    *(("clear", "CLEAR"), ("metrics", "METRICS"), ("tripod_ai", "TRIPOD+AI")),
                    *(("claim", "CLAIM"), ("ibsi", "IBSI")),
                )
            ],
        ),
    ]
    if study.published:
        links.append((say("The paper whose protocol this is"), [(say("page"), f"{PAPER}/published.html")]))
    text = say("Tables, figures, methods and checklists, each made from the same numbers as this page.")
    return Section("manuscript", say("Files for the manuscript"), text, _checked(verdicts, say), links=links)


def _checked(verdicts: Mapping[str, int], say: Say) -> list[Block]:
    names = {
        "reproduced": say("come out when they are computed again from other numbers of the tables"),
        "consistent": say("are possible"),
        "cannot_be_checked": say("cannot be checked"),
        "impossible": say("are impossible"),
    }
    rows = [[name, integer(verdicts.get(verdict, 0))] for verdict, name in names.items()]
    caption = say("Numbers of the tables, checked as they are printed.")
    columns = [say("Numbers that"), say("Number")]
    return [DisplayTable("own-audit", caption, columns, rows, sources=[f"{PAPER}/audit.tsv"])] if verdicts else []
