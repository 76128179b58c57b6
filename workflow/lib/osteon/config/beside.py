"""What a table says of itself in files beside it: settings behind its features, and units of its columns."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path

from osteon.config.sheets import read_sheet
from osteon.config.workbooks import SheetError

SETTINGS, DICTIONARY = "settings.json", "dictionary.tsv"
"""Osteon writes both into 04_features, and the tables of the centers into folders there."""


@dataclass(frozen=True)
class Beside:
    """What is known of a feature table besides its numbers."""

    extraction: dict | None = None
    """Settings behind its features; None where nothing says them."""
    units: dict[str, str] = field(default_factory=dict)
    """Units of its columns, as far as they are declared."""


def beside(table: str | Path, settings: str | Path | None = None) -> Beside:
    """Settings and units of a feature table, from the folder of the table or the one above it.

    Args:
        table: the feature table.
        settings: settings.json, where it lies elsewhere; dictionary.tsv is then looked for beside it, too.

    Raises:
        ValueError: a file is there and cannot be read.
    """
    near = [Path(settings).parent] if settings else []
    near += [Path(table).parent, Path(table).parent.parent]
    found = Path(settings) if settings else _first(near, SETTINGS)
    content = _json(found) if found else None
    if content is not None and not {"features", "parameters"} & content.keys():
        if settings:
            raise ValueError(
                f"{settings} has no settings of features. Give 04_features/{SETTINGS} of the table's study"
            )
        content = None  # of another program
    return Beside(content, column_units(table) | _dictionary_units(_first(near, DICTIONARY)))


def files_beside(table: str | Path) -> list[str]:
    """Those files of them that exist."""
    near = [Path(table).parent, Path(table).parent.parent]
    return [*(str(path) for name in (SETTINGS, DICTIONARY) if (path := _first(near, name))), *sidecars(table)]


def sidecars(table: str | Path) -> list[str]:
    """The JSON sidecar of a table, if it has one."""
    path = Path(table).with_name(Path(table).name.removesuffix(".gz")).with_suffix(".json")
    return [str(path)] if path.is_file() and path != Path(table) else []


def column_units(table: str | Path) -> dict[str, str]:
    """Units that a table's JSON sidecar declares, as BIDS has it: {"age": {"Units": "years"}}; {} without one.

    Raises:
        ValueError: the sidecar is no JSON.
    """
    content = {name: about for path in sidecars(table) for name, about in _json(Path(path)).items()}
    return {
        column: str(about["Units"])
        for column, about in content.items()
        if isinstance(about, dict) and about.get("Units")
    }


def _dictionary_units(path: Path | None) -> dict[str, str]:
    if path is None:
        return {}
    try:
        columns, rows = read_sheet(path)
    except SheetError as error:
        raise ValueError(f"{path} {error.what} {error.write}") from None
    if not {"column", "unit"} <= set(columns):
        return {}
    return {row["column"]: row["unit"] for row in rows if row["unit"]}


def _first(folders: list[Path], name: str) -> Path | None:
    return next((folder / name for folder in folders if (folder / name).is_file()), None)


def _json(path: Path) -> dict:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, OSError) as error:
        raise ValueError(f"{path} cannot be read as JSON ({error})") from None
    return content if isinstance(content, dict) else {}
