"""Two studies on the same patients in one table: settings that differ, AUCs with their difference, any other table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pandas as pd

from osteon.config.comparison import differences, reason_for
from osteon.reporting.content import ReportContent
from osteon.reporting.language import Say, english
from osteon.reporting.numbers import ABSENT, integer, interval, number, p_value, percent
from osteon.reporting.paper.table import Column, PaperTable, Row
from osteon.reporting.paper.words import reason_notes
from osteon.reporting.result_tables import estimate_cell
from osteon.reporting.tables import DisplayTable
from osteon.statistics.auc import Comparison, compare_auc

TRAIN = "train"


@dataclass(frozen=True)
class Side:
    """One of the two studies.

    Attributes:
        content: with the tables of `config.comparison.compared_files`.
        config: its whole configuration as plain values.
        predictions: of each part of the validation, by the part's key.
    """

    content: ReportContent
    config: Mapping
    predictions: Mapping[str, pd.DataFrame] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """What its columns are called."""
        return self.content.study.study.name


def settings_table(own: Side, other: Side, changes: Mapping[str, str], say: Say = english) -> PaperTable:
    """Every setting that differs, with the declared reason."""
    rows = []
    for key, (first, second) in differences(own.config, other.config).items():
        why = reason_for(key, changes)
        rows.append(Row((key, _plain(first), _plain(second), why or say("No reason is declared."))))
    columns = [
        Column(say("Setting"), words=True),
        Column(own.name, words=True),
        Column(other.name, words=True),
        Column(say("Why"), words=True),
    ]
    notes = [
        say("All settings are compared, those that follow from a preset or a default, too. {dash}: none.", dash=ABSENT)
    ]
    sources = [path for side in (own, other) for path in side.content.sources.get("config", [])]
    return PaperTable("settings", say("Settings that differ"), columns, rows, notes, sources)


def auc_table(own: Side, other: Side, say: Say = english) -> PaperTable:
    """AUC of each model in each set of both studies, and their difference with DeLong's interval.

    The interval is given where both studies predicted the same patients of the set with the same outcomes, and not of
    training patients, whose predictions depend on each other.
    """
    first, second = own.content.stacked("performance"), other.content.stacked("performance")
    rows, found = [], []
    for patients, mine in first.groupby("patients", sort=False):
        rows.append(Row((str(patients),), heading=True))
        for _, row in mine.iterrows():
            theirs = second[(second["patients"] == patients) & (second["model"] == row["model"])]
            model = own.content.models[row["model"]]
            if theirs.empty:
                rows.append(Row((model, estimate_cell(row, "auc", 3), ABSENT, ABSENT, ABSENT), level=1))
                continue
            compared = compared_auc(own, other, str(patients), str(row["model"]))
            difference = number(row["auc"] - theirs.iloc[0]["auc"], 3)
            if compared is not None:
                between = interval(compared.low, compared.high, 3)
                difference = f"{difference} ({between})" if between else difference
                found.append((say("{first}, {second}", first=str(patients), second=model), compared.reason))
            cells = (estimate_cell(row, "auc", 3), estimate_cell(theirs.iloc[0], "auc", 3))
            p = ABSENT if compared is None else p_value(compared.p)
            rows.append(Row((model, *cells, difference, p), level=1))
    columns = [
        Column(say("Patients and model"), words=True),
        Column(own.name, say("AUC (95% CI)")),
        Column(other.name, say("AUC (95% CI)")),
        Column(say("Difference (95% CI)")),
        Column(say("P")),
    ]
    notes = [
        say(
            "Difference: {first} minus {second}, in the same patients (DeLong, paired). It has no interval in training "
            "patients, and where the studies do not have the same patients.",
            first=own.name,
            second=other.name,
        ),
        *reason_notes(found, say),
    ]
    title = say("AUC of the models of both studies")
    return PaperTable("auc", title, columns, rows, notes, _sources("performance", own, other), own.content.banner)


def compared_auc(own: Side, other: Side, patients: str, model: str) -> Comparison | None:
    """DeLong's comparison of a model of both studies in a set; None where it is not allowed."""
    scores = [_predicted(side, patients, model) for side in (own, other)]
    if any(table is None for table in scores):
        return None
    first, second = scores
    if set(first.index) != set(second.index) or not first.index.is_unique or not second.index.is_unique:
        return None
    second = second.loc[first.index]
    if not (first["outcome"] == second["outcome"]).all():
        return None
    return compare_auc(first["outcome"], first["probability"], second["probability"])


