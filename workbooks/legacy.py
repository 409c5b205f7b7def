"""The older and rarer formats through calamine: xls and et (OLE), xlsb, ods; same `Book`, fewer traits.

calamine tells value and type, merges and sheet states; not formulas, hidden rows, number formats, comments, nor what is
struck through or coloured (D046, D047: DR-F101 asks for an xlsx instead). The
carriers of identity are read beside it: OLE property streams, docProps, meta.xml. calamine may panic (a BaseException)
or, on hostile files, abort: the caller runs this in a guarded child.
"""

from __future__ import annotations

import struct
from datetime import date, datetime, time, timedelta
from io import BytesIO
from typing import TYPE_CHECKING

from workbooks import xlsx_parts as parts
from workbooks.addresses import address
from workbooks.gate import CELLS, COLUMNS, ROWS, SHEETS, Package, local, parse
from workbooks.model import Book, Cell, Grid, Problem, WorkbookError

if TYPE_CHECKING:
    import olefile

_FILE_PASSWORD, _DIMENSIONS = 0x2F, 0x200
# A password stands among the first records; later the same number may be anything.
_GLOBALS = 4096
# FORMULA, MULRK, MULBLANK, RSTRING, LABELSST, BLANK, NUMBER, LABEL, BOOLERR, RK
_CELL_RECORDS = frozenset((0x06, 0xBD, 0xBE, 0xD6, 0xFD, 0x201, 0x203, 0x204, 0x205, 0x27E))
# calamine lays an xls out as one dense grid: this many cells are a quarter of a gigabyte.
_GRID_LIMIT = 6_000_000


def read_ole(data: bytes, name: str) -> Book:
    """Return the book of an xls or et file.

    Raises WorkbookError: DR-F003 (password), F008 (Word, PowerPoint), F011 (mail), F012, F015, F017.
    """
    import olefile

    try:
        with olefile.OleFileIO(BytesIO(data)) as container:
            _check_ole(container, name)
            book = _read(data, name, "xls")
            _read_ole_properties(container, book)
    except WorkbookError:
        raise
    except Exception as error:  # olefile raises many kinds on damaged files; each of them means the same to us
        raise WorkbookError("DR-F002", name=name) from error
    kind = "et" if name.lower().endswith((".et", ".ett")) else "xls"
    book.problems.append(Problem("DR-F101", params=(("kind", kind),)))
    return book


def _check_ole(container: olefile.OleFileIO, name: str) -> None:
    """Refuse what is an OLE container but no workbook."""
    streams = {path[0].lower() for path in container.listdir()}
    if "encryptedpackage" in streams:
        raise WorkbookError("DR-F003", name=name)
    if "worddocument" in streams:
        raise WorkbookError("DR-F008", name=name, kind=" Word 文档")
    if "powerpoint document" in streams:
        raise WorkbookError("DR-F008", name=name, kind=" PPT 演示文稿")
    if any(stream.startswith("__substg1.0") for stream in streams):
        raise WorkbookError("DR-F011", name=name)
    stream = next((one for one in ("Workbook", "Book") if container.exists(one)), None)
    if stream is None:
        raise WorkbookError("DR-F012", name=name)
    _check_records(container.openstream(stream).read(), name)


def _check_records(stream: bytes, name: str) -> None:
    """Look at the records before calamine does: a password, or cells so far apart that it could not hold the grid."""
    position = last_row = last_column = 0
    while position + 4 <= len(stream):
        record, length = struct.unpack_from("<HH", stream, position)
        position += 4
        if record == _FILE_PASSWORD and position < _GLOBALS:
            raise WorkbookError("DR-F003", name=name)
        if record == _DIMENSIONS and length >= 12:
            top, rows, left, columns = struct.unpack_from("<IIHH", stream.ljust(position + 12, b"\0"), position)
            if top > rows or left > columns:  # calamine would reserve room for the difference, which wraps around
                raise WorkbookError("DR-F015", name=name, detail="工作表范围颠倒")
            last_row, last_column = max(last_row, rows), max(last_column, columns)
        elif record in _CELL_RECORDS and position + 4 <= len(stream):
            row, column = struct.unpack_from("<HH", stream, position)
            last_row, last_column = max(last_row, row + 1), max(last_column, column + 1)
        position += length
    if last_row * last_column > _GRID_LIMIT:
        raise WorkbookError("DR-F913", name=name, limit=_GRID_LIMIT)


