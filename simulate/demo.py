"""The demonstration at every scale: a city, a province, a province with its stations, or the load of a nation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.model import Refused

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

NATION = "XL"


def play(
    directory: Path | str,
    scale: str,
    *,
    seed: int,
    years: int = 1,
    progress: Callable[[str], None] | None = None,
) -> dict[str, Any]:
    """Play scale S, M or L (`simulate.year`), or XL (`simulate.nation`, one year only), and return its summary."""
    from simulate import nation, year

    if scale != NATION:
        return year.play(directory, scale, seed=seed, years=years, progress=progress)
    if years > 1:
        raise Refused("全国规模只演示一年。", "连续两年请用 --scale S 或 M。")
    return nation.play(directory, seed=seed, progress=progress)
