"""The declared forms: keys a public interface, examples that obey their own rules, columns no wider than the job."""

import re
import unicodedata
from datetime import date
from pathlib import Path

import pytest

from schemas import loader, pages
from schemas.declare import FieldType, Privacy, Shape

CODES = [f"T{number:02}" for number in range(19)] + ["T06b"]
SHEETS = [(one.code, sheet) for one in loader.templates().values() for sheet in one.sheets]
FIELDS = [(code, sheet.name, field) for code, sheet in SHEETS for field in sheet.fields]
BY_SHEET = pytest.mark.parametrize(("code", "sheet"), SHEETS, ids=[f"{code}-{sheet.name}" for code, sheet in SHEETS])
ABBREVIATIONS = {
    "pen3",
    "disc3",
    "satisf",
    "cls",
    "qual",
    "spec",
    "chg",
    "src",
    "addr",
    "org",
    "obj",
    "ins",
    "exp",
    "ver",
}
FORM = {
    FieldType.DATE: r"\d{4}-\d{2}-\d{2}",
    FieldType.MONTH: r"\d{4}-\d{2}",
    FieldType.INTEGER: r"-?\d+",
    FieldType.PERCENT: r"\d{1,3}(\.\d{1,2})?",
    FieldType.BOOLEAN: r"[是否]",
    FieldType.TIMESTAMP: r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\+08:00",
}


def uscc_is_valid(text):
    """Recompute both check digits of GB 32100-2015 on our own, so that examples do not rest on the product's check."""
    alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    if len(text) != 18 or any(sign not in alphabet for sign in text):
        return False
    inner = (
        11
        - sum(
            "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ".index(s) * w
            for s, w in zip(text[8:16], (3, 7, 9, 10, 5, 8, 4, 2), strict=True)
        )
        % 11
    )
    total = sum(alphabet.index(sign) * pow(3, place, 31) for place, sign in enumerate(text[:17]))
    return text[16] == {10: "X", 11: "0"}.get(inner, str(inner)) and text[17] == alphabet[(31 - total % 31) % 31]


def plain(heading):
    """Return a heading as a reader meets it: half width, without blanks and without what stands in brackets."""
    return re.sub(r"\([^)]*\)|\s", "", unicodedata.normalize("NFKC", heading)).lower()


def example_fault(field):
    """Return what is wrong with the example of `field`, or an empty string."""
    text = field.example
    codes = loader.codes_of(field)
    if codes and not set(text.split("；") if field.type is FieldType.CODES else [text]) <= set(codes.labels):
        return "not a label of its list"
    if field.type in FORM and not re.fullmatch(FORM[field.type], text):
        return "not of its type"
    if field.type is FieldType.DATE:
        date.fromisoformat(text)
    if field.pattern and not re.fullmatch(field.pattern, text):
        return "does not match its pattern"
    if field.max_length and len(text) > field.max_length:
        return "too long"
    if field.type in (FieldType.INTEGER, FieldType.PERCENT):
        low, high = field.minimum, field.maximum
        if (low is not None and float(text) < low) or (high is not None and float(text) > high):
            return "out of range"
    if field.shape is Shape.USCC and not uscc_is_valid(text):
        return "wrong check digit"
    if field.shape is Shape.PHONE and not re.fullmatch(r"1390000000\d", text):
        return "may be somebody's number"
    return ""


def test_every_form_of_the_year_is_declared():
    assert sorted(loader.templates()) == sorted(CODES)


def test_the_file_name_is_the_code():
    assert all(Path(f"{one.code}.toml").stem == code for code, one in loader.templates().items())


def test_keys_are_spelled_out():
    wrong = [
        f"{code}.{sheet}.{field.key}"
        for code, sheet, field in FIELDS
        if not re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", field.key) or set(field.key.split("_")) & ABBREVIATIONS
    ]
    assert wrong == []


def test_keys_settled_with_the_architecture_are_there():
    keys = {field.key for _, _, field in FIELDS}
    assert {
        "penalties_3y",
        "complaints_last_year",
        "inspector_class",
        "target_id",
        "inspector_id",
        "uscc",
        "licence_no",
        "certificate_no",
        "certificate_valid_to",
    } <= keys


@BY_SHEET
def test_examples_obey_their_own_declaration(code, sheet):
    wrong = [f"{one.key}: {example_fault(one)}" for one in sheet.fields if one.example and example_fault(one)]
    assert wrong == []


@BY_SHEET
def test_every_required_field_has_an_example(code, sheet):
    assert [one.key for one in sheet.fields if one.required and not one.example] == []


@BY_SHEET
def test_no_heading_means_two_columns(code, sheet):
    """`adopt` and the locator map headings: a title or alias that fits two fields would be a coin toss."""
    owner = {}
    doubled = []
    for one in sheet.fields:
        for heading in {plain(text) for text in (one.title, *one.aliases)}:
            if heading in owner:
                doubled.append(f"{heading}: {owner[heading]} and {one.key}")
            owner[heading] = one.key
    assert doubled == []


@BY_SHEET
def test_a_condition_names_a_value_that_can_occur(code, sheet):
    wrong = []
    for one in sheet.fields:
        for key, values in one.required_if:
            other = sheet.field(key)
            codes = loader.codes_of(other)
            possible = codes.labels if codes else ("是", "否")
            wrong += [f"{one.key}: {value}" for value in values if value not in possible]
    assert wrong == []


@BY_SHEET
def test_a_required_column_is_not_conditional_too(code, sheet):
    assert [one.key for one in sheet.fields if one.required and one.required_if] == []


