"""One random defect in a clean series: 200 classic ones and 60 among the frames of one file, none accepted in silence.

What no program can see is left out: a last slice that is lost where nothing counts the slices. The classic series
therefore keep what scanners write, ImagesInAcquisition or numbers from 1, and no last frame is dropped from a file.
"""

from __future__ import annotations

import numpy as np
import pytest
import SimpleITK as sitk
from pydicom.uid import generate_uid

from helpers.dicom_enhanced import enhanced
from helpers.dicom_series import make_series, new_uid, pixels, save, shift
from osteon.config.delivery import IngestSettings
from osteon.ingest.case import ingest_case
from osteon.ingest.rules import SeriesRules

RULES = SeriesRules.model_validate({"rules": [{"name": "MR", "role": "T2", "modality": {"any": ["MR"]}}]})
COUNT, STEP = 10, 4.0
DEFECTS = ("drop", "drop uncounted", "duplicate", "copy", "move", "move far", "shift", "shear", "turn", "tilt")


def mutate(slices, kind, rng):
    """One defect at a random slice; positions change by more than the tolerances (0.05 mm, 0.1 mm, 0.001)."""
    where = int(rng.integers(len(slices)))
    hit, sign = slices[where], rng.choice([-1, 1])
    if kind == "drop":
        del slices[where]
    elif kind == "drop uncounted":
        for item in slices:
            del item.ImagesInAcquisition
        del slices[int(rng.integers(len(slices) - 1))]
    elif kind in ("duplicate", "copy"):
        twin = make_series()[where]
        new_uid(twin, "twin", where) if rng.random() < 0.5 else None
        if kind == "duplicate":
            values = pixels([twin])[0].copy()
            values[tuple(rng.integers(values.shape))] += 1
            twin.PixelData = values.tobytes()
        slices.append(twin)
    elif kind == "move":
        shift(hit, 2, sign * rng.uniform(0.07, STEP - 0.1))
    elif kind == "move far":
        shift(hit, 2, sign * rng.uniform(COUNT * STEP + 1, 300))
    elif kind == "shift":
        shift(hit, int(rng.integers(2)), sign * rng.uniform(0.15, 40))
    elif kind == "shear":
        amount = sign * rng.uniform(0.05, 3)
        for number, item in enumerate(slices):
            shift(item, int(where % 2), amount * number)
    else:
        angle = sign * rng.uniform(0.005, 1.5)
        row, column = np.reshape(np.array(hit.ImageOrientationPatient, dtype=float), (2, 3))
        other = column if kind == "turn" else np.cross(row, column)
        turned = np.cos(angle) * row + np.sin(angle) * other
        partner = np.cos(angle) * column - np.sin(angle) * row if kind == "turn" else column
        hit.ImageOrientationPatient = [f"{value:.8f}" for value in (*turned, *partner)]
    return slices


@pytest.fixture
def ingest(tmp_path):
    def call(folder):
        settings = IngestSettings(source="dicom", sequences=["T2"], reference="T2", allow_identifiable=True)
        return ingest_case(
            folder, "A", "A001", settings=settings, rules=RULES, overrides=[], native_folder=tmp_path / "native"
        )

    return call


def test_two_hundred_random_defects_of_a_series(tmp_path, ingest):
    rng = np.random.default_rng(20240917)
    accepted, refused = [], 0
    for number in range(200):
        kind = DEFECTS[number % len(DEFECTS)]
        folder = tmp_path / f"{number:03d}"
        slices = mutate(make_series(count=COUNT, step=STEP), kind, rng)
        save([slices[i] for i in rng.permutation(len(slices))], folder)
        status = ingest(folder)
        if kind == "copy":
            assert status.ok, (number, status.detail)
            assert [(entry["code"], entry["value"]) for entry in status.findings] == [("slice_copied", 1)]
            image = sitk.ReadImage(str(tmp_path / "native" / "sub-A001_T2.nii.gz"))
            assert image.GetSize() == (20, 16, 10)
            values = sitk.GetArrayFromImage(sitk.DICOMOrient(image, "LPS")).transpose(2, 0, 1)[::-1, ::-1]
            assert np.array_equal(values, pixels(make_series()))
        elif status.ok:
            accepted.append((number, kind))
        else:
            refused += 1
    assert accepted == []
    assert refused == 180


def test_sixty_random_defects_of_the_frames_of_one_file(tmp_path, ingest):
    rng = np.random.default_rng(20240918)
    kinds = [kind for kind in DEFECTS if kind != "drop"]  # which may drop the last frame, counted by nothing
    accepted = []
    for number in range(60):
        kind = kinds[number % len(kinds)]
        folder = tmp_path / f"{number:03d}"
        slices = make_series(count=COUNT, step=STEP, SeriesInstanceUID=generate_uid(entropy_srcs=[str(number)]))
        save([enhanced(mutate(slices, kind, rng))], folder)
        if ingest(folder).ok:
            accepted.append((number, kind))
    assert accepted == []


def test_the_series_without_a_defect_is_accepted(tmp_path, ingest):
    save(make_series(count=COUNT, step=STEP), tmp_path / "classic")
    save([enhanced(make_series(count=COUNT, step=STEP))], tmp_path / "enhanced")
    for name in ("classic", "enhanced"):
        status = ingest(tmp_path / name)
        assert status.ok, status.detail
        assert status.findings == []
