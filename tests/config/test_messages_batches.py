"""What a study is told whose batches, persons or adaptation patients are not there."""

from __future__ import annotations

import pytest

from helpers.mini_study import lines
from osteon.config.batches import adapts, batch_problems
from osteon.config.harmonisation import Harmonisation
from osteon.config.sheets import Case
from osteon.config.study import Study

DICOM = {"source": "dicom", "masks": "*.nii.gz"}
CENTERS = {
    "A": {"role": "development", **DICOM},
    "B": {"role": "development", "source": "features", "table": "t.csv"},
    "X": {"role": "external", "source": "features", "table": "t.csv"},
    "Y": {"role": "external", **DICOM},
}
NIFTI = {"source": "nifti", "images": {"T1": "*.nii.gz"}}
SIZES = {"A": 3, "B": 3, "X": 12, "Y": 12}


def cases(**columns):
    """Cases of all centers; each keyword is a column with its cells by subject, '' for the others."""
    subjects = [(center, f"{center}{number}") for center, size in SIZES.items() for number in range(1, size + 1)]
    return [
        Case(
            center, subject, "", center, row, subject, {name: cells.get(subject, "") for name, cells in columns.items()}
        )
        for row, (center, subject) in enumerate(subjects, start=2)
    ]


def problems(rows=None, centers=None, validation=None, models=None, **harmonisation):
    study = Study(
        study={"name": "x"},
        cases="cases.tsv",
        centers=centers or CENTERS,
        sequences={"T1": {}, "T2": {}},
        models=models or {"m": {"scores": ["T1"]}},
        validation=validation or {},
        harmonisation=harmonisation,
    )
    found = batch_problems(study, rows if rows is not None else cases())
    return [f"{problem.where} {problem.what} {problem.write}".strip() for problem in found]


def divided(**column):
    return {"batch": ["center", "b"], "batches": {"b": column}}


def test_nothing_asked_for():
    assert problems() == []


def test_all_that_is_right():
    rows = cases(kernel={"A1": "B30f"}, field={"A1": "1.5 T", "X1": "NA"}, person={"A1": "p"})
    batches = {
        "k": {"column": "kernel", "merge": {"sharp": ["B*"]}},
        "f": {"column": "field", "cut": [2]},
        "te": {"header": "echo_time_ms", "sequence": "T2", "cut": [15]},
        "model": {"header": "model"},
    }
    assert problems(rows, validation={"person": "person"}, batch=["center", "k+f", "te"], batches=batches) == []


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        ({"header": "field_strength"}, "header 'field_strength' is no value of the headers. Did you mean 'field_t'?"),
        ({"header": "model", "sequence": "T3"}, "sequence 'T3' is not a sequence of the study. Allowed: T1, T2"),
        (
            {"header": "model", "cut": [1]},
            "cut 'model' is text. Write: merge, or a number: field_t, repetition_time_ms, echo_time_ms, "
            "slice_thickness_mm, slice_spacing_mm, inversion_time_ms, echo_train_length, flip_angle_deg, "
            "tube_voltage_kv",
        ),
        ({"column": "Kernel"}, "column cases.tsv has no column 'Kernel'. Did you mean 'kernel'?"),
    ],
    ids=["header", "sequence", "cut", "column"],
)
def test_values_that_are_not_there(column, expected):
    (found,) = problems(cases(kernel={}), **divided(**column))
    assert found == f"harmonisation.batches.b.{expected}"


def test_an_unknown_header_is_told_all_of_them():
    (found,) = problems(**divided(header="xyz"))
    assert found.startswith(
        "harmonisation.batches.b.header 'xyz' is no value of the headers. Allowed: scanner, field_t,"
    )


