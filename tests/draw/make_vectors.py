"""Write `vectors.json`: more than a thousand cases for implementations in other languages (`python tests/draw/make_vectors.py`).

One object per line so that a change shows in review.  Everything is equal bit for bit except `pi` and calibrated
`lambda`, which are compared to 1e-9.
"""

from __future__ import annotations

import json
import random
import sys
from pathlib import Path

HOME = Path(__file__).resolve().parent
sys.path.insert(0, str(HOME.parent.parent))

from typing import TYPE_CHECKING  # noqa: E402

from engine.draw import allocate, canonical, codes, entropy, hashing, inclusion, lfa, merkle, modes, sample  # noqa: E402
from engine.draw.commit import commitment  # noqa: E402
from engine.draw.drawing import stage_key  # noqa: E402
from engine.draw.teams import lead_of, ticket_of  # noqa: E402
from tests.draw import brute, instance  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Iterator

SEED = 20260522
TEXTS = ("A", "公证处", "鑑定（所）", 'a"b\\c/d', "", "𰻞", "é", "１２", "~", "a b")


def cases() -> Iterator[dict[str, object]]:
    """Yield every vector; `kind` says which function of docs/draw.md it tests."""
    source = random.Random(SEED)
    yield from _hashes(source)
    yield from _draws(source)
    yield from _assignments(source)
    yield from _stages()


def _hashes(source: random.Random) -> Iterator[dict[str, object]]:
    for name in ("sha256", "sm3"):
        profile = hashing.profile(name)
        for length in (*range(20), 55, 56, 63, 64, 65, 119, 120, 128, 200):
            data, key = source.randbytes(length), source.randbytes(length)
            yield {
                "kind": "hash", "hash": name, "data": data.hex(), "digest": profile.digest(data).hex(), "key": key.hex(),
                "mac": profile.mac(key, data).hex(), "expand40": profile.expand(profile.extract(key, data), b"info", 40).hex(),
            }  # fmt: skip
        for count in range(34):
            leaves = [merkle.leaf(profile, str(k).encode()) for k in range(count)]
            yield {"kind": "merkle", "hash": name, "count": count, "root": merkle.root(profile, leaves).hex()}
        for number in range(30):
            secret, length = source.randbytes(32), source.randrange(3, 40)
            index = source.randrange(1, length)
            yield {
                "kind": "chain", "hash": name, "secret": secret.hex(), "n": length, "index": index,
                "anchor": codes.new_chain(secret, length, name), "code": codes.reveal(secret, length, index, name),
            }  # fmt: skip
            key, limit = source.randbytes(32), source.choice((1, 2, 7, 117, 2006, 10**6, 3 * 2**200, 2**255 + 1))
            yield {
                "kind": "below", "hash": name, "key": key.hex(), "limit": str(limit),
                "value": str(profile.below(key, limit, "alloc", f"L{number}")), "label": f"L{number}",
            }  # fmt: skip
    for _ in range(80):
        value = _value(source, 3)
        data = canonical.encode(value)
        yield {"kind": "canonical", "value": value, "bytes": data.hex(), "sha256": hashing.SHA256.digest(data).hex()}
    for _ in range(60):
        of = source.randrange(2, 36)
        sources = [
            {"id": "A", "kind": "numbers", "pick": source.randrange(1, of + 1), "of": of},
            {"id": "B", "kind": "number", "below": 10**10},
            {"id": "C", "kind": "hex", "bytes": 32},
        ]
        values = [source.sample(range(1, of + 1), sources[0]["pick"]), [source.randrange(10**10)]]
        text = source.randbytes(32).hex().upper()
        given = [{"values": values[0]}, {"values": values[1]}, {"text": text}]
        yield {
            "kind": "entropy", "sources": sources, "given": given,
            "string": "".join(entropy._part(one, value) for one, value in zip(sources, given, strict=True)),
            "bits_milli": [entropy.bits_milli(one) for one in sources],
        }  # fmt: skip


def _value(source: random.Random, depth: int) -> object:
    choice = source.randrange(7 if depth else 5)
    if choice == 0:
        return source.choice((True, False, None))
    if choice in (1, 2):
        return source.choice((0, -1, 2**53 - 1, 1 - 2**53, source.randrange(10**9)))
    if choice in (3, 4):
        return source.choice(TEXTS)
    if choice == 5:
        return [_value(source, depth - 1) for _ in range(source.randrange(4))]
    return {
        source.choice(("id", "name", "a", "B", "a-b", "z9", "_")): _value(source, depth - 1)
        for _ in range(source.randrange(5))
    }


