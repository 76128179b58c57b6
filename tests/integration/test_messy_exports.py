"""Every way in which an export goes wrong, on a simulated patient: each ends with the code that its defect deserves."""

from __future__ import annotations

import copy

import numpy as np
import pytest
import SimpleITK as sitk

from helpers.messy_exports import VARIANTS, read_patient
from osteon.config.delivery import IngestSettings
from osteon.ingest.case import ingest_case
from osteon.ingest.rules import load_rules
from osteon.phantom.case import write_case
from osteon.phantom.cohort import sample_cohort
from osteon.phantom.parameters import load_parameters
from osteon.reporting.acquisition import quality_table

ROLES = ["T1", "T2", "FST2"]
# What the hospital's T2 protocol says about the export that is right.
PROTOCOL = {"manufacturer": "GE", "field_strength": 3, "repetition_time": 3614, "echo_time": 123, "slices": 9}

# Variant: the reason of the exclusion, or None; and every finding with its severity.
EXPECTED = {
    "clean": (None, set()),
    "missing slice": ("slice_missing", {"exclude slice_missing", "review slice_missing"}),
    "missing edge": ("slice_missing", {"exclude slice_missing"}),
    "copies with the same UID": (None, {"note slice_copied"}),
    "everything twice": (None, {"note slice_copied"}),
    "copies with new UIDs": (None, {"note slice_copied"}),
    "two time points": ("several_volumes", {"exclude several_volumes"}),
    "irregular": ("spacing_irregular", {"exclude spacing_irregular"}),
    "tilted": ("slices_sheared", {"exclude slices_sheared"}),
    "truncated": ("file_truncated", {"exclude file_truncated", "exclude slice_missing", "review slice_missing"}),
    "mixed": (None, {"note file_truncated"}),
    "RLE": (None, set()),
    "JPEG-LS": (None, set()),
    "JPEG 2000": (None, set()),
    "deflated": (None, set()),
    "implicit without preamble": (None, set()),
    "legacy enhanced": (None, set()),
    "two patients": ("patients_mixed", {"exclude patients_mixed"}),
    "another subject": (None, {"review subject_differs"}),
    "not de-identified": ("identity_present", {"exclude identity_present"}),
    "burned in": ("burned_in", {"exclude burned_in"}),
    "two examinations": (None, {"review studies_several"}),
    "moved away": (None, {"note frame_differs", "review boxes_apart"}),
    "both sexes": (None, {"review sex_conflict"}),
    "color": ("photometric", {"exclude photometric"}),
    "inverted": ("photometric", {"exclude photometric"}),
    "constant": ("intensity_constant", {"exclude intensity_constant"}),
    "saturated": (None, {"review intensity_saturated"}),
    "text of the other sequence": ("series_ambiguous", {"exclude series_ambiguous"}),
    "other pixel spacing than field of view": (None, {"note spacing_doubtful"}),
    "archive beside it": ("sequence_missing", {"review file_archived", "exclude sequence_missing"}),
    "archive alone": ("file_archived", {"review file_archived", "exclude file_archived"}),
}
OTHER_VOXELS = {"saturated"}
OTHER_PLACE = {"moved away"}


@pytest.fixture(scope="session")
def patient(root, tmp_path_factory):
    """A patient of hospital A."""
    parameters = load_parameters(root / "config" / "phantom" / "lumbar.yaml")
    folder = tmp_path_factory.mktemp("phantom")
    write_case(folder, sample_cohort(parameters, "A", 1, seed=8).to_dict("records")[0], parameters, "small")
    return read_patient(folder)


@pytest.fixture
def ingest(root, tmp_path):
    """ingest(patient, variant) -> status; images in tmp_path/native."""
    rules = load_rules(root / "config" / "series_rules" / "lumbar_mr.yaml", ROLES)

    def call(patient, variant, sequences=ROLES, **settings):
        raw = tmp_path / "raw"
        VARIANTS[variant](copy.deepcopy(patient), raw)
        told = {"source": "dicom", "sequences": sequences, "reference": sequences[0], **settings}
        return ingest_case(
            raw,
            "A",
            "A001",
            settings=IngestSettings(**told),
            rules=rules,
            overrides=[],
            native_folder=tmp_path / "native",
        )

    return call


def as_sent(slices):
    """The series as an image, by the positions in its headers alone."""
    volume = sitk.GetImageFromArray(np.stack([item.pixel_array for item in slices]))
    row, column = np.reshape(np.array(slices[0].ImageOrientationPatient, dtype=float), (2, 3))
    first, last = (np.array(item.ImagePositionPatient, dtype=float) for item in (slices[0], slices[-1]))
    step = (last - first) / (len(slices) - 1)
    volume.SetSpacing([*map(float, slices[0].PixelSpacing), float(np.linalg.norm(step))])
    volume.SetOrigin(first.tolist())
    volume.SetDirection(np.stack([row, column, step / np.linalg.norm(step)], axis=1).ravel().tolist())
    return sitk.DICOMOrient(volume, "LPS")


def test_every_variant_has_its_expectation():
    assert VARIANTS.keys() == EXPECTED.keys()


@pytest.mark.parametrize("variant", VARIANTS)
def test_variant_ends_with_the_code_of_its_defect(tmp_path, patient, ingest, variant):
    status = ingest(patient, variant, protocol={"T2": PROTOCOL})
    reason, findings = EXPECTED[variant]
    assert status.reason == reason, status.detail
    table = quality_table([status])
    assert {f"{severity} {code}" for severity, code in zip(table["severity"], table["code"], strict=True)} == findings
    native = sorted(path.name for path in (tmp_path / "native").glob("*.nii.gz"))
    if reason:
        assert native == []
        return
    assert native == sorted(f"sub-A001_{role}.nii.gz" for role in ROLES)
    for role in ROLES:
        image = sitk.DICOMOrient(sitk.ReadImage(str(tmp_path / "native" / f"sub-A001_{role}.nii.gz")), "LPS")
        truth = as_sent(patient[role])
        if role == "T2" and variant in OTHER_VOXELS:
            continue
        assert np.array_equal(sitk.GetArrayFromImage(image), sitk.GetArrayFromImage(truth)), role
        if role == "T2" and variant in OTHER_PLACE:
            continue
        np.testing.assert_allclose(image.GetOrigin(), truth.GetOrigin(), atol=1e-3)
        np.testing.assert_allclose(image.GetDirection(), truth.GetDirection(), atol=1e-5)
        np.testing.assert_allclose(image.GetSpacing(), truth.GetSpacing(), atol=1e-4)


def test_another_protocol_than_declared_is_noted(patient, ingest):
    status = ingest(patient, "clean", protocol={"T2": PROTOCOL | {"echo_time": 90, "slices": 15}})
    assert status.ok
    assert [(entry["code"], entry["severity"], entry["value"]) for entry in status.findings] == [
        ("protocol_deviation", "note", "echo_time: found 123, declared 90"),
        ("protocol_deviation", "note", "slices: found 9, declared 15"),
    ]


def test_text_of_the_other_sequence_is_never_accepted(patient, ingest):
    """The T2 that calls itself T1 plays neither role."""
    status = ingest(patient, "text of the other sequence", sequences=["T1"])
    assert status.ok
    assert {row["used_as"] for row in status.extra["series"] if row["verdict"] == "review"} == {None}


def test_a_person_may_accept_what_is_identifiable(patient, ingest):
    assert ingest(patient, "not de-identified", allow_identifiable=True).ok
