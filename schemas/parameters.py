"""What each parameter of the policy is called and how far an office may change it (R01, R03): `policy/parameters.csv`.

kind: number (whole, not negative), share (exact fraction up to 1), day (month and day), yes_no, word, table. limit: `least` and
`most` let an office only be stricter than the year asks, `fixed` says that the year alone decides, blank leaves it free.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

from schemas import table
from schemas.declare import SchemaError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

KINDS = ("number", "share", "day", "yes_no", "word", "table")
LIMITS = ("", "least", "most", "fixed")


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One parameter: its name in the policy, its Chinese title, its kind, the words it may be (value -> title), its limit."""

    name: str
    title: str
    kind: str
    options: Mapping[str, str] = field(default_factory=dict)
    limit: str = ""


def read(rows: Iterable[Mapping[str, str]]) -> dict[str, Parameter]:
    """Return name -> parameter of `rows` as the table has them; SchemaError for an unknown kind or limit or a title twice."""
    found: dict[str, Parameter] = {}
    for line, row in enumerate(rows, 2):
        where = f"schemas/policy/parameters.csv:{line}"
        if row["kind"] not in KINDS or row["limit"] not in LIMITS:
            raise SchemaError(f"{where}: unknown kind or limit")
        if not row["title"] or row["name"] in found or row["title"] in {one.title for one in found.values()}:
            raise SchemaError(f"{where}: name or title missing or twice")
        options = dict(one.split("=", 1) for one in row["options"].split("|") if one)
        found[row["name"]] = Parameter(
            name=row["name"], title=row["title"], kind=row["kind"], options=options, limit=row["limit"]
        )
    return found


@lru_cache(maxsize=1)
def parameters() -> dict[str, Parameter]:
    """Return every parameter of the policy by name."""
    return read(table("policy", "parameters.csv"))
