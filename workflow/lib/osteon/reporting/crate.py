"""Provenance of a run as an RO-Crate: ro-crate-metadata.json in the folder of results.

Profile: Workflow Run Crate 0.5 (and so Process Run Crate 0.5, Workflow RO-Crate 1.0, RO-Crate 1.1). The crate holds the
workflow, the configuration, the software, the inputs' SHA-256, the timings and the main results; inputs are patients'
data and stay outside. Single jobs are summed up by rule in a table of timings: a study has thousands of them.
"""

from __future__ import annotations

import csv
import mimetypes
from dataclasses import dataclass
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from pathlib import Path

import pandas as pd
from rocrate.model import ContextEntity
from rocrate.rocrate import ROCrate

from osteon.config.study import Study
from osteon.reporting.language import Say, english
from osteon.reporting.provenance import ABSENT, PACKAGES
from osteon.reporting.study_facts import PLACES, facts_of
from osteon.tables.files import file_sha256, read_table

PROVENANCE = "provenance/"
WORKFLOW_FOLDER = "provenance/workflow/"
WORKFLOW = f"{WORKFLOW_FOLDER}Snakefile"
"""Where the main file of the workflow lies in the folder of results."""
README = "README.md"
CONFIG = "provenance/config_used.yaml"
PROFILES = (
    ("https://w3id.org/ro/wfrun/process/0.5", "Process Run Crate", "0.5"),
    ("https://w3id.org/ro/wfrun/workflow/0.5", "Workflow Run Crate", "0.5"),
    ("https://w3id.org/workflowhub/workflow-ro-crate/1.0", "Workflow RO-Crate", "1.0"),
)
OWN_FOLDERS = (PROVENANCE, "09_paper/", "10_hospitals/")
# Terms that RO-Crate 1.1 does not have: sha256 among them.
TERMS = "https://w3id.org/ro/terms/workflow-run/context"
BIOSCHEMAS = "https://bioschemas.org/profiles/ComputationalWorkflow/1.0-RELEASE"
LICENSE = "https://www.gnu.org/licenses/gpl-3.0"
TIMING_COLUMNS = ["rule", "jobs", "seconds", "longest_seconds", "cpu_seconds", "max_rss_mb"]
TYPES = {
    ".tsv": "text/tab-separated-values",
    ".yaml": "application/yaml",
    ".sha256": "text/plain",
    ".bib": "text/plain",
    ".smk": "text/plain",
    "": "text/plain",
}


@dataclass(frozen=True)
class Run:
    """What is known of a run from its folder of results.

    Attributes:
        files: SHA-256 by path of the main results, below the folder of results.
        software: table of `provenance.software_table`.
        inputs: SHA-256 by path, of files outside the crate.
        started: when the first measured job began, UTC, ISO 8601; '' if none was measured.
        ended: when the last one ended.
    """

    files: dict[str, str]
    software: pd.DataFrame
    inputs: dict[str, str]
    started: str = ""
    ended: str = ""


def timings_table(results: str | Path) -> pd.DataFrame:
    """Time and memory by rule, from Snakemake's benchmark files.

    A job that was done in an earlier run keeps its file, so the table tells what all results took together.

    Args:
        results: folder with logs/benchmarks, which has one folder, or one file, for each rule.

    Returns:
        rule, jobs, seconds (sum), longest_seconds, cpu_seconds (sum), max_rss_mb (the largest), by rule.
    """
    rows = []
    for rule, jobs in _benchmarks(results).groupby("rule", sort=True):
        seconds = jobs["seconds"]
        rows.append(
            [rule, len(jobs), seconds.sum(), seconds.max(), jobs["cpu_seconds"].sum(), jobs["max_rss_mb"].max()]
        )
    table = pd.DataFrame(rows, columns=TIMING_COLUMNS)
    return table.round(dict.fromkeys(TIMING_COLUMNS[2:], 2))


