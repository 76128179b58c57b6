"""Stray pieces of a predicted mask: nnU-Net's own postprocessing, label by label."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import SimpleITK as sitk

from osteon.tables.reasons import Reason
from osteon.tables.status import finding


def largest_pieces(mask: sitk.Image, labels: Mapping[str, int]) -> tuple[sitk.Image, list[dict]]:
    """The mask with the largest connected piece of each label alone, and what was removed.

    nnU-Net determines in cross-validation whether this helps; here the study says so
    (`segmentation.largest_piece`). Pieces are connected by faces, edges or corners.

    Args:
        mask: label values.
        labels: name and value of each structure.

    Returns:
        The mask on the same grid, and a finding (note) for each label that had stray pieces, with their voxels.
    """
    from nnunetv2.postprocessing.remove_connected_components import remove_all_but_largest_component_from_segmentation

    before = sitk.GetArrayFromImage(mask)
    after, findings = before, []
    for name, value in labels.items():
        cleaned = remove_all_but_largest_component_from_segmentation(after, value)
        removed = int(np.count_nonzero(cleaned != after))
        if removed:
            message = f"{name}: {removed} voxels of smaller pieces were removed"
            findings.append(finding(Reason.PIECES_REMOVED, "note", message, removed))
        after = cleaned
    result = sitk.GetImageFromArray(after)
    result.CopyInformation(mask)
    return result, findings
