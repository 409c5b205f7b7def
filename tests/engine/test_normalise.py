"""One cell, one meaning: what is corrected, what is asked back, what is left alone (intake 3.4-3.6)."""

import unicodedata

import pytest

from engine import normalise
from engine.normalise import cell
from engine.outcome import BAD
from schemas.declare import Field, FieldType, Shape
from workbooks.model import Cell

TEXT = Field(key="t", title="文本")
NAME = Field(key="n", title="姓名", shape=Shape.PERSON_NAME, max_length=20)
USCC = Field(key="u", title="统一社会信用代码", shape=Shape.USCC)
NUMBER = Field(key="c", title="执法证号", shape=Shape.CERTIFICATE, max_length=24)
PHONE = Field(key="p", title="电话", shape=Shape.PHONE)
DATE = Field(key="d", title="日期", type=FieldType.DATE)
COUNT = Field(key="i", title="人数", type=FieldType.INTEGER, minimum=0)
SHARE = Field(key="s", title="比例", type=FieldType.PERCENT)
YES = Field(key="b", title="是否", type=FieldType.BOOLEAN)
CLASS = Field(key="k", title="人员类别", type=FieldType.CODE, codes="C07")
FIELDS = Field(key="f", title="可检查领域", type=FieldType.CODES, codes="C01")

ACCEPTED_AS_IT_IS = [
    (NAME, "欧阳·阿依古丽"),
    (NAME, "𠮷田"),
    (NAME, "张三丰"),
    (USCC, "32421200000000019D"),
    (NUMBER, "42122100101"),
    (PHONE, "13900000000"),
    (PHONE, "0715-8256789"),
    (DATE, "2026-05-20"),
    (YES, "是"),
    (CLASS, "行政执法类公务员"),
    (FIELDS, "公证；司法鉴定"),
]
CORRECTED = [
    (NAME, "张　四", "张四", "DR-C003"),
    (NAME, " 张三丰 ", "张三丰", "DR-C001"),
    (NAME, "张\u200b三丰", "张三丰", "DR-C001"),
    (NAME, "阿依•古丽", "阿依·古丽", "DR-C004"),
    (NAME, "张三丰\n", "张三丰", "DR-C001"),
    (NAME, "\u2f29明明", "小明明", "DR-C006"),
    (USCC, "32421200000000019d", "32421200000000019D", "DR-C002"),
    (NUMBER, "４２１２２１００１０１", "42122100101", "DR-C002"),
    (NUMBER, "'42122100101", "42122100101", "DR-C020"),
    (PHONE, "+86 139 0000 0000", "13900000000", "DR-V042"),
    (DATE, "2026.5.20", "2026-05-20", "DR-D001"),
    (DATE, "2026年5月20日", "2026-05-20", "DR-D001"),
    (DATE, "二〇二六年五月二十日", "2026-05-20", "DR-D001"),
    (DATE, "20260520", "2026-05-20", "DR-D001"),
    (DATE, "26.5.20", "2026-05-20", "DR-D005"),
    (DATE, "20/5/2026", "2026-05-20", "DR-D005"),
    (DATE, "46162", "2026-05-20", "DR-D006"),
    (DATE, "长期", "9999-12-31", "DR-D009"),
    (COUNT, "１２人", 12, "DR-C016"),
    (COUNT, "1,234", 1234, "DR-C016"),
    (COUNT, "十二", 12, "DR-C016"),
    (SHARE, "5%", "5", "DR-C016"),
    (YES, "√", "是", "DR-C018"),
    (CLASS, " 行政执法类公务员", "行政执法类公务员", "DR-C001"),
    (FIELDS, "公证、司法鉴定", "公证；司法鉴定", "DR-V002"),
]
RETURNED = [
    (NAME, "张三、李四", "DR-V052"),
    (NAME, "王□", "DR-C007"),
    (NAME, "王\ue000", "DR-C007"),
    (NAME, "123", "DR-V051"),
    (NAME, "测试", "DR-V053"),
    (NAME, "同上", "DR-C023"),
    (USCC, "32421200000000018D", "DR-V013"),
    (USCC, "3242120000000001", "DR-V011"),
    (USCC, "3242120O000000019D", "DR-V012"),
    (NUMBER, "4.21221E+17", "DR-C014"),
    (NUMBER, "429999198001010010", "DR-V020"),
    (PHONE, "1390000000", "DR-V041"),
    (DATE, "2026-02-30", "DR-D003"),
    (DATE, "5/6/2026", "DR-D004"),
    (DATE, "2026年5月", "DR-D007"),
    (DATE, "下周", "DR-D002"),
    (COUNT, "约20", "DR-C021"),
    (COUNT, "3（其中女1）", "DR-C015"),
    (COUNT, "-1", "DR-V004"),
    (CLASS, "公务员甲", "DR-V001"),
    (TEXT, "#N/A", "DR-C009"),
]


