"""Which patients every fitted object has seen, and the proof that no evaluation patient is among them.

Each fit function takes a `Recorder` and writes down the subjects of the very table that it was given.
The audit recomputes, from the splits alone, the hash of the subjects that each object was allowed to
see. A single foreign patient changes the hash.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass

import pandas as pd

from osteon.modelling.splits import TRAIN, scopes, subjects_of

COLUMNS = ["object", "scope", "rows", "sha256", "not_seen", "note"]
Rows = pd.DataFrame | pd.Series


class Leakage(ValueError):
    """A fitted object has seen patients that it will be judged on."""


@dataclass(frozen=True)
class Fit:
    """One fitted object: what, for which scope, and on whom."""

    object: str
    scope: str
    rows: int
    sha256: str
    not_seen: str
    note: str


def row_hash(subjects: Iterable[str]) -> str:
    """SHA-256 of the sorted subjects."""
    return hashlib.sha256("\n".join(sorted(subjects)).encode()).hexdigest()


class Ledger:
    """All fits of one model.

    Args:
        splits: the splits table; it says which subjects each scope may see.
    """

    def __init__(self, splits: pd.DataFrame):
        self._allowed = scopes(splits)
        self._fits: list[Fit] = []

    def recorder(self, scope: str) -> Recorder:
        """What the fit functions of one scope write to."""
        return Recorder(self, scope)

    def write_down(self, name: str, scope: str, subjects: Iterable[str], note: str) -> None:
        """Add a fitted object. `not_seen` lists permitted subjects that were absent (excluded cases)."""
        seen = list(subjects)
        # With 'sub-', a list of one number stays text when the table is read again.
        absent = " ".join(f"sub-{subject}" for subject in sorted(set(self._allowed[scope]) - set(seen)))
        self._fits.append(Fit(name, scope, len(seen), row_hash(seen), absent, note))

    def table(self) -> pd.DataFrame:
        """One row per fitted object: object, scope, rows, sha256 of the sorted subjects, not_seen, note."""
        return pd.DataFrame([asdict(fit) for fit in self._fits], columns=COLUMNS)


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


def audit(fits: pd.DataFrame, splits: pd.DataFrame, external: Collection[str] = ()) -> pd.DataFrame:
    """Compare what every fitted object has seen with what it was allowed to see.

    Args:
        fits: one or more ledgers' tables, with or without a column 'model'.
        splits: the splits table.
        external: subjects of external centers, none of whom may be in the splits.

    Returns:
        The fits with two more columns: verdict ('clean' or 'leak') and finding (a sentence for a leak).

    Raises:
        Leakage: an external subject is in the splits.
    """
    if both := sorted(set(external) & set(splits["subject"])):
        raise Leakage(f"external patient {both[0]!r} is among the development patients of the splits")
    allowed, known = scopes(splits), _known_sets(splits, external)
    findings = []
    for row in fits.itertuples():
        permitted = allowed.get(row.scope)
        listed = row.not_seen.split() if isinstance(row.not_seen, str) else []
        absent = {name.removeprefix("sub-") for name in listed}
        if permitted is None:
            findings.append(f"'{row.object}' was fitted for scope '{row.scope}', which the splits do not know")
        elif row.sha256 != row_hash(set(permitted) - absent) or row.rows != len(set(permitted) - absent):
            seen = next((name for name, sha256 in known.items() if sha256 == row.sha256), f"{row.rows} other patients")
            findings.append(
                f"'{row.object}' of {row.scope} was fitted on {seen}, "
                f"but only the {len(permitted)} training patients of {row.scope} were allowed"
            )
        else:
            findings.append("")
    verdict = ["leak" if finding else "clean" for finding in findings]
    return fits.assign(verdict=verdict, finding=findings)


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


def _known_sets(splits: pd.DataFrame, external: Collection[str]) -> dict[str, str]:
    """Hashes of the sets that a leak usually is, for the message."""
    development = set(splits["subject"])
    return {
        "all training patients": row_hash(subjects_of(splits, TRAIN)),
        "all development patients": row_hash(development),
        "all patients, external ones included": row_hash(development | set(external)),
    }
