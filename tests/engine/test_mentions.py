"""Units named in the name of a file or in the title over a table: found when they are another one, never imagined."""

import io
from dataclasses import replace

import openpyxl
import pytest

from engine import intake, mentions
from engine.model import Severity, Verdict
from schemas import loader
from simulate.dirt import office
from simulate.dirt.proof import context

COUNTY, CITY, ASSOCIATION, ZONE = office.COUNTY, "421200", "421200-NA", "420700-LK"
A_OF_TITLE, A_OF_LINE = "A1", "A2"


def unit(code):
    return loader.units()[code]


def named(name, own=COUNTY):
    found = mentions.in_file_name(name, unit(own))
    return found.code if found else None


def titled(text, own=COUNTY):
    found = mentions.in_title(text, unit(own))
    return found.code if found else None


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("通城县司法局.xlsx", "421222"),
        ("通城县.xlsx", "421222"),
        ("通城推荐人员(1).xlsx", "421222"),
        ("2026年通城上报.xlsx", "421222"),
        ("咸宁市通城县推荐表 - 副本.xlsx", "421222"),
        ("报咸宁市司法局（通山）.xlsx", "421224"),
        ("2026_NOM_421222_T06_v1.xlsx", "421222"),
        ("421222-推荐表.xlsx", "421222"),
        ("2026_NOM_421200-NA_T06b_v1.xlsx", "421200-NA"),
        ("退回_通城县_v2.xlsx", "421222"),
        ("公安县推荐表.xlsx", "421022"),
        ("咸宁市/嘉鱼县/通城县.xlsx", "421222"),
    ],
)
def test_a_file_named_after_another_unit_is_noticed(name, code):
    assert named(name) == code


@pytest.mark.parametrize(
    "name",
    [
        "表(1).xlsx",
        "最终版2.xlsx",
        "县级执法检查人员推荐表.xlsx",
        "嘉鱼县.xlsx",
        "咸宁市嘉鱼县.xlsx",
        "咸宁市司法局_嘉鱼.xlsx",
        "咸宁市.xlsx",
        "省司法厅.xlsx",
        "嘉鱼县（原通城县）.xlsx",
        "2026_NOM_421221_T06_v1.xlsx",
        "通城县人民医院.xlsx",
        "通城大道.xlsx",
        "新通城.xlsx",
        "武汉大学司法鉴定中心.xlsx",
        "武汉市律师事务所.xlsx",
        "关于公安机关推荐.xlsx",
        "恩施.xlsx",
        "市公证员协会.xlsx",
        "Tongcheng T06 final.xlsx",
        "202605.xlsx",
        "42122220260518.xlsx",
        "2_421222-2026-P01-D1-001_检查记录.xlsx",
        "O-NOT-421222-001.xlsx",
        "通城县/表.xlsx",
    ],
)
def test_the_own_unit_what_stands_above_it_and_parts_of_longer_names_are_not_noticed(name):
    assert named(name) is None


@pytest.mark.parametrize(
    ("text", "own", "code"),
    [
        ("报送单位：通城县司法局　　年度：2026　　表号 T06 版本 1.0", COUNTY, "421222"),
        ("填报单位: 通城县（盖章）", COUNTY, "421222"),
        ("报送单位：咸宁市司法局", COUNTY, CITY),
        ("填报单位：咸宁市司法局（盖章）", COUNTY, CITY),
        ("报送单位：嘉鱼县司法局", CITY, COUNTY),
        ("咸安区公证机构名录", COUNTY, "421202"),
        ("咸宁市咸安区名录", COUNTY, "421202"),
        ("附件2：2026年度通城县执法检查人员推荐表（初稿）", COUNTY, "421222"),
        ("武汉市洪山区专家推荐表", ASSOCIATION, "420111"),
    ],
)
def test_a_table_under_the_title_of_another_unit_is_noticed(text, own, code):
    assert titled(text, own) == code


