"""Writes the two sheets in front of the tables: 填报说明, what to do in plain words, and 封面, who answers for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from schemas.declare import FieldType, Level
from schemas.loader import code_lists
from schemas.loader import template as template_named
from workbooks.selfcheck import Declared

if TYPE_CHECKING:
    from collections.abc import Mapping

    from schemas.declare import Field, Unit
    from workbooks.template import Writer

_LEVELS = {
    Level.PROVINCE: 0,
    Level.CITY: 1,
    Level.COUNTY: 2,
    Level.PROVINCE_ASSOCIATION: 3,
    Level.CITY_ASSOCIATION: 4,
    Level.ZONE: 5,
}
_COVER_ROW = 3


def guide(writer: Writer) -> None:
    """Write 填报说明: a dozen plain lines at most, then one example, outside the data so that it is never counted."""
    sheet = writer.book.add_worksheet("填报说明")
    sheet.hide_gridlines(2)
    for column, width in enumerate((5, 24, 30, 46)):
        sheet.set_column(column, column, width)
    title = writer.format(bold=True, font_size=16, align="center", font_name="黑体")
    sheet.merge_range(0, 0, 0, 3, f"{writer.template.title}填报说明", title)
    sheet.set_row(0, 34)
    wrap, middle = writer.format(text_wrap=True), writer.format(align="center")
    for at, line in enumerate(_lines(writer), 1):
        sheet.write_number(at, 0, at, middle)
        sheet.merge_range(at, 1, at, 3, line, wrap)
        sheet.set_row(at, 20 if len(line) < 52 else 36)
    at += 2
    sheet.merge_range(at, 0, at, 3, "填写示例（只供参考，不要填在这里）", writer.format(bold=True))
    head = writer.format(bold=True, border=1, bg_color="#DDEBF7", align="center")
    cell = writer.format(border=1, text_wrap=True)
    for one in writer.template.sheets:
        at += 1
        for column, text in enumerate(("", one.title, "示例", "怎么填")):
            sheet.write_string(at, column, text, head)
        for field in (field for field in one.fields if not field.computed):
            at += 1
            sheet.write_string(at, 0, "必填" if field.required else "", writer.format(border=1, align="center"))
            for column, text in enumerate((field.title, field.example, _how(field)), 1):
                sheet.write_string(at, column, text, cell)
            sheet.set_row(at, 16 * max(1, -(-len(_how(field)) // 22), -(-len(field.example) // 14)) + 2)
    writer.page(sheet, landscape=False)
    sheet.protect("", {"format_columns": True, "format_rows": True})


def _lines(writer: Writer) -> list[str]:
    lines = [
        f"报送截止：{writer.deadline}（当日 24:00 前收到为按时）。" if writer.deadline else "",
        "先填“封面”，再填数据表；带 * 的列必须填写，灰色的列已预填，一般不用动。",
        "不要改表头，不要插入或删除列；行不够可以继续往下填。",
        "证号、编码直接输入即可，单元格已设为文本；日期按 2026-05-20 这样填写。",
        "数据表上方的“自检”一行会说还差什么，差的单元格会变色。",
        "填好后存盘，作为邮件附件发回；收到退回件时，直接在退回件上改，改完原样发回。",
        _printing(writer),
        *writer.template.notes,
        "有疑问，请问把这份表发给您的单位。",
    ]
    return list(filter(None, lines))


def _printing(writer: Writer) -> str:
    """Return how to print a blank form of many rows: no print area follows what is typed in every program that opens it."""
    pages = writer.blank_pages()
    which = "第 1 页" if pages == 1 else f"第 1 至 {pages} 页"
    return f"数据表留有较多空行；只想打印空白表看样式时，打印页码选{which}就够。" if pages else ""


def _how(field: Field) -> str:
    """Return how a column is filled, in few words."""
    if field.help:
        return field.help
    if field.type is FieldType.BOOLEAN or field.type is FieldType.CODE:
        return "从下拉列表选择。"
    if field.type is FieldType.CODES:
        return "可填多项，用“；”隔开。"
    return "按 2026-05-20 这样填写。" if field.type is FieldType.DATE else ""


def cover(writer: Writer, given: Mapping[str, Any]) -> None:
    """Write 封面: what is known is filled in and locked, the clerk's fields are open; signatures and seal below."""
    sheet = writer.book.add_worksheet("封面")
    sheet.hide_gridlines(2)
    sheet.set_column(0, 0, 4, None, {"hidden": True})
    sheet.set_column(1, 1, 20)
    sheet.set_column(2, 2, 60, writer.format(num_format="@"))
    title = writer.format(bold=True, font_size=18, align="center", font_name="黑体")
    sheet.merge_range(0, 1, 0, 2, writer.template.title, title)
    sheet.set_row(0, 44)
    at = 1
    values = {**_known(writer), **given}
    for field in _shown_fields(values):
        at += 1
        _entry(writer, sheet, at, field, values.get(field.key))
    _signatures(writer, sheet, at + 2)
    writer.declared = Declared(
        zero_at=_address("is_zero_report", values),
        reason_at=_address("explanation", values),
        is_zero=shown(values.get("is_zero_report")) == "是",
        has_reason=bool(values.get("explanation")),
        may_be_zero=writer.template.zero_report,
    )
    writer.page(sheet, landscape=False)
    sheet.protect("", {"format_columns": True, "format_rows": True})


