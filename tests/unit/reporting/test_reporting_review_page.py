"""The page of masks to review: everything inside it, everything escaped."""

from __future__ import annotations

import base64

import pandas as pd
import pytest

from helpers.html_page import Page
from osteon.reporting.review_page import review_page

EVIL = """<script>alert("'x'")</script>"""
JPEG = b"\xff\xd8\xff picture"


def row(subject, codes="mask_components", found="L2 has 2 pieces", **other):
    values = {
        "center": "A",
        "subject": subject,
        "source": "predicted",
        "labels": "L2",
        "codes": codes,
        "found": found,
        "what": "What it means.",
        "action": "What to do.",
        "picture": f"sub-{subject}.jpg",
    }
    return values | other


@pytest.fixture
def page(tmp_path):
    def make(rows, not_judged=("", "")):
        for entry in rows:
            (tmp_path / entry["picture"]).write_bytes(JPEG)
        review = pd.DataFrame(rows, columns=list(row("x")))
        quality = pd.DataFrame({"subject": ["A1", "A2"], "not_judged": list(not_judged)})
        around = {"title": "A study", "simulated": True, "centers": {"A": "Hospital A"}, "labels": ["L1", "L2"]}
        text = review_page(review, quality, tmp_path, **around)
        assert text == review_page(review, quality, tmp_path, **around)
        return Page(text), text

    return make


def test_each_case_has_its_picture_reasons_and_what_to_do(page):
    parsed, _ = page([row("A1"), row("A2", "mask_order; mask_border", "first; second")])
    pictures = [image["src"] for image in parsed.all("img")]
    assert pictures == ["data:image/jpeg;base64," + base64.b64encode(JPEG).decode()] * 2
    assert [article["id"] for article in parsed.all("article")] == ["sub-A1", "sub-A2"]
    assert "2 cases to look at ; 2 cases have a mask." in parsed.words
    for words in ("A2 Hospital A, mask predicted", "first second What it means.", "To do: What to do."):
        assert words in parsed.words
    assert "mask_order 1 case: The labels are not in their order from head to foot." in parsed.words
    assert not parsed.open


def test_page_needs_nothing_beside_it(page):
    parsed, text = page([row("A1")])
    assert not parsed.all("script")
    assert not parsed.all("link")
    assert "url(" not in text
    assert [link["href"] for link in parsed.all("a")] == ["#cases", "../START_HERE.html"]


def test_everything_is_escaped(page):
    parsed, text = page([row("A1", found=EVIL, what=EVIL, action=EVIL)])
    assert EVIL not in text
    assert not parsed.all("script")


def test_what_was_not_judged_is_said(page):
    parsed, _ = page([row("A1")], ["volume; height", "volume"])
    assert "The volume of 2 labels is not judged" in parsed.words
    assert "The height in the image of 1 label is not judged" in parsed.words
    assert "distance" not in parsed.words


def test_no_case_to_review(page):
    parsed, _ = page([])
    assert "0 cases to look at" in parsed.words
    assert "No mask is unusual." in parsed.words
    assert not parsed.all("article")
