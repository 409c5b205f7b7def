"""A number of the ledger together with the rows it was counted from: what one cell says and where it leads back to (R60)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.values import percent

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from engine.values import Row

Ref = tuple[str, str, str]
"""Where a counted row stands: template (or `task`, `freeze`, `package`, `carried` …), sheet, key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """One cell: how many rows, of how many (None: a plain count), which they are, and how it was calculated."""

    number: int
    of: int | None = None
    rows: tuple[Ref, ...] = ()
    base_rows: tuple[Ref, ...] = ()
    formula: str = ""

    @property
    def share(self) -> str | None:
        """The value of a percent column: `98.98`, None without a denominator."""
        return percent(self.number, self.of).rstrip("%") if self.of else None

    @property
    def shown(self) -> int | str | None:
        """The value of the cell: a count, or a share where there is a denominator."""
        return self.number if self.of is None else self.share

    def refs(self) -> list[Ref]:
        """Return every row behind the cell once, those of the numerator first."""
        return list(dict.fromkeys((*self.rows, *self.base_rows)))


def of(rows: Iterable[Row]) -> Counted:
    """Return how many rows there are and which."""
    given = list(rows)
    return Counted(number=len(given), rows=_refs(given))


def share(rows: Iterable[Row], base: Iterable[Row], formula: str) -> Counted:
    """Return the rows as a share of `base`; `formula` says in words what is divided by what."""
    above, below = list(rows), list(base)
    return Counted(number=len(above), of=len(below), rows=_refs(above), base_rows=_refs(below), formula=formula)


def led_to(refs: Iterable[Ref]) -> Counted:
    """Return a cell that is no count and rests on other rows than the rest of its line."""
    given = tuple(refs)
    return Counted(number=len(given), rows=given)


def _refs(rows: Sequence[Row]) -> tuple[Ref, ...]:
    """Return the places of rows; one that nobody sent (drawn below by an office without a package) has none."""
    return tuple(dict.fromkeys(row["_ref"] for row in rows if "_ref" in row))
