"""Full coverage of a city within a year, drawn quarter by quarter from what has not been visited (section 5)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from . import allocate
from .refusal import DrawRefused
from .seal import Record, by_id

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

AGAIN = "-AGAIN"


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """One quarter: the targets to freeze and the types to commit, each quarter with a commitment and codes of its own."""

    targets: list[dict[str, Any]]
    types: list[dict[str, Any]]


def type_of(label: str) -> str:
    """Return the type behind a committed label: second visits are drawn beside the fresh ones under a label of their own."""
    return label.removesuffix(AGAIN)


def quarter_size(remaining: int, quarters_left: int) -> int:
    """Return ceil(remaining / quarters left): the last quarter takes whatever is left."""
    if quarters_left < 1 or remaining < 0:
        raise DrawRefused("bad_quarter", remaining=remaining, quarters_left=quarters_left)
    return -(-remaining // quarters_left)


def quarter(
    targets: Sequence[Record],
    visits: Mapping[str, int],
    *,
    quarters_left: int,
    again: tuple[int, int] = (1, 10),
    most_visits: int = 2,
    team: int = 2,
    experts: int = 0,
) -> Batch:
    """Return the draw of one quarter: for each type, fresh targets and a share of second visits.

    visits: how often each target was visited this year.  again: the share of second visits on top of the fresh ones (at
    least one if there is anybody, none for a share of 0), so that nobody is safe for the rest of the year; nobody is
    visited more than `most_visits` times.  A type without anything left gives no entry.
    """
    batch = Batch(targets=[], types=[])
    records = by_id(targets)
    for label in sorted({str(record["type"]) for record in records}):
        own = [record for record in records if record["type"] == label]
        fresh = [record for record in own if visits.get(str(record["id"]), 0) == 0]
        seen = [record for record in own if 0 < visits.get(str(record["id"]), 0) < most_visits]
        size = quarter_size(len(fresh), quarters_left)
        more = min(len(seen), allocate.size(max(size, 1), *again)) if seen and again[0] else 0
        for code, group, n in ((label, fresh, size), (label + AGAIN, seen, more)):
            if n:
                batch.targets.extend({**record, "stratum": code} for record in group)
                batch.types.append({"type": code, "strata": [code], "size": n, "team": team, "experts": experts})
    return batch
