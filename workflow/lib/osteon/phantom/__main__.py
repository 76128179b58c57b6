"""Write the tables of a simulated cohort: python -m osteon.phantom PARAMETERS COHORT FOLDER."""

from __future__ import annotations

import argparse

from osteon.phantom.cohort import write_cohort_tables
from osteon.phantom.parameters import load_parameters


def main(arguments: list[str] | None = None) -> None:
    """Command line entry."""
    parser = argparse.ArgumentParser(prog="python -m osteon.phantom", description=__doc__)
    parser.add_argument("parameters", help="YAML file, for example config/phantom/lumbar.yaml")
    parser.add_argument("cohort", help="name under 'cohorts' in that file")
    parser.add_argument("folder", help="folder for cases.tsv and participants.tsv")
    options = parser.parse_args(arguments)
    write_cohort_tables(load_parameters(options.parameters), options.cohort, options.folder)


if __name__ == "__main__":
    main()
