"""Reading ahead and writing behind: three steps per item, of which the middle one never waits for the others."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

Item = TypeVar("Item")
Prepared = TypeVar("Prepared")
Computed = TypeVar("Computed")


def run_pipeline(
    items: Iterable[Item],
    prepare: Callable[[Item], Prepared],
    compute: Callable[[Prepared], Computed],
    finish: Callable[[Computed], None],
    workers: int = 1,
) -> None:
    """Take every item through three steps, in order; the next items are prepared and the last ones finished meanwhile.

    `compute` runs in the calling thread, the others in `workers` threads each. At most 2 * workers + 1 items are
    between the start of `prepare` and the end of `finish` at any time, so memory is bounded.

    An exception of any step ends the run and is raised here; items that were computed before are still finished.
    """
    waiting = iter(items)
    coming: deque[Future[Prepared]] = deque()
    leaving: deque[Future[None]] = deque()
    with ThreadPoolExecutor(workers, "prepare") as readers, ThreadPoolExecutor(workers, "finish") as writers:

        def read_ahead() -> None:
            while len(coming) < workers:
                try:
                    item = next(waiting)
                except StopIteration:
                    return
                coming.append(readers.submit(prepare, item))

        read_ahead()
        while coming:
            prepared = coming.popleft().result()
            read_ahead()
            computed = compute(prepared)
            del prepared
            if len(leaving) == workers:
                leaving.popleft().result()
            leaving.append(writers.submit(finish, computed))
            del computed
        for future in leaving:
            future.result()
