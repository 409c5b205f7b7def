"""The second reader: openpyxl, for packages that are odd but not hostile, and the oracle of the first one in tests.

Slower by a factor of five and poorer (no raw digits of a float, no footer per sheet); same `Book`.
"""

from __future__ import annotations

import warnings
from datetime import date, datetime, time, timedelta
from io import BytesIO
from typing import TYPE_CHECKING, Any

from workbooks.addresses import COLUMN, address
from workbooks.gate import CELLS, COLUMNS, ROWS, SHEETS
from workbooks.model import Book, Cell, Grid, WorkbookError
from workbooks.tints import THEME, tint
from workbooks.xlsx_parts import decode
from workbooks.xlsx_styles import read_theme

if TYPE_CHECKING:
    from collections.abc import Collection

    from openpyxl.workbook import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

    from workbooks.gate import Package

_STATES = {"hidden": "hidden", "veryHidden": "very_hidden"}


def read(package: Package, data: bytes, skip: Collection[str] = (), *, otherwise: WorkbookError) -> Book:
    """Return the book as openpyxl sees it, or raise `otherwise` when openpyxl cannot read it either.

    Every part is first inflated within the limits of the gate: openpyxl itself has none.
    """
    for part in package.names:
        if b"<!DOCTYPE" in package.read(part)[:65_536]:
            raise WorkbookError("DR-F906", name=package.name, part=part)
    try:
        formulas, values = _load(data, data_only=False), _load(data, data_only=True)
        book = _book(formulas, values, skip, package.name)
    except (WorkbookError, MemoryError):
        raise
    except Exception as error:  # openpyxl has no error of its own: seventeen kinds were counted
        raise otherwise from error
    if not book.grids:
        raise otherwise
    return book


def _load(data: bytes, *, data_only: bool) -> Workbook:
    import openpyxl

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return openpyxl.load_workbook(BytesIO(data), data_only=data_only, keep_links=False)


def _book(formulas: Workbook, values: Workbook, skip: Collection[str], name: str) -> Book:
    if len(formulas.worksheets) > SHEETS:
        raise WorkbookError("DR-F907", name=name, count=len(formulas.worksheets), limit=SHEETS)
    theme = read_theme(formulas.loaded_theme) if formulas.loaded_theme else THEME
    book = Book(
        format="xlsx",
        grids=[
            _grid(sheet, values[sheet.title], theme, is_read=sheet.title.strip() not in skip)
            for sheet in formulas.worksheets
        ],
        keywords=formulas.properties.keywords or "",
        names={key: one.value or "" for key, one in formulas.defined_names.items()},
        properties={one.name: str(one.value) for one in formulas.custom_doc_props.props},
        footers=tuple(text for text in map(_footer, formulas.worksheets) if text),
    )
    if sum(len(row) for grid in book.grids for row in grid.rows.values()) > CELLS:
        raise WorkbookError("DR-F913", name=name, limit=CELLS)
    return book


def _footer(sheet: Worksheet) -> str:
    footer = sheet.oddFooter
    return " ".join(part.text for part in (footer.left, footer.center, footer.right) if part.text)


def _grid(sheet: Worksheet, values: Worksheet, theme: tuple[str, ...], *, is_read: bool) -> Grid:
    grid = Grid(name=sheet.title, state=_STATES.get(sheet.sheet_state, "visible"))
    if not is_read:
        return grid
    cached = values._cells
    for (number, column), found in sorted(sheet._cells.items()):
        cell = _cell(found, cached.get((number, column)))
        if cell is not None:
            if number > ROWS or column > COLUMNS:
                place = address(number, column)
                raise WorkbookError("DR-F908", sheet=grid.name, cell=place, rows=f"{ROWS:,}", columns=COLUMNS)
            grid.rows.setdefault(number, {})[column] = cell
            if found.has_style and (mark := _tint(found, theme)):
                grid.tints[number, column] = mark
        if found.comment is not None:
            grid.comments[number, column] = found.comment.text
    grid.hidden_rows = frozenset(number for number, row in sheet.row_dimensions.items() if row.hidden or row.ht == 0)
    grid.hidden_columns = frozenset(
        column
        for letters, one in sheet.column_dimensions.items()
        if one.hidden
        for column in range(one.min or COLUMN[letters], min(one.max or COLUMN[letters], COLUMNS) + 1)
    )
    grid.merges = _merges(sheet, grid)
    grid.is_filtered = bool(sheet.auto_filter.filterColumn) or bool(sheet.sheet_properties.filterMode)
    return grid


def _merges(sheet: Worksheet, grid: Grid) -> tuple[tuple[int, int, int, int], ...]:
    last_row, last_column = max(grid.rows, default=0), max((max(row) for row in grid.rows.values()), default=0)
    found = (
        (one.min_row, one.min_col, min(one.max_row, last_row), min(one.max_col, last_column))
        for one in sheet.merged_cells.ranges
        if one.min_row <= last_row and one.min_col <= last_column
    )
    return tuple(sorted(found))


def _tint(found: Any, theme: tuple[str, ...]) -> str:
    font, fill = found.font, found.fill
    pattern = (getattr(fill, "patternType", None) or "none") if fill else "none"
    return tint(_colour(font.color if font else None), pattern, _colour(getattr(fill, "fgColor", None)), theme)


def _colour(one: Any) -> dict[str, str]:
    """Return a colour as the attributes a styles part would write for it."""
    return {one.type: str(one.value), "tint": str(one.tint or "")} if one is not None else {}


def _cell(found: Any, cached: Any) -> Cell | None:
    """Return one cell from its formula view and its value view."""
    value, formula = found.value, None
    if found.data_type == "f":
        text = getattr(value, "text", value) or ""
        formula = str(text).removeprefix("=")
        value = cached.value if cached is not None else None
        if value is None:
            return Cell("formula", "", formula)
    struck = bool(found.font and found.font.strike) if found.has_style else False
    shown = found.number_format if found.number_format not in ("General", "@") else ""
    kind, text = _value(value, (cached or found).data_type)
    if not kind:
        return None
    return Cell(
        kind, text, formula, shown if kind in ("number", "date") else "", struck and kind not in ("boolean", "error")
    )


def _value(value: object, data_type: str) -> tuple[str, str]:
    if value is None:
        return "", ""
    if data_type == "e":
        return "error", str(value)
    if isinstance(value, bool):
        return "boolean", "TRUE" if value else "FALSE"
    if isinstance(value, int | float):
        return "number", str(value)
    if isinstance(value, datetime):
        return "date", value.isoformat(timespec="seconds").removesuffix("T00:00:00")
    if isinstance(value, date | time):
        return "date", value.isoformat()
    if isinstance(value, timedelta):
        return "number", repr(value.total_seconds() / 86_400)
    text = decode(str(value))
    return ("text", text) if text else ("", "")
