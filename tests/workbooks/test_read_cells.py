"""What a cell holds comes out exactly: raw digits, dates, texts of every storage, formulas with and without a value."""

import io
import re
from datetime import datetime

import openpyxl
import pytest
import xlsxwriter
from openpyxl.comments import Comment
from openpyxl.styles import Font

from tests.workbooks.hostile import HEAD, MAIN, RELS, Entry, parts, sheet_xml, strings_xml, workbook, zip_of
from workbooks import openpyxl_reader
from workbooks.addresses import address, letters, split_address
from workbooks.container import open_book
from workbooks.gate import Package
from workbooks.model import Cell, WorkbookError
from workbooks.xlsx_sheet import SheetReader, date_text

STYLES = (
    f'{HEAD}<styleSheet xmlns="{MAIN}"><numFmts count="2">'
    '<numFmt numFmtId="164" formatCode="yyyy&quot;年&quot;m&quot;月&quot;d&quot;日&quot;"/>'
    '<numFmt numFmtId="165" formatCode="&quot;鄂&quot;0"/></numFmts>'
    '<fonts><font/><font><strike/></font><font><strike val="0"/></font></fonts>'
    '<cellXfs><xf numFmtId="0" fontId="0"/><xf numFmtId="14" fontId="0"/><xf numFmtId="164" fontId="0"/>'
    '<xf numFmtId="165" fontId="0"/><xf numFmtId="49" fontId="1"/><xf numFmtId="0" fontId="2"/>'
    '<xf numFmtId="9" fontId="0"/></cellXfs></styleSheet>'
)


def grid_of(rows, *, strings=None, styles=STYLES, workbook_xml=None):
    """Return the first grid of a workbook with these rows."""
    style = Entry("xl/styles.xml", styles.encode())
    data = zip_of(
        parts(sheet_xml(rows), strings=strings and strings_xml(strings), extra=[style], workbook=workbook_xml)
    )
    return open_book(data, "甲.xlsx").grids[0]


def cell_of(inside, traits="", **more):
    """Return cell A1 with this XML inside."""
    return grid_of(f'<row r="1"><c r="A1"{traits}>{inside}</c></row>', **more).rows.get(1, {}).get(1)


@pytest.mark.parametrize(
    "raw", ["429999199003070011", "4.29999199003070E+17", "0.1", "-5", "1E3", "13900000000", "0.30000000000000004"]
)
def test_a_number_keeps_every_digit_it_was_stored_with(raw):
    assert cell_of(f"<v>{raw}</v>") == Cell("number", raw)


@pytest.mark.parametrize(
    ("style", "raw", "shown"),
    [
        ("1", "46162", "2026-05-20"),
        ("2", "46162", "2026-05-20"),
        ("1", "46162.5", "2026-05-20T12:00:00"),
        ("1", "60", "1900-02-29"),
        ("1", "59", "1900-02-28"),
        ("1", "61", "1900-03-01"),
        ("1", "1", "1900-01-01"),
        ("1", "46162.999999999", "2026-05-21"),
    ],
)
def test_a_number_shown_as_a_date_is_that_date(style, raw, shown):
    cell = cell_of(f"<v>{raw}</v>", f' s="{style}"')
    assert (cell.kind, cell.text) == ("date", shown)


@pytest.mark.parametrize("raw", ["-1", "0", "2958466", "1E9"])
def test_a_date_outside_the_calendar_stays_a_number(raw):
    assert cell_of(f"<v>{raw}</v>", ' s="1"').kind == "number"


def test_a_workbook_of_1904_counts_from_1904():
    xml = (
        f'{HEAD}<workbook xmlns="{MAIN}" xmlns:r="{RELS}"><workbookPr date1904="1"/>'
        '<sheets><sheet name="表1" sheetId="1" r:id="rId1"/></sheets></workbook>'
    )
    assert cell_of("<v>44700</v>", ' s="1"', workbook_xml=xml).text == "2026-05-20"
    assert date_text("0", is_1904=True) == "1904-01-01"


def test_a_number_format_that_shows_something_else_is_named():
    assert cell_of("<v>5</v>", ' s="3"') == Cell("number", "5", shown='"鄂"0')
    assert cell_of("<v>0.05</v>", ' s="6"') == Cell("number", "0.05", shown="0%")


