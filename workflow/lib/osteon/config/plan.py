"""What the workflow asks of a study: which cases, in which batches, and which targets."""

from __future__ import annotations

import hashlib
from functools import cached_property
from pathlib import Path

from osteon.config import validation_parts
from osteon.config.analysis_checks import named_for_recalibration
from osteon.config.annotated import annotated_cases
from osteon.config.apply_plan import ApplyPlan
from osteon.config.batch_plan import BatchPlan
from osteon.config.corrections import correction_files
from osteon.config.delivery import IngestSettings
from osteon.config.evaluation_files import FIGURES, REPORTED, TABLES
from osteon.config.extraction import extraction_of, sections_of
from osteon.config.model_plan import ModelPlan
from osteon.config.paper_files import CHECKLISTS
from osteon.config.participants import study_matches
from osteon.config.published import published_files
from osteon.config.sheets import Case, read_sheet
from osteon.config.study import Study


class Plan:
    """A study and its cases, as the rules need them.

    Args:
        study: the checked configuration.
        cases: the rows of cases.tsv.
    """

    def __init__(self, study: Study, cases: list[Case]):
        self.study = study
        self.cases = cases
        self.imaging = [case for case in cases if case.center in set(study.imaging)]
        self.batches = list(dict.fromkeys(case.batch for case in self.imaging))
        self._by_key = {(case.center, case.subject): case for case in cases}
        self._corrections = correction_files(study.segmentation.corrections)
        self._overrides = read_sheet(study.series_overrides)[1] if study.series_overrides else []

    def case(self, wildcards) -> Case:
        """The case that the wildcards center and subject name."""
        return self._by_key[wildcards.center, wildcards.subject]

    def members(self, *, center: str | None = None, batch: str | None = None) -> list[Case]:
        """Imaging cases of a center or of a batch."""
        return [
            case
            for case in self.imaging
            if (center is None or case.center == center) and (batch is None or case.batch == batch)
        ]

    def subjects(self, center: str) -> list[str]:
        """All subjects of a center, imaging or not."""
        return [case.subject for case in self.cases if case.center == center]

    def ingest(self, wildcards) -> dict:
        """What the ingest of a case is told of the study (see `IngestSettings`)."""
        study, center = self.study, self.study.centers[wildcards.center]
        return IngestSettings(
            source=center.source,
            sequences=list(study.sequences),
            reference=study.segmented_sequence,
            labels=study.labels,
            images=center.images,
            masks=center.masks,
            masks_used=study.segmentation.method == "masks",
            mask_checks=study.mask_checks,
            protocol=center.protocol,
            allow_identifiable=study.allow_identifiable,
        ).model_dump(mode="json")

    def overrides(self, wildcards) -> list[dict[str, str]]:
        """A person's decisions on this case's series; only these, so that one decision reruns one case."""
        return [
            {key: value for key, value in row.items() if key != "#"}
            for row in self._overrides
            if row.get("subject") == wildcards.subject
        ]

    def corrections(self, batch: str) -> list[str]:
        """The corrected masks of a batch's cases."""
        return [file for case in self.members(batch=batch) for file in self._corrections.get(case.subject, [])]

    def correction_hashes(self, batch: str) -> dict[str, str]:
        """SHA-256 of each of these by name: a mask that replaces another one may be the older file."""
        return {
            Path(file).name: hashlib.sha256(Path(file).read_bytes()).hexdigest() for file in self.corrections(batch)
        }

    def source_record(self, wildcards, results: str) -> str:
        """Where ingest left the state of the case's raw folder when it last read it."""
        return f"{results}/02_images/center-{wildcards.center}/sub-{wildcards.subject}/source.json"

    def participant(self, wildcards) -> dict[str, str]:
        """The case's row of the participants table (simulated studies make the images from it)."""
        return self._participants[wildcards.subject]

    @property
    def _participants(self) -> dict[str, dict[str, str]]:
        if not hasattr(self, "_participant_rows"):
            _, rows = read_sheet(self.study.participants)
            self._participant_rows = {
                subject: {name: value for name, value in row.items() if name != "#"}
                for subject, row in study_matches(self.study, self.cases, rows).rows.items()
            }
        return self._participant_rows

    def settings(self, *sections: str) -> dict:
        """Named sections as plain values: what a rule is told, and no more."""
        return sections_of(self.study, *sections)

    @property
    def extraction(self) -> dict:
        """Everything that decides what the features of images are, besides the images."""
        return extraction_of(self.study)

    @property
    def parts(self) -> list[str]:
        """The parts of the validation, as folder names: internal test, each external center, then resampling."""
        return validation_parts.parts(self.study)

    @property
    def cohort_parts(self) -> list[str]:
        """Those of them that have a cohort of their own, with a baseline table."""
        return validation_parts.cohort_parts(self.study)

    @property
    def outcome_type(self) -> str:
        """Kind of the outcome; without one there are no models, and nothing depends on it."""
        return self.study.outcome.type if self.study.outcome else "binary"

    def validation_tables(self, folder: str) -> dict[str, str]:
        """Tables that are computed from the predictions of one part of the validation, by name."""
        return {name: f"{folder}/{name}.tsv" for name in TABLES[self.outcome_type]}

    def validation_figures(self, folder: str) -> dict[str, str]:
        """Figures of one part of the validation, by name, without the ending."""
        return {name: f"{folder}/{stem}" for name, stem in FIGURES[self.outcome_type].items()}

    def reported(self, folder: str) -> dict[str, str]:
        """Tables and figures of one part of the validation that the report shows in this kind of study, by name."""
        tables = {name: f"{folder}/{name}.tsv" for name in REPORTED[self.outcome_type]}
        return tables | {name: f"{stem}.svg" for name, stem in self.validation_figures(folder).items()}

    def set_titles(self, part: str) -> dict[str, str]:
        """Names of the sets of patients in one part of the validation."""
        adapted = part.rpartition("center-")[2] in self.batching.adaptation
        return validation_parts.set_titles(self.study, part, adapted=adapted)

    @property
    def evaluates_masks(self) -> bool:
        """True if predicted masks can be compared with manual ones."""
        return self.study.segmentation.method == "nnunet" and any(
            self.study.centers[code].masks for code in self.study.imaging
        )

    @property
    def annotated(self) -> list[Case]:
        """The cases that the segmentation network learns from."""
        return annotated_cases(self.study, self.cases)

    @property
    def folds(self) -> list[int]:
        """The folds of the segmentation network that are trained."""
        return self.study.segmentation.train.trained if self.study.segmentation.train else []

    @cached_property
    def perturbed(self) -> list[Case]:
        """The development cases that are perturbed: those with the lowest hashes, so that a new one replaces one."""
        chosen = sorted(self._development_imaging, key=lambda case: _hash(self.study.study.seed, case.subject))
        return chosen[: self.study.robustness.cases]

    def robustness_cases(self, batch: str | None = None) -> list[Case]:
        """Development cases whose features are computed in variants, of a batch or of all.

        These are the perturbed ones, and with `readers` those of centers that deliver several readings.
        """
        wanted = set(self.perturbed)
        if self.study.robustness.readers:
            centers = self.study.centers
            wanted |= {case for case in self._development_imaging if len(centers[case.center].masks) > 1}
        return [case for case in self._development_imaging if case in wanted and batch in (None, case.batch)]

    def region_rows(self, cases: list[Case]) -> list[dict[str, str]]:
        """What regions need of each case's row of cases.tsv: the columns with the diseased side."""
        columns = dict.fromkeys(roi.column for roi in self.study.rois.values() if roi.column)
        return [{column: case.more.get(column, "") for column in columns} for case in cases]

    @cached_property
    def batching(self) -> BatchPlan:
        """Persons and batches, as the rules need them."""
        return BatchPlan(self.study, self.cases)

    @property
    def late_exclusions(self) -> list[str]:
        """Tables of the cases that leave where participants are joined."""
        names = [*(["unlinked"] if self.study.outcome else []), *(["same_person"] if self.study.models else [])]
        return [f"<results>/01_cohort/{name}.tsv" for name in names]

    @property
    def robustness_filter(self) -> dict:
        """The rule by which features are kept out of signatures; empty where nothing is measured or all are let in."""
        robustness = self.study.robustness
        on = robustness.active and robustness.filter
        return robustness.model_dump(mode="json") if on else {}

    @cached_property
    def models(self) -> ModelPlan:
        """The prediction models, as the rules need them."""
        return ModelPlan(self.study, self.robustness_filter)

    @cached_property
    def applied(self) -> ApplyPlan:
        """The frozen models that are applied, as the rules need them."""
        return ApplyPlan(self.study, self.cases)

    @property
    def _development_imaging(self) -> list[Case]:
        return [case for case in self.imaging if self.study.centers[case.center].role == "development"]

    @property
    def segmentation_model(self) -> str | None:
        """The model that predicts masks: the given file, or the one that this study trains."""
        settings = self.study.segmentation
        if settings.method != "nnunet":
            return None
        return "<results>/03_segmentations/model/model.zip" if settings.train_on else settings.model

    @property
    def shuffled(self) -> list[str]:
        """Models that are negative controls: they learn from regions with shuffled voxels."""
        return [name for name, model in self.study.models.items() if model.features == "shuffled"]

    @property
    def read_twice(self) -> list[Case]:
        """Imaging cases of the centers that give more than one reading of the masks."""
        return [case for case in self.imaging if len(self.study.centers[case.center].masks) > 1]

    @property
    def sheets(self) -> list[str]:
        """The contact sheets, one per imaging center and sequence."""
        study = self.study
        return [
            f"<results>/02_images/contact/center-{code}_{sequence}.html"
            for code in study.imaging
            for sequence in study.sequences
        ]

    @property
    def contact_sheets(self) -> dict:
        """What the contact sheets are told of the study."""
        study = self.study
        return {
            "centers": {code: study.centers[code].name or code for code in study.imaging},
            "sequences": list(study.sequences),
            "overrides": study.series_overrides,
            "simulated": study.study.simulated,
        }

    checklists = CHECKLISTS

    @property
    def analysed(self) -> bool:
        """Whether the study has models of a binary outcome, for which there are further tables."""
        return bool(self.study.models) and self.study.outcome is not None and self.study.outcome.type == "binary"

    @property
    def associated(self) -> bool:
        """Whether clinical variables are related to the outcome in a table of their own."""
        return self.analysed and bool(self.study.variables)

    @property
    def pooled_sets(self) -> dict[str, str]:
        """Sets of the validation whose hospitals are measured one by one, and what they are called together."""
        validation, study = self.study.validation, self.study
        sets = {"test": "test"} if validation.hold_out is not None else {}
        sets |= {"external": "external"} if study.external else {}
        left_out = study.development if validation.leave_one_center_out else []
        return sets | {f"without {center}": "left_out" for center in left_out}

    def centers_of(self, part: str) -> list[str]:
        """Centers whose patients are in a part of the validation."""
        return self.study.development if part == validation_parts.INTERNAL else [part.rpartition("-")[2]]

    @property
    def subgroup_parts(self) -> list[str]:
        """Parts of the validation whose patients are measured in groups."""
        return self.cohort_parts if self.analysed and self.study.analysis.subgroups else []

    @property
    def recalibrated(self) -> dict[str, list[str]]:
        """Patients of external centers who are declared for recalibration, by center."""
        column = self.study.analysis.recalibration.column
        named = [case for case in self.cases if column and named_for_recalibration(case, column)]
        return {
            center: own
            for center in (self.study.external if self.analysed else [])
            if (own := [case.subject for case in named if case.center == center])
        }

    @property
    def folders(self) -> list[str]:
        """Folders of the results that this study fills, in order."""
        study = self.study
        filled = {
            "00_simulated": study.simulation,
            "01_cohort": True,
            "02_images": self.imaging,
            "03_segmentations": self.imaging,
            "04_features": True,
            "05_harmonisation": study.models,
            "06_models": study.models,
            "07_validation": study.models,
            "08_applied": study.apply.bundles,
            "09_paper": True,
            "10_hospitals": True,
            "provenance": True,
        }
        return [folder for folder, wanted in filled.items() if wanted]

    @property
    def input_files(self) -> list[str]:
        """Files that the study was given, besides the patients' images."""
        study = self.study
        named = [
            study.cases,
            study.participants,
            study.series_overrides,
            study.segmentation.model,
            study.features.pyradiomics if isinstance(study.features.pyradiomics, str) else None,
            study.series_rules if self.imaging else None,
            study.simulation and study.simulation.parameters,
            study.validation.splits,
            *(center.table for center in study.centers.values()),
            *self.applied.files,
            *published_files(study.published),
            study.compare_with and study.compare_with.study,
        ]
        return list(dict.fromkeys(name for name in named if name))

    def targets(self) -> list[str]:
        """The files that a whole run makes."""
        wanted = [
            "<results>/START_HERE.html",
            "<results>/09_paper/methods.md",
            "<results>/09_paper/audit.tsv",
            *(f"<results>/04_features/center-{code}/features.tsv" for code in self.study.centers),
            "<results>/04_features/discretisation.tsv",
            *(f"<results>/{folder}/README.txt" for folder in self.folders),
            *(f"<results>/10_hospitals/center-{code}.html" for code in self.study.centers),
        ]
        if self.imaging:
            wanted += ["<results>/04_features/dictionary.tsv", "<results>/02_images/quality.tsv", *self.sheets]
        if self.study.published:
            wanted.append("<results>/09_paper/published.html")
        if self.study.compare_with:
            wanted.append("<results>/09_paper/side_by_side.html")
        wanted += [f"<results>/08_applied/center-{code}/predictions.tsv" for code in self.applied.centers]
        if self.analysed:
            wanted.append("<results>/07_validation/sample_size.tsv")
        if self.recalibrated:
            wanted.append("<results>/07_validation/recalibration.tsv")
        if self.study.participants:
            wanted.append("<results>/01_cohort/linkage.tsv")
        if self.study.robustness.active:
            wanted.append("<results>/04_features/robustness.tsv")
            wanted += ["<results>/04_features/robustness_selected.tsv"] if self.study.models else []
        return wanted


def _hash(*parts: object) -> str:
    return hashlib.sha256("\n".join(map(str, parts)).encode()).hexdigest()
