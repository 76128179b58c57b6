"""`snakemake --report`: made without a network, with captions, categories and labels of the study and each hospital."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import zipfile

import pytest

CATEGORIES = {
    *("Cohort", "Features", "Harmonisation", "Images", "Models", "Overview", "Paper", "Segmentation", "Validation"),
}
ALONE = ["unshare", "-rn"]
"""Runs a command without any network, where the system lets us."""


def held(page: str, name: str) -> dict:
    """A variable of the page's script."""
    start = page.index(f"var {name} = {{") + len(f"var {name} = ")
    return json.JSONDecoder().raw_decode(page[start:])[0]


@pytest.fixture(scope="module")
def report(demo) -> str:
    """The page of the report of the demo."""
    if not shutil.which("unshare") or subprocess.run([*ALONE, "true"], check=False, capture_output=True).returncode:
        pytest.skip("this system gives no network of its own to a command, so that one could not be told from none")
    command = [*ALONE, sys.executable, "-m", "snakemake", "--cores", "1", "--report", "report.zip"]
    done = subprocess.run(
        command, cwd=demo.folder, env=dict(os.environ), check=False, text=True, capture_output=True, timeout=900
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    with zipfile.ZipFile(demo.folder / "report.zip") as archive:
        return archive.read("report/report.html").decode("utf-8")


def test_report_has_the_categories(report):
    assert set(held(report, "categories")) >= CATEGORIES


def test_every_file_has_a_caption_and_labels(report):
    results = held(report, "results")
    assert [name for name, entry in results.items() if not entry["labels"] or not entry["caption"]] == []


def test_hospitals_and_the_whole_cohort_are_told_apart(report):
    results = held(report, "results")
    external = next(entry for name, entry in results.items() if name.endswith("external/center-C/roc.svg"))
    internal = next(entry for name, entry in results.items() if name.endswith("internal/roc.svg"))
    assert external["labels"] == {"Level": "hospital", "Hospital": "Hospital C", "What": "roc"}
    assert internal["labels"]["Level"] == "cohort"


def test_figures_and_tables_of_the_manuscript_are_in_it(report):
    names = held(report, "results")
    assert any(name.endswith("09_paper/figures/roc.svg") for name in names)
    assert any(name.endswith("09_paper/tables/performance.html") for name in names)
