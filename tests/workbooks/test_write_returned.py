"""The copy that goes back: what the sender typed, marked, linked, ready to be corrected and sent again as it is."""

import hashlib
import io
import re
import zipfile
from dataclasses import replace

import openpyxl
import pytest

from engine import intake
from schemas.loader import template, templates, units
from workbooks import returned
from workbooks import template as forms
from workbooks.container import open_book
from workbooks.locate import locate
from workbooks.model import Cell, RawRow

FORM = template("T06")
IDENTITY = forms.identity_of(FORM, unit="421221", year=2026)
COVER = {"filled_by": "甲一", "checked_by": "乙二", "approved_by": "", "phone": "13900000000"}
ROWS = [
    {"name": "=1+1", "post": "股长", "inspector_class": "公务员", "certificate_no": "00421221"},
    {"name": "𠮷示例", "post": "@SUM(A1)", "inspector_class": "行政执法类公务员", "certificate_no": 42122100102},
]
SUMMARY = returned.ReturnSummary(
    unit="嘉鱼县司法局",
    title=FORM.title,
    received_at="2026-05-20 10:11",
    verdict="这份表暂不能接收：有 2 处必须改，请在 2026-05-22 前改好发回。",
    deadline="2026-05-22",
    file="嘉鱼推荐表.xlsx",
    year="2026",
    contact="咸宁市司法局 孙立 0715-8000000",
)
MARKS = (
    returned.Mark(severity="fixed", code="DR-C001", message="前后空格已去掉。", sheet="nominees", row=6, field="name"),
    returned.Mark(
        severity="error",
        code="DR-V001",
        message="“人员类别”填的是“公务员”。",
        fix="从下拉列表选一项。",
        sheet="nominees",
        row=5,
        field="inspector_class",
        value="公务员",
        proposal="行政执法类公务员",
        who="=1+1",
    ),
    returned.Mark(severity="error", code="DR-A001", message="“签发人”没有填。", sheet="cover", field="approved_by"),
    returned.Mark(severity="explain", code="DR-Q001", message="应报 2 人。", sheet="nominees"),
)


def read(data):
    return locate(open_book(data, "x.xlsx"), templates())


@pytest.fixture(scope="module")
def original():
    data = forms.write(FORM, IDENTITY, unit=units()["421221"], rows={"nominees": ROWS}, cover=COVER)
    return read(data)


@pytest.fixture(scope="module")
def copy(original):
    return returned.write(FORM, IDENTITY, original, MARKS, SUMMARY, unit=units()["421221"], quota=2)


def typed(filled):
    return [(row.number, {key: cell[:3] for key, cell in row.cells.items()}) for row in filled.tables[0].rows]


def test_what_the_sender_typed_comes_back_unchanged(original, copy):
    again = read(copy)
    assert typed(again) == typed(original)
    assert again.identity == original.identity
    assert {key: again.cover[key].text for key in COVER if COVER[key]} == {k: v for k, v in COVER.items() if v}


def test_a_copy_of_a_copy_is_the_same_copy(copy):
    twice = returned.write(FORM, IDENTITY, read(copy), MARKS, SUMMARY, unit=units()["421221"], quota=2)
    assert typed(read(twice)) == typed(read(copy))


def test_equal_input_gives_equal_bytes(original, copy):
    assert returned.write(FORM, IDENTITY, original, MARKS, SUMMARY, unit=units()["421221"], quota=2) == copy


def test_the_first_sheet_says_what_to_do_and_lists_errors_first(copy):
    sheet = openpyxl.load_workbook(io.BytesIO(copy)).worksheets[0]
    lines = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert sheet.title == "退回说明"
    assert lines[1][0] == SUMMARY.verdict
    assert (
        lines[2][0] == "报送单位：嘉鱼县司法局　　年度：2026　　收到时间：2026-05-20 10:11　　原文件：嘉鱼推荐表.xlsx"
    )
    assert "必须改 2 处" in lines[3][0]
    assert lines[3][0].endswith("截止：2026-05-22　　有疑问请联系：咸宁市司法局 孙立 0715-8000000")
    assert [line[8] for line in lines[7:] if line[8]] == ["DR-A001", "DR-V001", "DR-Q001", "DR-C001"]


def test_every_link_leads_to_the_cell_it_names(copy):
    book = openpyxl.load_workbook(io.BytesIO(copy))
    links = {cell.value: cell.hyperlink.location for row in book.worksheets[0] for cell in row if cell.hyperlink}
    assert links["推荐人员 D5"] == "'推荐人员'!D5"
    place = next(location for text, location in links.items() if text.startswith("封面")).split("!")[1]
    row = int(re.search(r"\d+", place)[0])
    assert book["封面"].cell(row, 2).value == "签发人 *"
    assert book["封面"][place].comment.text == "✗ “签发人”没有填。"


