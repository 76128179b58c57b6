"""Tables of any study, as computed and as printed, hold no number that the audit calls impossible."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers import own_results
from osteon.reporting.language import language
from osteon.reporting.own_audit import audit_study, require_possible


@pytest.mark.slow
@settings(max_examples=4)
@given(seed=st.integers(0, 10**6), code=st.sampled_from(["en", "zh"]))
def test_own_tables_are_clean(tmp_path_factory, seed, code):
    say, (content, further) = language(code), own_results.results(seed)
    folder = own_results.write(content, further, tmp_path_factory.mktemp("tables"), say)
    findings = audit_study(content, further, folder, say)
    require_possible(findings)
    assert findings
