"""The map of tissues that the painters of anatomy fill."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from osteon.phantom.parameters import Tissue


@dataclass(frozen=True)
class TissueMap:
    """Flat arrays over the points.

    `tissue` is a Tissue; `fat` the fat fraction; `marrow` the relative amount of marrow (1 except where
    trabeculae displace it); `hydration` of discs and `roots` (share of nerve roots in fluid) are 0 to 1;
    `body` is 1 + the level of the vertebral body inside its cortex, or 0.
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

    @classmethod
    def blank(cls, count: int) -> TissueMap:
        """A map of `count` points, all abdomen without fat."""
        zeros = (np.zeros(count, np.float32) for _ in range(3))
        return cls(
            np.full(count, Tissue.ABDOMEN, np.uint8),
            next(zeros),
            np.ones(count, np.float32),
            next(zeros),
            next(zeros),
            np.zeros(count, np.uint8),
        )
