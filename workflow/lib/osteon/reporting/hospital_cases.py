"""The cases of a hospital one by one: in or out and why, flags, mask, predictions and what these rest on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from osteon.config.cohort import Outcome
from osteon.config.evaluation_files import prediction_columns
from osteon.reporting.contact_sheet import LETTERS
from osteon.reporting.hospital_content import PRIMARY, HospitalContent
from osteon.reporting.language import Say, english, sentence
from osteon.reporting.numbers import ABSENT, estimated, integer, is_absent, number, significant
from osteon.reporting.set_names import set_names
from osteon.reporting.tables import as_text
from osteon.tables.explanations import explained

Rows = list[dict]
"""Rows of a table, of one subject."""
OF_CASES = (
    *("included", "excluded", "quality", "review", "mask_quality", "agreement"),
    *("missing", "predictions", "shap_values", "contours"),
)
MOST_TERMS = 5
"""Terms of a prediction that the page shows, the largest first."""


@dataclass(frozen=True)
class Call:
    """What a model said of a case.

    Attributes:
        text: the predicted risk, class or number.
        value: by which it is sorted; None without a prediction.
        right: whether the call at the frozen threshold (or the class) is the true one; None where there is none.
    """

    text: str
    value: float | None = None
    right: bool | None = None


@dataclass(frozen=True)
class Term:
    """A term of a prediction: name, value in its unit, SHAP value."""

    name: str
    value: str
    shap: str
    size: float
    """The SHAP value, for the bar."""


@dataclass(frozen=True)
class Finding:
    """A finding: severity and its letter, the code's sentence, what was found in this case."""

    severity: str
    letter: str
    code: str
    meaning: str
    found: str


@dataclass(frozen=True)
class Measured:
    """A structure of the mask: agreement with the manual one, and what is odd about it."""

    label: str
    dice: str
    hd95: str
    flags: str


@dataclass(frozen=True)
class CaseRow:
    """A case.

    Attributes:
        subject: its label.
        set: name of its set of patients; '' for an excluded case.
        reason: why it was excluded, in a sentence, what was found, and what to do; '' for all others.
        outcome: in words.
        flags: severity and badge of each kind of finding, the worst first.
        mask: where the mask is from; review: whether it is listed for review.
        dice: mean over structures, or a dash.
        calls: by model.
        imputed: inputs that were missing and filled in.
        outside: features outside the range of the training patients: name, value, least, greatest.
        missing: features without a value, with the reason.
    """

    subject: str
    set: str = ""
    reason: str = ""
    detail: str = ""
    action: str = ""
    outcome: str = ABSENT
    flags: list[tuple[str, str]] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    mask: str = ABSENT
    review: bool = False
    review_found: str = ""
    dice: str = ABSENT
    labels: list[Measured] = field(default_factory=list)
    calls: Mapping[str, Call] = field(default_factory=dict)
    imputed: int = 0
    terms: Mapping[str, list[Term]] = field(default_factory=dict)
    outside: list[tuple[str, str, str, str]] = field(default_factory=list)
    missing: list[tuple[str, str]] = field(default_factory=list)
    pictures: list[tuple[str, str]] = field(default_factory=list)

    @property
    def marks(self) -> list[str]:
        """What the case can be filtered by."""
        wrong = any(call.right is False for call in self.calls.values())
        found = {
            "out": bool(self.reason),
            "flag": any(severity in ("exclude", "review") for severity, _ in self.flags),
            "mask": self.review,
            "wrong": wrong,
            "range": bool(self.outside),
            "missing": bool(self.missing) or self.imputed > 0,
        }
        return [name for name, holds in found.items() if holds]


