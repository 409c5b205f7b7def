"""Rules over whole rows: what must be told, and the nearest thing that must not be."""

import csv
import io
from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest
from samples_cells import CHECKED, CLEAN, example

from engine import intake
from engine.identifiers import person_check
from engine.model import Verdict
from engine.normalise import cell
from engine.outcome import BAD
from schemas import loader
from schemas.declare import Field, Shape
from simulate.dirt import catalogue, office
from simulate.dirt.case import Dirt, Outcome, open_form, saved, spoiled, table
from simulate.dirt.proof import context
from workbooks.model import Cell

HOME = Path(__file__).resolve().parents[2]
PERSON = Field(key="id", title="身份证号", shape=Shape.PERSON_ID)
PRIVATE = "42999919900101123" + person_check("42999919900101123")
UNCERTIFIED = {"qualification": "未持证", "certificate_no": None, "certificate_valid_to": None}


def examined(form, change, cover=None):
    rows = office.rows(form)
    sheet = next(iter(rows))
    rows[sheet] = change(rows[sheet])
    data = office.filled(form, rows, cover={**office.COVER, **(cover or {})})
    return intake.examine([intake.Incoming(name="表.xlsx", data=data, sha256="0")], context(form))[0]


def first(**changed):
    return lambda rows: [{**rows[0], **changed}, *rows[1:]]


def every(**changed):
    return lambda rows: [{**row, **changed} for row in rows]


TOLD = [
    ("DR-V022", "T06", first(**UNCERTIFIED)),
    ("DR-V023", "T06", first(inspector_class="从事日常监管工作的人员", qualification="未持证")),
    ("DR-V024", "T06", first(certificate_valid_to="2026-05-20")),
    ("DR-V025", "T06", first(certificate_valid_to="2026-10-30")),
    ("DR-V026", "T06", every(inspector_class="从事日常监管工作的人员", **UNCERTIFIED)),
    ("DR-V080", "T06b", first(was_disciplined_3y="是")),
    ("DR-V080", "T06b", first(pledges_compliance="否")),
    ("DR-R001", "T06", first(post=None)),
    ("DR-R002", "T06", first(certificate_no=None)),
    ("DR-K001", "T06", every(certificate_no="42122100101")),
    ("DR-K003", "T06", every(name="欧阳明远")),
    ("DR-Q001", "T06", lambda rows: rows[:1]),
    ("DR-Q002", "T06b", lambda rows: [*rows, {**rows[0], "name": "第四人", "licence_no": "1421200999"}]),
    ("DR-Q010", "T06", lambda _: []),
    ("DR-D011", "T02", first(licence_valid_to="2020-02-29")),
    ("DR-D013", "T04", first(trained_on="2026-05-22")),
    ("DR-U005", "T04", first(unit_code="420111")),
    ("DR-U013", "T04", first(unit_name="通城县司法局")),
    ("DR-K001", "T02", every(licence_no="4212210001", target_type="公证机构")),
    ("DR-K001", "T02", every(uscc=office.uscc("12421200MB1234567"), target_type="公证机构")),
    ("DR-K002", "T04", every(name="王伟", unit_code="421221", unit_name="嘉鱼县司法局", certificate_no=None)),
    ("DR-R001", "T02", first(target_id=None)),
    ("DR-V015", "T02", first(uscc=office.uscc("9142120000000001"))),
    ("DR-V016", "T02", first(licence_no="abc")),
    ("DR-V043", "T04", every(mobile="13900000001")),
    ("DR-V054", "T04", first(mobile="13800138000")),
    ("DR-V070", "T04", first(remark="电话13900000001")),
    ("DR-V071", "T04", first(remark="密级：机密")),
    ("DR-V082", "T02", first(roster_year=2024)),
    ("DR-V084", "T01", first(legal_basis="《中华人民共和国公证法》")),
    ("DR-V085", "T01", first(legal_basis="上级要求")),
]
NOT_TOLD = [
    ("DR-V022", "T06", first(inspector_class="从事日常监管工作的人员", **UNCERTIFIED)),
    ("DR-V024", "T06", first(certificate_valid_to="2026-05-21")),
    ("DR-V025", "T06", first(certificate_valid_to="2026-10-31")),
    ("DR-V026", "T06", first(inspector_class="从事日常监管工作的人员", **UNCERTIFIED)),
    ("DR-V080", "T06b", first(was_disciplined_3y="否")),
    ("DR-R001", "T06", first(recused_targets=None)),
    ("DR-K001", "T06", every(post="股长")),
    ("DR-D011", "T02", first(licence_valid_to="2020-03-01", is_in_roster="否")),
    ("DR-D013", "T04", first(trained_on="2026-05-21")),
    ("DR-U005", "T04", first(unit_code="421281")),
    ("DR-U013", "T04", first(unit_name="嘉鱼局某股")),
    (
        "DR-K002",
        "T04",
        lambda rows: [
            {**rows[0], "name": "王伟", "certificate_no": None, "unit_code": "421221"},
            {**rows[1], "name": "王伟", "certificate_no": None, "unit_code": "421222"},
        ],
    ),
    ("DR-K003", "T04", every(name="王伟", certificate_no="42122100199")),
    ("DR-K001", "T02", every(uscc=office.uscc("12421200MB1234567"), target_type="司法鉴定机构")),
    ("DR-V070", "T04", first(remark="第 2026051200001 号")),
    ("DR-V071", "T04", first(remark="保守商业秘密")),
    ("DR-V082", "T02", first(roster_year=2025)),
    ("DR-V084", "T01", first(legal_basis="《中华人民共和国公证法》第五条")),
]


