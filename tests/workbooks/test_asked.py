"""What a rebuilt copy no longer shows is asked again until somebody answers, and never instead of anything else."""

import base64
import io
import json
import zlib
from itertools import count

import openpyxl
import pytest

from engine import intake
from simulate.dirt import office
from simulate.dirt.case import open_form, saved
from workbooks.locate import META
from workbooks.returned import SHEET

TABLE = "推荐人员"
OPTIONAL, REQUIRED = "J", "C"


def examined(data):
    file = intake.Incoming(name="表.xlsx", data=data, sha256="0", received_at="2026-05-20")
    return intake.examine([file], intake.Context(unit="421200", year=2026, today="2026-05-20"))[0]


def told(checked):
    return [(one.code, one.cell) for one in checked.issues if one.severity in ("error", "explain")]


def sent(change):
    """Return the sound nominations (rows 5 and 6) after `change`, examined."""
    book = open_form("T06")
    change(book)
    return examined(saved(book))


def again(checked, change):
    """Return what becomes of the copy after `change`."""
    book = openpyxl.load_workbook(io.BytesIO(checked.returned))
    change(book)
    return examined(saved(book))


def put(place, value, sheet=TABLE):
    return lambda book: book[sheet].__setitem__(place, value)


def explained(row, text="本来就空着"):
    def change(book):
        column = next(cell.column for cell in book[TABLE][4] if cell.value == "#_explain")
        book[TABLE].cell(row, column).value = text

    return change


def remarked(book):
    cover = book["封面"]
    place = next(row[0].row for row in cover.iter_rows() if row[0].value == "#explanation")
    cover.cell(place, 3).value = "已核对，这里的内容齐全。"


def both(*changes):
    return lambda book: [change(book) for change in changes]


def merged(book):
    book[TABLE][f"{OPTIONAL}5"] = "两人相同"
    book[TABLE].merge_cells("B5:B6")
    book[TABLE].merge_cells(f"{OPTIONAL}5:{OPTIONAL}6")


def doubled(book):
    other = book.copy_worksheet(book[TABLE])
    other.title = "续表"


@pytest.fixture(scope="module")
def formula():
    """Return the file whose formula without a result stands in a column that may be empty."""
    return sent(put(f"{OPTIONAL}6", "=A1"))


def test_the_form_used_here_has_the_columns_named():
    sheet = office.loader.template("T06").sheets[0]
    needed = {letter: field.required for letter, field in zip("BCDEFGHIJ", sheet.fields, strict=True)}
    assert needed[REQUIRED] is True
    assert needed[OPTIONAL] is False


def test_a_lost_value_in_a_column_that_may_be_empty_is_not_taken_for_an_empty_cell(formula):
    assert told(formula) == [("DR-C010", "J6")]
    assert told(again(formula, lambda book: None)) == [("DR-C010", "J6")]


@pytest.mark.parametrize("answer", [put("J6", "已填"), explained(6)], ids=["typed", "explained"])
def test_an_answer_ends_the_question(formula, answer):
    assert told(again(formula, answer)) == []


def test_the_explanation_of_another_row_answers_nothing(formula):
    assert told(again(formula, explained(5))) == [("DR-C010", "J6")]


def test_another_fault_of_the_row_is_told_beside_it(formula):
    assert sorted(told(again(formula, put("C6", None)))) == [("DR-C010", "J6"), ("DR-R001", "C6")]


def test_a_question_goes_with_its_row(formula):
    def moved(book):
        for column in range(2, 11):
            for new, old in ((7, 6), (6, None)):
                value = book[TABLE].cell(old, column).value if old else None
                book[TABLE].cell(new, column).value = value

    assert ("DR-C010", "J7") in told(again(formula, moved))


def test_a_row_that_was_deleted_asks_nothing(formula):
    codes = {code for code, _ in told(again(formula, lambda book: book[TABLE].delete_rows(6)))}
    assert "DR-C010" not in codes


def test_a_sheet_renamed_and_columns_moved_are_no_answer(formula):
    def renamed(book):
        book[TABLE].title = "Sheet1"

    assert told(again(formula, renamed)) == [("DR-C010", "J6")]


def test_rows_copied_into_a_new_form_bring_no_question_with_them(formula):
    copy = openpyxl.load_workbook(io.BytesIO(formula.returned))[TABLE]
    book = open_form("T06")
    for row in (5, 6):
        for column in range(2, 11):
            book[TABLE].cell(row, column).value = copy.cell(row, column).value
    assert told(examined(saved(book))) == []


