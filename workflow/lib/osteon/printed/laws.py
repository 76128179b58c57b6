"""Tests that an honest paper may have used, from counts, from a rank sum or from means: statistic and p of each.

Verified against scipy and against the published Table 2 (tests/reference/test_reference_printed.py).
"""

from __future__ import annotations

import math
import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

import numpy as np
from scipy import stats

YATES = "chi-square with Yates' correction"
PEARSON = "chi-square without correction"
FISHER = "Fisher's exact test"
LIKELIHOOD = "likelihood-ratio chi-square"
# Fisher's test of more than two levels enumerates tables; beyond this it is not computed.
MOST_TABLES = 400_000
# Group sizes up to which software takes the exact distribution of U: of both groups (R), or of one (scipy).
EXACT_BOTH, EXACT_ONE = 50, 8
MOST_PAIRS = 10_000


@dataclass(frozen=True)
class Law:
    """A test applied to given data: the statistics that software may print for it, and its two-sided p.

    A statistic is (what it is, as `family` names it; its value).
    """

    name: str
    statistics: tuple[tuple[str, float], ...]
    p: float

    @property
    def words(self) -> str:
        """Name and numbers."""
        kind, value = self.statistics[0] if self.statistics else ("", 0.0)
        shown = f"{'odds ratio ' if kind == 'fisher' else ''}{value:.4f}, " if kind else ""
        return f"{self.name}: {shown}p = {self.p:.4g}"


def family(label: str) -> str:
    """What a table calls its statistic: 'chi2', 'fisher', 'z', 't', 'u', 'w', 'f', 'h', or '' if it is unknown."""
    plain = re.sub(r"[\s_\-'’²^()]", "", label.lower().replace("χ", "chi"))
    for name, pattern in (
        ("fisher", r"fisher.*"),
        ("chi2", r"(chi|x2|x$|pearson|yates|likelihood|g$).*"),
        ("u", r"(u|mannwhitney.*|mwu.*)"),
        ("w", r"(w|wilcoxon.*|ranksum.*)"),
        ("h", r"(h|kruskal.*)"),
        ("f", r"(f|anova.*)"),
        ("z", r"(z|zvalue)"),
        ("t", r"(t|tvalue|ttest|student.*|welch.*)"),
    ):
        if re.fullmatch(pattern, plain):
            return name
    return ""


def laws_of_counts(counts: np.ndarray) -> list[Law]:
    """Every test of a table of counts that software offers, those that are used most first.

    Args:
        counts: one row per level, two columns (without and with the outcome).
    """
    table = np.asarray(counts, dtype=float)
    table = table[table.sum(axis=1) > 0]
    if len(table) < 2 or (table.sum(axis=0) == 0).any():
        return []
    total, two = table.sum(), len(table) == 2
    pearson, p_pearson, freedom, _ = stats.chi2_contingency(table, correction=False)
    ratio, p_ratio, _, _ = stats.chi2_contingency(table, correction=False, lambda_="log-likelihood")
    root = (("z", math.sqrt(pearson)),) if two else ()
    laws = []
    if two:
        yates, p_yates, _, _ = stats.chi2_contingency(table, correction=True)
        laws.append(Law(YATES, (("chi2", yates), ("z", math.sqrt(yates))), p_yates))
    laws.append(Law(PEARSON, (("chi2", pearson), *root), p_pearson))
    laws += _fisher(table)
    laws.append(Law(LIKELIHOOD, (("chi2", ratio),), p_ratio))
    if two:
        laws += _two_by_two(table, pearson)
        yates_ratio, p_yates_ratio, _, _ = stats.chi2_contingency(table, correction=True, lambda_="log-likelihood")
        laws.append(Law(f"{LIKELIHOOD} with Yates' correction", (("chi2", yates_ratio),), p_yates_ratio))
    corrected = {"chi-square with N - 1": pearson}
    if two:
        corrected["Mantel-Haenszel's chi-square with continuity correction"] = yates
    for name, value in corrected.items():
        smaller = value * (total - 1) / total
        laws.append(Law(name, (("chi2", smaller),), float(stats.chi2.sf(smaller, freedom))))
    laws += _ranked(table)
    return laws