@pytest.mark.parametrize(
    ("strings", "text"),
    [
        ("<si><t>张三</t></si>", "张三"),
        ('<si><t xml:space="preserve"> 张三 </t></si>', " 张三 "),
        ("<si><r><t>张</t></r><r><rPr><b/></rPr><t>三</t></r></si>", "张三"),
        ('<si><t>张三</t><rPh sb="0" eb="1"><t>zhang</t></rPh><phoneticPr/></si>', "张三"),
        ("<si><t>a_x000D_b</t></si>", "a\rb"),
        ("<si><t>a&amp;lt;&#x4E2D;</t></si>", "a&lt;中"),
        ("<si><t>𠮷</t></si>", "𠮷"),
        ("<si><t>_xD842__xDFB7_</t></si>", "𠮷"),
        ("<si><t>_xD842_甲</t></si>", "\ufffd甲"),
        ("<si><t>三>二</t></si>", "三>二"),
    ],
)
def test_a_shared_string_of_every_shape_is_its_text(strings, text):
    assert cell_of("<v>0</v>", ' t="s"', strings=strings).text == text


@pytest.mark.parametrize(
    ("inside", "traits", "cell"),
    [
        ("<is><t>张三</t></is>", ' t="inlineStr"', Cell("text", "张三")),
        ("<is><r><t>张</t></r><r><t>三</t></r></is>", ' t="inlineStr"', Cell("text", "张三")),
        ("<is><t>A&amp;amp;B</t></is>", ' t="inlineStr"', Cell("text", "A&amp;B")),
        ("<v>张三</v>", ' t="str"', Cell("text", "张三")),
        ("<v>1</v>", ' t="b"', Cell("boolean", "TRUE")),
        ("<v>0</v>", ' t="b"', Cell("boolean", "FALSE")),
        ("<v>#N/A</v>", ' t="e"', Cell("error", "#N/A")),
        ("<v>2026-05-20T00:00:00</v>", ' t="d"', Cell("date", "2026-05-20")),
        ("<f>B1&amp;C1</f><v>42</v>", "", Cell("number", "42", "B1&C1")),
        ("<f>B1</f><v>甲</v>", ' t="str"', Cell("text", "甲", "B1")),
        ("<f>B1</f>", "", Cell("formula", "", "B1")),
        ("<f>B1</f><v></v>", "", Cell("formula", "", "B1")),
        ('<f>IF(1,"","")</f><v></v>', ' t="str"', Cell("text", "", 'IF(1,"","")')),
        ('<f t="shared" si="0"/><v>3</v>', "", Cell("number", "3", "")),
        ("", "", None),
        ("<v/>", "", None),
    ],
)
def test_every_kind_of_cell_is_told_apart(inside, traits, cell):
    assert cell_of(inside, traits) == cell


@pytest.mark.parametrize("entity", ["&#xD800;", "&#1114112;", "&#0;", "&unknown;"])
def test_a_character_xml_forbids_is_refused_on_both_roads(entity):
    with pytest.raises(WorkbookError) as refused:
        cell_of(f"<is><t>{entity}</t></is>", ' t="inlineStr"')
    assert refused.value.code == "DR-F015"


def test_struck_text_is_known_by_font_or_by_all_its_runs():
    assert cell_of("<v>0</v>", ' s="4" t="s"').struck
    assert not cell_of("<v>0</v>", ' s="5" t="s"').struck
    run = "<r><rPr><strike/></rPr><t>张三</t></r>"
    assert cell_of("<v>0</v>", ' t="s"', strings=f"<si>{run}</si>").struck
    assert not cell_of("<v>0</v>", ' t="s"', strings=f"<si>{run}<r><t>李</t></r></si>").struck


# Two roads, one grid --------------------------------------------------------------------------------------------------

