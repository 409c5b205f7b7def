"""Dirt in several cells of a record, or in several records at once (intake 3.6)."""

from __future__ import annotations

from typing import Any

from simulate.dirt import office
from simulate.dirt.case import columns, place, table
from simulate.dirt.spoil import NOTED, RETURNED, SAME, kind, put, row_of, write


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


@kind("D103", "T06", RETURNED, "DR-V055")
def _classes_swapped() -> Any:
    def swap(book: Any, rows: tuple[int, ...]) -> None:
        sheet = table(book)
        found = columns(sheet)
        for number in rows:
            one, other = sheet.cell(number, found["inspector_class"]), sheet.cell(number, found["qualification"])
            one.value, other.value = other.value, one.value

    return [lambda book, rows=rows: swap(book, rows) for rows in ((5,), (5, 6))]


@kind("D105", "T04", NOTED, "DR-V043")
def _one_phone_for_two() -> Any:
    return [
        put(place("T04", "mobile", 5), "13900000002"),
        put(place("T04", "mobile", 6), "13900000001"),
        put(place("T04", "mobile", 6), "139 0000 0001"),
        put(place("T04", "mobile", 6), "+8613900000001"),
        put(place("T04", "mobile", 6), 13900000001),
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
    return [put("B6", name) for name in ("欧阳明远", "欧阳 明远", "欧阳明远 ", "欧阳\u200b明远", "欧阳　明远")]


@kind("D111", "T06", RETURNED, "DR-Q001", "DR-Q002")
def _wrong_count() -> Any:
    def fewer(book: Any, number: int) -> None:
        for column in range(2, 11):
            table(book).cell(number, column).value = None

    def more(book: Any, count: int) -> None:
        for at in range(count):
            write(table(book), 7 + at, [None, *row_of(table(book), 6)[1:]])
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


@kind("D091", "T06", RETURNED, "DR-D013", "DR-D014")
def _cover_of_another_day() -> Any:
    def date_cover(book: Any, day: Any) -> None:
        cover = book["封面"]
        at = next(row for row in range(1, cover.max_row + 1) if "填报日期" in str(cover.cell(row, 2).value))
        cover.cell(at, 3).value = day

    days = ("2025-05-20", "2024.5.20", "2025年11月30日", "2026-05-22", "2027-05-20")
    return [lambda book, day=day: date_cover(book, day) for day in days]


@kind("D100", "T02", NOTED, "DR-V015")
def _strange_prefix() -> Any:
    return [
        put(place("T02", "uscc"), office.uscc(start))
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
