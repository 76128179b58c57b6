"""The crate names what was run, on what and with what result, and changes only if one of these does."""

from __future__ import annotations

import os
from dataclasses import replace

import pandas as pd
import pytest
from rocrate.rocrate import ROCrate

from helpers import report_study
from osteon.reporting.crate import CONFIG, WORKFLOW, crate_metadata, read_run, readme, timings_table
from osteon.reporting.language import language
from osteon.reporting.provenance import ABSENT
from osteon.tables.files import write_json, write_table, write_text

HEADER = "s\th:m:s\tmax_rss\tcpu_time\n"


@pytest.fixture
def results(tmp_path):
    """A folder of results as rules leave it."""
    write_text("rule all:\n", tmp_path / WORKFLOW)
    write_text("rule scan:\n", tmp_path / "provenance/workflow/workflow/rules/scan.smk")
    write_text("# Study\n", tmp_path / "README.md")
    write_text("study: {}\n", tmp_path / CONFIG)
    rows = [("osteon", "1.0"), ("snakemake", "9.27.1"), ("torch", ABSENT)]
    software = pd.DataFrame(rows, columns=["software", "version"])
    write_table(software, tmp_path / "provenance/software.tsv")
    write_text(
        f"{'a' * 64}  config/cases.tsv\n{'b' * 64}  my data/participants.xlsx\n", tmp_path / "provenance/inputs.sha256"
    )
    for name in (
        "07_validation/internal/performance.tsv",
        "07_validation/external/center-C/performance.tsv",
        "START_HERE.html",
        "02_images/center-A/sub-A1/native/t1.nii.gz",
    ):
        write_text(name, tmp_path / name)
    write_text(HEADER + "10\t0:00:10\t100\t8\n", tmp_path / "logs/benchmarks/fit_model/m.tsv")
    write_text(HEADER + "4\t0:00:04\tNA\t-\n", tmp_path / "logs/benchmarks/fit_model/deep/n.tsv")
    write_text(HEADER + "2\t0:00:02\t50\t1\n", tmp_path / "logs/benchmarks/make_splits.tsv")
    for number, file in enumerate(sorted((tmp_path / "logs").rglob("*.tsv"))):
        os.utime(file, (1_700_000_000 + number, 1_700_000_000 + number))
    return tmp_path


@pytest.fixture
def graph(results):
    content = crate_metadata(report_study.study(), read_run(report_study.study(), results))
    return {entity["@id"]: entity for entity in content["@graph"]}


def ids(value) -> list[str]:
    return [one["@id"] for one in (value if isinstance(value, list) else [value])]


def test_profiles_are_those_of_a_workflow_run(graph):
    assert ids(graph["./"]["conformsTo"]) == [
        "https://w3id.org/ro/wfrun/process/0.5",
        "https://w3id.org/ro/wfrun/workflow/0.5",
        "https://w3id.org/workflowhub/workflow-ro-crate/1.0",
    ]
    assert "https://w3id.org/ro/crate/1.1" in ids(graph["ro-crate-metadata.json"]["conformsTo"])
    assert all(one in graph for one in ids(graph["./"]["conformsTo"]))


def test_the_action_is_the_run_of_the_main_workflow(graph):
    action = graph["#run"]
    assert action["@type"] == "CreateAction"
    assert ids(graph["./"]["mentions"]) == ["#run"]
    assert ids(action["instrument"]) == ids(graph["./"]["mainEntity"]) == [WORKFLOW]
    assert set(graph[WORKFLOW]["@type"]) == {"File", "SoftwareSourceCode", "ComputationalWorkflow"}
    assert ids(action["object"]) == ["#input-config/cases.tsv", "#input-my data/participants.xlsx", CONFIG]
    assert set(ids(action["result"])) == {
        "07_validation/internal/performance.tsv",
        "07_validation/external/center-C/performance.tsv",
        "START_HERE.html",
    }


