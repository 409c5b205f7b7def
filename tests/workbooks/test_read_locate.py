"""Whatever an office does to a template, its rows are found, its oddities named once, and nothing is made up."""

import io
from copy import copy

import openpyxl
import pytest
from openpyxl.comments import Comment
from openpyxl.styles import Font, PatternFill

from schemas.declare import Field, Sheet, Template
from schemas.loader import issue_texts, templates
from workbooks.container import open_book
from workbooks.identity import parse, parse_printed, vote
from workbooks.locate import locate
from workbooks.model import Identity
from workbooks.table_rows import spans
from workbooks.template import identity_of, write

T06 = templates()["T06"]
NOMINEES = T06.sheets[0]
NAME, POST = 2, 3


def nominee(number):
    """Return one synthetic nominee."""
    return {
        "name": f"王{'甲乙丙丁戊己'[number]}",
        "post": "科员",
        "inspector_class": "行政执法类公务员",
        "qualification": "持有行政执法证",
        "certificate_no": f"4212210010{number}",
        "certificate_valid_to": "2028-12-31",
        "specialities": "公证管理",
        "fields": "公证",
    }


IDENTITY = identity_of(T06, unit="421221", year=2026, issue_no="001")
ISSUED = write(T06, IDENTITY, year=2026, rows={"nominees": [nominee(n) for n in range(3)]}, cover={"filled_by": "王甲"})


def changed(change, data=ISSUED):
    """Return what is located after `change` was applied to the issued workbook as an office would."""
    book = openpyxl.load_workbook(io.BytesIO(data))
    change(book)
    out = io.BytesIO()
    book.save(out)
    return locate(open_book(out.getvalue(), "表.xlsx"), templates())


def sheet_of(book):
    return book["推荐人员"]


def codes(filled):
    """Return the issue codes of file and tables, in order."""
    return [one.code for one in filled.problems] + [one.code for table in filled.tables for one in table.problems]


def names(filled):
    return [row.cells["name"].text for row in filled.tables[0].rows if "name" in row.cells]


def problem(filled, code):
    """Return the one problem with this code and its parameters."""
    [found] = [one for one in [*filled.problems, *filled.tables[0].problems] if one.code == code]
    return found, dict(found.params)


def test_an_untouched_workbook_raises_no_eyebrow():
    filled = locate(open_book(ISSUED, "表.xlsx"), templates())
    assert filled.identity == IDENTITY
    assert set(filled.carriers) == {"property", "meta", "name", "keywords", "printed", "footer", "keyrow"}
    assert codes(filled) == []
    assert names(filled) == ["王甲", "王乙", "王丙"]
    assert [row.number for row in filled.tables[0].rows] == [5, 6, 7]
    assert filled.cover["filled_by"].text == "王甲"
    assert filled.cover_cells["filled_by"].startswith("C")


def test_every_template_is_located_as_it_was_written():
    for template in templates().values():
        if template.code != "T00":
            identity = identity_of(template, unit="421221", year=2026, issue_no="001")
            filled = locate(open_book(write(template, identity, year=2026), "表.xlsx"), templates())
            assert filled.identity == identity
            assert codes(filled) == []
            assert [table.sheet for table in filled.tables] == [one.name for one in template.sheets]
            assert all(
                set(table.columns) == {one.key for one in sheet.fields}
                for table, sheet in zip(filled.tables, template.sheets, strict=True)
            )
            assert not any(table.rows for table in filled.tables)


def rename(book):
    sheet_of(book).title = "推荐人员 (2)"


def key_row_deleted(book):
    sheet_of(book).delete_rows(4)
    sheet_of(book).row_dimensions[4].hidden = False


def title_rows_added(book):
    sheet_of(book).insert_rows(1, 3)


def column_inserted(book):
    sheet = sheet_of(book)
    sheet.insert_cols(3)
    sheet.cell(3, 3).value, sheet.cell(5, 3).value = "出生地", "嘉鱼"


