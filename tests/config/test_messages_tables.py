"""What a user is told of bad tables before anything runs: feature tables of centers, and columns of participants."""

from __future__ import annotations

import pytest

from helpers.mini_study import lines

FEATURES = ["f0", "f1", "f2"]
LOST = (
    "features.tsv row 3: the id '1.10101E+17' is a number of which a program has lost the last digits. Enter such ids "
    "as text"
)


def people(number: int, center: str) -> list[tuple[str, str]]:
    return [(f"{center[0]}{one}", center) for one in range(1, number + 1)]


def cells_of(subject: str) -> list[str]:
    """Three features that say nothing."""
    number = int(subject[1:])
    return [str(number), str(number * 7 % 5), f"{number * 3 % 4}.5"]


@pytest.fixture
def tables(mini):
    """Twelve patients of a development center and four of an external one, with three features each."""
    members = [*people(12, "ZRH"), *people(4, "OSL")]
    outcome = {subject: "mutant" if number % 2 else "wild" for number, (subject, _) in enumerate(members)}
    age = {subject: str(50 + number * number % 11) for number, (subject, _) in enumerate(members)}
    mini.cases[1:] = [[center, subject, "", ""] for subject, center in members]
    mini.participants[1:] = [[subject, center, outcome[subject], age[subject]] for subject, center in members]
    mini.study["validation"] = {"folds": 2}
    mini.table = [
        ["subject", "center", *FEATURES],
        *([subject, center, *cells_of(subject)] for subject, center in members),
    ]
    return mini


def told(study, sep: str = ",") -> list[str]:
    study.features = "".join(sep.join(row) + "\n" for row in study.table)
    return lines(study.message())


def test_right_tables_have_no_message(tables):
    assert told(tables) == []
    assert told(tables, ";") == []
    assert told(tables, "\t") == []


def no_rows(table):
    del table[1:]


def strangers(table):
    for number, row in enumerate(table[1:], start=1):
        row[0] = f"X{number}"


def no_features(table):
    for row in table:
        del row[2:]


def rename(column: int, name: str):
    def spoil(table):
        table[0][column] = name

    return spoil


def write(row: int, column: int, value: str):
    def spoil(table):
        table[row][column] = value

    return spoil


def fill(column: int, value: str):
    def spoil(table):
        for row in table[1:]:
            row[column] = value

    return spoil


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (list.clear, "features.tsv is empty. Write one row per patient: subject, center and the features"),
        (
            no_rows,
            "features.tsv has no row below the names of its columns. Write one row per patient",
        ),
        (
            strangers,
            "features.tsv has no row of any case of center 'ZRH': ids here are X1, X2, X3, X4, X5, ...; its cases are "
            "Z1, Z2, Z3, Z4, Z5, .... Write the same ids into both",
        ),
        (write(2, 0, "1.10101E+17"), LOST),
        (no_features, "features.tsv has no feature column beside subject, center."),
        (
            rename(0, "id"),
            "features.tsv has no column 'subject'; it has id, center, f0, f1, f2. Name the column with the patients' "
            "ids 'subject'",
        ),
        (rename(3, "f0"), "features.tsv these columns are there twice: f0. Rename or remove one of each"),
        (write(2, 2, "12,5"), None),
        (
            write(2, 3, "<0.1"),
            "features.tsv, row 3 'f1' is '<0.1', not a number. Write a number, or leave it empty",
        ),
        (write(2, 3, "1_000"), "features.tsv, row 3 'f1' is '1_000', not a number. Write a number, or leave it empty"),
        (
            fill(3, "GE"),
            "features.tsv column 'f1' is text ('GE'), and signatures.all asks for it. Remove it, name it under "
            "'variables' if it is clinical, or write patterns that it does not match",
        ),
        (
            write(3, 0, "Z-1"),
            "features.tsv, row 4 subject 'Z1' is there twice, in row 2 too. Keep one row per subject; ids are compared "
            "by letters and digits only",
        ),
        (
            write(3, 1, "OSL"),
            "features.tsv, row 4 subject 'Z3' is of center 'OSL' here and of 'ZRH' in the table of cases. Correct one "
            "of them",
        ),
    ],
)
def test_a_bad_feature_table_is_refused_before_anything_runs(tables, spoil, message):
    spoil(tables.table)
    found = told(tables, ";")
    if message is None:  # a decimal comma, which only this delimiter lets stand alone
        message = "features.tsv, row 3 'f0' is '12,5', not a number. Write it with a point: 12.5"
    assert message in found
    assert len(found) <= 2


