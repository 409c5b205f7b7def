"""Writes a template T00-T18, blank, pre-filled or filled in: byte-identical for equal input (intake 5.2, decisions 14-16).

One workbook: 填报说明, 封面, the data sheets, 代码表 and the very hidden `_meta`; six carriers say what it is.
Text is always written as text, so nothing an office typed can become a formula or a link.
"""

from __future__ import annotations

import hashlib
import io
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from schemas.declare import FieldType
from schemas.loader import code_lists
from schemas.loader import template as template_named
from workbooks import front, selfcheck
from workbooks.model import Identity
from workbooks.row_writer import plain_formulas
from workbooks.selfcheck import FIRST_ROW, letters

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from schemas.declare import Field, Sheet, Template, Unit

CREATED = datetime(2026, 1, 1)
YES_NO = ("是", "否")
_TITLE_ROW, _UNIT_ROW, _HEAD_ROW, _KEY_ROW = 0, 1, 2, 3
_CHOICE_SHEET = "代码表"
_ROW_HEIGHT = 21
# Half-width characters: what an A4 landscape page takes readably, what a title is centred over, where 自检 begins.
_WIDEST_PAGE, _PAGE_WIDTH, _CHECK_PLACE = 190, 130, 72
_ROOM = 30
EXPLAIN_COLUMN = ("情况说明", "_explain", 30)
"""Title, key and width of the column in which a row is explained."""
# Data rows that an A4 page takes at most.
_PAGE_ROWS = 25


@lru_cache(maxsize=64)
def digest_of(code: str) -> str:
    """Return the eight characters that change when a heading, key or list of the template changes."""
    one = template_named(code)
    parts = [one.code, one.version]
    for sheet in one.sheets:
        for field in sheet.fields:
            parts += [sheet.name, field.key, field.title, *(code_lists()[field.codes].labels if field.codes else ())]
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:8].upper()


def identity_of(template: Template, *, unit: str = "", year: int | str = "", issue_no: str = "") -> Identity:
    """Return the identity a template of this unit and year carries."""
    return Identity(
        template=template.code,
        version=template.version,
        year=str(year),
        period=template.period,
        unit=unit,
        issue_no=issue_no,
        digest=digest_of(template.code),
    )


def file_name(identity: Identity, number: int = 1) -> str:
    """Return the standard file name, `2026_NOM_421221_T06_v1.xlsx`."""
    parts = (identity.year, identity.period, identity.unit, identity.template, f"v{number}")
    return "_".join(part for part in parts if part) + ".xlsx"


def write(
    template: Template,
    identity: Identity,
    *,
    unit: Unit | None = None,
    year: int | str = "",
    deadline: str = "",
    quota: int | None = None,
    rows: Mapping[str, Sequence[Mapping[str, Any]]] | None = None,
    cover: Mapping[str, Any] | None = None,
    choices: Mapping[str, Sequence[str]] | None = None,
    explanations: Mapping[str, Mapping[int, str]] | None = None,
    is_complete: bool = False,
) -> bytes:
    """Return the workbook. `rows`: sheet name -> rows by field key; `choices`: field key -> drop-down of this unit;
    `explanations`: sheet name -> place of a row in `rows` -> its 情况说明, a column that only a sheet with one has;
    `is_complete`: nobody adds rows any more, so only those there are get printed.
    """
    import xlsxwriter

    out = io.BytesIO()
    book = xlsxwriter.Workbook(
        out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    )
    book.set_properties({"title": template.title, "keywords": identity.text(), "created": CREATED, "author": "台账"})
    book.set_custom_property("taizhang_id", identity.text(), "text")
    writer = Writer(book, template, identity, unit, str(year or identity.year), deadline, quota, dict(choices or {}))
    writer.explanations, writer.is_complete = explanations or {}, is_complete
    front.guide(writer)
    front.cover(writer, dict(cover or {}))
    for sheet in template.sheets:
        writer.table(sheet, dict(enumerate((rows or {}).get(sheet.name, ()), FIRST_ROW)))
    writer.code_lists()
    writer.meta()
    book.close()
    return out.getvalue()


