"""A small study in a folder of its own, to be broken by one test each."""

from __future__ import annotations

import copy
from pathlib import Path

import yaml

from osteon.config.explain import StudyError
from osteon.config.load import load_study

STUDY = {
    "study": {"name": "mini"},
    "cases": "cases.tsv",
    "participants": "participants.tsv",
    "centers": {
        "ZRH": {"role": "development", "source": "features", "table": "features.tsv"},
        "OSL": {"role": "external", "source": "features", "table": "features.tsv"},
    },
    "harmonisation": {"method": "none"},
    "outcome": {"column": "idh", "positive": "mutant", "negative": "wild"},
    "variables": {"age": {"type": "continuous"}},
    "signatures": {"all": ["*"]},
    "models": {"radiomics": {"scores": ["all"]}},
}
PARTICIPANTS = [
    ("subject", "center", "idh", "age"),
    ("Z1", "ZRH", "mutant", "60"),
    ("Z2", "ZRH", "wild", "61"),
    ("O1", "OSL", "wild", "62"),
]
CASES = [("center", "subject", "source", "batch"), ("ZRH", "Z1", "", ""), ("ZRH", "Z2", "", ""), ("OSL", "O1", "", "")]


class Mini:
    """A small study in a folder of its own, to be broken by one test each."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.study = copy.deepcopy(STUDY)
        self.cases = [list(row) for row in CASES]
        self.participants = [list(row) for row in PARTICIPANTS]
        self.features: str | None = None

    def message(self) -> str:
        (self.folder / "study.yaml").write_text(yaml.safe_dump(self.study, sort_keys=False))
        for name, rows in (("cases.tsv", self.cases), ("participants.tsv", self.participants)):
            (self.folder / name).write_text("".join("\t".join(row) + "\n" for row in rows))
        (self.folder / "features.tsv").write_text(self._features() if self.features is None else self.features)
        try:
            load_study("study.yaml")
        except StudyError as error:
            return str(error)
        return ""

    def _features(self) -> str:
        """A row for every case, if the test has written no table of its own."""
        rows = [f"{row[1]}\t{row[0]}\t{number}\n" for number, row in enumerate(self.cases[1:])]
        return "".join(["subject\tcenter\tx\n", *rows])


def lines(message: str) -> list[str]:
    """The problems, with runs of blanks as one."""
    return [" ".join(line.split()) for line in message.splitlines()[1:-1]]