def case_rows(content: HospitalContent, say: Say = english) -> list[CaseRow]:
    """All cases of the hospital, excluded ones in their place, in the order of their labels."""
    groups = {name: _by_subject(content.table(name)) for name in OF_CASES}
    outside = _outside(content)
    sets = set_names(content.study, content.part, say) if content.outcome else {}
    sets["external"] = say("External validation")
    thresholds = _thresholds(content.table("performance"))
    terms = term_names(content, say)
    rows = []
    for subject in sorted({*groups["included"], *groups["excluded"]}):
        own = {name: found.get(subject, []) for name, found in groups.items()}
        set_name = _set(own["included"])
        findings = _findings(own["quality"], say)
        rows.append(
            CaseRow(
                subject,
                set=sets.get(set_name, set_name),
                **_excluded(own["excluded"], say),
                **_predicted(own["predictions"], content, thresholds, say),
                flags=badges(findings),
                findings=findings,
                **_mask(own, say),
                terms=_terms(own["shap_values"], set_name, terms),
                outside=outside.get((subject, set_name), []),
                missing=_missing(own["missing"], say),
                pictures=_pictures(own["contours"], content),
            )
        )
    return rows


def _by_subject(table: pd.DataFrame) -> dict[str, Rows]:
    """The rows of each subject."""
    found: dict[str, Rows] = {}
    for row in table.to_dict("records"):
        found.setdefault(row["subject"], []).append(row)
    return found


def badges(findings: list[Finding]) -> list[tuple[str, str]]:
    """Severity and badge ('R', or 'R3' for three findings) of each kind, the worst first."""
    counts = Counter(finding.severity for finding in findings)
    return [
        (severity, letter + (str(counts[severity]) if counts[severity] > 1 else ""))
        for severity, letter in LETTERS.items()
        if counts[severity]
    ]


def term_names(content: HospitalContent, say: Say) -> dict[str, str]:
    """Name of each term of the models."""
    variables = {name: variable.label or name for name, variable in content.study.variables.items()}
    return variables | {name: say("Radiomics score {name}", name=name) for name in content.study.signatures}


def mask_sources(say: Say) -> dict[str, str]:
    """Where a mask can be from."""
    return {
        "predicted": say("predicted"),
        "manual": say("drawn by hand"),
        "corrected": say("corrected by hand"),
        "": say("no mask"),
    }


def _set(included: Rows) -> str:
    return str(included[0]["set"]) if included and not is_absent(included[0]["set"]) else ""


def _excluded(rows: Rows, say: Say) -> dict[str, str]:
    if not rows:
        return {}
    code, detail = str(rows[0]["reason"]), rows[0]["detail"]
    meaning, action = explained(code)
    return {
        "reason": sentence(meaning, say),
        "detail": "" if is_absent(detail) or detail == meaning else str(detail),
        "action": action,
    }


def _findings(rows: Rows, say: Say) -> list[Finding]:
    order = list(LETTERS)
    return [
        Finding(
            row["severity"],
            LETTERS[row["severity"]],
            row["code"],
            sentence(explained(row["code"])[0], say),
            as_text(row["message"]),
        )
        for row in sorted(rows, key=lambda row: order.index(row["severity"]))
    ]


def _mask(own: Mapping[str, Rows], say: Say) -> dict:
    judged, review = own["mask_quality"], own["review"]
    if not judged:
        return {}
    compared = {row["label"]: row for row in own["agreement"]}
    labels = []
    for row in judged:
        found = compared.get(row["label"], {})
        odd = [] if is_absent(row["flags"]) else str(row["flags"]).split("; ")
        flags = "; ".join(sentence(explained(code)[0], say) for code in odd)
        labels.append(Measured(row["label"], number(found.get("dice")), number(found.get("hd95_mm"), 2), flags))
    dice = [found["dice"] for found in compared.values() if not is_absent(found["dice"])]
    source = "" if is_absent(judged[0]["source"]) else str(judged[0]["source"])
    return {
        "mask": mask_sources(say).get(source, source),
        "review": bool(review),
        "review_found": str(review[0]["found"]) if review else "",
        "dice": number(float(np.mean(dice))) if dice else ABSENT,
        "labels": labels,
    }


def _thresholds(performance: pd.DataFrame) -> dict[tuple[str, str], float]:
    """Frozen threshold of each set and model that has one."""
    return {
        (row["set"], row["model"]): row["threshold"]
        for row in performance.to_dict("records")
        if not is_absent(row.get("threshold"))
    }


