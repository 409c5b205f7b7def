"""The provincial list of items: 30 rows that are themselves a valid T01."""

import re
from collections import Counter

import pytest

from schemas import loader
from schemas.declare import FieldType

ROWS = loader.provincial_items(2026)
SHEET = loader.template("T01").sheet("items")


def test_thirty_items_in_four_fields():
    assert Counter(row["field"] for row in ROWS) == {
        "公共法律服务体系建设": 4,
        "法律援助": 7,
        "公证": 10,
        "司法鉴定": 9,
    }
    assert len({row["item_code"] for row in ROWS}) == len({row["item_name"] for row in ROWS}) == 30


@pytest.mark.parametrize("row", ROWS, ids=[row["item_code"] for row in ROWS])
def test_an_item_obeys_the_declaration_of_its_form(row):
    for field in SHEET.fields:
        text = row[field.key]
        assert text or not field.required, field.key
        codes = loader.codes_of(field)
        if text and codes:
            assert set(text.split("；") if field.type is FieldType.CODES else [text]) <= set(codes.labels), field.key
        assert not (text and field.pattern) or re.fullmatch(field.pattern, text), field.key
        assert len(text) <= (field.max_length or len(text)), field.key


@pytest.mark.parametrize("row", ROWS, ids=[row["item_code"] for row in ROWS])
def test_content_and_standard_are_numbered_and_the_basis_names_a_law(row):
    for key in ("content", "standard"):
        numbers = [int(one) for one in re.findall(r"(?:^|；)(\d+)\.", row[key])]
        assert numbers == list(range(1, len(numbers) + 1)) != []
    assert re.search("《.+》", row["legal_basis"])
    assert re.search("第.+条", row["legal_basis"]) or "核对" in row["remark"], "an unknown article is said to be open"


def test_a_refinement_starts_from_the_code_of_the_field():
    middle = {"公共法律服务体系建设": "PLS", "法律援助": "LA", "公证": "NOT", "司法鉴定": "FOR"}
    assert all(row["item_code"].split("-")[1] == middle[row["field"]] for row in ROWS)


def test_the_latest_list_holds_for_a_later_year():
    assert loader.provincial_items(2027) == ROWS
