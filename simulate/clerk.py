"""A clerk who does exactly what a returned copy says, in that copy, and sends it back: the proof that it can be understood.

Knows what is true (the sound rows of the own office) but never how a form works. Reads only the sheet 退回说明: a line that
says 必须改 is corrected at its place, with the proposal if there is one; a line that asks is answered in 情况说明; a line
about the whole table is answered by typing the table anew, and where it asks for a word about that, by one on the cover.
"""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING, Any

import openpyxl

from workbooks.marks import FILLS
from workbooks.returned import ADOPT, SHEET

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

FIRST = 5
ANSWER = "情况属实，已核对。"
_HEAD, _RED = 7, f"FF{FILLS['error'][1:]}"


def correct(data: bytes, rows: Sequence[Mapping[str, Any]], cover: Mapping[str, Any]) -> bytes:
    """Return the returned copy as the clerk sends it back; `rows` and `cover` are what the office knows to be true."""
    book = openpyxl.load_workbook(io.BytesIO(data))
    titles = {str(one.value): one.column - 1 for one in book[SHEET][_HEAD]}
    for line in book[SHEET].iter_rows(min_row=_HEAD + 1):
        where, what, proposal = (
            line[titles["位置"]],
            str(line[titles["类别"]].value or ""),
            line[titles["建议值"]].value,
        )
        if "必须改" not in what and "核实" not in what:
            continue
        target = _target(where)
        if "在封面“情况说明”写明" in str(line[titles["怎么改"]].value):
            _on_cover(book["封面"], None, {"explanation": ANSWER})
        if target is None:
            _all_anew(book, rows, cover)
            continue
        sheet, address = book[target[0]], target[1]
        if sheet.title == "封面":
            _on_cover(sheet, address, {"explanation": ANSWER, "row_count": len(rows), **cover})
        elif "核实" in what:
            _explain(sheet, address, ANSWER)
            _on_cover(book["封面"], None, {"explanation": ANSWER})
        elif proposal:
            sheet.cell(sheet[address].row, _columns(sheet)["_check"]).value = ADOPT
        else:
            _in_table(sheet, address, rows)
        if "涂红的格" in str(line[titles["怎么改"]].value):
            _red_cells(sheet, rows)
        if "对调" in str(line[titles["怎么改"]].value):
            _anew(sheet, rows)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _target(where: Any) -> tuple[str, str] | None:
    link = where.hyperlink.location if where.hyperlink else None
    found = re.fullmatch(r"'?(.+?)'?!([A-Z]+[0-9]+)", link or "")
    return (found[1], found[2]) if found else None


def _columns(sheet: Any) -> dict[str, int]:
    return {str(one.value)[1:]: one.column for one in sheet[4] if str(one.value or "").startswith("#")}


def _explain(sheet: Any, address: str, text: str) -> None:
    sheet.cell(sheet[address].row, _columns(sheet)["_explain"]).value = text


def _on_cover(sheet: Any, address: str | None, cover: Mapping[str, Any]) -> None:
    """Type the true value of the cover cell at `address`, or all of `cover` where no single place was named."""
    rows = {str(row[0].value)[1:]: row[2] for row in sheet.iter_rows() if row[0].value}
    for key, cell in rows.items():
        if key in cover and (address is None or cell.coordinate == address):
            cell.value = cover[key]
        elif key == "is_zero_report" and cell.coordinate == address:
            cell.value = None


def _in_table(sheet: Any, address: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """Type the true value of one cell; a line about a row or the whole table has the table typed anew."""
    columns = _columns(sheet)
    keys = {column: key for key, column in columns.items()}
    cell = sheet[address]
    key, number = keys.get(cell.column, "_row"), cell.row - FIRST
    if key != "_row" and 0 <= number < len(rows):
        cell.value = rows[number].get(key)
        _also_together(sheet, cell.row, columns, key, rows[number])
        return
    _anew(sheet, rows)


def _all_anew(book: Any, rows: Sequence[Mapping[str, Any]], cover: Mapping[str, Any]) -> None:
    """Answer a line about the whole file: check cover and table from top to bottom."""
    _on_cover(book["封面"], None, cover)
    _anew(book.worksheets[book.sheetnames.index("封面") + 1], rows)


def _red_cells(sheet: Any, rows: Sequence[Mapping[str, Any]]) -> None:
    """Type the true value of every red cell of the table."""
    for key, column in _columns(sheet).items():
        for number, row in enumerate(rows, FIRST):
            if not key.startswith("_") and sheet.cell(number, column).fill.fgColor.rgb == _RED:
                sheet.cell(number, column).value = row.get(key)


def _anew(sheet: Any, rows: Sequence[Mapping[str, Any]]) -> None:
    columns = _columns(sheet)
    last = max((one.row for column in columns.values() for one in sheet[_letter(column)] if one.value), default=FIRST)
    for at in range(max(last - FIRST + 1, len(rows))):
        for key, column in columns.items():
            if not key.startswith("_"):
                sheet.cell(FIRST + at, column).value = rows[at].get(key) if at < len(rows) else None


def _also_together(sheet: Any, row: int, columns: Mapping[str, int], key: str, true: Mapping[str, Any]) -> None:
    """A person who corrects a qualification gives the number and the term that belong to it."""
    belong = {"qualification": ("certificate_no", "certificate_valid_to")}
    for other in belong.get(key, ()):
        if other in columns and other in true:
            sheet.cell(row, columns[other]).value = true[other]


def _letter(column: int) -> str:
    from openpyxl.utils import get_column_letter

    return get_column_letter(column)
