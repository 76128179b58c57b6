"""Two sarcoma patients with preset ibsi, from DICOM and contours to the medians of IBSI's teams.

Data: IBSI data sets, TCIA Soft-tissue-Sarcoma (CC BY 3.0). The workflow runs the same study in
tests/integration/test_real_data.py; here are the functions behind its rules.
"""

from __future__ import annotations

import pandas as pd
import pytest

from osteon.config.delivery import IngestSettings
from osteon.config.load import load_study
from osteon.config.plan import Plan
from osteon.config.regions import region_names
from osteon.features.dictionary import definitions, feature_dictionary
from osteon.features.extract import extract_case
from osteon.features.ibsi import compare, read_medians
from osteon.features.settings import pyradiomics_parameters
from osteon.images.intensity import normalise
from osteon.images.io import read_image
from osteon.ingest.case import ingest_case
from osteon.ingest.rules import load_rules

# Of the 234 tags of each patient. One of STS025, asphericity, has fewer than three teams that agree (and is met).
JUDGED = {"STS_019": 116, "STS_025": 115}
ABSENT = 118
# All others meet the median to 3e-4 of it. The teams' meshes of STS025 differ among each other by more than ours from
# the median; of the others, a few voxels at the upper end decide, which not all teams interpolate alike.
WIDE = {
    "morph_area_mesh": 2.5e-3,
    "stat_range": 1.4e-3,
    "szm_zsnu_3D": 1e-3,
    "stat_kurt": 8e-4,
    "szm_glnu_3D": 6e-4,
}


@pytest.fixture(scope="module")
def comparison(shared, root, tmp_path_factory) -> pd.DataFrame:
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(root)
        study, cases = load_study("tests/studies/sts_mr/study.yaml")
        plan, rules = Plan(study, cases), load_rules(study.series_rules, list(study.sequences))
        assert not study.preprocess.bias_correction.enabled
        parameters = pyradiomics_parameters(study.features)
        rows = []
        for case in cases:
            folder = tmp_path_factory.mktemp(case.subject)
            status = ingest_case(
                case.source,
                case.center,
                case.subject,
                settings=IngestSettings(**plan.ingest(case)),
                rules=rules,
                overrides=[],
                native_folder=folder,
            )
            assert status.ok, status.detail
            image = normalise(read_image(folder / status.files["T1"]["path"]), study.preprocess.intensity)
            mask = read_image(folder / status.files["manual"]["path"])
            table = extract_case({"T1": image}, mask, study.labels, study.rois, parameters).features
            columns = table["sequence"] + "_" + table["roi"] + "_" + table["feature"]
            rows.append({"subject": case.subject, **dict(zip(columns, table["value"], strict=True))})
    dictionary = feature_dictionary(["T1"], region_names(study.rois), parameters)
    medians = read_medians(shared / "reference" / "sts_mr" / "ibsi_team_medians.csv")
    return compare(pd.DataFrame(rows), dictionary, medians)


@pytest.mark.slow
def test_every_tag_is_met_or_absent_for_a_reason(comparison):
    wrong = comparison[comparison["verdict"].isin(["missed", "not computed"])]
    assert wrong.empty, wrong[["id", "tag", "ours", "median", "difference"]].to_string()
    assert comparison[comparison["verdict"] == "met"].groupby("id").size().to_dict() == JUDGED
    absent = comparison[comparison["verdict"] == "absent"]
    assert absent.groupby("id").size().to_dict() == dict.fromkeys(JUDGED, ABSENT)
    assert (absent["reason"] != "").all()


def test_most_are_met_much_closer(comparison):
    met = comparison[comparison["verdict"] == "met"]
    limits = met["tag"].map(WIDE).fillna(3e-4)
    far = met[met["difference"].abs() > limits]
    assert far.empty, far[["id", "tag", "ours", "median", "difference"]].to_string()
    assert met["difference"].abs().median() < 1e-6


def test_every_feature_with_a_tag_is_judged(comparison):
    tags = set(definitions()["ibsi_tag"]) - {""}
    assert tags <= set(comparison.loc[comparison["verdict"] == "met", "tag"])
