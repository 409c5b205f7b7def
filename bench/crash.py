"""kill -9 at random points of the whole year; then open everything again and look for anything lost, torn or doubled.

The year of scale S is played once and taped (`bench.tape`). A trial lays out the folder as it was before one verb, runs that
verb in a child and kills it: at a random instant, or just before one of the changes it makes on the disk. After the restart
every file and every row of every store must be as before the verb or as after it, the audit clean, no temporary file left;
and when the verb is simply run again, everything must be as in the undisturbed year. Every so often the rest of the year is
played on from there, and registers, draws, publication and ledger compared.
"""

from __future__ import annotations

import os
import random
import signal
import tempfile
import time
import traceback
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from shutil import rmtree
from typing import TYPE_CHECKING
from unittest import mock

from bench import state, steps, tape
from bench.figure import Figure

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bench.tape import Call
    from simulate.population import Population

STANDS = ("freeze", "draw", "assign", "replace", "backup", "restore")
"""Verbs that are refused once they have been done: what stands is not done a second time."""
OPENING = 4
"""Changes that opening a workspace may add to those of the verb: the lock, what a crash left."""


class HarmError(AssertionError):
    """A kill that did harm."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a run of trials came to: kills by verb, and how many years were played on to their end."""

    kills: Counter[str]
    finished: int


# ---- the year ------------------------------------------------------------------------------------------------------


def record(folder: Path, people: Population | None = None, most: int = 0) -> list[Call]:
    """Play and tape a year of scale S, then a backup and its restoring.

    people: a smaller population will do; most: keep only so many calls of each verb, when nothing is to be played on.
    """
    from engine.workflow import collect, evidence
    from engine.workspace import Workspace
    from simulate import population, year

    root = folder / "年"
    recorder = tape.Tape(root, folder / "此前", most)
    chosen = people or population.population("S")
    with recorder.recording(), mock.patch.object(year, "population", return_value=chosen):
        city = Path(year.play(root, "S")["workspaces"]["421200"])
        with Workspace(city) as office:
            at = max(line.at for line in office.store.lines())
            collect.backup(office, root / "备份" / "市.zip", at=_moment(at))
        collect.restore(root / "备份" / "市.zip", root / "恢复")
        with Workspace(root / "恢复") as office:
            if not evidence.audit(office)["ok"]:
                raise HarmError("the restored workspace is not whole")
    return recorder.calls


def _moment(text: str) -> object:
    from engine.store import as_moment

    return as_moment(text)


def small() -> Population:
    """Return a population in which every verb of the year has something to do, and no more."""
    from dataclasses import replace

    from simulate import population

    whole, kinds = population.population("S"), Counter()
    chosen = []
    for one in whole.bodies:
        kinds[one.kind] += 1
        if kinds[one.kind] <= 1 + (one.kind == "公证机构"):
            chosen.append(one)
    return replace(whole, bodies=tuple(chosen))


# ---- one trial -----------------------------------------------------------------------------------------------------


