"""The prediction models and how they are validated."""

from __future__ import annotations

import datetime
from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag, field_validator, model_validator

from osteon.config.base import Plain, Section, Slug

Classifier = Literal[
    "logistic",
    "logistic_l1",
    "logistic_l2",
    "logistic_elastic_net",
    "svm_linear",
    "svm_rbf",
    "knn",
    "naive_bayes",
    "tree",
    "random_forest",
    "extra_trees",
    "adaboost",
    "gradient_boosting",
    "xgboost",
    "lightgbm",
    "mlp",
    "sgd",
]


class Model(Section):
    """One prediction model: its inputs, and what is fitted on them."""

    clinical: list[Plain] = []
    """Clinical variables."""
    clinical_p: float | None = Field(None, gt=0, le=1)
    """Of the clinical variables, only those enter whose univariable logistic regression has a p below this. Default:
    all enter."""
    scores: list[str] = []
    """Radiomics scores, by signature name (late fusion: each signature is one score)."""
    columns: list[str] = []
    """Features that enter the classifier themselves, as column patterns (early fusion)."""
    selection: list[str] = []
    """Chains of selection steps, by name under 'selections'. Several: the best one in the inner folds is taken.
    Default: the study's 'selection'. 'all' is short for every named one."""
    classifier: list[Classifier] = ["logistic"]
    """What is fitted on the inputs. Several: the best one in the inner folds is taken. 'all' is short for every one."""
    trials: int = Field(0, ge=0)
    """Hyper-parameter settings that Optuna tries in the inner folds, for each selection and classifier; 0 keeps the
    classifier's defaults."""
    calibration: Literal["auto", "none", "sigmoid"] = "auto"
    """sigmoid: probabilities are calibrated on inner out-of-fold predictions. auto: only for classifiers whose output
    is no probability (SVM, k-NN, naive Bayes, AdaBoost, tree)."""
    features: Literal["real", "shuffled"] = "real"
    """shuffled: a negative control that learns from regions with shuffled voxels (see `controls`)."""
    label: str = ""
    """Name in tables and figures."""

    @field_validator("selection", "classifier", mode="before")
    @classmethod
    def _several(cls, value, info):
        if value == "all" and info.field_name == "classifier":
            return list(Classifier.__args__)
        return [value] if isinstance(value, str) else value

    @model_validator(mode="after")
    def _something(self):
        if not self.clinical and not self.scores and not self.columns:
            raise ValueError("a model needs 'clinical: [...]', 'scores: [...]' or 'columns: [...]'")
        if self.clinical_p is not None and not self.clinical:
            raise ValueError("'clinical_p' needs 'clinical: [...]'")
        for name in ("selection", "classifier"):
            values = getattr(self, name)
            if len(set(values)) < len(values):
                raise ValueError(f"'{name}' names something twice")
        if not self.classifier:
            raise ValueError("'classifier' is empty; write for example: classifier: logistic")
        return self


class Temporal(Section):
    """A test set of the latest patients."""

    column: Plain
    """Column of the participants table with the date of the examination (year first)."""
    begin: str | None = None
    """Patients from this day on are the test set: 2024-01-01."""
    share: float | None = Field(None, gt=0, lt=0.9)
    """Instead: the latest patients, as a share of all."""

    @field_validator("begin", mode="before")
    @classmethod
    def _day(cls, value):
        # YAML makes a date of 2024-01-01 without quotes
        if value is None or isinstance(value, datetime.date):
            return value and value.strftime("%Y-%m-%d")
        try:
            return datetime.date.fromisoformat(str(value)).isoformat()
        except ValueError:
            raise ValueError(f"'{value}' is not a day; write it as 2024-01-01") from None

    @model_validator(mode="after")
    def _one(self):
        if (self.begin is None) == (self.share is None):
            raise ValueError("a temporal split needs 'begin: YYYY-MM-DD' or 'share: 0.2', one of them")
        return self


def _kind_of_hold_out(value: Any) -> str:
    return "[temporal]" if isinstance(value, dict | Temporal) else "[share]"


# Names in brackets are no keys: messages leave them out of the path.
HoldOut = Annotated[
    Annotated[float, Tag("[share]")] | Annotated[Temporal, Tag("[temporal]")], Discriminator(_kind_of_hold_out)
]


