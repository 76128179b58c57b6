"""Simulated printed tables of patients, odds ratios, flow, shares and correlations whose numbers are true, and ways to
spoil one of them. They are printed as text, so that the reading of forms is tried as well."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from scipy import optimize, special, stats

from osteon.printed.audit import table_findings
from osteon.printed.findings import Finding, Verdict
from osteon.printed.reading import Forms, read_form
from osteon.printed.sheets import Sheet

Tables = dict[str, list[dict[str, str]]]
COUNT_TESTS = ("yates", "pearson", "fisher", "r_fisher", "expected", "likelihood", "minus_one")
SHAPES = ("normal", "lognormal", "zeros", "score", "whole")
ERRORS = ("count", "percent", "statistic", "p", "odds_ratio", "limit", "z", "flow", "share", "r", "median")


@dataclass
class Style:
    """How one paper computes and prints; drawn once for all of its tables."""

    p_digits: int
    smallest_p: str
    digits: int
    percent: str
    counts: str
    ranks: str
    means: str
    odds: str
    odds_p: str
    odds_digits: int
    names: dict[str, str] = field(default_factory=dict)


def style(random: np.random.Generator) -> Style:
    def one(*choices):
        return choices[random.integers(len(choices))]

    return Style(
        one(2, 3, 3, 4), one("<0.001", "<.001", "P<0.001", "0.000", "<0.05"), one(1, 2, 3),
        one("", "{c} ({g:.1f}%)", "{c} ({g:.0f})", "{c} ({l:.1f}%)", "{c}/{n} ({g:.2f})", "{c}（{g:.1f}）"),
        one(*COUNT_TESTS), one("U", "U", "Z", "Z_tied", "W", "none"), one("student", "welch"),
        one("wald", "wald", "profile", "firth", "exact", "per_sd"), one("wald", "ratio", "score"), one(2, 2, 3),
    )  # fmt: skip


def p_text(p: float, way: Style) -> str:
    if way.smallest_p == "<0.05":
        return "<0.05" if p < 0.05 else ">0.05"
    if p < 0.001 and (way.smallest_p != "0.000" or p < 0.0005):
        return way.smallest_p
    return f"{p:.{way.p_digits}f}"


def study(random: np.random.Generator, least: int = 12) -> tuple[Tables, Style]:
    """A paper about two or three sets of patients."""
    way = style(random)
    sets = ["train", "internal", "external"][: random.integers(2, 4)]
    tables: Tables = {"baseline": [], "logistic": [], "correlations": [], "flow": [], "shares": []}
    missing = random.random() < 0.4
    sizes = {}
    for name in sets:
        n0, n1 = (int(n) for n in np.exp(random.uniform(np.log(least), np.log(500), 2)))
        if random.random() < 0.1:
            n1 = n0
        sizes[name] = n0 + n1
        outcome = np.repeat([0, 1], [n0, n1])
        columns = {f"b{i}": binary(random, outcome) for i in range(5)}
        columns |= {f"c{i}": continuous(random, outcome, str(random.choice(SHAPES))) for i in range(3)}
        levels = random.choice(3, len(outcome), p=random.dirichlet([2, 2, 2]))
        for values in columns.values():
            if missing and random.random() < 0.4:
                values[random.random(len(outcome)) < 0.03] = np.nan
        for variable, values in columns.items():
            known = ~np.isnan(values)
            row = {"set": name, "variable": variable, "level": "", "nop_n": str((known & (outcome == 0)).sum())}
            row["op_n"] = str((known & (outcome == 1)).sum())
            parts = [values[known & (outcome == code)] for code in (0, 1)]
            tables["baseline"].append(row | (counted if variable[0] == "b" else measured)(random, parts, way))
        tables["baseline"] += several(levels, outcome, name, way)
        if name == "train":
            tables["logistic"] = regression(random, columns, outcome, way)
        if name == sets[random.integers(len(sets))] and not tables["correlations"]:
            for variable in ("b0", "b1", "c0"):
                known = ~np.isnan(columns[variable])
                if len(set(columns[variable][known])) > 1:
                    r = np.corrcoef(columns[variable][known], outcome[known])[0, 1]
                    tables["correlations"].append({"variable": variable, "r": f"{r:.2f}"})
    out = int(random.integers(0, 60))
    total = sum(sizes.values())
    tables["flow"] = [{"step": "listed", "n": f"{total + out}", "of": "", "percent": ""}]
    of_all = random.random() < 0.5
    for step, n, of in [("excluded", out, "listed"), ("all", total, "listed")] + [
        (k, v, "all") for k, v in sizes.items()
    ]:
        percent = f"{100 * n / (total + out if of_all else {'listed': total + out, 'all': total}[of]):.1f}%"
        tables["flow"].append({"step": step, "n": str(n), "of": of, "percent": percent})
    parts = random.dirichlet([1.5] * random.integers(3, 12))
    unit, decimals = ("%", 1) if random.random() < 0.7 else ("", 3)
    shown = [f"{100 * part:.1f}%" if unit else f"{part:.{decimals}f}" for part in parts]
    tables["shares"] = [{"item": f"i{k}", "share": text, "group": "g" if k < 2 else ""} for k, text in enumerate(shown)]
    both = parts[:2].sum()
    tables["shares"].append({"item": "g", "share": f"{100 * both:.1f}%" if unit else f"{both:.3f}", "group": ""})
    return tables, way


def binary(random: np.random.Generator, outcome: np.ndarray) -> np.ndarray:
    share = random.choice([0.01, 0.05, 0.2, 0.5])
    return (random.random(len(outcome)) < special.expit(special.logit(share) + random.normal() * outcome)).astype(float)


def continuous(random: np.random.Generator, outcome: np.ndarray, shape: str) -> np.ndarray:
    z = random.normal(size=len(outcome)) + random.choice([0, 0.3, 0.8]) * outcome
    if shape == "normal":
        return np.round(65 + 9 * z, 1)
    if shape == "lognormal":
        return np.round(np.exp(2 + 0.8 * z), 1)
    if shape == "zeros":
        return np.where(random.random(len(z)) < random.uniform(0.3, 0.7), 0.0, np.round(np.exp(3 + 0.5 * z)))
    if shape == "score":
        return np.clip(np.round(2.5 + z), 0, 5)
    return np.round(65 + 9 * z)


def counted(random: np.random.Generator, parts: list[np.ndarray], way: Style) -> dict[str, str]:
    """A line of counts with the paper's test."""
    table = np.array([[part.sum() for part in parts], [(1 - part).sum() for part in parts]]).astype(int)
    row = {"kind": "count", "level": "yes"}
    for name, part, count in zip(("nop_value", "op_value"), parts, table[0], strict=True):
        share, level = 100 * count / len(part), 100 * count / max(table[0].sum(), 1)
        row[name] = (way.percent or "{c}").format(c=count, g=share, l=level, n=len(part))
    return row | count_test(table, way)


