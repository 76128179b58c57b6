"""Too little memory: smaller steps, each one said, the same result, and the next case on the device again."""

from __future__ import annotations

import threading

import numpy as np
import pytest
import SimpleITK as sitk

torch = pytest.importorskip("torch")
pytest.importorskip("nnunetv2")

from helpers.tiny_network import tiny_model  # noqa: E402
from osteon.images.io import write_image  # noqa: E402
from osteon.segmentation import predict as predict_module  # noqa: E402
from osteon.segmentation.ensemble import Ensemble  # noqa: E402
from osteon.segmentation.predict import infer, prepare  # noqa: E402
from osteon.segmentation.window import Attempt, NotFinite, attempts, lacks_memory, predict_windows  # noqa: E402

CPU = torch.device("cpu")
LADDER = [Attempt(CPU, CPU), Attempt(CPU, CPU, "sums on the CPU"), Attempt(CPU, CPU, "all on the CPU")]


class Hungry(torch.nn.Module):
    """A network that lacks memory as often as it is told, each time in the middle of a case."""

    def __init__(self, network, error):
        super().__init__()
        self.network, self.error = network, error
        self.failures, self.calls = 0, 0

    def forward(self, tile):
        self.calls += 1
        if self.failures and self.calls % 3 == 0:
            self.failures -= 1
            raise self.error
        return self.network(tile)

    def load_state_dict(self, weights, *arguments, **named):
        return self.network.load_state_dict(weights, *arguments, **named)


@pytest.fixture(scope="module")
def data():
    return torch.from_numpy(np.random.default_rng(3).normal(size=(1, 4, 50, 60)).astype(np.float32))


@pytest.fixture
def predictor():
    predictor = tiny_model(2, folds=2).predictor
    predictor.network = Hungry(predictor.network, torch.OutOfMemoryError("CUDA out of memory. Tried to allocate"))
    return predictor


def test_windows_and_folds_are_summed_as_nnunet_does(data):
    predictor = tiny_model(2, folds=2).predictor
    expected = predictor.predict_logits_from_preprocessed_data(data)
    assert torch.equal(Ensemble(predictor, attempts(CPU)).mean(data), expected)


@pytest.mark.slow
@pytest.mark.parametrize("failures", [1, 2])
def test_less_memory_gives_the_same_and_each_step_is_said_once(predictor, data, failures):
    expected = Ensemble(predictor, LADDER).mean(data)
    predictor.network.failures, predictor.network.calls = failures, 0
    ensemble = Ensemble(predictor, LADDER)
    assert torch.equal(ensemble.mean(data), expected)
    assert [(row["code"], row["severity"], row["value"]) for row in ensemble.findings] == [
        ("memory_reduced", "note", step + 1) for step in range(failures)
    ]
    assert LADDER[failures].said in ensemble.findings[-1]["message"]
    again = Ensemble(predictor, LADDER)
    assert torch.equal(again.mean(data), expected)
    assert again.findings == []


def test_the_last_attempt_lacks_memory_too(predictor, data):
    before = threading.active_count()
    predictor.network.failures = 3
    with pytest.raises(torch.OutOfMemoryError):
        Ensemble(predictor, LADDER).mean(data)
    assert threading.active_count() == before


def test_what_lacked_memory_is_not_tried_again_for_the_case(predictor, data):
    predictor.network.failures = 1
    ensemble = Ensemble(predictor, LADDER)
    ensemble.mean(data)
    assert ensemble.step == 1
    calls = predictor.network.calls
    ensemble.mean(data)
    assert predictor.network.calls - calls == 2 * len(predictor._internal_get_sliding_window_slicers(data.shape[1:]))


def test_other_errors_of_the_device_are_no_lack_of_memory(data):
    predictor = tiny_model(2).predictor
    predictor.network = Hungry(predictor.network, RuntimeError("CUDA error: an illegal memory access"))
    predictor.network.failures = 1
    with pytest.raises(RuntimeError, match="illegal"):
        predict_windows(predictor, data, LADDER)


def test_lack_of_memory_is_known_by_kind_or_by_text():
    assert lacks_memory(torch.OutOfMemoryError("x"))
    assert lacks_memory(RuntimeError("CUDA error: out of memory"))
    assert lacks_memory(RuntimeError("cuDNN error: CUDNN_STATUS_ALLOC_FAILED"))
    assert not lacks_memory(RuntimeError("cuDNN error: CUDNN_STATUS_EXECUTION_FAILED"))


def test_a_gpu_gives_way_in_two_steps():
    gpu = torch.device("cuda")
    assert [(step.compute.type, step.results.type) for step in attempts(gpu)] == [
        ("cuda", "cuda"),
        ("cuda", "cpu"),
        ("cpu", "cpu"),
    ]
    assert [(step.compute.type, step.results.type) for step in attempts(CPU)] == [("cpu", "cpu")]


def test_output_that_is_not_finite_is_said(data):
    predictor = tiny_model(2).predictor
    for weights in predictor.list_of_parameters:
        next(value for name, value in weights.items() if name.endswith("seg_layers.1.bias")).fill_(float("nan"))
    with pytest.raises(NotFinite, match="output"):
        Ensemble(predictor, LADDER).mean(data)


@pytest.fixture
def image(tmp_path):
    values = np.random.default_rng(2).normal(500, 80, (5, 41, 53)).astype(np.float32)
    result = sitk.GetImageFromArray(values)
    result.SetSpacing((0.9, 1.1, 4.0))
    write_image(result, tmp_path / "image.nii.gz")
    return tmp_path / "image.nii.gz"


def test_the_notes_of_a_case_reach_its_prediction(monkeypatch, image):
    model = tiny_model(2)
    model.predictor.network = Hungry(model.predictor.network, torch.OutOfMemoryError("CUDA out of memory"))
    monkeypatch.setattr(predict_module, "attempts", lambda device: LADDER)
    prepared = prepare(model, image)
    model.predictor.network.failures = 1
    assert [row["code"] for row in infer(model, prepared).findings] == ["memory_reduced"]
    assert infer(model, prepared).findings == []
