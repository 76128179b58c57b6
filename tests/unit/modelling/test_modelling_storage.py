"""Stored classifiers: the same predictions, the same bytes, and nothing that could run code or reach outside."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import zipfile

import numpy as np
import pytest
import skops.io
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from osteon.modelling import estimators, storage
from osteon.modelling.classifiers import NAMES, fit, make, raw_output
from osteon.modelling.storage import read_estimator, write_estimator
from osteon.modelling.task import Task

TASKS = {
    "binary": Task(),
    "classes": Task("classes", ("normal", "osteopenia", "osteoporosis")),
    "continuous": Task("continuous", ()),
}
PAIRS = [(name, kind) for name in NAMES for kind in TASKS if (name, kind) != ("naive_bayes", "continuous")]
each = pytest.mark.parametrize(("name", "kind"), PAIRS, ids=[f"{name}-{kind}" for name, kind in PAIRS])
FEW = {"n_estimators": 25}
PARAMETERS = dict.fromkeys(("adaboost", "gradient_boosting", "xgboost", "lightgbm"), FEW)


def values_of(seed=0):
    return np.random.default_rng(seed).normal(size=(80, 5))


def fitted(name, kind="binary", parameters=None):
    values = values_of()
    number = 2 * values[:, 0] - values[:, 1] + np.random.default_rng(1).normal(size=80)
    outcome = {"binary": number > 0.5, "classes": np.digitize(number, [-1, 1]), "continuous": 150 + 30 * number}
    estimator = make(name, TASKS[kind], parameters or PARAMETERS.get(name, {}), 3)
    fit(estimator, TASKS[kind], values, outcome[kind])
    return estimator


@pytest.fixture(autouse=True)
def few_trees(monkeypatch):
    monkeypatch.setattr(estimators, "FOREST_TREES", 12)


def write_all(folder):
    """Every classifier; also run in processes of their own."""
    for name, kind in PAIRS:
        write_estimator(fitted(name, kind), folder / f"{name}-{kind}.skops")


@pytest.mark.slow
@each
def test_predictions_are_the_same_bits(name, kind, tmp_path):
    estimator = fitted(name, kind)
    before = raw_output(estimator, TASKS[kind], values_of(5))
    write_estimator(estimator, tmp_path / "a.skops")
    # writing leaves the estimator as it was
    assert (raw_output(estimator, TASKS[kind], values_of(5)) == before).all()
    again = read_estimator(tmp_path / "a.skops")
    assert type(again) is type(estimator)
    assert (raw_output(again, TASKS[kind], values_of(5)) == before).all()
    assert (raw_output(again, TASKS[kind], values_of()) == raw_output(estimator, TASKS[kind], values_of())).all()
    write_estimator(fitted(name, kind), tmp_path / "b.skops")
    assert (tmp_path / "a.skops").read_bytes() == (tmp_path / "b.skops").read_bytes()


@pytest.mark.parametrize("name", ["knn", "svm_rbf", "tree", "mlp"])
def test_other_hyper_parameters(name, tmp_path):
    parameters = {"knn": {"p": 1}, "svm_rbf": {"gamma": 0.3}, "tree": {"ccp_alpha": 0.01}, "mlp": {"hidden": 3}}
    estimator = fitted(name, "classes", parameters[name])
    write_estimator(estimator, tmp_path / "a.skops")
    expected = raw_output(estimator, TASKS["classes"], values_of(5))
    assert (raw_output(read_estimator(tmp_path / "a.skops"), TASKS["classes"], values_of(5)) == expected).all()


@pytest.mark.slow
def test_two_processes_write_the_same_bytes(tmp_path, root):
    line = (
        "import sys, pathlib; sys.path[:0] = {paths!r}; import test_modelling_storage as test; "
        "test.estimators.FOREST_TREES = 12; test.write_all(pathlib.Path({folder!r}))"
    )
    paths = [str(root / "workflow" / "lib"), str(root / "tests" / "unit" / "modelling")]
    here, there = tmp_path / "here", tmp_path / "there"
    write_all(here)
    environment = {**os.environ, "PYTHONHASHSEED": "1", "OMP_NUM_THREADS": "2"}
    command = [sys.executable, "-c", line.format(paths=paths, folder=str(there))]
    subprocess.run(command, check=True, env=environment)
    written = [{path.name: path.read_bytes() for path in folder.iterdir()} for folder in (here, there)]
    assert len(written[0]) == len(PAIRS)
    assert [name for name in written[0] if written[0][name] != written[1][name]] == []


def test_no_addresses_and_no_times(tmp_path):
    write_estimator(fitted("random_forest"), tmp_path / "a.skops")
    with zipfile.ZipFile(tmp_path / "a.skops") as archive:
        names = archive.namelist()
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert b"__id__" not in archive.read("schema.json")
    assert names == ["schema.json", *(f"{number}.npy" for number in range(len(names) - 1))]


def test_only_what_can_be_read_is_written(tmp_path):
    with pytest.raises(ValueError, match="outermost object is no classifier"):
        write_estimator(StandardScaler().fit(values_of()), tmp_path / "a.skops")
    assert list(tmp_path.iterdir()) == []


# --- files that are not ours


@pytest.fixture(scope="module")
def good(tmp_path_factory):
    """Members of the file of a good tree."""
    path = tmp_path_factory.mktemp("good") / "tree.skops"
    write_estimator(fitted("tree"), path)
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def zipped(members, path):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def with_schema(good, change):
    schema = json.loads(good["schema.json"])
    change(schema)
    return {**good, "schema.json": json.dumps(schema)}


def refuses(path, *sentences):
    with pytest.raises(ValueError, match=r"is no classifier that can be read") as caught:
        read_estimator(path)
    message = str(caught.value)
    assert str(path) in message
    assert len(message) < 400
    for sentence in sentences:
        assert sentence in message


EVIL = {
    "a function of the system": {"__class__": "system", "__module__": "posix", "__loader__": "FunctionNode"},
    "eval as type": {"__class__": "eval", "__module__": "builtins", "__loader__": "TypeNode"},
    "eval as number": {"__class__": "eval", "__module__": "builtins", "__loader__": "NdArrayNode"},
    "popen as object": {"__class__": "Popen", "__module__": "subprocess", "__loader__": "ObjectNode"},
    "a constructor": {"__class__": "Popen", "__module__": "subprocess", "__loader__": "ConstructorFromReduceNode"},
    "partial": {"__class__": "partial", "__module__": "functools", "__loader__": "PartialNode"},
    "a method": {"__class__": "dict", "__module__": "builtins", "__loader__": "MethodNode"},
    "operator": {"__class__": "attrgetter", "__module__": "operator", "__loader__": "OperatorFuncNode"},
    "a type in the wrong place": {"__class__": "Tree", "__module__": "sklearn.tree._tree", "__loader__": "ObjectNode"},
    "no loader": {"__class__": "system", "__module__": "posix"},
    "an unknown loader": {"__class__": "dict", "__module__": "builtins", "__loader__": ["DictNode"]},
}


@pytest.mark.parametrize("node", EVIL.values(), ids=EVIL)
def test_other_types_are_refused_by_name(node, good, tmp_path):
    def plant(schema):
        schema["content"]["content"]["max_depth"] = {**node, "content": {}, "type": "numpy", "file": "0.npy"}

    path = zipped(with_schema(good, plant), tmp_path / "evil.skops")
    refuses(path, f"{node['__module__']}.{node['__class__']}", "content.content.max_depth")


def test_code_is_not_run(tmp_path):
    """A file as skops itself writes it: the function that it names is never called."""
    evil = FunctionTransformer(func=os.mkdir, kw_args={"path": str(tmp_path / "made")})
    skops.io.dump(evil, tmp_path / "evil.skops")
    refuses(tmp_path / "evil.skops")
    assert not (tmp_path / "made").exists()


@pytest.mark.parametrize("estimator", [HistGradientBoostingClassifier(), StandardScaler()], ids=["boosting", "scaler"])
def test_other_estimators_are_refused(estimator, tmp_path):
    estimator.fit(values_of(), np.arange(80) % 2)
    buffer = io.BytesIO()
    skops.io.dump(estimator, buffer)
    (tmp_path / "a.skops").write_bytes(storage._normalised(buffer.getvalue()))
    refuses(tmp_path / "a.skops", "outermost object")


def test_ids_are_refused(tmp_path):
    """Objects that are named once and used elsewhere are not among what is checked."""
    skops.io.dump(RandomForestClassifier(2).fit(values_of(), np.arange(80) % 2), tmp_path / "a.skops")
    with zipfile.ZipFile(tmp_path / "a.skops") as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    numbers = {name: f"{number}.npy" for number, name in enumerate(members) if name.endswith(".npy")}
    text = members["schema.json"].decode()
    for name, new in numbers.items():
        text = text.replace(name, new)
    renamed = {numbers.get(name, name): content for name, content in members.items()}
    refuses(zipped({**renamed, "schema.json": text}, tmp_path / "b.skops"), "object id")


def damage(kind, good, path):
    whole = zipped(good, path).read_bytes()
    if kind == "not zip":
        path.write_bytes(b"\x80\x04cposix\nsystem\n.")
    elif kind == "empty":
        path.write_bytes(b"")
    elif kind == "truncated":
        path.write_bytes(whole[: len(whole) // 2])
    elif kind == "a wrong byte":
        with zipfile.ZipFile(path) as archive:
            place = archive.getinfo("1.npy").header_offset + 40
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 255]) + whole[place + 1 :])
    else:
        members = {
            "no schema": {name: content for name, content in good.items() if name != "schema.json"},
            "schema is a list": {**good, "schema.json": "[]"},
            "schema is no json": {**good, "schema.json": "{"},
            "nested": {**good, "schema.json": "[" * 100_000},
            "up": {**good, "../../evil.npy": b""},
            "absolute": {**good, "/etc/evil.npy": b""},
            "a pickle": {**good, "0.pkl": b""},
            "a missing array": {name: content for name, content in good.items() if name != "1.npy"},
            "no array": {**good, "1.npy": b"what"},
            "an array of objects": {**good, "1.npy": objects()},
            "an endless array": {**good, "1.npy": endless()},
            "a missing part": with_schema(good, lambda schema: schema["content"].pop("key_types")),
            "another protocol": with_schema(good, lambda schema: schema.update(protocol=99)),
        }[kind]
        zipped(members, path)
    return path


def objects():
    buffer = io.BytesIO()
    np.save(buffer, np.array([{}], dtype=object), allow_pickle=True)
    return buffer.getvalue()


def endless():
    buffer = io.BytesIO()
    np.lib.format.write_array_header_1_0(buffer, {"descr": "<f8", "fortran_order": False, "shape": (10**17,)})
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("kind", "sentence"),
    [
        ("not zip", "damaged"),
        ("empty", "damaged"),
        ("truncated", "damaged"),
        ("a wrong byte", ""),
        ("no schema", "it has no schema.json"),
        ("schema is a list", "outermost object"),
        ("schema is no json", ""),
        ("nested", "nested too deeply"),
        ("up", "'../../evil.npy'"),
        ("absolute", "'/etc/evil.npy'"),
        ("a pickle", "'0.pkl'"),
        ("a missing array", "'1.npy' is missing"),
        ("no array", ""),
        ("an array of objects", ""),
        ("an endless array", ""),
        ("a missing part", ""),
        ("another protocol", "protocol 99"),
    ],
)
def test_damaged_files(kind, sentence, good, tmp_path):
    refuses(damage(kind, good, tmp_path / "a.skops"), sentence)


@pytest.mark.parametrize("limit", ["LARGEST", "LARGEST_SCHEMA", "MOST_MEMBERS"])
def test_bombs_are_not_unpacked(limit, good, tmp_path, monkeypatch):
    """A member of zeros shrinks to a thousandth; sizes are looked at before anything is unpacked."""
    path = zipped({**good, "99.npy": bytes(3_000_000)}, tmp_path / "a.skops")
    monkeypatch.setattr(storage, limit, {"LARGEST": 2_000_000, "LARGEST_SCHEMA": 100, "MOST_MEMBERS": 3}[limit])
    monkeypatch.setattr(zipfile.ZipFile, "read", lambda *_: pytest.fail("something was unpacked"))
    refuses(path, "unpacked it would have 3,0")


def test_large_files_are_not_read(good, tmp_path, monkeypatch):
    path = zipped(good, tmp_path / "a.skops")
    monkeypatch.setattr(storage, "LARGEST", 100)
    refuses(path, "more than 100 bytes")


def test_one_array_many_times_is_counted_many_times(good, tmp_path, monkeypatch):
    node = {
        "__class__": "ndarray",
        "__module__": "numpy",
        "__loader__": "NdArrayNode",
        "type": "numpy",
        "file": "0.npy",
    }
    members = with_schema(good, lambda schema: schema.update(more=[node] * 5000))
    monkeypatch.setattr(storage, "LARGEST", 600_000)
    refuses(zipped(members, tmp_path / "a.skops"), "more than 600,000 bytes")


def test_a_file_that_is_absent(tmp_path):
    with pytest.raises(FileNotFoundError):
        read_estimator(tmp_path / "a.skops")


# --- forged indices: scikit-learn would read outside of its arrays


def change_tree(field, value):
    def change(estimator):
        tree = estimator.tree_
        state = tree.__getstate__()
        state["nodes"][field][0] = value
        tree.__setstate__(state)

    return change


def change_boosting(estimator):
    estimator.estimators_ = np.concatenate([estimator.estimators_, estimator.estimators_], axis=1)


FORGED = {
    "a child that is not there": ("tree", change_tree("left_child", 10**6)),
    "its own child": ("tree", change_tree("right_child", 0)),
    "a child below 0": ("tree", change_tree("right_child", -5)),
    "a column that is not there": ("tree", change_tree("feature", 77)),
    "a column below 0": ("tree", change_tree("feature", -3)),
    "fewer columns": ("tree", lambda estimator: setattr(estimator, "n_features_in_", 2)),
    "a tree of a forest": (
        "random_forest",
        lambda estimator: change_tree("feature", 77)(estimator.estimators_[7]),
    ),
    "fewer columns in a tree of a forest": (
        "random_forest",
        lambda estimator: setattr(estimator.estimators_[7], "n_features_in_", 2),
    ),
    "more trees than predictions": ("gradient_boosting", change_boosting),
    "fewer coefficients": (
        "svm_rbf",
        lambda estimator: setattr(estimator, "_dual_coef_", estimator._dual_coef_[:, :3].copy()),
    ),
    "more support vectors": ("svm_rbf", lambda estimator: setattr(estimator, "_n_support", np.array([10**6, 0]))),
    "narrow support vectors": (
        "svm_rbf",
        lambda estimator: setattr(estimator, "support_vectors_", estimator.support_vectors_[:, :2].copy()),
    ),
    "no intercept": ("svm_rbf", lambda estimator: setattr(estimator, "_intercept_", np.array([]))),
}


@pytest.mark.slow
@pytest.mark.parametrize(("name", "change"), FORGED.values(), ids=FORGED)
def test_forged_indices(name, change, tmp_path):
    estimator = fitted(name)
    change(estimator)
    write_estimator(estimator, tmp_path / "a.skops")
    together = name in {"svm_rbf", "gradient_boosting"}
    refuses(tmp_path / "a.skops", "belong together" if together else "leads nowhere")
