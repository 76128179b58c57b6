"""What a user is told of models, selections and validation: exact texts."""

from __future__ import annotations

import datetime

import pytest

from helpers.mini_study import Mini, lines
from osteon.config.modelling import Classifier


@pytest.fixture
def large(tmp_path, monkeypatch):
    """Of two development centers 26 patients with each outcome, examined on 26 days."""
    monkeypatch.chdir(tmp_path)
    mini = Mini(tmp_path)
    mini.study["centers"]["BRN"] = {"role": "development", "source": "features", "table": "features.tsv"}
    mini.participants = [["subject", "center", "idh", "age", "examined"]]
    mini.cases = [["center", "subject", "who"], ["OSL", "O1", "o"]]
    for number in range(52):
        center, value = ("ZRH", "BRN")[number % 4 // 2], ("mutant", "wild")[number % 2]
        day = f"2024-01-{number // 2 + 1:02d}"
        mini.participants.append([f"M{number}", center, value, str(50 + number), day])
        mini.cases.append([center, f"M{number}", f"w{number}"])
    mini.participants.append(["O1", "OSL", "wild", "62", ""])
    mini.study["models"]["radiomics"]["selection"] = "small"
    mini.study["selections"] = {"small": ["lasso"], "pca": ["variance", "pca"]}
    return mini


def told(study):
    return lines(study.message())


def test_a_right_study_has_no_message(large):
    large.study["validation"] = {
        "hold_out": {"column": "examined", "begin": "2024-01-20"},
        **{"folds": 3, "repeats": 2, "leave_one_center_out": True, "null_run": {"models": ["radiomics"]}},
    }
    large.study["models"]["radiomics"] |= {"selection": "all", "scores": [], "columns": ["*"], "classifier": "all"}
    assert large.message() == ""


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (
            {"scores": ["all"], "selection": "smal"},
            "models.m.selection 'smal' is not declared under 'selections'. Did you mean 'small'?",
        ),
        (
            {"scores": ["all"], "selection": ["small", "pca"]},
            "models.m.scores selection 'pca' ends with 'pca', whose components have no weights for a score. Write the "
            "features under 'columns' instead of 'scores', or end the chain with lasso",
        ),
        (
            {"scores": ["all"], "selection": "all"},
            "models.m.scores selection 'pca' ends with 'pca', whose components have no weights for a score. Write the "
            "features under 'columns' instead of 'scores', or end the chain with lasso",
        ),
    ],
)
def test_selections_of_a_model(large, model, message):
    large.study["models"] = {"m": model}
    assert told(large) == [message]


def test_all_selections_of_none(mini):
    mini.study["models"]["radiomics"]["selection"] = "all"
    assert told(mini) == [
        "models.radiomics.selection is 'all', but there is nothing under 'selections'. Name chains there, or remove "
        "the key to use 'selection'"
    ]


def test_default_selection_that_gives_no_score(mini):
    mini.study["selection"] = ["pca"]
    assert told(mini) == [
        "models.radiomics.scores 'selection' ends with 'pca', whose components have no weights for a score. Write the "
        "features under 'columns' instead of 'scores', or end the chain with lasso"
    ]


@pytest.mark.parametrize(
    ("chain", "message"),
    [
        ([], "selections.x is empty. Write at least one step, for example: [lasso]"),
        (
            ["variance", "pca", "lasso"],
            "selections.x 'pca' is step 2 of 3; its components take the place of the features. Make it the last step",
        ),
        (
            [{"sequential": {"classifier": "logistic_l3"}}],
            "selections.x 'logistic_l3' is no classifier. Did you mean 'logistic_l2'?",
        ),
    ],
)
def test_chains(mini, chain, message):
    mini.study["selections"] = {"x": chain}
    assert told(mini) == [message]


@pytest.fixture
def measured(mini):
    """A study of a number."""
    mini.study["outcome"] = {"column": "idh", "type": "continuous"}
    for row, value in zip(mini.participants[1:], ("81.5", "120", "90"), strict=True):
        row[2] = value
    return mini


@pytest.mark.parametrize(
    ("classifier", "write"),
    [
        ("naive_bayes", "logistic"),
        (["naive_bayes", "tree"], "tree"),
        (["knn", "naive_bayes", "tree"], "[knn, tree]"),
        ("all", f"[{', '.join(name for name in Classifier.__args__ if name != 'naive_bayes')}]"),
    ],
    ids=["alone", "of two", "of three", "all"],
)
def test_classifier_that_predicts_no_number(measured, classifier, write):
    measured.study["models"]["radiomics"]["classifier"] = classifier
    assert told(measured) == [
        f"models.radiomics.classifier 'naive_bayes' cannot predict a number. Write: classifier: {write}"
    ]


def test_steps_for_classes_only(measured):
    measured.study["selection"] = [{"sequential": {"classifier": "naive_bayes"}}, {"lasso": {"loss": "logistic"}}]
    assert told(measured) == [
        "selection 'naive_bayes' cannot predict a number. Write: classifier: logistic_l2",
        "selection 'loss: logistic' is for classes, and the outcome is a number. Write: loss: squared",
    ]


