"""How a hospital's data come in: masks and their readers, the declared protocol, the join with the clinical table."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, field_validator, model_validator

from osteon.config.base import Label, Plain, Range, Section


class MaskReading(Section):
    """One reader's masks, or a repeat reading of theirs."""

    reader: Label = "1"
    """Who drew: letters and digits."""
    reading: int = Field(1, ge=1)
    """1 for the first time that this reader drew the cases, 2 for the repeat."""
    pattern: str
    """Pattern of the mask's path; {subject} stands for the case's label, for example R2/{subject}*.seg.nrrd."""
    folder: str | None = None
    """Folder in which the pattern is sought; default: the case's own."""

    @field_validator("pattern")
    @classmethod
    def _inside_the_folder(cls, pattern):
        parts = pattern.split("/")
        if pattern.startswith("/") or ".." in parts or not pattern.strip("./"):
            raise ValueError(f"{pattern!r} is no pattern inside a folder; write 'folder: path/to/masks' beside it")
        if any("**" in part and part != "**" for part in parts):
            raise ValueError(f"{pattern!r} has '**' beside other signs; it stands alone, like masks/**/*.nii.gz")
        return pattern


class MaskChecks(Section):
    """What a plausible mask is; anything else goes to review."""

    volume_ml: Range | None = None
    """Volume of each label, mL, for example {min: 8, max: 60} for lumbar vertebral bodies."""
    head_to_foot: list[str] = []
    """Labels in their order from head to foot, for example [L1, L2, L3]."""
    one_component: bool = True
    """Each label is one piece."""
    inside: bool = True
    """No label touches the first or last row or column of the slices."""


class Protocol(Section):
    """What a center declared for one sequence. A series that differs is used, and the difference is noted.

    A number stands for itself within 5 %, a range for its limits.
    """

    manufacturer: str | None = None
    """Manufacturer, for example GE."""
    model: str | None = None
    """Scanner model."""
    field_strength: float | Range | None = None
    """Tesla."""
    repetition_time: float | Range | None = None
    """TR, ms."""
    echo_time: float | Range | None = None
    """TE, ms."""
    inversion_time: float | Range | None = None
    """TI, ms."""
    echo_train_length: float | Range | None = None
    """Echo train length (turbo factor)."""
    flip_angle: float | Range | None = None
    """Degrees."""
    slice_thickness: float | Range | None = None
    """mm."""
    slice_distance: float | Range | None = None
    """Distance between slice centers (thickness and gap), mm."""
    pixel_spacing: float | Range | None = None
    """mm."""
    field_of_view: float | Range | None = None
    """Longer side of the image, mm."""
    matrix: list[int] | None = Field(None, min_length=2, max_length=2)
    """Columns and rows of the stored image."""
    slices: float | Range | None = None
    """Number of slices."""
    kvp: float | Range | None = None
    """CT: tube voltage, kV."""
    kernel: list[str] = []
    """CT: reconstruction kernels that the center declared."""
    body_part: list[str] = []
    """BodyPartExamined as the center writes it."""


class SexColumn(Section):
    """The sex in the participants table, to compare with the headers."""

    column: Plain
    """Column of the participants table."""
    male: Plain
    """Value for male patients."""
    female: Plain
    """Value for female patients."""


class Linkage(Section):
    """How images and participants are joined, and what is compared between them."""

    key: Plain = "subject"
    """Column of the participants table that holds the id, for example 住院号."""
    case_key: Plain = "subject"
    """Column of cases.tsv that holds the same id. Ids are compared by letters and digits, leading zeros kept."""
    sex: SexColumn | None = None
    """If given, the sex in the table is compared with the headers'."""
    age: Plain | None = None
    """Column with the age in years; if given, it is compared with the headers' age."""
    age_tolerance: float = Field(1.0, ge=0)
    """Years by which the ages may differ."""
    date: Plain | None = None
    """Column with the date of the reference examination (YYYY-MM-DD), for example of the QCT."""
    date_window: int | None = Field(None, ge=0)
    """Largest distance in days between that date and the date of the images."""

    @model_validator(mode="after")
    def _window(self):
        if (self.date is None) != (self.date_window is None):
            raise ValueError("write 'date: <column>' and 'date_window: <days>' together")
        return self

    @property
    def columns(self) -> list[str]:
        """Columns of the participants table that it names."""
        named = [self.key, self.sex.column if self.sex else None, self.age, self.date]
        return [name for name in named if name]


class IngestSettings(Section):
    """What the ingest of one case is told of the study."""

    source: Literal["dicom", "nifti"]
    """What the center delivers."""
    sequences: list[str]
    """Roles that the study needs; a case that lacks one is excluded."""
    reference: str
    """The sequence on whose grid the masks lie."""
    labels: dict[str, int] = {}
    """Name and value of each structure in the masks."""
    images: dict[str, str] = {}
    """For source nifti: pattern of each sequence's image inside the case's folder."""
    masks: list[MaskReading] = []
    """Where the manual masks are, the one that the study uses first."""
    masks_used: bool = False
    """Whether features are taken from the manual mask; one that cannot be used then excludes the case."""
    mask_checks: MaskChecks = MaskChecks()
    """What a plausible mask is."""
    protocol: dict[str, Protocol] = {}
    """What the center declared, by sequence."""
    allow_identifiable: bool = False
    """Whether DICOM that is not marked as de-identified is accepted."""


class ScanCenter(Section):
    """A center whose raw export is scanned."""

    raw: str
    """Folder of the export."""
    masks: list[MaskReading] = []
    """Where the manual masks are."""


class ScanSettings(Section):
    """What the scan is told of the study."""

    cases: str
    """The table to propose."""
    centers: dict[str, ScanCenter]
    """Centers to scan, by code."""
    skipped: dict[str, str] = {}
    """Centers that are not scanned, and why."""
    sequences: list[str]
    """Roles that the study needs."""
    overrides: list[dict[str, str]] = []
    """A person's decisions on series, of all cases."""
    batch_size: int = 50
    """Cases per batch."""
    allow_identifiable: bool = False
    """Whether DICOM that is not marked as de-identified is accepted."""