def count_test(table: np.ndarray, way: Style) -> dict[str, str]:
    if (table.sum(axis=1) == 0).any():
        return {"statistic": "-", "label": "", "p": "-"}
    test, two = way.counts, len(table) == 2
    expected = stats.contingency.expected_freq(table)
    if test == "expected":
        least = expected.min()
        test = "fisher" if least < 1 else "yates" if least < 5 else "pearson"
    if not two and test in ("fisher", "r_fisher"):
        test = "pearson"
    if test in ("fisher", "r_fisher"):
        odds = stats.fisher_exact(table)[0] if test == "fisher" else stats.contingency.odds_ratio(table).statistic
        text = {0.0: "0.000", np.inf: "inf"}.get(float(odds), f"{odds:.{way.digits}f}")
        return {"statistic": text, "label": "Fisher", "p": p_text(stats.fisher_exact(table)[1], way)}
    kind = {"likelihood": "log-likelihood"}.get(test)
    found = stats.chi2_contingency(table, correction=test == "yates", lambda_=kind)
    value, p = found.statistic, found.pvalue
    if test == "minus_one":
        value *= (table.sum() - 1) / table.sum()
        p = stats.chi2.sf(value, found.dof)
    return {"statistic": f"{value:.{way.digits}f}", "label": "χ2", "p": p_text(p, way)}


