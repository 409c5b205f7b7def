"""Work in guarded children: order, context, and that a deadly item harms only itself."""

import os
import signal
import time

import pytest

from engine import executor
from engine.executor import Limits

QUICK = Limits(cpu=2, wall=3, start=30, share=0.5)


def doubled(items, context):
    return [item * context for item in items]


def deadly(items, _context):
    """Die, hang, eat memory or burn the processor when an item says so."""
    for item in items:
        if item == "die":
            os.kill(os.getpid(), signal.SIGKILL)
        if item == "hang":
            time.sleep(600)
        if item == "eat":
            bytearray(4 << 30)
        if item == "fail":
            raise KeyError(item)
        while item == "burn":
            pass
    return [f"{item} read" for item in items]


def refused(item, reason):
    return f"{item} refused: {reason}"


@pytest.mark.parametrize("workers", [0, 2])
def test_results_come_in_the_order_of_the_chunks(workers):
    found = list(executor.run([[1, 2], [], [3]], doubled, 10, poison=refused, workers=workers))
    assert found == [([1, 2], [10, 20]), ([], []), ([3], [30])]


def test_chunks_are_cut_in_order():
    assert list(executor.chunks(range(5), 2)) == [[0, 1], [2, 3], [4]]


def test_heavy_items_wait_few_at_a_time():
    items = [b"12345", b"1", b"2", b"1234567", b"3"]
    assert list(executor.chunks(items, 4, weight=len, bulk=6)) == [[b"12345", b"1"], [b"2", b"1234567"], [b"3"]]


@pytest.mark.parametrize(
    ("item", "reason"),
    [("die", "运行"), ("hang", "时间"), ("eat", "内存"), ("burn", "时间"), ("fail", "运行（KeyError）")],
)
def test_a_deadly_item_is_refused_and_its_neighbours_are_read(item, reason):
    work = [["a", item, "b"], ["c"]]
    found = [
        result for _, results in executor.run(work, deadly, None, poison=refused, limits=QUICK) for result in results
    ]
    assert found == ["a read", f"{item} refused: {reason}", "b read", "c read"]


def test_no_child_is_left_behind():
    stopped = executor.run(iter([["a"], ["b"], ["c"]]), deadly, None, poison=refused, workers=2)
    next(stopped)
    stopped.close()
    import multiprocessing
    import time

    # A broken pool ends its own children in a thread of its own: they may need a moment on a busy machine.
    until = time.monotonic() + 30
    while multiprocessing.active_children() and time.monotonic() < until:
        time.sleep(0.05)
    assert multiprocessing.active_children() == []
