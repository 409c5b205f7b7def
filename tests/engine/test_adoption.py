"""Foreign rosters become templates: nothing lost, nothing guessed, the mapping is the office's own (R17; intake 57, issue of `adopt`)."""

import openpyxl
import pytest

import cli
from engine import adoption
from engine.model import NotFound, Refused
from schemas import loader
from simulate.dirt import office


def notaries(path):
    """Write a roster of notaries as offices keep it: three rows of headings, merged institutions, numbers as floats, totals, signers."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "名册"
    sheet["A1"] = "咸宁市2026年度公证机构及公证员名册（单位：人）"
    heads = {
        "A3": "序号", "B3": "公证机构\n名称", "C3": "机构信息", "C4": "负责人", "D4": "联系电话", "E3": "公证员", "E4": "基本情况",
        "E5": "姓名", "F5": "性别", "G4": "执业", "G5": "执业证号", "H5": "首次执业日期", "I3": "备 注",
    }  # fmt: skip
    for place, text in heads.items():
        sheet[place] = text
    merges = (
        "A1:I1",
        "A3:A5",
        "B3:B5",
        "C3:D3",
        "C4:C5",
        "D4:D5",
        "E3:H3",
        "E4:F4",
        "G4:H4",
        "I3:I5",
        "A6:A7",
        "B6:B7",
        "C6:C7",
    )
    rows = [
        (1, "咸宁市示例公证处", "方示例", "0715-8000001", "方示例", "男", "14212201000001", "2010.5.1", None),
        (None, None, None, None, "陆示例", "女", 14212201000002, "2012年6月3日", "新增"),
        (2, "嘉鱼县示例公证处", "陈示例", "0715-8000002", "陈示例", "男", "14212202000001", "2008-01-01", None),
        (None, "合计", None, None, "3人", None, None, None, None),
        ("填表人：钱示例", None, None, None, None, None, None, None, None),
    ]
    for number, row in enumerate(rows, 6):
        for column, value in enumerate(row, 1):
            sheet.cell(number, column).value = value
    for area in merges:
        sheet.merge_cells(area)
    book.save(path)
    return path


def written(found, sheet):
    """Return the rows of the pre-filled template by field."""
    table = openpyxl.load_workbook(found["written"])[sheet]
    keys = {str(one.value)[1:]: one.column for one in table[4] if str(one.value or "").startswith("#")}
    return [
        {key: table.cell(5 + place, column).value for key, column in keys.items() if key[0] != "_"}
        for place in range(found["rows"])
    ]


def cells(path):
    return {
        (sheet.title, cell.coordinate)
        for sheet in openpyxl.load_workbook(path).worksheets
        for row in sheet.iter_rows()
        for cell in row
        if cell.value is not None
    }


def test_three_rows_of_headings_merged_bodies_and_totals_become_one_row_for_each_person(tmp_path):
    found = adoption.adopt(notaries(tmp_path / "名册.xlsx"), "T03", tmp_path / "out", year=2026)
    rows = written(found, "人员名录")
    assert [(row["name"], row["institution_name"], row["licence_no"]) for row in rows] == [
        ("方示例", "咸宁市示例公证处", "14212201000001"),
        ("陆示例", "咸宁市示例公证处", "14212201000002"),
        ("陈示例", "嘉鱼县示例公证处", "14212202000001"),
    ]
    assert [str(row["first_licensed_on"]) for row in rows] == ["2010.5.1", "2012年6月3日", "2008-01-01"]


def test_every_cell_of_the_source_is_a_row_or_a_leftover(tmp_path):
    """Nothing is lost: what the sheet 来源 names, what 未对应内容 names and the headings are all there was."""
    source = notaries(tmp_path / "名册.xlsx")
    found = adoption.adopt(source, "T03", tmp_path / "out", year=2026)
    book = openpyxl.load_workbook(found["leftovers"])
    taken = {("名册", str(row[2])) for row in book["来源"].iter_rows(min_row=3, values_only=True)}
    left = {(one["sheet"], one["cell"]) for one in found["unmapped"]}
    heads = {("名册", f"{column}{row}") for column in "ABCDEFGHI" for row in (3, 4, 5)}
    assert cells(source) - taken - left - heads == set()
    assert {("名册", "A9"), ("名册", "B9"), ("名册", "E9"), ("名册", "A10")} & taken == set()


def test_the_office_edits_the_mapping_and_keeps_it(tmp_path):
    source, kept = notaries(tmp_path / "名册.xlsx"), tmp_path / "对照.toml"
    first = adoption.adopt(source, "T03", tmp_path / "a", year=2026, mapping=kept)
    text = kept.read_text(encoding="utf-8")
    fields = [one for one in loader.template("T03").sheet("practitioners").fields if not one.computed]
    assert all(
        f"#   {one.key} {one.title}" in text for one in fields
    )  # which codes there are stands in the file itself
    edited = text.replace('"备注" = "remark"', '"备注" = ""')
    assert edited != text
    kept.write_bytes(b"\xef\xbb\xbf" + edited.encode())  # as the editor of Windows saves it
    again = adoption.adopt(source, "T03", tmp_path / "b", year=2026, mapping=kept)
    assert [row["remark"] for row in written(first, "人员名录")] == [None, "新增", None]
    assert [row["remark"] for row in written(again, "人员名录")] == [None, None, None]
    assert "新增" in {one["text"] for one in again["unmapped"]}
    assert kept.read_bytes().endswith(edited.encode())


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda text: text.replace('= "name"\n', '= "nomen"\n', 2), "没有这个填报项"),
        (lambda text: text.replace("[columns]", "[columns"), "写法不对"),
        (lambda text: text.replace('template = "T03"', 'template = "T02"'), "不是 T03 的（写的是 T02）"),
    ],
)
def test_a_slip_in_the_mapping_is_named_and_nothing_is_written(tmp_path, change, said):
    source, kept = notaries(tmp_path / "名册.xlsx"), tmp_path / "对照.toml"
    adoption.adopt(source, "T03", tmp_path / "a", year=2026, mapping=kept)
    text = kept.read_text(encoding="utf-8")
    kept.write_text(change(text), encoding="utf-8")
    assert kept.read_text(encoding="utf-8") != text
    with pytest.raises(Refused, match=said):
        adoption.adopt(source, "T03", tmp_path / "b", year=2026, mapping=kept)
    assert not (tmp_path / "b").exists()


def test_a_list_of_trainings_saved_as_text_is_understood(tmp_path, capsys):
    """R48: headings as offices write them; numbers with a unit stay as they were typed, for the intake to judge."""
    table = "日期,培训主题,参加人数,学时,主办\n2026年3月5日,行政处罚法专题,45,4,咸宁市司法局\n2026/6/8,执法记录规范,60人,2学时,咸宁市司法局\n"
    (tmp_path / "培训.csv").write_text(table, encoding="gbk")
    command = ["adopt", str(tmp_path / "培训.csv"), "--as", "T18", "-o", str(tmp_path / "out"), "--unit", "421200"]
    assert cli.run(command) == 1
    assert "认出 5 列：日期、培训主题、参加人数、学时、主办" in capsys.readouterr().out
    (path,) = (tmp_path / "out").glob("T18_*.xlsx")
    rows = written({"written": path, "rows": 2}, "培训与宣传")
    assert [(row["topic"], row["participants"], row["organiser"]) for row in rows] == [
        ("行政处罚法专题", "45", "咸宁市司法局"),
        ("执法记录规范", "60人", "咸宁市司法局"),
    ]


def test_what_does_not_exist_is_said(tmp_path):
    with pytest.raises(NotFound, match="没有表号“T99”"):
        adoption.adopt(notaries(tmp_path / "a.xlsx"), "T99", tmp_path, year=2026)
    with pytest.raises(NotFound, match="没有代码为“999”的单位"):
        adoption.adopt(tmp_path / "a.xlsx", "T03", tmp_path, year=2026, unit="999")


def test_a_file_of_something_else_is_refused_in_words_that_can_be_followed(tmp_path):
    book = openpyxl.Workbook()
    book.active.append(["品名", "单价"])
    book.active.append(["纸", 3])
    book.save(tmp_path / "采购.xlsx")
    with pytest.raises(Refused, match="没有认出《检查对象名录库（机构）》的表头") as refused:
        adoption.adopt(tmp_path / "采购.xlsx", "T02", tmp_path / "出", year=2026)
    assert "--as" in refused.value.hint


def test_the_lists_of_a_neighbours_form_are_no_people(tmp_path):
    """D034: only the two rows of the table become rows, not the drop-down values of the sheet beside it."""
    (tmp_path / "邻县.xlsx").write_bytes(office.workbook("T06"))
    found = adoption.adopt(tmp_path / "邻县.xlsx", "T06", tmp_path / "出", year=2026, unit="421222")
    assert found["rows"] == 2
