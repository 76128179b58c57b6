"""A frozen model for a center that comes later: its own predictions, or a refusal that names what is wrong."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from helpers.bundles import bundle, extraction, newcomers
from osteon.cli import main
from osteon.harmonise.nested import NestedComBat
from osteon.modelling.apply import KNOWN, NO_COMBAT, apply_file
from osteon.modelling.bundle import freeze, load
from osteon.modelling.newcomers import NotApplicable
from osteon.modelling.patients import join_patients
from osteon.modelling.predictors import Linear
from osteon.modelling.preprocessing import Harmoniser
from osteon.modelling.task import Task
from osteon.tables.files import read_table, write_json, write_table


@pytest.fixture(scope="module")
def fitted():
    return bundle()


@pytest.fixture
def given(tmp_path, fitted):
    """A bundle and the tables of a later study: features of centers A (known) and Z (new), and participants."""
    return Given(tmp_path, fitted)


class Given:
    def __init__(self, folder, fitted):
        self.folder, self.model = folder, fitted.model
        self.bundle = folder / "bundle"
        freeze(fitted, self.bundle)
        self.features, self.people = newcomers()
        self.settings, self.units = extraction(), dict.fromkeys(self.model.feature_columns, "mm3")
        self.sidecar = {"age": {"Units": "years"}}
        self.judged, self.out = False, folder / "out"

    @property
    def feature(self):
        return self.model.feature_columns[0]

    def run(self, participants=True, **options):
        study = self.folder / "later"
        table = study / "center-Z" / "features.tsv"
        write_table(self.features, table)
        if self.settings:
            write_json(self.settings, study / "settings.json")
        if self.units:
            write_table(
                pd.DataFrame({"column": self.units.keys(), "unit": self.units.values()}), study / "dictionary.tsv"
            )
        people = self.folder / "participants.tsv"
        write_table(self.people if self.judged else self.people.drop(columns="fracture", errors="ignore"), people)
        if self.sidecar:
            write_json(self.sidecar, people.with_suffix(".json"))
        return apply_file(self.bundle, table, people if participants else None, out=self.out, **options)[1]

    def refused(self, **options):
        """The lines of the message, with runs of blanks as one; nothing may have been written."""
        with pytest.raises(NotApplicable) as error:
            self.run(**options)
        assert not self.out.exists()
        assert not list(self.folder.glob(".*"))
        return [" ".join(line.split()).replace(f"{self.folder}/", "") for line in str(error.value).splitlines()]


def notes(tables, about):
    return [note for _, name, note in tables["notes"].itertuples(index=False) if name == about]


@pytest.mark.slow
def test_predictions_are_those_of_the_bundle_itself(given):
    given.judged = True
    tables = given.run()
    assert sorted(path.name for path in given.out.iterdir()) == [
        "calibration_curve.tsv",
        "decision.tsv",
        "notes.tsv",
        "operating_points.tsv",
        "pairwise.tsv",
        "performance.tsv",
        "predictions.tsv",
        "roc.tsv",
    ]
    people = given.people.assign(
        outcome=(given.people["fracture"] == "yes").astype(int), sex=(given.people["sex"] == "male").astype(float)
    ).drop(columns="fracture")
    expected = load(given.bundle).model.predict(join_patients(people, [given.features]))["probability"]
    written = read_table(given.out / "predictions.tsv").set_index("subject")
    assert np.array_equal(written["probability"], expected[written.index])
    assert written["positive"].equals(
        (written["probability"] >= load(given.bundle).threshold).map({True: "yes", False: "no"})
    )
    assert written["outcome"].equals(
        people.set_index("subject")["outcome"][written.index].astype(written["outcome"].dtype)
    )
    assert (written["harmonised"] == np.where(written["center"] == "A", KNOWN, "no: new center")).all()
    assert tables["performance"][["n", "events"]].iloc[0].tolist() == [42, people["outcome"].sum()]
    assert notes(tables, "extraction") == notes(tables, "units") == notes(tables, "values") == []


def test_a_bundle_needs_nothing_but_its_folder(given):
    first = given.run()["predictions"]
    shutil.move(given.bundle, given.folder / "elsewhere")
    given.bundle, given.out = given.folder / "elsewhere", given.folder / "again"
    assert given.run()["predictions"].equals(first)


def test_without_outcomes_there_are_predictions_alone(given):
    tables = given.run()
    assert set(tables) == {"predictions", "notes"}
    assert "outcome" not in tables["predictions"]
    assert notes(tables, "outcome") == ["the tables have no 'fracture'; there is nothing to compare with"]


@pytest.mark.slow
def test_patients_without_outcome_are_predicted_and_not_judged(given):
    given.judged = True
    given.people.loc[:4, "fracture"] = ""
    tables = given.run()
    assert tables["predictions"]["probability"].notna().all()
    assert tables["performance"]["n"].item() == 37
    assert notes(tables, "outcome") == ["5 of 42 patients are not evaluated: no outcome or no prediction"]


def test_one_table_may_hold_everything(given):
    expected = given.run()["predictions"]
    given.features = given.features.merge(given.people.drop(columns=["center", "fracture"]), on="subject")
    given.out = given.folder / "one"
    assert given.run(participants=False)["predictions"].equals(expected)


def test_gaps_are_counted_and_patients_of_whom_nothing_is_known_are_named(given):
    used = list(given.model.feature_columns)
    given.features.loc[0, used[0]] = np.nan
    given.features.loc[1, used] = np.nan
    given.people = given.people.drop(index=2)
    given.people.loc[3, "age"] = np.nan
    table = given.run()["predictions"].set_index("subject").loc[given.features["subject"]]
    assert table["reason"].tolist()[:4] == ["", "features_missing", "participant_missing", ""]
    assert table["imputed"].tolist()[0] == table["imputed"].tolist()[3] == 1
    assert table.loc[table["reason"] != "", ["probability", "imputed"]].isna().all(axis=None)
    assert (table.loc[table["reason"] != "", ["positive", "harmonised"]] == "").all(axis=None)
    assert table.loc[table["reason"] == "", "probability"].notna().all()


def test_nobody_can_be_predicted(given):
    given.judged = True
    given.people["subject"] = "X" + given.people["subject"]
    tables = given.run()
    assert (tables["predictions"]["reason"] == "participant_missing").all()
    assert tables["performance"]["n"].item() == 0


# --- what is refused, each by its name


def test_missing_columns(given):
    given.features = given.features.rename(columns={given.feature: given.feature + "x"})
    given.people = given.people.drop(columns="age")
    assert given.refused() == [
        "later/center-Z/features.tsv has 2 problems; nothing was run.",
        f"later/center-Z/features.tsv has no column '{given.feature}', which bundle 'combined' needs. "
        f"Did you mean '{given.feature}x'?",
        "participants.tsv has no column 'age', which bundle 'combined' needs.",
        "Help: docs/reference/configuration.md",
    ]


@pytest.mark.parametrize("column", ["subject", "center"])
def test_missing_keys(given, column):
    given.features = given.features.drop(columns=column)
    assert f"the first row has no column '{column}'" in given.refused()[1]


def test_units(given):
    given.units[given.feature] = "cm³"
    given.sidecar = {"age": {"Units": "months"}}
    assert given.refused()[1:-1] == [
        f"later/center-Z/features.tsv '{given.feature}' is in cm³; bundle 'combined' learned it in mm^3. Convert it",
        "participants.tsv 'age' is in months; bundle 'combined' learned it in years. Convert it",
    ]


def test_units_that_nobody_declares_are_noted(given):
    given.sidecar, given.units = None, {}
    many = len(given.model.feature_columns)
    assert notes(given.run(), "units") == [
        f"not compared for {many} of {many} features; taken as in training",
        "'age' is taken to be in years",
    ]


def test_values_of_another_unit_are_noted(given):
    given.people["age"] = given.people["age"] * 12
    assert "'age': median" in notes(given.run(), "values")[0]


def test_settings(given):
    given.settings = extraction(bin_count=64, spacing=[2.0, 2.0, 2.0])
    given.settings["preprocess"]["intensity"]["method"] = "zscore"
    table = "later/center-Z/features.tsv"
    assert given.refused()[1:-1] == [
        f"preprocess.intensity.method bundle 'combined' learned with robust, {table} has zscore.",
        f"features.spacing bundle 'combined' learned with [1.0, 1.0, 1.0], {table} has [2.0, 2.0, 2.0].",
        f"features.bin_count bundle 'combined' learned with 32, {table} has 64.",
    ]


def test_preset(given):
    given.settings = extraction(preset="as_published")
    said = given.refused()
    assert (
        "features.preset bundle 'combined' learned with recommended, later/center-Z/features.tsv has as_published."
        in said
    )


def test_settings_can_be_named(given):
    write_json(extraction(bin_count=16), given.folder / "elsewhere" / "mine.json")
    assert "has 16." in given.refused(settings=given.folder / "elsewhere" / "mine.json")[1]
    write_json({"other": 1}, given.folder / "other.json")
    assert "other.json has no settings of features." in given.refused(settings=given.folder / "other.json")[0]


def test_settings_that_nobody_knows_are_noted(given, fitted):
    given.settings = None
    assert "no settings.json beside" in notes(given.run(), "extraction")[0]
    given.out, given.settings = given.folder / "again", extraction()
    content = json.loads((given.bundle / "model.json").read_text())
    del content["inputs"]["extraction"]
    write_json(content, given.bundle / "model.json")
    assert notes(given.run(), "extraction") == [
        "not compared: the model learned from feature tables whose settings are not known"
    ]


def test_versions_are_noted(given):
    given.settings["software"]["pyradiomics"] = "9"
    assert notes(given.run(), "extraction") == ["software.pyradiomics: the model learned with 3.1.0, the table has 9"]


def test_cells(given):
    given.judged = True
    given.features = given.features.astype({given.feature: object})
    given.features.loc[2, given.feature] = "n.d."
    given.features.loc[3, given.feature] = "inf"
    given.people = given.people.astype({"age": object})
    given.people.loc[0, ["age", "sex", "fracture"]] = ["sixty", "unknown", "maybe"]
    table = "later/center-Z/features.tsv"
    assert given.refused()[1:-1] == [
        f"{table}, row 4 '{given.feature}' is 'n.d.' and 1 more of its cells, not a finite number. "
        "Write a number, or leave it empty",
        "participants.tsv, row 2 'age' is 'sixty', not a finite number. Write a number, or leave it empty",
        "participants.tsv 'sex' is binary and holds, beside male: [female, unknown]. "
        "Write male or one other value, as bundle 'combined' has learned it",
        "participants.tsv, row 2 'fracture' is 'maybe'. Write: no or yes",
    ]


def test_a_variable_that_is_never_positive_is_noted(given):
    given.people["sex"] = "M"
    assert notes(given.run(), "coding") == ["no patient has 'sex' = male; is it written otherwise?"]


def test_repeated_patients(given):
    given.features.loc[1, "subject"] = given.features.loc[0, "subject"]
    assert "subject 'A0050' has 2 rows." in given.refused()[1]


def test_a_folder_with_something_in_it_stays(given):
    given.out.mkdir()
    (given.out / "mine.txt").write_text("x")
    with pytest.raises(NotApplicable, match="is there and not empty"):
        given.run()
    assert [path.name for path in given.out.iterdir()] == ["mine.txt"]


def test_what_is_no_bundle(given):
    write_json({"format": "x"}, given.bundle / "model.json")
    assert "format 'x'" in given.refused()[0]
    (given.bundle / "model.json").write_text("{")
    assert "is damaged" in given.refused()[0]


def test_a_negative_control_predicts_nobody(given):
    content = json.loads((given.bundle / "model.json").read_text())
    content["settings"]["model"]["features"] = "shuffled"
    write_json(content, given.bundle / "model.json")
    assert given.refused()[1].startswith("combined is a negative control")


def test_the_command(given, capsys):
    given.run()
    command = ["apply", str(given.bundle), str(given.folder / "later" / "center-Z" / "features.tsv")]
    command += ["--participants", str(given.folder / "participants.tsv"), "--out", str(given.folder / "cli")]
    assert main(command) == 0
    assert "42 of 42 patients are predicted" in capsys.readouterr().out
    assert main(command) == 1
    assert "is there and not empty" in capsys.readouterr().out


def test_batches_besides_the_center(tmp_path, fitted):
    """The table must say the batch of each patient by which the model harmonises."""
    blocks = []
    for block in fitted.model.blocks:
        state = block.harmoniser.combat.get_state()
        second = state["steps"][0] | {"column": "field", "batches": ["1.5", "3"]}
        combat = NestedComBat.from_state(state | {"steps": [*state["steps"], second]})
        blocks.append(replace(block, harmoniser=Harmoniser(block.columns, combat, ["center", "field"], None)))
    given = Given(tmp_path, replace(fitted, model=replace(fitted.model, blocks=blocks)))
    assert given.refused()[1] == (
        "later/center-Z/features.tsv has no column 'field', by which bundle 'combined' harmonises. "
        "Write each patient's batch into it; the model knows 1.5, 3"
    )
    given.features["field"] = ["3"] * 20 + ["7"] * 22
    said = given.run()["predictions"].groupby("center")["harmonised"].unique()
    assert set(said["A"]) == {KNOWN}
    assert set(said["Z"]) == {"in part: new center", "no: new center, field"}


def test_no_combat(tmp_path, fitted):
    blocks = [replace(block, harmoniser=replace(block.harmoniser, combat=None)) for block in fitted.model.blocks]
    given = Given(tmp_path, replace(fitted, model=replace(fitted.model, blocks=blocks)))
    assert set(given.run()["predictions"]["harmonised"]) == {NO_COMBAT}


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["classes", "continuous"])
def test_other_outcomes(given, fitted, kind):
    """A class is the most probable one; a number is a number. The predictions are made up from the age alone."""
    values = ("low", "middle", "high") if kind == "classes" else ()
    task, outputs = Task(kind, values), max(1, len(values))
    weights = np.zeros((len(fitted.model.scaler.columns), outputs))
    weights[0] = [-5, 0, 5][:outputs]
    model = replace(fitted.model, task=task, predictor=Linear(weights, np.zeros(outputs)), calibrator=None)
    outcome = {"column": "bmd", "type": kind, "classes": list(values)}
    freeze(replace(fitted, model=model, threshold=None, inputs=fitted.inputs | {"outcome": outcome}), given.bundle)
    given.people["bmd"] = np.resize(values, 42) if values else np.linspace(50, 90, 42)
    table = given.run()["predictions"].set_index("subject")
    age = given.people.set_index("subject")["age"][table.index]
    if values:
        assert table["class"].equals(
            table[[f"probability_{value}" for value in values]].idxmax(axis=1).str[12:].rename("class")
        )
        assert table["outcome"].between(0, 2).all()
    else:
        assert np.corrcoef(table["predicted"], age)[0, 1] == pytest.approx(-1)
    assert "positive" not in table
    assert read_table(given.out / "performance.tsv")["n"].tolist() == [42]
