"""Whatever becomes of the cases, every number of the flow follows from the others, per center and in all."""

from __future__ import annotations

from collections import Counter

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from osteon.reporting.flow import SETS, STEPS, FlowError, case_table, check_flow, excluded_cases, flow_counts, step_of
from osteon.reporting.tables import flow_table
from osteon.tables.reasons import Reason

SOURCES = {"A": "dicom", "B": "nifti", "C": "features", "D": "dicom"}
ROLES = {"A": "development", "B": "development", "C": "external", "D": "external"}
STAGES = {
    source: [*dict.fromkeys("ingest" if step == "series" else step for step in steps)]
    for source, steps in STEPS.items()
}


@st.composite
def studies(draw):
    """Cases of four centers with what became of each, those without participant or outcome, and the splits."""
    rows, unlinked, splits = [], [], []
    linked = draw(st.booleans())
    modelled = linked and draw(st.booleans())
    for number in range(draw(st.integers(0, 40))):
        center = draw(st.sampled_from(sorted(SOURCES)))
        subject = f"{center}{number:03d}"
        stage = draw(st.sampled_from(["", "", *STAGES[SOURCES[center]]]))
        reason = draw(st.sampled_from(list(Reason))) if stage else None
        rows.append((subject, center, "excluded" if stage else "ok", stage or "features", reason, None))
        if linked and draw(st.integers(0, 3)) == 0:
            code = draw(st.sampled_from([Reason.OUTCOME_MISSING, Reason.PARTICIPANT_MISSING, Reason.CENTER_CONFLICT]))
            unlinked.append((subject, center, "participants", str(code), ""))
        elif modelled and ROLES[center] == "development":
            splits.append((subject, center, draw(st.sampled_from(["train", "test"]))))
    columns = ["subject", "center", "status", "stage", "reason", "detail"]
    return (
        pd.DataFrame(rows, columns=columns),
        pd.DataFrame(unlinked, columns=["subject", "center", "stage", "reason", "detail"]) if linked else None,
        pd.DataFrame(splits, columns=["subject", "center", "set"]) if modelled else None,
    )


@pytest.mark.slow
@settings(max_examples=40)
@given(studies())
def test_the_flow_adds_up(study):
    cases, unlinked, splits = study
    table = case_table(cases, ROLES, unlinked, splits)
    flow = flow_counts(table, SOURCES, linked=unlinked is not None)
    late = set() if unlinked is None else set(unlinked["subject"])
    expected = Counter()
    for row in cases.itertuples():
        if row.status != "ok":
            expected[row.center, step_of(row.stage, row.reason), row.reason] += 1
        elif row.subject in late:
            expected[row.center, "participants", unlinked.set_index("subject").at[row.subject, "reason"]] += 1
    out = flow[flow["kind"] == "out"]
    assert {(row.center, row.step, row.reason): row.n for row in out.itertuples()} == expected
    for center in SOURCES:
        own = flow[flow["center"] == center]
        inside = own[own["kind"] == "in"]["n"].tolist()
        assert inside[0] == (cases["center"] == center).sum()
        assert inside[0] - own.loc[own["kind"] == "out", "n"].sum() == inside[-1]
        if splits is not None:
            assert own.loc[own["kind"] == "set", "n"].sum() == inside[-1]
    assert len(excluded_cases(table)) == out["n"].sum() == len(table) - (table["stage"] == "").sum()


@pytest.mark.slow
@settings(max_examples=40)
@given(studies())
def test_the_table_of_the_report_adds_up_in_all(study):
    cases, unlinked, splits = study
    flow = flow_counts(case_table(cases, ROLES, unlinked, splits), SOURCES, linked=unlinked is not None)
    rows = {
        row[0]: [0 if cell == "–" else int(cell.replace(",", "")) for cell in row[1:]]
        for row in flow_table(flow, dict.fromkeys(SOURCES, "x")).rows
    }
    totals = [
        row[-1]
        for name, row in rows.items()
        if name not in ("Training", "Internal test", "External validation", "Excluded in all")
    ]
    assert totals[0] == len(cases)
    assert totals == sorted(totals, reverse=True)
    assert totals[0] - rows["Excluded in all"][-1] == totals[-1]
    if splits is not None:
        assert (
            sum(rows.get(name, [0])[-1] for name in ("Training", "Internal test", "External validation")) == totals[-1]
        )


@pytest.mark.slow
@settings(max_examples=40)
@given(studies(), st.data())
def test_any_wrong_number_is_found(study, data):
    cases, unlinked, splits = study
    table = case_table(cases, ROLES, unlinked, splits)
    flow = flow_counts(table, SOURCES, linked=unlinked is not None)
    row = data.draw(st.integers(0, len(flow) - 1))
    flow.loc[row, "n"] += data.draw(st.sampled_from([-1, 1]))
    with pytest.raises(FlowError):
        check_flow(flow, table)


@pytest.mark.slow
@settings(max_examples=40)
@given(studies(), st.data())
def test_a_case_that_vanishes_is_found(study, data):
    cases, unlinked, splits = study
    table = case_table(cases, ROLES, unlinked, splits)
    flow = flow_counts(table, SOURCES, linked=unlinked is not None)
    if len(table):
        with pytest.raises(FlowError):
            check_flow(flow, table.drop(index=data.draw(st.sampled_from(list(table.index)))))


def test_sets_are_the_last_steps():
    assert set(SETS) == {"train", "test", "external"}
