"""What lies in a play's folder at one moment: every file by its hash, every row of every store by its key.

`torn(found, before, after)` judges a folder after a kill, `unfinished(found, after)` one in which the verb was run again.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from engine.files import TEMPORARY

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DATABASE, LOCK, MARK = "台账.db", "台账.lock", "taizhang.toml"
LEFT_OUT = {DATABASE, f"{DATABASE}-wal", f"{DATABASE}-shm", LOCK}
ARCHIVES = ".zip"
"""A backup holds the times at which it was packed; it is judged by restoring it."""
Rows = dict[tuple[object, ...], str]

AGAIN = ("arrivals", "journal")
"""Facts that a repeated verb may add: the same file came once more, the same was done once more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """`files`: path → SHA-256; `rows`: (path of the workspace, table) → key → SHA-256 of the row; `bodies` of documents."""

    files: dict[str, str]
    rows: dict[tuple[str, str], Rows]


def read(root: Path) -> State:
    """Return the state of everything below `root`; stores are read beside whoever has them open."""
    found = State(files={}, rows={})
    for path in sorted(one for one in root.rglob("*") if one.is_file()) if root.is_dir() else ():
        name = path.relative_to(root).as_posix()
        if path.name == DATABASE and TEMPORARY not in name:
            office = path.parent.relative_to(root).as_posix()
            for table, rows in _rows(path):
                found.rows[office, table] = rows
        elif path.name not in LEFT_OUT:
            kept = path.stat()
            found.files[name] = _hash_of(path, kept.st_ino, kept.st_mtime_ns, kept.st_size)
    return found


def _rows(path: Path) -> Iterator[tuple[str, Rows]]:
    from engine.tables import metadata

    with closing(sqlite3.connect(path)) as connection:
        known = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        for table in metadata.sorted_tables:
            if table.name in known:
                keys = [f'"{one.name}"' for one in table.primary_key]
                query = f'SELECT {", ".join(keys)}, t.* FROM "{table.name}" t'
                yield (
                    table.name,
                    {row[: len(keys)]: _hash(repr(row[len(keys) :]).encode()) for row in connection.execute(query)},
                )


@cache
def _hash_of(path: Path, *_version: int) -> str:
    return _hash(path.read_bytes())


def _hash(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def marks(root: Path) -> list[Path]:
    """Return the marks of all workspaces below `root`; a folder still being restored is none."""
    return [one for one in sorted(root.rglob(MARK)) if TEMPORARY not in one.relative_to(root).as_posix()]


def torn(found: State, before: State, after: State) -> list[str]:
    """Return what a kill left that is neither as before the verb nor as after it: lost, torn, doubled or made up."""
    faults = []
    for name in sorted(before.files.keys() | found.files.keys()):
        here, old, new = (one.files.get(name) for one in (found, before, after))
        if here is None and new is not None:
            faults.append(f"{name} is lost")
        elif _is_swept_later(name, found):
            continue
        elif here is not None and here not in (old, new) and not (name.endswith(ARCHIVES) and new):
            faults.append(f"{name} is torn" if old or new else f"{name} is stray")
    for place in sorted(before.rows.keys() | found.rows.keys()):
        here, old, new = (one.rows.get(place, {}) for one in (found, before, after))
        for key in sorted(old.keys() | here.keys(), key=repr):
            if key not in here and key in new:
                faults.append(f"{place} {key} is lost")
            elif key in here and here[key] not in (old.get(key), new.get(key)):
                faults.append(f"{place} {key} is neither old nor new")
    return faults


def _is_swept_later(name: str, found: State) -> bool:
    """Whether a file is half written and outside every workspace: the next run of the same verb takes it away."""
    is_inside = any(name.startswith(f"{office}/") for office, _ in found.rows)
    return TEMPORARY in name and not is_inside


def unfinished(found: State, after: State) -> list[str]:
    """Return how a folder in which the verb was run again differs from the one of an undisturbed run."""
    faults = []
    for name in sorted(found.files.keys() | after.files.keys()):
        here, new = found.files.get(name), after.files.get(name)
        if here != new and not (here and new and name.endswith(ARCHIVES)):
            faults.append(f"{name} is {'missing' if not here else 'different' if new else 'stray'}")
    for place in sorted(found.rows.keys() | after.rows.keys()):
        here, new = found.rows.get(place, {}), after.rows.get(place, {})
        more = {} if place[1] in AGAIN else {key: here[key] for key in here.keys() - new.keys()}
        differing = [key for key in new if here.get(key) != new[key]]
        faults += [f"{place} {key} differs" for key in sorted(differing, key=repr)]
        faults += [f"{place} {key} is doubled" for key in sorted(more, key=repr)]
    return faults


def outcome(root: Path) -> dict[str, str]:
    """Return what a year comes to, by name: registers, newest documents, standings, and the files that people and the public get.

    Receipt numbers count whatever comes in, also what came twice; so receipts and returned copies are left out.
    """
    from engine.workspace import Workspace

    found = {}
    for mark in marks(root):
        office = mark.parent.relative_to(root).as_posix()
        with Workspace(mark.parent) as workspace:
            store = workspace.store
            for row in store.submissions():
                found[f"{office} {row['template']} {row['unit']} {row['sha256']}"] = f"{row['state']} {row['version']}"
            for kind in ("freeze", "entropy", "draw", "assign", "log", "task", "publication", "filing", "ledger"):
                for name, body in store.documents(kind).items():
                    found[f"{office} {kind}/{name}"] = _hash(json.dumps(body, sort_keys=True).encode())
            for line in store.lines():
                if line.event == "consolidated":
                    body = json.loads(line.body)
                    found[f"{office} {body['template']}/{body['sheet']} {body['version']}"] = body["digest"]
    found |= {
        name: digest
        for name, digest in read(root).files.items()
        if not any(f"/{one}/" in f"/{name}" for one in ("回执", "退回", "原件")) and not name.endswith(ARCHIVES)
    }
    return found
