"""Which files are a case's masks: the same answer for a folder and for a list of the files in it."""

from __future__ import annotations

import subprocess
import sys

import pytest

from osteon.config.delivery import MaskReading
from osteon.ingest.mask_files import find_masks, masks_outside
from osteon.tables.source import write_file_list

FILES = [
    "A1.nii.gz",
    "A10.nii.gz",
    "A1_L1.nii.gz",
    "BA1.nii.gz",
    "A1/truth/mask.nii.gz",
    "A1/truth/deep/mask.nii.gz",
    "A1/mask.nii.gz",
    "A1/mask.json",
    "R2/A1.seg.nrrd",
    "R2/A1b.seg.nrrd",
    "R2/张三_A1.seg.nrrd",
    "R2/x[1].nii",
]


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "case"
    for name in FILES:
        (made / name).parent.mkdir(parents=True, exist_ok=True)
        (made / name).write_bytes(name.encode())
    (made / "A1" / "mask.nii.gz.d").mkdir()
    return made


@pytest.fixture(params=["folder", "list"])
def source(request, folder, tmp_path):
    if request.param == "folder":
        return folder
    write_file_list(tmp_path / "A1.files", folder, [*FILES, "A1/gone/mask.nii.gz"])
    return tmp_path / "A1.files"


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("A1.nii.gz", ["A1.nii.gz"]),
        ("{subject}.nii.gz", ["A1.nii.gz"]),
        ("{subject}*.nii.gz", ["A1.nii.gz", "A1_L1.nii.gz"]),
        ("*{subject}.nii.gz", ["A1.nii.gz"]),
        ("A1*.nii.gz", ["A1.nii.gz", "A10.nii.gz", "A1_L1.nii.gz"]),
        ("B{subject}.nii.gz", ["BA1.nii.gz"]),
        ("{subject}[_]*", ["A1_L1.nii.gz"]),
        ("{subject}?*", ["A1.nii.gz", "A1_L1.nii.gz"]),
        ("*.seg.nrrd", []),
        ("*/*{subject}*.seg.nrrd", ["R2/A1.seg.nrrd", "R2/张三_A1.seg.nrrd"]),
        ("./R2/{subject}.seg.nrrd", ["R2/A1.seg.nrrd"]),
        ("R2/x[[]1].nii", ["R2/x[1].nii"]),
        ("a1.nii.gz", []),
        ("{subject}/*", ["A1/mask.json", "A1/mask.nii.gz"]),
        ("{subject}/**/mask.nii.gz", ["A1/mask.nii.gz", "A1/truth/deep/mask.nii.gz", "A1/truth/mask.nii.gz"]),
        ("**/truth/**/*.gz", ["A1/truth/deep/mask.nii.gz", "A1/truth/mask.nii.gz"]),
        ("**/truth/*", ["A1/truth/mask.nii.gz"]),
        ("A1/**", []),
        ("**/{subject}.nii.gz", ["A1.nii.gz"]),
    ],
)
def test_patterns(source, folder, pattern, expected):
    found = find_masks(source, MaskReading(pattern=pattern), "A1")
    assert list(found.names) == expected
    assert found.folder == folder


@pytest.mark.parametrize("pattern", ["*.nii.gz", "**/*", "*/*", "A?.nii.gz", "**/*.n*", "A1/**/*.gz", "[AB]*", "[!A]*"])
def test_a_list_is_searched_as_the_folder_is(folder, tmp_path, pattern):
    write_file_list(tmp_path / "A1.files", folder, FILES)
    reading = MaskReading(pattern=pattern)
    expected = sorted(path.relative_to(folder).as_posix() for path in folder.glob(pattern) if path.is_file())
    assert expected
    assert list(find_masks(tmp_path / "A1.files", reading, "A1").names) == expected


def test_a_folder_of_its_own_and_one_that_is_not_there(tmp_path, folder):
    here = MaskReading(pattern="{subject}/*.gz")
    second = MaskReading(reader="B", pattern="{subject}*.seg.nrrd", folder=str(folder / "R2"))
    none = MaskReading(reader="C", pattern="{subject}*", folder=str(tmp_path / "none"))
    assert find_masks(tmp_path, second, "A1").names == ("A1.seg.nrrd",)
    assert find_masks(tmp_path, none, "A1").names == ()
    assert masks_outside([here, second, none], "A1") == {"B/1/A1.seg.nrrd": folder / "R2" / "A1.seg.nrrd"}


@pytest.mark.parametrize("pattern", ["/data/*.nii", "../*.nii", "a/../b", "", ".", "masks**/*.nii"])
def test_patterns_that_leave_the_folder_or_mean_nothing(pattern):
    with pytest.raises(ValueError, match="pattern"):
        MaskReading(pattern=pattern)


def test_planning_loads_nothing_heavy(root):
    """Snakemake asks for every case."""
    code = (
        f"import sys; sys.path.insert(0, {str(root / 'workflow' / 'lib')!r}); "
        "import osteon.ingest.mask_files, osteon.ingest.source_state; "
        "print([name for name in ('numpy', 'SimpleITK', 'pydicom', 'pandas') if name in sys.modules])"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"
