"""Deep features: weights against the network's own receptive fields, values against a hook in the network."""

from __future__ import annotations

import numpy as np
import pytest
import SimpleITK as sitk

torch = pytest.importorskip("torch")
pytest.importorskip("nnunetv2")

from helpers.tiny_network import CHANNELS, tiny_model  # noqa: E402
from osteon.segmentation.deep import (  # noqa: E402
    cell_weights,
    cut_out,
    embed,
    encoder_of,
    on_network_grid,
    pooled,
    window,
)

SHAPE = (4, 32, 32)


@pytest.fixture(scope="module")
def flat():
    return tiny_model(2)


def image_of(values, spacing=1.5):
    image = sitk.GetImageFromArray(np.asarray(values, np.float32))
    image.SetSpacing((spacing, spacing, 4.0 if len(SHAPE) == 3 else spacing))
    return image


def picture(shape=SHAPE):
    """Values that are never zero, so that nnU-Net cuts nothing off."""
    return np.random.default_rng(5).normal(100, 10, shape)


def box(shape, *bounds):
    mask = np.zeros(shape, np.uint8)
    mask[tuple(slice(*bound) for bound in bounds)] = 1
    return mask


def region_of(mask, like):
    region = sitk.GetImageFromArray(mask)
    region.CopyInformation(like)
    return region


def test_every_voxel_counts_once_in_the_cells():
    inside = np.random.default_rng(1).random((7, 21, 40))
    weights = cell_weights(inside, (1, 4, 8))
    assert weights.shape == (7, 6, 5)
    np.testing.assert_allclose(weights.sum(axis=(1, 2)), inside.sum(axis=(1, 2)), rtol=1e-12)


@pytest.mark.parametrize("axis", [0, 1])
def test_moving_the_region_by_a_stride_moves_the_weights_by_a_cell(axis):
    here = cell_weights(box((48, 48), (14, 23), (17, 25)), (4, 4))
    there = cell_weights(np.roll(box((48, 48), (14, 23), (17, 25)), 4, axis), (4, 4))
    np.testing.assert_array_equal(np.roll(here, 1, axis), there)
    nearer = cell_weights(np.roll(box((48, 48), (14, 23), (17, 25)), 1, axis), (4, 4))
    assert not np.array_equal(here, nearer)


def test_cells_lie_around_the_receptive_centers_of_the_network(flat):
    """The input that moves a cell of the deepest stage is centered on the middle of the cell's weights."""
    encoder = encoder_of(flat, -1)
    convolutions = [module for module in encoder.network.modules() if isinstance(module, torch.nn.Conv2d)]
    assert encoder.stride == (4, 4)
    values = torch.zeros(1, 1, 32, 32, requires_grad=True)
    result = values
    for convolution in convolutions:
        ones = torch.ones(1, 1, *convolution.kernel_size)
        result = torch.nn.functional.conv2d(result, ones, None, convolution.stride, convolution.padding)
    result[0, 0, 3, 5].backward()
    field = values.grad[0, 0].numpy()
    voxels = np.arange(32)
    center = [field.sum(1) @ voxels / field.sum(), field.sum(0) @ voxels / field.sum()]
    of_cell = [cell_weights(np.eye(32)[voxel], (4,)) for voxel in voxels]
    middles = [np.average(voxels, weights=[weights[cell] for weights in of_cell]) for cell in (3, 5)]
    np.testing.assert_allclose(center, middles, atol=1e-6)


def test_pooling_of_a_known_map():
    maps = np.array([[1.0, 2.0, 9.0], [-1.0, 0.0, 7.0]])
    np.testing.assert_allclose(pooled(maps, np.array([3.0, 1.0, 0.0]), 4.0, "mean"), [1.25, -0.75])
    np.testing.assert_allclose(pooled(maps, np.array([3.0, 2.0, 0.5]), 4.0, "max"), [2.0, 0.0])


def test_a_region_below_one_cell_has_no_value():
    maps = np.ones((2, 3))
    assert pooled(maps, np.array([2.0, 1.9, 0.0]), 4.0, "mean") is None
    assert pooled(maps, np.array([1.9, 1.9, 1.9]), 4.0, "max") is None


@pytest.mark.parametrize("pooling", ["mean", "max"])
def test_a_constant_channel_gives_its_constant(flat, pooling):
    encoder = encoder_of(flat, -1)
    norms = [module for module in encoder.network.stages[-1].modules() if isinstance(module, torch.nn.InstanceNorm2d)]
    with torch.no_grad():
        norms[-1].weight.zero_()
        norms[-1].bias.copy_(torch.arange(CHANNELS[-1]) / 4)
    image = image_of(picture())
    masks = {"whole": region_of(box(SHAPE, (1, 3), (5, 21), (7, 26)), image)}
    found = embed(flat, encoder, image, masks, pooling)["whole"]
    np.testing.assert_allclose(found, np.arange(CHANNELS[-1]) / 4, rtol=1e-6)
    encoder_of(flat, -1)  # loads the fold's weights again


