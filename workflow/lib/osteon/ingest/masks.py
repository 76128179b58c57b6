"""Manual masks: read in whatever form they come, put on the image's grid by geometry, checked for plausibility."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import pydicom
import SimpleITK as sitk
from pydicom.uid import RTStructureSetStorage

from osteon.config.delivery import MaskChecks
from osteon.images.mask_reading import LABEL_MAPS, on_image, read_mask
from osteon.images.segments import MaskRefused, label_array, match_labels, overlaps
from osteon.ingest.contours import ContoursMisplaced, fill_contours, read_structures
from osteon.ingest.delivery import Native
from osteon.ingest.mask_files import MaskFiles
from osteon.ingest.segment_dicom import LABEL_MAP, SEGMENTATION, read_segmentation
from osteon.ingest.series import series_key
from osteon.tables.reasons import Reason
from osteon.tables.status import finding

ALLOWED = "NIfTI (.nii, .nii.gz), NRRD (.nrrd, .nhdr, .seg.nrrd), MetaImage (.mha), DICOM SEG and RTSTRUCT"


def manual_mask(
    found: MaskFiles, native: Native, labels: dict[str, int], checks: MaskChecks
) -> tuple[sitk.Image | None, list[dict]]:
    """Read one reading's mask of a case and put it on the image's grid.

    Args:
        found: the files that fit the reading's pattern; there must be one.
        native: the image of the segmented sequence, its frame of reference and its series.
        labels: name and value of every structure; contours and segments are matched by name, label maps by value.
        checks: what a plausible mask is.

    Returns:
        The mask (unsigned integers on the image's grid), or None; and findings. A missing mask is a note, since the
        segmentation stage decides whether one is needed; a mask that cannot be used is an 'exclude' finding.
    """
    names = list(found.names)
    pattern = found.reading.pattern
    if not names:
        return None, [finding(Reason.MASK_MISSING, "note", f"no file fits the pattern {pattern}")]
    if len(names) > 1:
        message = f"{len(names)} files fit the pattern {pattern}"
        return None, [finding(Reason.MASK_AMBIGUOUS, "exclude", message, len(names), names)]
    try:
        mask, findings = _read(found.folder / names[0], native, labels)
    except MaskRefused as refusal:
        return None, [finding(refusal.reason, "exclude", str(refusal), refusal.value, names)]
    mask, more = on_image(mask, native.image, labels, checks)
    return mask, [{**entry, "files": names} for entry in findings + more]


def _read(path: Path, native: Native, labels: dict[str, int]) -> tuple[sitk.Image, list[dict]]:
    """The mask on the grid of its file (of contours: on the image's grid), and findings; raises MaskRefused."""
    if path.name.lower().endswith(LABEL_MAPS):
        return read_mask(path, native.image, labels)
    kind = _dicom_class(path)
    if kind in (SEGMENTATION, LABEL_MAP):
        return _segments(path, native, labels)
    if kind == RTStructureSetStorage:
        return _contours(path, native, labels)
    raise MaskRefused(Reason.MASK_UNREADABLE, f"the file is none of {ALLOWED}")


def _dicom_class(path: Path) -> str:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            dataset = pydicom.dcmread(path, force=True, stop_before_pixels=True, specific_tags=["SOPClassUID"])
        return str(dataset.get("SOPClassUID", ""))
    except Exception:  # not DICOM: pydicom raises many kinds of errors on other files
        return ""


def _segments(path: Path, native: Native, labels: dict[str, int]) -> tuple[sitk.Image, list[dict]]:
    file = read_segmentation(path, native.image)
    array, findings = label_array(file.segments, labels)
    if native.frame_of_reference and file.frame_of_reference not in ("", native.frame_of_reference):
        findings.append(finding(Reason.MASK_FRAME, "review", "the segments were drawn in another frame of reference"))
    drawn_on = sorted({series_key(uid) for uid in file.series_uids})
    if native.series and drawn_on and native.series not in drawn_on:
        findings.append(finding(Reason.MASK_FRAME, "note", "the segments were drawn on another series", drawn_on))
    return _on(file.grid, array), findings


def _contours(path: Path, native: Native, labels: dict[str, int]) -> tuple[sitk.Image, list[dict]]:
    try:
        structures = read_structures(path)
    except Exception as error:  # a malformed file can raise anything inside the reader
        raise MaskRefused(Reason.MASK_UNREADABLE, f"cannot be read as RTSTRUCT: {error}") from error
    drawn, findings = match_labels(structures, labels)
    array = np.zeros(native.image.GetSize()[::-1], dtype=np.uint16)
    inside = {}
    for label, structure in drawn.items():
        if native.frame_of_reference and structure.frame_of_reference not in ("", native.frame_of_reference):
            findings.append(finding(Reason.MASK_FRAME, "review", f"'{label}' was drawn in another frame of reference"))
        try:
            inside[label], crossings = fill_contours(structure.polygons, native.image)
        except ContoursMisplaced as error:
            raise MaskRefused(Reason.MASK_GRID, f"'{label}': {error}") from error
        if crossings:
            message = f"{crossings} pairs of contours of '{label}' cross within a slice; they were joined"
            findings.append(finding(Reason.MASK_OVERLAP, "review", message, crossings))
        array[inside[label]] = labels[label]
    shared = overlaps(inside)
    if shared:  # contours that touch share the voxels on their common line, so this alone excludes nobody
        pairs = ", ".join(f"{pair} share {count} voxels" for pair, count in shared.items())
        findings.append(finding(Reason.MASK_OVERLAP, "review", f"{pairs}; the second has them", shared))
    return _on(native.image, array), findings


def _on(grid: sitk.Image, array: np.ndarray) -> sitk.Image:
    mask = sitk.GetImageFromArray(array)
    mask.CopyInformation(grid)
    return mask
