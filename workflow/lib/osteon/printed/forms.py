"""Forms for printed tables: CSV files that are recognised by their columns, one form per kind of table.

A form is a dataclass of one row. Its fields are the columns; cells of numbers become `Printed` ranges, counts whole
numbers, and empty cells None. Documented for users in docs/how-to/audit_printed.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Annotated, get_type_hints

from osteon.printed.numbers import Printed


@dataclass(frozen=True)
class Column:
    """What a column of a form holds.

    Attributes:
        kind: text; count, a whole number; number; or signed, a number whose printed zero may be a rounded negative one.
        about: what it is, for documentation.
        required: the form is not recognised without it.
        also: other headers that mean the same.
    """

    kind: str
    about: str
    required: bool = False
    also: tuple[str, ...] = ()


LOWER, UPPER = ("ci_low", "ci_lower", "lower"), ("ci_high", "ci_upper", "upper")

_text = partial(Column, "text")
_count = partial(Column, "count")
_number = partial(Column, "number")
_signed = partial(Column, "signed")


@dataclass(frozen=True)
class Baseline:
    """A line of the table of patients by outcome: counts of a level, or median (IQR), or mean (SD)."""

    set: Annotated[str, _text("set of patients, for example train", required=True)] = ""
    variable: Annotated[str, _text("name of the variable", required=True)] = ""
    level: Annotated[str, _text("counts: the level that is counted; one line per printed level")] = ""
    kind: Annotated[str, _text("count, median_iqr or mean_sd", required=True)] = ""
    negative_n: Annotated[
        int | None, _count("patients without the outcome who have a value", required=True, also=("nop_n", "n_0"))
    ] = None
    negative_value: Annotated[
        str,
        _text("as printed: 171, 171 (49.4%), 67.0 (10.0), 67.0 ± 10.0", required=True, also=("nop_value", "value_0")),
    ] = ""
    positive_n: Annotated[
        int | None, _count("patients with the outcome who have a value", required=True, also=("op_n", "n_1"))
    ] = None
    positive_value: Annotated[str, _text("as above", required=True, also=("op_value", "value_1"))] = ""
    statistic: Annotated[Printed | None, _signed("the test's statistic as printed", also=("statistic_as_printed",))] = (
        None
    )
    label: Annotated[
        str, _text("how the table names the statistic: chi2, Z, t, U, Fisher", also=("statistic_label_as_printed",))
    ] = ""
    p: Annotated[Printed | None, _number("p as printed", also=("p_as_printed", "p_value"))] = None

    @property
    def name(self) -> str:
        """What the row is called."""
        return ", ".join(part for part in (f"{self.variable} {self.level}".strip(), self.set) if part)


@dataclass(frozen=True)
class Logistic:
    """A line of a table of odds ratios."""

    analysis: Annotated[str, _text("univariable or multivariable", required=True)] = ""
    variable: Annotated[str, _text("name as in the table of patients", required=True)] = ""
    level: Annotated[str, _text("the level that is compared, if the variable has several")] = ""
    set: Annotated[str, _text("set of patients, if the paper says it")] = ""
    coefficient: Annotated[Printed | None, _signed("regression coefficient", also=("b", "beta"))] = None
    se: Annotated[Printed | None, _number("its standard error", also=("standard_error",))] = None
    odds_ratio: Annotated[Printed | None, _number("odds ratio", required=True, also=("or",))] = None
    low: Annotated[Printed | None, _number("lower limit of its 95% interval", also=LOWER)] = None
    high: Annotated[Printed | None, _number("upper limit", also=UPPER)] = None
    z: Annotated[Printed | None, _signed("z = coefficient / standard error", also=("wald_z",))] = None
    wald: Annotated[Printed | None, _number("Wald's chi-square, the square of z", also=("wald_chi2",))] = None
    p: Annotated[Printed | None, _number("p as printed", also=("p_as_printed", "p_value"))] = None

    @property
    def name(self) -> str:
        """What the row is called."""
        parts = (f"{self.variable} {self.level}".strip(), self.analysis, self.set)
        return ", ".join(part for part in parts if part)


@dataclass(frozen=True)
class Performance:
    """A line of the table of performance: one model in one set."""

    model: Annotated[str, _text("name of the model", required=True)] = ""
    set: Annotated[str, _text("set of patients", required=True)] = ""
    negative_n: Annotated[
        int | None, _count("patients without the outcome", required=True, also=("n_nop", "n_0", "n_negative"))
    ] = None
    positive_n: Annotated[
        int | None, _count("patients with the outcome", required=True, also=("n_op", "n_1", "n_positive"))
    ] = None
    auc: Annotated[Printed | None, _number("area under the ROC curve", also=("auroc",))] = None
    low: Annotated[Printed | None, _number("lower limit of its 95% interval", also=LOWER)] = None
    high: Annotated[Printed | None, _number("upper limit", also=UPPER)] = None
    sensitivity: Annotated[Printed | None, _number("sensitivity", also=("recall", "sens"))] = None
    specificity: Annotated[Printed | None, _number("specificity", also=("spec",))] = None
    accuracy: Annotated[Printed | None, _number("accuracy", also=("acc",))] = None
    precision: Annotated[Printed | None, _number("precision", also=("ppv",))] = None
    npv: Annotated[Printed | None, _number("negative predictive value")] = None
    f1: Annotated[Printed | None, _number("F1", also=("f1_score",))] = None
    balanced_accuracy: Annotated[Printed | None, _number("balanced accuracy")] = None
    youden: Annotated[Printed | None, _signed("Youden index, sensitivity + specificity - 1")] = None
    mcc: Annotated[Printed | None, _signed("Matthews correlation coefficient")] = None

    @property
    def name(self) -> str:
        """What the row is called."""
        return f"{self.model}, {self.set}"


@dataclass(frozen=True)
class DeLong:
    """A line of the table of paired comparisons of AUCs."""

    set: Annotated[str, _text("set of patients", required=True)] = ""
    model_1: Annotated[str, _text("name as in the table of performance", required=True)] = ""
    model_2: Annotated[str, _text("name as in the table of performance", required=True)] = ""
    z: Annotated[Printed | None, _signed("DeLong's z as printed")] = None
    p: Annotated[Printed | None, _number("p as printed", required=True, also=("p_as_printed", "p_value"))] = None

    @property
    def name(self) -> str:
        """What the row is called."""
        return f"{self.model_1} and {self.model_2}, {self.set}"


@dataclass(frozen=True)
class Flow:
    """A box of the flow of patients, and the box it is a part of."""

    step: Annotated[str, _text("name of the box; a set by its name in the other tables", required=True)] = ""
    n: Annotated[int | None, _count("patients in it", required=True)] = None
    of: Annotated[
        str, _text("the box it is a part of; all parts of a box, those excluded too, have a line", required=True)
    ] = ""
    percent: Annotated[Printed | None, _number("percentage of that box, if printed")] = None

    @property
    def name(self) -> str:
        """What the row is called."""
        return self.step


@dataclass(frozen=True)
class Share:
    """A share of a whole; the line 'total', or one with the name of a group, gives a printed sum."""

    item: Annotated[
        str, _text("what has the share; 'total', or the name of a group for its printed sum", required=True)
    ] = ""
    share: Annotated[Printed | None, _number("the share as printed", required=True)] = None
    group: Annotated[str, _text("group that the item belongs to, if the paper sums groups", required=True)] = ""

    @property
    def name(self) -> str:
        """What the row is called."""
        return self.item


@dataclass(frozen=True)
class Correlation:
    """A correlation of a variable with the outcome."""

    variable: Annotated[str, _text("name as in the table of patients", required=True)] = ""
    r: Annotated[Printed | None, _signed("correlation with the outcome as printed", required=True)] = None
    set: Annotated[str, _text("set of patients, if the paper says it")] = ""

    @property
    def name(self) -> str:
        """What the row is called."""
        return ", ".join(part for part in (self.variable, self.set) if part)


@dataclass(frozen=True)
class Discretisation:
    """Settings of the grey levels of one kind of image."""

    images: Annotated[str, _text("the images, for example T1WI, after scaling to 0-1", required=True)] = ""
    bin_width: Annotated[Printed | None, _number("width of the grey-level bins", required=True)] = None
    low: Annotated[
        Printed | None, _signed("lowest intensity that the images can have after preprocessing", required=True)
    ] = None
    high: Annotated[Printed | None, _signed("highest intensity", required=True)] = None
    bin_count: Annotated[Printed | None, _number("number of bins, where that is fixed instead")] = None

    @property
    def name(self) -> str:
        """What the row is called."""
        return self.images


@dataclass(frozen=True)
class Repeated:
    """One number that is printed at several places, a line per place."""

    item: Annotated[str, _text("what the number is; the same words on each line", required=True)] = ""
    place: Annotated[str, _text("where it is printed: abstract, text, Table 4", required=True)] = ""
    value: Annotated[Printed | None, _signed("the number as printed there", required=True)] = None

    @property
    def name(self) -> str:
        """What the row is called."""
        return self.item


@dataclass(frozen=True)
class Protocol:
    """A line of the acquisition protocol. Nothing in it can be recomputed; it may lie beside the other tables."""

    center: Annotated[str, _text("hospital", required=True)] = ""
    sequence: Annotated[str, _text("sequence", required=True)] = ""
    tr_ms: Annotated[Printed | None, _number("repetition time", required=True)] = None
    te_ms: Annotated[Printed | None, _number("echo time", required=True)] = None

    @property
    def name(self) -> str:
        """What the row is called."""
        return f"{self.sequence}, {self.center}"


FORMS: dict[str, type] = {
    "baseline": Baseline,
    "logistic": Logistic,
    "performance": Performance,
    "delong": DeLong,
    "flow": Flow,
    "shares": Share,
    "correlations": Correlation,
    "settings": Discretisation,
    "repeated": Repeated,
    "protocol": Protocol,
}


def columns_of(form: type) -> dict[str, Column]:
    """The columns of a form by field, in its order."""
    hints = get_type_hints(form, include_extras=True)
    return {name: hint.__metadata__[0] for name, hint in hints.items()}


def headers_of(form: type) -> dict[str, str]:
    """The field of each header that a form knows: the field's own name, and the other names it may have."""
    return {header: name for name, column in columns_of(form).items() for header in (name, *column.also)}


def required_of(form: type) -> list[str]:
    """Fields that a form is not recognised without."""
    return [name for name, column in columns_of(form).items() if column.required]
