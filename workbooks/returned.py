"""Writes the copy that goes back: what to do in plain words, every place marked, ready to be corrected and sent again.

It is rebuilt from the current template with the sender's raw values (intake 5.5): never their file repainted, so nothing
of it can break, and never our corrections, so nothing of theirs is changed unseen. Rows keep their numbers where the
form has room for them, so that a place named in the list is the place in the original.
"""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING, Any

from workbooks import asked, front, reasons
from workbooks.marks import COMMENTS, FILLS, ORDER, SIGNS, Mark, ReturnSummary, by_severity, on_cover, words, worst_of
from workbooks.reasons import SHEET
from workbooks.row_writer import Digits, row_by_row
from workbooks.selfcheck import FIRST_ROW, letters
from workbooks.template import CREATED, EXPLAIN_COLUMN, Writer, prepared

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from schemas.declare import Field, Sheet, Template, Unit
    from workbooks.model import Cell, Filled, Identity, Located, RawRow

__all__ = ["ADOPT", "KEEP", "SHEET", "Mark", "ReturnSummary", "write"]

ADOPT, KEEP = "采用建议", "保留原值"
# The row of the visible headings of a table.
_HEADING = FIRST_ROW - 2
# Empty rows that are ready below the last one, whatever the form prepares.
_SPARE = 5
# Up to so many rows the parts are kept in memory, which is faster than temporary files.
_SMALL = 5000
_NOTE = {"author": "", "x_scale": 2, "y_scale": 1.5}
# Rows keep their numbers unless the sender left more empty rows than this, beyond one for each that is filled.
_GAPS = 300
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]+)?")


