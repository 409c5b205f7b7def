"""Foreign tables for `adopt`: other headings, headings of several rows, vertically merged cells, continuation rows.

Nothing is lost: every non-empty cell is in a row, is a heading, or stands in `Adopted.unmapped` with its reason.
"""

from __future__ import annotations

import re
import tomllib
from bisect import bisect_right
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from schemas.declare import FieldType
from schemas.loader import template as template_named
from workbooks.addresses import address
from workbooks.container import GUIDES
from workbooks.heading import ROW_KEY, index, words
from workbooks.identity import META
from workbooks.model import WorkbookError
from workbooks.table_rows import is_signature, is_total

if TYPE_CHECKING:
    from schemas.declare import Field, Sheet, Template
    from workbooks.model import Book, Cell, Grid

_SEARCH_ROWS = 40
_HEADING_ROWS = 3
_LONG_TEXT = 100
# A row without its own name is the continuation of the row above only if it says this little.
_CONTINUATION_CELLS = 2
_FULL_DIGITS = 15

_KEY = re.compile(r"#[a-z_0-9]+")


@dataclass(frozen=True, slots=True)
class Adopted:
    """A foreign table in the terms of a template.

    `rows` key -> raw text; `sources` key -> the cells it came from (`I6、I7`, with the sheet in front when the book has
    several); `unmapped` (sheet, cell, text, reason) of everything that found no place; `mapping` as in `read_mapping`.
    """

    rows: list[dict[str, str]]
    sources: list[dict[str, str]]
    unmapped: list[tuple[str, str, str, str]]
    mapping: dict[str, Any]


@dataclass(slots=True)
class ForeignTable:
    """Where a foreign table stands: heading rows, and for each column its heading path (`抽查项目/抽查类别`) and key."""

    grid: Grid
    top: int
    bottom: int
    paths: dict[int, str]
    keys: dict[int, str]
    covers: _Merges = field(repr=False)


class _Merges:
    """Answers which cell a merged cell belongs to, without unfolding the ranges."""

    def __init__(self, grid: Grid) -> None:
        self._by_column: dict[int, list[tuple[int, int]]] = {}
        self.wide: list[tuple[int, int, int, int]] = []
        for top, left, bottom, right in sorted(grid.merges):
            self._by_column.setdefault(left, []).append((top, bottom))
            if right > left:
                self.wide.append((top, left, bottom, right))

    def top_of(self, row: int, column: int) -> int:
        """Return the first row of the merged range that (row, column) belongs to, or `row` itself."""
        ranges = self._by_column.get(column, [])
        position = bisect_right(ranges, (row, 1 << 30)) - 1
        if position >= 0 and ranges[position][0] <= row <= ranges[position][1]:
            return ranges[position][0]
        return row


def adopt(book: Book, template: Template, mapping: dict[str, Any] | None = None) -> Adopted:
    """Return the rows of a foreign book in the terms of the template's first sheet.

    `mapping` (see `read_mapping`) decides over the words of the headings; without it titles and aliases do.
    Raises WorkbookError DR-S001 when no sheet holds anything like the table.
    """
    sheet = template.sheet(str(mapping["sheet"])) if mapping and mapping.get("sheet") else template.sheets[0]
    given = {str(path): str(key) for path, key in dict(mapping.get("columns", {})).items()} if mapping else {}
    # The guide and the lists of a form of ours, or of a neighbour's, hold words that look like rows.
    grids = [grid for grid in book.grids if grid.name.strip() not in (*GUIDES, META, "封面")] or book.grids
    tables = {grid.name: read_table(grid, sheet, given) for grid in grids}
    if not any(tables.values()):
        raise WorkbookError("DR-S001", title=sheet.title, name=sheet.title)
    anchor = str(mapping.get("anchor") or "") if mapping else ""
    anchor = anchor or _anchor(sheet, {key for table in tables.values() if table for key in table.keys.values()})
    found = Adopted([], [], [], {"template": template.code, "sheet": sheet.name, "anchor": anchor, "columns": {}})
    for grid in grids:
        table = tables[grid.name]
        if table is None:
            _set_aside(found, grid, sorted(grid.rows), "工作表里没有认出表头")
            continue
        columns = found.mapping["columns"]
        columns.update({path: table.keys.get(column, "") for column, path in table.paths.items()})
        _Adoption(found, table, sheet, anchor, is_alone=len(grids) == 1).run()
    return found