@pytest.mark.parametrize(
    ("text", "own"),
    [
        ("县级执法检查人员推荐表", COUNTY),
        ("报送单位：嘉鱼县司法局　　年度：2026", COUNTY),
        ("填报单位：湖北省咸宁市嘉鱼县", COUNTY),
        ("报送单位：", COUNTY),
        ("报送单位：随便什么单位", COUNTY),
        ("单位：万元", COUNTY),
        ("咸宁市执法检查人员名录", COUNTY),
        ("请通城县于5月22日前报送", COUNTY),
        ("参照通城县格式填写的表", COUNTY),
        ("通城县人民医院名单", COUNTY),
        ("公安机关名单", COUNTY),
        ("咸安区公证机构名录", CITY),
        ("咸安区公证员推荐表", ASSOCIATION),
        ("鄂州市临空区名单", ZONE),
    ],
)
def test_a_table_may_speak_of_its_own_region_and_of_units_in_other_parts(text, own):
    assert titled(text, own) is None


def test_every_name_of_every_unit_is_its_own():
    """No unit of the province is told that a file or a table named after itself belongs to somebody else."""
    for one in loader.units().values():
        for text in (one.code, one.name, one.short_name, *one.aliases):
            assert named(f"{text}推荐表.xlsx", one.code) is None, (one.code, text)
            assert titled(f"{text}推荐表", one.code) is None, (one.code, text)
            assert titled(f"报送单位：{text}", one.code) is None, (one.code, text)


def examined(data, name="表.xlsx"):
    known = replace(context("T06"), returns=True)
    return intake.examine([intake.Incoming(name=name, data=data, sha256="0")], known)[0]


def under(*lines):
    """Return the sound workbook with texts typed over its table, by address."""
    book = openpyxl.load_workbook(io.BytesIO(office.workbook("T06")))
    for place, text in lines:
        book.worksheets[2][place].value = text
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def told(found):
    return [(one.code, one.sheet, one.cell) for one in found.issues]


def test_the_name_of_a_file_is_ignored_and_a_note_says_that_it_names_another_unit():
    """D011: nothing but the note depends on the name."""
    plain, other = examined(office.workbook("T06")), examined(office.workbook("T06"), "通城县推荐表.xlsx")
    assert told(plain) == []
    ((code, sheet, cell),) = told(other)
    assert (code, sheet, cell) == ("DR-U009", None, None)
    assert "通城县司法局" in other.issues[0].message and "嘉鱼县司法局（421221）" in other.issues[0].message
    assert other.issues[0].severity is Severity.NOTE
    assert (other.verdict, other.submission.unit) == (Verdict.ACCEPTED, COUNTY)
    assert other.submission.digest == plain.submission.digest


@pytest.mark.parametrize(
    ("place", "text", "shown"),
    [
        (A_OF_LINE, "报送单位：通城县司法局　　年度：2026", "通城县司法局"),
        (A_OF_TITLE, "通城县执法检查人员推荐表", "通城县司法局"),
        (A_OF_LINE, "报送单位：嘉鱼县司法局　　年度：2025", "2025 年度"),
    ],
)
def test_a_foreign_title_is_asked_until_the_office_answers(place, text, shown):
    """D021, D022: the table may have been copied whole from the neighbour; the rebuilt copy asks the same again."""
    first = examined(under((place, text)))
    assert told(first) == [("DR-T002", "推荐人员", place)]
    assert shown in first.issues[0].message
    assert first.verdict is Verdict.RETURNED
    again = examined(first.returned)
    assert (again.verdict, told(again)) == (Verdict.RETURNED, told(first))
    book = openpyxl.load_workbook(io.BytesIO(first.returned))
    line = next(row for row in book["封面"].iter_rows() if str(row[1].value).startswith("情况说明"))
    line[2].value = "标题写错，人员是本县的"
    out = io.BytesIO()
    book.save(out)
    answered = examined(out.getvalue())
    assert (answered.verdict, answered.submission.unit) == (Verdict.ACCEPTED, COUNTY)


def test_title_line_and_file_name_of_the_same_other_unit_are_one_cause():
    data = under((A_OF_LINE, "报送单位：通城县司法局"), (A_OF_TITLE, "通城县推荐表"))
    assert told(examined(data, "通城县.xlsx")) == [("DR-T002", "推荐人员", A_OF_TITLE)]
