"""Random draws and assignments with our answers, in the shape of `tests/draw/vectors.json`."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import TYPE_CHECKING

from engine.draw import allocate, hashing, lfa, modes, sample
from engine.draw.teams import lead_of, ticket_of

if TYPE_CHECKING:
    from collections.abc import Iterator

Case = dict[str, object]
VECTORS = Path(__file__).resolve().parent.parent / "draw" / "vectors.json"
# What an implementation has to answer, by kind of case; everything else in a case is its input.
ANSWERS = {
    "allocate": {"start", "sizes"},
    "below": {"value"},
    "bounded": {"teams"},
    "canonical": {"bytes", "sha256"},
    "chain": {"anchor", "code"},
    "entropy": {"bits_milli", "string"},
    "hash": {"digest", "expand40", "mac"},
    "lfa": {"certificate", "leads", "squares", "teams"},
    "merkle": {"root"},
    "order": {"first_key", "first_ticket", "lambda", "order"},
    "pi": {"pi"},
    "stages": {"commitment", "steps"},
}
TOLERANCE = 1e-9


def vectors() -> list[Case]:
    """Return the published vectors."""
    return json.loads(VECTORS.read_text(encoding="utf-8"))


def question(case: Case) -> Case:
    """Return the case without our answers; of the steps of a procedure only the codes remain."""
    bare = {name: value for name, value in case.items() if name not in ANSWERS[str(case["kind"])]}
    if case["kind"] == "stages":
        bare = {name: case[name] for name in ("kind", "commit", "entropy")}
        bare["steps"] = [{"codes": step["codes"], "index": step["index"]} for step in case["steps"]]
    return bare


def answer(case: Case) -> Case:
    """Return our answers alone."""
    return {name: case[name] for name in sorted(ANSWERS[str(case["kind"])]) if name in case}


def agree(case: Case, found: Case) -> bool:
    """Return whether `found` is our answer: bit for bit, probabilities to 1e-9."""
    wanted = answer(case)
    if case["kind"] == "pi":
        ours, theirs = wanted["pi"], found.get("pi", {})
        return ours.keys() == theirs.keys() and all(
            abs(float(ours[key]) - float(theirs[key])) <= TOLERANCE for key in ours
        )
    return json.dumps(wanted, sort_keys=True) == json.dumps(found, sort_keys=True)


def fuzz(seed: int, count: int) -> Iterator[Case]:
    """Yield `count` random cases: two fifths weighted orders, two fifths assignments, the rest sizes and rounding."""
    source = random.Random(seed)
    makers = (_order, _lfa, _order, _lfa, _allocate, _order, _lfa, _order, _lfa, _bounded)
    for number in range(count):
        yield makers[number % len(makers)](source)


def _order(source: random.Random) -> Case:
    name, key = source.choice(("sha256", "sha256", "sm3")), source.randbytes(32)
    palette = source.choice(((1,), (1, 2, 3, 4), (1, 1, 1, 50), (7, 11, 13), (1, 10**6), tuple(range(1, 40))))
    weights = {f"T-{source.randrange(10**6):06d}": source.choice(palette) for _ in range(source.randrange(1, 16))}
    places = source.randrange(len(weights) + 1)
    counts = sample.count_weights(weights.values())
    wanted = sample.targets_of(counts, places)
    given = None
    if source.random() < 0.3 and places:
        given = {str(weight): f"0.{source.randrange(1, 10**18):018d}" for weight in counts if wanted[weight] != 1}
    lots = sample.order(hashing.profile(name), key, "MAIN", weights, places, given)
    return {
        "kind": "order", "hash": name, "key": key.hex(), "stratum": "MAIN", "weights": weights, "places": places,
        "calibrated": given, "order": [lot.id for lot in lots],
        "lambda": {str(lot.weight): f"{lot.numerator}/{lot.denominator}" for lot in lots},
        "first_ticket": f"{lots[0].ticket:064x}", "first_key": str(lots[0].key),
    }  # fmt: skip


def _people(source: random.Random) -> tuple[dict, dict, dict, dict]:
    targets = [f"T{k}" for k in range(source.randint(1, 6))]
    people = [f"P{k}" for k in range(source.randint(2, 7))]
    share = source.choice((0.5, 0.75, 0.95))
    allowed = {target: [name for name in people if source.random() < share] for target in targets}
    demand = {target: source.choice((1, 2, 2, 2)) for target in targets}
    cap = {name: source.choice((None, None, 3, 4, 6)) for name in people}
    return demand, allowed, {name: source.randrange(3) for name in people}, cap


def _lfa(source: random.Random) -> Case:
    demand, allowed, base, cap = _people(source)
    key, forced = source.randbytes(32), []
    if source.random() < 0.3:
        forced = [[source.choice(sorted(demand)), source.choice(sorted(base))]]
    pairs = [(target, name) for target, name in forced]
    found = lfa.solve(demand, allowed, ticket_of(hashing.SHA256, key, "inspectors"), base, cap, pairs)
    case = {
        "kind": "lfa", "key": key.hex(), "demand": demand, "allowed": allowed, "base": base, "cap": cap, "forced": forced,
    }  # fmt: skip
    if isinstance(found, lfa.Certificate):
        return {**case, "teams": None, "certificate": found.document()}
    leads = {name: lead_of(hashing.SHA256, key, name, team, set(team)) for name, team in found.teams.items()}
    return {**case, "teams": found.teams, "leads": leads, "squares": found.squares}


def _allocate(source: random.Random) -> Case:
    counts = {f"S{k}": source.randrange(1, 90) for k in range(source.randrange(1, 17))}
    total, key, label = source.randrange(sum(counts.values()) + 1), source.randbytes(32), f"L{source.randrange(99)}"
    start, sizes = allocate.allocate(hashing.SHA256, key, label, counts, total)
    return {
        "kind": "allocate", "key": key.hex(), "label": label, "counts": counts, "n": total, "start": start, "sizes": sizes,
    }  # fmt: skip


def _bounded(source: random.Random) -> Case:
    while True:
        demand, allowed, base, cap = _people(source)
        shares, key = modes.marginals(demand, allowed, base, cap, 100), source.randbytes(32)
        if shares is not None:
            break
    rows = [[target, name, share] for (target, name), share in shares.items()]
    teams = modes.round_marginals(hashing.SHA256, key, shares, 100)
    return {"kind": "bounded", "key": key.hex(), "denominator": 100, "shares": rows, "teams": teams}
