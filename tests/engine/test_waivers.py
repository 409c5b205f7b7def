"""A rule is left aside only where somebody said so, with a reason that stays readable in the receipt."""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace

import pytest

from engine import intake, waivers
from engine.model import Severity, Verdict
from engine.waivers import Waiver
from schemas import loader
from schemas.declare import SchemaError
from simulate.dirt import office
from simulate.dirt.proof import context

LEAVE = Waiver(code="DR-V024", unit=office.COUNTY, template="T06", reason="换证期间", by="省厅 负责人", on="2026-05-01")
REQUEST = {
    "request_type": "规则豁免",
    "reference": f"{office.COUNTY}-T06",
    "changed_field": "DR-V024",
    "explanation": "换证期间",
    "decided_by": "省厅 负责人",
    "decided_on": "2026-05-01",
    "is_approved": "是",
}


def examined(change, leaves=(), **rest):
    rows = office.rows("T06")
    sheet = next(iter(rows))
    rows[sheet][0].update(change)
    data = office.filled("T06", rows)
    known = replace(context("T06"), waivers=tuple(leaves), **rest)
    return intake.examine([intake.Incoming(name="表.xlsx", data=data, sha256="0")], known)[0]


EXPIRED = {"certificate_valid_to": "2020-01-01"}


def test_without_leave_the_rule_holds():
    assert examined(EXPIRED).verdict is Verdict.RETURNED


def test_with_leave_the_file_is_accepted_and_the_reason_stays_as_a_note():
    found = examined(EXPIRED, [LEAVE])
    note = next(one for one in found.issues if one.code == "DR-V024")
    assert found.verdict is Verdict.ACCEPTED
    assert note.severity is Severity.NOTE
    assert "已豁免：换证期间；批准：省厅 负责人，2026-05-01" in note.message


@pytest.mark.parametrize(
    "other",
    [
        {"unit": "421281"},
        {"template": "T04"},
        {"code": "DR-V022"},
        {"on": "2026-12-31"},
        {"until": "2026-05-02", "on": "2026-05-01"},
    ],
    ids=["another unit", "another template", "another rule", "not yet", "over"],
)
def test_leave_for_something_else_changes_nothing(other):
    assert examined(EXPIRED, [replace(LEAVE, **other)]).verdict is Verdict.RETURNED


def test_a_cell_that_cannot_be_read_stays_a_fault_in_spite_of_leave():
    bad = {"certificate_valid_to": "说不清"}
    code = next(one.code for one in examined(bad).issues if one.severity is Severity.ERROR)
    assert examined(bad, [replace(LEAVE, code=code)]).verdict is Verdict.RETURNED


def test_leave_without_reason_or_approver_is_none():
    with pytest.raises(ValueError, match="理由"):
        replace(LEAVE, reason=" ")
    with pytest.raises(ValueError, match="批准人"):
        replace(LEAVE, by="")


def test_an_approved_request_grants_and_a_refused_one_does_not():
    assert waivers.granted([REQUEST]) == (LEAVE,)
    assert waivers.granted([{**REQUEST, "is_approved": "否"}, {**REQUEST, "request_type": "检查延期"}]) == ()


def test_secrecy_and_the_wrong_receiver_can_never_be_waived():
    assert [code for code in ("DR-V071", "DR-U002", "DR-F001") if waivers.can_be_waived(code)] == []
    assert waivers.granted([{**REQUEST, "changed_field": "DR-V071"}]) == ()


def off(since):
    return {"switched_off": [{"code": "DR-V024", "from": since, "reason": "证件改版"}]}


def test_a_rule_switched_off_holds_until_its_day(monkeypatch):
    base = loader.policy(office.YEAR)
    for since, verdict in (("2026-01-01", Verdict.ACCEPTED), ("2026-12-31", Verdict.RETURNED)):
        switched = replace(base, switched_off=loader.read_policy(office.YEAR, {}, off(since)).switched_off)
        monkeypatch.setattr(loader, "policy", lambda year, switched=switched: switched)
        assert examined(EXPIRED).verdict is verdict


@pytest.mark.parametrize("change", [{"code": "DR-V999"}, {"from": "五月"}, {"reason": " "}])
def test_a_switch_that_names_no_rule_day_or_reason_is_refused(change):
    table = {"switched_off": [{**off("2026-01-01")["switched_off"][0], **change}]}
    with pytest.raises(SchemaError):
        loader.read_policy(office.YEAR, {}, table)


def test_a_switch_in_the_policy_of_the_year_reaches_the_receipt_and_the_list_of_parameters(tmp_path):
    """By the commands themselves, on a copy of the declarations in which one rule is switched off."""
    shutil.copytree(loader.HOME, tmp_path / "schemas")
    (tmp_path / "schemas/policy/2026.toml").open("a", encoding="utf-8").write(
        '\n[[switched_off]]\ncode = "DR-V024"\nfrom = "2026-01-01"\nreason = "证件改版"\n'
    )
    rows = office.rows("T06")
    next(iter(rows.values()))[0].update(EXPIRED)
    (tmp_path / "表.xlsx").write_bytes(office.filled("T06", rows))

    def run(*words):
        path = os.pathsep.join([str(tmp_path), str(loader.HOME.parent)])
        command = [sys.executable, "-m", "cli", "-C", "ws", *words]
        environment = {**os.environ, "PYTHONPATH": path, "PYTHONUTF8": "1"}
        return subprocess.run(
            command, check=False, cwd=tmp_path, env=environment, capture_output=True, encoding="utf-8"
        ).stdout

    run("init", str(tmp_path / "ws"), "--unit", office.CITY, "--year", "2026")
    found = json.loads(run("receive", str(tmp_path / "表.xlsx"), "--at", "2026-05-21T09:00:00+08:00", "--json"))[
        "files"
    ][0]
    assert found["verdict"] == "accepted"
    assert "该规则自 2026-01-01 起停用：证件改版" in next(
        one["message"] for one in found["issues"] if one["code"] == "DR-V024"
    )
    assert "自 2026-01-01 起：证件改版" in run("parameters")
