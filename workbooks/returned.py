"""Writes the copy that goes back: what to do in plain words, every place marked, ready to be corrected and sent again.

It is rebuilt from the current template with the sender's raw values (intake 5.5): never their file repainted, so nothing
of it can break, and never our corrections, so nothing of theirs is changed unseen. Rows keep their numbers where the
form has room for them, so that a place named in the list is the place in the original.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from workbooks import front
from workbooks.selfcheck import FIRST_ROW, letters
from workbooks.template import CREATED, Writer

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from schemas.declare import Sheet, Template, Unit
    from workbooks.model import Cell, Filled, Identity, Located

SHEET = "退回说明"
ADOPT, KEEP = "采用建议", "保留原值"
_SIGNS = {"error": "✗", "explain": "!", "fixed": "✓", "note": "·"}
_WORDS = {"error": "必须改", "explain": "请核实并说明", "fixed": "已自动更正", "note": "提示"}
_FILLS = {"error": "#F8CBAD", "explain": "#FFE699", "fixed": "#C6E0B4", "note": "#EDEDED"}
_ORDER = ("error", "explain", "fixed", "note")
_MOST = 50
# Rows keep their numbers unless the sender left more empty rows than this, beyond one for each that is filled.
_GAPS = 300
_COLUMNS = ("序号", "位置", "姓名或编号", "类别", "问题", "现填值", "建议值", "怎么改", "代码")


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """One issue as the sender sees it: `sheet` is the declared name, `row` the row of the original, `field` the key."""

    severity: str
    code: str
    message: str
    fix: str = ""
    sheet: str | None = None
    row: int | None = None
    field: str | None = None
    cell: str | None = None
    value: str | None = None
    proposal: str | None = None
    who: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnSummary:
    """What stands at the head of the first sheet."""

    unit: str
    title: str
    received_at: str
    verdict: str
    deadline: str = ""
    contact: str = ""
    file: str = ""


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
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    book = xlsxwriter.Workbook(out, options)
    book.set_properties({"title": template.title, "keywords": identity.text(), "created": CREATED, "author": "台账"})
    book.set_custom_property("taizhang_id", identity.text(), "text")
    writer = _Returned(book, template, identity, unit, str(year or identity.year), deadline, quota, dict(choices or {}))
    writer.place(filled.tables, marks)
    writer.noted = {one.field: (_FILLS[one.severity], _words([one])) for one in marks if _on_cover(one)}
    writer.values = {key: cell.text for key, cell in filled.cover.items()}
    writer.summary(summary, marks)
    front.guide(writer)
    front.cover(writer, writer.values)
    tables = {one.sheet: one for one in filled.tables}
    for sheet in template.sheets:
        writer.marked_table(sheet, tables.get(sheet.name))
    writer.code_lists()
    writer.meta()
    book.close()
    return out.getvalue()


class _Returned(Writer):
    """The template writer, which also knows where every row of the sender now stands and what is said about it."""

    def place(self, tables: Sequence[Located], marks: Sequence[Mark]) -> None:
        """Settle where every row of the sender will stand, and which marks belong to it."""
        self.rows: dict[tuple[str, int], int] = {}
        for table in tables:
            numbers = [row.number for row in table.rows]
            keeps = not numbers or (min(numbers) >= FIRST_ROW and max(numbers) < 2 * len(numbers) + _GAPS)
            for at, number in enumerate(numbers):
                self.rows[table.sheet, number] = number if keeps else FIRST_ROW + at
        self.marks: dict[tuple[str, int], list[Mark]] = {}
        for mark in marks:
            if mark.sheet is not None and mark.row is not None:
                self.marks.setdefault((mark.sheet, mark.row), []).append(mark)

    def target(self, mark: Mark) -> tuple[str, str] | None:
        """Return (sheet title, address) of a mark in this workbook, or None when it concerns no single place."""
        sheet = next((one for one in self.template.sheets if one.name == mark.sheet), None)
        if sheet is None:
            return ("封面", front.place(mark.field or "", self.values)) if _on_cover(mark) else None
        row = self.rows.get((sheet.name, mark.row or 0))
        if row is None:
            return sheet.title, f"A{FIRST_ROW}"
        keys = [one.key for one in sheet.fields]
        return sheet.title, f"{letters(keys.index(mark.field) + 1 if mark.field in keys else 0)}{row}"

    def summary(self, told: ReturnSummary, marks: Sequence[Mark]) -> None:
        sheet = self.book.add_worksheet(SHEET)
        sheet.hide_gridlines(2)
        widths = (5, 16, 16, 15, 46, 18, 18, 40, 10)
        for column, width in enumerate(widths):
            sheet.set_column(column, column, width)
        sheet.merge_range(
            0, 0, 0, len(widths) - 1, f"{told.title}——退回说明", self.format(bold=True, font_size=16, align="center")
        )
        sheet.set_row(0, 32)
        counts = "，".join(
            f"{_WORDS[one]} {number} 处" for one in _ORDER if (number := sum(mark.severity == one for mark in marks))
        )
        lines = [
            told.verdict,
            f"报送单位：{told.unit}　　收到时间：{told.received_at}　　原文件：{told.file}",
            f"共：{counts or '没有问题'}" + (f"　　截止：{told.deadline}" if told.deadline else ""),
            "怎么办：直接在这份表里改——红色 ✗ 的必须改，黄色 ! 的请在该行最后一列写明情况，绿色 ✓ 的已按规则更正、不用管；"
            "有建议值的，在“处理”列选“采用建议”即可。改完存盘，原样发回。",
        ]
        for at, line in enumerate(lines, 1):
            style = self.format(bold=True, font_size=12, text_wrap=True) if at == 1 else self.format(text_wrap=True)
            sheet.merge_range(at, 0, at, len(widths) - 1, line, style)
            sheet.set_row(at, 36 if len(line) > 80 else 22)
        head = self.format(bold=True, border=1, bg_color="#DDEBF7", align="center", text_wrap=True)
        for column, title in enumerate(_COLUMNS):
            sheet.write_string(6, column, title, head)
        row = 6
        shown: dict[tuple[str, str], int] = {}
        for mark in _by_cause(marks):
            cause = (mark.code, mark.sheet or "")
            shown[cause] = shown.get(cause, 0) + 1
            if shown[cause] > _MOST:
                continue
            row += 1
            self._line(sheet, row, row - 6, mark)
        rest = sum(number - _MOST for number in shown.values() if number > _MOST)
        if rest:
            sheet.write_string(row + 1, 1, f"同类问题还有 {rest} 处，已在数据表中逐格标出。", self.format())
        if told.contact:
            sheet.write_string(row + 3, 1, f"联系：{told.contact}", self.format())
        sheet.repeat_rows(6)
        self.page(sheet, landscape=True)

    def _line(self, sheet: Any, row: int, number: int, mark: Mark) -> None:
        plain = self.format(border=1, text_wrap=True, valign="top")
        filled = self.format(border=1, text_wrap=True, valign="top", bg_color=_FILLS[mark.severity])
        sheet.write_number(row, 0, number, self.format(border=1, valign="top", align="center"))
        where = self.target(mark)
        if where:
            link = self.format(border=1, text_wrap=True, valign="top", font_color="#0563C1", underline=1)
            sheet.write_url(row, 1, f"internal:'{where[0]}'!{where[1]}", link, f"{where[0]} {where[1]}")
        else:
            sheet.write_string(row, 1, "整份文件", plain)
        sheet.write_string(row, 2, mark.who, plain)
        sheet.write_string(row, 3, f"{_SIGNS[mark.severity]} {_WORDS[mark.severity]}", filled)
        for column, text in (
            (4, mark.message),
            (5, mark.value or ""),
            (6, mark.proposal or ""),
            (7, mark.fix),
            (8, mark.code),
        ):
            sheet.write_string(row, column, text, plain)
        texts = ((mark.message, 22), (mark.fix, 19), (mark.value or "", 8), (mark.proposal or "", 8), (mark.who, 7))
        sheet.set_row(row, 15 * max(-(-len(text) // wide) for text, wide in (*texts, (" ", 1))) + 6)

    def marked_table(self, one: Sheet, table: Located | None) -> None:
        """Write one table with the sender's values, its marks, the decision column and the explanation column."""
        sheet = self.table(one, self._filled(one, table), last_row=self._last(one))
        check, explain = len(one.fields) + 1, len(one.fields) + 2
        head = self.format(bold=True, border=1, bg_color="#DDEBF7", text_wrap=True, align="center")
        for column, (title, key, width) in ((check, ("处理", "_check", 12)), (explain, ("情况说明", "_explain", 30))):
            sheet.set_column(column, column, width, self.format(num_format="@", locked=False, text_wrap=True))
            sheet.write_string(2, column, title, head)
            sheet.write_string(3, column, f"#{key}", self.format())
        last = self._last(one) - 1
        sheet.print_area(0, 0, last, explain)
        lines = {"type": "formula", "criteria": "=TRUE", "format": self.format(border=1)}
        sheet.conditional_format(FIRST_ROW - 1, check, last, explain, lines)
        for row in table.rows if table else ():
            at = self.rows[one.name, row.number] - 1
            marks = self.marks.get((one.name, row.number), [])
            for column, field in enumerate(one.fields, 1):
                own = [mark for mark in marks if mark.field == field.key]
                self._cell(sheet, at, column, row.cells.get(field.key), own)
            self._decision(sheet, at, check, marks)
            said = table.explanations.get(row.number, "") if table else ""
            if said:
                sheet.write_string(at, explain, said, self.format(locked=False, text_wrap=True, num_format="@"))

    def _filled(self, one: Sheet, table: Located | None) -> dict[int, dict[str, str]]:
        rows = table.rows if table else ()
        return {self.rows[one.name, row.number]: {key: cell.text for key, cell in row.cells.items()} for row in rows}

    def _last(self, one: Sheet) -> int:
        return max([row for (name, _), row in self.rows.items() if name == one.name] + [FIRST_ROW + one.rows]) + 5

    def _cell(self, sheet: Any, row: int, column: int, cell: Cell | None, marks: Sequence[Mark]) -> None:
        style: dict[str, Any] = {"border": 1, "num_format": "@", "locked": False, "text_wrap": True}
        if marks:
            worst = min((mark.severity for mark in marks), key=_ORDER.index)
            style["bg_color"] = _FILLS[worst]
            sheet.write_comment(row, column, _words(marks), {"author": "", "x_scale": 2, "y_scale": 1.5})
        if cell is not None and cell.struck:  # a question about a struck row must be asked again
            style["font_strikeout"] = True
        if cell is None or (cell.text == "" and cell.kind == "text"):
            sheet.write_blank(row, column, None, self.format(**style))
        elif cell.kind == "number" and _is_plain(cell.text):
            sheet.write_number(row, column, float(cell.text), self.format(**{**style, "num_format": "General"}))
        else:
            sheet.write_string(row, column, cell.text, self.format(**style))

    def _decision(self, sheet: Any, row: int, column: int, marks: Sequence[Mark]) -> None:
        if not marks:
            return
        worst = min((mark.severity for mark in marks), key=_ORDER.index)
        style = self.format(border=1, bg_color=_FILLS[worst], locked=False, align="center", num_format="@")
        sheet.write_string(row, column, _SIGNS[worst], style)
        if any(mark.proposal for mark in marks):
            rule = {"validate": "list", "source": [_SIGNS[worst], ADOPT, KEEP], "error_type": "warning"}
            sheet.data_validation(row, column, row, column, rule)


def _on_cover(mark: Mark) -> bool:
    return mark.sheet in ("cover", "封面")


def _by_cause(marks: Sequence[Mark]) -> list[Mark]:
    """Return the marks by severity, those of no single row first, and every cause in one piece."""
    causes = list(dict.fromkeys((one.row is not None, one.code, one.sheet) for one in marks))
    causes.sort(key=lambda cause: cause[0])
    return sorted(
        marks, key=lambda one: (_ORDER.index(one.severity), causes.index((one.row is not None, one.code, one.sheet)))
    )


def _words(marks: Sequence[Mark]) -> str:
    """Return what the comment on a cell says."""
    text = "\n".join(f"{_SIGNS[mark.severity]} {mark.message} {mark.fix}".strip() for mark in marks)
    proposals = [mark.proposal for mark in marks if mark.proposal]
    return (text + (f"\n建议值：{proposals[0]}" if proposals else ""))[:1500]


def _is_plain(text: str) -> bool:
    """Say whether this is a finite number; it goes back as a number, so that the same fault is found again."""
    try:
        return abs(float(text)) < 1e300
    except ValueError:
        return False