def test_null_run_of_an_unknown_model(mini):
    mini.study["validation"] = {"null_run": {"models": ["radiomic"]}}
    assert told(mini) == ["validation.null_run.models model 'radiomic' is not declared. Did you mean 'radiomics'?"]


@pytest.mark.parametrize(
    ("model", "more", "why"),
    [
        ({"classifier": ["logistic", "sgd"]}, {}, "model 'm' tries several classifiers"),
        ({"selection": ["small", "other"]}, {}, "model 'm' tries several selections"),
        ({"selection": "all"}, {}, "model 'm' tries several selections"),
        ({"trials": 3}, {}, "model 'm' tunes its classifier"),
        ({"calibration": "sigmoid"}, {}, "model 'm' is calibrated"),
        ({"classifier": "knn"}, {}, "model 'm' is calibrated"),
        ({"classifier": "knn", "calibration": "none"}, {}, None),
        ({}, {}, None),
        ({}, {"repeats": 2}, "each repeat has a threshold of its own"),
        ({}, {"repeats": 2, "threshold": {"specificity": 0.9}}, "each repeat has a threshold of its own"),
        ({}, {"repeats": 2, "threshold": {"risk": 0.2}}, None),
    ],
    ids=str,
)
def test_two_folds_leave_no_inner_folds(large, model, more, why):
    large.study["selections"] = {"small": ["lasso"], "other": ["elastic_net"]}
    large.study["models"] = {"m": {"scores": ["all"], **model}}
    large.study["validation"] = {"folds": 2, **more}
    wanted = f"validation.folds is 2, but {why}, for which inner folds are needed. Write: folds: 3, or more"
    assert told(large) == ([wanted] if why else [])


RULES = "'{sensitivity: 0.9}', '{specificity: 0.9}' and '{risk: 0.2}'"


@pytest.mark.parametrize(
    ("threshold", "message"),
    [
        ("yuden", f"validation.threshold 'yuden' is no rule for a threshold; allowed are 'youden', {RULES}."),
        (0.2, f"validation.threshold '0.2' is no rule for a threshold; allowed are 'youden', {RULES}."),
        ({"sensitivity": 0.9, "risk": 0.2}, f"validation.threshold a threshold needs one of {RULES}."),
        ({}, f"validation.threshold a threshold needs one of {RULES}."),
        ({"sensitivty": 0.9}, "validation.threshold.sensitivty unknown key. Did you mean 'sensitivity'?"),
        ({"risk": 20}, "validation.threshold.risk 20 cannot be used. Write: less than 1"),
        ({"sensitivity": 1}, None),
        ("youden", None),
    ],
    ids=str,
)
def test_rules_of_the_threshold(mini, threshold, message):
    mini.study["validation"] = {"threshold": threshold}
    assert told(mini) == ([message] if message else [])


def test_a_prevalence_is_a_share(mini):
    mini.study["validation"] = {"prevalence": 20}
    assert told(mini) == ["validation.prevalence 20 cannot be used. Write: less than 1"]


def test_keys_for_two_classes_only(measured):
    measured.study["validation"] = {"threshold": {"risk": 0.2}, "prevalence": 0.1}
    assert told(measured) == [
        "validation.threshold is for an outcome of two classes. Remove the key",
        "validation.prevalence is for an outcome of two classes. Remove the key",
    ]


def test_leaving_out_the_only_center(mini):
    mini.study["validation"] = {"leave_one_center_out": True}
    assert told(mini) == [
        "validation.leave_one_center_out needs two development centers; there is one. Write: leave_one_center_out: "
        "false"
    ]


def test_leaving_out_one_of_two_harmonised_centers(large):
    large.study["validation"] = {"leave_one_center_out": True}
    large.study["harmonisation"] = {"method": "combat"}
    assert told(large) == [
        "validation.leave_one_center_out needs three development centers, because ComBat needs two centers to learn "
        "from; there are two. Write: leave_one_center_out: false, or harmonisation: {method: none}"
    ]


def temporal(study, **keys):
    study.study["validation"] = {"hold_out": {"column": "examined", **keys}}
    return told(study)


def test_begin_is_a_day(large):
    assert temporal(large, begin="20.1.2024") == [
        "validation.hold_out.begin '20.1.2024' is not a day; write it as 2024-01-01."
    ]
    assert temporal(large, begin=datetime.date(2024, 1, 15)) == []  # without quotes in YAML


def test_temporal_split_is_complete(large):
    wanted = ["validation.hold_out a temporal split needs 'begin: YYYY-MM-DD' or 'share: 0.2', one of them."]
    assert temporal(large) == wanted
    assert temporal(large, begin="2024-01-15", share=0.2) == wanted
    assert temporal(large, strat="2024-01-15") == [
        "validation.hold_out.strat unknown key. Allowed: column, begin, share"
    ]


