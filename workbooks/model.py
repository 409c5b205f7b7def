"""What a workbook is to us once it has been read: cells with their type, place and raw text. Nothing is decided here."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple


class WorkbookError(Exception):
    """A file that is not a readable workbook of ours; carries an issue `code` (DR-F...) and its parameters."""

    def __init__(self, code: str, **params: object) -> None:
        super().__init__(f"{code} {params}")
        self.code = code
        self.params = params

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuild, (self.code, self.params)


def _rebuild(code: str, params: dict[str, Any]) -> WorkbookError:
    return WorkbookError(code, **params)


class Cell(NamedTuple):
    """One cell. `kind`: text, number, boolean, error, date. `text` is the exact raw text; dates are ISO text.

    `formula` is the formula text or None; a formula without a cached value has kind `formula` and empty text.
    `shown` names the number format where it matters. A named tuple, because a book holds many thousands of them.
    """

    kind: str
    text: str
    formula: str | None = None
    shown: str = ""
    struck: bool = False


@dataclass(slots=True)
class Grid:
    """One worksheet, sparse: `rows[r][c]` with 1-based Excel row and column numbers.

    `tints` names the cells whose format is of a colour that is not ours (`workbooks.tints`).
    """

    name: str
    state: str = "visible"
    rows: dict[int, dict[int, Cell]] = field(default_factory=dict)
    hidden_rows: frozenset[int] = frozenset()
    hidden_columns: frozenset[int] = frozenset()
    merges: tuple[tuple[int, int, int, int], ...] = ()
    comments: dict[tuple[int, int], str] = field(default_factory=dict)
    is_filtered: bool = False
    drawings: int = 0
    tints: dict[tuple[int, int], str] = field(default_factory=dict)


@dataclass(slots=True)
class Book:
    """One workbook: its sheets in order and every place where it can say who it is."""

    format: str
    grids: list[Grid]
    application: str = ""
    properties: dict[str, str] = field(default_factory=dict)
    keywords: str = ""
    names: dict[str, str] = field(default_factory=dict)
    footers: tuple[str, ...] = ()
    problems: list[Problem] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Problem:
    """Something noticed while reading or locating: a code of the issue catalogue, its place and the gaps of its text."""

    code: str
    sheet: str | None = None
    cell: str | None = None
    field: str | None = None
    value: str | None = None
    proposal: str | None = None
    params: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """What a workbook says it is; an empty string means that no carrier said so."""

    template: str = ""
    version: str = ""
    year: str = ""
    period: str = ""
    unit: str = ""
    issue_no: str = ""
    digest: str = ""

    def text(self) -> str:
        """The identity string every carrier holds: template/version/year/period/unit/issue number/digest."""
        return "/".join((self.template, self.version, self.year, self.period, self.unit, self.issue_no, self.digest))


@dataclass(frozen=True, slots=True)
class RawRow:
    """One data row as found: Excel row number, cells by field key, other columns by their heading."""

    number: int
    cells: dict[str, Cell]
    extra: dict[str, str] = field(default_factory=dict)
    is_hidden: bool = False
    is_struck: bool = False


@dataclass(slots=True)
class Located:
    """One table of a template as found in a book: `columns` maps field keys to 1-based column numbers.

    A returned copy that came back adds, by row number, the office's `explanations` and its `decisions` on our proposals
    (采用建议 or 保留原值). `unreadable` names (row number, key) of cells whose content cannot be told (merged, 同上, a
    picture) and whose problem has been told already: nothing more is to be said about them. `totals` are the rows of a total
    (合计) that were set aside, what stands outside the columns of the form under its column letter (D112). `above` are
    the lines over the heading as (address, text).
    """

    sheet: str
    grid: str
    columns: dict[str, int]
    rows: list[RawRow]
    explanations: dict[int, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    decisions: dict[int, str] = field(default_factory=dict)
    unreadable: set[tuple[int, str]] = field(default_factory=set)
    totals: list[RawRow] = field(default_factory=list)
    above: tuple[tuple[str, str], ...] = ()


@dataclass(slots=True)
class Filled:
    """A filled-in workbook of ours: who it says it is, its cover, its tables, and what was odd."""

    identity: Identity
    carriers: dict[str, Identity]
    cover: dict[str, Cell]
    cover_cells: dict[str, str]
    tables: list[Located]
    problems: list[Problem]
    application: str = ""
    format: str = "xlsx"
    printed_unit: str = ""
