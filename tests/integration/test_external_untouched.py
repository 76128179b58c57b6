"""Nothing that is known of external or test patients changes one byte of a frozen model; a training patient does."""

from __future__ import annotations

import pytest

from helpers.table_study import FEATURES, PARTICIPANTS, STUDY, TableStudy

TREES = {"columns": ["T1_*"], "selection": ["few"], "classifier": ["logistic_l2", "tree"], "trials": 2}
MODELS = {"combined": {"scores": ["T1"], "clinical": ["age"]}, "searched": TREES}
BUNDLES = [f"results/tables/06_models/{name}/bundle" for name in MODELS]
CHANGES = {"feature": (FEATURES, "T1_L1L3_f0", "123456"), "covariate": (PARTICIPANTS, "age", "110")}


@pytest.fixture(scope="module")
def study(root, tmp_path_factory) -> TableStudy:
    validation = STUDY["validation"] | {"folds": 3}
    sections = {"selections": {"few": [{"k_best": {"k": 2}}]}, "models": MODELS, "validation": validation}
    study = TableStudy(root, tmp_path_factory.mktemp("untouched"), {"A": 36, "B": 34, "X": 12}, features=5, **sections)
    study.run(*BUNDLES)
    return study


def one_of(study: TableStudy, role: str) -> str:
    """A patient of a set, or of the external center."""
    if role == "external":
        return "X0003"
    splits = study.read("06_models/splits.tsv")
    return splits.loc[splits["set"] == role, "subject"].iloc[3]


def change(study: TableStudy, subject: str, *names: str) -> None:
    """Change what is known of a patient; 'label' is the other outcome."""
    for name in names:
        if name == "label":
            table = study.table(PARTICIPANTS).set_index("subject")
            other = {"yes": "no", "no": "yes"}[table.at[subject, "fracture"]]
            study.change(PARTICIPANTS, subject, "fracture", other)
        else:
            file, column, value = CHANGES[name]
            study.change(file, subject, column, value)


def bundles(study: TableStudy) -> dict[str, str]:
    """The SHA-256 of the files of all bundles."""
    return {path: digest for path, digest in study.digests("06_models").items() if "/bundle/" in path}


def fitted_again(study: TableStudy) -> dict[str, str]:
    """The bytes of all bundles, of which every one was fitted again."""
    said = study.run(*BUNDLES, "--forcerun", "fit_model")
    assert said.count("Fitting model") == len(BUNDLES)
    return bundles(study)


@pytest.mark.slow
def test_external_and_test_patients_change_no_byte(study):
    """Values, labels and covariates of both at once; the splits are those of the first run."""
    before = bundles(study)
    tables = study.digests("01_cohort")["01_cohort/development.tsv"]
    assert len(before) >= len(BUNDLES)
    change(study, one_of(study, "external"), "feature", "covariate", "label")
    change(study, one_of(study, "test"), "feature", "covariate", "label")
    assert fitted_again(study) == before
    assert study.digests("01_cohort")["01_cohort/development.tsv"] != tables


@pytest.mark.slow
def test_a_training_patient_does(study):
    before = bundles(study)
    change(study, one_of(study, "train"), "feature")
    after = fitted_again(study)
    assert before.keys() == after.keys()
    assert any(before[path] != after[path] for path in before)  # not every model has selected the feature
