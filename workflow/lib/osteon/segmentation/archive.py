"""The model as one file, read so that a hostile one does no harm. Needs no torch.

    Dataset001_Osteon/<trainer>__<plans>__<configuration>/plans.json, dataset.json, fold_0/checkpoint_final.pth, ...

This is nnU-Net's export layout: nnUNetv2_install_pretrained_model_from_zip installs such a file, and files that
nnUNetv2_export_model_to_zip wrote are read here. Osteon's own hold a model_card.json beside plans.json, which
nnU-Net does not look at.
"""

from __future__ import annotations

import json
import re
import shutil
import stat
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path, PurePosixPath

from osteon.tables.files import atomic_path

LARGEST = 4 * 1024**3
"""Bytes that a model may have when unpacked; a five-fold 3d ensemble of nnU-Net has about 1.5 GiB."""

MEMBERS = 5000
"""Files in the archive; nnU-Net's export with all cross-validation masks has a few per training case."""

RATIO = 200
"""Unpacked to packed size of one file. Weights shrink by a tenth, nnU-Net's JSON files to about a tenth."""

SMALL = 1024**2
"""Bytes up to which the ratio does not matter."""

LARGEST_TEXT = 64 * 1024**2
"""Bytes of a JSON file that is read."""

CARD = "model_card.json"
NEEDED = ("plans.json", "dataset.json")
CHECKPOINT = re.compile(r"fold_(\d+|all)/checkpoint_final\.pth")
SHA256 = re.compile(r"[0-9a-f]{64}")

# What zipfile raises for damaged and for unsupported files.
DAMAGED = (OSError, EOFError, RuntimeError, ValueError, zipfile.BadZipFile, zlib.error)


class ModelRefused(ValueError):
    """The file is no model, or one that is not safe to open."""


def unpack_model(path: Path, target: Path, largest: int = LARGEST) -> Path:
    """Unpack a model zip into `target` and give the folder with its plans.json.

    Only what a prediction needs is written: plans.json, dataset.json, model_card.json and the final checkpoints.

    Raises:
        ModelRefused: before anything is written, if the archive is not safe (see `members_of`) or does not hold
            exactly one model; or if a member turns out to be damaged.
    """
    with _opened(path) as archive:
        members = members_of(archive, path, largest)
        top = _model_folder(members, path)
        for name, member in members.items():
            if name in {f"{top}/{needed}" for needed in (*NEEDED, CARD)} or _checkpoint_of(name, top):
                destination = target / name
                destination.parent.mkdir(parents=True, exist_ok=True)
                # zipfile stops where a member is longer than its header says.
                with archive.open(member) as source, open(destination, "wb") as sink:
                    shutil.copyfileobj(source, sink)
        for name in NEEDED:
            _json_object(archive, members[f"{top}/{name}"], path)
    return target / top


def checkpoints(folder: Path) -> list[Path]:
    """The final checkpoints of all folds."""
    return sorted(folder.glob("fold_*/checkpoint_final.pth"))


def read_card(path: str | Path) -> dict | None:
    """The machine-readable model card inside a model zip, None in a zip that Osteon did not export.

    Raises ModelRefused if the archive is not safe or the card is damaged.
    """
    path = Path(path)
    with _opened(path) as archive:
        members = members_of(archive, path)
        card = members.get(f"{_model_folder(members, path)}/{CARD}")
        return _json_object(archive, card, path) if card else None


def trained_on(path: str | Path) -> set[str]:
    """SHA-256 of every image that a fold of this model learned from.

    The hash is that of the image file of the segmented sequence, as in the status file of the ingest stage. Empty
    for a model that Osteon did not export: what it learned from is then unknown, not nothing.

    Raises ModelRefused if the archive is not safe or its card is damaged.
    """
    card = read_card(path)
    if card is None:
        return set()
    cases = card.get("cases")
    if not isinstance(cases, list) or not all(isinstance(case, dict) and _is_hash(case) for case in cases):
        raise ModelRefused(f"{path}: its {CARD} does not name the cases that it learned from; export it again")
    return {case["image_sha256"] for case in cases if case.get("learned") is not False}


def _is_hash(case: dict) -> bool:
    value = case.get("image_sha256")
    return isinstance(value, str) and bool(SHA256.fullmatch(value))


def write_archive(members: Mapping[str, bytes], path: str | Path) -> None:
    """Write a zip whose bytes depend on names and contents alone, not on the clock or the user."""
    with atomic_path(path) as temporary, zipfile.ZipFile(temporary, "w") as archive:
        for name, content in members.items():
            archive.writestr(_entry(name), content)


def join_models(paths: Sequence[Path], card: Mapping, path: str | Path) -> None:
    """Write one model with the folds of several, which share plans and labels, and the machine-readable card.

    Raises ModelRefused if they are not folds of one model.
    """
    with ExitStack() as stack:
        archives = [stack.enter_context(_opened(Path(source))) for source in paths]
        folds = [members_of(archive, source) for archive, source in zip(archives, paths, strict=True)]
        top = _model_folder(folds[0], paths[0])
        shared = {name: archives[0].read(f"{top}/{name}") for name in NEEDED}
        temporary = stack.enter_context(atomic_path(path))
        target = stack.enter_context(zipfile.ZipFile(temporary, "w"))
        for name, content in [*shared.items(), (CARD, json.dumps(card, indent=1, ensure_ascii=False, allow_nan=False))]:
            target.writestr(_entry(f"{top}/{name}"), content)
        for archive, members, source in zip(archives, folds, paths, strict=True):
            same = _model_folder(members, source) == top
            if not same or any(archive.read(f"{top}/{name}") != content for name, content in shared.items()):
                raise ModelRefused(f"{source}: has other plans or labels than {paths[0]}")
            for name in filter(lambda name: _checkpoint_of(name, top), members):
                if name in target.NameToInfo:
                    raise ModelRefused(f"{source}: its {name.removeprefix(f'{top}/')} is also in another file")
                entry = _entry(name)
                entry.file_size = members[name].file_size  # so that zipfile knows whether it needs its large form
                with archive.open(name) as content, target.open(entry, "w") as sink:
                    shutil.copyfileobj(content, sink)