def _read_ole_properties(container: olefile.OleFileIO, book: Book) -> None:
    """Read keywords, application and custom properties; damaged streams are a problem, not an end."""
    try:
        meta = container.get_metadata()
        book.keywords = _text(meta.keywords, meta.codepage)
        book.application = _text(meta.creating_application, meta.codepage)
        if container.exists("\x05DocumentSummaryInformation"):
            custom = container.get_userdefined_properties(
                "\x05DocumentSummaryInformation", "{D5CDD505-2E9C-101B-9397-08002B2CF9AE}"
            )
            for one in custom:
                book.properties[_text(one.get("property_name"))] = _text(one.get("value"))
        if container.exists("_VBA_PROJECT_CUR") or container.exists("Macros"):
            book.problems.append(Problem("DR-F103", params=(("part", "VBA"),)))
    except Exception:
        book.problems.append(parts.damaged("文档属性"))


def _text(value: object, codepage: int | None = None) -> str:
    if isinstance(value, bytes):
        encoding = "utf-8" if codepage in (None, 65001, -535) else "gb18030"
        return value.decode(encoding, "replace").strip("\x00")
    return "" if value is None else str(value).strip("\x00")


def read_xlsb(package: Package, data: bytes, name: str) -> Book:
    """Return the book of an xlsb file; custom properties stand where xlsx keeps them."""
    book = _read(data, name, "xlsb")
    for part, wanted in (("docProps/core.xml", "keywords"), ("docProps/app.xml", "Application")):
        if package.find(part):
            text = parts.read_text(package, part, wanted)
            book.keywords, book.application = (
                (text, book.application) if wanted == "keywords" else (book.keywords, text)
            )
    if package.find("docProps/custom.xml"):
        book.properties = parts.read_custom_properties(package, "docProps/custom.xml")
    if package.find("xl/vbaProject.bin"):
        book.problems.append(Problem("DR-F103", params=(("part", "vbaProject.bin"),)))
    book.problems.append(Problem("DR-F101", params=(("kind", "xlsb"),)))
    return book


def read_ods(package: Package, data: bytes, name: str) -> Book:
    """Return the book of an ods file, after a look at how far its repeated cells reach (DR-F908, DR-F913)."""
    try:
        _check_extent(package, name)
        book = _read(data, name, "ods")
    except KeyError as error:
        raise WorkbookError("DR-F015", name=name, detail=f"缺少 {error.args[0]}") from None
    if package.find("meta.xml"):
        _read_ods_meta(package, book)
    book.problems.append(Problem("DR-F101", params=(("kind", "ods"),)))
    return book


class _Extent:
    """Counts how many cells an ods sheet would unfold to."""

    def __init__(self, name: str) -> None:
        self.name, self.sheet = name, ""
        self.row = self.column = self.cells = self.repeat = self.filled = 0

    def start(self, tag: str, given: dict[str, str]) -> None:
        """Handle the start of an element."""
        short = local(tag)
        traits = {local(key): value for key, value in given.items()}
        if short == "table":
            self.sheet, self.row = traits.get("name", ""), 0
        elif short == "table-row":
            self.repeat, self.column, self.filled = _count(traits.get("number-rows-repeated")), 0, 0
        elif short in ("table-cell", "covered-table-cell"):
            count = _count(traits.get("number-columns-repeated"))
            self.column += count
            if "value-type" in traits or "formula" in traits:
                self.filled += count
                self._check(self.row + self.repeat, self.column)

    def end(self, tag: str) -> None:
        """Handle the end of an element."""
        if local(tag) == "table-row":
            self.row += self.repeat
            self.cells += self.filled * self.repeat
            if self.cells > CELLS:
                raise WorkbookError("DR-F913", name=self.name, limit=CELLS)

    def _check(self, row: int, column: int) -> None:
        if row > ROWS or column > COLUMNS:
            place = address(row, min(column, 16384))
            raise WorkbookError("DR-F908", sheet=self.sheet, cell=place, rows=f"{ROWS:,}", columns=COLUMNS)


def _check_extent(package: Package, name: str) -> None:
    extent = _Extent(name)
    parse(package.read("content.xml"), name, "content.xml", extent.start, end=extent.end)


