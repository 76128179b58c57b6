"""Which role a series gets: physics before text, contradictions to a person, people before rules."""

from __future__ import annotations

import pytest

from helpers.decisions import decision, images_of
from helpers.dicom_series import AXIAL, CORONAL, SAGITTAL, make_series
from osteon.ingest.rules import SeriesRules
from osteon.ingest.select import apply_overrides, candidates, decide
from osteon.ingest.series import group_series, series_key


@pytest.mark.slow
@pytest.mark.parametrize(
    ("role", "tags"),
    [
        # protocols of the published study's two hospitals: TR, TE
        ("T1", {"RepetitionTime": "484", "EchoTime": "11.1"}),
        ("T1", {"RepetitionTime": "680", "EchoTime": "16.0"}),
        ("T2", {"RepetitionTime": "2500", "EchoTime": "101"}),
        ("T2", {"RepetitionTime": "3120", "EchoTime": "120"}),
        ("FST2", {"RepetitionTime": "2480", "EchoTime": "82", "SeriesDescription": "Sag fs T2 FSE"}),
        ("FST2", {"RepetitionTime": "3500", "EchoTime": "43"}),
        ("FST2", {"ScanOptions": None, "SeriesDescription": "t2_tse_dixon_sag_W"}),
        ("FST2", {"ScanOptions": None, "SeriesDescription": "矢状位T2压脂"}),
        ("FST2", {"ScanOptions": ["SFS", "SPIR"], "SeriesDescription": "T2W_SPIR"}),
        ("T2", {"SeriesDescription": "T2 sag non-FS"}),
        ("T2", {"SeriesDescription": "", "ProtocolName": ""}),
        ("T2", {"SeriesDescription": "offset"}),
        ("T1", {"SeriesDescription": "矢状位T1"}),
        ("T2", {"SeriesDescription": "腰椎 矢状位 T2 平扫"}),
        ("FST2", {"ScanOptions": None, "SeriesDescription": "腰椎矢状位T2抑脂"}),
        ("FST2", {"ScanOptions": None, "SeriesDescription": "SAG T2 脂肪抑制"}),
        ("FST2", {"ScanOptions": ["FAT_SAT"], "SeriesDescription": "腰椎"}),
        ("T2", {"ContrastBolusAgent": "NONE"}),
        ("T2", {"ContrastBolusAgent": "无"}),
    ],
)
def test_role_follows_the_physics(lumbar, role, tags):
    found = decision(lumbar, role, **tags)
    assert (found.verdict, found.role) == ("accept", role), found.reason


@pytest.mark.parametrize(
    ("tags", "reason"),
    [
        ({"Modality": "CT"}, "no MR image"),
        ({"ImageType": ["DERIVED", "SECONDARY", "MPR"]}, "localizer, derived or secondary image"),
        ({"SeriesDescription": "3-Plane Loc"}, "localizer by its text"),
        ({"SeriesDescription": "腰椎定位"}, "localizer by its text"),
        ({"ImageType": ["ORIGINAL", "PRIMARY", "P", "ND"]}, "phase image"),
        ({"orientation": AXIAL}, "not sagittal"),
        ({"orientation": CORONAL}, "not sagittal"),
        ({"count": 6}, "fewer than 7 slices"),
        ({"ContrastBolusAgent": "Gadovist"}, "contrast agent given"),
        ({"ScanningSequence": ["SE", "IR"], "InversionTime": "160"}, "inversion recovery (STIR, FLAIR)"),
        ({"InversionTime": "150"}, "inversion time of a STIR"),
    ],
)
def test_what_is_dropped_says_why(lumbar, tags, reason):
    found = decision(lumbar, **tags)
    assert (found.verdict, found.role, found.reason) == ("drop", None, reason)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("role", "tags", "word"),
    [
        ("T2", {"SeriesDescription": "SAG T1"}, "t1"),
        ("T1", {"SeriesDescription": "SAG T2"}, "t2"),
        ("T1", {"SeriesDescription": "T1 post Gd"}, "post"),
        ("FST2", {"SeriesDescription": "STIR sag"}, "stir"),
        ("FST2", {"SeriesDescription": "PD FS sag"}, "pd"),
        # fat-suppressed with the echo time of the study's center B, and every other thing that its text may claim
        ("FST2", {"EchoTime": "43", "SeriesDescription": "SAG T1 fs"}, "t1"),
        ("FST2", {"EchoTime": "43", "SeriesDescription": "TIRM sag"}, "tirm"),
        ("FST2", {"SeriesDescription": "FLAIR sag"}, "flair"),
        ("FST2", {"SeriesDescription": "SAG T2 压脂 增强"}, "增强"),
        ("T2", {"SeriesDescription": "矢状位T1"}, "t1"),
        ("T2", {"SeriesDescription": "矢状位 T2 增强"}, "增强"),
        ("T2", {"SeriesDescription": "T2 stir"}, "stir"),
        ("T2", {"SeriesDescription": "T2 TIRM"}, "tirm"),
        ("T2", {"SeriesDescription": "T2 flair"}, "flair"),
        ("T1", {"SeriesDescription": "矢状位T2"}, "t2"),
        ("T1", {"SeriesDescription": "矢状位T1增强"}, "增强"),
        ("T1", {"SeriesDescription": "T1 + Gd"}, "gd"),
        ("T1", {"SeriesDescription": "stir"}, "stir"),
        ("T1", {"SeriesDescription": "TIRM"}, "tirm"),
        ("T1", {"ProtocolName": "T1 gad"}, "gad"),
    ],
)
def test_text_against_physics_is_for_review(lumbar, role, tags, word):
    found = decision(lumbar, role, **tags)
    assert (found.verdict, found.role) == ("review", role)
    assert found.reason.endswith(f"its text says '{word}'")


