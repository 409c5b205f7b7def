"""The gate before any reader: a zip container behind limits, and XML parsing that refuses a DOCTYPE.

Everything is decided from the central directory, and no part can be inflated beyond the size it declares there,
so a bomb is refused before a byte of it is unpacked. Nothing is ever written to disk.
"""

from __future__ import annotations

import posixpath
import struct
import zipfile
import zlib
from io import BytesIO
from typing import TYPE_CHECKING
from xml.parsers import expat

from workbooks.model import WorkbookError

if TYPE_CHECKING:
    from collections.abc import Callable

MEGABYTE = 1024 * 1024
FILE_LIMIT = 20 * MEGABYTE
PART_LIMIT = 100 * MEGABYTE
TOTAL_LIMIT = 200 * MEGABYTE
PARTS = 300
DIRECTORY_LIMIT = PARTS * 1024
# An honest repetitive ledger deflates to 7 %, a bomb to 0.1 %; tiny style sheets may be below 1 %, hence the grace.
RATIO = 0.01
RATIO_GRACE = 100 * 1024
SHEETS = 64
ROWS = 200_000
COLUMNS = 512
CELLS = 2_500_000
MERGES = 100_000

ZIP_FAULTS = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError, ValueError, RuntimeError)
"""What the zip module raises for a damaged container; RuntimeError for a version, a method or a cipher it does not know."""

_END = b"PK\x05\x06"
_WIDE_END, _WIDE_LOCATOR = b"PK\x06\x06", b"PK\x06\x07"
_LOCAL = struct.Struct("<4s22xHH")


class Package:
    """The parts of one zip container, readable one by one within the limits of the gate.

    Raises WorkbookError: DR-F002 (not a whole zip), F901-F905, F910, F911.
    """

    def __init__(self, data: bytes, name: str) -> None:
        self.name = name
        self._data = data
        self._parts = _directory(data, name)
        self._lower = {part.lower(): part for part in self._parts}
        self.names = tuple(self._parts)

    def find(self, part: str) -> str | None:
        """Return the stored spelling of `part` (package names ignore case) or None."""
        return part if part in self._parts else self._lower.get(part.lower())

    def read(self, part: str) -> bytes:
        """Return the inflated bytes of `part`; KeyError when it is missing, WorkbookError when it lies or is damaged."""
        found = self.find(part)
        if found is None:
            raise KeyError(part)
        entry = self._parts[found]
        start = entry.header_offset
        try:
            magic, name_length, extra_length = _LOCAL.unpack_from(self._data, start)
        except struct.error:
            raise WorkbookError("DR-F002", name=self.name) from None
        if magic != b"PK\x03\x04":
            raise WorkbookError("DR-F911", name=self.name, part=found)
        start += 30 + name_length + extra_length
        packed = self._data[start : start + entry.compress_size]
        is_stored = entry.compress_type == zipfile.ZIP_STORED
        plain = packed if is_stored else self._inflate(packed, entry.file_size, found)
        if len(plain) != entry.file_size:
            raise WorkbookError("DR-F911", name=self.name, part=found)
        if zlib.crc32(plain) != entry.CRC:
            raise WorkbookError("DR-F015", name=self.name, detail=f"{found} 校验和不符")
        return plain

    def _inflate(self, packed: bytes, size: int, part: str) -> bytes:
        """Inflate at most one byte more than declared: enough to know that the declared size is a lie."""
        try:
            return zlib.decompressobj(-15).decompress(packed, size + 1)
        except zlib.error:
            raise WorkbookError("DR-F015", name=self.name, detail=f"{part} 无法解压") from None


