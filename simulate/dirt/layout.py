"""Dirt in sheets, headings and merged cells (intake 3.2, 3.3)."""

from __future__ import annotations

from typing import Any

from simulate.dirt.case import place, table
from simulate.dirt.spoil import RETURNED, SAME, kind, put, row_of, write


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


@kind("D032", "T06", RETURNED, "DR-S002")
def _copied_cover() -> Any:
    def copied(book: Any, name: str) -> None:
        book.copy_worksheet(book["封面"]).title = name

    return [lambda book, name=name: copied(book, name) for name in ("封面 (2)", "新封面")]


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
        write(sheet, 5, [None, *(one.example or None for one in loader.template("T06").sheets[0].fields)])

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
    return [put("B3", text) for text in ("姓　名", "姓\n名", "姓 名", "姓名（必填）", "姓名*", "人员姓名")]


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
            write(sheet, 6 + at, row_of(sheet, number))

    return [lambda book, rows=rows: again(book, rows) for rows in ((3,), (4,), (3, 4), (1,), (1, 3))]


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
    return [put(place("T01", "category", 6), text) for text in ("同上", "〃", '"', "″", "々")]


@kind("D043", "T06", RETURNED, "DR-S016")
def _person_ditto() -> Any:
    return [
        put(f"{column}6", text) for column, text in (("B", "同上"), ("C", "〃"), ("F", '"'), ("H", "同上"), ("D", "〃"))
    ]
