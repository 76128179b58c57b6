"""Empty forms to fill in: a CSV file with headers for each kind of table."""

from __future__ import annotations

from pathlib import Path

from osteon.printed.forms import FORMS, columns_of
from osteon.tables.files import write_text


def template_text(kind: str) -> str:
    """The header line of a form."""
    return ",".join(columns_of(FORMS[kind])) + "\n"


def write_templates(folder: str | Path) -> list[Path]:
    """Write `<kind>.csv` for every form.

    Returns:
        The files.

    Raises:
        FileExistsError: a file of that name is there; nothing was written.
    """
    paths = {kind: Path(folder) / f"{kind}.csv" for kind in FORMS}
    present = [str(path) for path in paths.values() if path.exists()]
    if present:
        raise FileExistsError(f"nothing was written: {', '.join(present)} would be replaced. Name a new folder.")
    for kind, path in paths.items():
        write_text(template_text(kind), path)
    return list(paths.values())
