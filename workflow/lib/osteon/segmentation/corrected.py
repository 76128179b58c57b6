"""A mask corrected by hand, which replaces the prediction or the manual mask of its case."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import SimpleITK as sitk

from osteon.config.delivery import MaskChecks
from osteon.images.mask_reading import on_image, read_mask
from osteon.images.segments import MaskRefused
from osteon.tables.reasons import Reason
from osteon.tables.status import finding


def corrected_mask(
    files: Sequence[Path], image: sitk.Image, labels: Mapping[str, int], checks: MaskChecks
) -> tuple[sitk.Image | None, list[dict]]:
    """The corrected mask on the image's grid, or None with an 'exclude' finding that says why it is refused.

    Args:
        files: the files with the case's name; there must be one.
        image: the image that is segmented.
        labels: name and value of every structure; segments of 3D Slicer are matched by name, label maps by value.
        checks: what a plausible mask is.
    """
    names = [path.name for path in files]
    if len(files) != 1:
        message = f"the case has {len(files)} corrected masks, {', '.join(names)}; keep one"
        return None, [finding(Reason.MASK_AMBIGUOUS, "exclude", message, len(files), names)]
    try:
        mask, findings = read_mask(files[0], image, labels)
    except MaskRefused as refusal:
        return None, [finding(refusal.reason, "exclude", f"corrected mask: {refusal}", refusal.value, names)]
    mask, more = on_image(mask, image, labels, checks)
    return mask, [
        {**entry, "message": f"corrected mask: {entry['message']}", "files": names} for entry in findings + more
    ]
