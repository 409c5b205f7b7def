"""Writes the annual ledger: a page one likes to open, native charts, links from figures to their rows, print layout on A4.

The writer decides nothing: what the sheets, figures and links are is said by `engine.ledger`.
"""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from workbooks.register import lines_of, shown, width
from workbooks.template import CREATED

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_WIDTH, _HEIGHT, _BETWEEN, _MARGIN = 600, 300, 20, 4
_UPRIGHT = 8
_HEAD_ROW = 3
_WIDEST = 46
_LINE, _HIGHEST, _PLAIN = 15, 400, 15
"""Points of a line, of the highest row a program shows, and of a row nobody set."""
_PAPER = (770, 500)
"""Points between the margins of A4 across."""
_POINT, _EMPTY = 0.75, 8.43
"""Points of a pixel; half-width characters a column takes that nobody set."""
_GRID = {"visible": True, "line": {"color": "#D9D9D9"}}
_SLACK, _BREADTH = 0.95, 0.74
"""What a page is taken to hold: programs differ by a few points in the same rows, and without the font by a quarter across."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerSheet:
    """One sheet: headings in row 4, data from row 5; `links` (row, column) of `rows` -> `sheet!A1` inside the workbook.

    `percents` are columns whose numbers are shares from 0 to 1; `groups` rows that are headings of a group.
    """

    name: str
    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Any]]
    notes: Sequence[str] = ()
    links: Mapping[tuple[int, int], str] = field(default_factory=dict)
    percents: frozenset[int] = frozenset()
    groups: frozenset[int] = frozenset()
    widths: Mapping[int, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerChart:
    """A native chart on `sheet` over rows `first..last` of sheet `source`: `names` and `values` are its columns.

    Charts of one sheet stand below each other, each as high or wide as it needs to name every row. `place` lies below the
    headings: what touches a row repeated on every page is printed on every page.
    """

    sheet: str
    source: str
    kind: str
    title: str
    names: int
    values: Sequence[int]
    first: int
    last: int
    place: str = "H5"
    is_percent: bool = False


def data_row(number: int) -> int:
    """Return the Excel row of the data row `number` (from 0), the same on every sheet."""
    return _HEAD_ROW + 2 + number


def write(sheets: Sequence[LedgerSheet], charts: Sequence[LedgerChart] = (), *, title: str = "年度台账") -> bytes:
    """Return the workbook; byte-identical for equal input; text is never read as a formula or link."""
    import xlsxwriter

    out = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    book = xlsxwriter.Workbook(out, options)
    book.set_properties({"title": title, "created": CREATED, "author": "台账"})
    styles = _styles(book)
    made = {one.name: _sheet(book, one, styles) for one in sheets}
    known = {one.name: one for one in sheets}
    for name in dict.fromkeys(chart.sheet for chart in charts):
        _place(book, made[name], [chart for chart in charts if chart.sheet == name], known)
    book.close()
    return out.getvalue()


def _styles(book: Any) -> dict[str, Any]:
    base = {"font_name": "宋体", "font_size": 10.5, "valign": "vcenter"}
    cell = {**base, "border": 1, "border_color": "#BFBFBF"}
    return {
        "title": book.add_format({**base, "bold": True, "font_size": 18, "font_color": "#1F3864"}),
        "note": book.add_format({**base, "font_size": 9, "font_color": "#595959", "text_wrap": True, "valign": "top"}),
        "head": book.add_format(
            {**cell, "bold": True, "bg_color": "#1F4E79", "font_color": "#FFFFFF", "align": "center", "text_wrap": True}
        ),
        "text": book.add_format({**cell, "num_format": "@", "text_wrap": True}),
        "number": book.add_format({**cell, "num_format": "#,##0.##"}),
        "whole": book.add_format({**cell, "num_format": "#,##0"}),
        "percent": book.add_format({**cell, "num_format": "0.00%", "bold": True}),
        "link": book.add_format({**cell, "font_color": "#0563C1", "underline": 1}),
        "group": book.add_format({**cell, "bold": True, "bg_color": "#DEEAF6"}),
    }


def _sheet(book: Any, one: LedgerSheet, styles: Mapping[str, Any]) -> Any:
    sheet = book.add_worksheet(one.name[:31])
    sheet.hide_gridlines(2)
    sheet.write_string(0, 0, one.title, styles["title"])
    sheet.merge_range(1, 0, 1, max(len(one.columns) - 1, 1), "；".join(one.notes), styles["note"])
    widths = _widths(one)
    for at, height in enumerate(_heights(one, widths)):
        # Nobody calculates the height of a wrapped row before it is printed from a file no program has opened.
        sheet.set_row(at, height)
    for column, heading in enumerate(one.columns):
        sheet.write_string(_HEAD_ROW, column, heading, styles["head"])
        sheet.set_column(column, column, widths[column])
    for number, row in enumerate(one.rows):
        at = data_row(number) - 1
        for column, value in enumerate(row):
            _cell(sheet, at, column, value, one, number, styles)
    last = data_row(max(len(one.rows) - 1, 0)) - 1
    if len(one.rows) > 1:
        sheet.autofilter(_HEAD_ROW, 0, last, len(one.columns) - 1)
    sheet.freeze_panes(_HEAD_ROW + 1, 1)
    sheet.repeat_rows(_HEAD_ROW)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.set_margins(0.5, 0.5, 0.6, 0.7)
    sheet.set_footer(f"&L&8{one.title}&R&8第 &P 页 共 &N 页")
    return sheet


def _widths(one: LedgerSheet) -> list[float]:
    """Return the width of each column in half-width characters."""
    widest = [
        max([width(heading) + 2, *(width(row[column]) + 2 for row in one.rows[:400])])
        for column, heading in enumerate(one.columns)
    ]
    return [one.widths.get(column, min(_WIDEST, max(8, room))) for column, room in enumerate(widest)]


def _heights(one: LedgerSheet, widths: Sequence[float]) -> list[float]:
    """Return the height in points of each row from the title to the last: as many lines as the fullest cell wraps to."""

    def high(row: Sequence[Any]) -> float:
        lines = max((lines_of(value, room) for value, room in zip(row, widths, strict=False)), default=1)
        return min(_HIGHEST, _LINE * lines + 3)

    return [32, 14 * lines_of("；".join(one.notes), sum(widths)) + 2, _PLAIN, high(one.columns), *map(high, one.rows)]


def _place(book: Any, sheet: Any, charts: Sequence[LedgerChart], known: Mapping[str, LedgerSheet]) -> None:
    """Put the charts of one sheet below each other and end a page before one that does not fit on the rest of it.

    Pages end where this says, so the scale of the print is fixed: programs that fit a sheet to its width ignore page ends.
    """
    from xlsxwriter.utility import xl_cell_to_rowcol

    widths = _widths(known[charts[0].sheet])
    heights = _heights(known[charts[0].sheet], widths)
    row, column = xl_cell_to_rowcol(charts[0].place)
    left = sum(7 * width + 5 for width in [*widths, *[_EMPTY] * column][:column])
    widest = left + max(_size(chart)[0] for chart in charts)
    scale = min(1.0, _BREADTH * _PAPER[0] / (_POINT * widest))
    page = _SLACK * _PAPER[1] / scale
    ends, down = [], 0.0
    end, room = _page_end(heights, row, page - sum(heights[:row]))
    for chart in charts:
        across, high = _size(chart)
        if down and down + _POINT * (high + _MARGIN) >= room:
            row, down = end, 0.0
            ends.append(row)
            end, room = _page_end(heights, row, page - heights[_HEAD_ROW])
        if not down:
            high = min(high, int(room / _POINT) - _MARGIN - 1)
        made = _chart(book, chart, known)
        made.set_size({"width": across, "height": high})
        # A chart that begins exactly where a page ends leaves its frame on the page before.
        sheet.insert_chart(row, column, made, {"y_offset": int(down / _POINT) + _MARGIN, "object_position": 2})
        down += _POINT * (high + _BETWEEN)
    sheet.set_print_scale(int(100 * scale))
    sheet.set_h_pagebreaks(ends)


def _page_end(heights: Sequence[float], row: int, room: float) -> tuple[int, float]:
    """Return the first row that no longer fits into `room` points counted from `row`, and what the rows before it take."""
    taken = 0.0
    while taken + (high := heights[row] if row < len(heights) else _PLAIN) <= room:
        taken += high
        row += 1
    return row, taken


def _cell(
    sheet: Any, at: int, column: int, value: Any, one: LedgerSheet, number: int, styles: Mapping[str, Any]
) -> None:
    if number in one.groups:
        sheet.write_string(at, column, shown(value), styles["group"])
    elif (number, column) in one.links and value not in (None, ""):
        sheet.write_url(at, column, f"internal:{_quoted(one.links[number, column])}", styles["link"], shown(value))
        if isinstance(value, int | float) and not isinstance(value, bool):
            # The link stays on the cell; the number stays a number.
            sheet.write_number(at, column, value, styles["link"])
    elif isinstance(value, Fraction):
        sheet.write_number(at, column, float(value), styles["percent"])
    elif isinstance(value, int | float) and not isinstance(value, bool):
        style = "percent" if column in one.percents else "whole" if isinstance(value, int) else "number"
        sheet.write_number(at, column, value, styles[style])
    else:
        sheet.write_string(at, column, shown(value), styles["text"])


def _quoted(place: str) -> str:
    sheet, _, cell = place.rpartition("!")
    return f"'{sheet.strip(chr(39))}'!{cell or 'A1'}"


def _chart(book: Any, chart: LedgerChart, sheets: Mapping[str, LedgerSheet]) -> Any:
    made = book.add_chart({"type": chart.kind})
    columns = sheets[chart.source].columns
    first, last = data_row(chart.first) - 1, data_row(chart.last) - 1
    source = chart.source[:31]
    for column in chart.values:
        made.add_series(
            {
                "name": columns[column],
                "categories": [source, first, chart.names, last, chart.names],
                "values": [source, first, column, last, column],
                "data_labels": {"value": True, "num_format": "0%" if chart.is_percent else "#,##0"},
                "gap": 60,
            }
        )
    made.set_title({"name": chart.title, "name_font": {"name": "宋体", "size": 12}})
    if len(chart.values) == 1:
        made.set_legend({"none": True})
    else:
        made.set_legend({"position": "bottom"})
    if chart.is_percent and chart.kind in ("column", "bar", "line"):
        axis = {
            "num_format": "0%",
            "min": 0,
            "max": 1,
            "major_gridlines": _GRID,
        }
        (made.set_x_axis if chart.kind == "bar" else made.set_y_axis)(axis)
    elif chart.kind in ("column", "bar"):
        # Nobody is visited half a time: counts get whole steps, also where there are few.
        axis = {"min": 0, "num_format": "#,##0", "major_unit": _step(chart, sheets), "major_gridlines": _GRID}
        (made.set_x_axis if chart.kind == "bar" else made.set_y_axis)(axis)
    named = made.set_y_axis if chart.kind == "bar" else made.set_x_axis
    # The program would leave out every second name when there are many; bars read from top to bottom like the table.
    named({"interval_unit": 1, "num_font": {"name": "宋体", "size": 9}, "reverse": chart.kind == "bar"})
    return made


def _step(chart: LedgerChart, sheets: Mapping[str, LedgerSheet]) -> int:
    """Return the distance of the lines behind the bars: 1, 2 or 5 with noughts, about six lines in all."""
    rows = sheets[chart.source].rows[chart.first : chart.last + 1]
    most = max(
        (row[column] for row in rows for column in chart.values if isinstance(row[column], int | float)), default=0
    )
    step = 1
    while most > 6 * step:
        step = step * 5 // 2 if str(step)[0] == "2" else step * 2
    return step


def _size(chart: LedgerChart) -> tuple[int, int]:
    """Return width and height in pixels with room for the name of every row."""
    count = chart.last - chart.first + 1
    if chart.kind == "bar":
        return _WIDTH, max(_HEIGHT, 90 + 20 * count)
    # Many names under the columns are written aslant and take height of their own.
    return max(_WIDTH, 60 + 36 * count), _HEIGHT if count <= _UPRIGHT else _HEIGHT + 60
