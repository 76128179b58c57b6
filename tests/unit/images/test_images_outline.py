"""Pictures of masks: which slices, which colors, where the line runs."""

from __future__ import annotations

import numpy as np
import pytest
import SimpleITK as sitk

from helpers.spines import as_image, picture_of, spine
from osteon.images.outline import GAP, SIDE, outlined_slices

COLORS = {1: "#E69F00", 2: "#56B4E9", 3: "#F0E442"}
BLUE = (0x56, 0xB4, 0xE9)


def has(picture, color):
    return (picture == color).all(axis=2)


def test_three_slices_side_by_side_with_every_label():
    array = spine(0)
    picture = outlined_slices(picture_of(array), as_image(array), COLORS)
    # 96 rows and 64 columns of one edge
    assert picture.shape == (SIDE, 3 * round(SIDE * 64 / 96) + 2 * GAP, 3)
    assert picture.dtype == np.uint8
    assert all(has(picture, tuple(int(color[k : k + 2], 16) for k in (1, 3, 5))).any() for color in COLORS.values())


def test_line_lies_on_the_edge_of_the_label():
    array = spine(0)
    picture = outlined_slices(picture_of(array), as_image(array), COLORS)
    width = (picture.shape[1] - 2 * GAP) // 3
    rows, columns = np.nonzero(has(picture[:, :width], BLUE))
    scale = SIDE / 96
    wanted = np.argwhere(array == 2)
    assert rows.min() / scale == pytest.approx(wanted[:, 1].min(), abs=1)
    assert rows.max() / scale == pytest.approx(wanted[:, 1].max() + 1, abs=1)
    assert columns.min() / scale == pytest.approx(wanted[:, 2].min(), abs=1)
    middle = picture[(rows.min() + rows.max()) // 2, (columns.min() + columns.max()) // 2]
    assert len(set(middle.tolist())) == 1  # inside the line the image itself is seen


def test_labels_above_255_have_an_outline_of_their_own():
    array = spine(0).astype(np.uint16)
    array[array == 1] = 1024 + 2  # the remainder of which is another label's
    picture = outlined_slices(picture_of(array), as_image(array), {1026: "#E69F00", 2: "#56B4E9", 3: "#F0E442"})
    plain = outlined_slices(picture_of(array), as_image(spine(0)), COLORS)
    assert np.array_equal(picture, plain)


def test_a_stray_piece_is_in_the_picture():
    array = spine(0)
    array[11, 5:8, 50:53] = 2
    image, mask = picture_of(array), as_image(array)
    strip = slice(0, round(15 * SIDE / 96))  # above all bodies
    assert has(outlined_slices(image, mask, COLORS, [2])[strip], BLUE).any()
    assert not has(outlined_slices(image, mask, COLORS, [1])[strip], BLUE).any()


def test_no_mask_and_an_empty_one_show_the_image_alone():
    array = spine(0)
    alone = outlined_slices(picture_of(array), None, COLORS)
    assert np.array_equal(alone, outlined_slices(picture_of(array), as_image(array * 0), COLORS))
    assert (alone[..., 0] == alone[..., 2]).all()


def test_mask_of_another_grid_is_put_on_the_image():
    array = spine(0)
    flipped = sitk.Flip(as_image(array), [True, False, True])
    wanted = outlined_slices(picture_of(array), as_image(array), COLORS)
    assert np.array_equal(outlined_slices(picture_of(array), flipped, COLORS), wanted)