class ThresholdTarget(Section):
    """Another rule for the threshold than Youden's; exactly one of the keys."""

    sensitivity: float | None = Field(None, gt=0, le=1)
    """The highest threshold that reaches this sensitivity."""
    specificity: float | None = Field(None, gt=0, le=1)
    """The lowest threshold that reaches this specificity."""
    risk: float | None = Field(None, gt=0, lt=1)
    """The threshold itself, as a predicted risk; nothing is chosen on patients."""

    @model_validator(mode="after")
    def _one(self):
        if len(self.model_dump(exclude_none=True)) != 1:
            raise ValueError(f"a threshold needs one of {RULES_IN_WORDS}")
        return self

    @property
    def words(self) -> str:
        """The rule in words, for messages."""
        return " ".join(f"{name} {value:g}" for name, value in self.model_dump(exclude_none=True).items())


YOUDEN = "youden"
RULES_IN_WORDS = "'{sensitivity: 0.9}', '{specificity: 0.9}' and '{risk: 0.2}'"


def _kind_of_threshold(value: Any) -> str:
    return "[target]" if isinstance(value, dict | ThresholdTarget) else "[youden]"


ThresholdRule = Annotated[
    Annotated[Literal["youden"], Tag("[youden]")] | Annotated[ThresholdTarget, Tag("[target]")],
    Discriminator(_kind_of_threshold),
]


class NullRun(Section):
    """Models fitted on shuffled outcomes: what the whole road finds where there is nothing."""

    repeats: int = Field(20, ge=0)
    """Shuffles per model; 0 does none."""

    @field_validator("repeats")
    @classmethod
    def _enough(cls, value):
        if value in (1, 2):
            raise ValueError("'repeats' needs 3 or more shuffles for an interval, or 0 for none")
        return value

    models: list[str] = []
    """The models, by name. Default: all that have features."""


SETS_ALONE = {"subject", "set"}
"""Columns of a table that says who trains and who tests, and no more."""


class Validation(Section):
    """How the models are split, tuned and judged."""

    hold_out: HoldOut | None = 0.2
    """Share of development patients kept for the internal test, by center and outcome; or a temporal split; or null
    for none (all development patients are training patients)."""
    folds: int = Field(5, ge=2)
    """Folds for out-of-fold predictions on the training patients."""
    repeats: int = Field(0, ge=0)
    """Repeated nested cross-validation of the training patients: as many times, with as many folds; 0 does none."""
    leave_one_center_out: bool = False
    """Each development center in turn is left out of the training patients and predicted."""
    person: Plain | None = None
    """Column of cases.tsv that tells who the patient is, where one person has several rows. Rows of one person are
    always in one set and one fold."""
    splits: str | None = None
    """A copy of 06_models/splits.tsv from an earlier run: its patients keep their sets and folds, new ones are added.
    Within one results folder this is so without it; write it to repeat a study elsewhere that grew over time. Or a
    table with the columns subject and set alone, as of a published split: it says who trains and who tests."""
    threshold: ThresholdRule = YOUDEN
    """Rule for the threshold of an outcome of two classes: 'youden' (the default), '{sensitivity: 0.9}' or
    '{specificity: 0.9}', applied to out-of-fold training predictions and then frozen; or '{risk: 0.2}', a predicted
    risk stated beforehand."""
    prevalence: float | None = Field(None, gt=0, lt=1)
    """How common the outcome is where the models will be used; predictive values at fixed sensitivities and
    specificities are given for it too. Default: for the prevalence of each set alone."""
    null_run: NullRun = NullRun()
    """Negative control with shuffled outcomes; false does none."""
    bootstrap: int = Field(2000, ge=100)
    """Resamples for intervals that have no formula."""
    decision: tuple[float, float] = (0.01, 0.99)
    """First and last threshold probability of the decision curves, chosen before looking; steps of 0.01."""

    @property
    def date_column(self) -> str | None:
        """Column of the participants table by which a temporal test set is found."""
        return self.hold_out.column if isinstance(self.hold_out, Temporal) else None

    @field_validator("threshold", mode="before")
    @classmethod
    def _rule(cls, value):
        if value == YOUDEN or isinstance(value, dict | ThresholdTarget):
            return value
        raise ValueError(f"'{value}' is no rule for a threshold; allowed are 'youden', {RULES_IN_WORDS}")

    @field_validator("null_run", mode="before")
    @classmethod
    def _none(cls, value):
        return {"repeats": 0} if value is False or value == 0 else value

    @field_validator("hold_out")
    @classmethod
    def _share(cls, value):
        if isinstance(value, float) and not 0 < value < 0.9:
            raise ValueError("'hold_out' is a share between 0 and 0.9, for example 0.2")
        return value

    @model_validator(mode="after")
    def _decision_range(self):
        if not 0 < self.decision[0] < self.decision[1] < 1:
            raise ValueError(
                "'decision' needs two threshold probabilities in rising order between 0 and 1, for example [0.05, 0.60]"
            )
        return self


Signatures = dict[Slug, list[str]]
Models = dict[Slug, Model]
