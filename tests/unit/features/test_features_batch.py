"""Features of a batch: fixed schema for good and bad cases, finished cases kept, values with their origin."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest

from helpers.feature_cases import feature_cases, feature_settings
from osteon.config.features import Roi
from osteon.features.batch import extract_batch
from osteon.images.io import read_image, write_image
from osteon.tables.files import file_sha256
from osteon.tables.status import CaseStatus, excluded

SETTINGS = feature_settings()


@pytest.fixture
def cases(tmp_path):
    return feature_cases(tmp_path / "cases", ["A1", "A2"])


def _run(cases, tmp_path, settings=SETTINGS):
    return dict(extract_batch(cases, settings, tmp_path / "kept"))


def test_good_and_bad_case_have_the_same_rows(cases, tmp_path):
    excluded("A", "A2", "segment", "mask_empty", "L1 is empty").write(cases[1].mask_status)
    assert _run(cases, tmp_path) == {"computed": 1, "stopped before": 1}
    good, bad = (pd.read_csv(case.table, sep="\t") for case in cases)
    assert good["feature"].tolist() == bad["feature"].tolist()
    assert good["value"].notna().all()
    assert bad["value"].isna().all()
    assert set(bad["reason"]) == {"mask_empty"}


def test_status_says_what_the_values_were_made_from(cases, tmp_path):
    _run(cases, tmp_path)
    extra = CaseStatus.read(cases[0].status).extra
    provenance = extra["provenance"]
    assert provenance["settings_hash"] == SETTINGS.provenance["settings_hash"]
    assert provenance["code"] == "code1"
    assert provenance["software"]["pyradiomics"]
    assert provenance["images"] == {"T1": file_sha256(cases[0].images / "T1.nii.gz")}
    assert provenance["mask"] == file_sha256(cases[0].masks / "mask.nii.gz")
    assert provenance["mask_source"] == "predicted"
    assert [(row["roi"], row["image_type"], row["levels"]) for row in extra["grey_levels"]] == [
        ("body", "original", 16)
    ]


def test_finished_cases_come_back_byte_for_byte(cases, tmp_path):
    _run(cases, tmp_path)
    files = [path for case in cases for path in (case.table, case.status)]
    before = [path.read_bytes() for path in files]
    for path in files:
        path.unlink()
    assert _run(cases, tmp_path) == {"restored": 2}
    assert [path.read_bytes() for path in files] == before


def _new_image(case):
    image = read_image(case.images / "T1.nii.gz") + 5
    write_image(image, case.images / "T1.nii.gz")
    status = CaseStatus.read(case.image_status)
    status.files["T1"]["sha256"] = file_sha256(case.images / "T1.nii.gz")
    status.write(case.image_status)
    return case


def _moved(case):
    status = CaseStatus.read(case.image_status)
    status.extra["registration"] = {"T1": {"angles_degrees": [0, 0, 0], "shift_mm": [1, 0, 0], "center": [0, 0, 0]}}
    status.write(case.image_status)
    return case


def _by_hand(case):
    status = CaseStatus.read(case.mask_status)
    status.extra["source"] = "corrected"
    status.write(case.mask_status)
    return case


def _other_side(case):
    return replace(case, row={"side": "left"})


@pytest.mark.slow
@pytest.mark.parametrize("change", [_new_image, _moved, _by_hand, _other_side])
def test_a_case_that_changed_is_computed_again_and_no_other(cases, tmp_path, change):
    _run(cases, tmp_path)
    assert _run([change(cases[0]), cases[1]], tmp_path) == {"computed": 1, "restored": 1}


@pytest.mark.slow
@pytest.mark.parametrize(
    "settings",
    [
        feature_settings(spacing=[1.5, 1.5, 1.5]),
        replace(SETTINGS, rois={"body": Roi(scheme="ring", labels=["L1"], outer_mm=2)}),
        replace(SETTINGS, labels={"L1": 1, "L2": 2}),
        replace(SETTINGS, code="code2"),
        replace(SETTINGS, shuffle_seed=1),
    ],
    ids=["spacing", "region", "labels", "code", "shuffled"],
)
def test_another_setting_never_takes_what_is_kept(cases, tmp_path, settings):
    _run(cases, tmp_path)
    assert _run(cases, tmp_path, settings) == {"computed": 2}


def test_shuffled_cases_do_not_depend_on_their_batch(cases, tmp_path):
    # the same image for both
    for path in ("T1.nii.gz", "p.json"):
        content = (cases[0].images / path).read_bytes()
        (cases[1].images / path).write_bytes(content.replace(b'"A1"', b'"A2"'))
    settings = replace(feature_settings(image_types=["log"], classes=["firstorder"]), shuffle_seed=7)
    _run(cases, tmp_path, settings)
    together = [case.table.read_bytes() for case in cases]
    extract_batch(cases[1:], settings, tmp_path / "elsewhere")
    assert cases[1].table.read_bytes() == together[1]
    assert together[0] != together[1]


def test_an_image_that_cannot_be_read_is_a_reason(cases, tmp_path):
    (cases[0].images / "T1.nii.gz").write_bytes(b"nothing")
    assert _run(cases, tmp_path) == {"unreadable": 1, "computed": 1}
    status = CaseStatus.read(cases[0].status)
    assert (status.status, status.reason) == ("excluded", "image_unreadable")
    assert set(pd.read_csv(cases[0].table, sep="\t")["reason"]) == {"image_unreadable"}


def test_nothing_is_left_beside_the_results(cases, tmp_path):
    _run(cases, tmp_path)
    kept = sorted(path.relative_to(tmp_path / "kept").as_posix() for path in (tmp_path / "kept").rglob("*.*"))
    assert kept == [
        f"center-A/sub-{subject}/{name}"
        for subject in ("A1", "A2")
        for name in ("kept.json", f"sub-{subject}_features.json", f"sub-{subject}_features.tsv")
    ]
