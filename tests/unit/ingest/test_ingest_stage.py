"""A staged series holds the files in slice order, readable by the converter."""

from __future__ import annotations

from pydicom import dcmread

from helpers.dicom_series import make_series, save, save_deflated
from osteon.ingest.index import index_source
from osteon.ingest.stage import stage_series


def test_files_are_linked_in_the_order_given(tmp_path):
    save(make_series()[:3], tmp_path / "raw")
    (tmp_path / "staged").mkdir()
    stage_series(index_source(tmp_path / "raw").images[::-1], tmp_path / "raw", tmp_path / "staged")
    staged = sorted((tmp_path / "staged").iterdir())
    assert [path.name for path in staged] == ["00000.dcm", "00001.dcm", "00002.dcm"]
    assert [path.resolve().name for path in staged] == ["002", "001", "000"]


def test_deflated_files_are_written_anew(tmp_path):
    slices = make_series()[:1]
    save_deflated(slices, tmp_path / "raw")
    (tmp_path / "staged").mkdir()
    stage_series(index_source(tmp_path / "raw").images, tmp_path / "raw", tmp_path / "staged")
    (staged,) = (tmp_path / "staged").iterdir()
    assert not staged.is_symlink()
    assert dcmread(staged).file_meta.TransferSyntaxUID.name == "Explicit VR Little Endian"
    assert dcmread(staged).PixelData == slices[0].PixelData
