"""Types into the cells of an existing workbook, as a clerk does, and saves it: nothing else in the file changes.

No Excel library is used: a clerk who gets a copy back corrects it *in that copy*, so whatever the office sent (marks,
protection, hidden sheets) must stay as it is. Everything typed is text, as in columns formatted as text.
"""

from __future__ import annotations

import io
import re
import zipfile
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape, quoteattr

from schemas import loader
from workbooks.container import open_book
from workbooks.locate import locate

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from workbooks.model import Book, Filled

Row = dict[str, object]
FIRST_ROW = 5
_CELL = re.compile(r'<c r="([A-Z]+[0-9]+)"((?: [a-z]+="[^"]*")*)(?:/>|>(?:.*?)</c>)', re.DOTALL)
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


def letters(column: int) -> str:
    """Return the letters of a 1-based column.

    >>> letters(1), letters(27)
    ('A', 'AA')
    """
    text = ""
    while column:
        column, rest = divmod(column - 1, 26)
        text = chr(65 + rest) + text
    return text


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
    return re.search(rf' {name}="([^"]*)"', tag)[1]


def _typed_into(xml: str, cells: Mapping[str, str]) -> str:
    """Return the sheet with `cells` typed; a row the sheet does not have yet is added below."""
    left = dict(cells)

    def type_one(match: re.Match[str]) -> str:
        address = match[1]
        if address not in left:
            return match[0]
        style = _STYLE.search(match[2])
        return _cell(address, style[0] if style else "", left.pop(address))

    xml = _CELL.sub(type_one, xml)
    below: dict[int, list[tuple[int, str]]] = {}
    for address, text in left.items():
        column, row = re.fullmatch(r"([A-Z]+)([0-9]+)", address).groups()
        below.setdefault(int(row), []).append((_number(column), _cell(address, "", text)))
    added = ""
    for row in sorted(below):
        if f'<row r="{row}"' in xml:
            raise KeyError(f"row {row} has no cell for {below[row][0][1]}")
        added += f'<row r="{row}">{"".join(one for _, one in sorted(below[row]))}</row>'
    return xml.replace("</sheetData>", f"{added}</sheetData>", 1)


def _number(column: str) -> int:
    value = 0
    for letter in column:
        value = value * 26 + ord(letter) - 64
    return value


def _cell(address: str, style: str, text: str) -> str:
    head = f"<c r={quoteattr(address)}{style}"
    return f'{head} t="inlineStr"><is><t xml:space="preserve">{escape(text)}</t></is></c>' if text else f"{head}/>"