def _count(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 12 else 1


def _read_ods_meta(package: Package, book: Book) -> None:
    name = kind = ""
    keywords: list[str] = []

    def start(tag: str, given: dict[str, str]) -> None:
        nonlocal name, kind
        kind = local(tag)
        if kind == "user-defined":
            name = next((value for key, value in given.items() if local(key) == "name"), "")

    def text(given: str) -> None:
        if kind == "user-defined" and name:
            book.properties[name] = book.properties.get(name, "") + given
        elif kind == "keyword":
            keywords.append(given)
        elif kind == "generator":
            book.application += given

    def end(_: str) -> None:
        nonlocal kind
        kind = ""

    parse(package.read("meta.xml"), package.name, "meta.xml", start, end=end, text=text)
    book.keywords = " ".join(keywords)


def _read(data: bytes, name: str, kind: str) -> Book:
    """Return the book as calamine sees it."""
    try:
        from python_calamine import CalamineWorkbook
    except ImportError:
        raise WorkbookError("DR-F017", name=name, kind=kind) from None
    try:
        source = CalamineWorkbook.from_filelike(BytesIO(data))
        traits = source.sheets_metadata
        if len(traits) > SHEETS:
            raise WorkbookError("DR-F907", name=name, count=len(traits), limit=SHEETS)
        grids = [_grid(source, index, trait) for index, trait in enumerate(traits)]
    except (KeyboardInterrupt, SystemExit, MemoryError, WorkbookError):
        raise
    except BaseException as error:
        if "password" in type(error).__name__.lower() or "password" in str(error).lower():
            raise WorkbookError("DR-F003", name=name) from None
        raise WorkbookError("DR-F015", name=name, detail=f"{kind} 结构异常") from None
    if not grids:
        raise WorkbookError("DR-F016", name=name)
    return Book(format=kind, grids=grids)


_STATES = {"hidden": "hidden", "veryhidden": "very_hidden"}


def _grid(source: object, index: int, trait: object) -> Grid:
    state = _STATES.get(str(trait.visible).rpartition(".")[2].lower(), "visible")  # type: ignore[attr-defined]
    grid = Grid(name=trait.name, state=state)  # type: ignore[attr-defined]
    if str(trait.typ).rpartition(".")[2] != "WorkSheet":  # type: ignore[attr-defined]
        return grid
    sheet = source.get_sheet_by_index(index)  # type: ignore[attr-defined]
    if sheet.start is None:
        return grid
    for number, values in enumerate(sheet.iter_rows(), 1):
        row = {}
        for column, value in enumerate(values, 1):
            cell = _cell(value)
            if cell is not None:
                row[column] = cell
        if row:
            if number > ROWS or max(row) > COLUMNS:
                place = address(number, max(row))
                raise WorkbookError("DR-F908", sheet=grid.name, cell=place, rows=f"{ROWS:,}", columns=COLUMNS)
            grid.rows[number] = row
    grid.merges = _merges(sheet, grid)
    return grid


def _merges(sheet: object, grid: Grid) -> tuple[tuple[int, int, int, int], ...]:
    """Return merged ranges (1-based, inclusive), clipped to the used area."""
    last_row, last_column = max(grid.rows, default=0), max((max(row) for row in grid.rows.values()), default=0)
    found = getattr(sheet, "merged_cell_ranges", None) or ()
    return tuple(
        (top + 1, left + 1, min(bottom + 1, last_row), min(right + 1, last_column))
        for (top, left), (bottom, right) in sorted(found)
        if top < last_row and left < last_column
    )


def _cell(value: object) -> Cell | None:
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        return Cell("boolean", "TRUE" if value else "FALSE")
    if isinstance(value, int):
        return Cell("number", str(value))
    if isinstance(value, float):
        return Cell("number", str(int(value)) if value.is_integer() and abs(value) < 1e21 else repr(value))
    if isinstance(value, datetime):
        return Cell("date", value.isoformat(timespec="seconds").removesuffix("T00:00:00"))
    if isinstance(value, date | time):
        return Cell("date", value.isoformat())
    if isinstance(value, timedelta):
        return Cell("number", repr(value.total_seconds() / 86_400))
    return Cell("text", parts.decode(str(value)))