@pytest.mark.parametrize(
    "tags", [{"ScanningSequence": "GR"}, {"EchoTime": "50"}, {"EchoTime": None}, {"RepetitionTime": "1500"}]
)
def test_what_no_rule_recognises_is_unknown(lumbar, tags):
    assert decision(lumbar, "T2", **tags).verdict == "unknown"


def test_center_rules_come_first(lumbar):
    rule = {"name": "axial T2 of B", "role": "T2", "plane": {"any": ["axial"]}}
    own = SeriesRules.model_validate(
        {**lumbar.model_dump(), "centers": {"B": {"rules": [rule], "checks": {"minimum_slices": 5}}}}
    )
    assert decision(own, orientation=AXIAL).reason == "not sagittal"
    assert decision(own, center="B", orientation=AXIAL).role == "T2"
    assert (own.checks_of("A").minimum_slices, own.checks_of("B").minimum_slices) == (3, 5)


@pytest.mark.parametrize(
    ("orientations", "plane"),
    [
        ([SAGITTAL] * 3, "sagittal"),
        ([SAGITTAL, SAGITTAL, AXIAL], "sagittal"),
        ([SAGITTAL, AXIAL, CORONAL], "mixed"),
        ([(1, 0, 0, 0, 0.8, -0.6)], "oblique"),
        ([(1, 0, 0, 0, 0.9, -0.43589)], "axial"),
    ],
)
def test_plane_is_that_of_most_slices(orientations, plane):
    slices = make_series(count=len(orientations))
    for item, orientation in zip(slices, orientations, strict=True):
        item.ImageOrientationPatient = list(orientation)
    (series,) = group_series(images_of(slices))
    assert series.plane == plane


def test_most_slices_then_latest_acquisition_wins(lumbar):
    acquired = [
        (10, "20260103", "120000"),
        (11, "20260101", "100000"),
        (11, "20260101", "110000"),
        (11, "20260102", "090000"),
        (11, None, "235959"),
    ]
    made = [
        make_series(count=count, seed=seed, AcquisitionDate=date, AcquisitionTime=time)
        for seed, (count, date, time) in enumerate(acquired)
    ]
    series = group_series([image for item in made for image in images_of(item)])
    ranked = candidates([decide(item, lumbar, "A") for item in series], "T2")
    heads = [(item.series.positions, item.series.head.get("AcquisitionDate")) for item in ranked]
    assert heads == [(11, "20260102"), (11, "20260101"), (11, "20260101"), (11, None), (10, "20260103")]
    assert [item.series.head["AcquisitionTime"] for item in ranked[1:3]] == ["110000", "100000"]


def test_a_person_overrules_the_rules(lumbar):
    made = [make_series("T2", seed=1), make_series("T2", seed=2), make_series("T1")]
    decisions = [
        decide(item, lumbar, "A") for item in group_series([image for item in made for image in images_of(item)])
    ]
    uids = [item[0].SeriesInstanceUID for item in made]
    rows = [
        {"series_uid": uids[0], "role": "exclude", "reason": "motion", "initials": "AB"},
        {"series_uid": series_key(uids[2]), "role": "T2", "reason": "protocol name is wrong", "initials": "CD"},
        {"series_uid": "1.2.3", "role": "T2", "reason": "motion", "initials": "AB"},
    ]
    decided, unmatched = apply_overrides(decisions, rows)
    assert unmatched == ["1.2.3"]
    assert {item.series.uid: item.reason for item in decided if item.by_person} == {
        uids[0]: "decided by AB: motion",
        uids[2]: "decided by CD: protocol name is wrong",
    }
    assert [item.series.uid for item in candidates(decided, "T2")] == [uids[2]]
