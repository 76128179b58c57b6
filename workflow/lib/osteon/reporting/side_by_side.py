"""Two studies on the same patients side by side: what differs between them, and what comes of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from osteon.config.comparison import CompareWith
from osteon.config.study import Study
from osteon.reporting import result_tables, selection_tables
from osteon.reporting.beside_page import BesideSection
from osteon.reporting.blocks import Section
from osteon.reporting.content import read_content
from osteon.reporting.language import Say, english
from osteon.reporting.limits import limits
from osteon.reporting.numbers import ABSENT
from osteon.reporting.paper.table import Column, PaperTable, Row
from osteon.reporting.paper_display import displayed
from osteon.reporting.side_by_side_tables import Side, auc_table, joined_table, levels_table, settings_table
from osteon.reporting.tables import DisplayTable
from osteon.tables.files import read_table

READ = ("performance", "flow", "levels", "feature_flow", "confounding", "audit", "agreement")
PAGE = "09_paper/side_by_side.html"


def read_side(study: Study, files: Mapping[str, Sequence[str]], folder: str, say: Say = english) -> Side:
    """Read one of the two studies.

    Args:
        study: its configuration.
        files: paths by name, see `config.comparison.compared_files`.
        folder: of the results of the study whose page it is; sources are relative to it.
        say: the reader's language.
    """
    content = read_content(study, {name: files[name] for name in ("config", *READ) if name in files}, folder, say)
    predictions = {
        part.key: read_table(path, text=("subject", "center", "model"))
        for part, path in zip(content.cohorts, files.get("predictions", []), strict=False)
    }
    return Side(content, study.model_dump(mode="json"), predictions)


def side_by_side(own: Side, other: Side, section: CompareWith, say: Say = english) -> list[BesideSection]:
    """The sections of the page, in the order of reading; what neither study has is left out.

    Args:
        own: this study.
        other: the one that it is compared with.
        section: its place and the declared reasons.
        say: the reader's language.
    """
    made = [
        BesideSection("settings", say("What differs"), [], [settings_table(own, other, section.changes, say)]),
        _section("levels", say("Grey levels"), [levels_table(own, other, say)]),
        _section("features", say("Features"), _joined("feature_flow", _feature_flow, own, other, say)),
    ]
    if own.content.cohorts and other.content.cohorts:
        made += [
            _section("auc", say("How well the models work"), [auc_table(own, other, say)]),
            _section(
                "decisions",
                say("Thresholds and decisions"),
                _joined("classification", _classification, own, other, say),
            ),
            _section("calibration", say("Calibration"), _joined("calibration", _calibration, own, other, say)),
        ]
    made.append(_section("limits", say("What to distrust"), [_limits(own, other, say)]))
    return [one for one in made if one is not None]


def page_title(say: Say = english) -> str:
    """Heading of the page."""
    return say("Two studies side by side")


def lead_texts(own: Side, other: Side, say: Say = english) -> list[str]:
    """What the page shows, for its beginning."""
    return [
        say(
            "{first} and {second}: two studies, the settings in which they differ, and what each of them found.",
            first=own.name,
            second=other.name,
        ),
        say(
            "Which study has the higher AUC does not say which one is right: the reason for a change stands in the "
            "first table."
        ),
    ]


def compared_section(table: PaperTable, other: str, say: Say = english) -> Section:
    """The section of START_HERE: AUCs of both studies, and the way to the page.

    Args:
        table: from `auc_table`, as the run stored it.
        other: name of the other study.
        say: the reader's language.
    """
    text = say("The same patients with other settings; why they differ stands on the page of both studies.")
    links = [(say("Both studies"), [(say("page"), PAGE)])]
    title = say("Beside the study {name}", name=other)
    return Section("side-by-side", title, text, [displayed(table, "side-by-side-auc", say)], links=links)


def _section(key: str, title: str, tables: Sequence[PaperTable]) -> BesideSection | None:
    filled = [table for table in tables if table.rows]
    return BesideSection(key, title, [], filled) if filled else None


Build = Callable[[Side, Say], DisplayTable | None]


def _joined(key: str, build: Build, own: Side, other: Side, say: Say) -> list[PaperTable]:
    tables = [build(side, say) for side in (own, other)]
    return [joined_table(key, own, other, tables, say)] if all(tables) else []


def _feature_flow(side: Side, say: Say) -> DisplayTable | None:
    flow, content = side.content.feature_flow, side.content
    if flow is None or flow.empty:
        return None
    return selection_tables.feature_flow_table(flow, content.models, content.sources.get("feature_flow", []), say)


def _classification(side: Side, say: Say) -> DisplayTable:
    content = side.content
    sources = content.sources.get("performance", [])
    return result_tables.classification_table(content.stacked("performance"), content.models, sources, say)


def _calibration(side: Side, say: Say) -> DisplayTable:
    content = side.content
    sources = content.sources.get("performance", [])
    return result_tables.calibration_table(content.stacked("performance"), content.models, sources, say)


def _limits(own: Side, other: Side, say: Say) -> PaperTable:
    """Limits of both studies by title; what a study does not have is a dash."""
    sides = [{limit.title: limit.text for limit in limits(side.content)} for side in (own, other)]
    titles = list(dict.fromkeys([*sides[0], *sides[1]]))
    rows = [Row((title, *(side.get(title, ABSENT) for side in sides))) for title in titles]
    columns = [Column(say("Limit"), words=True), *(Column(side.name, words=True) for side in (own, other))]
    notes = [say("{dash}: nothing in the files of the study gives rise to it.", dash=ABSENT)]
    return PaperTable("limits", say("What to distrust in each study"), columns, rows, notes)
