"""One preprocessed image through the network, and what is done where the device has too little memory for it.

The windows, their weights and the order of the sums are those of nnunetv2's nnUNetPredictor, so that the masks are the
same. It is not called for this because it feeds the windows from a thread that waits for ever when the network fails,
and because it takes every error of the device for a lack of memory.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

log = logging.getLogger(__name__)

# What CUDA and its libraries say of a lack of memory where they do not raise torch.OutOfMemoryError.
OUT_OF_MEMORY = ("out of memory", "CUDNN_STATUS_ALLOC_FAILED", "CUBLAS_STATUS_ALLOC_FAILED")


class NotFinite(ValueError):
    """The image or the network's output holds infinity or no numbers."""


@dataclass(frozen=True)
class Attempt:
    """Where one attempt computes and where it adds up the results."""

    compute: Any
    """torch's device of the network."""
    results: Any
    """torch's device of the image and of the sums."""
    said: str = ""
    """What is said where an attempt before this one had too little memory."""


def attempts(device: Any) -> list[Attempt]:
    """The attempts for a device, each with less of its memory than the one before."""
    import torch

    cpu = torch.device("cpu")
    if device.type == "cpu":
        return [Attempt(cpu, cpu)]
    return [
        Attempt(device, device),
        Attempt(device, cpu, "results were added up on the CPU"),
        Attempt(cpu, cpu, "the case was computed on the CPU"),
    ]


def predict_windows(predictor: Any, data: Any, ladder: Sequence[Attempt], start: int = 0) -> tuple[Any, int]:
    """Logits of one image by the network that is loaded.

    Args:
        predictor: nnunetv2's nnUNetPredictor.
        data: preprocessed image, tensor (channel, z, y, x), on the CPU.
        ladder: the attempts, in order; the next one is made where one has too little memory.
        start: the attempt to begin with.

    Returns:
        Logits, half precision, (label, z, y, x), on the CPU; and the number of the attempt that gave them.

    Raises:
        RuntimeError: the last attempt had too little memory, or something else went wrong on the device.
        NotFinite: the logits are not finite.

    Verified against: nnUNetv2_predict, masks identical.
    """
    from nnunetv2.utilities.helpers import empty_cache

    for number in range(start, len(ladder)):
        try:
            return _windows(predictor, data, ladder[number]).cpu(), number
        except RuntimeError as error:
            if number + 1 == len(ladder) or not lacks_memory(error):
                raise
            log.warning("too little memory on %s (%s)", ladder[number].compute, str(error).split("\n")[0])
        # after the except clause, whose error holds on to the tensors of the failed attempt
        empty_cache(ladder[number].compute)
    raise ValueError(f"there is no attempt {start} of {len(ladder)}")


def lacks_memory(error: RuntimeError) -> bool:
    """Whether an error of the device says that its memory is full."""
    import torch

    return isinstance(error, torch.OutOfMemoryError) or any(text in str(error) for text in OUT_OF_MEMORY)


def _windows(predictor: Any, data: Any, attempt: Attempt) -> Any:
    import torch
    from acvl_utils.cropping_and_padding.padding import pad_nd_image
    from nnunetv2.inference.sliding_window_prediction import compute_gaussian

    patch = predictor.configuration_manager.patch_size
    with torch.inference_mode(), torch.autocast(attempt.compute.type, enabled=attempt.compute.type == "cuda"):
        predictor.network = predictor.network.to(attempt.compute)
        predictor.network.eval()
        padded, inner = pad_nd_image(data, patch, "constant", {"value": 0}, True, None)
        padded = padded.to(attempt.results)
        heads = predictor.label_manager.num_segmentation_heads
        logits = torch.zeros((heads, *padded.shape[1:]), dtype=torch.half, device=attempt.results)
        weights = torch.zeros(padded.shape[1:], dtype=torch.half, device=attempt.results)
        gaussian = compute_gaussian(tuple(patch), sigma_scale=1.0 / 8, value_scaling_factor=10, device=attempt.results)
        for window in predictor._internal_get_sliding_window_slicers(padded.shape[1:]):
            tile = torch.clone(padded[window][None], memory_format=torch.contiguous_format).to(attempt.compute)
            output = predictor._internal_maybe_mirror_and_predict(tile)[0].to(attempt.results)
            output *= gaussian
            logits[window] += output
            weights[window[1:]] += gaussian
        torch.div(logits, weights, out=logits)
        if not torch.isfinite(logits).all():
            raise NotFinite("the network's output is not finite")
        return logits[(slice(None), *inner[1:])]