@pytest.mark.parametrize(("field", "text"), ACCEPTED_AS_IT_IS)
def test_what_is_right_is_left_alone(field, text):
    found = cell(field, Cell("text", text))
    assert (found.value, found.fixed, found.issue) == (text, "", "")


@pytest.mark.parametrize(("field", "text", "value", "rule"), CORRECTED)
def test_what_has_one_meaning_is_corrected_with_a_note(field, text, value, rule):
    found = cell(field, Cell("text", text))
    assert (found.value, found.fixed, found.issue) == (value, rule, "")


@pytest.mark.parametrize(("field", "text", "code"), RETURNED)
def test_what_has_no_single_meaning_is_asked_back(field, text, code):
    found = cell(field, Cell("text", text))
    assert found.issue == code
    assert found.value is BAD


def test_a_long_number_stored_as_a_number_is_never_repaired():
    found = cell(USCC, Cell("number", "421221001021234567"))
    assert (found.value, found.issue, found.proposal) == (BAD, "DR-C012", None)


def test_a_short_number_stored_as_a_number_keeps_its_digits():
    found = cell(NUMBER, Cell("number", "42122100101"))
    assert (found.value, found.fixed) == ("42122100101", "DR-C013")


def test_look_alike_letters_are_only_proposed_when_the_check_digit_then_fits():
    assert cell(USCC, Cell("text", "3242I2O0000000019D".replace("I", "1"))).proposal == "32421200000000019D"
    assert cell(USCC, Cell("text", "3242120O000000018D")).proposal is None


def test_a_share_below_one_asks_what_was_meant():
    found = cell(SHARE, Cell("text", "0.05"))
    assert (found.issue, found.proposal) == ("DR-C017", "5")


def test_a_formula_without_a_result_is_asked_back():
    assert cell(TEXT, Cell("formula", "", "=A1")).issue == "DR-C010"


def test_one_wrong_letter_in_a_label_is_proposed():
    assert cell(CLASS, Cell("text", "行政执法类公务")).proposal == "行政执法类公务员"


def test_placeholders_count_as_empty():
    assert cell(TEXT, Cell("text", "／")).value is None
    assert cell(TEXT, Cell("text", "NA")).issue == "DR-C008"


def test_a_plain_text_is_what_the_long_way_would_leave():
    """The short way of `clean` may only be taken by texts that the long way returns unchanged."""
    every = (
        "".join(map(chr, (*range(0x30, 0x3B), *range(0x41, 0x5B), *range(0x61, 0x7B), *range(0x4E00, 0xA000)))) + "./-"
    )
    assert normalise._PLAIN.fullmatch(every)
    assert unicodedata.normalize("NFKC", every) == unicodedata.normalize("NFC", every) == every
    assert every.translate(normalise._INVISIBLE) == every
    for other in ("a b", "_x000D_", "'1", "１", "é", "\u3000", "\uf900", "a\n"):
        assert not normalise._PLAIN.fullmatch(other)


@pytest.mark.parametrize(
    ("text", "issue", "proposal"),
    [
        ("5月7日", "DR-D007", None),
        ("至2028年12月31日", "DR-D002", "2028-12-31"),
        ("2028-12-31止", "DR-D002", "2028-12-31"),
        ("2023年1月1日至2028年12月31日", "DR-D002", "2028-12-31"),
        ("2023.1.1-2028.12.31", "DR-D002", "2028-12-31"),
        ("2028年2月30日止", "DR-D002", None),
        ("说不清", "DR-D002", None),
    ],
)
def test_a_day_without_year_and_the_end_of_a_term_are_never_taken_as_a_day(text, issue, proposal):
    """D086, D090: a term is refused, its end only proposed."""
    day = Field(key="certificate_valid_to", title="证件有效期至", type=FieldType.DATE)
    found = cell(day, Cell("text", text))
    assert (found.issue, found.proposal) == (issue, proposal)