def _draws(source: random.Random) -> Iterator[dict[str, object]]:
    for number in range(160):
        counts = {f"S{k}": source.randrange(1, 40) for k in range(source.randrange(1, 8))}
        total, key = source.randrange(sum(counts.values()) + 1), source.randbytes(32)
        start, sizes = allocate.allocate(hashing.SHA256, key, f"L{number}", counts, total)
        yield {
            "kind": "allocate", "key": key.hex(), "label": f"L{number}", "counts": counts, "n": total, "start": start,
            "sizes": sizes,
        }  # fmt: skip
    for number in range(260):
        name = "sm3" if number % 8 == 0 else "sha256"
        size, key = source.randrange(1, 24), source.randbytes(32)
        palette = source.choice(((1,), (1, 2, 3, 4), (1, 1, 1, 50), (7, 11, 13), (1, 10**6)))
        weights = {f"T-{source.randrange(10**6):06d}": source.choice(palette) for _ in range(size)}
        places = source.randrange(len(weights) + 1)
        lots = sample.order(hashing.profile(name), key, "MAIN", weights, places)
        yield {
            "kind": "order", "hash": name, "key": key.hex(), "stratum": "MAIN", "weights": weights, "places": places,
            "order": [lot.id for lot in lots], "lambda": {str(lot.weight): f"{lot.numerator}/{lot.denominator}" for lot in lots},
            "first_ticket": f"{lots[0].ticket:064x}", "first_key": str(lots[0].key),
        }  # fmt: skip
    for _ in range(40):
        counts = {weight: source.randrange(1, 12) for weight in source.sample((1, 2, 3, 5, 8), source.randrange(2, 4))}
        places = source.randrange(1, sum(counts.values()))
        lambdas = sample.lambdas_of(counts, places)
        yield {
            "kind": "pi", "counts": {str(weight): count for weight, count in counts.items()}, "places": places,
            "pi": {str(weight): text for weight, text in inclusion.published(counts, places, lambdas).items()},
            "calibrated": inclusion.calibrate(counts, places),
        }  # fmt: skip


def _assignments(source: random.Random) -> Iterator[dict[str, object]]:
    for _ in range(360):
        demand, allowed, base, cap, forced = brute.instance(source)
        key = source.randbytes(32)
        found = lfa.solve(demand, allowed, ticket_of(hashing.SHA256, key, "inspectors"), base, cap, forced)
        case = {
            "kind": "lfa", "key": key.hex(), "demand": demand, "allowed": allowed, "base": base, "cap": cap,
            "forced": [list(pair) for pair in forced],
        }  # fmt: skip
        if isinstance(found, lfa.Certificate):
            yield {**case, "teams": None, "certificate": found.document()}
        else:
            leads = {
                target: lead_of(hashing.SHA256, key, target, team, set(team)) for target, team in found.teams.items()
            }
            yield {**case, "teams": found.teams, "leads": leads, "squares": found.squares}
    for _ in range(40):
        demand, allowed, base, cap, _ = brute.instance(source)
        shares, key = modes.marginals(demand, allowed, base, cap, 1000), source.randbytes(32)
        if shares is not None:
            teams = modes.round_marginals(hashing.SHA256, key, shares, 1000)
            rows = [[target, name, share] for (target, name), share in shares.items()]
            yield {"kind": "bounded", "key": key.hex(), "denominator": 1000, "shares": rows, "teams": teams}


def _stages() -> Iterator[dict[str, object]]:
    for name in ("sha256", "sm3"):
        commit, _, drawn, assigned, log = instance.year(name)
        text = "".join(f"{value['values'][0]}./" for value in drawn.values)
        steps = [(1, drawn.reveal["codes"]), (2, assigned.reveal["codes"]), (3, instance.codes(3, name))]
        yield {
            "kind": "stages", "commit": commit, "commitment": commitment(commit), "entropy": text,
            "steps": [{"index": k, "codes": list(c), "prk": stage_key(commit, text, k, c).hex()} for k, c in steps],
            "drawn": drawn.drawn, "teams": assigned.teams, "replaced": [line["teams"] for line in log if "teams" in line],
        }  # fmt: skip


def text() -> str:
    """Return the file."""
    lines = [json.dumps(case, ensure_ascii=False, sort_keys=True, separators=(",", ":")) for case in cases()]
    return "[\n" + ",\n".join(lines) + "\n]\n"


if __name__ == "__main__":
    (HOME / "vectors.json").write_text(text(), encoding="utf-8")
