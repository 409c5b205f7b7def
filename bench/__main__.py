"""`python -m bench [ROOM…]`: takes every figure and writes docs/performance.md."""

from __future__ import annotations

import importlib
import platform
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bench.figure import Figure

ROOMS = ("start", "read", "intake", "draw", "crash", "year", "dirt", "leak", "verify", "hostile", "orders")
PAGE = Path(__file__).resolve().parents[1] / "docs" / "performance.md"


def main(rooms: list[str]) -> int:
    """Measure the named rooms (all when none is named), print each figure and put it into the page as it comes."""
    for room in rooms or ROOMS:
        taken = importlib.import_module(f"bench.{room}").figures()
        rows = {row.split(" | ")[1]: row for row in kept()}
        for figure in taken:
            print(
                f"{figure.room}  {figure.name}: {figure.value} {figure.unit}  ({figure.baseline}; {figure.aim})",
                flush=True,
            )
            rows[figure.name] = row_of(figure)
        PAGE.write_text(page(list(rows.values())), encoding="utf-8")
    return 0


def kept() -> list[str]:
    """Return the rows the page has now; a room that is measured again replaces its own."""
    lines = PAGE.read_text(encoding="utf-8").splitlines() if PAGE.exists() else []
    return [line for line in lines if line.startswith("| ") and not line.startswith("| Room |")]


def row_of(one: Figure) -> str:
    """Return one figure as a row of the page."""
    reached = {True: "yes", False: "**no**", None: "–"}[one.reached]
    return (
        f"| {one.room} | {one.name} | {one.value} {one.unit} | {one.baseline} | {one.aim} | {reached} | {one.detail} |"
    )


def page(rows: list[str]) -> str:
    """Return docs/performance.md with these rows."""
    head = [
        "# Performance",
        "",
        "Written by `python3 make.py bench`; a room named behind it is measured alone. Ratios are medians of several pairs taken",
        "in turn in one run; absolute times belong to one machine and are only shown to be able to judge the ratio.",
        "",
        f"Python {platform.python_version()}, {platform.machine()}, {datetime.now(UTC):%Y-%m-%d}.",
        "",
        "| Room | Figure | Value | Against | Aim | Reached | Detail |",
        "|---|---|---|---|---|---|---|",
    ]
    return "\n".join([*head, *rows]) + "\n"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
