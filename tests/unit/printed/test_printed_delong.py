"""Checks of a table of comparisons."""

from __future__ import annotations

import pytest
from scipy.stats import chi2, norm

from osteon.printed.auc import hanley_error
from osteon.printed.delong import delong_findings, possible_errors
from osteon.printed.findings import Verdict
from osteon.printed.forms import DeLong, Performance
from osteon.printed.numbers import parse

MODELS = {"a": ("0.740", "0.670", "0.810"), "b": ("0.700", "0.627", "0.773"), "c": ("0.806", "0.744", "0.868")}


def performance(models=None, sizes=(85, 108)):
    empty = dict.fromkeys(Performance.__dataclass_fields__)
    return [
        Performance(
            **empty
            | {"model": model, "set": "Internal", "negative_n": sizes[0], "positive_n": sizes[1]}
            | dict(zip(("auc", "low", "high"), map(parse, cells), strict=True))
        )
        for model, cells in (models or MODELS).items()
    ]


def compared(*rows, rounded=3):
    return [
        DeLong(
            "internal ", first, second, None if z is None else parse(f"{z:.{rounded}f}", True), parse(p) if p else None
        )
        for first, second, z, p in rows
    ]


def found(rows, models=None, sizes=(85, 108)):
    return delong_findings(rows, performance(models, sizes), "t")


def of(findings, item):
    return [finding.verdict for finding in findings if finding.item == item]


def p_of(z, law=lambda z: 2 * norm.sf(abs(z))):
    return f"{law(z):.3f}"


ZS = {("a", "b"): 1.1, ("a", "c"): -2.0, ("b", "c"): -3.2}


def table(law=lambda z: 2 * norm.sf(abs(z)), sign=1):
    return compared(*((*pair, sign * z, p_of(z, law)) for pair, z in ZS.items()))


def test_a_true_table():
    findings = found(table())
    assert set(of(findings, "p from z")) == {Verdict.REPRODUCED}
    assert of(findings, "sign of z") == [Verdict.CONSISTENT] * 3
    assert of(findings, "standard error of the difference") == [Verdict.CONSISTENT] * 3


@pytest.mark.slow
def test_a_wrong_p():
    rows = compared(("a", "b", 1.1, p_of(1.1)), ("a", "c", -2.0, "0.064"), ("b", "c", -3.2, p_of(3.2)))
    assert of(found(rows), "p from z") == [Verdict.REPRODUCED, Verdict.IMPOSSIBLE, Verdict.REPRODUCED]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("law", "words"),
    [
        (lambda z: norm.sf(abs(z)), "one-sided"),
        (lambda z: chi2.sf(abs(z), 1), "chi-square"),
        (lambda z: min(1, 6 * norm.sf(abs(z))), "Bonferroni"),
    ],
)
def test_another_law_must_give_the_whole_table(law, words):
    findings = [one for one in found(table(law)) if one.item == "p from z"]
    assert {one.verdict for one in findings} == {Verdict.REPRODUCED}
    assert words in findings[1].how
    mixed = [*table(law)[:2], compared(("b", "c", -0.9, "0.300"))[0]]
    assert Verdict.IMPOSSIBLE in of(found(mixed), "p from z")


def test_signs():
    assert of(found(table(sign=-1)), "sign of z") == [Verdict.CONSISTENT] * 3  # the second minus the first
    absolute = compared(*((*pair, abs(z), p_of(z)) for pair, z in ZS.items()))
    assert of(found(absolute), "sign of z") == [Verdict.CONSISTENT] * 3
    rows = compared(("a", "b", 1.1, p_of(1.1)), ("a", "c", -2.0, p_of(2.0)), ("c", "b", -3.2, p_of(3.2)))
    assert of(found(rows), "sign of z") == [Verdict.CONSISTENT, Verdict.CONSISTENT, Verdict.IMPOSSIBLE]


def test_a_standard_error_that_no_pair_of_scores_has():
    rows = compared(("a", "c", -0.1, p_of(0.1)))
    (finding,) = [one for one in found(rows) if one.item == "standard error of the difference"]
    assert finding.verdict is Verdict.IMPOSSIBLE
    assert "less than -0.2" in finding.how
    assert of(found(compared(("a", "c", None, "0.920"))), "standard error of the difference") == [Verdict.IMPOSSIBLE]


def test_a_correlation_above_one():
    """Intervals of very different width cannot belong to scores that hardly differ."""
    models = {"a": ("0.820", "0.762", "0.878"), "b": ("0.800", "0.700", "0.900")}
    rows = compared(("a", "b", 3.29, "0.001"))
    (finding,) = [one for one in found(rows, models, (60, 60)) if one.item == "standard error of the difference"]
    assert finding.verdict is Verdict.IMPOSSIBLE
    assert "more than 1" in finding.how


def test_intervals_of_hanley_and_mcneil_tell_no_standard_error():
    """They follow from AUC and numbers alone, so only what holds for all scores is used."""
    models = {}
    for model, value in (("a", 0.924), ("b", 0.952)):
        half = 1.96 * hanley_error(value, 300, 60)
        models[model] = tuple(f"{end:.3f}" for end in (value, value - half, value + half))
    rows = compared(("a", "b", -0.52, "0.603"))
    assert of(found(rows, models, (60, 300)), "standard error of the difference") == [Verdict.CONSISTENT]
    lower = {model: (cells[0], f"{float(cells[1]) + 0.003:.3f}", cells[2]) for model, cells in models.items()}
    assert of(found(rows, lower, (60, 300)), "standard error of the difference") == [Verdict.IMPOSSIBLE]


def test_names_that_the_other_table_lacks():
    (p, error) = found(compared(("a", "x", 1.0, "0.317")))
    assert (p.verdict, error.verdict) == (Verdict.REPRODUCED, Verdict.CANNOT)
    assert "names" in error.how


def test_possible_errors():
    assert possible_errors((0.03, 0.03), (0.05, 0.05), 0) == pytest.approx((0.02, 0.08))
    least, most = possible_errors((0.03, 0.04), (0.035, 0.05), 10**6)
    assert least == 0
    assert most == pytest.approx((0.04**2 + 0.05**2 + 2 * 0.2025 * 0.04 * 0.05) ** 0.5)
