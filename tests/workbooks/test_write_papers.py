"""Registers, the ledger and letters: equal input, equal bytes; text stays text; figures lead to their rows."""

import io
import itertools
import zipfile

import docx
import openpyxl
import pytest

from workbooks import ledger, letter, register

HOSTILE = ["=HYPERLINK(1)", "+1", "-1", "@SUM(A1)", "http://example.invalid/", "\t=1", "00421221"]


def opened(data):
    return openpyxl.load_workbook(io.BytesIO(data))


def a_register():
    rows = [[text, at, at % 2 == 0, None] for at, text in enumerate(HOSTILE)]
    table = register.Table(name="汇总表", title="执法检查人员汇总表", columns=["名称", "数", "是否", "空"], rows=rows)
    return register.write([table], signature=True)


def a_ledger():
    figures = ledger.LedgerSheet(
        name="总览",
        title="2026 年度台账",
        columns=["指标", "分子", "分母", "数值", "来源"],
        rows=[["抽查", None, None, None, None], ["公示率", 2, 2, 1.0, "公示明细"]],
        notes=["截至 2026-12-30"],
        links={(1, 1): "公示明细!A5", (1, 4): "公示明细!A5"},
        percents=frozenset({3}),
        groups=frozenset({0}),
    )
    detail = ledger.LedgerSheet(
        name="公示明细",
        title="公示明细",
        columns=["对象", "件数"],
        rows=[[text, at] for at, text in enumerate(HOSTILE)],
    )
    chart = ledger.LedgerChart(
        sheet="总览", source="公示明细", kind="column", title="件数", names=0, values=[1], first=0, last=6
    )
    return ledger.write([figures, detail], [chart])


def a_letter(**more):
    return letter.write(
        title="关于报送执法检查人员名单的函",
        number="〔    〕    号",
        addressee="湖北省司法厅",
        paragraphs=["现将名单报上，请审查。", "一、基本情况", "共推荐 12 人。"],
        attachments=["汇总表", "名单"],
        sender="咸宁市司法局",
        date="    年    月    日",
        **more,
    )


def test_equal_input_gives_equal_bytes():
    for make in (a_register, a_ledger, a_letter):
        assert make() == make()


def test_text_stays_text_in_registers_and_ledgers():
    for data, name, first in ((a_register(), "汇总表", 3), (a_ledger(), "公示明细", 5)):
        cells = [opened(data)[name].cell(first + at, 1) for at in range(len(HOSTILE))]
        assert [cell.value for cell in cells] == HOSTILE
        assert {cell.data_type for cell in cells} == {"s"}
        assert not any(cell.hyperlink for cell in cells)


def test_a_register_can_be_filtered_scrolled_and_printed():
    sheet = opened(a_register())["汇总表"]
    assert (sheet.freeze_panes, sheet.auto_filter.ref) == ("A3", "A2:D9")
    assert (sheet.print_title_rows, sheet.page_setup.paperSize, sheet.page_setup.orientation) == (
        "$2:$2",
        9,
        "landscape",
    )
    assert [cell.value for cell in sheet[4]] == ["+1", 1, "否", ""]
    assert any("签发人" in str(row[0].value) for row in sheet.iter_rows())


def test_a_figure_is_a_number_and_leads_to_its_rows():
    sheet = opened(a_ledger())["总览"]
    row = ledger.data_row(1)
    assert [cell.value for cell in sheet[row]] == ["公示率", 2, 2, 1, "公示明细"]
    assert sheet.cell(row, 2).hyperlink.location == "'公示明细'!A5"
    assert sheet.cell(row, 4).number_format == "0.00%"


def test_charts_are_native_and_need_no_extension():
    with zipfile.ZipFile(io.BytesIO(a_ledger())) as package:
        names = package.namelist()
        assert "xl/charts/chart1.xml" in names
        assert not [name for name in names if b"extLst" in package.read(name)]


def charts_of(count, kinds=("bar", "column")):
    """Return (rows from, rows to, xml) of charts over `count` units that stand below each other."""
    names = [f"示例{at:02d}市司法局" for at in range(count)]
    sheet = ledger.LedgerSheet(
        name="按地区", title="按地区", columns=["单位", "公示率"], rows=[[one, 1.0] for one in names]
    )
    given = {
        "sheet": "按地区",
        "source": "按地区",
        "title": "各地公示率",
        "names": 0,
        "values": [1],
        "is_percent": True,
    }
    data = ledger.write([sheet], [ledger.LedgerChart(kind=one, first=0, last=count - 1, **given) for one in kinds])
    drawn = openpyxl.load_workbook(io.BytesIO(data)).worksheets[0]._charts
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        texts = [package.read(f"xl/charts/chart{at}.xml").decode() for at in range(1, len(kinds) + 1)]
    return [(one.anchor._from.row, one.anchor.to.row, text) for one, text in zip(drawn, texts, strict=True)]


def test_every_unit_of_a_chart_is_named_however_many_there_are():
    """R31: seventeen cities are seventeen names; without an interval programs leave out every second one."""
    few, many = charts_of(3), charts_of(18)
    for _, _, text in (*few, *many):
        assert '<c:tickLblSkip val="1"/>' in text
    assert '<c:orientation val="maxMin"/>' in many[0][2]
    assert many[0][1] - many[0][0] >= 18
    assert many[0][1] - many[0][0] > few[0][1] - few[0][0]


