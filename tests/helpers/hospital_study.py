"""A made-up hospital of any size with every table that its page can show; numbers are arbitrary but consistent."""

from __future__ import annotations

import numpy as np
import pandas as pd

from helpers import mask_study, report_study
from osteon.config.study import Study
from osteon.reporting.hospital_content import HospitalContent, training_ranges

CENTER = "C"
SET = "external"
FEATURES = ["T1_L1_original_shape_Elongation", "T1_L1_original_firstorder_Mean"]
TERMS = ["age", "sex", "T1", "T2", "T3", "T4", "T5"]
THRESHOLD = 0.5
SOURCES = {
    "included": "01_cohort/cases_included.tsv",
    "excluded": "01_cohort/cases_excluded.tsv",
    "predictions": "07_validation/external/center-C/predictions.tsv",
    "performance": "07_validation/external/center-C/performance.tsv",
    "shap_values": "07_validation/external/center-C/shap_values.tsv",
    "selected": "07_validation/external/center-C/selected_features.tsv",
    "mask_quality": "03_segmentations/mask_quality.tsv",
    "agreement": "03_segmentations/agreement.tsv",
    "flow": "01_cohort/flow.tsv",
}


def subjects(patients: int) -> list[str]:
    """Their labels."""
    return [f"C{number:04d}" for number in range(1, patients + 1)]


def tables(study: Study, patients: int, seed: int = 1) -> dict[str, pd.DataFrame]:
    """Tables of the external hospital by name. The first case is excluded; the second is flagged, wrong and odd."""
    random, names = np.random.default_rng(seed), subjects(patients)
    ill = np.arange(patients) % 2
    predictions = pd.concat(
        [
            pd.DataFrame(
                {
                    "model": model,
                    "set": SET,
                    "subject": names,
                    "center": CENTER,
                    "outcome": ill,
                    "probability": np.where(ill == 1, 0.6, 0.1) + 0.3 * random.random(patients),
                    "imputed": 0,
                }
            ).iloc[1:]
            for model in study.models
        ]
    ).reset_index(drop=True)
    predictions.loc[predictions["subject"] == names[1], "probability"] = 0.25
    values = pd.DataFrame(
        [
            (model, SET, subject, term, "clinical", float(place), (-1) ** place * 0.1 * (place + 1))
            for model in study.models
            for subject in names[1:]
            for place, term in enumerate(TERMS)
        ],
        columns=["model", "set", "subject", "term", "kind", "value", "shap"],
    )
    selected = pd.DataFrame({"subject": names[1:], "set": SET, FEATURES[0]: 0.5, FEATURES[1]: 100.0})
    selected.loc[0, FEATURES[1]] = 999.0
    findings = [
        (CENTER, names[1], "ingest", "slice_missing", "review", "slice 7 of <T1> is missing"),
        (CENTER, names[1], "ingest", "mask_border", "note", "L1 touches the border"),
        (CENTER, names[1], "ingest", "mask_border", "note", "L2 touches the border"),
    ]
    judged = pd.DataFrame({"center": CENTER, "subject": names[1:], "label": "L1", "source": "predicted", "flags": ""})
    judged.loc[0, "flags"] = "mask_components"
    flow = report_study.flow()[1]
    return {
        "flow": flow[flow["center"] == CENTER].reset_index(drop=True),
        "included": pd.DataFrame({"subject": names[1:], "center": CENTER, "set": SET}),
        "excluded": pd.DataFrame(
            [(names[0], CENTER, "ingest", "file_truncated", "T1 ends at byte <7>", "", "")],
            columns=["subject", "center", "stage", "reason", "detail", "explanation", "action"],
        ),
        "quality": pd.DataFrame(findings, columns=["center", "subject", "stage", "code", "severity", "message"]),
        "review": pd.DataFrame({"center": [CENTER], "subject": [names[1]], "found": ["L1 has 2 pieces"]}),
        "mask_quality": judged,
        "agreement": pd.DataFrame(
            {"center": CENTER, "subject": names[1:], "label": "L1", "dice": 0.951, "hd95_mm": 1.75}
        ),
        "agreement_summary": mask_study.agreement().query("center == @CENTER").reset_index(drop=True),
        "missing": pd.DataFrame({"subject": [names[2]], "column": [FEATURES[0]], "reason": ["roi_too_small"]}),
        "predictions": predictions,
        "performance": report_study.performance([SET], seed).assign(threshold=THRESHOLD),
        "shap_values": values,
        "selected": selected,
        "contours": pd.DataFrame(
            [(name, CENTER, "T1", f"sub-{name}_T1.jpg", "") for name in names[1:]],
            columns=["subject", "center", "sequence", "picture", "reason"],
        ),
    }


def content(patients: int = 6, study: Study | None = None) -> HospitalContent:
    """The external hospital of the report's made-up study."""
    study = study or report_study.study()
    trained = pd.DataFrame({"subject": ["A1", "A2"], "set": "train", FEATURES[0]: [0.1, 0.9], FEATURES[1]: [50.0, 150]})
    sources = {name: [f"../{path}"] for name, path in SOURCES.items()}
    return HospitalContent(study, CENTER, tables(study, patients), training_ranges(trained), sources)