def several(levels: np.ndarray, outcome: np.ndarray, name: str, way: Style) -> list[dict[str, str]]:
    """A variable of three levels, the test on its first line."""
    table = np.array([[((levels == k) & (outcome == code)).sum() for code in (0, 1)] for k in range(3)])
    table = table[table.sum(axis=1) > 0]
    sizes = table.sum(axis=0)
    rows = [
        {
            "set": name, "variable": "m", "level": f"l{k}", "kind": "count", "nop_n": str(sizes[0]),
            "op_n": str(sizes[1]), "nop_value": f"{a} ({100 * a / sizes[0]:.1f}%)",
            "op_value": f"{b} ({100 * b / sizes[1]:.1f}%)", "statistic": "", "label": "", "p": "",
        }
        for k, (a, b) in enumerate(table)
    ]  # fmt: skip
    if len(table) == 3:
        rows[0] |= count_test(table, way)
        for row in rows[1:]:
            row["variable"] = ""  # as a printed table leaves it
    return rows


def measured(random: np.random.Generator, parts: list[np.ndarray], way: Style) -> dict[str, str]:
    """A line of medians or means with the paper's test."""
    first, second = parts
    if way.ranks == "none" or random.random() < 0.3:
        digits = way.digits % 3
        cells = [f"{part.mean():.{digits}f} ± {part.std(ddof=1):.{digits}f}" for part in parts]
        found = stats.ttest_ind(first, second, equal_var=way.means == "student")
        return {"kind": "mean_sd", "nop_value": cells[0], "op_value": cells[1]} | {
            "statistic": f"{found.statistic:.{way.digits}f}", "label": "t", "p": p_text(found.pvalue, way)
        }  # fmt: skip
    wide = random.random() < 0.5
    cells = []
    for part in parts:
        low, middle, high = np.quantile(part, [0.25, 0.5, 0.75])
        cells.append(f"{middle:.1f} ({low:.1f}-{high:.1f})" if wide else f"{middle:.1f} ({high - low:.1f})")
    found = stats.mannwhitneyu(first, second, use_continuity=random.random() < 0.5, method="asymptotic")
    if way.p_digits == 4 and max(map(len, parts)) < 30:
        found = stats.mannwhitneyu(first, second, method="exact")
    u = min(found.statistic, len(first) * len(second) - found.statistic)
    z = stats.norm.isf(found.pvalue / 2)
    statistic, label = {
        "U": (f"{u:.1f}", "U"),
        "Z": (f"{u:.1f}", "Z"),
        "Z_tied": (f"{-z:.{way.digits}f}", "Z"),
        "W": (f"{found.statistic + len(first) * (len(first) + 1) / 2:.1f}", "W"),
    }[way.ranks]
    row = {"kind": "median_iqr", "nop_value": cells[0], "op_value": cells[1], "statistic": statistic}
    return row | {"label": label, "p": p_text(found.pvalue, way)}


def fit(design: np.ndarray, outcome: np.ndarray, firth: bool) -> tuple[np.ndarray, np.ndarray, float]:
    """Coefficients, their covariance, and the (penalised) log likelihood."""
    b = np.zeros(design.shape[1])
    for _ in range(300):
        p = special.expit(design @ b)
        w = p * (1 - p)
        information = design.T @ (design * w[:, None])
        covariance = np.linalg.pinv(information)
        residual = outcome - p
        if firth:
            hat = np.einsum("ij,jk,ik->i", design, covariance, design) * w
            residual = residual + hat * (0.5 - p)
        step = covariance @ (design.T @ residual)
        b = b + np.clip(step, -0.7, 0.7)
        if np.abs(step).max() < 1e-10:
            break
    p = special.expit(design @ b).clip(1e-300, 1 - 1e-16)
    likelihood = float((outcome * np.log(p) + (1 - outcome) * np.log(1 - p)).sum())
    return b, covariance, likelihood + (0.5 * np.linalg.slogdet(information)[1] if firth else 0.0)


