"""All tissues at a set of points."""

from __future__ import annotations

from osteon.phantom.anatomy import Anatomy
from osteon.phantom.canvas import TissueMap
from osteon.phantom.geometry import Points
from osteon.phantom.soft_tissue import paint_abdomen, paint_back, paint_canal, paint_flanks
from osteon.phantom.vertebrae import paint_bodies, paint_discs, paint_posterior_elements


def map_tissues(points: Points, anatomy: Anatomy) -> TissueMap:
    """Paint from the outside in: abdomen, back, flanks, canal, discs, posterior elements, bodies."""
    canvas = TissueMap.blank(points.x.size)
    for paint in (
        paint_abdomen,
        paint_back,
        paint_flanks,
        paint_canal,
        paint_discs,
        paint_posterior_elements,
        paint_bodies,
    ):
        paint(canvas, points, anatomy)
    return canvas
