"""Dirt in the shape of a workbook (intake 3.2, 3.3): sheets, headings, rows, merges, marks, and what offices add of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from openpyxl.comments import Comment
from openpyxl.styles import Font, PatternFill

from simulate.dirt import office
from simulate.dirt.case import Case, Outcome, columns, of_book, place, table

if TYPE_CHECKING:
    from collections.abc import Callable

SAME, NOTED, RETURNED, REFUSED = Outcome.SAME, Outcome.NOTED, Outcome.RETURNED, Outcome.REFUSED
_MADE: list[tuple[str, str, Outcome, tuple[str, ...], Any, str | None]] = []


def kind(name: str, form: str, outcome: Outcome, *codes: str, cell: str | None = None) -> Callable[[Any], Any]:
    """Register a function that yields the ways to spoil a workbook in one kind."""

    def register(function: Any) -> Any:
        _MADE.append((name, form, outcome, codes, function, cell))
        return function

    return register


def cases(most: int | None = None) -> list[Case]:
    """Return every structural case, at most `most` variants of one way to do it."""
    found = []
    for name, form, outcome, codes, function, cell in _MADE:
        for variant, spoil in enumerate(function()[:most], 1):
            found.append(of_book(name, variant, form, outcome, codes, spoil, cell=cell))
    return found


def _put(address: str, value: Any) -> Any:
    return lambda book: table(book).__setitem__(address, value)


def _row(sheet: Any, number: int) -> list[Any]:
    return [sheet.cell(number, column).value for column in range(1, sheet.max_column + 1)]


def _write(sheet: Any, number: int, values: list[Any]) -> None:
    for column, value in enumerate(values, 1):
        sheet.cell(number, column).value = value


# sheets --------------------------------------------------------------------------------------------------------------


@kind("D032", "T06", SAME, "DR-S003")
def _renamed_sheet() -> Any:
    return [
        lambda book, name=name: setattr(table(book), "title", name)
        for name in ("表1 (2)", "Sheet1", "推荐人员1", "名单", "2026推荐")
    ]


@kind("D032", "T06", RETURNED, "DR-S002")
def _copied_sheet() -> Any:
    def copied(book: Any, name: str) -> None:
        other = book.copy_worksheet(table(book))
        other.title = name
        other["B5"] = "另一个人"

    return [lambda book, name=name: copied(book, name) for name in ("推荐人员 (2)", "推荐人员副本")]


@kind("D033", "T06", RETURNED, "DR-S001")
def _sheet_missing() -> Any:
    return [lambda book: book.remove(table(book))]


@kind("D033", "T06", SAME, "DR-S004")
def _sheet_hidden() -> Any:
    return [
        lambda book, state=state: setattr(table(book), "sheet_state", state)
        for state in ("hidden", "veryHidden", "hidden", "veryHidden")
    ]


@kind("D034", "T06", SAME)
def _small_extra_sheets() -> Any:
    return [lambda book, name=name: book.create_sheet(name).append(["草稿"]) for name in ("Sheet2", "草稿", "Sheet3")]


@kind("D034", "T06", SAME, "DR-S005")
def _large_extra_sheets() -> Any:
    def extra(book: Any, count: int) -> None:
        sheet = book.create_sheet("底稿")
        for number in range(count):
            sheet.append([number, "底稿内容"])

    return [lambda book, count=count: extra(book, count) for count in (21, 40)]


# headings ------------------------------------------------------------------------------------------------------------


@kind("D035", "T06", SAME)
def _title_row_changed() -> Any:
    return [
        lambda book: table(book).delete_rows(2),
        lambda book: table(book).insert_rows(1, 2),
        lambda book: table(book).delete_rows(1),
        lambda book: table(book).insert_rows(3),
    ]


@kind("D035", "T06", SAME, "DR-S022")
def _example_left_in() -> Any:
    def example(book: Any) -> None:
        from schemas import loader

        sheet = table(book)
        sheet.insert_rows(5)
        _write(sheet, 5, [None, *(one.example or None for one in loader.template("T06").sheets[0].fields)])

    return [example]


@kind("D035", "T06", RETURNED, "DR-H005", "DR-T003", "DR-T005")
def _key_row_deleted_and_one_missing() -> Any:
    def spoil(book: Any) -> None:
        table(book).delete_rows(4)
        table(book)["C4"] = None

    return [spoil]


@kind("D036", "T06", SAME, "DR-H004")
def _column_inserted() -> Any:
    def insert(book: Any, title: str, value: Any) -> None:
        sheet = table(book)
        at = sheet.max_column + 1
        sheet.cell(3, at).value, sheet.cell(5, at).value = title, value

    return [
        lambda book, one=one: insert(book, *one)
        for one in (("性别", "女"), ("备注", "已核"), ("学历", "本科"), ("年龄", 40), ("民族", "汉"))
    ]


@kind("D037", "T06", RETURNED, "DR-H001")
def _required_column_deleted() -> Any:
    return [lambda book, at=at: table(book).delete_cols(at) for at in (2, 3, 4, 8, 9)]


@kind("D037", "T06", SAME, "DR-H002")
def _optional_column_deleted() -> Any:
    return [lambda book: table(book).delete_cols(10)]


@kind("D038", "T06", SAME, "DR-H006")
def _columns_swapped_whole() -> Any:
    def swap(book: Any, one: int, other: int) -> None:
        sheet = table(book)
        for number in range(3, sheet.max_row + 1):
            first, second = sheet.cell(number, one), sheet.cell(number, other)
            first.value, second.value = second.value, first.value

    return [lambda book, pair=pair: swap(book, *pair) for pair in ((2, 3), (2, 9), (3, 4), (6, 7), (5, 8))]


@kind("D039", "T06", SAME)
def _heading_retyped() -> Any:
    return [_put("B3", text) for text in ("姓　名", "姓\n名", "姓 名", "姓名（必填）", "姓名*", "人员姓名")]


@kind("D039", "T06", RETURNED, "DR-H003")
def _column_doubled() -> Any:
    def doubled(book: Any, column: int) -> None:
        sheet = table(book)
        at = sheet.max_column + 1
        for number in (3, 4, 5, 6):
            sheet.cell(number, at).value = sheet.cell(number, column).value

    return [lambda book, column=column: doubled(book, column) for column in (2, 6)]


@kind("D040", "T06", SAME)
def _merged_heading() -> Any:
    def two_rows(book: Any, place: str) -> None:
        sheet = table(book)
        sheet.insert_rows(3)
        sheet["B3"] = "基本情况"
        sheet.merge_cells(place)

    return [lambda book, place=place: two_rows(book, place) for place in ("B3:C3", "B3:D3", "B3:E3", "F3:G3", "B3:J3")]


@kind("D041", "T06", SAME, "DR-S010")
def _heading_again() -> Any:
    def again(book: Any, rows: tuple[int, ...]) -> None:
        sheet = table(book)
        sheet.insert_rows(6, len(rows))
        for at, number in enumerate(rows):
            _write(sheet, 6 + at, _row(sheet, number))

    return [lambda book, rows=rows: again(book, rows) for rows in ((3,), (4,), (3, 4), (1,), (1, 3))]


# merges, dittos ------------------------------------------------------------------------------------------------------


@kind("D042", "T01", SAME, "DR-S013")
def _attribute_merged() -> Any:
    keys = ("category", "field")
    spans = ((5, 6), (5, 7), (6, 7))
    return [
        lambda book, key=key, span=span: table(book).merge_cells(
            f"{place('T01', key, span[0])}:{place('T01', key, span[1])}"
        )
        for key in keys
        for span in spans
    ]


@kind("D042", "T06", RETURNED, "DR-S014")
def _person_merged() -> Any:
    return [lambda book, column=column: table(book).merge_cells(f"{column}5:{column}6") for column in "BCFGH"]


@kind("D043", "T01", SAME, "DR-S015")
def _attribute_ditto() -> Any:
    return [_put(place("T01", "category", 6), text) for text in ("同上", "〃", '"', "″", "々")]


@kind("D043", "T06", RETURNED, "DR-S016")
def _person_ditto() -> Any:
    return [
        _put(f"{column}6", text)
        for column, text in (("B", "同上"), ("C", "〃"), ("F", '"'), ("H", "同上"), ("D", "〃"))
    ]


# rows ----------------------------------------------------------------------------------------------------------------


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


@kind("D047", "T06", SAME)
def _colours() -> Any:
    def paint(book: Any, colour: str) -> None:
        for cell in table(book)[6]:
            cell.fill = PatternFill("solid", fgColor=colour)

    return [
        lambda book, colour=colour: paint(book, colour) for colour in ("FF0000", "FFFF00", "00FF00", "808080", "FF00FF")
    ]


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
        _put(place_, text)
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


# identity ------------------------------------------------------------------------------------------------------------


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


@kind("D022", "T06", RETURNED, "DR-U006", cell="C4")
def _neighbours_file() -> Any:
    return [
        lambda book, unit=unit: book["封面"].__setitem__("C4", unit)
        for unit in ("421222", "421223", "421224", "421281", "421202")
    ]


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


# records -------------------------------------------------------------------------------------------------------------


@kind("D103", "T06", RETURNED, "DR-V055", cell="B5")
def _contents_swapped() -> Any:
    def swap(book: Any, rows: tuple[int, ...]) -> None:
        sheet = table(book)
        for number in rows:
            sheet.cell(number, 2).value, sheet.cell(number, 6).value = (
                sheet.cell(number, 6).value,
                sheet.cell(number, 2).value,
            )

    return [lambda book, rows=rows: swap(book, rows) for rows in ((5,), (5, 6))]


@kind("D103", "T04", RETURNED, "DR-V055")
def _phones_swapped() -> Any:
    def swap(book: Any, rows: tuple[int, ...]) -> None:
        sheet = table(book)
        found = columns(sheet)
        for number in rows:
            one, other = sheet.cell(number, found["name"]), sheet.cell(number, found["mobile"])
            one.value, other.value = other.value, one.value

    return [lambda book, rows=rows: swap(book, rows) for rows in ((5,), (6,), (5, 6))]


@kind("D105", "T04", NOTED, "DR-V043")
def _one_phone_for_two() -> Any:
    return [
        _put(place("T04", "mobile", 5), "13900000002"),
        _put(place("T04", "mobile", 6), "13900000001"),
        _put(place("T04", "mobile", 6), "139 0000 0001"),
        _put(place("T04", "mobile", 6), "+8613900000001"),
        _put(place("T04", "mobile", 6), 13900000001),
    ]


@kind("D108", "T06", RETURNED, "DR-K001")
def _person_twice() -> Any:
    def twice(book: Any, number: str) -> None:
        table(book)["B6"], table(book)["F6"] = "欧阳明远", number

    return [
        lambda book, number=number: twice(book, number)
        for number in ("42122100101", " 42122100101", "４２１２２１００１０１", "42122100101 ", "'42122100101")
    ]


@kind("D109", "T06", NOTED, "DR-K003")
def _two_of_one_name() -> Any:
    return [_put("B6", name) for name in ("欧阳明远", "欧阳 明远", "欧阳明远 ", "欧阳\u200b明远", "欧阳　明远")]


@kind("D111", "T06", RETURNED, "DR-Q001", "DR-Q002")
def _wrong_count() -> Any:
    def fewer(book: Any, number: int) -> None:
        for column in range(2, 11):
            table(book).cell(number, column).value = None

    def more(book: Any, count: int) -> None:
        for at in range(count):
            _write(table(book), 7 + at, [None, *_row(table(book), 6)[1:]])
            table(book).cell(7 + at, 2).value = "何苏叶董"[at : at + 2]
            table(book).cell(7 + at, 6).value = f"4212210020{at}"

    return [
        lambda book: fewer(book, 6),
        lambda book: fewer(book, 5),
        lambda book: more(book, 1),
        lambda book: more(book, 2),
        lambda book: more(book, 3),
    ]


@kind("D114", "T06", RETURNED, "DR-V026", "DR-V022")
def _nobody_certified() -> Any:
    def spoil(book: Any, kind_of: str) -> None:
        for number in (5, 6):
            sheet = table(book)
            sheet.cell(number, 4).value, sheet.cell(number, 5).value = kind_of, "未持证"
            sheet.cell(number, 6).value = sheet.cell(number, 7).value = None

    def one_only(book: Any, number: int) -> None:
        sheet = table(book)
        sheet.cell(number, 5).value = "未持证"
        sheet.cell(number, 6).value = sheet.cell(number, 7).value = None

    return [
        lambda book: spoil(book, "从事日常监管工作的人员"),
        lambda book: one_only(book, 5),
        lambda book: one_only(book, 6),
        lambda book: spoil(book, "3"),
        lambda book: spoil(book, "从事日常监管工作 的人员"),
    ]


@kind("D100", "T02", NOTED, "DR-V015")
def _strange_prefix() -> Any:
    return [
        _put(place("T02", "uscc"), office.uscc(start))
        for start in (
            "9142120000000010",
            "3442120000000011",
            "5242120000000012",
            "9242120000000013",
            "5142120000000014",
        )
    ]


@kind("D116", "T06", SAME)
def _saved_again() -> Any:
    """The same content in other bytes is the same content: the digest says so, the recorder gives the old receipt (D026)."""

    def again(book: Any, zoom: int) -> None:
        table(book).sheet_view.zoomScale = zoom

    return [lambda book, zoom=zoom: again(book, zoom) for zoom in (80, 90, 110, 120, 150)]
