"""Writes the copy that goes back: what to do in plain words, every place marked, ready to be corrected and sent again.

It is rebuilt from the current template with the sender's raw values (intake 5.5): never their file repainted, so nothing
of it can break, and never our corrections, so nothing of theirs is changed unseen. Rows keep their numbers where the
form has room for them, so that a place named in the list is the place in the original.
"""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from workbooks import asked, front
from workbooks.row_writer import Digits, row_by_row
from workbooks.selfcheck import FIRST_ROW, letters
from workbooks.template import CREATED, Writer, breadth, prepared

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from schemas.declare import Field, Sheet, Template, Unit
    from workbooks.model import Cell, Filled, Identity, Located, RawRow

SHEET = "退回说明"
ADOPT, KEEP = "采用建议", "保留原值"
_SIGNS = {"error": "✗", "explain": "!", "fixed": "✓", "note": "·"}
_WORDS = {"error": "必须改", "explain": "请核实并说明", "fixed": "已自动更正", "note": "提示"}
_FILLS = {"error": "#F8CBAD", "explain": "#FFE699", "fixed": "#C6E0B4", "note": "#EDEDED"}
_ORDER = ("error", "explain", "fixed", "note")
_MOST = 50
# The row of the visible headings of a table.
_HEADING = FIRST_ROW - 2
# A sheet with many thousands of comments opens slowly or not at all; the words of further cells stand behind their sign.
_COMMENTS = 1000
# Empty rows that are ready below the last one, whatever the form prepares.
_SPARE = 5
# Up to so many rows the parts are kept in memory, which is faster than temporary files.
_SMALL = 5000
_NOTE = {"author": "", "x_scale": 2, "y_scale": 1.5}
# Rows keep their numbers unless the sender left more empty rows than this, beyond one for each that is filled.
_GAPS = 300
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]+)?")
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
    writer.meta([(asked.KEY, piece) for piece in asked.text(filled, identity, writer.rows)])
    book.close()
    return out.getvalue()


