"""The audit of the published tables finds what is known of them, no more and no less."""

from __future__ import annotations

import re
import shutil

import pytest

from osteon.printed.audit import audit
from osteon.printed.findings import Verdict

TEXTS = {
    "flow": "step,n,of\nall,1095,\ntrain,768,all\ninternal,193,all\nexternal,134,all\n",
    "shares": "item,share,group\nT2,33.6%,radiomics\nsex,22.7%,\nage,20.3%,\nT1,16.1%,radiomics\nFS,7.3%,radiomics\n"
    "radiomics,57.0%,\ntotal,100.0%,\n",
    "correlations": "variable,r\nsex,-.34\nage,.26\n",
    "settings": "images,bin_width,low,high\nafter scaling to 0-1,25,0,1\n",
    "repeated": "item,place,value\nlower limit of age,Table 3,1.08\nlower limit of age,text,1.06\n"
    "upper limit of age,Table 3,1.13\nupper limit of age,text,1.14\n",
    "coefficients": "analysis,variable,coefficient,or,ci_low,ci_high,z,p\n"
    "multivariable,sex,-0.885,0.41,0.30,0.56,-5.555,<0.01\n",
}
"""What the paper prints outside its tables, as forms."""


@pytest.fixture(scope="module")
def found(shared, tmp_path_factory):
    folder = tmp_path_factory.mktemp("printed")
    for path in (shared / "published/osteoporosis_mri").glob("*.csv"):
        shutil.copy(path, folder)
    for name, text in TEXTS.items():
        (folder / f"x_{name}.csv").write_text(text, encoding="utf-8")
    return audit(folder)


def of(found, table, item="", verdict=None):
    return [one for one in found if table in one.table and item in one.item and verdict in (None, one.verdict)]


def rows(findings):
    return {one.row for one in findings}


@pytest.mark.slow
def test_nothing_else_is_impossible(found, shared):
    """Shipped tables: six confusion matrices, six F1, four intervals. Text: a limit, one grey level."""
    wrong = of(found, "", verdict=Verdict.IMPOSSIBLE)
    models = {
        f"{model}, {where}" for model in ("clinical", "radiomics", "combined") for where in ("internal", "external")
    }
    narrow = {name for name in models if not name.startswith("combined")}
    expected = {(name, item) for name in models for item in ("confusion matrix", "F1 from precision and recall")}
    expected |= {(name, "confidence interval of the AUC") for name in narrow}
    assert {(one.row, one.item) for one in wrong if one.table == "table4_performance.csv"} == expected
    rest = [one for one in wrong if one.table != "table4_performance.csv"]
    assert rows(rest) == {"lower limit of age", "after scaling to 0-1"}
    alone = audit(shared / "published/osteoporosis_mri")
    assert sum(one.verdict is Verdict.IMPOSSIBLE for one in alone) == len(expected)


def test_counts_come_out_with_yates(found):
    statistics, ps = of(found, "table2", "statistic from the counts"), of(found, "table2", "p from the counts")
    assert len(statistics) == len(ps) == 12
    assert {one.verdict for one in statistics + ps} == {Verdict.REPRODUCED}
    assert all(one.how.startswith("chi-square with Yates' correction.") for one in statistics + ps)
    sex = next(one for one in statistics if one.row == "sex male, train")
    yates, plain = re.findall(r"(?:correction): ([.\d]+)", sex.arithmetic)
    assert (round(float(yates), 2), round(float(plain), 2)) == (22.71, 23.43)


def test_z_is_mann_whitney_u(found):
    ranks = of(found, "table2", "p from the printed statistic")
    assert len(ranks) == 6
    assert {one.verdict for one in ranks} == {Verdict.REPRODUCED}
    assert all(one.how.startswith("only as Mann-Whitney U, printed as Z.") for one in ranks)
    p = {one.row: re.search(r"approximation: p = ([.\d]+)", one.arithmetic)[1] for one in ranks if "bmi" in one.row}
    assert [round(float(p[f"bmi, {name}"]), 4) for name in ("train", "internal", "external")] == [
        0.0543,
        0.5821,
        0.5301,
    ]
    area = {one.row: one.arithmetic.rsplit(" = ")[-1] for one in ranks}
    assert [area[f"age, {name}"] for name in ("train", "internal", "external")] == ["0.658", "0.657", "0.688"]


def test_univariable_odds_ratios_come_from_the_training_counts(found):
    own = of(found, "table3", "from the counts")
    assert rows(own) == {f"{name}, univariable" for name in ("sex", "smoking", "alcohol", "diabetes")}
    assert {(one.verdict, one.how) for one in own} == {(Verdict.REPRODUCED, "from the counts of set train.")}
    assert "OR 0.4866 (0.363 to 0.653), z = -4.811" in next(one for one in own if one.row.startswith("sex")).arithmetic


def test_multivariable_rows(found):
    own = {one.row: str(one.verdict) for one in of(found, "table3", "each other") if "multi" in one.row}
    assert own == {"sex, multivariable": "reproduced", "age, multivariable": "consistent"}
    assert [str(one.verdict) for one in of(found, "x_coefficients")] == ["reproduced"]


def test_comparisons(found):
    ps, errors = of(found, "table5", "p from z"), of(found, "table5", "standard error")
    assert [one.verdict for one in ps] == [Verdict.REPRODUCED] * 6
    assert [one.verdict for one in errors] == [Verdict.CONSISTENT] * 6


def test_what_the_text_prints(found):
    assert {one.verdict for one in of(found, "x_flow") + of(found, "x_shares")} == {Verdict.REPRODUCED}
    assert rows(of(found, "x_flow")) == {"all", "train", "internal", "external"}
    sex, age = of(found, "x_correlations")
    assert (sex.verdict, sex.how) == (Verdict.REPRODUCED, "phi of the counts of internal.")
    phis = re.findall(r"(?:^|; )(train|internal|external): phi = (-[.\d]+)", sex.arithmetic)
    assert {name: round(float(phi), 3) for name, phi in phis} == {
        "train": -0.175,
        "internal": -0.337,
        "external": -0.253,
    }
    assert age.verdict is Verdict.CANNOT
