"""The folds of a model on one case."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from osteon.segmentation.window import Attempt, predict_windows
from osteon.tables.reasons import Reason
from osteon.tables.status import finding


class Ensemble:
    """The folds on one case. What lacked memory once is not tried again for this case.

    Args:
        predictor: nnunetv2's nnUNetPredictor.
        attempts: where to compute, in order.
    """

    def __init__(self, predictor: Any, attempts: Sequence[Attempt]):
        self.predictor, self.attempts = predictor, attempts
        self.step = 0
        self.findings: list[dict] = []

    def mean(self, data: Any, each: Callable[[Any], None] | None = None) -> Any:
        """Mean of the folds' logits, half precision, on the CPU; `each` is called with the logits of every fold.

        `data` is the preprocessed image, tensor (channel, z, y, x). The sum is nnunetv2's: in half precision, in the
        order of the folds.
        """
        import torch

        folds = self.predictor.list_of_parameters
        total = None
        with torch.inference_mode():
            for weights in folds:
                self.predictor.network.load_state_dict(weights)
                logits = self._logits(data)
                if each:
                    each(logits)
                total = logits if total is None else total.add_(logits)
            return total.div_(len(folds)) if len(folds) > 1 else total

    def without_mirroring(self, data: Any) -> Any:
        """As `mean`, each window predicted once, as it lies."""
        before = self.predictor.use_mirroring
        self.predictor.use_mirroring = False
        try:
            return self.mean(data)
        finally:
            self.predictor.use_mirroring = before

    def _logits(self, data: Any) -> Any:
        logits, reached = predict_windows(self.predictor, data, self.attempts, self.step)
        for step in range(self.step + 1, reached + 1):
            message = f"the device had too little memory: {self.attempts[step].said}"
            self.findings.append(finding(Reason.MEMORY_REDUCED, "note", message, step))
        self.step = reached
        return logits
