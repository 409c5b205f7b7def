"""What a team is made of: who may go where, how many, with which tickets, and who leads (sections 7 and 8)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .pool import stratum_of
from .refusal import DrawRefused

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from .hashing import Profile
    from .seal import Record

_STAGE = {"inspectors": "assign", "experts": "expert"}
_PLACES = {"inspectors": "team", "experts": "experts"}
_KIND = {"inspectors": "inspector", "experts": "expert"}


def lead_of(profile: Profile, key: bytes, target: str, team: Iterable[str], leaders: set[str]) -> str | None:
    """Return the lead: of those who may lead, the one with the lowest ticket `vrd1/lead/<target>/<person>`, or None."""
    able = [name for name in team if name in leaders]
    return min(able, key=lambda name: (profile.ticket(key, "lead", target, name), name), default=None)


def ticket_of(profile: Profile, key: bytes, kind: str, *prefix: str) -> Callable[[str, str], int]:
    """Return the ticket function of a kind of people: `vrd1/assign/<target>/<person>` or `vrd1/expert/...`.

    `prefix` stands before the stage: `ceremony`, number.
    """
    parts = (*prefix, _STAGE[kind])
    return lambda target, person: profile.ticket(key, *parts, target, person)


def allowed_of(matrix: Mapping[str, Any]) -> dict[str, list[str]]:
    """Return target -> allowed people from the public matrix."""
    people = matrix["people"]
    found = {}
    for row in matrix["rows"]:
        if len(row["allowed"]) != len(people) or set(row["allowed"]) - {"0", "1"}:
            raise DrawRefused("bad_matrix", target=row["target"])
        found[row["target"]] = [name for name, mark in zip(people, row["allowed"], strict=True) if mark == "1"]
    return found


def demand(commit: Mapping[str, Any], targets: Sequence[Record], chosen: Iterable[str], kind: str) -> dict[str, int]:
    """Return how many people of a kind each chosen target gets, by the committed type."""
    size = {row["stratum"]: one[_PLACES[kind]] for one in commit["types"] for row in one["strata"]}
    strata = {target["id"]: stratum_of(target) for target in targets}
    return {target: size[strata[target]] for target in chosen}


def crowd(capacity: Sequence[Mapping[str, Any]], kind: str) -> tuple[dict[str, int], dict[str, int | None]]:
    """Return base loads and caps of everybody of a kind."""
    rows = [row for row in capacity if row["kind"] == _KIND[kind]]
    return {row["id"]: row["load"] for row in rows}, {row["id"]: row["cap"] for row in rows}


def forced_pairs(kind: str, direct: Sequence[Mapping[str, str]]) -> list[tuple[str, str]]:
    """Return the direct assignments as pairs; only inspectors can be assigned directly."""
    return [(row["target"], row["person"]) for row in direct] if kind == "inspectors" else []
