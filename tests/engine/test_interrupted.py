"""The program is stopped between two steps of a draw: nothing is drawn twice, and store and files say the same."""

import json
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import delete, select

from engine import draw as vrd
from engine.model import Refused
from engine.tables import outbox
from engine.workflow import conduct, evidence
from engine.workspace import Workspace
from tests.engine.registers_2026 import freeze, moment, numbers, secrets, through, workspace

PLAN = "421200-2026-P01"
DAY = moment("2026-05-28T09:30:00")


@pytest.fixture
def office(tmp_path):
    with workspace(tmp_path / "ws") as ws:
        yield ws


@contextmanager
def stopped_at(monkeypatch, owner, name):
    """The power fails when `owner.name` is called."""

    def stop(*_, **__):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(owner, name, stop)
        with pytest.raises(KeyboardInterrupt):
            yield


def test_numbers_once_accepted_stay_whatever_happens_before_the_draw(office, tmp_path, monkeypatch):
    files = freeze(office, PLAN, tmp_path / "h")["holders"]
    with stopped_at(monkeypatch, vrd, "draw"):
        conduct.draw(office, PLAN, at=DAY, numbers=numbers(), holders=files)
    with pytest.raises(Refused, match="号码已经登记，不能改换"):
        conduct.draw(office, PLAN, at=DAY, numbers=numbers(2), holders=files)
    later = moment("2026-05-28T09:45:00")
    drawn = conduct.draw(office, PLAN, at=later, numbers=numbers(), holders=files)["drawn"]
    kept = conduct.Stage(office, PLAN).drawn
    assert {one["at"] for one in kept.values} == {DAY.isoformat(timespec="seconds")}
    assert kept.reveal["at"] == later.isoformat(timespec="seconds")
    with workspace(tmp_path / "calm") as calm:
        assert through(calm, PLAN, tmp_path / "h2")[1]["drawn"] == drawn


def test_a_missing_code_accepts_no_numbers(office, tmp_path):
    files = freeze(office, PLAN, tmp_path / "h")["holders"]
    with pytest.raises(Refused, match="缺少保管人"):
        conduct.draw(office, PLAN, at=DAY, numbers=numbers(2), holders=files[:1])
    assert conduct.draw(office, PLAN, at=DAY, numbers=numbers(), holders=files)["drawn"]


@pytest.mark.parametrize("verb", ["freeze", "draw", "assign", "replace", "void"])
def test_what_was_committed_is_written_when_the_workspace_opens_again(tmp_path, monkeypatch, verb):
    order = ("freeze", "draw", "assign", "replace", "void")
    steps = {
        "freeze": lambda ws: freeze(ws, PLAN, tmp_path / "h"),
        "draw": lambda ws: conduct.draw(ws, PLAN, at=DAY, numbers=numbers(), holders=sticks(tmp_path)),
        "assign": lambda ws: conduct.assign(ws, PLAN, at=DAY, holders=sticks(tmp_path)),
        "replace": lambda ws: leave(ws, sticks(tmp_path)),
        "void": lambda ws: conduct.void(ws, PLAN, at=moment("2026-06-03T09:00:00"), reason="名单有误", approver="局长"),
    }
    with workspace(tmp_path / "ws") as ws:
        for one in order[: order.index(verb)]:
            steps[one](ws)
        with stopped_at(monkeypatch, Workspace, "deliver"):
            steps[verb](ws)
    with Workspace(tmp_path / "ws") as ws:
        stage = conduct.Stage(ws, PLAN)
        for name, data in stage.public_files().items():
            assert (stage.folder / name).read_bytes() == data
        assert conduct.verify(stage.folder)["ok"]
        assert records_of(ws)["status"] == "pass"
        assert json.loads((stage.folder / "commit.json").read_bytes()) == stage.commit
        assert (stage.folder.parent / "锁定名单公告.txt").is_file()
        with pytest.raises(Refused):
            steps[verb](ws)


def test_a_broken_promise_is_seen_by_the_audit(tmp_path, monkeypatch):
    with workspace(tmp_path / "ws") as ws:
        files = freeze(ws, PLAN, tmp_path / "h")["holders"]
        with stopped_at(monkeypatch, Workspace, "deliver"):
            conduct.draw(ws, PLAN, at=DAY, numbers=numbers(), holders=files)
        with ws.store.transaction() as connection:
            found = connection.execute(select(outbox.c.path)).scalars().all()
            assert {Path(one).name for one in found} >= {"draw.json", "entropy.json", "SHA256SUMS"}
            connection.execute(delete(outbox).where(outbox.c.path.like("%draw.json")))
    with Workspace(tmp_path / "ws") as ws:
        assert records_of(ws)["status"] == "fail"


def test_a_freeze_repeated_before_its_commit_has_one_pair_of_holders_files(office, tmp_path, monkeypatch):
    with stopped_at(monkeypatch, office.store, "put_document"):
        freeze(office, PLAN, tmp_path / "h")
    freeze(office, PLAN, tmp_path / "h")
    assert sorted(path.name[-6:] for path in sticks(tmp_path)) == ["A.json", "B.json"]
    assert secrets().holders[0].hex() in next((tmp_path / "h").glob("*A.json")).read_text(encoding="utf-8")


def sticks(folder):
    return sorted((folder / "h").glob("*.json"))


def records_of(ws):
    """Return what the audit says of the draw records (the registers of these tests were put past the journal)."""
    return next(one for one in evidence.audit(ws)["checks"] if one["name"] == "抽取记录")


def leave(ws, holders):
    """Let the first officer of the first team stay away."""
    team = conduct.Stage(ws, PLAN).assigned.teams[0]
    return conduct.replace(
        ws,
        PLAN,
        at=moment("2026-06-02T09:00:00"),
        person=team["inspectors"][0],
        target=team["target"],
        reason="长期病假",
        approver="局长",
        holders=holders,
    )
