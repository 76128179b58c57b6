"""Every transfer syntax of an export is converted right, or named; nothing else comes of it."""

from __future__ import annotations

import numpy as np
import pydicom
import pytest
import SimpleITK as sitk
from pydicom.encaps import encapsulate
from pydicom.uid import ExplicitVRBigEndian, ImplicitVRLittleEndian

from helpers.dicom_formats import EXACT, LOSSY, decoded, save_in
from helpers.dicom_series import AXIAL, CORONAL, make_series, pixels, save, save_bare
from osteon.ingest.index import index_source


def stack_of(path):
    """Voxels (slice, row, column) in the order of a sagittal series as the helpers write it."""
    image = sitk.DICOMOrient(sitk.ReadImage(str(path)), "LPS")
    return sitk.GetArrayFromImage(image).transpose(2, 0, 1)[::-1, ::-1]


@pytest.fixture
def written(tmp_path):
    return lambda: stack_of(tmp_path / "native" / "sub-A001_T2.nii.gz")


def smooth(slices):
    """Pixels that lossy compression changes little."""
    for number, item in enumerate(slices):
        rows, columns = np.mgrid[: item.Rows, : item.Columns]
        item.PixelData = (20 * rows + 5 * columns + 7 * number).astype("<u2").tobytes()
    return slices


@pytest.mark.slow
@pytest.mark.parametrize("syntax", EXACT)
def test_lossless_syntax_is_converted_voxel_for_voxel(tmp_path, run, written, syntax):
    slices = make_series(rows=32, columns=40)
    save_in(EXACT[syntax], slices, tmp_path / "raw")
    assert index_source(tmp_path / "raw").images[0].transfer_syntax == EXACT[syntax]
    status = run(tmp_path / "raw")
    assert status.ok, status.detail
    assert status.findings == []
    assert np.array_equal(written(), pixels(slices))


@pytest.mark.slow
@pytest.mark.parametrize("syntax", EXACT)
def test_signed_and_rescaled_pixels_keep_their_values(tmp_path, run, written, syntax):
    slices = make_series(rows=32, columns=40, PixelRepresentation=1, RescaleSlope="2.5", RescaleIntercept="-100")
    if syntax.startswith("JPEG"):  # these helpers encode numbers without a sign
        for item in slices:
            item.PixelRepresentation = 0
    else:
        for item in slices:
            values = np.frombuffer(item.PixelData, "<u2").astype("<i2") - 500
            item.PixelData, item.BitsStored, item.HighBit = values.tobytes(), 16, 15
    truth = np.stack([item.pixel_array for item in slices]) * 2.5 - 100
    save_in(EXACT[syntax], slices, tmp_path / "raw")
    status = run(tmp_path / "raw")
    assert status.ok, status.detail
    assert np.array_equal(written(), truth)


@pytest.mark.slow
@pytest.mark.parametrize("syntax", LOSSY)
def test_lossy_syntax_gives_what_the_second_reader_decodes(tmp_path, run, written, syntax):
    slices = smooth(make_series(rows=32, columns=40))
    paths = save_in(LOSSY[syntax], slices, tmp_path / "raw")
    truth = np.stack([decoded(path) for path in paths])
    original = pixels(slices) >> (2 if syntax == "JPEG baseline" else 0)
    assert 0 < np.abs(truth.astype(int) - original).max() < 40  # it is lossy, and still the image
    status = run(tmp_path / "raw")
    assert status.ok, status.detail
    assert np.array_equal(written(), truth)


def test_no_preamble_and_no_meta_header(tmp_path, run, written):
    slices = make_series()
    save_bare(slices, tmp_path / "raw")
    status = run(tmp_path / "raw")
    assert status.ok, status.detail
    assert np.array_equal(written(), pixels(slices))


def test_slices_of_one_series_in_several_syntaxes(tmp_path, run, written):
    slices = make_series(count=len(EXACT), rows=32, columns=40)
    for number, (item, syntax) in enumerate(zip(slices, EXACT.values(), strict=True)):
        save_in(syntax, [item], tmp_path / "raw", f"{number}_")
    status = run(tmp_path / "raw")
    assert status.ok, status.detail
    assert np.array_equal(written(), pixels(slices))


@pytest.mark.parametrize("syntax", ["big endian", "RLE", "JPEG lossless", "deflated"])
def test_file_cut_off_in_any_syntax_stops_the_case(tmp_path, run, syntax):
    paths = save_in(EXACT[syntax], make_series(rows=32, columns=40), tmp_path / "raw")
    paths[4].write_bytes(paths[4].read_bytes()[:-60])
    status = run(tmp_path / "raw")
    assert status.reason in ("file_truncated", "slice_missing"), status.detail
    assert "file_truncated" in {entry["code"] for entry in status.findings}


@pytest.mark.parametrize("orientation", [AXIAL, CORONAL])
@pytest.mark.parametrize("step", [4.0, -4.0])
def test_any_orientation_and_direction_passes_the_second_reader(tmp_path, run, lumbar, orientation, step):
    anything = lumbar.model_copy(update={"rules": [lumbar.rules[-1].model_copy(update={"echo_time": None})]})
    save(make_series("T1", orientation=orientation, step=step), tmp_path / "raw")
    status = run(tmp_path / "raw", ("T1",), rules=anything)
    assert status.ok, status.detail


UNREADABLE = {
    "1.2.840.10008.1.2.4.100": "MPEG2",
    "1.2.840.10008.1.2.4.94": "JPIP",
    "1.2.3.4.5": "1.2.3.4.5",
}


@pytest.mark.parametrize("syntax", UNREADABLE)
def test_unreadable_syntax_is_named_with_its_uid(tmp_path, run, syntax):
    slices = make_series()
    for item in slices:
        item.PixelData = encapsulate([b"no image at all."])
        item["PixelData"].is_undefined_length = True
        item["PixelData"].VR = "OB"
        item.file_meta.TransferSyntaxUID = syntax
    save_unchecked(slices, tmp_path / "raw")
    status = run(tmp_path / "raw")
    assert status.reason == "transfer_syntax", status.detail
    assert syntax in status.detail
    assert UNREADABLE[syntax] in status.detail


@pytest.mark.slow
@pytest.mark.parametrize("syntax", ["RLE", "JPEG lossless", "JPEG-LS", "JPEG 2000"])
def test_damaged_fragments_are_refused_and_the_syntax_is_named(tmp_path, run, syntax):
    paths = save_in(EXACT[syntax], make_series(rows=32, columns=40), tmp_path / "raw")
    whole = paths[5].read_bytes()
    start = whole.rindex(b"\xfe\xff\x00\xe0") + 8
    paths[5].write_bytes(whole[:start] + bytes(40) + whole[start + 40 :])
    status = run(tmp_path / "raw")
    assert status.reason == "transfer_syntax", status.detail
    assert EXACT[syntax] in status.detail


def save_unchecked(slices, folder):
    folder.mkdir()
    for number, item in enumerate(slices):
        pydicom.dcmwrite(
            folder / f"{number:03d}", item, implicit_vr=False, little_endian=True, enforce_file_format=True
        )


def test_helpers_write_what_they_say(tmp_path):
    (path,) = save_in(ExplicitVRBigEndian, make_series()[:1], tmp_path)
    assert b"\x00\x08\x00\x16UI" in path.read_bytes()
    assert np.array_equal(decoded(path), pixels(make_series()[:1])[0])
    (path,) = save_in(ImplicitVRLittleEndian, make_series()[:1], tmp_path / "implicit")
    assert b"\x10\x00\x10\x00\x0a\x00\x00\x00" in path.read_bytes()
