"""What must hold for any measurements and any mask."""

from __future__ import annotations

import numpy as np
import pytest
import SimpleITK as sitk
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from osteon.images.perturb import generator, redrawn, resized
from osteon.statistics.icc import absolute_agreement

VALUES = arrays(
    float,
    st.tuples(st.integers(3, 8), st.integers(2, 4), st.integers(1, 3)),
    elements=st.floats(-1e3, 1e3).map(lambda value: round(value, 3)),
)


@pytest.mark.slow
@given(VALUES, st.sampled_from([1e-6, -2.0, 1e5]), st.sampled_from([0.0, 50.0]), st.randoms(use_true_random=False))
def test_icc_does_not_depend_on_unit_offset_or_order(values, unit, offset, random):
    found = absolute_agreement(values)
    subjects, raters = list(range(values.shape[0])), list(range(values.shape[1]))
    random.shuffle(subjects)
    random.shuffle(raters)
    other = absolute_agreement((values * unit + offset)[subjects][:, raters])
    for name in ("icc", "low", "high"):
        np.testing.assert_allclose(getattr(other, name), getattr(found, name), rtol=0, atol=1e-6)
    assert other.reason.tolist() == found.reason.tolist()


@given(VALUES)
def test_every_feature_has_a_value_within_its_limits_or_a_reason(values):
    found = absolute_agreement(values)
    for icc, low, high, reason in zip(found.icc, found.low, found.high, found.reason, strict=True):
        assert np.isfinite(icc) == (reason is None or reason == "no_interval")
        if reason is None:
            assert low - 1e-9 <= icc <= 1 + 1e-9
            assert icc <= high + 1e-9


LABELS = arrays(
    np.uint8, st.tuples(st.integers(3, 6), st.integers(6, 12), st.integers(6, 12)), elements=st.integers(0, 2)
)


@settings(max_examples=40)
@given(LABELS, st.floats(-0.4, 0.4), st.integers(0, 2**31))
def test_masks_keep_their_labels_and_grow_into_background_alone(labels, share, seed):
    mask = sitk.GetImageFromArray(labels)
    mask.SetSpacing((0.7, 1.0, 3.0))
    changed = sitk.GetArrayFromImage(resized(mask, share, generator(seed)))
    assert set(np.unique(changed)) <= {0, *np.unique(labels)}
    for label in (1, 2):
        before, after = labels == label, changed == label
        wanted = round(abs(share) * np.count_nonzero(before))
        if share < 0:
            assert (before | ~after).all()
            assert np.count_nonzero(after) == np.count_nonzero(before) - wanted
        else:
            assert (after | ~before).all()
            assert np.count_nonzero(after) <= np.count_nonzero(before) + wanted
    assert set(np.unique(sitk.GetArrayFromImage(redrawn(mask, generator(seed))))) <= {0, *np.unique(labels)}
