"""A thousand random orders of work over the same arrivals, with repeats and re-saves: one register and ledger digest."""

from __future__ import annotations

import tempfile
from pathlib import Path
from unittest import mock

from bench.figure import Figure
from engine import examination
from simulate.dirt import orders


def figures(count: int = 1000) -> list[Figure]:
    """Return how many different digests `count` orders of work give."""
    arrivals, found = orders.season(), set()
    with mock.patch.object(examination, "examine", orders.examined_once):
        for seed in range(count):
            with tempfile.TemporaryDirectory() as folder:
                found.add(orders.play(orders.shuffled(arrivals, seed), Path(folder)))
    return [
        Figure(
            room="汇总",
            name="digests from random orders of work",
            value=len(found),
            unit="digests",
            baseline=f"{count} orders of {len(arrivals)} arrivals, up to four of them twice",
            aim="1",
            reached=len(found) == 1,
        )
    ]
