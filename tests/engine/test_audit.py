"""Any changed byte of what is kept is found; a lawful erasure is accepted, and nothing else is."""

import sqlite3

import pytest
from offices import form, moment, nominee, read_stand_ins

from engine.model import EngineError, NotFound, Refused
from engine.workflow import collect, erasing, evidence
from engine.workspace import Workspace


@pytest.fixture
def place(tmp_path, monkeypatch):
    read_stand_ins(monkeypatch)
    collect.init(tmp_path / "city", "421200", 2026, at=moment(1))
    inbox = tmp_path / "in"
    inbox.mkdir()
    (inbox / "a.xlsx").write_bytes(form("421221", nominee("1"), nominee("2")))
    (inbox / "b.xlsx").write_bytes(form("421222", nominee("3"), bad=True))
    with Workspace(tmp_path / "city") as workspace:
        collect.receive(workspace, [inbox], at=moment(18), workers=0)
        collect.receive(workspace, [inbox], at=moment(19), workers=0)
        collect.consolidate(workspace, at=moment(20))
        workspace.store.put_document("plan", "p", {"a": 1}, moment(21))
    return tmp_path / "city"


def audited(place):
    with Workspace(place) as workspace:
        return evidence.audit(workspace)


def tamper(place, statement):
    connection = sqlite3.connect(place / "台账.db")
    with connection:
        assert connection.execute(statement).rowcount >= 1
    connection.close()


def test_an_untouched_workspace_is_whole(place):
    found = audited(place)
    assert found["ok"], found["lines"]
    assert {one["name"]: one["looked_at"] for one in found["checks"]}["收件登记"] == 4


def test_a_lost_or_emptied_database_is_no_new_beginning(place):
    """What was received is still there: a program that begins again at number one would hand out its receipts twice."""
    for empty in (False, True):
        (place / "台账.db").unlink(missing_ok=True)
        if empty:
            (place / "台账.db").touch()
        with Workspace(place) as workspace, pytest.raises(EngineError, match="不见了或者是空的") as lost:
            collect.status(workspace, at=moment(20))
        assert "restore" in lost.value.hint


def test_a_database_of_an_earlier_day_is_told_by_the_originals_it_does_not_know(place, tmp_path):
    before = (place / "台账.db").read_bytes()
    (tmp_path / "c.xlsx").write_bytes(form("421223", nominee("7"), nominee("8")))
    with Workspace(place) as workspace:
        collect.receive(workspace, [tmp_path / "c.xlsx"], at=moment(21), workers=0)
    for one in place.glob("台账.db*"):
        one.unlink()
    (place / "台账.db").write_bytes(before)
    found = audited(place)
    assert found["must_act"]
    assert any("有 1 份原件没有登记" in line for line in found["lines"])


