"""The review list: who is on it, what it says, what it asks for, and its pictures."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from helpers.spines import LABELS, as_image, cohort, picture_of, segmented, spine
from osteon.config.segmentation import MaskQuality
from osteon.images.io import write_image
from osteon.segmentation.quality import judge
from osteon.segmentation.review import draw_pictures, review_list
from osteon.tables.mask_findings import FOUND
from osteon.tables.reasons import Reason
from osteon.tables.status import CaseStatus, excluded, finding

ORDER = list(LABELS)
COLORS = {"L1": "#E69F00", "L2": "#56B4E9", "L3": "#F0E442"}


def odd(subject="odd", source="predicted"):
    """A case whose L2 has a second piece."""
    array = spine(50)
    array[5, 5, 50] = 2
    return segmented(array, "A", subject, source=source)


def listed(statuses, corrections="masks/corrected"):
    return review_list(judge(statuses, ORDER, ORDER, MaskQuality()), statuses, LABELS, corrections)


@pytest.mark.slow
def test_only_odd_cases_are_listed_in_the_order_of_the_study():
    normal = cohort(40)
    table = listed([odd("Z1"), *normal, odd("B1")])
    assert table["subject"].tolist() == ["Z1", "B1"]
    row = table.iloc[0]
    assert (row["labels"], row["codes"], row["picture"]) == ("L2", "mask_components", "sub-Z1.jpg")
    assert row["found"].startswith("L2 has 2 pieces, the largest with 99.9 % of its volume")
    assert row["what"] == "A label of the mask has more than one piece."
    assert "(L1 = 1, L2 = 2, L3 = 3) as 'sub-Z1.nii.gz' into 'masks/corrected'" in row["action"]
    assert listed(normal).empty


@pytest.mark.parametrize(
    ("source", "corrections", "words"),
    [
        ("predicted", None, "into a folder and name it under 'segmentation: corrections'"),
        ("corrected", "c", "as 'sub-odd.nii.gz' into 'c'"),
        ("manual", "c", "correct the manual mask, or put a corrected one"),
    ],
)
def test_what_to_do_depends_on_where_the_mask_came_from(source, corrections, words):
    assert words in listed([odd(source=source)], corrections).iloc[0]["action"]


def test_every_flag_has_words():
    """Also numbers that a normal mask does not have."""
    row = {
        "label": "L2",
        "neighbor": "L1",
        "components": 2,
        **dict.fromkeys(
            ("spacing_mm", "spacing_z", "height_mm", "height_z", "volume_ml", "volume_z", "volume_ratio_z"), 1.25
        ),
        "disagreement": 0.5,
        "largest_percent": 50.0,
    }
    for code, words in FOUND.items():
        assert "L2" in words.format(**row), code


def test_findings_and_excluded_cases_are_listed():
    """A case without any usable mask comes back with a corrected one; one that ingest refused does not."""
    unsure = segmented(spine(1), "A", "A1")
    unsure.findings.append(finding(Reason.MASK_EMPTY, "review", "no voxel has the label of L9", ["L9"]))
    unsure.findings.append(finding(Reason.MASK_RESAMPLED, "note", "a note"))
    failed = excluded("A", "A2", "segment", Reason.MASK_EMPTY, "the network found nothing")
    refused = excluded("A", "A3", "ingest", Reason.SLICE_MISSING)
    table = listed([unsure, failed, refused]).set_index("subject")
    assert table.index.tolist() == ["A1", "A2"]
    assert table.loc["A1", ["codes", "found"]].tolist() == ["mask_empty", "no voxel has the label of L9"]
    assert table.loc["A2", ["labels", "found"]].tolist() == ["", "the network found nothing"]
    assert "sub-A2.nii.gz" in table.loc["A2", "action"]


def test_pictures_of_listed_cases_only(tmp_path):
    array = spine(50)
    array[5, 5, 50] = 2
    statuses = [*cohort(2), segmented(array, "A", "odd"), excluded("A", "gone", "segment", Reason.MASK_EMPTY)]
    segmented_files, ingested_files = [], []
    for status in statuses:
        folder = tmp_path / status.subject
        folder.mkdir()
        status.write(folder / "segment.json")
        write_image(as_image(array), folder / "mask.nii.gz")
        write_image(picture_of(array), folder / "t1.nii.gz")
        files = {"T1": {"path": "t1.nii.gz", "sha256": ""}}
        CaseStatus("A", status.subject, "ingest", files=files).write(folder / "ingest.json")
        segmented_files.append((folder / "segment.json", folder))
        ingested_files.append((folder / "ingest.json", folder))
    target = tmp_path / "review"
    draw_pictures(listed(statuses), segmented_files, ingested_files, "T1", LABELS, COLORS, target)
    assert sorted(path.name for path in target.iterdir()) == ["sub-gone.jpg", "sub-odd.jpg"]
    pictures = [np.asarray(Image.open(target / f"sub-{name}.jpg")).astype(int) for name in ("odd", "gone")]
    colored = [(picture.max(axis=2) - picture.min(axis=2) > 60).any() for picture in pictures]
    assert colored == [True, False]


def test_a_case_whose_image_cannot_be_read_has_a_blank_picture(tmp_path):
    """It is listed, since its segmentation was refused; the other cases' pictures do not wait for it."""
    status = excluded("A", "A1", "segment", Reason.IMAGE_UNREADABLE)
    status.write(tmp_path / "segment.json")
    (tmp_path / "t1.nii.gz").write_bytes(b"damaged")
    files = {"T1": {"path": "t1.nii.gz", "sha256": ""}}
    CaseStatus("A", "A1", "ingest", files=files).write(tmp_path / "ingest.json")
    located = [(tmp_path / "segment.json", tmp_path)], [(tmp_path / "ingest.json", tmp_path)]
    draw_pictures(listed([status]), *located, "T1", LABELS, COLORS, tmp_path / "review")
    assert np.median(np.asarray(Image.open(tmp_path / "review" / "sub-A1.jpg"))) < 10


def test_study_without_odd_masks_has_an_empty_folder(tmp_path):
    draw_pictures(listed([]), [], [], "T1", LABELS, COLORS, tmp_path / "review")
    assert list((tmp_path / "review").iterdir()) == []