def hidden(book):
    return next(row[1] for row in book[META].iter_rows() if row[0].value == "asked")


def packed(text):
    return base64.urlsafe_b64encode(zlib.compress(text.encode(), 9)).decode()


WHOLE = {"year": "", "cover": False, "file": [], "tables": {}, "explained": "", "rows": {"nominees": 2}, "whole": ""}
CELLS = {"problems": [], "columns": [], "cells": [[None, [[6, "", "remark", "", ""]]]]}
TAMPERED = [
    "",
    "x",
    "eJw=",
    "not base64!",
    7,
    packed("[]"),
    packed("[" * 100_000),
    packed(" " * (40 << 20)),
    packed(json.dumps({**WHOLE, "rows": []})),
    packed(json.dumps({**WHOLE, "file": [{"code": "DR-X999"}]})),
    packed(json.dumps({**WHOLE, "tables": {"nominees": CELLS}}).replace("6,", "Infinity,")),
]


@pytest.mark.parametrize("text", TAMPERED, ids=count())
def test_a_hidden_part_somebody_wrote_into_is_as_good_as_none(formula, text):
    def tampered(book):
        hidden(book).value = text

    assert told(again(formula, tampered)) == []
    assert told(again(formula, both(tampered, put("C6", None)))) == [("DR-R001", "C6")]


def test_a_forged_question_only_adds_to_what_is_asked(formula):
    forged = {"code": "DR-S014", "field": "name", "cell": "5", "params": []}
    places = [[row, "", key, "", ""] for row in (5, 6) for key in ("name", "post")]
    tables = {"nominees": {"problems": [], "columns": [], "cells": [[forged, places]]}}

    def written(book):
        hidden(book).value = packed(json.dumps({**WHOLE, "tables": tables}))

    found = told(again(formula, both(written, put("B5", None), put("C6", None))))
    assert found == [("DR-S014", "B5")], "it hides two empty cells and sends the file back all the same"
    assert told(again(formula, both(written, put("D5", "备注")))) == [("DR-V001", "D5")]


def test_merged_cells_are_asked_about_until_each_of_them_is_filled_in_or_explained():
    first = sent(merged)
    assert told(first) == [("DR-S014", "B5")]
    assert told(again(first, lambda book: None)) == [("DR-S014", "B5")]
    assert told(again(first, put("B6", "乙二"))) == [("DR-S014", "B5")]
    assert told(again(first, both(put("B6", "乙二"), put("J6", "无")))) == []
    assert told(again(first, both(put("B6", "乙二"), explained(6)))) == []


def test_a_second_sheet_is_not_forgotten_while_something_else_is_put_right():
    first = sent(both(doubled, put("C6", None, TABLE)))
    assert ("DR-S002", None) in told(first)
    assert told(again(first, put("C6", "股长"))) == [("DR-S002", None)]
    assert told(again(first, both(put("C6", "股长"), remarked))) == []


def test_a_column_that_was_missing_is_missing_until_one_cell_of_it_is_filled_in():
    first = sent(lambda book: book[TABLE].delete_cols(3))
    assert told(first) == [("DR-H001", None)]
    assert told(again(first, lambda book: None)) == [("DR-H001", None)]
    assert told(again(first, put("C5", "股长"))) == [("DR-R001", "C6")]


def test_last_years_rows_do_not_pass_as_this_years_by_being_sent_twice():
    first = examined(office.filled("T06", office.rows("T06"), year=2025))
    assert [code for code, _ in told(first)] == ["DR-U003"]
    assert told(again(first, lambda book: None)) == told(first)
    assert told(again(first, put("C6", "科长"))) == told(first)
    assert told(again(first, remarked)) == []


def test_the_copy_says_what_to_do_in_the_copy():
    lines = [str(row[7].value) for row in openpyxl.load_workbook(io.BytesIO(sent(merged).returned))[SHEET].iter_rows()]
    assert any(line.startswith("合并已经取消：请把涂红的格逐行填上。") for line in lines)


def test_a_sound_workbook_carries_no_question():
    book = openpyxl.load_workbook(io.BytesIO(sent(put("C6", None)).returned))
    assert [row[0].value for row in book[META].iter_rows() if row[0].value == "asked"] == []