@pytest.mark.parametrize("code", ["T06", "T06b"])
def test_a_nomination_fits_one_landscape_page_of_ten_columns(code):
    (sheet,) = loader.template(code).sheets
    assert len(sheet.fields) + 1 <= 10, "序号 is a column too"
    assert loader.template(code).landscape
    assert 5 + sum(one.width for one in sheet.fields) <= 170, "an A4 landscape page at a readable scale"


@pytest.mark.parametrize("code", ["T06", "T06b"])
def test_a_nomination_speaks_the_language_of_its_register(code):
    one = loader.template(code)
    register = loader.template(one.consolidates_to).sheets[0]
    for field in one.sheets[0].fields:
        twin = register.field(field.key)
        assert (twin.title, twin.type, twin.codes, twin.pattern) == (
            field.title,
            field.type,
            field.codes,
            field.pattern,
        )
    assert one.sheets[0].key == register.key


def test_the_clerk_fills_at_most_seven_places_on_the_cover():
    (cover,) = loader.template("T00").sheets
    asked = [one.key for one in cover.fields if not one.prefilled and not one.computed]
    assert asked == ["filled_by", "checked_by", "approved_by", "phone", "filled_on", "is_zero_report", "explanation"]


def test_what_is_computed_is_never_asked():
    assert [f"{code}.{one.key}" for code, _, one in FIELDS if one.computed and one.prefilled] == []


def test_what_nobody_may_know_for_sure_may_be_left_unknown():
    for code in ("T02", "T17"):
        for sheet in loader.template(code).sheets[:1]:
            for key in ("penalties_3y", "complaints_last_year", "satisfaction"):
                assert sheet.field(key).unknown_allowed, f"{code}.{key}"


def test_contact_data_are_private_everywhere():
    shapes = (Shape.PHONE, Shape.MAIL, Shape.PERSON_ID)
    assert [f"{c}.{f.key}" for c, _, f in FIELDS if f.shape in shapes and f.privacy is not Privacy.PRIVATE] == []


def test_nobody_asks_for_an_identity_number():
    assert [f"{code}.{one.key}" for code, _, one in FIELDS if one.shape is Shape.PERSON_ID] == []


def test_the_publication_table_holds_public_columns_only():
    sheet = loader.template("T11").sheet("publication")
    assert {one.privacy for one in sheet.fields} == {Privacy.PUBLIC}


@pytest.mark.parametrize(
    ("code", "public"),
    [
        ("T04", {"name", "unit_name", "fields", "certificate_no"}),
        ("T06", {"name", "fields", "certificate_no"}),
        ("T05", set()),
        ("T06b", set()),
    ],
)
def test_public_columns_of_people_are_those_of_the_rule(code, public):
    sheet = loader.template(code).sheets[0]
    assert {one.key for one in sheet.fields if one.privacy is Privacy.PUBLIC} == public


@pytest.mark.parametrize("key", ["penalties_3y", "disciplines_3y", "complaints_last_year", "credit_grade", "welfare"])
def test_facts_behind_the_weights_are_restricted(key):
    assert loader.template("T02").sheet("targets").field(key).privacy is Privacy.RESTRICTED


def test_the_result_has_no_default():
    result = loader.template("T10").sheet("results").field("result")
    assert result.required
    assert not result.prefilled
    assert not result.computed


def test_no_sample_certificate_looks_like_a_mobile_number():
    assert [
        f"{c}.{f.key}"
        for c, _, f in FIELDS
        if f.shape is not Shape.PHONE and re.search(r"(?<!\d)1[3-9]\d{9}(?!\d)", f.example)
    ] == []


def test_every_named_check_is_used_and_says_its_rule():
    used = {name for _, sheet in SHEETS for name in sheet.checks}
    assert used == set(loader.check_rules())


def test_the_page_of_templates_is_up_to_date():
    page = Path(__file__).parents[2] / "docs" / "templates.md"
    assert page.read_text(encoding="utf-8") == pages.templates_page(), "run: python -m schemas.pages"


def test_sheet_titles_can_be_sheet_names():
    for one in loader.templates().values():
        titles = [sheet.title for sheet in one.sheets]
        assert len(set(titles)) == len(titles)
        assert all(len(title) <= 31 and not set(title) & set("[]:*?/\\'") for title in titles)
        assert not set(titles) & {"填报说明", "封面", "代码表", "_meta"} or one.code == "T00"


@BY_SHEET
def test_help_fits_the_bubble_excel_shows(code, sheet):
    assert [one.key for one in sheet.fields if len(one.help) > 120 or len(one.title) > 32] == []


def test_a_default_is_a_value_of_the_column_and_only_where_nobody_is_asked():
    for code, _, field in FIELDS:
        if field.default:
            codes = loader.codes_of(field)
            assert field.default in (codes.labels if codes else ("是", "否"))
            assert code in ("T04", "T05"), "registers only"


def test_a_register_can_be_filled_from_its_nominations():
    """What T04 requires and T06 does not ask is known from the reporting unit or has a default."""
    for source in ("T06", "T06b"):
        one = loader.template(source)
        asked = {field.key for field in one.sheets[0].fields}
        register = loader.template(one.consolidates_to).sheets[0]
        missing = {f.key for f in register.fields if f.required and f.key not in asked and not f.default}
        assert missing <= {"unit_name", "unit_code"}


def test_only_what_offices_send_is_checked_at_the_door():
    """What the program writes is guarded where it is made (draw, dispatch, publish), not by intake checks."""
    out = [one for one in loader.templates().values() if one.direction == "out"]
    assert [one.code for one in out] == ["T08", "T09", "T11", "T15"]
    assert [sheet.name for one in out for sheet in one.sheets if sheet.checks] == []