def _directory(data: bytes, name: str) -> dict[str, zipfile.ZipInfo]:
    """Return the entries by normalised name after every check that needs no inflating."""
    if len(data) > FILE_LIMIT:
        raise WorkbookError("DR-F901", name=name, size=f"{len(data) / MEGABYTE:.1f}", limit=FILE_LIMIT // MEGABYTE)
    _check_end_record(data, name)
    try:
        entries = zipfile.ZipFile(BytesIO(data)).infolist()
    except ZIP_FAULTS:
        raise WorkbookError("DR-F002", name=name) from None
    if len(entries) > PARTS:  # whatever the end record says
        raise WorkbookError("DR-F902", name=name, count=len(entries), limit=PARTS)
    parts: dict[str, zipfile.ZipInfo] = {}
    seen: set[str] = set()
    total = packed = 0
    for entry in entries:
        part = entry.filename.replace("\\", "/")
        _check_entry(entry, part, name)
        total += entry.file_size
        packed += entry.compress_size
        if part.lower() in seen:
            raise WorkbookError("DR-F905", name=name, part=part[:80])
        seen.add(part.lower())
        parts[part] = entry
    if total > TOTAL_LIMIT:
        raise WorkbookError("DR-F904", name=name, limit=TOTAL_LIMIT // MEGABYTE, part="合计")
    if packed > len(data):  # parts that overlap: the other way to build a bomb
        raise WorkbookError("DR-F911", name=name, part="多个部分重叠")
    return {part: entry for part, entry in parts.items() if not part.endswith("/")}


def _check_end_record(data: bytes, name: str) -> None:
    """Look at the end record before zipfile walks the directory: a million entries must not be walked."""
    end = data.rfind(_END)
    if end < 0 or len(data) < end + 22:
        raise WorkbookError("DR-F002", name=name)
    count, size = struct.unpack_from("<HI", data, end + 10)
    wide = end - 76  # where zipfile looks for the longer record of zip64, which then speaks instead
    if wide >= 0 and data[end - 20 : end - 16] == _WIDE_LOCATOR and data[wide : wide + 4] == _WIDE_END:
        count, size = struct.unpack_from("<QQ", data, wide + 32)
    if count > PARTS or size > DIRECTORY_LIMIT:
        raise WorkbookError("DR-F902", name=name, count=count, limit=PARTS)


def _check_entry(entry: zipfile.ZipInfo, part: str, name: str) -> None:
    shown = part[:80]
    if not part or part.startswith("/") or ":" in part[:3] or ".." in part.split("/") or "\x00" in part:
        raise WorkbookError("DR-F905", name=name, part=shown)
    if entry.flag_bits & 0x1:
        raise WorkbookError("DR-F910", name=name, part=shown)
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise WorkbookError("DR-F015", name=name, detail=f"{shown} 的压缩方式不受支持")
    if entry.file_size > RATIO_GRACE and entry.compress_size < entry.file_size * RATIO:
        raise WorkbookError("DR-F903", name=name, part=shown)
    if entry.file_size > PART_LIMIT:
        raise WorkbookError("DR-F904", name=name, limit=PART_LIMIT // MEGABYTE, part=shown)


def resolve(base: str, target: str) -> str:
    """Return the part a relationship of the part `base` points to; absolute targets start at the root."""
    if target.startswith("/"):
        return posixpath.normpath(target).lstrip("/")
    return posixpath.normpath(posixpath.join(posixpath.dirname(base), target))


def parse(
    data: bytes,
    name: str,
    part: str,
    start: Callable[[str, dict[str, str]], None],
    *,
    end: Callable[[str], None] | None = None,
    text: Callable[[str], None] | None = None,
) -> None:
    """Parse one XML part with expat; names arrive as `namespace}local`.

    Raises WorkbookError DR-F906 at a DOCTYPE (before any entity could act), DR-F015 when it is not well-formed.
    """
    parser = expat.ParserCreate(namespace_separator="}")
    parser.buffer_text = True
    parser.StartElementHandler = start
    if end is not None:
        parser.EndElementHandler = end
    if text is not None:
        parser.CharacterDataHandler = text

    def refuse(*_: object) -> None:
        raise WorkbookError("DR-F906", name=name, part=part)

    parser.StartDoctypeDeclHandler = refuse
    try:
        parser.Parse(data, True)
    except (expat.ExpatError, UnicodeError, LookupError, ValueError) as error:
        raise WorkbookError("DR-F015", name=name, detail=f"{part} 不是合格的 XML：{_place(error)}") from None


def _place(error: Exception) -> str:
    line, column = getattr(error, "lineno", None), getattr(error, "offset", None)
    return f"第 {line} 行第 {column} 个字符" if line is not None else "编码错误"


def local(name: str) -> str:
    """Return the local part of a `namespace}local` name."""
    return name.rpartition("}")[2]