ROWS = (
    '<row r="1" spans="1:3"><c r="A1" s="1" t="s"><v>0</v></c><c r="B1" s="4"/><c r="C1"><v>1.5</v></c></row>'
    '<row r="2" hidden="1"><c r="A2" t="inlineStr"><is><t>行&amp;内</t></is></c><c r="B2" t="b"><v>1</v></c></row>'
    '<row r="3" ht="0"><c r="A3"><f>SUM(C1:C2)&gt;1</f><v>2</v></c><c r="B3" t="e"><v>#REF!</v></c></row>'
    '<row r="4"/><row r="6"><c r="C6" s="2"><v>46162</v></c><c r="D6" t="str"><f>A1</f><v>甲</v></c></row>'
)
MERGED = '<mergeCells><mergeCell ref="A1:B2"/></mergeCells><headerFooter><oddFooter>页脚</oddFooter></headerFooter>'


def reshaped(xml):
    """Yield the same sheet as other programs might write it: none of these has the plain shape."""
    text = xml.decode()
    yield text.replace('<c r="A1"', '<c  r="A1"').encode()
    yield text.replace("<v>0</v>", "<v><!-- 注 -->0</v>").encode()
    yield text.replace('encoding="UTF-8"', 'encoding="UTF-16"').encode("utf-16")
    yield text.replace('"', "'").encode()
    yield text.replace("<sheetData>", "<sheetData >").encode()
    prefixed = text.replace(f'xmlns="{MAIN}"', f'xmlns:x="{MAIN}"').replace("</", "</x:")
    yield re.sub(r"<(?=[A-Za-z]+[ >/])", "<x:", prefixed).encode()


def test_both_roads_through_a_sheet_give_the_same_grid():
    xml = sheet_xml(ROWS, '<cols><col min="2" max="2" hidden="1"/></cols>', MERGED)
    extra = [Entry("xl/styles.xml", STYLES.encode())]
    plain = open_book(zip_of(parts(xml, extra=extra)), "甲.xlsx")
    assert plain.grids[0].rows[2][1].text == "行&内"
    assert plain.grids[0].hidden_rows == {2, 3}
    assert plain.grids[0].hidden_columns == {2}
    assert plain.footers == ("页脚",)
    for other in reshaped(xml):
        book = open_book(zip_of(parts(other, extra=extra)), "甲.xlsx")
        assert (book.grids, book.footers) == (plain.grids, plain.footers)


def test_the_plain_shape_really_takes_the_short_road(monkeypatch):
    xml = sheet_xml(ROWS)
    monkeypatch.setattr(SheetReader, "add", lambda *_: pytest.fail("expat was asked for a cell"))
    assert open_book(workbook(xml), "甲.xlsx").grids[0].rows[1][1].text == "文"


ODD_ROWS = (
    '<row r="7"><c r="A7" t="s"><v>0</v></c><c r="AO7"><v>41</v></c></row>',  # wider than the pattern of a row
    '<row r="7"><c r="B7"><v>2</v></c><c r="A7"><v>1</v></c></row>',  # out of order, and the row stands there twice
    '<row r="8" ht="0"/><row r="9"><c r="A8"><v>1</v></c></row>',  # a cell that claims another row
    '<row r="9"><c r="A9" t="d"><v>2026-05-20</v></c></row>',  # a kind of cell neither pattern knows
    '<row r="10" hidden="1"><c r="A10" s="7" t="s"><v>0</v></c><c r="B10"/><c r="C10"><f>A1</f></c></row>',
)


@pytest.mark.parametrize("odd", [*ODD_ROWS, "".join(ODD_ROWS[:2]), "".join(ODD_ROWS)])
def test_a_sheet_reads_the_same_by_rows_by_tokens_and_by_expat(odd, monkeypatch):
    many = "".join(
        f'<row r="{n}"><c r="A{n}" t="s"><v>0</v></c><c r="C{n}"><v>{n}</v></c></row>' for n in range(11, 60)
    )
    xml = sheet_xml(ROWS + odd + many)
    by_rows = read_or_refused(xml)
    monkeypatch.setattr("workbooks.xlsx_sheet.row_pattern", lambda: re.compile("(?!)"))
    by_tokens = read_or_refused(xml)
    monkeypatch.setattr(SheetReader, "_read_plain", lambda *_: False)
    assert by_rows == by_tokens == read_or_refused(xml)


def read_or_refused(xml):
    try:
        book = open_book(workbook(xml), "甲.xlsx")
    except WorkbookError as error:
        return error.code
    return book.grids, book.problems


