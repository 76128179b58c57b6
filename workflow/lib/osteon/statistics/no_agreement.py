"""Why an intraclass correlation cannot be given, in codes and in words."""

from __future__ import annotations

from enum import StrEnum


class NoAgreement(StrEnum):
    """Why a feature has no ICC. `SENTENCES` says it in words."""

    FEW_SUBJECTS = "few_subjects"
    FEW_RATERS = "few_raters"
    MISSING = "missing_values"
    CONSTANT = "constant"
    NO_SPREAD = "no_spread"
    NO_INTERVAL = "no_interval"


SENTENCES: dict[NoAgreement, str] = {
    NoAgreement.FEW_SUBJECTS: "Fewer than three patients.",
    NoAgreement.FEW_RATERS: "Fewer than two measurements of each patient.",
    NoAgreement.MISSING: "More than 10 % of the patients lack a value in at least one of the measurements.",
    NoAgreement.CONSTANT: "All values are the same.",
    NoAgreement.NO_SPREAD: "The patients' means are all the same: there is nothing to tell apart.",
    NoAgreement.NO_INTERVAL: "The ICC exists, its interval does not.",
}
