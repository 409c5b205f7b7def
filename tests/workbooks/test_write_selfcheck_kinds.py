"""The 自检 line names every kind of fault with its number: calculated by LibreOffice from formulas without any kept value."""

import pytest

from schemas.loader import template, units
from simulate.dirt import office
from tests.workbooks.office import convert
from tests.workbooks.test_write_selfcheck import shown, without_values
from workbooks import selfcheck
from workbooks import template as forms

CODE = str(office.rows("T02")["targets"][0]["uscc"])
WRONG = CODE[:-1] + ("A" if CODE[-1] != "A" else "B")


def people(*changes, count=2):
    rows = [dict(one) for one in office.rows("T06")["nominees"]]
    rows += [{**rows[0], "name": "苏晓晴", "certificate_no": "42122100103"}] * (count - 2)
    return _changed(rows[:count], changes)


def bodies(*changes, count=2):
    rows = office.rows("T02")["targets"]
    rows += [{**rows[0], "target_id": f"O-NOT-421202-{at:03d}"} for at in range(3, count + 1)]
    return _changed(rows, changes)


def _changed(rows, changes):
    for at, key, value in changes:
        rows[at] = {**rows[at], key: value}
    return rows


ZERO = {"is_zero_report": True, "explanation": "本年度没有变动。"}
# name -> form, rows, quota, what the line must say
CASES = {
    "a zero report": ("T14", [], None, "自检：已声明零报告，可以报送", ZERO),
    "a zero report without a reason": ("T14", [], None, "自检：已声明零报告，还没有写情况说明", {"is_zero_report": "是"}),
    "a zero report with rows": ("T12", [{"problem_id": "X-1", "task_id": "X"}, {"problem_id": "X-2"}], None, "自检：封面写了零报告，这里却填了 2 行，请改其一", ZERO),
    "no zero report": ("T14", [], None, "自检：还没有填", {"is_zero_report": "否"}),
    "a zero report of a form that knows none": ("T10", [], None, "自检：这张表不能零报告", ZERO),
    "nothing": ("T06", [], 2, "自检：还没有填"),
    "right": ("T06", people(), 2, "自检：没有发现问题"),
    "three blanks": ("T06", people((0, "post", None), (1, "post", None), (1, "fields", None)), 2, "还有 3 处必填未填；"),
    "doubled": ("T06", people((1, "certificate_no", "42122100101")), 2, "1 处重复；"),
    "tripled": ("T06", people((1, "certificate_no", "42122100101"), (2, "certificate_no", "42122100101"), count=3), None, "2 处重复；"),
    "one of two": ("T06", people(count=1), 2, "应报 2 人，现 1 人；"),
    "three of two": ("T06", people(count=3), 2, "应报 2 人，现 3 人；"),
    "two of three": ("T06", people(), 3, "应报 3 人，现 2 人；"),
    "right bodies": ("T02", bodies(), None, "自检：没有发现问题"),
    "check digit": ("T02", bodies((1, "uscc", WRONG)), None, "1 处校验位不对；"),
    "lower case is right": ("T02", bodies((1, "uscc", CODE.lower())), None, "自检：没有发现问题"),
    "length": ("T02", bodies((0, "uscc", CODE[:-1]), (1, "uscc", CODE + "0")), None, "2 处校验位不对；"),
    "letter": ("T02", bodies((0, "uscc", "O" + CODE[1:]), (1, "uscc", "中" + CODE[1:])), None, "2 处校验位不对；"),
    "dates": ("T02", bodies((0, "licence_valid_to", "2019-01-01")), None, "1 处日期先后颠倒；"),
    "eighteen digits that differ at the end": ("T02", bodies((0, "target_id", "123456789012345678"), (1, "target_id", "123456789012345679")), None, "自检：没有发现问题"),
    "a star is no pattern": ("T02", bodies((0, "target_id", "O-*"), (1, "target_id", "O-NOT-421202-001")), None, "自检：没有发现问题"),
    "all at once": ("T02", bodies((0, "uscc", WRONG), (1, "name", None), (2, "target_id", "O-NOT-421202-001"), (2, "licence_valid_to", "2001-01-01"), count=3), None, "还有 1 处必填未填；3 行标 ✗ 的有问题；1 处校验位不对；1 处重复；1 处日期先后颠倒；"),
}  # fmt: skip


def written(name):
    code, rows, quota, _, *cover = CASES[name]
    form, unit = template(code), units()[office.CITY if code == "T02" else office.COUNTY]
    identity = forms.identity_of(form, unit=unit.code, year=2026)
    return forms.write(
        form,
        identity,
        unit=unit,
        quota=quota,
        rows={form.sheets[0].name: rows},
        cover=dict(office.COVER, **cover[0]) if cover else office.COVER,
    )


@pytest.fixture(scope="module")
def recalculated(tmp_path_factory):
    folder = tmp_path_factory.mktemp("kinds")
    files = [folder / f"{at}.xlsx" for at in range(len(CASES))]
    for path, name in zip(files, CASES, strict=True):
        path.write_bytes(without_values(written(name)))
    return {name: path.read_bytes() for name, path in zip(CASES, convert(files, "xlsx", folder / "out"), strict=True)}


@pytest.mark.parametrize("name", CASES)
def test_the_line_names_the_kind_and_its_number(recalculated, name):
    code, _, _, expected, *_ = CASES[name]
    assert expected in shown(recalculated[name], code)[0]


@pytest.mark.parametrize("name", CASES)
def test_what_we_write_is_what_a_client_calculates(recalculated, name):
    code = CASES[name][0]
    assert shown(recalculated[name], code) == shown(written(name), code)


@pytest.mark.parametrize(
    "code", ["T01", "T02", "T03", "T04", "T05", "T06", "T06b", "T07", "T10", "T12", "T13", "T14", "T16"]
)
def test_every_form_names_the_kinds_it_looks_for(code):
    sheet = template(code).sheets[0]
    last = selfcheck.FIRST_ROW + sheet.rows - 1
    formula = selfcheck.line(sheet, last, 2)
    kinds = {one.kind for one in selfcheck.rules(sheet, last)} - {"blank"}
    words = {"code": "处校验位不对", "double": "处重复", "order": "处日期先后颠倒"}
    assert len(formula) < 8192
    assert {kind for kind in words if words[kind] in formula} == kinds