def read_table(grid: Grid, sheet: Sheet, given: dict[str, str] | None = None) -> ForeignTable | None:
    """Return where the table stands whose headings (one to three rows) mean most of the sheet's fields, or None."""
    known, covers, best = index(sheet), _Merges(grid), None
    for top in (number for number in grid.rows if number <= _SEARCH_ROWS):
        for bottom in range(top, top + _HEADING_ROWS):
            if bottom > top and not _is_heading_below(grid, covers, top, bottom):
                break
            paths = _paths(grid, covers, top, bottom)
            keys = _meanings(paths, known, given or {}, sheet)
            if len(keys) < 2 or (best and (len(keys), best.bottom - best.top) <= (len(best.keys), bottom - top)):
                continue
            best = ForeignTable(grid, top, bottom, paths, keys, covers)
    return best


def _is_heading_below(grid: Grid, covers: _Merges, top: int, row: int) -> bool:
    """Return True when `row` still belongs to the heading: cells above reach into it, or spread over its columns."""
    columns = grid.rows.get(top, {})
    reaches = any(covers.top_of(row, column) == top for column in columns)
    spreads = any(first == top and last >= top for first, _, last, _ in covers.wide)
    return reaches or spreads


def _paths(grid: Grid, covers: _Merges, top: int, bottom: int) -> dict[int, str]:
    """Return the heading of each column, from the upper to the lower row, a merged cell speaking for all its columns."""
    spread: dict[tuple[int, int], str] = {}
    for first, left, last, right in covers.wide:
        head = grid.rows.get(first, {}).get(left)
        if head and first <= bottom and last >= top:
            for row in range(max(first, top), min(last, bottom) + 1):
                spread.update({(row, column): head.text for column in range(left, right + 1)})
    paths: dict[int, list[str]] = {}
    for row in range(top, bottom + 1):
        cells = grid.rows.get(row, {})
        for column in {*cells, *(column for number, column in spread if number == row)}:
            text = cells[column].text if column in cells else spread[row, column]
            text = "".join(text.split())
            known = paths.setdefault(column, [])
            if text and text not in known:
                known.append(text)
    return {column: "/".join(path) for column, path in sorted(paths.items()) if path}


def _meanings(paths: dict[int, str], known: dict[str, str], given: dict[str, str], sheet: Sheet) -> dict[int, str]:
    """Return column -> key: what the mapping says, else the lowest heading that means something, each key once."""
    declared = {one.key for one in sheet.fields}
    found: dict[int, str] = {}
    for column, path in paths.items():
        if path in given:
            key: str | None = given[path]
        else:
            key = next((hit for text in reversed(path.split("/")) if (hit := _meaning(text, known))), None)
        if key in declared and key not in found.values():
            found[column] = str(key)
    return found


def _meaning(text: str, known: dict[str, str]) -> str | None:
    """Return the key of a heading: exact, without brackets, or the only known heading inside a longer one."""
    full, short = words(text)
    if full in known or short in known:
        return known.get(full) or known.get(short)
    inside = {key for title, key in known.items() if len(title) > 2 and title in full and key != ROW_KEY}
    return inside.pop() if len(inside) == 1 and len(full) < 20 else None


def _anchor(sheet: Sheet, mapped: set[str]) -> str:
    """Return the field whose own cell starts a new row: a name before anything else that is required."""
    able = [
        one
        for one in sheet.fields
        if one.key in mapped and one.type is FieldType.TEXT and not one.fill_down and not one.computed
    ]
    able.sort(key=lambda one: (not one.key.endswith("name"), not one.required))
    return able[0].key if able else next(one.key for one in sheet.fields if one.key in mapped)


