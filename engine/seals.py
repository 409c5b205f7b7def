"""The stamped paper beside a workbook: which workbook it belongs to, when it was made, which version it sealed (D122, D123)."""

from __future__ import annotations

import re
import struct
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

_DAY = r"([12][0-9]{3})[-:]?([01][0-9])[-:]?([0-3][0-9])"
_PDF = re.compile(rb"/CreationDate\s*\(D:" + _DAY.encode())
_XMP = re.compile(rb"<xmp:CreateDate>" + _DAY.encode())
_EXIF = re.compile(rb"([12][0-9]{3}):([01][0-9]):([0-3][0-9]) [0-2][0-9]:[0-5][0-9]:[0-5][0-9]\x00")
_HEAD = 1 << 16
_SCANS = frozenset((".pdf", ".png", ".jpg", ".jpeg", ".gif", ".tif", ".tiff", ".bmp", ".ofd", ".heic"))


def made_on(data: bytes) -> str:
    """Return the ISO day a scan or photo says it was made, '' when it does not say.

    >>> made_on(b"%PDF-1.4 /CreationDate (D:20260518093000+08'00')")
    '2026-05-18'
    """
    if data.startswith(b"%PDF"):
        found = _PDF.search(data) or _XMP.search(data)
    elif data.startswith(b"\xff\xd8\xff"):
        found = _EXIF.search(data[:_HEAD])
    elif data.startswith(b"\x89PNG"):
        return _png_day(data)
    else:
        found = None
    return "-".join(part.decode() for part in found.groups()) if found else ""


def _png_day(data: bytes) -> str:
    at = data.find(b"tIME", 0, _HEAD)
    if at < 0 or len(data) < at + 8:
        return ""
    year, month, day = struct.unpack(">HBB", data[at + 4 : at + 8])
    return f"{year:04d}-{month:02d}-{day:02d}"


def is_scan(name: str) -> bool:
    """Say whether a paper may carry a stamp: a scan or a photo, not a letter that was only written."""
    return PurePosixPath(name).suffix.lower() in _SCANS


def beside(arrivals: Sequence[Mapping[str, Any]], names: Mapping[str, Iterable[str]]) -> dict[int, list[int]]:
    """Return submission -> ids of the papers that came with it: in the same container at the same moment.

    Where several units share a container a paper belongs to the unit whose name stands in its own (`names`: unit -> names).
    """
    groups: dict[tuple[object, object], list[Mapping[str, Any]]] = {}
    for one in arrivals:
        if one["container"]:
            groups.setdefault((one["container"], one["at"]), []).append(one)
    found: dict[int, list[int]] = {}
    for group in groups.values():
        books = {int(str(one["submission"])): str(one["unit"]) for one in group if one["submission"]}
        papers = [one for one in group if one["role"] == "attachment" and is_scan(str(one["name"]))]
        alone = len(set(books.values())) == 1
        for number, unit in books.items():
            own = [one for one in papers if alone or any(name in str(one["name"]) for name in names.get(unit, ()))]
            if own:
                found[number] = [int(str(one["id"])) for one in own]
    return found