def _two_by_two(table: np.ndarray, pearson: float) -> Iterator[Law]:
    total = table.sum()
    across = abs(table[0, 0] * table[1, 1] - table[0, 1] * table[1, 0])
    if across < total / 2:  # the correction is larger than what it corrects; some software takes it nevertheless
        yates = total * (across - total / 2) ** 2 / (table.sum(axis=0).prod() * table.sum(axis=1).prod())
        yield Law(f"{YATES}, beyond zero", (("chi2", yates),), float(stats.chi2.sf(yates, 1)))
    shares = table[0] / table.sum(axis=0)
    error = math.sqrt(float((shares * (1 - shares) / table.sum(axis=0)).sum()))
    if error > 0:
        z = abs(float(shares[1] - shares[0])) / error
        yield Law("z of two proportions, unpooled", (("z", z),), float(2 * stats.norm.sf(z)))
    if pearson < total:  # a 0/1 variable in a t test
        t = math.sqrt(pearson / total * (total - 2) / (1 - pearson / total))
        yield Law("t test of a variable coded 0 and 1", (("t", t),), float(2 * stats.t.sf(t, total - 2)))
    if (table > 0).all():
        z = abs(math.log(table[0, 0] * table[1, 1] / (table[0, 1] * table[1, 0]))) / math.sqrt((1 / table).sum())
        yield Law("Wald's test of the log odds ratio", (("z", z), ("chi2", z * z)), float(2 * stats.norm.sf(z)))


def _fisher(table: np.ndarray) -> Iterator[Law]:
    """Fisher's exact test and its mid-p; of more than two levels Freeman and Halton's, where it can be enumerated."""
    rows, (first, _) = table.sum(axis=1).astype(int), table.sum(axis=0).astype(int)
    if len(rows) == 2:
        _, p = stats.fisher_exact(table)
        at = stats.hypergeom.pmf(table[0, 0], table.sum(), rows[0], first)
        odds = tuple(("fisher", ratio) for ratio in _odds_ratios(table))
        yield Law(FISHER, odds, float(p))
        yield Law("Fisher's exact test with mid-p", odds, float(p - at / 2))
        side = min(float(stats.fisher_exact(table, alternative=one)[1]) for one in ("less", "greater"))
        yield Law("Fisher's exact test, one-sided", odds, side)
        yield Law("Fisher's exact test, twice the one-sided p", odds, min(1.0, 2 * side))
        return
    free = [np.arange(row + 1) for row in rows[:-1]]
    if math.prod(map(len, free)) > MOST_TABLES:
        return
    cells = np.array(list(product(*free)))
    last = first - cells.sum(axis=1)
    cells = np.column_stack([cells, last])[(last >= 0) & (last <= rows[-1])]
    chances = stats.multivariate_hypergeom.pmf(cells, m=rows, n=first)
    at = stats.multivariate_hypergeom.pmf(table[:, 0].astype(int), m=rows, n=first)
    yield Law(FISHER, (), float(min(1.0, chances[chances <= at * (1 + 1e-7)].sum())))


def _odds_ratios(table: np.ndarray) -> list[float]:
    """Odds ratios that software prints beside Fisher's test, either way round: of the counts (0 where a cell is empty;
    an infinite one is no number), of the counts plus a half, and R's conditional maximum of the likelihood."""
    found = []
    for counts in (table, table + 0.5):
        (a, b), (c, d) = counts
        found += [top / bottom for top, bottom in ((a * d, b * c), (b * c, a * d)) if bottom > 0]
    conditional = float(stats.contingency.odds_ratio(table.astype(int)).statistic)
    if math.isfinite(conditional):
        found += [conditional] + ([1 / conditional] if conditional > 0 else [0.0])
    return found


def _ranked(table: np.ndarray) -> Iterator[Law]:
    """Mann-Whitney on the levels in their printed order, and the trend test (equal steps)."""
    groups = [np.repeat(np.arange(len(table)), column.astype(int)) for column in table.T]
    n, m = map(len, groups)
    u = float(stats.mannwhitneyu(*groups, method="asymptotic", use_continuity=False).statistic)
    sums = [("u", u), ("u", n * m - u), ("w", u + n * (n + 1) / 2), ("w", n * m - u + m * (m + 1) / 2)]
    for corrected in (False, True):
        p = float(stats.mannwhitneyu(*groups, method="asymptotic", use_continuity=corrected).pvalue)
        z = float(stats.norm.isf(p / 2))
        name = "Mann-Whitney on the levels" + (" with continuity correction" if corrected else "")
        yield Law(name, (("z", z), ("h", z * z), *sums), p)
    if len(table) > 2:
        r = np.corrcoef(np.concatenate(groups), np.repeat([0, 1], [n, m]))[0, 1]
        for name, trend in (("linear-by-linear", (n + m - 1) * r * r), ("Cochran-Armitage", (n + m) * r * r)):
            yield Law(
                f"{name} test of trend", (("chi2", trend), ("z", math.sqrt(trend))), float(stats.chi2.sf(trend, 1))
            )


