"""Tables saved as text: comma, semicolon or tab, in UTF-8, UTF-16, GBK or GB18030. Every value stays text.

Also names what only looks like text: web pages, XML workbooks of 2003, mails.
"""

from __future__ import annotations

import codecs
import csv
import io
import re

from workbooks.addresses import address
from workbooks.gate import CELLS, COLUMNS, ROWS
from workbooks.model import Book, Cell, Grid, Problem, WorkbookError

NAME = "文本"
"""What the one grid of a text file is called: it has no name of its own."""
_HTML = re.compile(rb"<\s*(?:!doctype html|html|table|head|body|meta|div)\b", re.IGNORECASE)
_XML_WORKBOOK = re.compile(rb"<\?mso-application|urn:schemas-microsoft-com:office:spreadsheet", re.IGNORECASE)
_MAIL = re.compile(rb"(?:return-path|received|message-id|mime-version|from|date|subject):", re.IGNORECASE)
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig", "UTF-8"),
    (codecs.BOM_UTF16_LE, "utf-16", "UTF-16"),
    (codecs.BOM_UTF16_BE, "utf-16", "UTF-16"),
)
_DELIMITERS = ",\t;"
# Control characters that no table contains; their presence means that the bytes are no text at all.
_BINARY = re.compile("[\x00-\x08\x0e-\x1a\x1c-\x1f]")


def read(data: bytes, name: str) -> Book:
    """Return a book with one grid, named after nothing.

    Raises WorkbookError: DR-F004 (HTML, XML 2003), F011 (mail), F012 (no text), F014 (no encoding fits).
    """
    head = data[:4096]
    if _XML_WORKBOOK.search(head):
        raise WorkbookError("DR-F004", name=name, kind=" XML 表格（2003）")
    if _HTML.search(head.replace(b"\x00", b"")):
        raise WorkbookError("DR-F004", name=name, kind="网页另存的表")
    if _MAIL.match(head) and head.count(b":") > 2 and _MAIL.search(head, head.find(b"\n")):
        raise WorkbookError("DR-F011", name=name)
    text, encoding = _decode(data, name)
    grid = Grid(name=NAME)
    _fill(grid, text, name)
    kind = f"csv，{encoding} 编码"
    return Book(format="csv", grids=[grid], problems=[Problem("DR-F102", params=(("kind", kind),))])


def _decode(data: bytes, name: str) -> tuple[str, str]:
    """Return the text and the name of the first encoding that leaves no doubt."""
    for mark, encoding, title in _MARKS:
        if data.startswith(mark):
            try:
                return _printable(data.decode(encoding), name), title
            except UnicodeDecodeError:
                raise WorkbookError("DR-F014", name=name) from None
    if b"\x00" in data[:4096]:
        return _printable(_decode_wide(data, name), name), "UTF-16"
    for encoding, title in (("utf-8", "UTF-8"), ("gb18030", "GBK")):
        try:
            return _printable(data.decode(encoding), name), title
        except UnicodeDecodeError:
            continue
    raise WorkbookError("DR-F012" if _looks_binary(data) else "DR-F014", name=name)


def _decode_wide(data: bytes, name: str) -> str:
    """Decode UTF-16 without its mark: commas and line breaks have their zero byte on one side only."""
    little = data.count(b",\x00") + data.count(b"\n\x00") + data.count(b"\t\x00")
    big = data.count(b"\x00,") + data.count(b"\x00\n") + data.count(b"\x00\t")
    if not little and not big:
        raise WorkbookError("DR-F012", name=name)
    try:
        return data.decode("utf-16-le" if little >= big else "utf-16-be")
    except UnicodeDecodeError:
        raise WorkbookError("DR-F012", name=name) from None


def _looks_binary(data: bytes) -> bool:
    return sum(byte < 9 or 13 < byte < 27 for byte in data[:4096]) > 4


def _printable(text: str, name: str) -> str:
    if _BINARY.search(text):
        raise WorkbookError("DR-F012", name=name)
    return text


def _fill(grid: Grid, text: str, name: str) -> None:
    sample = "\n".join(text.splitlines()[:20])
    delimiter = max(_DELIMITERS, key=sample.count)
    if delimiter not in sample:  # a note or a letter, not a table
        raise WorkbookError("DR-F012", name=name)
    count = 0
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        for number, values in enumerate(lines, 1):
            row = {column: Cell("text", _plain(value)) for column, value in enumerate(values, 1) if value.strip()}
            if not row:
                continue
            if number > ROWS or max(row) > COLUMNS:
                place = address(number, max(row))
                raise WorkbookError("DR-F908", sheet=grid.name, cell=place, rows=f"{ROWS:,}", columns=COLUMNS)
            count += len(row)
            if count > CELLS:
                raise WorkbookError("DR-F913", name=name, limit=CELLS)
            grid.rows[number] = row
    except csv.Error:
        raise WorkbookError("DR-F015", name=name, detail="文本分列有误") from None


def _plain(value: str) -> str:
    """Return the value without the `="…"` wrapping some exports use to keep Excel from eating digits."""
    return value[2:-1] if value.startswith('="') and value.endswith('"') else value
