"""The change filing equals what really changed: planted differences in, exactly these rows out."""

import pytest

from engine import changes
from engine.workflow import conclude
from schemas import loader
from tests.engine.registers_2026 import moment, put_accepted, put_register, registers, workspace


def officers(*rows):
    return [
        {
            "inspector_id": f"I-421221-{n:03d}",
            "name": name,
            "certificate_no": f"42{n:09d}",
            "unit_code": unit,
            "post": post,
        }
        for n, name, unit, post in rows
    ]


BEFORE = officers((1, "甲", "421221", "股长"), (2, "乙", "421222", "科员"), (3, "丙", "421223", "科员"))


def compare(after, before=BEFORE, template="T04", sheet="inspectors"):
    return changes.compare(
        before, after, template=template, sheet=sheet, register="执法检查人员", divisions=loader.divisions()
    )


def test_three_additions_one_transfer_and_two_edits_are_six_rows():
    after = officers(
        (1, "甲", "421221", "副局长"), (2, "乙", "421281", "科员"), (3, "丙", "421223", "股长"), (4, "丁", "421221", "科员"),
        (5, "戊", "421222", "科员"), (6, "己", "421223", "科员"),
    )  # fmt: skip
    found = compare(after)
    assert [(one["subject_id"][-1], one["change_type"], one["changed_field"]) for one in found] == [
        ("1", "修改", "职务"), ("2", "迁入", "单位代码"), ("3", "修改", "职务"), ("4", "新增", None), ("5", "新增", None), ("6", "新增", None),
    ]  # fmt: skip


def test_nothing_changed_is_nothing_to_file():
    assert compare(BEFORE) == []


def test_the_order_of_rows_does_not_matter():
    assert compare(list(reversed(BEFORE))) == []


def test_somebody_who_left_is_removed():
    assert [(one["subject_name"], one["change_type"]) for one in compare(BEFORE[1:])] == [("甲", "停用或移出")]


def test_a_new_certificate_number_is_no_new_person():
    before = [{**row, "inspector_id": None} for row in BEFORE]
    after = [{**row, "certificate_no": "99"} if row["name"] == "乙" else row for row in before]
    assert [(one["change_type"], one["changed_field"], one["new_value"]) for one in compare(after, before)] == [
        ("修改", "执法证号", "99")
    ]


def target(**changes):
    return {
        "target_id": "O-1",
        "name": "甲公证处",
        "division": "420321",
        "practice_state": "正常执业",
        "is_in_roster": True,
        **changes,
    }


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"name": "乙公证处"}, ("修改", "机构名称")),
        ({"practice_state": "注销"}, ("停用或移出", "执业状态")),
        ({"is_in_roster": False}, ("停用或移出", "是否在年度名册")),
        ({"supervisor": "421221"}, ("迁入", "主管司法行政机关")),
    ],
)
def test_each_kind_of_change_has_its_type(change, expected):
    found = compare([target(**change)], [target()], "T02", "targets")
    assert [(one["change_type"], one["changed_field"]) for one in found] == [expected]


def test_a_renamed_division_is_no_change_of_those_in_it():
    old = next(one for one in loader.divisions().values() if one.successor)
    assert compare([target(division=old.successor)], [target(division=old.code)], "T02", "targets") == []


def test_the_new_roster_year_alone_is_no_change():
    assert compare([target(roster_year=2027)], [target(roster_year=2026)], "T02", "targets") == []


def test_what_a_year_writes_beside_an_officer_is_no_change():
    before = {"inspector_id": "I-1", "name": "王示例", "certificate_no": "42122100101", "unit_code": "421221"}
    assert compare([{**before, "trained_on": "2027-03-01", "training_hours": 16}], [before], "T04", "inspectors") == []


def test_codes_in_another_order_are_no_change():
    assert compare([target(scope="文书；痕迹")], [target(scope="痕迹；文书")], "T02", "targets") == []


def test_declared_and_computed_must_agree():
    mine = [
        {
            "register": "专家",
            "subject_id": "E-1",
            "changed_field": "职称",
            "change_type": "修改",
            "old_value": "中级",
            "new_value": "副高",
        }
    ]
    assert changes.declared_against(mine, mine) == []
    assert "没有填" in changes.declared_against(mine, [])[0].message
    assert "没有这项变动" in changes.declared_against([], mine)[0].message
    assert "不一致" in changes.declared_against(mine, [{**mine[0], "new_value": "正高"}])[0].message


def test_an_approved_request_fills_in_reason_basis_and_day():
    row = {"register": "执法检查人员", "subject_id": "I-1", "changed_field": None, "change_type": "新增"}
    request = {
        "request_type": "名录变更", "subject_id": "I-1", "is_approved": True, "change_reason": "新任", "request_id": "421200-2026-Q01",
        "effective_on": "2026-09-01", "decided_by": "局长",
    }  # fmt: skip
    filled = changes.with_requests([row], [request])[0]
    assert (filled["change_reason"], filled["change_basis"], filled["effective_on"]) == (
        "新任",
        "421200-2026-Q01",
        "2026-09-01",
    )
    assert changes.with_requests([row], [{**request, "is_approved": False}])[0]["change_reason"] is None


def file_changes(ws, out):
    return conclude.changes(ws, at=moment("2026-12-20T09:00:00"), out=out)


def test_a_year_without_changes_is_a_zero_report(tmp_path):
    with workspace(tmp_path / "ws") as ws:
        found = file_changes(ws, tmp_path)
        assert (found["count"], found["is_zero_report"]) == (0, True)
        assert (tmp_path / "2026_CHANGE_421200_T14_v1.xlsx").is_file()


def test_the_filing_of_an_office_equals_the_difference_of_its_editions(tmp_path):
    with workspace(tmp_path / "ws") as ws:
        rows = registers()["T02"]
        rows[0]["head_name"] = "新示例"
        rows[1]["practice_state"] = "注销"
        put_register(ws, "T02", "targets", rows[:-1], version=2)
        found = file_changes(ws, tmp_path)["rows"]
        assert sorted(one["change_type"] for one in found) == ["修改", "停用或移出", "停用或移出"]
        put_accepted(ws, "T14", {"changes": found[:-1]})
        again = file_changes(ws, tmp_path)
        assert len(again["doubts"]) == 1
        assert again["must_act"]
