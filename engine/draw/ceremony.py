"""The ceremony mode: a thousand numbered assignments, published before three balls pick one of them (section 9)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import canonical, lfa, modes
from .commit import commitment
from .eligibility import KINDS
from .hashing import Profile
from .hashing import profile as profile_named
from .teams import allowed_of, crowd, demand, forced_pairs, ticket_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .seal import Record

INDEX = 2
Problem = tuple[dict[str, int], dict[str, list[str]], dict[str, int], "dict[str, int | None]"]


def tables_document(
    commit: Mapping[str, Any],
    targets: Sequence[Record],
    eligibility: Mapping[str, Any],
    capacity: Sequence[Mapping[str, Any]],
    key: bytes,
    direct: Sequence[Mapping[str, str]],
    after: int,
) -> dict[str, Any] | lfa.Certificate:
    """Return ceremony.json: the assignments numbered 000 to 999, one line per target in each (section 9)."""
    profile, tables = profile_named(commit["hash"]), []
    problems = {kind: problem_of(commit, targets, eligibility, capacity, kind) for kind in KINDS}
    for number in range(modes.NUMBERS):
        prefix, teams = ("ceremony", f"{number:03d}"), {}
        for kind in KINDS:
            result = solve(profile, key, kind, problems[kind], direct, prefix)
            if isinstance(result, lfa.Certificate):
                return result
            teams[kind] = result.teams
        tables.append([modes.line_of(teams["inspectors"][one], teams["experts"][one]) for one in teams["inspectors"]])
    return {
        "after": after,
        "commitment": commitment(commit),
        "direct": [dict(row) for row in direct],
        "index": INDEX,
        "prk": key.hex(),
        "stage": "assign",
        "tables": tables,
        "targets": sorted(problems["inspectors"][0]),
        "v": "vrd1",
    }


def tables_hash(commit: Mapping[str, Any], tables: Mapping[str, Any]) -> str:
    """Return H(JCS(ceremony.json)) in hex, by which a choice names the tables it chose from."""
    return profile_named(commit["hash"]).digest(canonical.encode(dict(tables))).hex()


def problem_of(
    commit: Mapping[str, Any],
    targets: Sequence[Record],
    eligibility: Mapping[str, Any],
    capacity: Sequence[Mapping[str, Any]],
    kind: str,
) -> Problem:
    """Return demand by target, who is allowed where, base loads and caps of one kind of people."""
    allowed = allowed_of(eligibility[kind])
    return demand(commit, targets, allowed, kind), allowed, *crowd(capacity, kind)


def solve(
    profile: Profile,
    key: bytes,
    kind: str,
    problem: Problem,
    direct: Sequence[Mapping[str, str]],
    prefix: Sequence[str],
) -> lfa.Solution | lfa.Certificate:
    """Return the lexicographic-first balanced assignment of one kind, its tickets under `prefix`, or why there is none."""
    need, allowed, base, cap = problem
    return lfa.solve(need, allowed, ticket_of(profile, key, kind, *prefix), base, cap, forced_pairs(kind, direct))
