"""Tables on features: grey levels after discretisation, and agreement under perturbations and between readers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from osteon.reporting.numbers import integer, is_absent, number, percent, with_interval
from osteon.reporting.tables import DisplayTable
from osteon.statistics.no_agreement import SENTENCES

VERDICTS = {"error": "Error", "warning": "Warning", "ok": "As asked for"}
KINDS = {"perturbation": "Perturbations", "inter": "Between readers"}
DEEP = "deep"


def levels_table(judged: pd.DataFrame, centers: Mapping[str, str], sources: Sequence[str] = ()) -> DisplayTable:
    """Grey levels per hospital, sequence and region: the images of one verdict in one row, errors first.

    Args:
        judged: from `features.levels.compare_centers`.
        centers: name by code.
        sources: paths of the files.
    """
    order = {verdict: place for place, verdict in enumerate(VERDICTS)}
    table = judged.assign(place=judged["verdict"].map(order)).sort_values("place", kind="stable")
    keys = ["place", "verdict", "center", "sequence", "region", "setting"]
    rows, messages = [], []
    for (_, verdict, center, sequence, region, setting), own in table.fillna({"setting": ""}).groupby(keys, sort=False):
        low, high = own["median"].min(), own["median"].max()
        levels = integer(low) if low == high else f"{integer(low)}–{integer(high)}"
        rows.append(
            [
                VERDICTS[verdict],
                centers.get(center, str(center)),
                " ".join(part for part in (str(sequence), str(region)) if part and part != "nan"),
                str(setting),
                integer(len(own)),
                integer(own["cases"].max()),
                levels,
                percent(own["one_level_share"].max(), 0),
            ]
        )
        messages += [str(text) for text in own["message"] if not is_absent(text)][:1]
    columns = [
        *("Verdict", "Hospital", "Sequence and region", "Setting", "Images", "Cases"),
        *("Grey levels (median)", "Cases with a single level"),
    ]
    notes = [
        "Images: the original and each filtered one, whose verdict is the same; the range is over their medians. With "
        "a single grey level every texture feature is a constant.",
        *dict.fromkeys(messages),
    ]
    return DisplayTable(
        "levels", "Grey levels that texture features were computed on.", columns, rows, 4, notes, sources
    )


def robustness_table(robustness: pd.DataFrame, rule: str, sources: Sequence[str] = ()) -> DisplayTable:
    """How many features of each family stay the same, per kind of agreement and sequence.

    Args:
        robustness: from `modelling.robustness.measure`.
        rule: what a feature must reach, in words.
        sources: paths of the files.
    """
    parts = robustness["column"].str.rsplit("_", n=2, expand=True)
    table = robustness.assign(family=parts[1], sequence=robustness["column"].str.split("_", n=1).str[0])
    rows = []
    for (kind, sequence, family), own in table.groupby(["kind", "sequence", "family"], sort=False):
        kept = int((own["keep"] == "yes").sum())
        rows.append(
            [
                KINDS.get(str(kind), f"One reader twice ({str(kind).split()[-1]})"),
                str(sequence),
                str(family),
                integer(own["subjects"].max()),
                integer(len(own)),
                f"{integer(kept)} ({percent(kept / len(own), 0)})",
                number(own["icc"].median(), 2),
            ]
        )
    columns = ["Compared", "Sequence", "Family", "Training patients", "Features", "Robust", "Median ICC"]
    absent = [code for code in dict.fromkeys(robustness["reason"].dropna()) if code in set(map(str, SENTENCES))]
    words = {str(code): sentence for code, sentence in SENTENCES.items()}
    notes = [
        f"ICC(A,1), two-way, absolute agreement. Robust: {rule}. Measured on training patients of development "
        "hospitals alone.",
        *(f"No ICC: {words[code]}" for code in absent),
    ]
    return DisplayTable("robustness", "Features that stay the same.", columns, rows, 3, notes, sources)


def selected_table(selected: pd.DataFrame, models: Mapping[str, str], sources: Sequence[str] = ()) -> DisplayTable:
    """The ICC of each feature in the scores, as pingouin computes it."""
    rows = [
        [
            str(row["signature"]),
            str(row["column"]),
            KINDS.get(str(row["kind"]), f"One reader twice ({str(row['kind']).split()[-1]})"),
            integer(row["subjects"]),
            with_interval(row["icc"], row["low"], row["high"], 2),
        ]
        for _, row in selected.drop_duplicates(["signature", "column", "kind"]).iterrows()
    ]
    columns = ["Score", "Feature", "Compared", "Training patients", "ICC(A,1) (95% CI)"]
    return DisplayTable(
        "robustness-selected", "Robustness of the features in the scores.", columns, rows, 3, [], sources
    )