def read_run(study: Study, results: str | Path) -> Run:
    """Read what the crate says from the folder of results.

    Args:
        study: the configuration.
        results: folder with provenance/config_used.yaml, software.tsv and inputs.sha256 (rule record_provenance), the
            copied workflow (`WORKFLOW`), and logs/benchmarks.

    Raises:
        FileNotFoundError: one of these is not there; it names what.
    """
    root = Path(results)
    needed = [README, WORKFLOW, CONFIG, "provenance/software.tsv", "provenance/inputs.sha256"]
    if absent := [name for name in needed if not (root / name).is_file()]:
        raise FileNotFoundError(f"{results}: {', '.join(absent)} must be there before the crate is written")
    lines = (root / "provenance/inputs.sha256").read_text(encoding="utf-8").splitlines()
    found = (path for path in facts_of(study, root).files if _is_told(path))
    started, ended = _times(root)
    return Run(
        files={path: file_sha256(root / path) for path in sorted(found)},
        software=read_table(root / "provenance/software.tsv", text=("software", "version")),
        inputs={path: digest for digest, path in (line.split("  ", 1) for line in lines)},
        started=started,
        ended=ended,
    )


def crate_metadata(study: Study, run: Run) -> dict:
    """Content of ro-crate-metadata.json; same study, same run, same content.

    Source: https://w3id.org/ro/wfrun/workflow/0.5. Validated with roc-validator.
    """
    crate = ROCrate(version="1.1")
    crate.metadata.extra_contexts.append(TERMS)
    when = run.ended or run.started or "1970-01-01T00:00:00+00:00"
    crate.root_dataset["datePublished"] = when
    crate.name = study.study.title or study.study.name
    crate.description = _description(study)
    crate.license = crate.add(
        ContextEntity(
            crate,
            "#rights",
            {
                "@type": "CreativeWork",
                "name": "Rights in the data",
                "description": "Rests with those who own the data; this file grants no license.",
            },
        )
    )
    profiles = [
        crate.add(ContextEntity(crate, url, {"@type": "CreativeWork", "name": name, "version": version}))
        for url, name, version in PROFILES
    ]
    crate.root_dataset["conformsTo"] = profiles
    software = _software(crate, run.software)
    workflow = _workflow(crate, software, run)
    files = {path: _file(crate, path, digest) for path, digest in run.files.items() if path != WORKFLOW}
    files[README]["about"] = crate.root_dataset
    workflow["hasPart"] = [file for path, file in files.items() if path.startswith(WORKFLOW_FOLDER)]
    inputs = [_input(crate, path, digest) for path, digest in run.inputs.items()]
    action = ContextEntity(
        crate,
        "#run",
        {
            "@type": "CreateAction",
            "name": f"Run of the study {study.study.name}",
            "description": "All results of the study from the inputs listed, by the rules of the workflow.",
            "actionStatus": "http://schema.org/CompletedActionStatus",
            **({"startTime": run.started} if run.started else {}),
            **({"endTime": run.ended} if run.ended else {}),
        },
    )
    crate.add(action)
    action["instrument"] = workflow
    action["object"] = [*inputs, files[CONFIG]]
    action["result"] = [file for path, file in files.items() if path != README and not path.startswith(PROVENANCE)]
    crate.root_dataset["mentions"] = action
    content = crate.metadata.generate()
    # the library stamps its own time
    graph = [{**entity, "datePublished": when} if entity["@id"] == "./" else entity for entity in content["@graph"]]
    return {**content, "@graph": graph}


def readme(study: Study, say: Say = english) -> str:
    """First page of the folder of results for those who open it elsewhere: Markdown."""
    lines = [
        f"# {study.study.title or study.study.name}",
        _description(study, say),
        say("Open START_HERE.html. It needs no network; all numbers in it lead to the tables in this folder."),
        say(
            "The folder is an RO-Crate: ro-crate-metadata.json says which workflow, settings, software and inputs "
            "the results came from. Images of patients are not named in it."
        ),
        say("How long each step took is in provenance/timings.tsv; the workflow's files are in provenance/workflow."),
    ]
    return "\n\n".join(lines) + "\n"


