"""The played year: how long, how many files, and whether an independent recount agrees, at the sizes S, M and L.

`figures()` plays S and M, two years of S in a row, two small provinces side by side, and says what 31 would take;
`python -m bench.year L` plays one scale and prints its figures.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from bench.figure import Figure

if TYPE_CHECKING:
    from collections.abc import Iterable

SEED = 2026
PROCESSES = 2
AIMS = {"S": 20, "M": 180, "L": 300}
"""Seconds a reader should have to wait at most."""


def figures(scales: Iterable[str] = ("S", "M")) -> Iterable[Figure]:
    """Yield per scale: seconds against reading the same mail once with the bare reader, and points the recount disputes."""
    for scale in scales:
        found = played(scale)
        yield from found
        if scale == "M":
            yield nation_of(float(found[0].value))
    yield from two_years()
    yield side_by_side()


def two_years() -> list[Figure]:
    """Play two years of S in a row and return seconds and disputed points of both years and the step between them."""
    from simulate.recount import differences
    from simulate.year import play

    with tempfile.TemporaryDirectory() as place:
        begun = time.perf_counter()
        found = play(Path(place) / "S", "S", seed=SEED, years=2)
        seconds = time.perf_counter() - begun
        disputed = differences(found)
    return [
        Figure(
            room="year",
            name="two years S",
            value=round(seconds, 1),
            unit="s",
            baseline="played one after the other, the second begins with the roll-over",
            aim="<= 40 s",
            reached=seconds <= 40,
            detail=f"{found['carried']['420000']['targets']} targets carried",
        ),
        Figure(
            room="year",
            name="recount of two years",
            value=len(disputed),
            unit="differences",
            baseline="both years and what was carried, ended, filed, repeated and weighed, without the engine",
            aim="0",
            reached=not disputed,
            detail="; ".join(disputed[:3]),
        ),
    ]


def side_by_side() -> Figure:
    """Play two provinces of scale S in two processes: the pool of scale XL in small."""
    from simulate import nation

    with tempfile.TemporaryDirectory() as place:
        begun = time.perf_counter()
        found = nation.play(Path(place) / "XL", seed=SEED, provinces=2, scale="S", workers=PROCESSES)
        seconds = time.perf_counter() - begun
    total = found["total"]
    return Figure(
        room="year",
        name="XL, two provinces of size S",
        value=round(seconds, 1),
        unit="s",
        baseline=f"one after the other: {total['seconds']:.1f} s",
        aim="0 differences of the recount",
        reached=not total["differences"],
        detail=f"{total['workbooks']} workbooks, {PROCESSES} processes, {total['bytes'] / 1e6:.0f} MB on disk",
    )


def nation_of(seconds: float) -> Figure:
    """Return what scale XL takes by extrapolation; it is not played here."""
    from simulate.nation import PROVINCES

    return Figure(
        room="year",
        name="XL, extrapolated",
        value=round(PROVINCES * seconds / PROCESSES / 60),
        unit="min",
        baseline=f"{PROVINCES} x the year M just measured ({seconds:.0f} s), {PROCESSES} processes",
        aim="not played in the bench",
        reached=None,
        detail="provinces are independent of each other, so the time grows with their number alone",
    )


def played(scale: str) -> list[Figure]:
    """Play one year of `scale` in a temporary folder and return its figures."""
    from simulate.recount import differences
    from simulate.year import play

    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / scale
        begun = time.perf_counter()
        found = play(folder, scale, seed=SEED)
        seconds = time.perf_counter() - begun
        mail = sorted((folder / "往来文件").rglob("*.xlsx"))
        bare = _bare(mail)
        disputed = differences(found)
    return [
        Figure(
            room="year",
            name=f"year {scale}",
            value=round(seconds, 1),
            unit="s",
            baseline=f"bare calamine read of its {len(mail)} workbooks: {bare:.1f} s",
            aim=f"<= {AIMS[scale]} s",
            reached=seconds <= AIMS[scale],
            detail=f"{len(found['workspaces'])} offices, {seconds / max(bare, 0.001):.0f} x the bare read",
        ),
        Figure(
            room="year",
            name=f"recount {scale}",
            value=len(disputed),
            unit="differences",
            baseline="counted from the population and the manners of the offices, without the engine",
            aim="0",
            reached=not disputed,
            detail="; ".join(disputed[:3]),
        ),
    ]


def _bare(paths: list[Path]) -> float:
    """Return the seconds it takes to read every sheet of the workbooks with python-calamine and to do nothing else."""
    from python_calamine import CalamineWorkbook

    begun = time.perf_counter()
    for path in paths:
        book = CalamineWorkbook.from_path(str(path))
        for name in book.sheet_names:
            book.get_sheet_by_name(name).to_python()
    return time.perf_counter() - begun


if __name__ == "__main__":
    for one in figures(sys.argv[1:] or ("S",)):
        print(f"{one.name}: {one.value} {one.unit}  ({one.baseline}; {one.aim}) {one.detail}")
