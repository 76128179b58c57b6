"""What the demo makes: masks that fit, features without holes, models that never saw what they are judged on."""

from __future__ import annotations

import json
import re

import pandas as pd
import pytest

from helpers.html_page import linked_cells, wrong_cells


def results(demo):
    return demo.folder / "results" / "demo"


def test_every_case_is_accounted_for(demo):
    cases = pd.read_csv(demo.folder / "config/demo/cases.tsv", sep="\t")
    included = pd.read_csv(results(demo) / "01_cohort/cases_included.tsv", sep="\t")
    excluded = pd.read_csv(results(demo) / "01_cohort/cases_excluded.tsv", sep="\t")
    assert sorted([*included["subject"], *excluded["subject"]]) == sorted(cases["subject"])
    assert excluded["reason"].notna().all()


def test_segmentation_agrees_with_the_truth(demo):
    agreement = pd.read_csv(results(demo) / "03_segmentations/agreement.tsv", sep="\t")
    assert set(agreement["label"]) == {"L1", "L2", "L3"}
    assert len(agreement) == 3 * 78
    assert agreement["dice"].mean() >= 0.95
    assert set(agreement["how"]) == {"unseen"}


def test_segmentation_is_good_in_a_hospital_that_training_never_saw(demo):
    agreement = pd.read_csv(results(demo) / "03_segmentations/agreement.tsv", sep="\t")
    unseen = agreement[agreement["center"] == "C"]
    assert unseen["dice"].mean() >= 0.95
    assert unseen["hd95_mm"].mean() < 2
    assert unseen["volume_error_percent"].abs().mean() < 10


def test_grey_levels_are_what_was_asked_for(demo):
    judged = pd.read_csv(results(demo) / "04_features/discretisation.tsv", sep="\t")
    assert len(judged) == 3 * 3 * 4
    assert set(judged["verdict"]) == {"ok"}


def test_features_that_are_not_robust_enter_no_score(demo):
    robust = pd.read_csv(results(demo) / "04_features/robustness.tsv", sep="\t").set_index("column")
    splits = pd.read_csv(results(demo) / "06_models/splits.tsv", sep="\t", dtype=str)
    assert robust["subjects"].max() <= (splits["set"] == "train").sum()
    selection = pd.read_csv(results(demo) / "06_models/radiomics/selection.tsv", sep="\t")
    kept = selection.loc[selection["fate"].isin(["kept", "least_p"]), "feature"]
    assert len(kept) > 0
    assert (robust.loc[kept, "keep"] == "yes").all()


@pytest.mark.parametrize("center", ["A", "B", "C"])
def test_feature_table_has_the_fixed_schema(demo, center):
    features = pd.read_csv(results(demo) / f"04_features/center-{center}/features.tsv", sep="\t")
    columns = [name for name in features.columns if name not in ("subject", "center")]
    assert len(columns) == 3 * 386
    for sequence in ("T1", "T2", "FST2"):
        assert sum(name.startswith(f"{sequence}_L1L3_") for name in columns) == 386
    missing = pd.read_csv(results(demo) / f"04_features/center-{center}/missing.tsv", sep="\t")
    assert features[columns].isna().sum().sum() == len(missing)


def test_no_fitted_object_saw_an_evaluated_patient(demo):
    audit = pd.read_csv(results(demo) / "07_validation/leakage_audit.tsv", sep="\t")
    assert len(audit) > 0
    assert (audit["verdict"] == "clean").all()
    # what is measured once for all models: the robustness of the features
    assert set(audit["model"]) == {"clinical", "radiomics", "combined", "all models"}


def jobs(demo):
    """(output, rule, inputs) of every file of the study, as Snakemake recorded when it was made."""
    rows = [line.split("\t") for line in demo.run("--detailed-summary").splitlines()]
    return [(row[0], row[2], row[4].split(",")) for row in rows if len(row) > 6 and row[0].startswith("results/")]


