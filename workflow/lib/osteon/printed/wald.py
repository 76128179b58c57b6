"""Does an odds ratio fit its interval, z and p? Every printed number is a range; the question is linear in b and SE."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
from scipy import optimize, stats

from osteon.printed.forms import Logistic
from osteon.printed.numbers import Printed
from osteon.printed.odds import QUANTILE

# Profile-likelihood intervals are shifted by up to this times SE^2 (binary variables, all sizes tried), and wider.
SHIFT_BY_ERROR, WIDTH_BY_ERROR = 0.7, 0.12
# For variables on other scales, skewed ones among them: shift in units of SE for n patients of the rarer outcome,
# the first / sqrt(n), and wider by the second / n.
SHIFT_BY_SIZE, WIDTH_BY_SIZE = 5.0, 5.0
UNKNOWN_SIZE = 150
# Coefficients from here on have no odds ratio that a computer can hold.
LARGEST = 700.0
# z of the likelihood-ratio test is at most this times SE (or the second over sqrt(n), if more) above Wald's, and a
# share of that below. Skewed variables need the second: with 24 patients z of 2.07 and 2.75 were seen.
TEST_BY_ERROR, TEST_BY_SIZE, TEST_BELOW = 1.3, 2.0, 0.3
# Exact limits of an odds ratio are wider by this times SE, and z of exact p differs by up to this times SE: the
# continuity correction is half a patient, and the two tails of Fisher's test are not alike.
EXACT_WIDTH, EXACT_TEST = 0.4, 0.8
WIDTH = 0.02


def ratio(b: float) -> float:
    """The odds ratio of a coefficient; of one that no exponential can hold, infinite."""
    return math.exp(b) if b < LARGEST else math.inf


def parts_of(row: Logistic) -> dict[str, Printed]:
    """What is printed of a row, by its name in sentences."""
    named = {
        "coefficient": row.coefficient,
        "SE": row.se,
        "OR": row.odds_ratio,
        "lower limit": row.low,
        "upper limit": row.high,
        "z": row.z,
        "Wald chi-square": row.wald,
        "p": row.p,
    }
    return {name: part for name, part in named.items() if part is not None}


def follows(parts: dict[str, Printed]) -> bool:
    """Do coefficient and SE, as printed or as OR and z give them, round to everything else that is printed?"""
    if "coefficient" not in parts and ("OR" not in parts or parts["OR"].value <= 0):
        return False
    b = parts["coefficient"].value if "coefficient" in parts else math.log(parts["OR"].value)
    if "SE" in parts:
        se = parts["SE"].value
    elif "z" in parts and parts["z"].value * b > 0:
        se = b / parts["z"].value
    else:
        return False
    if se <= 0:
        return False
    given = {
        "OR": ratio(b),
        "lower limit": ratio(b - QUANTILE * se),
        "upper limit": ratio(b + QUANTILE * se),
        "z": b / se,
        "Wald chi-square": (b / se) ** 2,
        "p": float(2 * stats.norm.sf(abs(b / se))),
    }
    return all(part.holds(given[name]) for name, part in parts.items() if name in given)


def possible(
    parts: dict[str, Printed], smallest: int | None = None, profile: bool = False, exact: bool = False
) -> bool:
    """Is there a coefficient and a standard error for which everything that is printed is a rounding?

    Args:
        parts: what is printed (`parts_of`).
        smallest: patients of the rarer outcome, if known.
        profile: allow the interval to be one of the profile likelihood, and p to be that of its test.
        exact: allow the exact interval of two groups, and Fisher's p, where nothing of Wald's is printed.
    """
    largest = _largest_error(parts)
    root = math.sqrt(smallest or UNKNOWN_SIZE)
    shift = max(SHIFT_BY_ERROR * largest, SHIFT_BY_SIZE / root) if profile else 0.0
    # p beside a printed z, or its square, is that of z
    other_test = profile and not {"z", "Wald chi-square"} & parts.keys()
    loose = max(TEST_BY_ERROR * largest, TEST_BY_SIZE / root) + WIDTH if other_test else 0.0
    wider = WIDTH + max(WIDTH_BY_ERROR * largest**2, WIDTH_BY_SIZE / root**2) if profile else 1e-3
    exact = exact and not {"z", "Wald chi-square", "SE", "coefficient"} & parts.keys()
    wider, less = (wider + EXACT_WIDTH * largest, EXACT_TEST * largest) if exact else (wider, 0.0)
    for sign in (1, -1):
        rows, limits = [], []
        for row, limit in _constraints(parts, sign, shift, wider, loose, less):
            if math.isfinite(limit) and all(map(math.isfinite, row)):
                rows.append(row)
                limits.append(limit)
        if not rows:
            return True
        rows, limits = _scaled(np.array(rows), np.array(limits))
        # b, SE and the interval's shift; SE is scaled by its constraints alone
        bounds = [(None, None), (0, None), (None, None)]
        if optimize.linprog(np.zeros(3), A_ub=rows, b_ub=limits, bounds=bounds).status == 0:
            return True
    return False


def _scaled(rows: np.ndarray, limits: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Each constraint with a largest coefficient of 1 and room for the last binary digit."""
    size = np.abs(rows).max(axis=1)
    return rows / size[:, None], limits / size + 1e-6 * np.minimum(1.0, np.abs(limits / size)) + 1e-9


