"""One measured figure and the way to take it: a command or function against its baseline, alternately, as a median of ratios."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """`value` in `unit`, what it is compared with, and what it should be."""

    room: str
    name: str
    value: float
    unit: str
    baseline: str
    aim: str
    reached: bool | None = None
    detail: str = ""


def seconds(work: Callable[[], object]) -> float:
    """Return the wall seconds of one call of `work`."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def ratio(work: Callable[[], object], baseline: Callable[[], object], rounds: int = 5) -> tuple[float, float, float]:
    """Return (median ratio, median seconds of work, median seconds of baseline), the two run in turn."""
    pairs = [(seconds(work), seconds(baseline)) for _ in range(rounds)]
    return (
        statistics.median(one / other for one, other in pairs),
        statistics.median(one for one, _ in pairs),
        statistics.median(other for _, other in pairs),
    )


def command(*arguments: str) -> Callable[[], object]:
    """Return a function that runs a Python command line in a fresh process and throws its output away."""
    return lambda: subprocess.run([sys.executable, *arguments], check=True, capture_output=True)
