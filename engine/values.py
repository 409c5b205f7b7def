"""How normalised values of a row are read: text, yes or no, several codes, whole numbers, days, exact ratios.

A register keeps str, int, bool or None; pandas turns None into NaN on the way. Everything that judges rows reads through
these functions, so that a blank and 未掌握 mean the same everywhere.
"""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pandas import DataFrame

Row = dict[str, Any]
UNKNOWN = "未掌握"
_SEPARATORS = re.compile(r"[；;、，,\n]+")


def text(value: object) -> str:
    """Return `value` as text without outer blanks; a blank, None and NaN are ''."""
    if value is None or value != value:  # noqa: PLR0124 - NaN alone differs from itself
        return ""
    return str(value).strip()


def yes(value: object) -> bool:
    """Return whether a 是/否 cell says 是."""
    return value is True or text(value) in ("是", "True", "true", "1")


def no(value: object) -> bool:
    """Return whether a 是/否 cell says 否; a blank says neither."""
    return value is False or text(value) in ("否", "False", "false", "0")


def several(value: object) -> tuple[str, ...]:
    """Return the values of a cell that holds several.

    >>> several("公证；司法鉴定")
    ('公证', '司法鉴定')
    """
    return tuple(part.strip() for part in _SEPARATORS.split(text(value)) if part.strip())


def whole(value: object) -> int | None:
    """Return the whole number of a cell, None for a blank, 未掌握 or anything else."""
    shown = text(value)
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return int(shown) if re.fullmatch(r"-?\d+", shown) else None


def ratio(value: object) -> Fraction | None:
    """Return a percent cell (`5`, `2.5`) as an exact fraction of one, None for a blank or 未掌握 (X21).

    >>> ratio("7")
    Fraction(7, 100)
    """
    try:
        return Fraction(Decimal(text(value))) / 100
    except (InvalidOperation, ValueError):
        return None


def day(value: object) -> date | None:
    """Return the day of an ISO date or timestamp cell, None for a blank."""
    try:
        return date.fromisoformat(text(value)[:10])
    except ValueError:
        return None


def rows(frame: DataFrame) -> list[Row]:
    """Return the rows of `frame` as dictionaries in order, blanks as None."""
    names = [str(name) for name in frame.columns]
    columns = [[None if one != one else one for one in frame[name].tolist()] for name in frame.columns]  # noqa: PLR0124
    return [dict(zip(names, cells, strict=True)) for cells in zip(*columns, strict=True)]


def by(given: Iterable[Row], key: str) -> dict[str, Row]:
    """Return `given` by the text of `key`; the last of equal keys stays."""
    return {text(row.get(key)): row for row in given}


def percent(numerator: int, denominator: int | None) -> str:
    """Return `numerator`/`denominator` as a percentage with two decimals, '—' without a denominator.

    What is short of the whole is never rounded up to 100.

    >>> percent(97, 98), percent(99999, 100000)
    ('98.98%', '99.99%')
    """
    if not denominator:
        return "—"
    hundredths = (numerator * 20000 + denominator) // (2 * denominator)
    if numerator < denominator:
        hundredths = min(hundredths, 9999)
    return f"{hundredths // 100}.{hundredths % 100:02d}%"
