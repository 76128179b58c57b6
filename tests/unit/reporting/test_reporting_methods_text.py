"""The methods section says what was run, all of it, and nothing else."""

from __future__ import annotations

import inspect
import re

import pandas as pd
import pytest

from helpers import report_study, said
from osteon.config.study import Study
from osteon.reporting import methods_images, methods_models, methods_text
from osteon.reporting.citations import bibliography, cited, entries
from osteon.reporting.flow import case_table, flow_counts
from osteon.reporting.methods_text import methods
from osteon.reporting.study_facts import PLACES, StudyFacts

ALL_RESULTS = frozenset(place.replace("*", "x") for patterns in PLACES.values() for place in patterns)
SOFTWARE = pd.DataFrame(
    {"software": ["osteon", "python", "numpy", "torch"], "version": ["1.2", "3.11", "2.4", "not in this environment"]}
)
MODULES = (methods_text, methods_images, methods_models)
CENTER = {"role": "development", "source": "features", "table": "t.csv"}


def changed(**values) -> Study:
    return Study.model_validate(report_study.study().model_dump() | values)


def text_of(files=ALL_RESULTS, flow=None, code="en", **values) -> str:
    return methods(StudyFacts(changed(**values), frozenset(files)), flow, SOFTWARE, code).markdown


