"""Writes 退回说明, the first sheet of the copy that goes back: the verdict, what to do, and every place by its cause."""

from __future__ import annotations

from operator import itemgetter
from typing import TYPE_CHECKING, Any

from workbooks.marks import ASKS, COMMENTS, FILLS, ORDER, SIGNS, on_cover
from workbooks.template import breadth

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workbooks.marks import Mark, ReturnSummary
    from workbooks.returned import Returned

SHEET = "退回说明"
_MOST = 50
_HEAD_ROW = 6
# Title and width of each column, in half-width characters.
_COLUMNS = {
    "序号": 5,
    "位置": 18,
    "姓名或编号": 18,
    "类别": 15,
    "问题": 48,
    "现填值": 18,
    "建议值": 18,
    "怎么改": 44,
    "代码": 10,
}
_ASKED = {
    "error": "红色 ✗ 的必须改",
    "explain": "黄色 ! 的请核实，属实的在该行“情况说明”列写明",
    "fixed": "绿色 ✓ 的已按规则更正，不用管",
}


def write(writer: Returned, told: ReturnSummary, marks: Sequence[Mark]) -> None:
    """Write the sheet; `marks` in any order."""
    sheet = writer.book.add_worksheet(SHEET)
    sheet.hide_gridlines(2)
    last = len(_COLUMNS) - 1
    for column, width in enumerate(_COLUMNS.values()):
        sheet.set_column(column, column, width)
    title = writer.format(bold=True, font_size=16, align="center")
    sheet.merge_range(0, 0, 0, last, f"{told.title}——退回说明", title)
    sheet.set_row(0, 32)
    for at, line in enumerate(_lines(told, marks), 1):
        style = writer.format(bold=True, font_size=12, text_wrap=True) if at == 1 else writer.format(text_wrap=True)
        sheet.merge_range(at, 0, at, last, line, style)
        sheet.set_row(at, 36 if len(line) > 80 else 22)
    head = writer.format(bold=True, border=1, bg_color="#DDEBF7", align="center", text_wrap=True)
    for column, heading in enumerate(_COLUMNS):
        sheet.write_string(_HEAD_ROW, column, heading, head)
    listed, rest = _listed(marks)
    note = _elsewhere(writer, rest)
    if note:
        sheet.merge_range(_HEAD_ROW - 1, 0, _HEAD_ROW - 1, last, note, writer.format(text_wrap=True))
        sheet.set_row(_HEAD_ROW - 1, 22 * -(-len(note) // 80))
    for number, mark in enumerate(listed, 1):
        _line(writer, sheet, _HEAD_ROW + number, number, mark)
    sheet.repeat_rows(_HEAD_ROW)
    writer.page(sheet, landscape=True)


def _lines(told: ReturnSummary, marks: Sequence[Mark]) -> list[str]:
    """Return the head of the sheet: only of what occurs in this copy is said how to deal with it."""
    found = {one: number for one in ORDER if (number := sum(mark.severity == one for mark in marks))}
    counts = "，".join(f"{ASKS[one]} {number} 处" for one, number in found.items())
    how = "，".join(words for one, words in _ASKED.items() if one in found)
    ways = {
        "有建议值的，可在“处理”列选“采用建议”，不用自己改。": any(
            mark.proposal and not on_cover(mark) for mark in marks
        ),
        "封面上有建议值的，点那一格的下拉箭头选用。": any(mark.proposal and on_cover(mark) for mark in marks),
    }
    adopt = "".join(text for text, occurs in ways.items() if occurs)
    sent = {"报送单位": told.unit, "年度": told.year, "收到时间": told.received_at, "原文件": told.file}
    state = {"共": counts or "没有问题", "截止": told.deadline, "有疑问请联系": told.contact}
    return [
        told.verdict,
        *("　　".join(f"{title}：{text}" for title, text in line.items() if text) for line in (sent, state)),
        f"怎么办：就在这份表里改，点“位置”可跳到要改的格；{how}。{adopt}改完存盘，把这份表发回。",
    ]


def _elsewhere(writer: Returned, rest: Sequence[Mark]) -> str:
    """Return where to find what is not in the list, empty when all of it is."""
    if not rest:
        return ""
    text = f"下面每种问题只列前 {_MOST} 处，同类问题还有 {len(rest)} 处。"
    marked = sum((one.sheet or "", one.row or 0) in writer.rows for one in rest)
    if marked:
        text += f"其中 {marked} 处已在数据表中逐格涂色，并在该行“处理”列标出符号。"
    full = [one.title for one in writer.template.sheets if len(writer.commented.get(one.name, ())) >= COMMENTS]
    if full:
        text += (
            f"“{'”“'.join(full)}”最多 {COMMENTS} 格带批注，先给必须改的；其余各格的说明和建议值写在“处理”列的符号后面。"
        )
    return text


def _line(writer: Returned, sheet: Any, row: int, number: int, mark: Mark) -> None:
    plain = writer.format(border=1, text_wrap=True)
    filled = writer.format(border=1, text_wrap=True, bg_color=FILLS[mark.severity])
    sheet.write_number(row, 0, number, writer.format(border=1, align="center"))
    target = writer.target(mark)
    where = "整份文件"
    if target:
        link = writer.format(border=1, text_wrap=True, font_color="#0563C1", underline=1)
        where = f"{target[0]} {target[2]}"
        sheet.write_url(row, 1, f"internal:'{target[0]}'!{target[1]}", link, where)
    else:
        sheet.write_string(row, 1, where, plain)
    sheet.write_string(row, 3, f"{SIGNS[mark.severity]} {ASKS[mark.severity]}", filled)
    told = {
        "姓名或编号": mark.who,
        "问题": mark.message,
        "现填值": mark.value or "",
        "建议值": mark.proposal or "",
        "怎么改": mark.fix,
        "代码": mark.code,
    }
    places = {title: column for column, title in enumerate(_COLUMNS)}
    for title, text in told.items():
        sheet.write_string(row, places[title], text, plain)
    lines = (-(-breadth(text) // (_COLUMNS[title] - 2)) for title, text in {**told, "位置": where}.items())
    sheet.set_row(row, 15 * max(1, *lines) + 6)


def _listed(marks: Sequence[Mark]) -> tuple[list[Mark], list[Mark]]:
    """Return the marks of the list and the rest: by severity, those of no single row first, every cause in one piece."""
    listed: list[Mark] = []
    rest: list[Mark] = []
    shown: dict[tuple[str, str | None], int] = {}
    for mark in _by_cause(marks):
        cause = (mark.code, mark.sheet)
        shown[cause] = shown.get(cause, 0) + 1
        (listed if shown[cause] <= _MOST else rest).append(mark)
    return listed, rest


def _by_cause(marks: Sequence[Mark]) -> list[Mark]:
    def cause(one: Mark) -> tuple[bool, str, str | None]:
        return one.row is not None, one.code, one.sheet

    places = {found: at for at, found in enumerate(sorted(dict.fromkeys(map(cause, marks)), key=itemgetter(0)))}
    return sorted(marks, key=lambda one: (ORDER.index(one.severity), places[cause(one)]))
