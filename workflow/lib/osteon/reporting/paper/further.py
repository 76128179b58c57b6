"""What the paper's tables need besides the content of the report, read from the files of the analysis."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from osteon.config.frozen import read_content
from osteon.config.study import Study
from osteon.config.validation_parts import cohort_parts
from osteon.reporting.language import Say, english
from osteon.reporting.paper.figures import Explained
from osteon.reporting.paper.study import Further
from osteon.reporting.set_names import set_names
from osteon.tables.files import read_table

SUBGROUP_ROC = "subgroup_roc"
EXPLAINED = {
    "base": "shap_base",
    "values": "shap_values",
    "importance": "shap_importance",
    "interactions": "shap_interactions",
    "correlations": "correlations",
    SUBGROUP_ROC: SUBGROUP_ROC,
}
"""Fields of `Explained` that come from one table per part, and the names of the tables."""
TEXT = ("set", "model", "variable", "level", "reference", "center", "groups", "measure", "reason")


def read_further(
    study: Study, files: Mapping[str, str | Sequence[str]], folder: str | Path, say: Say = english
) -> Further:
    """Read the files of a study.

    Args:
        study: the configuration.
        files: paths by name, as far as the study has them: bundles (a folder per model, in the order of the study),
            logistic, centers, pooled; subgroups and interactions (one per part with a cohort, in the order of
            `cohort_parts`).
        folder: where the report lies; sources become relative to it.
        say: the reader's language.
    """
    paths = {name: [value] if isinstance(value, str) else list(value) for name, value in files.items()}
    single = {name: read_table(paths[name][0], TEXT) for name in ("logistic", "centers", "pooled") if paths.get(name)}
    parts = cohort_parts(study)
    divided = {
        name: _stacked(study, dict(zip(parts, paths[name], strict=True)), say)
        for name in ("subgroups", "interactions")
        if paths.get(name)
    }
    pooled_sets = {
        "test": say("Internal test, by hospital"),
        "external": say("External hospitals"),
        "left_out": say("Hospitals, each left out once"),
    }
    bundles = dict(zip(study.models, map(read_content, paths.get("bundles", [])), strict=False))
    names = ("bundles", "logistic", "centers", "pooled", "subgroups", "interactions")
    sources = {name: [os.path.relpath(_file(path), folder) for path in paths.get(name, [])] for name in names}
    return Further(bundles=bundles, pooled_sets=pooled_sets, sources=sources, **single, **divided)


def _stacked(study: Study, paths: Mapping[str, str], say: Say) -> pd.DataFrame:
    """Tables of several parts under each other; 'patients' names the set."""
    frames = []
    for part, path in paths.items():
        titles, table = set_names(study, part, say), read_table(path, TEXT)
        frames.append(table.assign(patients=[titles.get(name, name) for name in table["set"]]))
    rows = [row for frame in frames for row in frame.to_dict("records")]
    return pd.DataFrame(rows, columns=frames[0].columns)


def _file(path: str) -> str:
    return path if Path(path).suffix else f"{path}/model.json"


def read_explained(study: Study, files: Mapping[str, str | Sequence[str]], say: Say = english) -> Explained:
    """Read what the figures of the paper need besides; the study has models of a binary outcome.

    Args:
        study: the configuration.
        files: paths by name: shap_base, shap_values, shap_importance, shap_interactions, correlations and selected (one
            per part with a cohort), subgroup_roc (likewise, if there are subgroups), lasso_path, lasso_cv and bundles
            (one per model).
        say: the reader's language.
    """
    parts = cohort_parts(study)
    tables = {}
    for name, source in EXPLAINED.items():
        paths = [files[source]] if isinstance(files.get(source), str) else list(files.get(source, []))
        frames = [
            _titled(study, part, read_table(path, (*TEXT, "subject", "term", "other")), source, say)
            for part, path in zip(parts, paths, strict=False)
        ]
        tables[name] = pd.concat(frames, ignore_index=True) if frames else pd.DataFrame()
    penalties = {
        name: {
            model: read_table(path, ("signature", "class", "feature"))
            for model, path in zip(study.models, files[name], strict=True)
        }
        for name in ("lasso_path", "lasso_cv")
    }
    bundles = zip(study.models, map(read_content, files["bundles"]), strict=True)
    calibrated = [model for model, content in bundles if content.get("calibration")]
    selected = read_table(files["selected"][0], ("subject", "set"))
    return Explained(**tables, selected=selected, calibrated=calibrated, **penalties)


def _titled(study: Study, part: str, table: pd.DataFrame, source: str, say: Say) -> pd.DataFrame:
    if "set" not in table:
        return table
    titles = set_names(study, part, say)
    if source != SUBGROUP_ROC:  # the frozen models are explained, which all training patients made
        titles = {**titles, "train": say("Training")}
    return table.assign(patients_set=[titles.get(name, name) for name in table["set"]])
