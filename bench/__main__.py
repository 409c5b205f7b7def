"""`python -m bench [ROOM…]`: takes every figure and writes docs/performance.md."""

from __future__ import annotations

import importlib
import platform
import sys
from datetime import UTC, datetime
from pathlib import Path

ROOMS = ("start", "read", "intake", "draw", "crash", "year", "dirt", "verify")
PAGE = Path(__file__).resolve().parents[1] / "docs" / "performance.md"


def main(rooms: list[str]) -> int:
    """Measure the named rooms (all when none is named) and print each figure; a whole run writes the page as it goes."""
    taken = []
    for room in rooms or ROOMS:
        for figure in importlib.import_module(f"bench.{room}").figures():
            taken.append(figure)
            print(
                f"{figure.room}  {figure.name}: {figure.value} {figure.unit}  ({figure.baseline}; {figure.aim})",
                flush=True,
            )
        if not rooms:
            PAGE.write_text(page(taken), encoding="utf-8")
    return 0


def page(figures: list) -> str:
    """Return docs/performance.md for the figures."""
    lines = [
        "# Performance",
        "",
        "Written by `python3 make.py bench`. Ratios are medians of several pairs taken in turn in one run;",
        "absolute times belong to one machine and are only shown to be able to judge the ratio.",
        "",
        f"Python {platform.python_version()}, {platform.machine()}, {datetime.now(UTC):%Y-%m-%d}.",
        "",
        "| Room | Figure | Value | Against | Aim | Reached | Detail |",
        "|---|---|---|---|---|---|---|",
    ]
    for one in figures:
        reached = {True: "yes", False: "**no**", None: "–"}[one.reached]
        lines.append(
            f"| {one.room} | {one.name} | {one.value} {one.unit} | {one.baseline} | {one.aim} | {reached} | {one.detail} |"
        )
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
