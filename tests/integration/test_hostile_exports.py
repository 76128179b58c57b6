"""Exports that go wrong or mean harm: a sentence each, no crash, and nothing written where nothing belongs."""

from __future__ import annotations

import os
import resource
import zipfile
from pathlib import Path

import pytest

from helpers.dicom_series import make_series, save
from helpers.exports import RULES, Export, save_patient
from osteon.config.delivery import IngestSettings
from osteon.ingest.case import ingest_case
from osteon.ingest.rules import load_rules
from osteon.ingest.scan import center as scan_center
from osteon.tables.status import CaseStatus

MANY = 20_000


@pytest.fixture
def export(tmp_path, monkeypatch):
    folder = tmp_path / "around" / "project"
    folder.mkdir(parents=True)
    monkeypatch.chdir(folder)
    return Export(folder)


def ingest(export: Export, row: dict[str, str]) -> CaseStatus:
    """Ingest the T2 of a case as the workflow would."""
    settings = IngestSettings(source="dicom", sequences=["T2"], reference="T2", labels={"L1": 1})
    native = export.folder / "results" / "native" / f"sub-{row['subject']}"
    return ingest_case(
        row["source"],
        row["center"],
        row["subject"],
        settings=settings,
        rules=load_rules(RULES, ["T2"]),
        overrides=[],
        native_folder=native,
    )


def everything(folder: Path) -> dict[str, int]:
    """Every file and when it was written."""
    return {str(path): path.lstat().st_mtime_ns for path in folder.rglob("*") if not path.is_dir()}


def test_loops_of_links(export):
    own = export.raw["A"] / "one"
    save_patient(own, "P1", 1)
    (own / "again").symlink_to(export.raw["A"], target_is_directory=True)
    (own / "self").symlink_to("self")
    (own / "nowhere").symlink_to("gone")
    (row,) = export.scan()
    assert export.count("files") == 30
    assert row["source"] == "raw/A/one"
    status = ingest(export, row)
    assert status.ok
    assert status.extra["files"]["images"] == 30


@pytest.mark.parametrize(
    ("identifier", "label", "problem"),
    [
        ("../../x", "x", ""),
        ("..\\..\\C:\\x", "Cx", ""),
        ("/", "", "label_empty"),
        ("a\0b", "ab", ""),
        ("x" * 5000, "", "label_long"),
        ("王小明", "", "label_empty"),
        ("=cmd|'/c calc'!A1", "cmdccalcA1", ""),
        ("P\n1\t2", "P12", ""),
    ],
)
def test_ids_that_are_no_file_names(export, identifier, label, problem):
    # flat, so that the label becomes the name of a list; another patient keeps the folder from being one's own
    tags = {"SpecificCharacterSet": "ISO_IR 192"}
    save_patient(export.raw["A"], identifier, 1, prefix="a", roles=("T1", "T2"), **tags)
    save_patient(export.raw["A"], "other", 2, prefix="b", roles=("T1",))
    around = export.folder.parents[1]
    before = everything(around)
    rows = [row for row in export.scan() if row["subject"] != "other"]
    assert [row["subject"] for row in rows] == ([label] if label else [])
    assert export.count(problem or "none") == bool(problem)
    for row in rows:
        assert ingest(export, row).ok
        assert row["source"] == f"results/00_scan/center-A/sub-{label}.files"
    new = everything(around).items() - before.items()
    assert all(Path(path).is_relative_to(export.folder / "results") or path == str(export.table) for path, _ in new)


def test_archives_are_named_and_not_opened(export):
    save_patient(export.raw["A"] / "one", "P1", 1)
    with zipfile.ZipFile(export.raw["A"] / "one" / "PACS_EXPORT", "w") as archive:
        archive.write(export.raw["A"] / "one" / "T1" / "000")
    export.scan()
    assert export.count("file_archived") == 1
    assert export.detail("file_archived") == "one/PACS_EXPORT"
    assert "Unpack" in export.report.set_index("what").loc["file_archived", "action"]


@pytest.mark.parametrize("threads", [1, 2])
def test_files_that_vanish_during_the_scan(export, monkeypatch, threads):
    save_patient(export.raw["A"] / "one", "P1", 1)
    listed = scan_center.files_below

    def removing(folder, unreadable):
        found = list(listed(folder, unreadable))
        for name, _ in found[:3]:
            os.unlink(os.path.join(folder, name))
        yield from found

    monkeypatch.setattr(scan_center, "files_below", removing)
    export.scan(threads)
    assert (export.count("file_vanished"), export.count("images")) == (3, 27)
    monkeypatch.undo()
    os.chdir(export.folder)
    export.scan()
    assert (export.count("file_vanished"), export.count("files read")) == (0, 0)


