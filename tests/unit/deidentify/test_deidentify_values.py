"""Rules for single values: what stays is known to name nobody."""

from __future__ import annotations

import pytest
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from pydicom.tag import Tag

from osteon.deidentify import values
from osteon.deidentify.labels import clean_label, known_parts
from osteon.deidentify.whitelist import SPECIAL


def element(keyword: str, vr: str, value: object) -> DataElement:
    return DataElement(Tag(keyword), vr, value)


@pytest.mark.parametrize(
    ("text", "days", "moved"),
    [
        ("20240301", -1, "20240229"),
        ("20230301", -1, "20230228"),
        ("20240101", -365, "20230101"),
        ("2024.03.01", -1, "20240229"),
        ("20241301", -1, None),
        ("2024", -1, None),
        ("Meier", -1, None),
        ("", -1, None),
    ],
)
def test_dates_move_by_whole_days(text, days, moved):
    assert values.shifted_date(text, days) == moved


@pytest.mark.parametrize(
    ("text", "moved"),
    [
        ("20240301101500.123456", "20240229101500.123456"),
        ("20240301101500+0800", "20240229101500"),
        ("20240301", "20240229"),
        ("202403", None),
        ("20240301 Meier", None),
    ],
)
def test_date_times_keep_their_time(text, moved):
    assert values.shifted_date_time(text, -1) == moved


@pytest.mark.parametrize(
    ("age", "birth", "study", "shown"),
    [
        ("067Y", "", "", "067Y"),
        ("67Y", "", "", "067Y"),
        ("089Y", "", "", "089Y"),
        ("090Y", "", "", "090Y"),
        ("104Y", "", "", "090Y"),
        ("011M", "", "", "011M"),
        ("", "19500315", "20240314", "073Y"),
        ("", "19500315", "20240315", "074Y"),
        ("", "19200101", "20240315", "090Y"),
        ("", "", "20240315", None),
        ("", "20250101", "20240315", None),
        ("Meier", "", "", None),
    ],
)
def test_age_is_capped_and_computed_where_it_is_missing(age, birth, study, shown):
    assert values.shown_age(age, birth, study) == shown


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        (["ORIGINAL", "PRIMARY", "M", "ND"], ["ORIGINAL", "PRIMARY", "M", "ND"]),
        ("FS", "FS"),
        ("Meier", None),
        ("ID1234567", None),
        (["FS", "1380013"], ["FS", ""]),
        ("王伟", None),
    ],
)
@pytest.mark.filterwarnings("ignore:Invalid value")
def test_code_strings_are_codes(value, kept):
    assert values.code_string(element("ScanOptions", "CS", value)) == kept


@pytest.mark.parametrize(
    ("rule", "keyword", "vr", "value", "kept"),
    [
        ("known_text", "SeriesDescription", "LO", "SAG T2 Meier 压脂", "SAG T2 压脂"),
        ("known_text", "SeriesDescription", "LO", "Meier", None),
        ("sequence_name", "SequenceName", "SH", "*tse2d1_15", "*tse2d1_15"),
        ("sequence_name", "SequenceName", "SH", "*spcR_140ns", "*spcR_140ns"),
        ("sequence_name", "SequenceName", "SH", "ep_b1000t", "ep_b1000t"),
        ("sequence_name", "SequenceName", "SH", "MeierAnna", None),
        ("maker", "Manufacturer", "LO", "GE MEDICAL SYSTEMS", "GE MEDICAL SYSTEMS"),
        ("maker", "Manufacturer", "LO", "Dr. Meier", None),
        ("model", "ManufacturerModelName", "LO", "Skyra 138001", "Skyra"),
        ("kernel", "ConvolutionKernel", "SH", ["I70f", "3"], ["I70f", ""]),
        ("kernel", "ConvolutionKernel", "SH", "BONE", "BONE"),
        ("kernel", "ConvolutionKernel", "SH", "Meier", None),
        ("agent", "ContrastBolusAgent", "LO", "Gadovist 7 ml Meier", "GADOVIST"),
        ("agent", "ContrastBolusAgent", "LO", "Meiers Mittel", "YES"),
        ("agent", "ContrastBolusAgent", "LO", " ", None),
        ("rescale_type", "RescaleType", "LO", "HU", "HU"),
        ("rescale_type", "RescaleType", "LO", "Meier", None),
        ("modality", "Modality", "CS", "MR", "MR"),
        ("modality", "Modality", "CS", "MEIER", None),
        ("sex", "PatientSex", "CS", "F", "F"),
        ("sex", "PatientSex", "CS", "MEIER", None),
        ("body_part", "BodyPartExamined", "CS", "LSPINE", "LSPINE"),
        ("body_part", "BodyPartExamined", "CS", "MEIERANNA", None),
        ("nucleus", "ImagedNucleus", "SH", "1H", "1H"),
        ("nucleus", "ImagedNucleus", "SH", "Meier", None),
        ("time", "StudyTime", "TM", "101500.25", "101500.25"),
    ],
)
def test_text_has_a_rule_that_keeps_the_known(rule, keyword, vr, value, kept):
    assert getattr(values, rule)(element(keyword, vr, value)) == kept


def test_every_special_rule_is_there():
    keyed = {"patient", "accession", "age", "token", "label"}
    for rule in set(SPECIAL.values()) - keyed:
        assert getattr(values, rule)(element("SeriesDescription", "LO", "Meier")) in (None, "YES", "Meier"), rule


@pytest.mark.parametrize(
    ("code", "scheme", "meaning", "kept"),
    [
        ("51282000", "SCT", "Vertebra", ("51282000", "SCT", "Vertebra")),
        ("51282000", "SCT", "Vertebra of Mrs. Meier", ("51282000", "SCT", "Vertebra_of")),
        ("T-11500", "SRT", "Vertebra", ("T-11500", "SRT", "Vertebra")),
        ("13800138000", "SCT", "x", ("85756007", "SCT", "Tissue")),
        ("Meier", "99LOCAL", "Meier", ("85756007", "SCT", "Tissue")),
    ],
)
def test_codes_are_codes_of_a_known_scheme(code, scheme, meaning, kept):
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = code, scheme, meaning
    assert values.code_item(item) == kept


@pytest.mark.parametrize(
    ("text", "kept", "label"),
    [
        ("GTV_Mass", (), "GTV_Mass"),
        ("L1", (), "L1"),
        ("L1-L3 body", (), "L1-L3 body"),
        ("L2 王医生", (), "L2"),
        ("L1 Dr. Meier", (), "L1"),
        ("wangxm_L5S1_readerTwo", (), "L5S1_reader"),
        ("Osteophyt Meier", ("Osteophyt Meier",), "Osteophyt Meier"),
        ("Meier", (), None),
        ("", (), None),
    ],
)
def test_labels_are_known_words_or_named_by_the_user(text, kept, label):
    assert clean_label(text, frozenset(kept)) == label


def test_parts_of_ids_do_not_survive_in_names():
    assert known_parts("0047-77_T1_dseg") == ["T1", "dseg"]


@pytest.mark.parametrize("date", ["2024-3-1", "3.1.2024", "3/1", "2024年3月1日", "1 9 7 4"])
def test_days_and_months_go(date):
    assert known_parts(f"mask {date}") == ["mask"]
    assert clean_label(f"L1 {date}", frozenset()) == "L1"
