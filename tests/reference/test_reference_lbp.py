"""Local binary patterns: the images of PyRadiomics 3.0.1 itself, which still ran under SciPy 1.14."""

from __future__ import annotations

import numpy as np
import pytest

from osteon.features.lbp import local_binary_patterns

# From PyRadiomics' getLBP3DImage (SciPy 1.14.1, trimesh 5.2.0) on the image below: mean, standard deviation, the first,
# the hundredth and the last voxel, and the sum of each value times its place.
DEFAULTS = {
    "lbp-3D-m1": (
        10.830720895853734, 3.9281856596610814, 10.830140129008546, 8.767256294911679, 13.924465880153846,
        4223119.282092432,
    ),
    "lbp-3D-m2": (
        10.816092595743928, 3.0421466110046844, 9.921369798871726, 13.95473016506251, 15.735715358145253,
        4161517.1684455383,
    ),
    "lbp-3D-k": (
        -0.87877728082977, 0.30521808871949807, -0.9736634185781887, -0.8376232508143997, -1.134653887350078,
        -332821.9664079929,
    ),
}  # fmt: skip
# The same with three levels, radius 2 and two subdivisions.
WIDER = {
    "lbp-3D-m1": (
        81.88506163838873, 38.10150089647239, 90.14417115523024, 62.797063051958176, 132.68411709365375,
        31471514.88037159,
    ),
    "lbp-3D-m2": (
        76.97809937190283, 30.434163353076983, 84.04262876257529, 74.9452322786269, 113.13170940332239,
        29408556.127756443,
    ),
    "lbp-3D-m3": (
        72.63874567716601, 30.343928376650044, 73.68970611005527, 83.63502863171648, 107.29429616840635,
        27696882.805987753,
    ),
    "lbp-3D-k": (
        -0.7593001745809321, 0.3107615694575798, -0.5714108835957172, -1.0973723513079254, -0.5612779629609119,
        -306028.0822757163,
    ),
}  # fmt: skip


def _picture() -> tuple[np.ndarray, np.ndarray]:
    z, y, x = np.mgrid[:14, :16, :18].astype(float)
    image = np.sin(0.9 * x + 0.3 * y) * 40 + np.cos(0.7 * y - 0.5 * z) * 30 + np.sin(1.3 * z * x / 7) * 20
    return image, ((z - 6.5) / 5) ** 2 + ((y - 7.5) / 6) ** 2 + ((x - 8.5) / 7) ** 2 < 1


@pytest.mark.parametrize(
    ("options", "expected"),
    [({}, DEFAULTS), ({"levels": 3, "radius": 2.0, "subdivision": 2}, WIDER)],
    ids=["defaults", "wider"],
)
def test_patterns_are_pyradiomics_own(options, expected):
    image, inside = _picture()
    patterns = local_binary_patterns(image, inside, **options)
    assert list(patterns) == list(expected)
    for name, numbers in expected.items():
        values = patterns[name][inside]
        ours = (values.mean(), values.std(), values[0], values[100], values[-1], values @ np.arange(len(values)))
        assert ours == pytest.approx(numbers, rel=1e-9), name
