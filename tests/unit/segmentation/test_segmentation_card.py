"""The model card, and how the cases for it are chosen and judged."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk

from osteon.config.segmentation import Targets, Training
from osteon.images.io import write_image
from osteon.segmentation.assess import cross_validation, joined_curves, limits_of
from osteon.segmentation.card import card_text, model_card
from osteon.segmentation.cases import kept_from, training_cases
from osteon.segmentation.dataset import TrainingCase
from osteon.segmentation.summary import agreement_summary
from osteon.tables.reasons import Reason
from osteon.tables.status import MANUAL, CaseStatus, excluded, finding

LABELS = {"L1": 1}
PLAN = [
    {
        "center": center,
        "subject": f"{center}{fold}",
        "image_sha256": f"{center}{fold}" * 32,
        "mask_sha256": "",
        "fold": fold,
    }
    for fold in range(3)
    for center in "AB"
]


def mask(path, voxels):
    values = np.zeros((3, 20, 20), np.uint8)
    values[1, 5:15, 5 : 5 + voxels] = 1
    write_image(sitk.GetImageFromArray(values), path)
    return path


@pytest.fixture
def cases(tmp_path):
    return [
        TrainingCase(
            entry["center"],
            entry["subject"],
            Path("image"),
            mask(tmp_path / f"{entry['subject']}.nii.gz", 8),
            entry["image_sha256"],
        )
        for entry in PLAN
    ]


@pytest.fixture
def agreement(cases, tmp_path):
    """Predictions of folds 0 and 2: complete for A, half for B."""
    folders = {fold: tmp_path / f"fold_{fold}" for fold in (0, 2)}
    for case, entry in zip(cases, PLAN, strict=True):
        if entry["fold"] in folders:
            folders[entry["fold"]].mkdir(exist_ok=True)
            mask(folders[entry["fold"]] / case.mask_name, 8 if case.center == "A" else 4)
    return cross_validation(cases, PLAN, folders, LABELS)


def card_of(agreement, **settings):
    plan = {"cases": PLAN, "left_out": [{"center": "A", "subject": "A9", "reason": "mask_missing", "detail": "secret"}]}
    settings = Training(folds=3, epochs=9, iterations=5, **settings)
    summary = agreement_summary(agreement, Targets(), 1)
    return model_card(plan, settings, 11, LABELS, "T1", {"torch": "2.1"}, summary, ["A limit."])


def test_only_cases_kept_from_a_trained_fold_are_judged(agreement):
    assert sorted(agreement["subject"]) == ["A0", "A2", "B0", "B2"]
    assert agreement.groupby("center")["dice"].mean().to_dict() == pytest.approx({"A": 1.0, "B": 2 * 4 / (4 + 8)})
    assert set(agreement["how"]) == {"cross_validation"}


def test_card_tells_who_was_learned_and_by_which_fold_each_was_kept(agreement):
    card = card_of(agreement, train_folds=[0])
    told = {case["case"]: (case["kept_in_fold"], case["learned"]) for case in card["cases"]}
    assert told == {"A-A0": (0, False), "B-B0": (0, False)} | {
        f"{center}-{center}{fold}": (None, True) for center in "AB" for fold in (1, 2)
    }
    told = {case["case"]: (case["kept_in_fold"], case["learned"]) for case in card_of(agreement)["cases"]}
    assert told == {f"{center}-{center}{fold}": (fold, True) for center in "AB" for fold in range(3)}


def test_card_is_json_and_repeats(agreement):
    assert json.dumps(card_of(agreement), allow_nan=False) == json.dumps(card_of(agreement), allow_nan=False)
    assert "secret" not in json.dumps(card_of(agreement))


def test_card_for_people(agreement):
    text = card_text(card_of(agreement, train_folds=[0, 2]), "Title", "f" * 64)
    lines = text.splitlines()
    assert lines[0] == "# Title"
    assert "| SHA-256 of the file | `" + "f" * 64 + "` |" in lines
    assert any(line.startswith("| A | L1 | 2 | 0 | 1.000 | 1.000 | 0.00 | 0.00 | 0.0 | 0.0 |") for line in lines)
    assert any(line.startswith("| B | L1 | 2 | 0 | 0.667 | 0.667 |") for line in lines)
    assert any(line.startswith("| all | L1 | 4 | 0 | 0.833") for line in lines)
    assert "6 cases: 3 of A, 3 of B." in lines
    assert f"| A-A1 | - | `{'A1' * 32}` |" in lines
    assert f"| B-B2 | 2 | `{'B2' * 32}` |" in lines
    assert "- A-A9: There is no mask for the case." in lines
    assert {"epochs: 9", "iterations: 5", "- A limit."} <= set(lines)
    widths = {line.count("|") for line in lines if line.startswith(("| A ", "| Center", "|---|---|---|---|---|"))}
    assert len(widths) == 1


def test_image_that_changed_since_the_plan_is_noticed(cases):
    changed = [cases[0], *cases[2:], TrainingCase("B", "B0", Path("i"), Path("m"), "other")]
    assert [case.name for case in kept_from(1, changed, PLAN)] == ["A-A1", "B-B1"]
    with pytest.raises(ValueError, match="B-B0: the image is not the one"):
        kept_from(0, changed, PLAN)


def test_limits_name_hospitals_simulation_and_untested_parts():
    assert "scanners of 2 hospitals (A, B)" in limits_of(False, ["A", "B"], [])[0]
    assert "simulated patients only" in limits_of(True, ["A"], [])[0]
    assert limits_of(False, ["A"], [1, 2])[-1].startswith("Part 1, 2 of the cases was learned by every fold")


def test_curves_of_all_folds(tmp_path):
    for fold in (0, 3):
        (tmp_path / f"{fold}.tsv").write_text("epoch\tloss\n1\t0.5\n2\t0.25\n")
    table = joined_curves({3: tmp_path / "3.tsv", 0: tmp_path / "0.tsv"})
    assert table.to_dict("list") == {"fold": [0, 0, 3, 3], "epoch": [1, 2, 1, 2], "loss": [0.5, 0.25, 0.5, 0.25]}


def test_annotated_cases_without_usable_mask_are_left_out_with_their_reason(tmp_path, caplog):
    files = {"T1": {"path": "t1.nii.gz", "sha256": "image"}, MANUAL: {"path": "m.nii.gz", "sha256": "mask"}}
    image = {"T1": files["T1"]}
    note = finding(Reason.MASK_RESAMPLED, "note", "another grid")
    bad = finding(Reason.MASK_LABELS, "review", "labels [7] are not among {'L1': 1}")
    statuses = [
        CaseStatus("A", "A1", "ingest", files=files, findings=[bad]),
        CaseStatus("A", "A2", "ingest", files=image, findings=[note, bad]),
        CaseStatus("A", "A3", "ingest", files=image),
        excluded("A", "A4", "ingest", Reason.MASK_GRID, "found outside"),
    ]
    for status in statuses:
        status.write(tmp_path / f"{status.subject}.json")
    located = [(tmp_path / f"{status.subject}.json", tmp_path / status.subject) for status in statuses]
    cases, left_out = training_cases(located, "T1")
    assert cases == [
        TrainingCase("A", "A1", tmp_path / "A1" / "t1.nii.gz", tmp_path / "A1" / "m.nii.gz", "image", "mask")
    ]
    assert [(case.subject, case.reason, case.detail) for case in left_out] == [
        ("A2", "mask_labels", bad["message"]),
        ("A3", "mask_missing", "There is no mask for the case."),
        ("A4", "mask_grid", "found outside"),
    ]
    assert [record.getMessage() for record in caplog.records] == [
        f"left out: A {case.subject}: {case.detail}" for case in left_out
    ]