@pytest.mark.slow
@pytest.mark.parametrize(("axes", "stage"), [(2, 0), (2, -1), (3, 1)])
def test_values_are_those_of_a_hook_in_the_whole_network(axes, stage):
    model = tiny_model(axes, [32] * axes)
    shape = SHAPE if axes == 2 else (32, 32, 32)
    values = picture(shape)
    image = sitk.GetImageFromArray(values.astype(np.float32))
    image.SetSpacing((1.5, 1.5, 1.5))
    mask = box(shape, (1, 3) if axes == 2 else (9, 22), (5, 21), (7, 26))
    encoder = encoder_of(model, stage)
    found = embed(model, encoder, image, {"a": region_of(mask, image)}, "mean")["a"]

    seen = []
    hook = model.predictor.network.encoder.stages[stage].register_forward_hook(lambda *parts: seen.append(parts[2]))
    normalised = torch.from_numpy(((values - values.mean()) / values.std()).astype(np.float32))
    inputs = [normalised[None, None, index] for index in (1, 2)] if axes == 2 else [normalised[None, None]]
    with torch.inference_mode():
        for part in inputs:
            model.predictor.network(part)
    hook.remove()
    step = encoder.stride[0]
    total, weight = np.zeros(encoder.channels), 0.0
    for part, maps in enumerate(seen):
        region = mask[1 + part] if axes == 2 else mask
        for voxel in np.argwhere(region):
            # A voxel lies in the nearest cell; halfway between two, in both by half.
            nearest = [{int(np.floor(x / step + 0.5)), int(np.ceil(x / step - 0.5))} for x in voxel]
            cells = [tuple(np.ravel(cell)) for cell in np.array(np.meshgrid(*map(list, nearest))).reshape(axes, -1).T]
            for cell in cells:
                total += maps[0][(slice(None), *map(int, cell))].numpy() / len(cells)
                weight += 1 / len(cells)
    np.testing.assert_allclose(found, total / weight, rtol=2e-5, atol=2e-6)


def test_same_bytes_twice_and_the_first_fold_alone():
    image = image_of(picture())
    masks = {"a": region_of(box(SHAPE, (1, 3), (5, 21), (7, 26)), image)}
    one, two = tiny_model(2), tiny_model(2, folds=2)
    results = [embed(model, encoder_of(model, -1), image, masks, "mean")["a"] for model in (one, one, two)]
    assert results[0].tobytes() == results[1].tobytes() == results[2].tobytes()
    two.predictor.list_of_parameters.reverse()
    assert not np.allclose(embed(two, encoder_of(two, -1), image, masks, "mean")["a"], results[0])


def test_other_regions_of_the_case_change_nothing_while_the_window_is_the_patch(flat):
    image = image_of(picture((4, 64, 64)))
    near, far = ((1, 3), (20, 40), (22, 41)), ((1, 3), (18, 42), (20, 43))
    masks = {name: region_of(box((4, 64, 64), *bounds), image) for name, bounds in (("a", near), ("b", far))}
    encoder = encoder_of(flat, -1)
    alone = embed(flat, encoder, image, {"a": masks["a"]}, "mean")["a"]
    both = embed(flat, encoder, image, masks, "mean")
    np.testing.assert_array_equal(alone, both["a"])
    assert not np.allclose(both["a"], both["b"])


def test_a_region_reaches_the_network_grid_where_it_lies(flat):
    inside = box((2, 40, 40), (0, 2), (10, 20), (20, 30))
    properties = {"bbox_used_for_cropping": [[0, 2], [4, 36], [0, 40]], "spacing": [4.0, 3.0, 3.0]}
    found = on_network_grid(flat, inside[None], properties, (2, 64, 80))[0]
    assert found.sum() == pytest.approx(4 * inside.sum(), rel=1e-6)
    rows, columns = found.sum(axis=(0, 2)), found.sum(axis=(0, 1))
    middle = [np.average(np.arange(64), weights=rows), np.average(np.arange(80), weights=columns)]
    np.testing.assert_allclose(middle, [(14.5 - 4 + 0.5) * 2 - 0.5, (24.5 + 0.5) * 2 - 0.5], atol=1e-6)


@pytest.mark.parametrize(
    ("bounds", "length", "expected"),
    [
        ((20, 30), 64, (9, 41)),  # around the region
        ((2, 8), 64, (0, 32)),  # not beyond the first voxel
        ((58, 62), 64, (32, 64)),  # nor the last
        ((5, 45), 64, (1, 49)),  # larger than the patch: a multiple
        ((4, 9), 20, (-6, 26)),  # image smaller than the patch: in its middle
    ],
)
def test_the_window(bounds, length, expected):
    assert window(box((length,), bounds), [32], [16]) == [expected]


def test_outside_the_image_there_is_zero():
    values = np.arange(1.0, 7.0).reshape(1, 2, 3)
    found = cut_out(values, [(-1, 3), (1, 5)])
    np.testing.assert_array_equal(found[0], [[0, 0, 0, 0], [2, 3, 0, 0], [5, 6, 0, 0], [0, 0, 0, 0]])


def test_refusals(flat):
    with pytest.raises(ValueError, match="stages 0 to 2"):
        encoder_of(flat, 3)
    turning = tiny_model(2, reader="NibabelIOWithReorient")
    image = image_of(picture())
    with pytest.raises(ValueError, match="SimpleITKIO"):
        embed(
            turning,
            encoder_of(turning, -1),
            image,
            {"a": region_of(box(SHAPE, (1, 3), (5, 21), (7, 26)), image)},
            "mean",
        )