def test_rows_of_a_filled_in_form_are_matched_whole(monkeypatch):
    monkeypatch.setattr(SheetReader, "_tokens", lambda _, tokens: tokens == [] or pytest.fail("taken apart"))
    assert len(open_book(workbook(sheet_xml(ROWS)), "甲.xlsx").grids[0].rows) == 4


def test_rows_out_of_order_and_cells_without_address_find_their_place():
    grid = grid_of(
        '<row r="3"><c><v>1</v></c><c><v>2</v></c></row><row r="1"><c r="B1"><v>3</v></c><c><v>4</v></c></row>'
    )
    assert {row: {c: one.text for c, one in cells.items()} for row, cells in grid.rows.items()} == {
        1: {2: "3", 3: "4"},
        3: {1: "1", 2: "2"},
    }
    assert list(grid.rows) == [1, 3]


def test_of_a_cell_stored_twice_the_later_counts_and_it_is_said():
    data = workbook(sheet_xml('<row r="1"><c r="A1"><v>1</v></c><c r="A1"><v>2</v></c></row>'))
    book = open_book(data, "甲.xlsx")
    assert book.grids[0].rows[1][1].text == "2"
    assert [problem.code for problem in book.problems] == ["DR-F112"]


# openpyxl as second reader ----------------------------------------------------------------------------------------------


def mixed_workbook():
    """Return a workbook with one of everything, written by xlsxwriter."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    book.set_custom_property("taizhang_id", "T06/1.0/2026/NOM/421221/001/ABCD1234", "text")
    book.set_properties({"keywords": "T06/1.0/2026/NOM/421221/001/ABCD1234"})
    sheet = book.add_worksheet("人员")
    sheet.write_string(0, 0, " 张三 ")
    sheet.write_number(0, 1, 13900000000)
    sheet.write_datetime(0, 2, datetime(2026, 5, 20), book.add_format({"num_format": "yyyy-mm-dd"}))
    sheet.write_boolean(0, 3, True)
    sheet.write_formula(0, 4, "=B1*2", None, 27800000000)
    sheet.write_string(0, 5, "划掉", book.add_format({"font_strikeout": True}))
    sheet.write_number(1, 0, 0.05, book.add_format({"num_format": "0%"}))
    sheet.write_rich_string(1, 1, "甲", book.add_format({"bold": True}), "乙")
    sheet.merge_range(2, 0, 3, 1, "并")
    sheet.write_comment(0, 0, "批注")
    sheet.set_row(1, None, None, {"hidden": True})
    sheet.set_column(3, 3, None, None, {"hidden": True})
    book.add_worksheet("隐").very_hidden()
    book.define_name("tz_id", "=人员!$A$1")
    book.close()
    return out.getvalue()


def both(data):
    """Return the book as each of the two readers sees it."""
    package = Package(data, "甲.xlsx")
    return open_book(data, "甲.xlsx", skip=()), openpyxl_reader.read(package, data, otherwise=WorkbookError("DR-F015"))


def by_openpyxl():
    """Return a workbook saved by openpyxl: other XML, inline choices, no cached values."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["姓名", "执法证号", 12.5, True, datetime(2026, 5, 20), None, "=A1"])
    sheet["A1"].font = Font(strike=True)
    sheet["B1"].comment = Comment("看这里", "某人")
    sheet.row_dimensions[3].hidden = True
    sheet["A3"] = "隐藏"
    sheet.merge_cells("A5:B6")
    sheet["A5"] = "并"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


@pytest.mark.parametrize(
    "build", [mixed_workbook, by_openpyxl, lambda: workbook(sheet_xml(re.sub(r' s="[0-9]"', "", ROWS)))]
)
def test_the_second_reader_sees_the_same_book(build):
    first, second = both(build())
    for ours, theirs in zip(first.grids, second.grids, strict=True):
        assert {(r, c): (x.kind, x.text, x.struck) for r, row in ours.rows.items() for c, x in row.items()} == {
            (r, c): (x.kind, x.text, x.struck) for r, row in theirs.rows.items() for c, x in row.items()
        }
        assert (ours.name, ours.state, ours.merges) == (theirs.name, theirs.state, theirs.merges)
        assert (ours.hidden_rows, ours.hidden_columns) == (theirs.hidden_rows, theirs.hidden_columns)
        assert ours.comments == theirs.comments
    assert (first.properties, first.keywords) == (second.properties, second.keywords)


