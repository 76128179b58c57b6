"""What a user is told when a study is wrong: exact texts, all problems of a pass at once."""

from __future__ import annotations

import pytest

from helpers.mini_study import lines
from osteon.config.explain import StudyError
from osteon.config.load import load_study


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
        "allow_identifiable",
        "batch_size",
        "labels",
        "mask_checks",
        "rois",
        "outcome",
        "linkage",
        "variables",
        "simulation",
        "preprocess",
        "segmentation",
        "features",
        "robustness",
        "deep",
        "controls",
        "missing_values",
        "harmonisation",
        "signatures",
        "selection",
        "selections",
        "models",
        "validation",
        "analysis",
        "apply",
        "published",
        "compare_with",
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
    assert lines(mini.message()) == ["outcome a binary outcome needs 'positive: ...' and 'negative: ...'."]
    mini.study["outcome"]["positive"] = "mutant"
    del mini.study["outcome"]["column"]
    assert lines(mini.message()) == ["outcome.column is missing. Write: column: <column of the participants table>"]


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
    ]


def test_empty_center(mini):
    mini.study["centers"]["BRN"] = {"role": "external", "source": "features", "table": "features.tsv"}
    assert lines(mini.message()) == [
        "centers.BRN has no case in cases.tsv. Add its patients there, or remove the center"
    ]


def test_duplicated_subject(mini):
    mini.cases.append(["OSL", "Z1", "", ""])
    assert lines(mini.message()) == [
        "cases.tsv, row 5 subject 'Z1' is already in row 2. Keep one row per subject; ids must be unique over all "
        "centers",
    ]


def test_missing_outcome(mini):
    mini.participants[2][2] = ""
    assert lines(mini.message()) == [
        "participants.tsv, row 3 'idh' of subject 'Z2' is empty. Write wild or mutant, or set 'outcome.missing: "
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
    assert lines(mini.message()) == [
        "participants.tsv, row 2 'idh' is 'mutated'. Did you mean 'mutant'? Write: wild or mutant"
    ]


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


def test_masks_and_their_checks(mini):
    elsewhere = {"reader": "B", "pattern": "*.seg.nrrd", "folder": "masks/B"}
    masks = [{"pattern": "m.nii.gz"}, elsewhere]
    mini.study["centers"]["OSL"] = {"role": "external", "source": "dicom", "masks": masks}
    mini.study |= {"sequences": {"T1": {}}, "labels": {"L1": 1, "L2": 2}, "rois": {"body": ["L1"]}}
    mini.study |= {"series_rules": "cases.tsv", "mask_checks": {"head_to_foot": ["L1", "L22"]}}
    for row in mini.cases[1:]:
        row[2:] = [".", row[0] + "1"]
    assert lines(mini.message()) == [
        "centers.OSL.masks the folder masks/B does not exist. Correct 'folder'",
        "centers.OSL.masks the pattern *.seg.nrrd finds the same files for every case. "
        "Write {subject} where the case's label stands",
        "mask_checks.head_to_foot label 'L22' is not declared. Did you mean 'L2'?",
    ]


def test_pattern_that_leaves_its_folder(mini):
    mini.study["centers"]["OSL"] = {"role": "external", "source": "dicom", "masks": "/data/*.nii.gz"}
    assert lines(mini.message()) == [
        "centers.OSL.masks.0.pattern '/data/*.nii.gz' is no pattern inside a folder; "
        "write 'folder: path/to/masks' beside it."
    ]