def regression(
    random: np.random.Generator, columns: dict[str, np.ndarray], outcome: np.ndarray, way: Style
) -> list[dict[str, str]]:
    """Univariable rows of all variables, and a multivariable model of some."""
    complete = np.all([~np.isnan(values) for values in columns.values()], axis=0)
    strict = random.random() < 0.5  # all rows of complete patients
    rows = []
    for name, values in columns.items():
        use = complete if strict else ~np.isnan(values)
        x, y = values[use], outcome[use]
        if name[0] == "b" and way.odds == "exact":
            rows.append(exact_row(name, x, y, way))
            continue
        if (way.odds == "per_sd" or name[0] == "c") and x.std() > 0:
            x = x / x.std()
        rows.append(wald_row("univariable", name, [x], y, way))
    chosen = [name for name in columns if random.random() < 0.5][:4]
    for name in chosen:
        others = [columns[other][complete] for other in chosen if other != name]
        rows.append(wald_row("multivariable", name, [columns[name][complete], *others], outcome[complete], way))
    return [row for row in rows if row is not None]


def exact_row(name: str, x: np.ndarray, y: np.ndarray, way: Style) -> dict[str, str] | None:
    table = np.array([[((x == a) & (y == b)).sum() for b in (1, 0)] for a in (1, 0)])
    if (table == 0).any():
        return None
    found = stats.contingency.odds_ratio(table)
    low, high = found.confidence_interval(0.95)
    texts = [f"{value:.{way.odds_digits}f}" for value in (found.statistic, low, high)]
    return {"analysis": "univariable", "variable": name, "or": f"{texts[0]} ({texts[1]}-{texts[2]})", "z": ""} | {
        "p": p_text(stats.fisher_exact(table)[1], way)
    }


def wald_row(analysis: str, name: str, x: list[np.ndarray], y: np.ndarray, way: Style) -> dict[str, str] | None:
    """A row of one variable, adjusted for the others; None where the likelihood has no maximum."""
    firth = way.odds == "firth"
    scale = x[0].std()
    if scale == 0:
        return None
    design = np.column_stack([np.ones(len(y)), *[(one - one.mean()) / (one.std() or 1) for one in x]])
    b, covariance, best = fit(design, y, firth)
    se = float(np.sqrt(covariance[1, 1]))
    if not firth and (any(separated(one, y) for one in x) or se > 3 or np.abs(design @ b).max() > 12):
        return None
    without = fit(np.delete(design, 1, axis=1), y, firth)[2]

    def loss(value: float) -> float:
        return 2 * (best - profile_likelihood(design, y, value, firth)) - stats.chi2.ppf(0.95, 1)

    low, high = b[1] - 1.959964 * se, b[1] + 1.959964 * se
    if way.odds == "profile":
        low = optimize.brentq(loss, b[1] - 9 * se, b[1], xtol=1e-6)
        high = optimize.brentq(loss, b[1], b[1] + 9 * se, xtol=1e-6)
    z = b[1] / se
    p = 2 * stats.norm.sf(abs(z))
    shows_z = way.odds_p == "wald"
    if way.odds_p == "ratio" and not firth:
        p = stats.chi2.sf(2 * (best - without), 1)
    elif way.odds_p == "score" and analysis == "univariable" and not firth:
        r = np.corrcoef(x[0], y)[0, 1]
        p = stats.chi2.sf(len(y) * r * r, 1)
    texts = [f"{np.exp(value / scale):.{way.odds_digits}f}" for value in (b[1], low, high)]
    row = {"analysis": analysis, "variable": name, "or": f"{texts[0]} ({texts[1]}-{texts[2]})"}
    return row | {"z": f"{z:.{way.odds_digits}f}" if shows_z else "", "p": p_text(p, way)}


def separated(x: np.ndarray, y: np.ndarray) -> bool:
    """Has a variable of two values an empty cell?"""
    values = np.unique(x)
    return len(values) < 3 and not all(((x == a) & (y == b)).any() for a in values for b in (0, 1))


