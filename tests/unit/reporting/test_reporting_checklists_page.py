"""The page of the checklists shows every item once, with its evidence, and the METRICS score of the proposals."""

from __future__ import annotations

import re

import pandas as pd
import pytest

from helpers import report_study
from osteon.reporting.checklists import CHECKLISTS, checklist, propose
from osteon.reporting.checklists_page import checklists_page, counts_table
from osteon.reporting.evidence import NO, NOT_APPLICABLE, PERSON, YES
from osteon.reporting.language import language
from osteon.reporting.study_facts import PLACES, StudyFacts

FILES = frozenset(place.replace("*", "x") for patterns in PLACES.values() for place in patterns)


@pytest.fixture(scope="module")
def tables():
    facts = StudyFacts(report_study.study(), FILES)
    return {key: propose(checklist(key), facts) for key in CHECKLISTS}


def test_every_item_has_a_row_with_its_status_its_evidence_and_a_box(tables):
    page = checklists_page(tables, "A study")
    rows = re.findall(r'<th scope="row">([^<]+)</th>\s*<td>(.*?)</td>\s*<td><span class="status ([a-z-]+)">', page)
    expected = [(row.id, row.status.replace(" ", "-")) for table in tables.values() for row in table.itertuples()]
    assert [(one, kind) for one, _, kind in rows] == expected
    assert page.count('class="box"') == len(expected)
    links = set(re.findall(r'href="\.\./\.\./([^"]+)"', page))
    assert links == {link for table in tables.values() for link in table["link"] if link} | {"START_HERE.html"}


def test_the_score_is_a_range_until_a_person_has_looked():
    items = checklist("metrics").items
    status = {"3": PERSON, "4": NO, "17": NOT_APPLICABLE}
    rows = [
        {"id": one["id"], "section": "s", "item": "i", "status": status.get(one["id"], YES), "evidence": "e"}
        for one in items
    ]
    table = pd.DataFrame(rows).assign(link="", note="")
    # weights in the paper: item 3 has 0.0919, item 4 has 0.0438, item 17 (does not apply) has 0.02
    low, high = 100 * (0.98 - 0.0438 - 0.0919) / 0.98, 100 * (0.98 - 0.0438) / 0.98
    counts = counts_table({"metrics": table}).iloc[0]
    assert counts["score_low"] == pytest.approx(low, abs=0.05)
    assert counts["score_high"] == pytest.approx(high, abs=0.05)
    assert list(counts[["items", "yes", "no", "not_applicable", "for_a_person"]]) == [30, 27, 1, 1, 1]
    page = checklists_page({"metrics": table}, "A study")
    assert f"<strong>{counts['score_low']}%</strong> (excellent) to <strong>{counts['score_high']}%</strong>" in page
    assert "(items: 1)" in page


def test_counts_on_the_page_are_those_of_the_table(tables):
    page, counts = checklists_page(tables, "A study"), counts_table(tables).set_index("checklist")
    for key in CHECKLISTS:
        part = page.split(f'<section id="{key}">')[1].split("</section>")[0]
        shown = [int(n) for n in re.findall(r"</span> (\d+)</li>", part)]
        assert shown == list(counts.loc[key, ["yes", "no", "not_applicable", "for_a_person"]])
        assert sum(shown) == counts.loc[key, "items"]
    assert counts.drop(index="metrics")[["score_low", "score_high"]].isna().all(axis=None)


def test_what_is_simulated_is_headed_so_and_names_are_escaped(tables):
    page = checklists_page(tables, "A <b> study", "Simulated patients!")
    assert '<p class="simulated">Simulated patients!</p>' in page
    assert "A &lt;b&gt; study" in page
    assert 'class="simulated"' not in checklists_page(tables, "A study")


def test_chinese():
    say = language("zh", strict=True)
    facts = StudyFacts(report_study.study(), FILES)
    page = checklists_page({key: propose(checklist(key), facts, "zh") for key in CHECKLISTS}, "研究", "", say)
    assert '<html lang="zh-CN">' in page
    assert "METRICS 评分" in page
