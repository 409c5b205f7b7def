"""What reading costs: the gate, the reader and the locator together, against bare readers that check nothing.

Small: a filled-in T06 of 60 people, as it arrives by the thousand. Large: one list of 100,000 rows.
"""

from __future__ import annotations

import io
from functools import lru_cache

import openpyxl
import python_calamine
import xlsxwriter

from bench.figure import Figure, ratio
from schemas.loader import template, templates
from workbooks.container import open_book
from workbooks.locate import locate
from workbooks.template import identity_of, write

PEOPLE = 60
BATCH = 20
ROWS = 100_000


@lru_cache(maxsize=1)
def small() -> bytes:
    """Return a T06 with sixty synthetic nominees."""
    form = template("T06")
    fields = form.sheets[0].fields
    rows = [{one.key: f"{one.example}{number}" for one in fields} for number in range(PEOPLE)]
    identity = identity_of(form, unit="421221", year=2026, issue_no="001")
    return write(form, identity, year=2026, rows={form.sheets[0].name: rows})


@lru_cache(maxsize=1)
def large() -> bytes:
    """Return a keyed list of a hundred thousand rows and as many columns as T06 has."""
    form = template("T06")
    keys = [one.key for one in form.sheets[0].fields]
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "constant_memory": True})
    sheet = book.add_worksheet(form.sheets[0].title)
    sheet.write_row(0, 0, [one.title for one in form.sheets[0].fields])
    sheet.write_row(1, 0, [f"#{key}" for key in keys])
    for number in range(ROWS):
        sheet.write_row(number + 2, 0, [f"{key}{number if at % 3 else number % 50}" for at, key in enumerate(keys)])
    book.close()
    return out.getvalue()


def ours(data: bytes, times: int = 1) -> None:
    """Open and locate, `times` over."""
    for _ in range(times):
        locate(open_book(data, "表.xlsx"), templates())


def bare(data: bytes, times: int = 1) -> None:
    """Read every sheet with calamine and look at nothing."""
    for _ in range(times):
        book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
        for name in book.sheet_names:
            book.get_sheet_by_name(name).to_python()


def usual(data: bytes, times: int = 1) -> None:
    """Read every sheet with openpyxl, as a first script would."""
    for _ in range(times):
        for sheet in openpyxl.load_workbook(io.BytesIO(data), data_only=True):
            list(sheet.iter_rows(values_only=True))


def figures(rounds: int = 5) -> list[Figure]:
    """Return the reading figures."""
    people, roster = small(), large()
    fast, own, base = ratio(lambda: ours(people, BATCH), lambda: bare(people, BATCH), rounds)
    slow, _, plain = ratio(lambda: usual(people, BATCH), lambda: ours(people, BATCH), rounds)
    wide, all_own, all_base = ratio(lambda: ours(roster), lambda: bare(roster), 3)
    return [
        Figure(
            room="读表",
            name=f"读出并定位一份 {PEOPLE} 行的 T06",
            value=round(fast, 2),
            unit="×",
            baseline="calamine 裸读同一文件",
            aim="≤ 4",
            reached=fast <= 4,
            detail=f"{own / BATCH * 1000:.1f} ms : {base / BATCH * 1000:.1f} ms",
        ),
        Figure(
            room="读表",
            name="openpyxl 读同一文件",
            value=round(slow, 1),
            unit="×",
            baseline="本程序读出并定位",
            aim="≥ 5",
            reached=slow >= 5,
            detail=f"{plain / BATCH * 1000:.1f} ms",
        ),
        Figure(
            room="读表",
            name=f"读出并定位 {ROWS:,} 行",
            value=round(wide, 2),
            unit="×",
            baseline="calamine 裸读同一文件",
            aim="≤ 4",
            reached=wide <= 4,
            detail=f"{all_own:.1f} s : {all_base:.1f} s，{len(roster) / 1e6:.1f} MB",
        ),
    ]
