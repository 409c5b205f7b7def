"""How fast the draw is, as ratios that do not depend on the machine: `python bench/draw.py` prints one JSON object.

weighted: a million weighted targets, ten thousand drawn with as many alternates, against one bare HMAC per id, and
against the unweighted draw of PyPI `consistent-sampler` (extra `bench`).  memory: the whole child process that makes it.
lfa: a thousand targets by two hundred inspectors, two places each.  protocol: commitment to verified bundle for a
province.  brute: random small instances against all possible assignments (`--brute N`, default 20,000).  conflicts: a
million pairs of random years (bench/conflicts.py).
"""

from __future__ import annotations

import argparse
import hashlib
import hmac
import json
import random
import subprocess
import sys
import tempfile
import time
import tracemalloc
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench.conflicts import simulate
from bench.figure import Figure, ratio
from engine import draw as vrd
from engine.draw import lfa, sample
from engine.draw.hashing import SHA256
from tests.draw import brute

KEY = hashlib.sha256(b"bench").digest()


def frame(size: int) -> dict[str, int]:
    return {f"T-{k:07d}": (1, 1, 2, 3, 4, 8)[k % 6] for k in range(size)}


def weighted(size: int, drawn: int) -> dict[str, float]:
    weights = frame(size)
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


def against_sampler(size: int, drawn: int) -> tuple[float, float, float] | None:
    """Return (ratio, seconds ours weighted, seconds theirs unweighted) for the same ids, None when it is not installed."""
    try:
        from consistent_sampler import sampler
    except ImportError:
        return None
    weights = frame(size)
    names = list(weights)
    return ratio(
        lambda: sample.first(SHA256, KEY, "MAIN", weights, drawn, drawn),
        lambda: list(sampler(names, seed="bench", take=drawn)),
        rounds=3,
    )


MEASURED_CHILD = """
from pathlib import Path
from bench import draw
weights = draw.frame(1_000_000)
lots = draw.sample.first(draw.SHA256, draw.KEY, "MAIN", weights, 10_000, 20_000)
assert len(lots) == 20_000
# ru_maxrss would still hold the size of the process that started this one: exec keeps it. VmHWM belongs to this image.
status = Path("/proc/self/status").read_text().splitlines()
print(next(line.split()[1] for line in status if line.startswith("VmHWM")))
"""


def peak_megabytes() -> float:
    """Return the largest resident size of a fresh process that holds a million weighted targets and draws from them."""
    home = Path(__file__).resolve().parent.parent
    done = subprocess.run([sys.executable, "-c", MEASURED_CHILD], check=True, capture_output=True, text=True, cwd=home)
    return round(int(done.stdout) / 1024, 1)


def assignment(targets: int, people: int, share: float, cap: int | None = None) -> dict[str, float]:
    source = random.Random(7)
    names = [f"I-{k:03d}" for k in range(people)]
    allowed = {f"T-{k:04d}": [name for name in names if source.random() < share] for k in range(targets)}
    base = {name: source.randrange(4) for name in names}
    start = time.perf_counter()
    ticket = lambda target, person: SHA256.ticket(KEY, "assign", target, person)  # noqa: E731
    found = lfa.solve(dict.fromkeys(allowed, 2), allowed, ticket, base, dict.fromkeys(names, cap))
    spent = time.perf_counter() - start
    return {
        "targets": targets,
        "people": people,
        "allowed": share,
        "seconds": round(spent, 2),
        "squares": found.squares,
    }