def required_column_deleted(book):
    sheet_of(book).delete_cols(POST)


def columns_swapped(book):
    sheet = sheet_of(book)
    for row in sheet.iter_rows(min_row=3, max_row=7):
        row[1].value, row[2].value = row[2].value, row[1].value


def heading_retyped(book):
    sheet_of(book).cell(3, NAME).value = "人员　姓名"


def heading_of_another_column(book):
    sheet_of(book).cell(3, POST).value = "执法证号"


def column_twice(book):
    sheet = sheet_of(book)
    sheet.cell(3, 12).value, sheet.cell(4, 12).value = "姓名", "#name"


def row_hidden(book):
    sheet_of(book).row_dimensions[6].hidden = True


def column_hidden(book):
    sheet_of(book).column_dimensions["C"].hidden = True


def row_struck(book):
    for cell in sheet_of(book)[6]:
        font = copy(cell.font)
        cell.font = Font(name=font.name, strike=True)


def row_grey(book):
    for cell in sheet_of(book)[6]:
        cell.fill = PatternFill("solid", fgColor="BFBFBF")


def row_red(book):
    for cell in sheet_of(book)[6]:
        cell.font = Font(name=cell.font.name, color="FF0000")


def table_beside(book):
    sheet = sheet_of(book)
    edge = sheet.max_column + 2
    for column, head in enumerate(("联系人", "电话"), edge):
        sheet.cell(3, column).value, sheet.cell(5, column).value = head, "孙立"


def table_below(book):
    for row, line in ((9, ("联系人", "电话")), (10, ("孙立", "13900000004"))):
        for column, text in enumerate(line, 2):
            sheet_of(book).cell(row, column).value = text


def contact_cells(book):
    for place, text in zip(("B9", "C9", "D9", "E9"), ("联系人", "孙立", "电话", "0715-8255001"), strict=True):
        sheet_of(book)[place] = text


def signature_cells(book):
    for place, text in zip(("B9", "D9", "F9", "H9"), ("填报人", "审核人", "联系电话", "日期"), strict=True):
        sheet_of(book)[place] = text


def contact_line(book):
    sheet_of(book)["B9"], sheet_of(book)["C9"] = "联系人：", "电话："


def blank_row(book):
    sheet = sheet_of(book)
    for cell in sheet[6]:
        cell.value = None


def total_row(book):
    sheet = sheet_of(book)
    sheet.cell(9, 2).value, sheet.cell(9, 3).value = "合　计", "3人"


def signature_row(book):
    sheet_of(book).cell(9, 2).value = "填报人：王甲　　审核人：王乙"


def remark_row(book):
    sheet_of(book).cell(9, 1).value = "注：本表一式两份"


def heading_again(book):
    sheet = sheet_of(book)
    for column in range(1, 11):
        sheet.cell(6, column).value = sheet.cell(3, column).value


def title_again(book):
    sheet = sheet_of(book)
    for column in range(1, 11):
        sheet.cell(6, column).value = None
    sheet.cell(6, 1).value = sheet.cell(1, 1).value


def example_left(book):
    sheet = sheet_of(book)
    for column, field in enumerate(NOMINEES.fields, 2):
        sheet.cell(6, column).value = field.example


def name_merged(book):
    sheet_of(book).merge_cells("B5:B6")


def ditto_in_name(book):
    sheet_of(book).cell(6, NAME).value = "同上"


def picture_in_cell(book):
    sheet_of(book).cell(6, NAME).value = '=DISPIMG("ID_1",1)'


def answer_in_comment(book):
    sheet_of(book).cell(6, NAME).comment = Comment("此人已调离", "某人")


def beyond_the_form(book):
    sheet = sheet_of(book)
    for column in range(2, 11):
        sheet.cell(60, column).value = sheet.cell(5, column).value


def beside_the_table(book):
    sheet_of(book).cell(6, 15).value = "此人请核"


