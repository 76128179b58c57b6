"""Simulated papers whose printed numbers are true, and ways to spoil one of them."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.stats import beta, norm

from osteon.printed.forms import DeLong, Performance
from osteon.printed.numbers import Printed, parse
from osteon.statistics.auc import auc, compare_auc, delong

SHAPES = ("normal", "unequal", "skewed", "mixture", "bounded", "ordinal")
MODELS = ("clinical", "radiomics", "combined")
# What a paper may mean by F1 and precision.
MEANINGS = ("plain", "plain", "plain", "macro", "weighted", "macro_f1", "all_macro", "all_weighted", "swapped")
ERRORS = ("digit", "folds", "columns", "f1", "p", "z", "sign", "auc")


@dataclass(frozen=True)
class Paper:
    """The two tables."""

    performance: tuple[Performance, ...]
    comparisons: tuple[DeLong, ...]
    digits: int


def printed(value: float, digits: int, signed: bool = False) -> Printed:
    """A number as Python rounds it."""
    return parse(f"{value:.{digits}f}", signed)


def printed_p(p: float, digits: int) -> Printed:
    return parse("<0.001" if p < 0.001 else f"{p:.{digits}f}")


def scores(random: np.random.Generator, outcome: np.ndarray, shape: str) -> np.ndarray:
    """(3, n): two scores whose errors go together or not, and one made of both."""
    n, gain = len(outcome), random.uniform(0.2, 2.2, 2)
    together = random.choice([0.0, 0.3, 0.6, 0.9])
    noise = np.sqrt(together) * random.normal(size=n) + np.sqrt(1 - together) * random.normal(size=(2, n))
    if shape == "unequal":
        noise = noise * np.where(outcome == 1, random.choice([0.4, 0.6, 1.6, 2.5]), 1.0)
    elif shape == "skewed":
        noise = -np.log(norm.sf(noise).clip(1e-12))
    shift = gain[:, None] * outcome
    if shape == "mixture":
        shift = shift * 2 * (random.random(n) < 0.5)
    found = np.vstack([noise + shift, (noise + shift).mean(axis=0)])
    if shape == "bounded":
        found = 1 / (1 + np.exp(-2 * found))
    return np.round(found * 1.5) if shape == "ordinal" else found


def measures(tp: int, tn: int, n1: int, n0: int, meaning: str) -> dict[str, float] | None:
    """Measures of a confusion matrix as a paper may define them; None where a denominator is empty."""
    if meaning == "swapped":
        tp, tn, n1, n0 = tn, tp, n0, n1
    fp, fn = n0 - tn, n1 - tp
    if not (tp + fp and tn + fn and tp and tn):
        return None
    recall, precision = np.array([tp / n1, tn / n0]), np.array([tp / (tp + fp), tn / (tn + fn)])
    f1 = 2 * recall * precision / (recall + precision)
    mean = np.array([n1, n0]) / (n1 + n0) if "weighted" in meaning else np.array([0.5, 0.5])
    averaged = "macro" in meaning or "weighted" in meaning
    return {
        "sensitivity": recall @ mean if meaning.startswith("all_") else recall[0],
        "specificity": recall[1],
        "accuracy": (tp + tn) / (n1 + n0),
        "precision": precision @ mean if averaged and meaning != "macro_f1" else precision[0],
        "npv": precision[1],
        "f1": f1 @ mean if averaged else f1[0],
        "balanced_accuracy": recall.mean(),
        "youden": recall.sum() - 1,
        "mcc": (tp * tn - fp * fn) / np.sqrt(float(tp + fp) * (tn + fn) * n1 * n0),
    }


def interval(random: np.random.Generator, outcome: np.ndarray, score: np.ndarray, kind: str) -> tuple[float, float]:
    """A 95 % interval of the AUC, made as `kind` says."""
    positive = outcome == 1
    if kind == "bootstrap":
        cases, controls = score[positive], score[~positive]
        wins = (cases[:, None] > controls) + 0.5 * (cases[:, None] == controls)
        n, m = wins.shape
        drawn = [
            random.multinomial(n, np.full(n, 1 / n)) @ wins @ random.multinomial(m, np.full(m, 1 / m)) / (n * m)
            for _ in range(500)
        ]
        return tuple(np.quantile(drawn, [0.025, 0.975]))
    values, covariance = delong(outcome, score)
    value, error = values[0], np.sqrt(covariance[0, 0])
    if kind == "hanley":
        n, m = int(positive.sum()), int((~positive).sum())
        q1, q2 = value / (2 - value), 2 * value**2 / (1 + value)
        square = value * (1 - value) + (n - 1) * (q1 - value**2) + (m - 1) * (q2 - value**2)
        error = np.sqrt(square / (n * m))
    if kind == "binomial":
        n, count = len(outcome), value * len(outcome)
        return beta.ppf(0.025, count, n - count + 1), beta.ppf(0.975, count + 1, n - count)
    if kind == "logit":
        half = norm.ppf(0.975) * error / (value * (1 - value))
        middle = np.log(value / (1 - value))
        return 1 / (1 + np.exp(half - middle)), 1 / (1 + np.exp(-half - middle))
    low, high = value - norm.ppf(0.975) * error, value + norm.ppf(0.975) * error
    return (max(low, 0.0), min(high, 1.0)) if kind != "uncut" else (low, high)


def honest_paper(random: np.random.Generator, bootstrap: bool = True, least: int = 10) -> Paper:
    """A paper with three models in two sets of patients; everything in it was computed, then rounded.

    Args:
        random: generator.
        bootstrap: some papers have bootstrap intervals, which take most of the time.
        least: patients of the smaller class, at least.
    """
    digits = int(random.choice([2, 3]))
    meaning = str(random.choice(MEANINGS))
    kind = str(random.choice(["delong", "delong", "logit", "hanley", "uncut", "binomial"] + ["bootstrap"] * bootstrap))
    more = [name for name in ("npv", "balanced_accuracy", "youden", "mcc") if random.random() < 0.3]
    less = ["accuracy"] if random.random() < 0.2 else []
    backwards = random.random() < 0.2
    rows, comparisons = [], []
    for name in ("internal", "external"):
        n1, n0 = (int(size) for size in np.exp(random.uniform(np.log(least), np.log(400), 2)))
        outcome = np.repeat([1, 0], [max(n1, least), max(n0, least)])
        values = scores(random, outcome, str(random.choice(SHAPES)))
        members = dict(zip(MODELS, values, strict=True))
        for model, score in members.items():
            row = _row(random, model, name, outcome, score, kind, meaning, digits, more, less)
            if row is not None:
                rows.append(row)
        for first, second in (("clinical", "radiomics"), ("clinical", "combined"), ("radiomics", "combined")):
            result = compare_auc(outcome, members[first], members[second])
            if not np.isnan(result.z):
                z = printed(-result.z if backwards else result.z, digits, signed=True)
                comparisons.append(DeLong(name, first, second, z, printed_p(result.p, digits)))
    return Paper(tuple(rows), tuple(comparisons), digits)


def _row(random, model, name, outcome, score, kind, meaning, digits, more, less) -> Performance | None:
    positive, estimate = outcome == 1, auc(outcome, score)
    called = score >= np.quantile(score, random.uniform(0.25, 0.75))
    found = measures(int((called & positive).sum()), int((~called & ~positive).sum()), *_sizes(positive), meaning)
    if found is None or np.isnan(estimate.low):
        return None
    shown = {
        metric: printed(value, digits, signed=metric in ("youden", "mcc"))
        for metric, value in found.items()
        if metric in more
        or (metric in ("sensitivity", "specificity", "accuracy", "precision", "f1") and metric not in less)
    }
    low, high = interval(random, outcome, score, kind)
    n1, n0 = _sizes(positive)
    limits = {"auc": printed(estimate.value, digits), "low": printed(low, digits), "high": printed(high, digits)}
    empty = dict.fromkeys(Performance.__dataclass_fields__)
    return Performance(**(empty | {"model": model, "set": name, "negative_n": n0, "positive_n": n1} | limits | shown))


def _sizes(positive: np.ndarray) -> tuple[int, int]:
    return int(positive.sum()), int((~positive).sum())


def spoil(random: np.random.Generator, paper: Paper, error: str) -> Paper:
    """The same paper with one error of a kind in `ERRORS` in its first row or comparison."""
    row, rest = paper.performance[0], paper.performance[1:]
    first, others = paper.comparisons[0], paper.comparisons[1:]
    unit = 10.0**-paper.digits

    def moved(number: Printed, least: int = 1, most: int = 9) -> Printed:
        """Another digit at the last or the last but one place."""
        by = random.integers(least, most + 1) * unit * random.choice([1, 10]) * random.choice([-1, 1])
        value = number.value + by
        return printed(value if 0 <= value <= 1 else number.value - by, paper.digits)

    if error == "digit":
        metric = random.choice(
            [m for m in ("sensitivity", "specificity", "accuracy", "precision", "f1") if getattr(row, m)]
        )
        row = replace(row, **{str(metric): moved(getattr(row, str(metric)))})
    elif error == "folds":
        shrink = 1 / np.sqrt(random.choice([5, 10]))
        value = row.auc.value
        ends = (value + (end.value - value) * shrink for end in (row.low, row.high))
        row = replace(row, **dict(zip(("low", "high"), (printed(end, paper.digits) for end in ends), strict=True)))
    elif error == "columns":
        row = replace(row, sensitivity=row.precision, precision=row.sensitivity, f1=row.specificity, specificity=row.f1)
    elif error == "f1":
        row = replace(row, f1=printed((row.precision.value + row.sensitivity.value) / 2, paper.digits))
    elif error == "auc":
        low, high = row.sensitivity.value * row.specificity.value, row.auc.value
        row = replace(
            row, auc=printed(max(0.0, min(low, high) - random.uniform(0.02, 0.1)), paper.digits), low=None, high=None
        )
    elif error == "p":
        first = replace(first, p=printed_p(min(1.0, first.p.value + random.uniform(0.02, 0.3)), paper.digits))
    elif error == "z":
        first = replace(first, z=printed(first.z.value * random.uniform(1.3, 3), paper.digits, signed=True))
    elif error == "sign":
        first = replace(first, z=printed(-first.z.value, paper.digits, signed=True))
    return Paper((row, *rest), (first, *others), paper.digits)
