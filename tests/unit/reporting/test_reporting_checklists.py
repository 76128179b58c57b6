"""Checklists are whole, and what they propose follows from settings and results."""

from __future__ import annotations

import pandas as pd
import pytest
import yaml

from helpers import report_study
from osteon.config.study import Study
from osteon.reporting import checklists
from osteon.reporting.checklists import CHECKLISTS, RULES, checklist, metrics_score, propose, score_class
from osteon.reporting.evidence import NO, NOT_APPLICABLE, PERSON, YES
from osteon.reporting.study_facts import PLACES, StudyFacts, facts_of

ALL_RESULTS = frozenset(place.replace("*", "x") for patterns in PLACES.values() for place in patterns)
ACQUISITION = pd.DataFrame(
    {
        "center": ["A", "B"],
        "scanner": ["GE", "GE"],
        "field_t": ["3", "1.5"],
        "repetition_time_ms": ["726", "–"],
        "tube_voltage_kv": ["–", "–"],
    }
)


def changed(**values) -> Study:
    """The study of the report's tests, with other sections."""
    return Study.model_validate(report_study.study().model_dump() | values)


def proposals(key: str, study: Study | None = None, files=ALL_RESULTS, code: str = "en", acquisition=ACQUISITION):
    table = propose(checklist(key), StudyFacts(study or report_study.study(), frozenset(files), acquisition), code)
    return table.set_index("id")


@pytest.mark.parametrize(
    ("key", "count"), [("clear", 58), ("metrics", 30), ("tripod_ai", 27), ("claim", 44), ("ibsi", 76)]
)
def test_every_item_is_there_once_and_in_order(key, count):
    list_ = checklist(key)
    ids = [item["id"] for item in list_.items]
    numbers = list(dict.fromkeys(int(one.rstrip("abcdefg")) for one in ids))
    assert list_.count == count
    assert numbers == list(range(1, count + 1))
    assert len(set(ids)) == len(ids)
    assert ids == sorted(ids, key=lambda one: (int(one.rstrip("abcdefg")), one))


@pytest.mark.parametrize("key", CHECKLISTS)
def test_every_item_is_worded_and_has_a_rule(key):
    list_ = checklist(key)
    known = {"id", "section", "rule", "en", "zh", "look", "column", "modality", "weight", "essential"}
    for item in list_.items:
        assert set(item) <= known
        assert item["en"].strip()
        assert any("\u4e00" <= sign <= "\u9fff" for sign in item["zh"]) or item["zh"] in ("SUV 归一化方法",)
        assert item["rule"] in RULES
        assert item["section"] in list_.sections
    assert {item["section"] for item in list_.items} == set(list_.sections)


def test_no_rule_that_no_item_asks_for():
    assert set(RULES) == {item["rule"] for key in CHECKLISTS for item in checklist(key).items}


def test_citations_exist():
    from osteon.reporting.citations import entries

    assert {checklist(key).citation for key in CHECKLISTS} <= set(entries())


def test_an_unknown_checklist_names_what_there_is():
    with pytest.raises(ValueError, match="Did you mean 'clear'"):
        checklist("cleer")


@pytest.mark.parametrize("code", ["en", "zh"])
@pytest.mark.parametrize("key", CHECKLISTS)
def test_every_item_has_a_status_and_evidence(key, code):
    table = proposals(key, code=code)
    assert set(table["status"]) <= {YES, NO, NOT_APPLICABLE, PERSON}
    assert (table["evidence"].str.len() > 0).all()
    assert list(table["item"]) == [item[code] for item in checklist(key).items]


@pytest.mark.parametrize("key", CHECKLISTS)
def test_links_lead_to_results_and_every_yes_has_one(key):
    table = proposals(key)
    assert set(table["link"]) - {""} <= ALL_RESULTS
    assert (table.loc[table["status"] == YES, "link"] != "").all()


@pytest.mark.parametrize("key", CHECKLISTS)
def test_without_results_no_item_that_needs_one_is_a_yes(key):
    table = proposals(key, files=())
    rules = {item["id"]: item["rule"] for item in checklist(key).items}
    needs = {"performance", "uncertainty", "calibration", "flow", "baseline", "external_test", "settings", "split"}
    asked = [one for one, rule in rules.items() if rule in needs]
    assert set(table.loc[asked, "status"]) <= {NO}
    assert (table["link"] == "").all()


def test_metrics_weights_are_those_of_the_paper():
    items = checklist("metrics").items
    assert sum(item["weight"] for item in items) == pytest.approx(1.0, abs=1e-9)
    assert [items[number - 1]["weight"] for number in (1, 3, 27, 30)] == [0.0368, 0.0919, 0.0749, 0.0075]