def _largest_error(parts: dict[str, Printed]) -> float:
    """The largest standard error that the interval allows; 0 without one."""
    if "SE" in parts:
        return parts["SE"].high
    if {"lower limit", "upper limit"} - parts.keys():
        return 0.0
    if parts["lower limit"].low <= 0:  # printed as 0.00: the upper half is at least half of it
        known = "OR" in parts and parts["OR"].low > 0
        return max(0.0, math.log(parts["upper limit"].high / parts["OR"].low)) * 2 / QUANTILE if known else 0.0
    return max(0.0, math.log(parts["upper limit"].high / parts["lower limit"].low)) / (2 * QUANTILE)


def _constraints(
    parts: dict[str, Printed], sign: int, shift: float, wider: float, loose: float, less: float
) -> Iterator[tuple[tuple[float, float, float], float]]:
    """Rows (of b, SE, shift) and limits of 'row x unknowns <= limit', for a coefficient of one sign."""
    narrower = max(1e-3, wider / 2)
    yield (-sign, 0, 0), 0.0
    yield (0, -shift, 1), 0.0
    yield (0, -shift, -1), 0.0
    for name, part in parts.items():
        if name == "coefficient":
            yield (1, 0, 0), part.high
            yield (-1, 0, 0), -part.low
        elif name == "OR":
            yield (1, 0, 0), _log(part.high)
            yield (-1, 0, 0), -_log(part.low)
        elif name == "SE":
            yield (0, 1, 0), part.high
            yield (0, -1, 0), -part.low
        elif name == "lower limit":
            yield (1, -QUANTILE * (1 + wider), 1), _log(part.high)
            yield (-1, QUANTILE * (1 - narrower), -1), -_log(part.low)
        elif name == "upper limit":
            yield (1, QUANTILE * (1 - narrower), 1), _log(part.high)
            yield (-1, -QUANTILE * (1 + wider), -1), -_log(part.low)
        elif name == "z":
            yield (1, -part.high, 0), 0.0
            yield (-1, part.low, 0), 0.0
        elif name == "Wald chi-square":
            yield (sign, -math.sqrt(max(0.0, part.high)), 0), 0.0
            yield (-sign, math.sqrt(max(0.0, part.low)), 0), 0.0
        else:
            low, high = (float(stats.norm.isf(min(1.0, p) / 2)) for p in (part.high, part.low))
            yield (sign, -high * (1 + loose) - less, 0), 0.0
            yield (-sign, max(0.0, low * (1 - TEST_BELOW * loose) - less), 0), 0.0


def _log(x: float) -> float:
    return math.log(x) if x > 0 else -math.inf