def _predicted(rows: Rows, content: HospitalContent, thresholds: Mapping[tuple[str, str], float], say: Say) -> dict:
    outcome, rows = content.outcome, [row for row in rows if row["set"] in PRIMARY]
    if outcome is None or not rows:
        return {}
    calls = {row["model"]: _call(row, outcome, thresholds.get((row["set"], row["model"]))) for row in rows}
    imputed = max(0 if is_absent(row["imputed"]) else int(row["imputed"]) for row in rows)
    return {"calls": calls, "outcome": _outcome(rows[0]["outcome"], outcome, say), "imputed": imputed}


def _outcome(value: float, outcome: Outcome, say: Say) -> str:
    if is_absent(value):
        return ABSENT
    if outcome.type == "continuous":
        return significant(value, 4)
    if outcome.type == "classes":
        return outcome.values[int(value)]
    return say("yes") if int(value) else say("no")


def _call(row: Mapping, outcome: Outcome, threshold: float | None) -> Call:
    """The call of one model; a probability at the threshold is called positive, as in the validation."""
    values = [row[column] for column in prediction_columns(outcome.type, outcome.values)]
    if any(map(is_absent, values)):
        return Call(ABSENT)
    known = not is_absent(row["outcome"])
    if outcome.type == "continuous":
        return Call(estimated(values[0], 4), values[0])
    if outcome.type == "classes":
        best = int(np.argmax(values))
        right = best == int(row["outcome"]) if known else None
        return Call(f"{outcome.values[best]} ({number(values[best])})", values[best], right)
    right = None if threshold is None or not known else bool((values[0] >= threshold) == bool(row["outcome"]))
    return Call(number(values[0]), values[0], right)


def _terms(rows: Rows, set_name: str, names: Mapping[str, str]) -> dict[str, list[Term]]:
    """The largest terms of each model's prediction in the case's own set, where the outcome is one number."""
    found: dict[str, list[dict]] = {}
    for row in rows:
        if row["set"] == set_name and "class" not in row:
            found.setdefault(row["model"], []).append(row)
    return {
        model: [
            Term(names.get(row["term"], row["term"]), significant(row["value"], 4), number(row["shap"], 2), row["shap"])
            for row in sorted(own, key=lambda row: -abs(row["shap"]))[:MOST_TERMS]
        ]
        for model, own in found.items()
    }


def _outside(content: HospitalContent) -> dict[tuple[str, str], list[tuple[str, str, str, str]]]:
    """Features of models whose value no training patient reached, by subject and set; training patients have none."""
    table, ranges = content.table("selected"), content.ranges
    if table.empty or ranges.empty:
        return {}
    table = table[table["set"] != "train"]
    values = table.reindex(columns=ranges.index).astype(float)
    odd = (values.lt(ranges["low"], axis=1) | values.gt(ranges["high"], axis=1)).to_numpy()
    keys = list(zip(table["subject"], table["set"], strict=True))
    found: dict[tuple[str, str], list[tuple[str, str, str, str]]] = {}
    for row, column in np.argwhere(odd):
        low, high = ranges.iloc[column]
        shown = (significant(value, 4) for value in (values.iat[row, column], low, high))
        found.setdefault(keys[row], []).append((str(ranges.index[column]), *shown))
    return found


def _missing(rows: Rows, say: Say) -> list[tuple[str, str]]:
    """How many features lack a value for each reason."""
    counts = Counter(str(row["reason"]) for row in rows)
    return [(sentence(explained(code)[0], say), integer(count)) for code, count in counts.items()]


def _pictures(rows: Rows, content: HospitalContent) -> list[tuple[str, str]]:
    """What each picture shows, and its file."""
    sequences = content.study.sequences
    return [
        (sequences[row["sequence"]].description or row["sequence"], row["picture"])
        for row in rows
        if not is_absent(row["picture"])
    ]
