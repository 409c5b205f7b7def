"""One cell, one meaning: what is corrected, what is asked back, what is left alone (intake 3.4-3.6)."""

import unicodedata
from dataclasses import replace

import pytest

from engine import names, normalise
from engine.normalise import cell
from engine.outcome import BAD, Outcome
from schemas import loader
from schemas.declare import Field, FieldType, Shape
from simulate import people
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
    (PHONE, "0715-8123456转801", "0715-8123456-801", "DR-V042"),
    (PHONE, "0715-8123456 分机 12", "0715-8123456-12", "DR-V042"),
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


def test_not_known_is_proposed_in_the_word_of_the_form_where_the_form_has_one():
    penalties = replace(COUNT, required=True, unknown_allowed=True)
    for word in ("不详", "不清楚", "未知"):
        found = cell(penalties, Cell("text", word))
        assert (found.value, found.issue, found.proposal) == (BAD, "DR-C023", "未掌握")
    assert cell(COUNT, Cell("text", "不详")).proposal is None
    assert cell(penalties, Cell("text", "同上")).proposal is None


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


QUALIFICATION = Field(key="q", title="执法资质", type=FieldType.CODE, codes="C08")
SPECIALITIES = Field(key="z", title="业务专长", type=FieldType.CODES, codes="C09")
OWN_FORM = Field(key="c", title="执法证号", shape=Shape.CERTIFICATE, max_length=24, pattern="[0-9A-Za-z]{5,24}")


@pytest.mark.parametrize(
    ("text", "proposal"),
    [
        ("王伟同志", "王伟"),
        ("王伟 女士", "王伟"),
        ("王伟副股长", "王伟"),
        ("王伟一级主任科员", "王伟"),
        ("组长：王伟", "王伟"),
        ("局长王伟", "王伟"),
        ("1.王伟", "王伟"),
        ("（2）王伟", "王伟"),
        ("三、王伟", "王伟"),
        ("1.王伟同志", "王伟"),
        ("王伟（女）", "王伟"),
        ("王伟(组长)", "王伟"),
        ("王伟 女", "王伟"),
        ("王伟 13900000001", "王伟"),
        ("阿依·古丽（维吾尔族）", "阿依·古丽"),
        ("张同志", None),
        ("欧阳先生", None),
        ("股长", None),
    ],
)
def test_what_stands_around_a_name_is_named_and_the_bare_name_only_proposed(text, proposal):
    """D080: nothing is cut off unasked, and nothing is proposed that is no whole name."""
    found = cell(NAME, Cell("text", text))
    assert (found.value, found.issue, found.proposal) == (BAD, "DR-V056", proposal)


@pytest.mark.parametrize("text", ["wangwei", "Wang Wei", "John Smith", "小王", "老李", "王总"])
def test_what_may_be_a_name_but_seldom_is_asks(text):
    found = cell(NAME, Cell("text", text))
    assert (found.value, found.issue) == (text, "DR-V057")


@pytest.mark.parametrize(
    "text",
    [
        "任志同",
        "王科",
        "高主",
        "李春女",
        "李女",
        "武长青",
        "欧阳女",
        "司马相如",
        "买买提·吐尔逊",
        "龙·M·卡特",
        "龙门",
        "老舍",
        "主父偃",
        "局子明",
    ],
)
def test_real_names_that_look_odd_are_left_alone(text):
    found = cell(NAME, Cell("text", text))
    assert (found.value, found.fixed, found.issue) == (text, "", "")


@pytest.mark.parametrize("text", ["王伟 李娜", "王小明 李小红", "王伟\n李娜", "王伟、李娜", "王伟　李娜"])
def test_two_people_never_grow_into_one_name(text):
    """D079: the blank between two whole names parts them."""
    found = cell(NAME, Cell("text", text))
    assert (found.value, found.issue) == (BAD, "DR-V052")
    assert len(found.expected.split("、")) == 2


@pytest.mark.parametrize(
    ("text", "issue"),
    [
        ("王**", "DR-C007"),
        ("王○", "DR-C007"),
        ("王wei", "DR-V051"),
        ("嘉鱼县司法局", "DR-V051"),
        ("王某某", "DR-V053"),
        ("王(上日下斤)", "DR-V051"),
        ("王伟。", "DR-V051"),
    ],
)
def test_masked_mixed_and_foreign_contents_are_no_names(text, issue):
    assert cell(NAME, Cell("text", text)).issue == issue


