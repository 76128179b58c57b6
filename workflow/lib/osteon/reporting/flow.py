"""The flow of patients: what became of every case, counted so that every number adds up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

import pandas as pd

from osteon.reporting.language import Say, english, sentence
from osteon.tables.explanations import explained
from osteon.tables.reasons import Reason

# Steps at which a case can leave, in order, by what its center delivers. A stage is a step, but reading the images is
# two: finding a series for every sequence, and checking those.
SERIES = "series"
IMAGING_STEPS = [SERIES, "ingest", "preprocess", "segment", "features"]
STEPS = {"dicom": IMAGING_STEPS, "nifti": IMAGING_STEPS, "features": ["features"]}
LINKAGE = "participants"
# Reasons of ingest for which a case has no series to check.
NO_SERIES = {
    Reason.NO_FILES,
    Reason.NOT_DICOM,
    Reason.FILE_ARCHIVED,
    Reason.IDENTITY_PRESENT,
    Reason.PATIENTS_MIXED,
    Reason.SEQUENCE_MISSING,
    Reason.SERIES_AMBIGUOUS,
}
SETS = ("train", "test", "external")

FLOW_COLUMNS = ["center", "step", "kind", "reason", "n"]


def step_names(say: Say = english) -> dict[str, str]:
    """The steps in their order, and the sets, in the language of the reader."""
    return {
        "listed": say("Listed"),
        "series": say("With all sequences"),
        "ingest": say("Passed the checks"),
        "preprocess": say("Preprocessed"),
        "segment": say("Segmented"),
        "features": say("Features"),
        "participants": say("Linked to outcome"),
        "train": say("Training"),
        "test": say("Internal test"),
        "external": say("External validation"),
    }


def stage_names(say: Say = english) -> dict[str, str]:
    """What the stages at which a case can leave do."""
    return {
        "ingest": say("Reading the images"),
        "preprocess": say("Preprocessing"),
        "segment": say("Segmentation"),
        "features": say("Features"),
        "participants": say("Joining participants"),
    }


class FlowError(ValueError):
    """The counts of the flow do not add up, or a case is in two places."""


def reason_words(code: str, say: Say = english) -> str:
    """A reason code in two or three words, where there is no room for its sentence."""
    return sentence(code.replace("_", " "), say)


def case_table(
    cases: pd.DataFrame,
    roles: Mapping[str, str],
    unlinked: pd.DataFrame | None = None,
    splits: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """What became of each case.

    Args:
        cases: subject, center, status ('ok' or 'excluded'), stage, reason, detail of every case of every center.
        roles: role ('development' or 'external') of each center.
        unlinked: cases that have no participant or no outcome, or are persons of a development center (same columns);
            of a subject with several rows the first counts.
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
    if unlinked is not None and len(unlinked):
        late = unlinked.drop_duplicates("subject").set_index("subject")
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
    steps = [step_of(stage, reason) for stage, reason in zip(table["stage"], table["reason"], strict=True)]
    left_at = pd.Series(steps, table.index, dtype=object)
    for center, source in sources.items():
        own = table["center"] == center
        left = int(own.sum())
        rows.append((center, "listed", "in", "", left))
        for step in [*STEPS[source], *([LINKAGE] if linked else [])]:
            leaving = table.loc[own & (left_at == step), "reason"].value_counts(sort=False)
            rows += [(center, step, "out", reason, int(n)) for reason, n in sorted(leaving.items())]
            left -= int(leaving.sum())
            rows.append((center, step, "in", "", left))
        sizes = {name: int((table.loc[own, "set"] == name).sum()) for name in SETS}
        rows += [(center, name, "set", "", size) for name, size in sizes.items() if size]
    flow = pd.DataFrame(rows, columns=FLOW_COLUMNS)
    check_flow(flow, table)
    return flow


def step_of(stage: str, reason: str) -> str:
    """The step of the flow at which a case left that was excluded at a stage."""
    return SERIES if stage == "ingest" and reason in NO_SERIES else stage


def check_flow(flow: pd.DataFrame, table: pd.DataFrame) -> None:
    """Check that every number of the flow follows from the others and from the cases.

    In every center, and so in all: listed cases are the rows of the table; what is left after a step is what was left
    after the one before less those who left at it; every excluded case left at one step, for its reason; those who are
    left after the last step are the cases that were not excluded and, if there are sets, the sum of the sets.

    Raises:
        FlowError: one of these is wrong.
    """
    for center, own in flow.groupby("center", sort=False):
        cases = table[table["center"] == center]
        inside, out = own[own["kind"] == "in"], own[own["kind"] == "out"]
        leaving = out.groupby("step")["n"].sum().reindex(inside["step"], fill_value=0).to_numpy()
        expected = len(cases) - leaving.cumsum()
        if (expected != inside["n"].to_numpy()).any():
            raise FlowError(f"center {center}: left after the steps {inside['n'].tolist()}, not {expected.tolist()}")
        gone = Counter(
            (step_of(stage, reason), reason)
            for stage, reason in zip(cases["stage"], cases["reason"], strict=True)
            if stage
        )
        if dict(zip(zip(out["step"], out["reason"], strict=True), out["n"], strict=True)) != gone:
            raise FlowError(
                f"center {center}: {int(out['n'].sum())} left at the steps, but {gone.total()} cases were excluded; "
                f"stages are {sorted(set(cases['stage']) - {''})}"
            )
        sets = own[own["kind"] == "set"].set_index("step")["n"]
        if sets.to_dict() != cases.loc[cases["set"] != "", "set"].value_counts().to_dict() or (
            len(sets) and sets.sum() != expected[-1]
        ):
            raise FlowError(f"center {center}: {expected[-1]} left after the last step, {int(sets.sum())} in sets")
    if foreign := sorted(set(table["center"]) - set(flow["center"])):
        raise FlowError(f"cases of center {foreign[0]} are not in the flow")


def excluded_cases(table: pd.DataFrame) -> pd.DataFrame:
    """The excluded cases with the reason in a sentence and what to do about it."""
    out = table.loc[table["stage"] != "", ["subject", "center", "stage", "reason", "detail"]].reset_index(drop=True)
    return out.assign(
        explanation=[explained(code)[0] for code in out["reason"]],
        action=[explained(code)[1] for code in out["reason"]],
    )
