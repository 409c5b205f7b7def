"""Templates as offices get them: reproducible, readable, and whole after a real client has saved them."""

import io
import json
import zipfile

import openpyxl
import pytest

from schemas.declare import FieldType
from schemas.loader import code_lists, template, templates, units
from tests.workbooks.office import convert
from workbooks import standard
from workbooks import template as forms
from workbooks.container import open_book
from workbooks.locate import locate

UP = [code for code, form in templates().items() if form.direction == "up" and code != "T00"]
COVER = {
    "filled_by": "甲一",
    "checked_by": "乙二",
    "approved_by": "丙三",
    "phone": "13900000000",
    "filled_on": "2026-05-20",
}
SAMPLES = {
    FieldType.DATE: "2026-05-20",
    FieldType.MONTH: "2026-05",
    FieldType.INTEGER: 3,
    FieldType.PERCENT: "5",
    FieldType.BOOLEAN: "是",
}


def sample(field):
    if field.codes:
        return code_lists()[field.codes].labels[0]
    return SAMPLES.get(field.type) or field.example or f"𠮷示例{field.key}"


def filled(code):
    form = template(code)
    rows = {sheet.name: [{one.key: sample(one) for one in sheet.fields if not one.computed}] for sheet in form.sheets}
    identity = forms.identity_of(form, unit="421221", year=2026)
    return forms.write(form, identity, unit=units()["421221"], rows=rows, cover=COVER), rows


def content(data, name):
    found = locate(open_book(data, name), templates())
    tables = {
        one.sheet: [{key: cell.text.removesuffix(".0") for key, cell in row.cells.items()} for row in one.rows]
        for one in found.tables
    }
    return found, tables


def test_the_committed_templates_are_what_the_declarations_say():
    made = standard.blanks()
    assert {path.name: path.read_bytes() for path in standard.HOME.glob("*.xlsx")} == made


@pytest.mark.parametrize("code", UP)
def test_what_is_written_is_read_back_cell_by_cell(code):
    data, rows = filled(code)
    found, tables = content(data, "x.xlsx")
    assert found.identity.text() == forms.identity_of(template(code), unit="421221", year=2026).text()
    assert len(found.carriers) >= 5
    assert tables == {
        sheet: [{key: str(value) for key, value in row.items()} for row in many] for sheet, many in rows.items()
    }
    assert {key: cell.text for key, cell in found.cover.items() if key in COVER} == COVER


@pytest.mark.parametrize("code", UP)
def test_a_template_prints_on_a4_readably_with_its_heading_repeated(code):
    book = openpyxl.load_workbook(io.BytesIO(filled(code)[0]))
    for sheet in template(code).sheets:
        page = book[sheet.title]
        assert page.sheet_properties.pageSetUpPr.fitToPage
        across = page.page_setup.fitToWidth or 1
        assert (page.page_setup.paperSize, page.page_setup.fitToHeight) == (9, 0)
        assert sum(one.width for one in sheet.fields) / across <= 190
        assert page.print_title_rows == "$3:$3"
        assert page.page_setup.pageOrder == ("overThenDown" if across > 1 else None)
        assert page.print_title_cols == ("$A:$B" if across > 1 else None)
        assert page.protection.sheet
        assert not page.protection.password


@pytest.mark.parametrize("code", UP)
def test_no_macro_no_extension_list_no_new_function(code):
    with zipfile.ZipFile(io.BytesIO(filled(code)[0])) as package:
        assert not [name for name in package.namelist() if "vba" in name or "externalLink" in name]
        for name in package.namelist():
            body = package.read(name)
            assert b"extLst" not in body, name
            assert b"_xlfn" not in body, name


def test_code_columns_are_text_over_their_whole_length():
    sheet = openpyxl.load_workbook(io.BytesIO(filled("T06")[0]))["推荐人员"]
    # Excel groups equal neighbours: columns E and F are one entry.
    spans = {(one.min, one.max): one.number_format for one in sheet.column_dimensions.values()}
    assert [form for (first, last), form in spans.items() if first <= 6 <= last] == ["@"]
    assert not sheet["F14"].has_style, "blank cells take the format of their column"


ROUTES = (("xlsx",), ("xls",), ("ods",), ("xls", "xlsx"), ("ods", "xlsx"))


@pytest.fixture(scope="module")
def travelled(tmp_path_factory):
    """Return route -> template -> bytes after LibreOffice has opened and saved every template along the route."""
    folder = tmp_path_factory.mktemp("routes")
    for code in UP:
        (folder / f"{code}.xlsx").write_bytes(filled(code)[0])
    start = [folder / f"{code}.xlsx" for code in UP]
    found, steps = {}, {(): start}
    for route in ROUTES:
        before = steps[route[:-1]]
        steps[route] = convert(before, route[-1], folder / "-".join(route))
        found[route] = dict(zip(UP, (path.read_bytes() for path in steps[route]), strict=True))
    return found


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("code", UP)
def test_identity_and_values_survive_a_real_client(travelled, code, route):
    before, rows = content(filled(code)[0], f"{code}.xlsx")
    after, same = content(travelled[route][code], f"{code}.{route[-1]}")
    assert after.identity == before.identity
    assert json.dumps(same, ensure_ascii=False, sort_keys=True) == json.dumps(rows, ensure_ascii=False, sort_keys=True)
    assert {key: cell.text for key, cell in after.cover.items()} == {
        key: cell.text for key, cell in before.cover.items()
    }


@pytest.mark.parametrize(
    ("code", "pages"), [("T02", "第 1 至 3 页"), ("T04", "第 1 至 3 页"), ("T12", "第 1 至 2 页"), ("T06", "")]
)
def test_a_form_of_many_rows_says_which_pages_show_it_blank(code, pages):
    path = next(standard.HOME.glob(f"{code}_*.xlsx"))
    guide = openpyxl.load_workbook(path)["填报说明"]
    said = [str(row[1].value) for row in guide.iter_rows(max_row=14) if "打印页码选" in str(row[1].value)]
    assert [pages in line for line in said] == ([True] if pages else [])
    assert all((row[0].value or 0) <= 12 for row in guide.iter_rows(max_row=14) if isinstance(row[0].value, int))


@pytest.mark.parametrize(("given", "last"), [(0, 5), (3, 7)])
def test_what_nobody_adds_to_prints_its_rows_and_no_empty_page(given, last):
    """R32, R62: a roster that goes up for signature, or an internal sheet, prints what is in it; a form prints its room as well."""
    form = template("T02")
    row = {one.key: sample(one) for one in form.sheets[0].fields if not one.computed}
    identity = forms.identity_of(form, unit="421200", year=2026)
    rows = {"targets": [row] * given}
    complete, open_ = (
        openpyxl.load_workbook(io.BytesIO(forms.write(form, identity, rows=rows, is_complete=one)))["机构名录"]
        for one in (True, False)
    )
    assert complete.print_area.endswith(f"${last}")
    assert int(open_.print_area.rpartition("$")[2]) > last + 20
    # Only what is printed differs: the prepared rows, and so what the intake reads, are the same.
    assert complete.max_row == open_.max_row
