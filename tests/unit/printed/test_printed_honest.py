"""How often tables of patients, odds ratios, flow, shares and correlations are wrongly accused, and what is found."""

from __future__ import annotations

import numpy as np
import pytest

from helpers.honest_tables import impossible, spoil, study


@pytest.fixture(scope="module")
def papers():
    return [study(np.random.default_rng(seed))[0] for seed in range(6)]


@pytest.mark.slow
def test_honest_tables_are_not_accused(papers):
    """A part of those that were simulated; docs/how-to/audit_printed.md says how many there were."""
    assert not [found for tables in papers for found in impossible(tables)]


@pytest.mark.slow
@pytest.mark.parametrize("error", ["flow", "percent", "statistic"])
def test_planted_errors_are_found(papers, error):
    random = np.random.default_rng(0)
    spoiled = [new for tables in papers if (new := spoil(random, tables, error)) not in (None, tables)]
    assert sum(bool(impossible(tables)) for tables in spoiled) >= len(spoiled) - 2