def write(
    template: Template,
    identity: Identity,
    filled: Filled,
    marks: Sequence[Mark],
    summary: ReturnSummary,
    *,
    unit: Unit | None = None,
    year: int | str = "",
    deadline: str = "",
    quota: int | None = None,
    choices: Mapping[str, Sequence[str]] | None = None,
) -> bytes:
    """Return the workbook; byte-identical for equal input."""
    import xlsxwriter

    out = io.BytesIO()
    is_small = sum(len(one.rows) for one in filled.tables) < _SMALL
    options = {
        "in_memory": is_small,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    book = xlsxwriter.Workbook(out, options)
    book.set_properties({"title": template.title, "keywords": identity.text(), "created": CREATED, "author": "台账"})
    book.set_custom_property("taizhang_id", identity.text(), "text")
    writer = Returned(book, template, identity, unit, str(year or identity.year), deadline, quota, dict(choices or {}))
    writer.place(filled.tables, marks)
    writer.noted = {
        one.field: front.Noted(FILLS[one.severity], words([one]), one.proposal or "") for one in marks if on_cover(one)
    }
    writer.values = {key: cell.text for key, cell in filled.cover.items()}
    reasons.write(writer, summary, marks)
    front.guide(writer)
    front.cover(writer, writer.values)
    tables = {one.sheet: one for one in filled.tables}
    for sheet in template.sheets:
        writer.marked_table(sheet, tables.get(sheet.name))
    writer.code_lists()
    writer.meta([(asked.KEY, piece) for piece in asked.text(filled, identity, writer.rows)])
    book.close()
    return out.getvalue()


class Returned(Writer):
    """The template writer, which also knows where every row of the sender now stands and what is said about it."""

    def place(self, tables: Sequence[Located], marks: Sequence[Mark]) -> None:
        """Settle where every row of the sender will stand, and which marks belong to it."""
        self.values: dict[str, str] = {}
        self.rows: dict[tuple[str, int], int] = {}
        self.sent: dict[tuple[str, int], RawRow] = {}
        self.styles: dict[tuple[str, str, bool], Any] = {}
        self.explained = {table.sheet: table.explanations for table in tables}
        # What a merge, 同上 or a picture left unsaid is told once, at the first cell; each of the cells is to be filled in.
        self.unsaid = {(table.sheet, *place) for table in tables for place in table.unreadable}
        for table in tables:
            numbers = [row.number for row in table.rows]
            keeps = not numbers or (min(numbers) >= FIRST_ROW and max(numbers) < 2 * len(numbers) + _GAPS)
            for at, row in enumerate(table.rows):
                stands = row.number if keeps else FIRST_ROW + at
                self.rows[table.sheet, row.number] = stands
                self.sent[table.sheet, stands] = row
        self.marks: dict[tuple[str, int], list[Mark]] = {}
        for mark in marks:
            if mark.sheet is not None and mark.row is not None:
                self.marks.setdefault((mark.sheet, mark.row), []).append(mark)
        self.touched = {(mark.sheet, mark.field) for mark in marks}
        self.commented = self._commented(marks)

    def _commented(self, marks: Sequence[Mark]) -> dict[str, set[tuple[int, str | None]]]:
        """Return sheet -> the (row of the original, field) that get a comment: the first thousand, the worst first."""
        found: dict[str, set[tuple[int, str | None]]] = {}
        for severity in ORDER:
            for mark in marks:
                if mark.severity == severity and (mark.sheet or "", mark.row or 0) in self.rows:
                    places = found.setdefault(mark.sheet or "", set())
                    if len(places) < COMMENTS:
                        places.add((mark.row or 0, mark.field))
        return found

    def target(self, mark: Mark) -> tuple[str, str, str] | None:
        """Return (sheet title, address, what it is called) of a mark in this workbook, None when it has no single place."""
        sheet = next((one for one in self.template.sheets if one.name == mark.sheet), None)
        if sheet is None:
            place = front.place(mark.field or "", self.values)
            return ("封面", place, place) if on_cover(mark) else None
        keys = [one.key for one in sheet.fields]
        column = letters(keys.index(mark.field) + 1 if mark.field in keys else 0)
        row = self.rows.get((sheet.name, mark.row or 0))
        if row is not None:
            return sheet.title, f"{column}{row}", f"{column}{row}"
        if mark.field in keys:
            return sheet.title, f"{column}{_HEADING}", f"{column} 列"
        return sheet.title, f"A{FIRST_ROW}", f"A{FIRST_ROW}"

    def marked_table(self, one: Sheet, table: Located | None) -> None:
        """Write one table with the sender's values, its marks, the decision column and the explanation column."""
        filled = self._filled(one, table)
        last = max(*prepared(one, filled), max(filled, default=FIRST_ROW) + _SPARE)
        sheet = self.table(one, filled, last_row=last)
        check, explain = len(one.fields) + 1, len(one.fields) + 2
        self.own_column(sheet, check, "处理", "_check", 12)
        self.own_column(sheet, explain, *EXPLAIN_COLUMN)
        sheet.print_area(0, 0, last - 1, explain)
        lines = {"type": "formula", "criteria": "=TRUE", "format": self.format(border=1)}
        sheet.conditional_format(FIRST_ROW - 1, check, last - 1, explain, lines)
        proposed = (at for (name, at), row in self.sent.items() if name == one.name and self._proposes(one, row))
        for first, last in _runs(proposed):
            sheet.data_validation(
                first - 1,
                check,
                last - 1,
                check,
                {"validate": "list", "source": [ADOPT, KEEP], "error_type": "warning"},
            )

    def _proposes(self, one: Sheet, row: RawRow) -> bool:
        return any(mark.proposal for mark in self.marks.get((one.name, row.number), ()))

    def _filled(self, one: Sheet, table: Located | None) -> dict[int, dict[str, str]]:
        rows = table.rows if table else ()
        return {self.rows[one.name, row.number]: {key: cell.text for key, cell in row.cells.items()} for row in rows}

    def row(self, sheet: Any, one: Sheet, at: int, values: Mapping[str, Any]) -> None:
        """Write what the sender typed in a row, every cell once, with its marks and the sign that says that it has some."""
        sent = self.sent[one.name, at]
        marks = self.marks.get((one.name, sent.number), ())
        said: dict[str | None, list[Mark]] = {}
        for mark in marks:
            said.setdefault(mark.field, []).append(mark)
        has_unsaid = False
        for column, field in enumerate(one.fields, 1):
            own = said.pop(field.key, None)
            cell = sent.cells.get(field.key)
            is_unsaid = not own and (one.name, sent.number, field.key) in self.unsaid
            has_unsaid = has_unsaid or is_unsaid
            if own or is_unsaid or (cell is not None and cell.text):
                self._cell(sheet, at - 1, column, cell, worst_of(own) if own else "error" if is_unsaid else "")
                if own and self._has_comment(one, sent, field.key):
                    sheet.write_comment(at - 1, column, words(own), _NOTE)
        if marks or has_unsaid:
            self._decision(sheet, one, at - 1, sent, marks, said)
        explained = self.explained[one.name].get(sent.number)
        if explained:
            sheet.write_string(at - 1, len(one.fields) + 2, explained, self._style("", "@", is_struck=False))

    def _has_comment(self, one: Sheet, sent: RawRow, field: str | None) -> bool:
        return (sent.number, field) in self.commented[one.name]

    def _cell(self, sheet: Any, row: int, column: int, cell: Cell | None, worst: str) -> None:
        is_struck = cell is not None and cell.struck  # a question about a struck row must be asked again
        if cell is None or not cell.text:
            sheet.write_blank(row, column, None, self._style(worst, "@", is_struck))
        elif cell.kind == "number" and _is_plain(cell.text):
            sheet.write_number(row, column, Digits(cell.text), self._style(worst, "General", is_struck))
        else:
            sheet.write_string(row, column, cell.text, self._style(worst, "@", is_struck))

    def _style(self, worst: str, number: str, is_struck: bool) -> Any:
        key = (worst, number, is_struck)
        if key not in self.styles:
            fill = {"bg_color": FILLS[worst]} if worst else {}
            struck = {"font_strikeout": True} if is_struck else {}
            self.styles[key] = self.format(num_format=number, locked=False, text_wrap=True, **fill, **struck)
        return self.styles[key]

    def _decision(
        self,
        sheet: Any,
        one: Sheet,
        row: int,
        sent: RawRow,
        marks: Sequence[Mark],
        loose: Mapping[str | None, list[Mark]],
    ) -> None:
        """Write the sign of a row; behind it what no comment says. `loose` are the marks of no column of the form."""
        worst, column = worst_of(marks) if marks else "error", len(one.fields) + 1
        untold = [mark for mark in by_severity(marks) if not self._has_comment(one, sent, mark.field)]
        text = words(untold).replace("\n", " ")
        if not text.startswith(SIGNS[worst]):
            text = f"{SIGNS[worst]} {text}".strip()
        style = self.format(
            bg_color=FILLS[worst], locked=False, num_format="@", **({} if untold else {"align": "center"})
        )
        sheet.write_string(row, column, text, style)
        told = [mark for many in loose.values() for mark in many if self._has_comment(one, sent, mark.field)]
        if told:
            sheet.write_comment(row, column, words(told), _NOTE)

    def page_type(self) -> type:
        """Return a worksheet that keeps a row as its text: whatever an office sends must go back."""
        return row_by_row(FIRST_ROW - 1)

    def grey(self, one: Sheet, field: Field) -> str:
        """Return when the cells of a field that is filled in beforehand are grey: a fill of ours below must be seen."""
        if (one.name, field.key) not in self.touched:
            return super().grey(one, field)
        return f'=${letters(len(one.fields) + 1)}{FIRST_ROW}=""'


def _runs(numbers: Iterable[int]) -> list[tuple[int, int]]:
    """Return (first, last) of every run of neighbours."""
    runs: list[tuple[int, int]] = []
    for number in sorted(numbers):
        if runs and runs[-1][1] == number - 1:
            runs[-1] = (runs[-1][0], number)
        else:
            runs.append((number, number))
    return runs


def _is_plain(text: str) -> bool:
    """Say whether this is a finite number as a file writes it; it goes back as a number, so that the same fault is found."""
    return _NUMBER.fullmatch(text) is not None and abs(float(text)) < 1e300
