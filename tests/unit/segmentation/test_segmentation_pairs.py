"""Which cases are compared, which are listed only, and why."""

from __future__ import annotations

import pandas as pd

from osteon.segmentation.evaluate import COLUMNS, MaskPair, Unevaluated, agreement
from osteon.segmentation.pairs import mask_pairs, with_cross_validation
from osteon.tables.status import CaseStatus

FILES = {"mask": {"path": "mask.nii.gz", "sha256": ""}}


def written(
    folder,
    subject,
    *,
    manual=True,
    ingested="ok",
    status="ok",
    stage="segment",
    reason=None,
    source="predicted",
    person=None,
    center="A",
):
    """Paths of the two status files of a case."""
    seen = {"identity": {"person": person}} if person else {}
    files = {"T1": {"path": "t1.nii.gz", "sha256": f"image of {subject}"}}
    files |= {"manual": {"path": "manual.nii.gz", "sha256": ""}} if manual else {}
    CaseStatus(center, subject, "ingest", ingested, files=files if ingested == "ok" else {}, extra=seen).write(
        folder / f"{subject}i.json"
    )
    extra = {"source": source} if status == "ok" else {}
    CaseStatus(center, subject, stage, status, reason, files=FILES if status == "ok" else {}, extra=extra).write(
        folder / f"{subject}s.json"
    )
    return (folder / f"{subject}s.json", folder / "masks"), (folder / f"{subject}i.json", folder / "native")


def paired(cases, trained_on=("none of them",)):
    segmented, ingested = zip(*cases, strict=True)
    return mask_pairs(segmented, ingested, "T1", set(trained_on))


def test_predicted_cases_with_a_manual_mask_are_compared(tmp_path):
    cases = [
        written(tmp_path, "A1"),
        written(tmp_path, "A2", manual=False),
        written(tmp_path, "A3", ingested="excluded", status="excluded", stage="ingest", reason="slice_missing"),
    ]
    assert paired(cases) == [
        MaskPair("A", "A1", tmp_path / "native/manual.nii.gz", tmp_path / "masks/mask.nii.gz", "unseen")
    ]


def test_a_case_that_the_model_saw_is_never_evaluated(tmp_path):
    """It is known by its image: another name in another study does not hide it."""
    cases = [written(tmp_path, "A1"), written(tmp_path, "A2", source="manual")]
    pairs = paired(cases, ["image of A1", "image of A2"])
    assert pairs == [Unevaluated("A", subject, "trained_on", "trained_on") for subject in ("A1", "A2")]
    table = agreement(pairs, {"L1": 1})
    assert table["dice"].isna().all()
    assert table["reason"].tolist() == ["trained_on"] * 2


def test_another_examination_of_a_patient_that_the_model_saw_is_never_evaluated(tmp_path):
    """PatientIDs are a center's own: the same one in another center is somebody else's."""
    cases = [
        written(tmp_path, "A1", source="manual", person="p"),
        written(tmp_path, "A2", person="p"),
        written(tmp_path, "A3", person="q"),
        written(tmp_path, "B1", person="p", center="B"),
    ]
    hows = [(pair.subject, pair.how) for pair in paired(cases, ["image of A1"])]
    assert hows == [("A1", "trained_on"), ("A2", "trained_on"), ("A3", "unseen"), ("B1", "unseen")]


def test_a_patient_id_that_a_whole_center_shares_names_nobody(tmp_path):
    cases = [written(tmp_path, f"A{number}", person="anonymous") for number in range(3)]
    assert [pair.how for pair in paired(cases, ["image of A0"])] == ["trained_on", "unseen", "unseen"]


def test_masks_by_hand_are_not_compared_with_themselves(tmp_path):
    pairs = paired([written(tmp_path, "A1", source="manual"), written(tmp_path, "A2", source="corrected")])
    assert [(pair.how, str(pair.reason)) for pair in pairs] == [
        ("manual", "mask_by_hand"),
        ("corrected", "mask_by_hand"),
    ]


def test_failed_prediction_is_not_dropped(tmp_path):
    (pair,) = paired([written(tmp_path, "A1", status="excluded", reason="mask_empty")])
    assert pair == MaskPair("A", "A1", tmp_path / "native/manual.nii.gz", None, "unseen", "mask_empty")


def test_model_that_does_not_say_what_it_saw(tmp_path):
    (pair,) = paired([written(tmp_path, "A1")], trained_on=())
    assert pair.how == "unknown"


def test_cross_validation_takes_the_place_of_cases_trained_on():
    def row(subject, how, dice=None):
        return dict.fromkeys(COLUMNS) | {"subject": subject, "center": "A", "label": "L1", "how": how, "dice": dice}

    table = pd.DataFrame([row("A1", "unseen", 0.9), row("A2", "trained_on"), row("A3", "trained_on")])
    validated = pd.DataFrame([row("A2", "cross_validation", 0.8), row("A1", "cross_validation", 0.7)])
    merged = with_cross_validation(table, validated)
    assert merged[["subject", "how", "dice"]].fillna(0).values.tolist() == [
        ["A1", "unseen", 0.9],
        ["A2", "cross_validation", 0.8],
        ["A3", "trained_on", 0],
    ]


def test_annotated_case_that_no_fold_learned_from_has_its_value_from_cross_validation():
    """With `train_folds: [0]` the cases of fold 0 are not 'trained_on', and their masks are manual ones."""

    def row(subject, how, dice=None):
        return dict.fromkeys(COLUMNS) | {"subject": subject, "center": "A", "label": "L1", "how": how, "dice": dice}

    table = pd.DataFrame([row("A1", "manual"), row("A2", "trained_on"), row("A3", "corrected"), row("A4", "unseen", 1)])
    validated = pd.DataFrame([row(subject, "cross_validation", 0.8) for subject in ("A1", "A3")])
    merged = with_cross_validation(table, validated)
    assert merged["how"].tolist() == ["cross_validation", "trained_on", "cross_validation", "unseen"]
