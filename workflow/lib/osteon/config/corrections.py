"""The files of corrected masks: which belongs to which case, by its name alone."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection
from pathlib import Path

from osteon.config.explain import Problem

SUFFIXES = (".nii.gz", ".nii", ".nrrd")
# The subject ends at the first sign that is no letter or digit, so sub-A1 is never taken for sub-A10.
NAME = re.compile(r"sub-([A-Za-z0-9]+)")


def correction_files(folder: str | None) -> dict[str, list[str]]:
    """The corrected masks in a folder by subject, in the order of their names; other files are left out.

    Names are compared letter by letter, also on disks that ignore letter case.
    """
    found: dict[str, list[str]] = {}
    if folder is None or not Path(folder).is_dir():
        return found
    for path in sorted(Path(folder).iterdir()):
        named = NAME.match(path.name)
        if named and path.name.lower().endswith(SUFFIXES) and path.is_file():
            found.setdefault(named[1], []).append(str(path))
    return found


def subject_of(path: str | Path) -> str:
    """The subject that a file of `correction_files` names."""
    named = NAME.match(Path(path).name)
    if not named:
        raise ValueError(f"{path}: the name does not begin with sub- and a subject's label")
    return named[1]


def correction_problems(folder: str | None, subjects: Collection[str]) -> list[Problem]:
    """A folder that does not exist, and masks that no case of the study would ever take."""
    if folder is None:
        return []
    where = "segmentation.corrections"
    if not Path(folder).is_dir():
        return [Problem(where, f"the folder {folder} does not exist.", f"Make it: mkdir -p {folder}")]
    return [
        Problem(where, f"{file} belongs to no case with images.", _advice(subject, subjects))
        for subject, files in correction_files(folder).items()
        if subject not in subjects
        for file in files
    ]


def _advice(subject: str, subjects: Collection[str]) -> str:
    alike = [known for known in subjects if known.lower() == subject.lower()]
    alike = alike or difflib.get_close_matches(subject, subjects, n=1, cutoff=0.8)
    meant = f"Did you mean sub-{alike[0]}? " if alike else ""
    return f"{meant}Name it after its case, or take it out of the folder"
