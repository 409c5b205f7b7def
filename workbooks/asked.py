"""What a copy that goes back still asks although the form it was rebuilt into no longer shows it (intake 5.5).

A merged cell, a formula without a result, a missing column or a second sheet is gone from the copy, and so would be the
question. `text` puts such causes into its hidden sheet, `recalled` reads them again while the place is still as returned:
the table is then as it was found the first time, so that everything after it says the same. Whatever was touched or
answered is judged afresh; what cannot be read (tampered, copied elsewhere) is ignored. A recalled cause only ever adds to
what is asked: nothing is accepted because of it.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import zlib
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

from schemas.loader import template as template_named
from workbooks.addresses import address
from workbooks.model import Cell, Problem
from workbooks.table_rows import DITTO

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from workbooks.model import Book, Filled, Identity, Located, RawRow

KEY = "asked"
# Causes by what must stay as returned: the number of rows, one column, single cells; DR-T001 asks about the whole file, and
# so does an older version of the form (DR-T101), which is no problem of the reading but of the identity.
WHOLE = "DR-T001"
ROWS = frozenset(("DR-T002", "DR-T006", "DR-S001", "DR-S002", "DR-S017", "DR-S018", "DR-S027"))
COLUMN = frozenset(("DR-H001", "DR-H002", "DR-H003", "DR-H008"))
MERGED, PICTURE, FORMULA = "DR-S014", "DR-S021", "DR-C010"
_CHUNK = 30_000
_NOTHING = Cell("formula", "")
# What can be unpacked at most; a hundred thousand cells take less.
_LIMIT = 32 << 20
_FAULTS = (ValueError, LookupError, TypeError, AttributeError, OverflowError, RecursionError, zlib.error)


def text(filled: Filled, identity: Identity, stands: Mapping[tuple[str, int], int]) -> list[str]:
    """Return the causes of `filled` for the hidden sheet of its copy, in pieces a cell can hold; none gives no piece.

    identity: what the copy says it is. stands: (sheet, row of the original) -> row of the copy.
    """
    said = filled.cover.get("year")
    year = filled.identity.year or (said.text.strip() if said else "")
    told: dict[str, Any] = {
        "year": year if year not in ("", identity.year) else "",
        "version": filled.identity.version if filled.identity.version not in ("", identity.version) else "",
        "cover": not filled.cover_cells,
        "file": [asdict(one) for one in filled.problems if one.code in ROWS or one.code == WHOLE],
        "tables": {one.sheet: found for one in filled.tables if (found := _of_table(one, stands))},
    }
    if not any(told.values()):
        return []
    told |= {
        "explained": _explained(filled),
        "rows": {one.sheet: _count(one) for one in filled.tables},
        "whole": _whole(filled),
    }
    packed = base64.urlsafe_b64encode(zlib.compress(json.dumps(told, ensure_ascii=False).encode())).decode()
    return [packed[at : at + _CHUNK] for at in range(0, len(packed), _CHUNK)]


def recalled(filled: Filled, book: Book, meta: str) -> Filled:
    """Return `filled` with the causes its hidden sheet `meta` recalls, as far as their places are still as returned."""
    packed = "".join(_pieces(book, meta))
    if not packed:
        return filled
    try:
        unpacked = zlib.decompressobj().decompress(base64.urlsafe_b64decode(packed), _LIMIT)
        return _recalled(filled, json.loads(unpacked))
    except _FAULTS:  # whatever is wrong with it: somebody wrote into it, and the file is judged by what it shows
        return filled


# Writing ------------------------------------------------------------------------------------------------------------


def _of_table(table: Located, stands: Mapping[tuple[str, int], int]) -> dict[str, Any]:
    columns = [one for one in table.problems if one.code in COLUMN and one.field]
    whole = [one for one in table.problems if one.code in ROWS]
    told = {_cause(one): asdict(_moved(one, table, stands)) for one in table.problems if one.code in (MERGED, PICTURE)}
    silent: dict[int, list[str]] = {}
    for number, key in table.unreadable:
        silent.setdefault(number, []).append(key)
    cells: dict[str, list[list[Any]]] = {}
    for row in table.rows:
        for cause, key in _lost(row, told, silent.get(row.number, ())):
            place = [stands[table.sheet, row.number], _mark_of(row), key, _plain(row.cells.get(key))]
            cells.setdefault(cause, []).append([*place, _short(table.explanations.get(row.number, ""))])
    found = {
        "problems": [asdict(one) for one in whole],
        "columns": [[asdict(one), _column(table, str(one.field))] for one in columns],
        "cells": [[told.get(cause), places] for cause, places in cells.items()],
    }
    return found if any(found.values()) else {}


def _cause(one: Problem) -> str:
    return one.code if one.code == MERGED else f"{one.code} {one.field}"


def _moved(one: Problem, table: Located, stands: Mapping[tuple[str, int], int]) -> Problem:
    """Return a problem told at the row of the copy; its column is that of its field."""
    row = int(re.sub("[^0-9]", "", one.cell or "") or 0)
    return replace(one, cell=str(stands.get((table.sheet, row), row)))


def _lost(row: RawRow, causes: Collection[str], silent: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Yield (cause, key) of the cells of a row whose content the copy cannot give back."""
    for key, cell in row.cells.items():
        if cell.formula is None and cell.kind != "formula":
            continue
        if f"{PICTURE} {key}" in causes:
            yield f"{PICTURE} {key}", key
        elif cell.kind == "formula":
            yield FORMULA, key
    for key in sorted(silent) if MERGED in causes else ():
        left = row.cells.get(key)
        if left is None or (left.formula is None and left.text.strip() not in DITTO):
            yield MERGED, key


