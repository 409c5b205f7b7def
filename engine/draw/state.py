"""What a replacement log means: the targets and teams in force, from public data alone (section 10).

A verifier replays the same steps: `replay` reads the log, `strike` names the alternates, `fill` draws the vacated places.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from . import canonical, lfa
from .eligibility import KINDS
from .hashing import profile as profile_named
from .teams import allowed_of, crowd, demand, lead_of, ticket_of

if TYPE_CHECKING:
    from .seal import Record

FIRST_INDEX = 3
Line = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """The draw as it stands after a log: `teams[target]` is `{target, inspectors, lead, experts}`."""

    targets: tuple[str, ...]
    teams: dict[str, dict[str, Any]]
    open: tuple[Line, ...] = ()
    index: int = FIRST_INDEX
    struck: frozenset[str] = frozenset()
    barred: frozenset[tuple[str | None, str]] = frozenset()
    allowed: dict[str, dict[str, list[str]]] = field(default_factory=dict)
    people: dict[str, list[str]] = field(default_factory=dict)
    direct: tuple[tuple[str, str], ...] = ()
    replaced: int = 0
    is_void: bool = False

    def bars(self, target: str, person: str) -> bool:
        """Return whether a vacancy took `person` off `target` or off everything."""
        return (target, person) in self.barred or (None, person) in self.barred

    def with_rows(self, rows: Mapping[str, Sequence[Mapping[str, Any]]]) -> State:
        """Return the state with the eligibility rows of newly called targets."""
        allowed = {
            kind: self.allowed[kind] | allowed_of({"people": self.people[kind], "rows": rows[kind]}) for kind in KINDS
        }
        return replace(self, allowed=allowed)

    def with_direct(self, direct: Sequence[Mapping[str, str]]) -> State:
        """Return the state with approved direct assignments, which are forced when the vacated places are drawn."""
        return replace(self, direct=tuple((row["target"], row["person"]) for row in direct))


def line_hash(commit: Mapping[str, Any], line: Line) -> str:
    """Return the hash of one log line, H(JCS(line)) in hex, which the next line repeats as `prev`."""
    return profile_named(commit["hash"]).digest(canonical.encode(dict(line))).hex()


def replay(
    draw: Mapping[str, Any],
    eligibility: Mapping[str, Any] | None,
    assignment: Mapping[str, Any] | None,
    log: Sequence[Line],
) -> State:
    """Return the state after `log`, taking the log's replacements as they are written."""
    targets = tuple(row["id"] for row in draw["targets"] if row["status"] == "drawn")
    state = State(targets=targets, teams={})
    for line in [*log, None]:
        # Lines up to `after` are older than the assignment, which already serves the targets they left.
        is_later = line is None or (assignment is not None and line["seq"] > assignment["after"])
        if assignment is not None and eligibility is not None and not state.people and is_later:
            state = _assigned(state, eligibility, assignment)
        if line is None:
            break
        if line["kind"] == "vacancy":
            state = replace(state, open=(*state.open, line))
        elif line["kind"] == "replacement":
            state, _ = strike(state, draw)
            if state.people:
                state = state.with_rows(line["rows"])
            teams = {team["target"]: dict(team) for team in line["teams"]}
            changed = sum(_changes(state.teams.get(target), team) for target, team in teams.items())
            state = replace(
                state,
                teams=state.teams | teams,
                open=(),
                index=state.index + (line["index"] is not None),
                replaced=state.replaced + changed,
            )
        elif line["kind"] == "void":
            state = replace(state, is_void=True)
    return state


