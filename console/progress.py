"""Tells on a terminal how far a long command is; in a pipe it stays silent."""

from __future__ import annotations

import sys
from datetime import datetime
from typing import TYPE_CHECKING

import click

from console.arguments import SHANGHAI

if TYPE_CHECKING:
    from collections.abc import Callable


def narration() -> Callable[[str], None]:
    """Return what tells on a terminal how far the demonstration is; in a pipe it stays silent."""

    def tell(line: str) -> None:
        if sys.stderr.isatty():
            click.echo(f"… {line.strip()}", err=True)

    return tell


def progress() -> Callable[[int, int], None]:
    """Return a counter that shows pace and time left on a terminal and says nothing in a pipe."""
    started, done = datetime.now(SHANGHAI), 0

    def step(count: int, total: int) -> None:
        nonlocal done
        done += count
        rate = done / max((datetime.now(SHANGHAI) - started).total_seconds(), 0.001)
        if sys.stderr.isatty():
            # An archive holds more than it counts for: then only the pace is known.
            known = f"{done}/{total}" if done <= total else str(done)
            left = f"，约剩 {(total - done) / rate:.0f} 秒" if done <= total else ""
            click.echo(f"\r已登记 {known} 件，每秒 {rate:.0f} 件{left}", err=True, nl=done == total)

    return step