@pytest.mark.parametrize(
    "spoil",
    [
        fill(3, ""),
        fill(3, "NA"),
        write(2, 3, "inf"),
        write(2, 3, "n/a"),
        write(2, 3, " 5 "),
        write(2, 0, "Z 2"),
        fill(1, ""),
        rename(3, "T1 面积（mm²）"),
        lambda table: table.reverse() or table.insert(0, table.pop()),
        lambda table: table.append(["X9", "ZRH", "a", "b", "c"]),
        lambda table: table.pop(2),
    ],
    ids=["all empty", "all NA", "inf", "n/a", "blanks", "id", "no center", "Chinese", "order", "stranger", "absent"],
)
def test_what_can_be_read_is_not_refused(tables, spoil):
    spoil(tables.table)
    assert told(tables, ";") == []


def test_the_name_of_a_center_is_as_good_as_its_code(tables):
    tables.study["centers"]["ZRH"]["name"] = "Spital Zürich"
    for row in tables.table[1:]:
        row[1] = {"ZRH": "Spital Zürich"}.get(row[1], row[1])
    assert told(tables) == []


def test_numbers_as_ids(tables):
    """'1.0' of another program, and ids longer than a float can hold."""
    for table, column in ((tables.cases, 1), (tables.participants, 0), (tables.table, 0)):
        for row in table[1:]:
            row[column] = "11010119900307" + row[column].replace("Z", "10").replace("O", "20").zfill(4)
    for row in tables.table[1:]:
        row[0] += ".0"
    assert told(tables) == []


def outcomes(tables, **words: str) -> list[str]:
    return [words[row[2]] for row in tables.participants[1:]]


@pytest.mark.parametrize("words", [{"mutant": "1", "wild": "0"}, {"mutant": "-3", "wild": "7.5"}])
@pytest.mark.parametrize("gaps", [0, 4])
def test_a_column_that_is_the_outcome(tables, words, gaps):
    """In development patients; the outcomes of external ones are sealed, and nothing is asked of them."""
    for number, (row, value) in enumerate(zip(tables.table[1:], outcomes(tables, **words), strict=True)):
        row[3] = "" if number < gaps else value if row[1] == "ZRH" else "9"
    assert told(tables) == [
        "features.tsv column 'f1' is a copy of the outcome 'idh'. Remove it, or write it under 'variables' if no model "
        "uses it"
    ]


def test_no_copies(tables):
    """One flip; a copy in external patients alone; a column with hardly any value."""
    values = outcomes(tables, mutant="1", wild="0")
    for number, (row, value) in enumerate(zip(tables.table[1:], values, strict=True)):
        row[2] = {"1": "0", "0": "1"}[value] if number == 2 else value
        row[3] = value if row[1] == "OSL" else row[3]
        row[4] = value if number < 4 else ""
    assert told(tables) == []


def test_a_clinical_variable_that_is_the_outcome(tables):
    tables.study["variables"]["mutation"] = {"type": "binary", "positive": "yes"}
    tables.participants[0].append("mutation")
    for row in tables.participants[1:]:
        row.append("no" if row[2] == "mutant" else "yes")
    assert told(tables) == []  # no model uses it
    tables.study["models"]["clinical"] = {"clinical": ["mutation"]}
    assert told(tables) == [
        "participants.tsv column 'mutation' is a copy of the outcome 'idh'. Take it out of the models"
    ]


