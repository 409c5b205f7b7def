"""Dirt in whole rows: hidden, struck through, blank, totals, pictures, rows of another table (intake 3.3)."""

from __future__ import annotations

from functools import partial
from typing import Any

from openpyxl.comments import Comment
from openpyxl.styles import Font, PatternFill
from openpyxl.styles.colors import Color

from simulate.dirt.case import place, table
from simulate.dirt.spoil import RETURNED, SAME, kind, put


@kind("D044", "T06", SAME, "DR-S006")
def _row_hidden() -> Any:
    def hide(book: Any, rows: tuple[int, ...], *, filters: bool) -> None:
        sheet = table(book)
        for number in rows:
            sheet.row_dimensions[number].hidden = True
        if filters:
            sheet.auto_filter.ref = "A3:J10"

    return [
        lambda book, one=one: hide(book, one[0], filters=one[1])
        for one in (((5,), False), ((6,), False), ((5, 6), False), ((6,), True), ((5,), True))
    ]


@kind("D045", "T06", SAME, "DR-S007")
def _column_hidden() -> Any:
    return [
        lambda book, column=column: setattr(table(book).column_dimensions[column], "hidden", True) for column in "BCDFH"
    ]


@kind("D046", "T06", RETURNED, "DR-S008")
def _row_struck() -> Any:
    def strike(book: Any, row: int, last: int) -> None:
        for column in range(2, last + 1):
            table(book).cell(row, column).font = Font(strike=True)

    return [lambda book, one=one: strike(book, *one) for one in ((5, 10), (6, 10), (5, 9), (6, 8), (5, 7))]


@kind("D046", "T06", RETURNED, "DR-S008")
def _row_grey() -> Any:
    grounds = [_ground("808080"), _ground("BFBFBF"), _ground(Color(theme=0, tint=-0.35))]
    letters = [_letters("A6A6A6"), _letters(Color(theme=0, tint=-0.5))]
    return [partial(_paint, row=5, format_=one) for one in (*grounds, *letters)]


@kind("D047", "T06", SAME, "DR-S026")
def _colours() -> Any:
    grounds = [_ground("FF0000"), _ground("FFFF00"), _ground("92D050"), _ground(Color(theme=5))]
    letters = [_letters(one) for one in ("FF0000", "C00000", "00B050", Color(indexed=10), Color(theme=4))]
    rows = [partial(_paint, row=6, format_=one) for one in (*grounds, *letters)]
    return [*rows, partial(_paint, row=5, format_=_ground("FFC000"), columns=(2, 3))]


def _ground(colour: Any) -> dict[str, Any]:
    return {"fill": PatternFill("solid", fgColor=colour)}


def _letters(colour: Any) -> dict[str, Any]:
    return {"font": Font(color=colour)}


def _paint(book: Any, *, row: int, format_: dict[str, Any], columns: tuple[int, ...] = tuple(range(1, 12))) -> None:
    for column in columns:
        for name, value in format_.items():
            setattr(table(book).cell(row, column), name, value)


@kind("D048", "T06", SAME, "DR-S009")
def _blank_rows() -> Any:
    return [lambda book, one=one: table(book).insert_rows(*one) for one in ((5, 1), (6, 1), (6, 2), (5, 3), (6, 4))]


@kind("D049", "T06", SAME)
def _formatted_rows() -> Any:
    def formatted(book: Any, count: int) -> None:
        for number in range(30, 30 + count):
            table(book).cell(number, 2).number_format = "@"
            table(book).cell(number, 2).font = Font(bold=True)

    return [lambda book, count=count: formatted(book, count) for count in (10, 100, 500, 1000, 2000)]


@kind("D050", "T06", SAME, "DR-S011", "DR-S012")
def _totals_and_signatures() -> Any:
    return [
        put(place_, text)
        for place_, text in (
            ("A7", "合计"),
            ("B8", "合计：2人"),
            ("B9", "填表人：钱明远"),
            ("B9", "注：以上属实"),
            ("B8", "（盖章）"),
        )
    ]


@kind("D051", "T06", SAME, "DR-S024")
def _numbering() -> Any:
    def number(book: Any, first: Any, second: Any) -> None:
        table(book)["A5"], table(book)["A6"] = first, second

    return [
        lambda book, one=one: number(book, *one)
        for one in (("1", "1"), ("2", "3"), ("（1）", "（2）"), (1, 5), ("一", "二"))
    ]


@kind("D052", "T06", SAME, "DR-S023")
def _beyond_the_form() -> Any:
    def move(book: Any, row: int) -> None:
        sheet = table(book)
        for column in range(2, 11):
            sheet.cell(row, column).value = sheet.cell(6, column).value
            sheet.cell(6, column).value = None

    return [lambda book, row=row: move(book, row) for row in (15, 16, 20, 40, 120)]


@kind("D053", "T06", RETURNED, "DR-S017")
def _side_by_side() -> Any:
    def beside(book: Any, gap: int) -> None:
        sheet = table(book)
        for number in (3, 4, 5, 6):
            for column in range(2, 11):
                sheet.cell(number, column + 9 + gap).value = sheet.cell(number, column).value

    return [lambda book, gap=gap: beside(book, gap) for gap in (0, 1, 2)]


