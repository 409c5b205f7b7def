"""The pen types into a workbook and changes nothing else, whether the cell was there before or not."""

import io
import zipfile

import pytest

from schemas import loader
from simulate import pen
from workbooks import template as writer


@pytest.fixture(scope="module")
def blank():
    form, unit = loader.template("T06"), loader.units()["421221"]
    return writer.write(form, writer.identity_of(form, unit=unit.code, year=2026), unit=unit, year=2026, quota=2)


def parts(data):
    with zipfile.ZipFile(io.BytesIO(data)) as book:
        return {name: book.read(name) for name in book.namelist()}


def test_typing_changes_only_the_sheet_that_is_typed_into(blank):
    typed = pen.fill(blank, rows={"nominees": [{"name": "王示例"}]})
    before, after = parts(blank), parts(typed)
    assert list(before) == list(after)
    assert len([name for name in before if before[name] != after[name]]) == 1


def test_what_was_typed_can_be_read_and_typed_over(blank):
    first = pen.fill(blank, rows={"nominees": [{"name": "王示例", "post": "股长"}, {"name": "李<&>示例"}]})
    assert [row["name"] for row in pen.read(first)["nominees"]] == ["王示例", "李<&>示例"]
    second = pen.fill(first, rows={"nominees": [{"name": "张示例", "post": None}]})
    assert pen.read(second)["nominees"][0] == {"name": "张示例"}


def test_rows_beyond_the_prepared_ones_are_added_in_order(blank):
    many = [{"name": f"王{number}", "post": "科员"} for number in range(60)]
    assert [row["name"] for row in pen.read(pen.fill(blank, rows={"nominees": many}))["nominees"]] == [
        row["name"] for row in many
    ]


def test_a_column_the_workbook_does_not_show_is_an_error_of_the_simulation(blank):
    with pytest.raises(KeyError):
        pen.fill(blank, rows={"nominees": [{"shoe_size": 43}]})


def test_the_same_typing_gives_the_same_bytes(blank):
    assert pen.fill(blank, rows={"nominees": [{"name": "王"}]}) == pen.fill(blank, rows={"nominees": [{"name": "王"}]})
