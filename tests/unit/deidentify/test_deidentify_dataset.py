"""One DICOM file: what is kept, what is refused, and that no pixel changes."""

from __future__ import annotations

import numpy as np
import pydicom
import pytest
from pydicom.datadict import dictionary_VR, tag_for_keyword
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate
from pydicom.uid import DeflatedExplicitVRLittleEndian, JPEGLSLossless, SecondaryCaptureImageStorage

from helpers.dicom_enhanced import enhanced, enhanced_ct, legacy, to_ct
from helpers.dicom_formats import decoded, save_in
from helpers.dicom_series import make_series, save, save_bare, save_contours
from osteon.deidentify.objects import Refused, deidentify_file
from osteon.deidentify.pseudonyms import Pseudonyms
from osteon.deidentify.whitelist import EMPTY, KEPT, SPECIAL
from osteon.ingest import header
from osteon.ingest.index import index_source

PSEUDONYMS = Pseudonyms(bytes(32))
REPLACED = {"PatientID", "PatientIdentityRemoved", "AccessionNumber"}


def rewritten(folder, dataset, name="000"):
    path = folder / name
    dataset.save_as(path, enforce_file_format=True)
    written = deidentify_file(path, PSEUDONYMS)
    out = folder / "out" / written.path
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_bytes(written.content)
    return pydicom.dcmread(out)


def test_everything_that_ingest_reads_is_kept_or_replaced():
    read = {*header.NUMBERS, *header.WORDS, *header.TEXTS, header.SHARED, header.PER_FRAME}
    groups = getattr(header, "ENHANCED", {})
    read |= {keyword for pair in groups.values() for keyword in pair}
    assert read - REPLACED <= KEPT | SPECIAL.keys()


def test_no_element_of_free_text_or_names_is_kept_by_its_kind():
    """A whitelisted element without a rule of its own is a number, code, UID, date, time, sequence, or pixels."""
    kinds = {dictionary_VR(tag_for_keyword(keyword)) for keyword in KEPT}
    text = {"PN", "LO", "SH", "ST", "LT", "UT", "UC", "UR", "AE", "UN"}
    assert not kinds & text
    assert None not in {tag_for_keyword(keyword) for keyword in (*KEPT, *SPECIAL, *EMPTY)}
    assert not KEPT & SPECIAL.keys()


@pytest.mark.slow
@pytest.mark.parametrize(
    "make", [lambda s: s[0], enhanced, legacy, lambda s: to_ct(s)[0], lambda s: enhanced_ct(to_ct(s))]
)
def test_ingest_reads_the_same_header_before_and_after(tmp_path, make):
    dataset = make(make_series("T2", PatientSex="F", PatientAge="067Y", StudyDate="20240102", AccessionNumber="4711"))
    before_folder, after_folder = tmp_path / "before", tmp_path / "after"
    before_folder.mkdir()
    after = rewritten(tmp_path, dataset)
    after_folder.mkdir()
    dataset.save_as(before_folder / "a", enforce_file_format=True)
    after.save_as(after_folder / "a", enforce_file_format=True)
    (before,), (after,) = index_source(before_folder).images, index_source(after_folder).images
    differing = {key for key in before.tags | after.tags if before.tags.get(key) != after.tags.get(key)}
    uids = {key for key in differing if key.endswith("UID")}
    assert differing - uids <= {
        "PatientID",
        "PatientIdentityRemoved",
        "AccessionNumber",
        "StudyDate",
        "AcquisitionDate",
    } | {
        "SequenceName",
        "SeriesDescription",
        "ProtocolName",
        "PatientAge",
        "ManufacturerModelName",
    }
    assert "SOPClassUID" not in uids
    assert {"SeriesInstanceUID", "SOPInstanceUID"} <= uids
    assert before.frames == after.frames
    assert before.transfer_syntax == after.transfer_syntax