def own_numbers(book):
    for row in (5, 6, 7):
        sheet_of(book).cell(row, 1).value = 1


def hidden_sheet(book):
    sheet_of(book).sheet_state = "hidden"


def draft_sheet(book):
    sheet = book.create_sheet("草稿")
    for row in range(1, 30):
        sheet.cell(row, 1).value = f"随手记 {row}"


def foreign_sheet(book):
    sheet = book.create_sheet("专家")
    sheet.append(["#_row", "#expert_code", "#employer"])
    sheet.append([1, "甲", "乙"])


def sheet_copied(book):
    book.copy_worksheet(sheet_of(book))


def table_deleted(book):
    del book["推荐人员"]


@pytest.mark.parametrize(
    ("change", "code", "found"),
    [
        (rename, "DR-S003", "甲乙丙"),
        (key_row_deleted, "DR-H005", "甲乙丙"),
        (title_rows_added, None, "甲乙丙"),
        (column_inserted, "DR-H004", "甲乙丙"),
        (required_column_deleted, "DR-H001", "甲乙丙"),
        (columns_swapped, "DR-H006", "甲乙丙"),
        (heading_retyped, "DR-H007", "甲乙丙"),
        (heading_of_another_column, "DR-H008", "甲乙丙"),
        (column_twice, "DR-H003", "甲乙丙"),
        (row_hidden, "DR-S006", "甲乙丙"),
        (column_hidden, "DR-S007", "甲乙丙"),
        (row_struck, "DR-S008", "甲乙丙"),
        (row_grey, "DR-S008", "甲乙丙"),
        (row_red, "DR-S026", "甲乙丙"),
        (table_beside, "DR-S027", "甲乙丙"),
        (table_below, "DR-S027", "甲乙丙"),
        (contact_line, "DR-S012", "甲乙丙"),
        (contact_cells, "DR-S012", "甲乙丙"),
        (signature_cells, "DR-S012", "甲乙丙"),
        (blank_row, "DR-S009", "甲丙"),
        (total_row, "DR-S011", "甲乙丙"),
        (signature_row, "DR-S012", "甲乙丙"),
        (remark_row, "DR-S012", "甲乙丙"),
        (heading_again, "DR-S010", "甲丙"),
        (title_again, "DR-S010", "甲丙"),
        (example_left, "DR-S022", "甲丙"),
        (name_merged, "DR-S014", "甲丙"),
        (ditto_in_name, "DR-S016", None),
        (picture_in_cell, "DR-S021", None),
        (answer_in_comment, "DR-S019", "甲乙丙"),
        (beyond_the_form, "DR-S023", None),
        (beside_the_table, "DR-S025", "甲乙丙"),
        (own_numbers, "DR-S024", "甲乙丙"),
        (hidden_sheet, "DR-S004", "甲乙丙"),
        (draft_sheet, "DR-S005", "甲乙丙"),
        (foreign_sheet, "DR-T006", "甲乙丙"),
        (sheet_copied, "DR-S002", "甲乙丙"),
        (table_deleted, "DR-S001", None),
    ],
)
def test_one_thing_done_to_a_template_is_one_problem(change, code, found):
    filled = changed(change)
    spared = {"DR-S009"} if change is beyond_the_form else set()  # the gap below the table is a second cause
    assert [one for one in codes(filled) if one not in spared] == ([code] if code else [])
    if found is not None:
        assert names(filled) == [f"王{letter}" for letter in found]


CHANGES = [
    one
    for one in list(globals().values())
    if getattr(one, "__module__", "") == __name__ and one.__code__.co_varnames[:1] == ("book",) and one is not sheet_of
]


@pytest.mark.parametrize("change", CHANGES)
def test_every_problem_finds_its_sentence(change):
    filled = changed(change)
    for one in [*filled.problems, *(p for table in filled.tables for p in table.problems)]:
        assert "{" not in issue_texts()[one.code].message.format(**dict(one.params))


