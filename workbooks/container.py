"""Opens a file by its content, not by its name, and refuses by name what is no workbook of ours.

xlsx xlsm          xlsx_reader, and openpyxl_reader where a file is odd but not hostile
xls et xlsb ods    legacy (calamine)
csv                text_table
"""

from __future__ import annotations

import gc
from contextlib import contextmanager
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from workbooks.gate import FILE_LIMIT, MEGABYTE, Package
from workbooks.model import Book, Problem, WorkbookError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

# Sheets of a template that hold nothing to read: they are listed, and stay empty.
GUIDES = ("填报说明", "代码表", "退回说明")

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ZIP = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
# First bytes -> issue code and the kind named in its message.
_FOREIGN = (
    (b"%PDF", "DR-F005", "PDF"),
    (b"\x89PNG", "DR-F006", "PNG"),
    (b"\xff\xd8\xff", "DR-F006", "JPG"),
    (b"GIF8", "DR-F006", "GIF"),
    (b"II*\x00", "DR-F006", "TIFF"),
    (b"MM\x00*", "DR-F006", "TIFF"),
    (b"Rar!", "DR-F007", "rar"),
    (b"7z\xbc\xaf\x27\x1c", "DR-F007", "7z"),
    (b"\x1f\x8b", "DR-F007", "gz"),
    (b"BZh", "DR-F007", "bz2"),
    (b"\xfd7zXZ", "DR-F007", "xz"),
    (b"{\\rtf", "DR-F008", " RTF 文档"),
    (b"L\x00\x00\x00\x01\x14\x02\x00", "DR-F010", "快捷方式"),
    (b"MZ", "DR-F008", "程序"),
)
_KINDS = {"xlsx": "xlsx", "xlsm": "xlsm", "xls": "xls", "et": "et", "xlsb": "xlsb", "ods": "ods", "csv": "文本"}
# Extensions under which each format honestly travels; templates (xltx, ett) are the same thing.
_HONEST = {
    "xlsx": {"xlsx", "xlsm", "xltx", "xltm"},
    "xls": {"xls", "xlt", "et", "ett"},
    "xlsb": {"xlsb"},
    "ods": {"ods", "ots"},
    "csv": {"csv", "txt", "tsv"},
}


def open_book(data: bytes, name: str, *, skip: Collection[str] = GUIDES) -> Book:
    """Return the workbook held by `data`; `name` serves messages only, except for `~$` lock files.

    `skip` names sheets that are not read. What was odd but readable stands in `Book.problems` (DR-F1xx).
    Raises WorkbookError with a DR-F code for everything that is not a readable workbook.
    """
    name = PurePosixPath(name.replace("\\", "/")).name
    if name.startswith("~$"):
        raise WorkbookError("DR-F009", name=name)
    if name.endswith(".icloud"):
        raise WorkbookError("DR-F010", name=name)
    if not data.strip(b"\x00\t\r\n "):
        raise WorkbookError("DR-F001", name=name)
    if len(data) > FILE_LIMIT:
        raise WorkbookError("DR-F901", name=name, size=f"{len(data) / MEGABYTE:.1f}", limit=FILE_LIMIT // MEGABYTE)
    with collector_resting():
        book = _dispatch(data, name, skip)
    if not book.grids:
        raise WorkbookError("DR-F016", name=name)
    extension = PurePosixPath(name).suffix.lower().lstrip(".")
    if extension and extension not in _HONEST.get(book.format, {extension}):
        book.problems.append(Problem("DR-F111", params=(("extension", extension), ("kind", _KINDS[book.format]))))
    return book


@contextmanager
def collector_resting() -> Iterator[None]:
    """Let the cycle collector rest: reading makes many thousand cells and no cycle, and it would look at all of them."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _dispatch(data: bytes, name: str, skip: Collection[str]) -> Book:
    if data.startswith(_ZIP):
        return _open_zip(data, name, skip)
    if data.startswith(_OLE):
        from workbooks import legacy

        return legacy.read_ole(data, name)
    for magic, code, kind in _FOREIGN:
        if data.startswith(magic):
            raise WorkbookError(code, name=name, kind=kind)
    if data[:2] == b"BM" and data[6:10] == b"\x00\x00\x00\x00":
        raise WorkbookError("DR-F006", name=name, kind="BMP")
    from workbooks import text_table

    return text_table.read(data, name)


def _open_zip(data: bytes, name: str, skip: Collection[str]) -> Book:
    package = Package(data, name)
    lower = {part.lower() for part in package.names}
    if "mimetype" in lower:
        return _open_document(package, data, name)
    if any(part.startswith("word/") for part in lower):
        raise WorkbookError("DR-F008", name=name, kind=" Word 文档")
    if any(part.startswith("ppt/") for part in lower):
        raise WorkbookError("DR-F008", name=name, kind=" PPT 演示文稿")
    if any(part.endswith("workbook.bin") for part in lower):
        from workbooks import legacy

        return legacy.read_xlsb(package, data, name)
    if "[content_types].xml" not in lower and not any(part.endswith("workbook.xml") for part in lower):
        raise WorkbookError("DR-F013" if lower else "DR-F002", name=name)
    return _open_xlsx(package, data, name, skip)


def _open_document(package: Package, data: bytes, name: str) -> Book:
    """Open an OpenDocument file: a spreadsheet, or refuse a text or a presentation by name."""
    kind = package.read("mimetype").decode("ascii", "replace")
    if "spreadsheet" not in kind:
        raise WorkbookError("DR-F008", name=name, kind=" OpenDocument 文档")
    from workbooks import legacy

    return legacy.read_ods(package, data, name)


def _open_xlsx(package: Package, data: bytes, name: str, skip: Collection[str]) -> Book:
    from workbooks import xlsx_reader

    try:
        return xlsx_reader.read(package, skip)
    except WorkbookError as error:
        if error.code != "DR-F015":
            raise
        from workbooks import openpyxl_reader

        book = openpyxl_reader.read(package, data, skip, otherwise=error)
        book.problems.append(Problem("DR-F108", params=(("detail", str(error.params.get("detail", ""))),)))
        return book