def test_a_clinical_variable_without_any_value(tables):
    tables.study["models"]["clinical"] = {"clinical": ["age"]}
    for row in tables.participants[1:13]:
        row[3] = "n/a"
    assert told(tables) == [
        "participants.tsv no development patient has a value of 'age'. Complete the column, or take it out of the "
        "models"
    ]


def test_a_binary_variable_with_a_third_value(tables):
    tables.study["variables"]["sex"] = {"type": "binary", "positive": "F"}
    tables.participants[0].append("sex")
    for number, row in enumerate(tables.participants[1:]):
        row.append("FM"[number % 2])
    assert told(tables) == []
    tables.participants[4][4] = ""
    tables.participants[5][4] = "f"
    assert told(tables) == []  # no model uses it
    tables.study["models"]["clinical"] = {"clinical": ["sex"]}
    assert told(tables) == [
        "participants.tsv 'sex' is binary and holds, beside F: M, f. Write F or one other value, and leave the cell "
        "empty where it is not known"
    ]


def test_a_number_that_is_the_outcome_in_another_unit(tables):
    tables.study["outcome"] = {"column": "idh", "type": "continuous"}
    for number, (person, row) in enumerate(zip(tables.participants[1:], tables.table[1:], strict=True)):
        density = 60 + number * number * 3.25
        person[2], row[3] = f"{density}", f"{(density - 120) / -30!r}"
        row[4] = f"{round(density)}"
    assert told(tables) == [
        "features.tsv column 'f1' is a copy of the outcome 'idh'. Remove it, or write it under 'variables' if no model "
        "uses it"
    ]


def test_columns_that_the_study_names_for_something_else_are_no_features(tables):
    """One file may hold cases, participants and features."""
    tables.study |= {"validation": {"folds": 2, "person": "who"}, "variables": {}}
    tables.study["harmonisation"] = {"method": "none", "batches": {"scanner": {"column": "scanner"}}}
    for number, (case, row) in enumerate(zip(tables.cases, tables.table, strict=True)):
        more = ["who", "scanner", "batch", "source", "idh"] if not number else [f"p{number}", "GE", "x", "y", "wild"]
        case += more[:2]
        row += more
    assert told(tables) == []


def test_a_signature_without_a_feature(tables):
    tables.study["signatures"] = {"all": ["*"], "T2": ["T2_*"]}
    assert told(tables) == []  # no model uses it
    tables.study["models"]["T2"] = {"scores": ["T2"]}
    assert told(tables) == ["signatures.T2 no feature matches T2_*. The features are f0, f1, f2"]


def test_a_center_with_three_patients(tables):
    """Whatever the splits, ComBat will refuse it in some fold."""
    small = [("N1", "NYC"), ("N2", "NYC"), ("N3", "NYC")]
    tables.study["centers"]["NYC"] = dict(tables.study["centers"]["ZRH"])
    tables.cases += [[center, subject, "", ""] for subject, center in small]
    tables.participants += [[subject, center, "wild", "50"] for subject, center in small]
    tables.table += [[subject, center, *cells_of(subject)] for subject, center in small]
    assert told(tables) == []
    tables.study["harmonisation"] = {"method": "combat"}
    assert [line.split(";")[0] for line in told(tables)] == [
        "centers.ZRH has 12 patients",
        "centers.NYC has 3 patients",
    ]
    tables.study["harmonisation"]["minimum"] = 4
    assert told(tables) == [
        "centers.NYC has 3 patients; ComBat needs 4 in the training set of every fold. Write role: external, or "
        "harmonisation: {method: none}, or lower harmonisation.minimum"
    ]


def test_pages_of_wrong_cells_are_counted(tables):
    tables.table[0] += [f"g{number}" for number in range(9)]
    for number, row in enumerate(tables.table[1:]):
        row += ["y" if number % 2 else "1"] * 9
    found = told(tables)
    assert found[0] == (
        "features.tsv, row 3 'g0' is 'y', not a number and 5 more of its cells are no numbers. Write a number, or "
        "leave it empty"
    )
    assert found[5] == "features.tsv has 4 more such places."
    for row in tables.table[1:]:
        row[5:] = ["y"] * 9
    assert told(tables)[5:] == ["features.tsv has 4 more such places."]


