"""Which cases are trained on, and what a user is told of a wrong choice."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from osteon.config.annotated import annotated_problems
from osteon.config.plan import Plan
from osteon.config.segmentation import Segmentation, Training
from osteon.config.sheets import Case
from osteon.config.study import Study


def study(segmentation, masks="m.nii.gz"):
    center = {"source": "dicom"} | ({"masks": masks} if masks else {})
    return Study.model_validate(
        {
            "study": {"name": "s"},
            "cases": "cases.tsv",
            "centers": {"A": center | {"role": "development"}, "X": center | {"role": "external"}},
            "sequences": {"T1": {}},
            "labels": {"L1": 1},
            "rois": {"body": ["L1"]},
            "segmentation": {"method": "nnunet", **segmentation},
        }
    )


def cases(**words):
    """Named like their center, with the word in column annotated."""
    return [
        Case(name[0], name, "raw", f"{name[0]}01", row, name, {"annotated": word})
        for row, (name, word) in enumerate(words.items(), start=2)
    ]


def on(column="annotated", value="yes", **train):
    return {"train_on": {"column": column, "value": value}, "train": {"folds": 2, **train}}


def said(settings, table, **more):
    return [f"{p.where}: {p.what} {p.write}".strip() for p in annotated_problems(study(settings, **more), table)]


GOOD = cases(A1="yes", A2="", A3="yes", X1="")


def test_annotated_cases_of_the_plan():
    plan = Plan(study(on()), GOOD)
    assert said(on(), GOOD) == []
    assert [case.subject for case in plan.annotated] == ["A1", "A3"]
    assert plan.folds == [0, 1]
    assert plan.segmentation_model == "<results>/03_segmentations/model/model.zip"


def test_center_and_batch_are_columns_too():
    assert [case.subject for case in Plan(study(on("center", "A")), GOOD).annotated] == ["A1", "A2", "A3"]


def test_given_model_trains_nothing():
    plan = Plan(study({"model": "model.zip"}), GOOD)
    assert (plan.annotated, plan.folds, plan.segmentation_model) == ([], [], "model.zip")


def test_without_a_choice_all_development_cases_are_trained_on():
    settings = {"method": "masks", "train": {"folds": 2}}
    plan = Plan(study(settings), GOOD)
    assert [case.subject for case in plan.annotated] == ["A1", "A2", "A3"]
    assert plan.segmentation_model is None


def test_absent_column_and_absent_word():
    assert said(on("anotated"), GOOD) == [
        "segmentation.train_on.column: cases.tsv has no column 'anotated'. Did you mean 'annotated'?"
    ]
    assert said(on(value="yess"), GOOD) == [
        "segmentation.train_on.value: no case has 'yess' in column 'annotated'. Did you mean 'yes'?"
    ]
    assert said(on(), cases(A1="", X1="")) == [
        "segmentation.train_on.value: no case has 'yes' in column 'annotated' (it is empty)."
    ]


def test_external_cases_are_never_trained_on():
    assert said(on(), cases(A1="yes", A2="yes", X1="yes")) == [
        "segmentation.train_on: would train on cases of external centers, which are locked away until validation: "
        "X X1 (row 4). Write another word than 'yes' in their column 'annotated'; their manual masks are used to "
        "evaluate the model"
    ]


def test_fewer_cases_than_folds():
    assert said(on(folds=3), GOOD) == [
        "segmentation.train.folds: is 3, but 2 cases of development centers are annotated. Annotate more, or write "
        "at most 2"
    ]


def test_annotated_case_needs_a_pattern_for_its_mask():
    assert said(on(), GOOD, masks=None) == [
        "centers.A.masks: is missing, but cases of this center are trained on. Write the pattern of the mask file "
        "inside a case's folder"
    ]


@pytest.mark.parametrize("folds", [[], [2], [-1], [0, 0]])
def test_folds_that_do_not_exist_are_refused(folds):
    with pytest.raises(ValidationError, match="write different numbers from 0 to 1"):
        Training(folds=2, train_folds=folds)


def test_chosen_folds():
    assert (Training(folds=4, train_folds=[3, 1]).trained, Training(folds=4, train_folds=[3, 1]).untrained) == (
        [1, 3],
        [0, 2],
    )


def test_train_on_needs_a_network():
    with pytest.raises(ValidationError, match="'train_on' needs 'method: nnunet'"):
        Segmentation(method="masks", train_on={"column": "annotated"})
