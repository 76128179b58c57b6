"""The report's content, read from the files that the rules write."""

from __future__ import annotations

import pandas as pd
import pytest

from helpers import report_study
from osteon.reporting.content import read_content
from osteon.reporting.html import render_report
from osteon.reporting.svg import inline_svg, view_box
from osteon.tables.files import write_table


def _write(content, folder) -> dict[str, object]:
    """Write the tables of a content as the rules do; the paths by the name of the rule's input."""
    files: dict[str, object] = {}
    for name in (
        "flow",
        "excluded",
        "software",
        "linkage",
        "acquisition",
        "agreement",
        "agreement_cases",
        "readers",
        "review",
        "harmonisation",
        "signal",
        "confounding",
        "missing_inputs",
        "feature_flow",
        "null_run",
        "audit",
    ):
        write_table(getattr(content, name), folder / f"{name}.tsv")
        files[name] = str(folder / f"{name}.tsv")
    figures = {name: getattr(content, name) for name in ("flow_figure", "components_figure", "null_figure")}
    for name, svg in (figures | {"search_figure": content.search_figures["combined"]}).items():
        (folder / f"{name}.svg").write_text(svg, encoding="utf-8")
        files[name] = str(folder / f"{name}.svg")
    for name in ("coefficients", "selection", "stability", "search"):
        files[name] = []
        for model in report_study.MODELS:
            table = getattr(content, name)
            path = folder / "06_models" / model / f"{name}.tsv"
            write_table(table[table["model"] == model].drop(columns="model"), path)
            files[name].append(str(path))
    for part in content.parts:
        for name in ("performance", "pairwise", "baseline"):
            if name == "baseline" and part.key == "resampling":
                continue
            path = folder / part.key / f"{name}.tsv"
            write_table(getattr(part, name), path)
            files.setdefault(name, []).append(str(path))
        for kind, svg in part.figures.items():
            path = folder / part.key / f"{kind}.svg"
            path.write_text(svg, encoding="utf-8")
            files.setdefault(kind, []).append(str(path))
    write_table(content.parts[-1].table("repeats"), folder / "resampling" / "repeats.tsv")
    return files | {"repeats": str(folder / "resampling" / "repeats.tsv")}


@pytest.mark.slow
def test_files_give_the_same_page(content, tmp_path):
    again = read_content(content.study, _write(content, tmp_path), tmp_path)
    assert again.sources["performance"] == [
        f"{part}/performance.tsv" for part in ("internal", "center-C", "resampling")
    ]
    changed = render_report(again)
    for path in ("flow.tsv", "center-C/performance.tsv", "resampling/repeats.tsv", "06_models/combined/selection.tsv"):
        assert f'href="{path}"' in changed
    for name in ("performance", "pairwise", "baseline"):
        empty = {"reason": "", "caution": "", "unit": ""}
        pd.testing.assert_frame_equal(again.stacked(name).fillna(empty), content.stacked(name).fillna(empty))
    without_links = [page[: page.index("All digits")] for page in (changed, render_report(content))]
    assert without_links[0] == without_links[1]


def test_study_without_models_needs_no_model_files(content, tmp_path):
    files = _write(content, tmp_path)
    study = content.study.model_copy(update={"models": {}})
    kept = {name: files[name] for name in ("flow", "flow_figure", "excluded", "software")}
    bare = read_content(study, kept | {"acquisition": [], "coefficients": []}, tmp_path)
    assert bare.parts == []
    assert bare.acquisition is None
    assert bare.coefficients is None
    assert "ends at the features" in render_report(bare)


def test_sets_have_names(content):
    assert content.stacked("performance")["patients"].drop_duplicates().tolist() == [
        "Training (out of fold)",
        "Internal test",
        "Hospital C & co",
    ]
    assert content.outcome == "osteoporosis"


def test_svg_is_stripped_and_its_ids_are_its_own():
    svg = (
        '<?xml version="1.0"?><!DOCTYPE svg PUBLIC "x" "http://www.w3.org/x"><svg xmlns:xlink="http://x" '
        'width="9pt" viewBox="0 0 72 36"><metadata>http://x</metadata>'
        '<defs><style type="text/css">*{stroke: red}</style>'
        '<path id="m1"/></defs><g clip-path="url(#p1)"><use xlink:href="#m1"/></g><clipPath id="p1"/></svg>'
    )
    page = inline_svg(svg, "roc", 'A & "B"')
    assert page.startswith('<svg id="roc" class="figure" role="img" ')
    for expected in (
        'aria-label="A &amp; &quot;B&quot;"',
        'viewBox="0 0 72 36"',
        'id="roc-m1"',
        'href="#roc-m1"',
        "url(#roc-p1)",
        'id="roc-p1"',
        "#roc *{stroke: red}",
    ):
        assert expected in page
    assert "http" not in page
    assert "xlink" not in page


def test_text_that_is_no_svg_is_refused():
    with pytest.raises(ValueError, match="no SVG"):
        view_box("<html></html>")
