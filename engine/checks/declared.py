"""Rules every declaration brings with it: required, required when, unique, one row per key (X02, X05)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from schemas.declare import FieldType, Shape

if TYPE_CHECKING:
    from engine.checks.table import Hit, Merged


def required(table: Merged) -> list[Hit]:
    """Report required cells that are empty; a row that is empty altogether never gets here."""
    found: list[Hit] = []
    for one in table.sheet.fields:
        # An id that the receiver assigns may stay empty, whatever the register asks for later.
        if one.required and not one.computed and not one.default and not _is_assigned(one.key, table):
            found += table.hit("DR-R001", table.empty(one.key), one.key)
    return found


def _is_assigned(key: str, table: Merged) -> bool:
    return key in ("inspector_id", "expert_id") and table.sheet.name in ("inspectors", "experts")


def required_if(table: Merged) -> list[Hit]:
    """Report cells that are needed because another column says so; one condition is enough."""
    found: list[Hit] = []
    for one in table.sheet.fields:
        for other, values in one.required_if:
            is_list = table.sheet.field(other).type is FieldType.CODES
            asks = np.zeros(len(table), dtype=bool)
            for value in values:
                asks |= table.contains(other, value) if is_list else table.equals(other, value)
            mask = asks & table.empty(one.key)
            found += table.hit("DR-R002", mask, one.key, other=table.title(other), expected=table.text(other))
    return found


def unique(table: Merged) -> list[Hit]:
    """Report a value that stands twice in one file where it may stand once, and a key that stands twice."""
    found: list[Hit] = []
    key = table.sheet.key
    for one in table.sheet.fields:
        if one.unique or key == (one.key,):
            found += _doubled(table, [one.key], one.key)
    if len(key) > 1:
        found += _doubled(table, list(key), key[-1])
    return found


def _doubled(table: Merged, columns: list[str], name: str) -> list[Hit]:
    frame = table.frame
    whole = np.logical_and.reduce([table.filled(column) for column in columns[:1]])
    groups = frame.groupby(["_file", *columns], dropna=False, sort=False)
    first = groups["_row"].transform("first").to_numpy()
    again = frame.duplicated(["_file", *columns], keep="first").to_numpy()
    return table.hit("DR-K001", whole & again, name, other=first)


def same_name(table: Merged) -> list[Hit]:
    """Hint at two rows with one name and two numbers, and report one person without a number twice (D108, D109)."""
    names = [one.key for one in table.sheet.fields if one.shape is Shape.PERSON_NAME and one.key == "name"]
    key = table.sheet.key[0] if len(table.sheet.key) == 1 else None
    if not names or key is None or key == "name":
        return []
    frame = table.frame
    again = frame.duplicated(["_file", "name"], keep="first").to_numpy() & table.filled("name")
    first = frame.groupby(["_file", "name"], dropna=False, sort=False)["_row"].transform("first").to_numpy()
    repeated = np.zeros(len(table), dtype=bool)
    for one in {key, *(field.key for field in table.sheet.fields if field.unique)}:
        repeated |= frame.duplicated(["_file", one], keep="first").to_numpy() & table.filled(one)
    found = table.hit("DR-K003", again & table.filled(key) & ~repeated, "name", other=first)
    if table.template.period == "NOM":
        # Two people of one name in two counties are two people; of one county they are one written twice.
        home = ["_file", "name", *(["unit_code"] if table.has("unit_code") else [])]
        again = frame.duplicated(home, keep="first").to_numpy() & table.filled("name")
        first = frame.groupby(home, dropna=False, sort=False)["_row"].transform("first").to_numpy()
        return found + table.hit("DR-K002", again & table.empty(key), "name", other=first)
    return found


CHECKS = (required, required_if, unique, same_name)
