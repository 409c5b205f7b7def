"""Workbooks of the binary kind (xlsb, [MS-XLSB]), made without any office program, laid out as Excel lays them out."""

from __future__ import annotations

import io
import struct
import zipfile
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from openpyxl.utils.datetime import to_excel
from openpyxl.writer.excel import save_workbook

if TYPE_CHECKING:
    from collections.abc import Iterable

_STATES = {"hidden": 1, "veryHidden": 2}
_GENERAL, _DATE = 0, 1  # places in the list of cell formats
_MAIN = "application/vnd.ms-excel"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def xlsb(book: Any) -> bytes:
    """Return an openpyxl workbook as an .xlsb file: sheets with their states, shared texts, numbers, dates, truths
    and the document properties; formulas and merged cells are left out."""
    texts: dict[str, int] = {}
    sheets = [_sheet(one, texts) for one in book.worksheets]
    bundles = [
        _record(156, struct.pack("<II", _STATES.get(one.sheet_state, 0), at) + _wide(f"rId{at}") + _wide(one.title))
        for at, one in enumerate(book.worksheets, 1)
    ]
    names = [f"worksheets/sheet{at}.bin" for at in range(1, len(sheets) + 1)]
    names += ["sharedStrings.bin", "styles.bin"]
    kinds = [*["worksheet"] * len(sheets), "sharedStrings", "styles"]
    parts = dict(zip(names, [*sheets, _shared(texts), _styles()], strict=True))
    relations = "".join(
        f'<Relationship Id="rId{at}" Type="{_OFFICE}/{kind}" Target="{name}"/>'
        for at, (kind, name) in enumerate(zip(kinds, names, strict=True), 1)
    )
    return _package(
        book,
        {
            "xl/workbook.bin": _records(131, _record(143), *bundles, _record(144), _record(132)),
            "xl/_rels/workbook.bin.rels": _HEAD
            + f'<Relationships xmlns="{_PACKAGE}/relationships">{relations}</Relationships>'.encode(),
            **{f"xl/{name}": data for name, data in parts.items()},
        },
        [(f"/xl/{name}", f"{_MAIN}.{kind}") for name, kind in zip(names, kinds, strict=True)],
    )


_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_HEAD = b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\r\n'


def _package(book: Any, parts: dict[str, bytes], kinds: Iterable[tuple[str, str]]) -> bytes:
    """Return the zip: the new parts, and what the workbook has in common with an .xlsx (its properties)."""
    plain = io.BytesIO()
    save_workbook(book, plain)
    types = "".join(f'<Override PartName="{name}" ContentType="{kind}"/>' for name, kind in kinds)
    out = io.BytesIO()
    with zipfile.ZipFile(plain) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        kept = [one for one in old.namelist() if one.startswith("docProps/")]
        own = {
            "core.xml": "application/vnd.openxmlformats-package.core-properties+xml",
            "app.xml": "application/vnd.openxmlformats-officedocument.extended-properties+xml",
            "custom.xml": "application/vnd.openxmlformats-officedocument.custom-properties+xml",
        }
        types += "".join(f'<Override PartName="/{one}" ContentType="{own[one.partition("/")[2]]}"/>' for one in kept)
        new.writestr(
            "[Content_Types].xml",
            _HEAD
            + f'<Types xmlns="{_PACKAGE}/content-types"><Default Extension="rels" '
            f'ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="bin" '
            f'ContentType="{_MAIN}.sheet.binary.macroEnabled.main"/>{types}</Types>'.encode(),
        )
        new.writestr("_rels/.rels", old.read("_rels/.rels").replace(b"xl/workbook.xml", b"xl/workbook.bin"))
        for name in kept:
            new.writestr(name, old.read(name))
        for name, data in parts.items():
            new.writestr(name, data)
    return out.getvalue()


def _sheet(sheet: Any, texts: dict[str, int]) -> bytes:
    found = [
        _record(148, struct.pack("<4I", 0, sheet.max_row - 1, 0, sheet.max_column - 1)),
        _record(145),
    ]
    for number, row in enumerate(sheet.iter_rows()):
        cells = [one for one in (_cell(cell, texts) for cell in row) if one]
        if cells:
            span = struct.pack("<III", 1, 0, sheet.max_column - 1)
            found += [_record(0, struct.pack("<IIHHB", number, 0, 300, 0, 0) + span), *cells]
    return _records(129, *found, _record(146), _record(130))


def _cell(cell: Any, texts: dict[str, int]) -> bytes:
    value = cell.value
    if value is None or cell.data_type == "f":
        return b""
    place = struct.pack("<II", cell.column - 1, _DATE if isinstance(value, date | datetime) else _GENERAL)
    if isinstance(value, bool):
        return _record(4, place + bytes([value]))
    if isinstance(value, int | float):
        return _record(5, place + struct.pack("<d", value))
    if isinstance(value, date | datetime):
        return _record(5, place + struct.pack("<d", to_excel(value)))
    return _record(7, place + struct.pack("<I", texts.setdefault(str(value), len(texts))))


def _shared(texts: dict[str, int]) -> bytes:
    items = [_record(19, b"\0" + _wide(one)) for one in texts]
    return _records(159, *items, _record(160), data=struct.pack("<II", len(texts), len(texts)))


def _styles() -> bytes:
    """Return the two cell formats in use: general, and a date of the kind every program knows (14)."""
    font = (
        struct.pack("<HHHHBBBB", 220, 0, 400, 0, 0, 2, 134, 0)
        + bytes([1, 0, 0, 0, 0, 0, 0, 255])
        + b"\2"
        + _wide("宋体")
    )
    fill = struct.pack("<I", 0) + bytes(64)
    border = bytes(1) + bytes(10) * 5
    look = [struct.pack("<HHHHHBBHH", 0xFFFF, number, 0, 0, 0, 0, 0, 0, 0) for number in (0,)]
    used = [struct.pack("<HHHHHBBHH", 0, number, 0, 0, 0, 0, 0, 0, 1) for number in (0, 14)]
    lists = (
        (611, 43, [font], 612),
        (603, 45, [fill], 604),
        (613, 46, [border], 614),
        (626, 47, look, 627),
        (617, 47, used, 618),
    )
    inside = [
        part
        for begin, kind, entries, end in lists
        for part in (
            _record(begin, struct.pack("<I", len(entries))),
            *(_record(kind, one) for one in entries),
            _record(end),
        )
    ]
    return _records(278, *inside, _record(279))


def _records(first: int, *rest: bytes, data: bytes = b"") -> bytes:
    return b"".join((_record(first, data), *rest))


def _record(number: int, data: bytes = b"") -> bytes:
    """Return one record: its number in one or two bytes of seven bits, its length in up to four."""
    head = bytes([number]) if number < 128 else bytes([number & 0x7F | 0x80, number >> 7])
    length = len(data)
    while length > 127:
        head += bytes([length & 0x7F | 0x80])
        length >>= 7
    return head + bytes([length]) + data


def _wide(text: str) -> bytes:
    encoded = text.encode("utf-16-le")
    return struct.pack("<I", len(encoded) // 2) + encoded
