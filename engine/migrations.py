"""Numbered steps from one shape of the store to the next; a step that has been released is never changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import insert, inspect, select, update

from engine import tables
from engine.model import Refused

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlalchemy import Connection

Step = tuple[int, "Callable[[Connection], None]"]


def first_tables(connection: Connection) -> None:
    """1: every table of the first release."""
    tables.metadata.create_all(connection)


STEPS: tuple[Step, ...] = ((1, first_tables),)


def version(connection: Connection) -> int:
    """Return the number of the last step taken; 0 for an empty database."""
    if not inspect(connection).has_table("settings"):
        return 0
    found = connection.execute(select(tables.settings.c.value).where(tables.settings.c.name == "schema")).scalar()
    return int(found or 0)


def pending(connection: Connection, steps: Sequence[Step] = STEPS) -> list[Step]:
    """Return the steps still to take; Refused when the store was written by a newer program."""
    reached = version(connection)
    if steps and reached > steps[-1][0]:
        raise Refused(
            f"这个工作文件夹由更新的版本写成（结构 {reached}，本程序到 {steps[-1][0]}）。", "请升级程序后再打开。"
        )
    return [one for one in steps if one[0] > reached]


def migrate(connection: Connection, steps: Sequence[Step] = STEPS) -> int:
    """Take every pending step in the open transaction and return the number reached."""
    for number, step in pending(connection, steps):
        step(connection)
        known = connection.execute(select(tables.settings.c.name).where(tables.settings.c.name == "schema")).first()
        change = update(tables.settings).where(tables.settings.c.name == "schema") if known else insert(tables.settings)
        connection.execute(change.values(name="schema", value=str(number)))
    return version(connection)
