"""Tables 4 and 5 of the published study: what can be said about them, no more and no less."""

from __future__ import annotations

import pytest

from osteon.printed.delong import delong_findings
from osteon.printed.findings import Verdict
from osteon.printed.performance import performance_findings
from osteon.printed.reading import read_forms


@pytest.fixture(scope="module")
def forms(shared):
    return read_forms(shared / "published" / "osteoporosis_mri")


def by_item(findings):
    found = {}
    for one in findings:
        found.setdefault(one.item, {})[one.row] = one.verdict
    return found


def test_table_4(forms):
    found = by_item(performance_findings(forms.rows("performance"), "table4"))
    assert len(found["confusion matrix"]) == 6
    assert set(found["confusion matrix"].values()) == {Verdict.IMPOSSIBLE}
    assert set(found["F1 from precision and recall"].values()) == {Verdict.IMPOSSIBLE}
    assert set(found["AUC against sensitivity and specificity"].values()) == {Verdict.CONSISTENT}
    for row, verdict in found["confidence interval of the AUC"].items():
        assert verdict is (Verdict.CONSISTENT if row.startswith("combined") else Verdict.IMPOSSIBLE), row


def test_table_5(forms):
    found = by_item(delong_findings(forms.rows("delong"), forms.rows("performance"), "table5"))
    assert set(found) == {"p from z", "sign of z", "standard error of the difference"}
    assert list(found["p from z"].values()) == [Verdict.REPRODUCED] * 6
    assert set(found["sign of z"].values()) == {Verdict.CONSISTENT}
    assert set(found["standard error of the difference"].values()) == {Verdict.CONSISTENT}
