"""A number in a table of the manuscript that cannot be true ends the run, and no file is left of that check."""

from __future__ import annotations

import re
import shutil

import pytest

from helpers.project import Project

AUDIT = "results/demo/09_paper/audit.tsv"
BULKY = shutil.ignore_patterns("00_simulated", "02_images", "03_segmentations", "kept", "provenance", ".snakemake*")


@pytest.fixture
def finished(demo, root, tmp_path) -> Project:
    """The tables of the finished demo in a folder of their own."""
    project = Project(root, tmp_path)
    shutil.copytree(demo.folder / "results" / "demo", tmp_path / "results" / "demo", ignore=BULKY)
    return project


def audit_again(project: Project):
    return project.snakemake("--allowed-rules", "audit_tables", "--forcerun", "audit_tables", "--", AUDIT)


def impossible_share(n: int) -> str:
    """A share of n patients, printed with three decimals, that no count of them gives."""
    possible = {f"{count / n:.3f}" for count in range(n + 1)}
    return next(f"{tried / 1000:.3f}" for tried in range(500, 1000) if f"{tried / 1000:.3f}" not in possible)


def test_the_tables_as_they_were_made_are_possible(finished):
    before = (finished.folder / AUDIT).read_bytes()
    done = audit_again(finished)
    assert done.returncode == 0, done.stdout[-3000:]
    assert (finished.folder / AUDIT).read_bytes() == before


def test_an_altered_number_ends_the_run(finished):
    table = finished.folder / "results/demo/09_paper/tables/performance.csv"
    text = table.read_text(encoding="utf-8-sig")
    patients = re.search(r"^\"?[^\n]*n = (\d+), events (\d+)[^\n]*\n(?P<row>[^\n]+)\n", text, flags=re.MULTILINE)
    cells = patients["row"].split(",")
    column = text.splitlines()[2].split(",").index("Sensitivity")
    altered = impossible_share(int(patients[2]))
    cells[column] = re.sub(r"^[\d.]+", altered, cells[column])
    table.write_text(text.replace(patients["row"], ",".join(cells)), encoding="utf-8-sig")
    done = audit_again(finished)
    assert done.returncode != 0
    assert altered in done.stdout
    assert "performance.csv" in done.stdout
    assert not (finished.folder / AUDIT).exists()