def test_marks_can_be_read_without_colour_and_carry_their_words(copy):
    sheet = openpyxl.load_workbook(io.BytesIO(copy))["推荐人员"]
    check = next(cell.column for cell in sheet[4] if cell.value == "#_check")
    assert [sheet.cell(row, check).value for row in (5, 6, 7)] == ["✗", "✓", None]
    assert "建议值：行政执法类公务员" in sheet["D5"].comment.text
    assert sheet["D5"].fill.fgColor.rgb != sheet["C5"].fill.fgColor.rgb
    lists = [rule.formula1 for rule in sheet.data_validations.dataValidation if "采用建议" in (rule.formula1 or "")]
    assert lists == ['"采用建议,保留原值"']


def test_an_answer_of_the_office_is_read_back(copy):
    book = openpyxl.load_workbook(io.BytesIO(copy))
    sheet = book["推荐人员"]
    columns = {cell.value: cell.column for cell in sheet[4]}
    sheet.cell(5, columns["#_check"]).value = "采用建议"
    sheet.cell(5, columns["#_explain"]).value = "已核实，证号无误"
    out = io.BytesIO()
    book.save(out)
    table = read(out.getvalue()).tables[0]
    assert table.decisions == {5: "采用建议"}
    assert table.explanations == {5: "已核实，证号无误"}


def test_nothing_typed_becomes_a_formula(copy):
    sheets = openpyxl.load_workbook(io.BytesIO(copy)).worksheets
    formulas = {str(cell.value)[:3] for sheet in sheets for row in sheet for cell in row if cell.data_type == "f"}
    assert formulas == {"=IF"}, "only the counting column and the 自检 line"
    assert sheets[3]["B5"].data_type == "s"


def test_a_cause_met_a_thousand_times_takes_fifty_lines(original):
    marks = [replace(MARKS[1], row=5, message=f"第 {at} 处") for at in range(1000)]
    data = returned.write(FORM, IDENTITY, original, marks, SUMMARY)
    sheet = openpyxl.load_workbook(io.BytesIO(data)).worksheets[0]
    assert sum(str(row[8].value).startswith("DR-") for row in sheet.iter_rows()) == 50
    assert any("同类问题还有 950 处" in str(cell.value) for row in sheet.iter_rows() for cell in row)


def test_rows_a_sender_left_far_apart_are_moved_together(original):
    table = original.tables[0]
    far = replace_rows(original, [RawRow(1_000_000, table.rows[0].cells)])
    again = read(returned.write(FORM, IDENTITY, far, [], SUMMARY))
    assert [row.number for row in again.tables[0].rows] == [5]


def test_without_any_table_the_list_and_an_empty_form_go_back(original):
    nothing = replace(original, tables=[])
    again = read(returned.write(FORM, IDENTITY, nothing, MARKS, SUMMARY, unit=units()["421221"]))
    assert again.identity == IDENTITY
    assert again.tables[0].rows == []


def test_a_number_stays_a_number_so_that_the_fault_is_found_again(original):
    cell = Cell("number", "4.2012319900101E+17")
    far = replace_rows(original, [RawRow(5, {"certificate_no": cell})])
    found = read(returned.write(FORM, IDENTITY, far, [], SUMMARY)).tables[0].rows[0].cells["certificate_no"]
    assert found.kind == "number"
    assert float(found.text) == float(cell.text)


def replace_rows(filled, rows):
    return replace(filled, tables=[replace(filled.tables[0], rows=rows)])


# many thousand rows -----------------------------------------------------------------------------------------------------

MANY = 3000


@pytest.fixture(scope="module")
def large(original):
    """Return (filled, marks, copy) of a table with something wrong in every row, with a proposal in two of three."""
    rows = [RawRow(5 + at, {"name": Cell("text", f"甲{at}"), "post": Cell("text", "股长")}) for at in range(MANY)]
    marks = [
        replace(MARKS[1], severity="error" if at % 2 else "explain", row=5 + at, value=f"公务员{at}", message=f"第 {at} 处不对。",
                proposal="行政执法类公务员" if at % 3 else None)
        for at in range(MANY)
    ]  # fmt: skip
    filled = replace_rows(original, rows)
    return filled, marks, returned.write(FORM, IDENTITY, filled, marks, SUMMARY, unit=units()["421221"])


@pytest.fixture(scope="module")
def large_sheet(large):
    return openpyxl.load_workbook(io.BytesIO(large[2]))["推荐人员"]


