"""A batch of masks drawn or corrected by hand: taken over, refused with a reason, kept."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import SimpleITK as sitk

from helpers.masks import write_seg_nrrd
from osteon.config.delivery import MaskChecks
from osteon.config.segmentation import Segmentation
from osteon.images.io import read_image, write_image
from osteon.segmentation.batch import segment_batch
from osteon.segmentation.order import CaseFiles, Order
from osteon.tables.files import file_sha256
from osteon.tables.status import CaseStatus, excluded

LABELS = {"L1": 1, "L2": 2}
SHAPE = (4, 8, 8)
ORDER = Order(Segmentation(method="masks"), "T1", LABELS)


def on_grid(array, spacing=(1.5, 1.5, 4.0), origin=(-5.0, 7.0, 30.0)):
    image = sitk.GetImageFromArray(array)
    image.SetSpacing(spacing)
    image.SetOrigin(origin)
    return image


def mask_of(*values, row=1):
    array = np.zeros(SHAPE, np.uint8)
    for position, value in enumerate(values):
        array[1, row, position + 1] = value
    return on_grid(array)


@pytest.fixture
def case(tmp_path):
    def make(subject, values, *corrections):
        folder = tmp_path / subject
        folder.mkdir()
        write_image(on_grid(np.random.default_rng(len(subject)).normal(size=SHAPE)), folder / "T1.nii.gz")
        files = {"T1": {"path": "T1.nii.gz", "sha256": file_sha256(folder / "T1.nii.gz")}}
        if values is not None:
            write_image(mask_of(*values), folder / "manual.nii.gz")
            files["manual"] = {"path": "manual.nii.gz", "sha256": file_sha256(folder / "manual.nii.gz")}
        CaseStatus("A", subject, "ingest", files=files).write(folder / "ingest.json")
        return CaseFiles(folder / "ingest.json", folder, folder / "segment.json", folder / "masks", corrections)

    return make


@pytest.fixture
def run(tmp_path):
    def run(*cases, order=ORDER):
        run.counts = segment_batch(cases, order, tmp_path / "kept")
        return [CaseStatus.read(entry.status) for entry in cases]

    return run


@pytest.fixture
def correction(tmp_path):
    def write(name, mask):
        (tmp_path / "corrections").mkdir(exist_ok=True)
        path = tmp_path / "corrections" / name
        write_image(mask, path)
        return path

    return write


def mask_file(files):
    return files.target / f"sub-{files.source.name}_dseg.nii.gz"


def test_given_mask_is_taken_over_unchanged(case, run):
    files = case("A1", [1, 2])
    (status,) = run(files)
    assert status.ok
    assert mask_file(files).read_bytes() == (files.source / "manual.nii.gz").read_bytes()
    assert (status.extra["source"], status.extra["model"]) == ("manual", None)
    assert status.extra["quality"]["labels"]["L1"]["volume_ml"] == pytest.approx(9 / 1000)


def test_bad_cases_do_not_take_the_batch_along(case, run, tmp_path):
    stopped, broken, torn = case("A2", [1]), case("A6", [1]), case("A7", [1])
    excluded("A", "A2", "ingest", "slice_missing").write(stopped.ingested)
    (broken.source / "T1.nii.gz").write_bytes(b"no image")
    (torn.source / "manual.nii.gz").write_bytes(b"no image")
    statuses = run(stopped, case("A3", None), broken, torn, case("A4", [1, 9]), case("A5", [1, 2]))
    assert [(status.stage, status.reason) for status in statuses] == [
        ("ingest", "slice_missing"),
        ("segment", "mask_missing"),
        ("segment", "image_unreadable"),
        ("segment", "mask_unreadable"),
        ("segment", "mask_labels"),
        ("segment", None),
    ]
    assert [list((tmp_path / name / "masks").iterdir()) for name in ("A4", "A7")] == [[], []]
    # what is shown to people names the file and no folder of this machine
    assert not any(str(tmp_path) in (status.detail or "") for status in statuses)
    assert "T1.nii.gz" in statuses[2].detail
    assert run.counts == {"stopped before": 1, "manual": 5}


@pytest.mark.parametrize("name", ["T1.nii.gz", "manual.nii.gz"])
def test_a_file_that_was_damaged_and_is_whole_again_is_read_again(case, run, name):
    """Its hash in the status of ingest is that of the whole file, so the refusal must not be kept under it."""
    files = case("A1", [1, 2])
    whole = (files.source / name).read_bytes()
    (files.source / name).write_bytes(b"no image")
    assert not run(files)[0].ok
    (files.source / name).write_bytes(whole)
    assert run(files)[0].ok


def test_finished_cases_are_restored_to_the_byte_and_refused_ones_too(case, run):
    cases = [case("A1", [1, 2]), case("A2", [9])]
    before = run(*cases)
    mask = mask_file(cases[0]).read_bytes()
    mask_file(cases[0]).unlink()
    for files in cases:
        files.status.unlink()
    assert run(*cases) == before
    assert run.counts == {"restored": 2}
    assert mask_file(cases[0]).read_bytes() == mask


@pytest.mark.parametrize(
    "change",
    [
        {"labels": {"L1": 1, "L2": 3}},
        {"code": "another"},
        {"settings": Segmentation(method="masks", mirroring="none")},
        {"settings": Segmentation(method="masks", step=0.25)},
    ],
    ids=["labels", "code", "mirroring", "step"],
)
def test_what_depends_on_something_else_is_done_again(case, run, change):
    files = case("A1", [1, 1])
    run(files)
    run(files, order=dataclasses.replace(ORDER, **change))
    assert run.counts == {"manual": 1}


def test_another_image_or_manual_mask_is_done_again_and_only_it(case, run):
    cases = [case("A1", [1, 2]), case("A2", [1, 2])]
    run(*cases)
    status = CaseStatus.read(cases[0].ingested)
    for key in ("T1", "manual"):
        status.files[key]["sha256"] = "0" * 64
        status.write(cases[0].ingested)
        run(*cases)
        assert run.counts == {"manual": 1, "restored": 1}


def test_corrected_mask_replaces_the_other_and_leaves_again(case, run, correction):
    files = case("A1", [1, 2])
    (drawn,) = run(files)
    path = correction("sub-A1_corrected.nii.gz", mask_of(2, 1, row=5))
    (corrected,) = run(dataclasses.replace(files, corrections=(path,)))
    assert corrected.ok
    assert corrected.extra["source"] == "corrected"
    assert corrected.extra["corrections"] == ["sub-A1_corrected.nii.gz"]
    assert np.array_equal(*(sitk.GetArrayFromImage(read_image(file)) for file in (mask_file(files), path)))
    correction("sub-A1_corrected.nii.gz", mask_of(1, 2, row=6))
    (again,) = run(dataclasses.replace(files, corrections=(path,)))
    assert run.counts == {"corrected": 1}
    assert again.files != corrected.files
    assert run(files) == [drawn]
    assert mask_file(files).read_bytes() == (files.source / "manual.nii.gz").read_bytes()


def test_corrected_mask_on_another_grid_goes_through_physical_space(case, run, correction):
    """Reordered and flipped axes: the same voxels, in another order."""
    turned = sitk.Flip(sitk.PermuteAxes(mask_of(1, 2), [2, 0, 1]), [True, False, True])
    files = case("A1", None, correction("sub-A1.nrrd", turned))
    (status,) = run(files)
    assert status.ok, status.detail
    mask = read_image(mask_file(files))
    assert np.array_equal(sitk.GetArrayFromImage(mask), sitk.GetArrayFromImage(mask_of(1, 2)))


def test_segments_of_slicer_are_matched_by_name_not_by_value(case, run, tmp_path):
    header = {"Segment0_Name": "L2", "Segment0_LabelValue": 1, "Segment1_Name": "L1", "Segment1_LabelValue": 2}
    write_seg_nrrd(tmp_path / "sub-A1.seg.nrrd", [mask_of(2, 1)], {**header, "Segment0_Layer": 0, "Segment1_Layer": 0})
    files = case("A1", None, tmp_path / "sub-A1.seg.nrrd")
    (status,) = run(files)
    assert status.ok, status.detail
    mask = read_image(mask_file(files))
    assert np.array_equal(sitk.GetArrayFromImage(mask), sitk.GetArrayFromImage(mask_of(1, 2)))


@pytest.mark.parametrize(
    ("mask", "reason"),
    [
        (mask_of(1, 7), "mask_labels"),
        (mask_of(), "mask_empty"),
        (on_grid(sitk.GetArrayFromImage(mask_of(1, 2)), origin=(500.0, 0.0, 0.0)), "mask_grid"),
        (on_grid(sitk.GetArrayFromImage(mask_of(1, 2)), (1.0, 1.0, 1.0), (0.0, 0.0, 0.0)), "mask_grid"),
        (on_grid(sitk.GetArrayFromImage(mask_of(1, 2)) * 0.5), "mask_labels"),
    ],
    ids=["unknown label", "empty", "elsewhere", "geometry lost", "fractions"],
)
def test_bad_correction_is_refused_and_never_replaced_by_the_other_mask(case, run, correction, mask, reason):
    files = case("A1", [1, 2], correction("sub-A1.nii.gz", mask))
    (status,) = run(files)
    assert (status.status, status.reason, status.extra["source"]) == ("excluded", reason, "corrected")
    assert status.findings[0]["files"] == ["sub-A1.nii.gz"]
    assert "corrected mask" in status.detail
    assert list(files.target.iterdir()) == []


def test_correction_that_is_no_image_or_twice_there_is_refused(case, run, correction, tmp_path):
    (tmp_path / "sub-A1.nii.gz").write_bytes(b"nothing")
    twice = [correction(name, mask_of(1, 2)) for name in ("sub-A2.nii.gz", "sub-A2_new.nrrd")]
    first, second = run(case("A1", [1, 2], tmp_path / "sub-A1.nii.gz"), case("A2", [1, 2], *twice))
    assert first.reason == "mask_unreadable"
    assert second.reason == "mask_ambiguous"
    assert "sub-A2.nii.gz, sub-A2_new.nrrd" in second.detail


def test_correction_is_held_to_the_mask_checks(case, run, correction):
    array = np.zeros(SHAPE, np.uint8)
    array[0, 3, 3], array[2, 3, 3] = 1, 2  # L1 lies below L2
    order = dataclasses.replace(ORDER, checks=MaskChecks(head_to_foot=["L1", "L2"]))
    (status,) = run(case("A1", None, correction("sub-A1.nii.gz", on_grid(array))), order=order)
    assert status.reason == "mask_order"