def test_metrics_score_counts_what_applies():
    ids = [item["id"] for item in checklist("metrics").items]
    table = pd.DataFrame({"id": ids, "status": YES})
    assert metrics_score(table) == checklists.Score(100.0, 100.0)
    table.loc[table["id"] == "17", "status"] = NOT_APPLICABLE
    table.loc[table["id"] == "27", "status"] = NO
    assert metrics_score(table).low == pytest.approx(
        100 * (0.98 - 0.0749) / 0.98, abs=0.05
    )  # external test: 7.6 points
    table.loc[table["id"] == "3", "status"] = PERSON
    score = metrics_score(table)
    assert score.high - score.low == pytest.approx(100 * 0.0919 / 0.98, abs=0.11)
    assert score.classes == ("excellent", "excellent")


@pytest.mark.parametrize(
    ("score", "name"),
    [
        (0, "very low"),
        (19.9, "very low"),
        (20, "low"),
        (40, "moderate"),
        (59.9, "moderate"),
        (60, "good"),
        (80, "excellent"),
    ],
)
def test_classes_of_the_score(score, name):
    assert score_class(score) == name


CASES = [
    # checklist, item, sections of the study, status, what the evidence says
    ("metrics", "4", {}, YES, "Hospitals: 3."),
    ("metrics", "7", {}, PERSON, "date_window is not set"),
    ("metrics", "7", {"linkage": {"date": "qct", "date_window": 30}}, YES, "At most 30 days"),
    ("metrics", "9", {}, NOT_APPLICABLE, "No automatic segmentation"),
    ("metrics", "9", {"segmentation": {"method": "nnunet", "model": "m.zip"}}, YES, "among the results"),
    ("metrics", "10", {}, PERSON, "Who drew"),
    ("metrics", "10", {"segmentation": {"method": "nnunet", "model": "m.zip"}}, YES, "nnU-Net"),
    ("metrics", "14", {}, NO, "Not measured"),
    ("metrics", "14", {"robustness": {"cases": 20}}, YES, "below 0.75"),
    ("metrics", "14", {"robustness": {"cases": 20, "filter": False}}, NO, "nothing was left out"),
    ("metrics", "15", {}, YES, "mrmr"),
    ("metrics", "15", {"selections": {"short": ["lasso"], "wide": ["boruta"]}}, PERSON, "Only lasso"),
    ("metrics", "15", {"selections": {"short": ["variance"], "wide": ["boruta"]}}, NO, "No step"),
    ("metrics", "17", {}, NOT_APPLICABLE, "end-to-end"),
    ("metrics", "23", {}, YES, "One sequence"),
    ("metrics", "24", {}, YES, "among the results"),
    ("metrics", "25", {}, YES, "simple model"),
    ("metrics", "26", {"validation": {"hold_out": None}}, NO, "out-of-fold"),
    ("metrics", "27", {}, YES, "among the results"),
    ("metrics", "18", {"models": {}}, NOT_APPLICABLE, "no models"),
    ("clear", "21", {}, YES, "N4"),
    ("clear", "22", {"features": {"spacing": None, "bin_count": 32}}, NOT_APPLICABLE, "Not done"),
    ("clear", "22", {}, YES, "To 1 × 1 × 1 mm, cubic B-spline interpolation."),
    ("clear", "23", {"features": {"bin_width": 25}}, YES, "Fixed bin size: 25."),
    ("clear", "23", {"features": {"pyradiomics": {"imageType": {"Original": {}}}}}, YES, "own PyRadiomics file"),
    ("clear", "32", {}, YES, "ComBat"),
    ("clear", "32", {"harmonisation": {"method": "none"}}, YES, "no harmonization"),
    ("clear", "35", {}, YES, "Optuna, 11"),
    ("clear", "37", {}, YES, "best candidate"),
    ("clear", "38", {}, YES, "External hospitals: 1"),
    ("clear", "43", {}, YES, "SHAP"),
    ("clear", "53", {}, PERSON, "authors decide"),
    ("claim", "11", {}, YES, "refused"),
    ("claim", "11", {"allow_identifiable": True}, PERSON, "Only the authors"),
    ("claim", "17", {"segmentation": {"method": "nnunet", "model": "m.zip"}}, PERSON, "Only the authors"),
    ("claim", "21", {}, PERSON, "how their number was decided"),
    ("claim", "24", {}, YES, "2026"),
    ("claim", "27", {}, NOT_APPLICABLE, "No ensemble"),
    ("claim", "39", {}, PERSON, "a person must look"),
    ("tripod_ai", "12f", {}, YES, "among the results"),
    ("tripod_ai", "12g", {}, YES, "among the results"),
    ("tripod_ai", "14", {}, PERSON, "what was done about fairness"),
    ("tripod_ai", "14", {"models": {}}, NOT_APPLICABLE, "no models"),
    ("tripod_ai", "15", {}, YES, "Youden"),
    ("tripod_ai", "16", {}, PERSON, "other differences"),
    ("tripod_ai", "27a", {"missing_values": "refuse"}, PERSON, "refuse patients"),
    ("tripod_ai", "27a", {}, PERSON, "the median of the training"),
    ("ibsi", "3a", {}, NOT_APPLICABLE, "Not for MR"),
    ("ibsi", "8", {}, YES, "MR"),
    ("ibsi", "14", {}, NOT_APPLICABLE, "Not for MR"),
    ("ibsi", "19", {}, YES, "headers"),
    ("ibsi", "20", {}, PERSON, "do not say"),
    ("ibsi", "17", {}, PERSON, "Only the authors"),
    ("ibsi", "37", {}, NOT_APPLICABLE, "Not done"),
    ("ibsi", "37", {"preprocess": {"registration": {"method": "rigid"}}}, YES, "Rigid"),
    ("ibsi", "41", {}, PERSON, "Not done here"),
    ("ibsi", "45", {"preprocess": {"bias_correction": {"enabled": False}}}, NOT_APPLICABLE, "Not done"),
    ("ibsi", "46", {}, YES, "robust"),
    ("ibsi", "55", {"features": {"bin_width": 25, "value_range": {"min": -200}}}, YES, "from −200 to ∞"),
    ("ibsi", "56c", {"features": {"bin_width": 25, "value_range": {"min": 0}}}, YES, "begin at 0"),
    ("ibsi", "56c", {"features": {"bin_width": 25}}, YES, "multiples"),
    ("ibsi", "62", {}, YES, "One matrix"),
    ("ibsi", "64", {}, YES, "default of PyRadiomics"),
    ("ibsi", "67", {}, NOT_APPLICABLE, "not computed"),
]


