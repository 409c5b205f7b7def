"""What colours of cells mean to the reader: our own and decoration nothing, a grey row a question, any other mark a note."""

import io
import zipfile

import pytest
from openpyxl.styles import Font, PatternFill
from openpyxl.styles.colors import Color

from schemas import loader
from simulate.dirt.case import open_form, saved, table
from simulate.dirt.office import COUNTY, YEAR
from tests.workbooks import office
from tests.workbooks import test_write_returned as back
from workbooks import container, locate, openpyxl_reader, returned, template
from workbooks.gate import Package
from workbooks.model import WorkbookError
from workbooks.tints import COLOUR, GREY, THEME, tint
from workbooks.xlsx_styles import read_theme


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
        ({"theme": "1", "tint": "nan"}, "none", {}, ""),
        ({"theme": "9" * 5000}, "solid", {"theme": "99"}, ""),
        ({"rgb": "FF333333"}, "none", {}, ""),  # pasted from a page: as good as black
        ({}, "solid", {"theme": "6"}, GREY),  # the third accent of Office is a grey
        ({}, "solid", {"theme": "3"}, COLOUR),
        ({}, "solid", {"theme": "3", "tint": "0.95"}, ""),
        ({"rgb": "FFC00000"}, "none", {}, COLOUR),
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


def test_the_colours_of_a_theme_are_those_of_the_workbook():
    own = read_theme(
        b'<a:theme xmlns:a="a"><a:clrScheme><a:dk1><a:sysClr val="windowText" lastClr="000000"/></a:dk1><a:accent3>'
        b'<a:srgbClr val="9BBB59"/></a:accent3></a:clrScheme><a:accent3><a:srgbClr val="000000"/></a:accent3></a:theme>'
    )
    assert own == (*THEME[:6], "9BBB59", *THEME[7:])
    assert [tint({}, "solid", {"theme": "6"}, one) for one in (own, THEME)] == [COLOUR, GREY]


@pytest.mark.parametrize(
    "code", [one for one in loader.templates() if loader.template(one).direction == "up" and one != "T00"]
)
def test_no_row_of_our_own_is_coloured(code):
    """Nor is any cell but the line that says what is missing: a colour in every row would cost time."""
    form = loader.template(code)
    rows = {sheet.name: [{one.key: one.example for one in sheet.fields}] for sheet in form.sheets}
    data = template.write(form, template.identity_of(form, unit=COUNTY, year=YEAR), rows=rows)
    found = {row for grid in container.open_book(data, "表.xlsx").grids for row, _ in grid.tints}
    assert found <= set(range(1, template.FIRST_ROW))


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


def colours(book, opened):
    (grid,) = (one for one in book.grids if one.name == table(opened).title)
    return {place: one for place, one in grid.tints.items() if place[0] >= template.FIRST_ROW}


def test_every_reader_sees_the_same_colours():
    opened = three_rows()
    table(opened).cell(5, 3).fill = PatternFill("solid", fgColor="FFC000")
    table(opened).cell(6, 4).font = Font(color="808080")
    table(opened).cell(7, 4).fill = PatternFill("solid", fgColor=Color(theme=6))  # a green in the theme of this book
    table(opened).cell(9, 4).fill = PatternFill("solid", fgColor="FFC000")  # nothing stands in it
    data = saved(opened)
    other = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(other, "w") as new:
        for info in old.infolist():  # a blank keeps the patterns of the plain shape away: expat reads it
            content = old.read(info)
            new.writestr(
                info, content.replace(b"<sheetData>", b"<sheetData >") if "sheets/" in info.filename else content
            )
    by_patterns, by_expat = (container.open_book(one, "表.xlsx") for one in (data, other.getvalue()))
    slow = openpyxl_reader.read(Package(data, "表.xlsx"), data, otherwise=WorkbookError("DR-F015"))
    assert colours(by_patterns, opened) == {(5, 3): COLOUR, (6, 4): GREY, (7, 4): COLOUR}
    assert colours(by_expat, opened) == colours(slow, opened) == colours(by_patterns, opened)


@pytest.fixture(scope="module")
def arrived(tmp_path_factory):
    """Return by name the forms that went through LibreOffice: as xlsx, and as xls and ods and back."""
    place = tmp_path_factory.mktemp("arrived")
    form = back.FORM
    first = template.write(form, back.IDENTITY, unit=loader.units()["421221"], rows={"nominees": back.ROWS})
    read = locate.locate(container.open_book(first, "x.xlsx"), loader.templates())
    copy = returned.write(form, back.IDENTITY, read, back.MARKS, back.SUMMARY, unit=loader.units()["421221"], quota=2)
    opened = three_rows()
    for cell in table(opened)[6]:
        cell.font = Font(color="FF0000")
    for cell in table(opened)[8]:
        cell.fill = PatternFill("solid", fgColor="A6A6A6")
    sent = {"plain": saved(three_rows()), "returned": copy, "marked": saved(opened)}
    files = []
    for name, data in sent.items():
        files.append(place / f"{name}.xlsx")
        files[-1].write_bytes(data)
    found = {"xlsx": office.convert(files, "xlsx", place / "xlsx")}
    for kind in ("xls", "ods"):
        found[kind] = office.convert(office.convert(files, kind, place / kind), "xlsx", place / f"{kind} and back")
    return {(kind, one.stem): one.read_bytes() for kind, several in found.items() for one in several}


@pytest.mark.parametrize("kind", ["xlsx", "xls", "ods"])
def test_saving_in_libreoffice_makes_no_mark_and_loses_none(arrived, kind):
    assert codes(arrived[kind, "plain"]) == codes(arrived[kind, "returned"]) == []
    assert codes(arrived[kind, "marked"]) == ["DR-S026", "DR-S008"]
