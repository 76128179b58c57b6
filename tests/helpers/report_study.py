"""A small made-up study with every table that the report can show; numbers are arbitrary but consistent."""

from __future__ import annotations

import io

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from helpers import mask_study, report_tables
from osteon.config.study import Study
from osteon.modelling.selection.feature_flow import feature_flow
from osteon.reporting.content import Part, ReportContent
from osteon.reporting.figures import calibration_figure, decision_figure, roc_figure, style
from osteon.reporting.flow import case_table, excluded_cases, flow_counts
from osteon.reporting.flow_diagram import flow_figure
from osteon.reporting.harmonisation_figure import components_figure
from osteon.reporting.language import Say, english
from osteon.reporting.null_figure import null_figure
from osteon.reporting.result_tables import measure_names
from osteon.reporting.search_figure import search_figure
from osteon.reporting.set_names import set_names

MODELS = {"clinical": "Clinical", "combined": "Combined"}
SETS = {"train": "Training (out of fold)", "test": "Internal test"}
RESAMPLED = {
    "repeated_cv": "Cross-validation, mean of 3",
    "without A": "Hospital A, left out",
    "without B": "Hospital B, left out",
}


def study(simulated: bool = True) -> Study:
    """Two development hospitals, one external."""
    return Study.model_validate(
        {
            "study": {
                "name": "tiny",
                "title": "Osteoporosis from lumbar MRI",
                "simulated": simulated,
                "question": "Can radiomics tell osteoporosis, beyond age and sex?",
            },
            "cases": "cases.tsv",
            "centers": {
                "A": {"name": "Hospital A", "role": "development", "source": "dicom"},
                "B": {"name": "Hospital B", "role": "development", "source": "dicom"},
                "C": {"name": "Hospital C & co", "role": "external", "source": "dicom"},
            },
            "sequences": {"T1": {"description": "T1-weighted"}},
            "labels": {"L1": 1},
            "rois": {"L1": ["L1"]},
            "outcome": {"column": "osteoporosis", "positive": "yes", "negative": "no", "label": "Osteoporosis"},
            "variables": {
                "age": {"type": "continuous", "label": "Age", "unit": "years"},
                "sex": {"type": "binary", "positive": "male", "label": "Male sex"},
            },
            "models": {
                "clinical": {"clinical": ["age", "sex"], "label": "Clinical"},
                "combined": {
                    "clinical": ["age"],
                    "scores": ["T1"],
                    "label": "Combined",
                    "selection": ["short", "wide"],
                    "classifier": ["logistic_l2", "knn"],
                    "trials": 11,
                },
            },
            "signatures": {"T1": ["T1_*"]},
            "selections": {"short": ["lasso"], "wide": ["mrmr"]},
            "validation": {"repeats": 3, "leave_one_center_out": True, "null_run": {"repeats": 20}},
        }
    )


def cases() -> pd.DataFrame:
    """Cases of three centers, four of them excluded."""
    rows = [
        (f"{center}{number:03d}", center, "ok", "features", None, None)
        for center, count in (("A", 30), ("B", 28), ("C", 26))
        for number in range(count)
    ]
    columns = ["subject", "center", "status", "stage", "reason", "detail"]
    table = pd.DataFrame(rows, columns=columns).set_index("subject")
    for subject, stage, reason in (
        ("A003", "ingest", "slice_missing"),
        ("A004", "ingest", "file_truncated"),
        ("B001", "segment", "mask_empty"),
        ("C001", "ingest", "sequence_missing"),
    ):
        table.loc[subject, ["status", "stage", "reason", "detail"]] = ["excluded", stage, reason, f"found in {subject}"]
    return table.reset_index()


UNLINKED = ["subject", "center", "stage", "reason", "detail"]


def unlinked() -> pd.DataFrame:
    """One case that left when participants were joined."""
    return pd.DataFrame(
        [
            {
                "subject": "B002",
                "center": "B",
                "stage": "participants",
                "reason": "outcome_missing",
                "detail": "osteoporosis is empty",
            }
        ]
    )


def splits() -> pd.DataFrame:
    """Every fifth development patient is a test patient; excluded cases are in the splits, too."""
    development = cases().query("center != 'C' and subject != 'B002'").reset_index(drop=True)
    sets = np.where(np.arange(len(development)) % 5 == 0, "test", "train")
    return development[["subject", "center"]].assign(set=sets)


