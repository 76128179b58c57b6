"""What is found in masks without manual ones, and what to do, as sentences with placeholders."""

from __future__ import annotations

from osteon.tables.reasons import Reason

FOUND: dict[Reason, str] = {
    Reason.MASK_EMPTY: "{label} is absent",
    Reason.MASK_ORDER: "{label} does not lie below {neighbor}",
    Reason.MASK_SPACING: "{label} lies {spacing_mm:.1f} mm from {neighbor} (robust z {spacing_z:.1f})",
    Reason.MASK_HEIGHT: "{label} lies {height_mm:.1f} mm above the image's center (robust z {height_z:.1f})",
    Reason.MASK_COMPONENTS: "{label} has {components} pieces, the largest with {largest_percent:.1f} % of its volume",
    Reason.MASK_VOLUME_ODD: "{label} has {volume_ml:.1f} mL (robust z {volume_z:.1f}; of the ratio to the case's other "
    "labels {volume_ratio_z:.1f})",
    Reason.MASK_BORDER: "{label} touches the first or last row or column of the image",
    Reason.MASK_DISAGREEMENT: "{label}: the network's predictions agree with Dice {disagreement:.2f} only",
}
"""By code; the placeholders are columns of `segmentation.quality.judge`, and largest_percent."""
CORRECTION = "If the mask is wrong, put a corrected one ({values}) as '{file}' into {folder}."
CORRECTION_OF_MANUAL = (
    "If the mask is wrong, correct the manual mask, or put a corrected one ({values}) as '{file}' into {folder}."
)
UNNAMED_FOLDER = "a folder and name it under 'segmentation: corrections'"
