"""Does a team ever hold somebody who must keep away: random years with recusals, judged by a rule of its own.

`simulate(1_000_000)` assigns until a million pairs of target and inspector are seen. The judge reads the made-up facts
(county, field, employer, declared recusal, leave), not the matrix the assignment was made from.
"""

from __future__ import annotations

import hashlib
import random

from engine.draw import eligibility, lfa
from engine.draw.hashing import SHA256

FIELDS = ("NOT", "FOR", "AID")


def year(source: random.Random, targets: int, people: int) -> tuple[list[dict], list[dict], list[dict]]:
    """Return made-up targets, inspectors and recusals."""
    counties = [f"42999{k}" for k in range(source.randint(2, 9))]
    bodies = [
        {"id": f"T-{k:03d}", "type": source.choice(FIELDS), "county": source.choice(counties)} for k in range(targets)
    ]
    crowd = [
        {
            "id": f"I-{k:03d}",
            "county": source.choice(counties),
            "quals": sorted(source.sample(FIELDS, source.randint(1, 3))),
            "employers": [source.choice(bodies)["id"]] if source.random() < 0.3 else [],
            "available": source.random() > 0.05,
        }
        for k in range(people)
    ]
    recusals = [
        {"id": f"R-{k}", "target": source.choice(bodies)["id"], "person": source.choice(crowd)["id"], "reason": "kin"}
        for k in range(people)
    ]
    return bodies, crowd, recusals


def conflicts(bodies: list[dict], crowd: list[dict], recusals: list[dict], teams: dict[str, list[str]]) -> int:
    """Return how many pairs of `teams` are forbidden, and one for each team that is not two different people."""
    body, person = {one["id"]: one for one in bodies}, {one["id"]: one for one in crowd}
    declared = {(one["target"], one["person"]) for one in recusals}
    found = sum(len(set(team)) != 2 for team in teams.values()) + len(set(body) - set(teams))
    for target, team in teams.items():
        for name in team:
            who, place = person[name], body[target]
            found += (
                who["county"] == place["county"]
                or place["type"] not in who["quals"]
                or target in who["employers"]
                or not who["available"]
                or (target, name) in declared
            )
    return found


def simulate(pairs: int, targets: int = 30, people: int = 20) -> dict[str, int]:
    """Return years drawn, pairs seen, forbidden pairs among them, and years in which no assignment exists."""
    source, years, seen, wrong, infeasible = random.Random(11), 0, 0, 0, 0
    while seen < pairs:
        bodies, crowd, recusals = year(source, targets, people)
        matrix = eligibility.decide("inspectors", eligibility.DEFAULT_RULES, bodies, crowd, recusals)
        key = hashlib.sha256(b"conflicts %d" % years).digest()
        names = [one["id"] for one in crowd]
        found = lfa.solve(
            dict.fromkeys((one["id"] for one in bodies), 2),
            {one["id"]: matrix.allowed(one["id"]) for one in bodies},
            lambda target, name, key=key: SHA256.ticket(key, "assign", target, name),
            {name: source.randrange(3) for name in names},
            dict.fromkeys(names, source.choice((None, None, 12))),
        )
        years += 1
        if isinstance(found, lfa.Certificate):
            infeasible += 1
            continue
        teams = {target: list(team) for target, team in found.teams.items()}
        seen += sum(map(len, teams.values()))
        wrong += conflicts(bodies, crowd, recusals, teams)
    return {"years": years, "pairs": seen, "conflicts": wrong, "infeasible": infeasible}