def test_places_are_those_of_the_office_and_not_of_the_template():
    filled = changed(title_rows_added)
    assert [row.number for row in filled.tables[0].rows] == [8, 9, 10]
    filled = changed(column_inserted)
    assert filled.tables[0].columns["post"] == 4
    assert filled.tables[0].rows[0].extra == {"出生地": "嘉鱼"}


def test_hidden_rows_are_data_and_are_listed():
    filled = changed(row_hidden)
    assert [row.is_hidden for row in filled.tables[0].rows] == [False, True, False]
    assert problem(filled, "DR-S006")[1] == {"rows": "6", "how": "隐藏"}


def test_a_filtered_row_is_said_to_be_filtered():
    def filter_rows(book):
        sheet = sheet_of(book)
        sheet.auto_filter.ref = "A3:J7"
        sheet.auto_filter.add_filter_column(1, ["王甲"])
        sheet.row_dimensions[6].hidden = True

    assert problem(changed(filter_rows), "DR-S006")[1]["how"] == "筛选隐藏"


@pytest.mark.parametrize("change", [name_merged, ditto_in_name, picture_in_cell])
def test_a_cell_nobody_can_read_is_marked_so_that_nothing_more_is_said(change):
    assert changed(change).tables[0].unreadable == {(6, "name")}


def test_a_missing_column_is_missing_from_the_columns():
    filled = changed(required_column_deleted)
    found, params = problem(filled, "DR-H001")
    assert (found.field, params["title"]) == ("post", "职务")
    assert "post" not in filled.tables[0].columns


def test_a_total_row_names_its_row():
    found, params = problem(changed(total_row), "DR-S011")
    assert (found.cell, params["rows"]) == ("A9", "9")


def test_an_office_called_total_is_not_a_total():
    def name_like_total(book):
        sheet_of(book).cell(6, NAME).value = "计小计"

    assert codes(changed(name_like_total)) == []


@pytest.mark.parametrize("text", ["联系电话", "经办人", "备注", "小计生", "日期"])
def test_a_row_of_three_answers_is_data_whatever_its_first_word(text):
    filled = items([text, "甲", "乙"], ["公证", "丙", None])
    assert len(filled.tables[0].rows) == 2


# fill_down -----------------------------------------------------------------------------------------------------------

ITEMS = Template(
    code="T91",
    name="items",
    title="试验表",
    version="1.0",
    accepts=("1.0",),
    period="PLAN",
    direction="up",
    reporters=(),
    sheets=(
        Sheet(
            name="items",
            title="清单",
            fields=(
                Field(key="area", title="领域", fill_down=True),
                Field(key="item", title="事项", required=True),
                Field(key="note", title="备注"),
            ),
        ),
    ),
)