def test_dates_move_together_and_intervals_stay(tmp_path):
    dataset = make_series("T2", StudyDate="20240102", AcquisitionDate="20240105", PatientBirthDate="19500101")[0]
    dataset.AcquisitionDateTime = "20240105101500.5"
    after = rewritten(tmp_path, dataset)
    days = PSEUDONYMS.shift(dataset.PatientID)
    moved = np.datetime64("2024-01-02") + days
    assert after.StudyDate == str(moved).replace("-", "")
    assert after.AcquisitionDate == str(moved + 3).replace("-", "")
    assert after.AcquisitionDateTime == str(moved + 3).replace("-", "") + "101500.5"
    assert (after.PatientBirthDate, after.PatientAge) == ("", "074Y")


@pytest.mark.parametrize("syntax", ["1.2.840.10008.1.2", "1.2.840.10008.1.2.2", DeflatedExplicitVRLittleEndian])
def test_byte_orders_and_deflated_files_keep_their_pixels(tmp_path, syntax):
    _same_pixels(tmp_path, syntax)


@pytest.mark.parametrize("syntax", ["1.2.840.10008.1.2.5", "1.2.840.10008.1.2.4.90", "1.2.840.10008.1.2.4.80"])
def test_compressed_files_keep_their_pixels(tmp_path, syntax):
    _same_pixels(tmp_path, syntax)


def _same_pixels(folder, syntax):
    (path,) = save_in(syntax, make_series("T2", 1, rows=64, columns=64), folder / "in")
    written = deidentify_file(path, PSEUDONYMS)
    (folder / "out.dcm").write_bytes(written.content)
    after = pydicom.dcmread(folder / "out.dcm")
    assert after.file_meta.TransferSyntaxUID == syntax
    assert np.array_equal(decoded(folder / "out.dcm"), decoded(path))


def test_files_without_preamble_and_meta_header_are_written_whole(tmp_path):
    (dataset,) = make_series("T2", 1)
    save_bare([dataset], tmp_path / "in")
    content = deidentify_file(tmp_path / "in" / "000.ima", PSEUDONYMS).content
    assert content[:132] == bytes(128) + b"DICM"


def test_text_where_a_number_belongs_goes(tmp_path):
    """In explicit files the element says so itself; in implicit ones only the value does."""
    (dataset,) = make_series("T2", 1)
    save_bare([dataset], tmp_path / "in")
    path = tmp_path / "in" / "000.ima"
    content = path.read_bytes()
    assert content.count(b"3500") == 1
    path.write_bytes(content.replace(b"3500", b"Anna"))
    (tmp_path / "out").write_bytes(deidentify_file(path, PSEUDONYMS).content)
    after = pydicom.dcmread(tmp_path / "out")
    assert "RepetitionTime" not in after
    assert after.EchoTime == 110
    assert b"Anna" not in (tmp_path / "out").read_bytes()


def test_a_code_where_a_number_belongs_goes(tmp_path):
    (dataset,) = make_series("T2", 1)
    dataset.add(DataElement(tag_for_keyword("SliceThickness"), "CS", "MEIER"))
    assert "SliceThickness" not in rewritten(tmp_path, dataset)


def test_pixels_stand_in_one_place(tmp_path):
    (dataset,) = make_series("T2", 1)
    inside = Dataset()
    inside.ReferencedSOPInstanceUID, inside.PixelData = dataset.SOPInstanceUID, b"Anna"
    inside["PixelData"].VR = "OB"
    dataset.SourceImageSequence = [inside]
    after = rewritten(tmp_path, dataset)
    assert [element.keyword for element in after.SourceImageSequence[0]] == ["ReferencedSOPInstanceUID"]
    dataset.FloatPixelData = b"Anna"
    with pytest.raises(Refused, match="unreadable"):
        rewritten(tmp_path, dataset)


