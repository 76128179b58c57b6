"""Masks of a batch of cases: predicted with one loaded model, drawn by hand, or corrected by hand."""

from __future__ import annotations

import logging
import shutil
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from threading import Lock

import SimpleITK as sitk

from osteon.images.io import ImageUnreadable, read_image, write_image
from osteon.images.masks import mask_findings
from osteon.segmentation.corrected import corrected_mask
from osteon.segmentation.nnunet import quiet
from osteon.segmentation.order import CORRECTED, PREDICTED, CaseFiles, Order, Task, task_of
from osteon.segmentation.pieces import largest_pieces
from osteon.segmentation.pipeline import run_pipeline
from osteon.segmentation.predict import Model, Predicted, Prepared, infer, load_model, mask_of, prepare
from osteon.segmentation.quality import describe
from osteon.segmentation.window import NotFinite
from osteon.tables.files import atomic_path, file_sha256
from osteon.tables.kept import Kept
from osteon.tables.reasons import Reason
from osteon.tables.status import MANUAL, CaseStatus, excluded

log = logging.getLogger(__name__)

STAGE = "segment"
MOST_WORKERS = 3
"""Threads that read ahead, and threads that write behind. More would only take memory."""


def segment_batch(cases: Sequence[CaseFiles], order: Order, kept_folder: Path, threads: int = 1) -> Counter[str]:
    """Write mask and status of every case, each the moment that it is done, and keep both in `kept_folder`.

    A kept case whose image, correction, model, settings and code are the same is restored. The model is loaded once,
    and only if a case is predicted. A case that cannot be done has a status with the reason.

    Args:
        cases: the batch.
        order: what is asked.
        kept_folder: see `Kept`.
        threads: CPU threads of the network.

    Returns:
        How many cases were predicted, manual, corrected, restored, and how many had stopped before.
    """
    batch = _Batch(order, Kept(kept_folder, order.rest), len(cases), threads)
    waiting = [task for files in cases if (task := batch.next(files)) and not batch.done_by_hand(task)]
    if waiting:
        batch.predict(waiting)
    log.info("done: %s", ", ".join(f"{count} {what}" for what, count in sorted(batch.counts.items())) or "no case")
    return batch.counts


