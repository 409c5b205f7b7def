"""The leak scan finds what is private wherever a file hides it, and refuses nothing that is public."""

import io
import random
import zipfile

import openpyxl
import pytest
from openpyxl.comments import Comment
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.datavalidation import DataValidation

from engine import leak
from schemas import loader

INSPECTORS = loader.template("T04").sheet("inspectors")
EXPERTS = loader.template("T05").sheet("experts")
PHONE = "13900000007"
ROWS = [{"name": "王示例", "mobile": PHONE, "former_employers": "某某公证处工作三年", "certificate_no": "42122100101"}]
PRIVATE = leak.private_values([(INSPECTORS, ROWS), (EXPERTS, [{"name": "周专家", "consents_publication": False}])])


def found(name, data, reviews=()):
    return leak.scan({name: data}, PRIVATE, reviews)


def book(change=None):
    made = openpyxl.Workbook()
    made.active["A1"] = "被检查对象"
    if change:
        change(made)
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def cell(made):
    made.active["B7"] = PHONE


def number(made):
    made.active["B7"] = int(PHONE)


def comment(made):
    made.active["A1"].comment = Comment(f"请打 {PHONE}", "某人")


def hidden_row(made):
    made.active["A9"] = PHONE
    made.active.row_dimensions[9].hidden = True


def hidden_sheet(made):
    sheet = made.create_sheet("备用")
    sheet["A1"] = PHONE
    sheet.sheet_state = "veryHidden"


def author(made):
    made.properties.creator = PHONE


def name(made):
    made.defined_names["电话"] = DefinedName("电话", attr_text=f'"{PHONE}"')


def validation(made):
    choice = DataValidation(type="list", formula1=f'"甲,{PHONE}"')
    choice.add("A2")
    made.active.add_data_validation(choice)


def footer(made):
    made.active.oddFooter.center.text = PHONE


def sheet_title(made):
    made.active.title = PHONE


@pytest.mark.parametrize(
    "place", [cell, number, comment, hidden_row, hidden_sheet, author, name, validation, footer, sheet_title]
)
def test_a_private_value_is_found_wherever_a_workbook_hides_it(place):
    assert PHONE in {one.value for one in found("a.xlsx", book(place))}


def test_a_clean_workbook_passes():
    assert found("a.xlsx", book()) == []


@pytest.mark.parametrize(
    "page",
    [
        "<p>电话 {}</p>",
        "<!-- {} -->",
        "<a href='tel:{}'>电话</a>",
        "<script>var a='{}';</script>",
        "<p>１３９００００００７</p>",
    ],
)
def test_a_private_value_is_found_in_the_source_of_a_page(page):
    text = page.format(PHONE).replace("１３９００００００７", "１３９０００００００７")
    assert found("a.html", text.encode())


def test_rich_text_cannot_split_a_value():
    parts = "<w:p><w:r><w:t>139000</w:t></w:r><w:r><w:t>00007</w:t></w:r></w:p>"
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("word/document.xml", parts)
    assert found("a.docx", out.getvalue())


def test_restricted_sentences_and_names_without_consent_are_found():
    kinds = {one.value for one in found("a.html", "<td>周专家</td><td>曾在某某公证处工作三年的人</td>".encode())}
    assert {"周专家", "某某公证处工作三年"} <= kinds


def test_a_short_name_inside_a_longer_word_is_no_leak():
    assert found("a.html", "<td>周专家庭</td>".encode()) == []


def test_a_name_that_is_public_elsewhere_is_no_leak():
    private = leak.private_values(
        [(INSPECTORS, ROWS), (loader.template("T02").sheet("targets"), [{"contact_name": "王示例"}])]
    )
    assert leak.scan({"a.html": "<td>王示例</td>".encode()}, private) == []


def test_an_expert_who_consents_may_be_named():
    private = leak.private_values([(EXPERTS, [{"name": "周专家", "consents_publication": True}])])
    assert leak.scan({"a.html": "<td>周专家</td>".encode()}, private) == []


@pytest.mark.parametrize(
    "value", ["429999198001010010", "42999919880808888X", "13900000008", "someone@example.com", "6222021234567890128"]
)
def test_what_only_looks_private_is_refused_until_reviewed(value):
    data = f"编号,{value}".encode()
    leaks = found("a.csv", data)
    assert [one.value for one in leaks] == [value]
    assert found("a.csv", data, [{"value": value, "approver": "审查人", "reason": "公开的证号"}]) == []
    assert found("a.csv", data, [{"value": value, "approver": "", "reason": "公开的证号"}])


