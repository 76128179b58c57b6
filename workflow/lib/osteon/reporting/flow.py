"""The flow of patients: what became of every case, counted so that every number adds up."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from osteon.tables.reasons import EXPLANATIONS, Reason

# Stages at which a case can leave, in order, by what its center delivers.
IMAGING_STAGES = ["ingest", "preprocess", "segment", "features"]
STAGES = {"dicom": IMAGING_STAGES, "nifti": IMAGING_STAGES, "features": ["features"]}
LINKAGE = "participants"

STEP_NAMES = {
    "listed": "Listed",
    "ingest": "Images read",
    "preprocess": "Preprocessed",
    "segment": "Segmented",
    "features": "Features",
    "participants": "Outcome known",
    "train": "Training",
    "test": "Internal test",
    "external": "External validation",
}
STAGE_NAMES = {
    "ingest": "Reading the images",
    "preprocess": "Preprocessing",
    "segment": "Segmentation",
    "features": "Features",
    "participants": "Joining participants",
}
FLOW_COLUMNS = ["center", "step", "kind", "reason", "n"]


class FlowError(ValueError):
    """The counts of the flow do not add up, or a case is in two places."""


def case_table(
    cases: pd.DataFrame,
    roles: Mapping[str, str],
    without_outcome: pd.DataFrame | None = None,
    splits: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """What became of each case.

    Args:
        cases: subject, center, status ('ok' or 'excluded'), stage, reason, detail of every case of every center.
        roles: role ('development' or 'external') of each center.
        without_outcome: cases that left when participants were joined (same columns).
        splits: subject and set ('train' or 'test') of the development patients with a known outcome, excluded ones
            among them; None if there is no model.

    Returns:
        subject, center, stage, reason, detail, set. An excluded case has a stage and a reason, any other case a set
        ('train', 'test', 'external'); without models the set stays empty.

    Raises:
        FlowError: a subject twice, an external subject in the splits, or a case that is neither excluded nor in a set.
    """
    table = cases[["subject", "center", "stage", "reason", "detail"]].astype(object)
    table = table.where(table.notna() & (cases["status"] != "ok").to_numpy()[:, None], "")
    table[["subject", "center"]] = cases[["subject", "center"]]
    if doubled := table.loc[table["subject"].duplicated(), "subject"].tolist():
        raise FlowError(f"subject {doubled[0]} is listed twice; subjects must be unique over all centers")
    if without_outcome is not None and len(without_outcome):
        late = without_outcome.set_index("subject")
        leaving = table["subject"].isin(late.index) & (table["stage"] == "")
        for column in ("stage", "reason", "detail"):
            table.loc[leaving, column] = table.loc[leaving, "subject"].map(late[column])
    table["set"] = ""
    if splits is None:
        return table
    included = table["stage"] == ""
    sets = dict(zip(splits["subject"], splits["set"], strict=True))
    external = table["center"].map(roles) == "external"
    table.loc[included & external, "set"] = "external"
    table.loc[included & ~external, "set"] = table.loc[included & ~external, "subject"].map(sets).fillna("")
    if lost := table.loc[included & (table["set"] == ""), "subject"].tolist():
        raise FlowError(f"{len(lost)} cases are neither excluded nor in a set, {lost[0]} among them")
    if foreign := sorted(set(sets) - set(table.loc[~external, "subject"])):
        raise FlowError(f"{len(foreign)} cases of the splits are external or not listed, {foreign[0]} among them")
    return table


def flow_counts(table: pd.DataFrame, sources: Mapping[str, str], linked: bool) -> pd.DataFrame:
    """Count the flow of each center.

    Args:
        table: from `case_table`.
        sources: what each center delivers ('dicom', 'nifti' or 'features'), in the order of the report.
        linked: whether cases were joined with participants, that is, whether the study has an outcome.

    Returns:
        center, step, kind, reason, n. Kind 'in': cases left after the step; 'out': cases that left at the step,
        by reason; 'set': cases by their place in the study.

    Raises:
        FlowError: the counts do not add up, for example because of an unknown stage.
    """
    rows = []
    for center, source in sources.items():
        own = table[table["center"] == center]
        left = len(own)
        rows.append((center, "listed", "in", "", left))
        for step in [*STAGES[source], *([LINKAGE] if linked else [])]:
            leaving = own.loc[own["stage"] == step, "reason"].value_counts(sort=False)
            rows += [(center, step, "out", reason, int(n)) for reason, n in sorted(leaving.items())]
            left -= int(leaving.sum())
            rows.append((center, step, "in", "", left))
        rows += [
            (center, name, "set", "", int((own["set"] == name).sum()))
            for name in ("train", "test", "external")
            if (own["set"] == name).any()
        ]
    flow = pd.DataFrame(rows, columns=FLOW_COLUMNS)
    check_flow(flow, table)
    return flow


def check_flow(flow: pd.DataFrame, table: pd.DataFrame) -> None:
    """Raise FlowError unless listed = excluded + left, and left = the sum of the sets, in every center."""
    for center, own in flow.groupby("center", sort=False):
        counts = own.groupby("kind")["n"].sum()
        listed, left = own.loc[own["kind"] == "in", "n"].iloc[[0, -1]]
        out, sets = int(counts.get("out", 0)), own.loc[own["kind"] == "set", "n"].sum()
        if listed - out != left or ((own["kind"] == "set").any() and sets != left):
            raise FlowError(f"center {center}: {listed} listed, {out} excluded, {left} left, {sets} in sets")
        stayed = int(((table["center"] == center) & (table["stage"] == "")).sum())
        if stayed != left:
            raise FlowError(
                f"center {center}: {left} left after the last step, but {stayed} cases were not excluded; "
                f"stages are {sorted(set(table['stage']) - {''})}"
            )


def excluded_cases(table: pd.DataFrame) -> pd.DataFrame:
    """The excluded cases with the reason in a sentence and what to do about it."""
    out = table.loc[table["stage"] != "", ["subject", "center", "stage", "reason", "detail"]].reset_index(drop=True)
    return out.assign(
        explanation=[explanation(code)[0] for code in out["reason"]],
        action=[explanation(code)[1] for code in out["reason"]],
    )


def explanation(code: str) -> tuple[str, str]:
    """Sentence and action of a reason code; an unknown code explains itself."""
    return EXPLANATIONS[Reason(code)] if code in set(Reason) else (code, "")
