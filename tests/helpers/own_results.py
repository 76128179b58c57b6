"""Random results of a study, computed as a run computes them, for the audit of its own tables."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from helpers import report_study
from osteon.config.analysis import Baseline
from osteon.config.cohort import Variable
from osteon.config.modelling import Validation
from osteon.modelling.evaluation import evaluate
from osteon.modelling.task import Task
from osteon.reporting.content import Part, ReportContent
from osteon.reporting.language import Say, english
from osteon.reporting.own_audit import AUDITED
from osteon.reporting.paper.csv import write_csv
from osteon.reporting.paper.study import Further, paper_table
from osteon.statistics.association import association_table
from osteon.statistics.baseline import baseline_by_set

VARIABLES = {
    "age": Variable(type="continuous", label="Age", unit="years"),
    "score": Variable(type="continuous", label="Score"),
    "packs": Variable(type="continuous", label="Pack-years"),
    "sex": Variable(type="binary", positive="male", label="Male sex"),
    "rare": Variable(type="binary", positive="yes", label="Rare disease"),
}
PARTS = {
    "internal": {"train": "Training (out of fold)", "test": "Internal test"},
    "center-C": {"external": "Hospital C"},
}


def cohort(random: np.random.Generator, n: int, events: int) -> pd.DataFrame:
    """Outcome and clinical variables, some of them missing."""
    outcome = random.permutation(np.repeat([0, 1], [n - events, events]))
    z = random.normal(size=n) + random.uniform(0, 1) * outcome
    table = pd.DataFrame(
        {
            "outcome": outcome,
            "age": np.round(65 + 8 * z),
            "score": random.normal(size=n) - 0.5 * outcome,
            "packs": np.where(random.random(n) < 0.6, 0.0, np.round(20 * np.exp(z))),
            "sex": (random.random(n) < 0.55 - 0.3 * outcome).astype(float),
            "rare": (random.random(n) < 0.04).astype(float),
        }
    )
    if random.random() < 0.5:
        for name in VARIABLES:
            table.loc[random.random(n) < 0.03, name] = np.nan
    return table


def predictions(random: np.random.Generator, name: str, outcome: np.ndarray) -> pd.DataFrame:
    """What two models say of a set of patients."""
    shared, frames = random.normal(size=len(outcome)), []
    for model in report_study.MODELS:
        score = random.uniform(0, 2) * outcome + shared + random.uniform(0.1, 1) * random.normal(size=len(outcome))
        if random.random() < 0.2:
            score = np.round(score)
        own = {"outcome": outcome, "probability": 1 / (1 + np.exp(-score)), "imputed": 0}
        subjects = [f"{name}{place:04d}" for place in range(len(outcome))]
        frames.append(pd.DataFrame(own | {"model": model, "set": name, "subject": subjects, "center": "A"}))
    return pd.concat(frames, ignore_index=True)


def results(seed: int) -> tuple[ReportContent, Further]:
    """A study of 12 to 400 patients a set."""
    random = np.random.default_rng(seed)
    summary = Baseline(continuous=str(random.choice(["median_iqr", "mean_sd"])))
    parts, logistic = [], None
    for key, titles in PARTS.items():
        cohorts = {}
        for name in titles:
            n = int(np.exp(random.uniform(np.log(12), np.log(400))))
            cohorts[name] = cohort(random, n, int(np.clip(round(n * random.uniform(0.1, 0.9)), 2, n - 2)))
        said = pd.concat(
            [predictions(random, name, own["outcome"].to_numpy()) for name, own in cohorts.items()], ignore_index=True
        )
        thresholds = dict.fromkeys(report_study.MODELS, float(random.uniform(0.3, 0.8)))
        settings = Validation(bootstrap=100, decision=(0.5, 0.51))
        found = evaluate(Task("binary"), said, list(cohorts), thresholds, settings, seed)
        baseline = baseline_by_set(cohorts, VARIABLES, 2, summary)
        parts.append(Part(key, key, titles, found["performance"], found["pairwise"], baseline, {}))
        if "train" in cohorts:
            own = cohorts["train"]
            logistic = association_table(own["outcome"], own[list(VARIABLES)], "all")
    flow, nothing = report_study.flow()[1], pd.DataFrame()
    return ReportContent(report_study.study(), flow, "", nothing, nothing, parts), Further(logistic=logistic)


def write(content: ReportContent, further: Further, folder: Path, say: Say = english) -> Path:
    """The manuscript's CSV files of the tables that are audited."""
    folder.mkdir(exist_ok=True)
    for key in AUDITED:
        table = paper_table(key, content, further, say)
        if table is not None:
            write_csv(table, folder / f"{key}.csv")
    return folder