@pytest.mark.parametrize(("code", "form", "change"), TOLD)
def test_a_broken_rule_is_told(code, form, change):
    assert code in {one.code for one in examined(form, change).issues}


@pytest.mark.parametrize(("code", "form", "change"), NOT_TOLD)
def test_the_nearest_right_thing_is_not_told(code, form, change):
    assert code not in {one.code for one in examined(form, change).issues}


def test_a_method_the_list_does_not_know_is_accepted_and_a_class_is_not():
    """R31: the notice leaves the methods of inspection open; the classes of inspectors are three."""
    found = examined("T01", first(methods="无人机巡查"))
    assert found.verdict is Verdict.ACCEPTED, [one.message for one in found.issues]
    assert examined("T06", first(inspector_class="无人机驾驶员")).verdict is Verdict.RETURNED


@pytest.mark.parametrize(("entered_by", "is_told"), [("421221", True), ("420000", True), ("421200", False)])
def test_a_record_entered_by_another_office_than_the_inspecting_one_is_told(entered_by, is_told):
    """R35, X24: 谁检查、谁录入 is judged on the record itself, before any draw is known."""
    told = example("T10", more=CHECKED, **CLEAN, inspecting_unit="421200", entry_unit=entered_by)
    assert ("DR-V060" in told) is is_told


@pytest.mark.parametrize(
    ("form", "number", "code"),
    [
        ("T06", 0, "DR-Q010"), ("T06", 1, "DR-Q001"), ("T06", 2, None), ("T06", 3, "DR-Q002"),
        ("T06b", 2, "DR-Q001"), ("T06b", 3, None), ("T06b", 4, "DR-Q002"),
    ],
)  # fmt: skip
def test_a_county_names_exactly_two_and_an_association_exactly_three(form, number, code):
    """R04, R05, X08: one fewer or more comes back, whoever they are."""

    def some(rows):
        key = "certificate_no" if form == "T06" else "licence_no"
        more = {**rows[0], "name": "秦示例", key: str(int(rows[-1][key]) + 1)}
        return [*rows, more][:number]

    found = examined(form, some)
    assert found.verdict is (Verdict.RETURNED if code else Verdict.ACCEPTED), [one.message for one in found.issues]
    assert [one.code for one in found.issues if one.code.startswith("DR-Q")] == ([code] if code else [])


@pytest.mark.parametrize("key", ["content", "standard", "legal_basis"])
def test_an_item_without_content_standard_or_basis_is_returned(key):
    """R09, R17: what is to be looked at, by which measure and on which law stands in every item."""
    found = examined("T01", first(**{key: None}))
    assert (found.verdict, [(one.code, one.field) for one in found.issues]) == (Verdict.RETURNED, [("DR-R001", key)])
    assert examined("T01", first()).verdict is Verdict.ACCEPTED


def test_an_association_names_experts_of_its_own_trade():
    """R05, X14: the notaries' association puts no appraiser forward; the cell that says so is named."""
    found = examined("T06b", first(expertise="法医临床"))
    (one,) = found.issues
    assert (found.verdict, one.code, one.field) == (Verdict.RETURNED, "DR-V086", "expertise")
    assert "不属于公证行业" in one.message
    assert examined("T06b", first(expertise="其他公证")).verdict is Verdict.ACCEPTED


