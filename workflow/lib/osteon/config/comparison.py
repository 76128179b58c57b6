"""Another study beside this one: which of its settings differ and why, and the files that are compared."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from osteon.config.base import Section
from osteon.config.explain import Problem, did_you_mean

if TYPE_CHECKING:
    from osteon.config.study import Study

NOT_COMPARED = ("study", "published", "compare_with")
"""Sections that say what a study is called and what it is shown beside."""


class CompareWith(Section):
    """Another study on the same patients, whose results are shown beside those of this one."""

    study: str
    """The other study's YAML. It must have been run in the same folder."""
    changes: dict[str, str] = {}
    """Why this study differs, by setting: a key such as `features.bin_width`, or a section for all its keys."""


def flattened(values: object, front: str = "") -> dict[str, object]:
    """Settings by key with dots; lists, and mappings without an entry, stay values.

    >>> flattened({"a": {"b": 1, "c": [2]}})
    {'a.b': 1, 'a.c': [2]}
    """
    if not isinstance(values, Mapping) or not values:
        return {front: values} if front else {}
    return {
        key: value
        for name, inner in values.items()
        for key, value in flattened(inner, f"{front}.{name}" if front else str(name)).items()
    }


def differences(own: Mapping, other: Mapping) -> dict[str, tuple[object, object]]:
    """Settings that differ: value of this study and of the other one, by key; None where a study has no such key.

    Args:
        own: the whole configuration as plain values.
        other: that of the other study.
    """
    first, second = (
        flattened({name: value for name, value in study.items() if name not in NOT_COMPARED}) for study in (own, other)
    )
    keys = [*first, *(key for key in second if key not in first)]
    return {
        key: (first.get(key), second.get(key))
        for key in keys
        if (key in first, first.get(key)) != (key in second, second.get(key))
    }


def reason_for(key: str, changes: Mapping[str, str]) -> str | None:
    """Why a setting differs: of the longest declared key that is the setting or a section around it; None without."""
    fitting = [name for name in changes if key == name or key.startswith(f"{name}.")]
    return changes[max(fitting, key=len)] if fitting else None


def compared_files(study: Study, results: str) -> dict[str, list[str]]:
    """The files of a study that are shown beside those of another, by name; of a part of the validation in its order.

    Args:
        study: its configuration (`config.study.Study`).
        results: folder of its results.
    """
    validated = ["internal", *(f"external/center-{code}" for code in study.external)]
    found = {
        "config": [f"{results}/provenance/config_used.yaml"],
        "flow": [f"{results}/01_cohort/flow.tsv"],
        "levels": [f"{results}/04_features/discretisation.tsv"],
    }
    if study.models:
        found |= {
            name: [f"{results}/07_validation/{part}/{name}.tsv" for part in validated]
            for name in ("performance", "predictions")
        }
        found["feature_flow"] = [f"{results}/06_models/feature_flow.tsv"]
        found["audit"] = [f"{results}/07_validation/leakage_audit.tsv"]
    if study.segmentation.method == "nnunet" and any(study.centers[code].masks for code in study.imaging):
        found["agreement"] = [f"{results}/03_segmentations/agreement_summary.tsv"]
    return found


def comparison_problems(study: Study, other: Study) -> list[Problem]:
    """Breaches of the section `compare_with`; its study itself is checked by whoever reads it.

    Args:
        study: this study.
        other: the one that it is compared with.
    """
    section, where = study.compare_with, "compare_with"
    if other.study.name == study.study.name:
        what = f"{section.study} has the name of this study, '{other.study.name}', and so the same results."
        return [Problem(f"{where}.study", what, "Give one of them another name")]
    kinds = [one.outcome.type if one.outcome else None for one in (study, other)]
    if kinds[0] != kinds[1] or kinds[0] not in ("binary", None):
        return [Problem(f"{where}.study", "can be a study of the same binary outcome only.", "Remove the key")]
    found = list(differences(study.model_dump(mode="json"), other.model_dump(mode="json")))
    problems = [
        Problem(
            f"{where}.changes.{name}",
            f"is a setting that does not differ from {section.study}.",
            did_you_mean(name, found),
        )
        for name in section.changes
        if all(reason_for(key, {name: ""}) is None for key in found)
    ]
    absent = [path for files in compared_files(other, f"results/{other.study.name}").values() for path in files]
    absent = [path for path in absent if not Path(path).is_file()]
    if absent:
        more = f" and {len(absent) - 1} more files" if len(absent) > 1 else ""
        what = f"{section.study} has not been run: {absent[0]}{more} do not exist."
        hint = f"Run first: snakemake --cores 2 --config study={shlex.quote(section.study)}"
        problems.append(Problem(f"{where}.study", what, hint))
    return problems
