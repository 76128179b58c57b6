"""Numbers in, numbers out: discrimination, calibration, clinical utility, tests, each with its uncertainty."""