SPELLINGS = [
    "{0}/{1}", "Tel.{0}", "T{0}", "{0}a", "+86{0}", "86-{0}", "手机{0}/张示例", "{2} {3} {4}", "{2}-{3}-{4}", "{2}.{3}.{4}", "{2}·{3}·{4}",
    "{2}\u200b{3}\u00ad{4}", "2026 {2} {3} {4}",
]  # fmt: skip


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_number_is_found_however_people_spell_it(spelling):
    """Groups, a word or a country right before, two beside a stroke, marks nobody sees; a known one is found just so."""
    said = spelling.format("13900000008", "13900000009", "139", "0000", "0008")
    assert [one.kind for one in found("a.csv", said.encode())] == ["手机号码"] * (2 if "{1}" in spelling else 1)
    private = leak.Private(words=frozenset(), texts=frozenset({"13900000008"}))
    assert "内部数据" in [one.kind for one in leak.scan({"a.html": f"<td>{said}</td>".encode()}, private)]


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ("一三九〇〇〇〇〇〇〇八", "手机号码"), ("42999919800101001 0", "身份证号"), ("429999-19800101-0010", "身份证号"),
        ("2026-05-20 429999198001010010", "身份证号"), ("6222 0212 3456 7890 128", "银行卡号"), ("张三@example.com", "邮箱"),
        ("zhang@\u200bexample.com", "邮箱"),
    ],
)  # fmt: skip
def test_identity_numbers_cards_and_addresses_are_found_however_they_are_spelt(said, kind):
    assert [one.kind for one in found("a.html", said.encode())] == [kind]


def test_a_name_of_two_characters_is_private_too():
    private = leak.private_values([(EXPERTS, [{"name": "周专", "consents_publication": False}])])
    assert [one.value for one in leak.scan({"a.html": "<td>周专</td>".encode()}, private)] == ["周专"]


def test_a_number_stays_private_though_a_public_column_holds_it_too():
    """An officer's name may stand in public; the telephone beside it never becomes public by standing somewhere else."""
    rows = [{"name": PHONE, "consents_publication": True}]
    private = leak.private_values([(EXPERTS, rows)], extra=[PHONE])
    assert PHONE in private.texts


@pytest.mark.parametrize("review", [{"approver": "审查人"}, {"reason": "公开的证号"}, {}])
def test_nothing_is_released_without_both_approver_and_reason(review):
    assert found("a.csv", b"x,13900000008", [{"value": "13900000008", **review}])


@pytest.mark.parametrize(
    "part", ["xl/externalLinks/externalLink1.xml", "xl/embeddings/a.bin", "word/embeddings/a.bin", "xl/vbaProject.bin"]
)
def test_what_nobody_can_look_into_is_never_public(part):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        made.writestr(part, b"x")
    leaks = found("a.xlsx", out.getvalue())
    assert [(one.kind, one.is_releasable) for one in leaks] == [("内嵌对象或外部链接", False)]


def test_a_private_value_is_never_released():
    review = [{"value": PHONE, "approver": "审查人", "reason": "想公开"}]
    assert [one.is_releasable for one in found("a.csv", PHONE.encode(), review)] == [False]


@pytest.mark.parametrize(
    "harmless",
    [
        "429999199002290020",
        "6222021234567890128/1000000000000000000",
        "1/429999198001010010",
        "0.123456789012345678",
        "a" * 10 + "13900000001",
        "32421200000000019D",
        "0715-8888888",
        "0.17093206502221758",
        "2026-05-20 09:00:00 139 2026",
        "ab39f13900000001cd77aa10",
        "\\nb4bcbc69b04c2fb69db013900000001d73318b7279b3a6601ed1518e658bcd",
        "QUJD13900000001REVGR0hJSktMTU5PUFFSU1RVVldYWVo=",
    ],
)
def test_harmless_numbers_pass(harmless):
    assert found("a.csv", harmless.encode()) == []


def test_a_leak_is_shown_masked():
    assert found("a.csv", PHONE.encode())[0].masked == "139*****007"


def test_ten_thousand_planted_values_are_all_found_and_nothing_else():
    rng = random.Random(7)
    phones = [f"1{rng.randrange(3, 10)}{rng.randrange(10**9):09d}" for _ in range(10_000)]
    private = leak.private_values([(INSPECTORS, [{"mobile": one} for one in phones])])
    planted = set(rng.sample(phones, 500))
    text = "\n".join([*(f"<td>{one}</td>" for one in planted), *(f"<td>普通内容{n}</td>" for n in range(5000))])
    assert {one.value for one in leak.scan({"a.html": text.encode()}, private)} == planted


@pytest.mark.parametrize("apart", range(45, 75))
def test_a_number_is_never_looked_at_from_its_middle(apart):
    """A committed probability that another run lies near to: its last fifteen digits are no old identity number."""
    share, run = "0.208312452370622292", "1234567890123"
    for content in (share + "," * apart + run, run + "," * apart + share, f'"{share}"' + " " * apart + f'"{share}"'):
        assert leak.looks_private(content) == {}
    assert leak.looks_private(share + "," * apart + "429999800101001") == {"身份证号": ["429999800101001"]}
