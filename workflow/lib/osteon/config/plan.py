"""What the workflow asks of a study: which cases, in which batches, and which targets."""

from __future__ import annotations

from osteon.config.delivery import IngestSettings
from osteon.config.participants import study_matches
from osteon.config.sheets import Case, read_sheet
from osteon.config.study import Study

INTERNAL_SETS = {"train": "Training (out of fold)", "test": "Internal test"}
"""Names of the sets of development patients."""


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
        return {name: _plain(getattr(self.study, name)) for name in sections}

    @property
    def parts(self) -> list[str]:
        """The parts of the validation, as folder names: the internal test, then each external center."""
        return ["internal", *(f"external/center-{code}" for code in self.study.external)] if self.study.models else []

    def set_titles(self, part: str) -> dict[str, str]:
        """Names of the sets of patients in one part of the validation."""
        if part == "internal":
            return dict(INTERNAL_SETS)
        code = part.removeprefix("external/center-")
        return {"external": self.study.centers[code].name or code}

    @property
    def evaluates_masks(self) -> bool:
        """True if predicted masks can be compared with manual ones."""
        return self.study.segmentation.method == "nnunet" and any(
            self.study.centers[code].masks for code in self.study.imaging
        )

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
            study.series_rules if self.imaging else None,
            study.simulation and study.simulation.parameters,
            *(center.table for center in study.centers.values()),
        ]
        return list(dict.fromkeys(name for name in named if name))

    def targets(self) -> list[str]:
        """The files that a whole run makes."""
        wanted = [
            "<results>/START_HERE.html",
            *(f"<results>/04_features/center-{code}/features.tsv" for code in self.study.centers),
            *(f"<results>/{folder}/README.txt" for folder in self.folders),
        ]
        if self.imaging:
            wanted += ["<results>/04_features/dictionary.tsv", "<results>/02_images/quality.tsv", *self.sheets]
        if self.study.participants:
            wanted.append("<results>/01_cohort/linkage.tsv")
        return wanted


def _plain(value: object) -> object:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return value.model_dump(mode="json") if hasattr(value, "model_dump") else value
