import pytest

from osteon.tables.kept import RECORD, Kept, fingerprint


@pytest.fixture
def case(tmp_path):
    files = {"table": tmp_path / "out" / "a.tsv", "status": tmp_path / "out" / "a.json"}
    (tmp_path / "out").mkdir()
    for part, path in files.items():
        path.write_text(part)
    return files


def test_a_kept_case_comes_back(tmp_path, case):
    kept = Kept(tmp_path / "kept", {"settings": 1})
    kept.keep("center-A/sub-1", kept.key({"image": "ab"}), case)
    for path in case.values():
        path.unlink()
    assert kept.restore("center-A/sub-1", kept.key({"image": "ab"}), case)
    assert {part: path.read_text() for part, path in case.items()} == {"table": "table", "status": "status"}


@pytest.mark.parametrize(
    ("rest", "inputs"), [({"settings": 2}, {"image": "ab"}), ({"settings": 1}, {"image": "cd"})], ids=["rest", "inputs"]
)
def test_nothing_of_another_fingerprint_comes_back(tmp_path, case, rest, inputs):
    kept = Kept(tmp_path / "kept", {"settings": 1})
    kept.keep("center-A/sub-1", kept.key({"image": "ab"}), case)
    case["table"].unlink()
    other = Kept(tmp_path / "kept", rest)
    assert not other.restore("center-A/sub-1", other.key(inputs), case)
    assert not case["table"].exists()


def test_a_case_without_its_record_or_a_file_does_not_count(tmp_path, case):
    kept = Kept(tmp_path / "kept", 0)
    key = kept.key(1)
    assert not kept.restore("center-A/sub-1", key, case)
    kept.keep("center-A/sub-1", key, case)
    (tmp_path / "kept/center-A/sub-1/a.tsv").unlink()
    assert not kept.restore("center-A/sub-1", key, case)
    kept.keep("center-A/sub-1", key, case)
    (tmp_path / "kept/center-A/sub-1" / RECORD).write_text("{")
    assert not kept.restore("center-A/sub-1", key, case)


def test_killed_while_an_older_result_is_replaced_leaves_none(tmp_path, case, monkeypatch):
    kept = Kept(tmp_path / "kept", 0)
    kept.keep("c", kept.key(1), case)

    def killed(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("osteon.tables.kept.write_json", killed)
    case["table"].write_text("new")
    with pytest.raises(KeyboardInterrupt):
        kept.keep("c", kept.key(2), case)
    assert not kept.restore("c", kept.key(1), case)
    assert not kept.restore("c", kept.key(2), case)


def test_fingerprint_does_not_see_the_order_of_keys():
    assert fingerprint({"a": 1, "b": [1, 2]}) == fingerprint({"b": [1, 2], "a": 1})
    assert fingerprint({"a": 1, "b": [1, 2]}) != fingerprint({"a": 1, "b": [2, 1]})
