"""What the demo makes: masks that fit, features without holes, models that never saw what they are judged on."""

from __future__ import annotations

import hashlib
import json
import re

import pandas as pd
import pytest


def results(demo):
    return demo.folder / "results" / "demo"


def test_every_case_is_accounted_for(demo):
    cases = pd.read_csv(demo.folder / "config/demo/cases.tsv", sep="\t")
    included = pd.read_csv(results(demo) / "01_cohort/cases_included.tsv", sep="\t")
    excluded = pd.read_csv(results(demo) / "01_cohort/cases_excluded.tsv", sep="\t")
    assert sorted([*included["subject"], *excluded["subject"]]) == sorted(cases["subject"])
    assert excluded["reason"].notna().all()


def test_segmentation_agrees_with_the_truth(demo):
    agreement = pd.read_csv(results(demo) / "03_segmentations/agreement.tsv", sep="\t")
    assert set(agreement["label"]) == {"L1", "L2", "L3"}
    assert agreement["dice"].mean() >= 0.95
    # the external hospital's protocol was not among those that trained the model
    assert agreement.loc[agreement["center"] == "C", "dice"].mean() >= 0.95


@pytest.mark.parametrize("center", ["A", "B", "C"])
def test_feature_table_has_the_fixed_schema(demo, center):
    features = pd.read_csv(results(demo) / f"04_features/center-{center}/features.tsv", sep="\t")
    columns = [name for name in features.columns if name not in ("subject", "center")]
    assert len(columns) == 3 * 386
    for sequence in ("T1", "T2", "FST2"):
        assert sum(name.startswith(f"{sequence}_L1L3_") for name in columns) == 386
    missing = pd.read_csv(results(demo) / f"04_features/center-{center}/missing.tsv", sep="\t")
    assert features[columns].isna().sum().sum() == len(missing)


def test_no_fitted_object_saw_an_evaluated_patient(demo):
    audit = pd.read_csv(results(demo) / "07_validation/leakage_audit.tsv", sep="\t")
    assert len(audit) > 0
    assert (audit["leaked"] == 0).all()


def test_models_never_depend_on_external_outcomes(demo):
    """In the graph of rules, what leads to fit_model never passes a file with external outcomes or harmonised data."""
    summary = demo.run("--detailed-summary")
    inputs = {}
    for line in summary.splitlines():
        cells = line.split("\t")
        if len(cells) > 6 and cells[0].startswith("results/"):
            inputs[cells[0]] = cells[5].split(",")
    waiting = [path for path in inputs if re.search(r"06_models/\w+/model\.json$", path)]
    assert len(waiting) == 3
    behind = set()
    while waiting:
        path = waiting.pop()
        for source in inputs.get(path, []):
            if source not in behind:
                behind.add(source)
                waiting.append(source)
    assert any("01_cohort/development.tsv" in path for path in behind)
    assert not [
        path
        for path in behind
        if "01_cohort/external" in path or "05_harmonisation" in path or "center-C" in path or "07_validation" in path
    ]


def test_external_outcomes_have_one_reader(demo):
    summary = demo.run("--detailed-summary")
    readers = {
        line.split("\t")[2]
        for line in summary.splitlines()
        if len(line.split("\t")) > 6 and "01_cohort/external/" in line.split("\t")[5]
    }
    assert readers == {"validate_external"}


def test_changed_external_label_changes_no_model(demo):
    def digests():
        return {
            path.name + path.parent.name: hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted((results(demo) / "06_models").rglob("*"))
            if path.is_file()
        }

    participants = demo.folder / "config/demo/participants.tsv"
    table = pd.read_csv(participants, sep="\t", dtype=str)
    row = table.index[table["center"] == "C"][0]
    old = participants.read_text()
    before = digests()
    external = results(demo) / "07_validation/external/center-C/predictions.tsv"
    predictions = external.read_bytes()
    table.loc[row, "osteoporosis"] = {"yes": "no", "no": "yes"}[table.loc[row, "osteoporosis"]]
    table.to_csv(participants, sep="\t", index=False)
    try:
        demo.run("--forcerun", "fit_model")
        assert digests() == before
        assert external.read_bytes() != predictions
    finally:
        participants.write_text(old)
        demo.run()
    assert digests() == before


def test_report_is_self_contained(demo):
    page = (results(demo) / "START_HERE.html").read_text(encoding="utf-8")
    assert "imulated" in page
    assert not re.findall(r"""(?:src|href)=["'](?:https?:)?//""", page)
    for hospital in ("Hospital A", "Hospital B", "Hospital C"):
        assert hospital in page
    anchors = set(re.findall(r'href="#([^"]+)"', page))
    assert anchors
    assert anchors <= set(re.findall(r'id="([^"]+)"', page))


def test_models_are_plain_json(demo):
    for path in (results(demo) / "06_models").glob("*/model.json"):
        assert json.loads(path.read_text())["threshold"] is not None
