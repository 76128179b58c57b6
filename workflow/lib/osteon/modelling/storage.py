"""Fitted classifiers on disk: nothing that is read can run code, and the same fit is the same bytes.

The format is that of skops (a zip archive of a JSON description and numpy arrays). skops writes memory addresses into
it, the time, and arrays in no fixed order; `write_estimator` takes them out. `read_estimator` looks at sizes, names and
every type before skops reads anything, and at the indices of trees before they are used.
"""

from __future__ import annotations

import copy
import hashlib
import io
import json
import re
import zipfile
from pathlib import Path
from typing import Any

from osteon.modelling.stored_types import ALLOWED, ROOTS, TRUSTED, check_indices
from osteon.tables.files import atomic_path

# A gradient boosting of 400 trees for ten classes has 12 000 arrays, 25 MB of description and 60 MB in all.
LARGEST = 1 << 30
LARGEST_SCHEMA = 1 << 27
MOST_MEMBERS = 100_000
# Names in the sentences come from the file.
LONGEST_SENTENCE = 250
_SCHEMA = "schema.json"
_MEMBER = re.compile(r"[0-9]{1,9}\.(npy|bin)")
# What every member of an archive gets instead of the time: the first that a zip archive can hold.
_TIME = (1980, 1, 1, 0, 0, 0)


def write_estimator(estimator: Any, path: str | Path) -> None:
    """Write a fitted estimator of `classifiers`, whole or not at all.

    Equal fits give equal bytes, in any process. Arrays that occur several times are stored once. The search tree of
    k-NN is not stored; it follows from the patients that are.

    Raises:
        ValueError: the estimator is none that can be read again.
    """
    import skops.io  # here, as below: its import takes seconds, and most models store no estimator

    content = _normalised(skops.io.dumps(_without_search_tree(estimator)))
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        _check(archive)
    with atomic_path(path) as temporary:
        temporary.write_bytes(content)


def read_estimator(path: str | Path) -> Any:
    """Read what `write_estimator` wrote. Predictions are those of the estimator that was written, bit for bit.

    Types outside a short list are refused by name, before anything of them is loaded. A forged description of a
    boosted tree (XGBoost, LightGBM) can be wrong or end the process; it cannot run code.

    Raises:
        ValueError: naming the file, if it is damaged, too large, or holds what no classifier needs.
    """
    import skops.io

    if Path(path).stat().st_size > LARGEST:
        raise ValueError(f"{path} is no classifier that can be read: it has more than {LARGEST:,} bytes")
    content = Path(path).read_bytes()
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            _check(archive)
        estimator = skops.io.loads(content, trusted=sorted(TRUSTED))
        check_indices(estimator)
        return _with_search_tree(estimator)
    except Exception as error:  # a damaged file fails anywhere, in skops, numpy, scikit-learn or a boosting library
        raise ValueError(f"{path} is no classifier that can be read: {_sentence(error)}") from error


def _sentence(error: Exception) -> str:
    known = {zipfile.BadZipFile: "it is damaged", RecursionError: "its description is nested too deeply"}
    text = known.get(type(error)) or " ".join(str(error).split()) or type(error).__name__
    return text if len(text) <= LONGEST_SENTENCE else f"{text[:LONGEST_SENTENCE]} ..."


