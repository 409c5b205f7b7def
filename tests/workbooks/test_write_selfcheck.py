"""A template checks itself while it is being filled: recalculated by LibreOffice, not read from our own cached values."""

import io
import re
import zipfile

import openpyxl
import pytest

from schemas.loader import template, units
from tests.workbooks.office import convert
from workbooks import template as forms

COVER = {
    "filled_by": "甲一",
    "checked_by": "乙二",
    "approved_by": "丙三",
    "phone": "13900000000",
    "filled_on": "2026-05-20",
}
PERSON = {
    "name": "王示例",
    "post": "股长",
    "inspector_class": "行政执法类公务员",
    "qualification": "持有行政执法证",
    "certificate_no": "42122100101",
    "certificate_valid_to": "2028-12-31",
    "specialities": "公证管理",
    "fields": "公证",
}
BODY = {
    "target_id": "O-NOT-421221-001",
    "target_type": "公证机构",
    "name": "嘉鱼县示例公证处",
    "uscc": "32421200000000019D",
    "licence_issued_on": "2020-01-01",
    "licence_valid_to": "2030-01-01",
}
CASES = {
    "right": ("T06", "nominees", 2, [PERSON, PERSON | {"name": "李示例", "certificate_no": "42122100102"}]),
    "blank": ("T06", "nominees", 2, [PERSON, PERSON | {"name": None, "certificate_no": "42122100102"}]),
    "doubled": ("T06", "nominees", 2, [PERSON, PERSON | {"name": "李示例"}]),
    "short": ("T06", "nominees", 2, [PERSON]),
    "code": ("T02", "targets", None, [BODY, BODY | {"target_id": "O-NOT-421221-002", "uscc": "32421200000000018D"}]),
    "order": ("T02", "targets", None, [BODY | {"licence_valid_to": "2019-01-01"}]),
}


def written(name):
    code, sheet, quota, rows = CASES[name]
    form = template(code)
    identity = forms.identity_of(form, unit="421221", year=2026)
    return forms.write(form, identity, unit=units()["421221"], quota=quota, rows={sheet: rows}, cover=COVER)


def without_values(data):
    """Return the workbook with every cached formula value taken out, so that the client must calculate."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            body = old.read(name)
            if name.startswith("xl/worksheets/"):
                body = re.sub(rb"(</f>)<v>[^<]*</v>", rb"\1", body)
            new.writestr(name, body)
    return out.getvalue()


def shown(data, code):
    """Return (自检 line, column A of the data rows) as the cached values of a workbook say."""
    sheet = openpyxl.load_workbook(io.BytesIO(data), data_only=True)[template(code).sheets[0].title]
    line = next(str(cell.value) for cell in sheet[2] if str(cell.value or "").startswith("自检"))
    return line, [str(sheet.cell(row, 1).value or "").removesuffix(".0") for row in range(5, 8)]


@pytest.fixture(scope="module")
def recalculated(tmp_path_factory):
    folder = tmp_path_factory.mktemp("selfcheck")
    for name in CASES:
        (folder / f"{name}.xlsx").write_bytes(without_values(written(name)))
    made = convert([folder / f"{name}.xlsx" for name in CASES], "xlsx", folder / "out")
    return {name: path.read_bytes() for name, path in zip(CASES, made, strict=True)}


@pytest.mark.parametrize("name", CASES)
def test_a_real_client_calculates_what_we_wrote(recalculated, name):
    code = CASES[name][0]
    assert shown(recalculated[name], code) == shown(written(name), code)


def test_the_line_says_what_is_missing():
    assert shown(written("right"), "T06") == ("自检：没有发现问题", ["1", "2", ""])
    assert shown(written("blank"), "T06")[0] == "自检：还有 1 处必填未填；1 行标 ✗ 的有问题；"
    assert shown(written("doubled"), "T06")[1] == ["1 ✗1", "2 ✗1", ""]
    assert "应报 2 人，现 1 人" in shown(written("short"), "T06")[0]


def test_a_wrong_check_digit_and_reversed_dates_are_marked_in_their_row():
    assert "✗" in shown(written("code"), "T02")[1][1]
    right = int(shown(written("code"), "T02")[1][0].split("✗")[1])
    wrong = int(shown(written("code"), "T02")[1][1].split("✗")[1])
    assert wrong == right + 1
    assert int(shown(written("order"), "T02")[1][0].split("✗")[1]) == right + 1
