"""The header index gives back what it was given."""

from __future__ import annotations

import sqlite3

import pytest

from helpers.dicom_series import make_series, save, save_clutter
from osteon.ingest.index import read_one
from osteon.ingest.scan.read import in_parallel, read_file
from osteon.ingest.scan.store import Record, Store, decode_image, encode_image

UTF8 = {"SpecificCharacterSet": "ISO_IR 192"}
ABOUT = {"version": "1", "raw folder": "raw"}


@pytest.fixture
def store(tmp_path):
    with Store(tmp_path / "index.sqlite", ABOUT) as store:
        yield store


def test_headers_come_back_the_same(tmp_path):
    slices = make_series(ScanOptions=["FS", "SAT"], EchoTime="11.3000001")
    files = [(path, path.name) for path in save(slices[:2], tmp_path / "x")]
    save_clutter(tmp_path / "c", slices[0])
    files += [(tmp_path / "c" / name, name) for name in ("sc000", "loc_ax000")]
    frames = make_series(NumberOfFrames=3, InstanceNumber=None)[:1]
    files += [(path, path.name) for path in save(frames, tmp_path / "frames")]
    for path, name in files:
        kind, image = read_one(path, name)
        assert kind == "images"
        assert decode_image(encode_image(image)) == image


def test_files_are_kept_replaced_and_dropped(store):
    odd = "a\udcff\n\tb"
    store.put([Record("x", 1, 2, "images", False, "h", "P1", "s", "{}"), Record(odd, 3, 4, "foreign")])
    store.put([Record("x", 5, 6, "images", True, "h", "", "s")])
    assert store.states() == {odd: (3, 4), "x": (5, 6)}
    assert list(store.records()) == [Record(odd, 3, 4, "foreign"), Record("x", 5, 6, "images", True, "h", "", "s")]
    assert store.images(["x"]) == [], "the header of the replaced record is gone"
    store.drop(["x"])
    assert store.states() == {odd: (3, 4)}


def test_headers_of_named_files_in_their_order(store):
    store.put([Record(name, 1, 1, "images", image=f'"{name}"') for name in ("a", "b", "c")])
    assert store.images(["c", "nowhere", "a"]) == ['"c"', '"a"']


def test_facts_of_other_patients_are_forgotten(store):
    store.put_facts({"p": ("s1", {"found": {"T1": "missing"}}), "q": ("s", {})})
    store.put_facts({"p": ("s2", {"found": {}})})
    assert store.facts() == {"p": ("s2", {"found": {}})}


def test_what_was_written_is_there_next_time(tmp_path):
    path = tmp_path / "index.sqlite"
    with Store(path, ABOUT) as store:
        store.put([Record("x", 1, 2, "foreign")])
    with Store(path, ABOUT) as store:
        assert (store.remade, store.states()) == ("", {"x": (1, 2)})
    with Store(path, ABOUT | {"raw folder": "other"}) as store:
        assert store.remade == "the header index was made with another raw folder; it was made anew"
        assert store.states() == {}


def test_a_file_that_is_no_index(tmp_path):
    path = tmp_path / "index.sqlite"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE notes (text)")
    connection.close()
    with Store(path, ABOUT) as store:
        assert "damaged" in store.remade
        assert store.states() == {}


@pytest.mark.parametrize("marked", ["YES", "NO", None])
def test_a_header_that_may_name_a_person_is_not_kept(tmp_path, marked):
    (path,) = save(make_series(PatientIdentityRemoved=marked, PatientID=" P１ ", **UTF8)[:1], tmp_path)
    record = read_file(str(tmp_path), (path.name, path.stat().st_size, 1), withhold=True)
    kept = marked == "YES"
    assert (record.withheld, record.identifier, bool(record.image)) == (not kept, "P1" if kept else "", kept)
    assert record.person == read_file(str(tmp_path), (path.name, 1, 1), withhold=False).person


@pytest.mark.parametrize("threads", [1, 2])
def test_parallel_results_keep_the_order_of_the_tasks(threads):
    taken = []
    tasks = (taken.append(number) or number for number in range(200))
    results = in_parallel(str, tasks, threads)
    assert next(results) == "0"
    assert len(taken) < 20, "tasks are taken up as the work goes on"
    assert list(results) == [str(number) for number in range(1, 200)]
