"""Frozen models that are applied to a study's patients."""

from __future__ import annotations

from osteon.config.base import Section, Slug


class Apply(Section):
    """Frozen models of earlier studies that predict the patients of this one: `snakemake apply`."""

    bundles: dict[Slug, str] = {}
    """Their folders (06_models/<model>/bundle of the study that made them), by the names that they get here."""
