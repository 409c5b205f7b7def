"""How a workbook is spoiled through openpyxl, and the register of every way to do it (intake 3.2, 3.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from simulate.dirt.case import Case, Outcome, of_book, table

if TYPE_CHECKING:
    from collections.abc import Callable

SAME, NOTED, RETURNED, REFUSED = Outcome.SAME, Outcome.NOTED, Outcome.RETURNED, Outcome.REFUSED
_MADE: list[tuple[str, str, Outcome, tuple[str, ...], Any, str | None]] = []


def kind(name: str, form: str, outcome: Outcome, *codes: str, cell: str | None = None) -> Callable[[Any], Any]:
    """Register a function that yields the ways to spoil a workbook in one kind."""

    def register(function: Any) -> Any:
        _MADE.append((name, form, outcome, codes, function, cell))
        return function

    return register


def cases(most: int | None = None) -> list[Case]:
    """Return every registered case, at most `most` variants of one way to do it."""
    found = []
    for name, form, outcome, codes, function, cell in _MADE:
        for variant, spoil in enumerate(function()[:most], 1):
            found.append(of_book(name, variant, form, outcome, codes, spoil, cell=cell))
    return found


def put(address: str, value: Any) -> Any:
    """Return the act of typing a value into one cell of the data sheet."""
    return lambda book: table(book).__setitem__(address, value)


def row_of(sheet: Any, number: int) -> list[Any]:
    """Return the values of a row."""
    return [sheet.cell(number, column).value for column in range(1, sheet.max_column + 1)]


def write(sheet: Any, number: int, values: list[Any]) -> None:
    """Write the values of a row."""
    for column, value in enumerate(values, 1):
        sheet.cell(number, column).value = value
