"""One worksheet part to one `Grid`: compiled patterns for the shape Excel, WPS and we write, expat for every other.

The patterns must cover the rows without a gap, or the whole part goes through expat: both roads give the same grid
(tests compare them). Cells without a value are never stored, so a million formatted blanks cost nothing.
"""

from __future__ import annotations

import re
from datetime import date, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING

from workbooks.addresses import COLUMN, address, split_address
from workbooks.gate import CELLS, COLUMNS, MERGES, ROWS, parse
from workbooks.model import Cell, Grid, WorkbookError
from workbooks.xlsx_events import SheetEvents
from workbooks.xlsx_parts import Strings, decode, has_only_entities, unescape
from workbooks.xlsx_rows import TOKEN, WIDTH, row_pattern
from workbooks.xlsx_styles import Style

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

# Tokens are taken from a row, then from more and more rows, up to about this many characters.
_PIECE = 1 << 18
_HIDDEN = re.compile(r' (?:hidden="(?:1|true|on)"|ht="0(?:\.0*)?")')
_PLAIN_ROOT = re.compile(r'<worksheet xmlns="[^"]*"')
_NUMBER = re.compile(r"[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]{1,3})?")
_DDE = re.compile(r"[\w.]+\|")
_WANTED = ("<mergeCell", "<filterColumn", "<oddFooter")
_LONGEST_NUMBER = 64
_LAST_SERIAL = 2_958_466


def date_text(raw: str, *, is_1904: bool) -> str | None:
    """Return a date serial as ISO text, with the time when there is one; None when it is no date."""
    try:
        value = float(raw)
    except ValueError:
        return None
    if not (0 if is_1904 else 1) <= value < _LAST_SERIAL:
        return None
    day, seconds = divmod(round(value * 86_400), 86_400)
    if is_1904:
        shown = (date(1904, 1, 1) + timedelta(days=day)).isoformat()
    elif day == 60:  # the day Excel invented; kept as it is shown, so that the checks can refuse it
        shown = "1900-02-29"
    else:
        shown = (date(1899, 12, 31 if day < 60 else 30) + timedelta(days=day)).isoformat()
    if seconds:
        shown += f"T{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    return shown