# Reading ------------------------------------------------------------------------------------------------------------


def _pieces(book: Book, meta: str) -> Iterator[str]:
    grid = next((one for one in book.grids if one.name.strip() == meta), None)
    for row in grid.rows.values() if grid else ():
        texts = [cell.text for cell in row.values()]
        if len(texts) == 2 and texts[0] == KEY:
            yield texts[1]


def _recalled(filled: Filled, told: Mapping[str, Any]) -> Filled:
    is_unanswered = _explained(filled) == told["explained"]
    counts = {one.sheet: _count(one) for one in filled.tables}
    stays = is_unanswered and counts == {**dict.fromkeys(counts, 0), **told["rows"]}
    is_untouched = _whole(filled) == told["whole"]
    problems = [_problem(one, ROWS | {WHOLE}) for one in told["file"]]
    kept = [one for one in problems if (stays if one.code in ROWS else is_untouched)]
    identity = filled.identity
    if told["year"] and stays:
        identity = replace(identity, year=str(told["year"]))
    if told.get("version") and is_untouched:  # copies made before 2026.11 say nothing of it
        identity = replace(identity, version=str(told["version"]))
    gone = {one.sheet for one in filled.tables} - set(told["rows"]) if kept else set()
    is_blank = told["cover"] and not any(filled.cover.get(key) for key in _asked_on_cover())
    return replace(
        filled,
        identity=identity,
        cover={} if is_blank else filled.cover,
        cover_cells={} if is_blank else filled.cover_cells,
        problems=[*filled.problems, *kept],
        tables=[
            _table(one, told["tables"][one.sheet], is_unanswered=is_unanswered, stays=stays)
            if one.sheet in told["tables"]
            else one
            for one in filled.tables
            if one.sheet not in gone
        ],
    )


