"""The column, the canal and the marrow of one patient."""

from __future__ import annotations

import numpy as np
import pytest

from osteon.phantom.anatomy import draw_anatomy


def test_the_middle_of_l3_is_the_origin(anatomy, parameters):
    assert parameters.anatomy.levels[anatomy.column.reference] == "L3"
    np.testing.assert_allclose(anatomy.column.center[anatomy.column.reference], 0, atol=1e-9)


def test_levels_descend_by_body_and_disc(anatomy):
    column = anatomy.column
    steps = np.linalg.norm(np.diff(column.center, axis=0), axis=1)
    expected = (column.height[:-1] + column.height[1:]) / 2 + column.disc_height
    mobile = slice(0, column.first_sacral)
    np.testing.assert_allclose(steps[mobile], expected[mobile], rtol=0.08)
    assert (np.diff(column.center[:, 1]) < 0).all()


def test_canal_coordinates_at_the_posterior_walls(anatomy):
    column = anatomy.column
    for level in range(1, column.first_sacral):
        wall = column.center[level] + column.posterior[level] * column.half_depth[level]
        behind, at_level = (float(value[0]) for value in anatomy.canal.at(*(np.array([v]) for v in wall)))
        assert behind == pytest.approx(0, abs=1.5)
        assert at_level == pytest.approx(level, abs=0.1)


def test_depth_behind_the_wall_is_a_distance(anatomy):
    column = anatomy.column
    level = column.first_sacral - 4
    for depth in (5.0, 15.0):
        place = column.center[level] + column.posterior[level] * (column.half_depth[level] + depth)
        behind, _ = anatomy.canal.at(*(np.array([v]) for v in place))
        assert behind[0] == pytest.approx(depth, abs=1.5)


@pytest.mark.slow
def test_density_enters_only_by_the_coupling(parameters, participant):
    for coupling, same in ((0.0, True), (0.45, False)):
        coupled = parameters.model_copy(update={"coupling": coupling})
        low, high = (draw_anatomy({**participant, "vbmd": vbmd}, coupled).marrow for vbmd in (40.0, 140.0))
        assert (low.fat_fraction == high.fat_fraction) is same
        assert np.array_equal(low.texture[3], high.texture[3]) is same


def test_less_bone_means_more_fat_and_stronger_texture(parameters, participant):
    tight = parameters.model_copy(update={"coupling": 1.0})
    porous, dense = (draw_anatomy({**participant, "vbmd": vbmd}, tight).marrow for vbmd in (40.0, 140.0))
    assert porous.fat_fraction > dense.fat_fraction
    assert porous.texture[3].std() > dense.texture[3].std()


@pytest.mark.slow
def test_men_are_larger_and_bmi_thickens_the_fat(parameters, participant):
    man, woman = (draw_anatomy({**participant, "sex": sex}, parameters) for sex in ("male", "female"))
    assert man.column.height.sum() / woman.column.height.sum() == pytest.approx(1.06 / 0.97)
    lean, heavy = (draw_anatomy({**participant, "bmi": bmi}, parameters).build for bmi in (20.0, 32.0))
    assert heavy.subcutaneous > lean.subcutaneous + 10


def test_participants_of_other_seeds_differ(parameters, participant):
    other = draw_anatomy({**participant, "seed": participant["seed"] + 1}, parameters)
    again = draw_anatomy(participant, parameters)
    assert not np.array_equal(other.column.height, again.column.height)