@pytest.mark.parametrize(
    ("statement", "check"),
    [
        ("UPDATE journal SET body = replace(body, 'accepted', 'returned') WHERE event = 'received'", "日志"),
        ("DELETE FROM journal WHERE number = (SELECT max(number) FROM journal)", "文书"),
        (
            "UPDATE arrivals SET at = '2026-05-01T00:00:00+08:00', receipt = replace(receipt, '2026-05-18', '2026-05-01')",
            "收件登记",
        ),
        ("UPDATE arrivals SET verdict = 'accepted' WHERE verdict = 'returned'", "收件登记"),
        ("UPDATE arrivals SET at = '2026-05-01T00:00:00+08:00' WHERE id = 1", "收件登记"),
        ("UPDATE arrivals SET unit = '421222' WHERE id = 1", "收件登记"),
        ("UPDATE arrivals SET name = '别的.xlsx' WHERE id = 1", "收件登记"),
        ("DELETE FROM originals WHERE sha256 = (SELECT sha256 FROM arrivals WHERE id = 1)", "原件"),
        ("UPDATE documents SET at = '2026-05-01T00:00:00+08:00'", "文书"),
        ("UPDATE editions SET at = '2026-05-01T00:00:00+08:00'", "名录"),
        ("DELETE FROM journal WHERE event = 'init'", "日志"),
        ("DELETE FROM arrivals WHERE id = 4", "收件登记"),
        ("UPDATE submissions SET is_late = 1 WHERE id = 1", "收件登记"),
        ("UPDATE submissions SET state = 'superseded' WHERE id = 1", "报送状态"),
        ("DELETE FROM submissions WHERE id = 2", "报送状态"),
        ("UPDATE tables SET body = replace(body, '王示例', '李示例')", "收件登记"),
        ("DELETE FROM tables", "收件登记"),
        ("DELETE FROM issues", "收件登记"),
        ("UPDATE issues SET message = 'x'", "收件登记"),
        ("UPDATE documents SET body = '{\"a\":2}' WHERE kind = 'plan'", "文书"),
        ("DELETE FROM documents WHERE kind = 'plan'", "文书"),
        ("UPDATE editions SET body = replace(body, '王示例', '李示例')", "名录"),
        ("DELETE FROM editions", "名录"),
        ("UPDATE identifiers SET key = '9' WHERE key = '1'", "编号"),
        ("DELETE FROM identifiers WHERE key = '1'", "编号"),
        ("INSERT INTO tombstones VALUES ('x', 'r', 'b', 'a', 't')", "删除记录"),
    ],
)
def test_a_change_in_the_store_is_found_by_name(place, statement, check):
    tamper(place, statement)
    found = audited(place)
    assert not found["ok"]
    assert check in [one["name"] for one in found["checks"] if one["status"] == "fail"]


def test_a_changed_original_is_found(place):
    path = next((place / "收件" / "原件").iterdir())
    data = bytearray(path.read_bytes())
    data[3] ^= 1
    path.write_bytes(data)
    assert "原件" in [one["name"] for one in audited(place)["checks"] if one["faults"]]


def test_a_lost_original_is_found(place):
    next((place / "收件" / "原件").iterdir()).unlink()
    assert not audited(place)["ok"]


def test_an_original_lost_together_with_its_row_is_found(place):
    path = next((place / "收件" / "原件").iterdir())
    path.unlink()
    tamper(place, f"DELETE FROM originals WHERE sha256 = '{path.name}'")
    assert not audited(place)["ok"]


def test_a_lawful_erasure_leaves_a_tombstone_that_audit_accepts(place):
    with Workspace(place) as workspace:
        digest = workspace.store.arrivals()[0]["sha256"]
        erasing.erase(
            workspace,
            digest,
            at=moment(25),
            reason="本人申请",
            basis="个人信息保护法第四十七条",
            approver="周正",
            in_use=True,
        )
        assert not (workspace.originals / digest).exists()
        assert len(workspace.store.accepted("T06", "nominees")) == 0
        assert b"certificate_no" not in str(workspace.store.table(1, "nominees")).encode()
    found = audited(place)
    assert found["ok"], found["lines"]


def test_a_tombstone_changed_afterwards_is_found(place):
    with Workspace(place) as workspace:
        digest = workspace.store.arrivals()[0]["sha256"]
        erasing.erase(workspace, digest, at=moment(25), reason="本人申请", basis="依据", approver="周正", in_use=True)
    tamper(place, "UPDATE tombstones SET approver = '别人'")
    assert "删除记录" in [one["name"] for one in audited(place)["checks"] if one["faults"]]


def test_an_erasure_needs_reason_basis_and_approver_and_a_known_file(place):
    with Workspace(place) as workspace:
        digest = workspace.store.arrivals()[0]["sha256"]
        with pytest.raises(Refused):
            erasing.erase(workspace, digest, at=moment(25), reason="", basis="依据", approver="周正")
        with pytest.raises(NotFound):
            erasing.erase(workspace, "0" * 64, at=moment(25), reason="a", basis="b", approver="c")
        with pytest.raises(NotFound):
            erasing.erase(workspace, digest[:4], at=moment(25), reason="a", basis="b", approver="c")
