"""Simulated hospitals that write real DICOM: patients, anatomy, scanner, files. No patient exists."""
