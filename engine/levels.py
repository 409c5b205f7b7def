"""Do the parts add up to the whole, and does an office below count the same of itself as the level above counts of it (R60, X32)."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from engine import counted as cells
from engine.figures import SPECS, part_of, shown, unit_name
from engine.values import Row, text
from schemas import loader

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from engine.figures import Figure, Source, Spec

COMPARED = (
    "B02", "B03", "B04", "B07", "B08", "B09", "C05", "D01", "D02", "D03", "D04", "D05", "D06", "E01", "E02", "G01", "G02", "G03",
    "H01", "H02", "H03", "J01", "J02",
)  # fmt: skip
"""Figures of which everything goes up: two levels must count the same. The rest is each level's own (its draws, its board)."""
_CARRIED = ("J01", "J02")
_OWN_VISITS = "C05"
"""A body that the level above visited itself is covered there; the office below is held to its own visits (R45)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stated:
    """What an office below counted when it made its newest package: figure id -> (numerator, denominator or None)."""

    unit: str
    made_at: str
    package: str
    figures: Mapping[str, tuple[int, int | None]] = field(default_factory=dict)


def stated(counted: Iterable[Figure], unit: str) -> dict[str, list[int | None]]:
    """Return what a package says of the figures of its office: id -> [numerator, denominator]."""
    own = {one.id: one for one in counted if one.unit == unit}
    return {
        spec.id: [own[spec.id].numerator, own[spec.id].denominator] if spec.id in own else [0, 0]
        for spec in SPECS
        if spec.id in COMPARED
    }


def read(said: object) -> dict[str, tuple[int, int | None]]:
    """Return the figures a package states, as far as they are figures: it comes from outside.

    >>> read({"D02": [3, 26], "H01": [1, None], "X": [1, 1], "B02": ["many", 1], "B03": [-1, None]})
    {'D02': (3, 26), 'H01': (1, None)}
    """
    found = {}
    for number, pair in said.items() if isinstance(said, dict) else ():
        if number in COMPARED and isinstance(pair, list) and len(pair) == 2:
            above, below = pair
            if _is_count(above) and (below is None or _is_count(below)):
                found[number] = (above, below)
    return found


def _is_count(value: object) -> bool:
    return type(value) is int and value >= 0


def reconcile(counted: Sequence[Figure], unit: str) -> list[str]:
    """Return where the parts do not add up to the whole; empty when everything does."""
    found = []
    for spec in SPECS:
        whole = next((one for one in counted if one.id == spec.id and one.unit == unit), None)
        if whole is None or not spec.has_parts:
            continue
        parts = [one for one in counted if one.id == spec.id and one.unit != unit]
        for which in ("numerator", "denominator"):
            total = getattr(whole, which) or 0
            added = sum(getattr(one, which) or 0 for one in parts)
            if total != added:
                found.append(f"{spec.name}：各部分合计 {added}，总数 {total}。")
    return found


def held(source: Source, counted: Iterable[Figure]) -> list[Row]:
    """Return one row of the ledger per office below and figure: what the office said, what this level counts of it, if they agree.

    Columns of T15 上下级核对, with `_refs` to the manifest of the package and `_cells` for the rows counted here.
    """
    here = {(one.id, one.unit): one for one in counted}
    found = []
    for told in source.told:
        for spec in SPECS:
            if spec.id not in told.figures or (spec.id in _CARRIED and not source.matters):
                continue
            own = (
                _own(spec, source, told.unit) if spec.id == _OWN_VISITS else _part(spec, here.get((spec.id, told.unit)))
            )
            above, below = told.figures[spec.id]
            found.append(
                {
                    "unit_code": told.unit,
                    "unit_name": unit_name(told.unit),
                    "figure_id": spec.id,
                    "figure": spec.name,
                    "stated": shown(above, below),
                    "counted": shown(own.number, own.of),
                    "agrees": (above, below) == (own.number, own.of),
                    "stated_at": told.made_at,
                    "_refs": [("package", "figures", f"{told.package}/{spec.id}")],
                    "_cells": {"counted": own},
                }
            )
    return found


def disagreements(rows: Iterable[Row]) -> list[str]:
    """Return one sentence for every row of `held` that does not agree."""
    return [
        f"{row['unit_name']}“{row['figure']}”：该单位报送时为 {row['stated']}，本级按收到的明细计为 {row['counted']}。"
        "请与该单位核对，必要时请其重新报送。"
        for row in rows
        if not row["agrees"]
    ]


def _part(spec: Spec, one: Figure | None) -> cells.Counted:
    if one is None:
        return cells.Counted(number=0, of=0 if spec.base else None)
    return cells.Counted(
        number=one.numerator, of=one.denominator, rows=one.rows, base_rows=one.base_rows, formula=one.formula
    )


def _own(spec: Spec, source: Source, unit: str) -> cells.Counted:
    """Return a figure of an office below by the visits of its own organs alone."""
    inside = loader.subtree(unit)
    theirs = replace(source, results=[row for row in source.results if text(row.get("inspecting_unit")) in inside])

    def of(rows: Sequence[Row]) -> list[Row]:
        return [row for row in rows if part_of(spec.place(row), source.unit) == unit]

    return cells.share(of(spec.rows(theirs)), of(spec.base(theirs) if spec.base else ()), spec.formula)
