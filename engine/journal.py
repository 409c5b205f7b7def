"""The append-only journal: every line carries the hash of the line before it, so no line can be changed unseen.

A line holds event, time, whose clock, and a body of ids and hashes only: a name or a number of a person never stands here,
so that a lawful erasure needs no rewriting (decision 31).
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from sqlalchemy import Connection

GENESIS = "0" * 64
SYSTEM, SUPPLIED = "system", "supplied"
# Made once: every row of every file passes here, and `json.dumps` would build an encoder for each.
_CANONICAL = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line: `clock` says whether `at` came from this computer or was supplied (replay, tests)."""

    number: int
    at: str
    clock: str
    event: str
    body: str
    previous: str
    hash: str


def canonical(value: object) -> str:
    """Return the one JSON text of `value`: sorted keys, no blanks, characters as they are.

    >>> canonical({"b": 1, "a": "县"})
    '{"a":"县","b":1}'
    """
    return _CANONICAL.encode(value)


def seal(number: int, at: str, clock: str, event: str, body: str, previous: str) -> str:
    """Return the hash of one line: SHA-256 over previous hash, number, time, clock, event and body, each on its own line."""
    return hashlib.sha256("\n".join((previous, str(number), at, clock, event, body)).encode()).hexdigest()


def append(connection: Connection, event: str, body: dict[str, Any], at: datetime) -> Line:
    """Append one line inside the open transaction and return it; the clock's kind travels with the connection."""
    return append_all(connection, [(event, body)], at)[0]


def append_all(connection: Connection, entries: Iterable[tuple[str, dict[str, Any]]], at: datetime) -> list[Line]:
    """Append several lines of one moment and return them."""
    from sqlalchemy import insert, select

    from engine.tables import journal

    last = connection.execute(
        select(journal.c.number, journal.c.hash).order_by(journal.c.number.desc()).limit(1)
    ).first()
    number, previous = (last.number, last.hash) if last else (0, GENESIS)
    clock = connection.get_execution_options().get("clock", SUPPLIED)
    moment = at.isoformat(timespec="seconds")
    added = []
    for event, body in entries:
        number, text = number + 1, canonical(body)
        digest = seal(number, moment, clock, event, text, previous)
        line = {"number": number, "at": moment, "clock": clock, "event": event, "body": text}
        added.append(Line(**line, previous=previous, hash=digest))
        previous = digest
    if added:
        connection.execute(insert(journal), [asdict(one) for one in added])
    return added


def lines(connection: Connection) -> Iterator[Line]:
    """Yield every line in order."""
    from sqlalchemy import select

    from engine.tables import journal

    for row in connection.execute(select(journal).order_by(journal.c.number)):
        yield Line(**row._mapping)


def broken(found: Iterable[Line]) -> list[str]:
    """Return one Chinese sentence per line whose number, link or hash does not hold; empty when the chain is whole."""
    wrong, previous, expected = [], GENESIS, 1
    for line in found:
        if line.number != expected:
            wrong.append(f"日志第 {expected} 行缺失（下一行是第 {line.number} 行）")
        elif line.previous != previous:
            wrong.append(f"日志第 {line.number} 行与上一行不相连")
        if line.hash != seal(line.number, line.at, line.clock, line.event, line.body, line.previous):
            wrong.append(f"日志第 {line.number} 行内容与其校验值不符")
        previous, expected = line.hash, line.number + 1
    return wrong


def verify(connection: Connection) -> list[str]:
    """Return what is wrong with the journal of this store, one sentence per fault."""
    return broken(lines(connection))
