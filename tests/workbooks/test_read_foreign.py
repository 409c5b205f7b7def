"""Foreign tables: every row becomes a row, every cell has a place or a reason."""

import io
from pathlib import Path

import openpyxl
import pytest

from schemas.loader import templates
from workbooks import foreign
from workbooks.addresses import address
from workbooks.container import open_book
from workbooks.model import WorkbookError

T01, T06 = templates()["T01"], templates()["T06"]
PUBLISHED = Path(__file__).parents[1] / "data" / "item-list-hainan-2020.xlsx"


def book_of(sheets):
    """Return a book from sheet name -> (rows, merges)."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, (rows, merges) in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
        for one in merges:
            sheet.merge_cells(one)
    out = io.BytesIO()
    book.save(out)
    return open_book(out.getvalue(), "外来.xlsx", skip=())


def lost(book, adopted):
    """Return the cells below the headings that are neither in a row nor listed as unmapped."""
    told = {(sheet, cell) for sheet, cell, _, _ in adopted.unmapped}
    alone = len(book.grids) == 1
    for places in adopted.sources:
        for place in "、".join(places.values()).split("、"):
            sheet, _, cell = place.rpartition("!")
            told.add((book.grids[0].name if alone else sheet, cell))
    headings = {text for path in adopted.mapping["columns"] for text in path.split("/")}
    return [
        (grid.name, address(row, column))
        for grid in book.grids
        for row, cells in grid.rows.items()
        for column, cell in cells.items()
        if (grid.name, address(row, column)) not in told and "".join(cell.text.split()) not in headings
    ]


LIST = (
    [
        ["某省随机抽查事项清单（2020年版）"],
        ["编制单位", "序号", "抽查项目", None, "检查对象", "事项类别", "检查方式", "检查主体", "检查依据"],
        [None, None, "抽查类别", "抽查事项"],
        ["省厅", 1, "公证监管", "公证质量检查", "公证机构", "重点检查事项", "现场检查", "省级", "《公证法》第三十八条"],
        [None, None, None, None, None, None, None, None, "《公证机构执业管理办法》第四十条"],
        [None, None, None, "公证收费检查", "公证机构", "一般检查事项", "书面检查", "省级", "《公证法》第四十六条"],
        [None, 2, "鉴定监管", "鉴定质量检查", "司法鉴定机构", "重点检查事项", "现场检查", "省级", "《决定》第十三条"],
        ["注：本清单自公布之日起施行"],
    ],
    ["A1:I1", "A2:A3", "B2:B3", "C2:D2", "E2:E3", "F2:F3", "G2:G3", "H2:H3", "I2:I3", "A4:A7", "B4:B6", "C4:C6"]
    + [f"{letter}4:{letter}5" for letter in "DEFGH"],
)


def test_a_list_with_headings_in_two_rows_becomes_rows():
    book = book_of({"清单": LIST})
    adopted = foreign.adopt(book, T01)
    assert [row["item_name"] for row in adopted.rows] == ["公证质量检查", "公证收费检查", "鉴定质量检查"]
    assert [row["category"] for row in adopted.rows] == ["公证监管", "公证监管", "鉴定监管"]
    assert [row["office"] for row in adopted.rows] == ["省厅", "省厅", "省厅"]
    assert adopted.rows[0]["legal_basis"] == "《公证法》第三十八条\n《公证机构执业管理办法》第四十条"
    assert adopted.sources[0]["legal_basis"] == "I4、I5"
    assert adopted.mapping["columns"]["抽查项目/抽查事项"] == "item_name"
    reasons = {cell: reason for _, cell, _, reason in adopted.unmapped}
    assert reasons["A1"] == "表头以上的文字"
    assert reasons["A8"] == "合计、落款或注释"
    assert "没有对应的填报项" in reasons["B4"]
    assert lost(book, adopted) == []


def test_the_published_list_loses_nothing():
    book = open_book(PUBLISHED.read_bytes(), PUBLISHED.name, skip=())
    adopted = foreign.adopt(book, T01)
    assert len(adopted.rows) == 285
    assert all(
        row.get(key)
        for row in adopted.rows
        for key in (
            "category",
            "item_name",
            "target_types",
            "methods",
            "organ_levels",
            "legal_basis",
            "office",
            "item_kind",
        )
    )
    uniform = next(row for row in adopted.rows if "校服" in row["item_name"])
    assert uniform["legal_basis"].count("《") == 2
    assert len([one for row in adopted.rows for one in row["legal_basis"].split("\n")]) >= len(adopted.rows)
    assert lost(book, adopted) == []
    assert {reason for _, _, _, reason in adopted.unmapped} == {"表头以上的文字", "列“序号”没有对应的填报项"}


def test_the_mapping_can_be_edited_and_kept():
    book = book_of({"清单": LIST})
    mapping = foreign.read_mapping(foreign.mapping_text(foreign.adopt(book, T01).mapping))
    assert foreign.adopt(book, T01, mapping).rows == foreign.adopt(book, T01).rows
    mapping["columns"]["编制单位"] = ""
    mapping["columns"]["序号"] = "remark"
    edited = foreign.adopt(book, T01, mapping)
    assert "office" not in edited.rows[0]
    assert [row["remark"] for row in edited.rows] == ["1", "1", "2"]
    assert ("清单", "A4", "省厅", "列“编制单位”没有对应的填报项") in edited.unmapped


def test_a_mapping_that_is_no_toml_is_refused():
    with pytest.raises(WorkbookError) as refused:
        foreign.read_mapping("columns = [")
    assert refused.value.code == "DR-F015"


ROSTER = (
    [
        ["人员姓名", "職務（岗位）", "行政执法证号", "身份证号", "检查领域"],
        ["王甲", "科员", "42122100101", 429999199003070000, "公证"],
        ["王乙", "股长", "42122100102", "429999900307001", "公证"],
        [None, "科员", "42122100103", "x", "公证"],
        ["合计", "3人"],
    ],
    [],
)


def test_a_roster_of_another_office_is_adopted_row_by_row():
    book = book_of({"人员": ROSTER})
    adopted = foreign.adopt(book, T06)
    assert [row.get("name", "") for row in adopted.rows] == ["王甲", "王乙", ""]
    assert [row["certificate_no"] for row in adopted.rows] == ["42122100101", "42122100102", "42122100103"]
    assert lost(book, adopted) == []


def test_a_long_number_stored_as_a_number_is_listed_and_not_taken():
    """D073: its last digits are lost, and what is left looks like a sound number."""
    rows = [["姓名", "执法证号"], ["王甲", 429999199003070000], ["王乙", "42122100102"]]
    book = book_of({"人员": (rows, [])})
    adopted = foreign.adopt(book, T06)
    assert [row.get("certificate_no") for row in adopted.rows] == [None, "42122100102"]
    told = [(cell, text[:14], "按数值存储" in reason) for _, cell, text, reason in adopted.unmapped]
    assert told == [("B2", "42999919900307", True)]
    assert lost(book, adopted) == []


def test_several_sheets_give_one_list_and_name_their_sheet():
    other = ([["别的东西"], ["没有表头"]], [])
    book = book_of({"一": ROSTER, "二": ROSTER, "三": other})
    adopted = foreign.adopt(book, T06)
    assert len(adopted.rows) == 6
    assert adopted.sources[3]["name"] == "二!A2"
    assert [cell for sheet, cell, _, _ in adopted.unmapped if sheet == "三"] == ["A1", "A2"]
    assert lost(book, adopted) == []


def test_a_book_without_anything_alike_is_refused():
    with pytest.raises(WorkbookError) as refused:
        foreign.adopt(book_of({"甲": ([["品名", "单价"], ["纸", 3]], [])}), T06)
    assert refused.value.code == "DR-S001"


def test_pages_pasted_below_one_another_are_one_table():
    rows = [ROSTER[0][0], ROSTER[0][1], ROSTER[0][0], ROSTER[0][2]]
    book = book_of({"人员": (rows, [])})
    adopted = foreign.adopt(book, T06)
    assert [row["name"] for row in adopted.rows] == ["王甲", "王乙"]
    assert {reason for *_, reason in adopted.unmapped if reason == "重复的表头"} == {"重复的表头"}