@dataclass(frozen=True, slots=True)
class Noted:
    """What a returned copy marks at a field of the cover: fill, comment, and the value proposed, '' for none."""

    fill: str
    words: str
    proposal: str


def _shown_fields(values: Mapping[str, Any]) -> list[Field]:
    """Return the fields of the cover that stand in a form; what is computed only when it is given."""
    fields = template_named("T00").sheets[0].fields
    return [field for field in fields if not field.computed or values.get(field.key)]


def place(key: str, values: Mapping[str, Any]) -> str:
    """Return the address of a field on a cover written with `values`; the first one when there is no such field."""
    keys = [field.key for field in _shown_fields(values)]
    return f"C{_COVER_ROW + (keys.index(key) if key in keys else 0)}"


def _address(key: str, values: Mapping[str, Any]) -> str:
    place_ = place(key, values)
    return f"封面!${place_[0]}${place_[1:]}"


def _entry(writer: Writer, sheet: Any, at: int, field: Field, value: Any) -> None:
    is_entry = _is_asked(writer, field)
    label = writer.format(border=1, bg_color="#F2F2F2", indent=1)
    locked = writer.format(border=1, num_format="@", font_color="#595959", indent=1)
    entry = writer.format(border=1, num_format="@", locked=False, bg_color="#FFFDE7", text_wrap=True, indent=1)
    sheet.write_string(at, 0, f"#{field.key}", locked)
    sheet.write_string(at, 1, field.title + (" *" if field.required and is_entry else ""), label)
    sheet.write_string(at, 2, "" if value is None else shown(value), entry if is_entry else locked)
    sheet.set_row(at, 72 if field.key == "explanation" else 26)
    if field.key in writer.noted:
        noted = writer.noted[field.key]
        marked = {
            "border": 1,
            "num_format": "@",
            "locked": not is_entry,
            "bg_color": noted.fill,
            "text_wrap": True,
            "indent": 1,
        }
        sheet.write_string(at, 2, "" if value is None else shown(value), writer.format(**marked))
        sheet.write_comment(at, 2, noted.words, {"author": "", "x_scale": 2})
        if is_entry and noted.proposal and "," not in noted.proposal:
            # One click takes the proposal; whatever else is typed may stand.
            sheet.data_validation(at, 2, at, 2, {"validate": "list", "source": [noted.proposal], "show_error": False})
            return
    if is_entry and writer.labels(field):
        sheet.data_validation(at, 2, at, 2, {"validate": "list", "source": writer.source(field)})
    elif is_entry and field.help:
        tip = {"validate": "any", "input_title": field.title[:32], "input_message": field.help[:250]}
        sheet.data_validation(at, 2, at, 2, tip)


def _is_asked(writer: Writer, field: Field) -> bool:
    """Say whether the clerk fills in a field: a form made for nobody in particular also asks who sends it, for which year."""
    unknown = {"unit_name": writer.unit is None, "unit_code": writer.unit is None, "year": not writer.year}
    return not field.computed and (not field.prefilled or unknown.get(field.key, False))


def shown(value: Any) -> str:
    """Return a value as it stands in a form: 是 and 否 for booleans."""
    if isinstance(value, bool):
        return "是" if value else "否"
    return str(value)


def _signatures(writer: Writer, sheet: Any, at: int) -> None:
    for place, text in enumerate(("填报人签字：", "审核人签字：", "签发人签字：")):
        sheet.write_string(at + place, 1, text, writer.format())
        sheet.set_row(at + place, 28)
    sheet.write_string(at + 2, 2, "（单位盖章）　　　　年　　月　　日", writer.format(align="right"))
    sheet.write_string(at + 4, 1, writer.printed, writer.format(font_size=8, font_color="#7F7F7F"))


def _known(writer: Writer) -> dict[str, Any]:
    identity, unit = writer.identity, writer.unit
    return {
        "unit_name": unit.name if unit else "",
        "unit_code": identity.unit,
        "unit_level": _level(unit),
        "period": next(
            (one.label for one in code_lists()["C23"].entries if one.code == identity.period), identity.period
        ),
        "year": writer.year,
        "template_code": identity.template,
        "template_version": identity.version,
    }


def _level(unit: Unit | None) -> str:
    labels = code_lists()["C06"].labels
    place = _LEVELS.get(unit.level, len(labels)) if unit else len(labels)
    return labels[place] if place < len(labels) else ""