@pytest.mark.parametrize("word", ["无", "—", "暂无"])
def test_a_word_for_nothing_in_a_required_cell_is_one_fault_that_shows_the_word(word):
    """D069: required and blank by a word is an error, not an error and a note; where a blank is allowed it is a note."""
    (one,) = examined("T06", first(post=word)).issues
    assert (one.code, one.cell, one.value) == ("DR-R001", "C5", word)
    (one,) = examined("T06", first(recused_targets=word)).issues
    assert one.code == "DR-C008"


def test_fewer_nominees_with_an_explanation_are_a_partial_report():
    found = examined("T06", lambda rows: rows[:1], {"explanation": "全县仅一人持证"})
    assert found.verdict is Verdict.ACCEPTED
    assert [one.code for one in found.issues] == ["DR-Q003"]


def test_a_zero_report_with_an_explanation_is_accepted():
    found = examined("T06", lambda _: [], {"is_zero_report": "是", "explanation": "没有持证人员"})
    assert found.verdict is Verdict.ACCEPTED
    assert found.submission.is_zero


@pytest.mark.parametrize(
    ("cover", "code"),
    [
        ({"explanation": "本材料为机密文件"}, "DR-V071"),
        ({"filled_by": "绝密"}, "DR-V071"),
        ({"explanation": "经办人身份证" + PRIVATE}, "DR-V070"),
        ({"explanation": "银行卡6222021234567890128"}, "DR-V070"),
    ],
)
def test_the_cover_is_looked_at_as_the_rows_are(cover, code):
    """D119, D120: a mark of secrecy or a private number is no better on the cover."""
    found = [one for one in examined("T06", every(), cover).issues if one.code == code]
    assert [(one.sheet, one.field) for one in found] == [("cover", next(iter(cover)))]


@pytest.mark.parametrize("cover", [{"explanation": "涉及商业秘密，另行报送"}, {"phone": "13900000001"}])
def test_a_sound_cover_is_told_neither(cover):
    assert not {"DR-V070", "DR-V071"} & {one.code for one in examined("T06", every(), cover).issues}


def test_an_explanation_in_a_returned_copy_is_looked_at_as_well():
    rows = office.rows("T06")
    rows["nominees"][0]["certificate_valid_to"] = "2026-05-20"
    sent = intake.Incoming(name="表.xlsx", data=office.filled("T06", rows, cover=office.COVER), sha256="0")
    back = intake.examine([sent], replace(context("T06"), returns=True))[0].returned
    book = openpyxl.load_workbook(io.BytesIO(back))
    grid = book["推荐人员"]
    column = next(cell.column for cell in grid[4] if cell.value == "#_explain")
    grid.cell(5, column).value = "秘密★一年"
    out = io.BytesIO()
    book.save(out)
    again = intake.Incoming(name="退回_表.xlsx", data=out.getvalue(), sha256="1")
    found = [one for one in intake.examine([again], context("T06"))[0].issues if one.code == "DR-V071"]
    assert [(one.sheet, one.cell) for one in found] == [("nominees", "A5")]


@pytest.mark.parametrize(
    ("form", "key", "typed", "adopted"),
    [
        ("T06", "name", "欧阳明远同志", "欧阳明远"),
        ("T06", "certificate_valid_to", "2082-12-31", "2028-12-31"),
        ("T06", "fields", "公证；司法鉴顶", "公证；司法鉴定"),
        ("T06", "certificate_no", "4212210010①", "42122100101"),
        ("T02", "staff_count", "⑫", 12),
    ],
)
def test_an_adopted_proposal_is_read_like_a_typed_value(form, key, typed, adopted):
    """A number is recorded as a number, a list whole, a name bare; and the change is written down (P002)."""
    one = Dirt(kind="", form=form, key=key, typed=typed, outcome=Outcome.RETURNED, code="")
    sent = intake.Incoming(name="表.xlsx", data=spoiled(form, [one]), sha256="0")
    back = intake.examine([sent], replace(context(form), returns=True))[0].returned
    book = openpyxl.load_workbook(io.BytesIO(back))
    grid = next(sheet for sheet in book.worksheets if any(cell.value == "#_check" for cell in sheet[4]))
    grid.cell(5, next(cell.column for cell in grid[4] if cell.value == "#_check")).value = "采用建议"
    again = intake.Incoming(name="退回_表.xlsx", data=saved(book), sha256="1")
    found = intake.examine([again], context(form))[0].submission
    assert found.rows[0].values[key] == adopted
    assert [edit.new for edit in found.edits if (edit.field, edit.rule) == (key, "DR-P002")] == [str(adopted)]


