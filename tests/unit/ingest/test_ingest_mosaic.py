"""A mosaic is the volume whose slices it holds side by side, or is refused because nobody says where they lie."""

from __future__ import annotations

import numpy as np
import pytest
import SimpleITK as sitk

from helpers.dicom_mosaic import csa_header, mosaic
from helpers.dicom_series import AXIAL, SAGITTAL, make_series, pixels, save
from osteon.ingest.index import index_source
from osteon.ingest.mosaic import _csa
from osteon.ingest.rules import SeriesRules

OBLIQUE = (0.96592583, 0.25881905, 0.0, -0.12940952, 0.48296291, 0.8660254)
ANY = SeriesRules.model_validate({"rules": [{"name": "MR", "role": "T2"}]})


@pytest.mark.slow
@pytest.mark.parametrize("count", [4, 5, 9])
@pytest.mark.parametrize("step", [4.0, -4.0])
@pytest.mark.parametrize("orientation", [AXIAL, SAGITTAL, OBLIQUE], ids=["axial", "sagittal", "oblique"])
def test_slices_lie_where_they_were_before_they_became_tiles(tmp_path, run, orientation, step, count):
    slices = make_series(count=count, step=step, orientation=orientation)
    save([mosaic(slices)], tmp_path / "raw")
    (image,) = index_source(tmp_path / "raw").images
    assert len(image.frames) == count
    for frame, item in zip(image.frames, slices, strict=True):
        assert frame.position == pytest.approx([float(value) for value in item.ImagePositionPatient], abs=1e-4)
    status = run(tmp_path / "raw", rules=ANY)
    assert status.ok, status.detail
    ours = sitk.ReadImage(str(tmp_path / "native" / "sub-A001_T2.nii.gz"))
    for item, values in zip(slices, pixels(slices), strict=True):
        corner = [float(value) for value in item.ImagePositionPatient]
        assert ours[ours.TransformPhysicalPointToIndex(corner)] == values[0, 0]


def test_tiles_are_counted_without_the_private_group_too(tmp_path):
    save([mosaic(make_series(count=5), private=False)], tmp_path)
    (image,) = index_source(tmp_path).images
    assert (image.tiles, len(image.frames)) == (3, 5)


def test_mosaic_without_a_normal_is_refused(tmp_path, run):
    save([mosaic(make_series(count=9), normal=False)], tmp_path / "raw")
    assert run(tmp_path / "raw", rules=ANY).reason == "geometry_missing"


def test_one_voxel_of_one_tile_is_in_its_place(tmp_path, run):
    slices = make_series(count=5)
    for item in slices:
        item.PixelData = bytes(len(item.PixelData))
    values = np.zeros((16, 20), np.uint16)
    values[3, 7] = 99
    slices[3].PixelData = values.tobytes()
    save([mosaic(slices)], tmp_path / "raw")
    status = run(tmp_path / "raw", rules=ANY)
    assert status.ok, status.detail
    ours = sitk.ReadImage(str(tmp_path / "native" / "sub-A001_T2.nii.gz"))
    corner = np.array(slices[3].ImagePositionPatient, dtype=float)
    row, column = np.reshape(SAGITTAL, (2, 3))
    point = corner + 7 * 1.5 * row + 3 * 1.25 * column
    assert ours[ours.TransformPhysicalPointToIndex(point.tolist())] == 99


def test_private_header_is_read_as_far_as_it_goes():
    whole = csa_header(NumberOfImagesInMosaic=["5"], SliceNormalVector=["0", "0", "1"])
    assert _csa(whole) == {"NumberOfImagesInMosaic": ["5"], "SliceNormalVector": ["0", "0", "1"]}
    assert _csa(whole[:280])["NumberOfImagesInMosaic"] == ["5"]
    assert _csa(b"junk") == _csa(None) == {}
    for cut in range(len(whole)):
        _csa(whole[:cut])  # never raises
