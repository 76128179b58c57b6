"""The command: check where things lie, run, write the report, say in words what happened."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from osteon.deidentify.places import check_folders, check_secret
from osteon.deidentify.pseudonyms import Pseudonyms, new_key, read_key
from osteon.deidentify.refusals import EXPECTED, EXPLANATIONS, UsageError
from osteon.deidentify.report import REPORT, read_link_table, write_link_table, write_refused, write_report
from osteon.deidentify.run import Outcome, deidentify_folder

SHOWN = 5
"""Files shown per reason; `--refused` lists all."""
DONE, USAGE, LOOK = 0, 1, 3


def make_key(path: Path) -> tuple[int, str]:
    """Make a key file.

    Returns:
        Exit code and what to say.
    """
    try:
        check_secret(path, "the key file")
        new_key(path)
    except UsageError as error:
        return USAGE, str(error)
    return DONE, (
        f"{path} is the key. Keep it, and a copy of it, where only the center sees it: with it ids can be turned into "
        "pseudonyms, and without it no later export gets the same ones."
    )


def deidentify(
    source: Path,
    target: Path,
    key_file: Path,
    *,
    link_table: Path | None = None,
    refused: Path | None = None,
    labels: tuple[str, ...] = (),
    jobs: int = 1,
) -> tuple[int, str]:
    """De-identify an export.

    Returns:
        Exit code (0: all written; 1: the command cannot be run like this; 3: done, but files were not written that
        somebody should look at) and what to say.
    """
    try:
        check_folders(source, target)
        check_secret(key_file, "the key file", target, source)
        for path, what in ((link_table, "the link table"), (refused, "the list of files not written")):
            if path:
                check_secret(path, what, target, source)
        pseudonyms = Pseudonyms(read_key(key_file))
        if link_table:
            read_link_table(link_table, pseudonyms)
        outcome = deidentify_folder(source, target, pseudonyms, labels=labels, jobs=jobs)
        write_report(outcome, target / REPORT)
        if link_table:
            write_link_table(outcome, pseudonyms, link_table)
        if refused:
            write_refused(outcome, refused)
    except UsageError as error:
        return USAGE, str(error)
    except OSError as error:  # files of the source that cannot be read are refusals; this is a full disk and the like
        return USAGE, f"{error.filename2 or error.filename} cannot be written: {error.strerror}"
    return LOOK if outcome.needs_a_look else DONE, _in_words(outcome, target)


def _in_words(outcome: Outcome, target: Path) -> str:
    lines = [
        f"{target}: {outcome.written} files of {len(outcome.patients)} patients, {outcome.new} of them new"
        + (f"; {outcome.copies} copies were left out" if outcome.copies else "")
        + f". What was removed: {target / REPORT}"
    ]
    counts = Counter(result.refusal for result in outcome.refused)
    for reason in sorted(counts, key=lambda reason: (reason in EXPECTED, reason)):
        sentence, action = EXPLANATIONS[reason]
        lines.append(f"Not written: {counts[reason]} x {reason}: {sentence} What to do: {action}")
        if reason not in EXPECTED:
            names = [result.name for result in outcome.refused if result.refusal == reason]
            lines += [f"    {ascii(name)[1:-1] if not name.isprintable() else name}" for name in names[:SHOWN]]
            lines += [f"    and {len(names) - SHOWN} more"] if len(names) > SHOWN else []
    return "\n".join(lines)