def test_every_row_of_a_large_copy_has_its_fill_and_its_sign(large_sheet):
    sheet = large_sheet
    check = next(cell.column for cell in sheet[4] if cell.value == "#_check")
    signs = [str(sheet.cell(5 + at, check).value)[0] for at in range(MANY)]
    fills = [sheet.cell(5 + at, 4).fill.fgColor.rgb[2:] for at in range(MANY)]
    assert signs == ["✗" if at % 2 else "!" for at in range(MANY)]
    assert fills == ["F8CBAD" if at % 2 else "FFE699" for at in range(MANY)]


def test_a_thousand_comments_go_to_the_worst_and_the_words_of_the_others_stand_behind_their_sign(large_sheet):
    sheet = large_sheet
    check = next(cell.column for cell in sheet[4] if cell.value == "#_check")
    commented = [at for at in range(MANY) if sheet.cell(5 + at, 4).comment]
    assert commented == [at for at in range(MANY) if at % 2][:1000]
    for at in range(MANY):
        words = sheet.cell(5 + at, check).value
        text = sheet.cell(5 + at, 4).comment.text if at in commented[:1] else words
        if at in commented:
            assert words == "✗"
        else:
            assert f"第 {at} 处不对。" in text
            assert ("建议值：行政执法类公务员" in text) == bool(at % 3)


def test_every_proposal_can_be_chosen_from_a_list_and_neighbours_share_one(large_sheet):
    rules = [one for one in large_sheet.data_validations.dataValidation if "采用建议" in (one.formula1 or "")]
    rows = [row for rule in rules for area in rule.sqref.ranges for row in range(area.min_row, area.max_row + 1)]
    assert sorted(rows) == [5 + at for at in range(MANY) if at % 3]
    assert len(rules) == MANY // 3


def test_a_large_copy_says_what_is_not_in_its_list_and_where_it_is(large, large_sheet):
    sheet = openpyxl.load_workbook(io.BytesIO(large[2])).worksheets[0]
    said = sheet["A6"].value
    assert f"同类问题还有 {MANY - 50} 处" in said
    assert f"其中 {MANY - 50} 处已在数据表中逐格涂色" in said
    assert "“推荐人员”最多 1000 格带批注" in said
    assert large_sheet.max_row >= MANY + 4


def test_a_large_copy_sent_back_unchanged_is_what_was_sent(large):
    filled, marks, data = large
    again = read(data)
    assert typed(again) == typed(filled)
    assert again.tables[0].explanations == again.tables[0].decisions == {}
    assert returned.write(FORM, IDENTITY, filled, marks, SUMMARY, unit=units()["421221"]) == data
    twice = returned.write(FORM, IDENTITY, again, marks, SUMMARY, unit=units()["421221"])
    assert typed(read(twice)) == typed(filled)


def test_a_copy_written_through_files_is_the_copy_written_in_memory(large, monkeypatch):
    filled, marks, data = large
    monkeypatch.setattr(returned, "_SMALL", 0)
    assert parts(returned.write(FORM, IDENTITY, filled, marks, SUMMARY, unit=units()["421221"])) == parts(data)


def parts(data):
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        return {name: package.read(name) for name in package.namelist()}


def test_a_large_copy_sent_back_unchanged_has_the_same_issues(original):
    people = [{**ROWS[0], "name": f"甲{at}", "certificate_no": f"42122{at:06d}"} for at in range(MANY)]
    sent = forms.write(FORM, IDENTITY, unit=units()["421221"], rows={"nominees": people}, cover=COVER)
    first = examined(sent)
    again = examined(first.returned)
    assert first.verdict == "returned"
    assert len(first.submission.rows) == MANY
    assert {one.field for one in first.issues} >= {"inspector_class", "approved_by"}
    told = [
        [(one.code, one.sheet, one.cell, one.field, one.message) for one in found.issues] for found in (first, again)
    ]
    assert told[0] == told[1]


def examined(data):
    file = intake.Incoming(name="x.xlsx", data=data, sha256=hashlib.sha256(data).hexdigest(), received_at="2026-05-20")
    return intake.examine([file], intake.Context(unit="421200", year=2026, today="2026-05-20"))[0]


def test_a_mark_of_no_column_has_its_words_at_the_sign(original):
    mark = replace(MARKS[1], field=None, message="整行重复。", proposal=None)
    sheet = openpyxl.load_workbook(io.BytesIO(returned.write(FORM, IDENTITY, original, [mark], SUMMARY)))["推荐人员"]
    check = next(cell for cell in sheet[4] if cell.value == "#_check")
    assert sheet.cell(5, check.column).value == "✗"
    assert "整行重复。" in sheet.cell(5, check.column).comment.text


