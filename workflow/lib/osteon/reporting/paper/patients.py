"""Tables on patients: who was excluded and why, how the images were acquired."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from osteon.reporting.flow import SETS, step_names
from osteon.reporting.language import Say, english, sentence
from osteon.reporting.numbers import ABSENT, integer
from osteon.reporting.paper.table import Column, PaperTable, Row
from osteon.reporting.tables import as_text, known_for
from osteon.tables.explanations import explained


def exclusions_table(flow: pd.DataFrame, centers: Mapping[str, str], say: Say = english) -> PaperTable:
    """Patients left after each step, and before it those who left, by reason; 01_cohort/flow.tsv.

    A center that delivers features has no steps of images; its patients count in all as after its last step.

    Args:
        flow: from `reporting.flow.flow_counts`; an empty reason may be NaN.
        centers: name of each center, in the order of the columns.
        say: the reader's language.
    """
    names, rows = step_names(say), []
    left = pd.Series(0, index=list(centers))
    for step in names:
        own = flow[flow["step"] == step]
        out, inside = own[own["kind"] == "out"], own[own["kind"] != "out"].set_index("center")["n"]
        if inside.empty:
            continue
        for reason, gone in out.groupby("reason", sort=False):
            text = sentence(explained(str(reason))[0], say).removesuffix(".").removesuffix("。")
            rows.append(_counts(text, gone.set_index("center")["n"], gone["n"].sum(), centers, 1))
        left.update(inside)
        rows.append(_counts(names[step], inside, inside.sum() if step in SETS else left.sum(), centers))
    gone = flow[flow["kind"] == "out"].groupby("center")["n"].sum().reindex(list(centers), fill_value=0)
    rows.append(_counts(say("Excluded in all"), gone, gone.sum(), centers))
    columns = [Column(say("Step"), words=True), *(Column(name) for name in centers.values()), Column(say("All"))]
    notes = [say("Indented: excluded at the step that follows, by reason.")] if any(row.level for row in rows) else []
    return PaperTable("exclusions", say("Patients, exclusions and their reasons"), columns, rows, notes)


def acquisition_table(
    acquisition: pd.DataFrame, centers: Mapping[str, str], sequences: Mapping[str, str], say: Say = english
) -> PaperTable:
    """How each center acquired each sequence; 01_cohort/acquisition.tsv.

    Args:
        acquisition: from `reporting.acquisition.acquisition_table`.
        centers: name of each center.
        sequences: description of each sequence; '' for its code.
        say: the reader's language.
    """
    headings = {
        "scanner": say("Scanner"),
        "field_t": say("Field (T)"),
        "repetition_time_ms": say("TR (ms)"),
        "echo_time_ms": say("TE (ms)"),
        "slice_thickness_mm": say("Slice thickness (mm)"),
        "slice_spacing_mm": say("Slice spacing (mm)"),
        "pixel_spacing_mm": say("Pixel (mm)"),
        "acquired_matrix": say("Acquired matrix"),
        "matrix": say("Matrix"),
    }
    rows = []
    for center, own in acquisition.groupby("center", sort=False):
        rows.append(Row((centers[center],), heading=True))
        rows += [
            Row(
                (
                    sequences.get(row["sequence"]) or str(row["sequence"]),
                    integer(row["n"]),
                    *(known_for(as_text(row[key]), say) for key in headings),
                ),
                level=1,
            )
            for _, row in own.iterrows()
        ]
    columns = [
        Column(say("Hospital and sequence"), words=True),
        Column(say("n")),
        *(Column(heading) for heading in headings.values()),
    ]
    notes = [
        say(
            "Read from the image headers: one value, or the range; of texts, each with its number of images. "
            "TR: repetition time; TE: echo time."
        )
    ]
    return PaperTable("acquisition", say("Acquisition of the images"), columns, rows, notes)


def _counts(name: str, own: pd.Series, total: int, centers: Mapping[str, str], level: int = 0) -> Row:
    cells = (integer(own[center]) if center in own.index else ABSENT for center in centers)
    return Row((name, *cells, integer(total)), level=level)
