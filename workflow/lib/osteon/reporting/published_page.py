"""The page of a published study: its tables and figures under their numbers, each beside this study's own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from pathlib import Path

from osteon.config.explain import did_you_mean
from osteon.config.published import Layout, PrintedTable, Published
from osteon.printed.findings import Finding, Verdict
from osteon.reporting.beside_page import BesideSection
from osteon.reporting.blocks import PageFigure
from osteon.reporting.language import Say, english
from osteon.reporting.paper.table import PaperTable
from osteon.reporting.published_tables import beside_table, printed_rows
from osteon.reporting.published_values import OwnNumbers
from osteon.tables.files import read_table


def published_sections(
    published: Published,
    layout: Layout,
    own: OwnNumbers,
    findings: Sequence[Finding],
    figures: Mapping[str, PageFigure],
    say: Say = english,
) -> list[BesideSection]:
    """A section for each table and each figure of the paper, in their order.

    Args:
        published: where the printed tables are.
        layout: which is which.
        own: this study's numbers.
        findings: of the audit of the printed tables.
        figures: this study's figures that the layout names.
        say: the reader's language.
    """

    def made(table: PrintedTable) -> BesideSection:
        built = _table(table, published, layout, own, findings, say)
        return BesideSection(built.key.replace("_", "-"), built.printed_caption, tables=[built])

    sections = [made(table) for table in layout.tables]
    for figure in layout.figures:
        sections.append(
            BesideSection(
                f"figure-{figure.number.lower()}",
                say("Figure {number}. {title}", number=figure.number, title=figure.title),
                [figure.printed],
                [_table(table, published, layout, own, findings, say) for table in figure.numbers],
                [figures[name] for name in figure.ours],
            )
        )
    return sections


def page_title(say: Say = english) -> str:
    """Heading of the page."""
    return say("The published tables and figures, beside this study")


def lead_texts(layout: Layout, simulated: bool, say: Say = english) -> list[str]:
    """What the page shows, for its beginning."""
    texts = [
        say("Printed: the numbers of {source}, as they stand there, errors included.", source=layout.source),
        say(
            "Beside each stands what this study found with the same protocol, under the number that the table or "
            "figure has in the paper, and what the audit says of the printed number. The printed figures belong to "
            "their publisher; they are described in words."
        ),
    ]
    if simulated:
        texts.append(
            say(
                "The patients of this study are simulated. That its numbers are near the printed ones, or far from "
                "them, says nothing about the paper, about MRI or about patients."
            )
        )
    return texts


def read_findings(path: str | Path) -> list[Finding]:
    """Findings of an audit, from the table that `osteon.printed.findings.findings_table` made."""
    columns = tuple(field.name for field in fields(Finding))
    table = read_table(path, text=columns).fillna("")
    return [Finding(**row | {"verdict": Verdict(row["verdict"])}) for row in table.to_dict("records")]


def read_own_figures(layout: Layout, folder: str | Path, captions: Mapping[str, str]) -> dict[str, PageFigure]:
    """This study's figures that the layout names.

    Args:
        layout: of the paper.
        folder: of the manuscript's figures.
        captions: by the name of the figure.

    Raises:
        ValueError: the folder has no such figure; the message says which it has.
    """
    folder = Path(folder)
    known = sorted(path.stem for path in folder.glob("*.svg"))
    names = list(dict.fromkeys(name for figure in layout.figures for name in figure.ours))
    absent = [name for name in names if name not in known]
    if absent:
        hints = "\n".join(f"  {name}  {did_you_mean(name, known)}" for name in absent)
        raise ValueError(f"published.layout: figures[].ours names figures that this study does not draw:\n{hints}")
    return {
        name: PageFigure(
            f"ours-{name.replace('_', '-')}",
            (folder / f"{name}.svg").read_text(encoding="utf-8"),
            captions.get(name, name),
        )
        for name in names
    }


def _table(
    table: PrintedTable,
    published: Published,
    layout: Layout,
    own: OwnNumbers,
    findings: Sequence[Finding],
    say: Say,
) -> PaperTable:
    rows = printed_rows(Path(published.tables) / table.file, table.kind)
    return beside_table(table, layout, rows, own, findings, say)
