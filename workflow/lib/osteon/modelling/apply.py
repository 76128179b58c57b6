"""Frozen models for patients of a center that comes later: predictions, and how good they are where outcomes exist.

Nothing is estimated from the patients: the model, its harmonisation and its threshold are those of the bundle.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from osteon.config.beside import beside
from osteon.config.explain import describe
from osteon.config.extraction import not_compared, remarks
from osteon.config.frozen import Needs, needs_of, read_content, shown
from osteon.config.modelling import Validation
from osteon.modelling.bundle import Bundle, bundle_to_json, load
from osteon.modelling.evaluation import evaluate
from osteon.modelling.models import predictions_of
from osteon.modelling.newcomer_files import read_newcomers, refuse_full, write_folder
from osteon.modelling.newcomers import (
    Newcomers,
    NotApplicable,
    batch_labels,
    clinical_numbers,
    feature_numbers,
    newcomer_problems,
    outcomes,
)
from osteon.modelling.patients import join_patients
from osteon.modelling.preprocessing import Harmoniser
from osteon.tables.reasons import Reason

APPLIED = "applied"
"""What the set of patients is called in the tables."""
NOTE_COLUMNS = ["model", "about", "note"]
YES, NO = "yes", "no"
KNOWN, NO_COMBAT = "yes", "no: the model has no ComBat"
# A column whose median lies this far from the mean of the training patients is hardly in the same unit.
FAR = 10.0


@dataclass(frozen=True)
class _Applied:
    predictions: pd.DataFrame
    notes: list[tuple[str, str]]


def apply_bundles(
    bundles: Mapping[str, Bundle], given: Newcomers, settings: Validation, seed: int
) -> dict[str, pd.DataFrame]:
    """Apply frozen models to the patients of a feature table.

    Args:
        bundles: the models, by the names that they have in the tables. All predict the same outcome.
        given: the patients.
        settings: bootstrap resamples and range of the decision curve.
        seed: seed of the bootstrap.

    Returns:
        predictions: model, subject, center, outcome (code or number; only where outcomes are given), the columns of
            the task, positive (probability at or above the frozen threshold; yes or no) or class (the most probable
            one), harmonised (yes, or why not), imputed (missing inputs that were replaced), reason (why there is no
            prediction; else empty).
        notes: model, about, note: what could not be compared, and what to look at.
        Where outcomes are given, the tables of `evaluate` for the set 'applied': patients with an outcome whom every
        model predicts.

    Raises:
        NotApplicable: a missing column, another unit, another setting of the extraction, a cell that is no number.
    """
    all_needs = {name: needs_of(bundle_to_json(bundle), name) for name, bundle in bundles.items()}
    problems = [problem for needs in all_needs.values() for problem in newcomer_problems(needs, given)]
    if problems:
        raise NotApplicable(describe(given.table, list(dict.fromkeys(problems))))
    known = outcomes(given)
    parts = {name: _apply(bundle, all_needs[name], given, known) for name, bundle in bundles.items()}
    notes = [(name, *note) for name, part in parts.items() for note in part.notes]
    predictions = pd.concat([part.predictions.assign(model=name) for name, part in parts.items()], ignore_index=True)
    columns = ["model", *(column for column in predictions.columns if column != "model")]
    tables = {"predictions": predictions[columns]}
    if given.outcome:
        task = next(iter(bundles.values())).model.task
        judged = _judged(predictions, task.columns)
        thresholds = {name: bundle.threshold for name, bundle in bundles.items()}
        tables |= evaluate(task, judged, [APPLIED], thresholds, settings, seed)
        if left := len(given.rows) - judged["subject"].nunique():
            notes.append(
                ("", "outcome", f"{left} of {len(given.rows)} patients are not evaluated: no outcome or no prediction")
            )
    return tables | {"notes": pd.DataFrame(notes, columns=NOTE_COLUMNS)}


def apply_file(
    bundle: str | Path,
    features: str | Path,
    participants: str | Path | None = None,
    settings: str | Path | None = None,
    out: str | Path | None = None,
) -> tuple[Path, dict[str, pd.DataFrame]]:
    """Apply the bundle in a folder to a feature table, and write the tables of `apply_bundles`.

    Args:
        bundle: the folder.
        features: table with subject, center and features.
        participants: table with subject, clinical variables and, if they are known, outcomes. None: these are columns
            of the feature table, if the model needs any.
        settings: settings.json behind the features, where it is not beside the table or one folder up.
        out: a new folder; None: applied_<model>.

    Returns:
        The folder and what was written into it.

    Raises:
        NotApplicable: the bundle, a table or what belongs to it cannot be used; nothing was written.
    """
    try:
        content = read_content(bundle)
        needs = needs_of(content, content["name"])
        frozen = load(bundle)
        known = beside(features, settings)
    except (ValueError, KeyError, TypeError, OSError) as error:
        damaged = "" if isinstance(error, ValueError | OSError) else f"{bundle} is damaged: "
        raise NotApplicable(f"{damaged}{error}. Nothing was written.") from None
    folder = Path(out) if out else Path(f"applied_{needs.name}")
    refuse_full(folder)
    given = read_newcomers(features, known, participants=participants, outcome=needs.outcome)
    tables = apply_bundles({needs.name: frozen}, given, Validation(), frozen.origin["settings"]["seed"])
    write_folder(tables, folder)
    return folder, tables


def summary(folder: Path, tables: Mapping[str, pd.DataFrame]) -> str:
    """What was written, in a few lines, with everything that is to be noted."""
    predictions = tables["predictions"]
    done = int((predictions["reason"] == "").sum())
    lines = [f"{done} of {len(predictions)} patients are predicted: {folder / 'predictions.tsv'}"]
    if "performance" in tables:
        lines.append(f"How well: {folder / 'performance.tsv'}")
    return "\n".join([*lines, *(f"  {row.about}: {row.note}" for row in tables["notes"].itertuples())])


def _apply(bundle: Bundle, needs: Needs, given: Newcomers, known: pd.Series) -> _Applied:
    """Predictions of one model, a row for every patient, and what is to be noted."""
    features, clinical = feature_numbers(given, needs.features), clinical_numbers(given, needs)
    reasons = _reasons(needs, given, features, clinical)
    chosen = reasons.index[reasons == ""]
    centers, labels = given.centers, batch_labels(given, needs)
    about = pd.DataFrame({"subject": chosen, "center": centers[chosen].to_numpy()})
    # a placeholder: nothing of a frozen model reads it
    people = about.assign(outcome=0.0).join(clinical, on="subject")
    wide = about.join(features, on="subject")
    divisions = about[["subject"]].join(labels, on="subject")
    model = bundle.model
    predicted = pd.DataFrame(columns=[*model.task.columns, "imputed"], dtype=float)
    if len(chosen):
        patients = join_patients(people, [wide], model.task, divisions)
        predicted = predictions_of(model, patients).set_index("subject")
    table = pd.DataFrame({"center": centers})
    if given.outcome:
        table["outcome"] = known.reindex(centers.index)
    table = table.join(predicted[model.task.columns])
    if model.task.kind == "binary":
        table["positive"] = table["probability"].ge(bundle.threshold).map({True: YES, False: NO})
    elif model.task.kind == "classes":
        most = predicted[model.task.columns].to_numpy().argmax(axis=1)
        classes = [model.task.values[place] for place in most]
        table["class"] = pd.Series(classes, index=predicted.index, dtype=object).reindex(table.index)
    table["harmonised"] = _harmonised(bundle, labels)
    table["imputed"] = predicted["imputed"].reindex(table.index).astype("Int64")
    table["reason"] = reasons
    nobody = table.index[reasons != ""]
    table.loc[nobody, [name for name in ("positive", "class", "harmonised") if name in table]] = ""
    table = table.rename_axis("subject").reset_index().sort_values(["center", "subject"], ignore_index=True)
    return _Applied(table, _notes(bundle, needs, given, features, clinical, table))


def _reasons(needs: Needs, given: Newcomers, features: pd.DataFrame, clinical: pd.DataFrame) -> pd.Series:
    """Why a patient cannot be predicted, by subject; '' for those who can.

    Medians of the training patients replace single values; a patient of whom nothing is known has no prediction.
    """
    reasons = pd.Series("", index=features.index, dtype=object)
    if needs.variables:
        for subject in features.index.difference(clinical.index):
            match = given.matches.get(subject)
            reasons[subject] = match.reason if match else str(Reason.PARTICIPANT_MISSING)
    if needs.features:
        reasons[features.isna().all(axis=1) & (reasons == "")] = str(Reason.FEATURES_MISSING)
    return reasons


def _harmonised(bundle: Bundle, labels: pd.DataFrame) -> list[str]:
    """Whether a patient's features were harmonised: only batches of the training patients have known effects."""
    harmoniser: Harmoniser | None = next(
        (block.harmoniser for block in bundle.model.blocks if block.harmoniser.combat), None
    )
    if harmoniser is None or harmoniser.combat is None:
        return [NO_COMBAT] * len(labels)
    known = {column: set(step.state.batches) for column, step in harmoniser.combat.steps.items()}
    said = []
    for _, row in labels.iterrows():
        new = [column for column, levels in known.items() if row[column] not in levels]
        which = ", ".join(new)
        said.append(KNOWN if not new else f"no: new {which}" if len(new) == len(known) else f"in part: new {which}")
    return said


