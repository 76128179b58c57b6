"""Reading and writing: geometry survives, bytes repeat, bad files are named."""

from __future__ import annotations

import time

import numpy as np
import pytest
import SimpleITK as sitk

from osteon.images.io import ImageUnreadable, read_image, write_image


@pytest.fixture
def oblique():
    image = sitk.GetImageFromArray(np.arange(4 * 5 * 6, dtype=np.int16).reshape(4, 5, 6))
    image.SetSpacing((0.9, 0.7, 3.3))
    image.SetOrigin((-12.5, 30.25, 7.0))
    angle = 0.3
    image.SetDirection((np.cos(angle), -np.sin(angle), 0, np.sin(angle), np.cos(angle), 0, 0, 0, 1))
    return image


def test_values_and_geometry_survive(oblique, tmp_path):
    write_image(oblique, tmp_path / "image.nii.gz")
    back = read_image(tmp_path / "image.nii.gz")
    assert np.array_equal(sitk.GetArrayFromImage(back), sitk.GetArrayFromImage(oblique))
    assert back.GetPixelID() == oblique.GetPixelID()
    for name in ("GetSpacing", "GetOrigin", "GetDirection"):
        assert np.allclose(getattr(back, name)(), getattr(oblique, name)(), atol=1e-6)


@pytest.mark.slow
def test_same_image_gives_same_bytes_later_and_elsewhere(oblique, tmp_path):
    write_image(oblique, tmp_path / "image.nii.gz")
    time.sleep(1.1)  # gzip headers count whole seconds
    write_image(oblique, tmp_path / "other" / "name.nii.gz")
    assert (tmp_path / "image.nii.gz").read_bytes() == (tmp_path / "other" / "name.nii.gz").read_bytes()


def test_nothing_is_left_beside_the_image(oblique, tmp_path):
    write_image(oblique, tmp_path / "image.nii.gz")
    assert [path.name for path in tmp_path.iterdir()] == ["image.nii.gz"]


def test_failed_write_keeps_the_old_file(oblique, tmp_path):
    write_image(oblique, tmp_path / "image.nii.gz")
    before = (tmp_path / "image.nii.gz").read_bytes()
    with pytest.raises(RuntimeError):
        write_image(sitk.Image(2, 2, 2, sitk.sitkLabelUInt8), tmp_path / "image.nii.gz")
    assert (tmp_path / "image.nii.gz").read_bytes() == before


def test_free_text_of_a_header_is_left_behind(oblique, tmp_path):
    for key in ("descrip", "aux_file"):
        oblique.SetMetaData(key, "Meier 4711")
    sitk.WriteImage(oblique, str(tmp_path / "given.nii"))
    assert b"Meier" in (tmp_path / "given.nii").read_bytes()
    write_image(read_image(tmp_path / "given.nii"), tmp_path / "taken.nii")
    assert b"Meier" not in (tmp_path / "taken.nii").read_bytes()


def test_missing_damaged_and_flat_files_are_named(oblique, tmp_path):
    with pytest.raises(ImageUnreadable, match=r"none\.nii\.gz: there is no such image"):
        read_image(tmp_path / "none.nii.gz")
    (tmp_path / "text.nii.gz").write_text("no image")
    with pytest.raises(ImageUnreadable, match=r"text\.nii\.gz: cannot be read"):
        read_image(tmp_path / "text.nii.gz")
    write_image(oblique[:, :, 0], tmp_path / "flat.nii.gz")
    with pytest.raises(ImageUnreadable, match="2 dimensions"):
        read_image(tmp_path / "flat.nii.gz")


def test_a_path_that_is_not_utf8_is_an_error_and_not_the_end_of_the_process(tmp_path):
    path = tmp_path / "张.nii".encode("gb18030").decode("utf-8", "surrogateescape")
    path.write_bytes(b"x")
    with pytest.raises(ImageUnreadable, match="is not UTF-8; rename it"):
        read_image(path)
