"""Provenance of a run as an RO-Crate: ro-crate-metadata.json in the folder of results.

Profile: Workflow Run Crate 0.5 (and so Process Run Crate 0.5, Workflow RO-Crate 1.0, RO-Crate 1.1). The crate holds the
workflow, the configuration, the software, the inputs' SHA-256, the timings and the main results; inputs are patients'
data and stay outside. Single jobs are summed up by rule in a table of timings: a study has thousands of them.
"""

from __future__ import annotations

import mimetypes
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from pathlib import Path

import pandas as pd
from rocrate.model import ContextEntity
from rocrate.rocrate import ROCrate

from osteon.config.study import Study
from osteon.reporting.study_facts import PLACES, facts_of
from osteon.tables.files import file_sha256, read_table

WORKFLOW = "provenance/workflow/Snakefile"
"""Where the main file of the workflow lies in the folder of results."""
CONFIG = "provenance/config_used.yaml"
PROFILES = (
    ("https://w3id.org/ro/wfrun/process/0.5", "Process Run Crate", "0.5"),
    ("https://w3id.org/ro/wfrun/workflow/0.5", "Workflow Run Crate", "0.5"),
    ("https://w3id.org/workflowhub/workflow-ro-crate/1.0", "Workflow RO-Crate", "1.0"),
)
OWN_FOLDERS = ("provenance/", "09_paper/")
# Terms that RO-Crate 1.1 does not have: sha256 among them.
TERMS = "https://w3id.org/ro/terms/workflow-run/context"
LICENSE = "https://www.gnu.org/licenses/gpl-3.0"
TIMING_COLUMNS = ["rule", "jobs", "seconds", "longest_seconds", "cpu_seconds", "max_rss_mb"]
TYPES = {
    ".tsv": "text/tab-separated-values",
    ".yaml": "application/yaml",
    ".sha256": "text/plain",
    ".bib": "text/plain",
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


def timings_table(benchmarks: str | Path) -> pd.DataFrame:
    """Time and memory by rule, from Snakemake's benchmark files.

    Args:
        benchmarks: folder with one folder, or one file, for each rule.

    Returns:
        rule, jobs, seconds (sum), longest_seconds, cpu_seconds (sum), max_rss_mb (the largest), by rule.
    """
    rows = []
    for rule, files in _by_rule(Path(benchmarks)).items():
        jobs = pd.concat([pd.read_csv(file, sep="\t", na_values="-") for file in files])
        seconds, cpu = jobs["s"], jobs["cpu_time"]
        rows.append([rule, len(jobs), seconds.sum(), seconds.max(), cpu.sum(), jobs["max_rss"].max()])
    return pd.DataFrame(rows, columns=TIMING_COLUMNS)


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
    needed = [WORKFLOW, CONFIG, "provenance/software.tsv", "provenance/inputs.sha256"]
    if absent := [name for name in needed if not (root / name).is_file()]:
        raise FileNotFoundError(f"{results}: {', '.join(absent)} must be there before the crate is written")
    lines = (root / "provenance/inputs.sha256").read_text(encoding="utf-8").splitlines()
    found = (path for path in facts_of(study, root).files if _is_told(path))
    started, ended = _times(root / "logs" / "benchmarks")
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
    action["result"] = [file for path, file in files.items() if not path.startswith("provenance/")]
    crate.root_dataset["mentions"] = action
    content = crate.metadata.generate()
    # the library stamps its own time
    graph = [{**entity, "datePublished": when} if entity["@id"] == "./" else entity for entity in content["@graph"]]
    return {**content, "@graph": graph}


def _is_told(path: str) -> bool:
    """Whether a result is named in the crate: those of `PLACES`, the paper's tables and figures, and provenance."""
    patterns = [pattern for place in PLACES.values() for pattern in place]
    return path.startswith(OWN_FOLDERS) or any(fnmatchcase(path, pattern) for pattern in patterns)


def _description(study: Study) -> str:
    question = study.study.question or "A radiomics study."
    return f"Simulated patients. {question}" if study.study.simulated else question


def _workflow(crate: ROCrate, software: dict[str, ContextEntity], run: Run) -> ContextEntity:
    version = dict(zip(run.software["software"], run.software["version"], strict=True))
    properties = {
        "name": "Osteon",
        "version": version.get("osteon", ""),
        "license": LICENSE,
        "encodingFormat": "text/plain",
        "sha256": run.files[WORKFLOW],
    }
    workflow = crate.add_workflow(
        dest_path=WORKFLOW, main=True, lang="snakemake", lang_version=version.get("snakemake"), properties=properties
    )
    workflow["softwareRequirements"] = list(software.values())
    return workflow


def _software(crate: ROCrate, table: pd.DataFrame) -> dict[str, ContextEntity]:
    return {
        row["software"]: crate.add(
            ContextEntity(
                crate,
                f"#software-{row['software']}",
                {"@type": "SoftwareApplication", "name": row["software"], "softwareVersion": row["version"]},
            )
        )
        for _, row in table.iterrows()
    }


def _file(crate: ROCrate, path: str, digest: str) -> ContextEntity:
    suffix = Path(path).suffix
    kind = TYPES.get(suffix) or mimetypes.guess_type(path)[0] or "application/octet-stream"
    return crate.add_file(dest_path=path, properties={"name": path, "encodingFormat": kind, "sha256": digest})


def _input(crate: ROCrate, path: str, digest: str) -> ContextEntity:
    description = "Not part of the crate."
    properties = {"@type": "CreativeWork", "name": path, "sha256": digest, "description": description}
    return crate.add(ContextEntity(crate, f"#input-{path}", properties))


def _by_rule(folder: Path) -> dict[str, Sequence[Path]]:
    """Benchmark files by rule: a folder of files, or a file alone."""
    found = {}
    for entry in sorted(folder.glob("*")) if folder.is_dir() else ():
        files = sorted(entry.rglob("*.tsv")) if entry.is_dir() else [entry]
        if files and not entry.name.startswith("."):
            found[entry.stem] = files
    return found


def _times(folder: Path) -> tuple[str, str]:
    """When the first measured job began and the last one ended: a file is written when its job ends."""
    spans = []
    for files in _by_rule(folder).values():
        for file in files:
            ended = file.stat().st_mtime
            spans.append((ended - float(pd.read_csv(file, sep="\t")["s"].sum()), ended))
    if not spans:
        return "", ""
    return _iso(min(start for start, _ in spans)), _iso(max(end for _, end in spans))


def _iso(seconds: float) -> str:
    return datetime.fromtimestamp(round(seconds), UTC).isoformat()
