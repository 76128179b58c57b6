"""The files that the page of a hospital is made of."""

from __future__ import annotations

from osteon.config.plan import Plan
from osteon.config.validation_parts import EXTERNAL, INTERNAL


def hospital_files(plan: Plan, center: str) -> dict[str, str]:
    """What the page of a hospital is read from, by name (`reporting.hospital_content.TABLES`), as far as there is any.

    Args:
        plan: the study and its cases.
        center: code of the hospital.
    """
    study = plan.study
    external, imaging = center in study.external, center in study.imaging
    part = f"<results>/07_validation/{f'{EXTERNAL}center-{center}' if external else INTERNAL}"
    found = {
        "flow": "<results>/01_cohort/flow.tsv",
        "included": "<results>/01_cohort/cases_included.tsv",
        "excluded": "<results>/01_cohort/cases_excluded.tsv",
        "missing": f"<results>/04_features/center-{center}/missing.tsv",
    }
    if imaging:
        found |= {
            "quality": "<results>/02_images/quality.tsv",
            "sheets": f"<results>/02_images/contact/center-{center}",  # linked to, not read
            "acquisition": "<results>/01_cohort/acquisition.tsv",
            "mask_quality": "<results>/03_segmentations/mask_quality.tsv",
            "review": "<results>/03_segmentations/review.tsv",
            "contours": f"<results>/03_segmentations/contours/center-{center}.tsv",
        }
    if imaging and plan.evaluates_masks:
        found |= {
            "agreement": "<results>/03_segmentations/agreement.tsv",
            "agreement_summary": "<results>/03_segmentations/agreement_summary.tsv",
        }
    if study.models:
        found |= {"predictions": f"{part}/predictions.tsv", "performance": f"{part}/performance.tsv"}
    if plan.analysed:
        found |= {
            "shap_values": f"{part}/shap_values.tsv",
            "selected": f"{part}/selected_features.tsv",
            "trained": f"<results>/07_validation/{INTERNAL}/selected_features.tsv",
            "centers": "<results>/07_validation/centers/centers.tsv",
            "pooled": "<results>/07_validation/centers/pooled.tsv",
        }
    return found
