"""Accepted rows of many units become one register of this level: a pure function of the accepted set (intake 5.7; R52, R60).

Sorted by key and unit, no clock, no random source: the same accepted files give the same register in any order of arrival.
A key claimed by two units is won by nobody until a decision (T16 冲突裁决) says whom it belongs to.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from engine.contention import Ruling, judge
from engine.files import sha256
from engine.journal import canonical
from schemas import loader

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from engine.store import Store
    from schemas.declare import Sheet

Values = dict[str, Any]

# Registers of people get an identifier for life from the receiver: field, kind letter (decision 15).
IDENTIFIED = {"T04": ("inspector_id", "I"), "T05": ("expert_id", "E")}
AVAILABLE = "在岗可用"
_ASSUMED = frozenset({"availability", "is_public"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One accepted row on its way into a register, with its place in the file it came from."""

    template: str
    unit: str
    key: str
    values: Values
    submission: int
    sha256: str
    file: str
    grid: str
    row: int
    at: str = ""

    @property
    def rank(self) -> tuple[str, str, str, str, int]:
        """What entries are sorted by; nothing that depends on the order of work."""
        return self.key, self.unit, self.template, self.sha256, self.row

    def body(self) -> Values:
        """The entry as the store keeps it."""
        return {
            "key": self.key,
            "unit": self.unit,
            "submission": self.submission,
            "grid": self.grid,
            "row": self.row,
            "template": self.template,
            "sha256": self.sha256,
            "file": self.file,
            "values": self.values,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    """One sheet of a register: its rows, the keys that contend, what was kept once although sent twice, what was decided how."""

    template: str
    sheet: str
    rows: list[Entry]
    conflicts: list[list[Entry]] = field(default_factory=list)
    doubled: list[list[Entry]] = field(default_factory=list)
    decided: list[tuple[list[Entry], Ruling]] = field(default_factory=list)

    @property
    def digest(self) -> str:
        """SHA-256 over keys, places and values; receipt numbers and the order of work do not enter."""
        return digest(self.template, self.sheet, self.rows)


def digest(template: str, sheet: str, rows: Iterable[Entry]) -> str:
    """Return the digest of a register sheet with these rows."""
    body = [[one.key, one.unit, one.template, one.sha256, one.grid, one.row, one.values] for one in rows]
    return sha256(canonical([template, sheet, body]).encode())


def sources(template: str) -> list[str]:
    """Return the templates whose rows go into the register `template`, by code."""
    return [one.code for one in loader.templates().values() if one.consolidates_to == template]


def registers() -> list[str]:
    """Return the templates that are registers, by code."""
    return sorted({one.consolidates_to for one in loader.templates().values() if one.consolidates_to})


def entries(store: Store, template: str, sheet: str) -> list[Entry]:
    """Return every accepted row that belongs on `sheet` of the register `template`, in the form of that register."""
    form = loader.template(template)
    is_first = form.sheets[0].name == sheet
    found = []
    for source in sources(template):
        names = [sheet] if source == template else [loader.template(source).sheets[0].name] if is_first else []
        for name in names:
            rows = store.accepted(source, name).to_dict("records")
            found += [_entry(row, source, form.sheet(sheet)) for row in rows]
    return found


def _entry(row: Values, source: str, sheet: Sheet) -> Entry:
    place = {key[1:]: row[key] for key in row if key.startswith("_")}
    values = {one.key: row.get(one.key) for one in sheet.fields if row.get(one.key) is not None}
    key = str(place["key"] or "")
    if not key.strip("|") or any(not values.get(one) for one in sheet.key):
        key = (
            f"{place['unit']}|{values.get('name') or values.get('target_name') or place['row']}"
            if not key.strip("|")
            else key
        )
    if source in _FILLED:
        values = {**_FILLED[source](values, place), **values}
    return Entry(
        template=source,
        unit=place["unit"],
        key=key,
        values=values,
        submission=place["submission"],
        sha256=place["sha256"],
        file=place["file"],
        grid=place["grid"],
        row=place["row"],
        at=place["at"],
    )


def _from_nomination(values: Values, place: Values) -> Values:
    """Return what the system knows about an officer nominated by T06 and T04 asks for."""
    unit = loader.units()[place["unit"]]
    return {
        "unit_name": unit.name,
        "unit_code": unit.code,
        "unit_level": _level_label(unit.level.value),
        "availability": AVAILABLE,
        "is_public": True,
        "source": f"T06 {unit.code} 第{place['row']}行 {place['sha256'][:12]}",
    }


def _from_association(values: Values, place: Values) -> Values:
    """Return what the system knows about an expert nominated by T06b and T05 asks for."""
    unit = loader.units()[place["unit"]]
    codes = {one.code: one.label for one in loader.code_lists()["C31"].entries}
    return {
        "association": codes.get(unit.code) or codes.get(unit.code.rsplit("-", 1)[-1], ""),
        "field": unit.trade,
        "availability": AVAILABLE,
        "nominated_on": place["at"][:10],
        "source": f"T06b {unit.code} 第{place['row']}行 {place['sha256'][:12]}",
    }


def _level_label(code: str) -> str:
    return next((one.label for one in loader.code_lists()["C06"].entries if one.code == code), "")


_FILLED = {"T06": _from_nomination, "T06b": _from_association}


def merge(
    template: str, sheet: str, found: Iterable[Entry], rulings: Mapping[str, Sequence[Ruling]] | None = None
) -> Merged:
    """Return the register sheet for a set of entries; `rulings` holds what was decided about contended keys.

    Same key and same content in two units: one is kept and the rest noted. Same key, different content: nobody wins (X06)
    until an office above all of them decides (`contention`).
    One officer known both by the county's nomination and the city's own list is one row, each field by its authority.
    """
    rulings = rulings or {}
    groups: dict[str, list[Entry]] = {}
    for one in sorted(found, key=lambda one: one.rank):
        groups.setdefault(one.key, []).append(one)
    merged = Merged(template=template, sheet=sheet, rows=[])
    form = loader.template(template).sheet(sheet)
    for key, group in groups.items():
        ruling = judge([one.unit for one in group], rulings[key])[0] if key in rulings else None
        joined = _join([one for one in group if ruling is None or one.unit == ruling.winner], form)
        if joined is None:
            merged.conflicts.append(group)
            continue
        merged.rows.append(joined)
        if ruling is not None and len({one.unit for one in group}) > 1:
            merged.decided.append((group, ruling))
        elif len(group) > 1:
            merged.doubled.append(group)
    return merged


def _join(group: list[Entry], sheet: Sheet) -> Entry | None:
    """Return the one entry a group stands for, None when its members contradict each other."""
    first = group[0]
    if len(group) == 1:
        return first
    ignored = {"source", "nominated_on"}
    contents = {canonical({key: value for key, value in one.values.items() if key not in ignored}) for one in group}
    employers = {one.values.get("unit_code") for one in group}
    if len(contents) == 1:
        return first
    if len(employers) == 1 and None not in employers and len({one.template for one in group}) == len(group):
        return _by_authority(group, sheet)
    return None


def _by_authority(group: list[Entry], sheet: Sheet) -> Entry:
    """The unit's own word decides its own columns, the roster of the upper office the others; blanks and what nobody wrote give way."""
    lower, upper = sorted(group, key=lambda one: one.template, reverse=True)[:2]
    values = {}
    for one in sheet.fields:
        first = (lower, upper) if one.authority == "unit" else (upper, lower)
        # What the program assumes of a nominee gives way to what somebody wrote.
        order = sorted(first, key=lambda entry: one.key in _ASSUMED and entry.template in _FILLED)
        known = [entry.values[one.key] for entry in order if entry.values.get(one.key) is not None]
        if known:
            values[one.key] = known[0]
    return Entry(**{name: getattr(lower, name) for name in Entry.__slots__ if name != "values"}, values=values)


def identify(merged: Merged, known: Mapping[str, str]) -> tuple[Merged, dict[str, str]]:
    """Return the register with an identifier in every row and the identifiers newly given, key -> identifier.

    `known` holds what has ever been given (key -> identifier): an identifier is for life. One that came with the row is kept
    when nobody else has it; new keys are numbered in order of key, so the numbers follow from the set alone.
    """
    if merged.template not in IDENTIFIED:
        return merged, {}
    name, letter = IDENTIFIED[merged.template]
    taken = {**known}
    used = set(taken.values())
    fresh: dict[str, str] = {}
    for one in merged.rows:
        brought = str(one.values.get(name) or "")
        if one.key not in taken and brought and brought not in used:
            taken[one.key] = fresh[one.key] = brought
            used.add(brought)
    for one in merged.rows:
        if one.key not in taken:
            taken[one.key] = fresh[one.key] = _next(letter, _seat(one, letter), used)
            used.add(fresh[one.key])
    rows = [
        Entry(
            **{slot: getattr(one, slot) for slot in Entry.__slots__ if slot != "values"},
            values={**one.values, name: taken[one.key]},
        )
        for one in merged.rows
    ]
    return replace(merged, rows=rows), fresh


def _seat(one: Entry, letter: str) -> str:
    """Return whose series numbers this person: the division of the employer, or the association."""
    unit = loader.units().get(str(one.values.get("unit_code") or one.unit)) or loader.units()[one.unit]
    return unit.code if letter == "E" and unit.sector else unit.division


def _next(letter: str, seat: str, used: set[str]) -> str:
    number = 1
    while f"{letter}-{seat}-{number:03d}" in used:
        number += 1
    return f"{letter}-{seat}-{number:03d}"


def compare(old: Iterable[Mapping[str, Any]], new: Iterable[Entry]) -> dict[str, list[str]]:
    """Return the keys added, removed and changed between an edition (bodies) and a merge: the effect shown before use."""
    before = {one["key"]: one["values"] for one in old}
    after = {one.key: one.values for one in new}
    return {
        "added": sorted(set(after) - set(before)),
        "removed": sorted(set(before) - set(after)),
        "changed": sorted(key for key in set(before) & set(after) if before[key] != after[key]),
    }


def provenance(store: Any, template: str, sheet: str, key: str, version: int | None = None) -> list[dict[str, Any]]:
    """Return where a register row comes from, nearest first: this level's file and cells, then the lower levels' originals.

    Each step holds unit, template, file, sha256, grid, row, cells (field key -> A1 address) and, where a cell was normalised,
    edits. Empty when there is no such row. version: an earlier edition than the newest; store: also one that remembers what it
    was asked (`engine.trace`).
    """
    found = store.register(template, sheet, version)
    rows = found[found["_key"] == key].to_dict("records") if len(found) else []
    if not rows:
        return []
    row = rows[0]
    _, columns, _ = store.table(row["_submission"], _sheet_of(row["_template"], template, sheet))
    steps = [
        {
            "unit": row["_unit"],
            "template": row["_template"],
            "file": row["_file"],
            "sha256": row["_sha256"],
            "grid": row["_grid"],
            "row": int(row["_row"]),
            "cells": {name: f"{letter}{int(row['_row'])}" for name, letter in columns.items()},
            "edits": store.edits(row["_submission"], int(row["_row"])),
        }
    ]
    package = store.package_of(row["_submission"])
    below = (package or {}).get("rows", {}).get(template, {}).get(key)
    return [*steps, *([{**below, "edits": []}] if below else [])]


def _sheet_of(source: str, template: str, sheet: str) -> str:
    return sheet if source == template else loader.template(source).sheets[0].name