@pytest.mark.parametrize(
    ("text", "proposal"),
    [
        ("有", None),
        ("是", None),
        ("√", None),
        ("否", "未持证"),
        ("没有", "未持证"),
        ("无", "未持证"),
        ("×", "未持证"),
        ("已取得", None),
        ("持有行政执法证件", "持有行政执法证"),
    ],
)
def test_yes_or_no_where_a_list_is_asked_proposes_only_what_alone_fits(text, proposal):
    """D107: two kinds of certificate may be meant by yes, only 未持证 by no."""
    found = cell(QUALIFICATION, Cell("text", text))
    assert (found.issue, found.proposal) == ("DR-V001", proposal)
    assert found.expected == "持有行政执法证、持有其他执法证件、未持证"


def test_an_empty_looking_word_stays_empty_where_the_list_has_no_no():
    assert cell(CLASS, Cell("text", "无")).issue == "DR-C008"


@pytest.mark.parametrize(
    ("field", "text", "value"),
    [
        (FIELDS, "公证 司法鉴定", "公证；司法鉴定"),
        (FIELDS, "公证 司鉴 法援", "公证；司法鉴定；法律援助"),
        (SPECIALITIES, "公证管理 案卷评查", "公证管理；案卷评查"),
        (SPECIALITIES, "公证管理 案卷评查；财务", "公证管理；案卷评查；财务审计"),
    ],
)
def test_labels_parted_by_a_blank_are_several_and_it_is_said(field, text, value):
    found = cell(field, Cell("text", text))
    assert (found.value, found.fixed, found.issue) == (value, "DR-V002", "")


@pytest.mark.parametrize(
    ("field", "text", "issue", "proposal"),
    [
        (FIELDS, "公证；司法鉴顶", "DR-V001", "公证；司法鉴定"),
        (FIELDS, "公证和司法鉴定", "DR-V001", "公证；司法鉴定"),
        (FIELDS, "公证；别的", "DR-V001", None),
        (FIELDS, "全部", "DR-V001", "公共法律服务体系建设；法律援助；公证；司法鉴定"),
        (SPECIALITIES, "公证管里；财务审计", "DR-V005", "公证管理；财务审计"),
        (SPECIALITIES, "公证管理 宏观", "DR-V005", "公证管理；宏观"),
        (SPECIALITIES, "宏观", "", None),
    ],
)
def test_a_proposal_for_a_list_is_the_whole_list(field, text, issue, proposal):
    """Adopting it replaces the cell: no part may be lost."""
    found = cell(field, Cell("text", text))
    assert (found.issue, found.proposal) == (issue, proposal)


@pytest.mark.parametrize(
    ("text", "proposal"),
    [
        ("2062-01-01", "2026-01-01"),
        ("2082.12.31", "2028-12-31"),
        ("2208-12-31", "2028-12-31"),
        ("0028-12-31", "2028-12-31"),
        ("2028-13-01", "2028-01-13"),
        ("2028年31月12日", "2028-12-31"),
        ("2082-02-30", None),
        ("2027-02-29", None),
        ("1900-02-29", None),
        ("2057-01-01", None),
        ("1928-01-01", None),
    ],
)
def test_an_impossible_day_is_refused_and_the_only_reading_left_is_proposed(text, proposal):
    """D090: digits of the year exchanged, day and month exchanged, our century."""
    found = cell(DATE, Cell("text", text), 2026)
    assert (found.value, found.issue, found.proposal) == (BAD, "DR-D003", proposal)


@pytest.mark.parametrize("text", ["2056-12-31", "1949-10-01", "9999-12-31", "2026-01-01"])
def test_a_day_within_a_generation_is_a_day(text):
    assert cell(DATE, Cell("text", text), 2026).value == text


def test_a_day_typed_as_a_day_is_measured_like_one_typed_as_text():
    assert cell(DATE, Cell("date", "2062-01-01"), 2026).proposal == "2026-01-01"
    assert normalise.column(DATE, 2026)[Cell("date", "2031-01-01")].value == "2031-01-01"


@pytest.mark.parametrize("text", ["鄂执法字第4212001号", "鄂执法〔2020〕12345号", "4212.2100.101"])
def test_a_certificate_number_of_another_form_is_a_hint(text):
    """Domain 3.5: the form is local; D101."""
    found = cell(OWN_FORM, Cell("text", text))
    assert (found.value, found.issue) == (text, "DR-V018")