STUDIES: list[tuple[dict, frozenset, list[str], list[str]]] = [
    # sections of the study, results, what the text says, what it does not say
    (
        {},
        ALL_RESULTS,
        ["ComBat", "@johnson2007", "Manual masks on the grid", "DeLong", "Optuna"],
        ["nested ComBat", "nnU-Net"],
    ),
    (
        # two development hospitals and one external one: no set has three
        {},
        ALL_RESULTS,
        ["@riley2020", "@riley2021", "@leo2024", "Feature-engine"],
        ["@knapp2003", "XGBoost 3", "BorutaPy"],
    ),
    (
        {"centers": {"A": {**CENTER}, **{code: {**CENTER, "role": "external"} for code in "BCD"}}, "sequences": {}},
        ALL_RESULTS,
        ["@knapp2003", "Results of hospitals of one set were pooled"],
        [],
    ),
    (
        # tables of clinical variables may lie there from an earlier configuration
        {"variables": {}},
        ALL_RESULTS,
        ["DeLong"],
        ["Baseline characteristics", "multivariable logistic"],
    ),
    ({}, frozenset(), ["ComBat"], ["DeLong", "SHAP", "Calibration", "audit", "checked that", "Riley"]),
    (
        {"models": {}, "outcome": None},
        frozenset(),
        ["extracted with PyRadiomics"],
        ["ComBat", "outcome", "Optuna", "folds"],
    ),
    (
        {"centers": {"A": {**CENTER}}, "sequences": {}},
        frozenset(),
        ["one hospital", "finished feature tables"],
        ["PyRadiomics", "N4", "masks", "dcm2niix", "set aside"],
    ),
    (
        {"linkage": {"date": "qct", "date_window": 30}, "allow_identifiable": True},
        frozenset(),
        ["at most 30 days"],
        ["de-identified"],
    ),
    (
        {"centers": {"A": {"role": "development", "source": "nifti", "images": {"T1": "t1.nii"}}}},
        frozenset(),
        ["as NIfTI"],
        ["dcm2niix"],
    ),
    (
        {
            "segmentation": {"method": "nnunet", "train_on": {"column": "x"}, "largest_piece": True},
            "deep": {"enabled": True},
        },
        ALL_RESULTS,
        ["@isensee2021", "mean of 5", "largest connected component", "encoder", "@paszke2019", "Dice"],
        ["Manual masks on"],
    ),
    (
        {"segmentation": {"method": "nnunet", "model": "m.zip"}},
        frozenset(),
        ["nnU-Net"],
        ["was trained", "Dice", "largest connected"],
    ),
    (
        {"preprocess": {"intensity": {"method": "minmax"}, "registration": {"method": "rigid"}}},
        frozenset(),
        ["scaled to 0–1", "registered rigidly", "N4"],
        ["interquartile"],
    ),
    (
        {"preprocess": {"intensity": {"method": "zscore"}, "bias_correction": {"enabled": False}}},
        frozenset(),
        ["standard deviation of the foreground"],
        ["N4"],
    ),
    ({"preprocess": {"intensity": {"method": "none"}}}, frozenset(), [], ["Intensities"]),
    ({"features": {"pyradiomics": {"imageType": {"Original": {}}}}}, frozenset(), ["parameter file"], ["discretized"]),
    (
        {"features": {"bin_width": 25, "spacing": None, "value_range": {"min": 0}, "image_types": ["original"]}},
        frozenset(),
        ["fixed bin width of 25", "outside 0 to ∞"],
        ["resampled", "Laplacian"],
    ),
    (
        {
            "features": {
                "bin_count": 64,
                "interpolator": "sitkLinear",
                "image_types": ["original", "log", "wavelet", "square", "gradient", "lbp3d", "mean"],
                "log_sigma": [2],
            }
        },
        frozenset(),
        ["64 bins", "linear interpolation", "wavelet images", "Sigma of the Laplacian of Gaussian: 2 mm"],
        [],
    ),
    ({"features": {"bin_count": 64, "interpolator": "sitkNearestNeighbor"}}, frozenset(), ["nearest-neighbor"], []),
    (
        {"robustness": {"cases": 20, "perturbations": ["translate", "rotate", "noise", "grow", "shrink", "randomise"]}},
        frozenset(),
        ["20 development cases", "@zwanenburg2019", "lower 95% confidence limit below 0.75"],
        ["every reader"],
    ),
    (
        {"robustness": {"readers": True, "bound": "value"}},
        frozenset(),
        ["every reader", "an ICC below 0.75"],
        ["perturbed"],
    ),
    ({"robustness": {"readers": True, "filter": False}}, frozenset(), ["no feature was left out"], ["below 0.75"]),
    ({"harmonisation": {"method": "none"}}, frozenset(), ["not harmonized"], ["ComBat"]),
    (
        {
            "harmonisation": {
                "batch": ["center", "kernel"],
                "batches": {"kernel": {"header": "kernel"}},
                "prior": "none",
                "mean_only": True,
                "reference": "A",
                "covariates": ["age"],
                "new_center": "reference",
                "adaptation": "x",
            }
        },
        frozenset(),
        [
            "nested ComBat",
            "@horng2022",
            "No empirical Bayes",
            "additive",
            "reference batch was A",
            "effects of age",
            "secondary analysis",
        ],
        [],
    ),
    ({"harmonisation": {"prior": "non_parametric"}}, frozenset(), ["non-parametric"], ["additive"]),
    (
        {
            "selections": {
                "short": [
                    {"univariable": {"fdr": True, "test": "student"}},
                    {"lasso": {"loss": "logistic", "rule": "1se"}},
                ],
                "wide": [
                    "variance",
                    "correlation",
                    {"k_best": {"test": "mann_whitney"}},
                    "mrmr",
                    "boruta",
                    "forest",
                    "svm_rfe",
                    "sequential",
                    "relieff",
                    "stability",
                    "elastic_net",
                ],
            }
        },
        frozenset(),
        [
            "Selection 'short'",
            "@benjamini1995",
            "Student's t",
            "LASSO in logistic regression, largest penalty",
            "@peng2005",
            "@kursa2010",
            "@guyon2002",
            "@kononenko1994",
            "at least 60% of 100",
            "@zou2005",
            "Mann–Whitney",
        ],
        ["Welch"],
    ),
    (
        {"models": {"m": {"scores": ["T1"], "columns": ["T1_*"]}}, "selection": ["univariable", "pca"]},
        frozenset(),
        ["Selection: features", "Welch", "principal components", "radiomic features (T1_*)"],
        ["Selection 'short'", "Optuna"],
    ),
    (
        {
            "models": {
                "m": {
                    "scores": ["T1"],
                    "selection": ["all"],
                    "classifier": "all",
                    "calibration": "sigmoid",
                    "features": "shuffled",
                }
            },
            "controls": {"shuffled": True},
            "missing_values": "mean",
        },
        frozenset(),
        ["Selection 'wide'", "@chen2016", "@ke2017", "Platt", "shuffled voxels", "the mean of the training"],
        [],
    ),
    (
        {"models": {"m": {"clinical": ["age", "sex"], "clinical_p": 0.1}}, "missing_values": "refuse"},
        frozenset(),
        ["univariable p was below 0.1", "were refused", "clinical variables (Age, Male sex)"],
        ["ComBat", "Selection", "best one"],
    ),
    (
        {"validation": {"hold_out": None, "person": "pid", "repeats": 0}},
        ALL_RESULTS,
        ["All development patients were training", "one person"],
        ["was repeated 3"],
    ),
    ({"validation": {"hold_out": {"column": "date", "share": 0.2}}}, frozenset(), ["latest patients"], ["A random"]),
    ({"validation": {"splits": "s.tsv"}}, frozenset(), ["earlier split"], ["A random"]),
    (
        {"validation": {"repeats": 2, "leave_one_center_out": True}},
        frozenset(),
        ["repeated 2 times", "internal–external", "A random 20%"],
        [],
    ),
    ({"validation": {"threshold": {"risk": 0.2}}}, ALL_RESULTS, ["predicted risk of 0.2"], ["Youden"]),
    ({"validation": {"threshold": {"sensitivity": 0.9}}}, ALL_RESULTS, ["sensitivity of at least 0.9"], ["Youden"]),
    ({"validation": {"threshold": {"specificity": 0.9}}}, ALL_RESULTS, ["specificity of at least 0.9"], ["Youden"]),
    (
        {"outcome": {"column": "c", "type": "classes", "classes": ["a", "b", "c"]}},
        ALL_RESULTS,
        ["in the classes a, b and c", "@hand2001", "paired bootstrap"],
        ["Youden", "DeLong's paired"],
    ),
    (
        {"outcome": {"column": "c", "type": "continuous", "unit": "mg"}},
        ALL_RESULTS,
        ["measured in mg", "@bland1986"],
        ["Youden", "AUC of"],
    ),
    ({"outcome": {"column": "c", "type": "continuous"}}, ALL_RESULTS, ["c, a number"], []),
    (
        {"robustness": {"cases": 20}, "models": {}, "outcome": None},
        frozenset(),
        ["were perturbed"],
        ["signature", "left out"],
    ),
]


