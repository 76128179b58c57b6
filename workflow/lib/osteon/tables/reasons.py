"""Why a case, an image or a value is not used: one code, one sentence, one action each."""

from __future__ import annotations

from enum import StrEnum


class Reason(StrEnum):
    """Reason codes; the text and the action are in `EXPLANATIONS`."""

    NO_FILES = "no_files"
    NOT_DICOM = "not_dicom"
    FILE_TRUNCATED = "file_truncated"
    TRANSFER_SYNTAX = "transfer_syntax"
    SEQUENCE_MISSING = "sequence_missing"
    SERIES_AMBIGUOUS = "series_ambiguous"
    SLICE_MISSING = "slice_missing"
    SLICE_DUPLICATED = "slice_duplicated"
    SPACING_IRREGULAR = "spacing_irregular"
    SLICES_SHEARED = "slices_sheared"
    ORIENTATION_MIXED = "orientation_mixed"
    NOT_A_VOLUME = "not_a_volume"
    SEVERAL_VOLUMES = "several_volumes"
    GEOMETRY_MISSING = "geometry_missing"
    SLICE_COPIED = "slice_copied"
    SERIES_SURPLUS = "series_surplus"
    SERIES_DIVIDED = "series_divided"
    OVERRIDE_UNMATCHED = "override_unmatched"
    CONVERSION_FAILED = "conversion_failed"
    AFFINE_MISMATCH = "affine_mismatch"
    IMAGE_UNREADABLE = "image_unreadable"
    INTENSITY_CONSTANT = "intensity_constant"
    MASK_MISSING = "mask_missing"
    MASK_GRID = "mask_grid"
    MASK_LABELS = "mask_labels"
    MASK_EMPTY = "mask_empty"
    MASK_AMBIGUOUS = "mask_ambiguous"
    MASK_UNREADABLE = "mask_unreadable"
    MASK_RESAMPLED = "mask_resampled"
    MASK_FRAME = "mask_frame"
    ROI_TOO_SMALL = "roi_too_small"
    EXTRACTION_FAILED = "extraction_failed"
    VALUE_UNDEFINED = "value_undefined"
    FEATURES_MISSING = "features_missing"
    PARTICIPANT_MISSING = "participant_missing"
    OUTCOME_MISSING = "outcome_missing"


EXPLANATIONS: dict[Reason, tuple[str, str]] = {
    Reason.NO_FILES: (
        "The case's folder is missing or holds no file.",
        "Check the path in cases.tsv and that the export is complete.",
    ),
    Reason.NOT_DICOM: (
        "No file of the case can be read as a DICOM image.",
        "Export the study again, or correct the path in cases.tsv.",
    ),
    Reason.FILE_TRUNCATED: (
        "A file of the chosen series ends before its pixel data do.",
        "Copy or export the file again.",
    ),
    Reason.TRANSFER_SYNTAX: (
        "The pixel data are in a transfer syntax that cannot be decoded.",
        "Export the series uncompressed.",
    ),
    Reason.SEQUENCE_MISSING: (
        "No series of the case plays a role that the study needs.",
        "Look at the series list of the case; name the series in series_overrides.tsv.",
    ),
    Reason.SERIES_AMBIGUOUS: (
        "The text and the physics of a series contradict each other.",
        "Decide in series_overrides.tsv which role the series plays.",
    ),
    Reason.SLICE_MISSING: ("A slice is missing in the stack.", "Export the series again."),
    Reason.SLICE_DUPLICATED: (
        "Two different slices lie at one position.",
        "Remove the wrong one, or name the right series in series_overrides.tsv.",
    ),
    Reason.SPACING_IRREGULAR: (
        "The distances between slices differ.",
        "Export the original series, not a reformatted one.",
    ),
    Reason.SLICES_SHEARED: (
        "The slices are shifted against each other within their plane (gantry tilt).",
        "Correct the tilt with the scanner's software and export again.",
    ),
    Reason.ORIENTATION_MIXED: (
        "The slices of the series have different orientations or sizes.",
        "Export each orientation as a series of its own.",
    ),
    Reason.NOT_A_VOLUME: ("The series has too few slices to be a volume.", "Export the whole series."),
    Reason.SEVERAL_VOLUMES: (
        "The series holds several volumes (time points, b-values), not one.",
        "Export the volume that the study needs as a series of its own.",
    ),
    Reason.GEOMETRY_MISSING: (
        "The headers do not say where the slices lie.",
        "Export the original series, not a screen copy.",
    ),
    Reason.SLICE_COPIED: (
        "Images are there more than once with identical pixels; one copy each was used.",
        "None; remove the copies if you wish.",
    ),
    Reason.SERIES_SURPLUS: (
        "Several series play one role; one was used.",
        "Name the right one in series_overrides.tsv if another should be used.",
    ),
    Reason.SERIES_DIVIDED: (
        "Images of the same series with another echo time or image type were left out.",
        "None, if the series has several echoes or reconstructions; else export it again.",
    ),
    Reason.OVERRIDE_UNMATCHED: (
        "A row of series_overrides.tsv names a series that the case does not have.",
        "Correct the series_uid, or remove the row.",
    ),
    Reason.CONVERSION_FAILED: (
        "dcm2niix did not convert the series to exactly one image.",
        "Look at the case's log; export the series again.",
    ),
    Reason.AFFINE_MISMATCH: (
        "The converted image lies elsewhere than its headers say.",
        "Report the case: converter and headers disagree.",
    ),
    Reason.IMAGE_UNREADABLE: ("The image file cannot be read.", "Write the file again."),
    Reason.INTENSITY_CONSTANT: ("The image has the same value everywhere.", "Export the series again."),
    Reason.MASK_MISSING: ("There is no mask for the case.", "Draw the mask, or correct the pattern in 'masks'."),
    Reason.MASK_GRID: (
        "The mask's grid does not cover the image it belongs to.",
        "Draw or export the mask on the image of the segmented sequence.",
    ),
    Reason.MASK_LABELS: (
        "The mask has labels that the study does not know.",
        "Correct the mask, or add the label under 'labels'.",
    ),
    Reason.MASK_EMPTY: ("A label that a region needs is empty in the mask.", "Correct the mask."),
    Reason.MASK_AMBIGUOUS: (
        "More than one mask fits the pattern, or two contours have one name.",
        "Make the pattern in 'masks' fit one file; give each contour its own name.",
    ),
    Reason.MASK_UNREADABLE: ("The mask file cannot be read.", "Write the mask again."),
    Reason.MASK_RESAMPLED: (
        "The mask had another grid and was brought onto the image's by nearest neighbour.",
        "None, if the mask was drawn on another series of the same patient position.",
    ),
    Reason.MASK_FRAME: (
        "Contours and image name different frames of reference.",
        "Check that the contours were drawn on this series.",
    ),
    Reason.ROI_TOO_SMALL: (
        "The region has too few voxels after resampling.",
        "Check the mask; lower features.minimum_voxels only with a reason.",
    ),
    Reason.EXTRACTION_FAILED: ("PyRadiomics could not compute the features.", "Look at the case's log."),
    Reason.VALUE_UNDEFINED: ("The feature has no finite value for this region.", "None; the value stays missing."),
    Reason.FEATURES_MISSING: (
        "The feature table has no row for the case.",
        "Add the row to the center's table, or remove the case.",
    ),
    Reason.PARTICIPANT_MISSING: ("The participants table has no row for the case.", "Add the row to participants.tsv."),
    Reason.OUTCOME_MISSING: ("The participant has no outcome.", "Fill in the outcome in participants.tsv."),
}
