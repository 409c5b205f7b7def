"""What one piece of dirt is: where it is put, by what hand, and what the intake must make of it."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import openpyxl

from simulate.dirt import office

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

FIRST = 5
FAULTS = ("error", "explain")


class Outcome(StrEnum):
    """What must come of a file."""

    SAME = "same"  # accepted, and its content is that of the sound workbook
    NOTED = "noted"  # accepted with the note or correction named by the codes
    RETURNED = "returned"  # sent back, the codes say why
    REFUSED = "refused"  # not read at all


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One dirty file. One of `codes` must be told, at `cell` of `sheet` if given; `values` must be recorded in row 5.

    `faults` is how many problems an office has to deal with; one cause is one.
    """

    kind: str
    variant: int
    form: str
    data: bytes
    outcome: Outcome
    codes: tuple[str, ...] = ()
    sheet: str | None = None
    cell: str | None = None
    name: str = "报送表.xlsx"
    faults: int = 1
    receiver: str = ""
    roster: dict[str, dict[str, str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dirt:
    """One way to spoil one cell: it can be combined with others in other columns."""

    kind: str
    form: str
    key: str
    typed: Any
    outcome: Outcome
    code: str
    row: int = FIRST
    shown: str = ""
    others: tuple[tuple[str, Any], ...] = ()

    @property
    def sheet(self) -> str:
        """Return the declared name of the sheet."""
        return next(iter(office.rows(self.form)))


def open_form(form: str, data: bytes | None = None) -> openpyxl.Workbook:
    """Return the sound workbook of a form, open for spoiling."""
    return openpyxl.load_workbook(io.BytesIO(data or office.workbook(form)))


def saved(book: openpyxl.Workbook) -> bytes:
    """Return the bytes of a workbook."""
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def table(book: openpyxl.Workbook) -> Any:
    """Return the data sheet of a form: the third."""
    return book.worksheets[2]


def columns(sheet: Any) -> dict[str, int]:
    """Return field key -> column number from the key row."""
    return {str(one.value)[1:]: one.column for one in sheet[4] if one.value and str(one.value).startswith("#")}


def place(form: str, key: str, row: int = FIRST) -> str:
    """Return the address of a field in a sound workbook."""
    from openpyxl.utils import get_column_letter

    from schemas import loader

    keys = [one.key for one in loader.template(form).sheets[0].fields]
    return f"{get_column_letter(keys.index(key) + 2)}{row}"


def put(book: openpyxl.Workbook, one: Dirt) -> None:
    """Put one piece of dirt into the data sheet."""
    sheet = table(book)
    found = columns(sheet)
    for key, typed in ((one.key, one.typed), *one.others):
        cell = sheet.cell(one.row, found[key])
        cell.value = typed
        if isinstance(typed, int | float) and not isinstance(typed, bool):
            cell.number_format = one.shown or "General"
        if isinstance(typed, str) and typed.startswith("="):
            cell.data_type = "f" if one.code in ("DR-C010", "DR-C011") else "s"


def spoiled(form: str, dirt: Iterable[Dirt]) -> bytes:
    """Return a sound workbook with every piece of `dirt` put into it."""
    book = open_form(form)
    for one in dirt:
        put(book, one)
    return saved(book)


def of_cell(one: Dirt, variant: int) -> Case:
    """Return the case of a single dirty cell."""
    return Case(
        kind=one.kind,
        variant=variant,
        form=one.form,
        data=spoiled(one.form, [one]),
        outcome=one.outcome,
        codes=(one.code,) if one.code else (),
        sheet=one.sheet,
        cell=place(one.form, one.key, one.row),
    )


def of_book(
    kind: str,
    variant: int,
    form: str,
    outcome: Outcome,
    codes: tuple[str, ...],
    spoil: Callable[[Any], None],
    **rest: Any,
) -> Case:
    """Return the case of a workbook changed through openpyxl by `spoil`."""
    book = open_form(form)
    spoil(book)
    return Case(kind=kind, variant=variant, form=form, data=saved(book), outcome=outcome, codes=codes, **rest)
