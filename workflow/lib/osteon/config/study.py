"""A whole study: all sections in one model, and the questions that the workflow asks it."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, field_validator, model_validator

from osteon.config.analysis import Analysis
from osteon.config.apply import Apply
from osteon.config.base import Label, Plain, Section, Slug
from osteon.config.cohort import Center, Outcome, StudyInfo, Variable
from osteon.config.comparison import CompareWith
from osteon.config.controls import with_controls
from osteon.config.delivery import Linkage, MaskChecks
from osteon.config.features import Controls, Deep, Features, Robustness, Rois
from osteon.config.harmonisation import Harmonisation
from osteon.config.imaging import Preprocess, Sequence
from osteon.config.modelling import Model, Validation
from osteon.config.presets import with_preset
from osteon.config.published import Published
from osteon.config.segmentation import Segmentation
from osteon.config.selection import PUBLISHED, Chain


class Simulation(Section):
    """For simulated studies: the hospitals' raw DICOM is the output of a rule."""

    parameters: str
    """YAML with anatomy, physics, hospitals and demographics of the phantom."""
    preset: str = "demo"
    """Matrix and number of slices, by name."""


class Study(Section):
    """One study, one YAML file. Paths are relative to the folder in which snakemake is started."""

    study: StudyInfo
    """What the study is called and asks."""
    cases: str
    """Table with one row per subject: center, subject, source (its folder), batch (not needed for feature tables)."""
    participants: str | None = None
    """Table (CSV, TSV, .xlsx) with one row per participant: id (see `linkage`), outcome, clinical variables. A column
    center is checked if it is there."""
    centers: dict[Label, Center]
    """The hospitals, by short code."""
    sequences: dict[Label, Sequence] = {}
    """The roles that series play, by short name."""
    series_rules: str = "config/series_rules/lumbar_mr.yaml"
    """YAML with the ordered rules that give each series its role."""
    series_overrides: str | None = None
    """TSV with a person's decisions: center, subject, series_uid, role (or 'exclude'), reason, initials."""
    allow_identifiable: bool = False
    """DICOM that is not marked as de-identified is refused; true accepts it, where the data stay with you."""
    batch_size: int = Field(50, ge=1)
    """Cases per batch in the rows that `snakemake scan` proposes."""
    labels: dict[str, int] = {}
    """Names and values of the structures in the masks; for RTSTRUCT the names of the contours."""
    mask_checks: MaskChecks = MaskChecks()
    """What a plausible manual mask is."""
    rois: Rois = {}
    """Regions for features: the union of a list of labels, or another scheme."""
    outcome: Outcome | None = None
    """What is predicted; without it the study ends at the features."""
    linkage: Linkage = Linkage()
    """How images and participants are joined."""
    variables: dict[Plain, Variable] = {}
    """Clinical variables, by column of the participants table."""
    simulation: Simulation | None = None
    """Only for simulated studies."""
    preprocess: Preprocess = Preprocess()
    """Bias correction and intensity normalisation."""
    segmentation: Segmentation = Segmentation()
    """Where the masks come from."""
    features: Features = Features(bin_count=32)
    """PyRadiomics settings."""
    robustness: Robustness = Robustness()
    """Features that readers and perturbations change do not enter signatures."""
    deep: Deep = Deep()
    """Features from the segmentation network."""
    controls: Controls = Controls()
    """Negative controls."""
    missing_values: Literal["median", "mean", "refuse"] = "median"
    """What a model does with gaps in its inputs: they get the median or the mean of the training patients of the fold,
    and every prediction says how many; refuse stops instead."""
    harmonisation: Harmonisation = Harmonisation()
    """Removal of center effects, inside the training fold."""
    signatures: dict[Slug, list[str]] = {}
    """Feature groups that become one radiomics score each, as column patterns. Default: one per sequence."""
    selection: Chain = PUBLISHED
    """Steps of feature selection, inside the training fold, for models and signatures that name no other."""
    selections: dict[Slug, Chain] = {}
    """Further chains of steps, by name."""
    models: dict[Slug, Model] = Field(default={})
    """The prediction models."""
    validation: Validation = Validation()
    """Splits, threshold and intervals."""
    analysis: Analysis = Analysis()
    """Further tables about the models and the patients."""
    apply: Apply = Apply()
    """Frozen models of earlier studies, applied to this one's patients."""
    published: Published | None = None
    """A paper whose protocol this study follows: its printed tables, shown beside this study's numbers."""
    compare_with: CompareWith | None = None
    """Another study on the same patients, shown side by side with this one."""

    @field_validator("rois", mode="before")
    @classmethod
    def _unions(cls, value):
        if isinstance(value, dict):
            return {name: {"labels": roi} if isinstance(roi, list) else roi for name, roi in value.items()}
        return value

    @model_validator(mode="before")
    @classmethod
    def _defaults_of_the_preset(cls, values):
        return with_preset(values)

    @model_validator(mode="before")
    @classmethod
    def _models_for_comparison(cls, values):
        return with_controls(values)

    @model_validator(mode="before")
    @classmethod
    def _one_signature_per_sequence(cls, values):
        if isinstance(values, dict) and not values.get("signatures") and isinstance(values.get("sequences"), dict):
            values = {**values, "signatures": {name: [f"{name}_*"] for name in values["sequences"]}}
        return values

    def centers_with(self, *, role: str | None = None, source: tuple[str, ...] | None = None) -> list[str]:
        """Codes of the centers with the given role and source, in the order of the file."""
        return [
            code
            for code, center in self.centers.items()
            if (role is None or center.role == role) and (source is None or center.source in source)
        ]

    @property
    def development(self) -> list[str]:
        """Centers that models learn from."""
        return self.centers_with(role="development")

    @property
    def external(self) -> list[str]:
        """Centers that are locked away until validation."""
        return self.centers_with(role="external")

    @property
    def imaging(self) -> list[str]:
        """Centers that deliver images."""
        return self.centers_with(source=("dicom", "nifti"))

    @property
    def scanned(self) -> dict[str, str]:
        """Raw folders to scan, by center: of those that deliver DICOM; none where the patients are simulated."""
        if self.simulation:
            return {}
        return {code: self.centers[code].raw for code in self.centers_with(source=("dicom",)) if self.centers[code].raw}

    @property
    def segmented_sequence(self) -> str:
        """The sequence on whose grid the masks lie."""
        return self.segmentation.sequence or next(iter(self.sequences))
