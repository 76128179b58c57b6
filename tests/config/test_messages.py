"""What a user is told when a study is wrong: exact texts, all problems of a pass at once."""

from __future__ import annotations

import copy
from pathlib import Path

import pytest
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

    def message(self) -> str:
        (self.folder / "study.yaml").write_text(yaml.safe_dump(self.study, sort_keys=False))
        for name, rows in (("cases.tsv", self.cases), ("participants.tsv", self.participants)):
            (self.folder / name).write_text("".join("\t".join(row) + "\n" for row in rows))
        (self.folder / "features.tsv").write_text("subject\tcenter\tx\nZ1\tZRH\t1\n")
        try:
            load_study("study.yaml")
        except StudyError as error:
            return str(error)
        return ""


@pytest.fixture
def mini(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return Mini(tmp_path)


def lines(message: str) -> list[str]:
    """The problems, with runs of blanks as one."""
    return [" ".join(line.split()) for line in message.splitlines()[1:-1]]


def test_a_right_study_has_no_message(mini):
    assert mini.message() == ""


def test_whole_message(mini):
    mini.study["combta"] = {}
    mini.study["centers"]["ZRH"]["role"] = "train"
    assert mini.message() == (
        "study.yaml has 2 problems; nothing was run.\n"
        "  centers.ZRH.role  'train' is not allowed.  Write: 'development' or 'external'\n"
        "  combta            unknown key.  Did you mean 'cases'?\n".replace("Did you mean 'cases'?", SUGGESTION)
        + "Help: docs/reference/configuration.md"
    )


SUGGESTION = "Allowed: " + ", ".join(
    [
        "study",
        "cases",
        "participants",
        "centers",
        "sequences",
        "series_rules",
        "series_overrides",
        "labels",
        "rois",
        "outcome",
        "variables",
        "simulation",
        "preprocess",
        "segmentation",
        "features",
        "harmonisation",
        "signatures",
        "selection",
        "models",
        "validation",
    ]
)


def test_misspelt_key_gets_a_suggestion(mini):
    mini.study["harmonization"] = mini.study.pop("harmonisation")
    assert lines(mini.message()) == ["harmonization unknown key. Did you mean 'harmonisation'?"]


def test_misspelt_nested_key_gets_a_suggestion(mini):
    mini.study["validation"] = {"holdout": 0.3}
    mini.study["models"]["radiomics"]["score"] = ["all"]
    assert lines(mini.message()) == [
        "models.radiomics.score unknown key. Did you mean 'scores'?",
        "validation.holdout unknown key. Did you mean 'hold_out'?",
    ]


def test_missing_key_says_what_to_write(mini):
    del mini.study["outcome"]["positive"]
    assert lines(mini.message()) == [
        "outcome.positive is missing. Write: positive: <value that means the patient has the condition, as written "
        "in the table>"
    ]


def test_yes_without_quotes(mini):
    mini.study["outcome"]["positive"] = True
    assert lines(mini.message()) == ["outcome.positive True is not text. Write it in quotes: 'yes'"]


def test_key_written_twice(mini, tmp_path):
    mini.message()
    text = (tmp_path / "study.yaml").read_text()
    (tmp_path / "study.yaml").write_text(text + "cases: other.tsv\n")
    with pytest.raises(StudyError, match="'cases' is written twice"):
        load_study("study.yaml")


def test_absent_study_names_what_is_there(mini):
    mini.message()
    with pytest.raises(StudyError, match=r"does not exist\.  Did you mean 'study.yaml'\?"):
        load_study("studie.yaml")


def test_unknown_center(mini):
    mini.cases[1][0] = "ZHR"
    assert lines(mini.message()) == [
        "cases.tsv, row 2 center 'ZHR' is not declared. Did you mean 'ZRH'?",
        "participants.tsv, row 2 subject 'Z1' is of center 'ZRH' here and of 'ZHR' in cases.tsv. Correct one of them",
    ]


def test_empty_center(mini):
    mini.study["centers"]["BRN"] = {"role": "external", "source": "features", "table": "features.tsv"}
    assert lines(mini.message()) == [
        "centers.BRN has no case in cases.tsv. Add its patients there, or remove the center"
    ]


def test_duplicated_subject_in_both_tables(mini):
    mini.cases.append(["OSL", "Z1", "", ""])
    mini.participants.append(["O1", "OSL", "wild", "70"])
    assert lines(mini.message()) == [
        "cases.tsv, row 5 subject 'Z1' is already in row 2. Keep one row per subject; ids must be unique over all "
        "centers",
        "participants.tsv subject 'O1' is in 2 rows. Keep one row per subject",
        "participants.tsv, row 2 subject 'Z1' is of center 'ZRH' here and of 'OSL' in cases.tsv. Correct one of them",
    ]


def test_missing_outcome(mini):
    mini.participants[2][2] = ""
    assert lines(mini.message()) == [
        "participants.tsv, row 3 'idh' of subject 'Z2' is empty. Write mutant or wild, or set 'outcome.missing: "
        "exclude'"
    ]


def test_missing_outcome_may_be_excluded(mini):
    mini.participants[2][2] = "NA"
    mini.participants.append(["Z3", "ZRH", "wild", "50"])
    mini.cases.append(["ZRH", "Z3", "", ""])
    mini.study["outcome"]["missing"] = "exclude"
    assert mini.message() == ""


def test_unknown_outcome_value(mini):
    mini.participants[1][2] = "mutated"
    assert lines(mini.message()) == ["participants.tsv, row 2 'idh' is 'mutated'. Write: mutant or wild"]


def test_one_class_outcome(mini):
    mini.participants[1][2] = "wild"
    assert lines(mini.message()) == [
        "participants.tsv all development patients have 'idh' = wild. A model needs patients with and without the "
        "outcome"
    ]


def test_missing_column(mini):
    for row in mini.participants:
        del row[3]
    assert lines(mini.message()) == ["participants.tsv has no column 'age'. Allowed: subject, center, idh"]


def test_text_in_a_number_column(mini):
    mini.participants[1][3] = "sixty"
    assert lines(mini.message()) == [
        "participants.tsv, row 2 'age' is 'sixty', not a number. Write a number, or leave it empty"
    ]


def test_case_without_participant(mini):
    mini.cases.append(["OSL", "O2", "", ""])
    assert lines(mini.message()) == [
        "participants.tsv has no row for subject 'O2' of cases.tsv, row 5. Add the row, or remove the case"
    ]


def test_missing_files(mini):
    mini.study["cases"] = "case.tsv"
    mini.study["participants"] = "people.tsv"
    assert lines(mini.message()) == [
        "cases the file case.tsv does not exist. Write its path under 'cases:'",
        "participants the file people.tsv does not exist. Write its path under 'participants:'",
    ]


def test_outcome_as_combat_covariate(mini):
    mini.study["harmonisation"] = {"method": "none", "covariates": ["idh"]}
    assert lines(mini.message()) == [
        "harmonisation.covariates 'idh' is the outcome. Remove it: ComBat with the outcome leaks the answer into the "
        "features"
    ]


def test_combat_with_one_development_center(mini):
    del mini.study["harmonisation"]
    assert lines(mini.message()) == [
        "harmonisation.method 'combat' needs two development centers; there is one. Write: harmonisation: {method: "
        "none}"
    ]


def test_model_with_unknown_parts(mini):
    mini.study["models"]["clinical"] = {"clinical": ["aeg"]}
    mini.study["models"]["radiomics"]["scores"] = ["al"]
    assert lines(mini.message()) == [
        "models.radiomics.scores signature 'al' is not declared. Did you mean 'all'?",
        "models.clinical.clinical variable 'aeg' is not declared. Did you mean 'age'?",
    ]


def test_imaging_center_without_images(mini):
    mini.study["centers"]["OSL"] = {"role": "external", "source": "dicom", "masks": "*.nii.gz"}
    mini.study["series_rules"] = "rules.yaml"
    for row in mini.cases[1:]:
        row[2:] = [".", row[0] + "1"]
    assert lines(mini.message()) == [
        "sequences is missing, but a center delivers images. Write at least one entry under 'sequences:'",
        "labels is missing, but a center delivers images. Write at least one entry under 'labels:'",
        "rois is missing, but a center delivers images. Write at least one entry under 'rois:'",
        "series_rules the file rules.yaml does not exist.",
    ]


def test_absent_case_folder(mini):
    mini.study["centers"]["OSL"] = {"role": "external", "source": "dicom", "masks": "*.nii.gz"}
    mini.cases[3][2:] = ["raw/OSL/O1", "OSL1"]
    assert lines(mini.message()) == ["cases.tsv, row 4 the folder raw/OSL/O1 does not exist. Correct 'source'"]
