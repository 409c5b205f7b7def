"""Crafted files, each in a process of its own: the answer, its seconds and its memory; then all through the guarded executor.

The files are those of tests/workbooks/hostile.py (bombs, lies, entity tricks, impossible addresses, encrypted and foreign files).
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

from bench.figure import Figure
from engine import examination, executor

HOME = Path(__file__).resolve().parents[1]
_CHILD = """
import json, resource, sys, time
sys.path.insert(0, sys.argv[1])
resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))
from engine import intake
name, path = sys.argv[2:]
data = open(path, "rb").read()
start = time.perf_counter()
found = intake.examine([intake.Incoming(name=name, data=data, sha256="0")], intake.Context(unit="421200", year=2026))[0]
spent = time.perf_counter() - start
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps([[one.code for one in found.issues], spent, peak]))
"""


def kinds() -> dict[str, tuple[str, bytes, str | None]]:
    """Return kind -> (file name, bytes, code it must be refused with, None when it must be read)."""
    from tests.workbooks import hostile

    return {kind: (name, build(), code) for kind, (name, build, code) in hostile.KINDS.items()}


def alone(name: str, data: bytes) -> tuple[list[str], float, float]:
    """Return (codes, seconds, MiB) of examining one file in a process of its own; no codes when the process died."""
    with tempfile.NamedTemporaryFile() as file:
        file.write(data)
        file.flush()
        line = [sys.executable, "-c", _CHILD, str(HOME), name, file.name]
        done = subprocess.run(line, capture_output=True, text=True, timeout=120, check=False)
    return tuple(json.loads(done.stdout)) if done.returncode == 0 else ([], 120.0, 1024.0)  # type: ignore[return-value]


def figures() -> list[Figure]:
    """Return the figures: every kind answered, the slowest, the largest, and what the parent of the workers needed."""
    files = kinds()
    found = {kind: alone(name, data) for kind, (name, data, _) in files.items()}
    wrong = [kind for kind, (_, _, code) in files.items() if (code or "DR-T001") not in found[kind][0]]
    slowest = max(found, key=lambda kind: found[kind][1])
    largest = max(found, key=lambda kind: found[kind][2])
    jobs = [[(name, data, str(at), "2026-05-20T09:00:00+08:00")] for at, (name, data, _) in enumerate(files.values())]
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    context = _context()
    answers = [
        one
        for _, many in executor.run(jobs, examination.examine, context, poison=examination.poisoned, workers=2)
        for one in many
    ]
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024 - before
    return [
        _figure("crafted files with the wrong answer or none", len(wrong), "files", 0, f"{len(files)} kinds {wrong[:3]}"),
        _figure("slowest crafted file", round(found[slowest][1], 2), "s", 5, slowest),
        _figure("largest memory for a crafted file", round(found[largest][2]), "MiB", 1024, largest),
        _figure("crafted files unanswered by the workers", len(files) - len(answers), "files", 0, "two guarded workers"),
        _figure("growth of the parent meanwhile", round(grown), "MiB", 100),
    ]  # fmt: skip


def _context() -> object:
    from engine import intake

    return intake.Context(unit="421200", year=2026)


def _figure(name: str, value: float, unit: str, most: float, detail: str = "") -> Figure:
    return Figure(
        room="恶意文件", name=name, value=value, unit=unit, baseline="own generator, tests/workbooks/hostile.py", aim=f"≤ {most}", reached=value <= most, detail=detail
    )  # fmt: skip