class _Adoption:
    """One walk over the rows of a foreign table."""

    def __init__(self, found: Adopted, table: ForeignTable, sheet: Sheet, anchor: str, *, is_alone: bool) -> None:
        self.found, self.table, self.grid = found, table, table.grid
        self.fields: dict[int, Field] = {column: sheet.field(key) for column, key in table.keys.items()}
        self.anchor = next((column for column, key in table.keys.items() if key == anchor), min(table.keys))
        self.prefix = "" if is_alone else f"{table.grid.name}!"
        self.values: dict[str, list[str]] = {}
        self.places: dict[str, list[str]] = {}

    def run(self) -> None:
        """Add every row of the table to `found`, and every cell without a place to `found.unmapped`."""
        grid, table = self.grid, self.table
        _set_aside(self.found, grid, [number for number in grid.rows if number < table.top], "表头以上的文字")
        headings = {text for path in table.paths.values() for text in path.split("/")}
        for number in sorted(grid.rows):
            if number <= table.bottom:
                continue
            row = grid.rows[number]
            texts = ["".join(cell.text.split()) for cell in row.values() if cell.text.strip()]
            if texts and sum(text in headings for text in texts) * 2 > len(texts):
                _set_aside(self.found, grid, [number], "重复的表头")
            elif texts and all(_KEY.fullmatch(text) for text in texts):
                _set_aside(self.found, grid, [number], "模板的隐藏标识行")
            elif len(texts) <= max(_CONTINUATION_CELLS, len(self.fields) // 2) and (
                is_total(texts) or is_signature(texts)
            ):
                _set_aside(self.found, grid, [number], "合计、落款或注释")
            else:
                self._row(number, row)
        self._close()

    def _row(self, number: int, row: dict[int, Cell]) -> None:
        own = [column for column in self.fields if column in row and row[column].text.strip()]
        is_loose = self.table.covers.top_of(number, self.anchor) == number and len(own) > _CONTINUATION_CELLS
        if self.anchor in own or is_loose:
            self._close()
        elif own and not self.values:
            _set_aside(self.found, self.grid, [number], "不知道属于哪一行")
            return
        for column, one in self.fields.items():
            self._take(self.table.covers.top_of(number, column), column, one)
        for column, cell in row.items():
            if column not in self.fields and cell.text.strip():
                path = self.table.paths.get(column, "")
                reason = f"列“{path}”没有对应的填报项" if path else "表头以外的列"
                self._unmap(number, column, cell.text, reason)

    def _take(self, row: int, column: int, one: Field) -> None:
        """Add the cell at (row, column) to the current row, once."""
        cell = self.grid.rows.get(row, {}).get(column)
        text = _plain(cell) if cell else ""
        place = self.prefix + address(row, column)
        if cell is None or not text or row <= self.table.bottom or place in self.places.get(one.key, ()):
            return
        self.places.setdefault(one.key, []).append(place)
        known = self.values.setdefault(one.key, [])
        if cell.kind == "number" and one.type is FieldType.TEXT and len(text.lstrip("-").split(".")[0]) > _FULL_DIGITS:
            # What is left of such a number looks sound and is another one (D073).
            self._unmap(row, column, text, "长编号按数值存储，末几位已丢失，没有转入，请照证件重新填写")
        elif text not in known:
            known.append(text)

    def _unmap(self, row: int, column: int, text: str, reason: str) -> None:
        self.found.unmapped.append((self.grid.name, address(row, column), text.strip(), reason))

    def _close(self) -> None:
        """Write the current row down."""
        if self.values:
            by_key = {one.key: one for one in self.fields.values()}
            joined = {key: _joint(by_key[key]).join(texts) for key, texts in self.values.items() if texts}
            if joined:
                self.found.rows.append(joined)
                self.found.sources.append({key: "、".join(self.places[key]) for key in joined})
        self.values, self.places = {}, {}


def _plain(cell: Cell) -> str:
    """Return the text of a cell, a number in scientific notation written out."""
    text = cell.text.strip()
    return format(Decimal(text), "f") if cell.kind == "number" and "e" in text.lower() else text


def _joint(one: Field) -> str:
    is_long = one.type is FieldType.TEXT and (one.max_length or 0) > _LONG_TEXT
    return "\n" if is_long else "；"


def _set_aside(found: Adopted, grid: Grid, numbers: list[int], reason: str) -> None:
    for number in numbers:
        for column, cell in sorted(grid.rows[number].items()):
            if cell.text.strip():
                found.unmapped.append((grid.name, address(number, column), cell.text.strip(), reason))


def mapping_text(mapping: dict[str, Any]) -> str:
    """Return a mapping as TOML that the office can edit and keep for the next year."""
    lines = [
        "# 表头与填报项的对应关系：左边是原表的表头（多行表头用 / 连接），右边是填报项的代号；留空表示不取。",
        *(f"{name} = {_quoted(str(mapping[name]))}" for name in ("template", "sheet", "anchor")),
        "",
        "[columns]",
    ]
    columns = mapping["columns"]
    fields = template_named(str(mapping["template"])).sheet(str(mapping["sheet"])).fields
    told = [
        f"{field.key} {field.title}{'（必填）' if field.required else ''}" for field in fields if not field.computed
    ]
    lines[1:1] = ["# 可用的填报项代号：", *(f"#   {one}" for one in told), ""]
    lines += [f"{_quoted(path)} = {_quoted(key)}" for path, key in columns.items()]
    return "\n".join(lines) + "\n"


def read_mapping(text: str) -> dict[str, Any]:
    """Return a mapping from its TOML: template, sheet, anchor (the field that starts a row), columns.

    Raises WorkbookError DR-F015 when it is no TOML.
    """
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise WorkbookError("DR-F015", name="对应关系文件", detail=str(error)) from None


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t")
    return f'"{escaped}"'