def test_columns_of_text_that_no_model_asks_for_are_left_out(tables):
    """As of PyRadiomics' own tables."""
    tables.table[0].append("diagnostics_Versions_Python")
    for row in tables.table[1:]:
        row.append("3.11.7")
    assert "signatures.all asks for it" in told(tables)[0]
    tables.study["signatures"]["all"] = ["f*"]
    assert told(tables) == []


def test_ids_whose_digits_are_lost(tables):
    tables.study["linkage"] = {"key": "mrn", "case_key": "mrn"}
    for table in (tables.cases, tables.participants):
        for number, row in enumerate(table):
            row.append(f"110101199003{number:06d}" if number else "mrn")
    assert told(tables) == []
    tables.participants[3][-1] = "1.10101E+17"
    assert told(tables) == [LOST.replace("features", "participants").replace("row 3", "row 4")]


def test_cells_of_clinical_variables(tables):
    tables.participants[1][3] = "1_000"
    tables.participants[2][3] = "inf"
    assert told(tables) == [
        "participants.tsv, row 2 'age' is '1_000', not a number. Write a number, or leave it empty",
        "participants.tsv, row 3 'age' is 'inf', not a number. Write a number, or leave it empty",
    ]
    for row in tables.participants[1:]:
        row[3] = "61,5"
    found = told(tables)
    assert found[0] == "participants.tsv, row 2 'age' is '61,5', not a number. Write it with a point: 61.5"
    assert found[5:] == ["participants.tsv has 11 more such places."]


def test_an_external_table_lacks_a_feature(tables):
    """Its own file without f1: said before anything is fitted, and not hours later."""
    tables.study["centers"]["OSL"]["table"] = "oslo.tsv"
    rows = [row[:3] + row[4:] for row in tables.table if row[1] in ("center", "OSL")]
    (tables.folder / "oslo.tsv").write_text("".join("\t".join(row) + "\n" for row in rows))
    assert told(tables) == [
        "oslo.tsv center 'OSL' has no column 'f1', which a model may take. Add it, or write patterns that it does not "
        "match"
    ]


def test_names_that_are_taken(tables):
    tables.study["signatures"] = {"columns": ["f*"], "age": ["f0"]}
    tables.study["models"] = {"radiomics": {"scores": ["columns", "age"]}}
    assert told(tables) == [
        "signatures.columns 'columns' is what the features that enter a model themselves are called in the tables. "
        "Call it otherwise",
        "signatures.age is called like a clinical variable. Rename one of them",
    ]


def test_a_chain_called_all(tables):
    tables.study["selections"] = {"all": ["mrmr"]}
    assert told(tables) == ["selections.all is the name for every chain. Call it otherwise"]


def test_a_machine_without_calibration(tables):
    tables.study["models"]["radiomics"] |= {"classifier": "svm_rbf", "calibration": "none"}
    assert (
        "models.radiomics.calibration is 'none', but 'svm_rbf' gives no probabilities. Write: calibration: auto"
        in told(tables)
    )


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (None, "validation.splits the file earlier.tsv does not exist. Copy 06_models/splits.tsv there"),
        (
            "subject\tcenter\tset\n",
            "earlier.tsv has no column 'fold'. Give a copy of 06_models/splits.tsv of the same validation settings, or "
            "a table of subject and set alone",
        ),
        (
            "subject\tset\nZ1\ttrain\nZ2\tTraining\n",
            "earlier.tsv, row 3 'Training' in column 'set' is neither train nor test. Write: train or test",
        ),
    ],
    ids=["no file", "no column", "another word"],
)
def test_earlier_splits(tables, text, line):
    tables.study["validation"]["splits"] = "earlier.tsv"
    if text:
        (tables.folder / "earlier.tsv").write_text(text)
    assert told(tables) == [line]
