"""Between arrivals and recorder: which bytes a worker has to look at, and how it hands back what it found."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any

from engine import executor
from engine.prepared import Prepared, prepared, refused

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from engine.arrivals import Arrival

Job = tuple[str, bytes, str, str]
"""Name, bytes, sha256, time of arrival as ISO text: what a worker needs to know about a file."""


def examine(jobs: list[Job], context: Any) -> list[Prepared]:
    """Return what was found in each file; runs in a worker. A chunk is checked as one merged frame per sheet."""
    from engine import intake
    from workbooks.container import collector_resting

    incoming = [intake.Incoming(name=name, data=data, sha256=digest, received_at=at) for name, data, digest, at in jobs]
    # A chunk is many thousand cells and no cycle: looking at all of them again and again would cost a fifth of the time.
    with collector_resting():
        return [prepared(one) for one in intake.examine(incoming, context)]


def poisoned(job: Job, reason: str) -> Prepared:
    """Return the refusal of a file that cannot be read within the limits."""
    return refused("DR-F990", name=job[0], reason=reason)


def examined(
    found: Iterable[Arrival],
    context: Any,
    *,
    at: str,
    workers: int,
    known: Callable[[list[str]], set[str]] | None = None,
    size: int = executor.CHUNK,
) -> Iterator[list[tuple[Arrival, Prepared | None]]]:
    """Yield the arrivals in groups, each with what was found in it; None for what needs no reading (scans, known bytes).

    Where nobody remembers bytes (`known` is None), equal bytes are read under each of their names: the name is part of the answer.
    """
    waiting: deque[list[tuple[Arrival, Prepared | None, bool]]] = deque()

    def jobs() -> Iterator[list[Job]]:
        for group in executor.chunks(found, size, weight=lambda one: len(one.data)):
            digests = [one.sha256 for one in group]
            skip = set(known(digests)) if known else set()
            plan: list[tuple[Arrival, Prepared | None, bool]] = []
            work: list[Job] = []
            for one, digest in zip(group, digests, strict=True):
                is_read = one.role == "workbook" and one.problem is None and digest not in skip
                result = refused(one.problem[0], **_gaps(one.problem)) if one.problem else None
                plan.append((one, result, is_read))
                if is_read:
                    skip.update([digest] if known else ())
                    work.append((one.name, one.data, digest, at))
            waiting.append(plan)
            yield work

    for _, results in executor.run(jobs(), examine, context, poison=poisoned, workers=workers):
        fresh = iter(results)
        yield [(one, next(fresh) if is_read else result) for one, result, is_read in waiting.popleft()]


def _gaps(problem: tuple[str, dict[str, Any]]) -> dict[str, Any]:
    return {"detail": "", **problem[1]}
