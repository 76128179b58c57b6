"""Masks of the vertebrae: predicted by a trained nnU-Net or given, and what they agree with."""
