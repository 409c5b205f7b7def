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
    last = max(len(table.columns) - 1, 1)
    sheet.merge_range(0, 0, 0, last, table.title, styles["title"])
    sheet.set_row(0, 30)
    at = 1
    for note in table.notes:
        sheet.merge_range(at, 0, at, last, note, styles["note"])
        at += 1
    for column, heading in enumerate(table.columns):
        sheet.write_string(at, column, heading, styles["head"])
        seen = [width(heading), *(width(row[column]) for row in table.rows[:200])]
        sheet.set_column(column, column, table.widths.get(heading, min(40, max(6, max(seen) + 2))))
    head = at
    for row in table.rows:
        at += 1
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
    sheet.fit_to_pages(1, 0)
    sheet.set_footer("&R&8第 &P 页 共 &N 页")


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