@pytest.mark.parametrize("number", range(len(STUDIES)))
def test_the_text_follows_from_the_study(number):
    sections, files, says, keeps_silent = STUDIES[number]
    text = text_of(files, **sections)
    assert [words for words in says if words not in text] == []
    assert [words for words in keeps_silent if words in text] == []


def test_every_sentence_is_said_for_some_study(monkeypatch):
    listener = said.Listener()
    monkeypatch.setattr(methods_text, "language", lambda code: listener)
    cases = report_study.cases()
    flow = flow_of(cases)
    for sections, files, *_ in STUDIES:
        methods(StudyFacts(changed(**sections), files), flow, SOFTWARE)
    methods(StudyFacts(changed(), ALL_RESULTS), flow_of(cases[cases["status"] == "ok"]), SOFTWARE)
    written = said.said_in(*map(inspect.getfile, MODULES))
    assert sorted(written - listener.texts) == []


def flow_of(cases: pd.DataFrame) -> pd.DataFrame:
    """A flow in which every second included development case tests."""
    included = cases[(cases["status"] == "ok") & (cases["center"] != "C")]
    sets = ["train", "test"] * len(included)
    splits = pd.DataFrame({"subject": included["subject"], "set": sets[: len(included)]})
    roles = {"A": "development", "B": "development", "C": "external"}
    return flow_counts(case_table(cases, roles, splits=splits), dict.fromkeys("ABC", "dicom"), linked=True)


def test_numbers_are_those_of_the_flow():
    flow = flow_of(report_study.cases())
    text = text_of(flow=flow)
    listed = flow.loc[flow["step"] == "listed", "n"].sum()
    sets = flow[flow["kind"] == "set"]
    left = sets["n"].sum()
    assert f"Of {listed} cases, {listed - left} were excluded" in text
    assert f"{left} were analyzed" in text
    assert f"The training set had {sets.loc[sets['step'] == 'train', 'n'].sum()} cases." in text
    assert f"Hospital C & co had {sets.loc[sets['step'] == 'external', 'n'].sum()} cases." in text


def test_simulated_patients_are_named_first():
    assert text_of().split("\n\n")[2].startswith("All patients of this study are simulated")
    real = methods(StudyFacts(report_study.study(simulated=False), ALL_RESULTS), None, SOFTWARE)
    assert "simulated" not in real.markdown


def test_software_has_versions_where_they_are_known():
    text = text_of(segmentation={"method": "nnunet", "model": "m.zip"})
    assert "Osteon 1.2" in text
    assert "NumPy 2.4 [@harris2020]" in text
    assert "PyTorch [@paszke2019]" in text
    assert "not in this environment" not in text


@pytest.mark.parametrize("code", ["en", "zh"])
def test_the_bibliography_has_what_the_text_cites_and_nothing_else(code):
    for sections, files, *_ in STUDIES:
        result = methods(StudyFacts(changed(**sections), files), None, SOFTWARE, code)
        assert set(re.findall(r"@([a-z]+\d{4})", result.markdown)) == set(cited(result.markdown))
        assert re.findall(r"^@\w+\{([^,]+),", result.bibtex, re.MULTILINE) == sorted(cited(result.markdown))


def test_same_study_same_text():
    assert text_of() == text_of()


def test_every_entry_is_cited_somewhere_and_whole():
    lines = "".join(said.said_in(*map(inspect.getfile, MODULES)))
    used = set(cited(lines)) | {key for *_, key in methods_text.SOFTWARE if key} | {"molder2021"}
    assert set(entries()) == used
    for key, entry in entries().items():
        assert key[-4:] == re.search(r"^  year = \{(\d{4})\},$", entry, re.MULTILINE)[1]
        assert entry.count("{") == entry.count("}")
        assert {"author", "title", "year"} <= set(re.findall(r"^  (\w+) = ", entry, re.MULTILINE))
    assert list(entries()) == sorted(entries())


def test_citations_in_groups():
    assert cited("a [@holm1979; @koo2016], b [@holm1979], c@d.org [x]") == ["holm1979", "koo2016"]
    with pytest.raises(KeyError, match="nobody1900"):
        bibliography("[@nobody1900]")
