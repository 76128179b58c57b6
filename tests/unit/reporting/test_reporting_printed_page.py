"""The page of an audit: all findings, impossible ones first, everything escaped and inside."""

from __future__ import annotations

import re

from helpers.html_page import Page
from osteon.printed.findings import Finding, Verdict
from osteon.reporting.printed_page import printed_page

EVIL = """<script>alert("'x'")</script>"""


def finding(verdict, table="a.csv", row="r", item="item", arithmetic=""):
    return Finding(table, row, item, "0.5", verdict, "how it was found.", arithmetic)


def page(findings, source="tables"):
    text = printed_page(findings, source)
    assert text == printed_page(findings, source)
    parsed = Page(text)
    assert not parsed.open
    return parsed, text


def test_counts_stand_first_and_impossible_ones_with_their_arithmetic_before_the_tables():
    parsed, _ = page([finding(Verdict.REPRODUCED, row=f"fine {i}") for i in range(3)]
                     + [finding(Verdict.IMPOSSIBLE, "b.csv", "bad", arithmetic="1 + 1 = 3")])  # fmt: skip
    words = parsed.words
    assert words.index("1 impossible") < words.index("3 reproduced") < words.index("0 consistent")
    assert words.index("bad: item b.csv Printed 0.5") < words.index("1 + 1 = 3") < words.index("fine 0")
    assert words.count("bad") == 2  # in its own box, and in its table
    assert "a.csv 3 checks, 0 impossible" in words
    assert "b.csv 1 checks, 1 impossible" in words


def test_every_finding_is_there_once_in_its_table():
    findings = [finding(verdict, row=f"row-{verdict}-{i}") for verdict in Verdict for i in range(2)]
    parsed, _ = page(findings)
    rows = [dict(attributes).get("scope") for name, attributes in parsed.elements if name == "th"]
    assert rows.count("row") == len(findings)


def test_links_lead_to_tables_and_nothing_leaves_the_page():
    parsed, text = page([finding(Verdict.CONSISTENT, name) for name in ("a.csv", "b.csv")])
    ids = {attributes["id"] for _, attributes in parsed.elements if "id" in attributes}
    links = [link["href"] for link in parsed.all("a")]
    assert links
    assert {link.removeprefix("#") for link in links} <= ids
    assert not re.search(r"https?://|<script|@import|url\(", text)


def test_text_of_others_is_escaped():
    _, text = page([finding(Verdict.IMPOSSIBLE, EVIL, EVIL, EVIL, EVIL)], EVIL)
    assert "<script" not in text


def test_no_findings_is_a_page_too():
    parsed, _ = page([])
    assert "Nothing impossible was found." in parsed.words


def test_words_are_said_in_the_language():
    text = printed_page([finding(Verdict.CANNOT)], "x", lambda words, **values: f"[{words.format(**values)}]")
    assert "[cannot be checked]" in text
    assert "[1 checks, 0 impossible]" in text
    assert "how it was found." in text
