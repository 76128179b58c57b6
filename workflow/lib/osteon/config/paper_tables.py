"""The tables of the manuscript: which ones a study has, and the files that each is made of."""

from __future__ import annotations

from osteon.config.evaluation_files import REPORTED
from osteon.config.plan import Plan
from osteon.config.validation_parts import RESAMPLING

SUPPLEMENT = (
    *("mask_readers", "reliability", "features", "operating_points", "recalibration", "centers"),
    *("sample_size", "resampling"),
)
"""Keys of the tables of the supplement; all others belong to the paper itself."""

VALIDATION = "<results>/07_validation"


def table_files(plan: Plan) -> dict[str, dict[str, list[str]]]:
    """Of each table the files that it is read from, by name; a change of any other file does not make it again.

    Args:
        plan: the study and its cases.

    Returns:
        By key, in the order of reading. A table that the study cannot have (no images, no models, another kind of
        outcome) is left out. Whether files that exist have a row for it is known only when they are there.
    """
    study, parts = plan.study, plan.cohort_parts

    def of_parts(name: str, among: list[str] = parts) -> list[str]:
        return [f"{VALIDATION}/{part}/{name}.tsv" for part in among]

    def of_models(name: str) -> list[str]:
        return [f"<results>/06_models/{model}/{name}" for model in study.models]

    one_by_one = "classes" if "classes" in REPORTED[plan.outcome_type] else "performance"
    files: dict[str, dict[str, list[str]]] = {
        "exclusions": {"flow": ["<results>/01_cohort/flow.tsv"]},
        "acquisition": {"acquisition": ["<results>/01_cohort/acquisition.tsv"] if plan.imaging else []},
        "baseline": {"baseline": of_parts("baseline", parts if study.variables else [])},
        "logistic": {"logistic": ["<results>/06_models/logistic.tsv"] if plan.associated else []},
        "segmentation": {
            "agreement": ["<results>/03_segmentations/agreement_summary.tsv"] if plan.evaluates_masks else []
        },
        "mask_readers": {"readers": ["<results>/03_segmentations/readers_summary.tsv"] if plan.read_twice else []},
        "reliability": {"robustness": ["<results>/04_features/robustness.tsv"] if study.robustness.active else []},
        "features": {"selection": of_models("selection.tsv"), "bundles": of_models("bundle")},
        "coefficients": {"coefficients": of_models("coefficients.tsv")},
        "performance": {"performance": of_parts("performance"), "search": of_models("search.tsv")},
        "operating_points": {"operating_points": of_parts("operating_points", parts if plan.analysed else [])},
        "comparisons": {"pairwise": of_parts("pairwise")},
        "calibration": {one_by_one: of_parts(one_by_one)},
        "recalibration": {"recalibration": [f"{VALIDATION}/recalibration.tsv"] if plan.recalibrated else []},
        "subgroups": {
            "subgroups": of_parts("subgroups", plan.subgroup_parts),
            "interactions": of_parts("interactions", plan.subgroup_parts),
        },
        "centers": {
            name: [f"{VALIDATION}/centers/{name}.tsv"] if plan.analysed else [] for name in ("centers", "pooled")
        },
        "sample_size": {"sample_size": [f"{VALIDATION}/sample_size.tsv"] if plan.analysed else []},
        "resampling": {
            "resampled": of_parts("performance", [part for part in plan.parts if part == RESAMPLING]),
        },
    }
    return {key: own for key, own in files.items() if all(own.values())}