def _is_told(path: str) -> bool:
    """Whether a result is named in the crate: those of `PLACES`, the paper's tables and figures, and provenance."""
    patterns = [pattern for place in PLACES.values() for pattern in place]
    return path == README or path.startswith(OWN_FOLDERS) or any(fnmatchcase(path, pattern) for pattern in patterns)


def _description(study: Study, say: Say = english) -> str:
    question = study.study.question or say("A radiomics study.")
    return say("Simulated patients. {question}", question=question) if study.study.simulated else question


def _workflow(crate: ROCrate, software: list[ContextEntity], run: Run) -> ContextEntity:
    version = dict(zip(run.software["software"], run.software["version"], strict=True))
    properties = {
        "name": "Osteon",
        "version": version.get("osteon", ""),
        "license": LICENSE,
        "encodingFormat": "text/plain",
        "conformsTo": {"@id": BIOSCHEMAS},
        "sha256": run.files[WORKFLOW],
    }
    workflow = crate.add_workflow(
        dest_path=WORKFLOW, main=True, lang="snakemake", lang_version=version.get("snakemake"), properties=properties
    )
    workflow["softwareRequirements"] = software
    return workflow


def _software(crate: ROCrate, table: pd.DataFrame) -> list[ContextEntity]:
    """Packages that were there; Osteon itself is the workflow."""
    homes = {"python": "https://www.python.org", **PACKAGES}
    there = table[table["software"].isin(homes) & (table["version"] != ABSENT)]
    return [
        crate.add(
            ContextEntity(
                crate,
                homes[name],
                {"@type": "SoftwareApplication", "name": name, "url": homes[name], "softwareVersion": number},
            )
        )
        for name, number in zip(there["software"], there["version"], strict=True)
    ]


def _file(crate: ROCrate, path: str, digest: str) -> ContextEntity:
    suffix = Path(path).suffix
    kind = TYPES.get(suffix) or mimetypes.guess_type(path)[0] or "application/octet-stream"
    return crate.add_file(dest_path=path, properties={"name": path, "encodingFormat": kind, "sha256": digest})


def _input(crate: ROCrate, path: str, digest: str) -> ContextEntity:
    description = "Not part of the crate."
    properties = {"@type": "CreativeWork", "name": path, "sha256": digest, "description": description}
    return crate.add(ContextEntity(crate, f"#input-{path}", properties))


def _benchmarks(results: str | Path) -> pd.DataFrame:
    """Measured jobs: rule, seconds, cpu_seconds, max_rss_mb, ended (the file's time, in seconds of the epoch)."""
    rows = []
    folder = Path(results) / "logs" / "benchmarks"
    for file in sorted(folder.rglob("*.tsv")):
        rule = file.relative_to(folder).parts[0].removesuffix(".tsv")
        with file.open(encoding="utf-8", newline="") as stream:
            # one line each; '-' and 'NA' where the job was over before it could be measured
            jobs = list(csv.DictReader(stream, delimiter="\t"))
        rows += [[rule, job["s"], job["cpu_time"], job["max_rss"], file.stat().st_mtime] for job in jobs]
    columns = ["rule", "seconds", "cpu_seconds", "max_rss_mb", "ended"]
    table = pd.DataFrame(rows, columns=columns)
    return table.assign(**{name: pd.to_numeric(table[name], errors="coerce") for name in columns[1:]})


def _times(results: Path) -> tuple[str, str]:
    """When the first measured job began and the last one ended: a file is written when its job ends."""
    jobs = _benchmarks(results)
    if jobs.empty:
        return "", ""
    return _iso((jobs["ended"] - jobs["seconds"]).min()), _iso(jobs["ended"].max())


def _iso(seconds: float) -> str:
    return datetime.fromtimestamp(round(seconds), UTC).isoformat()