@pytest.mark.parametrize(
    ("center", "header", "expected"),
    [
        ({"source": "features", "table": "t.csv"}, "model", "no development center delivers images"),
        (NIFTI, "kernel", "no development center delivers DICOM images"),
        (NIFTI, "field_t", None),
        (DICOM, "kernel", None),
    ],
    ids=["features", "NIFTI without", "NIFTI", "DICOM"],
)
def test_headers_that_no_development_center_can_have(center, header, expected):
    found = problems(centers={**CENTERS, "A": {"role": "development", **center}}, **divided(header=header))
    where = "harmonisation.batches.b.header needs headers, but"
    assert found == ([f"{where} {expected}. Write: column: <column of cases.tsv>"] if expected else [])


def test_cells_that_are_to_be_cut_and_no_numbers():
    rows = cases(te={"A1": "15", "A2": "15 ms", "A3": "long", "B1": "NA", **{f"X{n}": "?" for n in range(1, 7)}})
    found = problems(rows, **divided(column="te", cut=[10]))
    assert (
        found[0]
        == "cases.tsv, row 4 'long' in column 'te' is no number, but is to be cut. Write a number, or leave it empty"
    )
    assert len(found) == 6
    assert found[-1] == "cases.tsv 2 more cells of 'te' are wrong in this way."


@pytest.mark.parametrize(
    ("batch", "names", "expected"),
    [
        (["center", "center"], ["k"], "harmonisation.batch names 'center' twice. Write each batch once"),
        (["center+k", "k+center"], ["k"], "harmonisation.batch names 'center+k' twice. Write each batch once"),
        (["k+k"], ["k"], "harmonisation.batch names 'k+k' twice. Write each batch once"),
        (["center"], ["subject"], "harmonisation.batches.subject is a name that is taken. Call it otherwise"),
        (["center"], ["center"], "harmonisation.batches.center is a name that is taken. Call it otherwise"),
    ],
    ids=["twice", "turned round", "with itself", "subject", "center"],
)
def test_names_of_batches(batch, names, expected):
    rows = cases(kernel={})
    assert problems(rows, batch=batch, batches={name: {"column": "kernel"} for name in names}) == [expected]


def test_the_person_has_no_column():
    found = problems(cases(pid={}), validation={"person": "pids"})
    assert found == ["validation.person cases.tsv has no column 'pids'. Did you mean 'pid'?"]


def reference_problems(reference, batch, **column):
    rows = cases(kernel={"A1": "B30f", "A2": "B31f", "A3": "B50s", "X1": "I44"})
    batches = {"k": {"column": "kernel", **column}, "h": {"header": "model"}}
    return problems(rows, reference=reference, batch=batch, batches=batches)


@pytest.mark.parametrize(
    ("reference", "batch", "expected"),
    [
        ("X", ["center"], "'X' is no development center. Allowed: A, B"),
        (
            "B30",
            ["k"],
            "'B30' is the batch of no development case (of 'k'). Did you mean 'B30f'?",
        ),
        (
            "I44",
            ["k", "center"],
            "'I44' is the batch of no development case (of 'k'). Allowed: B30f, B31f, B50s, unknown",
        ),
        (
            "A+B30f",
            ["center+k"],
            "'A+B30f' is the batch of no development case (of 'center+k'). Did you mean 'A + B30f'?",
        ),
    ],
    ids=["external center", "misspelt", "external batch", "crossed"],
)
def test_the_reference_is_no_batch(reference, batch, expected):
    assert reference_problems(reference, batch) == [f"harmonisation.reference {expected}"]


@pytest.mark.parametrize(
    ("reference", "batch", "column"),
    [
        ("A", ["center"], {}),
        ("B30f", ["k", "center"], {}),
        ("A + B50s", ["center+k"], {}),
        ("soft", ["k"], {"merge": {"soft": ["B3*"]}}),
        ("other", ["k"], {"smallest": 5}),
        ("Prisma", ["h"], {}),
    ],
    ids=["center", "column", "crossed", "merged", "small ones", "header: not known before"],
)
def test_the_reference_is_a_batch(reference, batch, column):
    assert reference_problems(reference, batch, **column) == []