def _judged(predictions: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
    """Predictions of patients with an outcome whom every model predicts, in the form that `evaluate` reads."""
    usable = predictions[(predictions["reason"] == "") & predictions["outcome"].notna()]
    count = usable.groupby("subject")["model"].transform("nunique")
    judged = usable[count == predictions["model"].nunique()].assign(set=APPLIED)
    return judged[["model", "set", "subject", "center", "outcome", *columns, "imputed"]].astype({"imputed": int})


def _notes(
    bundle: Bundle, needs: Needs, given: Newcomers, features: pd.DataFrame, clinical: pd.DataFrame, table: pd.DataFrame
) -> list[tuple[str, str]]:
    notes = _extraction_notes(needs, given) + _unit_notes(needs, given)
    notes += _far_notes(bundle, pd.concat([features, clinical.reindex(features.index)], axis=1))
    for name, variable in needs.variables.items():
        if variable.type == "binary" and clinical[name].notna().any() and not clinical[name].any():
            notes.append(("coding", f"no patient has '{name}' = {variable.positive}; is it written otherwise?"))
    for center, said in table.groupby("center")["harmonised"]:
        if (said == KNOWN).any():
            notes.append(
                ("harmonisation", f"center '{center}': {int((said == KNOWN).sum())} patients of known batches")
            )
        for why in sorted(set(said) - {KNOWN, NO_COMBAT, ""}):
            notes.append(("harmonisation", f"center '{center}': {int((said == why).sum())} patients harmonised {why}"))
    for reason, count in table["reason"].value_counts().sort_index().items():
        if reason:
            notes.append(("patients", f"{count} without prediction: {reason}"))
    if count := int((table["imputed"] > 0).sum()):
        notes.append(("patients", f"{count} with missing values, which are medians of the training patients"))
    if given.outcome is None:
        notes.append(("outcome", f"the tables have no '{needs.outcome.column}'; there is nothing to compare with"))
    return notes


def _extraction_notes(needs: Needs, given: Newcomers) -> list[tuple[str, str]]:
    ours, theirs = needs.extraction, given.beside.extraction
    if not needs.features:
        return []
    if not ours:
        return [("extraction", "not compared: the model learned from feature tables whose settings are not known")]
    if not theirs:
        return [("extraction", f"not compared: no settings.json beside {given.table} says how its features were made")]
    notes = [
        ("extraction", f"not compared: '{section}', which one side does not say")
        for section in not_compared(ours, theirs)
    ]
    return notes + [
        ("extraction", f"{name}: the model learned with {shown(one)}, the table has {shown(other)}")
        for name, one, other in remarks(ours, theirs)
    ]


def _unit_notes(needs: Needs, given: Newcomers) -> list[tuple[str, str]]:
    """Columns whose units nobody has declared, and that are taken as they are."""
    notes = []
    silent = [name for name in needs.features if not (needs.units.get(name) and given.beside.units.get(name))]
    if silent:
        notes.append(
            ("units", f"not compared for {len(silent)} of {len(needs.features)} features; taken as in training")
        )
    for name, variable in needs.variables.items():
        if variable.type == "continuous" and not (variable.unit and given.people_units.get(name)):
            notes.append(
                ("units", f"'{name}' is taken to be in {variable.unit or 'the unit of the training patients'}")
            )
    return notes


def _far_notes(bundle: Bundle, values: pd.DataFrame) -> list[tuple[str, str]]:
    """Columns whose values are nowhere near those of the training patients."""
    model = bundle.model
    scalers = [model.scaler.restricted(model.clinical.columns), *(block.scaler for block in model.blocks)]
    notes = {}
    for scaler in scalers:
        for column, mean, sd in zip(scaler.columns, scaler.mean, scaler.sd, strict=True):
            if values[column].notna().any() and abs((median := values[column].median()) - mean) > FAR * sd:
                trained = f"mean {mean:.4g} (SD {sd:.2g}) in training"
                notes[column] = f"'{column}': median {median:.4g} here, {trained}; is it in another unit?"
    return [("values", note) for note in notes.values()]