def protocol(targets: int, people: int) -> dict[str, float]:
    secrets = [hashlib.sha256(name).digest() for name in (b"A", b"B")]
    codes = lambda index: [vrd.reveal(secret, 9, index) for secret in secrets]  # noqa: E731
    counties = [f"42{k:04d}" for k in range(17)]
    start = time.perf_counter()
    pool = vrd.Pool(
        targets=[
            {
                "id": f"T-{k:05d}",
                "type": "T",
                "stratum": f"T-{counties[k % 17]}",
                "county": counties[k % 17],
                "credit": "ABCD"[k % 4],
            }
            for k in range(targets)
        ],
        inspectors=[{"id": f"I-{k:04d}", "county": counties[k % 17], "quals": ["T"]} for k in range(people)],
        salt_secret=bytes(32),
    )
    commit = vrd.build_commit(
        pool,
        plan="BENCH",
        created_at="2026-05-20T09:00:00+08:00",
        software={"name": "taizhang"},
        types=[{"type": "T", "ratio": [5, 100], "strata": [f"T-{county}" for county in counties]}],
        entropy_block=vrd.onsite(["W1", "W2", "W3", "W4"], digits=10, time="2026-05-22T09:00:00+08:00"),
        chains=[
            {"holder": name, "anchor": vrd.new_chain(secret, 9), "n": 9}
            for name, secret in zip("AB", secrets, strict=True)
        ],
        weights={"credit": {"A": 1, "B": 2, "C": 3, "D": 4}},
    )
    committed = time.perf_counter()
    at = "2026-05-22T10:00:00+08:00"
    values = [{"source": f"WITNESS-{k}", "event": "ONSITE", "at": at, "values": [k]} for k in range(1, 5)]
    drawn = vrd.draw(commit, pool, values, codes(1), at)
    assigned = vrd.assign(commit, pool, drawn, codes(2), at)
    done = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        root = vrd.write_bundle(folder, commit, pool, drawn, assigned, internal=True)
        written = time.perf_counter()
        ok = vrd.verify(folder, root).ok
    return {
        "targets": targets,
        "drawn": len(drawn.drawn),
        "people": people,
        "commit_seconds": round(committed - start, 2),
        "draw_and_assign_seconds": round(done - committed, 2),
        "write_seconds": round(written - done, 2),
        "verify_seconds": round(time.perf_counter() - written, 2),
        "verified": ok,
    }


def mismatches(rounds: int) -> int:
    """Return 0 when all random instances agree with trying everything, 1 when one was found that does not."""
    try:
        brute.compare(rounds, seed=1)
    except AssertionError:
        return 1
    return 0


def figures() -> list[Figure]:
    """Return the figures of the draw: speed and memory of a million targets, LFA, brute force, and conflicts."""
    million, teams = weighted(1_000_000, 10_000), assignment(1000, 200, 0.8)
    wrong, seen = mismatches(20_000), simulate(1_000_000)
    sampler, peak = against_sampler(1_000_000, 10_000), peak_megabytes()
    return [
        Figure(
            room="摇号",
            name="1,000,000 weighted targets, 10,000 drawn",
            value=million["ratio"],
            unit="×",
            baseline="one bare HMAC per id",
            aim="≤ 4",
            reached=million["ratio"] <= 4,
            detail=f"{million['seconds']} s : {million['bare_hmac_seconds']} s; {million['extra_memory_mb']} MB besides the pool",
        ),
        Figure(
            room="摇号",
            name="1,000,000 targets: ours weighted, theirs unweighted",
            value=round(sampler[0], 2) if sampler else 0,
            unit="×",
            baseline="PyPI consistent-sampler, same ids" if sampler else "PyPI consistent-sampler: not installed",
            aim="< 1",
            reached=sampler[0] < 1 if sampler else None,
            detail=f"{sampler[1]:.1f} s : {sampler[2]:.1f} s" if sampler else "not measured",
        ),
        Figure(
            room="摇号",
            name="1,000,000 weighted targets, peak memory of the process",
            value=peak,
            unit="MB",
            baseline="child process, ids and interpreter included",
            aim="≤ 150",
            reached=peak <= 150,
        ),
        Figure(
            room="摇号",
            name="forbidden pairs in simulated teams",
            value=seen["conflicts"],
            unit="",
            baseline="a judge that reads the facts, not the matrix",
            aim="0 in ≥ 1,000,000 pairs",
            reached=seen["conflicts"] == 0 and seen["pairs"] >= 1_000_000,
            detail=f"{seen['pairs']:,} pairs in {seen['years']:,} years, {seen['infeasible']} without any assignment",
        ),
        Figure(
            room="摇号",
            name="LFA, 1,000 targets × 200 inspectors, two each",
            value=teams["seconds"],
            unit="s",
            baseline="–",
            aim="≤ 3",
            reached=teams["seconds"] <= 3,
        ),
        Figure(
            room="摇号",
            name="LFA against brute force: mismatches",
            value=wrong,
            unit="",
            baseline="20,000 small instances, stopped at the first mismatch",
            aim="0",
            reached=wrong == 0,
        ),
    ]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--brute", type=int, default=20_000)
    parser.add_argument("--size", type=int, default=1_000_000)
    options = parser.parse_args()
    report = {
        "weighted": weighted(options.size, options.size // 100),
        "lfa": [
            assignment(1000, 200, share, cap) for share, cap in ((0.9, None), (0.9, 14), (0.3, None), (0.08, None))
        ],
        "protocol": protocol(3520, 80),
        "brute": brute.compare(options.brute, seed=1),
    }
    print(json.dumps(report, indent=1))


if __name__ == "__main__":
    main()
