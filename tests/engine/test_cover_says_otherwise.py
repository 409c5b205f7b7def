"""What is typed on the cover is held against what the template says of itself; a missing column is judged by the rows."""

import io
from dataclasses import replace

import openpyxl
import pytest

from engine import intake
from engine.model import Severity, Verdict
from simulate.dirt import office
from simulate.dirt.proof import context

COVER, SHEET, COLUMN_OF_NUMBER, HEADING = "封面", "推荐人员", 6, 3


def examined(data):
    return intake.examine(
        [intake.Incoming(name="表.xlsx", data=data, sha256="0")], replace(context("T06"), returns=True)
    )[0]


def changed(data, change):
    book = openpyxl.load_workbook(io.BytesIO(data))
    change(book)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def on_cover(data, key, text):
    """Return the workbook with a field of its cover, found by its title, typed over."""
    titles = {"unit_name": "报送单位", "unit_code": "单位代码", "year": "年度", "template_code": "表号"}

    def type_over(book):
        cell = next(
            row[1] for row in book[COVER].iter_rows(min_col=2, max_col=3) if str(row[0].value).startswith(titles[key])
        )
        cell.value = text

    return changed(data, type_over)


def faults(found):
    return [(one.code, one.sheet, one.cell, one.field) for one in found.issues if one.severity is Severity.ERROR]


@pytest.mark.parametrize(
    ("key", "text", "code", "right"),
    [
        ("unit_code", "421202", "DR-U006", office.COUNTY),
        ("unit_name", "咸安区司法局", "DR-U006", "嘉鱼县司法局"),
        ("year", "2025", "DR-U003", "2026"),
        ("template_code", "T04", "DR-T002", "T06"),
    ],
)
def test_a_cover_that_says_otherwise_is_asked_about_until_it_is_put_right(key, text, code, right):
    """D019, D021, D022: never accepted for the other unit, not even when the returned copy comes back untouched."""
    first = examined(on_cover(office.filled("T06", office.rows("T06")), key, text))
    assert first.verdict is Verdict.RETURNED
    ((found, sheet, _, field),) = faults(first)
    assert (found, sheet, field) == (code, "cover", key)
    again = examined(first.returned)
    assert faults(again) == faults(first)
    assert [one.message for one in again.issues] == [one.message for one in first.issues]
    mended = examined(on_cover(first.returned, key, right))
    assert mended.verdict is Verdict.ACCEPTED, [one.message for one in mended.issues]
    assert mended.submission.unit == office.COUNTY


@pytest.mark.parametrize("text", ["嘉鱼县司法局", "湖北省嘉鱼县司法局", "县司法局", "嘉鱼司法局"])
def test_other_names_of_the_same_unit_are_no_contradiction(text):
    assert faults(examined(on_cover(office.filled("T06", office.rows("T06")), "unit_name", text))) == []


def without_column(data):
    def delete(book):
        sheet = book[SHEET]
        titles = [sheet.cell(HEADING, column).value for column in range(1, sheet.max_column + 1)]
        sheet.delete_cols(titles.index("执法证号") + 1)

    return changed(data, delete)


def test_a_column_that_some_row_needs_is_required():
    """D037, X02: the certificate numbers of certified officers are never lost with a note."""
    found = examined(without_column(office.filled("T06", office.rows("T06"))))
    assert [code for code, *_ in faults(found)] == ["DR-H001"]
    assert found.verdict is Verdict.RETURNED


def test_a_column_that_no_row_needs_may_be_missing():
    rows = office.rows("T06")
    for row in next(iter(rows.values())):
        row.update(
            inspector_class="从事日常监管工作的人员", qualification="未持证", certificate_no="", certificate_valid_to=""
        )
    codes = {one.code for one in examined(without_column(office.filled("T06", rows))).issues}
    assert "DR-H002" in codes and "DR-H001" not in codes
