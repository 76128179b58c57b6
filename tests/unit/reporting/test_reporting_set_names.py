"""Sets of patients are called the same in English as everywhere, and have Chinese names."""

from __future__ import annotations

import pytest

from helpers import report_study
from osteon.config.study import Study
from osteon.config.validation_parts import parts, set_titles
from osteon.reporting.language import english, language
from osteon.reporting.set_names import set_names


def study(**validation) -> Study:
    values = report_study.study().model_dump()
    values["harmonisation"] |= {"new_center": "reference", "adaptation": "x"}
    return Study.model_validate(values | {"validation": values["validation"] | validation})


@pytest.mark.parametrize("repeats", [1, 3])
def test_english_names_are_those_of_the_tables(repeats):
    for part in parts(study(repeats=repeats)):
        assert set_names(study(repeats=repeats), part, english) == set_titles(study(repeats=repeats), part)


def test_chinese_names_keep_those_of_hospitals():
    say = language("zh", strict=True)
    assert set_names(study(), "internal", say) == {"train": "训练集（折外预测）", "test": "内部测试集"}
    names = set_names(study(), "external/center-C", say)
    assert names["external"] == "Hospital C & co"
    assert names["external_rest"].startswith("Hospital C & co")
    assert set_names(study(), "resampling", say)["without A"] == "留出 Hospital A"
