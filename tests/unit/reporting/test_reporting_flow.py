"""The flow of patients adds up, or says why it does not."""

from __future__ import annotations

import pandas as pd
import pytest

from helpers import report_study
from osteon.features.collect import collect_extracted
from osteon.reporting.flow import NO_SERIES, FlowError, case_table, check_flow, excluded_cases, flow_counts
from osteon.tables.files import file_sha256
from osteon.tables.reasons import Reason
from osteon.tables.status import CaseStatus, excluded

ROLES = {"A": "development", "B": "development", "C": "external"}
SOURCES = dict.fromkeys(ROLES, "dicom")


def _n(flow, center, step, kind="in"):
    chosen = flow[(flow["center"] == center) & (flow["step"] == step) & (flow["kind"] == kind)]
    return int(chosen["n"].sum())


def test_every_case_is_counted_once():
    table, flow = report_study.flow()
    assert len(table) == 84
    assert _n(flow, "A", "listed") == 30
    assert _n(flow, "A", "series") == 30
    assert _n(flow, "C", "series", "out") == 1
    assert _n(flow, "A", "ingest", "out") == 2
    assert _n(flow, "A", "ingest") == _n(flow, "A", "participants") == 28
    assert _n(flow, "B", "participants", "out") == 1
    assert _n(flow, "C", "external", "set") == 25
    ends = [("A", "train"), ("A", "test"), ("B", "train"), ("B", "test"), ("C", "external")]
    assert sum(_n(flow, *end, "set") for end in ends) + len(excluded_cases(table)) == 84


def test_status_files_of_the_stages_become_the_flow(tmp_path):
    """Every reason of ingest once, passed on from stage to stage as the scripts do, and one case per later stage."""
    statuses = [excluded("A", f"A{code.replace('_', '')}", "ingest", code) for code in Reason]
    statuses += [
        excluded("A", f"A{stage}", stage, Reason.MASK_EMPTY) for stage in ("preprocess", "segment", "features")
    ]
    paths, tables = [], []
    for status in statuses:
        for stage in ("ingest", "preprocess", "segment", "features"):
            path = tmp_path / f"{status.subject}_{stage}.json"
            status.write(path)
            status = CaseStatus.read(path).passed_on()
        paths.append(path)
    origin = {"settings_hash": "", "regions_hash": "", "code": "", "software": {}, "shuffle_seed": None}
    origin |= {"mask": "", "mask_source": "manual", "images": {}}
    for number in range(3):
        tables.append(tmp_path / f"sub-Agood{number}_features.tsv")
        tables[-1].write_text("sequence\troi\tfeature\tvalue\treason\nT1\tL1\tx\t1.0\t\n")
        files = {"features": {"path": tables[-1].name, "sha256": file_sha256(tables[-1])}}
        paths.append(tmp_path / f"good{number}.json")
        CaseStatus("A", f"Agood{number}", "features", files=files, extra={"provenance": origin}).write(paths[-1])
    cases = collect_extracted("A", tables, paths).cases
    late = pd.DataFrame([("Agood0", "A", "participants", "participant_missing", "")], columns=report_study.UNLINKED)
    table = case_table(cases, {"A": "development"}, late)
    flow = flow_counts(table, {"A": "dicom"}, linked=True)
    reasons, n = len(Reason), len(Reason) + 6
    steps = flow[flow["kind"] == "in"].set_index("step")["n"].to_dict()
    assert steps == {
        "listed": n,
        "series": n - len(NO_SERIES),
        "ingest": n - reasons,
        "preprocess": n - reasons - 1,
        "segment": n - reasons - 2,
        "features": 3,
        "participants": 2,
    }
    assert flow.loc[flow["kind"] == "out", "n"].sum() == len(excluded_cases(table)) == n - 2


def test_finding_series_and_checking_them_are_two_steps():
    table, flow = report_study.flow()
    at = flow[flow["kind"] == "out"].set_index("reason")["step"].to_dict()
    assert (at["sequence_missing"], at["slice_missing"]) == ("series", "ingest")
    assert set(table.loc[table["reason"] == "sequence_missing", "stage"]) == {"ingest"}


