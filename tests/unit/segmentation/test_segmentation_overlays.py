"""Which cases are shown, and that their pictures have the mask over the manual one."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from helpers.spines import as_image, picture_of, spine
from osteon.images.io import write_image
from osteon.segmentation.overlays import draw_overlays, shown_cases
from osteon.tables.status import CaseStatus

LABELS = {"L1": 1, "L2": 2, "L3": 3}
COLORS = {"L1": "#E69F00", "L2": "#56B4E9", "L3": "#F0E442"}


def statuses(center, count, **more):
    return [CaseStatus(center, f"{center}{place}", "segment", **more) for place in range(count)]


def agreement(dice, how="unseen"):
    rows = [(subject, label, value, how) for subject, value in dice.items() for label in LABELS]
    return pd.DataFrame(rows, columns=["subject", "label", "dice", "how"])


def test_best_median_and_worst_of_each_hospital():
    table = agreement({"A0": 0.8, "A1": 0.9, "A2": 0.7, "A3": 0.95, "A4": 0.6, "B0": 0.5, "B1": 0.6})
    shown = shown_cases(statuses("A", 5) + statuses("B", 2) + statuses("C", 4), table)
    found = list(shown[["subject", "choice"]].itertuples(index=False, name=None))
    assert found[:3] == [("A3", "best"), ("A0", "median"), ("A4", "worst")]
    assert found[3:5] == [("B1", "best"), ("B0", "worst")]
    assert found[5:] == [("C0", "first"), ("C1", "first"), ("C2", "first")]
    assert shown["dice"].tolist()[:3] == pytest.approx([0.95, 0.8, 0.6])


def test_cases_that_the_network_learned_from_and_excluded_ones_do_not_count():
    table = pd.concat([agreement({"A0": 0.99}, "cross_validation"), agreement({"A1": 0.9, "A2": 0.8})])
    cases = statuses("A", 2) + [CaseStatus("A", "A2", "segment", "excluded", "mask_empty")]
    assert shown_cases(cases, table)["subject"].tolist() == ["A1"]
    assert shown_cases(cases, None)["subject"].tolist() == ["A0", "A1"]


@pytest.fixture
def case(tmp_path):
    """Predicted mask one voxel lower than the manual one, and two sequences, of which one has no image."""
    truth = spine(0)
    predicted = np.roll(truth, 1, axis=1)
    write_image(picture_of(truth), tmp_path / "T1.nii.gz")
    write_image(as_image(truth), tmp_path / "manual.nii.gz")
    write_image(as_image(predicted), tmp_path / "mask.nii.gz")
    located = []
    for name, files in (
        ("segment", {"mask": {"path": "mask.nii.gz"}}),
        ("ingest", {"manual": {"path": "manual.nii.gz"}}),
        ("preprocess", {"T1": {"path": "T1.nii.gz"}}),
    ):
        CaseStatus("A", "A0", name, files=files).write(tmp_path / f"{name}.json")
        located.append([(tmp_path / f"{name}.json", tmp_path)])
    return located


@pytest.mark.slow
@pytest.mark.parametrize("choice", ["best", "first"])
def test_pictures_have_both_masks_where_they_are_compared(case, tmp_path, choice):
    shown = pd.DataFrame([("A", "A0", choice, 0.9)], columns=["center", "subject", "choice", "dice"])
    table = draw_overlays(shown, *case, ["T1", "T2"], LABELS, COLORS, tmp_path / "out")
    assert table["picture"].tolist() == ["sub-A0_T1.png", ""]
    assert table["reason"].tolist() == ["", "sequence_missing"]
    assert set(table["manual"]) == {"yes" if choice == "best" else "no"}
    picture = np.asarray(Image.open(tmp_path / "out" / "sub-A0_T1.png"))
    seen = {tuple(color) for color in picture.reshape(-1, 3)}
    assert {tuple(bytes.fromhex(color[1:])) for color in COLORS.values()} <= seen
    blue, white = (picture == bytes_of("#56B4E9")).all(axis=2), (picture == 255).all(axis=2)
    if choice == "best":
        assert white.sum() > 100  # the edge that the prediction does not reach
    assert blue.sum() > 100


def test_what_cannot_be_drawn_says_why_and_the_rest_is_drawn(case, tmp_path):
    shown = pd.DataFrame([("A", "A0", "first", 0.9)], columns=["center", "subject", "choice", "dice"])
    write_image(as_image(np.zeros_like(spine(0))), tmp_path / "mask.nii.gz")
    table = draw_overlays(shown, *case, ["T1"], LABELS, COLORS, tmp_path / "out")
    assert (table["picture"].item(), table["reason"].item()) == ("", "mask_empty")
    (tmp_path / "T1.nii.gz").write_bytes(b"not an image")
    table = draw_overlays(shown, *case, ["T1"], LABELS, COLORS, tmp_path / "out")
    assert (table["picture"].item(), table["reason"].item()) == ("", "image_unreadable")


def bytes_of(color):
    return np.frombuffer(bytes.fromhex(color[1:]), np.uint8)