def test_combat_of_one_center():
    one = {"A": CENTERS["A"], "X": CENTERS["X"]}
    rows = [case for case in cases(kernel={}) if case.center in one]
    refused = [
        "harmonisation.method 'combat' needs two development centers; there is one. Write: harmonisation: "
        "{method: none}"
    ]
    assert problems(rows, one) == refused
    assert problems(rows, one, models={"m": {"columns": ["*"]}}) == refused
    assert problems(rows, one, models={"m": {"clinical": ["age"]}}) == []
    assert problems(rows, one, method="none") == []
    assert problems(rows, one, batch="k", batches={"k": {"column": "kernel"}}) == []


def adapted(**cells):
    rows = cases(ad=cells)
    return problems(rows, new_center="reference", adaptation="ad")


TEN = {f"X{number}": "yes" for number in range(1, 11)}


def test_adaptation_that_is_right():
    assert adapted(**TEN, X11="no", X12="NA", Y1="") == []
    assert adapted(**dict.fromkeys(TEN, " YES ")) == []


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (
            {},
            "harmonisation.adaptation no external center has a patient with 'yes' in column 'ad' of cases.tsv. Write "
            "'yes' for some of them, or: new_center: none",
        ),
        (
            {**TEN, "X10": ""},
            "harmonisation.adaptation center 'X' has 9 patients for adaptation; 10 are needed. Write 'yes' for more of "
            "them, or for none of 'X'",
        ),
        (
            {**TEN, "X11": "yes", "X12": "yes"},
            "harmonisation.adaptation names all patients of center 'X' for adaptation; none is left to be evaluated. "
            "Write 'yes' for some of them only",
        ),
        (
            {**TEN, "B1": "yes"},
            "cases.tsv, row 5 'yes' in column 'ad' is for adaptation, but the patient is of a development center. "
            "Leave it empty: models learn from this patient anyway",
        ),
        (
            {**TEN, "Y1": "1"},
            "cases.tsv, row 20 '1' in column 'ad' is neither yes nor no. Write: yes, or leave it empty",
        ),
    ],
    ids=["none", "few", "all", "development", "neither"],
)
def test_adaptation_that_is_wrong(cells, expected):
    assert adapted(**cells) == [expected]


def test_adaptation_has_no_column():
    found = problems(cases(adapt={}), new_center="reference", adaptation="adapted")
    assert found == ["harmonisation.adaptation cases.tsv has no column 'adapted'. Did you mean 'adapt'?"]


def test_fewer_are_needed_where_the_study_says_so():
    rows = cases(ad={"X1": "yes", "X2": "yes"})
    assert problems(rows, new_center="reference", adaptation="ad", minimum=2) == []
    assert adapts(rows[6], "ad")


def test_a_study_is_told_with_its_other_problems(mini):
    mini.study["harmonisation"] = {"method": "none", "batch": "k", "batches": {"k": {"column": "kernel"}}}
    (found,) = lines(mini.message())
    assert found.startswith("harmonisation.batches.k.column cases.tsv has no column 'kernel'.")


@pytest.mark.parametrize(
    "column", [{}, {"header": "a", "column": "b"}, {"header": "a", "merge": {"x": ["y"]}, "cut": [1]}]
)
def test_a_batch_has_one_source_and_one_rule(column):
    with pytest.raises(ValueError, match="one of them"):
        Harmonisation(batch="b", batches={"b": column})


def test_adaptation_with_covariates():
    rows = cases(ad={f"X{number}": "yes" for number in range(1, 11)})
    found = problems(rows, new_center="reference", adaptation="ad", covariates=["age"])
    assert (
        "harmonisation.new_center 'reference' adapts without clinical variables, but there are covariates. Remove "
        "harmonisation.covariates, or write: new_center: none" in found
    )
