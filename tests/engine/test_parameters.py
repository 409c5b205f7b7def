"""Parameters per unit and year: what holds, what changed, and a log of it."""

import pytest

import cli
from engine import parameters
from engine.workflow import evidence, settings
from engine.workspace import Workspace
from schemas import loader
from tests.engine.registers_2026 import moment


@pytest.fixture
def office(tmp_path):
    with Workspace.create(tmp_path / "ws", "421200", 2026, at=moment("2026-01-05T09:00:00")) as ws:
        yield ws


def changed_policy(**unit):
    base = loader._toml(loader.HOME / "policy" / "base.toml")
    return loader.read_policy(2026, base, {"unit": {"421200": unit}})


def test_the_numbers_and_days_of_one_city_hold_for_its_counties_only():
    """R01, R03: city 咸宁 asks two a county and three an association; another city may ask otherwise."""
    own = parameters.effective(changed_policy(quota_T06=4, deadline_T06="05-20"), "421200")
    assert (own["T06 嘉鱼县司法局 人数"], own["T06 嘉鱼县司法局 截止"]) == ("4", "2026-05-20")
    assert own["T06b 咸宁市公证员协会 人数"] == "3"
    other = parameters.effective(changed_policy(quota_T06=4), "420100")
    assert other["T06 江岸区司法局 人数"] == "2"


def test_a_change_is_listed_with_old_and_new_value_and_kept_in_the_log(office, monkeypatch):
    """R03: parameter diff log: who reads the store later sees both versions and the day of the change."""
    first = settings.parameters(office, at=moment("2026-01-06T09:00:00"))
    assert first["changed"] == []
    assert settings.parameters(office, at=moment("2026-01-07T09:00:00"))["changed"] == []
    changed = changed_policy(quota_T06=4, load_cap=6)
    monkeypatch.setattr(loader, "policy", lambda year: changed)
    found = {
        row["name"]: (row["before"], row["after"])
        for row in settings.parameters(office, at=moment("2026-04-01T09:00:00"))["changed"]
    }
    assert found.pop("load_cap") == ("0", "6")
    assert set(found.values()) == {("2", "4")} and len(found) == 6
    assert office.store.document("parameters", "current", 1)["load_cap"] == "0"
    assert office.store.document("parameters", "current", 2)["load_cap"] == "6"
    days = [line.at[:10] for line in office.store.lines() if line.event == "parameters"]
    assert days == ["2026-01-06", "2026-04-01"]
    assert evidence.audit(office)["ok"]


def test_a_new_year_alone_is_no_change():
    """R03, R65: the day of a deadline is compared without its year."""
    before, after = (
        parameters.effective(loader.policy(2025), "421200"),
        parameters.effective(loader.policy(2026), "421200"),
    )
    assert not [row for row in parameters.differences(before, after) if row["name"].endswith("截止")]


def test_the_command_shows_them(office, capsys):
    """R03: reachable by command."""
    office.close()
    assert cli.run(["-C", str(office.root), "parameters"]) == 0
    assert "已首次记录" in capsys.readouterr().out