def killed(call: Call, home: Path, *, after: float | None = None, step: int = 0) -> bool:
    """Run `call` in a child that dies `after` seconds or before its change number `step`; say whether it died of that."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            with steps.counted(last=step):
                tape.run(call, home)
            status = 0
        except BaseException:
            (home.parent / "错误").write_text(traceback.format_exc(), encoding="utf-8")
        os._exit(status)
    if after is not None:
        deadline = time.monotonic() + after
        while time.monotonic() < deadline and os.waitid(os.P_PID, child, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
            time.sleep(0.001)
        os.kill(child, signal.SIGKILL)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if status == 1:
        raise HarmError(f"{call.verb} could not be done: {(home.parent / '错误').read_text(encoding='utf-8')}")
    return status == -signal.SIGKILL


def examine(call: Call, home: Path) -> None:
    """Open every workspace after the kill; HarmError for anything that is neither as before the verb nor as after it."""
    faults = _audited(home)
    faults += state.torn(state.read(home), call.before, call.after)
    if faults:
        raise HarmError(f"{call.verb} ({call.number}), after the kill: {faults[:5]}")


def _audited(home: Path) -> list[str]:
    """Open every workspace, as whoever starts the program again does, and return what its audit finds."""
    from engine.workflow import evidence
    from engine.workspace import Workspace

    faults = []
    for mark in state.marks(home):
        with Workspace(mark.parent) as workspace:
            found = evidence.audit(workspace)
        faults += [fault for one in found["checks"] for fault in one["faults"]]
    return faults


def again(call: Call, home: Path) -> None:
    """Run the verb once more, as whoever sees no answer does; HarmError unless all is as in the undisturbed year."""
    from engine.model import Refused

    was_done = not state.unfinished(state.read(home), call.after)
    try:
        tape.run(call, home)
    except Refused as error:
        if not (was_done and call.verb in STANDS):
            raise HarmError(f"{call.verb} ({call.number}) cannot be repeated: {error}") from error
    faults = _audited(home) + state.unfinished(state.read(home), call.after)
    if faults:
        raise HarmError(f"{call.verb} ({call.number}), done again: {faults[:5]}")


def finish(calls: Sequence[Call], number: int, home: Path, expected: dict[str, str]) -> None:
    """Play the year on after call `number`; HarmError unless it comes to what the undisturbed year came to."""
    for call in calls[number + 1 :]:
        tape.bring(call, home)
        tape.run(call, home)
    found = state.outcome(home)
    differing = sorted(name for name in found.keys() | expected.keys() if found.get(name) != expected.get(name))
    if differing:
        raise HarmError(f"the year after call {number} ends differently: {differing[:5]}")


# ---- many ----------------------------------------------------------------------------------------------------------


def trials(
    count: int,
    seed: int = 1,
    *,
    finishes: int = 0,
    people: Population | None = None,
    most: int = 0,
    only: Sequence[str] = (),
    say: Callable[[str], None] = lambda _: None,
) -> Found:
    """Kill `count` times, every verb (or those of `only`) its fair share, and judge each; play `finishes` on to the year's end.

    people, most: as for `record`.
    """
    chance, kills, finished = random.Random(seed), Counter(), 0
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        calls = record(folder, people, most=0 if finishes else most)
        verbs = sorted({one.verb for one in calls if one.steps} & set(only or tape.ALL))
        expected = state.outcome(folder / "年") if finishes else {}
        tries = 0
        while kills.total() < count:
            fewest = min(verbs, key=lambda verb: (kills[verb], verb))
            call = chance.choice([one for one in calls if one.verb == fewest and one.steps])
            home = tape.lay(call, folder / "试" / f"{tries}")
            tries += 1
            if not _kill(call, home, chance, is_step=tries % 2 == 0):
                rmtree(home)
                continue
            kills[call.verb] += 1
            examine(call, home)
            again(call, home)
            say(f"{kills.total()}/{count} {call.verb} {call.number}")
            if finished < finishes and kills.total() * finishes >= count * (finished + 1) and call.verb != "init":
                finish(calls, call.number, home, expected)
                finished += 1
            rmtree(home)
    return Found(kills=kills, finished=finished)


def _kill(call: Call, home: Path, chance: random.Random, *, is_step: bool) -> bool:
    if is_step:
        return killed(call, home, step=chance.randint(1, call.steps + OPENING))
    return killed(call, home, after=chance.uniform(0, 0.02 + call.seconds))


def figures(count: int = 120, finishes: int = 1) -> list[Figure]:
    """Return how many kills did harm, counted until the first; the aim is none in a hundred or more over the whole year."""
    try:
        found = trials(count, finishes=finishes)
        shares = "，".join(f"{verb} {number}" for verb, number in sorted(found.kills.items()))
        harm, detail = 0, f"{found.kills.total()} kills ({shares}), {found.finished} years played on to the end"
    except HarmError as error:
        harm, detail = 1, str(error)
    return [
        Figure(
            room="断电",
            name="kill -9 at random points of the year S: lost, torn, doubled, stray",
            value=harm,
            unit="",
            baseline="the undisturbed year: every file, every row",
            aim="0",
            reached=harm == 0,
            detail=detail,
        )
    ]
