"""Whole numbers of patients that could stand behind a row of rounded measures of classification.

All confusion matrices with the printed numbers of patients are tried: true positives 0 to n1, true negatives 0 to n0.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from osteon.printed.numbers import FUZZ, Printed

METRICS = ("sensitivity", "specificity", "accuracy", "precision", "npv", "f1", "balanced_accuracy", "youden", "mcc")
NAMES = {"npv": "NPV", "f1": "F1", "balanced_accuracy": "balanced accuracy", "youden": "Youden index", "mcc": "MCC"}
# Measures that software averages over the two classes, and the ways in which it does.
AVERAGED = ("sensitivity", "specificity", "precision", "f1")
PLAIN = "plain"
WORDS = {
    "other": "of the other class",
    "macro": "as the mean of both classes (macro)",
    "weighted": "as the weighted mean of both classes",
    "micro": "over both classes (micro), which is the accuracy",
    "macro_harmonic": "from macro precision and recall",
    "weighted_harmonic": "from weighted precision and recall",
}


@dataclass(frozen=True)
class Matrices:
    """Confusion matrices of `positives` and `negatives` patients, given by their counts on the diagonal."""

    tp: np.ndarray
    tn: np.ndarray
    positives: int
    negatives: int

    def __len__(self) -> int:
        return len(self.tp)

    def keep(self, mask: np.ndarray) -> Matrices:
        """Those for which the mask is true."""
        return Matrices(self.tp[mask], self.tn[mask], self.positives, self.negatives)

    def words(self, index: int) -> str:
        """'TP 69, FN 39, FP 25, TN 60'."""
        tp, tn = int(self.tp[index]), int(self.tn[index])
        return f"TP {tp}, FN {self.positives - tp}, FP {self.negatives - tn}, TN {tn}"


@dataclass(frozen=True)
class Fit:
    """Matrices that give every printed measure.

    Attributes:
        matrices: in terms of the class that counts as positive here.
        swapped: the class without the outcome counts as positive.
        averages: measures that fit only under another meaning, with the meaning (a key of `WORDS`).
    """

    matrices: Matrices
    swapped: bool
    averages: dict[str, str]

    @property
    def plain(self) -> bool:
        """Every measure means what its name says."""
        return not self.swapped and not self.averages

    def words(self) -> str:
        """What a reader must assume, for example 'F1 as the mean of both classes (macro)'; '' if nothing."""
        parts = ["the patients without the outcome counted as positive"] if self.swapped else []
        parts += [f"{name_of(metric)} {WORDS[meaning]}" for metric, meaning in self.averages.items()]
        return " and ".join(parts)


def name_of(metric: str) -> str:
    """The measure as written in a sentence."""
    return NAMES.get(metric, metric)


def values_of(matrices: Matrices, metric: str, meaning: str = PLAIN) -> np.ndarray:
    """A measure of many confusion matrices.

    Args:
        matrices: the matrices.
        metric: one of `METRICS`.
        meaning: `PLAIN`, or for the measures in `AVERAGED` a key of `WORDS`.

    Returns:
        One value per matrix; 0 where the denominator is empty, as software prints it.

    Verified against scikit-learn (its averages too).
    """
    tp, tn, n1, n0 = (matrices.tp, matrices.tn, matrices.positives, matrices.negatives)
    called, rejected = tp + n0 - tn, tn + n1 - tp
    share = {"macro": (0.5, 0.5), "weighted": (n1 / (n1 + n0), n0 / (n1 + n0))}
    if meaning == "micro" or metric == "accuracy":
        return (tp + tn) / (n1 + n0)
    if meaning.endswith("_harmonic"):
        kind = meaning.removesuffix("_harmonic")
        precision, recall = values_of(matrices, "precision", kind), values_of(matrices, "sensitivity", kind)
        return _ratio(2 * precision * recall, precision + recall)
    if metric in AVERAGED:
        own, other = {
            "sensitivity": lambda: (tp / n1, tn / n0),
            "specificity": lambda: (tn / n0, tp / n1),
            "precision": lambda: (_ratio(tp, called), _ratio(tn, rejected)),
            "f1": lambda: (_ratio(2 * tp, n1 + called), _ratio(2 * tn, n0 + rejected)),
        }[metric]()
        if meaning in share:
            return share[meaning][0] * own + share[meaning][1] * other
        return other if meaning == "other" else own
    if metric == "npv":
        return _ratio(tn, rejected)
    if metric == "balanced_accuracy":
        return (tp / n1 + tn / n0) / 2
    if metric == "youden":
        return tp / n1 + tn / n0 - 1
    root = np.sqrt(called.astype(float) * rejected * n1 * n0)
    return _ratio(tp * tn - (n1 - tp) * (n0 - tn), root)


def find_fit(printed: Mapping[str, Printed], positives: int, negatives: int) -> Fit | None:
    """Confusion matrices that give every printed measure, under the plainest meaning that has any.

    Tried in this order, each with either class as the positive one: every measure as it is called; precision and F1
    averaged over the classes, or of the other class; recall, precision and F1 averaged alike (recall alone is not: a
    paper that averages it averages the others too).

    Args:
        printed: ranges by name of `METRICS`.
        positives: patients with the outcome, at least 1.
        negatives: patients without, at least 1.

    Returns:
        None where no matrix fits under any meaning. 1000 and 1000 patients take some tenths of a second.
    """
    for meanings in _conventions(printed):
        for swapped in (False, True):
            found = fitting(printed, *((negatives, positives) if swapped else (positives, negatives)), meanings)
            if len(found):
                return Fit(found, swapped, _averages(found, printed, meanings))
    return None


def fitting(
    printed: Mapping[str, Printed],
    positives: int,
    negatives: int,
    meanings: Mapping[str, tuple[str, ...]] | None = None,
) -> Matrices:
    """All confusion matrices that give every printed measure, each under one of its allowed `meanings` (or plain)."""
    allowed = {metric: (meanings or {}).get(metric, (PLAIN,)) for metric in printed}

    def side(metric: str, total: int) -> np.ndarray:
        counts = np.arange(total + 1)
        return counts[_holds(printed[metric], counts / total)] if allowed.get(metric) == (PLAIN,) else counts

    # shares of one class limit one count each, which leaves few matrices for the others
    tp, tn = np.meshgrid(side("sensitivity", positives), side("specificity", negatives), indexing="ij")
    found = Matrices(tp.ravel(), tn.ravel(), positives, negatives)
    for metric in printed:
        fits = np.zeros(len(found), dtype=bool)
        for meaning in allowed[metric]:
            fits |= _holds(printed[metric], values_of(found, metric, meaning))
        found = found.keep(fits)
    return found


def contradictions(printed: Mapping[str, Printed], positives: int, negatives: int) -> list[tuple[str, ...]]:
    """The smallest sets of measures, as they are called, that no confusion matrix gives together; [] if one gives all.

    A set of one measure is the check of single proportions known as GRIM (Brown, Heathers 2017): 0.634 is no share of
    108 patients.
    """
    everything = _all_matrices(positives, negatives)
    # one bit per measure that a matrix gives; few different patterns remain of up to a million matrices
    code = np.zeros(len(everything), dtype=np.int64)
    for bit, metric in enumerate(printed):
        code |= _holds(printed[metric], values_of(everything, metric)).astype(np.int64) << bit
    patterns = np.flatnonzero(np.bincount(code, minlength=1))
    for size in range(1, len(printed) + 1):
        sets = [
            chosen
            for chosen in combinations(range(len(printed)), size)
            if not ((patterns & (mask := sum(1 << bit for bit in chosen))) == mask).any()
        ]
        if sets:
            names = list(printed)
            return [tuple(names[bit] for bit in chosen) for chosen in sets]
    return []


def arithmetic(printed: Mapping[str, Printed], chosen: tuple[str, ...], positives: int, negatives: int) -> str:
    """Why the measures of a smallest contradictory set cannot stand together: what the last one could be instead."""
    *given, last = chosen
    target = printed[last]
    matrices = fitting({metric: printed[metric] for metric in given}, positives, negatives)
    values = values_of(matrices, last)
    nearest = [
        (float(values[index]), matrices.words(index))
        for index in (_last_below(values, target.low), _first_above(values, target.high))
        if index is not None
    ]
    if not given and last in ("sensitivity", "specificity", "accuracy"):
        total = {"sensitivity": positives, "specificity": negatives}.get(last, positives + negatives)
        shares = " and ".join(f"{round(value * total)}/{total} = {value:.4f}" for value, _ in nearest)
        return f"{last} {target} of {total}: the nearest are {shares}"
    start = f"with {' and '.join(f'{name_of(metric)} {printed[metric]}' for metric in given)} " if given else ""
    would = " or ".join(f"{value:.4f} ({words})" for value, words in nearest)
    return f"{start}{name_of(last)} can be at nearest {would}, printed {target}"


def _conventions(printed: Mapping[str, Printed]) -> Iterator[dict[str, tuple[str, ...]]]:
    yield {}
    if "precision" not in printed and "f1" not in printed:
        return
    yield {
        "precision": (PLAIN, "other", "macro", "weighted", "micro"),
        "f1": (PLAIN, "other", "macro", "weighted", "micro", "macro_harmonic"),
    }
    if "sensitivity" in printed:
        for kind in ("macro", "weighted"):
            yield {
                "sensitivity": (kind,),
                "specificity": (PLAIN, kind),
                "precision": (kind,),
                "f1": (kind, f"{kind}_harmonic"),
            }


def _averages(
    found: Matrices, printed: Mapping[str, Printed], meanings: Mapping[str, tuple[str, ...]]
) -> dict[str, str]:
    """The meanings under which the first matrix fits, where they are not the plain ones."""
    first = found.keep(np.arange(len(found)) == 0)
    used = {
        metric: next(kind for kind in meanings[metric] if _holds(printed[metric], values_of(first, metric, kind))[0])
        for metric in printed
        if metric in meanings
    }
    return {metric: kind for metric, kind in used.items() if kind != PLAIN}


def _all_matrices(positives: int, negatives: int) -> Matrices:
    tp, tn = np.meshgrid(np.arange(positives + 1), np.arange(negatives + 1), indexing="ij")
    return Matrices(tp.ravel(), tn.ravel(), positives, negatives)


def _holds(printed: Printed, values: np.ndarray) -> np.ndarray:
    return (values >= printed.low - FUZZ) & (values <= printed.high + FUZZ)


def _last_below(values: np.ndarray, limit: float) -> int | None:
    below = np.where(values < limit, values, -np.inf)
    return int(np.argmax(below)) if np.isfinite(below).any() else None


def _first_above(values: np.ndarray, limit: float) -> int | None:
    above = np.where(values > limit, values, np.inf)
    return int(np.argmin(above)) if np.isfinite(above).any() else None


def _ratio(top: np.ndarray, bottom: np.ndarray) -> np.ndarray:
    return np.divide(top, bottom, out=np.zeros(np.shape(top)), where=np.asarray(bottom) > 0)