def test_date_column_is_there(large):
    assert temporal(large, share=0.2) == []
    large.study["validation"]["hold_out"]["column"] = "examind"
    assert told(large) == [
        "validation.hold_out.column participants.tsv has no column 'examind'. Did you mean 'examined'?"
    ]


def test_dates_can_be_read(large):
    large.participants[3][4] = "spring"
    large.participants[5][4] = ""
    assert temporal(large, share=0.2) == [
        "participants.tsv, row 4 'examined' is 'spring', not a date. Write YYYY-MM-DD; the test set is chosen by it",
        "participants.tsv, row 6 'examined' is empty. Write YYYY-MM-DD; the test set is chosen by it",
    ]
    for row in large.participants[1:]:
        row[4] = ""
    assert temporal(large, share=0.2)[5:] == [
        "participants.tsv 47 more development patients have no date in 'examined'."
    ]


def test_dates_of_patients_without_outcome_do_not_count(large):
    large.study["outcome"]["missing"] = "exclude"
    large.participants[3][2:] = ["", "60", ""]
    assert temporal(large, share=0.2) == []


@pytest.mark.parametrize("begin", ["2024-01-01", "2024-01-27", "2030-01-01"])
def test_begin_divides_the_patients(large, begin):
    assert temporal(large, begin=begin) == [
        f"validation.hold_out.begin {begin} leaves patients on one side only: the dates are from 2024-01-01 to "
        "2024-01-26. Write a day after 2024-01-01, and not after 2024-01-26"
    ]


def test_dates_that_are_all_one(large):
    for row in large.participants[1:]:
        row[4] = "2024-05-01"
    assert temporal(large, share=0.2) == [
        "validation.hold_out.column all development patients have 'examined' = 2024-05-01. Name the column with the "
        "dates of the examinations"
    ]


def test_too_few_for_the_folds(large):
    large.study["validation"] = {"folds": 12}
    assert told(large) == [
        f"validation.folds 12 folds need 24 training patients with 'idh' = {value}; there are 26, of whom about 5 are "
        "held out for the test. Write: folds: 10"
        for value in ("mutant", "wild")
    ]
    large.study["validation"] = {"folds": 12, "hold_out": None}
    assert told(large) == []


def test_the_folds_that_are_advised_are_enough_wherever_the_draw_rounds(large):
    large.study["validation"] = {"folds": 12, "hold_out": 0.21}  # 5.46 of 26: 5 or 6
    assert [message[-9:] for message in told(large)] == ["folds: 10"] * 2
    large.study["validation"] = {"folds": 12, "hold_out": 0.26}  # 6.76 of 26: 6 or 7
    assert [message[-8:] for message in told(large)] == ["folds: 9"] * 2


def test_persons_count_once_for_the_folds(large):
    large.study["validation"] = {"hold_out": None, "person": "who"}
    assert told(large) == []
    for row in large.cases[2:]:
        row[2] = f"w{int(row[1][1:]) // 8}"  # eight rows each, of both outcomes
    assert told(large) == [
        "validation.folds 5 folds need 10 training patients with 'idh' = mutant; there are 7. Write: folds: 3"
    ]


def test_too_few_numbers_for_the_folds(large):
    large.study["outcome"] = {"column": "idh", "type": "continuous"}
    for number, row in enumerate(large.participants[1:]):
        row[2] = str(number)
    large.study["validation"] = {"folds": 30, "hold_out": None}
    assert told(large) == ["validation.folds 30 folds need 60 training patients; there are 52. Write: folds: 26"]


def test_early_fusion_of_images_names_their_columns(mini):
    mini.study["centers"]["ZRH"] |= {"source": "nifti", "images": {"T1": "*_T1.nii.gz"}, "masks": "*_seg.nii.gz"}
    mini.study["models"]["radiomics"] = {"columns": ["T1w_*", "T1_L1L3_*", "T*", "*glcm*"]}
    mini.study |= {"sequences": {"T1": {}}, "labels": {"L1": 1}, "rois": {"L1L3": ["L1"]}}
    mini.study["segmentation"] = {"method": "masks"}
    assert "models.radiomics.columns no feature begins with 'T1w_'. Features begin with: T1_, deep_" in told(mini)


@pytest.mark.parametrize(
    ("section", "value", "line"),
    [
        ("selection", ["univariable", "laso"], "  selection.1  'laso' is unknown.  Did you mean 'lasso'?"),
        (
            "selection",
            [{"lasso": {"rules": "1se"}}],
            "  selection.0.lasso.rules  unknown key.  Did you mean 'rule'?",
        ),
        (
            "validation",
            {"null_run": "no"},
            "  validation.null_run  'no' cannot be used.  Write its keys under it, for example {<key>: <value>}",
        ),
    ],
    ids=["step", "key of a step", "section"],
)
def test_misspelt_steps_and_sections(mini, section, value, line):
    mini.study[section] = value
    assert line in mini.message()


@pytest.mark.parametrize("value", [False, 0], ids=["false", "0"])
def test_no_null_run(value):
    from osteon.config.modelling import Validation

    assert Validation(null_run=value).null_run.repeats == 0