def flow() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Case table and flow."""
    roles = {code: center.role for code, center in study().centers.items()}
    sources = {code: center.source for code, center in study().centers.items()}
    table = case_table(cases(), roles, unlinked(), splits())
    return table, flow_counts(table, sources, linked=True)


def performance(sets: list[str], seed: int) -> pd.DataFrame:
    """One row per set and model; the first set has no patient with a reason, the others have numbers."""
    random = np.random.default_rng(seed)
    rows = []
    for set_name in sets:
        for model in MODELS:
            row: dict[str, object] = {
                "set": set_name,
                "model": model,
                "n": 40,
                "events": 22,
                "threshold": 0.4123,
                "prevalence": 0.55,
                "imputed_patients": 0,
                "reason": "",
                "caution": "",
            }
            for measure in measure_names(english):
                if measure not in ("threshold", "all"):
                    value = 0.6 + 0.3 * random.random()
                    row |= {measure: value, f"{measure}_low": value - 0.12, f"{measure}_high": value + 0.08}
            rows.append(row)
    rows[0] |= {
        "slope": np.nan,
        "slope_low": np.nan,
        "slope_high": np.nan,
        "reason": "slope: separated",
        "caution": "ici: few_events",
    }
    return pd.DataFrame(rows)


def curves(sets: list[str]) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """ROC, calibration and decision tables."""
    steps = np.linspace(0, 1, 9)
    roc, calibration, decision = [], [], []
    for set_name in sets:
        for power, model in enumerate(MODELS, start=2):
            roc.append(
                pd.DataFrame(
                    {
                        "set": set_name,
                        "model": model,
                        "threshold": 1 - steps,
                        "false_positive_rate": steps**power,
                        "true_positive_rate": steps,
                    }
                )
            )
            calibration.append(
                pd.DataFrame(
                    {
                        "set": set_name,
                        "model": model,
                        "kind": "smooth",
                        "predicted": steps,
                        "observed": steps**1.2,
                        "low": np.nan,
                        "high": np.nan,
                    }
                )
            )
            calibration.append(
                pd.DataFrame(
                    {
                        "set": set_name,
                        "model": model,
                        "kind": "group",
                        "predicted": [0.3, 0.7],
                        "observed": [0.35, 0.6],
                        "low": [0.2, 0.4],
                        "high": [0.5, 0.8],
                    }
                )
            )
            decision.append(
                pd.DataFrame(
                    {"set": set_name, "model": model, "threshold": steps[1:-1], "net_benefit": 0.5 - 0.4 * steps[1:-1]}
                )
            )
        treat_all = 0.55 - 0.45 * steps[1:-1] / (1 - steps[1:-1])
        for model, benefit in (("all", treat_all), ("none", 0 * treat_all)):
            decision.append(
                pd.DataFrame({"set": set_name, "model": model, "threshold": steps[1:-1], "net_benefit": benefit})
            )
    return tuple(pd.concat(parts, ignore_index=True) for parts in (roc, calibration, decision))


def pairwise(sets: list[str]) -> pd.DataFrame:
    """One comparison per set."""
    return pd.DataFrame(
        [
            {
                "set": name,
                "model_1": "clinical",
                "model_2": "combined",
                "difference": -0.0812,
                "low": -0.2,
                "high": 0.04,
                "z": -1.23,
                "p": 0.00004,
                "p_holm": 0.21,
                "reason": None,
            }
            for name in sets
        ]
    )


def baseline(set_name: str) -> pd.DataFrame:
    """Two variables."""
    groups = ("all", "0", "1")
    age = {
        "variable": "age",
        "label": "Age",
        "unit": "years",
        "type": "continuous",
        "summary": "median_iqr",
        "test": "mann_whitney_u",
        "statistic": 153.5,
        "reason": "",
        "p": 0.0123,
    }
    sex = {
        "variable": "sex",
        "label": "Male sex",
        "unit": "",
        "type": "binary",
        "summary": "count",
        "test": "chi_square_yates",
        "statistic": 0.0,
        "reason": "",
        "p": 0.9999,
    }
    for group in groups:
        age |= {
            f"n_{group}": 30,
            f"median_{group}": 66.5,
            f"lower_quartile_{group}": 60.25,
            f"upper_quartile_{group}": 72.0,
            f"missing_{group}": 0,
        }
        sex |= {f"n_{group}": 29, f"count_{group}": 12, f"percent_{group}": 40.0, f"missing_{group}": 1}
    return pd.DataFrame([age, sex]).assign(set=set_name)


def svg_of(figure: Figure) -> str:
    """SVG text of a figure, without the slow PNG."""
    text = io.StringIO()
    with mpl.rc_context(style()):
        figure.savefig(text, format="svg", metadata={"Date": None, "Creator": None})
    return text.getvalue()


def part(key: str, name: str, sets: dict[str, str], seed: int, say: Say = english) -> Part:
    """A part of the validation with its figures."""
    names = list(sets)
    table = performance(names, seed)
    roc, calibration, decision = curves(names)
    figures = {
        "roc": svg_of(roc_figure(roc, table, MODELS, sets, say)),
        "calibration": svg_of(calibration_figure(calibration, MODELS, sets, say)),
        "decision": svg_of(decision_figure(decision, MODELS, sets, say)),
    }
    tested = [name for name in names if name != "train"]
    again = key == "resampling"
    cohort = pd.DataFrame() if again else baseline(tested[0])
    return Part(
        key, name, sets, table, pairwise(tested), cohort, figures, {"repeats": report_tables.repeats()} if again else {}
    )


def content(simulated: bool = True, say: Say = english) -> ReportContent:
    """Everything at once."""
    table, counts = flow()
    chosen = study(simulated)
    centers = {code: center.name for code, center in chosen.centers.items()}
    return ReportContent(
        chosen,
        counts,
        svg_of(flow_figure(counts, centers, say)),
        excluded_cases(table),
        pd.DataFrame({"software": ["osteon", "numpy"], "version": ["0.1.0", "2.4.6"]}),
        [
            part("internal", say("Development hospitals"), set_names(chosen, "internal", say), 1, say),
            part("center-C", "Hospital C & co", {"external": "Hospital C & co"}, 2, say),
            part("resampling", say("Training patients"), set_names(chosen, "resampling", say), 3, say),
        ],
        linkage=pd.DataFrame(
            [
                (
                    "participant_ambiguous",
                    "exclude",
                    "B003",
                    "B",
                    "rows 7 and 9 differ in <age>",
                    "Keep one row per participant.",
                ),
                (
                    "images_missing",
                    "note",
                    None,
                    None,
                    "row 12 of the participants table",
                    "Add the images, or nothing if there are none.",
                ),
            ],
            columns=["problem", "severity", "subject", "center", "detail", "action"],
        ),
        acquisition=pd.DataFrame(
            [
                {
                    "center": "A",
                    "sequence": "T1",
                    "n": 28,
                    "scanner": "GE SIGNA Architect",
                    "field_t": "3",
                    "repetition_time_ms": "583–726",
                    "echo_time_ms": "10",
                    "slice_thickness_mm": "3",
                    "slice_spacing_mm": "3.3",
                    "pixel_spacing_mm": "0.875×0.875",
                    "matrix": "320×320×15",
                    "acquired_matrix": "320×224",
                }
            ]
        ),
        agreement=mask_study.agreement(),
        agreement_cases=mask_study.cases(),
        readers=mask_study.readers(),
        review=pd.DataFrame({"center": ["A"], "subject": ["A1"], "codes": ["mask_components"]}),
        harmonisation=report_tables.harmonisation(),
        signal=report_tables.signal(),
        confounding=report_tables.confounding(),
        components_figure=svg_of(
            components_figure(report_tables.components(), {"A": "Hospital A", "B": "Hospital B"}, say)
        ),
        missing_inputs=report_tables.missing_inputs(),
        feature_flow=feature_flow(dict(iter(report_tables.selection().groupby("model", sort=False)))),
        coefficients=report_tables.coefficients(),
        selection=report_tables.selection(),
        stability=report_tables.stability(),
        search=report_tables.search(),
        search_figures={
            "combined": svg_of(search_figure(report_tables.search().query("model == 'combined'"), "AUC", say))
        },
        null_run=report_tables.null_summary(),
        null_figure=svg_of(null_figure(report_tables.null_scores(), report_tables.null_summary(), MODELS, "AUC", say)),
        audit=report_tables.audit(),
        say=say,
        sources={"flow": ["01_cohort/flow.tsv"], "performance": ["07_validation/internal/performance.tsv"]},
    )