class _Returned(Writer):
    """The template writer, which also knows where every row of the sender now stands and what is said about it."""

    def place(self, tables: Sequence[Located], marks: Sequence[Mark]) -> None:
        """Settle where every row of the sender will stand, and which marks belong to it."""
        self.rows: dict[tuple[str, int], int] = {}
        self.sent: dict[tuple[str, int], RawRow] = {}
        self.styles: dict[tuple[str, str, bool], Any] = {}
        self.explained = {table.sheet: table.explanations for table in tables}
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
        for severity in _ORDER:
            for mark in marks:
                if mark.severity == severity and (mark.sheet or "", mark.row or 0) in self.rows:
                    places = found.setdefault(mark.sheet or "", set())
                    if len(places) < _COMMENTS:
                        places.add((mark.row or 0, mark.field))
        return found

    def target(self, mark: Mark) -> tuple[str, str] | None:
        """Return (sheet title, address) of a mark in this workbook, or None when it concerns no single place."""
        sheet = next((one for one in self.template.sheets if one.name == mark.sheet), None)
        if sheet is None:
            return ("封面", front.place(mark.field or "", self.values)) if _on_cover(mark) else None
        keys = [one.key for one in sheet.fields]
        column = letters(keys.index(mark.field) + 1 if mark.field in keys else 0)
        row = self.rows.get((sheet.name, mark.row or 0))
        if row is None:  # a whole column, shown at its heading, or the table
            row = _HEADING if mark.field in keys else FIRST_ROW
        return sheet.title, f"{column}{row}"

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
        listed, rest = _listed(marks)
        note = self._elsewhere(rest)
        if note:
            sheet.merge_range(5, 0, 5, len(widths) - 1, note, self.format(text_wrap=True))
            sheet.set_row(5, 22 * -(-len(note) // 80))
        for number, mark in enumerate(listed, 1):
            self._line(sheet, 6 + number, number, mark)
        row = 6 + len(listed)
        if told.contact:
            sheet.write_string(row + 3, 1, f"联系：{told.contact}", self.format())
        sheet.repeat_rows(6)
        self.page(sheet, landscape=True)

    def _elsewhere(self, rest: Sequence[Mark]) -> str:
        """Return where to find what is not in the list, empty when all of it is."""
        if not rest:
            return ""
        text = f"下面每种问题只列前 {_MOST} 处，同类问题还有 {len(rest)} 处。"
        marked = sum((one.sheet or "", one.row or 0) in self.rows for one in rest)
        if marked:
            text += f"其中 {marked} 处已在数据表中逐格涂色，并在该行“处理”列标出符号。"
        full = [one.title for one in self.template.sheets if len(self.commented.get(one.name, ())) >= _COMMENTS]
        if full:
            text += f"“{'”“'.join(full)}”最多 {_COMMENTS} 格带批注，先给必须改的；其余各格的说明和建议值写在“处理”列的符号后面。"
        return text

    def _line(self, sheet: Any, row: int, number: int, mark: Mark) -> None:
        plain = self.format(border=1, text_wrap=True, valign="top")
        filled = self.format(border=1, text_wrap=True, valign="top", bg_color=_FILLS[mark.severity])
        sheet.write_number(row, 0, number, self.format(border=1, valign="top", align="center"))
        where = self.target(mark)
        if where:
            link = self.format(border=1, text_wrap=True, valign="top", font_color="#0563C1", underline=1)
            is_column = where[1].endswith(str(_HEADING)) and where[1][:-1].isalpha() and not _on_cover(mark)
            place = f"{where[1][:-1]} 列" if is_column else where[1]
            sheet.write_url(row, 1, f"internal:'{where[0]}'!{where[1]}", link, f"{where[0]} {place}")
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
        texts = ((mark.message, 46), (mark.fix, 40), (mark.value, 18), (mark.proposal, 18), (mark.who, 16), (" ", 16))
        sheet.set_row(row, 15 * max(-(-breadth(text or "") // (width - 2)) for text, width in texts) + 6)

    def marked_table(self, one: Sheet, table: Located | None) -> None:
        """Write one table with the sender's values, its marks, the decision column and the explanation column."""
        filled = self._filled(one, table)
        last = max(*prepared(one, filled), max(filled, default=FIRST_ROW) + _SPARE)
        sheet = self.table(one, filled, last_row=last)
        check, explain = len(one.fields) + 1, len(one.fields) + 2
        head = self.format(bold=True, border=1, bg_color="#DDEBF7", text_wrap=True, align="center")
        for column, (title, key, width) in ((check, ("处理", "_check", 12)), (explain, ("情况说明", "_explain", 30))):
            sheet.set_column(column, column, width, self.format(num_format="@", locked=False, text_wrap=True))
            sheet.write_string(2, column, title, head)
            sheet.write_string(3, column, f"#{key}", self.format())
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
        for column, field in enumerate(one.fields, 1):
            own = said.pop(field.key, None)
            cell = sent.cells.get(field.key)
            if own or (cell is not None and cell.text):
                self._cell(sheet, at - 1, column, cell, _worst(own) if own else "")
                if own and self._has_comment(one, sent, field.key):
                    sheet.write_comment(at - 1, column, _words(own), _NOTE)
        if marks:
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
            fill = {"bg_color": _FILLS[worst]} if worst else {}
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
        worst, column = _worst(marks), len(one.fields) + 1
        untold = [mark for mark in _by_severity(marks) if not self._has_comment(one, sent, mark.field)]
        text = _words(untold).replace("\n", " ")
        if not text.startswith(_SIGNS[worst]):
            text = f"{_SIGNS[worst]} {text}".strip()
        style = self.format(
            bg_color=_FILLS[worst], locked=False, num_format="@", **({} if untold else {"align": "center"})
        )
        sheet.write_string(row, column, text, style)
        told = [mark for many in loose.values() for mark in many if self._has_comment(one, sent, mark.field)]
        if told:
            sheet.write_comment(row, column, _words(told), _NOTE)

    def page_type(self) -> type:
        """Return a worksheet that keeps a row as its text: whatever an office sends must go back."""
        return row_by_row(FIRST_ROW - 1)

    def grey(self, one: Sheet, field: Field) -> str:
        """Return when the cells of a field that is filled in beforehand are grey: a fill of ours below must be seen."""
        if (one.name, field.key) not in self.touched:
            return super().grey(one, field)
        return f'=${letters(len(one.fields) + 1)}{FIRST_ROW}=""'


def _on_cover(mark: Mark) -> bool:
    return mark.sheet in ("cover", "封面")


def _by_severity(marks: Sequence[Mark]) -> list[Mark]:
    return sorted(marks, key=lambda one: _ORDER.index(one.severity))


def _worst(marks: Sequence[Mark]) -> str:
    return min((mark.severity for mark in marks), key=_ORDER.index)


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
    return sorted(marks, key=lambda one: (_ORDER.index(one.severity), places[cause(one)]))


def _runs(numbers: Iterable[int]) -> list[tuple[int, int]]:
    """Return (first, last) of every run of neighbours."""
    runs: list[tuple[int, int]] = []
    for number in sorted(numbers):
        if runs and runs[-1][1] == number - 1:
            runs[-1] = (runs[-1][0], number)
        else:
            runs.append((number, number))
    return runs


def _words(marks: Sequence[Mark]) -> str:
    """Return what the comment on a cell says."""
    text = "\n".join(f"{_SIGNS[mark.severity]} {mark.message} {mark.fix}".strip() for mark in marks)
    proposals = [mark.proposal for mark in marks if mark.proposal]
    return (text + (f"\n建议值：{proposals[0]}" if proposals else ""))[:1500]


def _is_plain(text: str) -> bool:
    """Say whether this is a finite number as a file writes it; it goes back as a number, so that the same fault is found."""
    return _NUMBER.fullmatch(text) is not None and abs(float(text)) < 1e300