def _table(table: Located, told: Mapping[str, Any], *, is_unanswered: bool, stays: bool) -> Located:
    problems = [_problem(one, ROWS) for one in told["problems"]] if stays else []
    columns = dict(table.columns)
    for raw, content in told["columns"]:
        heading = _problem(raw, COLUMN)
        key = str(heading.field)
        is_missing = heading.code in ("DR-H001", "DR-H002")
        if key not in columns or _column(table, key) != content or not (is_missing or is_unanswered):
            continue
        # the heading of the copy is sound: only the field can be named
        problems.append(replace(heading, cell=None if is_missing else address(3, columns[key])))
        if is_missing:
            del columns[key]
    rows = {row.number: row for row in table.rows}
    by_mark = {_mark_of(row): row.number for row in table.rows}
    unreadable = set(table.unreadable)
    for raw, places in told["cells"]:
        found = sorted(_as_returned(table, rows, by_mark, places))
        if not found:
            continue
        one = _problem(raw, {MERGED, PICTURE}) if raw else None
        for number, key in found if one is None or one.code == PICTURE else ():
            cell = rows[number].cells.get(key, _NOTHING) if one else _NOTHING
            rows[number] = replace(rows[number], cells={**rows[number].cells, key: cell._replace(formula="=")})
        if one is None:
            continue
        unreadable.update(found)
        row = int(one.cell or 0)
        place = row if row in rows and one.code == MERGED else found[0][0]
        key = str(one.field) if one.field in table.columns else found[0][1]
        problems.append(replace(one, cell=address(place, table.columns[key])))
    told_first = sorted(problems, key=lambda one: one.code[:4] != "DR-H")
    return replace(
        table, columns=columns, rows=list(rows.values()), unreadable=unreadable, problems=told_first + table.problems
    )


def _as_returned(
    table: Located, rows: Mapping[int, RawRow], by_mark: Mapping[str, int], places: Iterable[list[Any]]
) -> Iterator[tuple[int, str]]:
    """Yield (row number, key) of the cells that are still as returned and about which the row explains nothing new.

    A row is known by all it says, wherever it stands now; one that was changed elsewhere, by its number.
    """
    for number, mark, key, content, explained in places:
        now = int(number) if int(number) in rows and _mark_of(rows[int(number)]) == mark else by_mark.get(mark, number)
        row = rows.get(now)
        if row is None or key not in table.columns or _plain(row.cells.get(key)) != content:
            continue
        if _short(table.explanations.get(now, "")) in (explained, ""):
            yield now, key


def _problem(raw: Mapping[str, Any], codes: Iterable[str]) -> Problem:
    if raw["code"] not in codes:
        raise ValueError(raw["code"])
    one = Problem(**raw)
    return replace(one, params=tuple((str(name), str(value)) for name, value in one.params))


# What stands somewhere ----------------------------------------------------------------------------------------------


def _short(said: str) -> str:
    """Return a digest of a text, empty for none; blanks do not count."""
    said = "".join(said.split())
    return hashlib.sha256(said.encode()).hexdigest()[:12] if said else ""


def _plain(cell: Cell | None) -> str:
    """Return a digest of what a cell shows; a number is the same however many digits its file keeps."""
    if cell is None or cell.kind == "formula":
        return ""
    try:
        return _short(f"{float(cell.text):.12g}")
    except ValueError:
        return _short(cell.text)


def _mark_of(row: RawRow) -> str:
    return _short("\x1f".join(f"{key}={found}" for key, one in sorted(row.cells.items()) if (found := _plain(one))))


def _count(table: Located) -> int:
    return sum(1 for row in table.rows if _mark_of(row))


def _column(table: Located, key: str) -> str:
    return _short(" ".join(found for row in table.rows if (found := _plain(row.cells.get(key)))))


def _explained(filled: Filled) -> str:
    cell = filled.cover.get("explanation")
    return _short(cell.text) if cell else ""


def _asked_on_cover() -> list[str]:
    return [one.key for one in template_named("T00").sheets[0].fields if not (one.prefilled or one.computed)]


def _whole(filled: Filled) -> str:
    """Return a digest of all that was typed: rows in their order, the cover with the unit, which nobody else knows."""
    keys = (*_asked_on_cover(), "unit_name", "unit_code")
    cover = [f"{key}={_plain(filled.cover[key])}" for key in keys if key in filled.cover]
    return _short("\n".join([*cover, *filter(None, (_mark_of(row) for one in filled.tables for row in one.rows))]))
