"""Deep features of cases: regions of all schemes, reasons, finished cases; the network is a function here."""

from __future__ import annotations

import numpy as np
import pytest
import SimpleITK as sitk

from osteon.config.features import Deep, Roi
from osteon.config.regions import region_names
from osteon.features.deep import CaseFiles, DeepSettings, deep_batch, deep_case
from osteon.features.deep_columns import deep_dictionary
from osteon.features.table import center_table, read_case
from osteon.images.io import write_image
from osteon.tables.files import file_sha256
from osteon.tables.kept import Kept
from osteon.tables.reasons import Reason
from osteon.tables.status import CaseStatus, excluded

LABELS = {"L1": 1, "L2": 2, "R1": 3}
ROIS = {
    "all": Roi(labels=["L1", "L2"]),
    "single": Roi(scheme="each", labels=["L1", "L2"]),
    "average": Roi(scheme="mean", labels=["L1", "L2"]),
    "rim": Roi(scheme="ring", labels=["L1"], outer_mm=3.0),
    "hip": Roi(scheme="sides", left=["L1"], right=["R1"], column="side"),
}
SETTINGS = DeepSettings("T1", LABELS, ROIS, ["000", "001"])


def embed(image, masks):
    """Number of voxels, and their mean in the image."""
    values = sitk.GetArrayFromImage(image)
    found = {}
    for region, mask in masks.items():
        inside = sitk.GetArrayFromImage(mask) > 0
        found[region] = np.array([inside.sum(), values[inside].mean()])
    return found


@pytest.fixture
def pictures():
    labels = np.zeros((12, 20, 20), np.uint8)
    labels[2:6, 2:8, 2:8] = 1
    labels[6:9, 2:8, 2:8] = 2
    labels[2:9, 12:17, 12:17] = 3
    image, mask = sitk.GetImageFromArray(labels * 10.0), sitk.GetImageFromArray(labels)
    return image, mask


def values_of(table):
    return {(row.roi, row.feature): row.value for row in table.itertuples()}


def test_regions_of_every_scheme(pictures):
    table = deep_case(*pictures, {"side": "right"}, SETTINGS, embed)
    assert table["roi"].drop_duplicates().tolist() == region_names(ROIS)
    assert set(table["sequence"]) == {"deep_T1"}
    assert table["reason"].isna().all()
    found = values_of(table)
    assert (found["all", "000"], found["L1", "000"], found["L2", "000"]) == (252, 144, 108)
    assert found["average", "000"] == (144 + 108) / 2
    assert found["average", "001"] == (10 + 20) / 2
    assert found["hipindex", "000"] == 7 * 25
    assert found["hipdifference", "001"] == 30 - 10
    assert 0 < found["rim", "000"] < 10 * 12 * 12
    assert found["rim", "001"] == 0  # nothing of a label


def test_columns_of_the_wide_table_and_the_dictionary(pictures):
    table = deep_case(*pictures, {"side": "left"}, SETTINGS, embed)
    wide, _ = center_table("A", {"A1": table})
    assert list(wide.columns[2:4]) == ["deep_T1_all_000", "deep_T1_all_001"]
    dictionary = deep_dictionary(
        table, Deep(enabled=True, stage=2, pooling="max"), ["column", "family", "meaning", "ibsi"]
    )
    assert dictionary["column"].tolist() == list(wide.columns[2:])
    assert dictionary.loc[1, "meaning"] == (
        "Channel 1 of stage 2 of the segmentation network's encoder: largest value over the region"
    )
    assert (dictionary["family"] == "deep").all()
    assert (dictionary["ibsi"] == "").all()


def test_what_cannot_be_has_a_reason(pictures):
    image, mask = pictures
    without = sitk.GetImageFromArray(np.where(sitk.GetArrayFromImage(mask) == 2, 0, sitk.GetArrayFromImage(mask)))
    table = deep_case(image, without, {"side": ""}, SETTINGS, lambda *parts: dict.fromkeys(parts[1]))
    reasons = table.groupby("roi")["reason"].agg(lambda found: "/".join(sorted(set(found))))
    assert table["value"].isna().all()
    assert reasons["all"] == reasons["L2"] == Reason.MASK_EMPTY
    assert reasons["L1"] == reasons["rim"] == Reason.DEEP_TOO_COARSE
    assert reasons["hipindex"] == Reason.SIDE_UNKNOWN


def test_a_value_that_is_no_number_is_missing(pictures):
    table = deep_case(
        *pictures, {"side": "left"}, SETTINGS, lambda image, masks: {mask: np.array([np.inf, 1.0]) for mask in masks}
    )
    assert set(table.loc[table["feature"] == "000", "reason"]) == {str(Reason.VALUE_UNDEFINED)}
    assert table.loc[(table["feature"] == "001") & (table["roi"] == "all"), "value"].tolist() == [1.0]


@pytest.fixture
def cases(tmp_path, pictures):
    """One case that can be computed, one that stopped before."""
    found = []
    for subject in ("A1", "A2"):
        place = tmp_path / subject
        image, mask = place / "native" / "T1.nii.gz", place / "masks" / "mask.nii.gz"
        write_image(pictures[0], image)
        write_image(pictures[1], mask)
        CaseStatus("A", subject, "ingest", files={"T1": {"path": image.name, "sha256": file_sha256(image)}}).write(
            place / "ingest.json"
        )
        segmented = CaseStatus(
            "A", subject, "segment", files={"mask": {"path": mask.name, "sha256": file_sha256(mask)}}
        )
        if subject == "A2":
            segmented = excluded("A", subject, "segment", Reason.MASK_EMPTY)
        segmented.write(place / "segment.json")
        found.append(
            CaseFiles(
                place / "ingest.json",
                image.parent,
                place / "segment.json",
                mask.parent,
                place / f"sub-{subject}_deep.tsv",
                {"side": "left"},
            )
        )
    return found


def test_an_image_that_cannot_be_read_is_a_reason_and_is_not_kept(tmp_path, cases):
    (cases[0].native / "T1.nii.gz").write_bytes(b"no image")
    kept = Kept(tmp_path / "kept", "rest")
    deep_batch(cases, SETTINGS, embed, kept)
    assert set(read_case(cases[0].table)["reason"]) == {"image_unreadable"}
    # the other case, which stopped before, is
    assert [path.parent.name for path in (tmp_path / "kept").rglob("kept.json")] == ["sub-A2"]


def test_finished_cases_are_not_done_again(tmp_path, cases):
    calls = []

    def counted(image, masks):
        calls.append(len(masks))
        return embed(image, masks)

    deep_batch(cases, SETTINGS, counted, Kept(tmp_path / "kept", "settings"))
    first = [case.table.read_bytes() for case in cases]
    assert len(calls) == 1
    stopped = read_case(cases[1].table)
    assert stopped["value"].isna().all()
    assert set(stopped["reason"]) == {str(Reason.MASK_EMPTY)}
    assert stopped["roi"].tolist() == read_case(cases[0].table)["roi"].tolist()

    for case in cases:
        case.table.unlink()
    deep_batch(cases, SETTINGS, counted, Kept(tmp_path / "kept", "settings"))
    assert len(calls) == 1
    assert [case.table.read_bytes() for case in cases] == first

    deep_batch(cases, SETTINGS, counted, Kept(tmp_path / "kept", "other settings"))
    assert len(calls) == 2
    other = CaseStatus.read(cases[0].mask_status)
    other.files["mask"]["sha256"] = "0" * 64
    other.write(cases[0].mask_status)
    deep_batch(cases, SETTINGS, counted, Kept(tmp_path / "kept", "other settings"))
    assert len(calls) == 3
