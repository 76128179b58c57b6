"""Model files: what is read, and what is refused before anything of it is written."""

from __future__ import annotations

import json
import stat
import warnings
import zipfile

import pytest

from osteon.segmentation import archive
from osteon.segmentation.archive import ModelRefused, join_models, read_card, trained_on, unpack_model, write_archive

TOP = "Dataset001_Test/nnUNetTrainerNoMirroring__nnUNetPlans__2d"
HASHES = ("a" * 64, "b" * 64, "c" * 64)


def good_members(fold=0):
    names = ("plans.json", "dataset.json")
    return {f"{TOP}/{name}": b"{}" for name in names} | {f"{TOP}/fold_{fold}/checkpoint_final.pth": b"x"}


def card_with(*cases):
    return {f"{TOP}/model_card.json": json.dumps({"cases": list(cases)}).encode()}


def write_zip(path, members, kind=zipfile.ZIP_STORED):
    with zipfile.ZipFile(path, "w", kind) as target, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # zipfile warns of duplicates
        for name, content in members if isinstance(members, list) else members.items():
            target.writestr(name, content)
    return path


def refused(path, message, tmp_path, **more):
    """Refused by every way of reading, with nothing written."""
    with pytest.raises(ModelRefused, match=message):
        unpack_model(path, tmp_path / "target", **more)
    assert not (tmp_path / "target").exists()
    assert [entry.name for entry in tmp_path.iterdir()] == ["model.zip"]
    if not more:
        with pytest.raises(ModelRefused, match=message):
            trained_on(path)


def test_only_what_a_prediction_needs_is_unpacked(tmp_path):
    further = {
        f"{TOP}/fold_0/validation/summary.json": "{}",
        f"{TOP}/postprocessing.pkl": b"pickle",
        f"{TOP}/fold_0/": "",
    }
    path = write_zip(tmp_path / "model.zip", good_members() | card_with() | further)
    folder = unpack_model(path, tmp_path / "target")
    assert folder == tmp_path / "target" / TOP
    written = sorted(str(entry.relative_to(folder)) for entry in folder.rglob("*") if entry.is_file())
    assert written == ["dataset.json", "fold_0/checkpoint_final.pth", "model_card.json", "plans.json"]
    assert (folder / "fold_0" / "checkpoint_final.pth").read_bytes() == b"x"


@pytest.mark.parametrize(
    "name",
    ["../outside.txt", "a/../../outside.txt", "/outside.txt", "..\\outside.txt", "\\outside.txt", "C:/outside.txt",
     "C:outside.txt", "\\\\server\\share\\outside.txt", "a\\..\\outside.txt", "../outside/"],
)  # fmt: skip
def test_path_that_leaves_the_folder_is_refused(tmp_path, name):
    refused(write_zip(tmp_path / "model.zip", good_members() | {name: "evil"}), "outside the folder", tmp_path)


@pytest.mark.parametrize(
    "name", ["a//b", "./a", "a/.", "a\\b", "ab:c", "a /b", "a./b", "a\nb", "a\x1b[31mb", "a?b", "b\u202ea", "a|b"]
)
def test_name_that_is_no_path_everywhere_is_refused(tmp_path, name):
    refused(write_zip(tmp_path / "model.zip", good_members() | {name: "evil"}), "no path on every system", tmp_path)


def test_name_that_hides_behind_a_zero_byte_is_refused(tmp_path):
    path = write_zip(tmp_path / "model.zip", good_members() | {"evilXname.txt": "evil"})
    path.write_bytes(path.read_bytes().replace(b"evilXname", b"evil\0name"))
    refused(path, "no path on every system", tmp_path)


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR])
def test_link_and_device_are_refused(tmp_path, kind):
    entry = zipfile.ZipInfo(f"{TOP}/link")
    entry.external_attr = (kind | 0o777) << 16
    path = write_zip(tmp_path / "model.zip", [*good_members().items(), (entry, "/etc/hostname")])
    refused(path, "is a link or a device", tmp_path)


@pytest.mark.parametrize(
    ("first", "second", "message"),
    [
        (f"{TOP}/x", f"{TOP}/x", "one file on some systems"),
        (f"{TOP}/plans.json", f"{TOP}/plans.json", "one file on some systems"),
        (f"{TOP}/x", f"{TOP}/X", "one file on some systems"),
        (f"{TOP}/\u00e9", f"{TOP}/e\u0301", "one file on some systems"),
        (f"{TOP}/x", f"{TOP}/x/y", "is a file and a folder"),
    ],
)
def test_two_members_for_one_place_are_refused(tmp_path, first, second, message):
    path = write_zip(tmp_path / "model.zip", [*good_members().items(), (first, "{}"), (second, "{}")])
    refused(path, message, tmp_path)


def patched(path, offset, content):
    """Change every entry of the central directory (offsets: flags 8, method 10, unpacked size 24)."""
    changed, place = bytearray(path.read_bytes()), -1
    while (place := changed.find(b"PK\x01\x02", place + 1)) >= 0:
        changed[place + offset : place + offset + len(content)] = content
    path.write_bytes(changed)
    return path


def test_encrypted_member_is_refused(tmp_path):
    refused(patched(write_zip(tmp_path / "model.zip", good_members()), 8, b"\x01\x00"), "is encrypted", tmp_path)


def test_other_packing_is_refused(tmp_path):
    """bzip2 and LZMA unpack a few bytes to gigabytes in one step."""
    for kind in (zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA):
        refused(write_zip(tmp_path / "model.zip", good_members(), kind), "another method than deflate", tmp_path)