class Writer:
    """Holds the open book and its formats while one workbook is written."""

    def __init__(
        self,
        book: Any,
        template: Template,
        identity: Identity,
        unit: Unit | None,
        year: int | str,
        deadline: str,
        quota: int | None,
        choices: Mapping[str, Sequence[str]],
    ) -> None:
        self.book, self.template, self.identity = book, template, identity
        self.unit, self.year, self.deadline, self.quota, self.choices = unit, year, deadline, quota, choices
        self.lists: dict[str, tuple[int, tuple[str, ...]]] = {}
        self.formats: dict[tuple[Any, ...], Any] = {}
        self.noted: dict[str | None, front.Noted] = {}
        self.declared: selfcheck.Declared | None = None
        self.explanations: Mapping[str, Mapping[int, str]] = {}
        self.is_complete = False
        self.printed = f"表号 {identity.template} 版本 {identity.version} 校验码 {identity.digest}"
        self._plan_lists()

    def format(self, **given: Any) -> Any:
        """Return the cell format with these properties, made once."""
        key = tuple(sorted(given.items()))
        if key not in self.formats:
            base = {"font_name": "宋体", "font_size": 10.5, "valign": "vcenter"}
            self.formats[key] = self.book.add_format({**base, **given})
        return self.formats[key]

    # data sheets ----------------------------------------------------------------------------------------------------

    def table(self, one: Sheet, filled: Mapping[int, Mapping[str, Any]], last_row: int = 0) -> Any:
        """Write one data sheet and return it; `filled` maps Excel rows to their values by field key."""
        sheet = self.book.add_worksheet(one.title, self.page_type())
        last_column = len(one.fields)
        last_row = max(last_row, *prepared(one, filled))
        across = pages_across(one)
        head = self.format(bold=True, border=1, bg_color="#DDEBF7", text_wrap=True, align="center")
        title = self.template.title if len(self.template.sheets) == 1 else f"{self.template.title}——{one.title}"
        wide = last_column if across == 1 else _column_at(one, _PAGE_WIDTH)
        sheet.merge_range(0, 0, 0, wide, title, self.format(bold=True, font_size=16, align="center", font_name="黑体"))
        sheet.set_row(_TITLE_ROW, 30)
        unit = f"报送单位：{self.unit.name if self.unit else ''}　　年度：{self.year}　　{self.printed}"
        sheet.write_string(_UNIT_ROW, 0, unit, self.format(font_size=9))
        sheet.set_row(_HEAD_ROW, 34)
        sheet.set_row(_KEY_ROW, None, None, {"hidden": True})
        sheet.set_column(0, 0, 5)
        sheet.write_string(_HEAD_ROW, 0, "序号", head)
        sheet.write_string(_KEY_ROW, 0, "#_row")
        for column, field in enumerate(one.fields, 1):
            self._column(sheet, column, field, head, last_row)
        found = selfcheck.rules(one, last_row) if self.template.direction == "up" else ()
        self._rows(sheet, one, last_row, filled, found)
        if self.template.direction == "up":
            self._self_check(sheet, one, last_row, list(filled.values()), found)
        self.book.define_name(
            f"tz_{one.name}_data", f"='{one.title}'!$A${FIRST_ROW}:${letters(last_column)}${last_row}"
        )
        sheet.freeze_panes(FIRST_ROW - 1, min(3, 1 + last_column))
        self._frame(sheet, one, last_row)
        sheet.repeat_rows(_HEAD_ROW)
        if across > 1:
            sheet.repeat_columns(0, 1)
            sheet.print_across()
        told = self.explanations.get(one.name, {})
        if told:
            self._explained(sheet, last_column + 1, told)
        printed = max((FIRST_ROW, *filled)) if self.is_complete else last_row
        sheet.print_area(0, 0, printed - 1, last_column + bool(told))
        self.page(sheet, landscape=self.template.landscape, across=across, is_signed=self.template.direction == "up")
        allowed = ("format_cells", "format_columns", "format_rows", "insert_rows", "delete_rows", "sort", "autofilter")
        sheet.protect("", dict.fromkeys(allowed, True))
        return sheet

    def own_column(self, sheet: Any, column: int, title: str, key: str, width: float) -> None:
        """Head a column of ours right of the fields, open for whoever answers in it."""
        sheet.set_column(column, column, width, self.format(num_format="@", locked=False, text_wrap=True))
        sheet.write_string(
            _HEAD_ROW,
            column,
            title,
            self.format(bold=True, border=1, bg_color="#DDEBF7", text_wrap=True, align="center"),
        )
        sheet.write_string(_KEY_ROW, column, f"#{key}", self.format())

    def _explained(self, sheet: Any, column: int, told: Mapping[int, str]) -> None:
        """Write why some rows (by their place) are as they are right of them, where a returned copy asks for it."""
        self.own_column(sheet, column, *EXPLAIN_COLUMN)
        words = self.format(num_format="@", locked=False, text_wrap=True, border=1)
        for place, text in told.items():
            sheet.write_string(FIRST_ROW - 1 + place, column, text, words)

    def _frame(self, sheet: Any, one: Sheet, last_row: int) -> None:
        """Draw the lines of the prepared rows as conditional formats: thousands of blank cells need not be written.

        LibreOffice shows only the first that holds, so every one of them draws the lines.
        """
        for column, field in enumerate(one.fields, 1):
            if field.prefilled or field.computed:
                grey = {
                    "type": "formula",
                    "criteria": self.grey(one, field),
                    "format": self.format(bg_color="#F2F2F2", border=1),
                }
                sheet.conditional_format(FIRST_ROW - 1, column, last_row - 1, column, grey)
        lines = {"type": "formula", "criteria": "=TRUE", "format": self.format(border=1)}
        sheet.conditional_format(FIRST_ROW - 1, 0, last_row - 1, len(one.fields), lines)

    def blank_pages(self) -> int:
        """Return how many pages of the first table show all its columns once, 0 when the whole blank form is no more."""
        first = self.template.sheets[0]
        is_long = self.template.direction == "up" and first.rows > _PAGE_ROWS and not self.is_complete
        return pages_across(first) if is_long else 0

    def page_type(self) -> type:
        """Return the kind of worksheet a table is written on."""
        return plain_formulas()

    def grey(self, one: Sheet, field: Field) -> str:
        """Return when the cells of a field that is filled in beforehand are grey: always."""
        return "=TRUE"

    def _column(self, sheet: Any, column: int, field: Field, head: Any, last_row: int) -> None:
        # Every cell of a data row is open: Excel deletes a row of a protected sheet only when none of its cells is locked.
        sheet.set_column(column, column, field.width, self.format(num_format="@", locked=False, text_wrap=True))
        star = " *" if field.required else ""
        sheet.write_string(_HEAD_ROW, column, field.title + star, head)
        sheet.write_string(_KEY_ROW, column, f"#{field.key}", self.format())
        prompt = _prompt(field)
        area = (FIRST_ROW - 1, column, last_row + 500, column)
        tip = {"input_title": field.title[:32], "input_message": prompt} if prompt else {}
        if field.type in (FieldType.CODE, FieldType.BOOLEAN) or field.key in self.choices:
            is_open = field.key in self.choices or (field.codes and code_lists()[field.codes].is_open)
            sheet.data_validation(
                *area,
                {
                    "validate": "list",
                    "source": self.source(field),
                    "error_type": "warning" if is_open else "stop",
                    "error_title": "请从列表选择",
                    "error_message": "这一列只能填下拉列表里的值。",
                    **tip,
                },
            )
        elif field.type is FieldType.DATE:
            place = f"{letters(column)}{FIRST_ROW}"
            sheet.data_validation(
                *area,
                {
                    "validate": "custom",
                    "value": f"=IF(ISNUMBER({place}),TRUE,ISNUMBER(DATEVALUE({place})))",
                    "error_type": "warning",
                    "error_title": "请核对日期",
                    "error_message": "日期按 2026-05-20 这样填写。",
                    **tip,
                },
            )
        elif tip:
            sheet.data_validation(*area, {"validate": "any", **tip})

    def row(self, sheet: Any, one: Sheet, at: int, values: Mapping[str, Any]) -> None:
        """Write the cells of a row that is filled in; `at` is its Excel row."""
        text, number = (self.format(num_format=form, locked=False, text_wrap=True) for form in ("@", "General"))
        for column, field in enumerate(one.fields, 1):
            value = values.get(field.key)
            if value is None or value == "":
                continue
            if isinstance(value, int | float) and not isinstance(value, bool):
                sheet.write_number(at - 1, column, value, number)
            else:
                sheet.write_string(at - 1, column, front.shown(value), text)

    def _rows(self, sheet: Any, one: Sheet, last_row: int, filled: Mapping[int, Mapping[str, Any]], found: Any) -> None:
        """Write the rows from the first to the last: column A counts them and adds ✗ with the number of their faults."""
        formula, rows = selfcheck.row_formula(one, found), list(filled.values()) if found else []
        number = self.format(align="center", font_color="#7F7F7F", locked=False)
        for row in range(FIRST_ROW, last_row + 1):
            values = filled.get(row)
            shown = "" if values is None else selfcheck.row_value(found, row - FIRST_ROW + 1, values, rows)
            if values is not None:
                sheet.set_row(row - 1, _height(one, values))
            sheet.write_formula(row - 1, 0, formula.replace(selfcheck.ROW, str(row)), number, shown)
            if values is not None:
                self.row(sheet, one, row, values)

    def _self_check(
        self, sheet: Any, one: Sheet, last_row: int, rows: Sequence[Mapping[str, Any]], found: Sequence[selfcheck.Rule]
    ) -> None:
        """Write what the form says about itself: the 自检 line and the marked cells."""
        quota = self.quota if one.name == self.template.sheets[0].name else None
        words = self.format(bold=True, font_color="#C00000")
        shown = selfcheck.line_value(one, found, rows, quota, self.declared)
        formula = selfcheck.line(one, last_row, quota, self.declared)
        sheet.write_formula(_UNIT_ROW, _column_at(one, _CHECK_PLACE), formula, words, shown)
        begun = f'$A{FIRST_ROW}<>""'
        for rule in found:
            fill = self.format(bg_color="#FCE4D6" if rule.kind == "blank" else "#F8CBAD", border=1)
            criteria = {
                "type": "formula",
                "criteria": f"=AND({begun},{rule.formula})".replace(selfcheck.ROW, str(FIRST_ROW)),
                "format": fill,
            }
            if len(criteria["criteria"]) < 250 or rule.kind == "code":
                sheet.conditional_format(FIRST_ROW - 1, rule.column, last_row - 1, rule.column, criteria)

    # 代码表, _meta ----------------------------------------------------------------------------------------------------

    def _plan_lists(self) -> None:
        fields = [*template_named("T00").sheets[0].fields, *(f for s in self.template.sheets for f in s.fields)]
        for field in fields:
            labels = self.labels(field)
            name = self._list_name(field)
            if labels and name not in self.lists:
                self.lists[name] = (len(self.lists), labels)

    def _list_name(self, field: Field) -> str:
        if field.key in self.choices:
            return field.key
        return "是否" if field.type is FieldType.BOOLEAN else (field.codes or "")

    def labels(self, field: Field) -> tuple[str, ...]:
        """Return what the drop-down of a field offers, nothing when it has none."""
        if field.key in self.choices:
            return tuple(self.choices[field.key])
        if field.type is FieldType.BOOLEAN:
            return YES_NO
        return code_lists()[field.codes].labels if field.codes else ()

    def source(self, field: Field) -> str:
        """Return the range of 代码表 a drop-down reads."""
        column, labels = self.lists[self._list_name(field)]
        letter = letters(column)
        return f"={_CHOICE_SHEET}!${letter}$2:${letter}${len(labels) + 1}"

    def code_lists(self) -> None:
        """Write 代码表, which feeds the drop-downs."""
        sheet = self.book.add_worksheet(_CHOICE_SHEET)
        for name, (column, labels) in self.lists.items():
            title = code_lists()[name].title if name in code_lists() else name
            sheet.set_column(column, column, max(12, 2 * max(len(label) for label in labels)))
            sheet.write_string(0, column, title, self.format(bold=True, bg_color="#DDEBF7"))
            for at, label in enumerate(labels, 1):
                sheet.write_string(at, column, label, self.format())
        self.page(sheet, landscape=True)
        sheet.protect("", {"format_columns": True})

    def meta(self, more: Sequence[tuple[str, str]] = ()) -> None:
        """Write the very hidden `_meta`: who the form says it is, and `more` pairs below."""
        sheet = self.book.add_worksheet("_meta")
        pairs = {
            "id": self.identity.text(),
            "template": self.identity.template,
            "version": self.identity.version,
            "unit": self.identity.unit,
            "year": self.year,
            "period": self.identity.period,
            "deadline": self.deadline,
            "quota": "" if self.quota is None else str(self.quota),
        }
        for at, (name, value) in enumerate((*pairs.items(), *more)):
            sheet.write_string(at, 0, name)
            sheet.write_string(at, 1, value)
        self.book.define_name("tz_id", "=_meta!$B$1")
        sheet.protect()
        sheet.very_hidden()

    def page(self, sheet: Any, *, landscape: bool, across: int = 1, is_signed: bool = False) -> None:
        """Set A4, the pages a row takes, and the footer that says which form this is and who answers for it."""
        if landscape:
            sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(across, 0)
        sheet.set_margins(0.5, 0.5, 0.6, 1.0 if is_signed else 0.7)
        signed = "&10填报人：　　　　　　审核人：　　　　　　签发人：　　　　　　（单位盖章）\n" if is_signed else ""
        sheet.set_footer(f"&L{signed}&8{self.printed}&R&8第 &P 页 共 &N 页")