def test_who_fills_in_does_not_check():
    assert "DR-P001" in {one.code for one in examined("T06", every(), {"checked_by": "钱明远"}).issues}


@pytest.mark.parametrize(
    ("day", "code", "proposal"),
    [
        ("2025-05-20", "DR-D014", "2026-05-20"),
        ("2025-06-20", "DR-D014", None),
        ("2025-11-30", "DR-D014", None),
        ("2026-05-22", "DR-D013", None),
        ("2062-05-20", "DR-D003", "2026-05-20"),
    ],
)
def test_a_cover_filled_in_on_a_day_that_cannot_be_is_told(day, code, proposal):
    """D091: last year's cover asks, with this year's day if it has come; a coming day is refused."""
    found = [one for one in examined("T06", every(), {"filled_on": day}).issues if one.field == "filled_on"]
    assert [(one.code, one.proposal) for one in found] == [(code, proposal)]


@pytest.mark.parametrize("day", ["2025-12-01", "2026-01-01", "2026-05-21"])
def test_a_cover_may_be_filled_in_from_the_december_before(day):
    assert not [one for one in examined("T06", every(), {"filled_on": day}).issues if one.field == "filled_on"]


def test_an_explanation_on_the_cover_answers_what_the_cover_asks():
    cover = {"filled_on": "2025-05-20", "filled_by": "John Smith", "explanation": "外籍志愿人员去年填好"}
    found = {one.code: one.severity for one in examined("T06", every(), cover).issues}
    assert found == {"DR-D014": "note", "DR-V057": "note"}


def test_what_is_corrected_on_the_cover_is_said():
    found = examined("T06", every(), {"filled_on": "2026.5.20", "filled_by": "钱 明"}).issues
    assert {(one.code, one.field, one.value) for one in found} == {
        ("DR-D001", "filled_on", "2026.5.20"),
        ("DR-C003", "filled_by", "钱 明"),
    }


def test_one_file_is_judged_alike_alone_and_among_others():
    files = [intake.Incoming(name=f"{form}.xlsx", data=office.workbook(form), sha256=form) for form in ("T06", "T06b")]
    doubled = office.filled("T06", {"nominees": [office.rows("T06")["nominees"][0]] * 2})
    files.append(intake.Incoming(name="重.xlsx", data=doubled, sha256="3"))
    together = intake.examine(files, context("T06"))
    assert together == [intake.examine([one], context("T06"))[0] for one in files]


@pytest.mark.parametrize(
    ("number", "code"),
    [
        ("429999800101123", "DR-V031"),
        ("4299991980010112", "DR-V031"),
        ("42999919800101123*1", "DR-V031"),
        ("42999919801301123X", "DR-V033"),
        ("429999198001011200", "DR-V034"),
    ],
)
def test_a_wrong_identity_number_is_asked_back(number, code):
    found = cell(PERSON, Cell("text", number))
    assert (found.value, found.issue) == (BAD, code)


@pytest.mark.parametrize("body", ["42999919800101123", "42120219950101124", "81000019900101123", "42122119630615345"])
def test_any_region_that_ever_was_is_accepted(body):
    number = body + person_check(body)
    assert cell(PERSON, Cell("text", number.lower())).value == number


def test_the_catalogue_in_the_documentation_is_that_of_the_program():
    kept = (HOME / "docs" / "issues.csv").read_text(encoding="utf-8")
    assert kept == catalogue.issues_csv()
    assert {row["code"] for row in csv.DictReader(io.StringIO(kept))} == set(loader.issue_texts())
    assert (HOME / "docs" / "issues.md").read_text(encoding="utf-8") == catalogue.issues_page()
    book = (HOME / "docs" / "guide" / "问题代码手册.xlsx").read_bytes()
    assert book == catalogue.issues_workbook()
    sheet = openpyxl.load_workbook(io.BytesIO(book)).active
    assert {row[0] for row in sheet.iter_rows(min_row=5, values_only=True)} == set(loader.issue_texts())
    assert not [cell for row in sheet.iter_rows(values_only=True) for cell in row if cell and "{" in str(cell)]


def sent(opened):
    """Return what is found in a form as a clerk left it."""
    incoming = intake.Incoming(name="表.xlsx", data=saved(opened), sha256="0")
    return intake.examine([incoming], intake.Context(today=office.TODAY))[0]


def test_a_renamed_cover_is_found_by_its_keys_and_noted():
    """D032: as a table is found by its hidden row; nothing on it is asked for again."""
    opened = open_form("T06")
    opened["封面"].title = "Sheet2"
    found = sent(opened)
    assert [one.code for one in found.issues] == ["DR-S003"]