def test_folders_that_cannot_be_opened(export, monkeypatch):
    save_patient(export.raw["A"] / "one", "P1", 1)
    save_patient(export.raw["A"] / "locked", "P2", 2)
    allowed = os.scandir

    def refusing(path):
        if str(path).endswith("locked"):
            raise PermissionError(13, "Permission denied")
        return allowed(path)

    monkeypatch.setattr(os, "scandir", refusing)
    assert [row["subject"] for row in export.scan()] == ["P1"]
    assert export.detail("folder_unreadable") == "folders that cannot be opened: locked"


def test_names_with_line_breaks(export):
    save_patient(export.raw["A"], "P1", 1, prefix="a")
    save_patient(export.raw["A"], "P2", 2, prefix="b")
    os.rename(export.raw["A"] / "aT1000", export.raw["A"] / "aT1\n000")
    rows = export.scan()
    assert len(rows) == 2
    assert len(Path(rows[0]["source"]).read_text().splitlines()) == 1 + 29
    assert export.detail("name_with_line_break").endswith(": 'aT1\\n000'")


def test_headers_that_declare_more_than_there_is(export):
    """10 GB of pixels, and an element of 4 GB: nothing is allocated, and the file is called broken or damaged."""
    save_patient(export.raw["A"] / "one", "P1", 1)
    tags = {"PatientID": "P1", "PatientIdentityRemoved": "YES", "NumberOfFrames": "2147483647"}
    save(make_series("T2", seed=5, Rows=65535, Columns=65535, **tags)[:1], export.raw["A"] / "one" / "huge")
    (long,) = save(make_series("T2", seed=6, ImageComments="Q" * 8, **tags)[:1], export.raw["A"] / "one" / "long")
    content = bytearray(long.read_bytes())
    place = content.index(b"\x08\x00\x3e\x10LO")  # SeriesDescription becomes text with a length of four bytes
    content[place + 4 : place + 8] = b"UT\0\0" + b"\xf0\xff\xff\xff"
    long.write_bytes(content)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    (row,) = export.scan()
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200_000, "kB"
    assert export.count("images") + export.count("broken") == 32
    assert row["found_T1"] == "10 slices"
    assert ingest(export, row).status in ("ok", "excluded")


def test_very_many_files_in_one_folder(export):
    junk = export.raw["A"]
    for number in range(MANY):
        with open(junk / f"{number:06d}", "wb") as stream:
            stream.write(b"x")
    save_patient(junk, "P1", 1, prefix="a", roles=("T1",))
    save_patient(junk, "P2", 2, prefix="b", roles=("T1",))
    rows = export.scan(threads=2)
    assert [row["found_T1"] for row in rows] == ["10 slices", "10 slices"]
    assert (export.count("files"), export.count("foreign")) == (MANY + 20, MANY)
    export.scan()
    assert export.count("files read") == 0


def test_nothing_at_all(export):
    assert export.scan() == []
    assert not export.table.exists()
    (export.raw["A"] / "empty").write_bytes(b"")
    assert export.scan() == []
    assert (export.count("broken"), export.count("patients")) == (1, 0)


def test_cases_from_one_flat_folder_are_those_from_folders(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    export = Export(tmp_path, "A", "B")
    for number in (1, 2):
        save_patient(export.raw["A"] / f"p{number}", f"A-{number}", number)
        save_patient(export.raw["B"], f"B-{number}", number, prefix=f"{number}")
    rows = export.scan()
    assert [Path(row["source"]).suffix for row in rows] == ["", "", ".files", ".files"]
    status = {row["subject"]: ingest(export, row) for row in rows}
    for number in (1, 2):
        own, listed = status[f"A{number}"], status[f"B{number}"]
        assert own.ok
        assert listed.ok
        assert own.files["T2"]["sha256"] == listed.files["T2"]["sha256"]
        assert own.extra["sequences"]["T2"] == listed.extra["sequences"]["T2"]
    assert status["A1"].files["T2"]["sha256"] != status["A2"].files["T2"]["sha256"]
