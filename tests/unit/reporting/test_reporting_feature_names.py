"""Names of features for people: what each part of a column's name becomes, and what stays as it is."""

from __future__ import annotations

from helpers import report_study
from osteon.reporting.feature_names import feature_names
from osteon.reporting.language import language


def test_parts_of_the_columns_are_read():
    names = feature_names(
        [
            "T1_L1_original_shape_MinorAxisLength",
            "T1_L1_log-sigma-2-0-mm-3D_glcm_Contrast",
            "T1_L1_log-sigma-1-5-mm-3D_firstorder_10Percentile",
            "T1_L1_wavelet-LLH_glszm_ZoneEntropy",
        ],
        report_study.study(),
    )
    assert list(names.values()) == [
        "T1 · shape · MinorAxisLength",
        "T1 · LoG 2 mm · GLCM · Contrast",
        "T1 · LoG 1.5 mm · first order · 10Percentile",
        "T1 · wavelet LLH · GLSZM · ZoneEntropy",
    ]


def test_the_region_is_named_where_there_are_several():
    study = report_study.study()
    study = study.model_copy(update={"rois": {"L1": study.rois["L1"], "L1_L3": study.rois["L1"]}})
    names = feature_names(["T1_L1_L3_original_glcm_Contrast"], study)
    assert names == {"T1_L1_L3_original_glcm_Contrast": "T1 · L1_L3 · GLCM · Contrast"}


def test_columns_of_a_hospitals_own_table_stay():
    assert feature_names(["subject", "T9_L1_original_glcm_Contrast", "T1_age"], report_study.study()) == {}


def test_names_are_in_the_language_of_the_reader():
    names = feature_names(["T1_L1_original_firstorder_Mean"], report_study.study(), language("zh", strict=True))
    assert list(names.values()) == ["T1 · 一阶统计 · Mean"]
