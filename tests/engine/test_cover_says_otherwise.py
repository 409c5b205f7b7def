"""What is typed on the cover is held against what the template says of itself; a missing column is judged by the rows."""

import io
from dataclasses import replace

import openpyxl
import pytest

from engine import intake
from engine.model import Severity, Verdict
from simulate.dirt import office
from simulate.dirt.files import of_nobody
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
    titles = {
        "unit_name": "报送单位",
        "unit_code": "单位代码",
        "unit_level": "单位层级",
        "period": "报送期次",
        "year": "年度",
        "template_code": "表号",
        "template_version": "表样版本",
        "filled_on": "填报日期",
        "filled_by": "填报人",
    }

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


def told(found, code):
    return [(one.severity, one.cell, one.field, one.value) for one in found.issues if one.code == code]


@pytest.mark.parametrize(
    ("key", "text", "cell"),
    [
        ("unit_name", "随便什么单位", "C3"),
        ("unit_level", "市级", "C5"),
        ("period", "名录", "C6"),
        ("template_version", "0.9", "C9"),
    ],
)
def test_what_else_was_typed_over_on_the_cover_is_noted_and_decides_nothing(key, text, cell):
    """D021: the carriers count; the file is accepted as it would have been, but the other words are not passed over."""
    sound = office.filled("T06", office.rows("T06"))
    found = examined(on_cover(sound, key, text))
    assert told(found, "DR-T103") == [(Severity.NOTE, cell, key, text)]
    assert len(found.issues) == 1
    assert found.verdict is Verdict.ACCEPTED
    assert (found.submission.unit, found.submission.digest) == (office.COUNTY, examined(sound).submission.digest)


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("unit_name", "县司法局"),
        ("unit_name", "咸宁市嘉鱼县司法局"),
        ("unit_name", "嘉鱼县 司法局（盖章）"),
        ("unit_name", None),
        ("unit_level", "县"),
        ("unit_level", "县 级"),
        ("unit_level", None),
        ("period", "推荐"),
        ("period", "NOM"),
        ("template_version", "1"),
        ("template_version", "V1.0"),
        ("template_version", "１．０"),
    ],
)
def test_another_spelling_of_the_same_or_a_blank_is_not_noted(key, text):
    assert examined(on_cover(office.filled("T06", office.rows("T06")), key, text)).issues == ()


def test_the_cover_of_another_form_is_one_cause():
    """D021: the period and the version of that form are no causes beside its number."""
    other = on_cover(office.filled("T06", office.rows("T06")), "template_code", "T04")
    found = examined(on_cover(other, "period", "名录"))
    assert [one.code for one in found.issues] == ["DR-T002"]


def test_a_form_made_for_nobody_must_name_one_unit_only():
    """D021, D022: two units on the cover and no carrier to decide between them; asked until one of them is put right."""
    first = examined(of_nobody("咸安区司法局"))
    assert faults(first) == [("DR-U008", "cover", "C3", "unit_name")]
    assert first.verdict is Verdict.RETURNED
    assert [one.code for one in examined(first.returned).issues if one.severity is Severity.ERROR] == ["DR-U008"]
    for key, text, unit in (("unit_name", "嘉鱼县司法局", "421221"), ("unit_code", "421202", "421202")):
        mended = examined(on_cover(first.returned, key, text))
        assert (mended.verdict, mended.submission.unit) == (Verdict.ACCEPTED, unit)


def test_a_form_made_for_nobody_with_name_and_code_of_one_unit_is_accepted():
    found = examined(of_nobody("嘉鱼县司法局"))
    assert (found.verdict, found.issues, found.submission.unit) == (Verdict.ACCEPTED, (), office.COUNTY)


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


@pytest.mark.parametrize(
    ("key", "text", "proposal"), [("filled_on", "2025-05-08", "2026-05-08"), ("filled_by", "钱明远同志", "钱明远")]
)
def test_a_proposal_on_the_cover_is_taken_from_the_list_of_its_cell(key, text, proposal):
    """Intake 5.5: the copy offers what the message proposes; chosen, the form is accepted, and anything else may be typed."""
    first = examined(on_cover(office.filled("T06", office.rows("T06")), key, text))
    assert first.verdict is Verdict.RETURNED
    (asked,) = [one for one in first.issues if one.field == key]
    assert asked.proposal == proposal
    sheet = openpyxl.load_workbook(io.BytesIO(first.returned))[COVER]
    (row,) = [row for row in sheet.iter_rows() if row[0].value == f"#{key}"]
    (offered,) = [one for one in sheet.data_validations.dataValidation if row[2].coordinate in one.sqref]
    assert (offered.formula1, bool(offered.showErrorMessage)) == (f'"{proposal}"', False)
    assert examined(on_cover(first.returned, key, proposal)).verdict is Verdict.ACCEPTED
