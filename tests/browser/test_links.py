"""Every link of every page leads to something."""

from __future__ import annotations

import re
from urllib.parse import unquote, urlsplit

from helpers.browser import kinds_of_pages
from helpers.html_page import wrong_cells

LINK = re.compile(r"""<[a-z][^>]*?\s(?:href|src)=["']([^"']+)["']""")
ID = re.compile(r"""<[a-z][^>]*?\sid=["']([^"']+)["']""")


def test_all_links_of_all_pages_resolve(results):
    ids: dict = {}

    def ids_of(path):
        if path not in ids:
            ids[path] = set(ID.findall(path.read_text(encoding="utf-8")))
        return ids[path]

    wrong, count = {}, 0
    for path in (path for paths in kinds_of_pages(results).values() for path in paths):
        for link in set(LINK.findall(path.read_text(encoding="utf-8"))):
            parts = urlsplit(link)
            if parts.scheme == "data":
                continue
            count += 1
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            problem = None
            if parts.scheme or parts.netloc:
                problem = "leaves the results"
            elif not target.exists():
                problem = "no such file"
            elif not target.is_relative_to(results.resolve()):
                problem = "outside the results"
            elif target.suffix == ".html" and parts.fragment and unquote(parts.fragment) not in ids_of(target):
                problem = "no such place"
            if problem:
                wrong.setdefault(str(path.relative_to(results)), []).append(f"{link}: {problem}")
    assert wrong == {}
    assert count > 1000


def test_every_number_of_every_page_is_the_cell_that_it_links_to(results):
    wrong = {}
    for path in (path for paths in kinds_of_pages(results).values() for path in paths):
        found = wrong_cells(path.read_text(encoding="utf-8"), path.parent)
        if found:
            wrong[str(path.relative_to(results))] = found[:10]
    assert wrong == {}
