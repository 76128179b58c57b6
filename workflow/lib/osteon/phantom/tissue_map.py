"""Which tissue lies at each point, and what fills it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from osteon.phantom.anatomy import Anatomy
from osteon.phantom.geometry import Points
from osteon.phantom.parameters import Tissue
from osteon.phantom.soft_tissue import paint_abdomen, paint_back, paint_canal, paint_flanks
from osteon.phantom.vertebrae import paint_bodies, paint_discs, paint_posterior_elements


@dataclass(frozen=True)
class TissueMap:
    """Flat arrays over the points.

    `tissue` is a Tissue; `fat` the fat fraction; `marrow` the relative amount of marrow (1 except where
    trabeculae displace it); `hydration` of discs and `roots` (share of nerve roots in fluid) are 0 to 1;
    `body` is 1 + the level of the vertebral body, cortex included, or 0.
    """

    tissue: np.ndarray
    fat: np.ndarray
    marrow: np.ndarray
    hydration: np.ndarray
    roots: np.ndarray
    body: np.ndarray

    def fill(self, index: np.ndarray, tissue: Tissue, fat: np.ndarray | float) -> None:
        """Set tissue and fat fraction at a flat index."""
        self.tissue[index] = tissue
        self.fat[index] = fat


def map_tissues(points: Points, anatomy: Anatomy) -> TissueMap:
    """Paint from the outside in: abdomen, back, flanks, canal, discs, posterior elements, bodies."""
    count = points.x.size
    canvas = TissueMap(
        tissue=np.full(count, Tissue.ABDOMEN, np.uint8), fat=np.zeros(count, np.float32),
        marrow=np.ones(count, np.float32), hydration=np.zeros(count, np.float32),
        roots=np.zeros(count, np.float32), body=np.zeros(count, np.uint8))
    for paint in (paint_abdomen, paint_back, paint_flanks, paint_canal, paint_discs, paint_posterior_elements,
                  paint_bodies):
        paint(canvas, points, anatomy)
    return canvas