@pytest.mark.parametrize(
    ("key", "item", "sections", "status", "words"), CASES, ids=[f"{c[0]}-{c[1]}-{n}" for n, c in enumerate(CASES)]
)
def test_what_is_proposed_follows_from_the_settings(key, item, sections, status, words):
    row = proposals(key, changed(**sections)).loc[item]
    assert row["status"] == status
    assert words in row["evidence"]


def test_a_study_of_feature_tables_leaves_images_to_its_authors():
    center = {"role": "development", "source": "features", "table": "t.csv"}
    study = changed(centers={"A": center, "B": center}, sequences={})
    table = proposals("metrics", study)
    assert set(table.loc[["6", "8", "9", "10", "11", "12", "13"], "status"]) == {PERSON}
    assert table.loc["27", "status"] == NO
    assert "No external hospital" in table.loc["27", "evidence"]


def test_headers_of_ct_are_not_asked_for_echo_times():
    ct = pd.DataFrame({"tube_voltage_kv": ["120"], "kernel": ["–"]})
    table = proposals("ibsi", acquisition=ct)
    assert table.loc[["14", "19", "31a"], "status"].tolist() == [YES, NOT_APPLICABLE, PERSON]
    assert proposals("ibsi", acquisition=None).loc["19", "status"] == PERSON


def test_notes_say_what_is_not_essential():
    assert proposals("clear").loc[["53", "58"], "note"].tolist() == ["Recommended, not essential."] * 2


def test_links_lead_to_what_the_item_asks_for():
    """Not to the tables of models without features, nor to an external hospital where the internal ones are there."""
    models = report_study.study().models
    names = [*models, "0"]
    files = {f"06_models/{name}/selection.tsv" for name in names}
    files |= {
        f"07_validation/{part}/shap_{what}.tsv"
        for part in ("external/center-C", "internal")
        for what in ("base", "importance")
    }
    files |= {
        "07_validation/internal/shap_interactions.tsv",
        "07_validation/centers/pooled.tsv",
        "07_validation/centers/centers.tsv",
    }
    facts = StudyFacts(report_study.study(), frozenset(files))
    assert proposals("clear", files=files).loc["46", "link"] == f"06_models/{facts.with_features[0]}/selection.tsv"
    assert proposals("clear", files=files).loc["43", "link"] == "07_validation/internal/shap_importance.tsv"
    assert proposals("tripod_ai", files=files).loc["23b", "link"] == "07_validation/centers/centers.tsv"
    assert facts.find("interactions") == ""  # of SHAP values, not of subgroups


def test_files_of_cases_logs_and_hidden_ones_are_no_facts(tmp_path):
    for name in (
        "START_HERE.html",
        "logs/x.log",
        "kept/splits/splits.tsv",
        "02_images/center-A/sub-A1/ingest.json",
        "01_cohort/flow.tsv",
        "06_models/.snakemake_timestamp",
        "00_simulated/x",
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    assert facts_of(report_study.study(), tmp_path).files == {"START_HERE.html", "01_cohort/flow.tsv"}


def test_files_of_the_checklists_have_no_key_twice():
    for key in CHECKLISTS:
        tree = yaml.compose((checklists.FOLDER / f"{key}.yaml").read_text(encoding="utf-8"))
        names = [name.value for name, _ in tree.value]
        assert len(set(names)) == len(names)
