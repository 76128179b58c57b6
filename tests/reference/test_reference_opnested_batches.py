"""Batches of a real table of CT protocols: 207 patients, kernels of four manufacturers, 0 where nothing is known.

Horng et al., Sci Rep 2022 (OPNested ComBat); images TCIA NSCLC-Radiogenomics. Its KernelResolution is the authors' own
division of the kernels: 1 for those that the names call sharp.
"""

from __future__ import annotations

import pandas as pd
import pytest

from osteon.config.harmonisation import Harmonisation
from osteon.config.sheets import read_sheet
from osteon.harmonise.batches import batch_table, raw_values


@pytest.fixture(scope="module")
def patients(shared):
    _, rows = read_sheet(shared / "reference/opnested_nsclc/Sandy-CT-parameters.xlsx")
    table = pd.DataFrame(rows).rename(columns={"clc": "subject"})
    return table.assign(center=table["subject"].str[:3])


def batches(patients, batch, **columns):
    settings = Harmonisation(batch=batch, batches=columns)
    development = pd.Series(True, patients.index)
    return batch_table(patients, raw_values(patients, settings.batches, {}), development, settings)


def test_zero_is_unknown_where_the_study_says_so(patients):
    table = batches(
        patients,
        ["maker", "kv"],
        maker={"column": "Manufacturer", "merge": {"GE": ["GE *"], "unknown": ["0"]}, "smallest": 5},
        kv={"column": "KVP", "merge": {"unknown": ["0"]}},
    )
    assert table["maker"].value_counts().to_dict() == {"GE": 140, "SIEMENS": 55, "Philips": 6, "unknown": 5, "other": 1}
    assert table["kv"].value_counts().to_dict() == {"120": 164, "unknown": 25, "100": 10, "140": 7, "130": 1}


def test_slices_are_cut_and_crossed_with_contrast(patients):
    """1 and 1.25 are numbers of different length in the workbook."""
    table = batches(
        patients, "slices+ce", slices={"column": "ST", "cut": [1, 2, 3]}, ce={"column": "CE", "merge": {"yes": ["1"]}}
    )
    sizes = table["slices+ce"].str.split(" + ", regex=False, expand=True)
    thickness = pd.to_numeric(patients.set_index("subject").loc[table["subject"], "ST"]).reset_index(drop=True)
    for low, high, label in ((0, 1, "below 1"), (1, 2, "1 to below 2"), (2, 3, "2 to below 3"), (3, 99, "3 or more")):
        assert (sizes[0] == label).tolist() == ((thickness >= low) & (thickness < high)).tolist()
    assert sizes[0].value_counts().to_dict() == {
        "1 to below 2": 159,
        "3 or more": 20,
        "2 to below 3": 18,
        "below 1": 10,
    }
    assert sizes[1].value_counts().to_dict() == {"0": 111, "yes": 96}


def test_kernels_are_merged_as_the_authors_did(patients):
    """One name holds brackets, as a program has written a list; upper and lower case are one."""
    sharp = ["bone*", "LUNG", "B5*", "B6*", "B7*", "C", "['I70f', *]"]
    table = batches(patients, "kernel", kernel={"column": "ConvolutionKernel", "merge": {"1": sharp, "0": ["*"]}})
    expected = patients.set_index("subject")["KernelResolution"].loc[table["subject"]]
    assert table["kernel"].tolist() == expected.tolist()
    assert table["kernel"].value_counts().to_dict() == {"1": 107, "0": 100}