def test_comments_of_compressed_images_go(tmp_path):
    (dataset,) = make_series("T2", 1)
    dataset.file_meta.TransferSyntaxUID = JPEGLSLossless
    dataset.PixelData = encapsulate([b"\xff\xd8\xff\xfe\x00\x06Anna\xff\xda\x00\x02pixels\xff\xd9"])
    dataset["PixelData"].is_undefined_length = True
    after = rewritten(tmp_path, dataset).PixelData
    assert after == dataset.PixelData.replace(b"Anna", bytes(4))


def _change(**changes):
    def apply(dataset):
        for keyword, value in changes.items():
            setattr(dataset, keyword, value)

    return apply


def _overlay_in_pixels(dataset):
    dataset.add_new(0x60020100, "US", 16)
    dataset.add_new(0x60020102, "US", 12)


def _cut_pixels(dataset):
    dataset.PixelData = dataset.PixelData[:-100]


REFUSED = {
    "burned_in": _change(BurnedInAnnotation="YES"),
    "screen_copy": _change(ImageType=["DERIVED", "SECONDARY", "SCREEN SAVE"]),
    "screen_copy by its equipment": _change(ConversionType="WSD"),
    "kind_not_written": _change(SOPClassUID=SecondaryCaptureImageStorage),
    "color": _change(PhotometricInterpretation="RGB", SamplesPerPixel=3),
    "color of a palette": _change(PhotometricInterpretation="PALETTE COLOR"),
    "overlay_in_pixels": _overlay_in_pixels,
    "mosaic": _change(ImageType=["ORIGINAL", "PRIMARY", "M", "MOSAIC"]),
    "no_patient_id": _change(PatientID=" "),
    "truncated": _cut_pixels,
    "unreadable": _change(SeriesInstanceUID=""),
}


@pytest.mark.parametrize("case", REFUSED)
def test_risks_are_refused(tmp_path, case):
    (dataset,) = make_series("T2", 1)
    REFUSED[case](dataset)
    path = tmp_path / "a"
    dataset.save_as(path, enforce_file_format=True)
    with pytest.raises(Refused) as refused:
        deidentify_file(path, PSEUDONYMS)
    assert refused.value.reason == case.split()[0]


@pytest.mark.parametrize("share", [0.2, 0.5, 0.9, 0.999])
def test_cut_files_are_refused_and_never_crash(tmp_path, share):
    (path,) = save(make_series("T2", 1), tmp_path / "in")
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])
    with pytest.raises(Refused):
        deidentify_file(path, PSEUDONYMS)


@pytest.mark.parametrize("cut", [2, 40, 200])
def test_cut_contours_are_refused(tmp_path, cut):
    """Half a contour would be a wrong mask. Its sequences have a length, so the reader alone does not complain."""
    path = tmp_path / "rt"
    save_contours(path, {"L1": [np.arange(60.0).reshape(20, 3)], "L2": [np.arange(60.0).reshape(20, 3)]})
    contours = pydicom.dcmread(path)
    contours.PatientID = "1"
    contours.save_as(path)
    assert deidentify_file(path, PSEUDONYMS).patient == "1"
    path.write_bytes(path.read_bytes()[:-cut])
    with pytest.raises(Refused) as refused:
        deidentify_file(path, PSEUDONYMS)
    assert refused.value.reason == "truncated"


def test_bytes_behind_the_last_pixel_go_and_the_pixels_stay(tmp_path):
    (dataset,) = make_series("T2", 1, rows=3, columns=5)
    before = dataset.PixelData
    dataset.PixelData = before + b"Anna"
    assert rewritten(tmp_path, dataset).PixelData == before


def test_two_images_with_one_uid_stay_two(tmp_path):
    one, two = make_series("T2", 2)
    two.SOPInstanceUID, two.InstanceNumber = one.SOPInstanceUID, one.InstanceNumber
    paths = save([one, two, one], tmp_path / "in")
    names = [deidentify_file(path, PSEUDONYMS).path for path in paths]
    assert names[0] == names[2] != names[1]
