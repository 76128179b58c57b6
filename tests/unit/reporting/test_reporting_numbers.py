"""Numbers as journals print them."""

from __future__ import annotations

import math

import numpy as np
import pytest

from osteon.reporting.numbers import estimated, integer, interval, number, p_value, percent, significant, with_interval


@pytest.mark.parametrize(
    ("p", "text"),
    [
        (0.0, "<0.001"),
        (0.00099, "<0.001"),
        (0.001, "0.001"),
        (0.0494, "0.049"),
        (0.05, "0.050"),
        (0.5, "0.500"),
        (0.9991, ">0.999"),
        (1.0, ">0.999"),
        (math.nan, "–"),
        (None, "–"),
    ],
)
def test_p_values_as_journals_print_them(p, text):
    assert p_value(p) == text


def test_no_p_value_ever_reads_as_zero_or_one():
    texts = {p_value(p) for p in np.concatenate([np.linspace(0, 1, 4001), 10.0 ** -np.arange(1, 12)])}
    assert not texts & {"0.000", "1.000"}


@pytest.mark.parametrize("p", [-0.1, 1.1])
def test_p_value_outside_0_and_1_is_refused(p):
    with pytest.raises(ValueError, match="between 0 and 1"):
        p_value(p)


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [
        (0.8064, 3, "0.806"),
        (-0.3, 2, "−0.30"),
        (-0.0001, 2, "0.00"),
        (float("nan"), 2, "–"),
        (np.float64(2), 0, "2"),
    ],
)
def test_fixed_decimals(value, digits, text):
    assert number(value, digits) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (726.0, "726"),
        (0.8750, "0.875"),
        (3.3, "3.3"),
        (-6.178, "−6.18"),
        (0.000012, "1.20e−05"),
        (0, "0"),
        (1234567.0, "1.23e+06"),
        (300.0, "300"),
        (None, "–"),
    ],
)
def test_significant_digits(value, text):
    assert significant(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (-35, "−35.0"),
        (5.7, "5.70"),
        (0.0035, "0.00350"),
        (9.996, "10.0"),  # not 10.00
        (0.09996, "0.100"),
        (12345.6, "12346"),
        (0, "0"),
        (-3.3e-17, "−3.30e−17"),
        (2.5e7, "2.50e+07"),
        (math.nan, "–"),
    ],
)
def test_estimates_keep_their_last_zeros(value, text):
    assert estimated(value) == text


def test_intervals():
    assert with_interval(0.8064, 0.7381, 0.8729) == "0.806 (0.738–0.873)"
    assert with_interval(-0.081, -0.2, 0.04, 2) == "−0.08 (−0.20 to 0.04)"
    assert with_interval(0.8064, math.nan, math.nan) == "0.806"
    assert with_interval(math.nan, None, None) == "–"
    assert interval(None, 1) == ""


def test_counts_and_shares():
    assert integer(12.0) == "12"
    assert integer(math.nan) == "–"
    assert percent(0.5509) == "55.1%"
    assert percent(None) == "–"
