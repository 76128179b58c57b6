"""Tables of a center: joined by subject, of one origin, with what each row was made from."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from helpers.feature_cases import feature_cases, feature_settings
from osteon.config.features import Roi
from osteon.features.batch import describe_extraction, extract_batch
from osteon.features.collect import ASKED, collect_delivered, collect_extracted
from osteon.features.table import FeatureTableError, read_case
from osteon.tables.files import file_sha256, write_table
from osteon.tables.status import CaseStatus, excluded

SUBJECTS = ["A3", "A1", "A2", "A4"]


@pytest.fixture(scope="module")
def batch(tmp_path_factory):
    folder = tmp_path_factory.mktemp("collect")
    cases = feature_cases(folder / "cases", SUBJECTS, size=12)
    excluded("A", "A2", "segment", "mask_empty", "L1 is empty").write(cases[2].mask_status)
    extract_batch(cases, feature_settings(minimum_voxels=8), folder / "kept")
    return cases


def _tables(cases):
    return [case.table for case in cases]


def _statuses(cases):
    return [case.status for case in cases]


def _deep(folder):
    paths = []
    for number, subject in enumerate(SUBJECTS):
        rows = pd.DataFrame(
            {
                "sequence": "deep_T1",
                "roi": "body",
                "feature": ["000", "001"],
                "value": [number, np.nan if number == 1 else 10 + number],
                "reason": [None, "mask_empty" if number == 1 else None],
            }
        )
        paths.append(folder / f"sub-{subject}_deep.tsv")
        write_table(rows, paths[-1])
    return paths


def test_passed_cases_have_a_row_and_the_others_are_named(batch):
    features, missing, cases, rows = collect_extracted("A", _tables(batch), _statuses(batch))
    assert features["subject"].tolist() == rows["subject"].tolist() == ["A3", "A1", "A4"]
    assert "T1_body_original_firstorder_Mean" in features.columns
    assert missing.empty
    assert cases[["subject", "status", "stage", "reason", "detail"]].to_numpy().tolist() == [
        ["A3", "ok", "features", None, None],
        ["A1", "ok", "features", None, None],
        ["A2", "excluded", "segment", "mask_empty", "L1 is empty"],
        ["A4", "ok", "features", None, None],
    ]


def test_rows_say_what_they_were_made_from(batch):
    rows = collect_extracted("A", _tables(batch), _statuses(batch)).rows.set_index("subject")
    assert rows.loc["A1", "sha256_T1"] == file_sha256(batch[1].images / "T1.nii.gz")
    assert rows.loc["A1", "mask_sha256"] == file_sha256(batch[1].masks / "mask.nii.gz")
    assert rows.loc["A1", "mask_source"] == "predicted"
    assert "pyradiomics" in rows.loc["A1", "software"]
    assert rows["settings_hash"].nunique() == rows["regions_hash"].nunique() == rows["code"].nunique() == 1


def test_the_order_of_the_tables_does_not_matter(batch, tmp_path):
    deep = _deep(tmp_path)
    expected = collect_extracted("A", _tables(batch), _statuses(batch), deep)
    shuffled = collect_extracted("A", _tables(batch)[::-1], _statuses(batch), [deep[2], deep[0], deep[3], deep[1]])
    for one, other in zip(expected, shuffled, strict=True):
        pd.testing.assert_frame_equal(one, other)


def test_the_order_of_rows_within_the_tables_does_not_matter(batch, tmp_path):
    deep = _deep(tmp_path)
    expected = collect_extracted("A", _tables(batch), _statuses(batch), deep)
    tables, statuses = [], []
    for number, case in enumerate(batch):
        mixed = read_case(case.table).sample(frac=1, random_state=number)
        tables.append(tmp_path / case.table.name)
        write_table(mixed, tables[-1])
        status = CaseStatus.read(case.status)
        status.files["features"]["sha256"] = file_sha256(tables[-1])
        statuses.append(tmp_path / case.status.name)
        status.write(statuses[-1])
        write_table(read_case(deep[number]).iloc[::-1], deep[number])
    mixed = collect_extracted("A", tables, statuses[::-1], deep)
    assert mixed.features.columns.tolist() != expected.features.columns.tolist()
    by_subject = [result.features.set_index("subject") for result in (expected, mixed)]
    pd.testing.assert_frame_equal(by_subject[0], by_subject[1].loc[by_subject[0].index, by_subject[0].columns])
    assert set(mixed.missing.itertuples(index=False)) == set(expected.missing.itertuples(index=False))


def test_deep_columns_follow_and_their_gaps_have_reasons(batch, tmp_path):
    features, missing, _, _ = collect_extracted("A", _tables(batch), _statuses(batch), _deep(tmp_path))
    assert features.columns[-2:].tolist() == ["deep_T1_body_000", "deep_T1_body_001"]
    assert features.set_index("subject")["deep_T1_body_000"].to_dict() == {"A3": 0, "A1": 1, "A4": 3}
    assert missing.to_numpy().tolist() == [["A1", "deep_T1_body_001", "mask_empty"]]


def test_a_case_without_its_deep_table_is_refused(batch, tmp_path):
    with pytest.raises(FeatureTableError, match="A4"):
        collect_extracted("A", _tables(batch), _statuses(batch), _deep(tmp_path)[:3])


@pytest.mark.parametrize("what", ["settings", "regions", "code", "software"])
def test_rows_of_another_origin_are_refused(batch, tmp_path, what):
    settings = feature_settings(minimum_voxels=8)
    if what == "settings":
        settings = feature_settings(minimum_voxels=9)
    elif what == "regions":
        settings = replace(settings, rois={"body": Roi(scheme="mean", labels=["L1"])})
    elif what == "code":
        settings = replace(settings, code="code2")
    other = replace(batch[3], table=tmp_path / batch[3].table.name, status=tmp_path / batch[3].status.name)
    extract_batch([other], settings, tmp_path / "kept")
    if what == "software":
        status = CaseStatus.read(other.status)
        status.extra["provenance"]["software"]["numpy"] = "1.0"
        status.write(other.status)
    mixed = [*batch[:3], other]
    with pytest.raises(FeatureTableError, match=f"A4.*{what}"):
        collect_extracted("A", _tables(mixed), _statuses(mixed))


def test_rows_that_are_not_what_the_study_asks_for_are_refused(batch):
    with pytest.raises(FeatureTableError, match="what the study asks for: 0123"):
        collect_extracted("A", _tables(batch), _statuses(batch), expected={"settings_hash": "0123"})
    with pytest.raises(FeatureTableError, match="shuffle_seed None, what the study asks for: 3"):
        collect_extracted("A", _tables(batch), _statuses(batch), expected={"shuffle_seed": 3})


def test_all_rows_of_regions_that_the_study_no_longer_has_are_refused(batch):
    settings = feature_settings(minimum_voxels=8)

    def asked(rois):
        described = describe_extraction(settings.parameters, rois, settings.labels)
        return {name: described[name] for name in ASKED}

    collect_extracted("A", _tables(batch), _statuses(batch), expected=asked(settings.rois))
    other = {"body": Roi(scheme="mean", labels=["L1"])}
    with pytest.raises(FeatureTableError, match=r"regions_hash.*04_features/settings\.json"):
        collect_extracted("A", _tables(batch), _statuses(batch), expected=asked(other))


def test_a_table_that_was_changed_afterwards_is_refused(batch, tmp_path):
    path = tmp_path / batch[0].table.name
    write_table(read_case(batch[0].table).assign(value=1.0), path)
    with pytest.raises(FeatureTableError, match="has changed"):
        collect_extracted("A", [path, *_tables(batch)[1:]], _statuses(batch))
    with pytest.raises(FeatureTableError, match="A3 has no table"):
        collect_extracted("A", _tables(batch)[1:], _statuses(batch))


def test_delivered_table_without_a_row_excludes_the_subject(tmp_path):
    (tmp_path / "t.csv").write_text("subject,center,y,a,b\nN-1,N,1,0.5,2\nN-2,N,0,,3\n")
    features, missing, cases, rows = collect_delivered("N", ["N1", "N2", "N3"], tmp_path / "t.csv", ["y"])
    assert list(features.columns) == ["subject", "center", "a", "b"]
    assert features["subject"].tolist() == rows["subject"].tolist() == ["N1", "N2"]
    assert missing[["subject", "column"]].to_numpy().tolist() == [["N2", "a"]]
    assert cases["reason"].tolist() == [None, None, "features_missing"]
    assert set(rows["sha256_table"]) == {file_sha256(tmp_path / "t.csv")}
