"""The assignment by trying everything, and the twenty-line judge of a certificate; both know nothing of the solver."""

from __future__ import annotations

import itertools
import random
from typing import TYPE_CHECKING

from engine.draw import lfa
from engine.draw.hashing import SHA256

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


def instance(source: random.Random) -> tuple[dict, dict, dict, dict, list]:
    targets = [f"T{k}" for k in range(source.randint(1, 4))]
    people = [f"P{k}" for k in range(source.randint(2, 5))]
    share = source.choice((0.4, 0.6, 0.9))
    allowed = {target: [name for name in people if source.random() < share] for target in targets}
    demand = {target: source.choice((1, 2, 2)) for target in targets}
    base = {name: source.randrange(3) for name in people}
    cap = {name: source.choice((None, 2, 3, 4)) for name in people}
    forced = []
    if source.random() < 0.3:
        target = source.choice(targets)
        forced = [(target, source.choice(people))]
    return demand, allowed, base, cap, forced


def assignments(demand: Mapping, allowed: Mapping, base: Mapping, cap: Mapping, forced: list) -> Iterator[dict]:
    options = []
    for target in sorted(demand):
        kept = {name for place, name in forced if place == target}
        rest = sorted(set(allowed[target]) - kept)
        count = max(0, demand[target] - len(kept))
        options.append([sorted(kept.union(more)) for more in itertools.combinations(rest, count)])
    start = dict(base)
    for _, name in forced:
        start[name] += 1
    for teams in itertools.product(*options):
        load = dict(base)
        for name in itertools.chain(*teams):
            load[name] += 1
        if all(cap[name] is None or load[name] <= max(cap[name], start[name]) for name in load):
            yield {"teams": dict(zip(sorted(demand), teams, strict=True)), "squares": sum(n * n for n in load.values())}


def best(ticket: object, demand: Mapping, allowed: Mapping, base: Mapping, cap: Mapping, forced: list) -> dict | None:
    found = list(assignments(demand, allowed, base, cap, forced))
    if not found:
        return None
    least = min(one["squares"] for one in found)
    pairs = sorted(((target, name) for target in demand for name in allowed[target]), key=lambda pair: ticket(*pair))
    balanced = [one["teams"] for one in found if one["squares"] == least]
    return max(balanced, key=lambda teams: [name in teams[target] for target, name in pairs])


def is_proof(
    one: lfa.Certificate, demand: Mapping, allowed: Mapping, base: Mapping, cap: Mapping, forced: list
) -> bool:
    """Judge a certificate: the targets' open places against what the named people and all others can give at most."""
    fixed = set(forced)
    need = sum(max(0, demand[t] - sum(target == t for target, _ in fixed)) for t in one.targets)
    supply = 0
    for name in one.inspectors:
        if cap[name] is None:
            return False
        supply += max(0, cap[name] - base[name] - sum(person == name for _, person in fixed))
    for target in one.targets:
        supply += sum(name not in one.inspectors and (target, name) not in fixed for name in allowed[target])
    return need > supply and (need, supply) == (one.demand, one.supply)


def compare(rounds: int, seed: int) -> dict[str, int]:
    """Return how many random instances agree with trying everything; raise at the first that does not."""
    source, infeasible = random.Random(seed), 0
    for number in range(rounds):
        problem = instance(source)
        key = SHA256.digest(f"{seed}/{number}".encode())
        ticket = lambda target, person, key=key: SHA256.ticket(key, "assign", target, person)  # noqa: E731
        demand, allowed, base, cap, forced = problem
        found = lfa.solve(demand, allowed, ticket, base, cap, forced)
        wanted = best(ticket, *problem)
        if isinstance(found, lfa.Certificate):
            infeasible += 1
            assert wanted is None, problem
            assert is_proof(found, *problem), problem
        else:
            assert found.teams == wanted, problem
            assert lfa.feasible(demand, allowed, base, cap, forced) is None
    return {"instances": rounds, "infeasible": infeasible, "mismatches": 0}