def test_inputs_and_results_have_their_hashes(graph):
    assert graph["#input-config/cases.tsv"]["sha256"] == "a" * 64
    assert graph["#input-config/cases.tsv"]["@type"] == "CreativeWork"
    files = ids(graph["./"]["hasPart"])
    assert all(len(graph[one]["sha256"]) == 64 for one in files)
    assert graph["07_validation/internal/performance.tsv"]["encodingFormat"] == "text/tab-separated-values"


def test_the_workflow_holds_its_files_and_the_readme_is_about_the_crate(graph):
    assert ids(graph[WORKFLOW]["hasPart"]) == ["provenance/workflow/workflow/rules/scan.smk"]
    assert ids(graph["README.md"]["about"]) == ["./"]
    assert graph["README.md"]["encodingFormat"] == "text/markdown"
    assert "README.md" not in ids(graph["#run"]["result"])


@pytest.mark.parametrize("code", ["en", "zh"])
def test_readme_begins_with_the_title_and_names_simulated_patients(code):
    study = report_study.study()
    title, description, *rest = readme(study, language(code)).split("\n\n")
    assert title == f"# {study.study.title or study.study.name}"
    assert description.startswith({"en": "Simulated patients. ", "zh": "模拟患者。"}[code])
    assert "START_HERE.html" in rest[0]


def test_images_of_patients_are_not_named(graph):
    assert not [one for one in graph if "sub-" in one]


def test_every_reference_leads_to_an_entity_or_the_web(graph):
    for entity in graph.values():
        for value in entity.values():
            for one in value if isinstance(value, list) else [value]:
                if isinstance(one, dict):
                    assert one["@id"] in graph or one["@id"].startswith(("https://", "http://"))


def test_software_has_its_versions(graph):
    assert graph["https://snakemake.github.io"]["softwareVersion"] == "9.27.1"
    # Osteon is the workflow itself; what was not there is no requirement of the run
    assert graph[WORKFLOW]["version"] == "1.0"
    assert ids(graph[WORKFLOW]["softwareRequirements"]) == ["https://snakemake.github.io"]
    language = graph[ids(graph[WORKFLOW]["programmingLanguage"])[0]]
    assert (language["name"], language["version"]) == ("Snakemake", "9.27.1")


def test_times_are_those_of_the_measured_jobs(graph):
    # in order of their names: deep/n ended at 0 after 4 s, m at 1 after 10 s, make_splits at 2
    assert graph["#run"]["startTime"] == "2023-11-14T22:13:11+00:00"
    assert graph["#run"]["endTime"] == "2023-11-14T22:13:22+00:00"
    assert graph["./"]["datePublished"] == graph["#run"]["endTime"]


def test_simulated_patients_are_named(graph):
    assert graph["./"]["description"].startswith("Simulated patients. ")


def test_same_run_same_bytes_and_the_library_reads_it(results):
    study = report_study.study()
    run = read_run(study, results)
    first, second = (crate_metadata(study, run) for _ in range(2))
    assert first == second
    assert crate_metadata(study, replace(run, inputs={})) != first
    write_json(first, results / "ro-crate-metadata.json")
    crate = ROCrate(results)
    assert crate.mainEntity.id == WORKFLOW
    assert crate.get("#run")["instrument"].id == WORKFLOW


def test_without_measured_jobs_there_are_no_times(results):
    run = replace(read_run(report_study.study(), results), started="", ended="")
    action = next(one for one in crate_metadata(report_study.study(), run)["@graph"] if one["@id"] == "#run")
    assert not {"startTime", "endTime"} & set(action)


def test_what_is_missing_is_named(tmp_path):
    with pytest.raises(
        FileNotFoundError, match=r"README\.md, provenance/workflow/Snakefile, provenance/config_used\.yaml"
    ):
        read_run(report_study.study(), tmp_path)


def test_timings_are_summed_by_rule(results):
    table = timings_table(results).set_index("rule")
    assert table.loc["fit_model"].to_dict() == {
        "jobs": 2,
        "seconds": 14,
        "longest_seconds": 10,
        "cpu_seconds": 8,
        "max_rss_mb": 100,
    }
    assert table.loc["make_splits", "jobs"] == 1
    assert timings_table(results / "nowhere").empty
