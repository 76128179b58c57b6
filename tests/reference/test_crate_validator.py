"""The crate passes the official validator (roc-validator), which is not among the packages of this project.

The validator fetches the JSON-LD contexts from the web. Here they are made from the vocabulary of schema.org that the
package rocrate ships, with RO-Crate's own terms, so that the test needs no network.
"""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest
import rocrate

from helpers import report_study
from osteon.reporting.crate import CONFIG, WORKFLOW, crate_metadata, read_run, readme
from osteon.tables.files import write_json, write_table, write_text

pytest.importorskip("rocrate_validator", reason="roc-validator is not installed: pip install roc-validator")

# Who ran it, wrote it and publishes it is not known to the software; the workflow lies in the crate, at no address.
UNKNOWN = {
    "process-run-crate-0.5_8.6",
    "ro-crate-1.1_22.2",
    "ro-crate-1.1_22.3",
    "process-run-crate-0.5_3.2",
    "process-run-crate-0.5_5.1",
}
BIOSCHEMAS = "https://bioschemas.org/"


def contexts() -> dict[str, dict]:
    graph = json.loads((Path(rocrate.__file__).parent / "data/schema.jsonld").read_text(encoding="utf-8"))["@graph"]
    names = [entity["@id"].removeprefix("schema:") for entity in graph if entity["@id"].startswith("schema:")]
    terms = {name: f"http://schema.org/{name}" for name in names} | {
        "File": "http://schema.org/MediaObject",
        "conformsTo": "http://purl.org/dc/terms/conformsTo",
        "ComputationalWorkflow": f"{BIOSCHEMAS}ComputationalWorkflow",
        "FormalParameter": f"{BIOSCHEMAS}FormalParameter",
    }
    return {
        "https://w3id.org/ro/crate/1.1/context": {"@context": terms},
        "https://w3id.org/ro/terms/workflow-run/context": {
            "@context": {"sha256": "https://w3id.org/ro/terms/workflow-run#sha256"}
        },
    }


@pytest.fixture
def offline(monkeypatch):
    import requests
    from rocrate_validator.utils import document_loader, http

    known = contexts()

    def answer(self, url, *args, **kwargs):
        response = requests.Response()
        response.status_code, response.url = (200 if url in known else 404), url
        response._content = json.dumps(known.get(url, {})).encode()
        response.headers["Content-Type"] = "application/ld+json"
        return response

    original = document_loader._original_source_to_json

    def load(source, *args, **kwargs):
        return (known[str(source)], None) if str(source) in known else original(source, *args, **kwargs)

    monkeypatch.setattr(http.HttpRequester, "get", answer, raising=False)
    monkeypatch.setattr(document_loader, "_original_source_to_json", load)
    monkeypatch.setattr(document_loader, "_patched_source_to_json", load)


def issues(folder) -> dict[str, str]:
    from rocrate_validator import models, services

    settings = services.ValidationSettings(
        rocrate_uri=str(folder),
        profile_identifier="workflow-run-crate-0.5",
        requirement_severity=models.Severity.RECOMMENDED,
    )
    return {issue.check.identifier: issue.message for issue in services.validate(settings).get_issues()}


@pytest.mark.slow
def test_the_crate_is_a_workflow_run_crate(tmp_path, offline):
    study = report_study.study()
    write_text("rule all:\n", tmp_path / WORKFLOW)
    write_text("study: {}\n", tmp_path / CONFIG)
    write_text(readme(study), tmp_path / "README.md")
    write_text("s\tcpu_time\tmax_rss\n10\t8\t100\n", tmp_path / "logs/benchmarks/make_splits.tsv")
    rows = [("osteon", "1.0"), ("snakemake", "9.27.1"), ("numpy", "2.4.6")]
    software = pd.DataFrame(rows, columns=["software", "version"])
    write_table(software, tmp_path / "provenance/software.tsv")
    write_text(f"{'a' * 64}  config/cases.tsv\n", tmp_path / "provenance/inputs.sha256")
    write_text("set\n", tmp_path / "07_validation/internal/performance.tsv")
    write_text("set\n", tmp_path / "07_validation/internal/baseline.tsv")
    content = crate_metadata(study, read_run(study, tmp_path))
    write_json(content, tmp_path / "ro-crate-metadata.json")
    found = issues(tmp_path)
    assert {check: text for check, text in found.items() if check not in UNKNOWN} == {}
    broken = [entity for entity in content["@graph"] if entity["@id"] != "#run"]
    write_json({**content, "@graph": broken}, tmp_path / "ro-crate-metadata.json")
    assert set(issues(tmp_path)) - UNKNOWN