def prepared(one: Sheet, filled: Mapping[int, Mapping[str, Any]]) -> list[int]:
    """Return last rows to prepare: room for more, except where the rows themselves are given (their keys pre-filled)."""
    if filled and any(field.prefilled for field in one.fields if field.key == (one.key or ("",))[0]):
        return [max(filled)]
    if filled:
        return [FIRST_ROW - 1 + min(one.rows, _ROOM), max(filled) + (_ROOM if one.rows > _ROOM else 5)]
    return [FIRST_ROW - 1 + one.rows]


def pages_across(one: Sheet) -> int:
    """Return how many A4 pages a row takes, so that print stays readable: one page up to 190 half-width characters."""
    return max(1, -(-int(sum(field.width for field in one.fields)) // _WIDEST_PAGE))


def _column_at(one: Sheet, width: float) -> int:
    """Return the column that ends `width` half-width characters from the left, or the last."""
    wide = 0.0
    for column, field in enumerate(one.fields, 1):
        wide += field.width
        if wide > width:
            return column
    return len(one.fields)


def _height(one: Sheet, values: Mapping[str, Any]) -> float:
    """Return the height at which the longest cell of a row is seen whole; nobody calculates it before printing."""
    lines = 1
    for field in one.fields:
        text = values.get(field.key)
        if isinstance(text, str) and len(text) * 2 > field.width:
            lines = max(lines, -(-breadth(text) // max(int(field.width) - 1, 1)))
    return min(400, max(_ROW_HEIGHT, 15 * lines + 4))


def breadth(text: str) -> int:
    """Return how many half-width characters a text takes."""
    return len(text) if text.isascii() else sum(1 if char < "\u2000" else 2 for char in text)


def _prompt(field: Field) -> str:
    """Return what Excel shows beside a chosen cell, at most 250 characters; several values need their list there."""
    parts = [field.help or (f"例：{field.example}" if field.example else "")]
    if field.type is FieldType.CODES and field.codes:
        parts.append("可选：" + "、".join(code_lists()[field.codes].labels))
    text = "\n".join(filter(None, parts))
    return text if len(text) <= 250 else text[:249] + "…"
