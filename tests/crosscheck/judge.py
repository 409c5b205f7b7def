"""Python and the page before the same damaged bundles: is every damage seen, rightly named, and by both alike?"""

from __future__ import annotations

import json
import subprocess
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from engine import draw as vrd
from engine.draw import inclusion
from engine.draw.hashing import SHA256
from tests.crosscheck import browser, perl

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from tests.crosscheck.mutations import Mutation


@dataclass(slots=True)
class Verdicts:
    """How many damages were judged, and the labels of those not seen, not named, and judged differently."""

    judged: int = 0
    unseen: list[str] = field(default_factory=list)
    unnamed: list[str] = field(default_factory=list)
    different: list[str] = field(default_factory=list)


def statuses(folder: Path, root: str | None = None) -> dict[str, str]:
    """Return check name -> status by Python."""
    return {check.name: check.status for check in vrd.verify(folder, root=root).checks}


def judge(files: Mapping[str, bytes], mutations: Sequence[Mutation]) -> Verdicts:
    """Return what Python and the page, knowing the published root, make of the damages."""
    root, found = SHA256.digest(files["SHA256SUMS"]).hex(), Verdicts(len(mutations))
    seen = browser.reports([one.change for one in mutations], files, root)
    with tempfile.TemporaryDirectory() as home, _remembered_probabilities():
        folder = Path(home)
        _write(folder, files)
        for one, theirs in zip(mutations, seen, strict=True):
            _write(folder, one.change)
            ours = statuses(folder, root)
            _write(folder, dict.fromkeys(one.change) | {name: files[name] for name in one.change if name in files})
            failed = [{name for name, status in side.items() if status == "fail"} for side in (ours, theirs)]
            if not all(failed):
                found.unseen.append(one.label)
            if not all(one.named & side for side in failed):
                found.unnamed.append(one.label)
            if ours != theirs:
                names = sorted(name for name in {*ours, *theirs} if ours.get(name) != theirs.get(name))
                found.different.append(f"{one.label}: {', '.join(names)}")
    return found


def compare_years(bundles: Sequence[Mapping[str, bytes]]) -> list[str]:
    """Return what is wrong with whole honest procedures: a status in which the page and Python differ, a failed check, a
    fault found by Perl.  Only the flag that asks for a supervisor's note may be raised.
    """
    wrong = []
    for number, (files, theirs) in enumerate(zip(bundles, browser.reports(bundles, {}, None), strict=True)):
        with tempfile.TemporaryDirectory() as home:
            _write(Path(home), files)
            ours = statuses(Path(home))
            told = subprocess.run(perl.command("verify.pl", home), check=True, capture_output=True).stdout
        failed = {name for name, status in ours.items() if status == "fail"} - {"log.flags"}
        if ours != theirs or failed or json.loads(told)["wrong"]:
            wrong.append(
                f"{number}: {sorted(failed)} {sorted(ours.items() ^ theirs.items())} {json.loads(told)['wrong']}"
            )
    return wrong


@contextmanager
def _remembered_probabilities() -> Iterator[None]:
    """Compute each integral once: most damages leave its input as it was, and thousands of them are judged."""
    compute, known = inclusion.probabilities, {}

    def remembered(lambdas: Mapping[int, float], counts: Mapping[int, int], places: int) -> dict[int, float]:
        key = (*lambdas.items(), *counts.items(), places)
        if key not in known:
            known[key] = compute(lambdas, counts, places)
        return dict(known[key])

    inclusion.probabilities = remembered
    try:
        yield
    finally:
        inclusion.probabilities = compute


def _write(folder: Path, files: Mapping[str, bytes | None]) -> None:
    for name, data in files.items():
        if data is None:
            (folder / name).unlink(missing_ok=True)
        else:
            (folder / name).write_bytes(data)
