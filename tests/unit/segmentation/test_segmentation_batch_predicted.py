"""A batch that predicts: what is predicted, what is restored, and what one bad case or a kill leaves behind."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import SimpleITK as sitk

torch = pytest.importorskip("torch")
pytest.importorskip("nnunetv2")

from helpers.exported_network import VALUES, write_model  # noqa: E402
from osteon.config.segmentation import MaskQuality, Segmentation  # noqa: E402
from osteon.images.io import read_image, write_image  # noqa: E402
from osteon.segmentation import batch as batch_module  # noqa: E402
from osteon.segmentation.batch import segment_batch  # noqa: E402
from osteon.segmentation.order import CaseFiles, Order  # noqa: E402
from osteon.segmentation.predict import load_model, predict  # noqa: E402
from osteon.tables.files import file_sha256  # noqa: E402
from osteon.tables.status import CaseStatus  # noqa: E402


@pytest.fixture(scope="module")
def order(tmp_path_factory):
    model = write_model(tmp_path_factory.mktemp("model"), folds=2)
    settings = Segmentation(method="nnunet", model=str(model), device="cpu", quality=MaskQuality(compare="folds"))
    return Order(settings, "T1", VALUES)


@pytest.fixture
def cases(tmp_path):
    generator = np.random.default_rng(4)
    made = []
    for number in range(4):
        folder = tmp_path / f"A{number}"
        folder.mkdir()
        image = sitk.GetImageFromArray(generator.normal(300, 50, (4, 36 + number, 40)).astype(np.float32))
        image.SetSpacing((1.2, 1.3, 4.0))
        write_image(image, folder / "T1.nii.gz")
        mask = sitk.GetImageFromArray(np.full((4, 36 + number, 40), VALUES["L1"], np.uint8))
        mask.CopyInformation(image)
        write_image(mask, folder / "manual.nii.gz")
        files = {
            key: {"path": f"{name}.nii.gz", "sha256": file_sha256(folder / f"{name}.nii.gz")}
            for key, name in (("T1", "T1"), ("manual", "manual"))
        }
        CaseStatus("A", folder.name, "ingest", files=files).write(folder / "ingest.json")
        made.append(CaseFiles(folder / "ingest.json", folder, folder / "segment.json", folder / "masks"))
    return made


def read(cases):
    return [CaseStatus.read(files.status) for files in cases]


def mask_file(files):
    return files.target / f"sub-{files.source.name}_dseg.nii.gz"


@pytest.mark.slow
def test_batch_gives_the_masks_of_single_predictions(order, cases, tmp_path):
    counts = segment_batch(cases, order, tmp_path / "kept", threads=4)
    assert counts == {"predicted": 4}
    model = load_model(order.settings.model, order.settings, 4)
    for files, status in zip(cases, read(cases), strict=True):
        assert status.ok
        assert (status.extra["source"], status.extra["model"]) == ("predicted", file_sha256(order.settings.model))
        assert set(status.extra["quality"]["disagreement"]) == set(VALUES)
        assert all(0 < value < 1 for value in status.extra["quality"]["disagreement"].values())
        predict(model, files.source / "T1.nii.gz", tmp_path / "alone.nii.gz")
        assert mask_file(files).read_bytes() == (tmp_path / "alone.nii.gz").read_bytes()


@pytest.mark.slow
def test_one_changed_case_is_predicted_and_without_any_the_model_is_not_loaded(order, cases, tmp_path, monkeypatch):
    segment_batch(cases, order, tmp_path / "kept")
    status = CaseStatus.read(cases[2].ingested)
    status.files["T1"]["sha256"] = "0" * 64
    status.write(cases[2].ingested)
    assert segment_batch(cases, order, tmp_path / "kept") == {"restored": 3, "predicted": 1}
    monkeypatch.setattr(batch_module, "load_model", pytest.fail)
    assert segment_batch(cases, order, tmp_path / "kept") == {"restored": 4}


def test_annotated_cases_keep_their_manual_masks(order, cases, tmp_path):
    status = CaseStatus.read(cases[1].ingested)
    del status.files["manual"]
    status.write(cases[1].ingested)
    order = dataclasses.replace(order, annotated=frozenset({"A0", "A1"}))
    assert segment_batch(cases, order, tmp_path / "kept") == {"manual": 1, "predicted": 3}
    assert [status.extra["source"] for status in read(cases)] == ["manual", *["predicted"] * 3]
    assert mask_file(cases[0]).read_bytes() == (cases[0].source / "manual.nii.gz").read_bytes()


@pytest.mark.slow
def test_corrected_case_is_not_predicted_and_is_predicted_again_without(order, cases, tmp_path):
    segment_batch(cases, order, tmp_path / "kept")
    before = mask_file(cases[0]).read_bytes()
    correction = tmp_path / "sub-A0.nii.gz"
    correction.write_bytes((cases[0].source / "manual.nii.gz").read_bytes())
    changed = [dataclasses.replace(cases[0], corrections=(correction,)), *cases[1:]]
    assert segment_batch(changed, order, tmp_path / "kept") == {"corrected": 1, "restored": 3}
    assert read(cases)[0].extra["model"] is None
    assert segment_batch(cases, order, tmp_path / "kept") == {"predicted": 1, "restored": 3}
    assert mask_file(cases[0]).read_bytes() == before


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_bad_images_are_refused_with_a_reason_and_the_others_go_on(order, cases, tmp_path):
    (cases[0].source / "T1.nii.gz").write_bytes(b"no image")
    values = sitk.GetArrayFromImage(read_image(cases[1].source / "T1.nii.gz"))
    write_image(sitk.GetImageFromArray(values * np.float32(1e35)), cases[1].source / "T1.nii.gz")
    write_image(sitk.GetImageFromArray(np.zeros((4, 30, 30), np.float32)), cases[2].source / "T1.nii.gz")
    segment_batch(cases, order, tmp_path / "kept")
    unreadable, infinite, black, good = read(cases)
    assert (unreadable.reason, infinite.reason) == ("image_unreadable", "prediction_failed")
    assert "not finite" in infinite.detail
    assert black.reason in (None, "mask_empty")
    assert good.ok


@pytest.mark.slow
def test_a_mistake_of_the_program_ends_the_batch_and_what_was_done_stays(order, cases, tmp_path, monkeypatch):
    genuine = batch_module.mask_of

    def broken(model, predicted):
        if predicted.prepared.image.GetHeight() == 38:
            raise ZeroDivisionError("a mistake")
        return genuine(model, predicted)

    monkeypatch.setattr(batch_module, "mask_of", broken)
    with pytest.raises(ZeroDivisionError):
        segment_batch(cases, order, tmp_path / "kept")
    assert [files.status.exists() for files in cases[:3]] == [True, True, False]
    assert not mask_file(cases[2]).exists()
    monkeypatch.setattr(batch_module, "mask_of", genuine)
    counts = segment_batch(cases, order, tmp_path / "kept")
    assert counts["restored"] >= 2
    assert counts["predicted"] >= 1
    assert all(status.ok for status in read(cases))


def test_nothing_is_printed(order, cases, tmp_path, capsys):
    segment_batch(cases[:1], order, tmp_path / "kept")
    assert capsys.readouterr().out == ""
