"""A paper beside this study: its printed tables, and which numbers and figures of the study stand for them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import yaml
from pydantic import ValidationError

from osteon.config.base import Section
from osteon.config.explain import Problem, did_you_mean, problems_of
from osteon.config.sheets import read_sheet
from osteon.config.workbooks import SheetError

if TYPE_CHECKING:
    from osteon.config.study import Study

COMPARED: dict[str, tuple[str, ...]] = {
    "protocol": ("tr_ms", "te_ms", "slice_thickness_mm", "slice_gap_mm", "fov_mm", "matrix", "scanner", "field_t"),
    "baseline": ("negative_value", "positive_value", "statistic", "p"),
    "logistic": ("coefficient", "se", "odds_ratio", "z", "p"),
    "performance": (*("auc", "sensitivity", "specificity", "accuracy", "precision", "npv", "f1", "balanced_accuracy"),),
    "delong": ("z", "p"),
    "shares": ("share",),
    "correlations": ("r",),
}
"""By form of a printed table, the columns that this study has numbers for."""
ROWS: dict[str, dict[str, str]] = {
    "protocol": {"center": "center", "sequence": "sequence"},
    "baseline": {"set": "set", "variable": "variable"},
    "logistic": {"variable": "variable"},
    "performance": {"model": "model", "set": "set"},
    "delong": {"set": "set", "model_1": "model", "model_2": "model"},
    "shares": {"item": "term"},
    "correlations": {"variable": "term"},
}
"""By form, what the cells are that name a row."""
OF_ONE_MODEL = ("shares", "correlations")
SHOWN = 5


class Published(Section):
    """The printed tables of a paper whose protocol this study follows, and their places."""

    tables: str
    """Folder with the printed tables, in the forms of `python -m osteon audit`."""
    layout: str
    """YAML that says which of them is which table of the paper, and which figure stands for which."""


class PrintedTable(Section):
    """A printed table, or the numbers of a printed figure."""

    number: str = ""
    """Its number in the paper; of the numbers of a figure, none."""
    title: str
    """What it shows."""
    kind: Literal["protocol", "baseline", "logistic", "performance", "delong", "shares", "correlations"]
    """Its form."""
    file: str
    """Its file in the folder of the printed tables. The rows keep the order of that file."""
    columns: dict[str, str]
    """The columns that are shown, in their order: name in the form, and heading."""
    model: str | None = None
    """Of shares and correlations: the model that they belong to."""
    set: str | None = None
    """Of shares and correlations: train, test or the code of an external center."""
    notes: list[str] = []
    """What a reader must know, each a sentence."""


class PrintedFigure(Section):
    """A printed figure: described in words, because its picture belongs to its publisher."""

    number: str
    """Its number in the paper."""
    title: str
    """What it shows."""
    printed: str
    """What the printed one shows, with its numbers, in your own words."""
    ours: list[str] = []
    """Figures of this study that stand for it: names in 09_paper/figures, without ending."""
    numbers: list[PrintedTable] = []
    """Printed numbers of the figure."""


class Layout(Section):
    """The tables and figures of a paper, in its order."""

    source: str
    """The paper: authors, journal, year, pages, doi."""
    names: dict[str, str] = {}
    """What the printed tables call centers, sequences, sets, variables, signatures and models, where this study has
    another name. Sets are train, test, or the code of an external center."""
    tables: list[PrintedTable] = []
    """The tables."""
    figures: list[PrintedFigure] = []
    """The figures."""

    @property
    def all_tables(self) -> list[PrintedTable]:
        """The tables, then those of figures."""
        return [*self.tables, *(table for figure in self.figures for table in figure.numbers)]

    def named(self, printed: str) -> str:
        """What this study calls something."""
        return self.names.get(printed, printed)


def read_layout(path: str | Path) -> Layout:
    """Read a layout.

    Raises:
        OSError, yaml.YAMLError, pydantic.ValidationError: it is not there, no YAML, or has wrong keys or values.
    """
    return Layout.model_validate(yaml.safe_load(Path(path).read_text(encoding="utf-8")))


def published_files(published: Published | None) -> list[str]:
    """The layout and every table of the folder, sorted."""
    if published is None:
        return []
    return [published.layout, *sorted(str(path) for path in Path(published.tables).glob("*.csv"))]


def published_problems(study: Study) -> list[Problem]:
    """Breaches between the section `published`, its files and the study."""
    published, known = study.published, known_names(study)
    if published is None:
        return []
    if not study.models or study.outcome is None or study.outcome.type != "binary":
        return [Problem("published", "needs models of a binary outcome.", "Remove the key")]
    if not Path(published.tables).is_dir():
        what = f"the folder {published.tables} does not exist."
        hint = f"Make it with: python -m osteon audit --templates {published.tables}"
        return [Problem("published.tables", what, hint)]
    try:
        layout = read_layout(published.layout)
    except OSError:
        return [Problem("published.layout", f"the file {published.layout} does not exist.")]
    except yaml.YAMLError as error:
        return [
            Problem("published.layout", f"{published.layout} is not valid YAML: {getattr(error, 'problem', error)}.")
        ]
    except ValidationError as error:
        found = problems_of(error, Layout)
        return [Problem(f"{published.layout}: {one.where}", one.what, one.write) for one in found]
    return [problem for table in layout.all_tables for problem in _table_problems(table, layout, published, known)]


def known_names(study: Study) -> dict[str, list[str]]:
    """Names of a study by what they name: center, sequence, set, variable, model, term."""
    sets = (["train"] if study.models else []) + (["test"] if study.validation.hold_out is not None else [])
    return {
        "center": list(study.centers),
        "sequence": list(study.sequences),
        "set": [*sets, *study.external],
        "variable": list(study.variables),
        "model": list(study.models),
        "term": [*study.variables, *study.signatures],
    }


def _table_problems(
    table: PrintedTable, layout: Layout, published: Published, known: Mapping[str, Iterable[str]]
) -> Iterator[Problem]:
    where = f"{published.layout}: {f'table {table.number}' if table.number else table.title}"
    for name in table.columns:
        if name not in COMPARED[table.kind]:
            what = f"columns: '{name}' is no column of '{table.kind}' that this study has numbers for."
            yield Problem(where, what, did_you_mean(name, list(COMPARED[table.kind])))
    if table.kind in OF_ONE_MODEL:
        for key, what in (("model", "model"), ("set", "set")):
            value = getattr(table, key)
            if value not in known[what]:
                said = f"{key}: '{value}' is no {what} of the study." if value else f"{key} is missing."
                yield Problem(where, said, did_you_mean(value or "", list(known[what])))
    path = Path(published.tables) / table.file
    if not path.is_file():
        near = sorted(other.name for other in Path(published.tables).glob("*.csv"))
        yield Problem(where, f"file: {path} does not exist.", did_you_mean(table.file, near))
        return
    try:
        columns, rows = read_sheet(path)
    except SheetError as error:
        yield Problem(str(path), error.what, error.write)
        return
    yield from _name_problems(table, str(path), columns, rows, layout, known)


def _name_problems(
    table: PrintedTable,
    path: str,
    columns: list[str],
    rows: list[dict[str, str]],
    layout: Layout,
    known: Mapping[str, Iterable[str]],
) -> Iterator[Problem]:
    """Cells that name a row: the study must know what they name."""
    lacking = [column for column in ROWS[table.kind] if column not in columns]
    yield from (Problem(path, f"has no column '{column}'.", did_you_mean(column, columns)) for column in lacking)
    sums = {"total", *(row.get("group", "") for row in rows)}  # of shares: lines with a printed sum
    unknown: dict[str, list[str]] = {}
    for row in rows:
        for column, what in ROWS[table.kind].items():
            cell = row.get(column, "")
            if column not in lacking and layout.named(cell) not in known[what] and cell not in sums:
                unknown.setdefault(cell, list(known[what]))
    for cell, names in list(unknown.items())[:SHOWN]:
        what = f"'{cell}' is no name of the study, and names of the layout does not say what it is."
        yield Problem(path, what, did_you_mean(cell, names))
