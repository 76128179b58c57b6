"""Which patients every fitted object has seen, and the proof that no evaluation patient is among them.

Each fit function takes a `Recorder` and writes down the subjects of the very table that it was given.
The audit recomputes, from the splits alone, the hash of the subjects that each object was allowed to
see. A single foreign patient changes the hash.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

import pandas as pd

from osteon.modelling.split_audit import Leakage, person_of, refuse_known_external, refuse_split_persons
from osteon.modelling.splits import FINAL, TEST, TRAIN, allowed, fold_numbers, scope_of, subjects_of

# In the column 'model' of the audit: what is fitted once for all models and judged by no fold.
ALL_MODELS = "all models"
# Objects that every fit of a model has, whatever its data are.
ALWAYS = ("imputer", "scaler", "combat")
COLUMNS = ["object", "scope", "rows", "sha256", "not_seen", "note", "times"]
ADAPT = "adapt "
BETWEEN_NOTES = "; "
Rows = pd.DataFrame | pd.Series
Adaptation = Mapping[str, Collection[str]]
"""Subjects of external centers that are declared for adaptation, by center."""

__all__ = ["Leakage", "Ledger", "Recorder", "audit", "require_clean", "row_hash"]


@dataclass
class Fit:
    """One fitted object: what, for which scope, on whom, and how often (in tuning the same is fitted many times)."""

    object: str
    scope: str
    rows: int
    sha256: str
    not_seen: str
    notes: list[str]
    times: int


def row_hash(subjects: Iterable[str]) -> str:
    """SHA-256 of the sorted subjects."""
    return hashlib.sha256("\n".join(sorted(subjects)).encode()).hexdigest()


def permitted(splits: pd.DataFrame, scope: str, adaptation: Adaptation) -> set[str] | None:
    """Who may be seen by what is fitted for a scope; None for a scope that there is not."""
    if scope.startswith(ADAPT):
        declared = adaptation.get(scope.removeprefix(ADAPT))
        return None if declared is None else set(declared)
    return allowed(splits, scope)


class Ledger:
    """All fits of one model.

    Args:
        splits: the splits table; it says which subjects each scope may see.
        adaptation: the declared subjects of external centers; the scope of center OU is 'adapt OU'.
    """

    def __init__(self, splits: pd.DataFrame, adaptation: Adaptation | None = None):
        self._splits = splits
        self._adaptation = adaptation or {}
        self._permitted: dict[str, set[str]] = {}
        self._fits: dict[tuple[str, str, str], Fit] = {}

    def recorder(self, scope: str) -> Recorder:
        """What the fit functions of one scope write to."""
        return Recorder(self, scope)

    def write_down(self, name: str, scope: str, subjects: Iterable[str], note: str) -> None:
        """Add a fitted object. `not_seen` lists permitted subjects that were absent (excluded cases)."""
        seen = list(subjects)
        if scope not in self._permitted:
            self._permitted[scope] = permitted(self._splits, scope, self._adaptation) or set()
        # With 'sub-', a list of one number stays text when the table is read again.
        absent = " ".join(f"sub-{subject}" for subject in sorted(self._permitted[scope] - set(seen)))
        self._add(Fit(name, scope, len(seen), row_hash(seen), absent, [note] if note else [], 1))

    def add(self, fits: pd.DataFrame) -> None:
        """Add the table of another ledger of the same splits."""
        for row in fits.itertuples():
            notes = row.note.split(BETWEEN_NOTES) if row.note else []
            self._add(Fit(row.object, row.scope, row.rows, row.sha256, row.not_seen, notes, row.times))

    def table(self) -> pd.DataFrame:
        """One row per object, scope and set of patients.

        Columns: object, scope, rows, sha256 of the sorted subjects, not_seen, note, times (how often it was fitted).
        """
        rows = [
            (fit.object, fit.scope, fit.rows, fit.sha256, fit.not_seen, BETWEEN_NOTES.join(fit.notes), fit.times)
            for fit in self._fits.values()
        ]
        return pd.DataFrame(rows, columns=COLUMNS)

    def _add(self, fit: Fit) -> None:
        known = self._fits.get((fit.object, fit.scope, fit.sha256))
        if known is None:
            self._fits[fit.object, fit.scope, fit.sha256] = fit
        else:
            known.times += fit.times
            known.notes += [note for note in fit.notes if note not in known.notes]


@dataclass(frozen=True)
class Recorder:
    """A ledger seen from one scope; `inside` adds the name of the part that is being fitted."""

    ledger: Ledger
    scope: str
    prefix: str = ""

    def inside(self, part: str) -> Recorder:
        """The same for a part of the model."""
        return Recorder(self.ledger, self.scope, f"{self.prefix}{part}/")

    def saw(self, name: str, table: Rows, *others: Rows, note: str = "") -> None:
        """Write down that the object `name` was fitted on the rows of `table`, whose index is the subject.

        Raises:
            ValueError: another table that goes into the same fit (the outcome) has other rows.
        """
        if not all(other.index.equals(table.index) for other in others):
            raise ValueError(f"{self.prefix}{name} of {self.scope}: its tables are of different patients")
        self.ledger.write_down(self.prefix + name, self.scope, table.index, note)


def audit(
    fits: pd.DataFrame,
    splits: pd.DataFrame,
    *,
    persons: pd.DataFrame | None = None,
    external: Collection[str] = (),
    adaptation: Adaptation | None = None,
) -> pd.DataFrame:
    """Compare what every fitted object has seen with what it was allowed to see.

    Args:
        fits: one or more ledgers' tables, with or without a column 'model'.
        splits: the splits table.
        persons: subject, center and person of all patients of the study. Default: the persons of the splits.
        external: subjects of external centers, none of whom may be in the splits.
        adaptation: as for `Ledger`.

    Returns:
        The fits with two more columns: verdict ('clean' or 'leak') and finding (a sentence for a leak). With a column
        'model' also a row for every imputer, scaler and ComBat that a model fitted for good but not anew for a fold.

    Raises:
        Leakage: the splits themselves leak: a person is on both sides, or an external patient is among them.
    """
    adaptation = adaptation or {}
    person = person_of(splits, persons)
    refuse_split_persons(splits, person)
    refuse_known_external(splits, person, external, adaptation)
    known = _known_sets(splits, external)
    may_see = {scope: permitted(splits, scope, adaptation) for scope in fits["scope"].unique()}
    findings = [_finding(row, may_see[row.scope], known) for row in fits.itertuples()]
    if "model" in fits:
        absent = _not_fitted_again(fits, splits)
        fits = pd.concat([fits, absent.drop(columns="finding")], ignore_index=True) if len(absent) else fits
        findings += list(absent["finding"])
    return fits.assign(verdict=["leak" if finding else "clean" for finding in findings], finding=findings)


def require_clean(audited: pd.DataFrame) -> None:
    """Stop if the audit found a leak.

    Raises:
        Leakage: with the first finding and the number of all.
    """
    leaks = audited[audited["verdict"] == "leak"]
    if len(leaks):
        raise Leakage(
            f"{len(leaks)} of {len(audited)} fitted objects have seen patients that they will be judged on: "
            f"{leaks['finding'].iloc[0]}"
        )


def _finding(row, may_see: set[str] | None, known: Mapping[str, str]) -> str:
    """A sentence for a leak, nothing for a clean row."""
    if may_see is None:
        return f"'{row.object}' was fitted for scope '{row.scope}', which the splits do not know"
    listed = row.not_seen.split() if isinstance(row.not_seen, str) else []
    expected = may_see - {name.removeprefix("sub-") for name in listed}
    if row.sha256 == row_hash(expected):
        return ""
    seen = known.get(row.sha256, f"{row.rows} other patients")
    kind = "declared" if row.scope.startswith(ADAPT) else "training"
    return (
        f"'{row.object}' of {row.scope} was fitted on {seen}, "
        f"but only the {len(may_see)} {kind} patients of {row.scope} were allowed"
    )


def _not_fitted_again(fits: pd.DataFrame, splits: pd.DataFrame) -> pd.DataFrame:
    """What a model fitted for good but not anew for a fold: patients of the fold would be judged by what saw them."""
    rows = []
    for model, table in fits[fits["model"] != ALL_MODELS].groupby("model", sort=False):
        objects = table.groupby("scope")["object"].agg(set)
        core = {name for name in objects.get(FINAL, set()) if name.rpartition("/")[2] in ALWAYS}
        for scope in (scope_of(fold) for fold in fold_numbers(splits)):
            for name in sorted(core - objects.get(scope, set())):
                finding = (
                    f"'{name}' of model '{model}' was not fitted for {scope}: the patients of this fold would be "
                    "judged by an object that has learned from them"
                )
                row = {"object": name, "scope": scope, "rows": 0, "times": 0, "not_seen": "", "note": "", "sha256": ""}
                rows.append(row | {"model": model, "finding": finding})
    return pd.DataFrame(rows, columns=[*COLUMNS, "model", "finding"])


def _known_sets(splits: pd.DataFrame, external: Collection[str]) -> dict[str, str]:
    """Names of the sets that a leak usually is, by hash, for the message."""
    development = set(splits["subject"])
    return {
        row_hash(development | set(external)): "all patients, external ones included",
        row_hash(development): "all development patients",
        row_hash(subjects_of(splits, TRAIN)): "all training patients",
        row_hash(subjects_of(splits, TEST)): "the test patients",
    }
