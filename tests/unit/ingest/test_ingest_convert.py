"""The contract with the converter: anything but exactly one image is refused."""

from __future__ import annotations

import dcm2niix
import numpy as np
import pytest
import SimpleITK as sitk

from helpers.dicom_series import make_series, save
from osteon.ingest.convert import ConversionFailed, convert_series


@pytest.fixture
def converter(tmp_path, monkeypatch):
    """converter(script) -> call; a converter that runs `script` in its output folder."""
    image = tmp_path / "one.nii"
    sitk.WriteImage(sitk.GetImageFromArray(np.arange(27, dtype=np.int16).reshape(3, 3, 3)), str(image))

    def make(script):
        program = tmp_path / "dcm2niix"
        # the output folder is the last argument but one
        program.write_text(
            f'#!/bin/sh\nIMAGE={image}\nfor last; do out="$before"; before="$last"; done\n'
            f'cd "$out" || exit 9\n{script}\n'
        )
        program.chmod(0o755)
        monkeypatch.setattr(dcm2niix, "bin", str(program))
        for name in ("series", "out"):
            (tmp_path / name).mkdir()
        return lambda: convert_series(tmp_path / "series", tmp_path / "out")

    return make


def test_one_image_and_one_sidecar_are_accepted(converter):
    assert converter("cp $IMAGE image.nii; echo '{}' > image.json")().GetSize() == (3, 3, 3)


ONE = "cp $IMAGE image.nii; echo '{}' > image.json"


@pytest.mark.parametrize(
    "script",
    [
        ONE + "; exit 8",
        ONE + "; cp $IMAGE image_Eq_1.nii",
        ONE + "; cp $IMAGE image_Tilt_1.nii",
        ONE + "; cp $IMAGE imagea.nii; echo '{}' > imagea.json",
        ONE + "; echo 'Error: Missing images'",
        "cp $IMAGE image_e2.nii; echo '{}' > image_e2.json",
        "cp $IMAGE image.nii",
        "echo '{}' > image.json",
        "echo x > image.nii; echo '{}' > image.json",
        ":",
    ],
)
def test_everything_else_is_refused(converter, script, tmp_path):
    with pytest.raises(ConversionFailed) as caught:
        converter(script)()
    assert str(tmp_path) not in str(caught.value)


def test_overlays_that_lie_on_the_image_are_left_out(converter):
    assert converter(ONE + "; cp $IMAGE image_ROI1.nii; cp $IMAGE image_ROI12.nii")().GetSize() == (3, 3, 3)


def test_series_with_overlays_is_converted(tmp_path):
    slices = make_series()
    for dataset in slices:
        dataset.add_new((0x6000, 0x0010), "US", dataset.Rows)
        dataset.add_new((0x6000, 0x0011), "US", dataset.Columns)
        dataset.add_new((0x6000, 0x0040), "CS", "G")
        dataset.add_new((0x6000, 0x0050), "SS", [1, 1])
        dataset.add_new((0x6000, 0x0100), "US", 1)
        dataset.add_new((0x6000, 0x0102), "US", 0)
        dataset.add_new((0x6000, 0x3000), "OW", b"\xff" * (dataset.Rows * dataset.Columns // 8))
    save(slices, tmp_path / "series")
    (tmp_path / "out").mkdir()
    image = convert_series(tmp_path / "series", tmp_path / "out")
    assert image.GetSize() == (20, 16, 10)
    assert list((tmp_path / "out").glob("*_ROI*")), "the converter wrote no overlay, so this test shows nothing"