class _Batch:
    """A batch in progress."""

    def __init__(self, order: Order, kept: Kept, size: int, threads: int):
        self.order, self.kept, self.size, self.threads = order, kept, size, threads
        self.counts: Counter[str] = Counter()
        self.lock = Lock()

    def next(self, files: CaseFiles) -> Task | None:
        """What is to be done for a case; None if it had stopped before or its results are kept."""
        files.target.mkdir(parents=True, exist_ok=True)
        ingested = CaseStatus.read(files.ingested)
        if not ingested.ok:
            ingested.passed_on().write(files.status)
            self._count("stopped before", ingested)
            return None
        task = task_of(files, ingested, self.order, self.kept)
        if any(self.kept.restore(task.name, task.key, parts) for parts in task.outcomes):
            self._count("restored", ingested)
            return None
        return task

    def done_by_hand(self, task: Task) -> bool:
        """Take over a manual or corrected mask; False if the case is to be predicted."""
        if task.source == PREDICTED:
            return False
        try:
            image = read_image(task.image)
        except ImageUnreadable as error:
            self._unreadable(task, Reason.IMAGE_UNREADABLE, task.image, error)
        else:
            (self._take_corrected if task.source == CORRECTED else self._take_manual)(task, image)
        return True

    def predict(self, tasks: list[Task]) -> None:
        """Predict the cases; the next ones are read and the last ones written meanwhile."""
        settings = self.order.settings
        model = load_model(settings.model, settings, self.threads)
        workers = max(1, min(MOST_WORKERS, self.threads // 2))
        with quiet(log):
            run_pipeline(
                tasks,
                lambda task: (task, self._prepared(model, task)),
                lambda item: (item[0], self._inferred(model, item[1])),
                lambda item: self._finish(model, *item),
                workers,
            )

    def _prepared(self, model: Model, task: Task) -> Prepared | Exception:
        try:
            return prepare(model, task.image)
        except (ImageUnreadable, NotFinite) as error:
            return error

    def _inferred(self, model: Model, prepared: Prepared | Exception) -> Predicted | Exception:
        if isinstance(prepared, Exception):
            return prepared
        try:
            return infer(model, prepared, self.order.labels, self.order.settings.quality.compare)
        except NotFinite as error:
            return error

    def _finish(self, model: Model, task: Task, predicted: Predicted | Exception) -> None:
        if isinstance(predicted, ImageUnreadable):
            self._unreadable(task, Reason.IMAGE_UNREADABLE, task.image, predicted)
            return
        if isinstance(predicted, Exception):
            self._refuse(task, Reason.PREDICTION_FAILED, str(predicted))
            return
        mask, image = mask_of(model, predicted), predicted.prepared.image
        findings = list(predicted.findings)
        if self.order.settings.largest_piece:
            mask, removed = largest_pieces(mask, self.order.labels)
            findings += removed
        write_image(mask, task.mask)
        findings += mask_findings(mask, image, self.order.labels)
        self._close(task, mask, image, findings, predicted.disagreement)

    def _take_manual(self, task: Task, image: sitk.Image) -> None:
        if MANUAL not in task.ingested.files:
            self._refuse(task, Reason.MASK_MISSING)
            return
        with atomic_path(task.mask) as temporary:
            shutil.copyfile(task.files.source / task.ingested.files[MANUAL]["path"], temporary)
        try:
            mask = read_image(task.mask)
        except ImageUnreadable as error:
            task.mask.unlink()
            self._unreadable(task, Reason.MASK_UNREADABLE, task.mask, error)
            return
        self._close(task, mask, image, mask_findings(mask, image, self.order.labels))

    def _take_corrected(self, task: Task, image: sitk.Image) -> None:
        mask, findings = corrected_mask(task.files.corrections, image, self.order.labels, self.order.checks)
        if mask is None:
            bad = next(row for row in findings if row["severity"] == "exclude")
            self._refuse(task, Reason(bad["code"]), bad["message"], findings)
            return
        write_image(mask, task.mask)
        self._close(task, mask, image, findings)

    def _close(
        self,
        task: Task,
        mask: sitk.Image,
        image: sitk.Image,
        findings: list[dict],
        disagreement: dict[str, float | None] | None = None,
    ) -> None:
        """The status of a case whose mask is written; a mask that cannot be used is removed."""
        bad = [row for row in findings if row["severity"] == "exclude"]
        if bad:
            task.mask.unlink()
            self._refuse(task, Reason(bad[0]["code"]), bad[0]["message"], findings)
            return
        quality = {"labels": describe(mask, image, self.order.labels), "disagreement": disagreement or {}}
        self._write(
            task,
            CaseStatus(
                task.ingested.center,
                task.ingested.subject,
                STAGE,
                findings=findings,
                files={"mask": {"path": task.mask.name, "sha256": file_sha256(task.mask)}},
                extra=task.origin | {"quality": quality},
            ),
            {"mask": task.mask},
        )

    def _unreadable(self, task: Task, reason: Reason, path: Path, error: ImageUnreadable) -> None:
        """A file that was damaged after ingest. That is not kept: the key is of the file as it should be."""
        self._refuse(task, reason, str(error).replace(str(path), path.name), keep=False)

    def _refuse(
        self, task: Task, reason: Reason, detail: str = "", findings: list[dict] | None = None, keep: bool = True
    ) -> None:
        status = excluded(task.ingested.center, task.ingested.subject, STAGE, reason, detail, findings)
        status.extra = task.origin
        self._write(task, status, {}, keep)

    def _write(self, task: Task, status: CaseStatus, files: dict[str, Path], keep: bool = True) -> None:
        """The status last: a case without one is not done."""
        status.write(task.files.status)
        if keep:
            self.kept.keep(task.name, task.key, files | {"status": task.files.status})
        self._count(task.source, status)

    def _count(self, what: str, status: CaseStatus) -> None:
        with self.lock:
            self.counts[what] += 1
            log.info("%d of %d: %s %s, %s", self.counts.total(), self.size, status.subject, what, status.reason or "ok")
