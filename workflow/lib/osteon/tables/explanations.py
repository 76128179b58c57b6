"""What each reason code means and what to do about it: one sentence and one action each."""

from __future__ import annotations

from osteon.tables.reasons import Reason

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
    Reason.FILE_ARCHIVED: (
        "The folder holds archives (zip, tar, 7z, rar, ISO); what is inside them is not read.",
        "Unpack them into the case's folder.",
    ),
    Reason.FILE_VANISHED: (
        "A file was there when the folder was listed and could not be opened afterwards.",
        "Check the disk or network share and run again.",
    ),
    Reason.IDENTITY_PRESENT: (
        "The DICOM files are not marked as de-identified (PatientIdentityRemoved).",
        "Run 'python -m osteon deidentify SOURCE TARGET --key-file KEY' at the center; or, if the data may stay as "
        "they are, write 'allow_identifiable: true'.",
    ),
    Reason.BURNED_IN: (
        "The header says that identity may be burned into the pixels (BurnedInAnnotation).",
        "Export the original series without annotations.",
    ),
    Reason.PATIENTS_MIXED: (
        "The case's folder holds images of more than one PatientID.",
        "Give each patient a folder of its own, or let 'snakemake scan' divide them.",
    ),
    Reason.SUBJECT_DIFFERS: (
        "The PatientID in the headers is not the case's label.",
        "Check that the folder belongs to this subject in cases.tsv.",
    ),
    Reason.STUDIES_SEVERAL: (
        "The sequences used come from more than one examination (StudyInstanceUID).",
        "Check the dates; name the right series in series_overrides.tsv.",
    ),
    Reason.PERSON_TWICE: (
        "The same PatientID appears under two subjects or in two centers.",
        "Keep one of them, or keep both out of different sets.",
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
        "Say in the rule which one ('volume: 1'), or export it as a series of its own.",
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
    Reason.FRAME_DIFFERS: (
        "The sequences of the case have different frames of reference.",
        "Check that the patient did not move between them before masks are carried over.",
    ),
    Reason.BOXES_APART: (
        "The sequences of the case overlap in less than 90 % of their volume.",
        "Check that they show the same body part and belong to one examination.",
    ),
    Reason.SPACING_DOUBTFUL: (
        "Pixel spacing, matrix and reconstruction diameter contradict each other.",
        "Compare with the scanner's console; export the original series.",
    ),
    Reason.VOXELS_MISMATCH: (
        "The converted voxels are not those that a second reader finds in the files.",
        "Report the case: converter and headers disagree.",
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
    Reason.PHOTOMETRIC: (
        "The series is a color or an inverted image.",
        "Export the original series.",
    ),
    Reason.RESCALE_VARIES: (
        "The rescale slope or intercept changes from slice to slice; it was applied slice by slice.",
        "None, if the scanner always writes it so.",
    ),
    Reason.INTENSITY_SATURATED: (
        "Many voxels have the highest value that the file can store.",
        "Look at the image; textures in saturated regions mean nothing.",
    ),
    Reason.INTENSITY_SCALE: (
        "Converter and header scale the intensities differently, by one factor for the whole series.",
        "None for normalised intensities; for CT export the series again.",
    ),
    Reason.INTENSITY_WRAPPED: (
        "The gray values fall into two groups far apart: negative ones may be stored as large positive ones.",
        "Look at the image; compare PixelRepresentation and BitsStored with the scanner's console.",
    ),
    Reason.PROTOCOL_DEVIATION: (
        "The acquisition differs from what the center declared.",
        "None, if the difference is known; else correct 'protocol' or exclude the case.",
    ),
    Reason.PREDICTION_FAILED: (
        "The segmentation network cannot predict the case: voxels or its output are infinite or no numbers.",
        "Look at the image; draw a mask by hand into the folder 'segmentation.corrections'.",
    ),
    Reason.MEMORY_REDUCED: (
        "The GPU had too little memory for the case; a slower way with less memory was taken.",
        "None; the mask is as good. Where it happens often, give the jobs a GPU of their own or a larger one.",
    ),
    Reason.PIECES_REMOVED: (
        "Smaller pieces of a label were removed from the prediction, as the study asks for.",
        "Nothing, if they were stray; look at the mask where many voxels were removed.",
    ),
    Reason.COMPARISON_VOID: (
        "The comparison that 'segmentation.quality.compare' asks for says nothing about this model.",
        "Write another comparison, or 'compare: none'.",
    ),
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
        "More than one mask fits the pattern, or two of its structures have one name.",
        "Make the pattern in 'masks' fit one file; give each structure its own name.",
    ),
    Reason.MASK_UNREADABLE: ("The mask file cannot be read.", "Write the mask again."),
    Reason.MASK_RESAMPLED: (
        "The mask had another grid and was brought onto the image's by nearest neighbour.",
        "None, if the mask was drawn on another series of the same patient position.",
    ),
    Reason.MASK_FRAME: (
        "The mask names another frame of reference, or another series, than the image.",
        "Check that the mask was drawn on this series.",
    ),
    Reason.MASK_OVERLAP: (
        "Segments of the mask file overlap.",
        "Correct the mask so that each voxel belongs to one label.",
    ),
    Reason.MASK_COMPONENTS: (
        "A label of the mask has more than one piece.",
        "Remove the stray pieces.",
    ),
    Reason.MASK_VOLUME: (
        "The volume of a label is outside 'mask_checks.volume_ml'.",
        "Look at the mask.",
    ),
    Reason.MASK_ORDER: (
        "The labels are not in their order from head to foot.",
        "Correct the labels of the mask.",
    ),
    Reason.MASK_BORDER: (
        "A label touches the edge of the image.",
        "Check that the structure is whole.",
    ),
    Reason.MASK_SPACING: (
        "The distance between two neighbouring labels is unlike that of the study's other cases.",
        "Check that no level was left out, divided or counted twice.",
    ),
    Reason.MASK_HEIGHT: (
        "A label lies higher or lower in the image than in the center's other cases.",
        "Count the levels: all labels may be shifted by one, or the image was planned elsewhere.",
    ),
    Reason.MASK_VOLUME_ODD: (
        "The volume of a label is unlike that of the study's other cases.",
        "Look whether the mask is whole and holds no other tissue.",
    ),
    Reason.MASK_DISAGREEMENT: (
        "The network's predictions of a label differ among themselves (its folds, or the mirrored image).",
        "Look at the outline; the network was unsure.",
    ),
    Reason.MASK_BY_HAND: (
        "The mask in use was drawn or corrected by hand, so there is no prediction to evaluate.",
        "None.",
    ),
    Reason.TRAINED_ON: (
        "The model learned from this case or from other images of its patient, so nothing can be concluded for others.",
        "None; the cross-validation of the training has a value where the case was kept out.",
    ),
    Reason.LABEL_NOT_DRAWN: (
        "The manual mask does not have the label.",
        "None, if the structure is outside the image; else complete the manual mask.",
    ),
    Reason.LABEL_NOT_PREDICTED: (
        "The manual mask has the label and the predicted one does not.",
        "Correct the mask; if it happens often, train on cases like this one.",
    ),
    Reason.LABEL_ONE_READER: (
        "Only one of two readings has the label.",
        "Ask both readers which structures they drew.",
    ),
    Reason.COHORT_TOO_SMALL: (
        "There are too few cases, or they differ too little, for an interval or for a comparison with the others.",
        "None; look at each case.",
    ),
    Reason.REGISTRATION_REFUSED: (
        "The registration of a sequence to the segmented one is implausible or made the agreement worse; none is used.",
        "Look whether the mask lies right on this sequence; raise 'max_shift_mm' or 'max_angle' if the patient moved.",
    ),
    Reason.SIDE_UNKNOWN: (
        "The diseased side of the case is not known, so its two sides cannot be told apart.",
        "Write left or right into the column of cases.tsv that 'rois' names.",
    ),
    Reason.RING_CUT: (
        "A part of the ring around a region lies outside the image.",
        "None, if it is small; else make the ring narrower ('outer_mm').",
    ),
    Reason.ROI_TOO_SMALL: (
        "The region has too few voxels after resampling.",
        "Check the mask; lower features.minimum_voxels only with a reason.",
    ),
    Reason.ONE_GREY_LEVEL: (
        "The region has a single grey level after discretisation, so its textures would be constants.",
        "Lower features.bin_width, or write features.bin_count: 32; 04_features/discretisation.tsv says how far.",
    ),
    Reason.DEEP_TOO_COARSE: (
        "The region fills less than one cell of the encoder's stage, which then describes what is around it.",
        "Choose an earlier stage ('deep.stage'), or leave the region out.",
    ),
    Reason.EXTRACTION_FAILED: ("PyRadiomics could not compute the features.", "Look at the case's log."),
    Reason.VALUE_UNDEFINED: ("The feature has no finite value for this region.", "None; the value stays missing."),
    Reason.FEATURES_MISSING: (
        "The feature table has no row for the case.",
        "Add the row to the center's table, or remove the case.",
    ),
    Reason.PARTICIPANT_MISSING: ("The participants table has no row for the case.", "Add the row to participants.tsv."),
    Reason.PARTICIPANT_AMBIGUOUS: (
        "More than one row of the participants table has the case's id, and they differ.",
        "Keep one row per participant.",
    ),
    Reason.PARTICIPANT_SHARED: (
        "More than one case has the id of one participant.",
        "Keep one case per participant.",
    ),
    Reason.PARTICIPANT_REPEATED: (
        "The participants table has the same row more than once.",
        "None; remove the repetition if you wish.",
    ),
    Reason.IMAGES_MISSING: (
        "The participant has no case in cases.tsv.",
        "Add the images, or nothing if there are none.",
    ),
    Reason.CENTER_CONFLICT: (
        "Participants table and cases.tsv name different centers.",
        "Correct one of them.",
    ),
    Reason.SEX_CONFLICT: (
        "The sex in the participants table is not the one in the headers, or the headers name both.",
        "Check that images and row belong to one person.",
    ),
    Reason.AGE_CONFLICT: (
        "The age in the participants table is not the one in the headers, or the headers name several.",
        "Check that images and row belong to one person.",
    ),
    Reason.DATE_APART: (
        "Images and reference examination are further apart than the study allows.",
        "Check the dates.",
    ),
    Reason.OUTCOME_MISSING: ("The participant has no outcome.", "Fill in the outcome in participants.tsv."),
    Reason.SAME_PERSON: (
        "The person is a patient of a development center, too, and so not new to the models.",
        "None; if they are two people, tell them apart with 'validation: {person: <column of cases.tsv>}'.",
    ),
}


def explained(code: str) -> tuple[str, str]:
    """Sentence and action of a reason code; one that this version does not know explains itself."""
    return EXPLANATIONS[Reason(code)] if code in set(Reason) else (code, "")


def codes_text() -> str:
    """Markdown page with every code, its sentence and its action."""
    lines = [
        "# Quality codes",
        "",
        "Why a case, an image or a value is not used, or should be looked at: the column `code` of "
        "`02_images/quality.tsv` and",
        "`reason` of `01_cohort/cases_excluded.tsv`. This page is generated: `make docs` renews it.",
        "",
        "Severity `exclude`: the case or series is not used. `review`: it is used, and a person should look.",
        "`note`: for information.",
        "A finding that excludes a series becomes `review` where another series plays the same role.",
        "",
        "| code | what | what to do |",
        "|---|---|---|",
        *(f"| `{code}` | {what} | {action} |" for code, (what, action) in EXPLANATIONS.items()),
    ]
    return "\n".join(lines) + "\n"
