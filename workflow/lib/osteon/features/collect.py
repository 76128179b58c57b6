"""One center's features, gaps, cases and their origin, from the cases' tables or from one that the center delivered."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from osteon.features.table import FeatureTableError, center_table, read_case, read_feature_table
from osteon.tables.explanations import EXPLANATIONS
from osteon.tables.files import file_sha256
from osteon.tables.reasons import Reason
from osteon.tables.status import CaseStatus

CASE_COLUMNS = ["subject", "center", "status", "stage", "reason", "detail"]
ROW_COLUMNS = ["subject", "center", "settings_hash", "regions_hash", "code", "software", "mask_source", "mask_sha256"]
SHARED = ("settings_hash", "regions_hash", "code", "software", "shuffle_seed")
"""What all rows of one table have in common."""
ASKED = ("settings_hash", "regions_hash", "software")
"""Of these, what 04_features/settings.json says (`batch.describe_extraction`)."""
# settings.json, too: where packages were updated it is as old as the rows
REMEDY = "Delete 04_features/settings.json and the center's folder under 04_features/cases (or controls), and run again"


class Collected(NamedTuple):
    """A center's tables.

    Attributes:
        features: subject, center, then one column per feature; the cases that passed.
        missing: subject, column, reason; the gaps in `features`.
        cases: every case with what became of it: subject, center, status, stage, reason, detail.
        rows: what each row of `features` was made from and with: ROW_COLUMNS, then sha256_<sequence> per image; of a
            delivered table, sha256_table instead.
    """

    features: pd.DataFrame
    missing: pd.DataFrame
    cases: pd.DataFrame
    rows: pd.DataFrame


def collect_extracted(
    center: str,
    tables: Sequence[str | Path],
    statuses: Sequence[str | Path],
    deep: Sequence[str | Path] = (),
    expected: Mapping | None = None,
) -> Collected:
    """Tables of a center whose features were extracted here.

    Tables are found by the subject in their names (sub-<subject>_...), whatever their order.

    Args:
        center: code of the center.
        tables: the cases' feature tables.
        statuses: the cases' status files; their order is that of the rows.
        deep: further tables of the cases in the same form, whose rows follow the others.
        expected: what the study asks for now, as far as it is known: any of `SHARED`.

    Raises:
        FeatureTableError: a table is missing, is not the one that its status describes, has other columns than the
            others, or was made with other settings, regions, code or software.
    """
    cases = [CaseStatus.read(path) for path in statuses]
    _same_origin(center, cases, expected or {})
    by_subject, deep_by_subject = _by_subject(tables), _by_subject(deep)
    passed: dict[str, pd.DataFrame] = {}
    for case in cases:
        if not case.ok:
            continue
        table = read_case(_table_of(case, by_subject))
        if deep:
            further = deep_by_subject.get(case.subject)
            if further is None:
                raise FeatureTableError(f"center {center}: subject {case.subject} has no table of deep features.")
            table = pd.concat([table, read_case(further)], ignore_index=True)
        passed[case.subject] = table
    features, missing = center_table(center, passed)
    rows = [(case.subject, case.center, case.status, case.stage, case.reason, case.detail) for case in cases]
    origins = pd.DataFrame([_origin(case) for case in cases if case.ok], columns=None if passed else ROW_COLUMNS)
    return Collected(features, missing, pd.DataFrame(rows, columns=CASE_COLUMNS), origins)


def collect_delivered(
    center: str, subjects: Sequence[str], table: str | Path, not_features: Collection[str], name: str = ""
) -> Collected:
    """The same for a center that delivered a feature table; a subject without any value is excluded with a reason."""
    features, missing = read_feature_table(table, center, subjects, not_features, name)
    columns = features.columns.difference(["subject", "center"])
    empty = features[columns].isna().all(axis=1)
    reason = Reason.FEATURES_MISSING
    cases = [
        (subject, center, "excluded", "features", str(reason), EXPLANATIONS[reason][0])
        if absent
        else (subject, center, "ok", "features", None, None)
        for subject, absent in zip(features["subject"], empty, strict=True)
    ]
    kept = features[~empty].reset_index(drop=True)
    rows = kept[["subject", "center"]].reindex(columns=[*ROW_COLUMNS, "sha256_table"])
    rows["sha256_table"] = file_sha256(table)
    gaps = missing[missing["subject"].isin(kept["subject"])]
    return Collected(kept, gaps, pd.DataFrame(cases, columns=CASE_COLUMNS), rows)


def _by_subject(paths: Sequence[str | Path]) -> dict[str, Path]:
    """Tables by the subject in their names. Labels hold letters and digits only."""
    return {Path(path).name.removeprefix("sub-").split("_")[0]: Path(path) for path in paths}


def _table_of(case: CaseStatus, tables: Mapping[str, Path]) -> Path:
    """The case's table, if it is the one that its status describes."""
    path = tables.get(case.subject)
    if path is None:
        raise FeatureTableError(f"center {case.center}: subject {case.subject} has no table of features. {REMEDY}.")
    if file_sha256(path) != case.files["features"]["sha256"]:
        raise FeatureTableError(f"{path}: has changed since it was written. {REMEDY}.")
    return path


def _same_origin(center: str, cases: Sequence[CaseStatus], expected: Mapping) -> None:
    """All rows were made with the same settings, regions, code and software, and with those asked for."""
    first: dict[str, tuple[str, object]] = {name: ("what the study asks for", expected[name]) for name in expected}
    for case in (case for case in cases if case.ok):
        provenance = case.extra.get("provenance", {})
        for name in SHARED:
            value = provenance.get(name)
            other, wanted = first.setdefault(name, (f"subject {case.subject}", value))
            if value != wanted:
                raise FeatureTableError(
                    f"center {center}: the features of subject {case.subject} were made with {name} {_plain(value)}, "
                    f"{other}: {_plain(wanted)}. {REMEDY}; do not mix them."
                )


def _origin(case: CaseStatus) -> dict[str, object]:
    provenance = case.extra["provenance"]
    return {
        "subject": case.subject,
        "center": case.center,
        **{name: _plain(provenance[name]) for name in SHARED[:-1]},
        "mask_source": provenance["mask_source"],
        "mask_sha256": provenance["mask"],
        **{f"sha256_{sequence}": value for sequence, value in provenance["images"].items()},
    }


def _plain(value: object) -> object:
    """Versions as text."""
    return "; ".join(f"{name} {version}" for name, version in value.items()) if isinstance(value, Mapping) else value
