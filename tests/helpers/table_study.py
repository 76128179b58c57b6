"""A study of made-up feature tables in a copy of the project: quick to run whole, and to change cell by cell."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pandas as pd
import yaml

from helpers.project import Project
from helpers.tables import cohort

ROLES = {"A": "development", "B": "development", "X": "external"}
PARTICIPANTS, FEATURES, CASES = "participants.csv", "features.csv", "cases.csv"
STUDY = {
    "study": {"name": "tables", "seed": 7},
    "cases": CASES,
    "participants": PARTICIPANTS,
    "centers": {code: {"role": role, "source": "features", "table": FEATURES} for code, role in ROLES.items()},
    "outcome": {"column": "fracture", "positive": "yes", "negative": "no"},
    "variables": {"age": {"type": "continuous"}, "near": {"type": "continuous"}},
    "signatures": {"T1": ["T1_*"]},
    "models": {"combined": {"scores": ["T1"], "clinical": ["age"]}},
    "harmonisation": {"minimum": 5},
    "validation": {"folds": 2, "bootstrap": 100, "null_run": {"repeats": 0}},
}


class TableStudy:
    """The project with this study in it.

    Columns of the participants: age, fracture, near (follows the fracture closely), seen (a day; the last fifth of each
    center came last). Of the cases: person (three rows each, most of them of one outcome), scouts ('yes' for the first
    twelve of each center).
    """

    def __init__(self, root: Path, folder: Path, sizes: dict[str, int], features: int = 8, **sections):
        self.project = Project(root, folder)
        self.study = STUDY | sections
        people, tables = cohort(sizes, features, sequences=("T1",), seed=5)
        number = people.groupby("center").cumcount()
        share = number / people["center"].map(people["center"].value_counts())
        people["fracture"] = people["outcome"].map({0: "no", 1: "yes"})
        people["near"] = people["outcome"] + np.linspace(0, 0.2, len(people))
        people["seen"] = np.where(share < 0.8, "2023-05-01", "2024-05-01")
        alike = people.sort_values(["center", "outcome"]).groupby("center").cumcount()
        cases = people[["center", "subject"]].assign(
            person=people["center"] + (alike // 3).astype(str),
            scouts=np.where(number < 12, "yes", ""),
        )
        self.save(PARTICIPANTS, people[["subject", "age", "near", "seen", "fracture"]])
        self.save(FEATURES, pd.concat(tables, ignore_index=True))
        self.save(CASES, cases)
        self.write(self.study)

    @property
    def results(self) -> Path:
        """Folder of the results."""
        return self.project.folder / "results" / self.study["study"]["name"]

    def write(self, study: dict) -> None:
        """Write the study's YAML."""
        (self.project.folder / "study.yaml").write_text(yaml.safe_dump(study, sort_keys=False), encoding="utf-8")

    def table(self, name: str) -> pd.DataFrame:
        """One of the study's tables as text."""
        return pd.read_csv(self.project.folder / name, dtype=str, keep_default_na=False)

    def save(self, name: str, table: pd.DataFrame) -> None:
        """Write one of the study's tables."""
        table.to_csv(self.project.folder / name, index=False)

    def change(self, name: str, subject: str, column: str, value: str) -> None:
        """Change one cell; it must have had another value."""
        table = self.table(name)
        row = table.index[table["subject"] == subject].item()
        assert table.at[row, column] != value
        table.at[row, column] = value
        self.save(name, table)

    def snakemake(self, *targets: str, cores: int = 1):
        """Run; whatever comes of it."""
        return self.project.snakemake(*targets, "--config", "study=study.yaml", cores=cores)

    def run(self, *targets: str, cores: int = 1) -> str:
        """Run to the end."""
        done = self.snakemake(*targets, cores=cores)
        assert done.returncode == 0, done.stdout[-6000:]
        return done.stdout

    def read(self, path: str) -> pd.DataFrame:
        """A table of the results."""
        return pd.read_csv(self.results / path, sep="\t", dtype={"subject": str})

    def digests(self, folder: str) -> dict[str, str]:
        """Of every file under a folder of the results the SHA-256, by path."""
        files = sorted(path for path in (self.results / folder).rglob("*") if path.is_file())
        return {str(path.relative_to(self.results)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}