def strike(state: State, draw: Mapping[str, Any]) -> tuple[State, list[dict[str, Any]]]:
    """Return the state with all open vacancies taken out, and which alternate follows each struck target (or null)."""
    targets, swaps = list(state.targets), []
    barred = state.barred | {(line["target"], line["person"]) for line in state.open if line["person"] is not None}
    struck = state.struck | {line["target"] for line in state.open if line["person"] is None}
    for line in state.open:
        old = line["target"]
        if line["person"] is not None or old not in targets:
            continue
        new = _alternate(draw, old, struck.union(targets))
        swaps.append({"new": new, "old": old})
        targets[targets.index(old)] = new or ""
    targets = [target for target in targets if target]
    after = replace(state, targets=tuple(targets), struck=struck, barred=barred)
    teams = {}
    for target, team in state.teams.items():
        if target in targets:
            kept = {kind: [name for name in team[kind] if not after.bars(target, name)] for kind in KINDS}
            teams[target] = {**team, **kept, "lead": team["lead"] if team["lead"] in kept["inspectors"] else None}
    return replace(after, teams=teams), swaps


def blank(
    commit: Mapping[str, Any], records: Sequence[Record], capacity: Sequence[Record], state: State
) -> lfa.Certificate | None:
    """Return None if the vacated places can be filled, else why not."""
    for kind in KINDS:
        stuck = lfa.feasible(*_problem(commit, records, capacity, state, kind))
        if stuck is not None:
            return stuck
    return None


def fill(
    commit: Mapping[str, Any], records: Sequence[Record], capacity: Sequence[Record], state: State, key: bytes
) -> list[dict[str, Any]]:
    """Return every team that changes when the vacated places are drawn with `key`, all other pairs forced."""
    profile = profile_named(commit["hash"])
    solved = {}
    for kind in KINDS:
        need, allowed, base, cap, forced = _problem(commit, records, capacity, state, kind)
        result = lfa.solve(need, allowed, ticket_of(profile, key, kind), base, cap, forced)
        if isinstance(result, lfa.Certificate):  # pragma: no cover - `blank` was asked before
            raise TypeError
        solved[kind] = result.teams
    leaders = {row["id"] for row in capacity if row["may_lead"]}
    changed = []
    for target in sorted(state.targets):
        before = state.teams.get(target)
        team: dict[str, Any] = {kind: solved[kind][target] for kind in KINDS} | {"target": target}
        lead = before["lead"] if before else None
        team["lead"] = lead or lead_of(profile, key, target, team["inspectors"], leaders)
        if team != before:
            changed.append(team)
    return changed


def _problem(
    commit: Mapping[str, Any], records: Sequence[Record], capacity: Sequence[Record], state: State, kind: str
) -> tuple[dict[str, int], dict[str, list[str]], dict[str, int], dict[str, int | None], list[tuple[str, str]]]:
    allowed = {
        target: [name for name in state.allowed[kind][target] if not state.bars(target, name)]
        for target in state.targets
    }
    forced = [(target, name) for target, team in sorted(state.teams.items()) for name in team[kind]]
    if kind == "inspectors":
        forced += [pair for pair in state.direct if pair not in forced]
    return demand(commit, records, state.targets, kind), allowed, *crowd(capacity, kind), forced


def _assigned(state: State, eligibility: Mapping[str, Any], assignment: Mapping[str, Any]) -> State:
    teams = {team["target"]: dict(team) for team in assignment["teams"]}
    return replace(
        state,
        teams=teams,
        allowed={kind: allowed_of(eligibility[kind]) for kind in KINDS},
        people={kind: list(eligibility[kind]["people"]) for kind in KINDS},
    )


def _alternate(draw: Mapping[str, Any], old: str, taken: frozenset[str]) -> str | None:
    stratum = next(row["stratum"] for row in draw["targets"] if row["id"] == old)
    return next((row["id"] for row in draw["targets"] if row["stratum"] == stratum and row["id"] not in taken), None)


def _changes(before: Mapping[str, Any] | None, after: Mapping[str, Any]) -> int:
    kept = {name for kind in KINDS for name in (before or {}).get(kind, ())}
    return sum(name not in kept for kind in KINDS for name in after[kind])
