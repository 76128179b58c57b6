"""The page of masks to review: everything inside it, everything escaped."""

from __future__ import annotations

import base64
import html

import pandas as pd
import pytest

from helpers.html_page import Page
from osteon.reporting.language import english, language, sentence
from osteon.reporting.review_page import review_page
from osteon.tables.mask_findings import CORRECTION_OF_MANUAL

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
    def make(rows, not_judged=("", ""), flags=("", ""), say=english):
        for entry in rows:
            (tmp_path / entry["picture"]).write_bytes(JPEG)
        review = pd.DataFrame(rows, columns=list(row("x")))
        quality = pd.DataFrame({"subject": ["A1", "A2"], "not_judged": list(not_judged), "flags": list(flags)})
        quality = quality.assign(label="L2", components=2.0, largest_share=0.9, volume_ml=9.0, volume_z=5.0)
        quality = quality.assign(volume_ratio_z=1.0)
        around = {"title": "A study", "simulated": True, "centers": {"A": "Hospital A"}, "labels": {"L1": 1, "L2": 2}}
        around |= {"corrections": "fixed", "say": say}
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
    action = (
        "Correct the labels of the mask. Check that the structure is whole. If the mask is wrong, put a corrected one"
    )
    for words in ("A2 Hospital A, mask predicted", "first second The labels are not in their order", action):
        assert words in parsed.words
    assert "(L1 = 1, L2 = 2) as 'sub-A2.nii.gz' into 'fixed'." in parsed.words
    assert "mask_order 1 case: The labels are not in their order from head to foot." in parsed.words
    assert not parsed.open


@pytest.mark.parametrize("code", ["en", "zh"])
def test_findings_in_masks_are_said_and_other_messages_follow(page, code):
    say = language(code, strict=True)
    # one of the sentences holds the mark that stands between two
    found = "; ".join(
        [
            "L2 has 2 pieces, the largest with 90.0 % of its volume",
            "L2 has 9.0 mL (robust z 5.0; of the ratio to the case's other labels 1.0)",
            "a message of the run",
        ]
    )
    _, text = page(
        [row("A1", "mask_components; mask_volume_odd", found, source="manual")],
        flags=("mask_components; mask_volume_odd", ""),
        say=say,
    )
    items = text[text.index("<article") :].split("<li")[1:]
    assert len(items) == 3
    assert "a message of the run" in items[2]
    assert ('lang="en"' in items[2]) == (code == "zh")
    assert sentence(CORRECTION_OF_MANUAL, say, values="L1 = 1", file="f", folder="d")[:5] in text
    if code == "en":
        assert found.split("; ", 1)[0] in items[0]
        assert "(robust z 5.0; of the ratio" in html.unescape(items[1])
    else:
        assert "L2 含 2 个碎片，最大者占其体积的 90.0%" in items[0]
        assert "L1 = 1、L2 = 2" in text


def test_page_needs_nothing_beside_it(page):
    parsed, text = page([row("A1")])
    assert not parsed.all("script")
    assert not parsed.all("link")
    assert "url(" not in text
    assert [link["href"] for link in parsed.all("a")] == ["#cases", "../START_HERE.html"]


def test_everything_is_escaped(page):
    parsed, text = page([row("A1", codes=EVIL, found=EVIL, source=EVIL)])
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
