"""What the paper's tables need besides the content of the report, read from the files of the analysis."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from osteon.config.frozen import read_content
from osteon.config.study import Study
from osteon.config.validation_parts import RESAMPLING, cohort_parts
from osteon.reporting.language import Say, english
from osteon.reporting.paper.study import Further
from osteon.reporting.set_names import set_names
from osteon.tables.files import read_table

TEXT = ("set", "model", "variable", "level", "reference", "center", "groups", "measure", "reason")
"""Columns that stay text."""
SINGLE = ("logistic", "centers", "pooled", "recalibration", "sample_size")
DIVIDED = ("subgroups", "interactions", "operating_points")
"""Tables of the study as a whole, and those of which each part with a cohort has one."""


def read_further(
    study: Study, files: Mapping[str, str | Sequence[str]], folder: str | Path, say: Say = english
) -> Further:
    """Read the files of a study.

    Args:
        study: the configuration.
        files: paths by name, as far as the study has them: bundles (a folder per model, in the order of the study),
            SINGLE; DIVIDED (one per part with a cohort, in the order of `cohort_parts`); resampled (performance in
            resampling).
        folder: where the report lies; sources become relative to it.
        say: the reader's language.
    """
    paths = {name: [value] if isinstance(value, str) else list(value) for name, value in files.items()}
    single = {name: read_table(paths[name][0], TEXT) for name in SINGLE if paths.get(name)}
    parts = cohort_parts(study)
    divided = {
        name: _stacked(study, dict(zip(parts, paths[name], strict=True)), say) for name in DIVIDED if paths.get(name)
    }
    if paths.get("resampled"):
        divided["resampled"] = _stacked(study, {RESAMPLING: paths["resampled"][0]}, say)
    pooled_sets = {
        "test": say("Internal test, by hospital"),
        "external": say("External hospitals"),
        "left_out": say("Hospitals, each left out once"),
    }
    bundles = dict(zip(study.models, map(read_content, paths.get("bundles", [])), strict=False))
    names = ("bundles", "resampled", *SINGLE, *DIVIDED)
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