def test_where_the_first_reader_gives_up_the_second_is_asked(monkeypatch):
    from workbooks import xlsx_reader

    def broken(*_):
        raise WorkbookError("DR-F015", name="甲.xlsx", detail="试")

    monkeypatch.setattr(xlsx_reader, "read", broken)
    book = open_book(mixed_workbook(), "甲.xlsx")
    assert book.grids[0].rows[1][1].text == " 张三 "
    assert [problem.code for problem in book.problems] == ["DR-F108"]


# Packages that are odd ----------------------------------------------------------------------------------------------------


def replaced(data_entries, name, text):
    """Return a workbook with one part replaced."""
    return zip_of([Entry(name, text.encode()) if one.name.decode() == name else one for one in data_entries])


def test_strict_open_xml_is_read_and_named():
    strict = "http://purl.oclc.org/ooxml/spreadsheetml/main"
    relations = "http://purl.oclc.org/ooxml/officeDocument/relationships"
    entries = []
    for one in parts():
        plain = {"xl/workbook.xml": None}.get(one.name.decode(), one)
        entries.append(plain or one)
    texts = {
        "xl/workbook.xml": f'{HEAD}<workbook xmlns="{strict}" xmlns:r="{relations}"><sheets><sheet name="表1" sheetId="1" r:id="rId1"/></sheets></workbook>',
        "xl/worksheets/sheet1.xml": sheet_xml('<row r="1"><c r="A1"><v>1</v></c></row>').decode().replace(MAIN, strict),
    }
    data = zip_of(
        [Entry(one.name, texts[one.name.decode()].encode()) if one.name.decode() in texts else one for one in entries]
    )
    book = open_book(data, "甲.xlsx")
    assert book.grids[0].rows[1][1].text == "1"
    assert [problem.code for problem in book.problems] == ["DR-F109"]


def test_absolute_targets_and_missing_secondary_parts_do_no_harm():
    entries = [one for one in parts() if one.name != b"xl/sharedStrings.xml"]
    relation = (
        f'{HEAD}<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        f'<Relationship Id="rId1" Type="{RELS}/worksheet" Target="/xl/worksheets/sheet1.xml"/></Relationships>'
    )
    sheet = sheet_xml('<row r="1"><c r="A1" s="9"><v>7</v></c></row>').decode()
    texts = {"xl/_rels/workbook.xml.rels": relation, "xl/worksheets/sheet1.xml": sheet}
    data = zip_of(
        [Entry(one.name, texts[one.name.decode()].encode()) if one.name.decode() in texts else one for one in entries]
    )
    assert open_book(data, "甲.xlsx").grids[0].rows[1][1].text == "7"


@pytest.mark.parametrize("part", ["docProps/custom.xml", "xl/styles.xml"])
def test_a_damaged_secondary_part_costs_only_itself(part):
    sheet = sheet_xml('<row r="1"><c r="A1" s="1"><v>7</v></c></row>')
    book = open_book(zip_of(parts(sheet, extra=[Entry(part, b"<broken")])), "甲.xlsx")
    assert book.grids[0].rows[1][1].text == "7"
    assert [(problem.code, dict(problem.params)["part"]) for problem in book.problems] == [("DR-F107", part)]


def test_sheets_that_only_guide_are_listed_but_not_read():
    book = open_book(workbook(workbook=None), "甲.xlsx", skip=("表1",))
    assert (book.grids[0].name, book.grids[0].rows) == ("表1", {})


def test_the_extension_is_not_believed():
    book = open_book(workbook(), "甲.xls")
    assert [(one.code, dict(one.params)["extension"]) for one in book.problems] == [("DR-F111", "xls")]


@pytest.mark.parametrize(("row", "column", "text"), [(1, 1, "A1"), (10, 26, "Z10"), (3, 27, "AA3"), (1, 16384, "XFD1")])
def test_an_address_reads_both_ways(row, column, text):
    assert (address(row, column), split_address(text)) == (text, (row, column))
    assert split_address(f"${letters(column)}${row}") == (row, column)
