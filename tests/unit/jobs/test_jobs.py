"""The fingerprint sees logic, not comments; the import path keeps out foreign packages."""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from osteon import jobs


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A copy of the layout with one script and three modules, fresh caches."""
    library = tmp_path / "lib"
    (library / "osteon" / "images").mkdir(parents=True)
    (library / "osteon" / "__init__.py").write_text("")
    (library / "osteon" / "images" / "__init__.py").write_text("")
    source = '"""Masks."""\n\n\ndef volume(x):\n    """V."""\n    return x\n'
    (library / "osteon" / "images" / "masks.py").write_text(source)
    (library / "osteon" / "images" / "io.py").write_text("from osteon.images.masks import volume\n")
    (library / "osteon" / "other.py").write_text("x = 1\n")
    scripts = tmp_path / "scripts"
    scripts.mkdir()
    (scripts / "work.py").write_text("from osteon.images.io import volume\n")
    monkeypatch.setattr(jobs, "LIBRARY", library)
    monkeypatch.setattr(jobs, "SCRIPTS", scripts)
    return library / "osteon"


def job(**values):
    """What Snakemake gives to a script."""
    plain = {"threads": 3, "rule": "extract_features", "log": [], "input": [], "output": []}
    return SimpleNamespace(**plain | {"wildcards": {}, "params": {}} | values)


def fingerprint() -> str:
    for function in (jobs._imports, jobs._tree, jobs._tree_hash):
        function.cache_clear()
    return jobs.code_of("work")


def rewrite(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_comment_and_docstring_do_not_count(package):
    before = fingerprint()
    rewrite(package / "images" / "masks.py", "    return x", "    # a comment\n\n    return x")
    rewrite(package / "images" / "masks.py", '"""V."""', '"""Volume in millilitres."""')
    rewrite(package / "images" / "masks.py", '"""Masks."""', '"""All about masks."""')
    assert fingerprint() == before


def test_logic_behind_another_module_counts(package):
    before = fingerprint()
    rewrite(package / "images" / "masks.py", "return x", "return 2 * x")
    assert fingerprint() != before


def test_a_module_that_is_not_imported_does_not_count(package):
    before = fingerprint()
    rewrite(package / "other.py", "x = 1", "x = 2")
    assert fingerprint() == before


def test_module_imported_by_name_is_found(package):
    (jobs.SCRIPTS / "work.py").write_text("from osteon.images import masks\n")
    fingerprint()
    assert jobs.modules_behind(jobs.SCRIPTS / "work.py") == {"osteon.images.masks"}


def test_a_folder_of_data_may_be_called_like_its_module(package):
    rewrite(package / "images" / "masks.py", "return x", 'return x, "masks"')
    (package / "images" / "masks").mkdir()
    before = fingerprint()
    (package / "images" / "masks" / "labels.yaml").write_text("a")
    assert fingerprint() != before


def test_a_data_file_that_a_module_names_counts(package):
    rewrite(package / "images" / "masks.py", "return x", 'return x, "codes.tsv", "pages"')
    (package / "images" / "codes.tsv").write_text("a")
    (package / "images" / "pages").mkdir()
    (package / "images" / "pages" / "page.html").write_text("a")
    before = fingerprint()
    (package / "images" / "unnamed.tsv").write_text("a")
    assert fingerprint() == before
    (package / "images" / "codes.tsv").write_text("b")
    changed = fingerprint()
    assert changed != before
    (package / "images" / "pages" / "page.html").write_text("b")
    assert fingerprint() != changed


def test_reading_of_tables_counts_and_models_of_settings_do_not():
    behind = jobs.modules_behind(jobs.SCRIPTS / "link_participants.py")
    assert {"osteon.config.sheets", "osteon.ingest.linkage", "osteon.tables.files"} <= behind
    assert not {"osteon.config.cohort", "osteon.config.base", "osteon.tables.reasons"} & behind


def test_foreign_site_packages_are_dropped(monkeypatch, tmp_path):
    foreign = str(tmp_path / "env" / "lib" / "python3.12" / "site-packages")
    own = [entry for entry in sys.path if "site-packages" in entry]
    monkeypatch.setattr(sys, "path", [*sys.path, foreign, str(tmp_path / "lib")])
    jobs.seal_import_path()
    assert foreign not in sys.path
    assert str(tmp_path / "lib") in sys.path
    assert [entry for entry in sys.path if "site-packages" in entry] == own


def test_start_job_logs_to_the_rules_file(tmp_path, monkeypatch):
    for name in (
        "OMP_NUM_THREADS",
        "OPENBLAS_NUM_THREADS",
        "MKL_NUM_THREADS",
        "ITK_GLOBAL_DEFAULT_NUMBER_OF_THREADS",
        "OMP_WAIT_POLICY",
    ):
        monkeypatch.setenv(name, "1")
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    log = tmp_path / "logs" / "rule.log"
    logger = jobs.start_job(job(log=[str(log)]))
    logger.info("twenty cases")
    assert "twenty cases" in log.read_text()
    assert jobs.os.environ["OMP_NUM_THREADS"] == "3"
    try:
        raise ValueError("broken slice")
    except ValueError:
        sys.excepthook(*sys.exc_info())
    assert "ValueError: broken slice" in log.read_text()


def test_a_job_writes_down_what_it_was_told(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("cases.tsv").write_text("subject\nA1\n")
    Path("image.nii.gz").write_bytes(b"an image")
    told = job(
        log=["logs/fit_model/combined.log"],
        rule="fit_model",
        input=["cases.tsv", "image.nii.gz", "folder"],
        output=["06_models/combined/fits.tsv"],
        wildcards={"model": "combined"},
        params={"seed": 7, "code": "0123", "where": Path("x")},
    )
    Path("logs/fit_model").mkdir(parents=True)
    jobs.record_job(told)
    record = json.loads(Path("logs/fit_model/combined.json").read_text())
    assert record == {
        "rule": "fit_model",
        "wildcards": {"model": "combined"},
        "inputs": {
            "cases.tsv": hashlib.sha256(b"subject\nA1\n").hexdigest(),
            "image.nii.gz": None,
            "folder": None,
        },
        "outputs": ["06_models/combined/fits.tsv"],
        "settings": {"seed": 7, "where": "x"},
        "code": "0123",
    }
    assert list(Path("logs/fit_model").iterdir()) == [Path("logs/fit_model/combined.json")]
