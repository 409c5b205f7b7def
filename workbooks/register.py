"""Writes plain registers, boards and summary sheets: frozen headings, filters, widths that fit, print layout on A4."""

from __future__ import annotations

import io
import unicodedata
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from workbooks.template import CREATED

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """One sheet: `columns` are headings, `rows` lists of values in the same order; `notes` stand under the title."""

    name: str
    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Any]]
    notes: Sequence[str] = ()
    widths: dict[str, float] = field(default_factory=dict)
    landscape: bool = True


def write(tables: Sequence[Table], *, title: str = "", signature: bool = False) -> bytes:
    """Return a workbook with one sheet per table; byte-identical for equal input; text is never read as a formula."""
    import xlsxwriter

    out = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    book = xlsxwriter.Workbook(out, options)
    book.set_properties({"title": title or tables[0].title, "created": CREATED, "author": "台账"})
    base = {"font_name": "宋体", "font_size": 10.5, "valign": "vcenter"}
    styles = {
        "title": book.add_format({**base, "bold": True, "font_size": 16, "align": "center"}),
        "note": book.add_format({**base, "font_color": "#595959", "text_wrap": True}),
        "head": book.add_format(
            {**base, "bold": True, "border": 1, "bg_color": "#DDEBF7", "align": "center", "text_wrap": True}
        ),
        "text": book.add_format({**base, "border": 1, "num_format": "@", "text_wrap": True}),
        "number": book.add_format({**base, "border": 1}),
        "plain": book.add_format(base),
    }
    for table in tables:
        _sheet(book, table, styles, signature=signature)
    book.close()
    return out.getvalue()


def _sheet(book: Any, table: Table, styles: dict[str, Any], *, signature: bool) -> None:
    sheet = book.add_worksheet(table.name[:31])
    widths = [_column_width(table, column) for column in range(len(table.columns))]
    total = sum(widths)
    # A title longer than a narrow table runs on over the empty columns beside it.
    last = max(len(widths) - 1, 1) + max(0, -(-int(width(table.title) * 1.6 - total) // _EMPTY))
    across = max(total, (last + 1 - len(widths)) * _EMPTY + total)
    sheet.merge_range(0, 0, 0, last, table.title, styles["title"])
    sheet.set_row(0, 30)
    at = 1
    for note in table.notes:
        sheet.merge_range(at, 0, at, last, note, styles["note"])
        sheet.set_row(at, _LINE * lines_of(note, across))
        at += 1
    for column, heading in enumerate(table.columns):
        sheet.write_string(at, column, heading, styles["head"])
        sheet.set_column(column, column, widths[column])
    head = at
    sheet.set_row(head, _LINE * max(lines_of(one, room) for one, room in zip(table.columns, widths, strict=True)) + 3)
    for row in table.rows:
        at += 1
        lines = max((lines_of(value, room) for value, room in zip(row, widths, strict=False)), default=1)
        if lines > 1:
            # Nobody calculates the height of a wrapped row before it is printed from a file no program has opened.
            sheet.set_row(at, min(400, _LINE * lines + 3))
        for column, value in enumerate(row):
            if isinstance(value, int | float) and not isinstance(value, bool):
                sheet.write_number(at, column, value, styles["number"])
            else:
                sheet.write_string(at, column, shown(value), styles["text"])
    if table.rows:
        sheet.autofilter(head, 0, at, len(table.columns) - 1)
    if signature:
        sheet.write_string(
            at + 2, 0, "填报人：　　　　　　审核人：　　　　　　签发人：　　　　　　（单位盖章）", styles["plain"]
        )
    sheet.freeze_panes(head + 1, 0)
    sheet.repeat_rows(head)
    if table.landscape:
        sheet.set_landscape()
    sheet.set_paper(9)
    pages = max(1, round(total / _PAGE))
    if pages > 1:
        sheet.repeat_columns(0, 0)
    sheet.fit_to_pages(pages, 0)
    sheet.set_footer("&R&8第 &P 页 共 &N 页")


_LINE, _EMPTY, _PAGE = 15, 9, 190
"""Points a line takes; half-width characters an empty column takes, and an A4 landscape page readably."""


def _column_width(table: Table, column: int) -> float:
    seen = [width(table.columns[column]), *(width(row[column]) for row in table.rows[:200])]
    return table.widths.get(table.columns[column], min(40, max(6, max(seen) + 2)))


def lines_of(value: Any, room: float) -> int:
    """Return how many lines a text takes in a column of `room` half-width characters."""
    return sum(max(1, -(-width(one) // max(int(room) - 1, 1))) for one in shown(value).split("\n"))


def shown(value: Any) -> str:
    """Return a value as a reader sees it: 是/否 for booleans, nothing for None."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    return str(value)


def width(value: Any) -> int:
    """Return how many columns of a half-width character a value takes."""
    lines = shown(value).split("\n") or [""]
    return max(sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in line) for line in lines)