def _normalised(data: bytes) -> bytes:
    """The same archive without object ids and times; members are numbered in the order in which they are named."""
    with zipfile.ZipFile(io.BytesIO(data)) as source:
        numbers: dict[bytes, str] = {}
        members: dict[str, bytes] = {}

        def renumbered(node: Any) -> Any:
            if isinstance(node, list):
                return [renumbered(item) for item in node]
            if not isinstance(node, dict):
                return node
            if isinstance(node.get("file"), str):
                content = source.read(node["file"])
                digest = hashlib.sha256(content).digest()
                name = numbers.setdefault(digest, f"{len(numbers)}{Path(node['file']).suffix}")
                members[name] = content
                node = {**node, "file": name}
            # without ids skops reads shared objects as copies; no prediction depends on which they are
            return {key: renumbered(value) for key, value in node.items() if key != "__id__"}

        schema = json.dumps(renumbered(json.loads(source.read(_SCHEMA))), separators=(",", ":"))
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as target:
        for name, content in [(_SCHEMA, schema.encode()), *members.items()]:
            entry = zipfile.ZipInfo(name, _TIME)
            entry.create_system, entry.external_attr = 3, 0o644 << 16
            target.writestr(entry, content, zipfile.ZIP_DEFLATED, compresslevel=6)
    return buffer.getvalue()


def _check(archive: zipfile.ZipFile) -> None:
    """Names, sizes and types, before any content but the description is unpacked."""
    sizes = {entry.filename: entry.file_size for entry in archive.infolist()}
    if len(sizes) < len(archive.infolist()):
        raise ValueError("two of its members have one name")
    if strange := [name for name in sizes if name != _SCHEMA and not _MEMBER.fullmatch(name)]:
        raise ValueError(f"it has a member named {strange[0]!r}")
    if _SCHEMA not in sizes:
        raise ValueError(f"it has no {_SCHEMA}")
    if len(sizes) > MOST_MEMBERS or sizes[_SCHEMA] > LARGEST_SCHEMA or sum(sizes.values()) > LARGEST:
        raise ValueError(f"unpacked it would have {sum(sizes.values()):,} bytes in {len(sizes):,} members")
    schema = json.loads(archive.read(_SCHEMA))
    if not isinstance(schema, dict) or f"{schema.get('__module__')}.{schema.get('__class__')}" not in ROOTS:
        raise ValueError("its outermost object is no classifier of this project")
    _check_nodes(schema, sizes)


def _check_nodes(schema: dict, sizes: dict[str, int]) -> None:
    """Every object of the description is of an allowed type, and all arrays together are not too large."""
    waiting: list[tuple[str, Any]] = [("", schema)]
    unpacked = 0
    while waiting:
        place, node = waiting.pop()
        if isinstance(node, list):
            waiting += [(f"{place}[{position}]", item) for position, item in enumerate(node)]
            continue
        if not isinstance(node, dict):
            continue
        if "__loader__" in node or "__class__" in node:
            name = f"{node.get('__module__')}.{node.get('__class__')}"
            if name not in ALLOWED.get(str(node.get("__loader__")), ()):
                raise ValueError(f"it holds a {name!r} ({node.get('__loader__')}) at {place or 'its root'}")
        if "__id__" in node:
            raise ValueError(f"it has an object id at {place or 'its root'}")
        if "file" in node and not isinstance(node["file"], dict):
            if node["file"] not in sizes:
                raise ValueError(f"its member {node['file']!r} is missing")
            unpacked += sizes[node["file"]]
            if unpacked > LARGEST:
                raise ValueError(f"unpacked it would have more than {LARGEST:,} bytes")
        waiting += [(f"{place}.{key}".lstrip("."), value) for key, value in node.items()]


def _without_search_tree(estimator: Any) -> Any:
    """k-NN without its search tree; anything else as it is."""
    if (inner := getattr(estimator, "regressor_", None)) is not None and hasattr(inner, "_tree"):
        estimator = copy.copy(estimator)
        estimator.regressor_ = _without_search_tree(inner)
    elif hasattr(estimator, "_tree"):
        estimator = copy.copy(estimator)
        estimator._tree = None
    return estimator


def _with_search_tree(estimator: Any) -> Any:
    """k-NN as it was, learned again from its patients."""
    inner = getattr(estimator, "regressor_", estimator)
    if hasattr(inner, "_tree"):
        outcome = inner._y if inner is not estimator else inner.classes_[inner._y]
        inner.fit(inner._fit_X, outcome)
    return estimator
