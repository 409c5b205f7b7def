"""A played year as a tape: every verb an office ran, with its arguments, the folder before it and what it left behind.

A verb can then be run again from exactly that moment, as often as wanted, without playing what came before.
"""

from __future__ import annotations

import shutil
import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest import mock

from bench import state, steps

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bench.state import State

VERBS = {
    "collect": ("init", "templates", "receive", "consolidate", "submit", "status", "backup", "restore"),
    "conduct": ("plan", "freeze", "draw", "assign", "replace", "verify", "dispatch", "follow_up"),
    "publishing": ("publish",),
    "conclude": ("changes", "ledger"),
    "evidence": ("audit",),
}
ALL = tuple(verb for verbs in VERBS.values() for verb in verbs)
SHARED = ("往来文件", "保管人")
"""What lies beside the workspaces: the mail and the holders' files."""


@dataclass(frozen=True, slots=True)
class Place:
    """A path below the folder of the play; `is_office` says that the argument was the open workspace in it."""

    path: str
    is_office: bool = False
    is_text: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One verb of the year: arguments without the folder, the folder before it, the states around it, its length."""

    number: int
    verb: str
    room: str
    given: tuple[Any, ...]
    named: dict[str, Any]
    shot: Path
    before: State
    after: State
    seconds: float
    steps: int


class Tape:
    """The calls of one play, in order; `keep` is where the folders before each call lie, `most` how many of a verb (0: all)."""

    def __init__(self, root: Path, keep: Path, most: int = 0) -> None:
        self.root, self.keep, self.most = root.resolve(), keep, most
        self.calls: list[Call] = []
        self._depth = 0

    @contextmanager
    def recording(self) -> Iterator[None]:
        """Record every verb that is run inside the block."""
        import importlib

        with ExitStack() as patches:
            for room, verbs in VERBS.items():
                module = importlib.import_module(f"engine.workflow.{room}")
                for verb in verbs:
                    wrapped = self._recorded(room, verb, getattr(module, verb))
                    patches.enter_context(mock.patch.object(module, verb, wrapped))
            yield

    def _recorded(self, room: str, verb: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def run(*given: Any, **named: Any) -> Any:
            is_full = self.most and sum(one.verb == verb for one in self.calls) >= self.most
            if self._depth or is_full:  # a verb that another verb runs belongs to that one
                return function(*given, **named)
            self._depth += 1
            try:
                number = len(self.calls)
                shot = photograph(self.root, self.keep / f"{number:03d}")
                before = state.read(self.root)
                begun = time.perf_counter()
                with steps.counted() as count:
                    value = function(*given, **named)
                seconds = time.perf_counter() - begun
                call = Call(
                    number=number,
                    verb=verb,
                    room=room,
                    given=tuple(self._apart(one) for one in given),
                    named={key: self._apart(one) for key, one in named.items()},
                    shot=shot,
                    before=before,
                    after=state.read(self.root),
                    seconds=seconds,
                    steps=count.number,
                )
                self.calls.append(call)
                return value
            finally:
                self._depth -= 1

        return run

    def _apart(self, value: Any) -> Any:
        """Return an argument with every path below the play's folder told apart from the folder."""
        from engine.workspace import Workspace

        if isinstance(value, Workspace):
            return Place(value.root.relative_to(self.root).as_posix(), is_office=True)
        if isinstance(value, Path) and value.is_relative_to(self.root):
            return Place(value.relative_to(self.root).as_posix())
        if isinstance(value, str) and value.startswith(f"{self.root}/"):
            return Place(value[len(str(self.root)) + 1 :], is_text=True)
        if isinstance(value, list | tuple):
            return type(value)(self._apart(one) for one in value)
        if isinstance(value, dict):
            return {key: self._apart(one) for key, one in value.items()}
        return value


def run(call: Call, home: Path) -> Any:
    """Run a recorded verb in the folder `home`, its workspaces opened for it and closed after it."""
    import importlib

    function = getattr(importlib.import_module(f"engine.workflow.{call.room}"), call.verb)
    with ExitStack() as opened:
        given = [_together(one, home, opened) for one in call.given]
        named = {key: _together(one, home, opened) for key, one in call.named.items()}
        return function(*given, **named)


def _together(value: Any, home: Path, opened: ExitStack) -> Any:
    from engine.workspace import Workspace

    if isinstance(value, Place):
        path = home / value.path
        return opened.enter_context(Workspace(path)) if value.is_office else (str(path) if value.is_text else path)
    if isinstance(value, list | tuple):
        return type(value)(_together(one, home, opened) for one in value)
    if isinstance(value, dict):
        return {key: _together(one, home, opened) for key, one in value.items()}
    return value


def photograph(root: Path, target: Path) -> Path:
    """Keep the folder as it is; files are only ever replaced, so a link will do, but the database changes in its place."""
    target.mkdir(parents=True)
    for path in sorted(root.rglob("*")):
        place = target / path.relative_to(root)
        if path.is_dir():
            place.mkdir(exist_ok=True)
        elif path.name.startswith(state.DATABASE) and not path.name.endswith("-shm"):
            shutil.copyfile(path, place)
        elif path.name not in state.LEFT_OUT:
            place.hardlink_to(path)
    return target


def lay(call: Call, home: Path) -> Path:
    """Lay out the folder as it was before `call`."""
    shutil.copytree(call.shot, home)
    return home


def bring(call: Call, home: Path) -> None:
    """Bring the mail that had come by the time of `call` into a folder that has gone its own way since."""
    for name in SHARED:
        if (call.shot / name).is_dir():
            shutil.copytree(call.shot / name, home / name, dirs_exist_ok=True)