def p_of_rank_sum(u: float, first: int, second: int) -> list[Law]:
    """Two-sided p of Mann-Whitney's U from the group sizes: normal approximation, and exact for small groups.

    Ties are unknown: they make the true p smaller than these.
    """
    middle, error = first * second / 2, math.sqrt(first * second * (first + second + 1) / 12)
    laws = []
    for name, less in (("normal approximation", 0.0), ("normal approximation with continuity correction", 0.5)):
        z = max(0.0, abs(u - middle) - less) / error
        laws.append(Law(name, (("z", z),), float(2 * stats.norm.sf(z))))
    small = max(first, second) <= EXACT_BOTH or min(first, second) <= EXACT_ONE
    if small and first * second <= MOST_PAIRS:
        # ties can make U a half; software then takes a neighbor of it
        for whole in dict.fromkeys((math.floor(u), math.ceil(u))):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                p = stats.mannwhitneyu(*_sample_with(whole, first, second), method="exact").pvalue
            laws.append(Law("exact distribution", (), float(p)))
    return laws


def smallest_p_of_rank_sum(u: float, first: int, second: int, largest_tie: float) -> float:
    """The least p that ties can bring U's p to, if no value is shared by more than a share `largest_tie` of all."""
    blocks = math.floor(1 / largest_tie)
    kept = 1 - blocks * largest_tie**3 - (1 - blocks * largest_tie) ** 3
    if kept <= 0:  # all may be tied
        return 0.0
    error = math.sqrt(first * second * (first + second + 1) / 12 * kept)
    return float(2 * stats.norm.sf(abs(u - first * second / 2) / error))


def _sample_with(u: int, first: int, second: int) -> tuple[np.ndarray, np.ndarray]:
    """Two samples without ties whose U is `u`: the top values of the first stand above the whole second."""
    above, rest = divmod(u, second)
    ranks = np.arange(second) * 2.0 + 1  # 1, 3, 5: the gaps between them take the first group's values
    own = np.concatenate([-1.0 - np.arange(first - above - (rest > 0)), [2.0 * rest] * (rest > 0)])
    return np.concatenate([own, 2.0 * second + 1 + np.arange(above)]), ranks


@dataclass(frozen=True)
class Range:
    """Least and greatest value over all inputs that round to what is printed."""

    low: float
    high: float


def t_of_means(
    means: tuple[Range, Range], deviations: tuple[Range, Range], sizes: tuple[int, int], welch: bool
) -> tuple[Range, Range]:
    """|t| of two groups from printed means and standard deviations, and the degrees of freedom that it can have.

    Args:
        means, deviations: ranges of both groups.
        sizes: patients, at least 2 each.
        welch: unequal variances; their ratio, on which the degrees of freedom depend, is taken at both of its ends.
    """
    far = max(means[0].high - means[1].low, means[1].high - means[0].low)
    near = max(0.0, means[0].low - means[1].high, means[1].low - means[0].high)
    (n, m), ends = sizes, []
    for side in ("low", "high"):
        a, b = (getattr(one, side) ** 2 for one in deviations)
        pooled = ((n - 1) * a + (m - 1) * b) / (n + m - 2)
        ends.append(math.sqrt(a / n + b / m if welch else pooled * (1 / n + 1 / m)))
    freedom = _welch_freedom(deviations, sizes) if welch else Range(n + m - 2, n + m - 2)
    low = near / ends[1] if ends[1] > 0 else math.inf
    return Range(low, far / ends[0] if ends[0] > 0 else math.inf), freedom


def _welch_freedom(deviations: tuple[Range, Range], sizes: tuple[int, int]) -> Range:
    """Welch's degrees of freedom; they depend on the first group's share of the variance of the difference."""
    n, m = sizes
    (low, high), (other_low, other_high) = (
        (one.low**2 / size, one.high**2 / size) for one, size in zip(deviations, sizes, strict=True)
    )
    if high + other_high == 0:
        return Range(1, n + m - 2)
    shares = [low / (low + other_high or 1.0), high / (high + other_low or 1.0)]
    ends = [1 / (share**2 / (n - 1) + (1 - share) ** 2 / (m - 1)) for share in shares]
    most = (n - 1) / (n + m - 2)
    return Range(min(ends), n + m - 2 if shares[0] <= most <= shares[1] else max(ends))
