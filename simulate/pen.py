"""Types into the cells of an existing workbook, as a clerk does, and saves it: nothing else in the file changes.

No Excel library is used: a clerk who gets a copy back corrects it *in that copy*, so whatever the office sent (marks,
protection, hidden sheets) must stay as it is. Everything typed is text, as in columns formatted as text.
"""

from __future__ import annotations

import io
import re
import zipfile
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape, quoteattr

from schemas import loader
from workbooks.addresses import letters
from workbooks.container import open_book
from workbooks.locate import locate

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from workbooks.model import Book, Filled

Row = dict[str, Any]
FIRST_ROW = 5
_CELL = re.compile(r'<c r="([A-Z]+[0-9]+)"((?: [a-z]+="[^"]*")*)(?:/>|>(?:.*?)</c>)', re.DOTALL)
_ROW = re.compile(
    r'<row((?: [a-zA-Z0-9:]+="[^"]*")*? r="([0-9]+)"(?: [a-zA-Z0-9:]+="[^"]*")*)(?:/>|>(.*?)</row>)', re.DOTALL
)
_STYLE = re.compile(r' s="[0-9]+"')


def typed(value: object) -> str:
    """Return what a clerk types for a value: 是 and 否, dates and numbers as text.

    >>> typed(True), typed(None), typed(20)
    ('是', '', '20')
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    return str(value)


def fill(data: bytes, *, rows: Mapping[str, Sequence[Row]] | None = None, cover: Row | None = None) -> bytes:
    """Return the workbook with `rows` (by sheet name, from the first data row on) and `cover` typed into it.

    A key the workbook does not show is an error of the simulation: KeyError.
    """
    book = open_book(data, "表.xlsx")
    found = locate(book, loader.templates())
    edits: dict[str, dict[str, str]] = {}
    if cover:
        place = edits.setdefault(cover_sheet(book, found), {})
        for key, value in cover.items():
            place[found.cover_cells[key]] = typed(value)
    for table in found.tables:
        for number, row in enumerate((rows or {}).get(table.sheet, ()), FIRST_ROW):
            place = edits.setdefault(table.grid, {})
            for key, value in row.items():
                place[f"{letters(table.columns[key])}{number}"] = typed(value)
    return edit(data, edits)


def read(data: bytes) -> dict[str, list[Row]]:
    """Return the rows of a workbook as text, by sheet name: what somebody sees who opens it."""
    found = locate(open_book(data, "表.xlsx"), loader.templates())
    return {
        table.sheet: [{key: cell.text for key, cell in row.cells.items()} for row in table.rows]
        for table in found.tables
    }


def cover_sheet(book: Book, found: Filled) -> str:
    """Return the name of the sheet that holds the cover."""
    del found
    return next(grid.name for grid in book.grids if grid.name == "封面")


def edit(data: bytes, edits: Mapping[str, Mapping[str, str]]) -> bytes:
    """Return the workbook with the cells of `edits` (sheet -> A1 address -> text) typed anew; styles stay."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        parts = _parts(old)
        wanted = {parts[sheet]: cells for sheet, cells in edits.items()}
        for info in old.infolist():
            content = old.read(info)
            if info.filename in wanted:
                content = _typed_into(content.decode("utf-8"), wanted[info.filename]).encode("utf-8")
            new.writestr(zipfile.ZipInfo(info.filename, info.date_time), content, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def _parts(archive: zipfile.ZipFile) -> dict[str, str]:
    """Return sheet name -> path of its part."""
    book = archive.read("xl/workbook.xml").decode("utf-8")
    links = archive.read("xl/_rels/workbook.xml.rels").decode("utf-8")
    targets = {}
    for link in re.findall(r"<Relationship [^>]*>", links):
        targets[_attribute(link, "Id")] = _attribute(link, "Target")
    return {
        _attribute(sheet, "name"): "xl/" + targets[_attribute(sheet, "r:id")].removeprefix("/xl/")
        for sheet in re.findall(r"<sheet [^>]*>", book)
    }


def _attribute(tag: str, name: str) -> str:
    return re.findall(rf' {name}="([^"]*)"', tag)[0]


def _typed_into(xml: str, cells: Mapping[str, str]) -> str:
    """Return the sheet with `cells` typed; cells and rows the sheet does not have yet are added in their place."""
    by_row: dict[int, dict[int, str]] = {}
    for address, text in cells.items():
        ((column, row),) = re.findall(r"^([A-Z]+)([0-9]+)$", address)
        by_row.setdefault(int(row), {})[_number(column)] = text
    styles, widths = _column_styles(xml), _column_widths(xml)

    def type_row(match: re.Match[str]) -> str:
        wanted = by_row.pop(int(match[2]), None)
        if wanted is None:
            return match[0]
        grown = "" if " ht=" in match[1] else _grown(wanted, widths)
        return f"<row{match[1]}{grown}>{_row(int(match[2]), match[3] or '', wanted, styles)}</row>"

    head, body, tail = re.split(r"<sheetData>|</sheetData>", xml.replace("<sheetData/>", "<sheetData></sheetData>"))
    body = _ROW.sub(type_row, body)
    below = "".join(
        f'<row r="{row}"{_grown(by_row[row], widths)}>{_row(row, "", by_row[row], styles)}</row>'
        for row in sorted(by_row)
    )
    return f"{head}<sheetData>{body}{below}</sheetData>{tail}"


def _row(number: int, inner: str, wanted: Mapping[int, str], styles: Mapping[int, str]) -> str:
    """Return the cells of one row with the wanted ones typed, in the order of the columns."""
    cells: dict[int, str] = {}
    for match in _CELL.finditer(inner):
        column = _number(match[1].rstrip("0123456789"))
        style = _STYLE.search(match[2])
        cells[column] = match[0]
        if column in wanted:
            cells[column] = _cell(match[1], style[0] if style else "", wanted[column])
    for column, text in wanted.items():
        if column not in cells:
            cells[column] = _cell(f"{letters(column)}{number}", styles.get(column, ""), text)
    return "".join(cells[column] for column in sorted(cells))


def _column_styles(xml: str) -> dict[int, str]:
    """Return the style attribute each column gives to a cell that has none of its own."""
    found = {}
    for column in re.findall(r"<col [^>]*>", xml):
        style = re.search(r' style="([0-9]+)"', column)
        if style:
            for number in range(int(_attribute(column, "min")), min(int(_attribute(column, "max")), 200) + 1):
                found[number] = f' s="{style[1]}"'
    return found


def _column_widths(xml: str) -> dict[int, float]:
    """Return how many half-width characters each column takes."""
    return {
        number: float(_attribute(column, "width"))
        for column in re.findall(r"<col [^>]*>", xml)
        for number in range(int(_attribute(column, "min")), min(int(_attribute(column, "max")), 200) + 1)
    }


def _grown(wanted: Mapping[int, str], widths: Mapping[int, float]) -> str:
    """Return the height a program gives to a row by itself when a typed text wraps; nothing where it fits on one line."""
    lines = max(
        -(-sum(2 if char > "\u2000" else 1 for char in text) // max(int(widths.get(column, 9)) - 1, 1))
        for column, text in wanted.items()
    )
    return f' ht="{15 * lines}"' if lines > 1 else ""


def _number(column: str) -> int:
    value = 0
    for letter in column:
        value = value * 26 + ord(letter) - 64
    return value


def _cell(address: str, style: str, text: str) -> str:
    head = f"<c r={quoteattr(address)}{style}"
    return f'{head} t="inlineStr"><is><t xml:space="preserve">{escape(text)}</t></is></c>' if text else f"{head}/>"
