"""How fast the draw is, as ratios that do not depend on the machine: `python bench/draw.py` prints one JSON object.

weighted: a million weighted targets, ten thousand drawn with as many alternates, against one bare HMAC per id.
lfa: a thousand targets by two hundred inspectors, two places each.  brute: random small instances against all possible
assignments (`--brute N`, default 20,000).
"""

from __future__ import annotations

import argparse
import hashlib
import hmac
import json
import random
import sys
import time
import tracemalloc
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from engine.draw import lfa, sample
from engine.draw.hashing import SHA256
from tests.draw import brute

KEY = hashlib.sha256(b"bench").digest()


def weighted(size: int, drawn: int) -> dict[str, float]:
    weights = {f"T-{k:07d}": (1, 1, 2, 3, 4, 8)[k % 6] for k in range(size)}
    bare, timed = [], []
    for _ in range(3):
        start = time.perf_counter()
        for name in weights:
            hmac.digest(KEY, b"vrd1/draw/MAIN/" + name.encode() + b"\x01", "sha256")
        bare.append(time.perf_counter() - start)
        start = time.perf_counter()
        lots = sample.first(SHA256, KEY, "MAIN", weights, drawn, 2 * drawn)
        timed.append(time.perf_counter() - start)
    tracemalloc.start()
    sample.first(SHA256, KEY, "MAIN", weights, drawn, 2 * drawn)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return {
        "targets": size,
        "kept": len(lots),
        "seconds": round(min(timed), 2),
        "bare_hmac_seconds": round(min(bare), 2),
        "ratio": round(min(timed) / min(bare), 2),
        "extra_memory_mb": round(peak / 1e6, 1),
    }


def assignment(targets: int, people: int, share: float, cap: int | None = None) -> dict[str, float]:
    source = random.Random(7)
    names = [f"I-{k:03d}" for k in range(people)]
    allowed = {f"T-{k:04d}": [name for name in names if source.random() < share] for k in range(targets)}
    base = {name: source.randrange(4) for name in names}
    start = time.perf_counter()
    ticket = lambda target, person: SHA256.ticket(KEY, "assign", target, person)  # noqa: E731
    found = lfa.solve(dict.fromkeys(allowed, 2), allowed, ticket, base, dict.fromkeys(names, cap))
    spent = time.perf_counter() - start
    return {"targets": targets, "people": people, "allowed": share, "seconds": round(spent, 2), "squares": found.squares}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--brute", type=int, default=20_000)
    parser.add_argument("--size", type=int, default=1_000_000)
    options = parser.parse_args()
    report = {
        "weighted": weighted(options.size, options.size // 100),
        "lfa": [assignment(1000, 200, share, cap) for share, cap in ((0.9, None), (0.9, 14), (0.3, None), (0.08, None))],
        "brute": brute.compare(options.brute, seed=1),
    }
    print(json.dumps(report, indent=1))


if __name__ == "__main__":
    main()
