"""Office files with the same bytes for the same content: they are zip archives that carry the time of writing."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import datetime

EPOCH = datetime(2000, 1, 1)
"""Stands for every date in an office file."""
_DATES = re.compile(rb"(<dcterms:(?:created|modified)\b[^>]*>)[^<]*(<)")
CORE = "docProps/core.xml"


def reproducible(content: bytes) -> bytes:
    """An office file with fixed dates, in its properties and in the archive, and nothing else changed."""
    stream = io.BytesIO()
    fixed = EPOCH.strftime("%Y-%m-%dT%H:%M:%SZ").encode()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as source,
        zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for name in source.namelist():
            data = source.read(name)
            if name == CORE:
                data = _DATES.sub(rb"\g<1>" + fixed + rb"\g<2>", data)
            entry = zipfile.ZipInfo(name, EPOCH.timetuple()[:6])
            entry.compress_type, entry.create_system, entry.external_attr = zipfile.ZIP_DEFLATED, 3, 0o644 << 16
            target.writestr(entry, data)
    return stream.getvalue()
