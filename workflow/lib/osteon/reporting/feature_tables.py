"""Tables on features: grey levels after discretisation, and agreement under perturbations and between readers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from osteon.reporting.language import Say, english, sentence
from osteon.reporting.numbers import integer, is_absent, number, percent, with_interval
from osteon.reporting.tables import DisplayTable
from osteon.statistics.no_agreement import SENTENCES

DEEP = "deep"


def levels_table(
    judged: pd.DataFrame, centers: Mapping[str, str], sources: Sequence[str] = (), say: Say = english
) -> DisplayTable:
    """Grey levels per hospital, sequence and region: the images of one verdict in one row, errors first.

    Args:
        judged: from `features.levels.compare_centers`.
        centers: name by code.
        sources: paths of the files.
        say: the reader's language.
    """
    verdicts = {"error": say("Error"), "warning": say("Warning"), "ok": say("As asked for")}
    order = {verdict: place for place, verdict in enumerate(verdicts)}
    table = judged.assign(place=judged["verdict"].map(order)).sort_values("place", kind="stable")
    keys = ["place", "verdict", "center", "sequence", "region", "setting"]
    rows, messages = [], []
    for (_, verdict, center, sequence, region, setting), own in table.fillna({"setting": ""}).groupby(keys, sort=False):
        low, high = own["median"].min(), own["median"].max()
        levels = integer(low) if low == high else f"{integer(low)}–{integer(high)}"
        rows.append(
            [
                verdicts[verdict],
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
        *(say("Verdict"), say("Hospital"), say("Sequence and region"), say("Setting"), say("Images"), say("Cases")),
        *(say("Grey levels (median)"), say("Cases with a single level")),
    ]
    notes = [
        say(
            "Images: the original and each filtered one, whose verdict is the same; the range is over their medians. "
            "With a single grey level every texture feature is a constant."
        ),
        *dict.fromkeys(messages),
    ]
    caption = say("Grey levels that texture features were computed on.")
    return DisplayTable("levels", caption, columns, rows, 4, notes, sources)


def robustness_table(
    robustness: pd.DataFrame, rule: str, sources: Sequence[str] = (), say: Say = english
) -> DisplayTable:
    """How many features of each family stay the same, per kind of agreement and sequence.

    Args:
        robustness: from `modelling.robustness.measure`.
        rule: what a feature must reach, in words.
        sources: paths of the files.
        say: the reader's language.
    """
    parts = robustness["column"].str.rsplit("_", n=2, expand=True)
    table = robustness.assign(family=parts[1], sequence=robustness["column"].str.split("_", n=1).str[0])
    rows = []
    for (kind, sequence, family), own in table.groupby(["kind", "sequence", "family"], sort=False):
        kept = int((own["keep"] == "yes").sum())
        rows.append(
            [
                _kind(kind, say),
                str(sequence),
                str(family),
                integer(own["subjects"].max()),
                integer(len(own)),
                f"{integer(kept)} ({percent(kept / len(own), 0)})",
                number(own["icc"].median(), 2),
            ]
        )
    columns = [
        *(say("Compared"), say("Sequence"), say("Family"), say("Training patients"), say("Features")),
        *(say("Robust"), say("Median ICC")),
    ]
    absent = [code for code in dict.fromkeys(robustness["reason"].dropna()) if code in set(map(str, SENTENCES))]
    words = {str(code): sentence for code, sentence in SENTENCES.items()}
    notes = [
        say(
            "ICC(A,1), two-way, absolute agreement. Robust: {rule}. Measured on training patients of development "
            "hospitals alone.",
            rule=rule,
        ),
        *(say("{what}: {why}", what=say("No ICC"), why=sentence(words[code], say)) for code in absent),
    ]
    return DisplayTable("robustness", say("Features that stay the same."), columns, rows, 3, notes, sources)


def selected_table(
    selected: pd.DataFrame, models: Mapping[str, str], sources: Sequence[str] = (), say: Say = english
) -> DisplayTable:
    """The ICC of each feature in the scores, as pingouin computes it."""
    rows = [
        [
            str(row["signature"]),
            str(row["column"]),
            _kind(row["kind"], say),
            integer(row["subjects"]),
            with_interval(row["icc"], row["low"], row["high"], 2),
        ]
        for _, row in selected.drop_duplicates(["signature", "column", "kind"]).iterrows()
    ]
    columns = [say("Score"), say("Feature"), say("Compared"), say("Training patients"), say("ICC(A,1) (95% CI)")]
    caption = say("Robustness of the features in the scores.")
    return DisplayTable("robustness-selected", caption, columns, rows, 3, [], sources)


def _kind(kind: object, say: Say) -> str:
    """What was compared; 'intra <reader>' is one reader with himself."""
    known = {"perturbation": say("Perturbations"), "inter": say("Between readers")}
    return known.get(str(kind), say("One reader twice ({reader})", reader=str(kind).split()[-1]))
