"""Printed numbers as ranges."""

from __future__ import annotations

import math

import pytest

from osteon.printed.numbers import parse


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("0.740", 0.7395, 0.7405),
        (".75", 0.745, 0.755),
        ("·75", 0.745, 0.755),
        ("33.6%", 0.3355, 0.3365),
        ("<0.001", 0.0, 0.001),
        ("≤.05", 0.0, 0.05),
        ("p < 0.01", 0.0, 0.01),
        (">0.999", 0.999, 1.0),
        (">20", 20.0, math.inf),
        ("0.000", 0.0, 0.0005),
        ("−2.05", -2.055, -2.045),
        ("–2.05", -2.055, -2.045),
        ("７．１", 7.05, 7.15),
        ("1,095", 1094.5, 1095.5),
        ("0.05*", 0.045, 0.055),
        ("2e3", 1500, 2500),
        ("5", 4.5, 5.5),
    ],
)
def test_range_of_a_printed_number(text, low, high):
    found = parse(text)
    assert (found.low, found.high) == pytest.approx((low, high), abs=1e-12)
    assert found.text == text
    assert found.holds(found.value)


def test_both_roundings_of_a_tie_and_nothing_further():
    found = parse("0.74")
    assert found.holds(0.735)
    assert found.holds(0.745)
    assert not found.holds(0.7349)
    assert not found.holds(0.7451)
    assert not found.holds(math.nan)
    assert found.holds(0.7349, slack=0.0002)


def test_meets_asks_for_a_common_value():
    found = parse("0.74")
    assert found.meets(0.70, 0.736)
    assert found.meets(0.70, 0.80)
    assert not found.meets(0.70, 0.7349)
    assert not found.meets(0.7451, 0.80)


def test_a_zero_says_how_it_is_printed_and_may_be_negative_where_signs_are():
    assert parse("0.000").note == "printed as 0.000"
    assert not parse("0.001").note
    assert parse("0.00", signed=True).low == pytest.approx(-0.005)


@pytest.mark.parametrize("text", ["", " ", "-", "—", "NA", "n/a", None])
def test_nothing_printed(text):
    assert parse(text) is None


@pytest.mark.parametrize("text", ["0,74,5", "abc", "0.7-0.8", "1.2.3", "<"])
def test_what_is_no_number_says_what_to_type(text):
    with pytest.raises(ValueError, match="Write it as printed, for example"):
        parse(text)
