"""A changed outcome of an external patient changes the validation and not one byte of any model.

This module comes after the tests of reruns, because it leaves the demo with a changed label.
"""

from __future__ import annotations

import hashlib

import pandas as pd


def test_changed_external_label_changes_no_model(demo):
    results = demo.folder / "results" / "demo"
    participants = demo.folder / "config/demo/participants.tsv"

    def digests():
        files = [path for path in sorted((results / "06_models").rglob("*")) if path.suffix in (".json", ".tsv")]
        return {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}

    models = digests()
    assert len(models) == 36
    validation = (results / "07_validation/external/center-C/predictions.tsv").read_bytes()
    table = pd.read_csv(participants, sep="\t", dtype=str)
    row = table.index[table["center"] == "C"][0]
    table.loc[row, "osteoporosis"] = {"yes": "no", "no": "yes"}[table.loc[row, "osteoporosis"]]
    table.to_csv(participants, sep="\t", index=False)

    demo.run("results/demo/07_validation/external/center-C/predictions.tsv", "--forcerun", "fit_model", "make_splits")
    assert digests() == models
    assert (results / "07_validation/external/center-C/predictions.tsv").read_bytes() != validation