def test_what_the_office_explained_comes_back(original):
    table = replace(original.tables[0], explanations={6: "已核实"})
    data = returned.write(FORM, IDENTITY, replace(original, tables=[table]), MARKS, SUMMARY)
    assert read(data).tables[0].explanations == {6: "已核实"}


def test_a_fill_on_a_column_filled_in_beforehand_is_not_hidden_by_its_grey():
    form = template("T12")
    sheet = form.sheets[0]
    row = {one.key: one.example for one in sheet.fields} | {"measures": "已补齐并自查"}
    identity = forms.identity_of(form, unit="421200", year=2026)
    filled = read(forms.write(form, identity, unit=units()["421200"], rows={sheet.name: [row, row]}, cover=COVER))
    mark = replace(MARKS[1], sheet=sheet.name, row=5, field="task_id", proposal=None)
    page = openpyxl.load_workbook(io.BytesIO(returned.write(form, identity, filled, [mark], SUMMARY)))[sheet.title]
    columns = {cell.value: cell.column_letter for cell in page[4]}
    check = columns["#_check"]
    greys = {
        str(area.sqref)[0]: rule.formula[0]
        for area in page.conditional_formatting
        for rule in area.rules
        if rule.dxf.fill and rule.dxf.fill.bgColor.rgb == "FFF2F2F2"
    }
    assert greys[columns["#task_id"]] == f'${check}5=""'
    assert greys[columns["#target_id"]] == "TRUE"
    assert page[f"{check}5"].value == "✗"


def test_the_head_says_only_how_to_deal_with_what_occurs(original):
    def how(*marks):
        book = openpyxl.load_workbook(io.BytesIO(returned.write(FORM, IDENTITY, original, marks, SUMMARY)))
        return book[returned.SHEET]["A5"].value

    plain, all_of_it = how(replace(MARKS[1], proposal=None)), how(*MARKS)
    assert "红色 ✗" in plain
    assert not [word for word in ("黄色", "绿色", "采用建议") if word in plain]
    assert not [word for word in ("红色", "黄色", "绿色", "采用建议") if word not in all_of_it]


def test_a_cause_of_a_whole_column_leads_to_its_heading(original):
    mark = replace(MARKS[1], row=None, field="certificate_no", proposal=None)
    sheet = openpyxl.load_workbook(io.BytesIO(returned.write(FORM, IDENTITY, original, [mark], SUMMARY))).worksheets[0]
    links = {cell.value: cell.hyperlink.location for row in sheet for cell in row if cell.hyperlink}
    assert links == {"推荐人员 F 列": "'推荐人员'!F3"}


def test_every_cell_a_merge_left_unsaid_is_marked_though_it_is_told_once(original):
    table = replace(original.tables[0], unreadable={(6, "post"), (6, "fields")})
    mark = replace(MARKS[1], row=5, field="post", proposal=None)
    data = returned.write(FORM, IDENTITY, replace(original, tables=[table]), [mark], SUMMARY)
    sheet = openpyxl.load_workbook(io.BytesIO(data))["推荐人员"]
    columns = {cell.value: cell.column for cell in sheet[4]}
    filled = {key for key, column in columns.items() if sheet.cell(6, column).fill.fgColor.rgb == "FFF8CBAD"}
    assert filled == {"#post", "#fields", "#_check"}
    assert sheet.cell(6, columns["#_check"]).value == "✗"


@pytest.mark.parametrize(("on", "words"), [("2026-05-22", "请在 2026-05-22 前改好"), ("2026-05-23", "2026-05-22 已过")])
def test_after_the_deadline_nobody_is_told_to_be_in_time(on, words):
    sent = forms.write(FORM, IDENTITY, unit=units()["421221"], rows={"nominees": ROWS}, cover=COVER)
    file = intake.Incoming(name="x.xlsx", data=sent, sha256="0", received_at=f"{on}T10:00:00+08:00")
    checked = intake.examine([file], intake.Context(unit="421200", year=2026, today=on))[0]
    assert words in openpyxl.load_workbook(io.BytesIO(checked.returned))[returned.SHEET]["A2"].value


def test_a_line_names_the_person_and_not_only_the_number():
    row = {"name": "王伟", "post": "股长", "inspector_class": "公务员", "certificate_no": "42122100101"}
    sent = forms.write(FORM, IDENTITY, unit=units()["421221"], rows={"nominees": [row]}, cover=COVER)
    sheet = openpyxl.load_workbook(io.BytesIO(examined(sent).returned))[returned.SHEET]
    told = {line[1].value: line[2].value for line in sheet.iter_rows(min_row=8)}
    assert told["推荐人员 D5"] == "王伟 42122100101"
