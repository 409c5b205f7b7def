"""Excel addresses: column letters and numbers, A1 and (row, column)."""

from __future__ import annotations

import re

_ADDRESS = re.compile(r"\$?([A-Za-z]{1,3})\$?([0-9]{1,7})")


class _Columns(dict[str, int]):
    """Column letters to numbers, computed once each."""

    def __missing__(self, letters: str) -> int:
        number = 0
        for letter in letters.upper():
            number = number * 26 + ord(letter) - 64
        self[letters] = number
        return number


COLUMN = _Columns()


def letters(column: int) -> str:
    """Return the letters of a 1-based column number."""
    text = ""
    while column:
        column, rest = divmod(column - 1, 26)
        text = chr(65 + rest) + text
    return text


def address(row: int, column: int) -> str:
    """Return the A1 address of a 1-based row and column."""
    return f"{letters(column)}{row}"


def split_address(text: str) -> tuple[int, int] | None:
    """Return (row, column) of an A1 address, or None."""
    match = _ADDRESS.fullmatch(text)
    return (int(match[2]), COLUMN[match[1]]) if match else None
