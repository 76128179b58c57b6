"""Checkpoints: reading them without running their code, and exporting a trained fold.

The layout of the file and everything about the archive is in `archive`.
"""

from __future__ import annotations

import io
import json
import pickle
import zipfile
from pathlib import Path, PurePosixPath

import numpy as np

from osteon.segmentation.archive import NEEDED, ModelRefused, write_archive
from osteon.tables.files import read_json

REQUIRED = {"network_weights": dict, "trainer_name": str, "init_args": dict}

# Names under which pickles of NumPy 1 and 2 make a scalar.
SCALARS = ("numpy.core.multiarray.scalar", "numpy._core.multiarray.scalar")
NUMBERS = ("f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "b1")


def export_fold(folder: Path, fold: int, path: Path) -> None:
    """Write one fold of the model in nnU-Net's result folder to a zip of identical bytes for identical weights.

    Kept are plans, labels and the weights of checkpoint_final.pth; dropped are the optimiser, logs, the fingerprint
    and everything that names a case, a path or a host. `archive.join_models` makes one model of several folds.

    Raises ModelRefused if the weights are not finite numbers: the training has failed.
    """
    top = PurePosixPath(folder.parent.name, folder.name)
    members = {str(top / name): json.dumps(read_json(folder / name), indent=1).encode() for name in NEEDED}
    checkpoint = folder / f"fold_{fold}" / "checkpoint_final.pth"
    members[str(top / checkpoint.parent.name / checkpoint.name)] = _stripped(checkpoint)
    write_archive(members, path)


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
    """Read a checkpoint of nnU-Net v2 with tensors, plain types and NumPy numbers only; none of its code runs.

    nnU-Net logs NumPy numbers beside the weights.

    Raises:
        ModelRefused: it holds anything else, or is damaged, or would need more memory than it has bytes, or its
            weights are not plain tensors of finite numbers.
    """
    import torch

    _refuse_packed(path)
    try:
        with torch.serialization.safe_globals([(_Kind, "numpy.dtype"), *((_number, name) for name in SCALARS)]):
            content = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise ModelRefused(f"{path.name}: holds more than weights and settings, or is damaged ({reason})") from error
    missing = [
        name
        for name, kind in REQUIRED.items()
        if not isinstance(content, dict) or not isinstance(content.get(name), kind)
    ]
    if missing:
        raise ModelRefused(f"{path.name}: is no checkpoint of nnU-Net v2 ({', '.join(sorted(missing))} missing)")
    if not isinstance(content["init_args"].get("configuration"), str):
        raise ModelRefused(f"{path.name}: does not say which configuration it belongs to")
    for name, value in content["network_weights"].items():
        _check_weight(name, value, path)
    return content


def _check_weight(name: object, value: object, path: Path) -> None:
    import torch

    plain = type(value) in (torch.Tensor, torch.nn.Parameter) and value.layout == torch.strided
    if not isinstance(name, str) or not plain or value.device.type != "cpu" or value.is_quantized:
        raise ModelRefused(f"{path.name}: '{name}' is no plain tensor")
    # A few bytes can be declared a huge tensor by a step of zero.
    if value.numel() * value.element_size() > value.untyped_storage().nbytes():
        raise ModelRefused(f"{path.name}: the tensor '{name}' is larger than what is stored of it")
    if not torch.isfinite(value).all():
        raise ModelRefused(f"{path.name}: the tensor '{name}' holds numbers that are not finite; train it again")


def _refuse_packed(path: Path) -> None:
    """torch writes checkpoints as zip archives without compression; a compressed one could unpack to anything."""
    try:
        with zipfile.ZipFile(path) as archive:
            packed = [entry for entry in archive.infolist() if entry.compress_type != zipfile.ZIP_STORED]
            size = sum(entry.file_size for entry in archive.infolist())
    except (OSError, ValueError, zipfile.BadZipFile) as error:
        raise ModelRefused(f"{path.name}: is no checkpoint of torch ({error})") from error
    if packed or size > path.stat().st_size:
        raise ModelRefused(f"{path.name}: holds more than its size, which no checkpoint of torch does")


class _Kind:
    """Stands for NumPy's dtype while a checkpoint is read, and remembers only its code."""

    def __init__(self, code: str = "", *_):
        self.code = code

    def __setstate__(self, state) -> None:
        pass  # byte order and fields; numbers of torch's platforms are little-endian


def _number(kind: object, content: object = b"") -> float | int | bool:
    """Stands for NumPy's constructor of scalars."""
    if not isinstance(kind, _Kind) or kind.code not in NUMBERS:
        raise pickle.UnpicklingError("a NumPy scalar that is no number")
    content = content.encode("latin1") if isinstance(content, str) else content
    return np.frombuffer(content, f"<{kind.code}", count=1)[0].item()