@kind("D053", "T06", RETURNED, "DR-S027")
def _one_under_the_other() -> Any:
    def under(book: Any, first: int, lines: tuple[tuple[str, ...], ...]) -> None:
        for row, line in enumerate(lines, first):
            for column, text in enumerate(line, 1):
                table(book).cell(row, column).value = text

    contacts = (("序号", "姓名", "电话", "备注"), ("1", "孙立", "13900000004", "联络员"))
    titled = (("附：联络员名单",), ("姓名", "职务", "手机号码"), ("孙立", "科员", "13900000004"))
    wide = (
        ("序号", "单位名称", "类别", "地址", "负责人", "联系电话", "人数", "备注"),
        ("1", "某某律师事务所", "律师事务所", "某某路1号", "周正", "13900000005", "12", ""),
    )
    return [partial(under, first=row, lines=one) for one in (contacts, titled, wide) for row in (7, 9)]


@kind("D053", "T06", RETURNED, "DR-S027")
def _another_beside() -> Any:
    def beside(book: Any, first: int, heads: tuple[str, ...]) -> None:
        for column, head in enumerate(heads, first):
            table(book).cell(3, column).value = head
            table(book).cell(5, column).value = "孙立"

    return [
        partial(beside, first=at, heads=heads)
        for heads in (("联系人", "电话"), ("姓名", "职务", "备注"))
        for at in (12, 13)
    ]


@kind("D053", "T06", RETURNED, "DR-S018", "DR-S001")
def _transposed() -> Any:
    def turn(book: Any, first: int) -> None:
        sheet = table(book)
        block = [[sheet.cell(row, column).value for column in range(2, 11)] for row in (3, 5, 6)]
        for merged in list(sheet.merged_cells.ranges):
            sheet.unmerge_cells(str(merged))
        sheet.delete_rows(1, sheet.max_row)
        for column, values in enumerate(block, 2):
            for row, value in enumerate(values, first):
                sheet.cell(row, column).value = value

    return [lambda book, first=first: turn(book, first) for first in (3, 4)]


@kind("D054", "T06", SAME, "DR-S019")
def _comments() -> Any:
    def comment(book: Any, place: str) -> None:
        table(book)[place].comment = Comment("证号待核", "某人")

    return [lambda book, place=place: comment(book, place) for place in ("B5", "C5", "F5", "F6", "H6")]


@kind("D055", "T06", RETURNED, "DR-S021")
def _pictures() -> Any:
    def picture(book: Any, place: str) -> None:
        table(book)[place] = '=_xlfn.DISPIMG("ID_ABCDEF",1)'

    return [lambda book, place=place: picture(book, place) for place in ("B5", "C5", "F5", "B6", "H6")]


@kind("D056", "T06", SAME)
def _validations_lost() -> Any:
    def lose(book: Any, rules: int) -> None:
        sheet = table(book)
        sheet.data_validations.dataValidation = sheet.data_validations.dataValidation[:rules]

    return [lambda book, rules=rules: lose(book, rules) for rules in range(5)]


@kind("D057", "T06", SAME)
def _formulas_lost() -> Any:
    def lose(book: Any, rows: range) -> None:
        from openpyxl.formatting.formatting import ConditionalFormattingList

        table(book).conditional_formatting = ConditionalFormattingList()
        for number in rows:
            table(book).cell(number, 1).value = None

    return [lambda book, last=last: lose(book, range(5, last)) for last in (6, 7, 9, 12, 15)]


@kind("D058", "T06", RETURNED, "DR-S028")
def _goes_on_below() -> Any:
    def broken(book: Any, letter: str, text: str) -> None:
        table(book)[f"{letter}7"] = text

    return [
        lambda book, letter=letter, text=text: broken(book, letter, text)
        for letter, text in (("C", "（兼执法监督）"), ("H", "司法鉴定管理"), ("C", "主任科员"))
    ]


@kind("D058", "T06", RETURNED, "DR-S002")
def _goes_on_elsewhere() -> Any:
    def split(book: Any, name: str) -> None:
        other = book.copy_worksheet(table(book))
        other.title = name
        for column in range(2, 11):
            other.cell(5, column).value = table(book).cell(6, column).value
            other.cell(6, column).value = None
            table(book).cell(6, column).value = None

    return [
        lambda book, name=name: split(book, name)
        for name in ("续表", "推荐人员2", "第2页", "推荐人员（续）", "下半部分")
    ]


# what a file declares about itself ------------------------------------------------------------------------------------


@kind("D112", "T06", RETURNED, "DR-Q004", cell="C16")
def _declared_rows() -> Any:
    def declare(book: Any, count: Any) -> None:
        cover = book["封面"]
        cover.insert_rows(16)
        cover["A16"], cover["B16"], cover["C16"] = "#row_count", "数据行数", count

    return [lambda book, count=count: declare(book, count) for count in (3, 1, "5", "三", "0", "２０")]


@kind("D112", "T06", SAME, "DR-Q005")
def _declared_count() -> Any:
    return [put("B8", text) for text in ("合计：3人", "合计 3 人", "共计三人", "总计（5）", "合计１人", "以上共3人")]


@kind("D112", "T02", SAME, "DR-Q005")
def _declared_sum() -> Any:
    def total(book: Any, words: Any) -> None:
        table(book).cell(8, 2).value = "合计"
        table(book)[place("T02", "staff_count", 8)] = words

    return [lambda book, words=words: total(book, words) for words in (25, "23", "１２", "30人")]
