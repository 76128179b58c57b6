"""Three steps side by side: every item once and in order, few at a time, and no error is lost or hangs."""

from __future__ import annotations

import threading
import time

import pytest

from osteon.segmentation.pipeline import run_pipeline


@pytest.mark.parametrize("workers", [1, 3])
def test_every_item_takes_all_three_steps_in_order(workers):
    computed, finished = [], []

    def compute(value):
        computed.append(value)
        return value + 1

    run_pipeline(range(20), lambda item: 10 * item, compute, finished.append, workers)
    assert computed == [10 * item for item in range(20)]
    assert sorted(finished) == [value + 1 for value in computed]


def test_no_item_no_work():
    run_pipeline([], pytest.fail, pytest.fail, pytest.fail)


@pytest.mark.parametrize("slow", ["prepare", "compute", "finish"])
def test_few_items_are_under_way_whichever_step_is_slow(slow):
    lock, under_way, most = threading.Lock(), 0, 0

    def step(name, change):
        def run(item):
            nonlocal under_way, most
            with lock:
                under_way += max(change, 0)
                most = max(most, under_way)
            time.sleep(0.01 if name == slow else 0)
            with lock:
                under_way += min(change, 0)
            return item

        return run

    run_pipeline(range(12), step("prepare", 1), step("compute", 0), step("finish", -1), 2)
    assert under_way == 0
    assert 2 <= most <= 5


def test_the_steps_of_different_items_overlap():
    met = threading.Barrier(3, timeout=5)

    def meet(item):
        if item == wanted[threading.current_thread().name.split("_")[0]]:
            met.wait()
        return item

    # the first item is finished while the second is computed and the third prepared
    wanted = {"finish": 0, "MainThread": 1, "prepare": 2}
    run_pipeline(range(4), meet, meet, meet)


@pytest.mark.parametrize("items", [4, 100])
@pytest.mark.parametrize("step", ["prepare", "compute", "finish"])
def test_an_error_of_any_step_ends_the_run(step, items):
    finished = []

    def fails_at(name):
        def run(item):
            if name == step and item == 3:
                raise KeyError("broken")
            return finished.append(item) if name == "finish" else item

        return run

    before = threading.active_count()
    with pytest.raises(KeyError, match="broken"):
        run_pipeline(range(items), fails_at("prepare"), fails_at("compute"), fails_at("finish"), 2)
    assert threading.active_count() == before
    assert {0, 1, 2} <= set(finished)
    assert len(finished) < 10