def profile_likelihood(design: np.ndarray, y: np.ndarray, value: float, firth: bool) -> float:
    """Maximum of the log likelihood with the second coefficient held."""
    offset, rest = design[:, 1] * value, np.delete(design, 1, axis=1)
    b = np.zeros(rest.shape[1])
    for _ in range(300):
        p = special.expit(rest @ b + offset)
        w = (p * (1 - p)).clip(1e-12)
        step = np.linalg.pinv(rest.T @ (rest * w[:, None])) @ rest.T @ (y - p)
        b = b + np.clip(step, -0.7, 0.7)
        if np.abs(step).max() < 1e-9:
            break
    p = special.expit(rest @ b + offset).clip(1e-300, 1 - 1e-16)
    return float((y * np.log(p) + (1 - y) * np.log(1 - p)).sum())


def read(tables: Tables) -> Forms:
    """The tables as the audit reads them from files."""
    found, problems = [], []
    for kind, rows in tables.items():
        if not rows:
            continue
        headers = tuple(dict.fromkeys(header for row in rows for header in row))
        lines = [tuple(row.get(header, "") for header in headers) for row in rows]
        table, wrong = read_form(Sheet(f"{kind}.csv", tuple(enumerate([headers, *lines], start=1))))
        problems += wrong
        found.append(table)
    return Forms(tuple(found), tuple(problems))


def impossible(tables: Tables) -> list[Finding]:
    """What the audit calls impossible."""
    forms = read(tables)
    found = [one for table in forms.tables for one in table_findings(table, forms)]
    return [one for one in found if one.verdict is Verdict.IMPOSSIBLE]


def other_digit(random: np.random.Generator, text: str) -> str:
    """The text with one digit, not a leading zero, replaced or two neighbours swapped."""
    places = [i for i, one in enumerate(text) if one.isdigit()]
    if not places:
        return text
    at = places[random.integers(len(places))]
    new = str((int(text[at]) + random.integers(1, 10)) % 10)
    return text[:at] + new + text[at + 1 :]


def spoil(random: np.random.Generator, tables: Tables, error: str) -> Tables | None:
    """The same tables with one error of a kind in `ERRORS`; None if no cell can have it."""
    kind, column, wanted = {
        "count": ("baseline", "op_value", lambda row: row["kind"] == "count"),
        "percent": ("baseline", "op_value", lambda row: row["kind"] == "count" and "(" in row["op_value"]),
        "statistic": ("baseline", "statistic", lambda row: row["statistic"][:1].isdigit() and "<" not in row["p"]),
        "p": ("baseline", "p", lambda row: row["p"].startswith("0.0") and row["p"] != "0.000"),
        "odds_ratio": ("logistic", "or", lambda row: True),
        "limit": ("logistic", "or", lambda row: True),
        "z": ("logistic", "z", lambda row: row["z"] != ""),
        "flow": ("flow", "n", lambda row: row["of"] == "all"),
        "share": ("shares", "share", lambda row: True),
        "r": ("correlations", "r", lambda row: row["variable"][0] == "b"),
        "median": ("baseline", "nop_value", lambda row: row["kind"] == "median_iqr" and "-" in row["nop_value"]),
    }[error]
    places = [i for i, row in enumerate(tables[kind]) if wanted(row)]
    if not places:
        return None
    at = places[random.integers(len(places))]
    text = tables[kind][at][column]
    front, _, back = text.partition(" (")
    new = {
        "count": lambda: other_digit(random, front) + (f" ({back}" if back else ""),
        "percent": lambda: f"{front} ({other_digit(random, back)}",
        "odds_ratio": lambda: f"{other_digit(random, front)} ({back}",
        "limit": lambda: f"{front} ({other_digit(random, back)}",
        "median": lambda: f"{other_digit(random, front)} ({back}",
    }.get(error, lambda: other_digit(random, text))()
    return tables | {kind: [row | {column: new} if i == at else row for i, row in enumerate(tables[kind])]}