def test_a_formula_nobody_calculated_on_the_cover_is_told_and_not_called_blank():
    """D071, on the cover as in the table."""
    opened = open_form("T06")
    (row,) = [row for row in opened["封面"].iter_rows() if row[0].value == "#filled_by"]
    row[2].value = '="陈一鸣"'
    found = sent(opened)
    assert [(one.code, one.cell) for one in found.issues] == [("DR-C010", row[2].coordinate)]


def test_a_zero_report_that_cannot_be_read_is_one_problem():
    opened = open_form("T06")
    (row,) = [row for row in opened["封面"].iter_rows() if row[0].value == "#is_zero_report"]
    row[2].value = "☑"
    table(opened).delete_rows(5, 2)
    found = sent(opened)
    assert [one.code for one in found.issues] == ["DR-V001"]


def test_credit_code_and_licence_in_each_others_place_are_one_problem():
    """D103."""
    rows = [{**one, "uscc": one["licence_no"], "licence_no": one["uscc"]} for one in office.rows("T02")["targets"]]
    assert [one.code for one in examined("T02", lambda _: rows).issues] == ["DR-V055"]


def test_a_sentence_quotes_no_more_of_a_cell_than_people_read():
    said = examined("T06", first(post="股" * 5000)).issues[0]
    assert said.code == "DR-C019"
    assert len(said.message) < 200
    told = examined("T06", first(inspector_class="甲" * 5000)).issues[0]
    assert "甲" * 100 + "…" in told.message
    assert len(told.message) < 300


@pytest.mark.parametrize(("decider", "is_told"), [("王示例", True), ("王 示例", True), ("吴示例", False)])
def test_nobody_decides_his_own_request(decider, is_told):
    """R58: an approval is somebody else's; a blank within the name makes no second person."""
    row = {
        "request_id": "421200-2026-Q01", "request_type": "对象核减", "subject_id": "O-NOT-421221-001", "explanation": "已注销",
        "change_reason": "机构合并", "applicant": "王示例", "applied_on": "2026-05-18", "decided_by": decider,
        "decided_on": "2026-05-19", "is_approved": "是",
    }  # fmt: skip
    data = office.filled("T16", {"requests": [row]}, sender="421200")
    (found,) = intake.examine(
        [intake.Incoming(name="T16.xlsx", data=data, sha256="0")], intake.Context(year=2026, today="2026-05-25")
    )
    assert any("决定人不能是申请人本人" in one.message for one in found.issues) is is_told


def test_a_table_sent_as_csv_says_over_its_columns_whose_it_is():
    """D005: only the cover is missing, and the copy that goes back has rows and office in it."""
    book = openpyxl.load_workbook(io.BytesIO(office.workbook("T06")))
    out = io.StringIO()
    csv.writer(out).writerows(
        [["" if one is None else one for one in row] for row in book["推荐人员"].iter_rows(values_only=True)]
    )
    incoming = intake.Incoming(name="推荐.csv", data=out.getvalue().encode("gb18030"), sha256="0")
    (found,) = intake.examine([incoming], intake.Context(unit="421200", year=2026, today="2026-05-25"))
    assert [one.code for one in found.issues if one.severity == "error"] == ["DR-S001"]
    assert found.returned is not None
    assert openpyxl.load_workbook(io.BytesIO(found.returned))["封面"]["C3"].value == "嘉鱼县司法局"


@pytest.mark.parametrize("word", ["无", "／", "—"])
def test_a_word_for_nothing_is_named_where_something_must_be_written(word):
    rows = office.rows("T06")
    rows["nominees"][0]["post"] = word
    (found,) = intake.examine(
        [intake.Incoming(name="a.xlsx", data=office.filled("T06", rows), sha256="0")],
        intake.Context(year=2026, today="2026-05-25"),
    )
    (fault,) = [one for one in found.issues if one.severity == "error"]
    assert (fault.code, f"填的是“{word}”，按没有填处理" in fault.message) == ("DR-R001", True)


@pytest.mark.parametrize("code", ["T00", "T08", "T15"])
def test_what_no_office_fills_in_is_no_target_of_a_conversion(code, tmp_path):
    from engine.model import Refused
    from engine.workflow import collect

    path = tmp_path / "a.xlsx"
    path.write_bytes(office.workbook("T06"))
    with pytest.raises(Refused, match="不是由各单位填报的表"):
        collect.adopt(path, code, tmp_path, year=2026)
