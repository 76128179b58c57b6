"""The flow of patients adds up, or says why it does not."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from helpers import report_study
from osteon.reporting.flow import FlowError, case_table, excluded_cases, flow_counts

ROLES = {"A": "development", "B": "development", "C": "external"}
SOURCES = dict.fromkeys(ROLES, "dicom")


def _n(flow, center, step, kind="in"):
    chosen = flow[(flow["center"] == center) & (flow["step"] == step) & (flow["kind"] == kind)]
    return int(chosen["n"].sum())


def test_every_case_is_counted_once():
    table, flow = report_study.flow()
    assert len(table) == 84
    assert _n(flow, "A", "listed") == 30
    assert _n(flow, "A", "ingest", "out") == 2
    assert _n(flow, "A", "ingest") == _n(flow, "A", "participants") == 28
    assert _n(flow, "B", "participants", "out") == 1
    assert _n(flow, "C", "external", "set") == 25
    ends = [("A", "train"), ("A", "test"), ("B", "train"), ("B", "test"), ("C", "external")]
    assert sum(_n(flow, *end, "set") for end in ends) + len(excluded_cases(table)) == 84


@pytest.mark.parametrize("seed", range(5))
def test_random_flows_add_up(seed):
    random = np.random.default_rng(seed)
    cases = report_study.cases()
    stages = np.array(["", "ingest", "preprocess", "segment", "features"])[random.integers(0, 5, len(cases))]
    cases["status"], cases["stage"] = np.where(stages == "", "ok", "excluded"), stages
    cases["reason"] = np.where(stages == "", None, "mask_empty")
    table = case_table(cases, ROLES, report_study.without_outcome(), report_study.splits())
    flow = flow_counts(table, SOURCES, linked=True)
    for center in ROLES:
        own = flow[flow["center"] == center]
        out = own.loc[own["kind"] == "out", "n"].sum()
        assert _n(flow, center, "listed") == out + own.loc[own["kind"] == "set", "n"].sum()


def test_case_without_outcome_that_left_earlier_is_counted_where_it_left():
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
        case_table(report_study.cases(), ROLES, report_study.without_outcome(), splits)


def test_external_case_in_the_splits_is_refused():
    splits = pd.concat([report_study.splits(), pd.DataFrame([{"subject": "C000", "center": "C", "set": "train"}])])
    with pytest.raises(FlowError, match="C000"):
        case_table(report_study.cases(), ROLES, report_study.without_outcome(), splits)