@pytest.mark.parametrize("text", ["1234", "正在办理", "见附件证书"])
def test_what_is_no_number_at_all_is_refused(text):
    assert cell(OWN_FORM, Cell("text", text)).issue == "DR-V003"


def test_the_brackets_of_a_certificate_number_are_those_of_a_document():
    found = cell(OWN_FORM, Cell("text", "鄂执法字[2020]第 12 号"))
    assert (found.value, found.fixed) == ("鄂执法字〔2020〕第12号", "DR-C002")


@pytest.mark.parametrize(
    ("field", "text", "proposal"),
    [
        (NUMBER, "4212210010①", "42122100101"),
        (COUNT, "⑫", "12"),
        (COUNT, "Ⅻ", None),
        (PHONE, "1390000000¹", "13900000001"),
    ],
)
def test_drawn_digits_are_proposed_never_read(field, text, proposal):
    """D083."""
    found = cell(field, Cell("text", text))
    assert (found.value, found.issue, found.proposal) == (BAD, "DR-C026", proposal)


def test_a_letter_among_digits_asks_which_it_is():
    found = cell(NUMBER, Cell("text", "4212210O101"))
    assert (found.value, found.issue, found.proposal) == ("4212210O101", "DR-V019", "42122100101")


def test_two_numbers_with_a_comma_are_not_one():
    assert cell(COUNT, Cell("text", "3,5")).issue == "DR-C015"
    assert cell(COUNT, Cell("text", "1,234")).value == 1234


def test_a_share_that_loses_digits_is_said():
    found = cell(SHARE, Cell("text", "95.123456"))
    assert (found.value, found.fixed) == ("95.1235", "DR-C016")


def test_a_hint_does_not_hide_that_the_cell_was_changed():
    found = cell(OWN_FORM, Cell("text", "鄂执法字第４２１２００１号"))
    assert (found.value, found.fixed, found.issue) == ("鄂执法字第4212001号", "DR-C002", "DR-V018")


def test_a_name_at_first_sight_is_what_the_long_way_would_leave():
    """Every word of address, mark and test name, before and after common names: the short way takes none of them."""
    words = [
        *names._ADDRESS.split("|"),
        *names._TESTS,
        "某",
        "某某",
        "姓名",
        "填报人",
        "副",
        "一级",
        "小",
        "老",
        "局",
        "公证处",
    ]
    bases = ["", "王", "王伟", "欧阳", "王伟明", "李娜"]
    texts = {one for word in words for base in bases for one in (base + word, word + base)} | {
        one + two for one in people.SURNAMES for two in (*people.MALE, *people.FEMALE)
    }
    short = [one for one in texts if names.is_plainly(one)]
    assert len(short) > 5000
    assert [one for one in short if names.examined(NAME, one) != Outcome(one)] == []


@pytest.mark.parametrize(
    ("shown", "value"),
    [
        ("00000000000", "02122100101"),
        ("0000", "2122100101"),
        ("", "2122100101"),
        ("0", "2122100101"),
        ("0.00", "2122100101"),
    ],
)
def test_a_number_is_read_with_the_zeros_its_format_shows(shown, value):
    """D074: what the clerk typed and sees is 02122100101, and that is the number of the paper."""
    number = loader.template("T06").sheet("nominees").field("certificate_no")
    found = cell(number, Cell("number", "2122100101", None, shown))
    assert (found.value, found.fixed) == (value, "DR-C013")


def test_a_slip_in_an_identity_number_does_not_make_it_a_certificate():
    """D102: seventeen right digits and a wrong last one are still somebody's identity number."""
    number = loader.template("T06").sheet("nominees").field("certificate_no")
    for text in ("429999198001010010", "429999198001010011"):
        assert cell(number, Cell("text", text)).issue == "DR-V020"
    assert cell(number, Cell("text", "429999198013450011")).issue != "DR-V020"


def test_a_vague_word_that_the_list_offers_is_an_answer():
    """C38 offers 待定: whether a case is filed may still be open; in any other cell the word says nothing."""
    filing = Field(key="case_filing", title="是否立案", type=FieldType.CODE, codes="C38")
    assert cell(filing, Cell("text", "待定")).value == "待定"
    assert cell(CLASS, Cell("text", "待定")).issue == "DR-C023"
