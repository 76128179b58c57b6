"""The model as one file: nnU-Net's export layout, without optimiser, paths, host names and patients' names.

    Dataset001_Osteon/<trainer>__<plans>__<configuration>/plans.json, dataset.json, fold_0/checkpoint_final.pth

nnUNetv2_install_pretrained_model_from_zip installs such a file, and files that nnUNetv2_export_model_to_zip
wrote are read here, provided that nnunetv2 ships their trainer.
"""

from __future__ import annotations

import io
import json
import shutil
import stat
import zipfile
from pathlib import Path, PurePosixPath

from osteon.tables.files import atomic_path, read_json

LARGEST = 4 * 1024**3
"""Bytes that a model may have when unpacked; a five-fold 3d ensemble of nnU-Net has about 1.5 GiB."""

NEEDED = ("plans.json", "dataset.json")


class ModelRefused(ValueError):
    """The file is no model, or one that is not safe to open."""


def export_model(folder: Path, path: Path) -> None:
    """Write the model in nnU-Net's result folder to a zip of identical bytes for identical weights.

    Kept are plans, labels and, per fold, the weights of checkpoint_final.pth; dropped are the optimiser, logs,
    the fingerprint and everything that names a case, a path or a host.
    """
    top = PurePosixPath(folder.parent.name, folder.name)
    members = {str(top / name): json.dumps(read_json(folder / name), indent=1).encode() for name in NEEDED}
    for checkpoint in sorted(folder.glob("fold_*/checkpoint_final.pth")):
        members[str(top / checkpoint.parent.name / checkpoint.name)] = _stripped(checkpoint)
    with atomic_path(path) as temporary, zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            # ZipInfo without a date writes 1980-01-01, so that the bytes do not depend on the clock.
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)


def _stripped(checkpoint: Path) -> bytes:
    """The keys of a checkpoint that nnU-Net's predictor reads, as plain Python types and tensors."""
    import torch

    content = load_checkpoint(checkpoint)
    kept = {
        "network_weights": {name: value.contiguous() for name, value in content["network_weights"].items()},
        "trainer_name": content["trainer_name"],
        "init_args": {"configuration": content["init_args"]["configuration"]},
        "inference_allowed_mirroring_axes": content.get("inference_allowed_mirroring_axes"),
    }
    stream = io.BytesIO()
    torch.save(kept, stream)
    return stream.getvalue()


def load_checkpoint(path: Path) -> dict:
    """Read a checkpoint with tensors, plain types and NumPy scalars only, so that it cannot run code.

    nnU-Net's own checkpoints log NumPy scalars beside the weights. Raises ModelRefused for anything else.
    """
    import numpy as np
    import torch

    allowed = [np._core.multiarray.scalar, np.dtype, *(type(np.dtype(name)) for name in ("f4", "f8", "i8"))]
    try:
        with torch.serialization.safe_globals(allowed):
            content = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise ModelRefused(f"{path.name}: holds more than weights and settings, or is damaged ({reason})") from error
    missing = {"network_weights", "trainer_name", "init_args"} - set(content)
    if missing:
        raise ModelRefused(f"{path.name}: is no checkpoint of nnU-Net v2 ({', '.join(sorted(missing))} missing)")
    return content


def unpack_model(path: Path, target: Path, largest: int = LARGEST) -> Path:
    """Unpack a model zip into `target` and give the folder with its plans.json.

    Raises ModelRefused, before anything is written, if the file is no zip, a member's path leaves `target`, a
    member is a link, or the members are larger than `largest` together; and if it does not hold one model.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            members = [member for member in archive.infolist() if not member.is_dir()]
            for member in members:
                _refuse_unsafe(member, path)
            size = sum(member.file_size for member in members)
            if size > largest:
                raise ModelRefused(f"{path}: unpacks to {size} bytes; at most {largest} are taken")
            for member in members:
                _extract(archive, member, target)
    except (OSError, zipfile.BadZipFile) as error:
        raise ModelRefused(
            f"{path}: cannot be read as a zip ({error}); give a file exported by "
            f"nnUNetv2_export_model_to_zip or by rule train_segmentation"
        ) from error
    found = sorted(plans.parent for plans in target.rglob("plans.json"))
    if len(found) != 1 or not (found[0] / "dataset.json").is_file() or not checkpoints(found[0]):
        raise ModelRefused(
            f"{path}: needs one folder with plans.json, dataset.json and fold_*/checkpoint_final.pth; "
            f"it has {len(found)} plans.json"
        )
    return found[0]


def checkpoints(folder: Path) -> list[Path]:
    """The final checkpoints of all folds."""
    return sorted(folder.glob("fold_*/checkpoint_final.pth"))


def _refuse_unsafe(member: zipfile.ZipInfo, path: Path) -> None:
    name = PurePosixPath(member.filename.replace("\\", "/"))
    if name.is_absolute() or ".." in name.parts or ":" in name.parts[0]:
        raise ModelRefused(f"{path}: the member '{member.filename}' would be written outside the folder")
    if stat.S_ISLNK(member.external_attr >> 16):
        raise ModelRefused(f"{path}: the member '{member.filename}' is a link")


def _extract(archive: zipfile.ZipFile, member: zipfile.ZipInfo, target: Path) -> None:
    """Write one member. zipfile stops with BadZipFile where a member is longer than its header says."""
    destination = target / member.filename
    destination.parent.mkdir(parents=True, exist_ok=True)
    with archive.open(member) as source, open(destination, "wb") as sink:
        shutil.copyfileobj(source, sink)
