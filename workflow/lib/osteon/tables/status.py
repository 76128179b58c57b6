"""The status file that every per-case stage writes, whether the case passed or not."""

from __future__ import annotations

import os
from dataclasses import asdict, dataclass, field
from pathlib import Path

from osteon.tables.explanations import EXPLANATIONS
from osteon.tables.files import read_json, write_json
from osteon.tables.reasons import Reason

# Key of the manual mask among the files of the ingest stage, beside those of the sequences.
MANUAL = "manual"

Located = tuple[str | Path, str | Path]
"""A status file and the folder that it describes."""


def is_mask(key: str) -> bool:
    """Whether a key among the files of the ingest stage is a manual mask's, of the first or a further reading."""
    return key.split("-")[0] == MANUAL


@dataclass
class CaseStatus:
    """What became of one case in one stage.

    `files` maps a key (a sequence, a mask) to {"path": name in the stage's folder, "sha256": hex}: a
    changed file always changes the status file, which is what decides whether later steps rerun.
    """

    center: str
    subject: str
    stage: str
    status: str = "ok"
    reason: str | None = None
    detail: str | None = None
    findings: list[dict] = field(default_factory=list)
    files: dict[str, dict] = field(default_factory=dict)
    extra: dict = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        """True if the case goes on."""
        return self.status == "ok"

    def write(self, path: str | Path) -> None:
        """Write as JSON."""
        write_json(_printable(asdict(self)), path)

    @classmethod
    def read(cls, path: str | Path) -> CaseStatus:
        """Read what `write` wrote."""
        return cls(**read_json(path))

    def passed_on(self) -> CaseStatus:
        """The same exclusion for the next stage, with the stage at which it happened kept."""
        return CaseStatus(self.center, self.subject, self.stage, self.status, self.reason, self.detail)


def _printable(value: object) -> object:
    """The same with every text as valid Unicode: a file's name may be bytes of another encoding, shown as \\xd5."""
    if isinstance(value, str):
        return os.fsencode(value).decode("utf-8", "backslashreplace")
    if isinstance(value, list):
        return [_printable(item) for item in value]
    return {key: _printable(item) for key, item in value.items()} if isinstance(value, dict) else value


def excluded(
    center: str, subject: str, stage: str, reason: Reason, detail: str = "", findings: list[dict] | None = None
) -> CaseStatus:
    """A case that stops at `stage`; `detail` says what was found in this case."""
    return CaseStatus(
        center, subject, stage, "excluded", str(reason), detail or EXPLANATIONS[reason][0], findings or []
    )


def finding(code: Reason, severity: str, message: str, value: object = None, files: list[str] | None = None) -> dict:
    """One row of the quality table: severity is 'exclude', 'review' or 'note'."""
    return {"code": str(code), "severity": severity, "value": value, "files": files or [], "message": message}
