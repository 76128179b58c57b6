"""Records of jobs, as the page finds and shows them."""

from __future__ import annotations

import json
import re

from osteon.reporting.tables import DisplayTable
from osteon.reporting.templating import file_text
from osteon.reporting.trace import MOST_SETTINGS, read_records, trace_of


def write_record(path, **values):
    record = {"rule": "fit", "wildcards": {}, "inputs": {}, "outputs": [], "settings": {}, "code": "c"} | values
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(record))


def test_records_by_the_files_that_they_made(tmp_path):
    results, logs = tmp_path / "results", tmp_path / "results" / "logs"
    write_record(
        logs / "fit" / "a.json",
        wildcards={"model": "a"},
        inputs={str(results / "06_models" / "splits.tsv"): "d1", "config/cases.tsv": "d2"},
        outputs=[str(results / "06_models" / "a" / "fits.tsv"), str(results / "06_models" / "a" / "search.tsv")],
        settings={"long": "x" * (2 * MOST_SETTINGS)},
    )
    write_record(logs / "other.json", rule="other")
    found = read_records(logs, results)
    assert list(found) == ["06_models/a/fits.tsv", "06_models/a/search.tsv"]
    one = found["06_models/a/fits.tsv"]
    assert one["inputs"] == [["06_models/splits.tsv", "d1"], ["config/cases.tsv", "d2"]]
    assert one["record"] == "logs/fit/a.json"
    assert one["settings"].endswith(" ...")
    assert len(one["settings"]) == MOST_SETTINGS + 4


def test_only_files_behind_the_tables_are_on_the_page():
    tables = [
        DisplayTable("one", "One.", ["a"], [["1"]], sources=["x.tsv"]),
        DisplayTable("two", "Two.", ["a"], [["1"]]),
    ]
    traced = trace_of(tables, {"x.tsv": {"rule": "x"}, "y.tsv": {"rule": "y"}})
    assert traced["tables"] == {
        "one": {"caption": "One.", "sources": ["x.tsv"]},
        "two": {"caption": "Two.", "sources": []},
    }
    assert traced["files"] == {"x.tsv": {"rule": "x"}}


def test_the_script_finds_all_its_words():
    used = set(re.findall(r"\bwords\.(\w+)", file_text("trace.js")))
    assert used == set(trace_of([], {})["words"])
    assert "All digits" not in file_text("trace.js")
