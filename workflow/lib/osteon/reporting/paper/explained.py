"""What the figures of the paper are drawn from, read from the files of the study."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from osteon.config.evaluation_files import TABLES
from osteon.config.evaluation_files import TEXT as EVALUATED
from osteon.config.frozen import read_content as read_frozen
from osteon.config.study import Study
from osteon.config.validation_parts import EXTERNAL, cohort_parts, parts
from osteon.reporting.content import read_content
from osteon.reporting.language import Say, english
from osteon.reporting.paper.drawn import Explained, Material
from osteon.reporting.paper.further import TEXT, read_further
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


def read_material(
    study: Study, files: Mapping[str, str | Sequence[str]], folder: str | Path, say: Say = english
) -> Material:
    """Read everything that the figures of a study are drawn from.

    Args:
        study: the configuration.
        files: paths by name: those of `content.read_content`, `further.read_further` and `read_explained`; and, as far
            as the study has them, the tables of `config.evaluation_files.TABLES` as 'table_<name>' (one per part of the
            validation), components, null_scores, overlays and pictures (the folder of the overlays).
        folder: where the figures will lie.
        say: the reader's language.
    """
    paths = {name: _paths(value) for name, value in files.items()}
    content = read_content(study, files, folder, say)
    keys = [part.removeprefix(EXTERNAL) for part in parts(study)]
    tables = {name: paths.get(f"table_{name}", []) for name in (TABLES[content.kind] if study.models else ())}
    curves = {
        key: {name: read_table(of_parts[place], EVALUATED) for name, of_parts in tables.items()}
        for place, key in enumerate(keys)
        if all(of_parts for of_parts in tables.values())
    }
    text = ("subject", "center", "model", "sequence", "choice", "picture", "manual")
    single = {
        name: read_table(paths[name][0], text) for name in ("components", "null_scores", "overlays") if paths.get(name)
    }
    pictures = Path(paths["pictures"][0]) if paths.get("pictures") else None
    further, explained = read_further(study, files, folder, say), read_explained(study, files, say)
    return Material(content, further, explained, curves, pictures=pictures, **single)


def read_explained(study: Study, files: Mapping[str, str | Sequence[str]], say: Say = english) -> Explained:
    """Read what the figures need of the analysis of the models.

    Args:
        study: the configuration.
        files: paths by name, as far as the study has them: shap_base, shap_values, shap_importance, shap_interactions,
            correlations and selected (one per part with a cohort), subgroup_roc (likewise, if there are subgroups),
            lasso_path, lasso_cv and bundles (one per model).
        say: the reader's language.
    """
    paths = {name: _paths(value) for name, value in files.items()}
    tables = {}
    for name, source in EXPLAINED.items():
        frames = [
            _titled(study, part, read_table(path, (*TEXT, "subject", "term", "other")), source, say)
            for part, path in zip(cohort_parts(study), paths.get(source, []), strict=False)
        ]
        tables[name] = pd.concat(frames, ignore_index=True) if frames else pd.DataFrame()
    penalties = {
        name: {
            model: read_table(path, ("signature", "class", "feature"))
            for model, path in zip(study.models, paths.get(name, []), strict=False)
        }
        for name in ("lasso_path", "lasso_cv")
    }
    bundles = zip(study.models, map(read_frozen, paths.get("bundles", [])), strict=False)
    calibrated = [model for model, content in bundles if content.get("calibration")]
    selected = read_table(paths["selected"][0], ("subject", "set")) if paths.get("selected") else pd.DataFrame()
    return Explained(**tables, selected=selected, calibrated=calibrated, **penalties)


def _paths(value: str | Sequence[str]) -> list[str]:
    return [value] if isinstance(value, str) else list(value)


def _titled(study: Study, part: str, table: pd.DataFrame, source: str, say: Say) -> pd.DataFrame:
    if "set" not in table:
        return table
    titles = set_names(study, part, say)
    if source != SUBGROUP_ROC:  # the frozen models are explained, which all training patients made
        titles = {**titles, "train": say("Training")}
    return table.assign(patients_set=[titles.get(name, name) for name in table["set"]])
