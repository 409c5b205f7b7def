"""The archive of a year: which file is kept how long, on what basis, and what is due to go (R30, R62, R07).

Terms are data (`schemas/retention.csv`): `years` after the end of the year, 0 for ever; `then` is what is proposed when the
term is over - `erase` or a `review` by people. Nothing is ever deleted by itself (`workflow/erasing`). Pure functions.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING

from schemas import table
from schemas.declare import SchemaError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from engine.values import Row

FOR_EVER = "永久"
ORIGINALS = "收件/原件"
NOMINATIONS = ("T06", "T06b")
NOT_USED = ("returned", "superseded", "withdrawn", "old", "same")


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """How long one kind of file is kept: the folders it lies in, years (0: for ever), what then, and why."""

    kind: str
    title: str
    folders: tuple[str, ...]
    years: int
    then: str
    basis: str

    def until(self, year: int) -> str:
        """Return the last day of the term for a file of `year`, or 永久."""
        return date(year + self.years, 12, 31).isoformat() if self.years else FOR_EVER


@lru_cache(maxsize=1)
def terms() -> dict[str, Term]:
    """Return the declared terms by kind."""
    return read(table("retention.csv"))


def read(lines: Iterable[Mapping[str, str]]) -> dict[str, Term]:
    """Return the terms of parsed lines; SchemaError for a term without years, basis or a known end."""
    found = {}
    for number, line in enumerate(lines, 2):
        if not line["years"].isdigit() or line["then"] not in ("erase", "review") or not line["basis"]:
            raise SchemaError(f"schemas/retention.csv:{number}: needs years, erase or review, and a basis")
        if line["then"] == "erase" and line["folder"] != ORIGINALS:
            raise SchemaError(f"schemas/retention.csv:{number}: only originals can be erased by rule")
        found[line["kind"]] = Term(
            kind=line["kind"],
            title=line["title"],
            folders=tuple(line["folder"].split("|")),
            years=int(line["years"]),
            then=line["then"],
            basis=line["basis"],
        )
    return found


def unused(submissions: Iterable[Row], quoted: Iterable[str] = ()) -> set[str]:
    """Return the hashes of originals that hold a nomination nobody used, and nothing that is in use.

    quoted: hashes that an edition of a register rests on; what was in a register once was used.
    """
    used = set(quoted)
    found: set[str] = set()
    for row in submissions:
        is_nomination = row["template"] in NOMINATIONS and row["state"] in NOT_USED
        (found if is_nomination else used).add(str(row["sha256"]))
    return found - used


def kind_of(path: str, nominations: set[str]) -> Term | None:
    """Return the term of a file of a workspace by its path below the root; None for what is no record (database, lock)."""
    for term in terms().values():
        if any(path.startswith(f"{folder}/") for folder in term.folders):
            name = path.rsplit("/", 1)[-1]
            if (term.kind == "nominations") == (name in nominations) or term.folders != terms()["nominations"].folders:
                return term
    return None


def due(entries: Sequence[Row], on: date) -> list[Row]:
    """Return the entries whose term is over on the day `on`."""
    return [row for row in entries if row["until"] != FOR_EVER and date.fromisoformat(row["until"]) < on]
