"""Leave from a rule as an office grants it: a request (T16) received like any file, then the same bytes once more (intake 5.4)."""

import json

import pytest

import cli
from simulate.dirt import office
from workbooks.container import open_book

EXPIRED = {"certificate_valid_to": "2026-05-01"}
REQUEST = {
    "request_id": "421200-2026-Q01",
    "request_type": "规则豁免",
    "reference": f"{office.COUNTY}-T06",
    "subject_id": "42122100101",
    "changed_field": "DR-V024",
    "explanation": "新证制作中，省厅已出具证明",
    "applied_on": "2026-05-20",
    "applicant": "钱明远",
    "decided_by": "周正",
    "decided_on": "2026-05-20",
    "is_approved": "是",
}


def county(**changes):
    rows = office.rows("T06")
    rows["nominees"][0].update(changes)
    return office.filled("T06", rows)


def request(**changes):
    return office.filled("T16", {"requests": [{**REQUEST, **changes}]}, sender=office.CITY)


@pytest.fixture
def city(tmp_path, capsys):
    def run(*arguments):
        status = cli.run(["-C", str(tmp_path / "city"), *map(str, arguments)])
        return status, capsys.readouterr().out

    assert cli.run(["init", str(tmp_path / "city"), "--unit", office.CITY, "--year", "2026", "--at", _at(1)]) == 0
    capsys.readouterr()
    return run


def _at(day, hour=9):
    return f"2026-05-{day:02d}T{hour:02d}:00:00+08:00"


def receive(city, tmp_path, day, data, name="表.xlsx"):
    path = tmp_path / name
    path.write_bytes(data)
    status, shown = city("receive", path, "--at", _at(day), "--json")
    return status, json.loads(shown)["files"][0]


def told(receipt):
    return {one["code"]: (one["severity"], one["message"]) for one in receipt["issues"]}


def test_the_same_bytes_are_accepted_after_leave_was_granted_and_the_reason_can_be_read(city, tmp_path):
    data = county(**EXPIRED)
    status, first = receive(city, tmp_path, 20, data)
    assert (status, first["verdict"], told(first)["DR-V024"][0]) == (1, "returned", "error")
    status, again = receive(city, tmp_path, 20, data)
    assert (status, again["verdict"], again["number"]) == (1, "returned", first["number"])
    status, leave = receive(city, tmp_path, 21, request(), "申请.xlsx")
    assert (status, leave["verdict"]) == (0, "accepted"), leave["issues"]
    status, second = receive(city, tmp_path, 21, data)
    assert (status, second["verdict"], second["outcome"]) == (0, "accepted", "new")
    assert second["number"] != first["number"]
    severity, message = told(second)["DR-V024"]
    assert severity == "note"
    assert "已豁免：新证制作中，省厅已出具证明；批准：周正，2026-05-20" in message
    receipt = next((tmp_path / "city" / "回执").glob(f"{second['number']}_*.txt")).read_text(encoding="utf-8-sig")
    assert "已豁免" in receipt
    status, third = receive(city, tmp_path, 22, data)
    assert (third["verdict"], third["outcome"], third["number"]) == ("accepted", "again", second["number"])
    status, shown = city("consolidate", "--at", _at(23), "--json")
    assert next(one for one in json.loads(shown)["registers"] if one["template"] == "T04")["rows"] == 2
    assert city("audit")[0] == 0


def test_the_accepted_row_leads_back_to_the_file_with_leave(city, tmp_path):
    data = county(**EXPIRED)
    for day, sent, name in ((20, data, "表.xlsx"), (21, request(), "申请.xlsx"), (21, data, "表.xlsx")):
        receive(city, tmp_path, day, sent, name)
    city("consolidate", "--at", _at(23))
    path = next((tmp_path / "city" / "汇总").glob("T04_*.xlsx"))
    texts = [cell.text for grid in open_book(path.read_bytes(), path.name).grids for row in grid.rows.values() for cell in row.values()]  # fmt: skip
    assert "欧阳明远" in texts
    assert "2026-05-01" in texts


@pytest.mark.parametrize(
    "changes",
    [{"is_approved": "否"}, {"reference": "421222-T06"}, {"changed_field": "DR-V025"}, {"decided_on": "2026-05-24"}],
    ids=["refused", "another unit", "another rule", "not yet"],
)
def test_leave_for_something_else_leaves_the_same_bytes_returned(city, tmp_path, changes):
    data = county(**EXPIRED)
    _, first = receive(city, tmp_path, 20, data)
    receive(city, tmp_path, 21, request(**changes), "申请.xlsx")
    _, again = receive(city, tmp_path, 21, data)
    assert (again["verdict"], again["number"]) == ("returned", first["number"])


def test_a_county_cannot_excuse_itself(city, tmp_path):
    data = county(**EXPIRED)
    receive(city, tmp_path, 20, data)
    own = office.filled("T16", {"requests": [{**REQUEST, "request_id": "421221-2026-Q01"}]}, sender=office.COUNTY)
    receive(city, tmp_path, 21, own, "申请.xlsx")
    assert receive(city, tmp_path, 21, data)[1]["verdict"] == "returned"


def test_a_conflict_is_decided_by_a_request_that_an_office_filled_in(city, tmp_path):
    receive(city, tmp_path, 20, county(), "一.xlsx")
    receive(city, tmp_path, 20, office.filled("T06", office.rows("T06"), sender="421222"), "二.xlsx")
    status, shown = city("consolidate", "--at", _at(21), "--json")
    assert status == 1
    assert [one["key"] for one in json.loads(shown)["conflicts"]] == ["42122100101", "42122100102"]
    decisions = [
        {**REQUEST, "request_id": f"421200-2026-Q0{at}", "request_type": "冲突裁决", "subject_id": f"4212210010{at}", "changed_field": None, "new_value": "嘉鱼县司法局", "reference": None}
        for at in (1, 2)
    ]  # fmt: skip
    sent = office.filled("T16", {"requests": decisions}, sender=office.CITY)
    status, leave = receive(city, tmp_path, 22, sent, "裁决.xlsx")
    assert leave["verdict"] == "accepted", leave["issues"]
    status, shown = city("consolidate", "--at", _at(23), "--json")
    found = json.loads(shown)
    assert (found["conflicts"], [one["rows"] for one in found["registers"] if one["template"] == "T04"]) == ([], [2])
