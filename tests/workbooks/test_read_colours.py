"""What colours of cells mean to the reader: our own and decoration nothing, a grey row a question, any other mark a note."""

import io
import zipfile

import pytest
from openpyxl.styles import Font, PatternFill

from schemas import loader
from simulate.dirt.case import open_form, saved, table
from simulate.dirt.office import COUNTY, YEAR
from tests.workbooks import office
from workbooks import container, locate, openpyxl_reader, template, xlsx_parts
from workbooks.gate import Package
from workbooks.model import WorkbookError
from workbooks.tints import COLOUR, GREY, tint


@pytest.mark.parametrize(
    ("letters", "pattern", "ground", "meaning"),
    [
        ({}, "none", {}, ""),
        ({"theme": "1"}, "none", {}, ""),
        ({"rgb": "FF000000"}, "solid", {"rgb": "FFFFFFFF"}, ""),
        ({"theme": "10"}, "none", {}, ""),  # a mail address the program made a link of
        ({"auto": "1"}, "solid", {"indexed": "64"}, ""),
        ({"rgb": "FF808080"}, "none", {}, GREY),
        ({"theme": "0", "tint": "-0.499984740745262"}, "none", {}, GREY),
        ({"theme": "0", "tint": "-0.05"}, "none", {}, ""),
        ({}, "solid", {"rgb": "FFD9D9D9"}, GREY),
        ({}, "solid", {"indexed": "22"}, GREY),
        ({}, "gray125", {}, GREY),
        ({"rgb": "FFFF0000"}, "none", {}, COLOUR),
        ({"indexed": "10"}, "none", {}, COLOUR),
        ({}, "solid", {"theme": "5", "tint": "0.6"}, COLOUR),
        ({"rgb": "FF808080"}, "solid", {"rgb": "FFFFFF00"}, COLOUR),  # grey letters on yellow are a mark, not deleted
        ({}, "solid", {"rgb": "not a colour"}, ""),
    ],
)
def test_a_format_means_nothing_grey_or_a_mark(letters, pattern, ground, meaning):
    assert tint(letters, pattern, ground) == meaning


@pytest.mark.parametrize(
    "code", [one for one in loader.templates() if loader.template(one).direction == "up" and one != "T00"]
)
def test_no_format_of_our_own_looks_like_a_mark(code):
    """A template that did would also be read the slow way."""
    form = loader.template(code)
    data = template.write(form, template.identity_of(form, unit=COUNTY, year=YEAR))
    styles = xlsx_parts.read_styles(Package(data, "表.xlsx"), "xl/styles.xml")
    assert [one.tint for one in styles if one.tint] == []


def located(data, read=container.open_book):
    return locate.locate(read(data, "表.xlsx"), loader.templates()).tables[0]


def three_rows():
    opened = open_form("T06")
    sheet = table(opened)
    for number in (7, 8):
        for column in range(1, 12):
            sheet.cell(number, column).value = sheet.cell(6, column).value
    return opened


def codes(data):
    return [one.code for one in located(data).problems if one.code in ("DR-S008", "DR-S026")]


def test_grey_rows_are_asked_about_also_when_they_are_the_most():
    opened = three_rows()
    for number in (5, 6, 7):
        for cell in table(opened)[number]:
            cell.font = Font(color="A6A6A6")
    found = located(saved(opened))
    assert [row.is_struck for row in found.rows] == [True, True, True, False]
    assert codes(saved(opened)) == ["DR-S008"] * 3


def test_bands_of_every_other_row_are_decoration():
    opened = three_rows()
    for number in (6, 8):
        for cell in table(opened)[number]:
            cell.fill = PatternFill("solid", fgColor="DAEEF3")
    assert codes(saved(opened)) == []
    for cell in table(opened)[7]:
        cell.fill = PatternFill("solid", fgColor="DAEEF3")
    assert codes(saved(opened)) == ["DR-S026"]


def test_every_reader_sees_the_same_colours(tmp_path):
    opened = three_rows()
    table(opened).cell(5, 3).fill = PatternFill("solid", fgColor="FFC000")
    table(opened).cell(6, 4).font = Font(color="808080")
    data = saved(opened)
    fast = container.open_book(data, "表.xlsx").grids
    slow = openpyxl_reader.read(Package(data, "表.xlsx"), data, otherwise=WorkbookError("DR-F015"))
    assert [one.tints for one in fast if one.name == table(opened).title] == [{(5, 3): COLOUR, (6, 4): GREY}]
    assert [one.tints for one in slow.grids if one.name == table(opened).title] == [{(5, 3): COLOUR, (6, 4): GREY}]
    other = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(other, "w") as new:
        for info in old.infolist():  # a prefix keeps the patterns of the plain shape away: expat reads it
            content = old.read(info)
            new.writestr(
                info, content.replace(b"<sheetData>", b"<sheetData >") if "sheets/" in info.filename else content
            )
    again = container.open_book(other.getvalue(), "表.xlsx").grids
    assert [one.tints for one in again if one.name == table(opened).title] == [{(5, 3): COLOUR, (6, 4): GREY}]


def test_saving_in_libreoffice_makes_no_mark_and_loses_none(tmp_path):
    plain, marked = tmp_path / "plain.xlsx", tmp_path / "marked.xlsx"
    plain.write_bytes(saved(three_rows()))
    opened = three_rows()
    for cell in table(opened)[6]:
        cell.font = Font(color="FF0000")
    for cell in table(opened)[8]:
        cell.fill = PatternFill("solid", fgColor="A6A6A6")
    marked.write_bytes(saved(opened))
    again = office.convert([plain, marked], "xlsx", tmp_path / "again")
    assert [codes(one.read_bytes()) for one in again] == [[], ["DR-S026", "DR-S008"]]
