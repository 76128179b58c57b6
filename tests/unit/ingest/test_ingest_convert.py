"""The contract with the converter: anything but exactly one image is refused."""

from __future__ import annotations

import dcm2niix
import numpy as np
import pytest
import SimpleITK as sitk

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
