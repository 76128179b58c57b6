"""Harmonisation of features across centers: an estimator that runs inside the training fold, and diagnostics."""
