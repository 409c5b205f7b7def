"""Dirt in what a workbook says it is, and in what stands beside its table (intake 3.2)."""

from __future__ import annotations

from typing import Any

from simulate.dirt.case import table
from simulate.dirt.spoil import RETURNED, SAME, kind


@kind("D007", "T06", SAME)
def _protected() -> Any:
    def protect(book: Any, sheet: int) -> None:
        book.worksheets[sheet].protection.sheet = True
        book.worksheets[sheet].protection.password = "1234"

    return [lambda book, sheet=sheet: protect(book, sheet) for sheet in range(5)]


@kind("D020", "T06", RETURNED, "DR-T001")
def _home_made() -> Any:
    def own(book: Any, drop: int) -> None:
        sheet = table(book)
        titles = [sheet.cell(3, column).value for column in range(2, 11)]
        rows = [[sheet.cell(number, column).value for column in range(2, 11)] for number in (5, 6)]
        for one in list(book.worksheets):
            book.remove(one)
        new = book.create_sheet("Sheet1")
        for values in (titles, *rows):
            new.append(values[: len(values) - drop])
        for name in list(book.custom_doc_props.names):
            del book.custom_doc_props[name]
        for name in list(book.defined_names):
            del book.defined_names[name]
        book.properties.keywords = None

    return [lambda book, drop=drop: own(book, drop) for drop in range(5)]


@kind("D021", "T06", SAME)
def _carriers_lost() -> Any:
    def no_names(book: Any) -> None:
        for name in list(book.defined_names):
            del book.defined_names[name]

    def no_property(book: Any) -> None:
        for name in list(book.custom_doc_props.names):
            del book.custom_doc_props[name]

    def shown(book: Any) -> None:
        book["_meta"].sheet_state = "visible"

    def no_keywords(book: Any) -> None:
        book.properties.keywords = None

    return [lambda book: book.remove(book["_meta"]), no_names, no_property, shown, no_keywords]


@kind("D021", "T06", SAME, "DR-T103")
def _cover_typed_over() -> Any:
    others = (
        ("C3", "随便什么单位"), ("C3", "县局"), ("C5", "市级"), ("C5", "city"), ("C6", "名录"), ("C6", "第二期"),
        ("C9", "0.9"), ("C9", "V2.0"),
    )  # fmt: skip
    return [lambda book, at=at, text=text: book["封面"].__setitem__(at, text) for at, text in others]


@kind("D022", "T06", RETURNED, "DR-U006", cell="C4")
def _neighbours_file() -> Any:
    return [
        lambda book, unit=unit: book["封面"].__setitem__("C4", unit)
        for unit in ("421222", "421223", "421224", "421281", "421202")
    ]


@kind("D022", "T06", RETURNED, "DR-T002")
def _neighbours_table() -> Any:
    lines = (
        ("A2", "报送单位：通城县司法局　　年度：2026"), ("A2", "填报单位：咸宁市司法局（盖章）"), ("A1", "咸安区执法检查人员名录"),
        ("A1", "附件1：2026年度咸宁市赤壁市推荐表（初稿）"), ("A1", "通山推荐名单"), ("A2", "报送单位：嘉鱼县司法局　　年度：2025"),
    )  # fmt: skip
    return [lambda book, at=at, text=text: table(book).__setitem__(at, text) for at, text in lines]


@kind("D022", "T06", SAME)
def _own_title() -> Any:
    titles = (
        "嘉鱼县推荐表",
        "咸宁市推荐名单",
        "湖北省2026年度执法检查人员名录",
        "参照通城县格式填写",
        "咸宁市嘉鱼县上报表",
    )
    return [lambda book, text=text: table(book).__setitem__("A1", text) for text in titles]


@kind("D024", "T06", RETURNED, "DR-Q010")
def _blank_template() -> Any:
    def blank(book: Any, what: Any) -> None:
        for number in (5, 6):
            for column in range(2, 11):
                table(book).cell(number, column).value = what

    return [lambda book, what=what: blank(book, what) for what in (None, "", "无", " ", "/")]


@kind("D025", "T06", RETURNED, "DR-Q011", cell="C15")
def _zero_with_rows() -> Any:
    def zero(book: Any, word: str) -> None:
        cover = book["封面"]
        for row in cover.iter_rows():
            if row[0].value == "#is_zero_report":
                row[2].value = word

    return [lambda book, word=word: zero(book, word) for word in ("是", "√", "Y", "1", "有")]


@kind("D121", "T06", SAME)
def _metadata() -> Any:
    return [
        lambda book, name=name: setattr(book.properties, "creator", name)
        for name in ("某人", "Administrator", "微软用户", "user", "")
    ]


@kind("D015", "T06", SAME)
def _rich_text() -> Any:
    from openpyxl.cell.rich_text import CellRichText, TextBlock
    from openpyxl.cell.text import InlineFont

    def rich(book: Any, at: int) -> None:
        table(book)["B5"] = CellRichText("欧阳明远"[:at], TextBlock(InlineFont(b=True), "欧阳明远"[at:]))

    return [lambda book, at=at: rich(book, at) for at in (1, 2, 3)]
