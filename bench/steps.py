"""Counts the moments at which a process changes something outside itself, and dies at a chosen one.

A random instant seldom falls between two neighbouring changes; a chosen step always does.
"""

from __future__ import annotations

import os
import signal
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_CHANGES = {"os.rename", "os.remove", "os.mkdir", "os.rmdir"}


@dataclass(slots=True)
class Count:
    """How many changes were begun since counting started, and at which of them the process ends (0: never)."""

    number: int = 0
    last: int = 0


_counting: list[Count] = []


@contextmanager
def counted(last: int = 0) -> Iterator[Count]:
    """Count changes inside the block; just before change number `last` the process kills itself."""
    _listen()
    count = Count(last=last)
    _counting.append(count)
    try:
        yield count
    finally:
        _counting.remove(count)


def _step(*_: object) -> None:
    for count in _counting:
        count.number += 1
        if count.number == count.last:
            os.kill(os.getpid(), signal.SIGKILL)


def _seen(name: str, arguments: tuple[object, ...]) -> None:
    if _counting and (name in _CHANGES or (name == "open" and _writes(arguments))):
        _step()


def _writes(arguments: tuple[object, ...]) -> bool:
    mode, flags = arguments[1], arguments[2]
    return any(char in mode for char in "wax+") if isinstance(mode, str) else bool(int(flags) & os.O_ACCMODE)


@cache
def _listen() -> None:
    """Hear of every change of a file and of every commit; an audit hook stays for the life of the process."""
    from sqlalchemy import Engine, event

    sys.addaudithook(_seen)
    event.listen(Engine, "commit", _step)