def _entry(name: str) -> zipfile.ZipInfo:
    """A member of 1980-01-01, which is what ZipInfo takes, readable by everybody."""
    entry = zipfile.ZipInfo(name)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.create_system = 3
    entry.external_attr = (stat.S_IFREG | 0o644) << 16
    return entry


def members_of(archive: zipfile.ZipFile, path: Path, largest: int = LARGEST) -> dict[str, zipfile.ZipInfo]:
    """The files of an archive by name, after a look at every entry.

    Raises ModelRefused if an entry's path is absolute, leaves the folder or is none on every system, if one is a link
    or device, encrypted, or packed with anything but deflate, if two have one name (also where capitals do not
    count), or if they are too many or too large.
    """
    entries = archive.infolist()
    if len(entries) > MEMBERS:
        raise ModelRefused(f"{path}: has {len(entries)} members; at most {MEMBERS} are taken")
    for entry in entries:
        _refuse_unsafe(entry, path)
    size = sum(entry.file_size for entry in entries)
    if size > largest:
        raise ModelRefused(f"{path}: unpacks to {size} bytes; at most {largest} are taken")
    for entry in entries:
        if entry.file_size > SMALL and entry.file_size > RATIO * max(entry.compress_size, 1):
            raise ModelRefused(f"{path}: the member '{entry.filename}' unpacks to {entry.file_size} bytes, "
                               f"more than {RATIO} times its size; weights do not shrink so far")  # fmt: skip
    files = [entry for entry in entries if not entry.is_dir()]
    _refuse_collisions([entry.filename for entry in files], path)
    return {entry.filename: entry for entry in files}


def _refuse_unsafe(entry: zipfile.ZipInfo, path: Path) -> None:
    # orig_filename still has what zipfile cuts off: everything from a zero byte on.
    name = entry.orig_filename
    parts = name.removesuffix("/").split("/")
    if PurePosixPath(name).is_absolute() or ".." in re.split(r"[/\\]", name) or re.match(r"[A-Za-z]:|\\", name):
        raise ModelRefused(f"{path}: the member '{entry.filename}' would be written outside the folder")
    if not all(part not in ("", ".") and part.isprintable() and part == part.strip(" .") for part in parts):
        raise ModelRefused(f"{path}: the member {name!r} is no path on every system")
    if re.search(r'[\\:*?"<>|]', name):
        raise ModelRefused(f"{path}: the member {name!r} is no path on every system")
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise ModelRefused(f"{path}: the member '{entry.filename}' is a link or a device")
    if entry.flag_bits & (0x1 | 0x40):
        raise ModelRefused(f"{path}: the member '{entry.filename}' is encrypted; give a file without password")
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise ModelRefused(f"{path}: the member '{entry.filename}' is packed by another method than deflate")


def _refuse_collisions(names: list[str], path: Path) -> None:
    """Two files of one name, or a file where another needs a folder; capitals and accents' forms do not count."""
    seen: dict[str, str] = {}
    for name in names:
        key = unicodedata.normalize("NFKC", name).casefold()
        if key in seen:
            raise ModelRefused(f"{path}: the members '{seen[key]}' and '{name}' are one file on some systems")
        seen[key] = name
    folders = {str(parent) for key in seen for parent in PurePosixPath(key).parents}
    for key in folders & seen.keys():
        raise ModelRefused(f"{path}: the member '{seen[key]}' is a file and a folder")


def _model_folder(members: dict[str, zipfile.ZipInfo], path: Path) -> str:
    """The folder with plans.json, of which there must be one, with dataset.json and a checkpoint."""
    found = sorted(str(PurePosixPath(name).parent) for name in members if PurePosixPath(name).name == "plans.json")
    if (
        len(found) != 1
        or any(f"{found[0]}/{name}" not in members for name in NEEDED)
        or not any(_checkpoint_of(name, found[0]) for name in members)
    ):
        raise ModelRefused(
            f"{path}: needs one folder with plans.json, dataset.json and fold_*/checkpoint_final.pth; "
            f"it has {len(found)} plans.json"
        )
    return found[0]


def _checkpoint_of(name: str, top: str) -> bool:
    return name.startswith(f"{top}/") and bool(CHECKPOINT.fullmatch(name.removeprefix(f"{top}/")))


def _json_object(archive: zipfile.ZipFile, member: zipfile.ZipInfo, path: Path) -> dict:
    if member.file_size > LARGEST_TEXT:
        raise ModelRefused(f"{path}: the member '{member.filename}' has {member.file_size} bytes")
    try:
        content = json.loads(archive.read(member))
    except (ValueError, RecursionError):
        content = None
    if not isinstance(content, dict):
        raise ModelRefused(f"{path}: the member '{member.filename}' is not a JSON object")
    return content


@contextmanager
def _opened(path: Path) -> Iterator[zipfile.ZipFile]:
    """The archive; whatever zipfile says of a damaged one becomes ModelRefused."""
    try:
        with zipfile.ZipFile(path) as archive:
            yield archive
    except ModelRefused:
        raise
    except DAMAGED as error:
        raise ModelRefused(
            f"{path}: cannot be read as a zip ({error}); give a file exported by "
            f"nnUNetv2_export_model_to_zip or by rule train_segmentation"
        ) from error
