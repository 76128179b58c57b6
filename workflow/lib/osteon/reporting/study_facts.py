"""What can be told of a study without reading its numbers: its settings, and which results lie in its folder."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cached_property
from pathlib import Path

import pandas as pd

from osteon.config.study import Study
from osteon.reporting.numbers import ABSENT


def _of_parts(name: str) -> tuple[str, ...]:
    """A table that each part of the validation has of its own, the internal one first."""
    return tuple(f"07_validation/{part}/{name}.tsv" for part in ("internal", "external/center-*", "resampling"))


PLACES: dict[str, tuple[str, ...]] = {
    "included": ("01_cohort/cases_included.tsv",),
    "excluded": ("01_cohort/cases_excluded.tsv",),
    "flow": ("01_cohort/flow_diagram.svg", "01_cohort/flow.tsv"),
    "linkage": ("01_cohort/linkage.tsv",),
    "acquisition": ("01_cohort/acquisition.tsv",),
    "quality": ("02_images/quality.tsv",),
    "agreement": ("03_segmentations/agreement_summary.tsv",),
    "readers": ("03_segmentations/readers_summary.tsv",),
    "review": ("03_segmentations/review.html", "03_segmentations/review.tsv"),
    "network": ("03_segmentations/model/model.zip",),
    "dictionary": ("04_features/dictionary.tsv",),
    "extraction": ("04_features/settings.json",),
    "features": ("04_features/center-*/features.tsv",),
    "levels": ("04_features/discretisation.tsv",),
    "missing": ("06_models/missing_inputs.tsv", "04_features/center-*/missing.tsv"),
    "robustness": ("04_features/robustness.tsv",),
    "robustness_selected": ("04_features/robustness_selected.tsv",),
    "batch_effect": ("05_harmonisation/batch_effect.tsv",),
    "confounding": ("05_harmonisation/confounding.tsv",),
    "splits": ("06_models/splits.tsv",),
    "feature_flow": ("06_models/feature_flow.tsv",),
    "selection": ("06_models/*/selection.tsv",),
    "stability": ("06_models/*/stability.tsv",),
    "search": ("06_models/*/search.tsv",),
    "coefficients": ("06_models/*/coefficients.tsv",),
    "bundles": ("06_models/*/bundle/model.json",),
    "audit": ("07_validation/leakage_audit.tsv",),
    "internal": ("07_validation/internal/performance.tsv",),
    "external": ("07_validation/external/center-*/performance.tsv",),
    "resampling": ("07_validation/resampling/performance.tsv",),
    "baseline": ("07_validation/internal/baseline.tsv", "07_validation/external/center-*/baseline.tsv"),
    "pairwise": _of_parts("pairwise"),
    "calibration": _of_parts("calibration_curve"),
    "decision": _of_parts("decision"),
    "null_run": ("07_validation/null_run/summary.tsv",),
    "sample_size": ("07_validation/sample_size.tsv",),
    "subgroups": _of_parts("subgroups")[:2],
    "centers": ("07_validation/centers/centers.tsv",),
    "pooled": ("07_validation/centers/pooled.tsv",),
    "interactions": _of_parts("interactions")[:2],
    "operating_points": _of_parts("operating_points"),
    "recalibration": ("07_validation/recalibration.tsv",),
    "association": ("06_models/logistic.tsv",),
    "explanation": _of_parts("shap_importance")[:2],
    "checklists": ("09_paper/checklists/*.tsv",),
    "config": ("provenance/config_used.yaml",),
    "software": ("provenance/software.tsv",),
    "inputs": ("provenance/inputs.sha256",),
    "report": ("START_HERE.html",),
}
"""Where each result lies, below the folder of results; '*' stands for anything. The first that exists is linked to."""


@dataclass(frozen=True)
class StudyFacts:
    """The configuration, and the files that exist.

    Args:
        study: the checked configuration.
        files: paths of the results, relative to their folder, with '/'.
        acquisition: table of `acquisition.acquisition_table`; it tells CT from MRI. None where there is none.
    """

    study: Study
    files: frozenset[str] = frozenset()
    acquisition: pd.DataFrame | None = None

    def find(self, result: str) -> str:
        """Path of a result, by its name in `PLACES`; '' if there is none."""
        for pattern in PLACES[result]:
            if found := self.matching(pattern):
                return found
        return ""

    def matching(self, pattern: str) -> str:
        """The first path that fits a pattern; '' if none does."""
        return next((path for path in self._in_order if fnmatchcase(path, pattern)), "")

    def recorded(self, column: str) -> bool:
        """Whether the headers gave a value of an acquisition parameter for any series."""
        table = self.acquisition
        if table is None or column not in table:
            return False
        return any(str(value) not in ("", "nan", ABSENT) for value in table[column])

    @property
    def modality(self) -> str:
        """'CT' or 'MR' by what the headers hold; '' where they hold neither a tube voltage nor a field strength."""
        if self.recorded("tube_voltage_kv"):
            return "CT"
        return "MR" if self.recorded("field_t") else ""

    @property
    def extracts(self) -> bool:
        """Whether this study computes features from images."""
        return bool(self.study.imaging)

    @property
    def automatic(self) -> bool:
        """Whether a network draws the masks."""
        return self.extracts and self.study.segmentation.method == "nnunet"

    @property
    def steps(self) -> list[str]:
        """Names of the selection steps of every chain that a model uses, each once."""
        study = self.study
        models = [model for model in study.models.values() if model.scores or model.columns]
        chains = [study.selections[name] for model in models for name in model.selection if name in study.selections]
        if any(model.selection == ["all"] for model in models):
            chains += study.selections.values()
        if any(not model.selection for model in models):
            chains.append(study.selection)
        return list(dict.fromkeys(step.step for chain in chains for step in chain))

    @property
    def with_features(self) -> list[str]:
        """Models that read features."""
        return [name for name, model in self.study.models.items() if model.scores or model.columns]

    @property
    def without_features(self) -> list[str]:
        """Models that read clinical variables alone."""
        return [name for name in self.study.models if name not in self.with_features]

    @property
    def classifiers(self) -> list[str]:
        """Every classifier that a model tries, each once."""
        return list(dict.fromkeys(one for model in self.study.models.values() for one in model.classifier))

    @property
    def pools(self) -> bool:
        """Whether any set has the three hospitals that a mean over hospitals needs."""
        study = self.study
        tested = study.validation.hold_out is not None or study.validation.leave_one_center_out
        sizes = (len(study.development) if tested else 0, len(study.external))
        return bool(self.find("pooled")) and max(sizes) >= 3

    @property
    def harmonised(self) -> bool:
        """Whether ComBat is part of a model."""
        return bool(self.with_features) and self.study.harmonisation.method == "combat"

    @cached_property
    def _in_order(self) -> list[str]:
        return sorted(self.files)


def facts_of(study: Study, results: str | Path, acquisition: pd.DataFrame | None = None) -> StudyFacts:
    """The facts of a study whose results lie in a folder; hidden files, logs, kept
    copies and images of cases do not count."""
    root = Path(results)
    return StudyFacts(study, frozenset(_listed(root)), acquisition)


def _listed(root: Path) -> Iterable[str]:
    for top in sorted(root.glob("*")):
        if top.name in ("00_simulated", "kept", "logs") or top.name.startswith("."):
            continue
        if top.is_file():
            yield top.name
        for path in top.rglob("*") if top.is_dir() else ():
            parts = path.relative_to(root).parts
            if not any(part.startswith((".", "sub-")) for part in parts) and path.is_file():
                yield "/".join(parts)