def test_models_never_depend_on_external_outcomes(demo):
    """Nothing behind a model in the graph of jobs belongs to an external hospital, to validation or harmonised data."""
    inputs = {output: sources for output, _, sources in jobs(demo)}
    waiting = [path for path in inputs if re.search(r"06_models/\w+/bundle$", path)]
    assert len(waiting) == 3
    behind = set()
    while waiting:
        for source in inputs.get(waiting.pop(), []):
            if source not in behind:
                behind.add(source)
                waiting.append(source)
    assert "results/demo/01_cohort/development.tsv" in behind
    foreign = re.compile("01_cohort/external|05_harmonisation/(?!batches_development)|center-C|07_validation")
    assert [path for path in behind if foreign.search(path)] == []


def test_external_outcomes_have_one_reader(demo):
    readers = {rule for _, rule, sources in jobs(demo) if any("01_cohort/external/" in path for path in sources)}
    assert readers == {"validate_external"}


def test_report_is_self_contained(demo):
    page = (results(demo) / "START_HERE.html").read_text(encoding="utf-8")
    assert "imulated" in page
    assert not re.findall(r"""(?:src|href)=["'](?:https?:)?//""", page)
    for hospital in ("Hospital A", "Hospital B", "Hospital C"):
        assert hospital in page
    anchors = set(re.findall(r'href="#([^"]+)"', page))
    assert anchors
    assert anchors <= set(re.findall(r'id="([^"]+)"', page))


def test_every_number_of_the_report_is_the_cell_that_it_links_to(demo):
    page = (results(demo) / "START_HERE.html").read_text(encoding="utf-8")
    assert wrong_cells(page, results(demo)) == []
    assert len(linked_cells(page)) > 1000
    trace = json.loads(re.search(r'id="trace-data">(.*?)</script>', page, re.DOTALL)[1])
    sources = {source for table in trace["tables"].values() for source in table["sources"]}
    assert sources == trace["files"].keys()
    for source, record in trace["files"].items():
        assert (results(demo) / source).is_file()
        assert (results(demo) / record["record"]).is_file()


def test_the_tables_of_the_paper_are_there_in_every_format(demo):
    folder = results(demo) / "09_paper" / "tables"
    for key in ("baseline", "logistic", "performance", "comparisons", "calibration", "centers", "features"):
        text = (folder / f"{key}.csv").read_text(encoding="utf-8-sig")
        assert text.startswith("Simulated patients"), key
        assert "0.000," not in text, key
        assert all((folder / f"{key}.{kind}").stat().st_size > 1000 for kind in ("docx", "html")), key
    page = (folder / "all_tables.html").read_text(encoding="utf-8")
    links = set(re.findall(r'href="([^"]+)"', page))
    assert links
    assert all((folder / link).is_file() for link in links)
    checklists = results(demo) / "09_paper" / "checklists"
    assert len(list(checklists.glob("*.tsv"))) == 6
    assert "@delong1988" in (results(demo) / "09_paper" / "methods.md").read_text(encoding="utf-8")


def test_contact_sheets_show_every_case(demo):
    folder = results(demo) / "02_images" / "contact"
    cases = pd.read_csv(demo.folder / "config/demo/cases.tsv", sep="\t", dtype=str)
    for center, subjects in cases.groupby("center")["subject"]:
        for sequence in ("T1", "T2", "FST2"):
            sheet = (folder / f"center-{center}_{sequence}.html").read_text(encoding="utf-8")
            assert re.findall(r'<li class="\w+" id="sub-(\w+)"', sheet) == list(subjects)
        pages = [folder / f"center-{center}" / f"sub-{subject}.html" for subject in subjects]
        for page in pages:
            for picture in re.findall(r'<img src="([^"]+)"', page.read_text(encoding="utf-8")):
                assert (page.parent / picture).is_file(), picture


def test_models_are_plain_json(demo):
    for path in (results(demo) / "06_models").glob("*/model.json"):
        assert json.loads(path.read_text())["threshold"] is not None
