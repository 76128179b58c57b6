"""Osteon: from the raw DICOM of several hospitals to the tables and figures of the paper.

Nothing is imported here: each stage of the road runs in its own environment and
imports only the packages that it needs.
"""

__version__ = "0.1.0"