def levels_table(own: Side, other: Side, say: Say = english) -> PaperTable:
    """Grey levels of each hospital, sequence and kind of image in both studies."""
    keys = ["center", "sequence", "image_type"]
    sides = [_levels(side.content.levels, keys) for side in (own, other)]
    rows = []
    heading = ""
    for place in dict.fromkeys([*sides[0], *sides[1]]):
        above = own.content.centers.get(place[0], place[0])
        if above != heading:
            rows.append(Row((above,), heading=True))
            heading = above
        cells = zip(*(side.get(place, (ABSENT,) * 3) for side in sides), strict=True)
        name = say("{first}, {second}", first=place[1], second=place[2])
        rows.append(Row((name, *(cell for pair in cells for cell in pair)), level=1))
    groups = (say("Setting"), say("Grey levels (median)"), say("Cases with a single level"))
    columns = [Column(say("Hospital and images"), words=True)]
    columns += [Column(side.name, group) for group in groups for side in (own, other)]
    notes = [say("With a single grey level every texture feature is a constant.")]
    title = say("Grey levels that texture features were computed on")
    return PaperTable("levels", title, columns, rows, notes, _sources("levels", own, other), own.content.banner)


def joined_table(key: str, own: Side, other: Side, tables: Sequence[DisplayTable], say: Say = english) -> PaperTable:
    """A table of each study as one: each column of numbers twice, once where all cells are the same.

    Args:
        key: of the table.
        own: this study.
        other: the other one.
        tables: of this study, then of the other, with the same columns.
        say: the reader's language.
    """
    first, second = tables
    words, columns = first.words, [Column(heading, words=True) for heading in first.columns[: first.words]]
    sides = [{tuple(row[:words]): row[words:] for row in table.rows} for table in tables]
    names = list(dict.fromkeys([*sides[0], *sides[1]]))
    cells: dict[tuple[str, ...], list[str]] = {name: [] for name in names}
    for place, heading in enumerate(first.columns[words:]):
        pairs = [[side[name][place] if name in side else ABSENT for side in sides] for name in names]
        same = all(one == another for one, another in pairs)
        columns += [Column(heading)] if same else [Column(side.name, heading) for side in (own, other)]
        for name, pair in zip(names, pairs, strict=True):
            cells[name] += pair[:1] if same else pair
    rows = [Row((*name, *cells[name])) for name in names]
    notes = [
        say("A column that stands there once is the same in both studies."),
        *first.notes,
        *(say("{study}: {note}", study=other.name, note=note) for note in second.notes if note not in first.notes),
    ]
    sources = [*first.sources, *second.sources]
    return PaperTable(key, first.caption.removesuffix("."), columns, rows, notes, sources, own.content.banner)


def _predicted(side: Side, patients: str, model: str) -> pd.DataFrame | None:
    """Outcome and probability by subject; None for training patients and sets that the study does not have."""
    for part in side.content.cohorts:
        names = [name for name in part.titles if part.patients(name) == patients and name != TRAIN]
        table = side.predictions.get(part.key)
        if names and table is not None:
            own = table[(table["model"] == model) & table["set"].isin(names)]
            return own.set_index("subject")[["outcome", "probability"]] if len(own) else None
    return None


def _levels(levels: pd.DataFrame | None, keys: list[str]) -> dict[tuple[str, ...], tuple[str, str, str]]:
    """Setting, median of the grey levels and share of cases with one, by hospital, sequence and kind of image."""
    if levels is None or levels.empty:
        return {}
    found = {}
    for place, own in levels.groupby(keys, sort=False):
        low, high = own["median"].min(), own["median"].max()
        shown = integer(low) if low == high else f"{integer(low)}–{integer(high)}"
        setting = "; ".join(dict.fromkeys(own["setting"].dropna().astype(str)))
        found[tuple(map(str, place))] = (setting or ABSENT, shown, percent(own["one_level_share"].max(), 0))
    return found


def _sources(name: str, own: Side, other: Side) -> list[str]:
    return [path for side in (own, other) for path in side.content.sources.get(name, [])]


def _plain(value: object) -> str:
    if value is None:
        return ABSENT
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
