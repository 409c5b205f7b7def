"""Tables as CSV for Excel and WPS: their Chinese is readable, and no cell of somebody else's starts to calculate (ecosystem 3.1)."""

from __future__ import annotations

import csv
import io
import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_STARTS = ("=", "+", "-", "@", "\t", "\r")


def text(rows: Iterable[Sequence[str]]) -> bytes:
    """Return `rows` as CSV with the mark of byte order, lines ended as Windows does."""
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\r\n").writerows([_inert(cell) for cell in row] for row in rows)
    return out.getvalue().encode("utf-8-sig")


def _inert(cell: str) -> str:
    """Return a cell with the mark of a text before what a program would take for a formula; intake takes the mark off again.

    >>> _inert("=1+1"), _inert("-0.5"), _inert("－5％以内")
    ("'=1+1", '-0.5', "'－5％以内")
    """
    if not unicodedata.normalize("NFKC", cell[:1]).startswith(_STARTS):
        return cell
    try:
        float(cell)
    except ValueError:
        return f"'{cell}"
    return cell