def test_case_unlinked_that_left_earlier_is_counted_where_it_left():
    late = pd.DataFrame(
        [{"subject": "A003", "center": "A", "stage": "participants", "reason": "outcome_missing", "detail": ""}]
    )
    table = case_table(report_study.cases(), ROLES, late, None)
    assert table.set_index("subject").loc["A003", "stage"] == "ingest"


def test_without_models_there_are_no_sets():
    table = case_table(report_study.cases(), ROLES)
    flow = flow_counts(table, SOURCES, linked=False)
    assert set(flow["kind"]) == {"in", "out"}
    assert "participants" not in set(flow["step"])


def test_center_with_its_own_features_has_no_imaging_steps():
    table = case_table(report_study.cases().query("status == 'ok'"), ROLES)
    flow = flow_counts(table, {"A": "features", "B": "dicom", "C": "dicom"}, linked=False)
    assert flow.loc[flow["center"] == "A", "step"].tolist() == ["listed", "features"]


@pytest.mark.parametrize(("kind", "column"), [("set", "n"), ("out", "reason")])
def test_two_entries_in_each_other_s_place_are_found(kind, column):
    """All sums stay right: training and test exchanged, or the reasons of two steps."""
    table, flow = report_study.flow()
    first, second = flow.index[(flow["kind"] == kind) & (flow["center"] == "B")]
    flow.loc[[first, second], column] = flow.loc[[second, first], column].to_numpy()
    with pytest.raises(FlowError, match="center B"):
        check_flow(flow, table)


def test_case_of_a_center_that_is_not_drawn_is_refused():
    with pytest.raises(FlowError, match="cases of center C are not in the flow"):
        flow_counts(case_table(report_study.cases(), ROLES), {"A": "dicom", "B": "dicom"}, linked=False)


def test_excluded_cases_have_a_sentence_and_an_action():
    table, _ = report_study.flow()
    excluded = excluded_cases(table).set_index("subject")
    assert excluded.loc["A003", "explanation"] == "A slice is missing in the stack."
    assert excluded.loc["A003", "action"]
    assert excluded.loc["A003", "detail"] == "found in A003"


def test_unknown_stage_does_not_vanish():
    cases = report_study.cases()
    cases.loc[0, ["status", "stage", "reason"]] = ["excluded", "elsewhere", "mask_empty"]
    with pytest.raises(FlowError, match="elsewhere"):
        flow_counts(case_table(cases, ROLES), SOURCES, linked=False)


def test_subject_twice_is_refused():
    cases = pd.concat([report_study.cases(), report_study.cases().head(1)], ignore_index=True)
    with pytest.raises(FlowError, match="A000"):
        case_table(cases, ROLES)


def test_case_that_is_in_no_set_is_refused():
    splits = report_study.splits().query("subject != 'A000'")
    with pytest.raises(FlowError, match="A000"):
        case_table(report_study.cases(), ROLES, report_study.unlinked(), splits)


def test_external_case_in_the_splits_is_refused():
    splits = pd.concat([report_study.splits(), pd.DataFrame([{"subject": "C000", "center": "C", "set": "train"}])])
    with pytest.raises(FlowError, match="C000"):
        case_table(report_study.cases(), ROLES, report_study.unlinked(), splits)


def test_external_person_of_development_is_counted_where_participants_are_joined():
    """One case is on both lists; the first counts."""
    rows = [("C005", "outcome_missing"), ("C005", "same_person"), ("C006", "same_person")]
    listed = [(subject, "C", "participants", reason, "") for subject, reason in rows]
    late = pd.DataFrame(listed, columns=report_study.UNLINKED)
    table = case_table(report_study.cases(), ROLES, late)
    flow = flow_counts(table, SOURCES, linked=True)
    out = flow[(flow["center"] == "C") & (flow["step"] == "participants") & (flow["kind"] == "out")]
    assert out[["reason", "n"]].to_numpy().tolist() == [["outcome_missing", 1], ["same_person", 1]]
    assert excluded_cases(table).set_index("subject").loc["C006", "explanation"].startswith("The person is a patient")
