"""Work in guarded children: one seam for serial work, a process pool, or any other `concurrent.futures.Executor`.

A child may use 1 GiB of memory, 20 s of processor and 30 s of wall time for a file (decisions 20). A child that dies takes
nothing with it: the pool is rebuilt, the chunk is tried again item by item, and the item that kills is handed to `poison`.
"""

from __future__ import annotations

import multiprocessing
import os
import pickle
import time
from collections import deque
from concurrent.futures import BrokenExecutor, ProcessPoolExecutor
from concurrent.futures import TimeoutError as Late
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

Item = TypeVar("Item")
Result = TypeVar("Result")
CHUNK = 100
BULK = 64 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one item may use: bytes of address space, processor seconds, wall seconds; `start` is what a new child may take."""

    memory: int = 1 << 30
    cpu: float = 20.0
    wall: float = 30.0
    start: float = 60.0
    share: float = 0.5
    """Seconds granted on top for every further item of a chunk."""

    def cpu_for(self, count: int) -> float:
        """Processor seconds of a chunk of `count` items."""
        return self.cpu + self.share * (count - 1)

    def wall_for(self, count: int) -> float:
        """Wall seconds of a chunk of `count` items."""
        return self.wall + self.share * (count - 1)


def chunks(
    items: Iterable[Item], size: int = CHUNK, weight: Callable[[Item], int] | None = None, bulk: int = BULK
) -> Iterator[list[Item]]:
    """Yield the items in lists of at most `size`; with `weight` (bytes of an item) a list is closed once it holds `bulk`.

    So two hundred files of 20 MB wait a few at a time, as two hundred small ones wait together.
    """
    chunk: list[Item] = []
    heavy = 0
    for item in items:
        chunk.append(item)
        heavy += weight(item) if weight else 0
        if len(chunk) >= size or heavy >= bulk:
            yield chunk
            chunk, heavy = [], 0
    if chunk:
        yield chunk


def run(
    work: Iterable[list[Item]],
    function: Callable[[list[Item], Any], list[Result]],
    context: object,
    *,
    poison: Callable[[Item, str], Result],
    workers: int = 1,
    limits: Limits | None = None,
) -> Iterator[tuple[list[Item], list[Result]]]:
    """Yield (chunk, `function(chunk, context)`) in order of the chunks; at most two chunks a worker are held at a time:
    one to work on, and one that waits while this process records what came before.

    `workers=0` works in this process, unguarded, for files of our own making. `poison(item, reason)` gives the result of an
    item that cannot be survived; reason is 内存, 时间 or 运行.
    """
    if workers == 0:
        for chunk in work:
            yield chunk, function(chunk, context)
        return
    pool = _Pool(function, context, workers, limits or Limits())
    waiting: deque[tuple[list[Item], Any]] = deque()
    try:
        for chunk in work:
            waiting.append((chunk, pool.submit(chunk)))
            if len(waiting) >= 2 * workers:
                yield _finish(pool, waiting, poison)
        while waiting:
            yield _finish(pool, waiting, poison)
    finally:
        pool.kill()


def _finish(pool: _Pool, waiting: deque[Any], poison: Callable[[Any, str], Any]) -> tuple[list[Any], list[Any]]:
    chunk, future = waiting.popleft()
    try:
        return chunk, pool.result(future, chunk)
    except _DeathError as death:
        # Whatever else was under way died with the pool: it is submitted again after the guilty item has been found.
        innocent = [other for other, _ in waiting]
        waiting.clear()
        results = _one_by_one(pool, chunk, death.reason, poison)
        waiting.extend((other, pool.submit(other)) for other in innocent)
        return chunk, results


def _one_by_one(pool: _Pool, chunk: list[Any], reason: str, poison: Callable[[Any, str], Any]) -> list[Any]:
    if len(chunk) == 1 and reason != "运行":  # a child may have died of something that came before this item
        return [poison(chunk[0], reason)]
    results = []
    for item in chunk:
        try:
            results += pool.result(pool.submit([item]), [item])
        except _DeathError as death:
            results.append(poison(item, death.reason))
    return results


class _DeathError(Exception):
    """A child died or had to be ended; `reason` says why, as far as it can be known."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class _Pool:
    """A process pool that can be ended and made again."""

    def __init__(self, function: Callable[..., Any], context: object, workers: int, limits: Limits) -> None:
        self.function, self.workers, self.limits = function, workers, limits
        self.context = pickle.dumps(context)
        self.executor: ProcessPoolExecutor | None = None
        self.is_warm = False

    def submit(self, chunk: list[Any]) -> Any:
        """Hand a chunk to a child, making the pool when there is none."""
        if self.executor is None:
            self.is_warm = False
            self.executor = ProcessPoolExecutor(
                self.workers,
                mp_context=multiprocessing.get_context("spawn"),
                initializer=_initialise,
                initargs=(self.context, self.limits.memory),
            )
        try:
            return self.executor.submit(_work, self.function, chunk, self.limits.cpu_for(len(chunk)))
        except BrokenExecutor:
            return None

    def result(self, future: Any, chunk: list[Any]) -> list[Any]:
        """Return what the child made of the chunk; _DeathError when there is no child any more."""
        if future is None:
            self.kill()
            raise _DeathError("运行")
        patience = self.limits.wall_for(len(chunk)) + (0 if self.is_warm else self.limits.start)
        started = time.monotonic()
        try:
            found = future.result(timeout=patience)
        except BrokenExecutor as error:
            self.kill()
            spent = time.monotonic() - started
            raise _DeathError("时间" if spent > self.limits.cpu else "运行") from error
        except Late as error:
            self.kill()
            raise _DeathError("时间") from error
        except MemoryError as error:
            raise _DeathError("内存") from error
        except Exception as error:
            # Whatever a strange file brings about in a child stays with that file; its neighbours are read.
            raise _DeathError(f"运行（{type(error).__name__}）") from error
        self.is_warm = True
        return found

    def kill(self) -> None:
        """End every child of this pool at once; the next `submit` makes new ones."""
        if self.executor is None:
            return
        children = list((self.executor._processes or {}).values())
        self.executor.shutdown(wait=False, cancel_futures=True)
        for child in children:
            child.kill()
        for child in children:
            child.join(5)
        self.executor = None


_context: object = None


def _initialise(context: bytes, memory: int) -> None:
    """Prepare a child: one thread for linear algebra (its buffers count as memory), the memory limit, the context."""
    global _context  # noqa: PLW0603 - a pool's initializer has no other way to hand something to its tasks
    for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[name] = "1"
    _context = pickle.loads(context)
    if os.name == "posix":
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _work(function: Callable[..., Any], chunk: list[Any], cpu: float) -> list[Any]:
    """Run one chunk in a child under a processor limit counted from now."""
    if os.name == "posix":
        import resource

        used = resource.getrusage(resource.RUSAGE_SELF)
        spent = used.ru_utime + used.ru_stime
        _, hard = resource.getrlimit(resource.RLIMIT_CPU)
        resource.setrlimit(resource.RLIMIT_CPU, (int(spent + cpu) + 1, hard))
    return function(chunk, _context)
