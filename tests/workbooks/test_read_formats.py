"""Formats other than xlsx: told by content, read as far as they can tell, or refused with the way out."""

import io
import sys
from datetime import date
from pathlib import Path

import openpyxl
import pytest

from schemas.loader import templates
from simulate.dirt import office
from simulate.dirt.binary import xlsb
from tests.workbooks.hostile import Entry, ods, workbook, zip_of
from workbooks.container import open_book
from workbooks.locate import locate
from workbooks.model import Cell, WorkbookError

DATA = Path(__file__).parents[1] / "data"


def texts(grid):
    """Return the texts of a grid by row and column."""
    return {(row, column): cell.text for row, cells in grid.rows.items() for column, cell in cells.items()}


def refusal(data, name):
    """Return the code with which a file is refused."""
    with pytest.raises(WorkbookError) as refused:
        open_book(data, name)
    return refused.value.code


@pytest.mark.parametrize("kind", ["xls", "ods"])
def test_a_template_saved_in_another_format_is_the_same_submission(kind):
    filled = locate(open_book((DATA / f"nominations.{kind}").read_bytes(), f"表.{kind}"), templates())
    assert filled.identity.text().startswith("T06/1.0/2026/NOM/421221/001/")
    assert {"property", "meta", "keywords", "printed", "keyrow"} <= set(filled.carriers)
    assert [row.cells["name"].text for row in filled.tables[0].rows] == ["王甲", "王乙"]
    assert filled.tables[0].rows[0].cells["certificate_no"] == Cell("text", "42122100100")
    assert filled.cover["filled_by"].text == "王甲"
    assert [(one.code, dict(one.params)["kind"]) for one in filled.problems] == [("DR-F101", kind)]
    assert [one.code for one in filled.tables[0].problems] == []


def test_an_xls_named_et_is_called_et():
    book = open_book((DATA / "nominations.xls").read_bytes(), "表.et")
    assert [dict(one.params)["kind"] for one in book.problems] == ["et"]


def test_an_xls_named_xlsx_is_read_and_told():
    codes = [one.code for one in open_book((DATA / "nominations.xls").read_bytes(), "表.xlsx").problems]
    assert codes == ["DR-F101", "DR-F111"]


def content(book):
    """Return what is said in the sheets of a form that are read: cover and tables."""
    return [texts(grid) for grid in book.grids[1:3]]


@pytest.mark.parametrize("form", ["T06", "T02", "T01"])
def test_a_binary_workbook_says_what_the_same_book_says_as_xlsx(form):
    plain = office.workbook(form)
    book = open_book(xlsb(openpyxl.load_workbook(io.BytesIO(plain))), "表.xlsb")
    found, wanted = content(book), content(open_book(plain, "表.xlsx"))
    differing = {key for one, other in zip(found, wanted, strict=True) for key, _ in one.items() ^ other.items()}
    assert all(row <= 2 or column == 1 for row, column in differing)  # formulas: the numbering and the line 自检
    assert sum(map(len, found)) > 40
    assert locate(book, templates()).identity == locate(open_book(plain, "表.xlsx"), templates()).identity
    assert [one.code for one in book.problems] == ["DR-F101"]


def test_a_binary_workbook_keeps_dates_numbers_and_states():
    made = openpyxl.Workbook()
    made.active.append(["王甲", 13900000000, date(2026, 5, 20), True])
    made.create_sheet("藏").sheet_state = "hidden"
    book = open_book(xlsb(made), "表.xlsb")
    assert texts(book.grids[0]) == {(1, 1): "王甲", (1, 2): "13900000000", (1, 3): "2026-05-20", (1, 4): "TRUE"}
    assert [one.state for one in book.grids] == ["visible", "hidden"]


def test_an_ods_made_by_hand_is_read():
    row = (
        '<table:table-row><table:table-cell office:value-type="string"><text:p>王甲</text:p></table:table-cell>'
        '<table:table-cell office:value-type="date" office:date-value="2026-05-20"><text:p>x</text:p></table:table-cell>'
        '<table:table-cell table:number-columns-repeated="16382"/></table:table-row>'
        '<table:table-row table:number-rows-repeated="1048575"><table:table-cell/></table:table-row>'
    )
    assert texts(open_book(ods(row), "表.ods").grids[0]) == {(1, 1): "王甲", (1, 2): "2026-05-20"}


def test_where_no_reader_for_old_formats_is_installed_the_way_out_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "python_calamine", None)
    assert refusal((DATA / "nominations.xls").read_bytes(), "表.xls") == "DR-F017"


# Text -------------------------------------------------------------------------------------------------------------------

LINES = "姓名,执法证号,备注\n王甲,00420122,甲\n王乙,429999199003070011,\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_a_text_table_is_read_in_every_encoding_and_keeps_its_digits(encoding, delimiter):
    book = open_book(LINES.replace(",", delimiter).encode(encoding), "表.csv")
    assert book.grids[0].rows[2] == {1: Cell("text", "王甲"), 2: Cell("text", "00420122"), 3: Cell("text", "甲")}
    assert book.grids[0].rows[3][2] == Cell("text", "429999199003070011")
    assert [one.code for one in book.problems] == ["DR-F102"]


def test_rare_characters_survive_gb18030():
    assert open_book("姓名,号\n𠮷甲,1\n".encode("gb18030"), "表.csv").grids[0].rows[2][1].text == "𠮷甲"


def test_quoted_fields_and_protected_numbers_are_unwrapped():
    grid = open_book('姓名,号\n"王,甲","=""007"""\n'.encode(), "表.csv").grids[0]
    assert texts(grid)[2, 1] == "王,甲"
    assert texts(grid)[2, 2] == "007"


@pytest.mark.parametrize(
    ("data", "name", "code"),
    [
        ("只是一句话".encode(), "话.csv", "DR-F012"),
        (b"\xff\xfea\x00,\x00\x00\xd8", "坏.csv", "DR-F014"),
        (b"name,no\n\x81\x20\xff,1\n", "坏.csv", "DR-F014"),
        (b'<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?><Workbook/>', "表.xls", "DR-F004"),
        ("<table><tr><td>姓名</td></tr></table>".encode("utf-16"), "表.xls", "DR-F004"),
        (b"From: a@b\r\nSubject: x\r\nDate: y\r\n\r\n", "信.xlsx", "DR-F011"),
        (b"{\\rtf1", "文.xlsx", "DR-F008"),
        (b"BM\x00\x00\x00\x00\x00\x00\x00\x00", "图.xlsx", "DR-F006"),
        (b"   \r\n\t", "空.csv", "DR-F001"),
        (bytes(5000), "空.xlsx", "DR-F001"),
        (b"L\x00\x00\x00\x01\x14\x02\x00abc", "表.xlsx.lnk", "DR-F010"),
        (b"x", ".名单.xlsx.icloud", "DR-F010"),
    ],
)
def test_what_is_no_table_is_refused_by_its_own_name(data, name, code):
    assert refusal(data, name) == code


def test_a_presentation_and_a_text_document_are_named():
    assert refusal(zip_of([Entry("ppt/presentation.xml", b"<x/>")]), "讲.xlsx") == "DR-F008"
    odt = zip_of([Entry("mimetype", b"application/vnd.oasis.opendocument.text", method=0)])
    assert refusal(odt, "文.ods") == "DR-F008"


def test_a_path_in_the_name_is_no_part_of_the_name():
    with pytest.raises(WorkbookError) as refused:
        open_book(b"", "收件/甲县/名单.xlsx")
    assert refused.value.params["name"] == "名单.xlsx"
    assert open_book(workbook(), "收件\\名单.xlsx").grids