class SheetReader:
    """Fills one `Grid` from its XML.

    `styles` is called at most once and only if a cell needs it. After `read`: `footers`, `duplicates`, `has_dde`.
    """

    def __init__(
        self,
        book: str,
        grid: Grid,
        strings: Callable[[], Strings],
        styles: Callable[[], Sequence[Style]],
        *,
        is_1904: bool,
    ) -> None:
        self.book = book
        self.grid = grid
        self.footers: list[str] = []
        self.has_dde = False
        self._load_strings, self._load_styles = strings, styles
        self._strings: Strings | None = None
        self._struck: frozenset[str] | None = None
        self._tints: dict[str, str] = {}
        self._styles: Sequence[Style] | None = None
        self._is_1904 = is_1904
        self._hidden_rows: set[int] = set()
        self._hidden_columns: set[int] = set()
        self._merges: list[tuple[int, int, int, int]] = []
        self._count = 0

    @property
    def duplicates(self) -> int:
        """How many stored cells were overwritten by a later one at the same address."""
        return self._count - sum(map(len, self.grid.rows.values()))

    def read(self, data: bytes, part: str) -> None:
        """Read the part; WorkbookError DR-F015 (damaged), DR-F906 (DOCTYPE), DR-F908, F909, F913 (cells)."""
        if not self._read_plain(data, part):
            self._forget()
            self._parse(data, part)
        self._close()

    def _forget(self) -> None:
        self.grid.rows.clear()
        self.grid.tints.clear()
        self._hidden_rows.clear()
        self._hidden_columns.clear()
        self._merges.clear()
        self.footers.clear()
        self._count = 0

    def _close(self) -> None:
        grid = self.grid
        numbers = list(grid.rows)
        if numbers != sorted(numbers):
            grid.rows = dict(sorted(grid.rows.items()))
        last_row = max(grid.rows, default=0)
        last_column = max((max(cells) for cells in grid.rows.values()), default=0)
        grid.merges = tuple(
            (top, left, min(bottom, last_row), min(right, last_column))
            for top, left, bottom, right in sorted(self._merges)
            if top <= last_row and left <= last_column
        )
        grid.hidden_rows = frozenset(self._hidden_rows)
        grid.hidden_columns = frozenset(self._hidden_columns)

    # The plain shape ---------------------------------------------------------------------------------------------

    def _read_plain(self, data: bytes, part: str) -> bool:
        """Read the rows by patterns and the frame around them by expat; False when the shape is another one."""
        try:
            text = data.decode("utf-8")
        except UnicodeDecodeError:
            return False
        first, last = text.find("<sheetData>"), text.rfind("</sheetData>")
        if first < 0 or last < 0 or "\r" in text or not _PLAIN_ROOT.search(text, 0, 400) or "<!" in text[:first]:
            return False
        first += len("<sheetData>")
        if not has_only_entities(text, first, last):
            return False
        if not self._read_rows(text, first, last):
            return False
        self._note_tints(text, first, last)
        self._parse((text[:first] + _without_rules(text[last:])).encode(), part)
        return True

    def _read_rows(self, text: str, first: int, last: int) -> bool:
        """Store every cell of text[first:last]; False as soon as the patterns leave a gap."""
        has_regular, size = not self._struck_styles(), 0
        while first < last:
            start = first
            if has_regular:
                first = self._regular(text, first, last)
            size = min(2 * size + 500, _PIECE) if first == start else 0
            cut = text.find("</row>", min(first + size, last), last)
            stop = last if cut < 0 else cut + len("</row>")
            if not self._tokens(TOKEN.findall(text, first, stop)):
                return False
            first = stop
        return True

    def _regular(self, text: str, first: int, last: int) -> int:
        """Store rows as long as they have the shape of the row pattern; return the place behind them."""
        rows, shared, match = self.grid.rows, self._plain_shared(), row_pattern().match
        columns = range(1, WIDTH + 1)
        while found := match(text, first, last):
            first = found.end()
            count = found.lastindex or 0
            number, traits, *values = found.groups()[: count + count % 2]
            row = int(number)
            if "hidden" in traits or ' ht="0' in traits:
                self.add_row(row, is_hidden=_HIDDEN.search(traits) is not None)
            cells = rows.get(row) or {}
            for column, index, other in zip(columns, values[::2], values[1::2], strict=False):
                if index:
                    cell = shared.get(index) or self._shared_cell(address(row, column), None, index, None)
                elif other:
                    _, _, name, place, style, kind, formula, raw, inline, _ = TOKEN.findall(other)[0]
                    cell = self._cell(name + place, style, kind, unescape(inline or raw), _formula(formula))
                else:
                    continue
                if cell is not None:
                    cells[column] = cell
                    self._count += 1
            if cells:
                self._check_size(row)
                rows[row] = cells
        return first

    def _tokens(self, tokens: list[tuple[str, ...]]) -> bool:
        rows, shared, struck = self.grid.rows, self._plain_shared(), self._struck_styles()
        row, own_row, cells = 0, "", {}
        for number, traits, column, place, style, kind, formula, raw, inline, gap in tokens:
            if not column:
                if gap:
                    return False
                if number:
                    row, own_row = int(number), number
                    cells = rows.get(row) or {}
                    if "hidden" in traits or ' ht="0' in traits:
                        self.add_row(row, is_hidden=_HIDDEN.search(traits) is not None)
                continue
            if place != own_row:
                return False
            cell = shared.get(raw) if kind == "s" and not formula and style not in struck else None
            if cell is None:
                cell = self._cell(column + place, style, kind, unescape(inline or raw), _formula(formula))
                if cell is None:
                    continue
            if not cells:
                self._check_size(row)
                rows[row] = cells
            if COLUMN[column] > COLUMNS:
                self._refuse_place(row, COLUMN[column])
            cells[COLUMN[column]] = cell
            self._count += 1
        return True

    def _note_tints(self, text: str, first: int, last: int) -> None:
        """Note the filled cells whose format has a colour; a pass of its own, since few workbooks have any."""
        if not self._tints:
            return
        coloured = re.compile(rf'<c r="([A-Z]+)([0-9]+)" s="({"|".join(self._tints)})"[^>/]*>')
        for name, number, style in coloured.findall(text, first, last):
            row, column = int(number), COLUMN[name]
            if column in self.grid.rows.get(row, ()):
                self.grid.tints[row, column] = self._tints[style]

    def _plain_shared(self) -> dict[str, Cell]:
        """Return the cells of all shared strings that are neither empty nor struck, by their index as text."""
        return self._strings_of_book().cells

    def _struck_styles(self) -> frozenset[str]:
        """Return the indices, as text, of the formats that strike their text through; sets those that have a colour apart."""
        if self._struck is None:
            self._styles = self._load_styles()
            self._struck = frozenset(str(number) for number, one in enumerate(self._styles) if one.is_struck)
            self._tints = {str(number): one.tint for number, one in enumerate(self._styles) if one.tint}
        return self._struck

    # Every other shape -------------------------------------------------------------------------------------------

    def _parse(self, data: bytes, part: str) -> None:
        parser = SheetEvents(self)
        parse(data, self.book, part, parser.start, end=parser.end, text=parser.text)

    def add(self, place: tuple[int, int], given: dict[str, str], raw: str | None, formula: str | None) -> None:
        """Store the cell that expat found at `place` (row, column) with the attributes `given`."""
        row, column = place
        cell = self._cell(address(row, column), given.get("s"), given.get("t"), raw, formula)
        if cell is not None:
            if column > COLUMNS:
                self._refuse_place(row, column)
            if row not in self.grid.rows:
                self._check_size(row)
                self.grid.rows[row] = {}
            self.grid.rows[row][column] = cell
            self._count += 1
            if tint := self._style(given.get("s")).tint:
                self.grid.tints[place] = tint

    def add_row(self, row: int, *, is_hidden: bool) -> None:
        """Note a row that is hidden or has no height."""
        if is_hidden:
            self._hidden_rows.add(row)

    def add_columns(self, first: int, last: int) -> None:
        """Note hidden columns."""
        self._hidden_columns.update(range(first, min(last, COLUMNS) + 1))

    def add_merge(self, reference: str) -> None:
        """Note a merged range."""
        corners = [split_address(corner) for corner in reference.split(":")]
        if len(self._merges) >= MERGES:
            raise WorkbookError("DR-F913", name=self.book, limit=MERGES)
        places = [corner for corner in corners if corner]
        if len(corners) == len(places) == 2:
            (top, left), (bottom, right) = places
            self._merges.append((top, left, bottom, right))

    # Cells -------------------------------------------------------------------------------------------------------

    def _check_size(self, row: int) -> None:
        if row > ROWS:
            self._refuse_place(row, 1)
        if self._count > CELLS:
            raise WorkbookError("DR-F913", name=self.book, limit=CELLS)

    def _refuse_place(self, row: int, column: int) -> None:
        raise WorkbookError(
            "DR-F908", sheet=self.grid.name, cell=address(row, column), rows=f"{ROWS:,}", columns=COLUMNS
        )

    def refuse_cell(self, place: str, detail: str) -> None:
        """Raise DR-F909: what this cell holds cannot be told."""
        raise WorkbookError("DR-F909", sheet=self.grid.name, cell=place, detail=detail)

    def _cell(
        self, place: str, style: str | None, kind: str | None, raw: str | None, formula: str | None
    ) -> Cell | None:
        """Return the cell, or None when it holds nothing."""
        if formula is not None and "|" in formula and _DDE.match(formula.lstrip("=")):
            self.has_dde = True
        if kind == "s":
            return self._shared_cell(place, style, raw, formula)
        if kind in ("str", "inlineStr"):
            text = decode(raw) if raw else ""
            return Cell("text", text, formula, "", self._is_struck(style)) if text or formula is not None else None
        if not raw:
            return None if formula is None else Cell("formula", "", formula)
        if kind == "b":
            return Cell("boolean", "TRUE" if raw.strip() in ("1", "true") else "FALSE", formula)
        if kind == "e":
            return Cell("error", raw, formula)
        if kind == "d":
            return Cell("date", raw.removesuffix("T00:00:00"), formula, "", self._is_struck(style))
        return self._number_cell(style, raw.strip(), formula)

    def _shared_cell(self, place: str, style: str | None, raw: str | None, formula: str | None) -> Cell | None:
        strings = self._strings_of_book()
        number = (raw or "").strip()
        if not (number.isascii() and number.isdigit()) or int(number) >= len(strings.texts):
            self.refuse_cell(place, f"共享文字序号 {number[:20]} 不存在")
        index = int(number)
        text = strings.texts[index]
        if not text and formula is None:
            return None
        return Cell("text", text, formula, "", self._is_struck(style) or index in strings.struck)

    def _strings_of_book(self) -> Strings:
        if self._strings is None:
            self._strings = self._load_strings()
        return self._strings

    def _number_cell(self, style: str | None, raw: str, formula: str | None) -> Cell:
        if len(raw) > _LONGEST_NUMBER or not _NUMBER.fullmatch(raw):
            return Cell("text", raw, formula)
        traits = self._style(style)
        if traits.is_date:
            shown = date_text(raw, is_1904=self._is_1904)
            if shown is not None:
                return Cell("date", shown, formula, traits.format, traits.is_struck)
        return Cell("number", raw, formula, traits.format, traits.is_struck)

    def _is_struck(self, style: str | None) -> bool:
        return self._style(style).is_struck

    def _style(self, style: str | None) -> Style:
        if self._styles is None:
            self._styles = self._load_styles()
        number = int(style) if style else 0
        return self._styles[number] if number < len(self._styles) else _GENERAL


_GENERAL = Style()


@lru_cache(maxsize=4096)
def _formula(element: str) -> str | None:
    """Return the text of a whole `<f>` element, None for no element.

    Kept, because every workbook of one template brings the same self-checking formulas.
    """
    if not element:
        return None
    return "" if element.endswith("/>") else unescape(element[element.index(">") + 1 : -len("</f>")])


def _without_rules(tail: str) -> str:
    """Return what follows the rows without conditional formats and validations: the bulk of a template, never read."""
    for name in ("conditionalFormatting", "dataValidations"):
        first, last = tail.find(f"<{name}"), tail.rfind(f"</{name}>")
        if 0 <= first < last and not any(wanted in tail[first:last] for wanted in _WANTED):
            tail = tail[:first] + tail[last + len(name) + 3 :]
    return tail
