"""Radiomic features: PyRadiomics settings, extraction, fixed column schema, dictionary, center tables."""