def test_too_large_is_refused_before_it_is_unpacked(tmp_path):
    members = good_members() | {f"{TOP}/fold_0/checkpoint_final.pth": b"\0" * 2_000_000}
    path = write_zip(tmp_path / "model.zip", members, zipfile.ZIP_DEFLATED)
    assert path.stat().st_size < 10_000
    refused(path, "unpacks to 2000004 bytes; at most 1000000", tmp_path, largest=1_000_000)
    refused(path, "more than 200 times its size", tmp_path)


def test_too_many_members_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(archive, "MEMBERS", 2)
    refused(write_zip(tmp_path / "model.zip", good_members()), "has 3 members; at most 2", tmp_path)


def test_member_longer_than_its_header_says_is_refused(tmp_path):
    path = write_zip(tmp_path / "model.zip", good_members() | {f"{TOP}/plans.json": b"a" * 5000})
    patched(path, 24, (10).to_bytes(4, "little"))
    with pytest.raises(ModelRefused):
        unpack_model(path, tmp_path / "target")


@pytest.mark.parametrize("position", [30, 200, 400])
def test_damaged_file_is_refused(tmp_path, position):
    path = write_zip(tmp_path / "model.zip", good_members() | card_with(), zipfile.ZIP_DEFLATED)
    content = bytearray(path.read_bytes())
    content[position : position + 60] = b"\xff" * 60
    path.write_bytes(content)
    with pytest.raises(ModelRefused):
        unpack_model(path, tmp_path / "target")


@pytest.mark.parametrize("content", [b"[]", b"text", b'{"a": ' * 100_000, b"\xff\xfe"])
def test_plans_that_are_no_object_are_refused(tmp_path, content):
    path = write_zip(tmp_path / "model.zip", good_members() | {f"{TOP}/plans.json": content})
    with pytest.raises(ModelRefused, match="is not a JSON object"):
        unpack_model(path, tmp_path / "target")


@pytest.mark.parametrize(
    "change",
    [
        lambda members: {},
        lambda members: {name: text for name, text in members.items() if "checkpoint" not in name},
        lambda members: {name: text for name, text in members.items() if "dataset" not in name},
        lambda members: members | {"Dataset002_Other/plans.json": "{}"},
    ],
)
def test_file_without_exactly_one_model_is_refused(tmp_path, change):
    refused(write_zip(tmp_path / "model.zip", change(good_members())), "needs one folder", tmp_path)


def test_no_zip_and_no_file_are_named(tmp_path):
    (tmp_path / "model.zip").write_text("text")
    refused(tmp_path / "model.zip", r"model\.zip: cannot be read as a zip", tmp_path)
    with pytest.raises(ModelRefused, match=r"none\.zip"):
        unpack_model(tmp_path / "none.zip", tmp_path / "target")


def test_trained_on_lists_what_some_fold_learned(tmp_path):
    cases = [{"image_sha256": HASHES[0], "learned": True}, {"image_sha256": HASHES[1], "learned": False},
             {"image_sha256": HASHES[2]}]  # fmt: skip
    path = write_zip(tmp_path / "model.zip", good_members() | card_with(*cases))
    assert trained_on(path) == {HASHES[0], HASHES[2]}


def test_foreign_model_does_not_tell_what_it_was_trained_on(tmp_path):
    path = write_zip(tmp_path / "model.zip", good_members())
    assert read_card(path) is None
    assert trained_on(path) == set()


def test_card_elsewhere_in_the_archive_is_not_the_models(tmp_path):
    path = write_zip(tmp_path / "model.zip", good_members() | {"model_card.json": '{"cases": []}'})
    assert read_card(path) is None


@pytest.mark.parametrize("card", [{}, {"cases": 3}, {"cases": ["x"]}, {"cases": [{"image_sha256": "short"}]}])
def test_card_that_does_not_name_its_cases_is_refused(tmp_path, card):
    """A card that was cut must not pass for a model that learned from nobody."""
    path = write_zip(tmp_path / "model.zip", good_members() | {f"{TOP}/model_card.json": json.dumps(card)})
    with pytest.raises(ModelRefused, match="does not name the cases"):
        trained_on(path)


def test_folds_are_joined_with_their_card_to_the_same_bytes(tmp_path):
    folds = [tmp_path / "0.zip", tmp_path / "1.zip"]
    for number, path in enumerate(folds):
        write_archive(good_members(number), path)
    for name in ("first.zip", "second.zip"):
        join_models(folds, {"cases": [{"image_sha256": HASHES[0]}]}, tmp_path / name)
    assert (tmp_path / "first.zip").read_bytes() == (tmp_path / "second.zip").read_bytes()
    with zipfile.ZipFile(tmp_path / "first.zip") as joined:
        assert set(joined.namelist()) == set(good_members(0)) | set(good_members(1)) | {f"{TOP}/model_card.json"}
        assert {entry.date_time for entry in joined.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert {entry.external_attr >> 16 for entry in joined.infolist()} == {stat.S_IFREG | 0o644}
    assert trained_on(tmp_path / "first.zip") == {HASHES[0]}


@pytest.mark.parametrize(
    ("other", "message"),
    [
        (good_members(1) | {f"{TOP}/plans.json": b'{"a": 1}'}, "has other plans"),
        (good_members(0), "also in another file"),
    ],
)
def test_folds_of_different_models_are_not_joined(tmp_path, other, message):
    write_archive(good_members(0), tmp_path / "0.zip")
    write_archive(other, tmp_path / "1.zip")
    with pytest.raises(ModelRefused, match=message):
        join_models([tmp_path / "0.zip", tmp_path / "1.zip"], {}, tmp_path / "model.zip")
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["0.zip", "1.zip"]