def items(*rows, merges=()):
    """Return what is located in a keyed sheet with these rows."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "清单"
    sheet.append(["试验表"])
    sheet.append(["表号 T91 版本 1.0"])
    sheet.append(["序号", "领域", "事项", "备注"])
    sheet.append(["#_row", "#area", "#item", "#note"])
    for row in rows:
        sheet.append([None, *row])
    for one in merges:
        sheet.merge_cells(one)
    out = io.BytesIO()
    book.save(out)
    return locate(open_book(out.getvalue(), "表.xlsx"), {"T91": ITEMS})


def areas(filled):
    return [row.cells["area"].text for row in filled.tables[0].rows if "area" in row.cells]


def test_merged_cells_of_a_fill_down_column_speak_for_every_row():
    filled = items(["公证", "甲"], [None, "乙"], [None, "丙"], ["鉴定", "丁"], merges=["B5:B7"])
    assert areas(filled) == ["公证", "公证", "公证", "鉴定"]
    assert problem(filled, "DR-S013")[1] == {"title": "领域", "range": "B5:B7"}


@pytest.mark.parametrize("mark", ["同上", "〃", '"', " 同上 ", "″"])
def test_ditto_marks_of_a_fill_down_column_take_the_value_above(mark):
    filled = items(["公证", "甲"], [mark, "乙"], [mark, "丙"])
    assert areas(filled) == ["公证", "公证", "公证"]
    assert problem(filled, "DR-S015")[1]["rows"] == "6–7"


def test_a_ditto_mark_with_nothing_above_is_an_error():
    assert "DR-S016" in codes(items(["同上", "甲"], ["公证", "乙"]))


def test_a_record_two_rows_tall_is_one_record():
    filled = items(["公证", "甲", "注"], [None, None, None], merges=["B5:B6", "C5:C6", "D5:D6"])
    assert len(filled.tables[0].rows) == 1
    assert codes(filled) == ["DR-T003"]


def test_several_columns_merged_for_one_record_are_one_problem():
    filled = items(["公证", "甲", "注"], ["鉴定", "乙", None], merges=["C5:C6", "D5:D6"])
    assert problem(filled, "DR-S014")[1] == {"title": "事项、备注", "range": "C5:C6、D5:D6"}


def test_a_title_merged_over_the_table_disturbs_nobody():
    filled = items(["公证", "甲"], merges=["A1:D1"])
    assert codes(filled) == ["DR-T003"]


def test_tables_side_by_side_are_refused_once():
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["表号 T91 版本 1.0"])
    sheet.append(["领域", "事项", "备注", None, "领域", "事项", "备注"])
    sheet.append(["公证", "甲", None, None, "鉴定", "乙", None])
    out = io.BytesIO()
    book.save(out)
    filled = locate(open_book(out.getvalue(), "表.xlsx"), {"T91": ITEMS})
    assert [code for code in codes(filled) if code.startswith(("DR-S01", "DR-H"))] == ["DR-S017"]


def test_a_table_turned_on_its_side_is_refused_by_name():
    book = openpyxl.Workbook()
    sheet = book.active
    sheet["A1"] = "表号 T91 版本 1.0"
    for row, title in enumerate(["领域", "事项", "备注"], 3):
        sheet.cell(row, 1).value, sheet.cell(row, 2).value = title, "某"
    out = io.BytesIO()
    book.save(out)
    assert "DR-S018" in codes(locate(open_book(out.getvalue(), "表.xlsx"), {"T91": ITEMS}))


def test_a_returned_copy_brings_back_explanations_and_decisions():
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "清单"
    sheet.append(["表号 T91 版本 1.0"])
    sheet.append(["序号", "领域", "事项", "备注", "核对", "说明"])
    sheet.append(["#_row", "#area", "#item", "#note", "#_check", "#_explain"])
    sheet.append([1, "公证", "甲", None, "采用建议", None])
    sheet.append([2, "公证", "乙", None, "✗", "确为两人同名"])
    sheet["C4"].comment = Comment("我们的批注", "台账")
    out = io.BytesIO()
    book.save(out)
    filled = locate(open_book(out.getvalue(), "表.xlsx"), {"T91": ITEMS})
    table = filled.tables[0]
    assert (table.decisions, table.explanations) == ({4: "采用建议"}, {5: "确为两人同名"})
    assert [one.code for one in table.problems] == ["DR-H007"] or not table.problems


# Identity ----------------------------------------------------------------------------------------------------------------


def test_the_identity_string_reads_back_as_it_was_written():
    assert parse(f"x {IDENTITY.text()} y") == IDENTITY
    assert parse("T06b/1.0/2026/NOM/C420000//AB12CD34").template == "T06b"
    assert parse("T06/1.0") is None


@pytest.mark.parametrize("line", ["表号 T06 版本 1.0 校验码 K7Q2", "&L&8表号：T06　版本：1.0　校验码：K7Q2&R"])
def test_the_printed_line_tells_template_version_and_digest(line):
    assert parse_printed(line) == Identity(template="T06", version="1.0", digest="K7Q2")


@pytest.mark.parametrize("lost", ["property", "meta", "name", "keywords"])
def test_any_one_carrier_may_be_lost(lost):
    def lose(book):
        if lost == "property":
            del book.custom_doc_props["taizhang_id"]
        elif lost == "meta":
            del book["_meta"]
        elif lost == "name":
            del book.defined_names["tz_id"]
        else:
            book.properties.keywords = None

    filled = changed(lose)
    assert filled.identity == IDENTITY
    assert codes(filled) == []


def test_a_carrier_that_says_otherwise_is_shown_with_the_others():
    def forge(book):
        book.properties.keywords = IDENTITY.text().replace("421221", "421222")

    filled = changed(forge)
    assert filled.identity.unit == "421221"
    _, params = problem(filled, "DR-T002")
    assert "421222" in params["values"]
    assert codes(filled) == ["DR-T002"]


def test_another_digest_alone_is_only_a_note():
    def edit(book):
        book.properties.keywords = IDENTITY.text().rpartition("/")[0] + "/00000000"

    assert codes(changed(edit)) == ["DR-T005"]


def test_a_copied_block_is_known_by_its_key_row_alone():
    def copy_block(book):
        del book["_meta"], book["封面"], book.defined_names["tz_id"], book.custom_doc_props["taizhang_id"]
        book.properties.keywords = None
        sheet_of(book).delete_rows(1, 2)
        sheet_of(book).oddFooter.left.text = sheet_of(book).oddFooter.right.text = None

    filled = changed(copy_block)
    assert filled.identity == Identity(template="T06")
    assert [code for code in codes(filled) if code.startswith("DR-T")] == ["DR-T003"]
    assert len(filled.tables[0].rows) == 3


def test_a_home_made_table_is_refused_but_mapped():
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["某县推荐人员"])
    sheet.append(["序号", "姓  名", "職務", "人员类别", "执法资质", "行政执法证号", "有效期至", "专长", "检查领域"])
    sheet.append(
        [1, "王甲", "科员", "行政执法类公务员", "持有行政执法证", "42122100101", "2028-12-31", "公证管理", "公证"]
    )
    out = io.BytesIO()
    book.save(out)
    filled = locate(open_book(out.getvalue(), "表.xlsx"), templates())
    _, params = problem(filled, "DR-T001")
    assert "T06" in params["likely"]
    assert names(filled) == ["王甲"]


def test_a_table_of_something_else_is_just_not_ours():
    book = openpyxl.Workbook()
    book.active.append(["品名", "单价"])
    book.active.append(["纸", 3])
    out = io.BytesIO()
    book.save(out)
    filled = locate(open_book(out.getvalue(), "表.xlsx"), templates())
    assert codes(filled) == ["DR-T001"]
    assert filled.tables == []


def test_a_template_we_do_not_know_is_named():
    def future(book):
        text = IDENTITY.text().replace("T06/", "T77/")
        book.properties.keywords = text
        book.custom_doc_props["taizhang_id"].value = text
        book["_meta"]["B1"].value = text
        sheet_of(book)["A2"].value = "表号 T77 版本 1.0"
        sheet_of(book).delete_rows(4)
        sheet_of(book).oddFooter.left.text = None
        book["封面"].oddFooter.left.text = None
        for row in book["封面"].iter_rows():
            for cell in row:
                if "表号" in str(cell.value):
                    cell.value = None

    assert "DR-T004" in codes(changed(future))


def test_no_carrier_at_all_gives_no_opinion():
    assert vote({}) == (Identity(), [])


@pytest.mark.parametrize(
    ("numbers", "text"),
    [([5], "5"), ([5, 6, 7, 9], "5–7、9"), (range(1, 40, 2), "1、3、5、7、9、11、13、15、17、19等")],
)
def test_row_numbers_are_told_briefly(numbers, text):
    assert spans(numbers) == text