def test_charts_stand_below_each_other_whatever_their_height():
    for found in (charts_of(3), charts_of(18), charts_of(30, ("bar", "bar", "column"))):
        for above, below in itertools.pairwise(found):
            assert above[1] < below[0]


def test_a_letter_has_the_measures_of_an_official_document():
    document = docx.Document(io.BytesIO(a_letter()))
    page = document.sections[0]
    measures = (page.page_width, page.page_height, page.top_margin, page.bottom_margin)
    assert [round(one.mm) for one in measures] == [210, 297, 37, 35]
    assert [round(one.mm) for one in (page.left_margin, page.right_margin)] == [28, 26]
    assert "PAGE" in page.footer._element.xml
    assert 'w:eastAsia="zh-CN"' in document.styles.element.xml
    fonts = {run._element.rPr.rFonts.get(docx.oxml.ns.qn("w:eastAsia")) for p in document.paragraphs for run in p.runs}
    assert fonts == {"方正小标宋简体", "仿宋_GB2312", "黑体"}
    assert document.paragraphs[0].runs[0].font.size.pt == 22


def test_a_letter_numbers_its_attachments_and_carries_its_table():
    document = docx.Document(io.BytesIO(a_letter(table=[["单位", "人数"], ["嘉鱼县司法局", "2"]], note="任务编号：1")))
    texts = [one.text for one in document.paragraphs]
    assert "附件：1. 汇总表" in texts
    assert any(text.strip() == "2. 名单" for text in texts)
    assert [[cell.text for cell in row.cells] for row in document.tables[0].rows] == [
        ["单位", "人数"],
        ["嘉鱼县司法局", "2"],
    ]
    assert texts[-1] == "任务编号：1"


def test_a_letter_tells_no_time_and_no_person_of_the_machine():
    with zipfile.ZipFile(io.BytesIO(a_letter())) as package:
        assert {entry.date_time for entry in package.infolist()} == {(2026, 1, 1, 0, 0, 0)}
    properties = docx.Document(io.BytesIO(a_letter())).core_properties
    assert (properties.author, properties.last_modified_by, properties.created.year) == ("台账", "", 2026)


def a_long_ledger(count):
    long = "检查中发现的问题，须在期限内整改到位，并由两名执法人员复查。" * 4
    sheet = ledger.LedgerSheet(
        name="总览",
        title="总览",
        columns=["事项", "次数", "说明"],
        rows=[[f"事项{at:02d}", at, long if at % 9 == 0 else "无"] for at in range(count)],
    )
    given = {"sheet": "总览", "source": "总览", "names": 0, "values": [1], "first": 0, "last": count - 1}
    return ledger.write([sheet], [ledger.LedgerChart(kind="bar", title=f"第 {at} 张", **given) for at in range(4)])


def test_a_row_of_a_ledger_is_as_high_as_its_text_wraps():
    sheet = opened(a_long_ledger(20))["总览"]
    wide, narrow = ledger.data_row(9), ledger.data_row(1)
    lines = 2 * len(sheet.cell(wide, 3).value) / sheet.column_dimensions["C"].width
    assert sheet.row_dimensions[wide].height >= 14 * lines
    assert sheet.row_dimensions[narrow].height < 20


@pytest.mark.parametrize("count", [3, 20, 60])
def test_no_chart_of_a_ledger_runs_over_the_end_of_a_page(count):
    sheet = opened(a_long_ledger(count))["总览"]
    assert not (sheet.sheet_properties.pageSetUpPr and sheet.sheet_properties.pageSetUpPr.fitToPage)
    ends = [one.id for one in sheet.row_breaks.brk]
    spans = [(one.anchor._from.row, one.anchor.to.row) for one in sheet._charts]
    assert len(spans) == 4
    assert not [(span, end) for span in spans for end in ends if span[0] < end <= span[1]]
    paper = 500 / (sheet.page_setup.scale / 100)
    for begin, end in itertools.pairwise([0, *ends, spans[-1][1]]):
        assert sum(sheet.row_dimensions[row + 1].height or 15 for row in range(begin, end)) <= paper


def test_a_table_in_a_letter_repeats_its_headings_and_gives_room_where_something_is_written():
    rows = [("序号", "检查要点", "检查情况"), *((str(at), "机构内部管理制度是否健全；" * 6, "") for at in range(30))]
    grid = docx.Document(io.BytesIO(a_letter(table=rows, room={"3": 30}))).tables[0]
    assert [bool(row._tr.trPr.xpath("w:tblHeader")) for row in grid.rows] == [True, *[False] * 30]
    assert all(row._tr.trPr.xpath("w:cantSplit") for row in grid.rows)
    number, point, written = (cell.width.mm for cell in grid.rows[1].cells)
    assert 8 < number < 16
    assert written > 40
    assert point > 40
    assert round(number + point + written) == 156
    assert [round(grid.rows[at].height.mm) for at in (3, 4)] == [8, 30]
