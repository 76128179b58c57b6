"""Agreement of readers: which pairs, which kind, what is missing."""

from __future__ import annotations

import math

import numpy as np
import pytest

from helpers.spines import LABELS, save, spine
from osteon.segmentation.readers import reader_agreement, readers_summary
from osteon.tables.status import CaseStatus


def case(folder, subject, readings):
    """Status file and folder of a case with the masks given as (reader, reading, array or None)."""
    rows, files = [], {}
    for number, (reader, reading, array) in enumerate(readings):
        key = f"manual-{reader}-{reading}" if number else "manual"
        rows.append({"reader": reader, "reading": reading, "key": key, "found": array is not None})
        if array is not None:
            name = f"{subject}_{key}.nii.gz"
            save(array, folder / name)
            files[key] = {"path": name, "sha256": ""}
    path = folder / f"{subject}.json"
    CaseStatus("A", subject, "ingest", files=files, extra={"readings": rows}).write(path)
    return path, folder


def thinner(array):
    """Each body without its first row."""
    return np.where(np.roll(array, 1, axis=1) == array, array, 0)


def test_every_pair_of_readings_and_its_kind(tmp_path):
    array = spine(0)
    located = case(tmp_path, "A1", [("ML", 1, array), ("XW", 1, thinner(array)), ("ML", 2, array)])
    table = reader_agreement([located], LABELS)
    pairs = table.drop_duplicates(["first", "second"])
    assert pairs[["first", "second", "kind"]].values.tolist() == [
        ["ML-1", "XW-1", "inter"],
        ["ML-1", "ML-2", "intra"],
        ["XW-1", "ML-2", "inter"],
    ]
    same = table[table["kind"] == "intra"]
    assert same[["dice", "hd95_mm", "volume_difference_percent"]].values.tolist() == [[1.0, 0.0, 0.0]] * 3
    first = table.iloc[0]
    rows = (array == 1).any(axis=(0, 2)).sum()
    assert first["dice"] == pytest.approx(2 * (rows - 1) / (2 * rows - 1))
    assert first["hd95_mm"] == pytest.approx(1.5)
    assert first["volume_difference_percent"] == pytest.approx(-200 / (2 * rows - 1))
    # the other way round the difference has the other sign
    assert table.iloc[6]["volume_difference_percent"] == pytest.approx(200 / (2 * rows - 1))


def test_missing_readings_and_labels(tmp_path):
    array = spine(1)
    only_two = np.where(array == 3, 0, array)
    cases = [
        case(tmp_path, "A1", [("ML", 1, array), ("XW", 1, None)]),
        case(tmp_path, "A2", [("ML", 1, array), ("XW", 1, only_two)]),
        case(tmp_path, "A3", [("ML", 1, only_two), ("XW", 1, only_two)]),
    ]
    table = reader_agreement(cases, LABELS).set_index(["subject", "label"])
    assert set(table.index.get_level_values("subject")) == {"A2", "A3"}
    assert table.loc[("A2", "L3"), ["dice", "reason"]].tolist() == [0.0, "label_one_reader"]
    assert math.isnan(table.loc[("A2", "L3"), "hd95_mm"])
    assert table.loc[("A3", "L3"), "reason"] == "label_not_drawn"
    assert math.isnan(table.loc[("A3", "L3"), "dice"])


@pytest.mark.slow
def test_summary_per_kind_and_label(tmp_path):
    cases = []
    for number in range(6):
        array = spine(number)
        cases.append(case(tmp_path, f"A{number}", [("ML", 1, array), ("XW", 1, thinner(array)), ("ML", 2, array)]))
    table = readers_summary(reader_agreement(cases, LABELS), seed=1).set_index(["kind", "center", "label", "measure"])
    inter, intra = (table.loc[(kind, "A", "L1", "dice")] for kind in ("inter", "intra"))
    assert inter[["n", "patients"]].tolist() == [12, 6]
    assert intra[["n", "patients", "mean", "low", "high"]].tolist() == [6, 6, 1, 1, 1]
    assert 0.9 < inter["low"] < inter["mean"] < inter["high"] < 1
    assert table.loc[("inter", "A", "L1", "volume_difference_percent"), "mean"] == pytest.approx(0, abs=1e-9)
    assert table.loc[("inter", "A", "L1", "volume_difference_abs_percent"), "mean"] > 5
    assert ("inter", "A", "all", "dice") in table.index
