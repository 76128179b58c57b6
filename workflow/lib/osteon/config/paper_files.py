"""What the folder of the manuscript holds."""

from __future__ import annotations

CHECKLISTS = ("clear", "metrics", "tripod_ai", "claim", "ibsi")
"""Checklists of reporting, for which items are proposed: checklists/<key>.tsv."""
